//! Pages to tagged PDF. Each run of marks opens one tag and closes it at once,
//! because krilla aborts on a tag inside a tag.

use krilla::color::rgb;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::error::KrillaError;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag};
use krilla::{Document, SerializeSettings};

use super::block::{Attachment, Sheet};
use super::form::Form;
use super::page::{Area, Bookmark, Page, Piece, Role};
use super::pictures::draw_pictures;
use super::shape::Typesetting;
use super::tree::{Marks, Tree};
use super::{PdfError, Stage};

/// A document whose every line has its place.
pub struct Layout {
    pub title: String,
    pub pages: Vec<Page>,
    pub bookmarks: Vec<Bookmark>,
    pub tree: Tree,
}

/// Whether the writer checks what it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// PDF/UA-1 (ISO 14289-1) together with PDF/A-2a (ISO 19005-2), or PDF/A-3a
    /// (ISO 19005-3) where files are attached.
    Standards,
    None,
}

pub fn draw(
    layout: &Layout,
    sheet: &Sheet,
    types: &mut Typesetting<'_>,
    check: Check,
    watch: &mut dyn FnMut(Stage),
) -> Result<Vec<u8>, PdfError> {
    let mut document = Document::new_with(settings(check, !sheet.attachments.is_empty()));
    let form = types.form;
    let mut marks = layout.tree.no_marks();
    for page in &layout.pages {
        let size = PageSettings::from_wh(form.page_width, form.page_height);
        let size = size.expect("no paper is empty");
        let mut sheet_of_paper = document.start_page_with(size);
        let mut surface = sheet_of_paper.surface();
        draw_fills(&mut surface, page, &form);
        let drawn = draw_pieces(&mut surface, page, types, &mut marks);
        draw_pictures(&mut surface, page, &form, &mut marks);
        surface.finish();
        sheet_of_paper.finish();
        drawn?;
    }
    document.set_outline(outline(&layout.bookmarks));
    document.set_metadata(metadata(&layout.title, sheet));
    document.set_tag_tree(layout.tree.tagged(&marks, &sheet.language));
    attach(&mut document, &sheet.attachments)?;
    watch(Stage::Drawn);
    document.finish().map_err(refusal)
}

pub(super) fn settings(check: Check, with_files: bool) -> SerializeSettings {
    let archival = if with_files {
        Archival::A3_A
    } else {
        Archival::A2_A
    };
    let configuration = ConfigurationBuilder::new();
    let configuration = match check {
        Check::Standards => configuration
            .with_accessibility_validator(Accessibility::UA1)
            .with_archival_validator(archival),
        Check::None => configuration,
    };
    SerializeSettings {
        enable_tagging: true,
        configuration: configuration
            .finish()
            .expect("UA-1, A-2a and A-3a all allow PDF 1.7"),
        ..SerializeSettings::default()
    }
}

/// Names the kind of failure only: krilla's own words can quote the text.
pub(super) fn refusal(error: KrillaError) -> PdfError {
    match error {
        KrillaError::Validation(broken) => PdfError::Standard(broken.len()),
        KrillaError::Font(..) => PdfError::Font,
        KrillaError::Limit(_) => PdfError::TooLarge,
        _ => PdfError::Structure,
    }
}

/// One path for each ink of the page.
fn draw_fills(surface: &mut Surface<'_>, page: &Page, form: &Form) {
    let mut fills = page.fills.clone();
    fills.sort_by_key(|(ink, _)| *ink);
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(
        ArtifactType::Layout,
    )));
    for same in fills.chunk_by(|(one, _), (other, _)| one == other) {
        let mut path = PathBuilder::new();
        let areas = same.iter().filter_map(|(_, area)| rectangle(*area, form));
        areas.for_each(|area| path.push_rect(area));
        surface.set_fill(Some(paint(form.rgb(same[0].0))));
        if let Some(path) = path.finish() {
            surface.draw_path(&path);
        }
    }
    surface.end_tagged();
}

fn rectangle(area: Area, form: &Form) -> Option<Rect> {
    let left = seen(area.x, area.width, form);
    let (right, bottom) = (left + area.width, area.y + area.height);
    Rect::from_ltrb(short(left), short(area.y), short(right), short(bottom))
}

/// The left edge of something this wide: pages that run from right to left are laid
/// out in a mirror.
pub(super) fn seen(x: f32, width: f32, form: &Form) -> f32 {
    if form.mirrored {
        form.page_width - x - width
    } else {
        x
    }
}

/// A hundredth of a point is finer than any printer, and short to write.
pub(super) fn short(place: f32) -> f32 {
    (place * 100.0).round() / 100.0
}

pub(super) fn paint([red, green, blue]: [u8; 3]) -> Fill {
    Fill {
        paint: rgb::Color::new(red, green, blue).into(),
        ..Fill::default()
    }
}

fn draw_pieces(
    surface: &mut Surface<'_>,
    page: &Page,
    types: &mut Typesetting<'_>,
    marks: &mut Marks,
) -> Result<(), PdfError> {
    // A surface that is dropped with a tag open aborts: a failure waits for the end.
    let mut drawn = Ok(());
    for same in page.pieces.chunk_by(|one, other| one.role == other.role) {
        let role = same[0].role;
        let mark = surface.start_tagged(tag(role));
        for piece in same {
            drawn = drawn.and(draw_piece(surface, piece, types));
        }
        surface.end_tagged();
        if let Role::Content(element) = role {
            marks.add(element, mark);
        }
    }
    drawn
}

pub(super) fn tag(role: Role) -> ContentTag<'static> {
    let kind = match role {
        Role::Content(_) => return ContentTag::Other,
        Role::PageHeader => ArtifactType::Header,
        Role::PageFooter => ArtifactType::Footer,
        Role::Repeated => ArtifactType::PaginationOther,
    };
    ContentTag::Artifact(Artifact::with_kind(kind))
}

fn draw_piece(
    surface: &mut Surface<'_>,
    piece: &Piece,
    types: &mut Typesetting<'_>,
) -> Result<(), PdfError> {
    let (text, form) = (&piece.text, types.form);
    surface.set_fill(Some(paint(form.rgb(piece.ink))));
    let mut baseline = piece.y + text.ascent;
    for line in &text.lines[piece.lines.clone()] {
        let left = seen(piece.x + line.indent, line.width, &form);
        for run in &line.runs {
            let start = Point::from_xy(short(left + run.x), short(baseline));
            let font = types.drawn(run.face).ok_or(PdfError::Font)?;
            surface.draw_glyphs(start, &run.glyphs, font, &text.source, text.size, false);
        }
        baseline += text.leading;
    }
    Ok(())
}

/// Beside the document, and its sources (ISO 19005-3, 6.8).
fn attach(document: &mut Document, files: &[Attachment]) -> Result<(), PdfError> {
    for (index, file) in files.iter().enumerate() {
        let taken = files[..index].iter().any(|other| other.name == file.name);
        let embedded = EmbeddedFile {
            path: if taken {
                format!("{}-{}", index + 1, file.name)
            } else {
                file.name.clone()
            },
            mime_type: MimeType::new(&file.media_type),
            description: Some(file.description.clone()),
            association_kind: AssociationKind::Source,
            data: file.bytes.clone().into(),
            modification_date: Some(date(&file.modified)),
            compress: None,
            location: None,
        };
        document.embed_file(embedded).ok_or(PdfError::Structure)?;
    }
    Ok(())
}

/// Sections below the title, as deep as their levels say.
fn outline(bookmarks: &[Bookmark]) -> Outline {
    let mut outline = Outline::new();
    let mut rest = bookmarks;
    while let Some((first, below)) = rest.split_first() {
        let children = below
            .iter()
            .take_while(|mark| mark.level > first.level)
            .count();
        let mut node = bookmark(first);
        below[..children]
            .iter()
            .for_each(|child| node.push_child(bookmark(child)));
        outline.push_child(node);
        rest = &below[children..];
    }
    outline
}

fn bookmark(mark: &Bookmark) -> OutlineNode {
    let place = XyzDestination::new(mark.page, Point::from_xy(0.0, mark.y));
    OutlineNode::new(mark.title.clone(), place).with_open(true)
}

/// An empty title or language is left out, so that the check notices.
fn metadata(title: &str, sheet: &Sheet) -> Metadata {
    let mut metadata = Metadata::new()
        .creator("Handoff".to_owned())
        .creation_date(date(&sheet.created));
    if !title.is_empty() {
        metadata = metadata.title(title.to_owned());
    }
    if !sheet.language.is_empty() {
        metadata = metadata.language(sheet.language.clone());
    }
    metadata
}

fn date(created: &jiff::ZonedDateTime) -> DateTime {
    let minutes = created.offset().seconds() / 60;
    // All within their ranges: jiff has checked them.
    DateTime::new(created.year().max(0) as u16)
        .month(created.month() as u8)
        .day(created.day() as u8)
        .hour(created.hour() as u8)
        .minute(created.minute() as u8)
        .second(created.second() as u8)
        .utc_offset_hour((minutes / 60) as i8)
        .utc_offset_minute((minutes % 60).unsigned_abs() as u8)
}

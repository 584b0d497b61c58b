//! Pictures on a page, and the trial of one before any document counts on it.

use krilla::Document;
use krilla::geom::{PathBuilder, Size, Transform};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::Outline;
use krilla::paint::{Fill, FillRule, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag};

use super::PdfError;
use super::draw::{Check, paint, refusal, seen, settings, short, tag};
use super::form::Form;
use super::page::{Area, Page, Role};
use super::picture::{Drawn, Picture};
use super::svg::Shape;
use super::svg_path::Op;
use super::tree::{Marks, Tree};

pub fn draw_pictures(surface: &mut Surface<'_>, page: &Page, form: &Form, marks: &mut Marks) {
    for (picture, area, role) in &page.pictures {
        let mark = surface.start_tagged(tag(*role));
        let left = seen(area.x, area.width, form);
        let seen = Area { x: left, ..*area };
        draw_picture(surface, picture, seen);
        surface.end_tagged();
        if let Role::Content(element) = role {
            marks.add(*element, mark);
        }
    }
}

fn draw_picture(surface: &mut Surface<'_>, picture: &Picture, area: Area) {
    surface.push_transform(&Transform::from_translate(short(area.x), short(area.y)));
    match picture.drawn() {
        Some(Drawn::Raster(image)) => {
            if let Some(size) = Size::from_wh(area.width, area.height) {
                surface.draw_image(image, size);
            }
        }
        Some(Drawn::Vector(drawing)) => {
            let scale = (area.width / drawing.width, area.height / drawing.height);
            surface.push_transform(&Transform::from_scale(scale.0, scale.1));
            drawing
                .shapes
                .iter()
                .for_each(|shape| draw_shape(surface, shape));
            surface.pop();
        }
        // Not after `try_picture`.
        None => {}
    }
    surface.pop();
}

fn draw_shape(surface: &mut Surface<'_>, shape: &Shape) {
    let mut path = PathBuilder::new();
    for op in &shape.path {
        match *op {
            Op::Move(x, y) => path.move_to(x, y),
            Op::Line(x, y) => path.line_to(x, y),
            Op::Cubic([a, b, c, d, e, f]) => path.cubic_to(a, b, c, d, e, f),
            Op::Close => path.close(),
        }
    }
    let fill = shape.fill.map(|colour| Fill {
        rule: if shape.even_odd {
            FillRule::EvenOdd
        } else {
            FillRule::NonZero
        },
        ..paint(colour)
    });
    let stroke = shape.stroke.map(|(colour, width)| Stroke {
        paint: paint(colour).paint,
        width,
        ..Stroke::default()
    });
    let Some(path) = path.finish().filter(|_| fill.is_some() || stroke.is_some()) else {
        return;
    };
    surface.set_fill(fill);
    surface.set_stroke(stroke);
    surface.draw_path(&path);
    surface.set_stroke(None);
}

/// Writes a document of this picture alone, checked: what a whole packet would
/// stumble over shows here.
pub fn try_picture(picture: &Picture) -> Result<(), PdfError> {
    if picture.drawn().is_none() {
        return Err(PdfError::Structure);
    }
    let mut document = Document::new_with(settings(Check::Standards, false));
    let mut page = document.start_page();
    let mut surface = page.surface();
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(
        ArtifactType::Layout,
    )));
    let area = Area {
        x: 0.0,
        y: 0.0,
        width: 100.0,
        height: 100.0,
    };
    draw_picture(&mut surface, picture, area);
    surface.end_tagged();
    surface.finish();
    page.finish();
    let metadata = Metadata::new()
        .title("-".to_owned())
        .language("en".to_owned())
        .creation_date(DateTime::new(2000));
    document.set_metadata(metadata);
    document.set_outline(Outline::new());
    document.set_tag_tree(Tree::default().tagged(&Tree::default().no_marks(), "en"));
    document.finish().map(|_| ()).map_err(refusal)
}

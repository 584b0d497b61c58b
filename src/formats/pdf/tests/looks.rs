//! Paper, direction, letterhead, pictures and attachments.

use super::*;

const LOGO: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">
<circle cx="20" cy="20" r="18" fill="#124E78"/><path d="M16 8h8v24h-8z" fill="white"/></svg>"##;

pub fn logo() -> Picture {
    Picture::open(LOGO.as_bytes()).expect("it is there")
}

pub fn letterhead() -> Letterhead {
    Letterhead {
        logo: Some(Logo {
            picture: logo(),
            alt: "Riverside Hospital".to_owned(),
        }),
        organisation: "Riverside Hospital".to_owned(),
        lines: vec!["12 Quay Street".to_owned()],
    }
}

/// One grey pixel.
const PNG: &[u8] =
    b"\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x01\
\x00\x00\x00\x01\x08\x00\x00\x00\x00\x3a\x7e\x9b\x55\x00\x00\x00\x0a\x49\x44\x41\
\x54\x78\x9c\x63\x68\x00\x00\x00\x82\x00\x81\x77\xcd\x72\xb6\x00\x00\x00\x00\x49\
\x45\x4e\x44\xae\x42\x60\x82";

#[test]
fn paper_and_density_change_how_much_goes_on_a_page() {
    let pages = |paper, density| {
        let mut sheet = sheet(vec![table(200, "x")]);
        sheet.look.paper = paper;
        sheet.look.density = density;
        let layout = laid_out(&sheet);
        let form = Form::of(&sheet.look, false);
        for piece in layout.pages.iter().flat_map(|page| &page.pieces) {
            assert!(piece.x + piece.text.width() <= form.right + 0.1);
            assert!(piece.y <= form.page_height - 20.0);
        }
        layout.pages.len()
    };
    let a4 = pages(Paper::A4, Density::Comfortable);
    assert!(pages(Paper::Letter, Density::Comfortable) >= a4);
    assert!(pages(Paper::A4, Density::Compact) < a4);
}

#[test]
fn a_look_that_cannot_be_read_is_printed_in_the_usual_one() {
    let mut pale = sheet(vec![heading("Results")]);
    pale.look.accent = [0xEE, 0xEE, 0x00];
    let usual = sheet(vec![heading("Results")]);
    assert_eq!(
        print(&pale, fonts()).expect("it prints"),
        print(&usual, fonts()).expect("it prints")
    );
}

#[test]
fn a_letterhead_is_on_the_first_page_alone_and_above_the_banner() {
    let mut sheet = sheet(vec![table(120, "x")]);
    sheet.letterhead = letterhead();
    let layout = laid_out(&sheet);
    let top = |page: &Page, text: &str| {
        let piece = page.pieces.iter().find(|piece| piece.text.source == text);
        piece.map(|piece| piece.y)
    };
    let address = top(&layout.pages[0], "12 Quay Street").expect("it is there");
    assert!(address < top(&layout.pages[0], "GRIFFITH, Adam James").expect("it is there"));
    assert_eq!(layout.pages[0].pictures.len(), 1);
    assert!(layout.pages[1].pictures.is_empty());
    assert_eq!(top(&layout.pages[1], "12 Quay Street"), None);
    assert!(print(&sheet, fonts()).expect("it prints").validated);
}

#[test]
fn a_picture_that_would_break_a_document_is_refused_with_a_reason() {
    assert!(Picture::open(PNG).is_ok());
    let refused = |bytes: &[u8]| Picture::open(bytes).unwrap_err();
    assert_eq!(refused(b"GIF89a"), PictureError::Kind);
    assert_eq!(refused(&PNG[..40]), PictureError::Damaged);
    let mut bomb = PNG.to_vec();
    bomb[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    assert_eq!(refused(&bomb), PictureError::TooLarge);
    assert_eq!(
        refused(&[0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0, 0]),
        PictureError::Damaged
    );
    let svg = |inside: &str| {
        let svg =
            format!("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>{inside}</svg>");
        Picture::open(svg.as_bytes())
    };
    assert!(svg("<defs id='a'/><path d='M1 1h3v3z'/>").is_ok());
    assert!(svg("<g transform='rotate(45 4 4)'><path d='M1 1a3 3 0 1 1 2 2z'/></g>").is_ok());
    for inside in [
        "<script>1</script>",
        "<image href='http://example.org/a.png'/>",
        "<use href='#a'/>",
        "<text>x</text>",
        "<rect width='4' height='4' fill='url(#a)'/>",
        "<style>*{fill:red}</style>",
        "<path d='M1 1' opacity='0.5'/>",
        "",
    ] {
        assert!(matches!(svg(inside), Err(PictureError::Svg(_))), "{inside}");
    }
    assert_eq!(svg("<path d='Q'/>").unwrap_err(), PictureError::Damaged);
    let entities = "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg width='1' height='1'></svg>";
    assert!(matches!(refused(entities.as_bytes()), PictureError::Svg(_)));
}

#[test]
fn a_picture_of_points_prints_and_validates() {
    let figure = Block::Figure {
        picture: Picture::open(PNG).expect("it is there"),
        alt: String::new(),
        caption: "A grey point".to_owned(),
    };
    assert!(
        print(&sheet(vec![figure]), fonts())
            .expect("it prints")
            .validated
    );
}

#[test]
fn a_figure_stays_on_its_page_with_its_caption() {
    let figure = |lines: usize| {
        laid_out(&sheet(vec![
            Block::Paragraph(vec!["line"; lines].join("\n")),
            Block::Figure {
                picture: logo(),
                alt: "A cross".to_owned(),
                caption: "Came with it".to_owned(),
            },
        ]))
    };
    for lines in 44..60 {
        for page in figure(lines).pages {
            assert_eq!(page.pictures.len(), count(&page, "Came with it", content));
            for (_, area, _) in &page.pictures {
                assert!(area.y + area.height <= types().form.bottom);
            }
        }
    }
}

#[test]
fn pages_of_arabic_are_mirrored_and_say_the_same() {
    let mut sheet = sheet(vec![heading("النتائج"), table(60, "3.5 – 5.1")]);
    sheet.language = "ar".to_owned();
    sheet.phrases.page = "صفحة {n} من {m}".to_owned();
    let printed = print(&sheet, fonts()).expect("it prints");
    assert!(printed.validated && printed.unprintable.is_empty());
    let layout = laid_out(&sheet);
    let label = format!("صفحة {} من {}", 1, layout.pages.len());
    let shown = |piece: &&page::Piece| {
        let source = piece.text.source.replace(['\u{2068}', '\u{2069}'], "");
        source == label
    };
    assert_eq!(layout.pages[0].pieces.iter().filter(shown).count(), 1);
    // A range of numbers is not turned around.
    let cell = layout.pages[0]
        .pieces
        .iter()
        .find(|piece| piece.text.source == "3.5 – 5.1");
    let glyphs = &cell.expect("it is there").text.lines[0].runs[0].glyphs;
    assert!(glyphs.is_sorted_by_key(|glyph| glyph.text_range.start));
}

#[test]
fn in_a_mirrored_page_text_ends_where_its_box_starts() {
    let mut types = types_of(&Look::default(), "ar");
    let wide = types.form.width;
    let arabic = types.set(&"كلمة ".repeat(60), Style::Body, wide);
    assert!(arabic.lines.len() > 1);
    assert!(arabic.lines.iter().all(|line| line.indent == 0.0));
    // Latin paragraphs keep to their own side, cells to their column.
    let latin = types.set(&"word ".repeat(60), Style::Body, wide);
    assert!(
        latin
            .lines
            .iter()
            .all(|line| line.indent + line.width >= wide - 0.1)
    );
    assert_eq!(types.set("word", Style::Cell, 90.0).lines[0].indent, 0.0);
}

fn attached(name: &str) -> Attachment {
    Attachment {
        name: name.to_owned(),
        media_type: "application/pdf".to_owned(),
        description: "The document as it came".to_owned(),
        bytes: b"%PDF-1.4 x".repeat(400),
        modified: "2026-03-12T10:15:00Z[UTC]".parse().expect("it is there"),
    }
}

fn part(bytes: &[u8]) -> Option<u8> {
    let key = b"<pdfaid:part>";
    let at = bytes.windows(key.len()).position(|window| window == key)?;
    bytes.get(at + key.len()).copied()
}

#[test]
fn attachments_make_it_an_archive_of_the_third_part() {
    let mut with = sheet(vec![heading("Documents")]);
    let without = print(&with, fonts()).expect("it prints");
    assert_eq!(part(&without.bytes), Some(b'2'));
    with.attachments = vec![attached("original-1.pdf"), attached("original-2.pdf")];
    let printed = print(&with, fonts()).expect("it prints");
    assert!(printed.validated);
    assert_eq!(part(&printed.bytes), Some(b'3'));
    assert!(
        printed.bytes.len() < without.bytes.len() + 4000,
        "compressed"
    );
    assert_eq!(print(&with, fonts()).expect("it prints"), printed);
    // Whoever names two files alike, or a type that is none, still gets a packet.
    with.attachments = vec![attached("same.pdf"), attached("same.pdf")];
    assert!(print(&with, fonts()).is_ok());
    with.attachments[0].media_type = "what".to_owned();
    assert!(print(&with, fonts()).is_ok());
}

#[test]
fn the_fonts_say_what_they_cannot_print() {
    assert_eq!(fonts().covers("Müller, Ωμέγα, فاطمة\n"), Ok(()));
    assert_eq!(fonts().covers("王 and 小"), Err(vec!['小', '王']));
}

//! What the room promises as a whole: every sheet becomes a document, whatever
//! its texts hold.

mod golden;
mod looks;
mod tables;

use std::sync::LazyLock;

use super::*;

/// Opened once: hashing the font files takes longer than most tests.
pub fn fonts() -> &'static Fonts {
    static FONTS: LazyLock<Fonts> = LazyLock::new(Fonts::embedded);
    &FONTS
}

/// Typesetting of an English page.
pub fn types() -> Typesetting<'static> {
    types_of(&Look::default(), "en")
}

fn types_of(look: &Look, language: &str) -> Typesetting<'static> {
    let form = Form::of(look, direction::is_mirrored(language));
    Typesetting::new(fonts(), form, language)
}

fn sheet(blocks: Vec<Block>) -> Sheet {
    let pair = |label: &str, value: &str| (label.to_owned(), value.to_owned());
    Sheet {
        title: "Discharge summary".to_owned(),
        language: "en".to_owned(),
        created: "2026-03-12T10:15:00-02:30[-02:30]".parse().unwrap(),
        banner: Banner {
            name: "GRIFFITH, Adam James".to_owned(),
            facts: vec![pair("Born", "12 March 1961"), pair("MRN", "123456")],
            organisation: "Good Health Hospital".to_owned(),
        },
        footer: "Confidential".to_owned(),
        blocks,
        look: Look::default(),
        letterhead: Letterhead::default(),
        phrases: Phrases::default(),
        attachments: Vec::new(),
    }
}

fn heading(text: &str) -> Block {
    Block::Heading {
        level: 2,
        text: text.to_owned(),
    }
}

fn table(rows: usize, cell: &str) -> Block {
    let column = |title: &str| Column {
        title: title.to_owned(),
        weight: 1.0,
        align: Align::Start,
    };
    let row = |number: usize| Row {
        cells: vec![format!("Row {number}"), cell.to_owned()],
        strong: number.is_multiple_of(5),
        strong_cells: Vec::new(),
    };
    Block::Table(Table {
        summary: "Results".to_owned(),
        columns: vec![column("Test"), column("Result")],
        rows: (0..rows).map(row).collect(),
    })
}

fn laid_out(sheet: &Sheet) -> Layout {
    let mut types = types_of(&sheet.look, &sheet.language);
    lay_out(sheet, &mut types, &mut |_| {})
}

/// How often a page shows `text`, as content or not.
fn count(page: &Page, text: &str, wanted: fn(Role) -> bool) -> usize {
    let shown = page.pieces.iter().filter(|piece| piece.text.source == text);
    shown.filter(|piece| wanted(piece.role)).count()
}

fn content(role: Role) -> bool {
    matches!(role, Role::Content(_))
}

#[test]
fn a_long_table_repeats_its_header_as_an_artifact_on_every_page() {
    let layout = laid_out(&sheet(vec![heading("Results"), table(120, "4.2 mmol/l")]));
    assert!(layout.pages.len() >= 3, "{} pages", layout.pages.len());
    assert_eq!(count(&layout.pages[0], "Test", content), 1);
    for page in &layout.pages[1..] {
        assert_eq!(count(page, "Test", |role| role == Role::Repeated), 1);
        assert_eq!(
            count(page, "Results (continued)", |role| role == Role::Repeated),
            1
        );
        assert_eq!(count(page, "Test", content), 0);
    }
    let rows = |page: &Page| count(page, "4.2 mmol/l", content);
    assert_eq!(layout.pages.iter().map(rows).sum::<usize>(), 120);
}

#[test]
fn pages_are_counted_and_the_banner_is_content_once() {
    let layout = laid_out(&sheet(vec![table(120, "x")]));
    let pages = layout.pages.len();
    for (page, number) in layout.pages.iter().zip(1..) {
        let label = format!("Page {number} of {pages}");
        assert_eq!(count(page, &label, |role| role == Role::PageFooter), 1);
        let name = count(page, "GRIFFITH, Adam James", content);
        assert_eq!(name, usize::from(number == 1));
    }
}

#[test]
fn a_heading_is_never_the_last_thing_on_a_page() {
    for lines in 30..60 {
        let text = vec!["line"; lines].join("\n");
        let blocks = vec![Block::Paragraph(text), heading("Alone?"), table(2, "x")];
        let layout = laid_out(&sheet(blocks));
        for page in &layout.pages {
            let headings = count(page, "Alone?", content);
            assert_eq!(
                headings,
                count(page, "Row 0", content),
                "after {lines} lines"
            );
        }
    }
}

#[test]
fn nothing_is_drawn_outside_the_margins() {
    let token = "A".repeat(300);
    let blocks = vec![
        Block::Paragraph(token.clone()),
        Block::Grid(vec![(token.clone(), token.clone()); 3]),
        Block::Notice {
            title: token.clone(),
            lines: vec![token.clone()],
        },
        table(3, &token.repeat(40)),
    ];
    let form = types().form;
    for page in laid_out(&sheet(blocks)).pages {
        for piece in page.pieces {
            let right = piece.x + piece.text.width();
            let bottom = piece.y + piece.lines.len() as f32 * piece.text.leading;
            assert!(right <= form.right + 0.1, "{right}");
            assert!(bottom <= form.page_height - 20.0, "{bottom}");
        }
    }
}

#[test]
fn a_row_longer_than_its_header_keeps_its_cells() {
    let mut table = Table {
        summary: String::new(),
        columns: Vec::new(),
        rows: Vec::new(),
    };
    table.rows.push(Row {
        cells: vec!["kept".to_owned(); 3],
        ..Row::default()
    });
    let layout = laid_out(&sheet(vec![Block::Table(table)]));
    assert_eq!(count(&layout.pages[0], "kept", content), 3);
}

#[test]
fn a_banner_too_tall_for_its_page_is_told_in_full_below() {
    let mut sheet = sheet(vec![heading("Diagnoses")]);
    sheet.banner.name = "Name ".repeat(900);
    let layout = laid_out(&sheet);
    assert!(layout.pages.len() > 1);
    for page in &layout.pages {
        assert_eq!(count(page, "123456", |role| role == Role::PageHeader), 1);
    }
    assert_eq!(count(&layout.pages[1], "123456", content), 1);
    assert!(print(&sheet, fonts()).unwrap().validated);
}

#[test]
fn an_unprintable_character_is_listed_wherever_it_stood() {
    let mut sheet = sheet(vec![Block::Paragraph("王 has 🙂".to_owned())]);
    sheet.footer = "小".to_owned();
    let printed = print(&sheet, fonts()).unwrap();
    assert_eq!(printed.unprintable, ['小', '王', '🙂']);
    assert!(printed.validated);
}

#[test]
fn the_same_sheet_gives_the_same_bytes_on_every_thread() {
    let sheet = sheet(vec![heading("Results"), table(30, "فاطمة 5 mg")]);
    let first = print(&sheet, fonts()).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| assert_eq!(print(&sheet, fonts()).unwrap(), first));
        }
    });
    assert_eq!(print(&sheet, &Fonts::embedded()).unwrap(), first);
}

#[test]
fn what_was_printed_before_leaves_no_trace() {
    let own = sheet(vec![heading("Results"), table(30, "Kálmán, Ågren 5–7 mg")]);
    let fresh = print(&own, &Fonts::embedded()).unwrap();
    let used = Fonts::embedded();
    for seed in 0..40 {
        let letter = char::from_u32(0xC0 + seed).unwrap();
        let other = sheet(vec![table(3, &format!("{letter}x {letter}فاطمة{seed}"))]);
        print(&other, &used).unwrap();
    }
    assert_eq!(print(&own, &used).unwrap(), fresh);
}

#[test]
fn a_sheet_that_breaks_a_standard_is_printed_and_says_so() {
    let mut sheet = sheet(vec![heading("Results")]);
    sheet.language.clear();
    let printed = print(&sheet, fonts()).unwrap();
    assert!(!printed.validated && printed.bytes.starts_with(b"%PDF-1.7"));
}

#[test]
fn an_empty_sheet_is_still_a_document() {
    let mut empty = sheet(Vec::new());
    empty.title.clear();
    empty.footer.clear();
    empty.banner = Banner {
        name: String::new(),
        facts: Vec::new(),
        organisation: String::new(),
    };
    let printed = print(&empty, fonts()).unwrap();
    assert_eq!(printed.pages, 1);
}

/// Every way of putting a text on the page at once.
fn everywhere(text: &str) -> Sheet {
    let text = || text.to_owned();
    let mut sheet = sheet(vec![
        Block::Heading {
            level: 1,
            text: text(),
        },
        Block::Heading {
            level: 2,
            text: text(),
        },
        Block::Paragraph(text()),
        Block::Absent(text()),
        Block::Grid(vec![(text(), text()); 3]),
        table(2, &text()),
        Block::Notice {
            title: text(),
            lines: vec![text()],
        },
        Block::List(vec![text(); 2]),
        Block::Heading {
            level: 3,
            text: text(),
        },
    ]);
    sheet.letterhead.organisation = text();
    sheet.letterhead.lines = vec![text()];
    sheet.phrases.continued = text();
    sheet.title = format!("T{}", text());
    sheet.footer = text();
    sheet.banner.name = text();
    sheet.banner.facts.push((text(), text()));
    sheet
}

#[test]
fn no_text_breaks_a_document() {
    let controls: String = ('\u{0}'..'\u{A0}').collect();
    let weird = [
        "",
        " ",
        "\n\n\n",
        &controls,
        "\u{FEFF}\u{FFFE}\u{FFFF}\u{1FFFE}\u{E000}\u{10FFFF}\u{378}",
        "\u{301}",
        "\u{64B}x\u{64B} \u{93F}a\u{93F}",
        "a\u{64B}\u{301}\u{5B0}",
        "ع\u{301}\u{93E}",
        "\u{202E}drowssap\u{202C} \u{2067}x\u{2069}",
        "👩\u{200D}👩\u{200D}👧 \u{1F1E9}\u{1F1EA} \u{200D}\u{200C}\u{FE0F}",
        "क\u{94D}\u{200D}ष \u{94D}",
        "لا \u{644}\u{64E}\u{627} مُحَمَّد 5.2 mg (אבג)",
        "\u{AD}\u{34F}\u{180E}\u{2028}\u{2029}\u{85}",
        "e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}",
        "ﷺ ﻻ ﬁ ǅ İ ß",
    ];
    for text in weird {
        let printed = print(&everywhere(text), fonts()).unwrap();
        assert!(printed.validated, "{}", text.escape_unicode());
    }
}

#[test]
fn random_characters_break_no_document() {
    let mut state = 7_u32;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    // Blocks where shaping is hardest, and everything else.
    let ranges = [
        (0x20, 0x250),
        (0x300, 0x70),
        (0x590, 0x170),
        (0x900, 0x80),
        (0, 0x11_0000),
    ];
    for _ in 0..15 {
        let mut text = String::new();
        for _ in 0..60 {
            let (start, length) = ranges[next() as usize % ranges.len()];
            text.extend(char::from_u32(start + next() % length));
        }
        let printed = print(&everywhere(&text), fonts()).unwrap();
        assert!(printed.validated, "{}", text.escape_unicode());
    }
}

#[test]
fn ten_thousand_characters_fit_anywhere() {
    for text in [
        "x".repeat(10_000),
        "word ".repeat(2_000),
        "فاطمة ".repeat(1_700),
    ] {
        let printed = print(&everywhere(&text), fonts()).unwrap();
        assert!(printed.validated && printed.pages > 3);
    }
}

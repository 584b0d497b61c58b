//! Where rows, lists and headings may break.

use super::*;

/// Forty medications whose instructions take one to six lines.
fn medications() -> Block {
    let column = |title: &str, weight, align| Column {
        title: title.to_owned(),
        weight,
        align,
    };
    let row = |number: usize| Row {
        cells: vec![
            format!("Medication {number}"),
            "take one in the morning and one at night ".repeat(1 + number * 5 % 6),
            format!("{}.5", number * 7),
        ],
        strong: false,
        strong_cells: if number == 3 { vec![2] } else { Vec::new() },
    };
    Block::Table(Table {
        summary: "Medications".to_owned(),
        columns: vec![
            column("Medication", 1.0, Align::Start),
            column("How", 1.1, Align::Start),
            column("mg", 0.5, Align::End),
        ],
        rows: (0..40).map(row).collect(),
    })
}

#[test]
fn forty_medications_keep_their_rows_whole_under_a_header_on_every_page() {
    let layout = laid_out(&sheet(vec![heading("Medications"), medications()]));
    assert!(layout.pages.len() >= 3);
    let mut lines = 0;
    for page in &layout.pages {
        assert_eq!(count(page, "How", |_| true), 1);
        // Name, instructions and strength of a row stand at one height.
        for name in page
            .pieces
            .iter()
            .filter(|p| p.text.source.starts_with("Medication "))
        {
            let row: Vec<_> = page
                .pieces
                .iter()
                .filter(|piece| piece.y == name.y)
                .collect();
            assert_eq!(row.len(), 3, "{}", name.text.source);
            let whole = row
                .iter()
                .all(|piece| piece.lines == (0..piece.text.lines.len()));
            assert!(whole, "{}", name.text.source);
            lines = lines.max(
                row.iter()
                    .map(|piece| piece.lines.len())
                    .max()
                    .expect("it is there"),
            );
        }
    }
    let names = layout.pages.iter().flat_map(|page| &page.pieces);
    let names = names.filter(|piece| piece.text.source.starts_with("Medication "));
    assert_eq!(names.count(), 40);
    assert!(lines >= 6, "{lines}");
}

#[test]
fn numbers_end_at_one_edge_and_a_single_cell_can_be_strong() {
    let layout = laid_out(&sheet(vec![medications()]));
    let ends: Vec<f32> = layout.pages[0]
        .pieces
        .iter()
        .filter(|piece| piece.text.source.ends_with(".5") || piece.text.source == "mg")
        .map(|piece| piece.x + piece.text.lines[0].indent + piece.text.lines[0].width)
        .collect();
    assert!(ends.len() > 5 && ends.iter().all(|end| (end - ends[0]).abs() < 0.01));
    let face = |text: &str| {
        let mut pieces = layout.pages.iter().flat_map(|page| &page.pieces);
        let piece = pieces.find(|piece| piece.text.source == text);
        piece.expect("it is there").text.lines[0].runs[0].face
    };
    assert_ne!(face("21.5"), face("28.5"));
    assert_eq!(face("Medication 3"), face("Medication 4"));
}

#[test]
fn a_row_that_no_page_can_hold_goes_on_line_by_line() {
    let cell = "word ".repeat(2500);
    let layout = laid_out(&sheet(vec![table(1, &cell)]));
    assert!(layout.pages.len() > 2);
    let pieces = layout.pages.iter().flat_map(|page| &page.pieces);
    let parts: Vec<_> = pieces
        .filter(|piece| piece.text.source == cell.trim_end())
        .map(|piece| piece.lines.clone())
        .collect();
    assert!(parts.windows(2).all(|two| two[0].end == two[1].start));
}

#[test]
fn a_bullet_stands_beside_the_first_line_of_its_item_on_every_page() {
    let item = "a long instruction that takes more than one line of the page, and more, and \
                then goes on for a while until it has said everything twice";
    let items: Vec<String> = (0..60).map(|number| format!("{number} {item}")).collect();
    let layout = laid_out(&sheet(vec![Block::List(items)]));
    let mut bullets = 0;
    for page in &layout.pages {
        for bullet in page.pieces.iter().filter(|piece| piece.text.source == "•") {
            let beside = page.pieces.iter().filter(|piece| piece.y == bullet.y);
            let first = beside.filter(|piece| piece.lines.start == 0 && piece.text.source != "•");
            assert_eq!(first.count(), 1);
            bullets += 1;
        }
    }
    assert_eq!(bullets, 60);
}

#[test]
fn a_table_goes_on_in_the_words_of_the_sheet() {
    let mut sheet = sheet(vec![heading("Ergebnisse"), table(120, "x")]);
    sheet.phrases.continued = "{section} (Fortsetzung)".to_owned();
    let layout = laid_out(&sheet);
    let hints = count(&layout.pages[1], "Ergebnisse (Fortsetzung)", |role| {
        role == Role::Repeated
    });
    assert_eq!(hints, 1);
}

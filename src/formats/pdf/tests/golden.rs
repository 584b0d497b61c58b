//! What a screen reader hears of a sample, as text that a reviewer can read. This
//! floor writes no file: where it differs, the test says what `tree.txt` should hold.

use super::*;

fn sample() -> Sheet {
    let pair = |label: &str, value: &str| (label.to_owned(), value.to_owned());
    let mut sheet = sheet(vec![
        Block::Heading {
            level: 1,
            text: "Discharge summary".to_owned(),
        },
        Block::Notice {
            title: "What could not be read".to_owned(),
            lines: vec!["OBX-5, third repetition".to_owned()],
        },
        heading("Stay"),
        Block::Grid(vec![
            pair("Admitted", "3 March 2026"),
            pair("Discharged", "12 March 2026"),
            pair("Attending", "Dr Okafor"),
        ]),
        heading("Results"),
        table(2, "4.2 mmol/l"),
        Block::Heading {
            level: 3,
            text: "At home".to_owned(),
        },
        Block::List(vec!["Take it with food.".to_owned()]),
        Block::Absent("No allergies recorded in the source".to_owned()),
        Block::Figure {
            picture: looks::logo(),
            alt: "A cross".to_owned(),
            caption: "Came with the event".to_owned(),
        },
    ]);
    sheet.letterhead = looks::letterhead();
    sheet
}

#[test]
fn a_screen_reader_hears_the_sample_as_the_golden_file_says() {
    let layout = laid_out(&sample());
    let text = |element| {
        let pieces = layout.pages.iter().flat_map(|page| &page.pieces);
        let own = pieces.filter(|piece| piece.role == Role::Content(element));
        let texts: Vec<&str> = own.map(|piece| piece.text.source.as_str()).collect();
        texts.join(" | ")
    };
    let told = layout.tree.told(&text);
    let golden = include_str!("tree.txt");
    assert!(told == golden, "tree.txt would now have to say:\n{told}");
    assert!(print(&sample(), fonts()).expect("it prints").validated);
}

//! Packets that nobody sent: the labels of real ones around random words, so that
//! nothing kept from one document helps the next.

use crate::pdf::{Align, Banner, Block, Column, Letterhead, Look, Phrases, Row, Sheet, Table};

/// Xorshift: the same seed makes the same packet everywhere.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }

    fn word(&mut self) -> String {
        const LETTERS: &[u8] = b"etaoinshrdlucmfwypvbgkjqxz";
        // Common letters are common, as in a language.
        let letter = |chance: &mut Self| {
            let most = 6 + chance.below(LETTERS.len() - 5);
            LETTERS[chance.below(most)] as char
        };
        (0..3 + self.below(8)).map(|_| letter(self)).collect()
    }

    fn name(&mut self) -> String {
        let mut word = self.word();
        word[..1].make_ascii_uppercase();
        word
    }

    fn words(&mut self, count: usize) -> String {
        let words: Vec<String> = (0..count).map(|_| self.word()).collect();
        words.join(" ")
    }

    fn date(&mut self) -> String {
        const MONTHS: [&str; 4] = ["January", "March", "August", "November"];
        let (day, month) = (1 + self.below(28), MONTHS[self.below(4)]);
        format!("{day} {month} {}", 1940 + self.below(86))
    }

    fn number(&mut self) -> String {
        format!("{}.{}", self.below(200), self.below(10))
    }

    fn sentence(&mut self, words: usize) -> String {
        format!("{} {}.", self.name(), self.words(words))
    }
}

/// Diagnoses, allergies, medications, results, procedures, instructions: three
/// pages, the packet of the promise.
pub fn packet(seed: u64) -> Sheet {
    let chance = &mut Chance::new(seed);
    let mut blocks = opening(chance, "Discharge packet");
    blocks.push(diagnoses(chance, 6));
    blocks.extend([heading("Allergies"), allergies(chance, 4)]);
    blocks.extend([heading("Medications"), medications(chance, 12)]);
    blocks.extend([heading("Results"), results(chance, 26)]);
    blocks.extend([heading("Procedures"), procedures(chance, 3)]);
    blocks.extend(instructions(chance, 4));
    blocks.extend(closing(chance));
    sheet(chance, "Discharge packet", blocks)
}

/// A short stay on two pages.
pub fn summary(seed: u64) -> Sheet {
    let chance = &mut Chance::new(seed);
    let mut blocks = opening(chance, "Discharge summary");
    blocks.push(diagnoses(chance, 4));
    blocks.extend([heading("Medications"), medications(chance, 8)]);
    blocks.extend([heading("Results"), results(chance, 14)]);
    blocks.extend(instructions(chance, 4));
    blocks.extend(closing(chance));
    sheet(chance, "Discharge summary", blocks)
}

/// Three hundred results, about twelve pages.
pub fn laboratory(seed: u64) -> Sheet {
    let chance = &mut Chance::new(seed);
    let mut blocks = opening(chance, "Results");
    blocks.push(results(chance, 300));
    blocks.extend(closing(chance));
    sheet(chance, "Results", blocks)
}

fn sheet(chance: &mut Chance, title: &str, blocks: Vec<Block>) -> Sheet {
    Sheet {
        title: title.to_owned(),
        language: "en".to_owned(),
        created: "2026-03-12T10:15:00-05:00[-05:00]".parse().expect("a date"),
        banner: Banner {
            name: format!("{}, {}", chance.name().to_uppercase(), chance.name()),
            facts: vec![
                pair("Born", chance.date()),
                pair("Sex", "female"),
                pair("MRN", chance.below(9_999_999).to_string()),
                pair("Visit", chance.below(9_999_999).to_string()),
            ],
            organisation: "Good Health Hospital".to_owned(),
        },
        footer: "Confidential patient information".to_owned(),
        blocks,
        look: Look::default(),
        letterhead: Letterhead::default(),
        phrases: Phrases::default(),
        attachments: Vec::new(),
    }
}

pub fn pair(label: &str, value: impl Into<String>) -> (String, String) {
    (label.to_owned(), value.into())
}

pub fn heading(text: &str) -> Block {
    Block::Heading {
        level: 2,
        text: text.to_owned(),
    }
}

fn opening(chance: &mut Chance, title: &str) -> Vec<Block> {
    vec![
        Block::Heading {
            level: 1,
            text: title.to_owned(),
        },
        Block::Notice {
            title: "What could not be read".to_owned(),
            lines: vec![chance.sentence(9)],
        },
        heading("Stay"),
        Block::Grid(vec![
            pair("Admitted", chance.date()),
            pair("Discharged", chance.date()),
            pair("Ward", chance.name()),
            pair("Attending", chance.name()),
            pair("Reason", chance.words(4)),
            pair("Discharged to", chance.words(2)),
        ]),
        heading("Diagnoses"),
    ]
}

pub fn table(summary: &str, columns: &[(&str, f32)], rows: Vec<Row>) -> Block {
    let column = |&(title, weight): &(&str, f32)| Column {
        title: title.to_owned(),
        weight,
        align: Align::Start,
    };
    Block::Table(Table {
        summary: summary.to_owned(),
        columns: columns.iter().map(column).collect(),
        rows,
    })
}

fn rows(count: usize, mut cells: impl FnMut(usize) -> Vec<String>) -> Vec<Row> {
    let row = |number: usize| Row {
        cells: cells(number),
        strong: number.is_multiple_of(6),
        strong_cells: Vec::new(),
    };
    (0..count).map(row).collect()
}

fn diagnoses(chance: &mut Chance, count: usize) -> Block {
    let cells = |_| vec![chance.words(4), chance.name(), chance.date()];
    let columns = [("Diagnosis", 3.0), ("Status", 1.0), ("Since", 1.2)];
    table("Diagnoses", &columns, rows(count, cells))
}

fn allergies(chance: &mut Chance, count: usize) -> Block {
    let cells = |_| vec![chance.name(), chance.words(3), chance.word()];
    let columns = [("To", 1.0), ("Reaction", 2.0), ("Severity", 1.0)];
    table("Allergies", &columns, rows(count, cells))
}

fn medications(chance: &mut Chance, count: usize) -> Block {
    let cells = |_| {
        vec![
            format!("{} {} mg", chance.name(), chance.number()),
            chance.words(5),
            chance.words(2),
            chance.word(),
        ]
    };
    let columns = [
        ("Medication", 2.0),
        ("How to take it", 2.2),
        ("What changed", 1.2),
        ("For", 1.0),
    ];
    table("Medications", &columns, rows(count, cells))
}

fn results(chance: &mut Chance, count: usize) -> Block {
    let cells = |_| {
        vec![
            chance.words(2),
            format!("{} {}/{}", chance.number(), chance.word(), chance.word()),
            format!("{}–{}", chance.number(), chance.number()),
            chance.word(),
            chance.date(),
        ]
    };
    let columns = [
        ("Test", 2.0),
        ("Result", 1.5),
        ("Range", 1.1),
        ("Flag", 0.8),
        ("When", 1.3),
    ];
    table("Results", &columns, rows(count, cells))
}

fn procedures(chance: &mut Chance, count: usize) -> Block {
    let cells = |_| vec![chance.words(4), chance.date(), chance.name()];
    let columns = [("Procedure", 2.0), ("On", 1.0), ("By", 1.0)];
    table("Procedures", &columns, rows(count, cells))
}

fn instructions(chance: &mut Chance, paragraphs: usize) -> Vec<Block> {
    let mut blocks = vec![heading("Instructions")];
    for _ in 0..paragraphs {
        let sentences: Vec<String> = (0..4).map(|_| chance.sentence(11)).collect();
        blocks.push(Block::Paragraph(sentences.join(" ")));
    }
    blocks
}

fn closing(chance: &mut Chance) -> Vec<Block> {
    vec![
        heading("About this packet"),
        Block::Grid(vec![
            pair("Handoff", chance.words(3)),
            pair("Source", chance.word().repeat(6)),
        ]),
    ]
}

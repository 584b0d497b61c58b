//! What a reader of a section must not misunderstand.

use super::*;
use crate::domain::facts::{
    AllergyIntolerance, Appointment, Coded, Condition, Medication, Observation, Order, Procedure,
    When,
};
use crate::domain::language::Language;
use crate::domain::packet::{Listed, Standing};
use crate::formats::pdf::Table;
use crate::formats::words::words;
use std::sync::LazyLock;

static PLAIN: LazyLock<Brand> = LazyLock::new(Brand::default);

fn edition() -> Edition<'static> {
    Edition {
        words: words(Language::En),
        brand: &PLAIN,
    }
}

fn section(section: Section, content: Content) -> PacketSection {
    PacketSection {
        section,
        content,
        narrative: Vec::new(),
        comments: Vec::new(),
        site: Vec::new(),
        earlier: None,
        withheld: false,
    }
}

fn said(kind: Section, content: Content) -> Vec<Block> {
    blocks(&section(kind, content), edition())
}

fn first_table(blocks: &[Block]) -> &Table {
    let table = blocks.iter().find_map(|block| match block {
        Block::Table(table) => Some(table),
        _ => None,
    });
    table.expect("a table")
}

fn coded(text: &str) -> Coded {
    Coded {
        text: Some(text.into()),
        ..Coded::default()
    }
}

#[test]
fn an_empty_section_says_so_and_one_that_was_withheld_says_otherwise() {
    let mut empty = section(Section::Allergies, Content::Allergies(Vec::new()));
    let none = Block::Absent("None recorded in the source".into());
    assert_eq!(blocks(&empty, edition()), std::slice::from_ref(&none));
    empty.withheld = true;
    let withheld = blocks(&empty, edition());
    assert!(!withheld.contains(&none) && withheld.len() == 1);
}

#[test]
fn what_is_over_or_was_not_done_says_so_in_its_first_column() {
    let over = AllergyIntolerance {
        code: coded("Latex"),
        status: Some("inactive".into()),
        ..AllergyIntolerance::default()
    };
    let undone = Procedure {
        code: coded("Latex"),
        status: Some("not-done".into()),
        ..Procedure::default()
    };
    let suspected = Condition {
        code: coded("Latex"),
        role: Some("DD".into()),
        body_site: Some("left leg".into()),
        verification: Some("provisional".into()),
        status: Some("resolved".into()),
        ..Condition::default()
    };
    let stopped = Listed {
        medication: Medication {
            code: coded("Latex"),
            status: Some("stopped".into()),
            ..Medication::default()
        },
        standing: Standing::Ended,
        change: None,
    };
    let first = |kind, content| first_table(&said(kind, content)).rows[0].cells[0].clone();
    assert_eq!(
        first(Section::Allergies, Content::Allergies(vec![over])),
        "Latex (inactive)"
    );
    assert_eq!(
        first(Section::Procedures, Content::Procedures(vec![undone])),
        "Latex (not done)"
    );
    assert_eq!(
        first(Section::Diagnoses, Content::Diagnoses(vec![suspected])),
        "Latex, left leg (provisional) (resolved)"
    );
    assert_eq!(
        first(Section::Medications, Content::Medications(vec![stopped])),
        "Latex (stopped)"
    );
}

#[test]
fn medicines_to_take_stand_apart_from_those_taken_before() {
    let drug = |name: &str, standing| Listed {
        medication: Medication {
            code: coded(name),
            ..Medication::default()
        },
        standing,
        change: None,
    };
    let list = vec![
        drug("Apixaban", Standing::Current),
        drug("Aspirin", Standing::Before),
    ];
    let made = said(Section::Medications, Content::Medications(list));
    let titles: Vec<&str> = made
        .iter()
        .filter_map(|block| match block {
            Block::Heading { level: 3, text } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(titles, ["To take from now on", "Taken before the stay"]);
}

#[test]
fn a_result_that_is_not_final_says_so_and_an_abnormal_one_stands_out() {
    let cancelled = Observation {
        value: Some("7.9".into()),
        status: Some("cancelled"),
        group: Some("Staphylococcus aureus".into()),
        interpretation: Some("H".into()),
        code: coded("Ampicillin"),
        ..Observation::default()
    };
    let made = said(Section::Results, Content::Observations(vec![cancelled]));
    let row = &first_table(&made).rows[0];
    assert_eq!(
        row.cells[..2],
        ["Staphylococcus aureus: Ampicillin", "7.9 (cancelled)"]
    );
    assert!(row.strong);
}

#[test]
fn a_column_in_which_nothing_stands_takes_no_room_unless_it_was_chosen() {
    let list = || {
        Content::Observations(vec![Observation {
            code: coded("Sodium"),
            value: Some("140".into()),
            ..Observation::default()
        }])
    };
    let titles =
        |table: &Table| -> Vec<String> { table.columns.iter().map(|c| c.title.clone()).collect() };
    let made = said(Section::Results, list());
    assert_eq!(titles(first_table(&made)), ["Test", "Result"]);

    use crate::domain::brand::ColumnName;
    let mut brand = Brand::default();
    let chosen = vec![ColumnName::Name, ColumnName::Result, ColumnName::Units];
    brand.file.columns.insert(Section::Results, chosen);
    let own = Edition {
        brand: &brand,
        ..edition()
    };
    let made = blocks(&section(Section::Results, list()), own);
    assert_eq!(titles(first_table(&made)), ["Test", "Result", "Units"]);
}

#[test]
fn what_is_planned_stands_in_the_order_of_its_time() {
    let order = Order {
        code: coded("Chest X-ray"),
        priority: Some("urgent".into()),
        ..Order::default()
    };
    let visit = |start: &str, status: &str| Appointment {
        start: Some(When(start.into())),
        status: Some(status.into()),
        reason: Some("Wound check".into()),
        ..Appointment::default()
    };
    let appointments = vec![
        visit("2026-12-04", "booked"),
        visit("2026-12-01", "cancelled"),
    ];
    let made = said(Section::Plan, Content::Plan(vec![order], appointments));
    let rows = &first_table(&made).rows;
    let what: Vec<&str> = rows.iter().map(|row| row.cells[0].as_str()).collect();
    assert_eq!(
        what,
        [
            "Wound check (cancelled)",
            "Wound check",
            "Chest X-ray (urgent)"
        ]
    );
}

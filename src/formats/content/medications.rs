//! Medications, by what the reader has to do with them: take, stop, know.

use super::Edition;
use super::table::{Plan, table};
use super::tables::{of, span, unless, words};
use crate::domain::brand::ColumnName as Name;
use crate::domain::packet::{Change, Listed, Standing};
use crate::domain::section::Section;
use crate::formats::pdf::Block;
use crate::formats::words::Term;

const PLAN: Plan<Listed> = Plan {
    section: Section::Medications,
    lists: Term::Medication,
    columns: &[
        of(Name::Name, Term::Medication, 3.8, medication),
        of(Name::Dose, Term::DoseAndUse, 4.2, dose),
        of(Name::Change, Term::Change, 1.7, |one, e| {
            one.change
                .map(|change| e.say(in_words(change)).into())
                .unwrap_or_default()
        }),
        of(Name::Date, Term::Since, 1.9, |one, e| {
            span(&one.medication.start, &one.medication.end, e)
        }),
    ],
    is_strong: |one| matches!(one.change, Some(Change::New | Change::Dose)),
};

/// One table where all stand on one list; else one under each of its headings.
pub fn blocks(list: &[Listed], edition: Edition<'_>) -> Vec<Block> {
    let groups = [
        (Standing::Current, Term::TakeFromNowOn),
        (Standing::NotCertain, Term::NotCertain),
        (Standing::Ended, Term::Ended),
        (Standing::DuringStay, Term::DuringTheStay),
        (Standing::Before, Term::BeforeTheStay),
    ];
    let simple = list.iter().all(|one| one.standing == Standing::Current);
    let mut blocks = Vec::new();
    for (standing, title) in groups {
        let group: Vec<&Listed> = list.iter().filter(|m| m.standing == standing).collect();
        let Some(made) = table(&group, &PLAN, edition) else {
            continue;
        };
        if !simple {
            blocks.push(Block::Heading {
                level: 3,
                text: edition.say(title).into(),
            });
        }
        blocks.push(made);
    }
    blocks
}

pub fn in_words(change: Change) -> Term {
    match change {
        Change::New => Term::ChangeNew,
        Change::Dose => Term::ChangeDose,
        Change::Unchanged => Term::ChangeNone,
        Change::NotContinued => Term::ChangeNotContinued,
    }
}

/// Its status stands beside the name: a stopped medicine must not look taken.
fn medication(one: &Listed, edition: Edition<'_>) -> String {
    let medication = &one.medication;
    unless(
        words(&medication.code),
        medication.status.as_deref(),
        "active",
        edition,
    )
}

fn dose(one: &Listed, _: Edition<'_>) -> String {
    let dosage = one.medication.dosage.as_deref().unwrap_or_default();
    let notes = one.medication.notes.iter().map(String::as_str);
    let parts = [dosage].into_iter().chain(notes);
    parts
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

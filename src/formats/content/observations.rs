//! Results and whatever else was observed: what is abnormal stands out, what is
//! not final says so beside its value.

use super::Edition;
use super::table::{Of, Plan, table};
use super::tables::{date, of, words};
use crate::domain::brand::ColumnName as Name;
use crate::domain::facts::Observation;
use crate::domain::section::Section;
use crate::formats::pdf::Block;
use crate::formats::words::Term;

const COLUMNS: &[Of<Observation>] = &[
    of(Name::Name, Term::Test, 3.3, |o, _| test(o)),
    of(Name::Result, Term::Result, 2.1, value),
    of(Name::Units, Term::Units, 1.5, |o, _| {
        o.units.clone().unwrap_or_default()
    }),
    of(Name::Range, Term::Range, 1.4, |o, _| {
        o.range.clone().unwrap_or_default()
    }),
    of(Name::Flag, Term::Flag, 0.7, |o, _| {
        o.interpretation.clone().unwrap_or_default()
    }),
    of(Name::Specimen, Term::Specimen, 1.4, |o, _| {
        o.specimen.clone().unwrap_or_default()
    }),
    of(Name::Date, Term::Taken, 2.6, |o, e| date(&o.effective, e)),
];

/// Long texts among the results get a paragraph; a narrow column would make
/// them unreadable.
pub fn blocks(list: &[Observation], section: Section, edition: Edition<'_>) -> Vec<Block> {
    // A line of the result column holds about thirty characters.
    let is_prose = |o: &&Observation| o.value.as_ref().is_some_and(|value| value.len() > 200);
    let (prose, short): (Vec<&Observation>, Vec<_>) = list.iter().partition(is_prose);
    let plan = Plan {
        section,
        lists: Term::Test,
        columns: COLUMNS,
        is_strong: Observation::is_abnormal,
    };
    let mut blocks: Vec<Block> = table(&short, &plan, edition).into_iter().collect();
    for observation in prose {
        let mut about = vec![test(observation)];
        about.extend(unsettled(observation).map(|status| edition.words.code(status)));
        about.extend(observation.interpretation.clone());
        let taken = observation.effective.as_ref();
        about.extend(taken.map(|at| edition.words.date(at)));
        let text = observation.value.as_deref().unwrap_or_default();
        let units = observation.units.as_deref().unwrap_or_default();
        blocks.push(Block::Paragraph(format!(
            "{}: {text} {units}",
            edition.words.list(&about)
        )));
    }
    for observation in list.iter().filter(|o| !o.notes.is_empty()) {
        blocks.push(Block::Paragraph(format!(
            "{} {}: {}",
            edition.say(Term::NoteOn),
            words(&observation.code),
            observation.notes.join("\n"),
        )));
    }
    blocks
}

/// What was measured, and of what: the organism, the panel.
fn test(observation: &Observation) -> String {
    let words = words(&observation.code);
    match &observation.group {
        Some(group) => format!("{group}: {words}"),
        None => words,
    }
}

/// A result that is not simply final must say so beside its value.
fn unsettled(observation: &Observation) -> Option<&'static str> {
    observation.status.filter(|status| *status != "final")
}

fn value(observation: &Observation, edition: Edition<'_>) -> String {
    let value = observation.value.clone().unwrap_or_default();
    match unsettled(observation) {
        Some(status) => format!("{value} ({})", edition.words.code(status)),
        None => value,
    }
}

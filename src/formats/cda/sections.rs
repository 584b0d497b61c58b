//! The body of a document: its sections, one in another, each with its text and
//! what its entries say. A LOINC code tells what a section is, else its template.

use super::datatypes::shown;
use super::entries::{self, statements};
use super::problems::Diagnoses;
use super::results::Shared;
use super::tree::Element;
use super::{
    allergies, documents, header, immunizations, kinds, medications, narrative, payers, plan,
    problems, procedures, referral, results,
};
use crate::domain::facts::{ClinicalFacts, Doubt, NarrativeSection, Places};

/// A summary of a long illness has some fifty.
const MAX_SECTIONS: usize = 2_000;

/// What a section holds, and so who reads its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Problems(Diagnoses),
    /// Diagnoses of visits, concerns: only what says that it is a problem.
    ProblemsWithin,
    Allergies,
    /// Which list, where it is not simply what the patient takes.
    Medications(Option<&'static str>),
    Results(Option<&'static str>),
    Procedures,
    Immunizations,
    Plan,
    Payers,
    Instructions,
    ReasonForReferral,
    ReasonForVisit,
    /// Its text says all that is read.
    Narrative,
}

pub fn read(body: Element, facts: &mut ClinicalFacts) {
    for section in body
        .all("component")
        .flat_map(|component| component.all("section"))
    {
        read_section(section, facts);
    }
}

fn read_section(section: Element, facts: &mut ClinicalFacts) {
    if facts.sections.len() >= MAX_SECTIONS {
        let why = "there are more sections than are read from one document";
        if facts.doubts.last().is_none_or(|doubt| doubt.why != why) {
            facts.doubts.push(Doubt::new(section.place(), why));
        }
        return;
    }
    let found = kinds::of(section);
    let text = section
        .child("text")
        .map(narrative::plain)
        .unwrap_or_default();
    header::label(section, "section", facts);
    match found.kind {
        // What a relative should do, and why a relative came.
        _ if section.set_aside().is_some() => {}
        Kind::Instructions if !text.is_empty() => facts.instructions.push(text.clone()),
        Kind::ReasonForReferral => referral::reason(section, &text, facts),
        Kind::ReasonForVisit => reason_for_visit(section, &text, facts),
        _ => {}
    }
    keep_text(section, text, found.standard, facts);
    for entry in section.all("entry") {
        if !entries::has_room(entry, facts) {
            break;
        }
        read_entry(entry, found.kind, section, facts);
    }
    read(section, facts);
}

fn keep_text(
    section: Element,
    text: String,
    standard: Option<&'static str>,
    facts: &mut ClinicalFacts,
) {
    let code = section.child("code");
    let received = code.and_then(|code| code.attr("code")).map(str::to_owned);
    let title = section.child("title").and_then(Element::text);
    let title = title.or_else(|| {
        code.and_then(|code| shown(code, section))
            .filter(|_| received.is_some())
    });
    if title.is_none() && received.is_none() && text.is_empty() {
        return;
    }
    let mut at = Places::of(section.place());
    for (part, name) in [("code", "code"), ("title", "title"), ("text", "text")] {
        if let Some(child) = section.child(name) {
            at.add(part, child.place());
        }
    }
    facts.sections.push(NarrativeSection {
        standard: standard.filter(|code| received.as_deref() != Some(code)),
        code: received,
        title,
        text,
        at,
    });
}

fn read_entry(entry: Element, kind: Kind, section: Element, facts: &mut ClinicalFacts) {
    let Some(statement) = statements(entry).next() else {
        entries::unknown(entry, facts);
        return;
    };
    documents::read_entry(entry, section, facts);
    if statement.is("observationMedia") {
        return;
    }
    match kind {
        Kind::Problems(kind) => problems::read(statement, kind, section, facts),
        Kind::ProblemsWithin => problems::read_within(statement, section, facts),
        Kind::Allergies => allergies::read(statement, section, facts),
        Kind::Medications(list) => medications::read(statement, list, section, facts),
        Kind::Results(category) => {
            results::read(statement, &Shared::of(category), section, facts);
        }
        Kind::Procedures => procedures::read(statement, section, facts),
        Kind::Immunizations => immunizations::read(statement, section, facts),
        Kind::Plan => plan::read(statement, section, facts),
        Kind::Payers => payers::read(statement, section, facts),
        Kind::ReasonForReferral => referral::read(statement, section, facts),
        Kind::Instructions | Kind::ReasonForVisit | Kind::Narrative => {}
    }
}

/// A short reason is the visit's; a long one is prose and stays in its section.
fn reason_for_visit(section: Element, text: &str, facts: &mut ClinicalFacts) {
    const LONGEST: usize = 200;
    let fits = !text.is_empty() && text.len() <= LONGEST && !text.contains('\n');
    if let Some(stay) = facts
        .encounter
        .as_mut()
        .filter(|stay| fits && stay.reason.is_none())
    {
        stay.reason = Some(text.to_owned());
        stay.at
            .add("reason", section.child("text").unwrap_or(section).place());
    }
}

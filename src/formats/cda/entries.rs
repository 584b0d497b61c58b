//! What all entries have in common: clinical statements within each other, the
//! places they have, what is left out.

use super::negation;
use super::tree::Element;
use crate::domain::facts::{ClinicalFacts, Doubt};

pub const NAMELESS: &str = "the entry names nothing and was left out";
const UNKNOWN_SHAPE: &str = "the entry has a shape that is not read; see the section's own text";
const FULL: &str = "there are more entries than are read from one document";

/// More than a life's record holds; a bound for memory.
const MAX_FACTS: usize = 50_000;
/// Beyond this many doubts nobody reads on; the message itself lists fewer.
const MAX_DOUBTS: usize = 5_000;

const STATEMENTS: [&str; 8] = [
    "act",
    "encounter",
    "observation",
    "observationMedia",
    "organizer",
    "procedure",
    "substanceAdministration",
    "supply",
];

/// The clinical statements directly below an entry, a component or a relation.
pub fn statements<'d>(parent: Element<'d>) -> impl Iterator<Item = Element<'d>> {
    parent
        .children()
        .filter(|child| STATEMENTS.iter().any(|name| child.is(name)))
}

/// The statements that this one is related to, with how (`SUBJ`, `MFST` …).
pub fn related<'d>(entry: Element<'d>) -> impl Iterator<Item = (&'d str, Element<'d>)> {
    let relations = entry.all("entryRelationship");
    relations.flat_map(|relation| {
        let kind = relation.attr("typeCode").unwrap_or_default();
        statements(relation).map(move |statement| (kind, statement))
    })
}

/// What tells more of this statement: neither set aside nor denied itself.
pub fn details<'d>(entry: Element<'d>) -> impl Iterator<Item = (&'d str, Element<'d>)> {
    let said = |inner: Element| inner.set_aside().is_none() && !negation::denies(inner);
    related(entry).filter(move |(_, inner)| said(*inner))
}

/// The parts of an organizer.
pub fn components<'d>(organizer: Element<'d>) -> impl Iterator<Item = Element<'d>> {
    organizer.all("component").flat_map(statements)
}

/// A code among the codes of a concept and its translations.
pub fn has_code(entry: Element, codes: &[&str]) -> bool {
    entry.child("code").is_some_and(|code| {
        let all = std::iter::once(code).chain(code.all("translation"));
        all.into_iter()
            .filter_map(|code| code.attr("code"))
            .any(|code| codes.contains(&code))
    })
}

pub fn status(entry: Element<'_>) -> Option<&str> {
    entry.child("statusCode")?.attr("code")
}

/// Whether there is nothing to read here: its author took it back, it is about
/// somebody else, nobody can tell whether it is denied, or the document is
/// fuller than any real one.
pub fn is_void(entry: Element, facts: &mut ClinicalFacts) -> bool {
    if let Some(why) = entry.set_aside().or_else(|| negation::unclear(entry)) {
        facts.doubts.push(Doubt::new(entry.place(), why));
        return true;
    }
    !has_room(entry, facts)
}

pub fn has_room(at: Element, facts: &mut ClinicalFacts) -> bool {
    let count = facts.conditions.len()
        + facts.allergies.len()
        + facts.medications.len()
        + facts.immunizations.len()
        + facts.procedures.len()
        + facts.results.len()
        + facts.documents.len()
        + facts.orders.len()
        + facts.appointments.len()
        + facts.coverages.len();
    let room = count < MAX_FACTS && facts.doubts.len() < MAX_DOUBTS;
    if !room && facts.doubts.last().is_none_or(|doubt| doubt.why != FULL) {
        facts.doubts.push(Doubt::new(at.place(), FULL));
    }
    room
}

/// Where a section says what kind of section it is: the place of what follows
/// from that alone.
pub fn kind_place(section: Element) -> String {
    section.child("code").unwrap_or(section).place()
}

/// A statement that this kind of section does not read. One that is null says
/// nothing, so nothing is lost.
pub fn unknown(entry: Element, facts: &mut ClinicalFacts) {
    if !entry.is_null() {
        facts.doubts.push(Doubt::new(entry.place(), UNKNOWN_SHAPE));
    }
}

/// An entry without a name: a doubt, unless it is null and so says nothing.
pub fn nameless(named_by: Option<Element>, entry: Element, facts: &mut ClinicalFacts) {
    let silent = entry.is_null() || named_by.is_some_and(Element::is_null);
    if !silent {
        let at = named_by.unwrap_or(entry).place();
        facts.doubts.push(Doubt::new(at, NAMELESS));
    }
}

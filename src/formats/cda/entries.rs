//! What all entries have in common: clinical statements within each other, the
//! places they have, what was withdrawn, what is denied.

use super::tree::Element;
use crate::domain::facts::{ClinicalFacts, Coded, Doubt};

pub const NAMELESS: &str = "the entry names nothing and was left out";
const WITHDRAWN: &str = "the entry is withdrawn by its author and was left out";
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

/// Whether there is nothing to read here: the entry says so itself, its author
/// took it back, or the document is fuller than any real one.
pub fn is_void(entry: Element, facts: &mut ClinicalFacts) -> bool {
    if status(entry) == Some("nullified") {
        facts.doubts.push(Doubt::new(entry.place(), WITHDRAWN));
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

/// `negationInd="true"`: what is said is denied.
pub fn is_denied(entry: Element) -> bool {
    entry.flag("negationInd")
}

/// What a denied entry says, in the source's words where they do say no. Its
/// code would say the opposite and is left out.
pub fn denied(written: Option<String>, otherwise: String) -> Coded {
    let text = written.filter(|words| says_no(words)).unwrap_or(otherwise);
    Coded {
        text: Some(text),
        ..Coded::default()
    }
}

fn says_no(words: &str) -> bool {
    const NOES: [&str; 11] = [
        "no", "not", "none", "denies", "denied", "negative", "nil", "never", "without", "nka",
        "nkda",
    ];
    words
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| NOES.iter().any(|no| no.eq_ignore_ascii_case(word)))
}

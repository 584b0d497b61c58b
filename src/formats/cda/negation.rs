//! `negationInd="true"`: what is said is denied. That is never left to words,
//! which say "no" of other things too: the fact itself says what is not there.

use super::entries;
use super::tree::Element;
use crate::domain::facts::Coded;

const TWICE: &str = "the entry is denied twice: what it says cannot be told and was left out";
/// Where a fact has no words for what is not there.
pub const DENIED: &str = "the entry says what is not the case and was left out";
/// FHIR's verification of what is known not to be there.
pub const REFUTED: &str = "refuted";

/// Concepts that say "no known …" themselves: SNOMED CT.
const NONE_KNOWN: [&str; 9] = [
    "716186003",
    "409137002",
    "428607008",
    "429625007",
    "428197003",
    "716184000",
    "716220001",
    "160244002",
    "160245001",
];

/// How words begin that say that nothing is known, where no concept is named.
const BEGINNINGS: [&str; 21] = [
    "no known ",
    "none known",
    "no allergies",
    "no problems",
    "no medications",
    "nka",
    "nkda",
    "nkfa",
    "keine bekannte",
    "keine allergie",
    "keine medikamente",
    "keine dauermedikation",
    "keine medikation",
    "pas d'allergie",
    "aucune allergie",
    "aucun traitement",
    "nessuna allergia",
    "sin alergias",
    "geen bekende",
    "geen allergie",
    "inga kända",
];

/// The RIM's two kinds of negation are said apart by some.
const FLAGS: [&str; 3] = ["negationInd", "valueNegationInd", "actionNegationInd"];

/// Whether a statement denies itself.
pub fn denies(statement: Element) -> bool {
    FLAGS.iter().any(|name| statement.flag(name))
}

/// Who denies a statement: itself, or an act around it.
pub fn denied_by(statement: Element<'_>) -> Option<Element<'_>> {
    let itself = Some(statement).filter(|one| denies(*one));
    itself.or_else(|| act_around(statement))
}

pub fn is_denied(statement: Element) -> bool {
    denied_by(statement).is_some()
}

/// Where it is denied.
pub fn place(by: Element) -> String {
    let name = FLAGS.iter().find(|name| by.flag(name));
    format!("{}/@{}", by.place(), name.unwrap_or(&FLAGS[0]))
}

/// Where the status of a statement stands, or what overrules it.
pub fn status_place(statement: Element) -> String {
    let denied = denied_by(statement).map(place);
    denied.unwrap_or_else(|| statement.child("statusCode").unwrap_or(statement).place())
}

/// Denied by itself and by the act around it: some mean it once, others twice.
pub fn unclear(statement: Element) -> Option<&'static str> {
    let twice = denies(statement) && act_around(statement).is_some();
    twice.then_some(TWICE)
}

fn act_around(statement: Element<'_>) -> Option<Element<'_>> {
    let parents = std::iter::successors(statement.parent(), |parent| parent.parent());
    let mut inside = parents.take_while(|parent| !parent.is("section"));
    inside.find(|parent| (parent.is("act") || parent.is("organizer")) && denies(*parent))
}

/// Whether a concept says "no known …" by its code.
pub fn says_none_known(code: &Coded) -> bool {
    let of_ips = |code: &str| code.starts_with("no-known-");
    code.code
        .as_deref()
        .is_some_and(|code| NONE_KNOWN.contains(&code) || of_ips(code))
}

/// A concept that says "no known …" itself, by its code and in words.
pub fn none_by_code(code: Coded, otherwise: &str) -> Coded {
    let text = code.text.or_else(|| Some(otherwise.to_owned()));
    Coded { text, ..code }
}

/// One thing that is not there; its code would say the opposite and is left out.
/// Text without a code may say that nothing of the kind is there. Tells whether
/// it is one thing.
pub fn one(how: &str, code: Coded) -> (Coded, bool) {
    let said = code.text.or_else(|| code.code.clone()).unwrap_or_default();
    if code.code.is_none() && begins_with_none(&said) {
        return (words(said), false);
    }
    (words(format!("{how} {said}")), true)
}

/// Nothing of a kind is there: in the author's words where they begin by saying
/// so, else with these words beside it.
pub fn none(written: Option<String>, nothing: &str) -> Coded {
    const BARE: [&str; 6] = ["none", "nil", "no", "keine", "aucune", "denies"];
    let bare = |words: &str| BARE.iter().any(|known| known.eq_ignore_ascii_case(words));
    let written = written.filter(|written| !bare(written.trim_end_matches('.')));
    match written {
        Some(written) if begins_with_none(&written) => words(written),
        Some(written) => words(format!("{nothing} ({written})")),
        None => words(nothing.to_owned()),
    }
}

fn words(text: String) -> Coded {
    Coded {
        text: Some(text),
        ..Coded::default()
    }
}

fn begins_with_none(written: &str) -> bool {
    let start: String = written.trim_start().chars().take(40).collect();
    let start = start.to_lowercase().replace('\u{2019}', "'");
    BEGINNINGS.iter().any(|known| {
        let rest = start.strip_prefix(known);
        // `NKA` is a word, and no beginning of one.
        rest.is_some_and(|rest| known.len() > 4 || !rest.starts_with(char::is_alphanumeric))
    })
}

/// Why it was not done or given, in words: `RSON`.
pub fn reason(statement: Element, scope: Element) -> Option<String> {
    let mut reasons = entries::details(statement).filter(|(kind, _)| *kind == "RSON");
    reasons.find_map(|(_, inner)| {
        let named = |name| super::datatypes::shown(inner.child(name)?, scope);
        let value = named("value").or_else(|| super::datatypes::entry_words(inner, scope));
        value.or_else(|| named("code"))
    })
}

/// The name of what was not done, with the reason where one is told.
pub fn with_reason(code: &mut Coded, how: &str, reason: Option<String>) {
    if let Some(reason) = reason.filter(|_| !code.is_empty()) {
        let name = code.text.as_deref().or(code.code.as_deref());
        let name = name.unwrap_or_default();
        code.text = Some(format!("{name} ({how}: {reason})"));
    }
}

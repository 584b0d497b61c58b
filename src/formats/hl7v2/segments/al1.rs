//! AL1 → an allergy or intolerance.

use std::borrow::Cow;

use super::Room;
use crate::domain::facts::{AllergyIntolerance, AllergyList, ClinicalFacts, Doubt};
use crate::formats::hl7v2::{datatypes, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["AL1"],
    read,
};

fn read(segment: &Segment, walk: &mut Walk) {
    // An allergy that is listed is an active one (v2-to-FHIR).
    if let Some(allergy) = entry(segment, 6, "active", walk) {
        walk.facts.allergies.push(allergy);
    }
}

/// What AL1 and IAM say in the same fields; only the onset lies elsewhere.
pub fn entry(
    segment: &Segment,
    onset_field: usize,
    status: &'static str,
    walk: &mut Walk,
) -> Option<AllergyIntolerance> {
    if asks_to_delete(segment, walk) {
        return None;
    }
    let doubts = &mut walk.facts.doubts;
    let (code, mut at) = datatypes::named(segment, 3, None, None, doubts)?;
    let reactions: Vec<String> = segment.values(5).filter_map(datatypes::words).collect();
    let onset = datatypes::time(segment, onset_field, doubts);
    let category = category(segment, doubts);
    let severity = severity(segment, doubts);
    let criticality = severity.and_then(|(_, criticality)| criticality);
    // A criticality tells high and low; what is between them stands with the
    // reactions, or nobody would read it.
    let between = severity.filter(|(_, criticality)| criticality.is_none());
    let reactions = with_severity(reactions, between.map(|(words, _)| words));
    let parts = [
        ("category", 2, category.is_some()),
        ("criticality", 4, criticality.is_some()),
        (
            "reactions",
            if segment.has(5) { 5 } else { 4 },
            !reactions.is_empty(),
        ),
        ("onset", onset_field, onset.is_some()),
    ];
    segment.add_places(&parts, &mut at);
    Some(AllergyIntolerance {
        code,
        category: category.map(Cow::Borrowed),
        criticality: criticality.map(Cow::Borrowed),
        status: Some(Cow::Borrowed(status)),
        reactions,
        onset,
        at,
        ..AllergyIntolerance::default()
    })
}

/// `AL1|1|""|""` and nothing else asks to delete the whole list; with more about
/// it, only what it does not name.
fn asks_to_delete(segment: &Segment, walk: &mut Walk) -> bool {
    let deletes = |field: usize| segment.raw(field).trim() == "\"\"";
    if segment.has(3) || !(deletes(2) || deletes(3)) {
        return false;
    }
    let says = |field: usize| segment.has(field);
    let why = if (2..segment.field_count() + 1).any(says) {
        "the entry asks to delete and does not name what: it was left out"
    } else {
        walk.facts.allergy_list = AllergyList::Deleted;
        "the message asks to delete the list of allergies"
    };
    walk.doubt(segment.at(3), why);
    true
}

/// Who deletes the list and names allergies after it, wrote a new list.
pub fn settle_list(facts: &mut ClinicalFacts) {
    if facts.allergy_list == AllergyList::Deleted && !facts.allergies.is_empty() {
        facts.allergy_list = AllergyList::Whole;
    }
}

fn with_severity(mut reactions: Vec<String>, severity: Option<&str>) -> Vec<String> {
    let Some(severity) = severity else {
        return reactions;
    };
    for reaction in &mut reactions {
        reaction.push_str(&format!(" ({severity})"));
    }
    if reactions.is_empty() {
        reactions.push(format!("not named ({severity})"));
    }
    reactions
}

/// Table 0127 → allergy-intolerance-category. MA and MC are of no one category.
fn category(segment: &Segment, doubts: &mut Vec<Doubt>) -> Option<&'static str> {
    match segment.text(2, 1)?.to_ascii_uppercase().as_str() {
        "DA" => Some("medication"),
        "FA" => Some("food"),
        "EA" | "PA" | "LA" => Some("environment"),
        "AA" => Some("biologic"),
        "MA" | "MC" => None,
        _ => {
            doubts.push(Doubt::new(segment.at(2), "the code is not in table 0127"));
            None
        }
    }
}

/// Table 0128, or its words → the severity and its allergy-intolerance-criticality:
/// severe high, mild low, and moderate neither (v2-to-FHIR).
fn severity(
    segment: &Segment,
    doubts: &mut Vec<Doubt>,
) -> Option<(&'static str, Option<&'static str>)> {
    let known = |code: Option<String>| match code?.to_ascii_uppercase().as_str() {
        "SV" | "SEVERE" => Some(("severe", Some("high"))),
        "MI" | "MILD" => Some(("mild", Some("low"))),
        "MO" | "MODERATE" => Some(("moderate", None)),
        _ => None,
    };
    let code = segment.text(4, 1);
    let unknown = code
        .as_deref()
        .is_some_and(|c| matches!(c.to_ascii_uppercase().as_str(), "U" | "UNK" | "UNKNOWN"));
    let found = known(code).or_else(|| known(segment.text(4, 2)));
    if found.is_none() && !unknown && segment.has(4) {
        doubts.push(Doubt::new(segment.at(4), "the code is not in table 0128"));
    }
    found
}

//! AL1 → an allergy or intolerance.

use std::borrow::Cow;

use super::Room;
use crate::domain::facts::{AllergyIntolerance, Doubt};
use crate::formats::hl7v2::{datatypes, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["AL1"],
    read,
};

fn read(segment: &Segment, walk: &mut Walk) {
    // An allergy that is listed is an active one (v2-to-FHIR).
    if let Some(allergy) = entry(segment, 6, "active", &mut walk.facts.doubts) {
        walk.facts.allergies.push(allergy);
    }
}

/// What AL1 and IAM say in the same fields; only the onset lies elsewhere.
pub fn entry(
    segment: &Segment,
    onset_field: usize,
    status: &'static str,
    doubts: &mut Vec<Doubt>,
) -> Option<AllergyIntolerance> {
    let (code, mut at) = datatypes::named(segment, 3, None, None, doubts)?;
    let reactions: Vec<String> = segment.values(5).filter_map(datatypes::words).collect();
    let onset = datatypes::time(segment, onset_field, doubts);
    let category = category(segment, doubts);
    let criticality = criticality(segment, doubts);
    let parts = [
        ("category", 2, category.is_some()),
        ("criticality", 4, criticality.is_some()),
        ("reactions", 5, !reactions.is_empty()),
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

/// Table 0128 → allergy-intolerance-criticality: severe high, mild low, and
/// moderate neither (v2-to-FHIR).
fn criticality(segment: &Segment, doubts: &mut Vec<Doubt>) -> Option<&'static str> {
    match segment.text(4, 1)?.to_ascii_uppercase().as_str() {
        "SV" => Some("high"),
        "MI" => Some("low"),
        "MO" | "U" => None,
        _ => {
            doubts.push(Doubt::new(segment.at(4), "the code is not in table 0128"));
            None
        }
    }
}

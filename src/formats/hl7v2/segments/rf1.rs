//! RF1 → the referral: for what, how soon. v2-to-FHIR has no map for it; this one
//! is ours.

use super::Room;
use crate::formats::hl7v2::{datatypes, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["RF1"],
    read,
};

fn read(segment: &Segment, walk: &mut Walk) {
    let seen = walk.facts.referral.as_ref();
    // PRD and AUT may have begun the referral already.
    if seen.is_some_and(|seen| seen.at.iter().any(|(_, place)| place.starts_with("RF1"))) {
        walk.doubt(segment.place(), "a second referral was left out");
        return;
    }
    // RF1-11 is the number at the other house.
    let id_field = if segment.has(6) { 6 } else { 11 };
    let referral = walk.facts.referral.get_or_insert_default();
    referral.id = segment.value(id_field).and_then(datatypes::entity);
    referral.status = segment.text(1, 1).map(status);
    referral.priority = segment.text(2, 1).map(priority);
    referral.reason = datatypes::all_words(segment, 10);
    referral.service = segment.value(3).and_then(datatypes::words);
    let mut at = segment.places(&[
        ("id", id_field, referral.id.is_some()),
        ("status", 1, referral.status.is_some()),
        ("priority", 2, referral.priority.is_some()),
        ("reason", 10, referral.reason.is_some()),
        ("service", 3, referral.service.is_some()),
    ]);
    let before = std::mem::take(&mut referral.at);
    let others = before.iter().filter(|(part, _)| *part != "fact");
    others.for_each(|(part, place)| at.add(part, place));
    referral.at = at;
    if referral.id.is_none() {
        walk.doubt(segment.at(6), "the referral has no identifier");
    }
}

/// Table 0283 → request-status. A pending or expired referral has no code there.
fn status(code: String) -> String {
    match code.as_str() {
        "A" => "active".to_owned(),
        "R" => "revoked".to_owned(),
        _ => code,
    }
}

/// Table 0280 → request-priority.
fn priority(code: String) -> String {
    match code.as_str() {
        "S" => "stat".to_owned(),
        "A" => "asap".to_owned(),
        "R" => "routine".to_owned(),
        _ => code,
    }
}

//! PRB → a problem of the patient (PPR^PC1 and its kin).

use super::Room;
use crate::domain::facts::Condition;
use crate::formats::hl7v2::{datatypes, labels, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["PRB"],
    read,
};

/// The condition-clinical codes that PRB-14 may say in words.
const CLINICAL: [&str; 5] = ["active", "recurrence", "inactive", "remission", "resolved"];

fn read(segment: &Segment, walk: &mut Walk) {
    let doubts = &mut walk.facts.doubts;
    if datatypes::is_deleted(segment, 1, doubts) {
        return;
    }
    let Some((code, mut at)) = datatypes::named(segment, 3, None, None, doubts) else {
        return;
    };
    let onset = datatypes::time(segment, 16, doubts);
    let resolved = segment.has(9);
    let status = match resolved {
        true => Some("resolved".to_owned()),
        false => life_cycle(segment),
    };
    let parts = [
        ("onset", 16, onset.is_some()),
        ("status", if resolved { 9 } else { 14 }, status.is_some()),
    ];
    segment.add_places(&parts, &mut at);
    walk.facts.conditions.push(Condition {
        code,
        status,
        onset,
        at,
        ..Condition::default()
    });
    labels::coded(segment, 22, 177, "diagnosis", walk);
}

/// PRB-14 has no table: believed where its words are FHIR's own.
fn life_cycle(segment: &Segment) -> Option<String> {
    let words = segment.value(14).and_then(datatypes::words)?;
    let words = words.to_ascii_lowercase();
    CLINICAL.contains(&words.as_str()).then_some(words)
}

//! DG1 → a diagnosis.

use super::Room;
use crate::domain::facts::Condition;
use crate::formats::hl7v2::{datatypes, labels, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["DG1"],
    read,
};

fn read(segment: &Segment, walk: &mut Walk) {
    let doubts = &mut walk.facts.doubts;
    if datatypes::is_deleted(segment, 21, doubts) {
        return;
    }
    let Some((code, mut at)) = datatypes::named(segment, 3, Some(4), Some(2), doubts) else {
        return;
    };
    let onset = datatypes::time(segment, 5, doubts);
    let role = segment.text(6, 1).map(role);
    let note = datatypes::beside(segment, 4, &code);
    let rank = segment.text(15, 1).and_then(|rank| rank.parse().ok());
    let parts = [
        ("onset", 5, onset.is_some()),
        ("use", 6, role.is_some()),
        ("note", 4, note.is_some()),
        ("rank", 15, rank.is_some()),
    ];
    segment.add_places(&parts, &mut at);
    walk.facts.conditions.push(Condition {
        code,
        role,
        note,
        onset,
        rank,
        at,
        ..Condition::default()
    });
    labels::indicator(segment, 18, "confidential diagnosis", "diagnosis", walk);
}

/// Table 0052 → diagnosis-role. The map leaves F open; on a discharge the final
/// diagnosis is the discharge diagnosis. A working one has no counterpart.
fn role(code: String) -> String {
    match code.as_str() {
        "A" => "AD".to_owned(),
        "F" => "DD".to_owned(),
        _ => code,
    }
}

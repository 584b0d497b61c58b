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
    let Some(mut code) = datatypes::named(segment, 3, Some(4), doubts) else {
        return;
    };
    let own_system = code.system.is_some();
    code.system = code.system.or_else(|| segment.text(2, 1));
    let onset = datatypes::time(segment, 5, doubts);
    let role = segment.text(6, 1).map(role);
    let rank = segment.text(15, 1).and_then(|rank| rank.parse().ok());
    let at = segment.places(&[
        ("code", 3, code.code.is_some()),
        ("text", 4, !segment.has(3)),
        ("system", 2, !own_system),
        ("onset", 5, onset.is_some()),
        ("use", 6, role.is_some()),
        ("rank", 15, rank.is_some()),
    ]);
    walk.facts.conditions.push(Condition {
        code,
        role,
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

//! PR1 → a procedure, and those who performed it.

use super::Room;
use crate::domain::facts::Procedure;
use crate::formats::hl7v2::{datatypes, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["PR1"],
    read,
};

fn read(segment: &Segment, walk: &mut Walk) {
    let doubts = &mut walk.facts.doubts;
    if datatypes::is_deleted(segment, 20, doubts) {
        return;
    }
    let Some(mut code) = datatypes::named(segment, 3, Some(4), doubts) else {
        return;
    };
    let own_system = code.system.is_some();
    code.system = code.system.or_else(|| segment.text(2, 1));
    let performed = datatypes::time(segment, 5, doubts);
    let at = segment.places(&[
        ("code", 3, code.code.is_some()),
        ("text", 4, !segment.has(3)),
        ("system", 2, !own_system),
        ("performed", 5, performed.is_some()),
    ]);
    walk.facts.procedures.push(Procedure {
        code,
        performed,
        at,
        ..Procedure::default()
    });
    for (field, role) in [
        (8, "anesthesiologist"),
        (11, "surgeon"),
        (12, "procedure practitioner"),
    ] {
        let team = datatypes::team(segment, field, role);
        walk.facts.care_team.extend(team);
    }
}

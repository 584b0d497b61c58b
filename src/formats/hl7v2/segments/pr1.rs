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
    let Some((mut code, mut at)) = datatypes::named(segment, 3, Some(4), Some(2), doubts) else {
        return;
    };
    if let (Some(said), Some(words)) = (datatypes::beside(segment, 4, &code), &mut code.text) {
        words.push_str(&format!(" ({said})"));
        at.also("text", segment.at(4));
    }
    let performed = datatypes::time(segment, 5, doubts);
    let parts = [("performed", 5, performed.is_some())];
    segment.add_places(&parts, &mut at);
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
        walk.facts.join_care_team(team);
    }
}

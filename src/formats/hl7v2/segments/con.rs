//! CON → what the patient decided, as a label.

use super::Room;
use crate::domain::facts::Coded;
use crate::formats::hl7v2::{datatypes, labels, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["CON"],
    read,
};

/// CON-11 (table 0498) is the decision, CON-2 (table 0496) what it is about.
fn read(segment: &Segment, walk: &mut Walk) {
    let about = segment.value(2).and_then(datatypes::words);
    let Some(decided) = segment.value(11) else {
        walk.doubt(
            segment.at(11),
            "the consent says no decision and was left out",
        );
        return;
    };
    let decision = datatypes::coded(decided);
    let text = match (about, decision.text) {
        (Some(about), Some(decision)) => Some(format!("{about}: {decision}")),
        (one, other) => one.or(other),
    };
    let code = Coded {
        code: decision.code,
        system: decision.system.or_else(|| Some(labels::table(498))),
        text,
        ..Coded::default()
    };
    let label = labels::label(segment, code, "consent", decided);
    walk.facts.labels.push(label);
}

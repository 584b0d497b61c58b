//! IAM → an allergy, as AL1 and with an action of its own (2.4 and later).

use super::{Room, al1};
use crate::formats::hl7v2::{datatypes, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["IAM"],
    read,
};

fn read(segment: &Segment, walk: &mut Walk) {
    let doubts = &mut walk.facts.doubts;
    if datatypes::is_deleted(segment, 6, doubts) {
        return;
    }
    // Table 0438: confirmed but inactive, and erroneous.
    let status = match segment.text(17, 1).as_deref() {
        Some("E") => {
            walk.doubt(
                segment.at(17),
                "the entry is marked as erroneous and was left out",
            );
            return;
        }
        Some("I") => "inactive",
        _ => "active",
    };
    if let Some(allergy) = al1::entry(segment, 11, status, doubts) {
        walk.facts.allergies.push(allergy);
    }
}

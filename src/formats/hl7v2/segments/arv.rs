//! ARV → an access restriction: of the visit once there is one, else of the
//! patient (2.6 and later).

use super::Room;
use crate::formats::hl7v2::{datatypes, labels, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["ARV"],
    read,
};

fn read(segment: &Segment, walk: &mut Walk) {
    if datatypes::is_deleted(segment, 2, &mut walk.facts.doubts) {
        return;
    }
    let of = match walk.facts.encounter {
        Some(_) => "encounter",
        None => "patient",
    };
    labels::coded(segment, 3, 717, of, walk);
    labels::coded(segment, 4, 719, of, walk);
}

//! DSC → this message is not whole: it goes on in another one.

use super::Room;
use crate::formats::hl7v2::{tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["DSC"],
    read,
};

fn read(segment: &Segment, walk: &mut Walk) {
    if segment.has(1) {
        let why = "the message goes on in another message, which is not read with this one";
        walk.doubt(segment.at(1), why);
    }
}

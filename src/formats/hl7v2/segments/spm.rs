//! SPM → the specimen of the results it stands with: after them in ORU, before
//! them in OML.

use super::Room;
use crate::formats::hl7v2::{datatypes, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["SPM"],
    read,
};

fn read(segment: &Segment, walk: &mut Walk) {
    let Some(specimen) = segment.value(4).and_then(datatypes::words) else {
        return;
    };
    let place = segment.at(4);
    let first = walk.results.first().min(walk.facts.results.len());
    for result in &mut walk.facts.results[first..] {
        if result.specimen.is_none() {
            result.specimen = Some(specimen.clone());
            result.at.add("specimen", place.clone());
        }
    }
    walk.results.examines(specimen, place);
}

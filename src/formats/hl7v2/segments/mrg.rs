//! MRG → what used to be called otherwise is this patient now (A18, A30, A34 to
//! A36, A39 to A42, A47, A49).

use super::Room;
use crate::domain::facts::{Identifier, Merge};
use crate::formats::hl7v2::{datatypes, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["MRG"],
    read,
};

fn read(segment: &Segment, walk: &mut Walk) {
    let mut identifiers: Vec<Identifier> = Vec::new();
    // MRG-1, and where it is empty the single identifier of before 2.3.1.
    for field in [1, 4] {
        if identifiers.is_empty() {
            identifiers.extend(segment.values(field).filter_map(datatypes::identifier));
        }
    }
    let visit = segment.text(5, 1);
    if identifiers.is_empty() && visit.is_none() {
        walk.doubt(segment.at(1), "the entry names nothing and was left out");
        return;
    }
    let at = segment.places(&[
        (
            "identifiers",
            if segment.has(1) { 1 } else { 4 },
            !identifiers.is_empty(),
        ),
        ("visit", 5, visit.is_some()),
    ]);
    match walk.facts.merge.as_mut() {
        // A40 repeats PID with MRG for each number that ends.
        Some(merge) => {
            merge.identifiers.extend(identifiers);
            merge.visit = merge.visit.take().or(visit);
        }
        None => {
            walk.facts.merge = Some(Merge {
                identifiers,
                visit,
                at,
            });
        }
    }
}

//! AUT → the payer's authorisation of what is asked for.

use super::Room;
use crate::formats::hl7v2::{tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["AUT"],
    read,
};

fn read(segment: &Segment, walk: &mut Walk) {
    let Some(number) = segment.text(6, 1) else {
        walk.doubt(segment.at(6), "the authorisation has no identifier");
        return;
    };
    let referral = walk.facts.referral.get_or_insert_default();
    if !referral.authorizations.contains(&number) {
        referral.authorizations.push(number);
        if referral.at.is_empty() {
            referral.at.add("fact", segment.place());
        }
        referral.at.also("authorizations", segment.at(6));
    }
}

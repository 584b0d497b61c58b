//! PV2 → why the patient came, who sent them, and whether the visit is protected.

use super::Room;
use crate::formats::hl7v2::{datatypes, labels, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["PV2"],
    read,
};

fn read(segment: &Segment, walk: &mut Walk) {
    // PV2-12 describes the visit in free words.
    let field = if segment.has(3) { 3 } else { 12 };
    if let Some(reason) = datatypes::all_words(segment, field) {
        let encounter = walk.facts.encounter.get_or_insert_default();
        if encounter.at.is_empty() {
            encounter.at.add("fact", segment.place());
        }
        if encounter.reason.is_none() {
            encounter.reason = Some(reason);
            encounter.at.add("reason", segment.at(field));
        }
    }
    let team = datatypes::team(segment, 13, "referral source");
    walk.facts.join_care_team(team);
    labels::indicator(segment, 22, "protection of the visit", "encounter", walk);
}

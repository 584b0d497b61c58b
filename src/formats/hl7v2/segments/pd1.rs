//! PD1 → the patient's own physician and practice, and what the patient asked
//! for: protection of the data, a directive.

use super::Room;
use crate::domain::facts::Participant;
use crate::formats::hl7v2::{datatypes, labels, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["PD1"],
    read,
};

fn read(segment: &Segment, walk: &mut Walk) {
    let team = datatypes::team(segment, 4, "primary care provider");
    walk.facts.join_care_team(team);
    for value in segment.values(3) {
        let Some(party) = datatypes::organization(value) else {
            continue;
        };
        walk.facts.join_care_team([Participant {
            role: Some("primary care facility".to_owned()),
            party,
            at: segment.places(&[]).with("party", value.at()),
        }]);
    }
    // A directive such as not to resuscitate is the patient's decision too.
    labels::coded(segment, 15, 435, "consent", walk);
    labels::indicator(
        segment,
        12,
        "protection of the patient's data",
        "patient",
        walk,
    );
}

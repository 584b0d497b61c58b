//! ROL and PRT → the care team.

use super::Room;
use crate::domain::facts::Participant;
use crate::formats::hl7v2::{datatypes, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["ROL", "PRT"],
    read,
};

/// Where each of the two keeps what they have in common.
struct Fields {
    action: usize,
    role: usize,
    person: usize,
    organization: usize,
    telecom: usize,
}

const ROL: Fields = Fields {
    action: 2,
    role: 3,
    person: 4,
    organization: 14,
    telecom: 12,
};
const PRT: Fields = Fields {
    action: 2,
    role: 4,
    person: 5,
    organization: 8,
    telecom: 15,
};

fn read(segment: &Segment, walk: &mut Walk) {
    let fields = if segment.name() == "PRT" { PRT } else { ROL };
    if datatypes::is_deleted(segment, fields.action, &mut walk.facts.doubts) {
        return;
    }
    let role = segment.value(fields.role).and_then(datatypes::words);
    let organization = segment
        .value(fields.organization)
        .and_then(datatypes::organization);
    let telecom = segment.values(fields.telecom).find_map(datatypes::telecom);
    let people = segment.values(fields.person);
    let mut parties: Vec<_> = people
        .filter_map(|value| Some((datatypes::person(value)?, fields.person)))
        .collect();
    if parties.is_empty() {
        parties.extend(
            organization
                .clone()
                .map(|party| (party, fields.organization)),
        );
    }
    if parties.is_empty() {
        let why = "the entry names nobody and was left out";
        walk.doubt(segment.at(fields.person), why);
    }
    for (mut party, field) in parties {
        let name = organization.as_ref().and_then(|o| o.organization.clone());
        party.organization = party.organization.or(name);
        party.telecom = telecom.clone();
        walk.facts.join_care_team([Participant {
            at: segment.places(&[
                ("role", fields.role, role.is_some()),
                ("party", field, true),
            ]),
            role: role.clone(),
            party,
        }]);
    }
}

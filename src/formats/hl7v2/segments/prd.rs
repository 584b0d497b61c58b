//! PRD and CTD → who refers to whom, and the other providers with those one can
//! ask about it.

use super::Room;
use crate::domain::facts::{Participant, Party};
use crate::formats::hl7v2::{datatypes, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["PRD", "CTD"],
    read,
};

fn read(segment: &Segment, walk: &mut Walk) {
    match segment.name() {
        "CTD" => read_contact(segment, walk),
        _ => read_provider(segment, walk),
    }
}

/// PRD-1 (table 0286) may say several roles of one provider at once. The first
/// provider who refers, or is referred to, is the one; all others are a team.
fn read_provider(segment: &Segment, walk: &mut Walk) {
    let Some(party) = provider(segment) else {
        walk.doubt(segment.at(2), "the entry names nobody and was left out");
        return;
    };
    if !segment.has(1) {
        join(None, segment, party.clone(), walk);
    }
    for role in segment.values(1) {
        let code = role.text(1);
        let referral = &mut walk.facts.referral;
        let (seat, part) = match code.as_deref() {
            Some("RP") => (&mut referral.get_or_insert_default().from, "from"),
            Some("RT") => (&mut referral.get_or_insert_default().to, "to"),
            _ => {
                join(datatypes::words(role), segment, party.clone(), walk);
                continue;
            }
        };
        if seat.is_some() {
            join(datatypes::words(role), segment, party.clone(), walk);
            continue;
        }
        *seat = Some(party.clone());
        let at = &mut referral.get_or_insert_default().at;
        if at.is_empty() {
            at.add("fact", segment.place());
        }
        at.add(part, segment.place());
    }
}

fn join(role: Option<String>, segment: &Segment, party: Party, walk: &mut Walk) {
    let at = segment.places(&[("role", 1, role.is_some()), ("party", 2, true)]);
    walk.facts.join_care_team([Participant { role, party, at }]);
}

fn provider(segment: &Segment) -> Option<Party> {
    let name = segment.value(2);
    let location = segment.value(4);
    let party = Party {
        id: segment.text(7, 1),
        family: name.and_then(|v| v.text(1)),
        given: name.and_then(|v| v.text(2)),
        organization: segment
            .text(10, 1)
            .or_else(|| location.and_then(|v| v.text(4)))
            .or_else(|| location.and_then(|v| v.text(9))),
        telecom: segment.values(5).find_map(datatypes::telecom),
    };
    (!party.is_empty()).then_some(party)
}

/// CTD: a person to ask, with the place or number to do it.
fn read_contact(segment: &Segment, walk: &mut Walk) {
    let name = segment.value(2);
    let party = Party {
        id: segment.text(7, 1),
        family: name.and_then(|v| v.text(1)),
        given: name.and_then(|v| v.text(2)),
        organization: segment
            .value(4)
            .and_then(|v| v.text(4).or_else(|| v.text(9))),
        telecom: segment.values(5).find_map(datatypes::telecom),
    };
    if party.is_empty() {
        walk.doubt(segment.at(2), "the entry names nobody and was left out");
        return;
    }
    let role = segment.value(1).and_then(datatypes::words);
    let at = segment.places(&[("role", 1, role.is_some()), ("party", 2, true)]);
    let role = role.or_else(|| Some("contact".to_owned()));
    walk.facts.join_care_team([Participant { role, party, at }]);
}

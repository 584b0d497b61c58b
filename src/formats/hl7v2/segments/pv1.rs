//! PV1 → the encounter and who acts in it. Its status comes from the trigger
//! event first (v2-to-FHIR, `Event[EncounterStatus]`), from PV1-2 where the event
//! is silent.

use super::Room;
use crate::domain::facts::{ClinicalFacts, Encounter};
use crate::formats::hl7v2::{datatypes, labels, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["PV1"],
    read,
};

fn read(segment: &Segment, walk: &mut Walk) {
    // PV1-50 is the second choice of v2-to-FHIR. PID-18 is an account: it may
    // outlive the visit, so it never is the visit's number.
    let number_field = if segment.has(19) { 19 } else { 50 };
    let number = segment.text(number_field, 1);
    let seen = walk.facts.encounter.as_ref();
    let seen = seen.and_then(|seen| seen.number.as_ref());
    if seen.is_some() && seen != number.as_ref() {
        walk.doubt(segment.place(), "a second visit was left out");
        return;
    }
    let encounter = encounter(segment, number_field, walk);
    let before = walk.facts.encounter.replace(encounter);
    if let (Some(before), Some(now)) = (before, walk.facts.encounter.as_mut()) {
        now.reason = before.reason;
        let reason = before.at.iter().filter(|(part, _)| *part == "reason");
        reason.for_each(|(part, place)| now.at.add(part, place));
    }
    for (field, role) in [
        (7, "attending"),
        (8, "referring"),
        (9, "consulting"),
        (17, "admitting"),
        (52, "other provider"),
    ] {
        // The first to attend is the encounter's own.
        let first = usize::from(field == 7);
        let team = datatypes::team(segment, field, role);
        walk.facts.join_care_team(team.into_iter().skip(first));
    }
    labels::coded(segment, 16, 99, "encounter", walk);
}

fn encounter(segment: &Segment, number_field: usize, walk: &mut Walk) -> Encounter {
    let doubts = &mut walk.facts.doubts;
    let start = datatypes::time(segment, 44, doubts);
    let end = datatypes::time(segment, 45, doubts);
    let number = segment.value(number_field);
    let attending = segment.value(7).and_then(datatypes::person);
    // DLD: a code, which may have words of its own, and a date.
    let destination = segment.value(37);
    let discharged_to = destination.and_then(|v| v.part(1, 2).or_else(|| v.text(1)));
    let class = segment.text(2, 1).map(class);
    let number_text = number.and_then(|v| v.text(1));
    let location = segment.value(3).and_then(datatypes::location);
    let service = segment.value(10).and_then(datatypes::words);
    let disposition = segment.text(36, 1);
    let at = segment.places(&[
        ("class", 2, class.is_some()),
        ("number", number_field, number_text.is_some()),
        ("start", 44, start.is_some()),
        ("end", 45, end.is_some()),
        ("location", 3, location.is_some()),
        ("service", 10, service.is_some()),
        ("dischargeDisposition", 36, disposition.is_some()),
        ("dischargedTo", 37, discharged_to.is_some()),
        ("attending", 7, attending.is_some()),
    ]);
    Encounter {
        class,
        number: number_text,
        number_system: number.and_then(|v| datatypes::authority(v, 4)),
        status: None,
        location,
        service,
        discharge_disposition: disposition,
        discharged_to,
        attending,
        start,
        end,
        reason: None,
        at,
    }
}

/// Table 0004 → v3-ActCode; R, B, C, N and U have no counterpart and stay.
fn class(code: String) -> String {
    match code.as_str() {
        "E" => "EMER".to_owned(),
        "I" => "IMP".to_owned(),
        "O" => "AMB".to_owned(),
        "P" => "PRENC".to_owned(),
        _ => code,
    }
}

/// Once the whole message is read: a discharge time means finished, unless the
/// event took the discharge or the admission back.
pub fn settle_status(facts: &mut ClinicalFacts) {
    let trigger = facts
        .event
        .split_once('^')
        .filter(|(kind, _)| *kind == "ADT")
        .map(|(_, trigger)| trigger);
    let Some(encounter) = facts.encounter.as_mut() else {
        return;
    };
    let status = match (trigger, encounter.class.as_deref()) {
        (Some("A11" | "A27" | "A38"), _) => Some("cancelled"),
        (Some("A13"), _) => Some("in-progress"),
        (Some("A03"), _) => Some("finished"),
        _ if encounter.end.is_some() => Some("finished"),
        (Some("A01" | "A02" | "A06" | "A07" | "A22"), _) => Some("in-progress"),
        (Some("A04" | "A05" | "A14"), _) => Some("planned"),
        (Some("A21"), _) => Some("onleave"),
        (Some("A08" | "A31"), _) => Some("unknown"),
        (_, Some("PRENC")) => Some("planned"),
        (_, Some("EMER" | "IMP" | "AMB" | "R" | "B" | "C" | "N")) => Some("in-progress"),
        (_, Some("U")) => Some("unknown"),
        _ => None,
    };
    encounter.status = status.map(str::to_owned);
}

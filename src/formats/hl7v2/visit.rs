//! PV1 and PV2 → the encounter. Its status comes from the trigger event first
//! (v2-to-FHIR, `Event[EncounterStatus]`), from PV1-2 where the event is silent.

use super::{datatypes, time, tree::Segment};
use crate::domain::facts::{ClinicalFacts, Doubt, Encounter};

pub fn read_visit(segment: &Segment, facts: &mut ClinicalFacts) {
    let number = segment.text(19, 1);
    let seen = facts
        .encounter
        .as_ref()
        .and_then(|seen| seen.number.as_ref());
    if seen.is_some() && seen != number.as_ref() {
        let why = "a second visit was left out";
        facts.doubts.push(Doubt::new(segment.place(), why));
        return;
    }
    let reason = facts.encounter.take().and_then(|seen| seen.reason);
    facts.encounter = Some(Encounter {
        class: segment.text(2, 1).map(class),
        number,
        number_system: segment.value(19).and_then(|v| datatypes::authority(v, 4)),
        status: None,
        start: time::read(segment.value(44), 1, &mut facts.doubts),
        end: time::read(segment.value(45), 1, &mut facts.doubts),
        location: segment.value(3).and_then(datatypes::location),
        discharge_disposition: segment.text(36, 1),
        attending: segment.value(7).and_then(datatypes::person),
        reason,
        ..Encounter::default()
    });
}

pub fn read_reason(segment: &Segment, facts: &mut ClinicalFacts) {
    if let Some(reason) = datatypes::all_words(segment, 3) {
        facts.encounter.get_or_insert_default().reason = Some(reason);
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

/// Once the whole message is read: a discharge time means finished, whatever
/// the event; a cancelled admission stays cancelled.
pub fn settle_status(facts: &mut ClinicalFacts) {
    let trigger = facts
        .event
        .split_once('^')
        .filter(|(kind, _)| *kind == "ADT")
        .map(|(_, t)| t);
    let Some(encounter) = facts.encounter.as_mut() else {
        return;
    };
    let status = match (trigger, encounter.class.as_deref()) {
        (Some("A11"), _) => Some("cancelled"),
        (Some("A03"), _) => Some("finished"),
        _ if encounter.end.is_some() => Some("finished"),
        (Some("A01" | "A02" | "A13"), _) => Some("in-progress"),
        (Some("A04" | "A05"), _) => Some("planned"),
        (Some("A08"), _) => Some("unknown"),
        (_, Some("PRENC")) => Some("planned"),
        (_, Some("EMER" | "IMP" | "AMB" | "R" | "B" | "C" | "N")) => Some("in-progress"),
        (_, Some("U")) => Some("unknown"),
        _ => None,
    };
    encounter.status = status.map(str::to_owned);
}

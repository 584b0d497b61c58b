//! PID → the patient. Whose message this is must be certain: PIDs of different
//! people, and the reading stops.

use super::Room;
use crate::domain::facts::{Doubt, HumanName, Identifier, Patient, Places, Problem, When};
use crate::formats::hl7v2::{
    datatypes, time,
    tree::{Segment, Value},
    walk::Walk,
};

pub const ROOM: Room = Room {
    names: &["PID"],
    read,
};

/// The system that FHIR registers for United States social security numbers.
const SSN: &str = "http://hl7.org/fhir/sid/us-ssn";

fn read(segment: &Segment, walk: &mut Walk) {
    if !walk.facts.patient.at.is_empty() {
        return read_again(segment, walk);
    }
    let sent = walk.facts.sent.clone();
    walk.facts.patient = patient(segment, sent.as_ref(), &mut walk.facts.doubts);
    if walk.facts.patient.identifiers.is_empty() {
        walk.doubt(segment.at(3), "the patient has no identifier");
    }
}

/// Swap, link and unlink: these are about two patients, whatever they share.
const OF_TWO: [&str; 3] = ["ADT^A17", "ADT^A24", "ADT^A37"];

/// A further PID must be of the same person.
fn read_again(segment: &Segment, walk: &mut Walk) {
    let sent = walk.facts.sent.clone();
    let other = patient(segment, sent.as_ref(), &mut Vec::new());
    let two = OF_TWO.contains(&walk.facts.event.as_str());
    let same = !two && walk.facts.patient.is_same_person(&other);
    if !same && walk.problem.is_none() {
        let why = "the message names more than one patient";
        walk.problem = Some(Problem::new(segment.place(), why));
    }
}

fn patient(segment: &Segment, sent: Option<&When>, doubts: &mut Vec<Doubt>) -> Patient {
    let birth_date = born(segment, doubts).filter(|born| {
        let later = sent.is_some_and(|sent| is_far_after(born, sent));
        if later {
            let why = "the birth date is years after the message and was left out";
            doubts.push(Doubt::new(segment.at(7), why));
        }
        !later
    });
    let gender = gender(segment, doubts);
    let deceased_at = datatypes::time(segment, 29, doubts);
    let deceased = deceased(segment, deceased_at.is_some(), doubts);
    let language = segment
        .value(15)
        .and_then(|v| v.text(1).or_else(|| v.text(2)));
    let identifiers = identifiers(segment, sent);
    let names = names(segment);
    let addresses: Vec<_> = segment.values(11).filter_map(datatypes::address).collect();
    let death_field = if segment.has(30) { 30 } else { 29 };
    let mut at = segment.places(&[
        ("birthDate", 7, birth_date.is_some()),
        ("gender", 8, gender.is_some()),
        ("deceased", death_field, deceased.is_some()),
        ("deceasedAt", 29, deceased_at.is_some()),
        ("language", 15, language.is_some()),
        ("addresses", 11, !addresses.is_empty()),
    ]);
    Patient {
        identifiers,
        names,
        birth_date,
        gender,
        deceased,
        deceased_at,
        language,
        addresses,
        telecoms: datatypes::telecoms(segment, &[13, 14, 40], &mut at),
        at,
    }
}

/// PID-7; a day centuries ago is shown as it was written, and doubted.
fn born(segment: &Segment, doubts: &mut Vec<Doubt>) -> Option<When> {
    let unlikely = segment
        .text(7, 1)
        .and_then(|text| time::unlikely_day(&text));
    let mut own = Vec::new();
    let read = datatypes::time(segment, 7, &mut own);
    if let (None, Some(day)) = (&read, unlikely) {
        let why = "the birth date is nobody's who is treated today; it was kept as it was written";
        doubts.push(Doubt::new(segment.at(7), why));
        return Some(day);
    }
    doubts.append(&mut own);
    read.map(|when| When(when.date().to_owned()))
}

fn is_far_after(born: &When, sent: &When) -> bool {
    let year = |when: &When| {
        when.date()
            .get(..4)
            .and_then(|year| year.parse::<i32>().ok())
    };
    matches!((year(born), year(sent)), (Some(born), Some(sent)) if born > sent + 1)
}

/// PID-5 with the legal name first (table 0200), then PID-9: an alias may never
/// stand for the name.
fn names(segment: &Segment) -> Vec<HumanName> {
    let rank = |value: &Value| match value.text(7).as_deref() {
        Some("L") => 0,
        Some("B" | "C" | "M") => 2,
        Some("A" | "N" | "S") => 3,
        _ => 1,
    };
    let mut names: Vec<Value> = segment.values(5).collect();
    names.sort_by_key(rank);
    names.extend(segment.values(9));
    names
        .into_iter()
        .filter_map(datatypes::human_name)
        .collect()
}

/// What has not expired (CX-8) before what has: PID-3, then what stands outside of it: PID-2 and PID-4, where identifiers
/// were before 2.3.1, the account number and the social security number.
fn identifiers(segment: &Segment, sent: Option<&When>) -> Vec<Identifier> {
    let mut found: Vec<Identifier> = Vec::new();
    let expired = |value: &Value| {
        let until = time::read(Some(*value), 8, &mut Vec::new());
        until.is_some_and(|until| sent.is_some_and(|sent| until.date() < sent.date()))
    };
    let fields = [3, 2, 4].into_iter();
    let (past, current): (Vec<Value>, Vec<Value>) = fields
        .flat_map(|field| segment.values(field))
        .partition(expired);
    for value in current.into_iter().chain(past) {
        take(datatypes::identifier(value), &mut found);
    }
    let of_kind = |value: Value, kind: &str| {
        let mut identifier = datatypes::identifier(value)?;
        identifier.type_code.get_or_insert_with(|| kind.to_owned());
        Some(identifier)
    };
    take(segment.value(18).and_then(|v| of_kind(v, "AN")), &mut found);
    let social = segment.value(19).and_then(|value| {
        Some(Identifier {
            value: value.text(1)?,
            system: Some(SSN.to_owned()),
            type_code: Some("SS".to_owned()),
            at: Places::of(value.at()).with("value", value.at()),
        })
    });
    take(social, &mut found);
    found
}

/// The same number is listed once, in the first place it came in.
fn take(identifier: Option<Identifier>, found: &mut Vec<Identifier>) {
    let Some(identifier) = identifier else { return };
    let again = |seen: &Identifier| {
        let elsewhere = identifier.system.is_some() && seen.system.is_some();
        seen.value == identifier.value && (!elsewhere || seen.system == identifier.system)
    };
    let social = identifier.type_code.as_deref() == Some("SS");
    let known = match social {
        true => found.iter().any(|seen| seen.value == identifier.value),
        false => found.iter().any(again),
    };
    if !known {
        found.push(identifier);
    }
}

/// Table 0001 → administrative-gender (v2-to-FHIR).
fn gender(segment: &Segment, doubts: &mut Vec<Doubt>) -> Option<&'static str> {
    let code = segment.text(8, 1)?;
    match code.to_ascii_uppercase().as_str() {
        "M" | "MALE" => Some("male"),
        "F" | "FEMALE" => Some("female"),
        "O" | "A" | "N" | "OTHER" => Some("other"),
        "U" | "UNK" | "UNKNOWN" => Some("unknown"),
        _ => {
            doubts.push(Doubt::new(segment.at(8), "the code is not in table 0001"));
            None
        }
    }
}

/// PID-30 (table 0136); a time of death says it too.
fn deceased(segment: &Segment, timed: bool, doubts: &mut Vec<Doubt>) -> Option<bool> {
    let said = segment.text(30, 1).map(|code| code.to_ascii_uppercase());
    match said.as_deref() {
        Some("Y" | "YES") => Some(true),
        Some("N" | "NO") if timed => {
            let why = "the patient is said to live and to have died at a time";
            doubts.push(Doubt::new(segment.at(30), why));
            None
        }
        Some("N" | "NO") => Some(false),
        Some(_) => {
            doubts.push(Doubt::new(segment.at(30), "the code is not in table 0136"));
            timed.then_some(true)
        }
        None => timed.then_some(true),
    }
}

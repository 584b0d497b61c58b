//! PID → the patient. Whose message this is must be certain: PIDs of different
//! people, and the reading stops.

use super::Room;
use crate::domain::facts::{Doubt, Identifier, Patient, Places, Problem, When};
use crate::formats::hl7v2::{
    datatypes,
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
    walk.facts.patient = patient(segment, &mut walk.facts.doubts);
    if walk.facts.patient.identifiers.is_empty() {
        walk.doubt(segment.at(3), "the patient has no identifier");
    }
}

/// A further PID must be of the same person (A17 and A24 are of two).
fn read_again(segment: &Segment, walk: &mut Walk) {
    let other = patient(segment, &mut Vec::new());
    if !same_person(&walk.facts.patient, &other) && walk.problem.is_none() {
        let why = "the message names more than one patient";
        walk.problem = Some(Problem::new(segment.place(), why));
    }
}

fn patient(segment: &Segment, doubts: &mut Vec<Doubt>) -> Patient {
    let names = [5, 9].into_iter().flat_map(|field| segment.values(field));
    let birth_date = datatypes::time(segment, 7, doubts).map(|when| When(when.date().to_owned()));
    let gender = gender(segment, doubts);
    let deceased_at = datatypes::time(segment, 29, doubts);
    let deceased = deceased(segment, deceased_at.is_some(), doubts);
    let language = segment
        .value(15)
        .and_then(|v| v.text(1).or_else(|| v.text(2)));
    let identifiers = identifiers(segment);
    let names: Vec<_> = names.filter_map(datatypes::human_name).collect();
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

/// PID-3, then what stands outside of it: PID-2 and PID-4, where identifiers
/// were before 2.3.1, the account number and the social security number.
fn identifiers(segment: &Segment) -> Vec<Identifier> {
    let mut found: Vec<Identifier> = Vec::new();
    for value in [3, 2, 4]
        .into_iter()
        .flat_map(|field| segment.values(field))
    {
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

/// A repeated PID is the same person when it shares an identifier and does not
/// contradict the birth date, or when it says exactly the same.
fn same_person(one: &Patient, other: &Patient) -> bool {
    let shares = one
        .identifiers
        .iter()
        .any(|i| other.identifiers.contains(i));
    let contradicts = one.birth_date.is_some()
        && other.birth_date.is_some()
        && one.birth_date != other.birth_date;
    one == other || (shares && !contradicts)
}

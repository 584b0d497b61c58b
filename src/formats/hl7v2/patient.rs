//! PID → the patient. Whose message this is must be certain: no PID, or PIDs of
//! different people, and the reading stops.

use super::{
    datatypes, time,
    tree::{Message, Segment},
};
use crate::domain::facts::{ClinicalFacts, Doubt, Identifier, Patient, Problem, When};

/// The system that FHIR registers for United States social security numbers.
const SSN: &str = "http://hl7.org/fhir/sid/us-ssn";

pub fn read(message: &Message, facts: &mut ClinicalFacts) -> Result<(), Problem> {
    let mut segments = message.all("PID");
    let first = segments
        .next()
        .ok_or_else(|| Problem::new("PID", "the message names no patient"))?;
    facts.patient = read_patient(first, &mut facts.doubts);
    for other in segments {
        let mut doubts = Vec::new();
        if !same_person(&facts.patient, &read_patient(other, &mut doubts)) {
            return Err(Problem::new(
                other.place(),
                "the message names more than one patient",
            ));
        }
    }
    if facts.patient.identifiers.is_empty() {
        facts
            .doubts
            .push(Doubt::new(first.at(3), "the patient has no identifier"));
    }
    Ok(())
}

fn read_patient(segment: &Segment, doubts: &mut Vec<Doubt>) -> Patient {
    Patient {
        identifiers: identifiers(segment),
        names: segment
            .values(5)
            .filter_map(datatypes::human_name)
            .collect(),
        birth_date: time::read(segment.value(7), 1, doubts)
            .map(|when| When(when.date().to_owned())),
        gender: gender(segment, doubts),
        ..Patient::default()
    }
}

/// PID-3, else PID-2 and PID-4, where it was before 2.3.1; PID-19 as type SS.
fn identifiers(segment: &Segment) -> Vec<Identifier> {
    let mut found: Vec<Identifier> = segment
        .values(3)
        .filter_map(datatypes::identifier)
        .collect();
    if found.is_empty() {
        found.extend(
            [2, 4]
                .into_iter()
                .flat_map(|field| segment.values(field))
                .filter_map(datatypes::identifier),
        );
    }
    let social = segment
        .text(19, 1)
        .filter(|number| found.iter().all(|i| i.value != *number));
    found.extend(social.map(|value| Identifier {
        value,
        system: Some(SSN.to_owned()),
        type_code: Some("SS".to_owned()),
        ..Identifier::default()
    }));
    found
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

/// A repeated PID is the same person when it shares an identifier and does not
/// contradict the birth date, or when it says exactly the same.
fn same_person(one: &Patient, other: &Patient) -> bool {
    let shares = one
        .identifiers
        .iter()
        .any(|identifier| other.identifiers.contains(identifier));
    let contradicts = one.birth_date.is_some()
        && other.birth_date.is_some()
        && one.birth_date != other.birth_date;
    one == other || (shares && !contradicts)
}

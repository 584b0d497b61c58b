//! recordTarget → the patient. Two different ones never become one packet.

use super::datatypes::identifier;
use super::names;
use super::time;
use super::tree::Element;
use crate::domain::facts::{Doubt, Patient, Places, Problem};

/// Numbers of one person, all their roles together.
const MOST_NUMBERS: usize = 1_000;

const SEVERAL: &str = "the document names more than one patient: whose packet it is cannot be told";

pub fn read(document: Element, doubts: &mut Vec<Doubt>) -> Result<Patient, Problem> {
    let mut roles = document
        .all("recordTarget")
        .filter_map(|target| target.child("patientRole"));
    let Some(first) = roles.next() else {
        return Ok(Patient::default());
    };
    let mut patient = one(first, doubts);
    // A family may share a document; more than a few hundred is no document.
    for role in roles.take(500) {
        let other = one(role, &mut Vec::new());
        if !patient.is_same_person(&other) {
            return Err(Problem::new(role.place(), SEVERAL));
        }
        for identifier in other.identifiers {
            // Nobody goes by more: beyond that a body only costs time.
            let room = patient.identifiers.len() < MOST_NUMBERS;
            if room && !patient.identifiers.contains(&identifier) {
                patient.identifiers.push(identifier);
            }
        }
    }
    Ok(patient)
}

fn one(role: Element, doubts: &mut Vec<Doubt>) -> Patient {
    let mut at = Places::of(role.place());
    let mut read = Patient {
        identifiers: role.all("id").take(1_000).filter_map(identifier).collect(),
        addresses: role
            .all("addr")
            .take(50)
            .filter_map(names::address)
            .collect(),
        telecoms: names::telecoms(role),
        ..Patient::default()
    };
    if let Some(first) = role.child("addr").filter(|_| !read.addresses.is_empty()) {
        at.add("addresses", first.place());
    }
    if let Some(first) = role.child("telecom").filter(|_| !read.telecoms.is_empty()) {
        at.add("telecoms", first.place());
    }
    if let Some(person) = role.child("patient") {
        person_of(person, &mut read, &mut at, doubts);
    }
    read.at = at;
    read
}

fn person_of(person: Element, read: &mut Patient, at: &mut Places, doubts: &mut Vec<Doubt>) {
    read.names = names::names(person);
    if let Some(birth) = person.child("birthTime") {
        read.birth_date = time::of(birth, doubts);
        if read.birth_date.is_some() {
            at.add("birthDate", birth.place());
        }
    }
    if let Some(gender) = person.child("administrativeGenderCode") {
        read.gender = gender_of(gender, doubts);
        if read.gender.is_some() {
            at.add("gender", gender.place());
        }
    }
    if let Some(dead) = person.sdtc("deceasedInd") {
        read.deceased = dead.attr("value").map(|_| dead.flag("value"));
        at.add("deceased", dead.place());
    }
    if let Some(died) = person.sdtc("deceasedTime") {
        read.deceased_at = time::of(died, doubts);
        if read.deceased_at.is_some() {
            read.deceased = Some(true);
            at.add("deceasedAt", died.place());
        }
    }
    let spoken = || person.all("languageCommunication");
    let preferred = spoken().find(|l| l.child("preferenceInd").is_some_and(|p| p.flag("value")));
    let code = preferred
        .or_else(|| spoken().next())
        .and_then(|l| l.child("languageCode"));
    if let Some(code) = code {
        read.language = code.attr("code").map(str::to_owned);
        if read.language.is_some() {
            at.add("language", code.place());
        }
    }
}

/// v3-AdministrativeGender as FHIR's; a null flavour is silence.
fn gender_of(code: Element, doubts: &mut Vec<Doubt>) -> Option<&'static str> {
    match code.attr("code")?.to_ascii_uppercase().as_str() {
        "M" => Some("male"),
        "F" => Some("female"),
        "UN" => Some("other"),
        "UNK" | "U" => Some("unknown"),
        _ => {
            doubts.push(Doubt::new(code.place(), "the code is not in its value set"));
            None
        }
    }
}

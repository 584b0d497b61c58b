//! The patient, with what the packet names and nothing more.

use super::super::draft::Draft;
use super::super::parts::{Built, coding, contact_point, human_name, identifier, text_concept};
use crate::domain::facts::{self, RelatedPerson};
use crate::domain::packet::Packet;
use crate::formats::words::Term;
use fhir_sdk::r4b::codes::AdministrativeGender;
use fhir_sdk::r4b::resources::{Patient, PatientCommunication, PatientContact, PatientDeceased};
use fhir_sdk::r4b::types::{Address, CodeableConcept, HumanName};

pub fn patient(packet: &Packet, draft: &Draft) -> Built<Patient> {
    let from = &packet.patient;
    let mut patient = Patient::builder().build()?;
    for id in &from.identifiers {
        patient.identifier.push(Some(identifier(id)?));
    }
    for name in from.names.iter().filter(|name| !name.shown().is_empty()) {
        patient.name.push(Some(human_name(name)?));
    }
    for telecom in &from.telecoms {
        patient.telecom.push(Some(contact_point(telecom)?));
    }
    let gender = from.gender.and_then(|code| code.parse().ok());
    patient.gender = gender.map(|gender: AdministrativeGender| gender);
    let born = from.birth_date.as_ref();
    patient.birth_date = born.and_then(|at| at.date().parse().ok());
    patient.deceased = match (&from.deceased_at, from.deceased) {
        (at @ Some(_), _) => draft.date_time(at).map(PatientDeceased::DateTime),
        (None, Some(dead)) => Some(PatientDeceased::Boolean(dead)),
        (None, None) => None,
    };
    for from in from.addresses.iter().filter(|address| !address.is_empty()) {
        patient.address.push(Some(address(from)?));
    }
    if let Some(spoken) = &from.language {
        let speaks = PatientCommunication::builder().language(language(spoken)?);
        patient.communication.push(Some(speaks.build()?));
    }
    for person in &packet.contacts {
        patient.contact.push(Some(contact(person, draft)?));
    }
    Ok(patient)
}

fn address(from: &facts::Address) -> Built<Address> {
    let mut address = Address::builder().build()?;
    address.line = from.line.iter().cloned().map(Some).collect();
    address.city = from.city.clone();
    address.state = from.state.clone();
    address.postal_code = from.postal_code.clone();
    address.country = from.country.clone();
    Ok(address)
}

/// A tag of BCP 47 as such; `SPA` or `Spanish` as it came.
fn language(spoken: &str) -> Built<CodeableConcept> {
    let mut concept = text_concept(spoken)?;
    let (primary, rest) = spoken.split_once('-').unwrap_or((spoken, "x"));
    let tagged = primary.len() == 2
        && primary.chars().all(|c| c.is_ascii_lowercase())
        && !rest.is_empty()
        && rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if tagged {
        concept.coding = vec![Some(coding("urn:ietf:bcp:47", spoken)?)];
    }
    Ok(concept)
}

/// pat-1: a contact is somebody who can be named or reached.
fn contact(person: &RelatedPerson, draft: &Draft) -> Built<PatientContact> {
    let mut contact = PatientContact::builder().build()?;
    if let Some(role) = &person.relationship {
        contact.relationship.push(Some(text_concept(role)?));
    }
    let name = person.name.as_ref().filter(|name| !name.shown().is_empty());
    contact.name = name.map(human_name).transpose()?;
    for telecom in &person.telecoms {
        contact.telecom.push(Some(contact_point(telecom)?));
    }
    if contact.name.is_none() && contact.telecom.is_empty() {
        let unnamed = draft.edition.say(Term::NameNotRecorded);
        contact.name = Some(HumanName::builder().text(unnamed.to_owned()).build()?);
    }
    Ok(contact)
}

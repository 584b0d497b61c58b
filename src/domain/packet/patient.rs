//! Who the packet is about, as far as the channel tells.

use super::Withheld;
use crate::domain::facts::{ClinicalFacts, Patient, Places, RelatedPerson};
use crate::domain::fields::PatientField;
use crate::domain::rule::PacketRule;

/// What every field that stays behind is withheld for.
const NOT_NAMED: &str = "not among the fields of `packet.patient`";

/// The patient with the fields that the channel names and no other.
pub fn patient(facts: &ClinicalFacts, rule: &PacketRule, withheld: &mut Vec<Withheld>) -> Patient {
    let mut patient = facts.patient.clone();
    let mut drop = |field: PatientField, present: bool, at: String| {
        let leaves = rule.says(field);
        if present && !leaves {
            withheld.push(Withheld {
                what: field.described().into(),
                at,
                why: NOT_NAMED.into(),
            });
        }
        !leaves
    };
    let place = |at: &Places, wanted: &[&str]| {
        let found = at.iter().filter(|(part, _)| wanted.contains(part));
        found
            .map(|(_, at)| at.to_owned())
            .collect::<Vec<_>>()
            .join(", ")
    };
    patient.identifiers.retain(|number| {
        let field = PatientField::of_number(number);
        !drop(field, true, super::beyond::first_place(&number.at))
    });
    let at = patient.at.clone();
    if drop(PatientField::Name, !patient.names.is_empty(), String::new()) {
        patient.names.clear();
    }
    let born = patient.birth_date.is_some();
    if drop(PatientField::BirthDate, born, place(&at, &["birthDate"])) {
        patient.birth_date = None;
    }
    if drop(
        PatientField::Sex,
        patient.gender.is_some(),
        place(&at, &["gender"]),
    ) {
        patient.gender = None;
    }
    let died = patient.deceased.is_some() || patient.deceased_at.is_some();
    if drop(
        PatientField::Death,
        died,
        place(&at, &["deceased", "deceasedAt"]),
    ) {
        (patient.deceased, patient.deceased_at) = (None, None);
    }
    let speaks = patient.language.is_some();
    if drop(PatientField::Language, speaks, place(&at, &["language"])) {
        patient.language = None;
    }
    let lives = !patient.addresses.is_empty();
    if drop(
        PatientField::Address,
        lives,
        place(&at, &["addresses", "address"]),
    ) {
        patient.addresses.clear();
    }
    let called = !patient.telecoms.is_empty();
    if drop(
        PatientField::Telephone,
        called,
        place(&at, &["telecoms", "telecom"]),
    ) {
        patient.telecoms.clear();
    }
    patient
}

/// Relatives and whom to call. Who pays is no relative: guarantors stay behind.
pub fn contacts(
    facts: &ClinicalFacts,
    rule: &PacketRule,
    withheld: &mut Vec<Withheld>,
) -> Vec<RelatedPerson> {
    let pays = |person: &RelatedPerson| person.relationship.as_deref() == Some("guarantor");
    let (payers, kin): (Vec<_>, Vec<_>) = facts.contacts.iter().cloned().partition(pays);
    let mut stays = |what: &str, people: &[RelatedPerson], why: &str| {
        withheld.extend(people.iter().map(|person| Withheld {
            what: what.into(),
            at: super::beyond::first_place(&person.at),
            why: why.into(),
        }));
    };
    stays("GT1 guarantor", &payers, "a guarantor never leaves");
    if rule.says(PatientField::NextOfKin) {
        return kin;
    }
    stays(PatientField::NextOfKin.described(), &kin, NOT_NAMED);
    Vec::new()
}

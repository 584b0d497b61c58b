//! Everybody else in the head of a document: those who belong to the patient →
//! contacts, those who act → the care team.

use super::names::{self, assigned, party, role_words};
use super::tree::Element;
use crate::domain::facts::{ClinicalFacts, Participant, Party, Places, RelatedPerson};

/// A document names a few dozen at most.
const MAX_PEOPLE: usize = 500;

pub fn read(document: Element, facts: &mut ClinicalFacts) {
    read_contacts(document, facts);
    read_team(document, facts);
}

fn read_contacts(document: Element, facts: &mut ClinicalFacts) {
    let patients = document
        .all("recordTarget")
        .filter_map(|t| t.at(&["patientRole", "patient"]));
    for guardian in patients
        .flat_map(|patient| patient.all("guardian"))
        .take(MAX_PEOPLE)
    {
        let words = role_words(guardian.child("code")).unwrap_or_else(|| "guardian".into());
        contact(guardian, "guardianPerson", Some(words), facts);
    }
    for participant in document.all("participant").take(MAX_PEOPLE) {
        if let Some(role) = participant.child("associatedEntity") {
            let class = role.attr("classCode").unwrap_or_default();
            if belongs(class) {
                let words = role_words(role.child("code")).or_else(|| class_words(class));
                contact(role, "associatedPerson", words, facts);
            } else {
                let party = party(role, "associatedPerson", "scopingOrganization");
                // `IND` only says that somebody is involved.
                let kind = participant.attr("typeCode").filter(|kind| *kind != "IND");
                let words = role_words(participant.child("functionCode"))
                    .or_else(|| kind.map(type_words))
                    .or_else(|| role_words(role.child("code")));
                member(party, words, role, facts);
            }
        }
    }
    let informants = document
        .all("informant")
        .filter_map(|i| i.child("relatedEntity"));
    for role in informants.take(MAX_PEOPLE) {
        let words = role_words(role.child("code"));
        contact(role, "relatedPerson", words, facts);
    }
}

/// RoleClass of those who are with the patient and not with a hospital.
fn belongs(class: &str) -> bool {
    matches!(
        class,
        "NOK" | "ECON" | "PRS" | "CAREGIVER" | "AGNT" | "GUAR" | "CON"
    )
}

fn class_words(class: &str) -> Option<String> {
    let words = match class {
        "NOK" => "next of kin",
        "ECON" => "emergency contact",
        "CAREGIVER" => "caregiver",
        "GUAR" => "guarantor",
        "AGNT" => "agent",
        _ => return None,
    };
    Some(words.to_owned())
}

fn contact(
    role: Element,
    person: &'static str,
    relationship: Option<String>,
    facts: &mut ClinicalFacts,
) {
    let name = role.child(person).into_iter().flat_map(names::names).next();
    let telecoms = names::telecoms(role);
    if name.is_none() && telecoms.is_empty() {
        return;
    }
    let known = facts
        .contacts
        .iter()
        .any(|c| c.name == name && c.relationship == relationship);
    if known {
        return;
    }
    let mut at = Places::of(role.place());
    if let Some(element) = role.child(person).filter(|_| name.is_some()) {
        at.add("name", element.place());
    }
    if let Some(code) = role.child("code").filter(|_| relationship.is_some()) {
        at.add("relationship", code.place());
    }
    if let Some(first) = role.child("telecom").filter(|_| !telecoms.is_empty()) {
        at.add("telecoms", first.place());
    }
    facts.contacts.push(RelatedPerson {
        relationship,
        name,
        telecoms,
        at,
    });
}

fn read_team(document: Element, facts: &mut ClinicalFacts) {
    let providers = document
        .all("recordTarget")
        .filter_map(|target| target.at(&["patientRole", "providerOrganization"]));
    for provider in providers.take(MAX_PEOPLE) {
        let party = Party {
            organization: names::organization_name(provider),
            telecom: names::telecoms(provider).into_iter().next(),
            ..Party::default()
        };
        member(party, Some("provider organization".into()), provider, facts);
    }
    let authors = document
        .all("author")
        .filter_map(|author| author.child("assignedAuthor"));
    for role in authors.take(MAX_PEOPLE) {
        // A device is named by the sender, not here.
        if role.child("assignedAuthoringDevice").is_none() {
            member(assigned(role), Some("author".into()), role, facts);
        }
    }
    for (name, words) in [
        ("legalAuthenticator", "legal authenticator"),
        ("authenticator", "authenticator"),
        ("dataEnterer", "data enterer"),
    ] {
        let roles = document
            .all(name)
            .filter_map(|entity| entity.child("assignedEntity"));
        for role in roles.take(MAX_PEOPLE) {
            member(assigned(role), Some(words.into()), role, facts);
        }
    }
    let informants = document
        .all("informant")
        .filter_map(|i| i.child("assignedEntity"));
    for role in informants.take(MAX_PEOPLE) {
        member(assigned(role), Some("informant".into()), role, facts);
    }
    let services = document
        .all("documentationOf")
        .filter_map(|d| d.child("serviceEvent"));
    for performer in services
        .flat_map(|event| event.all("performer"))
        .take(MAX_PEOPLE)
    {
        if let Some(role) = performer.child("assignedEntity") {
            let words = role_words(performer.child("functionCode"))
                .or_else(|| role_words(role.child("code")))
                .unwrap_or_else(|| "performer".into());
            member(assigned(role), Some(words), role, facts);
        }
    }
    for recipient in recipients(document).take(MAX_PEOPLE) {
        member(
            intended(recipient),
            Some("information recipient".into()),
            recipient,
            facts,
        );
    }
}

pub fn recipients<'d>(document: Element<'d>) -> impl Iterator<Item = Element<'d>> {
    document
        .all("informationRecipient")
        .filter_map(|recipient| recipient.child("intendedRecipient"))
}

pub fn intended(recipient: Element) -> Party {
    party(recipient, "informationRecipient", "receivedOrganization")
}

/// The stay's own people: the attending and the others.
pub fn read_stay(encounter: Element, facts: &mut ClinicalFacts) {
    let responsible = encounter.at(&["responsibleParty", "assignedEntity"]);
    if let Some(role) = responsible {
        member(
            assigned(role),
            Some("responsible party".into()),
            role,
            facts,
        );
    }
    for participant in encounter.all("encounterParticipant").take(MAX_PEOPLE) {
        if let Some(role) = participant.child("assignedEntity") {
            let words = participant.attr("typeCode").map(type_words);
            member(assigned(role), words, role, facts);
        }
    }
}

/// ParticipationType in words; others as they came.
fn type_words(code: &str) -> String {
    match code {
        "ATND" => "attender",
        "ADM" => "admitter",
        "DIS" => "discharger",
        "CON" => "consultant",
        "REF" => "referrer",
        "REFT" => "referred to",
        "CALLBCK" => "call-back contact",
        "HLD" => "holder",
        "COV" => "covered party",
        other => other,
    }
    .to_owned()
}

fn member(party: Party, role: Option<String>, from: Element, facts: &mut ClinicalFacts) {
    let nobody = party.family.is_none() && party.given.is_none() && party.organization.is_none();
    let known = || {
        facts
            .care_team
            .iter()
            .any(|p| p.role == role && p.party == party)
    };
    if nobody || facts.care_team.len() >= MAX_PEOPLE || known() {
        return;
    }
    let place = from.place();
    facts.care_team.push(Participant {
        role,
        party,
        at: Places::of(place.clone())
            .with("role", place.clone())
            .with("party", place),
    });
}

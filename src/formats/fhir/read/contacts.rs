//! Patient.contact, RelatedPerson and general practitioners → those who belong
//! to the patient.

use super::{
    datatypes::{coded, has_code, human_name, telecoms, words},
    json::{list, owned},
    library::{Library, Resource, items},
    people::type_of,
    resources::Scene,
    trail::Trail,
    tree::Value,
};
use crate::domain::facts::{ClinicalFacts, HumanName, Participant, Party, Places, RelatedPerson};

pub fn of_patient(patient: &Resource, facts: &mut ClinicalFacts) {
    for (nth, contact) in list(patient.json, "contact").iter().enumerate() {
        let place = patient.at(&format!("contact[{nth}]"));
        facts.contacts.extend(related(contact, &place));
    }
}

/// Patient.contact and RelatedPerson say the same in the same words.
fn related(json: &Value, place: &str) -> Option<RelatedPerson> {
    let mut trail = Trail::of(place);
    let kinds = items(json, "relationship").iter().map(coded);
    let kinds: Vec<String> = kinds.filter_map(|kind| kind.text.or(kind.code)).collect();
    let relationship = (!kinds.is_empty()).then(|| kinds.join(", "));
    let name = items(json, "name").first();
    let name = name.and_then(|name| human_name(name, &format!("{place}.name")));
    // A firm may be the contact: Patient.contact.organization.
    let name = name.or_else(|| {
        let words = owned(json.get("organization")?, "display");
        Some(HumanName {
            text: Some(words?),
            ..HumanName::default()
        })
    });
    let person = RelatedPerson {
        relationship: trail.some("relationship", "relationship", relationship),
        name: trail.some("name", "name", name),
        telecoms: trail.many("telecoms", "telecom", telecoms(json)),
        at: trail.places(),
    };
    let says =
        person.relationship.is_some() || person.name.is_some() || !person.telecoms.is_empty();
    says.then_some(person)
}

/// RelatedPerson; `active: false` is one of the past.
pub fn read(_: &Scene, resource: &Resource, facts: &mut ClinicalFacts) {
    if resource.json.get("active") == Some(&Value::Bool(false)) {
        return;
    }
    if let Some(person) = related(resource.json, &resource.place) {
        add(person, facts);
    }
}

/// What relatives are called, where that is the whole of a role: a family doctor
/// is none, and a sister may be a nurse.
const RELATIONS: [&str; 31] = [
    "aunt",
    "brother",
    "child",
    "daughter",
    "domestic partner",
    "emergency contact",
    "family",
    "family caregiver",
    "family member",
    "father",
    "granddaughter",
    "grandfather",
    "grandmother",
    "grandson",
    "guardian",
    "husband",
    "legal guardian",
    "mother",
    "natural child",
    "nephew",
    "next of kin",
    "niece",
    "parent",
    "partner",
    "relative",
    "sibling",
    "sister",
    "son",
    "spouse",
    "uncle",
    "wife",
];

/// v3-RoleCode's and v3-RoleClass's codes of the same.
const RELATION_CODES: [&str; 24] = [
    "AUNT", "BRO", "CHILD", "DAU", "DAUC", "DOMPART", "ECON", "FAMMEMB", "FTH", "GRMTH", "GRFTH",
    "GRPRN", "GUARD", "HUSB", "MTH", "NCHILD", "NOK", "PRN", "PRS", "SIB", "SIS", "SON", "SPS",
    "WIFE",
];

/// Whether somebody who takes part in the care is of the patient's family.
pub fn is_relative(scene: &Scene, from: &Resource, who: &Value, roles: &[Value]) -> bool {
    let kind = match scene.library.resolve(from, who) {
        Some(found) => Some(found.kind.to_ascii_lowercase()),
        None => type_of(who),
    };
    match kind.as_deref() {
        Some("relatedperson") => true,
        Some("practitioner" | "practitionerrole" | "organization" | "careteam") => false,
        _ => roles.iter().any(|role| {
            let said = words(role).unwrap_or_default().trim().to_lowercase();
            RELATIONS.contains(&&*said) || has_code(role, &RELATION_CODES)
        }),
    }
}

/// A relative who takes part in the care is next of kin all the same: only those
/// who may learn of the family learn of them.
pub fn take_part(
    scene: &Scene,
    from: &Resource,
    who: &Value,
    party: Party,
    role: Option<String>,
    place: &str,
    facts: &mut ClinicalFacts,
) {
    let found = scene.library.resolve(from, who);
    let found = found.filter(|found| found.kind == "RelatedPerson");
    let is_past = found.is_some_and(|f| f.json.get("active") == Some(&Value::Bool(false)));
    if is_past {
        return;
    }
    let known = found.and_then(|found| related(found.json, &found.place));
    let mut person = known.unwrap_or_else(|| RelatedPerson {
        name: Some(HumanName {
            family: party.family.or(party.organization),
            given: party.given.into_iter().collect(),
            ..HumanName::default()
        }),
        telecoms: party.telecom.into_iter().collect(),
        at: Places::of(place),
        ..RelatedPerson::default()
    });
    if let Some(role) = role {
        person.relationship = joined(person.relationship.take(), &role);
    }
    add(person, facts);
}

/// One who is told of twice is one.
fn add(person: RelatedPerson, facts: &mut ClinicalFacts) {
    // By the resource, not by the name: a mother and a daughter may share one.
    let place = |one: &RelatedPerson| one.at.iter().next().map(|(_, at)| at.to_owned());
    let is_same = |one: &&mut RelatedPerson| place(one) == place(&person);
    match facts.contacts.iter_mut().find(is_same) {
        Some(known) => {
            if let Some(role) = &person.relationship {
                known.relationship = joined(known.relationship.take(), role);
            }
            if known.telecoms.is_empty() {
                known.telecoms = person.telecoms;
            }
        }
        None => facts.contacts.push(person),
    }
}

fn joined(known: Option<String>, role: &str) -> Option<String> {
    match known {
        Some(known) if known.split(", ").any(|one| one == role) => Some(known),
        Some(known) if role.split(", ").any(|one| one == known) => Some(role.to_owned()),
        Some(known) => Some(format!("{known}, {role}")),
        None => Some(role.to_owned()),
    }
}

pub fn read_practitioners(library: &Library, patient: &Resource, facts: &mut ClinicalFacts) {
    for key in ["generalPractitioner", "careProvider"] {
        for (nth, reference) in list(patient.json, key).iter().enumerate() {
            let place = patient.at(&format!("{key}[{nth}]"));
            facts
                .care_team
                .extend(library.party(patient, reference).map(|party| Participant {
                    role: Some("general practitioner".to_owned()),
                    party,
                    at: Places::of(&place).with("party", place),
                }));
        }
    }
}

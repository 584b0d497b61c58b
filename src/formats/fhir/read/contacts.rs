//! Patient.contact, RelatedPerson and general practitioners → those who belong
//! to the patient.

use super::{
    datatypes::{coded, human_name, telecoms},
    json::{list, owned},
    library::{Library, Resource, items},
    resources::Scene,
    trail::Trail,
    tree::Value,
};
use crate::domain::facts::{ClinicalFacts, HumanName, Participant, Places, RelatedPerson};

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
    let read = related(resource.json, &resource.place);
    facts.contacts.extend(read);
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

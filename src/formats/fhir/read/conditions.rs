//! Condition and Encounter.diagnosis → conditions.

use std::collections::HashMap;

use super::{
    clinical::{named, read_notes, refused},
    datatypes::{code_of, coded, has_code},
    library::{Library, Resource, items},
    resources::Scene,
    trail::Trail,
};
use crate::domain::facts::{ClinicalFacts, Condition, Doubt, Places};

/// What is said to be so, and not only thought of.
const CONFIRMED: [&str; 1] = ["confirmed"];

pub fn read(scene: &Scene, resource: &Resource, facts: &mut ClinicalFacts) {
    if refused(resource, facts) {
        return;
    }
    let Some(code) = named(resource, "code", facts) else {
        return;
    };
    let json = resource.json;
    if let Some(status) = json.get("verificationStatus")
        && !coded(status).is_empty()
        && !has_code(status, &CONFIRMED)
    {
        let why = "the condition is not confirmed";
        let at = resource.at("verificationStatus");
        facts.doubts.push(Doubt::new(at, why));
    }
    let mut trail = Trail::of(&resource.place);
    let onset = trail.when_of("onset", json, "onset", &mut facts.doubts);
    let role = scene.roles.get(&resource.nth).cloned();
    let role = role.map(|(role, place)| {
        trail.add("use", place);
        role
    });
    read_notes(resource, code.shown(), facts);
    facts.conditions.push(Condition {
        code: trail.some("code", "code", Some(code)).unwrap_or_default(),
        role,
        status: trail.some("status", "clinicalStatus", code_of(json, "clinicalStatus")),
        onset,
        at: trail.places(),
        ..Condition::default()
    });
}

/// The role that an Encounter gives each of its Conditions, by entry. A
/// diagnosis that came as words only is a condition of its own.
pub fn roles(
    library: &Library,
    stay: &Resource,
    facts: &mut ClinicalFacts,
) -> HashMap<usize, (String, String)> {
    let mut roles = HashMap::new();
    for (nth, diagnosis) in items(stay.json, "diagnosis").iter().enumerate() {
        // STU3 said `role`.
        let role = code_of(diagnosis, "use").or_else(|| code_of(diagnosis, "role"));
        // A list of CodeableReferences in R5.
        for condition in items(diagnosis, "condition") {
            match library.entry(stay, condition) {
                Some(entry) => {
                    if let Some(role) = role.clone() {
                        roles.insert(entry, (role, stay.at(&format!("diagnosis[{nth}]"))));
                    }
                }
                None => {
                    let place = stay.at(&format!("diagnosis[{nth}].condition"));
                    let meant = library.meant(stay, condition, place.clone());
                    facts.conditions.extend(meant.map(|(code, at)| Condition {
                        code,
                        role: role.clone(),
                        at: match role {
                            Some(_) => Places::of(&place).with("code", at).with("use", place),
                            None => Places::of(place).with("code", at),
                        },
                        ..Condition::default()
                    }));
                }
            }
        }
    }
    roles
}

//! Appointment → appointments.

use super::{
    clinical::refused,
    datatypes::all_words,
    json::{list, owned},
    library::Resource,
    resources::Scene,
    trail::Trail,
    tree::Value,
};
use crate::domain::facts::{Appointment, ClinicalFacts};

pub fn read(scene: &Scene, resource: &Resource, facts: &mut ClinicalFacts) {
    if refused(resource, facts) {
        return;
    }
    let json = resource.json;
    let mut trail = Trail::of(&resource.place);
    let number = list(json, "identifier")
        .iter()
        .find_map(|n| owned(n, "value"));
    let (location, with) = participants(scene, resource);
    let reason = reason(scene, resource, &mut trail);
    let start = trail.when("start", json, "start", &mut facts.doubts);
    let end = trail.when("end", json, "end", &mut facts.doubts);
    facts.instructions.extend(owned(json, "patientInstruction"));
    facts.appointments.push(Appointment {
        id: trail.some("id", "identifier", number),
        status: trail.text("status", json, "status"),
        start,
        end,
        reason,
        location: trail.some("location", "participant", location),
        with: trail.many("with", "participant", with),
        at: trail.places(),
    });
}

fn reason(scene: &Scene, resource: &Resource, trail: &mut Trail) -> Option<String> {
    let json = resource.json;
    let keys = ["reasonCode", "reasonReference", "reason"];
    let reason = scene.library.reasons(resource, &keys);
    trail
        .reasons("reason", reason)
        .or_else(|| trail.text("reason", json, "description"))
        .or_else(|| trail.some("reason", "serviceType", all_words(json, "serviceType")))
        .or_else(|| {
            trail.some(
                "reason",
                "appointmentType",
                all_words(json, "appointmentType"),
            )
        })
}

/// Where, and with whom: everybody but the patient.
fn participants(scene: &Scene, resource: &Resource) -> (Option<String>, Vec<String>) {
    let library = scene.library;
    let (mut location, mut with) = (None, Vec::new());
    for participant in list(resource.json, "participant") {
        let Some(actor) = participant.get("actor") else {
            continue;
        };
        let found = library.resolve(resource, actor);
        let kind = found
            .map(|found| found.kind.to_owned())
            .or_else(|| named_kind(actor));
        match kind.as_deref() {
            Some("Patient") => {}
            Some("Location") => {
                let name = owned(actor, "display");
                location = location.or(name).or_else(|| owned(found?.json, "name"));
            }
            _ => {
                let party = library.party(resource, actor).map(|party| party.shown());
                with.extend(party.filter(|shown| !shown.is_empty()));
            }
        }
    }
    (location, with)
}

fn named_kind(actor: &Value) -> Option<String> {
    let name = owned(actor, "reference").unwrap_or_default();
    let kinds = ["Patient", "Location"].into_iter();
    let told = owned(actor, "type");
    told.or_else(|| {
        let mut kinds = kinds.filter(|kind| name.contains(&format!("{kind}/")));
        kinds.next().map(str::to_owned)
    })
}

/// A planned Encounter is an appointment too.
pub fn of_encounter(scene: &Scene, resource: &Resource, facts: &mut ClinicalFacts) {
    let stay = super::visit::read(scene, resource, facts);
    facts.appointments.push(Appointment {
        id: stay.number,
        status: stay.status,
        start: stay.start,
        end: stay.end,
        reason: stay.reason,
        location: stay.location,
        with: stay
            .attending
            .map(|party| party.shown())
            .into_iter()
            .collect(),
        at: stay.at,
    });
}

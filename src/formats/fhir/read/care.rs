//! CareTeam, CarePlan, Goal and Flag → those who care, and what is planned.

use super::{
    clinical::refused,
    contacts,
    datatypes::{code_of, coded, words},
    json::{list, owned, text},
    library::{Resource, items},
    resources::Scene,
    trail::Trail,
    tree::Value,
};
use crate::domain::facts::{ClinicalFacts, Doubt, Order, Participant};

pub fn read_team(scene: &Scene, resource: &Resource, facts: &mut ClinicalFacts) {
    let is_past = matches!(text(resource.json, "status"), Some("inactive"));
    if refused(resource, facts) || is_past {
        return;
    }
    for (nth, participant) in list(resource.json, "participant").iter().enumerate() {
        let place = resource.at(&format!("participant[{nth}]"));
        let mut trail = Trail::of(&place);
        let Some(member) = participant.get("member") else {
            continue;
        };
        let found = scene.library.resolve(resource, member);
        // Synthea lists the patient among them.
        if found.is_some_and(|found| found.kind == "Patient") {
            continue;
        }
        let Some(party) = scene.library.party(resource, member) else {
            continue;
        };
        let roles = items(participant, "role");
        let role = roles.iter().find_map(words);
        if contacts::is_relative(scene, resource, member, roles) {
            contacts::take_part(scene, resource, member, party, role, &place, facts);
            continue;
        }
        let role = trail.some("role", "role", role);
        trail.add("party", format!("{place}.member"));
        facts.care_team.push(Participant {
            role,
            party,
            at: trail.places(),
        });
    }
}

/// CarePlan.description is written for whoever follows the plan: the patient.
/// Its activities are orders.
pub fn read_plan(_: &Scene, resource: &Resource, facts: &mut ClinicalFacts) {
    if refused(resource, facts) {
        return;
    }
    let json = resource.json;
    let is_dropped = |json: &Value| {
        let status = text(json, "status");
        matches!(
            status,
            Some("revoked" | "cancelled" | "entered-in-error" | "stopped")
        )
    };
    if is_dropped(json) {
        let why = "the plan was given up and was left out";
        facts.doubts.push(Doubt::new(resource.at("status"), why));
        return;
    }
    facts.instructions.extend(owned(json, "description"));
    for (nth, activity) in list(json, "activity").iter().enumerate() {
        let Some(detail) = activity.get("detail") else {
            continue;
        };
        let place = resource.at(&format!("activity[{nth}].detail"));
        let mut trail = Trail::of(&place);
        let code = trail.coded("code", detail, "code");
        let described = owned(detail, "description");
        let forbids = |key: &&str| detail.get(key) == Some(&Value::Bool(true));
        if let Some(key) = ["doNotPerform", "prohibited"].into_iter().find(forbids) {
            let why = "the entry says what must not be done; it is a note and no order";
            facts.doubts.push(Doubt::new(format!("{place}.{key}"), why));
            let what: Vec<String> = [code.text.or(code.code), described]
                .into_iter()
                .flatten()
                .collect();
            facts
                .notes
                .push(format!("Not to be done: {}", what.join(": ")));
            continue;
        }
        if is_dropped(detail) {
            let why = "the activity was given up and was left out";
            facts
                .doubts
                .push(Doubt::new(format!("{place}.status"), why));
            continue;
        }
        facts.instructions.extend(described);
        if code.is_empty() {
            continue;
        }
        let when = trail.when_of("when", detail, "scheduled", &mut facts.doubts);
        facts.orders.push(Order {
            code,
            status: trail.text("status", detail, "status"),
            when,
            at: trail.places(),
            ..Order::default()
        });
    }
}

pub fn read_goal(_: &Scene, resource: &Resource, facts: &mut ClinicalFacts) {
    let is_void = matches!(
        text(resource.json, "lifecycleStatus"),
        Some("entered-in-error" | "rejected" | "cancelled")
    );
    if is_void || refused(resource, facts) {
        return;
    }
    let words = resource.json.get("description").and_then(words);
    facts
        .notes
        .extend(words.map(|words| format!("Goal: {words}")));
}

/// A warning that is in force.
pub fn read_flag(_: &Scene, resource: &Resource, facts: &mut ClinicalFacts) {
    let is_past = code_of(resource.json, "status").as_deref() == Some("inactive");
    if is_past || refused(resource, facts) {
        return;
    }
    let code = resource.json.get("code").map(coded).unwrap_or_default();
    if !code.is_empty() {
        facts.notes.push(format!("Flag: {}", code.shown()));
    }
}

//! Condition and Encounter.diagnosis → conditions.

use std::{borrow::Cow, collections::HashMap};

use super::{
    clinical::{Certainty, certainty, named, read_notes, refused},
    datatypes::{amount, bounds, code_of, coded, has_code, words},
    json::{list, owned},
    library::{Library, Resource, items},
    resources::Scene,
    sites::body_site,
    trail::Trail,
    tree::Value,
};
use crate::domain::facts::{ClinicalFacts, Condition, Doubt, Places, When};

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
    let mut trail = Trail::of(&resource.place);
    let verification = verification(resource, &mut trail, &mut facts.doubts);
    let onset = trail.when_of("onset", json, "onset", &mut facts.doubts);
    let (end, has_ended) = end(json, &mut trail, &mut facts.doubts);
    let status = trail.some("status", "clinicalStatus", code_of(json, "clinicalStatus"));
    if has_ended && matches!(status.as_deref(), Some("active" | "recurrence" | "relapse")) {
        let why = "the condition is called active and has an end; which of both is so is not told";
        let doubt = Doubt::new(resource.at("clinicalStatus"), why);
        facts.doubts.push(doubt);
    }
    let ended = (status.is_none() && has_ended).then(|| "resolved".to_owned());
    let status = status.or_else(|| trail.some("status", "abatement", ended));
    let role = scene.roles.get(&resource.nth).cloned();
    let role = role.map(|(role, place)| {
        trail.add("use", place);
        role
    });
    read_notes(resource, code.shown(), facts);
    facts.conditions.push(Condition {
        code: trail.some("code", "code", Some(code)).unwrap_or_default(),
        role,
        status,
        verification,
        body_site: body_site(resource, &mut trail),
        note: note(json, &mut trail),
        onset,
        end,
        at: trail.places(),
        ..Condition::default()
    });
}

/// How certain it is: the less certain of what the status and the code say.
fn verification(
    resource: &Resource,
    trail: &mut Trail,
    doubts: &mut Vec<Doubt>,
) -> Option<Cow<'static, str>> {
    let json = resource.json;
    if let Some(status) = json.get("verificationStatus")
        && !coded(status).is_empty()
        && !has_code(status, &CONFIRMED)
    {
        let why = "the condition is not confirmed";
        let at = resource.at("verificationStatus");
        doubts.push(Doubt::new(at, why));
        let code = code_of(json, "verificationStatus").map(Cow::Owned);
        return trail.some("verification", "verificationStatus", code);
    }
    let is_suspected = json.get("code").and_then(certainty) == Some(Certainty::Suspected);
    let suspected = is_suspected.then_some(Cow::Borrowed("provisional"));
    trail.some("verification", "code", suspected)
}

/// abatement[x], and whether it says that it is over.
fn end(json: &Value, trail: &mut Trail, doubts: &mut Vec<Doubt>) -> (Option<When>, bool) {
    let end = trail.end_of("end", json, "abatementPeriod", "end", doubts);
    let end = match json.get("abatementPeriod") {
        Some(_) => end,
        None => trail.when_of("end", json, "abatement", doubts),
    };
    let is_so = |key: &str| json.get(key).is_some_and(|value| !value.is_null());
    let has_ended = end.is_some()
        || json.get("abatementBoolean") == Some(&Value::Bool(true))
        || ["abatementAge", "abatementString", "abatementRange"]
            .into_iter()
            .any(is_so);
    (end, has_ended)
}

/// Severity, stage, and what is told of its course otherwise than by a date.
fn note(json: &Value, trail: &mut Trail) -> Option<String> {
    let mut said: Vec<String> = Vec::new();
    let mut say = |key: &str, words: Option<String>| {
        let words = trail.some("note", key, words);
        said.extend(words.filter(|words| !words.is_empty()));
    };
    say("severity", json.get("severity").and_then(words));
    let stages = list(json, "stage").iter();
    let stages: Vec<String> = stages
        .filter_map(|stage| words(stage.get("summary")?))
        .collect();
    say("stage", (!stages.is_empty()).then(|| stages.join("; ")));
    let is_past = json.get("code").and_then(certainty) == Some(Certainty::StateAfter);
    say("code", is_past.then(|| "state after".to_owned()));
    say(
        "onset",
        told(json, "onset").map(|words| format!("since {words}")),
    );
    say(
        "abatement",
        told(json, "abatement").map(|words| format!("until {words}")),
    );
    (!said.is_empty()).then(|| said.join("; "))
}

/// An age, a range or words where a time may be: `age 45 years`.
fn told(json: &Value, stem: &str) -> Option<String> {
    let of = |kind: &str| json.get(&format!("{stem}{kind}"));
    let age = of("Age").and_then(amount).map(|age| format!("age {age}"));
    let range = || {
        of("Range")
            .and_then(bounds)
            .map(|range| format!("age {range}"))
    };
    let words = || owned(json, &format!("{stem}String"));
    age.or_else(range).or_else(words)
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
                    let certainty = certainty(condition);
                    if certainty == Some(Certainty::RuledOut) {
                        let why = "the diagnosis was ruled out and was left out";
                        facts.doubts.push(Doubt::new(place, why));
                        continue;
                    }
                    let verification = match certainty {
                        Some(Certainty::Suspected) => Some(Cow::Borrowed("provisional")),
                        _ => None,
                    };
                    let meant = library.meant(stay, condition, place.clone());
                    facts.conditions.extend(meant.map(|(code, at)| Condition {
                        code,
                        verification,
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

//! Procedure and Immunization → what was done and given. What was not done
//! keeps that status.

use super::{
    clinical::{NAMELESS, named, read_notes, refused},
    json::owned,
    library::Resource,
    resources::Scene,
    sites::body_site,
    trail::Trail,
    tree::Value,
};
use crate::domain::facts::{ClinicalFacts, Doubt, Immunization, Procedure, When};

pub fn read(_: &Scene, resource: &Resource, facts: &mut ClinicalFacts) {
    if refused(resource, facts) {
        return;
    }
    let Some(code) = named(resource, "code", facts) else {
        return;
    };
    let mut trail = Trail::of(&resource.place);
    read_notes(resource, code.shown(), facts);
    let code = trail.some("code", "code", Some(code)).unwrap_or_default();
    let performed = time(resource, &mut trail, "performed", &mut facts.doubts);
    let status = status(resource, &mut trail);
    doubt_if_not_done(resource, status.as_deref(), facts);
    facts.procedures.push(Procedure {
        code,
        status,
        performed,
        body_site: body_site(resource, &mut trail),
        at: trail.places(),
    });
}

/// What was not done had members of its own before R4.
fn status(resource: &Resource, trail: &mut Trail) -> Option<String> {
    for key in ["notDone", "notPerformed", "notGiven", "wasNotGiven"] {
        if resource.json.get(key) == Some(&Value::Bool(true)) {
            return trail.some("status", key, Some("not-done".to_owned()));
        }
    }
    trail.text("status", resource.json, "status")
}

/// A list without a column for it must not make it look done.
fn doubt_if_not_done(resource: &Resource, status: Option<&str>, facts: &mut ClinicalFacts) {
    if matches!(status, Some("not-done" | "cancelled" | "aborted")) {
        let why = "it is listed, but it was not done";
        facts.doubts.push(Doubt::new(resource.at("status"), why));
    }
}

/// performed[x]; R5 says occurrence[x].
fn time(
    resource: &Resource,
    trail: &mut Trail,
    part: &'static str,
    doubts: &mut Vec<Doubt>,
) -> Option<When> {
    let json = resource.json;
    let performed = trail.when_of(part, json, "performed", doubts);
    performed.or_else(|| trail.when_of(part, json, "occurrence", doubts))
}

pub fn read_immunization(scene: &Scene, resource: &Resource, facts: &mut ClinicalFacts) {
    if refused(resource, facts) {
        return;
    }
    let json = resource.json;
    let mut trail = Trail::of(&resource.place);
    let mut code = trail.coded("code", json, "vaccineCode");
    if code.is_empty() {
        let product = json.get("administeredProduct");
        let at = resource.at("administeredProduct");
        let meant = product.and_then(|product| scene.library.meant(resource, product, at));
        if let Some((meant, at)) = meant {
            trail.add("code", at);
            code = meant;
        }
    }
    if code.is_empty() {
        facts
            .doubts
            .push(Doubt::new(resource.at("vaccineCode"), NAMELESS));
        return;
    }
    let given = trail.when_of("given", json, "occurrence", &mut facts.doubts);
    // STU3.
    let given = given.or_else(|| trail.when("given", json, "date", &mut facts.doubts));
    if given.is_none() && owned(json, "occurrenceString").is_some() {
        let why = "the time is told in words and was left out";
        facts
            .doubts
            .push(Doubt::new(resource.at("occurrenceString"), why));
    }
    read_notes(resource, code.shown(), facts);
    let status = status(resource, &mut trail);
    doubt_if_not_done(resource, status.as_deref(), facts);
    facts.immunizations.push(Immunization {
        code,
        status,
        given,
        lot: trail.text("lot", json, "lotNumber"),
        at: trail.places(),
    });
}

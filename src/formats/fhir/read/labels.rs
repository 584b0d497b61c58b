//! meta.security, Composition.confidentiality, DocumentReference.securityLabel
//! and Consent → labels, as the source set them.

use super::{
    clinical::refused,
    datatypes::{all_words, coded},
    json::{list, owned, text},
    library::{Resource, items},
    resources::Scene,
    tree::Value,
};
use crate::domain::facts::{ClinicalFacts, Coded, Doubt, Label, Places};

/// v3-ActReason: made for testing a system, about nobody.
const TRAINING: &str = "HTEST";

/// Different labels of one message; the value sets hold some hundred.
const MAX_LABELS: usize = 500;

/// Where the codes of Composition.confidentiality come from.
const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";

/// Where `permit` and `deny` come from.
const PROVISION: &str = "http://hl7.org/fhir/consent-provision-type";

pub fn is_training(resource: &Value) -> bool {
    let Some(meta) = resource.get("meta") else {
        return false;
    };
    list(meta, "tag")
        .iter()
        .chain(list(meta, "security"))
        .any(|coding| text(coding, "code") == Some(TRAINING))
}

/// What a label of this kind of resource labels.
pub fn labelled(kind: &str) -> &'static str {
    match kind {
        "Bundle" | "MessageHeader" => "message",
        "Patient" => "patient",
        "Encounter" => "encounter",
        "Condition" => "diagnosis",
        "Composition" | "DocumentReference" | "Binary" => "document",
        "Consent" => "consent",
        _ => "resource",
    }
}

/// The labels of one resource. The same label on a hundred of a kind is one, with
/// a hundred places.
pub fn read(json: &Value, place: &str, of: &'static str, facts: &mut ClinicalFacts) {
    let security = json
        .get("meta")
        .map_or(&[][..], |meta| list(meta, "security"));
    for (nth, label) in security.iter().enumerate() {
        let at = || format!("{place}.meta.security[{nth}]");
        push(coded(label), of, at, facts);
    }
    if let Some(code) = owned(json, "confidentiality") {
        let code = Coded {
            code: Some(code),
            system: Some(CONFIDENTIALITY.to_owned()),
            ..Coded::default()
        };
        push(code, of, || format!("{place}.confidentiality"), facts);
    }
    for (nth, label) in items(json, "securityLabel").iter().enumerate() {
        push(
            coded(label),
            of,
            || format!("{place}.securityLabel[{nth}]"),
            facts,
        );
    }
}

fn push(code: Coded, of: &'static str, at: impl Fn() -> String, facts: &mut ClinicalFacts) {
    let is_label = !code.is_empty() && code.code.as_deref() != Some(TRAINING);
    if !is_label {
        return;
    }
    let mut labels = facts.labels.iter_mut();
    if let Some(known) = labels.find(|label| label.of == of && label.code == code) {
        // What it stands on decides what of the packet it is about.
        known.at.also("code", at());
        return;
    }
    if facts.labels.len() == MAX_LABELS {
        let why = "there are more labels than are read";
        facts.doubts.push(Doubt::new(at(), why));
    } else {
        let at = Places::of(at()).with("code", at());
        facts.labels.push(Label { code, of, at });
    }
}

/// What the patient decided: Consent.provision.type, in the words of its category.
pub fn read_consent(_: &Scene, resource: &Resource, facts: &mut ClinicalFacts) {
    let json = resource.json;
    let is_in_force = text(json, "status").is_none_or(|status| status == "active");
    if refused(resource, facts) || !is_in_force {
        return;
    }
    let provision = json.get("provision");
    // R5 says `decision` for the whole.
    let decided = provision.and_then(|provision| owned(provision, "type"));
    let decided = decided.or_else(|| owned(json, "decision"));
    let what = provision.and_then(|provision| all_words(provision, "code"));
    let text = what
        .or_else(|| all_words(json, "category"))
        .or_else(|| all_words(json, "scope"))
        .or_else(|| all_words(json, "policyRule"));
    let code = Coded {
        system: decided.is_some().then(|| PROVISION.to_owned()),
        code: decided,
        text,
        ..Coded::default()
    };
    push(code, "consent", || resource.place.clone(), facts);
}

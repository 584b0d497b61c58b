//! DiagnosticReport → its files, and its conclusion as a result of its own. The
//! Observations it points at are read where they stand.

use super::{
    attachments,
    clinical::{one_of, refused},
    datatypes::{all_words, coded, words},
    json::{list, text},
    library::{Resource, items},
    resources::Scene,
    trail::Trail,
};
use crate::domain::facts::{ClinicalFacts, Observation};

/// As for Observation; a report may also be partial or appended to.
const STATUSES: [&str; 6] = [
    "registered",
    "preliminary",
    "final",
    "amended",
    "corrected",
    "cancelled",
];

pub fn read(scene: &Scene, resource: &Resource, facts: &mut ClinicalFacts) {
    if refused(resource, facts) {
        return;
    }
    let json = resource.json;
    let title = json.get("code").and_then(words);
    let title = title.map(|words| (words, resource.at("code")));
    for (nth, form) in list(json, "presentedForm").iter().enumerate() {
        let key = format!("presentedForm[{nth}]");
        attachments::read(scene, resource, form, &key, title.clone(), facts);
    }
    let mut trail = Trail::of(&resource.place);
    let words = trail.text("value", json, "conclusion").or_else(|| {
        let key = ["conclusionCode", "codedDiagnosis"]
            .into_iter()
            .find(|key| json.get(key).is_some())?;
        trail.some("value", key, all_words(json, key))
    });
    if words.is_none() {
        return;
    }
    let status = text(json, "status").and_then(|status| match status {
        "partial" => Some("preliminary"),
        "appended" => Some("amended"),
        "unknown" => Some("unknown"),
        status => one_of(status, &STATUSES, resource, "status", &mut facts.doubts),
    });
    let category = items(json, "category").iter().map(coded);
    let category = category.filter_map(|c| c.code.or(c.text)).next();
    let effective = trail.when_of("effective", json, "effective", &mut facts.doubts);
    facts.results.push(Observation {
        code: trail.coded("code", json, "code"),
        value: words,
        status: trail.some("status", "status", status),
        category: trail.some("category", "category", category),
        effective,
        at: trail.places(),
        ..Observation::default()
    });
}

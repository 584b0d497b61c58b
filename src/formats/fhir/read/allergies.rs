//! AllergyIntolerance → allergies.

use std::borrow::Cow;

use super::{
    clinical::{NAMELESS, one_of, read_notes, refused},
    datatypes::{code_of, coded, texts, words},
    json::{list, owned, text},
    library::{Resource, items},
    resources::Scene,
    trail::Trail,
    tree::Value,
};
use crate::domain::facts::{AllergyIntolerance, ClinicalFacts, Coded, Doubt};

pub fn read(_: &Scene, resource: &Resource, facts: &mut ClinicalFacts) {
    if refused(resource, facts) {
        return;
    }
    let json = resource.json;
    let mut trail = Trail::of(&resource.place);
    let Some(code) = code(json, &mut trail) else {
        facts.doubts.push(Doubt::new(resource.at("code"), NAMELESS));
        return;
    };
    let category = category(resource, &mut facts.doubts);
    let criticality = criticality(resource, &mut facts.doubts);
    let status = code_of(json, "clinicalStatus").or_else(|| owned(json, "status"));
    let onset = trail.when_of("onset", json, "onset", &mut facts.doubts);
    read_notes(resource, code.shown(), facts);
    facts.allergies.push(AllergyIntolerance {
        code,
        category: trail.some("category", "category", category.map(Cow::Borrowed)),
        criticality: trail.some("criticality", "criticality", criticality.map(Cow::Borrowed)),
        status: trail.some("status", "clinicalStatus", status.map(Cow::Owned)),
        reactions: trail.many("reactions", "reaction", reactions(json)),
        onset,
        at: trail.places(),
        ..AllergyIntolerance::default()
    });
}

/// The code, the `substance` of DSTU2, or what the reactions were to.
fn code(json: &Value, trail: &mut Trail) -> Option<Coded> {
    for key in ["code", "substance"] {
        let code = trail.coded("code", json, key);
        if !code.is_empty() {
            return Some(code);
        }
    }
    let reactions = list(json, "reaction").iter().enumerate();
    let mut substances =
        reactions.filter_map(|(nth, reaction)| Some((nth, coded(reaction.get("substance")?))));
    let (nth, code) = substances.find(|(_, code)| !code.is_empty())?;
    trail.some("code", &format!("reaction[{nth}].substance"), Some(code))
}

/// A CodeableConcept in R4; since R5 it hides in `concept`.
fn reactions(json: &Value) -> Vec<String> {
    let mut words_of: Vec<String> = Vec::new();
    for reaction in list(json, "reaction") {
        let manifested = items(reaction, "manifestation").iter().filter_map(words);
        let before = words_of.len();
        words_of.extend(manifested);
        if words_of.len() == before {
            words_of.extend(owned(reaction, "description"));
        }
    }
    words_of
}

/// A list of codes in R4, one code before STU3. `LA` and `DA` of HL7 v2 come
/// through converters; what is none of FHIR's is a doubt.
fn category(resource: &Resource, doubts: &mut Vec<Doubt>) -> Option<&'static str> {
    let written = texts(resource.json, "category").into_iter().next()?;
    one_of(
        &written,
        &["food", "medication", "environment", "biologic"],
        resource,
        "category",
        doubts,
    )
}

fn criticality(resource: &Resource, doubts: &mut Vec<Doubt>) -> Option<&'static str> {
    let written = match text(resource.json, "criticality")? {
        // DSTU2.
        "CRITL" => "low",
        "CRITH" => "high",
        "CRITU" => "unable-to-assess",
        written => written,
    };
    let codes = ["low", "high", "unable-to-assess"];
    one_of(written, &codes, resource, "criticality", doubts)
}

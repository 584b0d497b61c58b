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

/// The codes of DSTU2's `status` that say how certain it is.
const VERIFICATIONS: [&str; 3] = ["unconfirmed", "presumed", "confirmed"];

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
    let verification = verification(json, &mut trail);
    // DSTU2 has one status for both; what says how certain it is, is no state.
    let own = owned(json, "status").filter(|status| !VERIFICATIONS.contains(&status.as_str()));
    let status = code_of(json, "clinicalStatus").or(own);
    let onset = trail.when_of("onset", json, "onset", &mut facts.doubts);
    read_notes(resource, code.shown(), facts);
    facts.allergies.push(AllergyIntolerance {
        code,
        category: trail.some("category", "category", category.map(Cow::Borrowed)),
        criticality: trail.some("criticality", "criticality", criticality.map(Cow::Borrowed)),
        status: trail.some("status", "clinicalStatus", status.map(Cow::Owned)),
        verification,
        reactions: trail.many("reactions", "reaction", reactions(json)),
        onset,
        at: trail.places(),
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

/// How certain it is, where that is not confirmed.
fn verification(json: &Value, trail: &mut Trail) -> Option<Cow<'static, str>> {
    let own = code_of(json, "verificationStatus").map(|code| ("verificationStatus", code));
    let of_dstu2 = || Some(("status", owned(json, "status")?));
    let (key, code) = own.or_else(of_dstu2)?;
    let is_doubtful = match key {
        "status" => VERIFICATIONS.contains(&code.as_str()),
        _ => true,
    };
    let code = Some(code).filter(|code| is_doubtful && code != "confirmed");
    trail.some("verification", key, code.map(Cow::Owned))
}

/// A CodeableConcept in R4; since R5 it hides in `concept`.
fn reactions(json: &Value) -> Vec<String> {
    let mut words_of: Vec<String> = Vec::new();
    for reaction in list(json, "reaction") {
        let severity = text(reaction, "severity");
        let manifested = items(reaction, "manifestation").iter().filter_map(words);
        let mut manifested: Vec<String> = manifested.collect();
        if manifested.is_empty() {
            manifested.extend(owned(reaction, "description"));
        }
        let with_severity = manifested.into_iter().map(|words| match severity {
            Some(severity) => format!("{words} ({severity})"),
            None => words,
        });
        words_of.extend(with_severity);
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

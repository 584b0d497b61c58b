//! Condition, AllergyIntolerance and Procedure → facts. An entry that names
//! nothing, or that its author withdrew, is a doubt and not a fact.

use std::borrow::Cow;

use std::collections::HashMap;

use serde_json::Value;

use super::{
    datatypes::{coded, is_withdrawn, when_of, words},
    json::{list, owned, text},
    library::{Library, Resource},
};
use crate::domain::facts::{AllergyIntolerance, ClinicalFacts, Coded, Condition, Doubt, Procedure};

pub const NAMELESS: &str = "the entry names nothing and was left out";
const WITHDRAWN: &str = "the entry is withdrawn by its author and was left out";

/// The role that an Encounter gives each of its Conditions, by entry.
pub fn roles(library: &Library, encounter: Option<&Resource>) -> HashMap<usize, String> {
    let diagnoses = encounter.map_or(&[][..], |encounter| list(encounter.json, "diagnosis"));
    diagnoses
        .iter()
        .filter_map(|diagnosis| {
            let entry = library.entry(diagnosis.get("condition")?)?;
            Some((entry, coded(diagnosis.get("use")?).code?))
        })
        .collect()
}

pub fn read_condition(resource: &Resource, role: Option<String>, facts: &mut ClinicalFacts) {
    let Some(code) = named(resource, "code", facts) else {
        return;
    };
    let onset = when_of(resource.json, "onset", &resource.place, &mut facts.doubts);
    facts.conditions.push(Condition {
        code,
        role,
        onset,
        ..Condition::default()
    });
}

pub fn read_allergy(resource: &Resource, facts: &mut ClinicalFacts) {
    let json = resource.json;
    if refused(resource, facts) {
        return;
    }
    let reactions = list(json, "reaction");
    let substance = || reactions.iter().find_map(|r| r.get("substance")).map(coded);
    let code = json
        .get("code")
        .map(coded)
        .filter(|code| !code.is_empty())
        .or_else(substance);
    let Some(code) = code.filter(|code| !code.is_empty()) else {
        facts
            .doubts
            .push(Doubt::new(format!("{}.code", resource.place), NAMELESS));
        return;
    };
    let category = category(resource, &mut facts.doubts);
    let criticality = criticality(resource, &mut facts.doubts);
    let onset = when_of(json, "onset", &resource.place, &mut facts.doubts);
    let manifestations = reactions.iter().flat_map(|r| list(r, "manifestation"));
    let reactions = manifestations.filter_map(manifestation).collect();
    facts.allergies.push(AllergyIntolerance {
        code,
        category: category.map(Cow::Borrowed),
        criticality: criticality.map(Cow::Borrowed),
        reactions,
        onset,
        ..AllergyIntolerance::default()
    });
}

/// A CodeableConcept in R4; since R5 it hides in `concept`.
fn manifestation(value: &Value) -> Option<String> {
    words(value.get("concept").unwrap_or(value))
}

fn category(resource: &Resource, doubts: &mut Vec<Doubt>) -> Option<&'static str> {
    let written = resource
        .json
        .get("category")?
        .as_array()?
        .first()?
        .as_str()?;
    one_of(
        written,
        &["food", "medication", "environment", "biologic"],
        resource,
        "category",
        doubts,
    )
}

fn criticality(resource: &Resource, doubts: &mut Vec<Doubt>) -> Option<&'static str> {
    let written = text(resource.json, "criticality")?;
    one_of(
        written,
        &["low", "high", "unable-to-assess"],
        resource,
        "criticality",
        doubts,
    )
}

/// A code of a required value set; any other is a doubt.
pub fn one_of(
    written: &str,
    codes: &[&'static str],
    resource: &Resource,
    key: &str,
    doubts: &mut Vec<Doubt>,
) -> Option<&'static str> {
    let known = codes.iter().copied().find(|code| *code == written);
    if known.is_none() {
        let at = format!("{}.{key}", resource.place);
        doubts.push(Doubt::new(at, "the code is not in its value set"));
    }
    known
}

pub fn read_procedure(resource: &Resource, facts: &mut ClinicalFacts) {
    let Some(code) = named(resource, "code", facts) else {
        return;
    };
    let performed = when_of(
        resource.json,
        "performed",
        &resource.place,
        &mut facts.doubts,
    );
    facts.procedures.push(Procedure {
        code,
        performed,
        ..Procedure::default()
    });
}

/// The code of an entry that stands, or a doubt.
pub fn named(resource: &Resource, key: &str, facts: &mut ClinicalFacts) -> Option<Coded> {
    if refused(resource, facts) {
        return None;
    }
    let code = resource.json.get(key).map(coded).unwrap_or_default();
    if code.is_empty() {
        facts
            .doubts
            .push(Doubt::new(format!("{}.{key}", resource.place), NAMELESS));
        return None;
    }
    Some(code)
}

pub fn refused(resource: &Resource, facts: &mut ClinicalFacts) -> bool {
    let withdrawn = is_withdrawn(resource.json);
    if withdrawn {
        facts.doubts.push(Doubt::new(&resource.place, WITHDRAWN));
    }
    withdrawn
}

/// CarePlan.description is written for whoever follows the plan: the patient.
pub fn read_plan(resource: &Resource, facts: &mut ClinicalFacts) {
    if !refused(resource, facts) {
        facts
            .instructions
            .extend(owned(resource.json, "description"));
    }
}

//! What every clinical resource has in common: an author who may withdraw it,
//! modifiers that change its meaning, notes.

use super::{
    datatypes::{coded, has_code},
    json::{list, owned, text},
    library::{Resource, items},
    tree::Value,
};
use crate::domain::facts::{ClinicalFacts, Coded, Doubt};

pub const NAMELESS: &str = "the entry names nothing and was left out";
const WITHDRAWN: &str = "the entry is withdrawn by its author and was left out";
const REFUTED: &str = "the entry was refuted and was left out";
const UNKNOWN_MODIFIER: &str =
    "the entry has a modifier that this version does not know: its meaning may be another";

/// Whether a resource must not be read as true; then a doubt says so.
pub fn refused(resource: &Resource, facts: &mut ClinicalFacts) -> bool {
    let json = resource.json;
    let verification = |code| {
        json.get("verificationStatus")
            .is_some_and(|status| has_code(status, &[code]))
    };
    let why = if text(json, "status") == Some("entered-in-error")
        || text(json, "docStatus") == Some("entered-in-error")
        || verification("entered-in-error")
    {
        WITHDRAWN
    } else if verification("refuted") {
        REFUTED
    } else {
        return false;
    };
    facts.doubts.push(Doubt::new(&resource.place, why));
    true
}

/// Extensions that may turn a meaning around must not be passed over.
pub fn doubt_modifiers(resource: &Resource, doubts: &mut Vec<Doubt>) {
    if !list(resource.json, "modifierExtension").is_empty() {
        doubts.push(Doubt::new(
            resource.at("modifierExtension"),
            UNKNOWN_MODIFIER,
        ));
    }
}

/// Members that are one object in R4, and those that are a list.
const OBJECTS: [&str; 10] = [
    "beneficiary",
    "code",
    "encounter",
    "hospitalization",
    "medicationCodeableConcept",
    "medicationReference",
    "patient",
    "period",
    "subject",
    "vaccineCode",
];
const LISTS: [&str; 8] = [
    "component",
    "dosageInstruction",
    "identifier",
    "participant",
    "presentedForm",
    "reaction",
    "referenceRange",
    "telecom",
];

/// A member of another JSON type than R4's is read as far as it can be.
pub fn doubt_shapes(resource: &Resource, doubts: &mut Vec<Doubt>) {
    let members = resource.json.members().iter();
    // R5 gave a Composition several subjects; it has one identifier in R4.
    for (key, value) in members.filter(|_| resource.kind != "Composition") {
        let is_odd = match value {
            Value::String(_) | Value::Array(_) => OBJECTS.contains(&key.as_ref()),
            _ => false,
        } || match value {
            Value::String(_) | Value::Object(_) => LISTS.contains(&key.as_ref()),
            _ => false,
        };
        if is_odd {
            let why = "the member is of another JSON type than FHIR's; it may be read in part";
            doubts.push(Doubt::new(resource.at(key), why));
        }
    }
}

/// The code of an entry, or a doubt.
pub fn named(resource: &Resource, key: &str, facts: &mut ClinicalFacts) -> Option<Coded> {
    let code = resource.json.get(key).map(coded).unwrap_or_default();
    if code.is_empty() {
        facts.doubts.push(Doubt::new(resource.at(key), NAMELESS));
        return None;
    }
    Some(code)
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
        let why = "the code is not in its value set";
        doubts.push(Doubt::new(resource.at(key), why));
    }
    known
}

/// Annotations of a resource, under its name.
pub fn read_notes(resource: &Resource, name: &str, facts: &mut ClinicalFacts) {
    facts
        .notes
        .extend(notes(resource.json).map(|note| format!("{name}: {note}")));
}

/// Annotation.text; DSTU2 and some STU3 senders wrote one text.
pub fn notes(json: &Value) -> impl Iterator<Item = String> {
    let notes = ["note", "comment", "comments"].into_iter();
    notes.flat_map(|key| items(json, key)).filter_map(|note| {
        let plain = note.as_str().map(str::trim).filter(|note| !note.is_empty());
        plain.map(str::to_owned).or_else(|| owned(note, "text"))
    })
}

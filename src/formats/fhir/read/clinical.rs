//! What every clinical resource has in common: an author who may withdraw it,
//! modifiers that change its meaning, notes.

use super::{
    datatypes::{coded, extension, has_code, text_below},
    json::{list, owned, text},
    library::{Resource, items, items_of},
    tree::Value,
};
use crate::domain::facts::{ClinicalFacts, Coded, Doubt};

pub const NAMELESS: &str = "the entry names nothing and was left out";
const WITHDRAWN: &str = "the entry is withdrawn by its author and was left out";
const REFUTED: &str = "the entry was refuted and was left out";
const RULED_OUT: &str = "the diagnosis was ruled out and was left out";
const UNKNOWN_MODIFIER: &str =
    "the entry has a modifier that this version does not know: its meaning may be another";

/// Whether a resource must not be read as true; then a doubt says so.
pub fn refused(resource: &Resource, facts: &mut ClinicalFacts) -> bool {
    let why = why_void(resource.json);
    let doubt = why.map(|why| Doubt::new(&resource.place, why));
    facts.doubts.extend(doubt);
    why.is_some()
}

/// Why a resource is not true, where its author says so.
pub fn why_void(json: &Value) -> Option<&'static str> {
    // DSTU2 has all of an allergy's states in `status`.
    let is = |code| {
        let keys = ["status", "docStatus", "verificationStatus"].into_iter();
        let mut states = keys.filter_map(|key| json.get(key));
        states.any(|state| has_code(state, &[code]))
    };
    if is("entered-in-error") {
        return Some(WITHDRAWN);
    }
    if is("refuted") {
        return Some(REFUTED);
    }
    let ruled_out = certainty(json.get("code")?) == Some(Certainty::RuledOut);
    ruled_out.then_some(RULED_OUT)
}

/// What the German extension of an ICD-10 code says: "Diagnosesicherheit".
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Certainty {
    RuledOut,
    Suspected,
    StateAfter,
}

/// The one of the concept or of any of its codings; ruled out goes before all.
pub fn certainty(concept: &Value) -> Option<Certainty> {
    let concept = concept.get("concept").unwrap_or(concept);
    let holders = items_of(concept).iter();
    let codings = holders.clone().flat_map(|holder| list(holder, "coding"));
    let said: Vec<&str> = holders
        .chain(codings)
        .filter_map(|holder| extension(holder, "icd-10-gm-diagnosesicherheit"))
        .filter_map(|said| text_below(said, "valueCoding", "code").or(text(said, "valueCode")))
        .collect();
    let of = [
        ("A", Certainty::RuledOut),
        ("V", Certainty::Suspected),
        ("Z", Certainty::StateAfter),
    ];
    let mut of = of.into_iter();
    of.find(|(code, _)| said.contains(code)).map(|(_, of)| of)
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

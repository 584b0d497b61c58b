//! Observation → results. Each component is a result of its own, as it would be
//! an OBX of its own in HL7 v2.

use serde_json::Value;

use super::{
    clinical::{NAMELESS, one_of, refused},
    datatypes::{bounds, coded, has_code, quantity, when_of, words},
    documents,
    json::{list, owned, text},
    library::{Library, Resource},
};
use crate::domain::facts::{ClinicalFacts, Coded, Doubt, Observation, When};
use crate::domain::section::INSTRUCTION_CODES;

const STATUSES: [&str; 7] = [
    "registered",
    "preliminary",
    "final",
    "amended",
    "corrected",
    "cancelled",
    "unknown",
];

pub fn read(library: &Library, resource: &Resource, facts: &mut ClinicalFacts) {
    if refused(resource, facts) {
        return;
    }
    let json = resource.json;
    if json
        .get("code")
        .is_some_and(|code| has_code(code, &INSTRUCTION_CODES))
    {
        facts.instructions.extend(owned(json, "valueString"));
        return;
    }
    if let Some(attachment) = json.get("valueAttachment") {
        let title = json.get("code").and_then(words);
        facts
            .documents
            .push(documents::attachment(library, json, attachment, title));
        return;
    }
    let status = text(json, "status")
        .and_then(|status| one_of(status, &STATUSES, resource, "status", &mut facts.doubts));
    let effective = when_of(json, "effective", &resource.place, &mut facts.doubts);
    let shared = Shared { status, effective };
    let components = list(json, "component");
    let whole = shared.result(json);
    if whole.value.is_some() || components.is_empty() {
        push(whole, &resource.place, facts);
    }
    for (nth, component) in components.iter().enumerate() {
        push(
            shared.result(component),
            &format!("{}.component[{nth}]", resource.place),
            facts,
        );
    }
}

fn push(result: Observation, place: &str, facts: &mut ClinicalFacts) {
    if result.code.is_empty() && result.value.is_none() {
        facts
            .doubts
            .push(Doubt::new(format!("{place}.code"), NAMELESS));
        return;
    }
    facts.results.push(result);
}

/// What the components of one Observation have in common.
struct Shared {
    status: Option<&'static str>,
    effective: Option<When>,
}

impl Shared {
    fn result(&self, json: &Value) -> Observation {
        let measured = value(json);
        let notes = list(json, "note")
            .iter()
            .filter_map(|note| owned(note, "text"));
        Observation {
            code: json.get("code").map(coded).unwrap_or_default(),
            value: measured.text,
            units: measured.units,
            range: list(json, "referenceRange").iter().find_map(range),
            interpretation: interpretation(json),
            status: self.status,
            effective: self.effective.clone(),
            numeric: measured.numeric,
            notes: notes.collect(),
            ..Observation::default()
        }
    }
}

fn range(range: &Value) -> Option<String> {
    owned(range, "text").or_else(|| bounds(range))
}

/// Codes where there are codes, as in OBX-8, else the words.
fn interpretation(json: &Value) -> Option<String> {
    let concepts = list(json, "interpretation").iter().map(coded);
    let flags: Vec<String> = concepts
        .filter_map(|Coded { code, text, .. }| code.or(text))
        .collect();
    (!flags.is_empty()).then(|| flags.join(", "))
}

#[derive(Default)]
struct Measured {
    text: Option<String>,
    units: Option<String>,
    numeric: bool,
}

impl Measured {
    fn words(text: Option<String>) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }
}

/// value[x] as a person reads it. An absent value, with or without its reason
/// (dataAbsentReason), is simply absent.
fn value(json: &Value) -> Measured {
    let Some((kind, value)) = json.as_object().and_then(|object| {
        object
            .iter()
            .find_map(|(key, value)| Some((key.strip_prefix("value")?, value)))
    }) else {
        return Measured::default();
    };
    match kind {
        "Quantity" => {
            let (text, units) = quantity(value);
            let numeric = text.is_some() && value.get("comparator").is_none();
            Measured {
                text,
                units,
                numeric,
            }
        }
        "Integer" => Measured {
            numeric: true,
            ..Measured::words(owned(json, "valueInteger"))
        },
        "CodeableConcept" => Measured::words(words(value)),
        "Boolean" => Measured::words(
            value
                .as_bool()
                .map(|yes| if yes { "yes" } else { "no" }.to_owned()),
        ),
        "Range" => Measured {
            units: unit_of(value, "low"),
            ..Measured::words(bounds(value))
        },
        "Ratio" => Measured::words(ratio(value)),
        "Period" => Measured::words(period(value)),
        _ => Measured::words(
            value
                .as_str()
                .map(str::trim)
                .filter(|t| !t.is_empty())
                .map(str::to_owned),
        ),
    }
}

fn unit_of(value: &Value, end: &str) -> Option<String> {
    value.get(end).and_then(|end| quantity(end).1)
}

/// `1:128`, or `5 mg / 10 mL` where the parts have units.
fn ratio(value: &Value) -> Option<String> {
    let part = |key: &str| value.get(key).map(quantity);
    match (part("numerator")?, part("denominator")?) {
        ((Some(a), None), (Some(b), None)) => Some(format!("{a}:{b}")),
        ((Some(a), a_unit), (Some(b), b_unit)) => Some(format!(
            "{} / {}",
            format!("{a} {}", a_unit.unwrap_or_default()).trim(),
            format!("{b} {}", b_unit.unwrap_or_default()).trim()
        )),
        _ => None,
    }
}

fn period(value: &Value) -> Option<String> {
    match (text(value, "start"), text(value, "end")) {
        (Some(start), Some(end)) => Some(format!("{start} – {end}")),
        (one, other) => one.or(other).map(str::to_owned),
    }
}

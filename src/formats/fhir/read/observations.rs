//! Observation → results. Each component is a result of its own, as it would be
//! an OBX of its own in HL7 v2.

use super::{
    attachments,
    clinical::{NAMELESS, notes, one_of, refused},
    datatypes::{amount, bounds_in, coded, has_code, quantity, words},
    groups::organism,
    json::{list, owned, text},
    library::{Resource, items},
    ranges::ranges,
    resources::Scene,
    trail::Trail,
    tree::Value,
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

pub fn read(scene: &Scene, resource: &Resource, facts: &mut ClinicalFacts) {
    if refused(resource, facts) {
        return;
    }
    let json = resource.json;
    let code = json.get("code");
    if code.is_some_and(|code| has_code(code, &INSTRUCTION_CODES)) {
        match text(json, "status") {
            Some("cancelled") => {
                let why = "the instruction was cancelled and was left out";
                facts.doubts.push(Doubt::new(resource.at("status"), why));
            }
            _ => facts.instructions.extend(owned(json, "valueString")),
        }
        return;
    }
    if let Some(attachment) = attached(json) {
        let (key, attachment) = attachment;
        let title = code
            .and_then(words)
            .map(|words| (words, resource.at("code")));
        attachments::read(scene, resource, attachment, key, title, facts);
        return;
    }
    let shared = Shared::of(resource, &mut facts.doubts);
    let components = list(json, "component");
    let mut whole = shared.result(json, &resource.place, &mut facts.doubts);
    if let Some((group, place)) = scene.groups.get(&resource.nth) {
        whole.group = Some(group.clone());
        whole.at.add("group", place.clone());
    }
    if whole.value.is_some() || components.is_empty() {
        push(whole, &resource.place, facts);
    }
    for (nth, component) in components.iter().enumerate() {
        let place = resource.at(&format!("component[{nth}]"));
        let mut result = shared.result(component, &place, &mut facts.doubts);
        if let Some((key, organism)) = organism(json) {
            result.group = Some(organism);
            result.at.add("group", resource.at(key));
        }
        push(result, &place, facts);
    }
}

/// R5's valueAttachment, and its way back into R4.
fn attached<'v>(json: &'v Value<'v>) -> Option<(&'static str, &'v Value<'v>)> {
    if let Some(attachment) = json.get("valueAttachment") {
        return Some(("valueAttachment", attachment));
    }
    let extension = super::datatypes::extension(json, "extension-Observation.value")
        .or_else(|| super::datatypes::extension(json, "5.0-Observation.value"))?;
    Some((
        "extension.valueAttachment",
        extension.get("valueAttachment")?,
    ))
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
    category: Option<String>,
    effective: Option<When>,
    /// Where these were read.
    at: Vec<(&'static str, String)>,
}

impl Shared {
    fn of(resource: &Resource, doubts: &mut Vec<Doubt>) -> Self {
        let json = resource.json;
        let status = text(json, "status")
            .and_then(|status| one_of(status, &STATUSES, resource, "status", doubts));
        let mut trail = Trail::of(&resource.place);
        let status = trail.some("status", "status", status);
        let category = items(json, "category").iter().map(coded);
        let category = category.filter_map(|c| c.code.or(c.text)).next();
        let category = trail.some("category", "category", category);
        let effective = trail.when_of("effective", json, "effective", doubts);
        let at = trail.places();
        let at = at
            .iter()
            .skip(1)
            .map(|(part, place)| (part, place.to_owned()));
        Self {
            status,
            category,
            effective,
            at: at.collect(),
        }
    }

    fn result(&self, json: &Value, place: &str, doubts: &mut Vec<Doubt>) -> Observation {
        let mut trail = Trail::of(place);
        let (key, measured) = value(json, place, doubts);
        let value = trail.some("value", &key, measured.text);
        let units = trail.some("units", &key, measured.units);
        let ranges = ranges(json, units.as_deref());
        let notes: Vec<String> = notes(json).collect();
        let mut notes = trail.many("notes", "note", notes);
        if value.is_none() {
            // Why there is no value is what there is to read.
            let reason = json.get("dataAbsentReason").and_then(words);
            notes.extend(trail.some("notes", "dataAbsentReason", reason));
        }
        let code = trail.coded("code", json, "code");
        let range = trail.some("range", "referenceRange", ranges);
        let flags = interpretation(json);
        let interpretation = trail.some("interpretation", "interpretation", flags);
        for (part, place) in &self.at {
            trail.add(part, place.clone());
        }
        Observation {
            code,
            value,
            units,
            range,
            interpretation,
            status: self.status,
            category: self.category.clone(),
            effective: self.effective.clone(),
            numeric: measured.numeric,
            notes,
            at: trail.places(),
            ..Observation::default()
        }
    }
}

/// Codes where there are codes, as in OBX-8, else the words.
fn interpretation(json: &Value) -> Option<String> {
    let concepts = items(json, "interpretation").iter().map(coded);
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

/// value[x] as a person reads it, and the key it stands under. An absent value
/// is simply absent.
fn value(json: &Value, place: &str, doubts: &mut Vec<Doubt>) -> (String, Measured) {
    let values = json.members().iter();
    let mut values = values.filter(|(key, value)| key.starts_with("value") && !value.is_null());
    let Some((key, value)) = values.next() else {
        return (String::new(), Measured::default());
    };
    let measured = match &key["value".len()..] {
        "Quantity" => {
            let (text, units) = quantity(value);
            let numeric = text.is_some() && value.get("comparator").is_none();
            Measured {
                text,
                units,
                numeric,
            }
        }
        "Integer" | "Decimal" => Measured {
            numeric: true,
            ..Measured::words(owned(json, key))
        },
        "CodeableConcept" | "Coding" => Measured::words(words(value)),
        "Boolean" => Measured::words(truth(value)),
        "Range" => measured_range(value),
        "Ratio" => Measured::words(ratio(value)),
        "Period" => Measured::words(period(value)),
        "Reference" => Measured::words(owned(value, "display")),
        "SampledData" => Measured::default(),
        _ => Measured::words(
            value
                .as_str()
                .map(str::trim)
                .filter(|t| !t.is_empty())
                .map(str::to_owned),
        ),
    };
    if measured.text.is_none() && !is_empty(value) {
        let why = match key.as_ref() {
            "valueSampledData" => "a curve of measured points is not read by this version",
            _ => "the value could not be read",
        };
        doubts.push(Doubt::new(format!("{place}.{key}"), why));
    }
    (key.clone().into_owned(), measured)
}

/// A text without words, or a quantity that has only extensions.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.trim().is_empty(),
        Value::Object(members) => members
            .iter()
            .all(|(key, _)| key == "extension" || key == "id"),
        _ => false,
    }
}

fn truth(value: &Value) -> Option<String> {
    match value {
        Value::Bool(true) => Some("yes".to_owned()),
        Value::Bool(false) => Some("no".to_owned()),
        Value::String(written) if written == "true" => Some("yes".to_owned()),
        Value::String(written) if written == "false" => Some("no".to_owned()),
        _ => None,
    }
}

/// Ends in two units are written each with its own.
fn measured_range(value: &Value) -> Measured {
    let (low, high) = (unit_of(value, "low"), unit_of(value, "high"));
    let differ = low.is_some() && high.is_some() && low != high;
    let units = low.or(high).filter(|_| !differ);
    Measured {
        text: bounds_in(value, units.as_deref()),
        units,
        numeric: false,
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
        ((Some(_), _), (Some(_), _)) => Some(format!(
            "{} / {}",
            amount(value.get("numerator")?)?,
            amount(value.get("denominator")?)?
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

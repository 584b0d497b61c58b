//! The data types of FHIR R4 → the words of the facts. Every reader here takes
//! what is there and says nothing about what is not.

use serde_json::Value;

use super::json::{list, owned, text};
use crate::domain::facts::{Coded, Doubt, HumanName, Identifier, When};

/// CodeableConcept: the first coding that has a code, and the best words.
pub fn coded(concept: &Value) -> Coded {
    let codings = list(concept, "coding");
    let first = codings.iter().find(|coding| text(coding, "code").is_some());
    Coded {
        code: first.and_then(|coding| owned(coding, "code")),
        system: first.and_then(|coding| owned(coding, "system")),
        text: owned(concept, "text")
            .or_else(|| first.and_then(|coding| owned(coding, "display")))
            .or_else(|| codings.iter().find_map(|coding| owned(coding, "display"))),
    }
}

/// The words of a CodeableConcept, or its code.
pub fn words(concept: &Value) -> Option<String> {
    let coded = coded(concept);
    coded.text.or(coded.code)
}

pub fn has_code(concept: &Value, codes: &[&str]) -> bool {
    list(concept, "coding")
        .iter()
        .filter_map(|c| text(c, "code"))
        .any(|code| codes.contains(&code))
}

/// The words of all the concepts of a list.
pub fn all_words(object: &Value, key: &str) -> Option<String> {
    let words: Vec<String> = list(object, key).iter().filter_map(words).collect();
    (!words.is_empty()).then(|| words.join("; "))
}

pub fn identifier(object: &Value) -> Option<Identifier> {
    Some(Identifier {
        value: owned(object, "value")?,
        system: owned(object, "system"),
        type_code: object.get("type").and_then(|kind| coded(kind).code),
        ..Identifier::default()
    })
}

pub fn human_name(object: &Value) -> Option<HumanName> {
    let given = list(object, "given").iter().filter_map(Value::as_str);
    let name = HumanName {
        family: owned(object, "family"),
        given: given
            .map(str::trim)
            .filter(|n| !n.is_empty())
            .map(str::to_owned)
            .collect(),
        text: owned(object, "text"),
        ..HumanName::default()
    };
    (name != HumanName::default()).then_some(name)
}

/// date, dateTime or instant, kept as written; what is none becomes a doubt.
pub fn when(object: &Value, key: &str, place: &str, doubts: &mut Vec<Doubt>) -> Option<When> {
    let written = text(object, key)?;
    if !is_when(written) {
        doubts.push(Doubt::new(
            format!("{place}.{key}"),
            "the time could not be read",
        ));
        return None;
    }
    Some(When(written.to_owned()))
}

fn is_when(written: &str) -> bool {
    let (date, time) = match written.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (written, None),
    };
    let padded = match date.len() {
        4 => format!("{date}-01-01"),
        7 => format!("{date}-01"),
        _ => date.to_owned(),
    };
    let is_date = padded.len() == 10 && padded.parse::<jiff::civil::Date>().is_ok();
    match time {
        None => is_date,
        Some(_) => {
            is_date
                && date.len() == 10
                && (written.parse::<jiff::Timestamp>().is_ok()
                    || written.parse::<jiff::civil::DateTime>().is_ok())
        }
    }
}

/// The first of several spellings of a time: `onsetDateTime`, `onsetPeriod`.
pub fn when_of(object: &Value, stem: &str, place: &str, doubts: &mut Vec<Doubt>) -> Option<When> {
    for kind in ["DateTime", "Instant", "Date"] {
        let key = format!("{stem}{kind}");
        if object.get(&key).is_some() {
            return when(object, &key, place, doubts);
        }
    }
    let key = format!("{stem}Period");
    when(
        object.get(&key)?,
        "start",
        &format!("{place}.{key}"),
        doubts,
    )
}

/// Quantity: the number as written with its comparator, and the unit.
pub fn quantity(object: &Value) -> (Option<String>, Option<String>) {
    let value = text(object, "value")
        .map(|number| format!("{}{number}", text(object, "comparator").unwrap_or_default()));
    (
        value,
        owned(object, "unit").or_else(|| owned(object, "code")),
    )
}

/// Range, Ratio's parts and reference ranges: `3.5-5.1`, `>= 3.5`, `<= 5.1`.
pub fn bounds(object: &Value) -> Option<String> {
    let end = |key: &str| object.get(key).and_then(|end| quantity(end).0);
    match (end("low"), end("high")) {
        (Some(low), Some(high)) => Some(format!("{low}-{high}")),
        (Some(low), None) => Some(format!(">= {low}")),
        (None, Some(high)) => Some(format!("<= {high}")),
        (None, None) => None,
    }
}

/// Whether a resource was withdrawn by its author: it must not be read as true.
pub fn is_withdrawn(resource: &Value) -> bool {
    let verification = resource.get("verificationStatus");
    text(resource, "status") == Some("entered-in-error")
        || verification.is_some_and(|status| has_code(status, &["entered-in-error", "refuted"]))
}

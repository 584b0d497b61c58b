//! `observation/value` of every type → words, number and unit.

use super::datatypes::{self, bounds, quantity, shown, words};
use super::negation;
use super::time;
use super::tree::Element;
use super::{documents, narrative};
use crate::domain::facts::{ClinicalFacts, Doubt};

#[derive(Debug, Default)]
pub struct Measured {
    pub text: Option<String>,
    pub units: Option<String>,
    pub numeric: bool,
    /// The value was a file, which is among the documents now.
    pub attached: bool,
}

impl Measured {
    fn words(text: Option<String>) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }
}

/// All values of an observation; several are told together.
pub fn of(entry: Element, scope: Element, facts: &mut ClinicalFacts) -> Measured {
    let mut all: Vec<Measured> = Vec::new();
    for value in entry.all("value").take(100) {
        let measured = one(value, entry, scope, facts);
        if measured.text.is_some() || measured.attached {
            all.push(measured);
        }
    }
    let denied = negation::is_denied(entry);
    let mut whole = match all.len() {
        0 => Measured::default(),
        1 => all.remove(0),
        _ => {
            let texts = all.iter().filter_map(|measured| {
                let text = measured.text.as_deref()?;
                let units = measured.units.as_deref().unwrap_or_default();
                Some(format!("{text} {units}").trim_end().to_owned())
            });
            Measured::words(Some(texts.collect::<Vec<_>>().join("; ")))
        }
    };
    if denied && let Some(text) = whole.text.take() {
        let units = whole.units.take().unwrap_or_default();
        let said = format!("not: {text} {units}").trim_end().to_owned();
        whole = Measured::words(Some(said));
    }
    whole
}

fn one(value: Element, entry: Element, scope: Element, facts: &mut ClinicalFacts) -> Measured {
    match kind(value) {
        "PQ" | "INT" | "REAL" | "MO" => {
            let (text, units) = quantity(value);
            if text.is_none() && value.is_null() {
                return null_quantity(value, scope, facts);
            }
            let numeric = text.is_some();
            let text = text
                .or_else(|| shown(value, scope))
                .or_else(|| value.text());
            Measured {
                text,
                units,
                numeric,
                attached: false,
            }
        }
        "IVL_PQ" | "IVL_INT" | "IVL_REAL" | "IVL_MO" => {
            let (text, units) = bounds(value);
            let (own, own_units) = quantity(value);
            Measured {
                text: text.or(own),
                units: units.or(own_units),
                ..Measured::default()
            }
        }
        "CD" | "CE" | "CV" | "CO" | "CS" | "SC" => {
            Measured::words(shown(value, scope).or_else(|| value.text()))
        }
        "BL" | "BN" => Measured::words(value.attr("value").map(|value| match value {
            "true" => "yes".to_owned(),
            "false" => "no".to_owned(),
            other => other.to_owned(),
        })),
        "ST" => Measured::words(lines(value).or_else(|| words(value, scope))),
        "ED" => encapsulated(value, entry, scope, facts),
        "TS" => Measured::words(time::of(value, &mut facts.doubts).map(|when| when.0)),
        "IVL_TS" => Measured::words(period(value, facts)),
        "RTO" | "RTO_PQ_PQ" | "RTO_INT_INT" | "RTO_QTY_QTY" | "RTO_MO_PQ" => {
            Measured::words(ratio(value))
        }
        "II" => Measured::words(datatypes::whole_id(value)),
        "TEL" | "URL" => Measured::words(value.attr("value").map(str::to_owned)),
        _ => {
            let text = shown(value, scope).or_else(|| words(value, scope));
            if text.is_none() && !value.is_null() {
                let why = "the value is of a type that is not read";
                facts.doubts.push(Doubt::new(value.place(), why));
            }
            Measured::words(text)
        }
    }
}

/// A quantity whose number is no number: below or above what can be measured, a
/// trace; or one that is stated in another unit alone.
fn null_quantity(value: Element, scope: Element, facts: &mut ClinicalFacts) -> Measured {
    let flavor = match value.attr("nullFlavor") {
        Some("TRC") => Some("trace"),
        Some("PINF") => Some("above what can be measured"),
        Some("NINF") => Some("below what can be measured"),
        _ => None,
    };
    let written = value.attr("value");
    if let Some(flavor) = flavor {
        let unit = datatypes::unit(value).unwrap_or_default();
        let limit =
            written.map(|number| format!("{flavor} ({number} {unit}").trim_end().to_owned());
        let text = limit.map_or_else(|| flavor.to_owned(), |limit| format!("{limit})"));
        return Measured::words(Some(text));
    }
    if written.is_some() {
        let why = "the value is a number and unknown at once, and was left out";
        facts.doubts.push(Doubt::new(value.place(), why));
    }
    for other in value.all("translation").filter(|other| !other.is_null()) {
        if let Some(number) = other.attr("value") {
            let unit = datatypes::unit(other);
            let coded = ["displayName", "code"]
                .into_iter()
                .find_map(|name| other.attr(name));
            return Measured {
                text: Some(number.to_owned()),
                units: unit.or_else(|| coded.filter(|unit| *unit != "1").map(str::to_owned)),
                numeric: true,
                attached: false,
            };
        }
    }
    // It may still say in words what it could not say in numbers.
    let text = shown(value, scope).or_else(|| value.text());
    let units = text.as_ref().and_then(|_| datatypes::unit(value));
    Measured {
        text,
        units,
        ..Measured::default()
    }
}

/// xsi:type, without the prefix it may have; where it is missing, what the
/// attributes and children look like.
fn kind(value: Element<'_>) -> &str {
    if let Some(stated) = value.attr("type") {
        return stated.rsplit(':').next().unwrap_or(stated);
    }
    if matches!(value.attr("nullFlavor"), Some("TRC" | "PINF" | "NINF")) {
        "PQ"
    } else if value.attr("code").is_some() || value.attr("codeSystem").is_some() {
        "CD"
    } else if value.child("low").is_some() || value.child("high").is_some() {
        "IVL_PQ"
    } else if value.child("numerator").is_some() {
        "RTO"
    } else if value.attr("value").is_some() {
        "PQ"
    } else if value.attr("representation").is_some() || value.attr("mediaType").is_some() {
        "ED"
    } else {
        "ST"
    }
}

/// ED: text is a value; a file is a document, which the section's walk reads.
fn encapsulated(
    value: Element,
    entry: Element,
    scope: Element,
    facts: &mut ClinicalFacts,
) -> Measured {
    let file = Measured {
        attached: true,
        ..Measured::default()
    };
    if documents::is_base64(value) {
        return file;
    }
    if let Some(text) = lines(value).or_else(|| words(value, scope)) {
        return Measured::words(Some(text));
    }
    let title = entry.child("code").and_then(|code| shown(code, scope));
    match documents::embedded(value, title, &mut facts.doubts) {
        Some(pointed) => {
            facts.documents.push(pointed);
            file
        }
        None => Measured::default(),
    }
}

/// A report of several lines keeps them.
fn lines(value: Element) -> Option<String> {
    let text = narrative::lines(&value.raw_text());
    text.contains('\n').then_some(text)
}

fn period(value: Element, facts: &mut ClinicalFacts) -> Option<String> {
    let start = time::start(value, &mut facts.doubts);
    let end = time::end(value, &mut facts.doubts);
    match (start, end) {
        (Some(start), Some(end)) => Some(format!("{} – {}", start.0, end.0)),
        (one, other) => one.or(other).map(|when| when.0),
    }
}

/// `1:128`, or `5 mg / 10 mL` where the parts have units.
fn ratio(value: Element) -> Option<String> {
    let part = |name| value.child(name).map(quantity);
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

/// The value of a reference range: an interval, or words.
pub fn bounded(value: Element, scope: Element) -> Option<String> {
    let (text, units) = bounds(value);
    match (text, units) {
        (Some(text), Some(units)) => Some(format!("{text} {units}")),
        (Some(text), None) => Some(text),
        _ => shown(value, scope).or_else(|| words(value, scope)),
    }
}

//! The data types of FHIR R4 → the words of the facts. Every reader here takes
//! what is there, in the shapes of R4's neighbours too (a text where a
//! CodeableConcept belongs, one where a list belongs), and says nothing about
//! what is not there.

use super::json::{list, owned, text};
use super::tree::Value;
use crate::domain::facts::{Address, Coded, Doubt, HumanName, Identifier, OtherCode, Places, When};

/// CodeableConcept: the first coding that has a code, and the best words. Also
/// Coding, code (DSTU2 and STU3 had some), and the concept of a CodeableReference.
pub fn coded(concept: &Value) -> Coded {
    if let Value::String(words) = concept {
        let words = words.trim();
        return Coded {
            text: (!words.is_empty()).then(|| words.to_owned()),
            ..Coded::default()
        };
    }
    if let Value::Array(concepts) = concept {
        let mut read = concepts.iter().filter(|c| !c.is_array()).map(coded);
        return read.find(|code| !code.is_empty()).unwrap_or_default();
    }
    if let Some(inner) = concept.get("concept").filter(|inner| inner.is_object()) {
        return coding(inner);
    }
    coding(concept)
}

fn coding(concept: &Value) -> Coded {
    let codings = match concept.get("coding") {
        Some(_) => list(concept, "coding"),
        None => std::slice::from_ref(concept),
    };
    let first = codings.iter().find(|coding| text(coding, "code").is_some());
    Coded {
        code: first.and_then(|coding| owned(coding, "code")),
        system: first.and_then(|coding| owned(coding, "system")),
        text: owned(concept, "text")
            .or_else(|| first.and_then(|coding| owned(coding, "display")))
            .or_else(|| codings.iter().find_map(|coding| owned(coding, "display"))),
        also: others(codings, first),
    }
}

/// The same in other code systems.
fn others(codings: &[Value], first: Option<&Value>) -> Vec<OtherCode> {
    let others = codings.iter().filter(|coding| {
        let is_first = first.is_some_and(|first| std::ptr::eq(first, *coding));
        !is_first
    });
    let others = others.filter_map(|coding| {
        Some(OtherCode {
            code: owned(coding, "code")?,
            system: owned(coding, "system"),
        })
    });
    others.take(MAX_OTHERS).collect()
}

/// A concept is coded in three or four systems; a thousand codings are none.
const MAX_OTHERS: usize = 20;

/// A text of an object in an object.
pub fn text_below<'v>(object: &'v Value<'v>, outer: &str, key: &str) -> Option<&'v str> {
    text(object.get(outer)?, key)
}

/// The words of a CodeableConcept, or its code.
pub fn words(concept: &Value) -> Option<String> {
    let coded = coded(concept);
    coded.text.or(coded.code)
}

/// The code of a CodeableConcept, or the text that stood for it before R4.
pub fn code_of(object: &Value, key: &str) -> Option<String> {
    let coded = coded(object.get(key)?);
    coded.code.or(coded.text)
}

pub fn has_code(concept: &Value, codes: &[&str]) -> bool {
    if let Value::Array(concepts) = concept {
        return concepts.iter().any(|c| !c.is_array() && has_code(c, codes));
    }
    let concept = concept.get("concept").unwrap_or(concept);
    let plain = concept.as_str().or_else(|| text(concept, "code"));
    list(concept, "coding")
        .iter()
        .filter_map(|c| text(c, "code"))
        .chain(plain)
        .any(|code| codes.contains(&code))
}

/// The words of all the concepts of a list.
pub fn all_words(object: &Value, key: &str) -> Option<String> {
    let words: Vec<String> = match object.get(key) {
        Some(Value::Array(items)) => items.iter().filter_map(words).collect(),
        Some(one) => words(one).into_iter().collect(),
        None => Vec::new(),
    };
    (!words.is_empty()).then(|| words.join("; "))
}

pub fn identifier(object: &Value, place: impl FnOnce() -> String) -> Option<Identifier> {
    let value = owned(object, "value")?;
    let place = place();
    let mut at = Places::of(&place).with("value", format!("{place}.value"));
    let mut noted = |part, key: &str, read: Option<String>| {
        if read.is_some() {
            at.add(part, format!("{place}.{key}"));
        }
        read
    };
    Some(Identifier {
        value,
        system: noted("system", "system", owned(object, "system")),
        type_code: noted(
            "type",
            "type",
            // Words where there is no code: they tell an account number too.
            code_of(object, "type"),
        ),
        at,
    })
}

pub fn human_name(object: &Value, place: &str) -> Option<HumanName> {
    let mut at = Places::of(place);
    let mut noted = |part, read: Option<String>| {
        if read.is_some() {
            at.add(part, format!("{place}.{part}"));
        }
        read
    };
    if let Value::String(whole) = object {
        let whole = whole.trim();
        return (!whole.is_empty()).then(|| HumanName {
            text: Some(whole.to_owned()),
            at,
            ..HumanName::default()
        });
    }
    let given = texts(object, "given");
    let family = Some(texts(object, "family").join(" ")).filter(|family| !family.is_empty());
    let family = noted("family", family);
    let words = noted("text", owned(object, "text"));
    if !given.is_empty() {
        at.add("given", format!("{place}.given"));
    }
    let name = HumanName {
        family,
        given,
        text: words,
        at,
    };
    (name != HumanName::default()).then_some(name)
}

/// The texts of a list, or the one that stands instead of it.
pub fn texts(object: &Value, key: &str) -> Vec<String> {
    let items = match object.get(key) {
        Some(Value::Array(items)) => &items[..],
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let texts = items.iter().filter_map(Value::as_str).map(str::trim);
    let texts = texts.filter(|text| !text.is_empty());
    texts.map(str::to_owned).collect()
}

pub fn address(object: &Value) -> Option<Address> {
    let address = Address {
        line: texts(object, "line"),
        city: owned(object, "city"),
        state: owned(object, "state"),
        postal_code: owned(object, "postalCode"),
        country: owned(object, "country"),
    };
    if address.is_empty() {
        // Written as one text, a line of the envelope each.
        let line = text(object, "text")?.lines().map(str::trim);
        let line = line.filter(|line| !line.is_empty()).map(str::to_owned);
        return Some(Address {
            line: line.collect(),
            ..Address::default()
        });
    }
    Some(address)
}

/// Points of contact that are in use.
pub fn telecoms(object: &Value) -> Vec<String> {
    let points = list(object, "telecom").iter();
    let current = points.filter(|point| text(point, "use") != Some("old"));
    current.filter_map(|point| owned(point, "value")).collect()
}

/// date, dateTime or instant, kept as written; what is none becomes a doubt.
pub fn when(object: &Value, key: &str, place: &str, doubts: &mut Vec<Doubt>) -> Option<When> {
    let written = object.get(key).filter(|value| !value.is_null())?;
    let written = written.as_str().map(str::trim);
    if written == Some("") {
        return None;
    }
    let read = written.and_then(time);
    if read.is_none() {
        let at = format!("{place}.{key}");
        doubts.push(Doubt::new(at, "the time could not be read"));
    }
    read
}

fn time(written: &str) -> Option<When> {
    if is_when(written) {
        return Some(When(written.to_owned()));
    }
    // SQL's way to write a moment.
    let (date, time) = written.split_once(' ')?;
    let joined = format!("{date}T{time}");
    is_when(&joined).then_some(When(joined))
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

/// Quantity: the number as written with its comparator, and the unit.
pub fn quantity(object: &Value) -> (Option<String>, Option<String>) {
    let value = text(object, "value")
        .map(|number| format!("{}{number}", text(object, "comparator").unwrap_or_default()));
    (
        value,
        owned(object, "unit").or_else(|| owned(object, "code")),
    )
}

/// A quantity as a person writes it: `5 mg`.
pub fn amount(object: &Value) -> Option<String> {
    match quantity(object) {
        (Some(value), Some(unit)) => Some(format!("{value} {unit}")),
        (value, _) => value,
    }
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

/// The same with the units its ends name, where they are not those of the value
/// beside it: a range in other units is another range.
pub fn bounds_in(object: &Value, units: Option<&str>) -> Option<String> {
    let end = |key: &str| object.get(key).filter(|end| text(end, "value").is_some());
    let ends: Vec<&Value> = ["low", "high"].into_iter().filter_map(end).collect();
    if let [low, high] = ends[..] {
        let (one, other) = (quantity(low).1, quantity(high).1);
        if one.is_some() && other.is_some() && one != other {
            return Some(format!("{} – {}", amount(low)?, amount(high)?));
        }
    }
    let plain = bounds(object)?;
    let own = ends.iter().find_map(|end| quantity(end).1);
    let is_known = units.is_some_and(|units| {
        let names = |end: &&Value| ["unit", "code"].map(|key| text(end, key) == Some(units));
        ends.iter().any(|end| names(end).contains(&true))
    });
    match own.filter(|_| !is_known) {
        Some(own) => Some(format!("{plain} {own}")),
        None => Some(plain),
    }
}

/// The extension of this name, by the end of its URL.
pub fn extension<'v>(object: &'v Value<'v>, name: &str) -> Option<&'v Value<'v>> {
    list(object, "extension").iter().find(|extension| {
        text(extension, "url").is_some_and(|url| url.rsplit('/').next() == Some(name))
    })
}

/// The reason why a primitive is absent: `_birthDate` with data-absent-reason.
pub fn is_said_absent(object: &Value, key: &str) -> bool {
    let beside = object.get(&format!("_{key}"));
    beside.is_some_and(|beside| extension(beside, "data-absent-reason").is_some())
}

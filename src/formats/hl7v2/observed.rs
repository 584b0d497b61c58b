//! OBX-5 → the value as a person reads it.

use super::{
    datatypes, time,
    tree::{Segment, Value},
};
use crate::domain::facts::Doubt;

/// OBX-5 as a person reads it, by the type OBX-2 names, and whether it is a
/// number. Repetitions are lines of one value.
pub fn value(kind: &str, segment: &Segment, doubts: &mut Vec<Doubt>) -> (Option<String>, bool) {
    let lines: Vec<String> = segment
        .values(5)
        .filter_map(|value| one_value(kind, value, doubts))
        .collect();
    if lines.is_empty() {
        return (None, false);
    }
    let numeric = kind == "NM" && lines.iter().all(|line| is_number(line));
    if kind == "NM" && !numeric {
        doubts.push(Doubt::new(
            segment.at(5),
            "the value is not the number it claims to be",
        ));
    }
    (Some(lines.join("\n")), numeric && lines.len() == 1)
}

fn one_value(kind: &str, value: Value, doubts: &mut Vec<Doubt>) -> Option<String> {
    match kind {
        "CE" | "CWE" | "CNE" | "CF" | "IS" | "ID" => datatypes::words(value),
        "DT" | "TS" | "DTM" => {
            let before = doubts.len();
            let when = time::read(Some(value), 1, doubts);
            // An unreadable time is still what the sender wrote.
            if doubts.len() > before {
                value.whole()
            } else {
                when.map(|when| when.0)
            }
        }
        "TM" => {
            let text = value.whole()?;
            Some(time::clock(&text).unwrap_or(text))
        }
        "SN" => structured_number(value),
        "NR" => range_of(value),
        "XPN" | "PN" => datatypes::human_name(value).map(|name| name.shown()),
        "TX" | "FT" => value.laid_out(),
        "NM" | "ST" => value.whole(),
        // Nobody said what it is; code, words and system are known by their looks.
        "" if value.text(2).is_some() && value.text(3).is_some() => datatypes::words(value),
        "" => value.laid_out(),
        _ if value.has_components() => {
            let parts = value.texts();
            (!parts.is_empty()).then(|| parts.join(" "))
        }
        _ => value.whole(),
    }
}

/// SN: comparator, number, separator or suffix, number: `>100`, `1-10`, `1:128`, `2+`.
fn structured_number(value: Value) -> Option<String> {
    let text: String = (1..=4).filter_map(|n| value.text(n)).collect();
    let text = text.strip_prefix('=').map(str::to_owned).unwrap_or(text);
    (!text.is_empty()).then_some(text)
}

/// NR: the least and the most.
fn range_of(value: Value) -> Option<String> {
    match (value.text(1), value.text(2)) {
        (Some(low), Some(high)) => Some(format!("{low} - {high}")),
        (Some(low), None) => Some(format!(">= {low}")),
        (None, Some(high)) => Some(format!("<= {high}")),
        (None, None) => None,
    }
}

/// NM: sign, digits, point (2.5.1 §2.A.47); no exponent, no infinity.
fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok()
        && text
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'.' | b'-' | b'+'))
}

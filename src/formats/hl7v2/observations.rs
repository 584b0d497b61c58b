//! OBR, OBX and NTE → results, instructions and comments. An OBX that carries a
//! document is none of these; `documents` takes it.

use super::{
    datatypes, documents, time,
    tree::{Segment, Value},
};
use crate::domain::facts::{ClinicalFacts, Coded, Doubt, Observation, When};
use crate::domain::section::INSTRUCTION_CODES;

/// What the next OBX or NTE belongs to.
#[derive(Default)]
pub struct Group {
    /// OBR-7, which an OBX without a time of its own inherits.
    effective: Option<When>,
    /// The result that a following NTE comments.
    last: Option<usize>,
}

impl Group {
    pub fn open(&mut self, order: &Segment, facts: &mut ClinicalFacts) {
        self.effective = time::read(order.value(7), 1, &mut facts.doubts);
    }

    /// Any other segment ends the reach of the last OBX.
    pub fn leave(&mut self) {
        self.last = None;
    }

    pub fn read(&mut self, segment: &Segment, facts: &mut ClinicalFacts) {
        self.last = None;
        if matches!(segment.text(2, 1).as_deref(), Some("ED" | "RP")) {
            documents::read(segment, facts);
            return;
        }
        let Some(status) = status(segment, facts) else {
            return;
        };
        let code = segment.value(3).map(datatypes::coded).unwrap_or_default();
        let (value, numeric) = value(segment, &mut facts.doubts);
        if is_instruction(segment, &code) {
            facts.instructions.extend(value);
            return;
        }
        if code.is_empty() && value.is_none() {
            facts.doubts.push(Doubt::new(
                segment.at(3),
                "the entry names nothing and was left out",
            ));
            return;
        }
        let effective = time::read(segment.value(14), 1, &mut facts.doubts);
        self.last = Some(facts.results.len());
        facts.results.push(Observation {
            code,
            value,
            units: segment.text(6, 1).or_else(|| segment.text(6, 2)),
            range: segment.value(7).and_then(|v| v.whole()),
            interpretation: interpretation(segment),
            status: status.of(),
            effective: effective.or_else(|| self.effective.clone()),
            numeric,
            notes: Vec::new(),
            ..Observation::default()
        });
    }

    pub fn note(&self, segment: &Segment, facts: &mut ClinicalFacts) {
        let Some(text) = joined(segment, 3) else {
            return;
        };
        match self.last.and_then(|at| facts.results.get_mut(at)) {
            Some(result) => result.notes.push(text),
            None => facts.notes.push(text),
        }
    }
}

fn is_instruction(segment: &Segment, code: &Coded) -> bool {
    let alternate = segment.text(3, 4);
    [&code.code, &alternate]
        .into_iter()
        .flatten()
        .any(|code| INSTRUCTION_CODES.contains(&code.as_str()))
}

/// OBX-11: a FHIR status where the table has one.
enum Status {
    Known(&'static str),
    Unknown,
}

impl Status {
    fn of(&self) -> Option<&'static str> {
        match self {
            Self::Known(code) => Some(code),
            Self::Unknown => None,
        }
    }
}

/// Table 0085 → observation-status. A deleted result, and one that was posted
/// to the wrong patient, must not be read as this patient's: no status at all.
fn status(segment: &Segment, facts: &mut ClinicalFacts) -> Option<Status> {
    let Some(code) = segment.text(11, 1) else {
        return Some(Status::Unknown);
    };
    Some(match code.to_ascii_uppercase().as_str() {
        "F" | "U" => Status::Known("final"),
        "P" | "R" | "S" => Status::Known("preliminary"),
        "C" => Status::Known("corrected"),
        "A" => Status::Known("amended"),
        "X" => Status::Known("cancelled"),
        "I" | "O" => Status::Known("registered"),
        "N" | "B" | "V" => Status::Unknown,
        "D" | "W" => {
            let why = "the result is withdrawn by its sender and was left out";
            facts.doubts.push(Doubt::new(segment.at(11), why));
            return None;
        }
        _ => {
            facts
                .doubts
                .push(Doubt::new(segment.at(11), "the code is not in table 0085"));
            Status::Unknown
        }
    })
}

fn interpretation(segment: &Segment) -> Option<String> {
    let flags: Vec<String> = segment.values(8).filter_map(|flag| flag.text(1)).collect();
    (!flags.is_empty()).then(|| flags.join(", "))
}

/// OBX-5 as a person reads it, by the type OBX-2 names, and whether it is a
/// number. Repetitions are lines of one value.
fn value(segment: &Segment, doubts: &mut Vec<Doubt>) -> (Option<String>, bool) {
    let kind = segment.text(2, 1).unwrap_or_default();
    let lines: Vec<String> = segment
        .values(5)
        .filter_map(|value| one_value(&kind, value, doubts))
        .collect();
    if lines.is_empty() {
        return (None, false);
    }
    let value = lines.join("\n");
    let numeric = kind == "NM" && is_number(&value);
    if kind == "NM" && !numeric {
        doubts.push(Doubt::new(
            segment.at(5),
            "the value is not the number it claims to be",
        ));
    }
    (Some(value), numeric)
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
        "NM" | "ST" | "TX" | "FT" | "" => value.whole(),
        _ if value.components() > 1 => joined_components(value),
        _ => value.whole(),
    }
}

/// SN: comparator, number, separator or suffix, number: `>100`, `1-10`, `1:128`, `2+`.
fn structured_number(value: Value) -> Option<String> {
    let text: String = (1..=4).filter_map(|n| value.text(n)).collect();
    let text = text.strip_prefix('=').map(str::to_owned).unwrap_or(text);
    (!text.is_empty()).then_some(text)
}

fn joined_components(value: Value) -> Option<String> {
    let parts: Vec<String> = (1..=value.components())
        .filter_map(|n| value.text(n))
        .collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// NM: sign, digits, point (2.5.1 §2.A.47); no exponent, no infinity.
fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok()
        && text
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'.' | b'-' | b'+'))
}

fn joined(segment: &Segment, field: usize) -> Option<String> {
    let lines: Vec<String> = segment
        .values(field)
        .filter_map(|value| value.whole())
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

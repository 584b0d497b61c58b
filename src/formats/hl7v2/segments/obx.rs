//! OBX → a result, an instruction or a document. OBX-2 says how to read OBX-5.

use super::Room;
use crate::domain::facts::{Doubt, Observation};
use crate::domain::section::INSTRUCTION_CODES;
use crate::formats::hl7v2::{
    datatypes, documents, time,
    tree::{Segment, Value},
    walk::Walk,
};

pub const ROOM: Room = Room {
    names: &["OBX"],
    read,
};

fn read<'m>(segment: &Segment<'m>, walk: &mut Walk<'m>) {
    walk.results.answer();
    let Some(status) = status(segment, walk) else {
        documents::close(walk);
        return;
    };
    let kind = segment.text(2, 1).unwrap_or_default();
    if documents::is_document(&kind, segment, walk) || is_instruction(segment) {
        if let Some(why) = status.no_text(segment) {
            walk.doubt(segment.at(11), why);
            documents::close(walk);
            return;
        }
    }
    if documents::is_document(&kind, segment, walk) {
        documents::read(&kind, segment, status.of(), walk);
        return;
    }
    documents::close(walk);
    let (code, at) = datatypes::coded_at(segment, 3, None, None);
    let (value, numeric) = value(&kind, segment, &mut walk.facts.doubts);
    if is_instruction(segment) {
        walk.facts.instructions.extend(value);
        return;
    }
    if code.is_empty() && value.is_none() {
        let why = "the entry names nothing and was left out";
        walk.doubt(segment.at(3), why);
        return;
    }
    let seen = Observation {
        code,
        value,
        numeric,
        at,
        ..Observation::default()
    };
    let result = result(segment, seen, status, walk);
    walk.results.commented(walk.facts.results.len());
    walk.facts.results.push(result);
}

fn result(segment: &Segment, seen: Observation, status: Status, walk: &mut Walk) -> Observation {
    let mut at = seen.at;
    let own = datatypes::time(segment, 14, &mut walk.facts.doubts);
    let units = segment.text(6, 1).or_else(|| segment.text(6, 2));
    let range = segment.value(7).and_then(|v| v.whole());
    let flags = interpretation(segment);
    let group = &walk.results;
    let parts = [
        ("value", 5, seen.value.is_some()),
        ("units", 6, units.is_some()),
        ("range", 7, range.is_some()),
        ("interpretation", 8, flags.is_some()),
        ("status", 11, status.of().is_some()),
        ("effective", 14, own.is_some()),
    ];
    segment.add_places(&parts, &mut at);
    let of_group = match status {
        Status::Absent => group.status.as_ref(),
        _ => None,
    };
    let when = group.effective.as_ref().filter(|_| own.is_none());
    for (part, place) in [
        ("status", of_group.map(|(_, at)| at)),
        ("effective", when.map(|(_, at)| at)),
        ("category", group.category.as_ref().map(|(_, at)| at)),
        ("specimen", group.specimen.as_ref().map(|(_, at)| at)),
    ] {
        if let Some(place) = place {
            at.add(part, place.clone());
        }
    }
    Observation {
        code: seen.code,
        value: seen.value,
        units,
        range,
        interpretation: flags,
        status: status.of().or(of_group.map(|(status, _)| *status)),
        category: group.category.as_ref().map(|(c, _)| (*c).to_owned()),
        effective: own.or_else(|| when.map(|(when, _)| when.clone())),
        specimen: group.specimen.as_ref().map(|(words, _)| words.clone()),
        numeric: seen.numeric,
        notes: Vec::new(),
        at,
        ..Observation::default()
    }
}

pub fn is_instruction(segment: &Segment) -> bool {
    [segment.text(3, 1), segment.text(3, 4)]
        .into_iter()
        .flatten()
        .any(|code| INSTRUCTION_CODES.contains(&code.as_str()))
}

/// OBX-11: a FHIR status where the table has one.
enum Status {
    Known(&'static str),
    /// `N`, nobody asked for it.
    NotAsked,
    Unknown,
    Absent,
}

impl Status {
    fn of(&self) -> Option<&'static str> {
        match self {
            Self::Known(code) => Some(code),
            Self::NotAsked | Self::Unknown | Self::Absent => None,
        }
    }

    /// Why a text or a file under this status is not there to be read: it has no
    /// status of its own that would tell who reads it.
    fn no_text(&self, segment: &Segment) -> Option<&'static str> {
        match self {
            Self::Known("cancelled") => {
                Some("its sender says that it cannot be obtained, and it was left out")
            }
            Self::NotAsked => Some("its sender says that nobody asked for it, and it was left out"),
            Self::Known("registered") if !segment.has(5) => Some("it is not there yet"),
            _ => None,
        }
    }
}

/// Table 0085 → observation-status. A deleted result, and one that was posted
/// to the wrong patient, must not be read as this patient's: no status at all.
fn status(segment: &Segment, walk: &mut Walk) -> Option<Status> {
    let Some(code) = segment.text(11, 1) else {
        return Some(Status::Absent);
    };
    Some(match code.to_ascii_uppercase().as_str() {
        "F" | "U" => Status::Known("final"),
        "P" | "R" | "S" => Status::Known("preliminary"),
        "C" => Status::Known("corrected"),
        "A" => Status::Known("amended"),
        "X" => Status::Known("cancelled"),
        "I" | "O" => Status::Known("registered"),
        "N" => Status::NotAsked,
        "B" | "V" => Status::Unknown,
        "D" | "W" => {
            let why = "the result is withdrawn by its sender and was left out";
            walk.doubt(segment.at(11), why);
            return None;
        }
        _ => {
            walk.doubt(segment.at(11), "the code is not in table 0085");
            Status::Unknown
        }
    })
}

fn interpretation(segment: &Segment) -> Option<String> {
    let flag = |flag: Value| flag.text(1).or_else(|| flag.text(2));
    let flags: Vec<String> = segment.values(8).filter_map(flag).collect();
    (!flags.is_empty()).then(|| flags.join(", "))
}

/// OBX-5 as a person reads it, by the type OBX-2 names, and whether it is a
/// number. Repetitions are lines of one value.
fn value(kind: &str, segment: &Segment, doubts: &mut Vec<Doubt>) -> (Option<String>, bool) {
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

/// NM: sign, digits, point (2.5.1 §2.A.47); no exponent, no infinity.
fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok()
        && text
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'.' | b'-' | b'+'))
}

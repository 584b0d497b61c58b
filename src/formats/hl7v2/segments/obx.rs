//! OBX → a result, an instruction or a document. OBX-2 says how to read OBX-5.

use super::{Room, obr, orc::Placed};
use crate::domain::facts::{Doubt, Observation};
use crate::domain::section::INSTRUCTION_CODES;
use crate::formats::hl7v2::{
    datatypes, documents, isolates, time,
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
        withdraw(segment, walk);
        return;
    };
    let kind = segment.text(2, 1).unwrap_or_default();
    let untold = documents::is_document(&kind, segment, walk) || is_instruction(segment);
    if let Some(why) = status.no_text(segment).filter(|_| untold) {
        walk.doubt(segment.at(11), why);
        walk.results.left_out = true;
        documents::close(walk);
        return;
    }
    if documents::is_document(&kind, segment, walk) {
        documents::read(&kind, segment, status.of(), walk);
        return;
    }
    documents::close(walk);
    if Lines::go_on(&kind, segment, walk) {
        return;
    }
    let (code, at) = datatypes::coded_at(segment, 3, None, None);
    let (value, numeric) = value(&kind, segment, &mut walk.facts.doubts);
    if is_instruction(segment) {
        instruct(segment, value, status.of() == Some("corrected"), walk);
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
    let corrects = status.of() == Some("corrected");
    let mut result = result(segment, seen, status, walk);
    for (text, place) in walk.results.comments() {
        result.notes.push(text);
        result.at.also("notes", place);
    }
    let place = keep(segment, result, corrects, walk);
    walk.results.commented(place);
    walk.results.lines = Lines::begin(&kind, segment, place);
}

/// Puts a result among the others: in the place of the one it corrects, where
/// that is in the same message.
fn keep(segment: &Segment, mut result: Observation, corrects: bool, walk: &mut Walk) -> usize {
    let results = &mut walk.facts.results;
    let known = walk.results.seen.entry(key(segment)).or_default();
    if let [one] = known[..]
        && let Some(before) = results.get_mut(one)
        && corrects
        && before.status != Some("corrected")
    {
        let mut notes = std::mem::take(&mut before.notes);
        notes.append(&mut result.notes);
        *before = Observation { notes, ..result };
        return one;
    }
    if corrects && known.len() > 1 {
        let why = "which of several results of the message is corrected cannot be told";
        walk.facts.doubts.push(Doubt::new(segment.at(11), why));
    }
    known.push(results.len());
    results.push(result);
    results.len() - 1
}

/// An instruction, or what takes the place of one in the same message.
fn instruct(segment: &Segment, text: Option<String>, corrects: bool, walk: &mut Walk) {
    let Some(text) = text else { return };
    let key = key(segment);
    let instructions = &mut walk.facts.instructions;
    if corrects
        && let Some([one]) = walk.results.instructed.get(&key).map(Vec::as_slice)
        && let Some(before) = instructions.get_mut(*one)
    {
        *before = text;
        // Further lines of the correction are not corrections of it.
        walk.results.instructed.remove(&key);
        return;
    }
    let known = walk.results.instructed.entry(key).or_default();
    known.push(instructions.len());
    instructions.push(text);
}

fn key(segment: &Segment) -> obr::Key {
    [3, 4, 14].map(|field| segment.raw(field).trim().to_owned())
}

/// What the same message said before under the same name is withdrawn with it.
fn withdraw(segment: &Segment, walk: &mut Walk) {
    let key = key(segment);
    let before = walk.results.seen.remove(&key);
    walk.withdrawn.extend(before.unwrap_or_default());
    for place in walk.results.instructed.remove(&key).unwrap_or_default() {
        if let Some(text) = walk.facts.instructions.get_mut(place) {
            text.clear();
        }
    }
    walk.results.lines = None;
    walk.results.left_out = true;
}

/// A report that comes one line in an OBX.
pub struct Lines {
    /// OBX-3, OBX-11 and OBX-14 as written.
    same: [String; 3],
    /// OBX-6 to OBX-8 as written.
    measured: [String; 3],
    sub_id: String,
    text: bool,
    /// The result, and empty lines since its last one.
    result: usize,
    blank: usize,
}

impl Lines {
    fn begin(kind: &str, segment: &Segment, result: usize) -> Option<Self> {
        let raw = |field: usize| segment.raw(field).trim().to_owned();
        let named = segment.has(3) && matches!(kind, "TX" | "FT" | "ST");
        named.then(|| Self {
            same: [3, 11, 14].map(raw),
            measured: [6, 7, 8].map(raw),
            sub_id: raw(4),
            text: kind != "ST",
            result,
            blank: 0,
        })
    }

    /// Text goes on under the next sub-id; a string only where nothing tells it
    /// from another result.
    fn is_followed_by(&self, next: &Self) -> bool {
        let number = |text: &str| text.parse::<u32>().ok();
        let rises = match (number(&self.sub_id), number(&next.sub_id)) {
            (Some(one), Some(other)) => one < other,
            _ => false,
        };
        let measured = |lines: &Self| lines.measured.iter().any(|field| !field.is_empty());
        self.same == next.same
            && if self.text && next.text {
                let plain = !measured(next) || self.measured == next.measured;
                plain && (self.sub_id == next.sub_id || rises)
            } else {
                let bare = self.sub_id.is_empty() && next.sub_id.is_empty();
                bare && !measured(self) && !measured(next)
            }
    }

    /// Adds an OBX to the report that is open, if it goes on with it.
    fn go_on(kind: &str, segment: &Segment, walk: &mut Walk) -> bool {
        let Some(open) = walk.results.lines.take() else {
            return false;
        };
        let next = Self::begin(kind, segment, open.result);
        let Some(mut next) = next.filter(|next| open.is_followed_by(next)) else {
            return false;
        };
        let Some(result) = walk.facts.results.get_mut(open.result) else {
            return false;
        };
        let (line, _) = value(kind, segment, &mut walk.facts.doubts);
        match (line, &mut result.value) {
            (Some(line), Some(value)) => {
                value.extend(std::iter::repeat_n('\n', open.blank + 1));
                value.push_str(&line);
            }
            (Some(line), none) => *none = Some(line),
            (None, _) => next.blank = open.blank + 1,
        }
        result.at.also("value", segment.at(5));
        walk.results.commented(open.result);
        walk.results.lines = Some(next);
        true
    }
}

fn result(segment: &Segment, seen: Observation, status: Status, walk: &mut Walk) -> Observation {
    let corrects = status.of() == Some("corrected");
    let belongs = belongs(segment, &seen, corrects, walk);
    let mut at = seen.at;
    let own = datatypes::time(segment, 14, &mut walk.facts.doubts);
    let units = datatypes::units(segment, 6);
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
        ("group", belongs.as_ref().map(|(_, at)| at)),
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
        group: belongs.map(|(words, _)| words),
        notes: Vec::new(),
        at,
    }
}

/// What a result is of where its name does not tell: the organism, the vaccine.
/// An organism is remembered for those that follow.
fn belongs(
    segment: &Segment,
    seen: &Observation,
    corrects: bool,
    walk: &mut Walk,
) -> Option<Placed<String>> {
    let sub_id = segment.text(4, 1).unwrap_or_default();
    if let Some(organism) = seen
        .value
        .as_ref()
        .filter(|_| isolates::is_organism(segment))
    {
        let code = segment.text(3, 1).unwrap_or_default();
        let group = &mut walk.results;
        walk.isolates
            .add(code, sub_id.clone(), &group.numbers, organism);
        if !sub_id.is_empty() {
            let found = Some((organism.clone(), segment.at(5)));
            let known = group.organisms.entry(sub_id);
            let known = known.or_insert_with(|| found.clone());
            if known.as_ref().is_none_or(|(known, _)| known != organism) {
                *known = found.filter(|_| corrects);
            }
        }
        return group.parent.clone();
    }
    let group = &walk.results;
    // `1.2` is the second result of the first organism.
    let root = sub_id.split('.').next().unwrap_or_default();
    let organism = group
        .organisms
        .get(&sub_id)
        .or_else(|| group.organisms.get(root));
    if organism == Some(&None) {
        let why = "of which of several organisms this result is cannot be told";
        walk.facts.doubts.push(Doubt::new(segment.at(4), why));
        return None;
    }
    let known = organism.and_then(Option::as_ref);
    let known = known.or(group.parent.as_ref());
    known.or(walk.order.vaccine.as_ref()).cloned()
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

//! OBX → a result, an instruction or a document. OBX-2 says how to read OBX-5.

use super::{Room, orc::Placed};
use crate::domain::facts::{Doubt, Observation};
use crate::domain::section::INSTRUCTION_CODES;
use crate::formats::hl7v2::{
    corrections, datatypes, documents, isolates, observed,
    report::Lines,
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
        corrections::withdraw(segment, walk);
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
    let (value, numeric) = observed::value(&kind, segment, &mut walk.facts.doubts);
    if is_instruction(segment) {
        corrections::instruct(segment, value, status.of() == Some("corrected"), walk);
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
    let place = corrections::keep(segment, result, corrects, walk);
    walk.results.commented(place);
    walk.results.lines = Lines::begin(&kind, segment, place);
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

//! OBR → what its OBX have in common, or an order where it asks for something.

use std::collections::HashMap;

use super::{Room, orc::Placed};
use crate::domain::facts::{Order, When};
use crate::formats::hl7v2::{datatypes, report::Lines, time, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["OBR"],
    read,
};

/// What the next OBX, NTE or SPM belongs to.
#[derive(Default)]
pub struct Group {
    /// OBR-7, which an OBX without a time of its own inherits.
    pub effective: Option<(When, String)>,
    /// OBR-25, for an OBX without a status of its own.
    pub status: Option<(&'static str, String)>,
    pub category: Option<(&'static str, String)>,
    pub specimen: Option<(String, String)>,
    /// What the results belong to: the organism of OBR-26.
    pub parent: Option<Placed<String>>,
    /// What grew, by OBX-4, within this OBR; `None` where it is several.
    pub organisms: HashMap<String, Option<Placed<String>>>,
    /// OBR-2 and OBR-3, which a later OBR may point at.
    pub numbers: Vec<String>,
    /// Results so far by what tells them apart.
    pub seen: HashMap<Key, Vec<usize>>,
    /// Instructions so far, likewise.
    pub instructed: HashMap<Key, Vec<usize>>,
    /// The report that goes on in the next OBX, line by line.
    pub lines: Option<Lines>,
    /// Whether the OBX above was left out: its comment goes with it.
    pub left_out: bool,
    /// The result that a following NTE comments.
    last: Option<usize>,
    /// Comments on all of the results.
    comments: Vec<Placed<String>>,
    /// OBR-4 in words.
    name: Option<String>,
    /// Whether an OBX came, be it a result, a document or an instruction.
    answered: bool,
    /// Where the results of this OBR begin.
    first: usize,
    /// The OBR itself; it is an order where nothing came of it yet.
    order: Option<Order>,
}

/// OBX-3, OBX-4 and OBX-14 as written: the same, and it is the same result.
pub type Key = [String; 3];

impl Group {
    /// Whether an OBR stands above.
    pub fn is_open(&self) -> bool {
        self.order.is_some()
    }

    pub fn comment(&mut self, text: String, place: String) {
        self.comments.push((text, place));
    }

    /// A comment on the whole stands with the first of the results, and says of
    /// what it speaks.
    pub fn comments(&mut self) -> impl Iterator<Item = Placed<String>> {
        let name = self.name.clone();
        let comments = std::mem::take(&mut self.comments).into_iter();
        comments.map(move |(text, at)| match &name {
            Some(name) => (format!("{name}: {text}"), at),
            None => (text, at),
        })
    }

    /// Any other segment ends the reach of the last OBX.
    pub fn leave(&mut self) {
        self.last = None;
    }

    pub fn last(&self) -> Option<usize> {
        self.last
    }

    pub fn commented(&mut self, result: usize) {
        self.last = Some(result);
    }

    pub fn answer(&mut self) {
        self.answered = true;
        self.left_out = false;
        self.last = None;
    }

    pub fn first(&self) -> usize {
        self.first
    }

    pub fn examines(&mut self, specimen: String, place: String) {
        self.specimen = Some((specimen, place));
    }
}

fn read(segment: &Segment, walk: &mut Walk) {
    close(walk);
    let doubts = &mut walk.facts.doubts;
    let effective = datatypes::time(segment, 7, doubts).map(|when| (when, segment.at(7)));
    let order = order(segment, walk);
    let parent = walk.isolates.parent(segment, &mut walk.facts.doubts);
    let name = Some(order.code.shown().to_owned()).filter(|name| !name.is_empty());
    let numbers = [2, 3]
        .into_iter()
        .filter_map(|n| segment.value(n).and_then(datatypes::entity));
    let before = std::mem::take(&mut walk.results);
    walk.results = Group {
        effective,
        status: observed(segment).map(|status| (status, segment.at(25))),
        category: category(segment).map(|category| (category, segment.at(24))),
        // In OML a specimen comes before the orders that are made of it.
        specimen: before
            .specimen
            .filter(|_| before.first == walk.facts.results.len()),
        parent,
        name,
        numbers: numbers.collect(),
        comments: std::mem::take(&mut walk.order.comments),
        first: walk.facts.results.len(),
        order: Some(order),
        ..Group::default()
    };
    if let Some(specimen) = segment
        .value(15)
        .and_then(|v| v.part(1, 2).or_else(|| v.text(1)))
    {
        walk.results.examines(specimen, segment.at(15));
    }
}

/// Ends an OBR. In a message of results it has been said by its OBX; without
/// any, or in a message of orders, it is what was asked for.
pub fn close(walk: &mut Walk) {
    let asked = asks(walk.kind()) || !walk.results.answered;
    let order = walk.results.order.take().filter(|_| asked);
    if let Some(order) = order.filter(|o| !o.code.is_empty() || o.id.is_some()) {
        walk.facts.orders.push(order);
    }
    let comments = walk.results.comments().map(|(text, _)| text);
    walk.facts.notes.extend(comments);
}

/// Message types that order: ORM, OMG, OML, OMI …, and problems with pathways.
fn asks(kind: &str) -> bool {
    kind.starts_with("OM") || matches!(kind, "ORM" | "ORR" | "ORL" | "ORG" | "PPR" | "PGL" | "PTR")
}

fn order(segment: &Segment, walk: &mut Walk) -> Order {
    let shared = walk.order.shared();
    let (id, id_at) = match shared.id {
        Some((id, at)) => (Some(id), at),
        None => {
            let field = if segment.has(2) { 2 } else { 3 };
            (
                segment.value(field).and_then(datatypes::entity),
                segment.at(field),
            )
        }
    };
    let (when, when_at) = match shared.start {
        Some((when, at)) => (Some(when), at),
        None => wanted(segment, walk),
    };
    let status = shared
        .status
        .or_else(|| Some((requested(segment)?, segment.at(25))));
    let (code, mut at) = datatypes::coded_at(segment, 4, None, None);
    for (part, place) in [
        ("id", id.is_some().then_some(id_at)),
        ("when", when.is_some().then_some(when_at)),
        ("status", status.as_ref().map(|(_, at)| at.clone())),
    ] {
        if let Some(place) = place {
            at.add(part, place);
        }
    }
    Order {
        code,
        id,
        status: status.map(|(status, _)| status.to_owned()),
        when,
        at,
        ..Order::default()
    }
}

/// When it shall be done: scheduled (36), timed (27.4), requested (6).
fn wanted(segment: &Segment, walk: &mut Walk) -> (Option<When>, String) {
    for (field, component) in [(36, 1), (27, 4), (6, 1)] {
        let doubts = &mut walk.facts.doubts;
        if let Some(when) = time::read(segment.value(field), component, doubts) {
            return (Some(when), segment.at(field));
        }
    }
    (None, String::new())
}

/// OBR-25 (table 0123) → observation-status.
fn observed(segment: &Segment) -> Option<&'static str> {
    Some(match segment.text(25, 1)?.to_ascii_uppercase().as_str() {
        "F" => "final",
        "P" | "A" | "R" => "preliminary",
        "C" => "corrected",
        "X" => "cancelled",
        "I" | "O" | "S" => "registered",
        _ => return None,
    })
}

/// OBR-25 → request-status, where no ORC says more.
fn requested(segment: &Segment) -> Option<&'static str> {
    Some(match segment.text(25, 1)?.to_ascii_uppercase().as_str() {
        "F" | "C" => "completed",
        "X" => "revoked",
        "I" | "O" | "S" | "P" | "A" | "R" => "active",
        _ => return None,
    })
}

/// OBR-24 (table 0074) → observation-category, for the plain cases.
fn category(segment: &Segment) -> Option<&'static str> {
    Some(match segment.text(24, 1)?.to_ascii_uppercase().as_str() {
        "LAB" | "CH" | "HM" | "MB" | "MCB" | "MYC" | "SR" | "VR" | "IMM" | "TX" | "BG" | "BLB"
        | "CP" | "SP" => "laboratory",
        "RAD" | "RX" | "CT" | "NMR" | "NMS" | "RUS" | "VUS" | "CUS" | "OUS" | "XRC" => "imaging",
        _ => return None,
    })
}

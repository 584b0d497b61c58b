//! RXO, RXE, RXD and RXG, with RXR and RXC → medications. One order may be written
//! several times: as ordered, as encoded by the pharmacy, as dispensed. It is one
//! fact, made when its ORC ends (`orc`).

use super::{
    Room,
    orc::{self, Placed},
    tq1::Timing,
};
use crate::domain::facts::{Coded, Places, When};
use crate::formats::hl7v2::{datatypes, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["RXO", "RXE", "RXD", "RXG", "RXR", "RXC"],
    read,
};

/// An administration, which no other segment repeats.
pub const GIVEN: u8 = 0;

/// One segment's account of a medication.
#[derive(Clone)]
pub struct Account {
    /// What the pharmacy encoded counts for more than what was asked for.
    pub rank: u8,
    pub code: Coded,
    pub amount: Option<Placed<String>>,
    pub instructions: Option<Placed<String>>,
    /// Routes and components, with the rank of the account they came after.
    extras: Vec<(u8, Placed<String>)>,
    pub status: Option<Placed<&'static str>>,
    pub start: Option<Placed<When>>,
    pub end: Option<Placed<When>>,
    /// Comments on it.
    pub notes: Vec<Placed<String>>,
    pub at: Places,
}

impl Account {
    pub fn new(rank: u8, code: Coded, at: Places) -> Self {
        Self {
            rank,
            code,
            amount: None,
            instructions: None,
            extras: Vec::new(),
            status: None,
            start: None,
            end: None,
            notes: Vec::new(),
            at,
        }
    }

    pub fn is_given(&self) -> bool {
        self.rank == GIVEN
    }

    /// Amount, route, timing and instructions in the sender's words, and where
    /// they are.
    pub fn dosage(&self, timing: Option<&Timing>) -> Option<Placed<String>> {
        let newest = self.extras.iter().map(|(rank, _)| *rank).max();
        let extras = self.extras.iter().filter(|(rank, _)| Some(*rank) == newest);
        let timing = timing.and_then(|timing| {
            let at = timing.at.clone()?;
            Some((timing.words.join(", "), at))
        });
        let parts: Vec<&Placed<String>> = self
            .amount
            .iter()
            .chain(extras.map(|(_, said)| said))
            .chain(&timing)
            .chain(&self.instructions)
            .collect();
        let join = |each: fn(&Placed<String>) -> &str| {
            let each: Vec<&str> = parts.iter().map(|part| each(part)).collect();
            each.join(", ")
        };
        (!parts.is_empty()).then(|| (join(|(words, _)| words), join(|(_, at)| at)))
    }
}

/// The fields of one kind of account.
struct Fields {
    rank: u8,
    code: usize,
    /// The least and the most, their units and the form.
    amount: [usize; 4],
    instructions: [usize; 2],
}

fn fields(name: &str) -> Fields {
    let (rank, code, amount, instructions) = match name {
        "RXG" => (1, 4, [5, 6, 7, 8], [13, 0]),
        "RXD" => (2, 2, [4, 0, 5, 6], [9, 15]),
        "RXO" => (3, 1, [2, 3, 4, 5], [6, 7]),
        _ => (4, 2, [3, 4, 5, 6], [7, 21]),
    };
    Fields {
        rank,
        code,
        amount,
        instructions,
    }
}

fn read(segment: &Segment, walk: &mut Walk) {
    match segment.name() {
        "RXR" => read_route(segment, walk),
        "RXC" => read_component(segment, walk),
        name => read_account(segment, fields(name), walk),
    }
}

fn read_account(segment: &Segment, fields: Fields, walk: &mut Walk) {
    walk.order.detailed = true;
    let seen = walk.order.medication.as_ref().map(|seen| seen.rank);
    // The same kind of segment again is another medication.
    if seen == Some(fields.rank) || seen == Some(GIVEN) {
        orc::close_medication(walk);
    } else if seen.is_some_and(|seen| seen > fields.rank) {
        doubt_substitute(segment, fields.code, walk);
        return;
    }
    let instructions: Vec<Placed<String>> = fields
        .instructions
        .iter()
        .filter_map(|field| Some((datatypes::all_words(segment, *field)?, segment.at(*field))))
        .collect();
    // An RXO may leave its code to the RXE that follows.
    if segment.name() == "RXO" && !segment.has(fields.code) && instructions.is_empty() {
        return;
    }
    let (mut code, mut at) = datatypes::coded_at(segment, fields.code, None, None);
    if code.is_empty() {
        // Some write all of it as an instruction.
        let Some((words, place)) = instructions.first() else {
            let why = "the entry names nothing and was left out";
            return walk.doubt(segment.at(fields.code), why);
        };
        code.text = Some(words.clone());
        at.add("text", place.clone());
    }
    let mut account = Account::new(fields.rank, code, at);
    account.amount = amount(segment, fields.amount);
    account.instructions = instructions.into_iter().reduce(|one, other| {
        (
            format!("{}; {}", one.0, other.0),
            format!("{}, {}", one.1, other.1),
        )
    });
    if segment.name() == "RXE" {
        let timing = Timing::of_field(segment, 1, &mut walk.facts.doubts);
        walk.order.timing.supersede(timing);
    }
    if let Some(before) = walk.order.medication.take() {
        account.extras = before.extras;
        account.notes = before.notes;
    }
    walk.order.named = true;
    walk.order.medication = Some(account);
}

/// What was dispensed may be another medication than what was ordered.
fn doubt_substitute(segment: &Segment, field: usize, walk: &mut Walk) {
    let (given, _) = datatypes::coded_at(segment, field, None, None);
    let other = |one: &Option<String>, other: &Option<String>| match (one, other) {
        (Some(one), Some(other)) => Some(!one.eq_ignore_ascii_case(other)),
        _ => None,
    };
    let differs = walk.order.medication.as_ref().is_some_and(|ordered| {
        let ordered = &ordered.code;
        let codes = other(&ordered.code, &given.code).filter(|_| ordered.system == given.system);
        codes
            .or_else(|| other(&ordered.text, &given.text))
            .unwrap_or_default()
    });
    if differs {
        let why = "what was dispensed or given is named otherwise than what was ordered";
        walk.doubt(segment.at(field), why);
    }
}

/// `10 mg`, `5 to 10 mg`, `1 tablet`: as far as it was said.
pub fn amount(segment: &Segment, fields: [usize; 4]) -> Option<Placed<String>> {
    let [least, most, units, form] = fields;
    let (from, to) = (segment.text(least, 1), segment.text(most, 1));
    let place = segment.at(if from.is_some() { least } else { most });
    let number = match (from, to) {
        (Some(from), Some(to)) if from != to => format!("{from} to {to}"),
        (from, to) => from.or(to)?,
    };
    let words = |field: usize| segment.value(field).and_then(datatypes::words);
    let units = words(units);
    let form = words(form).filter(|form| Some(form) != units.as_ref());
    let parts: Vec<String> = [Some(number), units, form].into_iter().flatten().collect();
    Some((parts.join(" "), place))
}

/// RXR: by which route, to which site.
fn read_route(segment: &Segment, walk: &mut Walk) {
    let Some(route) = datatypes::all_words(segment, 1) else {
        return;
    };
    let words = match segment.value(2).and_then(datatypes::words) {
        Some(site) => format!("{route} ({site})"),
        None => route,
    };
    add(words, segment.at(1), walk);
}

/// RXC: what a mixture is made of.
fn read_component(segment: &Segment, walk: &mut Walk) {
    let Some(component) = segment.value(2).and_then(datatypes::words) else {
        return;
    };
    let kind = match segment.text(1, 1).as_deref() {
        Some("B") => "base ",
        Some("A") => "additive ",
        _ => "",
    };
    let words = match amount(segment, [3, 0, 4, 0]) {
        Some((amount, _)) => format!("{kind}{component} {amount}"),
        None => format!("{kind}{component}"),
    };
    add(words, segment.at(2), walk);
}

fn add(words: String, place: String, walk: &mut Walk) {
    if let Some(account) = walk.order.medication.as_mut() {
        let rank = account.rank;
        let known = |(of, (said, _)): &(u8, Placed<String>)| *of == rank && *said == words;
        if !account.extras.iter().any(known) {
            account.extras.push((rank, (words, place)));
        }
    }
}

//! ORC → what the segments of one order have in common: its number, its state,
//! its timing. It begins an order and ends the one before.

use std::borrow::Cow;

use super::{Room, obr, rx, tq1::Timing};
use crate::domain::facts::{Doubt, Medication, Order, Places, When};
use crate::formats::hl7v2::{datatypes, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["ORC"],
    read,
};

/// A value and the place it was read from.
pub type Placed<T> = (T, String);

/// The order being read.
#[derive(Default)]
pub struct Group {
    id: Option<Placed<String>>,
    state: Option<Placed<State>>,
    /// ORC-15, which counts where no timing names a start.
    effective: Option<Placed<When>>,
    pub timing: Timing,
    pub medication: Option<rx::Account>,
    /// Comments that stand under ORC, before what is ordered.
    pub comments: Vec<Placed<String>>,
    /// The vaccine that was given, whom the OBX after it speak of.
    pub vaccine: Option<Placed<String>>,
    /// Whether a segment spoke of what is ordered.
    pub detailed: bool,
    /// Whether it also named it, so that the order is a fact already.
    pub named: bool,
}

/// What an OBR takes from its ORC.
pub struct Shared {
    pub id: Option<Placed<String>>,
    pub start: Option<Placed<When>>,
    pub status: Option<Placed<&'static str>>,
}

impl Group {
    pub fn shared(&mut self) -> Shared {
        self.detailed = true;
        self.named = true;
        Shared {
            id: self.id.clone(),
            start: self.timing.start.clone(),
            status: self
                .state
                .as_ref()
                .map(|(state, at)| (state.of_request(), at.clone())),
        }
    }

    /// Puts an account of a medication together with what its order says.
    fn medication(&mut self) -> Option<Medication> {
        let mut account = self.medication.take()?;
        let mut notes = std::mem::take(&mut self.comments);
        notes.append(&mut account.notes);
        let list = account.is_given().then_some(Cow::Borrowed("administered"));
        let mut at = account.at.clone();
        let mut part = |name: &'static str, place: Option<&String>| {
            if let Some(place) = place {
                at.add(name, place.clone());
            }
        };
        let ordered = !account.is_given();
        let start = account.start.clone().or_else(|| {
            let start = self.timing.start.as_ref().or(self.effective.as_ref());
            start.filter(|_| ordered).cloned()
        });
        let end = account
            .end
            .clone()
            .or_else(|| self.timing.end.as_ref().filter(|_| ordered).cloned());
        let state = self
            .state
            .as_ref()
            .map(|(state, at)| (state.of_medication(), at.clone()));
        let status = account.status.clone().or(state);
        part("status", status.as_ref().map(|(_, at)| at));
        part("order", self.id.as_ref().map(|(_, at)| at));
        part("start", start.as_ref().map(|(_, at)| at));
        part("end", end.as_ref().map(|(_, at)| at));
        let timing = ordered.then_some(&self.timing);
        let dosage = account.dosage(timing);
        if let Some((_, place)) = &dosage {
            at.add("dosage", place.clone());
        }
        for (_, place) in &notes {
            at.also("notes", place.clone());
        }
        Some(Medication {
            code: account.code,
            dosage: dosage.map(|(words, _)| words),
            status: status.map(|(status, _)| status.to_owned()),
            order: self.id.as_ref().map(|(id, _)| id.clone()),
            start: start.map(|(when, _)| when),
            end: end.map(|(when, _)| when),
            list,
            notes: notes.into_iter().map(|(text, _)| text).collect(),
            at,
        })
    }
}

fn read(segment: &Segment, walk: &mut Walk) {
    obr::close(walk);
    close(walk);
    walk.results = obr::Group::default();
    let id = [2, 3].into_iter().find_map(|field| {
        let id = segment.value(field).and_then(datatypes::entity)?;
        Some((id, segment.at(field)))
    });
    let doubts = &mut walk.facts.doubts;
    let effective = datatypes::time(segment, 15, doubts);
    walk.order = Group {
        id,
        state: state(segment, doubts),
        effective: effective.map(|when| (when, segment.at(15))),
        timing: Timing::of_field(segment, 7, doubts),
        ..Group::default()
    };
}

/// Ends an order: its medication is a fact, and in a message of orders so is a
/// number that nothing more was said about. An order that ends counts in any
/// message: whoever remembers it goes by its number.
pub fn close(walk: &mut Walk) {
    close_medication(walk);
    let mut group = std::mem::take(&mut walk.order);
    let about = group.vaccine.take().map(|(name, _)| name);
    let about = about.or_else(|| group.id.as_ref().map(|(id, _)| format!("Order {id}")));
    for (text, _) in group.comments.drain(..) {
        walk.facts.notes.push(match &about {
            Some(about) => format!("{about}: {text}"),
            None => text,
        });
    }
    let asks = matches!(walk.kind(), "ORM" | "OMP" | "RDE" | "OML" | "OMG" | "PPR");
    let ends = group.state.as_ref().is_some_and(|(state, _)| state.ends());
    let bare = (asks && !group.detailed) || (ends && !group.named);
    if ends && !group.named && group.id.is_none() {
        let why = "an order is taken back, and neither a number nor a name says which";
        walk.doubt("ORC-2", why);
    }
    if let Some((id, at)) = group.id.take().filter(|_| bare) {
        let mut places = Places::of(at.split('-').next().unwrap_or(&at));
        places.add("id", at);
        let status = group.state.map(|(state, at)| {
            places.add("status", at);
            state.of_request().to_owned()
        });
        walk.facts.orders.push(Order {
            id: Some(id),
            status,
            at: places,
            ..Order::default()
        });
    }
}

/// Another medication of the same order ends the one before.
pub fn close_medication(walk: &mut Walk) {
    let medication = walk.order.medication();
    walk.facts.medications.extend(medication);
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum State {
    Active,
    Completed,
    Cancelled,
    Stopped,
    OnHold,
    /// It was refused, or what became of it is not told.
    Unknown,
}

impl State {
    /// Whether nobody shall go by the order any longer, or for now.
    fn ends(self) -> bool {
        matches!(self, Self::Cancelled | Self::Stopped | Self::OnHold)
    }

    /// The status codes of MedicationRequest.
    fn of_medication(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Stopped => "stopped",
            Self::OnHold => "on-hold",
            Self::Unknown => "unknown",
        }
    }

    /// request-status, which has one word for cancelled and stopped.
    fn of_request(self) -> &'static str {
        match self {
            Self::Cancelled | Self::Stopped => "revoked",
            other => other.of_medication(),
        }
    }
}

/// What ORC-1 (table 0119) orders, where it takes the order back: ORC-5 may still
/// tell the state before. Else ORC-5 (table 0038).
fn state(segment: &Segment, doubts: &mut Vec<Doubt>) -> Option<Placed<State>> {
    let control = segment.text(1, 1).map(|code| words_of(&code));
    let by_control = control.as_deref().and_then(controlled);
    if by_control == Some(State::Unknown) {
        let why = "the order was refused, or its control code is not in table 0119: \
                   whether it is in force is not told";
        doubts.push(Doubt::new(segment.at(1), why));
    }
    let said = segment.text(5, 1).map(|code| stated(&words_of(&code)));
    if said == Some(None) {
        let why = "the order's state is not in table 0038 and was not read";
        doubts.push(Doubt::new(segment.at(5), why));
    }
    let by_state = said.flatten();
    match (by_control, by_state) {
        // On hold by its control and ended by its state: it is ended.
        (Some(State::OnHold), Some(state @ (State::Cancelled | State::Stopped))) => {
            Some((state, segment.at(5)))
        }
        // That it is over counts, whatever was refused.
        (Some(State::Unknown), Some(state)) if state != State::Active => {
            Some((state, segment.at(5)))
        }
        (Some(state), _) => Some((state, segment.at(1))),
        (None, state) => Some((state?, segment.at(5))),
    }
}

/// Codes come in any case, and words with or without a hyphen.
fn words_of(code: &str) -> String {
    code.to_ascii_uppercase().replace(['-', '_'], " ")
}

fn controlled(code: &str) -> Option<State> {
    Some(match code {
        "CA" | "OC" | "CR" | "CANCEL" | "CANCELED" | "CANCELLED" => State::Cancelled,
        "DC" | "OD" | "DR" | "RQ" | "RU" | "DISCONTINUE" | "DISCONTINUED" | "STOP" | "STOPPED" => {
            State::Stopped
        }
        "HD" | "OH" | "HR" | "HOLD" | "ON HOLD" => State::OnHold,
        code if TELLS_NOTHING.contains(&code) => return None,
        // UA, DE, UC, UD, UH, UM, UX: unable to do as was asked; and unknown codes.
        _ => State::Unknown,
    })
}

/// Codes of table 0119 that leave the state to ORC-5.
const TELLS_NOTHING: [&str; 40] = [
    "AF", "CH", "CN", "CP", "DF", "FU", "LI", "MC", "NA", "NR", "NW", "OE", "OF", "OK", "OP", "OR",
    "PA", "PR", "PY", "RC", "RE", "RF", "RL", "RO", "RP", "RR", "SC", "SN", "SR", "SS", "UF", "UN",
    "UR", "XO", "XR", "XX", "NEW", "CHANGE", "ACTIVE", "REPLACE",
];

fn stated(code: &str) -> Option<State> {
    Some(match code {
        "A" | "IP" | "SC" | "ACTIVE" | "IN PROGRESS" | "INPROGRESS" | "IN PROCESS"
        | "SCHEDULED" => State::Active,
        "CM" | "COMPLETE" | "COMPLETED" => State::Completed,
        "CA" | "CANCEL" | "CANCELED" | "CANCELLED" | "REVOKED" => State::Cancelled,
        "DC" | "RP" | "DISCONTINUE" | "DISCONTINUED" | "STOP" | "STOPPED" | "REPLACED" => {
            State::Stopped
        }
        "HD" | "HOLD" | "HELD" | "ON HOLD" | "ONHOLD" | "SUSPENDED" => State::OnHold,
        _ => return None,
    })
}

//! ORC → what the segments of one order have in common: its number, its state,
//! its timing. It begins an order and ends the one before.

use super::{Room, obr, rx, tq1::Timing};
use crate::domain::facts::{Medication, Order, Places, When};
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
    /// Whether a segment said what is ordered.
    pub detailed: bool,
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
        let account = self.medication.take()?;
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
        Some(Medication {
            code: account.code,
            dosage: dosage.map(|(words, _)| words),
            status: status.map(|(status, _)| status.to_owned()),
            order: self.id.as_ref().map(|(id, _)| id.clone()),
            start: start.map(|(when, _)| when),
            end: end.map(|(when, _)| when),
            at,
            ..Medication::default()
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
        state: state(segment),
        effective: effective.map(|when| (when, segment.at(15))),
        timing: Timing::of_field(segment, 7, doubts),
        ..Group::default()
    };
}

/// Ends an order: its medication is a fact, and in a message of orders so is a
/// number that nothing more was said about.
pub fn close(walk: &mut Walk) {
    close_medication(walk);
    let mut group = std::mem::take(&mut walk.order);
    let bare =
        !group.detailed && matches!(walk.kind(), "ORM" | "OMP" | "RDE" | "OML" | "OMG" | "PPR");
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

#[derive(Debug, Clone, Copy)]
pub enum State {
    Active,
    Completed,
    Cancelled,
    Stopped,
    OnHold,
}

impl State {
    /// The status codes of MedicationRequest.
    fn of_medication(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Stopped => "stopped",
            Self::OnHold => "on-hold",
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

/// ORC-5 (table 0038), else what ORC-1 (table 0119) orders.
fn state(segment: &Segment) -> Option<Placed<State>> {
    let by_state = match segment.text(5, 1).as_deref() {
        Some("A" | "IP" | "SC") => Some(State::Active),
        Some("CM") => Some(State::Completed),
        Some("CA") => Some(State::Cancelled),
        Some("DC" | "RP") => Some(State::Stopped),
        Some("HD") => Some(State::OnHold),
        _ => None,
    };
    let by_control = || match segment.text(1, 1).as_deref() {
        Some("CA" | "OC" | "CR") => Some(State::Cancelled),
        Some("DC" | "OD" | "DR") => Some(State::Stopped),
        Some("HD" | "OH" | "HR") => Some(State::OnHold),
        _ => None,
    };
    let stated = by_state.map(|state| (state, segment.at(5)));
    stated.or_else(|| Some((by_control()?, segment.at(1))))
}

//! AIS, AIG, AIL and AIP → what an appointment is for, where, and with whom.

use super::Room;
use crate::domain::facts::Doubt;
use crate::formats::hl7v2::{datatypes, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["AIS", "AIG", "AIL", "AIP"],
    read,
};

fn read(segment: &Segment, walk: &mut Walk) {
    // The start stands in another field of each kind.
    let start_field = match segment.name() {
        "AIS" => 4,
        "AIG" => 8,
        _ => 6,
    };
    let start = datatypes::time(segment, start_field, &mut walk.facts.doubts);
    if walk.facts.appointments.is_empty() {
        walk.facts.appointments.push(Default::default());
    }
    let Some(appointment) = walk.facts.appointments.last_mut() else {
        return;
    };
    if appointment.at.is_empty() {
        appointment.at.add("fact", segment.place());
    }
    let said = segment.value(3);
    if let (Some(start), Some(known)) = (&start, &appointment.start)
        && start != known
        && segment.name() == "AIS"
    {
        let why = "a part of the appointment begins at another time than the appointment";
        walk.facts
            .doubts
            .push(Doubt::new(segment.at(start_field), why));
    }
    match segment.name() {
        "AIS" if appointment.reason.is_none() => {
            appointment.reason = said.and_then(datatypes::words);
            if appointment.reason.is_some() {
                appointment.at.add("reason", segment.at(3));
            }
        }
        "AIS" => {
            // A further service of the same appointment.
            let further = said.and_then(datatypes::words);
            let known = appointment.reason.get_or_insert_default();
            if let Some(further) = further.filter(|words| !known.contains(words)) {
                known.push_str(&format!("; {further}"));
                appointment.at.also("reason", segment.at(3));
            }
        }
        "AIL" => {
            let place = said.and_then(datatypes::location);
            if let Some(place) = place.filter(|_| appointment.location.is_none()) {
                appointment.location = Some(place);
                appointment.at.add("location", segment.at(3));
            }
        }
        "AIP" => {
            for value in segment.values(3) {
                let person = datatypes::person(value).map(|person| person.shown());
                if let Some(person) = person.filter(|p| !appointment.with.contains(p)) {
                    appointment.with.push(person);
                    appointment.at.also("with", value.at());
                }
            }
        }
        "AIG" => {
            let resource = said.or_else(|| segment.value(4)).and_then(datatypes::words);
            if let Some(resource) = resource.filter(|r| !appointment.with.contains(r)) {
                appointment.with.push(resource);
                appointment
                    .at
                    .also("with", segment.at(if segment.has(3) { 3 } else { 4 }));
            }
        }
        _ => {}
    }
    if let Some(start) = start.filter(|_| appointment.start.is_none()) {
        appointment.start = Some(start);
        appointment.at.add("start", segment.at(start_field));
    }
}

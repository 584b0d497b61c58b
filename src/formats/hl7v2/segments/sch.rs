//! SCH → an appointment; `ais` adds with whom and where.

use super::{Room, orc::Placed, tq1::Timing};
use crate::domain::facts::{Appointment, ClinicalFacts, When};
use crate::formats::hl7v2::{datatypes, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["SCH"],
    read,
};

fn read(segment: &Segment, walk: &mut Walk) {
    // SCH-2 is the number of the system that keeps the schedule.
    let id_field = if segment.has(2) { 2 } else { 1 };
    let id = segment.value(id_field).and_then(datatypes::entity);
    let reason = [7, 6, 8].into_iter().find(|field| says(segment, *field));
    let status = segment.text(25, 1).map(status);
    let mut at = segment.places(&[
        ("id", id_field, id.is_some()),
        ("status", 25, status.is_some()),
        ("reason", reason.unwrap_or_default(), true),
    ]);
    let timing = Timing::of_field(segment, 11, &mut walk.facts.doubts);
    for (part, when) in [("start", &timing.start), ("end", &timing.end)] {
        if let Some((_, place)) = when {
            at.add(part, place.clone());
        }
    }
    walk.facts.appointments.push(Appointment {
        id,
        status,
        start: timing.start.map(|(when, _)| when),
        end: timing.end.map(|(when, _)| when),
        reason: reason.and_then(|field| segment.value(field).and_then(datatypes::words)),
        at,
        ..Appointment::default()
    });
}

fn says(segment: &Segment, field: usize) -> bool {
    segment.value(field).and_then(datatypes::words).is_some()
}

/// What TQ1 says of the appointment since 2.5.
pub fn times(start: Option<Placed<When>>, end: Option<Placed<When>>, walk: &mut Walk) {
    let Some(appointment) = walk.facts.appointments.last_mut() else {
        return;
    };
    if let Some((when, place)) = start.filter(|_| appointment.start.is_none()) {
        appointment.start = Some(when);
        appointment.at.add("start", place);
    }
    if let Some((when, place)) = end.filter(|_| appointment.end.is_none()) {
        appointment.end = Some(when);
        appointment.at.add("end", place);
    }
}

/// Table 0278 → appointment-status. Overbooked is booked; blocked, started and
/// stopped have no counterpart.
fn status(code: String) -> String {
    let mapped = match code.to_ascii_lowercase().as_str() {
        "booked" | "overbook" => "booked",
        "pending" => "pending",
        "waitlist" => "waitlist",
        "complete" => "fulfilled",
        "cancelled" | "canceled" => "cancelled",
        "noshow" => "noshow",
        "deleted" => "entered-in-error",
        _ => return code,
    };
    mapped.to_owned()
}

/// The event says it where SCH-25 does not.
pub fn settle_status(facts: &mut ClinicalFacts) {
    let status = match facts.event.as_str() {
        "SIU^S12" | "SIU^S13" | "SIU^S14" => "booked",
        "SIU^S15" | "SIU^S16" => "cancelled",
        "SIU^S17" => "entered-in-error",
        "SIU^S26" => "noshow",
        _ => return,
    };
    for appointment in facts.appointments.iter_mut().filter(|a| a.status.is_none()) {
        appointment.status = Some(status.to_owned());
        appointment.at.add("status", "MSH-9");
    }
}

//! What is planned: acts, procedures, tests and drugs → orders, visits →
//! appointments. Goals and what was done already stay narrative.

use super::codes::request_status;
use super::datatypes::{coded, entry_words, shown, whole_id};
use super::entries::{self, components};
use super::medications::product;
use super::names;
use super::negation;
use super::time;
use super::tree::Element;
use crate::domain::facts::{Appointment, ClinicalFacts, Order, Places};

const NOT_TO_BE_DONE: &str = "Not to be done:";

/// x_DocumentActMood and its kin, but for what happened (`EVN`) and goals.
pub fn is_planned(entry: Element) -> bool {
    let mood = entry.attr("moodCode").unwrap_or_default();
    matches!(
        mood,
        "INT" | "RQO" | "PRP" | "ARQ" | "PRMS" | "APT" | "SLOT"
    )
}

pub fn read(entry: Element, scope: Element, facts: &mut ClinicalFacts) {
    match entry.name() {
        "organizer" => components(entry).for_each(|part| read(part, scope, facts)),
        _ if !is_planned(entry) => {}
        "encounter" => appointment(entry, scope, facts),
        _ => order(entry, scope, facts),
    }
}

fn order(entry: Element, scope: Element, facts: &mut ClinicalFacts) {
    if entries::is_void(entry, facts) {
        return;
    }
    let (mut code, mut named_by) = product(entry, scope);
    if code.is_empty() {
        named_by = entry.child("code");
        code = named_by.map(|code| coded(code, scope)).unwrap_or_default();
    }
    if code.text.is_none() {
        code.text = entry_words(entry, scope);
    }
    if code.is_empty() {
        return entries::nameless(named_by, entry, facts);
    }
    let mut at = Places::of(entry.place());
    at.add("code", named_by.unwrap_or(entry).place());
    let when = entry.child("effectiveTime").and_then(|time| {
        at.add("when", time.place());
        time::single(time, &mut facts.doubts)
    });
    let id = entry.child("id").and_then(|id| {
        at.add("id", id.place());
        whole_id(id)
    });
    let mut status = entries::status(entry).map(request_status);
    if negation::is_denied(entry) {
        code = negation::one(NOT_TO_BE_DONE, code).0;
        negation::with_reason(&mut code, "because", negation::reason(entry, scope));
        status = Some("revoked");
    }
    if status.is_some() {
        at.add("status", negation::status_place(entry));
    }
    facts.orders.push(Order {
        code,
        id,
        status: status.map(str::to_owned),
        when,
        at,
        ..Order::default()
    });
}

fn appointment(entry: Element, scope: Element, facts: &mut ClinicalFacts) {
    if entries::is_void(entry, facts) {
        return;
    }
    let mut at = Places::of(entry.place());
    let time = entry.child("effectiveTime");
    let mut limit = |of: fn(Element, &mut Vec<_>) -> Option<_>| of(time?, &mut facts.doubts);
    let mut read = Appointment {
        id: entry.child("id").and_then(whole_id),
        status: Some(status(entry).to_owned()),
        start: limit(time::start),
        end: limit(time::end),
        ..Appointment::default()
    };
    let code = entry.child("code");
    let reason = code.and_then(|code| shown(code, scope));
    read.reason = reason.or_else(|| entry_words(entry, scope));
    let roles = entry
        .all("performer")
        .filter_map(|performer| performer.child("assignedEntity"));
    let with = roles.map(|role| names::assigned(role).shown());
    read.with = with.filter(|shown| !shown.is_empty()).collect();
    let mut places = entry
        .all("participant")
        .filter(|p| p.attr("typeCode") == Some("LOC"));
    let location = places.find_map(|place| place.at(&["participantRole", "playingEntity", "name"]));
    read.location = location.and_then(Element::text);
    if negation::is_denied(entry) {
        let reason = read.reason.take().unwrap_or_else(|| "visit".to_owned());
        read.reason = Some(format!("{NOT_TO_BE_DONE} {reason}"));
    }
    if read.start.is_none() && read.reason.is_none() && read.with.is_empty() {
        return entries::nameless(code, entry, facts);
    }
    let end = |name| time.map(|time| time.child(name).unwrap_or(time));
    for (part, element) in [
        ("id", entry.child("id").filter(|_| read.id.is_some())),
        ("status", entry.child("statusCode")),
        ("start", end("low").filter(|_| read.start.is_some())),
        ("end", end("high").filter(|_| read.end.is_some())),
        ("reason", code.filter(|_| read.reason.is_some())),
        ("location", location.filter(|_| read.location.is_some())),
        (
            "with",
            entry.child("performer").filter(|_| !read.with.is_empty()),
        ),
    ] {
        if let Some(element) = element {
            at.add(part, element.place());
        }
    }
    facts.appointments.push(Appointment { at, ..read });
}

/// A FHIR appointment-status: only an appointment that was made is booked.
fn status(entry: Element) -> &'static str {
    match (entries::status(entry), entry.attr("moodCode")) {
        _ if negation::is_denied(entry) => "cancelled",
        (Some("cancelled" | "aborted"), _) => "cancelled",
        (Some("completed"), _) => "fulfilled",
        (_, Some("APT")) => "booked",
        (_, Some("PRMS")) => "pending",
        _ => "proposed",
    }
}

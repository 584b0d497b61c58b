//! A referral note's request: the reason in its section, the act that asks, and
//! who sends the patient to whom.

use super::codes;
use super::datatypes::{shown, whole_id};
use super::entries::{self, details};
use super::names::{assigned, party};
use super::negation;
use super::people;
use super::tree::Element;
use crate::domain::facts::{ClinicalFacts, Doubt, Places, ServiceRequest};

/// LOINC of a referral note; with it the document asks for something.
pub const NOTE: &str = "57133-1";
/// The Referral Note template of C-CDA.
const TEMPLATE: &str = "2.16.840.1.113883.10.20.22.1.14";

/// The author and the recipient of a referral note are its two sides.
pub fn complete(document: Element, facts: &mut ClinicalFacts) {
    let is_note = facts.event == NOTE || document.has_template(TEMPLATE);
    if facts.referral.is_none() && !is_note {
        return;
    }
    let request = facts.referral.get_or_insert_default();
    if request.at.is_empty() {
        request.at = Places::of(document.place());
    }
    if request.from.is_none() {
        let authors = document
            .all("author")
            .filter_map(|author| author.child("assignedAuthor"));
        let mut people = authors.filter(|role| role.child("assignedPerson").is_some());
        let person = people.next();
        if let Some(role) = person {
            request.from = Some(assigned(role));
            request.at.add("from", role.place());
        }
    }
    if request.to.is_none()
        && let Some(recipient) = people::recipients(document).next()
    {
        let to = people::intended(recipient);
        if !to.is_empty() {
            request.to = Some(to);
            request.at.add("to", recipient.place());
        }
    }
}

/// The text of the section "Reason for referral".
pub fn reason(section: Element, text: &str, facts: &mut ClinicalFacts) {
    let request = facts.referral.get_or_insert_default();
    if request.at.is_empty() {
        request.at = Places::of(section.place());
    }
    if request.reason.is_none() && !text.is_empty() {
        request.reason = Some(text.to_owned());
        let place = section.child("text").unwrap_or(section).place();
        request.at.add("reason", place);
    }
}

/// Patient Referral Act, or an observation that gives the reason.
pub fn read(entry: Element, scope: Element, facts: &mut ClinicalFacts) {
    if entries::is_void(entry, facts) {
        return;
    }
    if let Some(by) = negation::denied_by(entry) {
        facts
            .doubts
            .push(Doubt::new(negation::place(by), negation::DENIED));
        return;
    }
    let request = facts.referral.get_or_insert_default();
    let place = entry.place();
    if entry.is("observation") {
        let value = entry.child("value").and_then(|value| shown(value, scope));
        request.reason = request.reason.take().or(value);
        return;
    }
    if request.service.is_none() && entry.is("act") {
        describe(entry, &place, scope, request);
    }
    for (_, inner) in details(entry).filter(|_| request.reason.is_none()) {
        let value = inner.child("value").filter(|_| inner.is("observation"));
        if let Some(reason) = value.and_then(|value| shown(value, scope)) {
            request.at.add("reason", inner.place());
            request.reason = Some(reason);
            break;
        }
    }
}

fn describe(act: Element, place: &str, scope: Element, request: &mut ServiceRequest) {
    let mut at = Places::of(place);
    let id = act.child("id").and_then(whole_id);
    request.id = request.id.take().or(id);
    request.service = act.child("code").and_then(|code| shown(code, scope));
    let status = entries::status(act).map(codes::request_status);
    request.status = status.map(str::to_owned);
    let priority = act.child("priorityCode").and_then(|code| code.attr("code"));
    request.priority = priority.map(|code| codes::priority(code).to_owned());
    for (part, known, name) in [
        ("id", request.id.is_some(), "id"),
        ("service", request.service.is_some(), "code"),
        ("status", request.status.is_some(), "statusCode"),
        ("priority", request.priority.is_some(), "priorityCode"),
    ] {
        if known {
            at.add(part, format!("{place}/{name}"));
        }
    }
    let to = act
        .all("participant")
        .find(|p| p.attr("typeCode") == Some("REFT"));
    if let Some(role) = to.and_then(|participant| participant.child("participantRole")) {
        let party = party(role, "playingEntity", "scopingEntity");
        if !party.is_empty() {
            request.to = Some(party);
            at.add("to", role.place());
        }
    }
    for (part, place) in request.at.iter().filter(|(part, _)| *part == "reason") {
        at.add(part, place.to_owned());
    }
    request.at = at;
}

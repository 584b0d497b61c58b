//! Procedure, act and observation of a procedures section → procedures.

use super::codes::event_status;
use super::datatypes::{coded, entry_words};
use super::entries::{self, components, unknown};
use super::plan;
use super::time;
use super::tree::Element;
use crate::domain::facts::{ClinicalFacts, Places, Procedure};

pub fn read(entry: Element, scope: Element, facts: &mut ClinicalFacts) {
    match entry.name() {
        "procedure" | "act" | "observation" if plan::is_planned(entry) => {
            plan::read(entry, scope, facts);
        }
        "procedure" | "act" | "observation" => procedure(entry, scope, facts),
        "organizer" => components(entry).for_each(|part| read(part, scope, facts)),
        _ => unknown(entry, facts),
    }
}

fn procedure(entry: Element, scope: Element, facts: &mut ClinicalFacts) {
    if entries::is_void(entry, facts) {
        return;
    }
    let named_by = entry.child("code");
    let mut code = named_by.map(|code| coded(code, scope)).unwrap_or_default();
    if code.text.is_none() {
        code.text = entry_words(entry, scope);
    }
    if code.is_empty() {
        return entries::nameless(named_by, entry, facts);
    }
    let mut at = Places::of(entry.place());
    at.add("code", named_by.unwrap_or(entry).place());
    let performed = entry.child("effectiveTime").and_then(|time| {
        at.add("performed", time.place());
        time::single(time, &mut facts.doubts)
    });
    let status = entries::status(entry).map(event_status);
    let status = if entries::is_denied(entry) {
        Some("not-done")
    } else {
        status
    };
    if status.is_some() {
        at.add("status", format!("{}/statusCode", entry.place()));
    }
    facts.procedures.push(Procedure {
        code,
        status: status.map(str::to_owned),
        performed,
        at,
        ..Procedure::default()
    });
}

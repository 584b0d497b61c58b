//! Procedure, act and observation of a procedures section → procedures.

use super::codes::event_status;
use super::datatypes::entry_words;
use super::entries::{self, components, unknown};
use super::negation;
use super::plan;
use super::qualifiers::{self, qualified};
use super::time;
use super::tree::Element;
use super::values;
use crate::domain::facts::{ClinicalFacts, Coded, Places, Procedure};

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
    let mut read = named_by.map(|code| qualified(code, scope));
    let mut read = read.take().unwrap_or_default();
    if read.code.text.is_none() {
        read.code.text = entry_words(entry, scope);
    }
    read.finish();
    let mut code = read.code;
    let denied = negation::is_denied(entry);
    if denied {
        negation::with_reason(&mut code, "not done", negation::reason(entry, scope));
    } else if entry.is("observation") {
        found(entry, &mut code, scope, facts);
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
    let status = if denied { Some("not-done") } else { status };
    if status.is_some() {
        at.add("status", negation::status_place(entry));
    }
    let site = qualifiers::body_site(entry, read.sites, scope);
    let body_site = site.map(|(words, element)| {
        at.add("bodySite", element.place());
        words
    });
    facts.procedures.push(Procedure {
        code,
        status: status.map(str::to_owned),
        performed,
        body_site,
        at,
    });
}

/// What an observation among the procedures found, beside its name.
fn found(entry: Element, code: &mut Coded, scope: Element, facts: &mut ClinicalFacts) {
    let measured = values::of(entry, scope, facts);
    let Some(text) = measured
        .text
        .filter(|text| Some(text) != code.text.as_ref())
    else {
        return;
    };
    let units = measured.units.unwrap_or_default();
    let said = format!("{text} {units}").trim_end().to_owned();
    if code.is_empty() {
        code.text = Some(said);
    } else {
        qualifiers::add_words(code, vec![said]);
    }
}

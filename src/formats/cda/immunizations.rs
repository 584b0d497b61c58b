//! Immunization activities → immunizations, given or refused.

use super::datatypes::entry_words;
use super::entries::{self, components, unknown};
use super::medications::product;
use super::negation;
use super::plan;
use super::time;
use super::tree::Element;
use crate::domain::facts::{ClinicalFacts, Immunization, Places};

pub fn read(entry: Element, scope: Element, facts: &mut ClinicalFacts) {
    match entry.name() {
        "substanceAdministration" if plan::is_planned(entry) => plan::read(entry, scope, facts),
        "substanceAdministration" => immunization(entry, scope, facts),
        "organizer" => components(entry).for_each(|part| read(part, scope, facts)),
        _ => unknown(entry, facts),
    }
}

fn immunization(entry: Element, scope: Element, facts: &mut ClinicalFacts) {
    if entries::is_void(entry, facts) {
        return;
    }
    let (mut code, named_by) = product(entry, scope);
    if code.is_empty() {
        code.text = entry_words(entry, scope);
    }
    if code.is_empty() {
        return entries::nameless(named_by, entry, facts);
    }
    let mut at = Places::of(entry.place());
    at.add("code", named_by.unwrap_or(entry).place());
    let given = entry.child("effectiveTime").and_then(|time| {
        at.add("given", time.place());
        time::single(time, &mut facts.doubts)
    });
    let lot = entry.at(&[
        "consumable",
        "manufacturedProduct",
        "manufacturedMaterial",
        "lotNumberText",
    ]);
    let number = lot.and_then(Element::text);
    if let Some(lot) = lot.filter(|_| number.is_some()) {
        at.add("lot", lot.place());
    }
    let refused = negation::is_denied(entry) || is_refused(entry);
    if refused {
        negation::with_reason(&mut code, "not given", negation::reason(entry, scope));
    }
    let status = match entries::status(entry) {
        _ if refused => Some("not-done"),
        Some("completed") => Some("completed"),
        Some("aborted" | "cancelled") => Some("not-done"),
        _ => None,
    };
    if status.is_some() {
        at.add("status", negation::status_place(entry));
    }
    facts.immunizations.push(Immunization {
        code,
        status: status.map(str::to_owned),
        given,
        lot: number,
        at,
    });
}

/// Immunization Refusal Reason: nobody refuses what was given.
fn is_refused(entry: Element) -> bool {
    const REFUSAL: &str = "2.16.840.1.113883.10.20.22.4.53";
    entries::details(entry).any(|(_, inner)| inner.has_template(REFUSAL))
}

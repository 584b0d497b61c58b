//! substanceAdministration and supply → medications.

use super::codes::medication_status;
use super::datatypes::{coded, entry_words};
use super::dosage;
use super::entries::{self, components, related, unknown};
use super::negation;
use super::procedures;
use super::time;
use super::tree::Element;
use crate::domain::facts::{ClinicalFacts, Coded, Medication, Places};

pub fn read(entry: Element, list: Option<&'static str>, scope: Element, facts: &mut ClinicalFacts) {
    match entry.name() {
        "substanceAdministration" | "supply" => medication(entry, list, scope, facts),
        "act" => {
            let mut found = false;
            for (_, inner) in related(entry) {
                if matches!(inner.name(), "substanceAdministration" | "supply") {
                    found = true;
                    medication(inner, list, scope, facts);
                }
            }
            if !found {
                unknown(entry, facts);
            }
        }
        // Of an anaesthesia section: how it was given.
        "procedure" => procedures::read(entry, scope, facts),
        "organizer" => components(entry).for_each(|part| read(part, list, scope, facts)),
        _ => unknown(entry, facts),
    }
}

fn medication(
    entry: Element,
    list: Option<&'static str>,
    scope: Element,
    facts: &mut ClinicalFacts,
) {
    if entries::is_void(entry, facts) {
        return;
    }
    let (mut code, named_by) = product(entry, scope);
    let written = entry_words(entry, scope);
    if code.is_empty() {
        code.text = written.clone();
    }
    let denied = negation::denied_by(entry);
    if denied.is_some() {
        code = absent(code);
    }
    if code.is_empty() {
        return entries::nameless(named_by, entry, facts);
    }
    let mut at = Places::of(entry.place());
    at.add("code", named_by.unwrap_or(entry).place());
    let course = dosage::course(entry);
    let mut limit = |of: fn(Element, &mut Vec<_>) -> Option<_>| of(course?, &mut facts.doubts);
    let (start, end) = (limit(time::start), limit(time::end));
    if let Some(course) = course {
        let mut add = |part, known: bool, name| {
            if known {
                at.add(part, course.child(name).unwrap_or(course).place());
            }
        };
        add("start", start.is_some(), "low");
        add("end", end.is_some(), "high");
    }
    let said = || dosage::of(entry, scope);
    let dosage = match denied {
        // How it would be taken, if it were.
        Some(_) => None,
        None => said().or(written.filter(|words| Some(words) != code.text.as_ref())),
    };
    if dosage.is_some() {
        at.add("dosage", entry.place());
    }
    let status = entries::status(entry).map(medication_status);
    let status = denied.map(|_| "not-taken").or(status);
    if status.is_some() {
        at.add("status", negation::status_place(entry));
    }
    let reason = denied.and_then(|_| negation::reason(entry, scope));
    let notes = reason.map(|reason| format!("not taken: {reason}"));
    if list.is_some() {
        at.add("list", entries::kind_place(scope));
    }
    facts.medications.push(Medication {
        code,
        dosage,
        status: status.map(str::to_owned),
        list: list.map(Into::into),
        start,
        end,
        notes: notes.into_iter().collect(),
        at,
        ..Medication::default()
    });
}

/// That one drug is not taken, or that none is known.
fn absent(code: Coded) -> Coded {
    const ANY: &str = "No known medications";
    if negation::says_none_known(&code) {
        return negation::none_by_code(code, ANY);
    }
    if code.is_empty() {
        return negation::none(None, ANY);
    }
    negation::one("Not taken:", code).0
}

/// The product that is taken or supplied, and what names it.
pub fn product<'d>(entry: Element<'d>, scope: Element) -> (Coded, Option<Element<'d>>) {
    let product = entry
        .at(&["consumable", "manufacturedProduct"])
        .or_else(|| entry.at(&["product", "manufacturedProduct"]));
    let material = product.and_then(|product| {
        let labelled = || product.child("manufacturedLabeledDrug");
        product.child("manufacturedMaterial").or_else(labelled)
    });
    let code = material.and_then(|material| material.child("code"));
    let mut coded = code.map(|code| coded(code, scope)).unwrap_or_default();
    if coded.text.is_none() {
        coded.text = material
            .and_then(|m| m.child("name"))
            .and_then(Element::text);
    }
    (coded, code.or(material))
}

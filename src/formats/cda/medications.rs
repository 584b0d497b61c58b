//! substanceAdministration and supply → medications.

use super::codes::medication_status;
use super::datatypes::{coded, entry_words};
use super::dosage;
use super::entries::{self, components, related, unknown};
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
    let denied = entries::is_denied(entry);
    if denied {
        let otherwise = match code.text.take().or(code.code.take()) {
            Some(drug) => format!("Not taken: {drug}"),
            None => "No known medications".to_owned(),
        };
        code = entries::denied(written.clone(), otherwise);
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
    let dosage =
        dosage::of(entry, scope).or(written.filter(|words| Some(words) != code.text.as_ref()));
    if dosage.is_some() {
        at.add("dosage", entry.place());
    }
    let status = entries::status(entry).map(medication_status);
    let status = if denied { Some("not-taken") } else { status };
    if status.is_some() {
        at.add("status", format!("{}/statusCode", entry.place()));
    }
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
        at,
        ..Medication::default()
    });
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

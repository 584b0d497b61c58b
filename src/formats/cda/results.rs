//! Result, vital sign and social history observations → results. A battery is
//! its members; an observation within another stands beside it.

use super::codes::observation_status;
use super::datatypes::{coded, entry_words, shown, words};
use super::entries::{self, components, related, unknown};
use super::negation;
use super::time;
use super::tree::Element;
use super::values::{self, Measured};
use super::{plan, procedures};
use crate::domain::facts::{ClinicalFacts, Observation, Places, When};

/// What the members of one battery have in common.
#[derive(Debug, Clone, Default)]
pub struct Shared {
    /// A FHIR observation-category code.
    pub category: Option<&'static str>,
    effective: Option<(When, String)>,
}

impl Shared {
    pub fn of(category: Option<&'static str>) -> Self {
        Self {
            category,
            effective: None,
        }
    }
}

pub fn read(entry: Element, shared: &Shared, scope: Element, facts: &mut ClinicalFacts) {
    match entry.name() {
        // A goal or an order is no result.
        "observation" if entry.attr("moodCode").is_none_or(|mood| mood == "EVN") => {
            observation(entry, shared, scope, facts);
        }
        "observation" if plan::is_planned(entry) => plan::read(entry, scope, facts),
        "organizer" => battery(entry, shared, scope, facts),
        "act" => {
            let mut found = false;
            for (_, inner) in related(entry) {
                if matches!(inner.name(), "observation" | "organizer") {
                    found = true;
                    read(inner, shared, scope, facts);
                }
            }
            if !found {
                unknown(entry, facts);
            }
        }
        "observation" | "observationMedia" => {}
        // How a specimen was taken.
        "procedure" => procedures::read(entry, scope, facts),
        _ => unknown(entry, facts),
    }
}

fn battery(organizer: Element, shared: &Shared, scope: Element, facts: &mut ClinicalFacts) {
    if entries::is_void(organizer, facts) {
        return;
    }
    let mut inner = shared.clone();
    let time = organizer.child("effectiveTime");
    let when = time.and_then(|time| time::single(time, &mut facts.doubts));
    if let (Some(time), Some(when)) = (time, when) {
        inner.effective = Some((when, time.place()));
    }
    for part in components(organizer) {
        read(part, &inner, scope, facts);
    }
}

fn observation(entry: Element, shared: &Shared, scope: Element, facts: &mut ClinicalFacts) {
    if entries::is_void(entry, facts) {
        return;
    }
    let before = facts.results.len();
    let named_by = entry.child("code");
    let mut code = named_by.map(|code| coded(code, scope)).unwrap_or_default();
    let mut measured = values::of(entry, scope, facts);
    let attached = measured.attached;
    // What is asserted is the value: "Pregnant", of the code ASSERTION.
    if code.code.as_deref() == Some("ASSERTION")
        && let Some(value) = entry.child("value")
    {
        code = coded(value, scope);
        measured.text = measured
            .text
            .filter(|text| Some(text) != code.text.as_ref());
    }
    // Denied without a value, its name alone would say that it is there.
    if measured.text.is_none() && negation::is_denied(entry) {
        measured.text = Some("not found, or not done".to_owned());
    }
    if code.text.is_none() && measured.text.is_some() {
        let short = |words: &String| words.len() <= 100 && Some(words) != measured.text.as_ref();
        code.text = entry_words(entry, scope).filter(short);
    }
    if !code.is_empty() || measured.text.is_some() {
        let result = result(entry, code, measured, shared, scope, facts);
        // A file is a document of its own, not a result without a value.
        if !attached || result.value.is_some() {
            facts.results.push(result);
        }
    } else {
        entries::nameless(named_by, entry, facts);
    }
    let effective = facts.results.get(before).and_then(|r| r.effective.clone());
    let mut inner = shared.clone();
    inner.effective = effective.map(|when| (when, entry.place()));
    for (kind, part) in related(entry) {
        let value = part.child("value").is_some();
        let is_part = matches!(kind, "COMP" | "SPRT" | "CAUS") && part.is("observation") && value;
        if is_part || (kind == "COMP" && part.is("organizer")) {
            read(part, &inner, scope, facts);
        }
    }
}

fn result(
    entry: Element,
    code: crate::domain::facts::Coded,
    measured: Measured,
    shared: &Shared,
    scope: Element,
    facts: &mut ClinicalFacts,
) -> Observation {
    let mut at = Places::of(entry.place());
    let mut add = |part, element: Option<Element>| {
        if let Some(element) = element {
            at.add(part, element.place());
        }
    };
    add("code", entry.child("code"));
    add(
        "value",
        entry.child("value").filter(|_| measured.text.is_some()),
    );
    add(
        "units",
        entry.child("value").filter(|_| measured.units.is_some()),
    );
    let (range, ranged) = range(entry, scope);
    add("range", ranged.filter(|_| range.is_some()));
    let flags: Vec<String> = entry
        .all("interpretationCode")
        .filter_map(|c| flag(c, scope))
        .collect();
    add(
        "interpretation",
        entry
            .child("interpretationCode")
            .filter(|_| !flags.is_empty()),
    );
    let status = entries::status(entry).and_then(observation_status);
    add(
        "status",
        entry.child("statusCode").filter(|_| status.is_some()),
    );
    if shared.category.is_some() {
        at.add("category", entries::kind_place(scope));
    }
    let time = entry.child("effectiveTime");
    let own = time.and_then(|time| time::single(time, &mut facts.doubts));
    let effective = match (own, time, &shared.effective) {
        (Some(when), Some(time), _) => Some((when, time.place())),
        (_, _, shared) => shared.clone(),
    };
    if let Some((_, place)) = &effective {
        at.add("effective", place.clone());
    }
    Observation {
        code,
        value: measured.text,
        units: measured.units,
        range,
        interpretation: (!flags.is_empty()).then(|| flags.join(", ")),
        status,
        category: shared.category.map(str::to_owned),
        effective: effective.map(|(when, _)| when),
        numeric: measured.numeric,
        notes: notes(entry, scope),
        at,
        ..Observation::default()
    }
}

/// The code, as in OBX-8; the words where there is no code.
fn flag(interpretation: Element, scope: Element) -> Option<String> {
    let coded = coded(interpretation, scope);
    coded.code.or(coded.text)
}

/// The first reference range that says something: its text, else its bounds.
fn range<'d>(entry: Element<'d>, scope: Element) -> (Option<String>, Option<Element<'d>>) {
    for range in entry
        .all("referenceRange")
        .filter_map(|r| r.child("observationRange"))
    {
        let bounds = range
            .child("value")
            .and_then(|value| values::bounded(value, scope));
        let text = || words(range.child("text")?, scope);
        if let Some(said) = bounds.or_else(text) {
            return (Some(said), Some(range));
        }
    }
    (None, None)
}

/// Comment Activity: LOINC 48767-8.
fn notes(entry: Element, scope: Element) -> Vec<String> {
    let comments = entries::details(entry)
        .filter(|(_, inner)| entries::has_code(inner.to_owned(), &["48767-8"]));
    let texts = comments.filter_map(|(_, inner)| {
        entry_words(inner, scope).or_else(|| shown(inner.child("value")?, scope))
    });
    texts.collect()
}

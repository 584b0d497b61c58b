//! Allergy concerns and the observations in them → allergies.

use std::borrow::Cow;

use super::codes;
use super::datatypes::{coded, entry_words, shown};
use super::entries::{self, components, related, unknown};
use super::problems::clinical;
use super::time;
use super::tree::Element;
use crate::domain::facts::{AllergyIntolerance, ClinicalFacts, Coded, Places};

pub fn read(entry: Element, scope: Element, facts: &mut ClinicalFacts) {
    match entry.name() {
        "observation" => allergy(entry, None, scope, facts),
        "act" => {
            let mut found = false;
            for (_, inner) in related(entry).filter(|(_, inner)| is_allergy(*inner)) {
                found = true;
                allergy(inner, Some(entry), scope, facts);
            }
            if !found {
                unknown(entry, facts);
            }
        }
        "organizer" => components(entry).for_each(|part| read(part, scope, facts)),
        _ => unknown(entry, facts),
    }
}

/// Criticality and status stand beside the allergy in some documents, though
/// they belong inside of it.
fn is_allergy(inner: Element) -> bool {
    let beside = entries::has_code(inner, &["82606-5", "33999-4", "SEV"]);
    inner.is("observation") && !beside
}

fn allergy(
    observation: Element,
    concern: Option<Element>,
    scope: Element,
    facts: &mut ClinicalFacts,
) {
    if entries::is_void(observation, facts) {
        return;
    }
    let value = observation.child("value");
    let (mut code, named_by) = substance(observation, scope);
    if code.is_empty() {
        code.text = entry_words(observation, scope).or_else(|| shown(value?, scope));
    }
    if entries::is_denied(observation) {
        code = absent(observation, concern, code, named_by.is_some(), scope);
    }
    if code.is_empty() {
        return entries::nameless(named_by.or(value), observation, facts);
    }
    let mut at = Places::of(observation.place());
    at.add("code", named_by.or(value).unwrap_or(observation).place());
    let category = value.and_then(|value| codes::allergy_category(value.attr("code")?));
    if let Some(value) = value.filter(|_| category.is_some()) {
        at.add("category", value.place());
    }
    let criticality = criticality(observation, concern, &mut at);
    let onset = observation.child("effectiveTime").and_then(|time| {
        at.add("onset", time.child("low").unwrap_or(time).place());
        time::start(time, &mut facts.doubts)
    });
    let status = clinical(observation, concern, &mut at);
    facts.allergies.push(AllergyIntolerance {
        code,
        category: category.map(Cow::Borrowed),
        criticality: criticality.map(Cow::Borrowed),
        status: status.map(Cow::Borrowed),
        reactions: reactions(observation, scope, &mut at),
        onset,
        at,
        ..AllergyIntolerance::default()
    });
}

/// What somebody is allergic to: the participant that is consumed.
fn substance<'d>(observation: Element<'d>, scope: Element) -> (Coded, Option<Element<'d>>) {
    let entities = observation
        .all("participant")
        .filter_map(|participant| participant.at(&["participantRole", "playingEntity"]));
    for entity in entities {
        let code = entity.child("code");
        let mut coded = code.map(|code| coded(code, scope)).unwrap_or_default();
        if coded.text.is_none() {
            coded.text = entity.child("name").and_then(Element::text);
        }
        if !coded.is_empty() {
            return (coded, code.or(Some(entity)));
        }
    }
    (Coded::default(), None)
}

/// "No known allergies", or that one substance is tolerated.
fn absent(
    observation: Element,
    concern: Option<Element>,
    code: Coded,
    names_substance: bool,
    scope: Element,
) -> Coded {
    let concern_words = || entry_words(concern?, scope);
    let written = entry_words(observation, scope).or_else(concern_words);
    let otherwise = match code.text.or(code.code) {
        Some(substance) if names_substance => format!("No known allergy to {substance}"),
        _ => "No known allergies".to_owned(),
    };
    entries::denied(written, otherwise)
}

fn criticality(
    observation: Element,
    concern: Option<Element>,
    at: &mut Places,
) -> Option<&'static str> {
    let beside = concern.into_iter().flat_map(related);
    let (level, place) = related(observation).chain(beside).find_map(|(_, inner)| {
        let value = inner
            .child("value")
            .filter(|_| entries::has_code(inner, &["82606-5"]))?;
        Some((codes::criticality(value.attr("code")?)?, value.place()))
    })?;
    at.add("criticality", place);
    Some(level)
}

/// Manifestations, each with how severe it was. A severity of the allergy as a
/// whole, which older documents state, is told beside them.
fn reactions(observation: Element, scope: Element, at: &mut Places) -> Vec<String> {
    let mut reactions = Vec::new();
    for (kind, inner) in related(observation) {
        let is_reaction = kind == "MFST" || inner.has_template("2.16.840.1.113883.10.20.22.4.9");
        if !inner.is("observation") || !is_reaction {
            continue;
        }
        let value = inner.child("value");
        let words = value.and_then(|value| shown(value, scope));
        let Some(words) = words.or_else(|| entry_words(inner, scope)) else {
            continue;
        };
        at.add("reactions", value.unwrap_or(inner).place());
        reactions.push(match severity(inner, scope) {
            Some(severity) => format!("{words} ({severity})"),
            None => words,
        });
    }
    if let Some(severity) = severity(observation, scope) {
        reactions.push(format!("severity: {severity}"));
    }
    reactions
}

fn severity(of: Element, scope: Element) -> Option<String> {
    related(of).find_map(|(_, inner)| {
        let is_severity = entries::has_code(inner, &["SEV"])
            || inner.has_template("2.16.840.1.113883.10.20.22.4.8");
        shown(inner.child("value").filter(|_| is_severity)?, scope)
    })
}

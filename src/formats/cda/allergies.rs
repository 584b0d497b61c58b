//! Allergy concerns and the observations in them → allergies.

use std::borrow::Cow;

use super::codes;
use super::concerns::clinical;
use super::datatypes::{coded, entry_words, shown};
use super::entries::{self, components, details, related, unknown};
use super::negation::{self, REFUTED};
use super::qualifiers::{self, Certainty, qualified};
use super::time;
use super::tree::Element;
use crate::domain::facts::{AllergyIntolerance, ClinicalFacts, Coded, Doubt, Places};

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
    let denied = negation::denied_by(observation);
    let certainty = value.and_then(|value| qualified(value, scope).certainty);
    let certainty = certainty.map(|(certainty, _)| certainty);
    if certainty == Some(Certainty::Absent) {
        // Whether the substance or the kind of allergy is meant cannot be told.
        let place = value.unwrap_or(observation).place();
        facts.doubts.push(Doubt::new(place, qualifiers::UNCLEAR));
        return;
    }
    let mut verification = None;
    if denied.is_some() {
        let one;
        (code, one) = absent(observation, concern, code, scope);
        verification = one.then_some(REFUTED);
    } else if certainty == Some(Certainty::Suspected) {
        verification = Some("unconfirmed");
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
    if let Some(place) = denied
        .map(negation::place)
        .filter(|_| verification.is_some())
    {
        at.add("verification", place);
    } else if let Some(value) = value.filter(|_| verification.is_some()) {
        at.add("verification", value.place());
    }
    if denied.is_some() {
        // Neither how it showed nor since when: it is not there.
        let told = reactions(observation, scope, &mut Places::default());
        if !told.is_empty() {
            let why = "the reactions to what nobody is allergic to were left out";
            facts.doubts.push(Doubt::new(observation.place(), why));
        }
        facts.allergies.push(AllergyIntolerance {
            code,
            category: category.map(Cow::Borrowed),
            verification: verification.map(Cow::Borrowed),
            at,
            ..AllergyIntolerance::default()
        });
        return;
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
        verification: verification.map(Cow::Borrowed),
        reactions: reactions(observation, scope, &mut at),
        onset,
        at,
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

/// "No known allergies", or that one substance is tolerated; and which of them.
/// A kind of allergy alone, denied, means that none of its kind is known.
fn absent(
    observation: Element,
    concern: Option<Element>,
    code: Coded,
    scope: Element,
) -> (Coded, bool) {
    let value = observation.child("value");
    let kind = value.map(|value| coded(value, scope)).unwrap_or_default();
    let (substance, _) = substance(observation, scope);
    let category = |code: &Coded| codes::allergy_category(code.code.as_deref()?);
    let nothing = match any_substance(&substance).or(category(&kind)) {
        Some("medication") => "No known drug allergies",
        Some("food") => "No known food allergies",
        Some("environment") => "No known environmental allergies",
        _ => "No known allergies",
    };
    for said in [&substance, &kind] {
        if negation::says_none_known(said) {
            return (negation::none_by_code(said.clone(), nothing), false);
        }
    }
    let any = any_substance(&substance).is_some();
    if !substance.is_empty() && !any {
        return negation::one("No known allergy to", code);
    }
    let concern_words = || entry_words(concern?, scope);
    let written = entry_words(observation, scope).or_else(concern_words);
    if kind.code.is_none() && !any && !code.is_empty() {
        return negation::one("No known allergy to", code);
    }
    (negation::none(written, nothing), false)
}

/// A class of substances that names none, and what allergies to it are called.
fn any_substance(substance: &Coded) -> Option<&'static str> {
    match substance.code.as_deref()? {
        "410942007" | "373873005" => Some("medication"),
        "762766007" | "255620007" => Some("food"),
        "105590001" => Some(""),
        _ => None,
    }
}

fn criticality(
    observation: Element,
    concern: Option<Element>,
    at: &mut Places,
) -> Option<&'static str> {
    let beside = concern.into_iter().flat_map(details);
    let (level, place) = details(observation).chain(beside).find_map(|(_, inner)| {
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
    let told = related(observation).filter(|(_, inner)| inner.set_aside().is_none());
    for (kind, inner) in told {
        let is_reaction = kind == "MFST" || inner.has_template("2.16.840.1.113883.10.20.22.4.9");
        if !inner.is("observation") || !is_reaction {
            continue;
        }
        let value = inner.child("value");
        let words = value.and_then(|value| shown(value, scope));
        let Some(words) = words.or_else(|| entry_words(inner, scope)) else {
            continue;
        };
        let words = if negation::denies(inner) {
            format!("not present: {words}")
        } else {
            words
        };
        at.add("reactions", value.unwrap_or(inner).place());
        reactions.push(match severity(inner, scope) {
            Some((severity, _)) => format!("{words} ({severity})"),
            None => words,
        });
    }
    if let Some((severity, _)) = severity(observation, scope) {
        reactions.push(format!("severity: {severity}"));
    }
    reactions
}

/// How severe a reaction, an allergy or a problem is, and what says so.
pub fn severity<'d>(of: Element<'d>, scope: Element) -> Option<(String, Element<'d>)> {
    details(of).find_map(|(_, inner)| {
        let is_severity = entries::has_code(inner, &["SEV"])
            || inner.has_template("2.16.840.1.113883.10.20.22.4.8");
        let value = inner.child("value").filter(|_| is_severity)?;
        Some((shown(value, scope)?, value))
    })
}

//! Problem concerns, diagnoses and the observations in them → conditions.

use super::allergies::severity;
use super::concerns::clinical;
use super::datatypes::{coded, entry_words};
use super::entries::{self, components, related, unknown};
use super::negation::{self, REFUTED};
use super::qualifiers::{self, Certainty, qualified};
use super::time;
use super::tree::Element;
use crate::domain::facts::{ClinicalFacts, Coded, Condition, Doubt, Places};
use std::borrow::Cow;

/// Problem Observation, of C-CDA and of the CCD before it.
const OBSERVATION: [&str; 2] = [
    "2.16.840.1.113883.10.20.22.4.4",
    "2.16.840.1.113883.10.20.1.28",
];
/// Codes that say only that it is a problem: types of observation, and the
/// values that stand for "a problem" where its absence is told.
const TYPES: [&str; 13] = [
    "64572001",
    "55607006",
    "404684003",
    "409586006",
    "282291009",
    "418799008",
    "248536006",
    "373930000",
    "29308-4",
    "75326-9",
    "75323-6",
    "75321-0",
    "ASSERTION",
];

/// What the section makes of its conditions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Diagnoses {
    /// A FHIR diagnosis-role code: `DD`, `AD`, `pre-op` …
    pub role: Option<&'static str>,
}

pub fn read(entry: Element, kind: Diagnoses, scope: Element, facts: &mut ClinicalFacts) {
    match entry.name() {
        "observation" => condition(entry, None, kind, scope, facts),
        "act" | "encounter" => {
            let mut found = false;
            for (relation, inner) in related(entry) {
                let subject = relation == "SUBJ" || relation == "COMP";
                if inner.is("observation") && (subject || is_problem(inner)) {
                    found = true;
                    condition(inner, Some(entry), kind, scope, facts);
                } else if inner.is("act") && holds_problem(inner) {
                    found = true;
                    read(inner, kind, scope, facts);
                }
            }
            if !found && entry.is("act") {
                unknown(entry, facts);
            }
        }
        "organizer" => components(entry).for_each(|part| read(part, kind, scope, facts)),
        _ => unknown(entry, facts),
    }
}

/// The diagnoses of a visit or a health concern: what else is there is no list
/// of problems, so only what says it is one counts.
pub fn read_within(entry: Element, scope: Element, facts: &mut ClinicalFacts) {
    for (_, inner) in related(entry) {
        if inner.is("observation") && is_problem(inner) {
            let before = facts.conditions.len();
            condition(inner, None, Diagnoses::default(), scope, facts);
            if facts.conditions.len() > before {
                drop_repeated(facts);
            }
        } else if inner.is("act") && holds_problem(inner) {
            read_within(inner, scope, facts);
        }
    }
}

/// A concern repeats the problems it is about, word for word.
fn drop_repeated(facts: &mut ClinicalFacts) {
    // So many are no repetition, and looking through them takes time.
    const MOST: usize = 1_000;
    if let Some(last) = facts.conditions.pop()
        && (facts.conditions.len() > MOST || !facts.conditions.contains(&last))
    {
        facts.conditions.push(last);
    }
}

fn is_problem(observation: Element) -> bool {
    OBSERVATION
        .iter()
        .any(|root| observation.has_template(root))
}

fn holds_problem(act: Element) -> bool {
    related(act).any(|(_, inner)| inner.is("observation") && is_problem(inner))
}

fn condition(
    observation: Element,
    concern: Option<Element>,
    kind: Diagnoses,
    scope: Element,
    facts: &mut ClinicalFacts,
) {
    if entries::is_void(observation, facts) {
        return;
    }
    let value = observation.child("value");
    let mut read = value.map(|v| qualified(v, scope)).unwrap_or_default();
    let denied = negation::denied_by(observation);
    let excluded = read
        .certainty
        .filter(|(certainty, _)| *certainty == Certainty::Absent);
    if read.unclear || (denied.is_some() && excluded.is_some()) {
        let place = value.unwrap_or(observation).place();
        facts.doubts.push(Doubt::new(place, qualifiers::UNCLEAR));
        return;
    }
    if read.code.is_empty() {
        read.code.text = entry_words(observation, scope);
    }
    if read.code.is_empty() {
        read.code = own_code(observation, scope);
    }
    read.finish();
    let mut code = read.code;
    let mut at = Places::of(observation.place());
    let mut verification = match read.certainty {
        Some((Certainty::Suspected, at)) => Some(("provisional", at.place())),
        Some((Certainty::Confirmed, at)) => Some(("confirmed", at.place())),
        _ => None,
    };
    let refused_by = denied.map(negation::place);
    let refused_by = refused_by.or_else(|| excluded.map(|(_, at)| at.place()));
    let refused = refused_by.is_some();
    if let Some(place) = refused_by {
        let one;
        (code, one) = absent(observation, concern, code, scope);
        verification = one.then_some((REFUTED, place));
    }
    if code.is_empty() {
        return entries::nameless(value, observation, facts);
    }
    at.add("code", value.unwrap_or(observation).place());
    let time = observation.child("effectiveTime").filter(|_| !refused);
    let onset = time.and_then(|time| {
        at.add("onset", time.child("low").unwrap_or(time).place());
        time::start(time, &mut facts.doubts)
    });
    let end = time.and_then(|time| {
        let end = time::end(time, &mut facts.doubts)?;
        at.add("end", time.child("high").unwrap_or(time).place());
        Some(end)
    });
    let status = match read.certainty {
        _ if refused => None,
        Some((Certainty::Past, qualifier)) => {
            at.add("status", qualifier.place());
            Some("inactive")
        }
        _ => clinical(observation, concern, &mut at),
    };
    let verification = verification.map(|(code, place)| {
        at.add("verification", place);
        Cow::Borrowed(code)
    });
    let site = qualifiers::body_site(observation, read.sites, scope);
    let body_site = site.map(|(words, element)| {
        at.add("bodySite", element.place());
        words
    });
    let note = severity(observation, scope).map(|(severity, element)| {
        at.add("note", element.place());
        format!("severity: {severity}")
    });
    if kind.role.is_some() {
        at.add("use", entries::kind_place(scope));
    }
    facts.conditions.push(Condition {
        code,
        role: kind.role.map(str::to_owned),
        status: status.map(str::to_owned),
        verification,
        body_site,
        note,
        onset,
        end,
        at,
        ..Condition::default()
    });
}

/// Old documents name the problem by the observation's own code.
fn own_code(observation: Element, scope: Element) -> Coded {
    let code = observation.child("code").map(|code| coded(code, scope));
    let named = |code: &Coded| {
        code.code
            .as_deref()
            .is_some_and(|code| !TYPES.contains(&code))
    };
    code.filter(named).unwrap_or_default()
}

/// "No known problems", or that one problem is not there; and which of them.
fn absent(
    observation: Element,
    concern: Option<Element>,
    code: Coded,
    scope: Element,
) -> (Coded, bool) {
    const ANY: &str = "No known problems";
    let any = |code: &str| TYPES.contains(&code);
    if negation::says_none_known(&code) {
        return (negation::none_by_code(code, ANY), false);
    }
    if code.is_empty() || code.code.as_deref().is_some_and(any) {
        let concern_words = || entry_words(concern?, scope);
        let written = entry_words(observation, scope).or_else(concern_words);
        return (negation::none(written, ANY), false);
    }
    negation::one("Not present:", code)
}

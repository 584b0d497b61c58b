//! Problem concerns, diagnoses and the observations in them → conditions.

use super::codes::clinical_status;
use super::datatypes::{coded, entry_words};
use super::entries::{self, components, related, unknown};
use super::time;
use super::tree::Element;
use crate::domain::facts::{ClinicalFacts, Coded, Condition, Places};

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
    let mut code = value.map(|value| coded(value, scope)).unwrap_or_default();
    if code.is_empty() {
        code.text = entry_words(observation, scope);
    }
    if code.is_empty() {
        code = own_code(observation, scope);
    }
    if entries::is_denied(observation) {
        code = absent(observation, concern, code, scope);
    }
    if code.is_empty() {
        return entries::nameless(value, observation, facts);
    }
    let mut at = Places::of(observation.place());
    at.add("code", value.unwrap_or(observation).place());
    let onset = observation.child("effectiveTime").and_then(|time| {
        at.add("onset", time.child("low").unwrap_or(time).place());
        time::start(time, &mut facts.doubts)
    });
    let status = clinical(observation, concern, &mut at);
    if kind.role.is_some() {
        at.add("use", entries::kind_place(scope));
    }
    facts.conditions.push(Condition {
        code,
        role: kind.role.map(str::to_owned),
        status: status.map(str::to_owned),
        onset,
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

/// "No known problems", or that one problem is not there.
fn absent(observation: Element, concern: Option<Element>, code: Coded, scope: Element) -> Coded {
    let concern_words = || entry_words(concern?, scope);
    let written = entry_words(observation, scope).or_else(concern_words);
    let any = code
        .code
        .as_deref()
        .is_none_or(|code| TYPES.contains(&code));
    let otherwise = match code.text {
        Some(text) if !any => format!("Not present: {text}"),
        _ => "No known problems".to_owned(),
    };
    entries::denied(written, otherwise)
}

/// Problem Status where there is one; else an end of the time means resolved,
/// and an active concern an active problem. `33999-4` is the status' LOINC code.
pub fn clinical(
    observation: Element,
    concern: Option<Element>,
    at: &mut Places,
) -> Option<&'static str> {
    let stated = related(observation).find_map(|(_, inner)| {
        let is_status = entries::has_code(inner, &["33999-4"])
            || inner.has_template("2.16.840.1.113883.10.20.22.4.6")
            || inner.has_template("2.16.840.1.113883.10.20.22.4.28");
        let value = inner.child("value").filter(|_| is_status)?;
        Some((clinical_status(value.attr("code")?)?, value.place()))
    });
    if let Some((status, place)) = stated {
        at.add("status", place);
        return Some(status);
    }
    if let Some(end) = observation.at(&["effectiveTime", "high"]) {
        // `UNK` says that it ended, at a time nobody knows; others say nothing.
        if end.attr("value").is_some() || end.attr("nullFlavor") == Some("UNK") {
            at.add("status", end.place());
            return Some("resolved");
        }
    }
    let concern = concern?;
    (entries::status(concern) == Some("active")).then(|| {
        at.add("status", format!("{}/statusCode", concern.place()));
        "active"
    })
}

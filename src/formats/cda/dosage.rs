//! How a medication is taken, in words: the author's own where there are some,
//! else dose, route and timing put into a line.

use super::codes::timing_event;
use super::datatypes::{amount, bounds, entry_words, shown, words};
use super::entries::{details, has_code};
use super::tree::Element;

/// Medication Free Text Sig.
const SIG: &str = "2.16.840.1.113883.10.20.22.4.147";
/// Instruction, of C-CDA and of the CCD before it.
const INSTRUCTION: [&str; 2] = [
    "2.16.840.1.113883.10.20.22.4.20",
    "2.16.840.1.113883.10.20.1.49",
];

pub fn of(entry: Element, scope: Element) -> Option<String> {
    let sig = details(entry).find_map(|(_, inner)| {
        let is_sig = inner.has_template(SIG) || has_code(inner, &["76662-6"]);
        entry_words(inner, scope).filter(|_| is_sig)
    });
    let sig = sig.or_else(|| entry_words(entry, scope).filter(|words| is_told(words)));
    let mut lines: Vec<String> = sig
        .or_else(|| structured(entry, scope))
        .into_iter()
        .collect();
    // A tapered dose: further steps of the same drug, without its name.
    let steps = details(entry).filter(|(kind, inner)| {
        *kind == "COMP" && inner.is("substanceAdministration") && !inner.has_template(SIG)
    });
    lines.extend(steps.filter_map(|(_, step)| structured(step, scope)));
    let told = details(entry).filter(|(_, inner)| {
        inner.is("act") && INSTRUCTION.iter().any(|root| inner.has_template(root))
    });
    lines.extend(told.filter_map(|(_, inner)| entry_words(inner, scope)));
    lines.dedup();
    (!lines.is_empty()).then(|| lines.join("; "))
}

/// An entry's own text is its drug's name, its whole row or how it is taken.
/// Only the last begins by telling somebody what to do.
fn is_told(words: &str) -> bool {
    const VERBS: [&str; 14] = [
        "take",
        "apply",
        "inhale",
        "inject",
        "use",
        "give",
        "place",
        "instill",
        "insert",
        "chew",
        "dissolve",
        "spray",
        "swallow",
        "administer",
    ];
    let first = words.split_whitespace().next().unwrap_or_default();
    VERBS.iter().any(|verb| verb.eq_ignore_ascii_case(first))
}

fn structured(entry: Element, scope: Element) -> Option<String> {
    let named = |name| entry.child(name).and_then(|code| shown(code, scope));
    let dose = entry.child("doseQuantity").and_then(quantity);
    let form = named("administrationUnitCode");
    let dose = match (dose, form) {
        // `1` and `tablet`: the form is the unit where the dose has none.
        (Some(dose), Some(form)) if !dose.contains(' ') => Some(format!("{dose} {form}")),
        // Of what is told by the drug's own name: so many tablets or puffs.
        (Some(dose), None) if !dose.contains(' ') => Some(format!("dose {dose}")),
        (dose, _) => dose,
    };
    let rate = entry.child("rateQuantity").and_then(quantity);
    let mut parts: Vec<String> = Vec::new();
    parts.extend(dose);
    parts.extend(rate.map(|rate| format!("at {rate}")));
    parts.extend(named("routeCode"));
    parts.extend(named("approachSiteCode"));
    parts.extend(entry.all("effectiveTime").filter_map(timing));
    parts.extend(entry.all("precondition").filter_map(|p| needed(p, scope)));
    parts.extend(entry.child("maxDoseQuantity").and_then(most));
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// PQ or IVL_PQ: `5 mg`, `1-2 tablets`.
fn quantity(dose: Element) -> Option<String> {
    amount(dose).or_else(|| match bounds(dose) {
        (Some(range), Some(unit)) => Some(format!("{range} {unit}")),
        (range, _) => range,
    })
}

/// From when to when it is taken: the one time that is neither a period nor an
/// event of the day.
pub fn course(entry: Element<'_>) -> Option<Element<'_>> {
    entry.all("effectiveTime").find(|time| {
        let span = time.attr("value").is_some() || time.child("low").is_some();
        let span = span || time.child("high").is_some();
        span && time.child("period").is_none() && time.child("event").is_none()
    })
}

/// PIVL_TS and EIVL_TS in words; several in one (SXPR_TS) are told together.
fn timing(time: Element) -> Option<String> {
    if let Some(period) = time.child("period") {
        return every(period);
    }
    if let Some(event) = time.child("event") {
        let code = event.attr("code")?;
        return Some(timing_event(code).unwrap_or(code).to_owned());
    }
    let parts: Vec<String> = time.all("comp").filter_map(timing_of_part).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn timing_of_part(part: Element) -> Option<String> {
    match (part.child("period"), part.child("event")) {
        (Some(period), _) => every(period),
        (None, Some(event)) => {
            let code = event.attr("code")?;
            Some(timing_event(code).unwrap_or(code).to_owned())
        }
        (None, None) => None,
    }
}

/// `every 12 hours`, `every 4-6 hours`.
fn every(period: Element) -> Option<String> {
    let (value, unit) = match period.attr("value") {
        Some(value) => (value.to_owned(), period.attr("unit").map(str::to_owned)),
        None => {
            let (range, unit) = bounds(period);
            (range?, unit)
        }
    };
    let unit = unit.unwrap_or_default();
    let unit = match unit.as_str() {
        "s" => "second",
        "min" => "minute",
        "h" => "hour",
        "d" => "day",
        "wk" => "week",
        "mo" => "month",
        "a" => "year",
        other => return Some(format!("every {value} {other}").trim_end().to_owned()),
    };
    Some(match value.as_str() {
        "1" => format!("every {unit}"),
        value => format!("every {value} {unit}s"),
    })
}

/// `precondition`: it is taken only when something is the case.
fn needed(precondition: Element, scope: Element) -> Option<String> {
    let criterion = precondition.child("criterion")?;
    let value = criterion
        .child("value")
        .and_then(|value| shown(value, scope));
    let why = value.or_else(|| words(criterion.child("text")?, scope));
    Some(match why {
        Some(why) => format!("as needed for {why}"),
        None if criterion.is_null() => return None,
        None => "as needed".to_owned(),
    })
}

/// RTO: `at most 6 tablets in 24 hours`.
fn most(limit: Element) -> Option<String> {
    let most = amount(limit.child("numerator")?)?;
    match limit.child("denominator").and_then(amount) {
        Some(time) => Some(format!("at most {most} in {time}")),
        None => Some(format!("at most {most}")),
    }
}

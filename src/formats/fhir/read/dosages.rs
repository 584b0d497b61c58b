//! Dosage → words: how much, by which way, how often, how long, and at most how
//! much. All of it is said; what a person wrote goes first.

use super::{
    datatypes::{amount, quantity, words},
    json::{list, owned, text},
    library::items,
    timing::timing,
    trail::Trail,
    tree::Value,
};

/// Instructions beside one dosage; each is compared with the others.
const MAX_INSTRUCTIONS: usize = 50;

pub fn dosages(json: &Value, trail: &mut Trail) -> Option<String> {
    for key in ["dosageInstruction", "dosage"] {
        let dosages = list(json, key).iter();
        let read = dosages.filter_map(|one| Some((number(one, "sequence"), dosage(one)?)));
        let mut read: Vec<(Option<u64>, String)> = read.collect();
        if read.iter().all(|(sequence, _)| sequence.is_some()) {
            read.sort_by_key(|(sequence, _)| *sequence);
        }
        read.dedup();
        let mut whole = String::new();
        let mut last = None;
        for (sequence, words) in read {
            if !whole.is_empty() {
                // Those of one number are taken at the same time.
                let is_next = sequence.is_some() && last.is_some() && sequence != last;
                whole.push_str(if is_next { "; then " } else { "; " });
            }
            whole.push_str(&words);
            last = sequence;
        }
        if !whole.is_empty() {
            return trail.some("dosage", key, Some(whole));
        }
    }
    // R5 renders all of it in one text.
    trail.text("dosage", json, "renderedDosageInstruction")
}

fn number(json: &Value, key: &str) -> Option<u64> {
    text(json, key)?.parse().ok()
}

/// Its text where a person wrote one, else dose, route and timing; then what
/// else must be known, unless the text says it in the same words.
fn dosage(dosage: &Value) -> Option<String> {
    let mut said: Vec<String> = owned(dosage, "text").into_iter().collect();
    if said.is_empty() {
        said.extend(dose(dosage));
        said.extend(rate(dosage));
        for key in ["method", "route", "site", "siteCodeableConcept"] {
            said.extend(dosage.get(key).and_then(words));
        }
        said.extend(dosage.get("timing").and_then(timing));
    }
    let written = said.join(", ").to_lowercase();
    let mut add = |words: String| {
        if !written.contains(&words.to_lowercase()) && !said.contains(&words) {
            said.push(words);
        }
    };
    needed(dosage, &written).into_iter().for_each(&mut add);
    at_most(dosage).into_iter().for_each(&mut add);
    for key in ["additionalInstruction", "additionalInstructions"] {
        let all = items(dosage, key).iter().take(MAX_INSTRUCTIONS);
        let all = all.filter_map(words);
        all.for_each(&mut add);
    }
    owned(dosage, "patientInstruction")
        .into_iter()
        .for_each(&mut add);
    (!said.is_empty()).then(|| said.join(", "))
}

/// `as needed`, and what for.
fn needed(dosage: &Value, written: &str) -> Option<String> {
    let reasons = ["asNeededCodeableConcept", "asNeededFor"];
    let reasons = reasons.into_iter().flat_map(|key| items(dosage, key));
    let reasons: Vec<String> = reasons.filter_map(words).collect();
    let is_said = ["needed", "prn", "bedarf"]
        .into_iter()
        .any(|word| written.contains(word));
    if !reasons.is_empty() {
        let reasons = reasons.join(" or ");
        let both = is_said && written.contains(&reasons.to_lowercase());
        return (!both).then(|| format!("as needed for {reasons}"));
    }
    let keys = ["asNeededBoolean", "asNeeded"].into_iter();
    let is_needed = keys
        .filter_map(|key| dosage.get(key))
        .any(|v| v == &Value::Bool(true));
    (is_needed && !is_said).then(|| "as needed".to_owned())
}

/// Doses with their kind where there are several: as ordered, as calculated.
fn dose(dosage: &Value) -> Option<String> {
    let keys = ["doseQuantity", "dose", "doseRange", "quantity"];
    let doses = holders(dosage).filter_map(|holder| {
        let mut doses = keys
            .into_iter()
            .filter_map(|key| measured(holder.get(key)?));
        Some((doses.next()?, holder.get("type").and_then(words)))
    });
    let mut doses: Vec<(String, Option<String>)> = doses.collect();
    doses.dedup();
    several(doses)
}

/// `at 50 mL/h`.
fn rate(dosage: &Value) -> Option<String> {
    let rates = holders(dosage).filter_map(|holder| {
        let value = |key| holder.get(key);
        let ratio = value("rateRatio").or(value("rate")).and_then(ratio);
        let other = || {
            let keys = ["rateQuantity", "rateRange", "rate"];
            keys.into_iter().find_map(|key| measured(value(key)?))
        };
        let rate = ratio.or_else(other)?;
        Some((format!("at {rate}"), holder.get("type").and_then(words)))
    });
    let mut rates: Vec<(String, Option<String>)> = rates.collect();
    rates.dedup();
    several(rates)
}

/// R4's list, then the members of its neighbours.
fn holders<'v>(dosage: &'v Value<'v>) -> impl Iterator<Item = &'v Value<'v>> {
    list(dosage, "doseAndRate").iter().chain([dosage])
}

fn several(all: Vec<(String, Option<String>)>) -> Option<String> {
    let is_one = all.len() < 2;
    let said = all.into_iter().map(|(words, kind)| match kind {
        Some(kind) if !is_one => format!("{words} ({kind})"),
        _ => words,
    });
    let said: Vec<String> = said.collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// `at most 4 g per day`.
fn at_most(dosage: &Value) -> Option<String> {
    let period = items(dosage, "maxDosePerPeriod").iter().filter_map(ratio);
    let mut limits: Vec<String> = period.map(|limit| format!("at most {limit}")).collect();
    let others = [
        ("maxDosePerAdministration", "at a time"),
        ("maxDosePerLifetime", "in a lifetime"),
    ];
    for (key, when) in others {
        let limit = dosage.get(key).and_then(amount);
        limits.extend(limit.map(|limit| format!("at most {limit} {when}")));
    }
    (!limits.is_empty()).then(|| limits.join(", "))
}

/// A Quantity or a Range, which may have one end: `1 to 2 tablets`, `up to 2 g`.
pub fn measured(value: &Value) -> Option<String> {
    if let Some(amount) = amount(value) {
        return Some(amount);
    }
    let (low, high) = (value.get("low"), value.get("high"));
    match (low.and_then(amount), high.and_then(amount)) {
        (Some(from), Some(to)) => {
            let (number, unit) = low.map(quantity)?;
            let is_same = unit.is_none() || unit == high.and_then(|high| quantity(high).1);
            let from = number.filter(|_| is_same).unwrap_or(from);
            Some(format!("{from} to {to}"))
        }
        (Some(from), None) => Some(format!("at least {from}")),
        (None, Some(to)) => Some(format!("up to {to}")),
        (None, None) => None,
    }
}

/// `4 g per 1 d`, `50 mL per h`: a one before a unit goes without saying.
fn ratio(ratio: &Value) -> Option<String> {
    let above = amount(ratio.get("numerator")?)?;
    let below = match ratio.get("denominator").map(quantity) {
        Some((Some(number), Some(unit))) if number == "1" => unit,
        Some((None, Some(unit))) => unit,
        Some(_) => ratio.get("denominator").and_then(amount)?,
        None => return Some(above),
    };
    Some(format!("{above} per {below}"))
}

//! Observation.referenceRange → words: the normal range before all others.

use super::{
    datatypes::{bounds, bounds_in, coded, has_code, words},
    json::{list, owned},
    library::items,
    tree::Value,
};

/// The normal range, which is the one that is called nothing else; where there
/// are several, or other kinds alone, each with what it is for. `units` are those
/// of the value.
pub fn ranges(json: &Value, units: Option<&str>) -> Option<String> {
    let all: Vec<&Value> = list(json, "referenceRange").iter().collect();
    let is_normal = |range: &&&Value| {
        let kind = range.get("type").map(coded).unwrap_or_default();
        kind.is_empty() || has_code_of(range, "normal")
    };
    let normal: Vec<&Value> = all.iter().filter(is_normal).copied().collect();
    let chosen = if normal.is_empty() { &all } else { &normal };
    let said: Vec<(String, Option<String>)> = chosen
        .iter()
        .filter_map(|one| Some((range(one, units)?, range_kind(one, normal.is_empty()))))
        .collect();
    let is_one = said.len() == 1;
    let said = said.into_iter().map(|(words, kind)| match kind {
        Some(kind) if !is_one || normal.is_empty() => format!("{words} ({kind})"),
        _ => words,
    });
    let said: Vec<String> = said.collect();
    (!said.is_empty()).then(|| said.join("; "))
}

fn has_code_of(range: &Value, code: &str) -> bool {
    range
        .get("type")
        .is_some_and(|kind| has_code(kind, &[code]))
}

/// For whom a range is, and what it is where it is not the normal one.
fn range_kind(range: &Value, with_type: bool) -> Option<String> {
    let kind = range.get("type").filter(|_| with_type).and_then(words);
    let who = items(range, "appliesTo").iter().filter_map(words);
    let age = range
        .get("age")
        .and_then(bounds)
        .map(|age| format!("age {age}"));
    let parts: Vec<String> = kind.into_iter().chain(who).chain(age).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn range(range: &Value, units: Option<&str>) -> Option<String> {
    owned(range, "text").or_else(|| bounds_in(range, units))
}

//! What a Bundle is about: a stay (Encounter) or a referral (ServiceRequest).

use serde_json::Value;

use super::{
    datatypes::has_code,
    json::{list, text},
    library::Library,
};

/// LOINC: discharge summary, referral note.
const DISCHARGE_SUMMARY: &str = "18842-5";
const REFERRAL_NOTE: &str = "57133-1";

pub struct Focus {
    pub kind: Option<String>,
    /// The resource itself, where it is in the body.
    pub entry: Option<usize>,
}

pub fn of(body: &Value, kind: &str, library: &Library) -> Focus {
    if kind != "Bundle" {
        return Focus {
            kind: Some(kind.to_owned()),
            entry: Some(0),
        };
    }
    let named = match text(body, "type") {
        Some("message") => of_message(library),
        Some("document") => of_document(library),
        _ => None,
    };
    named.unwrap_or_else(|| of_content(library))
}

fn of_message(library: &Library) -> Option<Focus> {
    let (_, header) = library.all("MessageHeader").next()?;
    let entries = list(header.json, "focus")
        .iter()
        .filter_map(|focus| library.entry(focus));
    entries
        .filter(|&entry| {
            matches!(
                library.resources[entry].kind,
                "Encounter" | "ServiceRequest"
            )
        })
        .map(|entry| Focus {
            kind: Some(library.resources[entry].kind.to_owned()),
            entry: Some(entry),
        })
        .next()
}

fn of_document(library: &Library) -> Option<Focus> {
    let (_, composition) = library.all("Composition").next()?;
    let is = |code| {
        composition
            .json
            .get("type")
            .is_some_and(|kind| has_code(kind, &[code]))
    };
    let encounter = composition.json.get("encounter");
    if is(REFERRAL_NOTE) {
        let entry = library.all("ServiceRequest").next().map(|(entry, _)| entry);
        return Some(Focus {
            kind: Some("ServiceRequest".to_owned()),
            entry,
        });
    }
    if is(DISCHARGE_SUMMARY) || encounter.is_some() {
        let entry = match encounter {
            Some(reference) => library.entry(reference),
            None => latest_encounter(library),
        };
        return Some(Focus {
            kind: Some("Encounter".to_owned()),
            entry,
        });
    }
    None
}

fn of_content(library: &Library) -> Focus {
    let first = library.all("ServiceRequest").next().map(|(entry, _)| entry);
    let entry = first.or_else(|| latest_encounter(library));
    let kind = entry.map(|entry| library.resources[entry].kind.to_owned());
    Focus { kind, entry }
}

/// Of several stays the one that began last; a record's history comes with it.
pub fn latest_encounter(library: &Library) -> Option<usize> {
    let start = |json: &Value| {
        json.get("period")
            .and_then(|period| text(period, "start"))
            .unwrap_or_default()
            .to_owned()
    };
    library
        .all("Encounter")
        .max_by(|(a, one), (b, other)| start(one.json).cmp(&start(other.json)).then(b.cmp(a)))
        .map(|(entry, _)| entry)
}

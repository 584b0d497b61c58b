//! PRB → a problem of the patient (PPR^PC1 and its kin).

use std::borrow::Cow;

use super::Room;
use crate::domain::facts::Condition;
use crate::formats::hl7v2::{datatypes, labels, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["PRB"],
    read,
};

/// The condition-clinical codes that PRB-14 may say in words.
const CLINICAL: [&str; 5] = ["active", "recurrence", "inactive", "remission", "resolved"];

/// Where a sender says how certain it is: the confirmation, the life cycle, which
/// some use for it, and the certainty.
const CERTAINTY: [usize; 3] = [13, 14, 19];

fn read(segment: &Segment, walk: &mut Walk) {
    let doubts = &mut walk.facts.doubts;
    if datatypes::is_deleted(segment, 1, doubts) {
        return;
    }
    let Some((code, mut at)) = datatypes::named(segment, 3, None, None, doubts) else {
        return;
    };
    let mut verification = None;
    let mut notes: Vec<(usize, String)> = Vec::new();
    for field in CERTAINTY {
        let Some(words) = segment.value(field).and_then(datatypes::words) else {
            continue;
        };
        match certainty(&words, segment.text(field, 1).as_deref()) {
            Certainty::Certain => {}
            Certainty::Clinical if field == 14 => {}
            Certainty::Less(code) => verification = verification.or(Some((field, code))),
            Certainty::Refuted(why) => return walk.doubt(segment.at(field), why),
            Certainty::Clinical | Certainty::Unknown => notes.push((field, words)),
        }
    }
    let onset = datatypes::time(segment, 16, doubts);
    let end = datatypes::time(segment, 9, doubts);
    let resolved = segment.has(9);
    let status = match resolved {
        true => Some("resolved".to_owned()),
        false => life_cycle(segment),
    };
    let parts = [
        ("onset", 16, onset.is_some()),
        ("end", 9, end.is_some()),
        ("status", if resolved { 9 } else { 14 }, status.is_some()),
    ];
    segment.add_places(&parts, &mut at);
    if let Some((field, _)) = verification {
        at.add("verification", segment.at(field));
    }
    for (field, _) in &notes {
        at.also("note", segment.at(*field));
    }
    let notes: Vec<String> = notes.into_iter().map(|(_, words)| words).collect();
    walk.facts.conditions.push(Condition {
        code,
        status,
        verification: verification.map(|(_, code)| Cow::Borrowed(code)),
        note: (!notes.is_empty()).then(|| notes.join("; ")),
        onset,
        end,
        at,
        ..Condition::default()
    });
    labels::coded(segment, 25, 177, "diagnosis", walk);
}

/// PRB-14 has no table: believed where its words are FHIR's own.
fn life_cycle(segment: &Segment) -> Option<String> {
    let words = segment.value(14).and_then(datatypes::words)?;
    let words = words.to_ascii_lowercase();
    CLINICAL.contains(&words.as_str()).then_some(words)
}

enum Certainty {
    Certain,
    /// A state of the problem, and no word about its certainty.
    Clinical,
    /// A FHIR condition-ver-status code.
    Less(&'static str),
    /// No problem of this patient, and why.
    Refuted(&'static str),
    Unknown,
}

/// None of the three fields has a table: the words count, or a code that is one.
fn certainty(words: &str, code: Option<&str>) -> Certainty {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['-', '_'], " ");
    let code = code.map(plain).unwrap_or_default();
    match word(&plain(words)) {
        // A letter beside words nobody knows may mean anything.
        Certainty::Unknown if code.len() > 1 => word(&code),
        known => known,
    }
}

fn word(words: &str) -> Certainty {
    match words {
        "c" | "confirmed" | "verified" | "certain" | "definite" | "established" => {
            Certainty::Certain
        }
        "s" | "u" | "p" | "unconfirmed" | "suspected" | "suspect" | "possible" | "pending"
        | "questionable" | "rule out" | "r/o" | "to be confirmed" => Certainty::Less("unconfirmed"),
        "provisional" | "probable" | "presumed" | "presumptive" | "working" | "likely"
        | "preliminary" => Certainty::Less("provisional"),
        "differential" => Certainty::Less("differential"),
        "refuted" | "ruled out" | "excluded" | "disproved" | "not present" | "absent" => {
            Certainty::Refuted("the problem is ruled out by its sender and was left out")
        }
        "e" | "erroneous" | "entered in error" | "error" | "cancelled" | "canceled" | "deleted"
        | "invalid" | "retracted" => {
            Certainty::Refuted("the problem is withdrawn by its sender and was left out")
        }
        known if CLINICAL.contains(&known) => Certainty::Clinical,
        _ => Certainty::Unknown,
    }
}

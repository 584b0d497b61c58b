//! Real messages, where they are at hand (`../shared/corpus`, HANDOFF_CORPUS):
//! what another reader found in them is found by ours. `snapshots/corpus.txt`
//! keeps the rates by kind, and each miss with the reason that a person gave it
//! in `reasons.txt`. No value of a message is written anywhere.

mod cda;
mod fhir;
mod hl7v2;
mod normal;
mod score;

use handoff::domain::facts::{Problem, Reading};
use handoff::domain::wishes::Wishes;
use handoff::formats::read::read;
use score::Score;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The only clock among these tests. A hundred times what a debug build needs.
const SLOWEST: Duration = Duration::from_secs(1);

pub fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let folder = std::env::var_os("HANDOFF_CORPUS").map_or(beside, PathBuf::from);
    if !folder.is_dir() {
        eprintln!("left out: no corpus is at hand (HANDOFF_CORPUS)");
        return None;
    }
    Some(folder)
}

/// Every message, by its name below the folder.
pub fn bodies(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut bodies = BTreeMap::new();
    for part in ["hl7v2", "fhir", "cda"] {
        for file in crate::support::bucket::files_below(&folder.join(part)) {
            let name = file.strip_prefix(folder).unwrap().display().to_string();
            bodies.insert(name, std::fs::read(&file).unwrap());
        }
    }
    assert!(bodies.len() > 50, "only {} files were there", bodies.len());
    bodies
}

fn oracle(folder: &Path) -> Option<BTreeMap<String, Value>> {
    let path = folder.join("oracle-dev.json");
    let Ok(text) = std::fs::read(&path) else {
        eprintln!("left out: {} is not there", path.display());
        return None;
    };
    let mut oracle: BTreeMap<String, Value> = serde_json::from_slice(&text).unwrap();
    oracle.remove("_meta");
    Some(oracle)
}

fn plainly(body: &[u8]) -> Reading {
    read(body, None, &Wishes::default())
}

#[test]
fn every_real_message_is_read_at_once_or_says_why_not() {
    let Some(folder) = folder() else { return };
    for (name, body) in bodies(&folder) {
        for split_patients in [false, true] {
            let wishes = Wishes {
                split_patients,
                ..Wishes::default()
            };
            let began = Instant::now();
            let reading = read(&body, None, &wishes);
            let took = began.elapsed();
            let silent = reading.messages.is_empty() && reading.problems.is_empty();
            assert!(!silent, "{name} reads as nothing");
            assert!(took < SLOWEST, "{name} took {took:?}");
            assert!(serde_json::to_string(&reading).is_ok(), "{name}");
        }
    }
}

#[test]
fn what_is_in_a_real_message_is_found_in_its_facts() {
    let Some(folder) = folder() else { return };
    let Some(oracle) = oracle(&folder) else {
        return;
    };
    let mut score = Score::default();
    for (name, body) in bodies(&folder) {
        let Some(expected) = oracle.get(&name) else {
            continue;
        };
        let file = &mut score.file(&name);
        if is_broken(expected) {
            file.expect("broken and told", 0, is_told(&body, &plainly(&body)));
        }
        match expected["kind"].as_str() {
            Some("hl7v2") => hl7v2::compare(&plainly(&body), expected, file),
            Some("fhir") => fhir::compare(&body, expected, file),
            Some("cda") => cda::compare(&plainly(&body), expected, file),
            other => panic!("{name}: an unknown kind {other:?}"),
        }
    }
    score.settle();
}

/// What another reader calls broken may be read all the same, never silently:
/// it gives a doubt, or a problem that names a place, or several JSON values
/// were told apart.
fn is_told(body: &[u8], reading: &Reading) -> bool {
    let mut messages = reading.messages.iter();
    messages.any(|facts| !facts.doubts.is_empty())
        || values(body).is_some_and(|count| count == reading.messages.len())
        || reading.problems.iter().any(names_a_place)
}

fn is_broken(expected: &Value) -> bool {
    let parts = ["well_formed_json", "well_formed_xml"];
    let malformed = parts
        .iter()
        .any(|part| expected[part] == Value::Bool(false));
    malformed || expected.get("error").is_some()
}

/// A path, a segment, an element; or in words, by line or byte. "body" alone
/// is no place.
fn names_a_place(problem: &Problem) -> bool {
    let counted = problem.why.contains(|c: char| c.is_ascii_digit());
    !problem.at.is_empty() && (problem.at != "body" || counted)
}

/// How many JSON values a body holds, where it holds nothing else.
fn values(body: &[u8]) -> Option<usize> {
    let stream = serde_json::Deserializer::from_slice(body).into_iter::<Value>();
    let values: Result<Vec<_>, _> = stream.collect();
    values.ok().map(|values| values.len())
}

/// Several JSON values in a body, several HL7 v2 headers: each is a message or
/// a problem of its own.
#[test]
fn each_message_of_a_body_with_several_is_accounted_for() {
    let Some(folder) = folder() else { return };
    let mut several = 0;
    for (name, body) in bodies(&folder) {
        let count = if name.starts_with("fhir/") {
            values(&body).unwrap_or(1)
        } else if name.starts_with("hl7v2/") {
            hl7v2::headers(&body)
        } else {
            1
        };
        let reading = plainly(&body);
        let said = reading.messages.len() + reading.problems.len();
        assert!(said >= count, "{name}: {said} of {count} messages");
        several += usize::from(count > 1);
    }
    assert!(several > 3, "only {several} files held several messages");
}

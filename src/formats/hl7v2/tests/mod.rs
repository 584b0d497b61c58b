//! One test per fixture, then one per rule that a messy sender taught us, by
//! topic; `segments` walks over the table.

mod documents;
mod facts;
mod lines;
mod lists;
mod orders;
mod results;
mod segments;
mod structures;
mod text;
mod times;

use crate::domain::facts::{ClinicalFacts, Reading};
use crate::domain::wishes::Wishes;

fn read(body: &[u8]) -> Reading {
    super::read(body, &Wishes::default())
}

const DISCHARGE: &[u8] = include_bytes!("../../../../fixtures/hl7v2/adt_a03_discharge.hl7");
const REFERRAL: &[u8] = include_bytes!("../../../../fixtures/hl7v2/ref_i12_referral.hl7");

/// The one message of a body; where it lay is not what it said.
fn one(body: &[u8]) -> ClinicalFacts {
    let mut reading = read(body);
    assert_eq!(reading.problems, []);
    assert_eq!(reading.messages.len(), 1);
    ClinicalFacts {
        source: None,
        ..reading.messages.remove(0)
    }
}

/// A small message around the segments of a test.
fn with(segments: &str) -> ClinicalFacts {
    let header = "MSH|^~\\&|A|B|||20261122||ADT^A03|1|P|2.5.1";
    one(format!("{header}\rPID|1||7^^^H^MR||NAME^Given\r{segments}\r").as_bytes())
}

fn places(facts: &ClinicalFacts) -> Vec<&str> {
    facts.doubts.iter().map(|doubt| doubt.at.as_str()).collect()
}

fn problem(reading: &Reading) -> &str {
    assert_eq!(reading.messages, []);
    &reading.problems[0].at
}

/// Where it is doubted that the message is about anybody.
fn nobody(reading: &Reading) -> &str {
    let facts = &reading.messages[0];
    assert!(!facts.patient.is_somebody());
    &facts.doubts.last().expect("a doubt").at
}

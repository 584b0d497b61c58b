//! Every fixture, injured in a few small ways: read as something, and no name or
//! number of it is quoted in what is said about it.

use crate::support::bucket::files_below;
use handoff::domain::facts::Reading;
use handoff::domain::wishes::Wishes;
use handoff::formats::read::read;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;
use std::collections::BTreeSet;
use std::path::Path;

/// Of the kind that reach what a parser assumes.
const BYTES: &[u8] = b"|^~\\&\r\n\x0b\x1c\"{}[],:<>/=';#\xff\xc3\x00 0-9+.ZMSHPID";

#[derive(Debug, Clone)]
enum Injury {
    Cut(Index),
    Insert(Index, u8),
    Replace(Index, u8),
    Drop(Index, usize),
    Copy(Index, usize, Index),
}

fn injury() -> impl Strategy<Value = Injury> {
    let at = any::<Index>;
    let byte = || prop::sample::select(BYTES);
    prop_oneof![
        1 => at().prop_map(Injury::Cut),
        3 => (at(), byte()).prop_map(|(at, byte)| Injury::Insert(at, byte)),
        3 => (at(), byte()).prop_map(|(at, byte)| Injury::Replace(at, byte)),
        3 => (at(), 0..40_usize).prop_map(|(at, length)| Injury::Drop(at, length)),
        3 => (at(), 0..200_usize, at()).prop_map(|(at, length, to)| Injury::Copy(at, length, to)),
    ]
}

impl Injury {
    fn harm(&self, body: &mut Vec<u8>) {
        if body.is_empty() {
            return;
        }
        let end = |from: usize, length: usize, body: &[u8]| (from + length).min(body.len());
        match self {
            Self::Cut(at) => body.truncate(at.index(body.len())),
            Self::Insert(at, byte) => body.insert(at.index(body.len()), *byte),
            Self::Replace(at, byte) => {
                let at = at.index(body.len());
                body[at] = *byte;
            }
            Self::Drop(at, length) => {
                let from = at.index(body.len());
                let to = end(from, *length, body);
                body.drain(from..to);
            }
            Self::Copy(at, length, to) => {
                let from = at.index(body.len());
                let piece = body[from..end(from, *length, body)].to_vec();
                let to = to.index(body.len());
                body.splice(to..to, piece);
            }
        }
    }
}

struct Fixture {
    body: Vec<u8>,
    /// What identifies its patient, where it can be read.
    secrets: BTreeSet<String>,
}

fn fixtures() -> Vec<Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut files = files_below(&folder);
    files.sort();
    assert!(files.len() > 8, "only {} fixtures are there", files.len());
    let bodies = files.iter().map(|file| std::fs::read(file).unwrap());
    bodies
        .map(|body| Fixture {
            secrets: secrets(&plainly(&body)),
            body,
        })
        .collect()
}

fn plainly(body: &[u8]) -> Reading {
    read(body, None, &Wishes::default())
}

/// Names and numbers that are too long to stand in a place or a reason by chance.
fn secrets(reading: &Reading) -> BTreeSet<String> {
    let mut secrets = BTreeSet::new();
    for facts in &reading.messages {
        for name in &facts.patient.names {
            secrets.extend(name.family.clone());
            secrets.extend(name.given.clone());
        }
        let identifiers = facts.patient.identifiers.iter();
        secrets.extend(identifiers.map(|identifier| identifier.value.clone()));
        let visit = facts.encounter.as_ref();
        secrets.extend(visit.and_then(|visit| visit.number.clone()));
    }
    secrets.retain(|secret| secret.chars().count() > 4);
    secrets
}

fn said(reading: &Reading) -> String {
    let doubts = reading.messages.iter().flat_map(|facts| &facts.doubts);
    let doubts: Vec<_> = doubts.collect();
    format!("{:?} {doubts:?}", reading.problems)
}

#[test]
fn no_mutant_of_a_fixture_panics_reads_as_nothing_or_is_quoted() {
    let fixtures = fixtures();
    let known = fixtures.iter().filter(|it| !it.secrets.is_empty()).count();
    assert!(known > 4, "only {known} fixtures have a patient");
    let types = [
        None,
        Some("application/hl7-v2"),
        Some("application/fhir+json"),
        Some("text/xml"),
    ];
    let config = ProptestConfig {
        cases: 10_000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x5EED),
        ..ProptestConfig::default()
    };
    let injuries = prop::collection::vec(injury(), 1..7);
    proptest!(config, |(place in any::<Index>(), injuries in injuries, kind in 0..types.len())| {
        let fixture = place.get(&fixtures);
        let mut body = fixture.body.clone();
        injuries.iter().for_each(|injury| injury.harm(&mut body));
        let reading = read(&body, types[kind], &Wishes::default());
        prop_assert!(!reading.messages.is_empty() || !reading.problems.is_empty(), "read as nothing");
        let said = said(&reading);
        let quoted = fixture.secrets.iter().find(|secret| said.contains(*secret));
        prop_assert!(quoted.is_none(), "{quoted:?} is quoted in {said}");
    });
}

//! The promise of `segments::TABLE`: a segment is one file and one fixture.

use super::super::segments::TABLE;
use super::*;
use serde_json::Value;

/// Every place that facts name.
fn named(json: &Value, places: &mut Vec<String>) {
    match json {
        Value::Object(members) => {
            for (key, member) in members {
                match (key.as_str(), member) {
                    ("at", Value::Object(at)) => {
                        places.extend(at.values().filter_map(Value::as_str).map(str::to_owned));
                    }
                    _ => named(member, places),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| named(item, places)),
        _ => {}
    }
}

macro_rules! fixtures {
    ($($name:literal)*) => {
        &[$(($name, include_bytes!(concat!("../../../../fixtures/hl7v2/segments/", $name, ".hl7")))),*]
    };
}

const FIXTURES: &[(&str, &[u8])] = fixtures![
    "aig" "ail" "aip" "ais" "al1" "arv" "aut" "con" "ctd"
    "dg1" "gt1" "iam" "in1" "mrg" "nk1" "nte" "obr" "obx"
    "orc" "pd1" "pid" "pr1" "prb" "prd" "prt" "pv1" "pv2"
    "rf1" "rol" "rxa" "rxc" "rxd" "rxe" "rxg" "rxo" "rxr"
    "sch" "spm" "tq1" "txa"
];

fn fixture(name: &str) -> &'static [u8] {
    let known = FIXTURES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    known.unwrap_or_else(|| panic!("{name} has no fixture")).1
}

#[test]
fn every_segment_of_the_table_has_a_fixture_that_leaves_a_fact() {
    for name in TABLE.iter().flat_map(|room| room.names) {
        let facts = one(fixture(name));
        assert_eq!(facts.doubts, [], "{name}");
        let mut places = Vec::new();
        named(&serde_json::to_value(&facts).expect("JSON"), &mut places);
        let said = places.iter().any(|place| place.contains(name));
        assert!(said, "no fact is from {name}: {places:?}");
    }
}

#[test]
fn no_segment_has_two_rooms() {
    let mut names: Vec<_> = TABLE.iter().flat_map(|room| room.names).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
    for name in names {
        let known = super::super::segments::known_unread().filter(|known| known == name);
        assert_eq!(known.count(), 0, "{name} is read and said not to be");
    }
}

/// A part of `at` is a member of the fact, or the fact itself.
fn check_parts(json: &Value, of: &str) {
    if let Value::Array(items) = json {
        items.iter().for_each(|item| check_parts(item, of));
    }
    let Value::Object(members) = json else { return };
    if let Some(Value::Object(at)) = members.get("at") {
        for part in at.keys().filter(|part| *part != "fact") {
            assert!(
                members.contains_key(part),
                "{of}: {part} has a place and was not read"
            );
        }
    }
    members.values().for_each(|member| check_parts(member, of));
}

#[test]
fn only_what_was_read_has_a_place() {
    for name in TABLE.iter().flat_map(|room| room.names) {
        let facts = one(fixture(name));
        check_parts(&serde_json::to_value(&facts).expect("JSON"), name);
    }
}

//! Every place that is told leads to something in the body, in every fixture.

use serde_json::Value;

use super::super::read;
use crate::domain::wishes::Wishes;

const FIXTURES: [&[u8]; 9] = [
    include_bytes!("../../../../../fixtures/fhir/bundle_message_discharge.json"),
    include_bytes!("../../../../../fixtures/fhir/bundle_collection_referral.json"),
    include_bytes!("../../../../../fixtures/fhir/bundle_document_discharge.json"),
    include_bytes!("../../../../../fixtures/fhir/bundle_collection_chart.json"),
    include_bytes!("../../../../../fixtures/fhir/bundle_history_notification.json"),
    include_bytes!("../../../../../fixtures/fhir/bundle_searchset_two_patients.json"),
    include_bytes!("../../../../../fixtures/fhir/bundle_transaction_r5.json"),
    include_bytes!("../../../../../fixtures/fhir/diagnostic_report_contained.json"),
    include_bytes!("../../../../../fixtures/fhir/parameters_process_message.json"),
];

#[test]
fn every_place_leads_to_something_in_the_body() {
    let wishes = Wishes {
        split_patients: true,
        ..Wishes::default()
    };
    let mut seen = 0;
    for fixture in FIXTURES {
        let body: Value = serde_json::from_slice(fixture).expect("JSON");
        for facts in read(fixture, &wishes).messages {
            let facts = serde_json::to_value(facts).expect("JSON");
            let mut places = Vec::new();
            collect(&facts, &mut places);
            for place in &places {
                assert!(leads(&body, place).is_some(), "{place}");
            }
            seen += places.len();
        }
    }
    assert!(seen > 300, "only {seen} places were told");
}

fn collect(value: &Value, places: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                match (key.as_str(), value) {
                    ("at", Value::String(place)) => places.push(place.clone()),
                    ("at", Value::Object(parts)) => {
                        let parts = parts.values().filter_map(Value::as_str);
                        places.extend(parts.map(str::to_owned));
                    }
                    _ => collect(value, places),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, places)),
        _ => {}
    }
}

/// Walks `Bundle.entry[3].resource.birthDate`; one stands for a list of one.
fn leads<'v>(body: &'v Value, place: &str) -> Option<&'v Value> {
    let mut at = body;
    for step in place.split('.').skip(1) {
        let (key, index) = step.split_once('[').unwrap_or((step, ""));
        at = at.get(0).unwrap_or(at).get(key)?;
        if let Ok(index) = index.trim_end_matches(']').parse::<usize>() {
            at = match at {
                Value::Array(items) => items.get(index)?,
                one => Some(one).filter(|_| index == 0)?,
            };
        }
    }
    Some(at)
}

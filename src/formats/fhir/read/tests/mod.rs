//! One test per fixture, then one per rule that a lenient reader needs.

mod bundles;
mod certainty;
mod dosages;
mod people;
mod provenance;
mod resources;
mod results;
mod versions;

use serde_json::{Value, json};

use super::narrative;
use crate::domain::facts::{ClinicalFacts, Places, Reading};
use crate::domain::wishes::Wishes;

fn read(body: &[u8]) -> Reading {
    super::read(body, &Wishes::default())
}

fn one(body: &[u8]) -> ClinicalFacts {
    let reading = read(body);
    assert_eq!(reading.problems, []);
    assert_eq!(reading.messages.len(), 1);
    reading.messages.into_iter().next().expect("one message")
}

fn of(value: &Value) -> ClinicalFacts {
    one(value.to_string().as_bytes())
}

fn split(body: &[u8]) -> Vec<ClinicalFacts> {
    let wishes = Wishes {
        split_patients: true,
        ..Wishes::default()
    };
    let reading = super::read(body, &wishes);
    assert_eq!(reading.problems, []);
    reading.messages
}

/// Where a part of a fact was read.
fn place<'f>(at: &'f Places, part: &str) -> &'f str {
    let found = at.iter().find(|(name, _)| *name == part);
    found.map(|(_, place)| place).unwrap_or_default()
}

fn problem(reading: &Reading) -> (&str, &str) {
    assert_eq!(reading.messages, []);
    (&reading.problems[0].at, &reading.problems[0].why)
}

/// A collection around a patient and the resources of a test, which are theirs
/// unless they name somebody, or nobody (`null`).
fn around(resources: Vec<Value>) -> Value {
    let patient = json!({ "resourceType": "Patient", "id": "1", "name": [{ "family": "Name" }] });
    let named = resources.into_iter().map(|mut resource| {
        let keys = ["subject", "patient", "beneficiary", "individual", "for"];
        let is_named = keys.iter().any(|key| resource.get(key).is_some());
        let serves = [
            "Patient",
            "Bundle",
            "Medication",
            "Practitioner",
            "Organization",
        ];
        let kind = resource["resourceType"].as_str();
        if !is_named && kind.is_some_and(|kind| !serves.contains(&kind)) {
            resource["subject"] = json!({ "reference": "Patient/1" });
        }
        resource
    });
    let entries = std::iter::once(patient)
        .chain(named)
        .map(|r| json!({ "resource": r }));
    json!({ "resourceType": "Bundle", "type": "collection", "entry": entries.collect::<Vec<_>>() })
}

fn places(facts: &ClinicalFacts) -> Vec<&str> {
    facts.doubts.iter().map(|doubt| doubt.at.as_str()).collect()
}

#[test]
fn a_discharge_message_is_about_its_encounter() {
    let facts = one(include_bytes!(
        "../../../../../fixtures/fhir/bundle_message_discharge.json"
    ));
    assert_eq!(facts.doubts, []);
    assert_eq!(facts.event, "Bundle/message");
    assert_eq!(facts.focus.as_deref(), Some("Encounter"));
    assert_eq!(
        facts.control_id.as_deref(),
        Some("urn:uuid:1c0f4b52-6d0e-4a58-9d3b-2f6f6a4f8e01")
    );
    assert_eq!(facts.sender.application.as_deref(), Some("Northward"));
    assert_eq!(facts.patient.names[0].shown(), "Griffith, Adam James");
    let stay = facts.encounter.expect("an encounter");
    assert_eq!(stay.discharge_disposition.as_deref(), Some("Home"));
    assert_eq!(stay.attending.expect("an attender").shown(), "Novak, Petra");
    assert_eq!(facts.conditions[0].role.as_deref(), Some("DD"));
    assert_eq!(facts.allergies[0].reactions, ["Anaphylaxis"]);
    assert_eq!(facts.medications[0].code.shown(), "Furosemide 40 mg tablet");
    assert_eq!(facts.instructions, ["Weigh yourself every morning."]);
}

#[test]
fn a_decimal_stays_as_it_was_written() {
    let facts = one(include_bytes!(
        "../../../../../fixtures/fhir/bundle_message_discharge.json"
    ));
    assert_eq!(facts.results[0].value.as_deref(), Some("5.60"));
    assert!(facts.results[0].numeric);
    assert_eq!(facts.results[0].range.as_deref(), Some("3.5-5.1"));
}

#[test]
fn a_collection_with_a_service_request_is_a_referral() {
    let facts = one(include_bytes!(
        "../../../../../fixtures/fhir/bundle_collection_referral.json"
    ));
    assert_eq!(facts.doubts, []);
    assert_eq!(facts.focus.as_deref(), Some("ServiceRequest"));
    let referral = facts.referral.expect("a referral");
    assert_eq!(referral.id.as_deref(), Some("RF-2026-0231"));
    assert_eq!(
        referral.from.expect("a sender").shown(),
        "Okafor, Ngozi (Lakeside Family Practice)"
    );
    assert_eq!(
        referral.to.expect("a receiver").shown(),
        "Riverside Cardiology"
    );
    let values: Vec<_> = facts
        .results
        .iter()
        .filter_map(|r| r.value.as_deref())
        .collect();
    assert_eq!(values, ["148", "92"]);
}

#[test]
fn a_document_brings_its_sections_and_what_is_attached() {
    let facts = one(include_bytes!(
        "../../../../../fixtures/fhir/bundle_document_discharge.json"
    ));
    assert_eq!(facts.doubts, []);
    assert_eq!(facts.processing_id.as_deref(), Some("T"));
    assert_eq!(facts.sections.len(), 2);
    assert_eq!(
        facts.sections[0].text,
        "Treated with diuretics & fluid restriction.\nWeight  81.2\u{a0}kg"
    );
    assert_eq!(
        facts.instructions,
        ["Weigh yourself every morning.\nKeep salt < 2 g a day."]
    );
    assert_eq!(facts.documents.len(), 1);
    assert_eq!(facts.documents[0].size, Some(15));
}

#[test]
fn a_broken_body_is_a_problem_at_a_line_and_column() {
    let reading = read(include_bytes!(
        "../../../../../fixtures/invalid/truncated_bundle.json"
    ));
    assert_eq!(problem(&reading).1, "the JSON ends too early");
    assert!(problem(&reading).0.starts_with("line 16 column"));
    let twice = read(br#"{"resourceType":"Patient","id":"secret","id":"other"}"#);
    assert_eq!(problem(&twice).1, "a key is written twice in one object");
    assert!(!format!("{twice:?}").contains("secret"));
    let deep = "[".repeat(100_000);
    assert_eq!(
        problem(&read(deep.as_bytes())).1,
        "the JSON is nested too deeply"
    );
    assert_eq!(problem(&read(b"{}")).0, "resourceType");
    assert_eq!(
        problem(&read(br#"{"resourceType":"a secret"}"#)).0,
        "resourceType"
    );
    assert_eq!(
        read(b"{\"resourceType\":\"Patient\"} oops").problems.len(),
        1
    );
    let many = "{}".repeat(20_000);
    assert_eq!(read(many.as_bytes()).problems.len(), 10_001);
    assert_eq!(problem(&read(b"[1]")).0, "resourceType");
}

#[test]
fn resources_of_somebody_else_are_left_out_with_a_doubt() {
    let facts = of(&around(vec![
        json!({ "resourceType": "Condition", "subject": { "reference": "Patient/1" }, "code": { "text": "Theirs" } }),
        json!({ "resourceType": "Condition", "subject": { "reference": "Patient/2" }, "code": { "text": "Not theirs" } }),
        json!({ "resourceType": "Condition", "subject": null, "code": { "text": "Nobody's" } }),
    ]));
    let seen: Vec<_> = facts.conditions.iter().map(|c| c.code.shown()).collect();
    assert_eq!(seen, ["Theirs", "Nobody's"]);
    assert_eq!(
        places(&facts),
        ["Bundle.entry[2].resource", "Bundle.entry[3].resource"]
    );
    let why = "1 resource names no patient; it is taken for this one's";
    assert_eq!(facts.doubts[1].why, why);
}

#[test]
fn of_several_patients_the_focus_has_one() {
    let other = json!({ "resourceType": "Patient", "id": "2", "name": [{ "family": "Other" }] });
    let stay = json!({ "resourceType": "Encounter", "subject": { "reference": "Patient/2" } });
    let facts = of(&around(vec![other.clone(), stay]));
    assert_eq!(facts.patient.names[0].shown(), "Other");
    let reading = read(around(vec![other]).to_string().as_bytes());
    assert_eq!(
        problem(&reading).1,
        "the Bundle is about 2 patients (Bundle.entry[0].resource, Bundle.entry[1].resource); \
         a channel may ask to split them"
    );
}

#[test]
fn an_encounter_of_a_patient_who_did_not_come_is_not_given_to_another() {
    let stay = json!({ "resourceType": "Encounter", "subject": { "reference": "Patient/9" } });
    let reading = read(around(vec![stay]).to_string().as_bytes());
    assert_eq!(problem(&reading).0, "Bundle.entry[1].resource");
}

#[test]
fn contained_patients_of_different_resources_are_not_mixed() {
    let about = |name: &str| {
        json!({ "resource": {
            "resourceType": "Condition", "subject": { "reference": "#p" }, "code": { "text": name },
            "contained": [{ "resourceType": "Patient", "id": "p", "name": [{ "family": name }] }]
        } })
    };
    let mixed = json!({ "resourceType": "Bundle", "type": "collection", "entry": [about("A"), about("B")] });
    assert_eq!(problem(&read(mixed.to_string().as_bytes())).0, "Bundle");
    let same = json!({ "resourceType": "Bundle", "type": "collection", "entry": [about("A"), about("A")] });
    assert_eq!(of(&same).conditions.len(), 2);
}

#[test]
fn a_single_resource_is_about_the_patient_it_points_at() {
    let facts = of(&json!({
        "resourceType": "ServiceRequest", "id": "r1", "priority": "urgent",
        "subject": { "reference": "https://a.example/fhir/Patient/77", "display": "Ann Other" }
    }));
    assert_eq!(facts.event, "ServiceRequest");
    assert_eq!(facts.control_id.as_deref(), Some("r1"));
    assert_eq!(facts.patient.identifiers[0].value, "77");
    assert_eq!(facts.patient.names[0].shown(), "Ann Other");
    assert_eq!(
        facts.referral.expect("a referral").priority.as_deref(),
        Some("urgent")
    );
    let nobody = json!({ "resourceType": "Observation", "status": "final" });
    let facts = of(&nobody);
    assert!(!facts.patient.is_somebody());
    assert_eq!(facts.doubts[0].why, "the message names no patient");
}

#[test]
fn a_message_header_alone_is_read_for_what_it_is() {
    let header =
        json!({ "resourceType": "MessageHeader", "id": "m", "source": { "endpoint": "urn:x" } });
    let facts = of(
        &json!({ "resourceType": "Bundle", "type": "message", "entry": [{ "resource": header }] }),
    );
    assert_eq!(facts.control_id.as_deref(), Some("m"));
    assert_eq!(places(&facts), ["Bundle.entry[0].resource"]);
}

#[test]
fn a_reference_is_found_by_any_of_its_names() {
    for name in [
        "Patient/1",
        "https://a.example/Patient/1",
        "Patient/1/_history/3",
        "urn:uuid:1",
    ] {
        let stay = json!({ "resourceType": "Encounter", "subject": { "reference": name } });
        assert_eq!(
            of(&around(vec![stay])).patient.names[0].shown(),
            "Name",
            "{name}"
        );
    }
}

#[test]
fn every_kind_of_value_reads_as_a_person_would_say_it() {
    let value = |key: &str, value: Value| {
        let observation =
            json!({ "resourceType": "Observation", "code": { "text": "X" }, key: value });
        of(&around(vec![observation])).results[0].value.clone()
    };
    let read = |key: &str, given: Value| value(key, given).unwrap_or_default();
    assert_eq!(
        read("valueQuantity", json!({ "value": 5, "comparator": "<" })),
        "<5"
    );
    assert_eq!(
        read(
            "valueCodeableConcept",
            json!({ "coding": [{ "code": "N", "display": "Normal" }] })
        ),
        "Normal"
    );
    assert_eq!(read("valueString", json!(" text ")), "text");
    assert_eq!(read("valueBoolean", json!(true)), "yes");
    assert_eq!(read("valueInteger", json!(12)), "12");
    assert_eq!(read("valueDateTime", json!("2026-11")), "2026-11");
    assert_eq!(
        read(
            "valueRange",
            json!({ "low": { "value": 1 }, "high": { "value": 2 } })
        ),
        "1-2"
    );
    let titre = json!({ "numerator": { "value": 1 }, "denominator": { "value": 128 } });
    assert_eq!(read("valueRatio", titre), "1:128");
    assert_eq!(
        value("dataAbsentReason", json!({ "text": "unknown" })),
        None
    );
}

#[test]
fn bad_dates_and_codes_are_doubts_at_their_place() {
    let facts = of(&around(vec![
        json!({ "resourceType": "Condition", "code": { "text": "A" }, "onsetDateTime": "2026-13-01" }),
        json!({ "resourceType": "Observation", "code": { "text": "B" }, "status": "done" }),
        json!({ "resourceType": "AllergyIntolerance", "code": {} }),
        json!({ "resourceType": "Procedure", "status": "entered-in-error", "code": { "text": "C" } }),
        json!({ "no": "type" }),
    ]));
    assert_eq!(
        places(&facts),
        [
            "Bundle.entry[5].resource",
            "Bundle.entry[1].resource.onsetDateTime",
            "Bundle.entry[2].resource.status",
            "Bundle.entry[3].resource.code",
            "Bundle.entry[4].resource",
        ]
    );
    assert!(facts.procedures.is_empty() && facts.allergies.is_empty());
}

#[test]
fn of_several_stays_the_latest_is_the_message_and_the_others_stay_apart() {
    let stay = |start: &str| json!({ "resourceType": "Encounter", "subject": { "reference": "Patient/1" }, "period": { "start": start } });
    let facts = of(&around(vec![
        stay("2025-01-01"),
        stay("2026-01-01"),
        stay("2024-01-01"),
    ]));
    assert_eq!(
        facts.encounter.and_then(|e| e.start).expect("a start").0,
        "2026-01-01"
    );
    assert_eq!(facts.other_encounters.len(), 2);
    assert!(facts.doubts.is_empty());
}

#[test]
fn several_resources_in_a_row_are_several_messages() {
    let reading = read(b"{\"resourceType\":\"Patient\",\"id\":\"1\"}\n{\"resourceType\":\"Patient\",\"id\":\"2\"}\n{");
    let ordinals: Vec<_> = reading.messages.iter().map(|facts| facts.ordinal).collect();
    assert_eq!(ordinals, [0, 1]);
    assert_eq!(reading.problems.len(), 1);
}

#[test]
fn bundles_inside_of_a_bundle_are_opened() {
    let inner = around(vec![
        json!({ "resourceType": "Condition", "code": { "text": "A" } }),
    ]);
    let facts = of(
        &json!({ "resourceType": "Bundle", "type": "batch-response", "entry": [{ "resource": inner }] }),
    );
    assert_eq!(facts.conditions.len(), 1);
}

#[test]
fn a_narrative_becomes_plain_text() {
    let plain = narrative::plain(
        "<div><h2>A &amp; B</h2><p>one<br/>two <i>three</i></p><!-- no --><script>x</script>&#x41;&bogus;</div>",
    );
    assert_eq!(plain, "A & B\none\ntwo three\nA&bogus;");
}

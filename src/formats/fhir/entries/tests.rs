//! What a receiver of single resources must not misunderstand.

use super::super::draft::Draft;
use super::*;
use crate::domain::brand::Brand;
use crate::domain::facts::{self, Coded, Party, When};
use crate::domain::language::Language;
use crate::domain::packet::{Change, Listed, Standing};
use crate::domain::section::PacketKind;
use crate::formats::content::Edition;
use crate::formats::words::words;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::LazyLock;

static PLAIN: LazyLock<Brand> = LazyLock::new(Brand::default);
static UTC: TimeZone = TimeZone::UTC;

fn draft() -> Draft<'static> {
    let edition = Edition {
        words: words(Language::En),
        brand: &PLAIN,
    };
    Draft::new(uuid::Uuid::nil(), &UTC, edition, Vec::new())
}

fn made(resource: impl Serialize) -> Value {
    serde_json::to_value(resource).expect("JSON")
}

fn coded(text: &str) -> Coded {
    Coded {
        text: Some(text.into()),
        ..Coded::default()
    }
}

fn at(text: &str) -> Option<When> {
    Some(When(text.into()))
}

#[test]
fn a_condition_is_over_only_where_its_source_says_so() {
    let mut ended = facts::Condition {
        code: coded("Pneumonia"),
        end: at("2024-03-01"),
        ..facts::Condition::default()
    };
    let of = |fact: &facts::Condition| {
        made(condition(fact, PacketKind::Discharge, &draft()).expect("a condition"))
    };
    let one = of(&ended);
    assert!(one.get("abatementDateTime").is_none());
    assert_eq!(one["note"][0]["text"], "– 1 March 2024");
    ended.status = Some("resolved".into());
    let one = of(&ended);
    assert_eq!(one["abatementDateTime"], "2024-03-01");
    assert!(one.get("note").is_none());
}

#[test]
fn a_drug_that_ended_is_completed_and_a_draft_is_no_order() {
    let listed = Listed {
        medication: facts::Medication {
            code: coded("Amoxicillin"),
            status: Some("ended".into()),
            ..facts::Medication::default()
        },
        standing: Standing::Ended,
        change: None,
    };
    let drug = made(medication(&listed, &draft()).expect("a medication"));
    assert_eq!(drug["status"], "completed");
    let of = |status: &str| {
        let from = facts::Order {
            code: coded("CT chest"),
            status: Some(status.into()),
            ..facts::Order::default()
        };
        made(planned::order(&from, &draft()).expect("an order"))
    };
    assert_eq!(
        (&of("draft")["status"], &of("draft")["intent"]),
        (&"draft".into(), &"plan".into())
    );
    assert_eq!(of("active")["intent"], "order");
}

#[test]
fn what_was_taken_before_the_stay_is_not_active() {
    let drug = facts::Medication {
        code: coded("Aspirin"),
        status: Some("active".into()),
        start: at("2026-11-20"),
        end: at("2026-11-01"),
        ..facts::Medication::default()
    };
    let of = |standing, change| {
        let listed = Listed {
            medication: drug.clone(),
            standing,
            change,
        };
        made(medication(&listed, &draft()).expect("a medication"))
    };
    let before = of(Standing::Before, Some(Change::NotContinued));
    assert_eq!(before["status"], "unknown");
    assert_eq!(before["note"][0]["text"], "Taken before the stay");
    assert_eq!(before["note"].as_array().map(Vec::len), Some(2));
    // per-1: it would end before it starts
    assert_eq!(before["effectivePeriod"], json!({"start": "2026-11-20"}));
    let now = of(Standing::Current, None);
    assert_eq!(now["status"], "active");
    assert!(now.get("note").is_none());
}

#[test]
fn a_denied_allergy_is_refuted_and_not_active() {
    let denied = facts::AllergyIntolerance {
        code: coded("No penicillin allergy"),
        verification: Some("refuted".into()),
        ..facts::AllergyIntolerance::default()
    };
    let one = made(allergy(&denied, &draft()).expect("an allergy"));
    assert_eq!(one["clinicalStatus"]["coding"][0]["code"], "inactive");
    assert_eq!(one["verificationStatus"]["coding"][0]["code"], "refuted");
}

#[test]
fn a_number_is_told_as_it_was_written() {
    let of = |text: &str, units: &str| {
        let fact = facts::Observation {
            code: coded("Ampicillin"),
            group: Some("E. coli".into()),
            value: Some(text.into()),
            units: Some(units.into()),
            numeric: true,
            interpretation: Some("odd".into()),
            ..facts::Observation::default()
        };
        made(observation(&fact, &draft()).expect("an observation"))
    };
    let one = of("7.10", "mg/dL");
    assert_eq!(one["valueQuantity"]["value"], 7.1);
    let precision = &one["valueQuantity"]["_value"]["extension"][0];
    assert_eq!(precision["valueInteger"], 2);
    assert_eq!(one["valueQuantity"]["code"], "mg/dL");
    assert_eq!(one["code"]["text"], "E. coli: Ampicillin");
    assert_eq!(one["interpretation"], json!([{"text": "odd"}]));
    let plain = of("7.1", "furlongs");
    assert!(plain["valueQuantity"].get("_value").is_none());
    assert!(plain["valueQuantity"].get("code").is_none());
    for text in ["007", "+5", "1e3", "NaN", "1,5", ".5"] {
        let one = of(text, "g");
        assert_eq!(one["valueString"], format!("{text} g"), "{text}");
    }
}

#[test]
fn a_value_that_nobody_gave_is_said_to_be_absent() {
    let fact = facts::Observation {
        code: coded("Sodium"),
        ..facts::Observation::default()
    };
    let one = made(observation(&fact, &draft()).expect("an observation"));
    assert_eq!(one["dataAbsentReason"]["coding"][0]["code"], "unknown");
    assert_eq!(one["status"], "unknown");
}

#[test]
fn an_appointment_on_a_day_has_no_time_that_was_made_up() {
    let fact = facts::Appointment {
        status: Some("booked".into()),
        start: at("2026-12-04"),
        location: Some("Room 3".into()),
        ..facts::Appointment::default()
    };
    let one = made(appointment(&fact, &draft()).expect("an appointment"));
    assert!(one.get("start").is_none() && one.get("end").is_none());
    for side in ["_start", "_end"] {
        assert_eq!(one[side]["extension"][0]["valueCode"], "unknown");
    }
    assert_eq!(one["requestedPeriod"][0], json!({"start": "2026-12-04"}));
    assert_eq!(one["participant"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_request_without_a_status_may_have_been_withdrawn() {
    let fact = facts::ServiceRequest {
        priority: Some("P9".into()),
        ..facts::ServiceRequest::default()
    };
    let one = made(referral(&fact, &mut draft()).expect("a request"));
    assert_eq!(one["status"], "unknown");
    assert_eq!(one["note"][0]["text"], "Priority: P9");
}

#[test]
fn a_disposition_is_coded_where_the_code_is_a_known_one() {
    let of = |code: &str| {
        let stay = facts::Encounter {
            discharge_disposition: Some(code.into()),
            class: Some("walk  in".into()),
            ..facts::Encounter::default()
        };
        made(encounter(&stay, &[], &mut draft()).expect("a stay"))
    };
    let coding = |stay: &Value| stay["hospitalization"]["dischargeDisposition"]["coding"].clone();
    let nubc = "https://www.nubc.org/CodeSystem/PatDischargeStatus";
    assert_eq!(coding(&of("06")), json!([{"system": nubc, "code": "06"}]));
    assert_eq!(coding(&of("snf"))[0]["code"], "snf");
    let own = of("H17");
    assert_eq!(coding(&own), Value::Null);
    assert_eq!(
        own["hospitalization"]["dischargeDisposition"]["text"],
        "H17"
    );
    assert_eq!(own["class"], json!({"display": "walk  in"}));
}

#[test]
fn somebody_known_by_a_number_alone_is_no_person() {
    let mut draft = draft();
    let number = Party {
        id: Some("2207".into()),
        ..Party::default()
    };
    let made_of = |draft: &mut Draft, party: &Party| made(draft.party(party).expect("a party"));
    let one = made_of(&mut draft, &number);
    assert_eq!(one["identifier"]["value"], "2207");
    assert!(one.get("reference").is_none());
    let both = Party {
        family: Some("Okafor".into()),
        organization: Some("Riverside Cardiology".into()),
        telecom: Some("555 0100".into()),
        ..Party::default()
    };
    let one = made_of(&mut draft, &both);
    assert_eq!(made_of(&mut draft, &both), one, "the same, once");
    let entries = made(draft.entries());
    let kinds = entries.as_array().expect("entries").iter();
    let kinds: Vec<_> = kinds
        .map(|e| e["resource"]["resourceType"].as_str())
        .collect();
    let last_first = ["PractitionerRole", "Practitioner", "Organization"].map(Some);
    assert_eq!(kinds, last_first);
}

#[test]
fn a_document_says_what_its_bytes_are_and_what_became_of_it() {
    let fact = facts::EmbeddedDocument {
        content: b"%PDF-1.7".to_vec(),
        availability: Some("UN".into()),
        title: Some("Letter".into()),
        status: Some("preliminary"),
        ..facts::EmbeddedDocument::default()
    };
    let one = made(document(&fact, "d", &mut draft()).expect("a document"));
    assert_eq!(
        one["content"][0]["attachment"]["contentType"],
        "application/pdf"
    );
    assert_eq!(one["description"], "Letter (UN)");
    assert_eq!(one["docStatus"], "preliminary");
    let gone = facts::EmbeddedDocument {
        availability: Some("CA".into()),
        ..facts::EmbeddedDocument::default()
    };
    let one = made(document(&gone, "d", &mut draft()).expect("a document"));
    assert_eq!(one["status"], "entered-in-error");
    assert_eq!(
        one["content"][0]["attachment"],
        json!({"title": "Document"})
    );
}

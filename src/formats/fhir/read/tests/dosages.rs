//! How much, how often and how long: in words, and nothing left out.

use serde_json::{Value, json};

use super::{around, of, place};
use crate::domain::facts::Medication;

fn medication(members: Value) -> Medication {
    let mut request = json!({ "resourceType": "MedicationRequest", "status": "active", "intent": "order",
        "medicationCodeableConcept": { "text": "Drug" } });
    for (key, value) in members.as_object().expect("members") {
        request[key] = value.clone();
    }
    let facts = of(&around(vec![request]));
    assert_eq!(facts.notes, [""; 0]);
    facts.medications.into_iter().next().expect("a medication")
}

fn dosage(dosage: Value) -> String {
    let medication = medication(json!({ "dosageInstruction": [dosage] }));
    medication.dosage.unwrap_or_default()
}

#[test]
fn every_part_of_a_timing_is_said() {
    let repeat = |repeat: Value| dosage(json!({ "timing": { "repeat": repeat } }));
    for (given, said) in [
        (
            json!({ "frequency": 1, "period": 1, "periodUnit": "d" }),
            "once a day",
        ),
        (
            json!({ "frequency": 2, "period": 1, "periodUnit": "h" }),
            "twice an hour",
        ),
        (
            json!({ "frequency": 1, "frequencyMax": 3, "period": 1, "periodUnit": "d" }),
            "1 to 3 times a day",
        ),
        (
            json!({ "period": 4, "periodMax": 6, "periodUnit": "h" }),
            "every 4 to 6 hours",
        ),
        (
            json!({ "frequency": 2, "period": 3, "periodUnit": "wk" }),
            "2 times in 3 weeks",
        ),
        (
            json!({ "frequency": 1, "period": 1, "periodUnit": "wk", "dayOfWeek": ["mon"] }),
            "once a week, on Mon",
        ),
        (
            json!({ "dayOfWeek": ["tue", "fri"], "timeOfDay": ["08:00:00", "20:30:00"] }),
            "on Tue, Fri, at 08:00, 20:30",
        ),
        (
            json!({ "when": ["ACM", "HS"], "offset": 30 }),
            "30 minutes before breakfast, at bedtime",
        ),
        (
            json!({ "duration": 30, "durationUnit": "min", "count": 3 }),
            "lasting 30 minutes, 3 times in all",
        ),
        (
            json!({ "boundsDuration": { "value": 7, "unit": "days" } }),
            "for 7 days",
        ),
        (
            json!({ "boundsPeriod": { "start": "2026-11-23", "end": "2026-11-30" } }),
            "from 2026-11-23 until 2026-11-30",
        ),
    ] {
        assert_eq!(repeat(given), said);
    }
    let coded = json!({ "timing": { "code": { "text": "BID" }, "repeat": { "boundsDuration": { "value": 5, "unit": "d" } } } });
    assert_eq!(dosage(coded), "BID, for 5 d");
}

#[test]
fn doses_rates_and_limits_are_said_with_one_end_too() {
    let mg = |value: u8| json!({ "value": value, "unit": "mg" });
    let dose = |dose: Value| dosage(json!({ "doseAndRate": [dose] }));
    assert_eq!(
        dose(json!({ "doseRange": { "low": mg(1), "high": mg(2) } })),
        "1 to 2 mg"
    );
    assert_eq!(
        dose(json!({ "doseRange": { "high": mg(2) } })),
        "up to 2 mg"
    );
    assert_eq!(
        dose(json!({ "doseRange": { "low": mg(1) } })),
        "at least 1 mg"
    );
    let rate = json!({ "doseQuantity": mg(5), "rateRatio": { "numerator": { "value": 50, "unit": "mL" }, "denominator": { "value": 1, "unit": "h" } } });
    assert_eq!(dose(rate), "5 mg, at 50 mL per h");
    assert_eq!(
        dose(json!({ "rateQuantity": { "value": 2, "unit": "L/min" } })),
        "at 2 L/min"
    );
    assert_eq!(
        dose(json!({ "rateRange": { "low": mg(1), "high": mg(3) } })),
        "at 1 to 3 mg"
    );
    let limits = json!({
        "maxDosePerPeriod": { "numerator": mg(8), "denominator": { "value": 24, "unit": "h" } },
        "maxDosePerAdministration": mg(4)
    });
    assert_eq!(
        dosage(limits),
        "at most 8 mg per 24 h, at most 4 mg at a time"
    );
}

#[test]
fn what_stands_beside_the_text_is_said_once() {
    let beside = json!({
        "text": "1 tablet", "asNeededCodeableConcept": { "text": "pain" }, "patientInstruction": "With food",
        "additionalInstruction": [{ "text": "May cause drowsiness" }]
    });
    let said = "1 tablet, as needed for pain, May cause drowsiness, With food";
    assert_eq!(dosage(beside), said);
    let known = json!({ "text": "1 tablet as needed, with food", "asNeededBoolean": true, "patientInstruction": "With food" });
    assert_eq!(dosage(known), "1 tablet as needed, with food");
    assert_eq!(
        dosage(json!({ "text": "1 tablet", "asNeededBoolean": true })),
        "1 tablet, as needed"
    );
}

#[test]
fn a_sequence_of_dosages_is_told_in_its_order() {
    let step = |nth: u8, words: &str| json!({ "sequence": nth, "text": words });
    let taper = medication(
        json!({ "dosageInstruction": [step(2, "20 mg"), step(1, "40 mg"), step(2, "rest")] }),
    );
    assert_eq!(taper.dosage.as_deref(), Some("40 mg; then 20 mg; rest"));
}

#[test]
fn a_status_says_what_is_only_meant_or_was_stopped() {
    let status = |members: Value| medication(members).status.unwrap_or_default();
    assert_eq!(status(json!({ "intent": "order" })), "active");
    assert_eq!(status(json!({ "intent": "proposal" })), "proposed");
    assert_eq!(status(json!({ "intent": "option" })), "proposed");
    assert_eq!(status(json!({ "intent": "plan" })), "intended");
    assert_eq!(
        status(json!({ "intent": "plan", "status": "stopped" })),
        "stopped"
    );
    let adherence = |code: &str| json!({ "status": "recorded", "adherence": { "code": { "coding": [{ "code": code }] } } });
    assert_eq!(status(adherence("stopped")), "stopped");
    assert_eq!(status(adherence("on-hold-as-directed")), "on-hold");
    assert_eq!(status(adherence("not-taking")), "not-taken");
    for kept in ["not-done", "declined"] {
        assert_eq!(
            status(json!({ "resourceType": "MedicationAdministration", "status": kept })),
            kept
        );
    }
}

#[test]
fn the_notes_of_a_medication_are_its_own() {
    let medication = medication(json!({ "note": [{ "text": "Bring the list" }] }));
    assert_eq!(medication.notes, ["Bring the list"]);
    assert_eq!(
        place(&medication.at, "notes"),
        "Bundle.entry[1].resource.note"
    );
}

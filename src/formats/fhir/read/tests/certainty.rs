//! What is withdrawn, doubted, forbidden or given up must not read as true.

use serde_json::{Value, json};

use super::{around, of, place, places};

fn german(code: &str, extension: Value) -> Value {
    json!({ "resourceType": "Condition", "subject": { "reference": "Patient/1" }, "code": { "text": code, "coding": [{
        "system": "http://fhir.de/CodeSystem/bfarm/icd-10-gm", "code": "I21.9", "extension": [extension]
    }] } })
}

fn certainty(code: &str) -> Value {
    json!({ "url": "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit",
        "valueCoding": { "system": "https://fhir.kbv.de/CodeSystem/KBV_CS_SFHIR_ICD_DIAGNOSESICHERHEIT", "code": code } })
}

#[test]
fn a_cancelled_instruction_is_none() {
    let observation = |status: &str| {
        json!({ "resourceType": "Observation", "status": status, "valueString": "Stop warfarin", "subject": { "reference": "Patient/1" },
            "code": { "coding": [{ "system": "http://loinc.org", "code": "8653-8" }] } })
    };
    let facts = of(&around(vec![observation("final")]));
    assert_eq!(facts.instructions, ["Stop warfarin"]);
    for status in ["cancelled", "entered-in-error"] {
        let facts = of(&around(vec![observation(status)]));
        assert!(facts.instructions.is_empty() && facts.results.is_empty());
        assert_eq!(facts.doubts.len(), 1, "{status}");
    }
    let mut other = observation("cancelled");
    other["code"] = json!({ "text": "Sodium" });
    let facts = of(&around(vec![other]));
    assert_eq!(facts.results[0].status, Some("cancelled"));
}

#[test]
fn a_german_diagnosis_is_as_certain_as_its_extension_says() {
    let facts = of(&around(
        ["A", "V", "Z", "G"]
            .map(|code| german(code, certainty(code)))
            .to_vec(),
    ));
    let seen = facts.conditions.iter();
    let seen: Vec<_> = seen
        .map(|c| (c.code.shown(), c.verification.as_deref(), c.note.as_deref()))
        .collect();
    assert_eq!(
        seen,
        [
            ("V", Some("provisional"), None),
            ("Z", None, Some("state after")),
            ("G", None, None)
        ]
    );
    assert_eq!(facts.doubts.len(), 1);
    assert!(facts.doubts[0].why.contains("ruled out"));
    let mut concept = german("A", json!({}));
    concept["code"]["extension"] = json!([certainty("A")]);
    assert_eq!(of(&around(vec![concept])).conditions, []);
}

#[test]
fn a_reason_is_no_more_certain_than_what_it_points_at() {
    let mut suspected = german("Infarction", certainty("V"));
    suspected["id"] = json!("c1");
    let mut out = german("Dissection", certainty("A"));
    out["id"] = json!("c2");
    let stay = json!({ "resourceType": "Encounter", "subject": { "reference": "Patient/1" },
        "reasonReference": [{ "reference": "Condition/c1" }, { "reference": "Condition/c2", "display": "Dissection" }] });
    let facts = of(&around(vec![suspected, out, stay]));
    let stay = facts.encounter.expect("a stay");
    assert_eq!(stay.reason.as_deref(), Some("Infarction (suspected)"));
}

#[test]
fn a_condition_says_how_certain_where_how_severe_and_since_and_until_when() {
    let facts = of(&around(vec![json!({
        "resourceType": "Condition", "subject": { "reference": "Patient/1" }, "code": { "text": "Fracture" },
        "verificationStatus": { "coding": [{ "code": "differential" }] },
        "bodySite": [{ "text": "Lower leg", "coding": [{ "code": "x", "extension": [{
            "url": "http://fhir.de/StructureDefinition/seitenlokalisation", "valueCoding": { "code": "L" } }] }] }],
        "severity": { "text": "Severe" }, "stage": [{ "summary": { "text": "Stage 2" } }],
        "onsetAge": { "value": 45, "unit": "years" },
        "abatementPeriod": { "start": "2026-01-01", "end": "2026-02-01" }
    })]));
    let condition = &facts.conditions[0];
    assert_eq!(condition.verification.as_deref(), Some("differential"));
    assert_eq!(condition.body_site.as_deref(), Some("Lower leg, left"));
    let note = "Severe; Stage 2; since age 45 years";
    assert_eq!(condition.note.as_deref(), Some(note));
    assert_eq!(
        condition.end.as_ref().map(|end| end.0.as_str()),
        Some("2026-02-01")
    );
    assert_eq!(condition.status.as_deref(), Some("resolved"));
    assert_eq!(
        place(&condition.at, "bodySite"),
        "Bundle.entry[1].resource.bodySite"
    );
    assert_eq!(
        place(&condition.at, "end"),
        "Bundle.entry[1].resource.abatementPeriod.end"
    );
}

#[test]
fn an_allergy_says_how_certain_it_is_and_how_severe_it_was() {
    let allergy = |members: Value| {
        let mut allergy = json!({ "resourceType": "AllergyIntolerance", "patient": { "reference": "Patient/1" }, "code": { "text": "Nuts" } });
        for (key, value) in members.as_object().expect("members") {
            allergy[key] = value.clone();
        }
        of(&around(vec![allergy])).allergies
    };
    let coded =
        |code: &str| allergy(json!({ "verificationStatus": { "coding": [{ "code": code }] } }));
    assert_eq!(
        coded("presumed")[0].verification.as_deref(),
        Some("presumed")
    );
    assert_eq!(coded("confirmed")[0].verification, None);
    assert_eq!(coded("refuted"), []);
    let old = |status: &str| allergy(json!({ "status": status }));
    assert_eq!(old("refuted"), []);
    assert_eq!(old("entered-in-error"), []);
    assert_eq!(
        old("unconfirmed")[0].verification.as_deref(),
        Some("unconfirmed")
    );
    assert_eq!(old("unconfirmed")[0].status, None);
    assert_eq!(old("inactive")[0].status.as_deref(), Some("inactive"));
    let severe = allergy(
        json!({ "reaction": [{ "manifestation": [{ "text": "Hives" }], "severity": "moderate" }] }),
    );
    assert_eq!(severe[0].reactions, ["Hives (moderate)"]);
}

#[test]
fn a_plan_that_was_given_up_asks_for_nothing() {
    let plan = |status: &str, detail: Value| {
        of(&around(vec![json!({
            "resourceType": "CarePlan", "status": status, "intent": "plan", "subject": { "reference": "Patient/1" },
            "description": "Rest", "activity": [{ "detail": detail }]
        })]))
    };
    let detail = |key: &str, value: Value| {
        let mut detail =
            json!({ "status": "scheduled", "code": { "text": "MRI" }, "description": "Come at 9" });
        detail[key] = value;
        detail
    };
    let plain = plan("active", detail("status", json!("scheduled")));
    assert_eq!(plain.instructions, ["Rest", "Come at 9"]);
    assert_eq!(plain.orders.len(), 1);
    for status in ["revoked", "entered-in-error", "cancelled"] {
        let facts = plan(status, detail("status", json!("scheduled")));
        assert!(facts.instructions.is_empty() && facts.orders.is_empty());
        assert_eq!(facts.doubts.len(), 1);
    }
    for status in ["cancelled", "stopped"] {
        let facts = plan("active", detail("status", json!(status)));
        assert_eq!(facts.instructions, ["Rest"]);
        assert!(facts.orders.is_empty());
    }
    for key in ["doNotPerform", "prohibited"] {
        let facts = plan("active", detail(key, json!(true)));
        assert_eq!(facts.instructions, ["Rest"]);
        assert!(facts.orders.is_empty());
        assert_eq!(facts.notes, ["Not to be done: MRI: Come at 9"]);
        assert!(places(&facts)[0].ends_with(key));
    }
}

#[test]
fn a_procedure_says_where() {
    let facts = of(&around(vec![
        json!({ "resourceType": "Procedure", "status": "completed", "subject": { "reference": "Patient/1" },
            "code": { "text": "Hip replacement" }, "bodySite": [{ "text": "Left hip" }] }),
    ]));
    assert_eq!(facts.procedures[0].body_site.as_deref(), Some("Left hip"));
}

#[test]
fn what_is_proposed_or_planned_is_no_order_in_force() {
    let read = |intent: &str, status: &str| {
        of(&around(vec![
            json!({ "resourceType": "Encounter", "status": "finished", "subject": { "reference": "Patient/1" } }),
            json!({ "resourceType": "ServiceRequest", "status": status, "intent": intent,
            "subject": { "reference": "Patient/1" }, "code": { "text": "CT chest" } }),
        ]))
    };
    for intent in ["proposal", "plan", "option"] {
        let facts = read(intent, "active");
        assert_eq!(facts.orders[0].status.as_deref(), Some("draft"), "{intent}");
        assert!(places(&facts)[0].ends_with("intent"));
        let ended = read(intent, "completed");
        assert_eq!(ended.orders[0].status.as_deref(), Some("completed"));
    }
    let ordered = read("order", "active");
    assert_eq!(ordered.orders[0].status.as_deref(), Some("active"));
    assert_eq!(ordered.doubts, []);
}

#[test]
fn a_condition_that_is_active_and_has_an_end_is_doubted() {
    let read = |status: &str| {
        of(&around(vec![
            json!({ "resourceType": "Condition", "code": { "text": "Pneumonia" },
            "subject": { "reference": "Patient/1" }, "abatementDateTime": "2020-01-01",
            "clinicalStatus": { "coding": [{ "code": status }] } }),
        ]))
    };
    assert!(places(&read("active"))[0].ends_with("clinicalStatus"));
    assert_eq!(read("resolved").doubts, []);
}

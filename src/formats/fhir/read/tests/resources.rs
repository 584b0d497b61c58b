//! The resources: one test for each kind of fact, and the leftovers of R4's
//! neighbours.

use serde_json::json;

use super::{around, of, one, place, places};

#[test]
fn a_chart_gives_every_kind_of_fact_its_home() {
    let facts = one(include_bytes!(
        "../../../../../fixtures/fhir/bundle_collection_chart.json"
    ));
    let patient = &facts.patient;
    assert_eq!(patient.names[0].shown(), "Moreau, Hana");
    assert_eq!(patient.language.as_deref(), Some("French"));
    assert_eq!(patient.deceased, Some(false));
    assert_eq!(patient.addresses.len(), 1);
    assert_eq!(patient.addresses[0].postal_code.as_deref(), Some("N1"));
    assert_eq!(patient.telecoms, ["+1 555 0161"]);
    assert_eq!(
        place(&patient.identifiers[0].at, "type"),
        "Bundle.entry[0].resource.identifier[0].type"
    );
    assert_eq!(facts.contacts[0].relationship.as_deref(), Some("Spouse"));
    let payer = &facts.coverages[0];
    assert_eq!(payer.payer.as_deref(), Some("Commonwealth Health"));
    assert_eq!(payer.plan.as_deref(), Some("Plan Two"));
    assert_eq!(payer.member_id.as_deref(), Some("CH-1"));
    let team = facts.care_team.iter();
    let team: Vec<_> = team
        .map(|one| (one.role.as_deref(), one.party.shown()))
        .collect();
    assert_eq!(
        team,
        [
            (Some("general practitioner"), "Dr Achebe".to_owned()),
            (Some("Dietitian"), "Bo Lind".to_owned()),
        ]
    );
    assert_eq!(facts.immunizations[0].lot.as_deref(), Some("F-33"));
    let visits = facts.appointments.iter();
    let visits: Vec<_> = visits
        .filter_map(|a| Some(a.start.as_ref()?.date()))
        .collect();
    assert_eq!(visits, ["2026-12-01", "2026-12-08"]);
    assert_eq!(facts.appointments[0].location.as_deref(), Some("Clinic C"));
    assert_eq!(facts.appointments[0].with, ["Dr Novak"]);
    let orders: Vec<_> = facts.orders.iter().map(|o| o.code.shown()).collect();
    assert_eq!(orders, ["Lipid panel", "Low salt", "Physiotherapy"]);
    let referral = facts.referral.as_ref().expect("a referral");
    assert_eq!(referral.code.code.as_deref(), Some("183519002"));
    assert_eq!(facts.focus.as_deref(), Some("ServiceRequest"));
    let labels = facts.labels.iter();
    let labels: Vec<_> = labels
        .map(|l| (l.of, l.code.code.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(
        labels,
        [("message", "R"), ("consent", "deny"), ("diagnosis", "PSY")]
    );
    assert_eq!(
        facts.instructions,
        ["No added salt.", "Call if you gain 2 kg."]
    );
    assert_eq!(
        facts.notes,
        [
            "Flag: Falls risk",
            "Goal: Walk 20 minutes a day",
            "Dementia: Seen by family.",
            "Not to be given: Aspirin",
        ]
    );
    assert_eq!(facts.conditions.len(), 1);
    assert_eq!(facts.conditions[0].status.as_deref(), Some("active"));
    assert_eq!(facts.procedures[0].status.as_deref(), Some("not-done"));
    let said: Vec<_> = facts
        .doubts
        .iter()
        .map(|d| (d.at.as_str(), d.why.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (
                "Bundle.entry[13].resource.verificationStatus",
                "the condition is not confirmed"
            ),
            (
                "Bundle.entry[14].resource",
                "the entry was refuted and was left out"
            ),
            (
                "Bundle.entry[15].resource.status",
                "it is listed, but it was not done"
            ),
            (
                "Bundle.entry[16].resource.doNotPerform",
                "the entry says what must not be given; it is a note and no medication"
            ),
            (
                "Bundle.entry[17].resource",
                "2 FamilyMemberHistory resources are not read by this version"
            ),
            (
                "Bundle.entry[20].resource",
                "the resource is about no patient and was left out"
            ),
        ]
    );
}

#[test]
fn the_words_of_later_versions_are_understood() {
    let facts = one(include_bytes!(
        "../../../../../fixtures/fhir/bundle_transaction_r5.json"
    ));
    let stay = facts.encounter.as_ref().expect("a stay");
    assert_eq!(stay.class.as_deref(), Some("IMP"));
    assert_eq!(
        stay.end.as_ref().map(|end| end.0.as_str()),
        Some("2026-11-23")
    );
    assert_eq!(stay.service.as_deref(), Some("Cardiology"));
    assert_eq!(stay.reason.as_deref(), Some("Chest pain"));
    assert_eq!(stay.discharge_disposition.as_deref(), Some("Home"));
    assert_eq!(stay.discharged_to.as_deref(), Some("Own home"));
    assert_eq!(
        stay.attending.as_ref().map(|a| a.shown()).as_deref(),
        Some("Dr Novak")
    );
    assert_eq!(facts.care_team[0].role.as_deref(), Some("referrer"));
    assert_eq!(facts.conditions[0].code.shown(), "Angina");
    assert_eq!(facts.conditions[0].role.as_deref(), Some("DD"));
    let medication = &facts.medications[0];
    assert_eq!(medication.code.shown(), "Bisoprolol 5 mg");
    assert_eq!(
        medication.dosage.as_deref(),
        Some("1 tablet, once a day, from 2026-11-21, as needed")
    );
    assert_eq!(
        medication.start.as_ref().map(|s| s.0.as_str()),
        Some("2026-11-21")
    );
    assert_eq!(
        place(&medication.at, "code"),
        "Bundle.entry[2].resource.contained[0].code"
    );
    let allergy = &facts.allergies[0];
    assert_eq!(allergy.code.shown(), "Latex");
    assert_eq!(allergy.category.as_deref(), Some("environment"));
    assert_eq!(allergy.status.as_deref(), Some("active"));
    assert_eq!(allergy.reactions, ["Rash"]);
    assert_eq!(
        places(&facts),
        [
            "Bundle.entry[4]",
            "Bundle.entry[5]",
            "Bundle.entry[3].resource.code"
        ]
    );
}

#[test]
fn a_report_brings_its_contained_results_its_conclusion_and_its_files() {
    let facts = one(include_bytes!(
        "../../../../../fixtures/fhir/diagnostic_report_contained.json"
    ));
    assert_eq!(facts.patient.names[0].shown(), "Quist");
    let results = facts.results.iter();
    let results: Vec<_> = results
        .map(|r| (r.code.shown(), r.value.as_deref()))
        .collect();
    assert_eq!(
        results,
        [
            ("Electrolytes", Some("Mild hyperkalaemia")),
            ("Potassium", Some("5.10")),
            ("Trace", None),
            ("Sodium", None),
        ]
    );
    assert_eq!(facts.results[1].category.as_deref(), Some("laboratory"));
    assert_eq!(facts.results[3].notes, ["Haemolysed"]);
    let files = facts.documents.iter();
    let files: Vec<_> = files
        .map(|d| (d.content_type.as_deref(), d.size, d.content.len()))
        .collect();
    assert_eq!(
        files,
        [
            (Some("application/pdf"), Some(17), 17),
            (Some("text/plain"), Some(12), 0),
            (Some("image/png"), None, 0),
            (Some("text/plain"), Some(5), 5),
        ]
    );
    assert_eq!(
        places(&facts),
        [
            "DiagnosticReport.presentedForm[1]",
            "DiagnosticReport.presentedForm[2].data",
            "DiagnosticReport.contained[2].valueSampledData",
        ]
    );
}

#[test]
fn a_referral_is_what_the_message_is_about_and_nothing_else() {
    let request = |text: &str| json!({ "resourceType": "ServiceRequest", "status": "active", "code": { "text": text }, "subject": { "reference": "Patient/1" } });
    let stay = |status: &str| json!({ "resourceType": "Encounter", "status": status, "subject": { "reference": "Patient/1" } });
    let only = of(&around(vec![request("Cardiology consultation")]));
    assert!(only.referral.is_some() && only.orders.is_empty());
    let ended = of(&around(vec![request("Wound check"), stay("finished")]));
    assert_eq!(ended.focus.as_deref(), Some("Encounter"));
    assert!(ended.referral.is_none() && ended.orders.len() == 1);
    let both = of(&around(vec![
        request("Lipids"),
        request("Referral to cardiology"),
    ]));
    assert_eq!(
        both.referral.expect("one").service.as_deref(),
        Some("Referral to cardiology")
    );
    assert_eq!(both.orders.len(), 1);
    let report = json!({ "resourceType": "DiagnosticReport", "status": "final", "code": { "text": "Lipids" } });
    let done = of(&around(vec![request("Lipids"), report]));
    assert!(done.referral.is_none() && done.focus.is_none());
}

#[test]
fn a_modifier_that_nobody_knows_is_a_doubt() {
    let odd = json!({ "resourceType": "Condition", "code": { "text": "Gout" }, "modifierExtension": [{ "url": "https://a.example/not", "valueBoolean": true }] });
    let facts = of(&around(vec![odd]));
    assert_eq!(
        places(&facts),
        ["Bundle.entry[1].resource.modifierExtension"]
    );
}

#[test]
fn a_document_reference_tells_its_kind_number_status_and_size() {
    let facts = of(&around(vec![json!({
        "resourceType": "DocumentReference", "status": "current", "docStatus": "final", "date": "2026-11-23T10:00:00Z",
        "masterIdentifier": { "value": "D-9" }, "type": { "coding": [{ "code": "18842-5" }], "text": "Discharge summary" },
        "relatesTo": [{ "code": "replaces", "target": { "identifier": { "value": "D-8" } } }],
        "content": [{ "attachment": { "contentType": "text/plain", "data": "aGVsbG8", "size": "9" } }]
    })]));
    let document = &facts.documents[0];
    assert_eq!(document.id.as_deref(), Some("D-9"));
    assert_eq!(document.status, Some("final"));
    assert_eq!(document.title.as_deref(), Some("Discharge summary"));
    assert_eq!(document.content, b"hello");
    assert_eq!(facts.replaces.as_deref(), Some("D-8"));
    let at = "Bundle.entry[1].resource.content[0].attachment.data";
    assert_eq!(place(&document.at, "size"), at);
    assert_eq!(places(&facts), [at]);
}

#[test]
fn what_was_not_taken_or_given_keeps_saying_so() {
    let facts = of(&around(vec![
        json!({ "resourceType": "MedicationStatement", "status": "active", "taken": "n", "medicationCodeableConcept": { "text": "A" } }),
        json!({ "resourceType": "Immunization", "status": "completed", "notGiven": true, "vaccineCode": { "text": "B" } }),
        json!({ "resourceType": "Procedure", "status": "completed", "notDone": true, "code": { "text": "C" } }),
    ]));
    assert_eq!(facts.medications[0].status.as_deref(), Some("not-taken"));
    assert_eq!(facts.immunizations[0].status.as_deref(), Some("not-done"));
    assert_eq!(facts.procedures[0].status.as_deref(), Some("not-done"));
}

#[test]
fn a_reference_that_displays_words_is_followed_to_the_code() {
    let facts = of(&around(vec![
        json!({ "resourceType": "Medication", "id": "m", "code": { "coding": [{ "code": "849574" }] } }),
        json!({ "resourceType": "MedicationStatement", "medicationReference": { "reference": "Medication/m", "display": "Naproxen" } }),
        json!({ "resourceType": "MedicationStatement", "medicationReference": { "reference": "Medication/9", "display": "Ibuprofen" } }),
    ]));
    assert_eq!(facts.medications[0].code.code.as_deref(), Some("849574"));
    assert_eq!(facts.medications[0].code.text.as_deref(), Some("Naproxen"));
    assert_eq!(facts.medications[1].code.text.as_deref(), Some("Ibuprofen"));
}

#[test]
fn members_of_another_json_type_are_read_with_a_doubt() {
    let facts = of(&around(vec![
        json!({ "resourceType": "Condition", "subject": "Patient/1", "code": [{ "text": "Gout" }] }),
        json!({ "resourceType": "AllergyIntolerance", "code": { "text": "Latex" }, "reaction": { "manifestation": { "text": "Rash" } } }),
        json!({ "resourceType": "Encounter", "period": [{ "start": "2026-11-20" }] }),
        json!({ "resourceType": "Observation", "code": { "text": "X" }, "valueQuantity": { "value": "5.0" } }),
    ]));
    assert_eq!(facts.conditions[0].code.shown(), "Gout");
    assert_eq!(facts.allergies[0].reactions, ["Rash"]);
    assert!(facts.encounter.expect("a stay").start.is_some());
    assert_eq!(facts.results[0].value.as_deref(), Some("5.0"));
    let entry = |nth: usize, key: &str| format!("Bundle.entry[{nth}].resource.{key}");
    let said: Vec<_> = facts.doubts.iter().map(|doubt| doubt.at.clone()).collect();
    let odd = [
        entry(1, "subject"),
        entry(1, "code"),
        entry(2, "reaction"),
        entry(3, "period"),
    ];
    assert_eq!(said, odd);
}

#[test]
fn a_diet_says_what_must_not_be_in_it() {
    let order = |members: serde_json::Value| {
        let mut order = json!({ "resourceType": "NutritionOrder", "status": "active", "dateTime": "2026-11-23" });
        for (key, value) in members.as_object().expect("members") {
            order[key] = value.clone();
        }
        of(&around(vec![order]))
    };
    let nuts = json!([{ "text": "Peanut" }, { "text": "Egg" }]);
    let said = "Foods to leave out: Peanut; Egg";
    let bare = order(json!({ "excludeFoodModifier": nuts.clone() }));
    assert_eq!(bare.orders[0].code.shown(), said);
    assert_eq!(bare.notes, [said]);
    let named = order(
        json!({ "excludeFoodModifier": nuts, "oralDiet": { "type": [{ "text": "Soft" }, { "text": "Low salt" }] } }),
    );
    assert_eq!(named.orders[0].code.shown(), "Soft; Low salt");
    assert_eq!(named.notes, [said]);
    let nameless = order(json!({}));
    assert!(nameless.orders.is_empty());
    assert_eq!(places(&nameless), ["Bundle.entry[1].resource.oralDiet"]);
    let revoked = order(
        json!({ "status": "revoked", "oralDiet": { "type": [{ "text": "Soft" }], "instruction": "Eat" } }),
    );
    assert!(revoked.instructions.is_empty());
}

#[test]
fn a_revoked_order_asks_nothing_of_the_patient() {
    let order = |status: &str| {
        let order = json!({ "resourceType": "DeviceRequest", "status": status, "code": { "text": "Brace" }, "patientInstruction": "Wear it" });
        of(&around(vec![order]))
    };
    assert_eq!(order("active").instructions, ["Wear it"]);
    let revoked = order("revoked");
    assert!(revoked.instructions.is_empty());
    assert_eq!(revoked.orders[0].status.as_deref(), Some("revoked"));
    assert_eq!(
        places(&revoked),
        ["Bundle.entry[1].resource.patientInstruction"]
    );
}

#[test]
fn a_relative_who_takes_part_is_next_of_kin_and_not_of_the_care_team() {
    let kin = json!({ "resourceType": "RelatedPerson", "id": "rp",
        "name": [{ "family": "Kinsman" }], "telecom": [{ "system": "phone", "value": "555-0199" }] });
    let team = json!({ "resourceType": "CareTeam", "status": "active", "participant": [
        { "member": { "reference": "RelatedPerson/rp" }, "role": [{ "text": "Daughter" }] },
        { "member": { "display": "Zed Griffith" }, "role": [{ "text": "Family member" }] },
        { "member": { "display": "Dr. Novak" }, "role": [{ "text": "Family doctor" }] }] });
    let stay = json!({ "resourceType": "Encounter", "status": "finished", "participant": [
        { "individual": { "reference": "RelatedPerson/rp" } },
        { "individual": { "display": "Una Griffith" }, "type": [{ "text": "Mother" }] }] });
    let facts = of(&around(vec![kin, team, stay]));
    let named: Vec<String> = facts
        .care_team
        .iter()
        .map(|one| one.party.shown())
        .collect();
    assert_eq!(named, ["Dr. Novak"]);
    let contacts = facts.contacts.iter();
    let contacts: Vec<String> = contacts
        .map(|one| one.name.as_ref().map(|n| n.shown()).unwrap_or_default())
        .collect();
    assert_eq!(contacts, ["Kinsman", "Una Griffith", "Zed Griffith"]);
    assert_eq!(facts.contacts[0].relationship.as_deref(), Some("Daughter"));
    let attending = facts.encounter.and_then(|stay| stay.attending);
    assert_eq!(attending, None);
}

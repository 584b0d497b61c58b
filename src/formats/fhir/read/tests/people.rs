//! Whose it is: several patients, families, twins of a record, references.

use serde_json::{Value, json};

use super::{around, of, one, place, places, problem, read, split};
use crate::domain::fields::PatientField;

const WARD: &[u8] =
    include_bytes!("../../../../../fixtures/fhir/bundle_searchset_two_patients.json");

#[test]
fn several_patients_are_told_apart_where_a_channel_asks_for_it() {
    let messages = split(WARD);
    let seen: Vec<_> = messages
        .iter()
        .map(|facts| {
            let conditions = facts.conditions.iter().map(|c| c.code.shown());
            (
                facts.ordinal,
                facts.patients_in_source,
                facts.patient.names[0].shown(),
                conditions.collect::<Vec<_>>(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (0, 2, "Vega".to_owned(), vec!["Neonatal jaundice"]),
            (1, 2, "Wren, Odo".to_owned(), vec!["Gout"]),
        ]
    );
    for facts in &messages {
        assert_eq!(facts.source, None);
        assert_eq!(places(facts), ["Bundle.entry[7].resource"]);
    }
}

#[test]
fn the_mother_of_a_child_is_a_contact_and_no_second_patient() {
    let child = &split(WARD)[0];
    assert_eq!(child.contacts[0].relationship.as_deref(), Some("mother"));
    assert_eq!(child.contacts[0].telecoms, ["+1 555 0155"]);
    let born = child.patient.birth_date.as_ref().expect("a birth date");
    assert_eq!(born.0, "2026-11-20T04:31:00+01:00");
}

#[test]
fn a_replaced_record_is_the_same_person_and_its_number_ended() {
    let wren = &split(WARD)[1];
    assert_eq!(wren.patient.identifiers.len(), 1);
    let merge = wren.merge.as_ref().expect("a merge");
    assert_eq!(merge.identifiers[0].value, "LG-099999");
}

#[test]
fn several_patients_that_nobody_asked_to_split_are_a_problem_with_their_places() {
    assert_eq!(
        problem(&read(WARD)),
        (
            "Bundle",
            "the Bundle is about 2 patients (Bundle.entry[0].resource, Bundle.entry[3].resource); \
             a channel may ask to split them"
        )
    );
}

#[test]
fn split_lines_of_several_patients_keep_their_ordinals_apart() {
    let compact: Value = serde_json::from_slice(WARD).expect("JSON");
    let row = json!({ "resourceType": "Patient", "id": "x" });
    let body = format!("{compact}\n{row}\n");
    let ordinals: Vec<_> = split(body.as_bytes()).iter().map(|f| f.ordinal).collect();
    assert_eq!(ordinals, [0, 1, 2]);
}

fn patient(id: &str, number: &str, born: &str) -> Value {
    json!({ "resource": { "resourceType": "Patient", "id": id, "identifier": [{ "value": number }], "name": [{ "family": "Twin" }], "birthDate": born } })
}

fn collection(entries: Vec<Value>) -> Vec<u8> {
    let bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": entries });
    bundle.to_string().into_bytes()
}

#[test]
fn a_number_makes_one_person_of_two_records_and_a_name_does_not() {
    let same = collection(vec![
        patient("1", "A", "2020-01-01"),
        patient("2", "A", "2020-01-01"),
    ]);
    assert_eq!(one(&same).patient.identifiers.len(), 1);
    let twins = collection(vec![
        patient("1", "A", "2020-01-01"),
        patient("2", "B", "2020-01-01"),
    ]);
    assert_eq!(split(&twins).len(), 2);
    let mistaken = collection(vec![
        patient("1", "A", "2020-01-01"),
        patient("2", "A", "1950-01-01"),
    ]);
    assert!(problem(&read(&mistaken)).1.contains("2 patients"));
}

#[test]
fn a_patient_that_is_only_referred_to_is_known_by_that_and_doubted() {
    let facts = of(&json!({
        "resourceType": "AllergyIntolerance", "code": { "text": "Latex" },
        "patient": { "reference": "https://a.example/fhir/Patient/77/_history/3" }
    }));
    assert_eq!(facts.patient.identifiers[0].value, "77");
    assert_eq!(facts.patient.identifiers[0].system, None);
    assert_eq!(places(&facts), ["AllergyIntolerance.patient"]);
    assert_eq!(
        place(&facts.patient.identifiers[0].at, "value"),
        "AllergyIntolerance.patient.reference"
    );
    let named = json!({ "resourceType": "Condition", "code": { "text": "Gout" }, "subject": { "display": "Ann Other" } });
    assert_eq!(of(&named).patient.names[0].shown(), "Ann Other");
    let logical = json!({ "resourceType": "Condition", "code": { "text": "Gout" }, "subject": { "identifier": { "system": "urn:x", "value": "7" } } });
    assert_eq!(
        of(&logical).patient.identifiers[0].system.as_deref(),
        Some("urn:x")
    );
}

#[test]
fn a_logical_identifier_finds_the_patient() {
    let entries = vec![
        patient("1", "LG-1", "2020-01-01"),
        json!({ "resource": { "resourceType": "Condition", "code": { "text": "Gout" }, "subject": { "identifier": { "value": "LG-1" } } } }),
    ];
    let facts = one(&collection(entries));
    assert_eq!(facts.doubts, []);
    assert_eq!(facts.conditions.len(), 1);
}

#[test]
fn a_number_in_place_of_the_id_is_the_patient_with_a_doubt() {
    let entries = vec![
        patient("1", "LG-100001", "2020-01-01"),
        json!({ "resource": { "resourceType": "Condition", "code": { "text": "Gout" }, "subject": { "reference": "Patient/LG-100001" } } }),
    ];
    let facts = one(&collection(entries));
    assert_eq!(facts.conditions.len(), 1);
    assert_eq!(places(&facts), ["Bundle.entry[1].resource.subject"]);
}

#[test]
fn the_same_id_on_two_servers_is_two_patients() {
    let on = |server: &str, name: &str| json!({ "fullUrl": format!("https://{server}/Patient/1"), "resource": { "resourceType": "Patient", "id": "1", "name": [{ "family": name }] } });
    let about = |server: &str, text: &str| json!({ "fullUrl": format!("https://{server}/Condition/{text}"), "resource": { "resourceType": "Condition", "code": { "text": text }, "subject": { "reference": "Patient/1" } } });
    let body = collection(vec![
        on("a.example", "A"),
        on("b.example", "B"),
        about("a.example", "x"),
        about("b.example", "y"),
    ]);
    let messages = split(&body);
    let seen: Vec<_> = messages
        .iter()
        .map(|f| (f.patient.names[0].shown(), f.conditions[0].code.shown()))
        .collect();
    assert_eq!(seen, [("A".to_owned(), "x"), ("B".to_owned(), "y")]);
}

#[test]
fn what_names_nobody_goes_with_the_stay_or_report_that_holds_it() {
    let entries = vec![
        patient("1", "A", "2020-01-01"),
        patient("2", "B", "2020-01-01"),
        json!({ "resource": { "resourceType": "Encounter", "id": "e", "status": "finished", "subject": { "reference": "Patient/2" } } }),
        json!({ "resource": { "resourceType": "Condition", "code": { "text": "By stay" }, "encounter": { "reference": "Encounter/e" } } }),
        json!({ "resource": { "resourceType": "DiagnosticReport", "subject": { "reference": "Patient/1" }, "result": [{ "reference": "Observation/o" }] } }),
        json!({ "resource": { "resourceType": "Observation", "id": "o", "code": { "text": "By report" }, "valueString": "x" } }),
    ];
    let messages = split(&collection(entries));
    assert_eq!(messages[0].results[0].code.shown(), "By report");
    assert_eq!(messages[1].conditions[0].code.shown(), "By stay");
    assert!(messages.iter().all(|facts| facts.doubts.is_empty()));
}

#[test]
fn a_patient_that_a_type_in_another_case_points_at_is_found() {
    let stay = json!({ "resourceType": "Encounter", "subject": { "reference": "patient/1" } });
    assert_eq!(of(&around(vec![stay])).patient.names[0].shown(), "Name");
}

#[test]
fn an_absent_birth_date_is_said_to_be_absent() {
    let facts = of(&json!({
        "resourceType": "Patient", "name": ["Ann Other"],
        "_birthDate": { "extension": [{ "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked" }] }
    }));
    assert_eq!(facts.patient.names[0].shown(), "Ann Other");
    assert_eq!(places(&facts), ["Patient._birthDate"]);
}

#[test]
fn a_message_about_two_patients_is_about_neither() {
    let header = json!({ "resource": { "resourceType": "MessageHeader", "focus": [{ "reference": "Patient/1" }, { "reference": "Patient/2" }] } });
    let entries = vec![
        header,
        patient("1", "A", "2020-01-01"),
        patient("2", "B", "1950-01-01"),
    ];
    let body = collection(entries);
    assert!(problem(&read(&body)).1.contains("2 patients"));
    assert_eq!(split(&body).len(), 2);
}

#[test]
fn a_patient_who_came_along_for_nothing_is_said() {
    let stay = json!({ "resource": { "resourceType": "Encounter", "status": "finished", "subject": { "reference": "Patient/1" } } });
    let facts = one(&collection(vec![
        patient("1", "A", "2020-01-01"),
        patient("2", "B", "1950-01-01"),
        stay,
    ]));
    assert_eq!(facts.patient.identifiers[0].value, "A");
    assert_eq!(places(&facts), ["Bundle.entry[1].resource"]);
}

#[test]
fn what_is_about_another_than_the_patient_is_left_out() {
    let observation = |focus: Value| {
        json!({ "resourceType": "Observation", "subject": { "reference": "Patient/1" }, "focus": [focus],
            "code": { "text": "Heart rate" }, "valueInteger": 140 })
    };
    let fetus = json!({ "resourceType": "RelatedPerson", "id": "f", "patient": { "reference": "Patient/1" } });
    let other = json!({ "resourceType": "Patient", "id": "2", "name": [{ "family": "Other" }] });
    for (focus, is_taken) in [
        (json!({ "reference": "Patient/1" }), true),
        (json!({ "reference": "Patient/2" }), false),
        (json!({ "reference": "Patient/9" }), false),
        (json!({ "reference": "RelatedPerson/f" }), false),
        (json!({ "display": "Fetus 2" }), false),
        (json!({ "reference": "Procedure/7" }), true),
    ] {
        let said = focus.to_string();
        let facts = of(&around(vec![
            observation(focus),
            fetus.clone(),
            other.clone(),
        ]));
        assert_eq!(facts.results.len() == 1, is_taken, "{said}");
        let why = "the resource is about another than the patient and was left out";
        let told = facts.doubts.iter().any(|doubt| doubt.why == why);
        assert_eq!(told, !is_taken, "{said}");
    }
}

#[test]
fn a_patient_named_in_words_is_compared_with_the_one_who_came() {
    let read = |display: &str| {
        let patient = json!({ "resourceType": "Patient", "id": "p", "identifier": [{ "value": "MRN-77" }],
            "name": [{ "family": "Griffith", "given": ["Adam", "James"] }] });
        let allergy = json!({ "resourceType": "AllergyIntolerance", "code": { "text": "Latex" }, "patient": { "display": display } });
        of(
            &json!({ "resourceType": "Bundle", "type": "collection", "entry": [{ "resource": patient }, { "resource": allergy }] }),
        )
    };
    for own in [
        "Griffith, Adam",
        "Mr. Adam J. Griffith",
        "A. Griffith",
        "GRIFFITH^ADAM^JAMES",
    ] {
        assert_eq!(
            (read(own).allergies.len(), read(own).doubts.len()),
            (1, 0),
            "{own}"
        );
    }
    for other in ["Peter Griffith", "Novak, Petra"] {
        assert_eq!(read(other).allergies, [], "{other}");
        assert_eq!(read(other).doubts[0].at, "Bundle.entry[1].resource");
    }
    for nobody in ["Patient", "the patient 12"] {
        assert_eq!(
            (read(nobody).allergies.len(), read(nobody).doubts.len()),
            (1, 1),
            "{nobody}"
        );
    }
}

#[test]
fn the_kind_of_a_number_is_read_from_its_system_and_from_words() {
    let facts = of(
        &json!({ "resourceType": "Patient", "id": "p", "identifier": [
        { "type": { "text": "Account number" }, "system": "urn:x", "value": "ACCT-777" },
        { "system": "http://hl7.org/fhir/sid/us-ssn", "value": "900-11-2222" },
        { "system": "urn:oid:2.999.1", "value": "MRN1" }] }),
    );
    let kinds: Vec<PatientField> = facts
        .patient
        .identifiers
        .iter()
        .map(PatientField::of_number)
        .collect();
    assert_eq!(
        kinds,
        [
            PatientField::AccountNumber,
            PatientField::Ssn,
            PatientField::RecordNumber
        ]
    );
    let record = facts.patient.record_number();
    assert_eq!(record.map(|number| &*number.value), Some("MRN1"));
}

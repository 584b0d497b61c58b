//! The envelopes: Bundles of each type, notifications, Parameters, NDJSON.

use serde_json::{Value, json};

use super::{of, one, place, places, problem, read};

#[test]
fn a_notification_with_its_resources_is_read_at_its_focus() {
    let facts = one(include_bytes!(
        "../../../../../fixtures/fhir/bundle_history_notification.json"
    ));
    assert_eq!(facts.event, "Bundle/history");
    assert_eq!(facts.focus.as_deref(), Some("Encounter"));
    let stay = facts.encounter.as_ref().expect("the newest version");
    assert_eq!(stay.status.as_deref(), Some("finished"));
    assert_eq!(stay.number.as_deref(), Some("V-88"));
    assert_eq!(
        place(&stay.at, "start"),
        "Bundle.entry[1].resource.period.start"
    );
    assert_eq!(facts.patient.names[0].shown(), "Lindqvist, Ada");
    assert_eq!(
        facts.doubts[0].why,
        "1 older versions of resources were left out"
    );
    assert_eq!(facts.doubts.len(), 1);
}

#[test]
fn a_notification_without_its_resources_says_where_it_names_them() {
    let reading = read(include_bytes!(
        "../../../../../fixtures/fhir/bundle_notification_id_only.json"
    ));
    assert_eq!(
        problem(&reading),
        (
            "Bundle.entry[0].resource",
            "the notification carries no resource; it only names what changed at \
             Bundle.entry[0].resource.notificationEvent[0].focus, \
             Bundle.entry[0].resource.notificationEvent[1].focus"
        )
    );
}

#[test]
fn a_handshake_is_no_event() {
    for (kind, said) in [("handshake", "handshake"), ("heartbeat", "heartbeat")] {
        let r5 = json!({ "resourceType": "SubscriptionStatus", "type": kind });
        let r4 = json!({ "resourceType": "Parameters", "parameter": [
            { "name": "subscription", "valueReference": { "reference": "Subscription/1" } },
            { "name": "type", "valueCode": kind }
        ] });
        for status in [r5, r4] {
            let body = json!({ "resourceType": "Bundle", "type": "history", "entry": [{ "resource": status }] });
            let reading = read(body.to_string().as_bytes());
            assert!(problem(&reading).1.contains(said), "{kind}");
            assert!(problem(&reading).1.contains("nothing to hand over"));
        }
    }
}

#[test]
fn parameters_around_a_message_are_its_envelope() {
    let facts = one(include_bytes!(
        "../../../../../fixtures/fhir/parameters_process_message.json"
    ));
    assert_eq!(facts.doubts, []);
    assert_eq!(facts.event, "Bundle/message");
    assert_eq!(facts.control_id.as_deref(), Some("M-77"));
    let event = facts.message_event.as_ref().expect("an event");
    assert_eq!(event.code.as_deref(), Some("A03"));
    // It is about the stay: what is asked for is an order and no referral.
    assert_eq!(facts.focus.as_deref(), Some("Encounter"));
    assert_eq!(facts.referral, None);
    assert_eq!(facts.orders[0].code.shown(), "Wound check");
    assert_eq!(
        place(&facts.patient.names[0].at, "family"),
        "Parameters.parameter[1].resource.entry[1].resource.name[0].family"
    );
}

#[test]
fn a_broken_line_of_ndjson_does_not_spoil_the_others() {
    let body = include_bytes!("../../../../../fixtures/fhir/conditions.ndjson");
    let reading = read(body);
    let known: Vec<_> = reading
        .messages
        .iter()
        .map(|facts| {
            let own = facts.source.clone().and_then(|range| body.get(range));
            let own = own.expect("a place in the body");
            assert!(own.starts_with(b"{\"resourceType\"") && own.ends_with(b"}"));
            (
                facts.ordinal,
                facts.control_id.as_deref().unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(known, [(0, "c1"), (1, "c3")]);
    assert_eq!(reading.problems[0].at, "line 2 column 39");
    assert_eq!(reading.problems.len(), 1);
}

#[test]
fn one_value_is_the_whole_body() {
    let facts =
        one(b" {\"resourceType\":\"Patient\",\"id\":\"1\",\"name\":[{\"text\":\"A [\\\"}\"}]}\n ");
    assert_eq!(facts.source, None);
    assert_eq!(facts.patients_in_source, 1);
    let (one, other) = (
        "{\"resourceType\":\"Patient\",\"name\":[{\"text\":\"A }\\\\\"}]}",
        "{\"resourceType\":\"Patient\"}",
    );
    let two = read(format!("{one}{other}").as_bytes());
    let ranges: Vec<_> = two.messages.iter().map(|f| f.source.clone()).collect();
    let (end, all) = (one.len(), one.len() + other.len());
    assert_eq!(ranges, [Some(0..end), Some(end..all)]);
}

#[test]
fn what_asks_answers_or_deletes_is_no_fact() {
    let body = |kind: &str, entries: Value| {
        json!({ "resourceType": "Bundle", "type": kind, "entry": entries }).to_string()
    };
    let why = |kind: &str, entries: Value| {
        let reading = read(body(kind, entries).as_bytes());
        problem(&reading).1.to_owned()
    };
    let asks = json!([{ "request": { "method": "GET", "url": "Patient/1" } }]);
    assert!(why("batch", asks).contains("ask or answer"));
    let gone = json!([{ "request": { "method": "DELETE", "url": "Patient/1" } }]);
    assert!(why("transaction", gone).contains("ask or answer"));
    let answer = json!([{ "response": { "status": "201 Created" } }]);
    assert!(why("transaction-response", answer).contains("ask or answer"));
    let outcome = json!([{ "resource": { "resourceType": "OperationOutcome" } }]);
    assert!(why("searchset", outcome).contains("OperationOutcome"));
    assert!(why("collection", json!([])).contains("no resource"));
    assert!(why("nonsense", Value::Null).contains("no resource"));
}

#[test]
fn a_server_that_reports_an_error_or_has_more_leaves_a_doubt() {
    let patient = json!({ "resourceType": "Patient", "id": "1", "name": [{ "family": "Name" }] });
    let facts = of(&json!({
        "resourceType": "Bundle", "type": "batch-response",
        "link": [{ "relation": "next", "url": "https://a.example?page=2" }],
        "entry": [
            { "resource": patient, "response": { "status": "200" } },
            { "response": { "status": "404 Not Found" } },
            { "response": { "status": "500", "outcome": { "resourceType": "OperationOutcome", "issue": [{ "severity": "fatal" }] } } }
        ]
    }));
    assert_eq!(
        places(&facts),
        [
            "Bundle.link",
            "Bundle.entry[1].resource",
            "Bundle.entry[2].response.outcome",
            "Bundle.entry[2].resource"
        ]
    );
}

#[test]
fn what_a_history_deleted_is_not_read_from_its_older_version() {
    let condition = |text: &str| json!({ "resourceType": "Condition", "id": "4", "code": { "text": text }, "subject": { "reference": "Patient/1" } });
    let put = |resource: Value| json!({ "resource": resource, "request": { "method": "PUT", "url": "x" } });
    let deleted = json!({ "fullUrl": "https://a.example/Condition/4", "request": { "method": "DELETE", "url": "Condition/4" } });
    let patient = json!({ "resourceType": "Patient", "id": "1", "name": [{ "family": "Name" }] });
    let history = |entries: Vec<Value>| {
        of(&json!({ "resourceType": "Bundle", "type": "history", "entry": entries }))
    };
    let gone = history(vec![
        put(patient.clone()),
        deleted.clone(),
        put(condition("Old")),
    ]);
    assert!(gone.conditions.is_empty());
    let back = history(vec![
        put(patient),
        put(condition("New")),
        deleted,
        put(condition("Old")),
    ]);
    assert_eq!(back.conditions.len(), 1);
    assert_eq!(back.conditions[0].code.shown(), "New");
}

#[test]
fn a_document_tells_its_kind_its_label_and_what_it_replaces() {
    let patient = json!({ "resourceType": "Patient", "id": "1", "name": [{ "family": "Name" }] });
    let composition = json!({
        "resourceType": "Composition", "title": "Discharge letter", "date": "2026-11-23", "confidentiality": "R",
        "type": { "coding": [{ "code": "18842-5" }] }, "subject": [{ "reference": "Patient/1" }],
        "relatesTo": [{ "code": "replaces", "targetIdentifier": { "value": "D-1" } }],
        "section": [{ "title": "Allergies", "emptyReason": { "text": "None known" } }]
    });
    let facts = of(
        &json!({ "resourceType": "Bundle", "type": "document", "entry": [{ "resource": composition }, { "resource": patient }] }),
    );
    assert_eq!(facts.title.as_deref(), Some("Discharge letter"));
    assert_eq!(facts.replaces.as_deref(), Some("D-1"));
    assert_eq!(facts.sent.expect("a date").0, "2026-11-23");
    assert_eq!(
        facts.document_type.expect("a type").code.as_deref(),
        Some("18842-5")
    );
    assert_eq!(facts.labels[0].code.code.as_deref(), Some("R"));
    assert_eq!(facts.labels[0].of, "document");
    assert_eq!(facts.sections[0].text, "None known");
    assert_eq!(facts.focus.as_deref(), Some("Encounter"));
}

#[test]
fn a_list_of_resources_is_read_item_by_item() {
    let body = br#" [ {"resourceType":"Patient","id":"1"},
        {"resourceType":"Patient","id":"2"} ] "#;
    let reading = read(body);
    let ids: Vec<_> = reading
        .messages
        .iter()
        .map(|f| f.control_id.as_deref())
        .collect();
    assert_eq!(ids, [Some("1"), Some("2")]);
    assert_eq!(reading.messages[0].source, Some(3..38));
    assert_eq!(reading.problems, []);
    let cut = read(br#"[{"resourceType":"Patient","id":"1"}"#);
    assert_eq!((cut.messages.len(), cut.problems.len()), (1, 1));
}

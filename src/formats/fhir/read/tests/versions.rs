//! Several versions of one resource, and documents that were withdrawn.

use serde_json::{Value, json};

use super::{of, problem, read};

fn allergy(words: &str, meta: Value, status: &str) -> Value {
    json!({
        "resourceType": "AllergyIntolerance", "id": "a1", "meta": meta, "code": { "text": words },
        "patient": { "reference": "Patient/1" },
        "verificationStatus": { "coding": [{ "code": status }] }
    })
}

fn bundle(kind: &str, resources: Vec<Value>) -> Value {
    let patient = json!({ "resourceType": "Patient", "id": "1", "name": [{ "family": "Name" }] });
    let entries = std::iter::once(patient).chain(resources).map(|resource| {
        let (kind, id) = (&resource["resourceType"], &resource["id"]);
        let url = format!("https://a.example/{}/{}", text(kind), text(id));
        json!({ "fullUrl": url, "resource": resource })
    });
    json!({ "resourceType": "Bundle", "type": kind, "entry": entries.collect::<Vec<_>>() })
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn allergies(kind: &str, versions: Vec<Value>) -> Vec<String> {
    let facts = of(&bundle(kind, versions));
    let seen = facts.allergies.iter();
    seen.map(|a| a.code.shown().to_owned()).collect()
}

#[test]
fn the_newest_version_of_a_resource_is_the_one_that_is_true() {
    let at = |time: &str| json!({ "lastUpdated": time });
    let new = allergy("New", at("2026-11-23T10:00:00+01:00"), "confirmed");
    let old = allergy("Old", at("2026-11-23T08:59:00Z"), "confirmed");
    let gone = allergy("Gone", at("2026-11-24T08:00:00Z"), "entered-in-error");
    let third = allergy("Third", json!({ "versionId": "3" }), "confirmed");
    let tenth = allergy("Tenth", json!({ "versionId": "10" }), "confirmed");
    for kind in ["collection", "transaction", "history"] {
        let read = |versions: [&Value; 2]| allergies(kind, versions.map(Clone::clone).to_vec());
        assert_eq!(read([&new, &old]), ["New"], "{kind}");
        assert_eq!(read([&old, &new]), ["New"], "{kind}");
        assert_eq!(read([&new, &gone]), [""; 0], "{kind}");
        assert_eq!(read([&gone, &new]), [""; 0], "{kind}");
        assert_eq!(read([&third, &tenth]), ["Tenth"], "{kind}");
        assert_eq!(read([&tenth, &third]), ["Tenth"], "{kind}");
    }
    let bare = |words| allergy(words, json!({}), "confirmed");
    let twice = || vec![bare("First"), bare("Last")];
    assert_eq!(allergies("collection", twice()), ["Last"]);
    assert_eq!(allergies("history", twice()), ["First"]);
    let facts = of(&bundle("collection", twice()));
    let why = "1 older versions of resources were left out";
    assert_eq!(facts.doubts[0].why, why);
}

#[test]
fn a_history_from_its_oldest_entry_on_knows_what_was_deleted() {
    let response = |time: &str| json!({ "status": "200", "lastModified": time });
    let mut body = bundle(
        "history",
        vec![allergy("Old", json!({ "versionId": "1" }), "confirmed")],
    );
    body["entry"][1]["response"] = response("2026-11-20T10:00:00Z");
    let entries = body["entry"].as_array_mut().expect("entries");
    entries.push(json!({
        "fullUrl": "https://a.example/AllergyIntolerance/a1",
        "request": { "method": "DELETE", "url": "AllergyIntolerance/a1" },
        "response": response("2026-11-21T10:00:00Z")
    }));
    assert_eq!(of(&body).allergies, []);
    body["entry"][2]["response"] = response("2026-11-19T10:00:00Z");
    assert_eq!(of(&body).allergies.len(), 1);
}

#[test]
fn two_that_share_an_id_on_two_servers_are_two() {
    let mut body = bundle(
        "collection",
        vec![
            allergy("One", json!({}), "confirmed"),
            allergy("Other", json!({}), "confirmed"),
        ],
    );
    body["entry"][2]["fullUrl"] = json!("https://b.example/AllergyIntolerance/a1");
    body["entry"][2]["resource"]["patient"]["reference"] = json!("https://a.example/Patient/1");
    assert_eq!(of(&body).allergies.len(), 2);
}

#[test]
fn two_patients_of_one_id_are_not_taken_for_versions() {
    let patient = |family: &str, birth: &str| json!({ "resource": { "resourceType": "Patient", "id": "1", "birthDate": birth, "name": [{ "family": family }] } });
    let body = json!({ "resourceType": "Bundle", "type": "collection",
        "entry": [patient("One", "1950-01-01"), patient("Other", "1960-01-01")] });
    let reading = read(body.to_string().as_bytes());
    assert!(problem(&reading).1.contains("2 patients"));
}

#[test]
fn a_document_that_was_withdrawn_is_no_message() {
    let composition = |status: &str| {
        json!({ "resourceType": "Composition", "id": "c", "status": status, "subject": { "reference": "Patient/1" },
            "section": [{ "title": "Plan", "text": { "div": "<div>Rest</div>" } }] })
    };
    let document = |status: &str| {
        let patient =
            json!({ "resourceType": "Patient", "id": "1", "name": [{ "family": "Name" }] });
        json!({ "resourceType": "Bundle", "type": "document",
            "entry": [{ "resource": composition(status) }, { "resource": patient }] })
    };
    assert_eq!(of(&document("final")).sections.len(), 1);
    for body in [
        document("entered-in-error"),
        composition("entered-in-error"),
    ] {
        let reading = read(body.to_string().as_bytes());
        assert!(problem(&reading).0.ends_with(".status"));
        assert_eq!(
            problem(&reading).1,
            "the document is withdrawn by its author"
        );
    }
}

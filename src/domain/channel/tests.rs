//! A channel to try rules on, and what is said of its contradictions.

use super::{Channel, ChannelError, ChannelFile};
use serde_json::{Value, json};

/// A discharge channel that uses every list of events.
pub fn typed() -> Value {
    json!({
        "channel": "discharge",
        "owner": "integration@riverside.example",
        "trigger": {"events": ["ADT^A03", "Encounter/finished", "18842-5"]},
        "correct-on": ["ADT^A08"],
        "cancel-on": ["ADT^A11"],
        "merge-on": ["ADT^A40"],
        "visit-memory": {"events": ["ADT^A01"], "facts": ["allergies"]},
        "packet": {
            "kind": "discharge",
            "sections": ["encounter", "diagnoses", "medications", "allergies", "results"],
            "formats": ["pdf", "fhir-document"],
            "purpose-of-use": "COC",
            "sensitive": {"action": "hold", "unlabelled": "map"},
        },
        "recipients": [{"name": "Care management", "email": "care@riverside.example"}],
        "notify": [{"email": {}}],
    })
}

pub fn made(typed: Value) -> Result<Channel, ChannelError> {
    let file: ChannelFile = serde_json::from_value(typed).expect("its keys are fine");
    Channel::try_from(file)
}

pub fn channel() -> Channel {
    made(typed()).expect("it makes sense")
}

/// The channel with one more key in its packet.
pub fn with(key: &str, value: Value) -> Value {
    let mut typed = typed();
    typed["packet"][key] = value;
    typed
}

/// Where and why the channel with this packet key is refused.
fn refused(key: &str, value: Value) -> (String, String) {
    let error = made(with(key, value)).expect_err("it was accepted");
    (error.key, error.why)
}

#[test]
fn a_field_that_its_section_does_not_have_is_refused() {
    let (key, why) = refused("fields", json!({"results": ["dosage"]}));
    assert_eq!(key, "packet.fields.results");
    assert!(
        why.contains("`dosage`") && why.contains("range, inter"),
        "{why}"
    );
    let (_, why) = refused("fields", json!({"results": ["range", "range"]}));
    assert!(why.contains("twice"), "{why}");
    let (_, why) = refused("fields", json!({"plan": ["dates"]}));
    assert!(why.contains("does not have"), "{why}");
    assert!(made(with("fields", json!({"results": []}))).is_ok());
}

#[test]
fn a_packet_must_say_whom_it_is_about() {
    let (key, why) = refused("patient", json!(["sex", "birth-date"]));
    assert_eq!(key, "packet.patient");
    assert!(why.contains("name"), "{why}");
    let (_, why) = refused("patient", json!(["name", "name"]));
    assert!(why.contains("once"), "{why}");
    assert!(made(with("patient", json!(["record-number"]))).is_ok());
}

#[test]
fn assessment_and_plan_are_told_once() {
    for other in ["assessment", "plan"] {
        let (key, why) = refused("sections", json!(["assessment-and-plan", other]));
        assert_eq!(key, "packet.sections");
        assert!(why.contains(other), "{why}");
    }
    assert!(made(with("sections", json!(["assessment", "plan"]))).is_ok());
}

#[test]
fn what_no_file_would_carry_is_refused() {
    let (key, _) = refused("formats", json!(["original"]));
    assert_eq!(key, "packet.formats");
    let mut typed = with("attach-originals", json!(true));
    typed["packet"]["formats"] = json!(["fhir-document"]);
    let error = made(typed).expect_err("there is no PDF");
    assert_eq!(error.key, "packet.attach-originals");
    let (key, _) = refused("kind", json!("documents"));
    assert_eq!(key, "packet.sections");
    let mut documents = with("kind", json!("documents"));
    documents["packet"]["formats"] = json!(["original"]);
    assert!(made(documents).is_ok());
}

#[test]
fn a_site_fact_is_printed_once_and_under_a_title() {
    let fact = json!({"where": "ZPD-3", "title": "Ward", "section": "encounter"});
    assert!(made(with("site-facts", json!([fact]))).is_ok());
    let (key, why) = refused("site-facts", json!([fact, fact]));
    assert_eq!(key, "packet.site-facts");
    assert!(why.contains("twice"), "{why}");
    let untitled = json!({"where": "ZPD-3", "title": " ", "section": "encounter"});
    assert!(refused("site-facts", json!([untitled])).1.contains("title"));
}

#[test]
fn part_2_records_do_not_leave_without_what_the_patient_consented_to() {
    let rule = |more: Value| {
        let mut rule = json!({"action": "label", "unlabelled": "map"});
        let own = rule.as_object_mut().expect("an object");
        own.extend(more.as_object().expect("an object").clone());
        rule
    };
    let (key, why) = refused("sensitive", rule(json!({})));
    assert_eq!(key, "packet.sensitive");
    assert!(why.contains("consent-scope"), "{why}");
    let (_, why) = refused("sensitive", rule(json!({"labels": ["HIV", "HIV"]})));
    assert!(why.contains("once"), "{why}");
    for fine in [
        json!({"consent-scope": "All records"}),
        json!({"labels": ["HIV"]}),
    ] {
        assert!(made(with("sensitive", rule(fine))).is_ok());
    }
}

#[test]
fn what_a_reader_of_its_kind_would_miss_is_noted() {
    let notes = channel().notes();
    let missing = |section: &str| {
        notes
            .iter()
            .any(|note| note.contains(&format!("`{section}`")))
    };
    assert!(missing("hospital-course") && missing("plan"), "{notes:?}");
    assert!(!missing("results"), "{notes:?}");
    let mut joined = typed();
    joined["packet"]["sections"] = json!(["assessment-and-plan"]);
    let notes = made(joined).expect("it makes sense").notes();
    assert!(
        !notes.iter().any(|note| note.contains("`plan`")),
        "{notes:?}"
    );
    let alone = made(with("patient", json!(["name"]))).expect("it makes sense");
    assert!(
        alone
            .notes()
            .iter()
            .any(|note| note.contains("two identifiers"))
    );
}

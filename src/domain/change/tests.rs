//! Changes of a channel, and what is said of them.

use super::{Change, Effect, changes, gained};
use crate::domain::channel::tests::{channel, made, typed, with};
use crate::domain::facts::ClinicalFacts;
use crate::domain::leaving::{Leaf, leaving};
use crate::domain::packet::assemble;
use serde_json::{Value, json};

fn from_to(old: Value, new: Value) -> Vec<Change> {
    let made = |typed| made(typed).expect("it makes sense");
    changes(Some(&made(old)), Some(&made(new)))
}

fn said(changes: &[Change]) -> Vec<String> {
    let said = changes.iter();
    said.map(|c| format!("{} {}", c.effect.sign(), c.what))
        .collect()
}

/// What is said where the channel's packet gets this key.
fn packet(key: &str, value: Value) -> Vec<String> {
    said(&from_to(typed(), with(key, value)))
}

#[test]
fn the_same_channel_has_no_change() {
    assert_eq!(from_to(typed(), typed()), []);
}

#[test]
fn sections_and_fields_that_come_and_go_are_named() {
    let sections = json!([
        "encounter",
        "diagnoses",
        "medications",
        "allergies",
        "social-history"
    ]);
    let told = packet("sections", sections);
    assert_eq!(told, ["+ section social-history", "- section results"]);
    let told = packet(
        "patient",
        json!(["name", "birth-date", "sex", "death", "record-number", "ssn"]),
    );
    assert_eq!(told, ["+ patient PID-19 SSN"]);
    let narrow = with("fields", json!({"results": ["range"]}));
    let wider = with("fields", json!({"results": ["range", "notes"]}));
    assert_eq!(
        said(&from_to(narrow.clone(), wider.clone())),
        ["+ field results.notes"]
    );
    assert_eq!(said(&from_to(wider, narrow)), ["- field results.notes"]);
    assert_eq!(
        packet("formats", json!(["pdf", "fhir-document", "original"])).len(),
        1
    );
    assert_eq!(packet("attach-originals", json!(true)).len(), 1);
}

#[test]
fn a_looser_rule_for_sensitive_content_is_a_widening() {
    let rule = |rule| with("sensitive", rule);
    let strict = rule(json!({"action": "hold", "unlabelled": "hold"}));
    let loose = rule(json!({"action": "label", "unlabelled": "send", "labels": ["HIV"]}));
    let wider = from_to(strict.clone(), loose.clone());
    let told = said(&wider);
    for expected in [
        "! sensitive content: hold → label",
        "! what bears no label: hold → send",
        "! 42CFRPart2 is no longer treated as sensitive",
    ] {
        assert!(told.iter().any(|said| said == expected), "{told:?}");
    }
    assert!(wider.iter().all(|change| change.effect == Effect::Widens));
    let narrower = from_to(loose, strict);
    assert!(narrower.iter().all(|change| change.effect == Effect::Takes));
    assert_eq!(narrower.len(), wider.len());
}

#[test]
fn longer_lives_and_more_downloads_are_widenings() {
    let mut wide = typed();
    wide["link"] = json!({"expires-after": "14d", "max-downloads": 3});
    wide["max-age"] = json!("48h");
    wide["trigger"]["several-patients"] = json!("split");
    wide["packet"]["purpose-of-use"] = json!("HPAYMT");
    wide["cancel-on"] = json!([]);
    let told = from_to(typed(), wide.clone());
    assert_eq!(
        said(&told),
        [
            "! a link lives: 72h → 14d",
            "! downloads of each file: 1 → 3",
            "! an event is for real life until it is this old: 24h → 48h",
            "! a Bundle about several patients: refuse → split",
            "! purpose of use: COC → HPAYMT",
            "! event ADT^A11 no longer revokes what is staged",
        ]
    );
    // Any other purpose is for somebody to look at, in both directions.
    let back = from_to(wide, typed());
    let more = back.iter().filter(|change| change.effect.is_more());
    assert_eq!(more.count(), 1);
}

#[test]
fn who_receives_is_named_and_so_is_a_new_domain() {
    let mut more = typed();
    more["recipients"] = json!([
        {"name": "Care management", "email": "care@riverside.example", "language": "es"},
        {"name": "Partner", "email": "intake@partner.example"},
    ]);
    more["return"] = json!([{"rabbitmq": {"exchange": "results", "routing-key": "x"}}]);
    assert_eq!(
        said(&from_to(typed(), more)),
        [
            "+ recipient Partner <intake@partner.example>",
            "+ the DocumentReference, to the exchange results as x",
            "+ the domain partner.example receives what it did not before",
            "~ languages: en → es, en",
        ]
    );
}

#[test]
fn a_route_that_says_more_is_another_route() {
    let with_return = |route: Value| {
        let mut typed = typed();
        typed["return"] = json!([route]);
        typed
    };
    let told = from_to(
        with_return(json!({"reply": {}})),
        with_return(json!({"reply": {"profile": "mhd"}})),
    );
    let whom = "the DocumentReference, to whoever sent the event";
    let expected = [format!("+ {whom} (profile: mhd)"), format!("- {whom}")];
    assert_eq!(said(&told), expected);
}

#[test]
fn no_key_is_passed_over() {
    let mut other = typed();
    other["owner"] = json!("other@riverside.example");
    other["zone"] = json!("Europe/Berlin");
    let told = said(&from_to(typed(), other));
    assert_eq!(
        told,
        [
            "~ `owner` has another content",
            "~ `zone` has another content"
        ]
    );
}

#[test]
fn a_new_channel_adds_all_it_has_and_one_that_goes_takes_it_along() {
    let came = changes(None, Some(&channel()));
    assert!(came.iter().all(|change| change.effect == Effect::Adds));
    assert!(said(&came).contains(&"+ section results".to_owned()));
    let went = changes(Some(&channel()), None);
    assert!(went.iter().all(|change| change.effect == Effect::Takes));
    assert_eq!(went.len(), came.len());
}

#[test]
fn of_a_message_the_values_that_newly_leave_are_named_by_place() {
    let facts = ClinicalFacts::sample();
    let told = |typed: Value| {
        let channel = made(typed).expect("it makes sense");
        leaving(&assemble(&facts, &channel.packet), &facts, &channel.packet)
    };
    let old = told(with("fields", json!({"encounter": ["dates"]})));
    let wider = json!(["name", "birth-date", "sex", "death", "record-number", "ssn"]);
    let mut new = with("patient", wider);
    new["packet"]["fields"] = json!({"encounter": ["dates", "reason"]});
    let new = told(new);
    let names =
        |leaves: Vec<&Leaf>| -> Vec<String> { leaves.into_iter().map(Leaf::identity).collect() };
    assert_eq!(names(gained(&old, &new)), ["PID-19 ssn", "PV2-3 reason"]);
    assert_eq!(gained(&new, &old), Vec::<&Leaf>::new());
}

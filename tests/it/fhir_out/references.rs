//! The DocumentReference: US Core by default, MHD on request, from one record.

use super::{everything, fixtures, imprint, packet_of, rules};
use crate::support::House;
use crate::support::house::{now, shipped_channels};
use crate::support::invariants::of_one;
use crate::support::messages::{DISCHARGE, sent};
use crate::support::profiles::{mhd, of, provide_bundle, us_core};
use crate::support::schema::assert_r4;
use handoff::app::channels::{Channels, parse};
use handoff::app::pipeline::{OutcomeKind, filled_reference};
use handoff::domain::channel::ReferenceProfile;
use handoff::domain::document::Rendition;
use handoff::domain::facts::{ClinicalFacts, Coded};
use handoff::domain::ids::HandoffId;
use handoff::domain::language::Language;
use handoff::domain::packet::{Packet, assemble};
use handoff::domain::section::PacketKind;
use handoff::domain::sensitive::SensitivityLabel;
use handoff::formats::fhir::{self, StagedFile};
use jiff::tz::TimeZone;
use serde_json::Value;

const PUBLIC: &str = "https://packets.riverside.example";

fn renditions() -> Vec<Rendition> {
    vec![
        Rendition::pdf(Language::En, true),
        Rendition::pdf(Language::Ar, true),
        Rendition::fhir(Language::En),
        Rendition::original(1, Some("image/png")),
    ]
}

fn reference_of(facts: &ClinicalFacts, packet: &Packet, renditions: &[Rendition]) -> Value {
    let imprint = imprint();
    let files: Vec<StagedFile> = renditions
        .iter()
        .zip(1000..)
        .map(|(rendition, size)| StagedFile {
            rendition,
            size,
            sha1: "2jmj7l5rSw0yVb/vlWAYkK/YBwk=".into(),
        })
        .collect();
    let mut reference = fhir::document_reference(&fhir::Reference {
        handoff: imprint.handoff,
        facts,
        packet,
        language: Language::En,
        files: &files,
        organisation: &imprint.organisation,
        public_url: PUBLIC,
        created: &imprint.created,
        expires: &now().to_zoned_datetime(TimeZone::UTC),
        test: false,
        replaces: None,
        source_zone: &imprint.source_zone,
    })
    .unwrap();
    fhir::fill_urls(&mut reference, |n| format!("{PUBLIC}/d/token/{n}"));
    reference
}

fn assert_sound(complaints: Vec<String>, resource: &Value, what: &str) {
    assert!(complaints.is_empty(), "{what}: {complaints:#?}");
    assert_r4(resource);
    let complaints = of_one(resource);
    assert!(complaints.is_empty(), "{what}: {complaints:#?}");
}

#[test]
fn every_fixture_has_a_reference_in_both_profiles() {
    for (name, facts) in fixtures() {
        for rule in rules() {
            let packet = assemble(&facts, &rule);
            let reference = reference_of(&facts, &packet, &renditions());
            assert_sound(us_core(&reference), &reference, &name);
            let bundle = fhir::provide_documents(&reference, 0, PUBLIC).unwrap();
            assert_sound(provide_bundle(&bundle), &bundle, &name);
            assert_eq!(of(&bundle, "DocumentReference").len(), 4);
        }
    }
}

fn discharge() -> (ClinicalFacts, Packet) {
    let (_, facts) = fixtures()
        .into_iter()
        .find(|(name, _)| name == DISCHARGE)
        .unwrap();
    let packet = assemble(&facts, &rules()[0]);
    (facts, packet)
}

#[test]
fn a_reference_says_what_each_rendition_is_and_nothing_of_the_patient() {
    let (facts, packet) = discharge();
    let reference = reference_of(&facts, &packet, &renditions());
    let contents = reference["content"].as_array().unwrap();
    let languages: Vec<_> = contents
        .iter()
        .map(|c| c["attachment"]["language"].as_str())
        .collect();
    assert_eq!(languages, [Some("en"), Some("ar"), Some("en"), None]);
    let formats: Vec<_> = contents
        .iter()
        .map(|c| c["format"]["code"].as_str().unwrap())
        .collect();
    let plain = "urn:ihe:iti:xds:2017:mimeTypeSufficient";
    let bundle = "http://hl7.org/fhir/StructureDefinition/Bundle";
    assert_eq!(formats, [plain, plain, bundle, plain]);
    let context = &reference["context"];
    assert_eq!(context["facilityType"]["coding"][0]["code"], "HOSP");
    assert_eq!(context["practiceSetting"]["text"], "MED");
    assert_eq!(context["sourcePatientInfo"], reference["subject"]);
    assert_eq!(reference["author"][0]["display"], "NOVAK, Petra");
    assert_eq!(reference["author"][1]["display"], "Riverside Hospital");
    let text = reference.to_string();
    for mark in ["GRIFFITH", "Griffith", "Heart failure", "Larch Row"] {
        assert!(!text.contains(mark), "it says {mark}");
    }
}

#[test]
fn what_the_packet_does_not_tell_the_reference_does_not_either() {
    let (facts, _) = discharge();
    let mut rule = rules()[0].clone();
    rule.sections.retain(|section| section.key() == "allergies");
    let reference = reference_of(&facts, &assemble(&facts, &rule), &renditions());
    let context = &reference["context"];
    assert!(context.get("practiceSetting").is_none() && context.get("period").is_none());
    assert_eq!(reference["author"].as_array().unwrap().len(), 1);
    let level = |reference: &Value| {
        let bundle = fhir::provide_documents(reference, 0, PUBLIC).unwrap();
        bundle["entry"][1]["resource"]["meta"]["profile"][0]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(level(&reference).ends_with("Minimal.DocumentReference"));
    let (facts, packet) = discharge();
    let whole = reference_of(&facts, &packet, &renditions());
    assert!(level(&whole).ends_with("UnContained.Comprehensive.DocumentReference"));
}

#[test]
fn labels_and_purpose_are_on_the_reference() {
    let (facts, mut packet) = discharge();
    packet.security.confidentiality = "R";
    packet.security.labels = vec![SensitivityLabel::Part2];
    let reference = reference_of(&facts, &packet, &renditions());
    let labels = reference["securityLabel"].as_array().unwrap().iter();
    let codes: Vec<_> = labels
        .map(|l| l["coding"][0]["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["R", "42CFRPart2", "NORDSCLCD", "COC"]);
}

#[test]
fn documents_of_one_kind_keep_the_kind_their_source_gave_them() {
    let rule = everything(PacketKind::Documents);
    let mut packet = packet_of("hl7v2/oru_r01_pdf_in_pieces.hl7", &rule);
    let facts = ClinicalFacts::default();
    let code = |packet: &Packet| {
        let reference = reference_of(&facts, packet, &renditions());
        reference["type"]["coding"][0]["code"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(code(&packet), "11503-0");
    packet.sections.clear();
    let kind = |code: &str| Coded {
        code: Some(code.into()),
        system: Some("LN".into()),
        ..Coded::default()
    };
    packet.originals.resize_with(2, Default::default);
    packet.originals[0].kind = Some(kind("11488-4"));
    assert_eq!(
        code(&packet),
        "11503-0",
        "one of them is of an unknown kind"
    );
    packet.originals[1].kind = Some(kind("11488-4"));
    assert_eq!(code(&packet), "11488-4");
    packet.originals[1].kind = Some(kind("18748-4"));
    assert_eq!(code(&packet), "11503-0");
}

#[test]
fn what_mhd_forbids_and_wants_is_complained_of() {
    let (facts, packet) = discharge();
    let reference = reference_of(&facts, &packet, &renditions());
    // of US Core, with a content for each rendition
    assert!(mhd(&reference).contains(&"content: not one".to_owned()));
    let bundle = fhir::provide_documents(&reference, 0, PUBLIC).unwrap();
    let breaks = |at: &str, value: Value, rule: &str| {
        let mut broken = bundle.clone();
        *broken.pointer_mut(at).unwrap() = value;
        let found = provide_bundle(&broken);
        assert!(
            found.iter().any(|c| c.starts_with(rule)),
            "{rule} in {found:?}"
        );
    };
    breaks("/type", "batch".into(), "type");
    breaks(
        "/entry/0/resource/mode",
        "snapshot".into(),
        "SubmissionSet: mode",
    );
    breaks(
        "/entry/1/fullUrl",
        "urn:uuid:0".into(),
        "SubmissionSet: other",
    );
    breaks(
        "/entry/1/resource/status",
        "entered-in-error".into(),
        "status",
    );
    breaks(
        "/entry/1/resource/masterIdentifier/use",
        "official".into(),
        "masterIdentifier",
    );
    breaks("/entry/1/resource/context", Value::Null, "no /context");
}

fn mhd_channel() -> Channels {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("channels/discharge.yaml")).unwrap();
    let text = text.replace("- reply: {}", "- reply: {profile: mhd}");
    let (channels, errors) = parse(&[("discharge.yaml".into(), text)]);
    assert!(errors.is_empty(), "{}", errors[0]);
    channels
}

fn kept(outcome: &OutcomeKind) -> &Value {
    match outcome {
        OutcomeKind::Created(value) | OutcomeKind::Repeated(value) => value,
        other => panic!("no reference: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_mhd_gets_it_and_the_same_again() {
    let house = House::with(None, mhd_channel()).await;
    let body = sent(DISCHARGE, "mhd-1", now());
    let (id, bundle) = house.created(&body).await;
    assert_sound(provide_bundle(&bundle), &bundle, "created");
    assert_eq!(of(&bundle, "DocumentReference").len(), 2);
    let again = house.event(&body).await;
    assert_eq!(kept(&again[0].kind).to_string(), bundle.to_string());

    // The same record serves the other profile, and each time the same bytes.
    let id = HandoffId::parse(&id).unwrap();
    let read = |profile| filled_reference(&house.world, &id, profile);
    let first = read(ReferenceProfile::UsCore).await.unwrap().unwrap();
    assert_sound(us_core(&first), &first, "US Core");
    let second = read(ReferenceProfile::UsCore).await.unwrap().unwrap();
    assert_eq!(first.to_string(), second.to_string());
    assert_eq!(
        read(ReferenceProfile::Mhd).await.unwrap(),
        Some(bundle.clone())
    );

    // Its links open what they describe.
    let document = &of(&bundle, "DocumentReference")[1]["resource"];
    let attachment = &document["content"][0]["attachment"];
    let answer = house
        .web
        .get(attachment["url"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.headers()["content-type"],
        attachment["contentType"].as_str().unwrap()
    );
    assert_eq!(attachment["size"], answer.bytes().await.unwrap().len());
    house.send_all().await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_supersedes_every_document_it_replaces() {
    let house = House::with(None, mhd_channel()).await;
    let (_, before) = house.created(&sent(DISCHARGE, "mhd-2", now())).await;
    let minute = jiff::SignedDuration::from_mins(1);
    house.advance(std::time::Duration::from_secs(120));
    let corrected = String::from_utf8(sent(DISCHARGE, "mhd-3", now() + minute)).unwrap();
    let corrected = corrected.replace("ADT^A03", "ADT^A08");
    let corrected = corrected.replace("Essential (primary) hypertension", "Hypertension");
    let (_, after) = house.created(corrected.as_bytes()).await;
    assert_sound(provide_bundle(&after), &after, "corrected");
    let old: Vec<&str> = of(&before, "DocumentReference")
        .iter()
        .map(|entry| entry["fullUrl"].as_str().unwrap())
        .collect();
    let new = of(&after, "DocumentReference");
    let replaced: Vec<&str> = new
        .iter()
        .map(|e| &e["resource"]["relatesTo"][0]["target"]["identifier"]["value"])
        .map(|value| value.as_str().unwrap())
        .collect();
    assert_eq!(replaced, old);
    let patched = of(&after, "Parameters");
    for (patch, old) in patched.iter().zip(&old) {
        assert!(patch["request"]["url"].as_str().unwrap().ends_with(old));
    }
    assert_eq!(patched.len(), old.len());
    house.send_all().await;
    house.leave().await;
}

#[test]
fn a_document_that_has_no_successor_ends_with_the_first() {
    let (facts, packet) = discharge();
    let mut reference = reference_of(&facts, &packet, &renditions()[..1]);
    let before = serde_json::json!({"code": "replaces", "target": {"identifier": {"value": "urn:uuid:01990000-0000-7000-8000-000000000009"}}});
    reference["relatesTo"] = serde_json::json!([before]);
    let bundle = fhir::provide_documents(&reference, 3, PUBLIC).unwrap();
    assert_sound(provide_bundle(&bundle), &bundle, "fewer than before");
    let first = &bundle["entry"][1]["resource"];
    assert_eq!(first["relatesTo"].as_array().unwrap().len(), 3);
    assert_eq!(of(&bundle, "Parameters").len(), 3);
}

#[test]
fn the_shipped_channels_answer_in_us_core() {
    for channel in shipped_channels() {
        assert_eq!(channel.reply_profile(), ReferenceProfile::UsCore);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_expiry_extension_is_defined_where_its_url_points() {
    let house = House::open().await;
    let (_, reference) = house.created(&sent(DISCHARGE, "expiry", now())).await;
    let extension = &reference["content"][0]["attachment"]["extension"][0];
    assert!(extension["valueInstant"].is_string());
    let url = extension["url"].as_str().unwrap();
    let answer = house.web.get(url).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/fhir+json");
    let definition: Value = answer.json().await.unwrap();
    assert_r4(&definition);
    assert_eq!(definition["url"], url);
    assert_eq!(definition["type"], "Extension");
    let elements = definition["differential"]["element"].as_array().unwrap();
    let of = |id: &str| elements.iter().find(|e| e["id"] == id).unwrap();
    assert_eq!(of("Extension.url")["fixedUri"], url);
    assert_eq!(of("Extension.value[x]")["type"][0]["code"], "instant");
    house.send_all().await;
    house.leave().await;
}

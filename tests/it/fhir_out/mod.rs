//! What leaves as FHIR is what the standard says: the document Bundle, and the
//! DocumentReference in both of its profiles.

mod document;
mod references;
mod sensitive;

use crate::support::bucket::files_below;
use crate::support::house::{now, shipped_channels};
use handoff::domain::brand::Brand;
use handoff::domain::facts::ClinicalFacts;
use handoff::domain::fields::PatientField;
use handoff::domain::language::Language;
use handoff::domain::packet::{Packet, assemble};
use handoff::domain::rule::PacketRule;
use handoff::domain::section::{PacketKind, Section};
use handoff::domain::wishes::Wishes;
use handoff::formats::content::Edition;
use handoff::formats::fhir;
use handoff::formats::read::read;
use handoff::formats::sheet::Imprint;
use handoff::formats::words::words;
use serde_json::Value;
use std::path::Path;
use std::sync::LazyLock;

static PLAIN: LazyLock<Brand> = LazyLock::new(Brand::default);

pub fn imprint() -> Imprint {
    Imprint {
        organisation: "Riverside Hospital".into(),
        handoff: uuid::Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0001),
        ticket: "H-1".into(),
        source_sha256: "00".repeat(32),
        created: now().to_zoned_datetime(jiff::tz::TimeZone::UTC),
        source_zone: jiff::tz::TimeZone::get("America/New_York").unwrap(),
    }
}

/// The bytes of the document.
pub fn written(packet: &Packet, language: Language) -> Vec<u8> {
    let edition = Edition {
        words: words(language),
        brand: &PLAIN,
    };
    fhir::document(packet, &imprint(), edition).expect("a document")
}

pub fn document(packet: &Packet) -> Value {
    serde_json::from_slice(&written(packet, Language::En)).expect("JSON")
}

/// The rules of the shipped channels, and two under which everything leaves.
pub fn rules() -> Vec<PacketRule> {
    let channels = shipped_channels();
    let mut rules: Vec<_> = channels
        .iter()
        .map(|channel| channel.packet.clone())
        .collect();
    assert_eq!(rules.len(), 2);
    rules.extend([PacketKind::Discharge, PacketKind::Referral].map(everything));
    rules
}

pub fn everything(kind: PacketKind) -> PacketRule {
    PacketRule {
        patient: PatientField::ALL.to_vec(),
        ..PacketRule::of(kind, &Section::ALL)
    }
}

/// Every message of every fixture that reads, by the name of its file.
pub fn fixtures() -> Vec<(String, ClinicalFacts)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let folders = ["hl7v2", "fhir", "cda"].map(|folder| root.join(folder));
    let files = folders.iter().flat_map(|folder| files_below(folder));
    let mut found = Vec::new();
    for file in files {
        let name = file.strip_prefix(&root).unwrap().display().to_string();
        found.extend(messages(&std::fs::read(&file).unwrap()).map(|facts| (name.clone(), facts)));
    }
    assert!(found.len() > 25, "only {} messages", found.len());
    found
}

pub fn messages(body: &[u8]) -> impl Iterator<Item = ClinicalFacts> + use<> {
    read(body, None, &Wishes::default()).messages.into_iter()
}

pub fn packet_of(fixture: &str, rule: &PacketRule) -> Packet {
    let body = crate::support::messages::fixture(fixture);
    let facts = messages(&body).next().expect("a message");
    assemble(&facts, rule)
}

/// The resources of a kind, in the document's order.
pub fn resources<'v>(document: &'v Value, kind: &str) -> Vec<&'v Value> {
    let entries = document["entry"].as_array().expect("entries").iter();
    let resources = entries.map(|entry| &entry["resource"]);
    resources
        .filter(|resource| resource["resourceType"] == kind)
        .collect()
}

pub fn sections(document: &Value) -> &[Value] {
    document["entry"][0]["resource"]["section"]
        .as_array()
        .expect("sections")
}

pub fn section<'v>(document: &'v Value, loinc: &str) -> &'v Value {
    let mut all = sections(document).iter();
    all.find(|section| section["code"]["coding"][0]["code"] == loinc)
        .unwrap_or_else(|| panic!("no section {loinc}"))
}

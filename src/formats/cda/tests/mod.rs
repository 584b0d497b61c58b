//! Each fixture, and each thing that a messy sender taught us.

mod denied;
mod entries;
mod head;
mod text;
mod xml;

use super::{narrative, time};
use crate::domain::facts::{
    AllergyIntolerance, ClinicalFacts, Doubt, Medication, Observation, Places, Problem, Reading,
};
use crate::domain::packet::{Content, assemble};
use crate::domain::section::{PacketKind, Section};
use crate::domain::wishes::Wishes;

const DISCHARGE: &[u8] = include_bytes!("../../../../fixtures/cda/discharge_summary.xml");
const REFERRAL: &[u8] = include_bytes!("../../../../fixtures/cda/referral_note.xml");
const UNSTRUCTURED: &[u8] = include_bytes!("../../../../fixtures/cda/unstructured_pdf.xml");
const NONE_KNOWN: &[u8] = include_bytes!("../../../../fixtures/cda/no_known_allergies.xml");
const LATIN1: &[u8] = include_bytes!("../../../../fixtures/cda/latin1_unbound_prefix.xml");

fn reading(body: &[u8]) -> Reading {
    super::read(body, &Wishes::default())
}

fn read(body: &[u8]) -> ClinicalFacts {
    let mut reading = reading(body);
    assert_eq!(reading.problems, []);
    reading.messages.remove(0)
}

fn problem(body: &[u8]) -> Problem {
    let mut reading = reading(body);
    assert!(reading.messages.is_empty());
    reading.problems.remove(0)
}

/// A document with one section of this code, and its entries.
fn with_section(code: &str, inside: &str) -> ClinicalFacts {
    read(document(code, inside).as_bytes())
}

fn document(code: &str, inside: &str) -> String {
    format!(
        r#"<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc" xmlns:xsi="x">
        <id root="2.999.1"/><code code="34133-9"/><effectiveTime value="2026"/>
        <recordTarget><patientRole><id root="2.999.2" extension="1"/></patientRole></recordTarget>
        <component><structuredBody><component><section><code code="{code}"/>
        {inside}</section></component></structuredBody></component></ClinicalDocument>"#
    )
}

fn result(inside: &str) -> Observation {
    let entry = format!(
        r#"<entry><observation><code code="1-8" displayName="Test"/>{inside}</observation></entry>"#
    );
    let mut facts = with_section("30954-2", &entry);
    assert_eq!(facts.doubts, []);
    facts.results.remove(0)
}

fn medication(inside: &str) -> Medication {
    let entry = format!(
        r#"<text><content ID="m">Take as told</content></text>
        <entry><substanceAdministration moodCode="EVN">{inside}<consumable><manufacturedProduct>
        <manufacturedMaterial><code code="1" displayName="drug"/></manufacturedMaterial>
        </manufacturedProduct></consumable></substanceAdministration></entry>"#
    );
    with_section("10160-0", &entry).medications.remove(0)
}

fn allergy(inside: &str) -> AllergyIntolerance {
    let entry = format!("<entry><observation>{inside}</observation></entry>");
    with_section("48765-2", &entry).allergies.remove(0)
}

fn place<'p>(at: &'p Places, part: &str) -> &'p str {
    at.iter()
        .find(|(known, _)| *known == part)
        .map_or("", |(_, place)| place)
}

fn whys(doubts: &[Doubt]) -> Vec<&str> {
    doubts.iter().map(|doubt| doubt.why.as_str()).collect()
}

fn plain(text: &str) -> String {
    let document = format!("<text>{text}</text>");
    let tree = super::xml::parse(&document, &mut Vec::new()).expect("well formed");
    narrative::plain(tree.root())
}

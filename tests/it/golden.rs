//! Packets as a person sees them: the text of every page to the letter, its
//! picture with tolerance. `UPDATE=1` writes them anew for a reviewer to look at.

use crate::support::messages::fixture;
use crate::support::needs::needs;
use crate::support::pages::{assert_pages, poppler_text, qpdf_check};
use handoff::app::brands::Brands;
use handoff::app::channels::{self, Channels};
use handoff::app::pipeline::render;
use handoff::domain::brand::Brand;
use handoff::domain::channel::Channel;
use handoff::domain::facts::ClinicalFacts;
use handoff::domain::packet::assemble;
use handoff::domain::wishes::Wishes;
use handoff::formats::pdf::Fonts;
use handoff::formats::read::read;
use handoff::formats::sheet::Imprint;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

static FONTS: LazyLock<Fonts> = LazyLock::new(Fonts::embedded);

/// Shipped channels, their first recipient reading this language.
fn channel(name: &str, language: &str) -> Arc<Channel> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("channels/{name}.yaml"));
    let text = std::fs::read_to_string(&path).unwrap();
    let mut shown = String::new();
    for line in text.lines() {
        // One reader, one language.
        if line.starts_with("test-recipient:") {
            continue;
        }
        match line.strip_suffix('}') {
            Some(recipient) if line.trim_start().starts_with("- {name:") => {
                shown.push_str(&format!("{recipient}, language: {language}}}\n"));
            }
            _ => {
                shown.push_str(line);
                shown.push('\n');
            }
        }
    }
    let (channels, errors): (Channels, _) = channels::parse(&[(path, shown)]);
    assert!(errors.is_empty(), "{}", errors[0]);
    Arc::clone(&channels[0])
}

fn imprint() -> Imprint {
    Imprint {
        organisation: "Lakeside General".into(),
        handoff: uuid::Uuid::from_u128(0x01a2_12fe_64bf_7a7a_ae02_3475_052d_4fbc),
        ticket: "GJM9Z5".into(),
        source_sha256: "9689858ac69ec0f60fd4de98c87a4a64ec8029e6f3d1e6c3a257bb6b6e0634bc".into(),
        created: "2026-11-22T17:00:00+01:00[Europe/Berlin]".parse().unwrap(),
        source_zone: jiff::tz::TimeZone::UTC,
    }
}

fn facts(body: &[u8]) -> ClinicalFacts {
    let mut reading = read(body, None, &Wishes::default());
    assert_eq!(reading.problems, []);
    reading.messages.remove(0)
}

fn pdf(facts: &ClinicalFacts, channel: &Channel, brand: &Brand, fonts: &Fonts) -> Vec<u8> {
    let packet = assemble(facts, &channel.packet);
    let files = render(channel, &packet, &imprint(), brand, fonts).unwrap();
    files[0].bytes.to_vec()
}

/// The same bytes twice, sound as PDF, and as its golden files show it.
fn assert_golden(name: &str, facts: &ClinicalFacts, channel: &Channel, fonts: &Fonts) -> String {
    assert_branded(name, facts, channel, &Brand::default(), fonts)
}

fn assert_branded(
    name: &str,
    facts: &ClinicalFacts,
    channel: &Channel,
    brand: &Brand,
    fonts: &Fonts,
) -> String {
    let printed = pdf(facts, channel, brand, fonts);
    assert_eq!(
        printed,
        pdf(facts, channel, brand, fonts),
        "{name}: the same facts gave other bytes"
    );
    qpdf_check(&printed);
    assert_pages(name, &printed);
    poppler_text(&printed).unwrap_or_default()
}

/// The README shows these.
#[test]
fn the_packets_of_the_demo_look_as_they_are_shown() {
    for (name, file, kind) in [
        ("demo_adt", "hl7v2/adt_a03_discharge.hl7", "discharge"),
        ("demo_ref", "hl7v2/ref_i12_rich.hl7", "referral"),
        (
            "demo_fhir",
            "fhir/bundle_message_discharge.json",
            "discharge",
        ),
        (
            "demo_fhir_referral",
            "fhir/bundle_collection_referral.json",
            "referral",
        ),
        ("demo_cda", "cda/discharge_summary.xml", "discharge"),
    ] {
        let facts = facts(&fixture(file));
        assert_golden(name, &facts, &channel(kind, "en"), &FONTS);
    }
}

/// What `handoff render --sample` prints: all that a packet may hold, in the looks of
/// the shipped brand.
#[test]
fn the_sample_stands_under_its_letterhead() {
    let channel = channel("discharge", "en");
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("channels");
    let brand = Brands::load(&folder).unwrap().of(&channel);
    let facts = ClinicalFacts::sample();
    assert_branded("sample", &facts, &channel, &brand, &FONTS);
}

#[test]
fn a_sparse_discharge_says_what_its_source_does_not() {
    let facts = facts(&fixture("hl7v2/adt_a03_sparse.hl7"));
    assert_golden("sparse", &facts, &channel("discharge", "en"), &FONTS);
}

#[test]
fn an_arabic_name_stands_in_an_english_packet_and_an_english_name_in_an_arabic_one() {
    let facts = facts(&fixture("hl7v2/adt_a03_arabic_name.hl7"));
    assert_golden("arabic_name", &facts, &channel("discharge", "en"), &FONTS);
    let discharge = self::facts(&fixture("hl7v2/adt_a03_discharge.hl7"));
    assert_golden("in_arabic", &discharge, &channel("discharge", "ar"), &FONTS);
}

#[test]
fn a_spanish_reader_gets_spanish_labels_around_the_sources_words() {
    let facts = facts(&fixture("hl7v2/ref_i12_rich.hl7"));
    assert_golden("in_spanish", &facts, &channel("referral", "es"), &FONTS);
}

#[test]
fn a_chinese_name_needs_a_font_and_is_spelled_out_without_one() {
    let facts = facts(&fixture("hl7v2/adt_a03_chinese_name.hl7"));
    let channel = channel("discharge", "en");
    let without = assert_golden("chinese_name_no_font", &facts, &channel, &FONTS);
    assert!(
        without.is_empty() || without.contains("U+6B27"),
        "{without}"
    );
    let Some(font) = needs("HANDOFF_TEST_CJK_FONT") else {
        return;
    };
    let files = [font.clone(), font.replace("Regular", "Bold")];
    let fonts = files.iter().fold(Fonts::embedded(), |fonts, file| {
        let bytes = std::fs::read(file).expect("the font is there");
        fonts.and(bytes).expect("it is a font")
    });
    let with = assert_golden("chinese_name", &facts, &channel, &fonts);
    assert!(with.is_empty() || with.contains("欧阳"), "{with}");
    let zh = self::channel("discharge", "zh");
    assert_golden("in_chinese", &facts, &zh, &fonts);
}

#[test]
fn three_hundred_results_are_one_table_with_its_heads() {
    let facts = facts(chart(300, 0).to_string().as_bytes());
    let text = assert_golden("results_300", &facts, &channel("discharge", "en"), &FONTS);
    let rows = text.matches("mmol/L").count();
    assert!(text.is_empty() || rows == 300, "{rows} rows");
}

#[test]
fn forty_medications_of_all_lengths_run_over_their_pages() {
    let facts = facts(chart(3, 40).to_string().as_bytes());
    let text = assert_golden(
        "medications_40",
        &facts,
        &channel("discharge", "en"),
        &FONTS,
    );
    for nth in 0..40 {
        let name = format!("Medicine {nth:02}");
        assert!(text.is_empty() || text.contains(&name), "{name} is lost");
    }
}

/// A record as large as Synthea makes them, invented.
fn chart(results: usize, medications: usize) -> Value {
    let subject = json!({"reference": "urn:uuid:00000000-0000-4000-8000-000000000001"});
    let mut entries = vec![
        json!({"fullUrl": subject["reference"], "resource": {
            "resourceType": "Patient", "identifier": [{"system": "urn:oid:2.999.10.3", "value": "LG-7001",
            "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]}}],
            "name": [{"family": "Quill", "given": ["Rosalind"]}], "gender": "female", "birthDate": "1951-06-30"}}),
        json!({"fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000002", "resource": {
            "resourceType": "Encounter", "status": "finished", "subject": subject,
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
            "identifier": [{"value": "V-7001"}],
            "period": {"start": "2026-11-16T08:00:00Z", "end": "2026-11-22T11:00:00Z"}}}),
    ];
    let tests = [
        ("2951-2", "Sodium", 136.0, 145.0),
        ("2823-3", "Potassium", 3.5, 5.1),
        ("2075-0", "Chloride", 98.0, 107.0),
        ("2345-7", "Glucose in serum or plasma, fasting", 3.9, 5.5),
    ];
    for nth in 0..results {
        let (code, name, low, high) = tests[nth % tests.len()];
        let value = low + (high - low) * ((nth * 37 % 130) as f64) / 100.0;
        let value = (value * 10.0).round() / 10.0;
        let flag = if value > high { "H" } else { "N" };
        let day = 16 + nth / 50;
        entries.push(json!({"fullUrl": format!("urn:uuid:00000000-0000-4000-8001-{nth:012}"), "resource": {
            "resourceType": "Observation", "status": "final", "subject": subject,
            "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}],
            "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": name}], "text": name},
            "effectiveDateTime": format!("2026-11-{day:02}T{:02}:15:00Z", nth % 24),
            "valueQuantity": {"value": value, "unit": "mmol/L"},
            "interpretation": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "code": flag}]}],
            "referenceRange": [{"low": {"value": low}, "high": {"value": high}}]}}));
    }
    let uses = [
        "1 tablet once daily",
        "2 capsules by mouth in the morning and 1 in the evening, with food, for 14 days",
        "5 mL by mouth every 8 hours as needed for cough; not more than 4 doses in a day. Stop and call the clinic if a rash appears, and do not drive while taking it.",
        "Apply thinly to the affected skin twice daily",
    ];
    for nth in 0..medications {
        entries.push(json!({"fullUrl": format!("urn:uuid:00000000-0000-4000-8002-{nth:012}"), "resource": {
            "resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": subject,
            "medicationCodeableConcept": {"text": format!("Medicine {nth:02} {} mg", 5 * (nth + 1))},
            "authoredOn": "2026-11-22",
            "dosageInstruction": [{"text": uses[nth % uses.len()].to_owned() + &"; or as told".repeat(nth % 3)}]}}));
    }
    json!({"resourceType": "Bundle", "type": "collection", "timestamp": "2026-11-22T11:30:00Z",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:00000000-0000-4000-8000-000000000000"},
        "entry": entries})
}

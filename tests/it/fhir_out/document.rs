//! The document Bundle: R4's schema, the invariants, and what a reader of its
//! resources must not misunderstand.

use super::{
    document, everything, fixtures, messages, packet_of, resources, rules, section, sections,
    written,
};
use crate::support::invariants::complaints;
use crate::support::schema::assert_r4;
use handoff::domain::language::Language;
use handoff::domain::packet::{Content, assemble};
use handoff::domain::section::{PacketKind, Section};
use handoff::formats::words::words;
use serde_json::{Value, json};

fn assert_sound(document: &Value, what: &str) {
    assert_r4(document);
    let complaints = complaints(document);
    assert!(complaints.is_empty(), "{what}: {complaints:#?}");
}

#[test]
fn every_fixture_makes_a_sound_document_for_every_channel_and_language() {
    for (name, facts) in fixtures() {
        for rule in rules() {
            let packet = assemble(&facts, &rule);
            for language in [Language::En, Language::Ar] {
                let bytes = written(&packet, language);
                assert_eq!(bytes, written(&packet, language), "{name} twice");
                let made: Value = serde_json::from_slice(&bytes).unwrap();
                assert_sound(&made, &name);
                assert_eq!(made["language"], words(language).language.tag());
            }
        }
    }
}

#[test]
fn every_real_message_makes_a_sound_document() {
    let Some(folder) = crate::corpus::folder() else {
        return;
    };
    let rules = rules();
    for (name, body) in crate::corpus::bodies(&folder) {
        for facts in messages(&body) {
            for rule in &rules[1..3] {
                assert_sound(&document(&assemble(&facts, rule)), &name);
            }
        }
    }
}

/// A patient with 300 laboratory results, as a synthetic record holds them.
fn three_hundred_results() -> Vec<u8> {
    let result = |n: usize| {
        json!({"fullUrl": format!("urn:uuid:00000000-0000-4000-8000-{n:012}"), "resource": {
            "resourceType": "Observation", "id": format!("o{n}"), "status": "final",
            "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}],
            "code": {"coding": [{"system": "http://loinc.org", "code": "2823-3", "display": "Potassium"}]},
            "subject": {"reference": "Patient/p"},
            "effectiveDateTime": format!("2026-11-{:02}T08:{:02}:00-05:00", n % 28 + 1, n % 60),
            "valueQuantity": {"value": 4.0 + n as f64 / 100.0, "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L"},
        }})
    };
    let mut entries = vec![
        json!({"resource": {"resourceType": "Patient", "id": "p", "identifier": [{"value": "777"}], "name": [{"family": "Larch"}]}}),
        json!({"resource": {"resourceType": "Encounter", "id": "e", "status": "finished", "class": {"code": "IMP"}, "subject": {"reference": "Patient/p"}}}),
    ];
    entries.extend((0..300).map(result));
    let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": entries});
    bundle.to_string().into_bytes()
}

#[test]
fn three_hundred_results_are_three_hundred_observations() {
    let facts = messages(&three_hundred_results()).next().unwrap();
    let made = document(&assemble(&facts, &rules()[0]));
    assert_sound(&made, "300 results");
    assert_eq!(resources(&made, "Observation").len(), 300);
    assert_eq!(
        section(&made, "30954-2")["entry"].as_array().unwrap().len(),
        300
    );
    let size = made.to_string().len();
    assert!(size < 300_000, "{size} bytes");
}

#[test]
fn a_broken_document_is_complained_of() {
    let sound = document(&packet_of(
        "hl7v2/adt_a03_discharge.hl7",
        &everything(PacketKind::Discharge),
    ));
    assert_eq!(complaints(&sound), [""; 0]);
    let breaks = |change: &dyn Fn(&mut Value), rule: &str| {
        let mut broken = sound.clone();
        change(&mut broken);
        let found = complaints(&broken);
        assert!(
            found.iter().any(|c| c.starts_with(rule)),
            "{rule} in {found:?}"
        );
    };
    let last = sound["entry"].as_array().unwrap().len() - 1;
    breaks(
        &|d| d["entry"][1]["fullUrl"] = d["entry"][2]["fullUrl"].clone(),
        "bdl-7",
    );
    breaks(&|d| d["identifier"] = json!({"value": "1"}), "bdl-9");
    breaks(&|d| d["timestamp"] = Value::Null, "bdl-10");
    breaks(
        &|d| d["entry"].as_array_mut().unwrap().rotate_left(1),
        "bdl-11",
    );
    breaks(
        &|d| drop(d["entry"].as_array_mut().unwrap().remove(last)),
        "documents: urn",
    );
    let stranger = json!({"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Basic"}});
    breaks(
        &|d| d["entry"].as_array_mut().unwrap().push(stranger.clone()),
        "documents: nothing leads",
    );
    let composition = |d: &mut Value| d["entry"][0]["resource"].take();
    breaks(
        &|d| {
            let mut it = composition(d);
            it["section"][0] = json!({"title": "Empty"});
            d["entry"][0]["resource"] = it;
        },
        "cmp-1",
    );
    let reason = json!({"coding": [{"code": "unavailable"}]});
    breaks(
        &|d| {
            let sections = d["entry"][0]["resource"]["section"].as_array_mut().unwrap();
            sections
                .iter_mut()
                .for_each(|s| s["emptyReason"] = reason.clone());
        },
        "cmp-2",
    );
    let bad =
        "<div xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"en\"><script>1</script></div>";
    breaks(
        &|d| d["entry"][0]["resource"]["section"][0]["text"]["div"] = bad.into(),
        "txt-1",
    );
    breaks(
        &|d| d["entry"][1]["resource"]["active"] = json!({}),
        "ele-1",
    );
    let of = |kind: &'static str| {
        let entries = sound["entry"].as_array().unwrap();
        let place = entries
            .iter()
            .position(|e| e["resource"]["resourceType"] == kind);
        place.unwrap_or_else(|| panic!("no {kind}"))
    };
    let gone = |d: &mut Value, kind: &'static str, key: &str| {
        d["entry"][of(kind)]["resource"]
            .as_object_mut()
            .unwrap()
            .remove(key);
    };
    breaks(
        &|d| gone(d, "AllergyIntolerance", "clinicalStatus"),
        "ait-1",
    );
    breaks(
        &|d| d["entry"][of("Condition")]["resource"]["abatementDateTime"] = "2026".into(),
        "con-4",
    );
    breaks(
        &|d| d["entry"][of("Observation")]["resource"]["dataAbsentReason"] = reason.clone(),
        "obs-6",
    );
    breaks(
        &|d| d["entry"][of("Encounter")]["resource"]["period"]["end"] = "1999".into(),
        "per-1",
    );
}

#[test]
fn an_empty_section_says_why_and_one_that_was_withheld_says_otherwise() {
    let mut packet = packet_of(
        "hl7v2/adt_a03_sparse.hl7",
        &everything(PacketKind::Discharge),
    );
    let reason = |document: &Value| {
        let section = section(document, "48765-2");
        assert!(section.get("entry").is_none());
        section["emptyReason"]["coding"][0]["code"].clone()
    };
    assert_eq!(reason(&document(&packet)), "unavailable");
    let allergies = packet
        .sections
        .iter_mut()
        .find(|s| s.section == Section::Allergies);
    allergies.unwrap().withheld = true;
    let made = document(&packet);
    assert_eq!(reason(&made), "withheld");
    assert_sound(&made, "withheld");
}

#[test]
fn what_was_taken_before_the_stay_stands_in_a_list_of_its_own() {
    let packet = packet_of(
        "cda/discharge_summary.xml",
        &everything(PacketKind::Discharge),
    );
    let Some(Content::Medications(list)) = packet.section(Section::Medications).map(|s| &s.content)
    else {
        panic!("no medications")
    };
    use handoff::domain::packet::Standing;
    let of = |standing| list.iter().filter(|one| one.standing == standing).count();
    let made = document(&packet);
    let section = section(&made, "10183-2");
    let count = |value: &Value| value["entry"].as_array().map_or(0, Vec::len);
    assert_eq!(count(section), of(Standing::Current) + of(Standing::Ended));
    let lists = section["section"].as_array().map_or(&[][..], Vec::as_slice);
    for (code, standing) in [
        ("42346-7", Standing::Before),
        ("29549-3", Standing::DuringStay),
    ] {
        let own = lists
            .iter()
            .find(|s| s["code"]["coding"][0]["code"] == code);
        assert_eq!(own.map_or(0, count), of(standing), "{code}");
    }
    assert_eq!(resources(&made, "MedicationStatement").len(), list.len());
}

#[test]
fn a_result_keeps_its_number_its_unit_and_its_flag() {
    let made = document(&packet_of(
        "hl7v2/adt_a03_discharge.hl7",
        &everything(PacketKind::Discharge),
    ));
    let observations = resources(&made, "Observation");
    let of = |word: &str| {
        let mut all = observations.iter();
        *all.find(|o| o["code"]["text"].as_str().is_some_and(|t| t.contains(word)))
            .unwrap()
    };
    let potassium = of("Potassium");
    // 5.60 in the source
    assert_eq!(potassium["valueQuantity"]["value"], 5.6);
    let precision = &potassium["valueQuantity"]["_value"]["extension"][0];
    assert_eq!(precision["valueInteger"], 2);
    assert_eq!(potassium["valueQuantity"]["code"], "mmol/L");
    let flag = &potassium["interpretation"][0]["coding"][0];
    assert_eq!(
        flag["system"],
        "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
    );
    assert_eq!(
        of("NT-proBNP")["valueString"]
            .as_str()
            .unwrap()
            .split(' ')
            .next(),
        Some(">3000")
    );
}

#[test]
fn the_stay_names_its_diagnoses_and_where_the_patient_went() {
    let made = document(&packet_of(
        "hl7v2/adt_a03_discharge.hl7",
        &everything(PacketKind::Discharge),
    ));
    let stay = resources(&made, "Encounter")[0];
    let composition = &made["entry"][0]["resource"];
    let url = &composition["encounter"]["reference"];
    let entry = made["entry"]
        .as_array()
        .unwrap()
        .iter()
        .find(|e| e["fullUrl"] == *url)
        .unwrap();
    assert_eq!(&entry["resource"], stay);
    let diagnoses = stay["diagnosis"].as_array().unwrap();
    assert_eq!(diagnoses.len(), resources(&made, "Condition").len());
    let disposition = &stay["hospitalization"]["dischargeDisposition"]["coding"][0];
    assert_eq!(
        disposition["system"],
        "https://www.nubc.org/CodeSystem/PatDischargeStatus"
    );
    assert!(stay["participant"][0]["individual"]["reference"].is_string());
}

#[test]
fn a_referral_names_who_asks_and_who_is_asked() {
    let made = document(&packet_of(
        "hl7v2/ref_i12_referral.hl7",
        &everything(PacketKind::Referral),
    ));
    let request = resources(&made, "ServiceRequest")[0];
    assert!(request["requester"]["reference"].is_string());
    assert!(request["performer"][0]["reference"].is_string());
    assert_eq!(
        section(&made, "42349-1")["entry"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn documents_travel_along_where_the_channel_lists_them_and_nowhere_else() {
    let with = everything(PacketKind::Documents);
    let made = document(&packet_of("hl7v2/oru_r01_pdf_in_pieces.hl7", &with));
    let reference = resources(&made, "DocumentReference")[0];
    let attachment = &reference["content"][0]["attachment"];
    assert_eq!(attachment["contentType"], "application/pdf");
    let binary = resources(&made, "Binary")[0];
    assert!(binary["data"].as_str().unwrap().starts_with("JVBERi"));
    assert_sound(&made, "a document with a document");

    let without = document(&packet_of("hl7v2/oru_r01_pdf_in_pieces.hl7", &rules()[0]));
    assert!(resources(&without, "Binary").is_empty());
}

#[test]
fn what_could_not_be_read_and_what_the_packet_is_made_of_are_told() {
    let packet = packet_of("fhir/bundle_collection_chart.json", &rules()[0]);
    let made = document(&packet);
    let comments = |s: &&Value| s["code"]["coding"][0]["code"] == "48767-8";
    let own: Vec<&Value> = sections(&made).iter().filter(comments).collect();
    let expected = if packet.doubts.is_empty() { 1 } else { 2 };
    assert_eq!(own.len(), expected);
    for doubt in &packet.doubts {
        assert!(own[0]["text"]["div"].as_str().unwrap().contains(&doubt.at));
    }
}

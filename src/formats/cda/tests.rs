//! Each fixture, and each thing that a messy sender taught us.

use super::{narrative, time, xml};
use crate::domain::facts::{
    AllergyIntolerance, ClinicalFacts, Doubt, Medication, Observation, Places, Problem, Reading,
};
use crate::domain::packet::{Content, assemble};
use crate::domain::section::{PacketKind, Section};
use crate::domain::wishes::Wishes;

const DISCHARGE: &[u8] = include_bytes!("../../../fixtures/cda/discharge_summary.xml");
const REFERRAL: &[u8] = include_bytes!("../../../fixtures/cda/referral_note.xml");
const UNSTRUCTURED: &[u8] = include_bytes!("../../../fixtures/cda/unstructured_pdf.xml");
const NONE_KNOWN: &[u8] = include_bytes!("../../../fixtures/cda/no_known_allergies.xml");
const LATIN1: &[u8] = include_bytes!("../../../fixtures/cda/latin1_unbound_prefix.xml");

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
    let tree = xml::parse(&document, &mut Vec::new()).expect("well formed");
    narrative::plain(tree.root())
}

#[test]
fn the_head_of_a_discharge_summary_is_read() {
    let facts = read(DISCHARGE);
    assert_eq!(facts.event, "18842-5");
    assert_eq!(
        facts.control_id.as_deref(),
        Some("2.999.7.1.1^DS-2026-004417")
    );
    assert_eq!(
        facts.replaces.as_deref(),
        Some("2.999.7.1.1^DS-2026-004416")
    );
    assert_eq!(facts.sent.expect("a time").0, "2026-11-23T09:15:00-05:00");
    assert_eq!(
        facts.sender.facility.as_deref(),
        Some("Harbour Point Hospital")
    );
    assert_eq!(
        facts.sender.application.as_deref(),
        Some("Example EHR Document Writer 4.2")
    );
    assert_eq!(facts.labels[0].code.code.as_deref(), Some("N"));
    assert_eq!(facts.labels[0].of, "document");
    assert_eq!(facts.doubts, []);
}

#[test]
fn the_patient_of_a_discharge_summary_is_read() {
    let patient = read(DISCHARGE).patient;
    let shown: Vec<String> = patient.names.iter().map(|name| name.shown()).collect();
    assert_eq!(shown, ["Halvorsen, Ingrid Marie", "Dahl, Inga"]);
    let number = patient.record_number().expect("a number");
    assert_eq!(number.value, "HP-5521907");
    assert_eq!(number.system.as_deref(), Some("urn:oid:2.999.7.2.1"));
    let ssn = &patient.identifiers[1];
    assert_eq!(ssn.type_code.as_deref(), Some("SS"));
    assert_eq!(
        ssn.system.as_deref(),
        Some("http://hl7.org/fhir/sid/us-ssn")
    );
    assert_eq!(patient.birth_date.as_ref().expect("a date").0, "1958-04-17");
    assert_eq!(patient.gender, Some("female"));
    assert_eq!(patient.deceased, Some(false));
    assert_eq!(patient.language.as_deref(), Some("en-US"));
    assert_eq!(
        patient.addresses[0].line,
        ["48 Lantern Street", "Apartment 3"]
    );
    assert_eq!(patient.telecoms[0], "+1(555)555-0147");
    assert_eq!(
        place(&patient.at, "birthDate"),
        "/ClinicalDocument/recordTarget/patientRole/patient/birthTime"
    );
    assert_eq!(
        place(&patient.names[0].at, "given"),
        "/ClinicalDocument/recordTarget/patientRole/patient/name[1]/given[1]"
    );
}

#[test]
fn the_visit_and_its_people_are_read() {
    let facts = read(DISCHARGE);
    let visit = facts.encounter.expect("a visit");
    assert_eq!(visit.class.as_deref(), Some("IMP"));
    assert_eq!(visit.number.as_deref(), Some("V-771204"));
    assert_eq!(visit.status.as_deref(), Some("finished"));
    assert_eq!(visit.end.expect("an end").0, "2026-11-23T10:00-05:00");
    let went = visit.discharge_disposition.expect("a disposition");
    assert_eq!(went, "Discharged to home with home health services");
    assert_eq!(visit.location.as_deref(), Some("4 West, Cardiology"));
    let attending = visit.attending.expect("somebody");
    assert_eq!(
        attending.shown(),
        "Vandenberg, Noor (Harbour Point Hospital)"
    );
    let team: Vec<String> = facts
        .care_team
        .iter()
        .map(|p| {
            format!(
                "{}: {}",
                p.role.as_deref().unwrap_or_default(),
                p.party.shown()
            )
        })
        .collect();
    assert!(
        team.contains(&"Primary Care Provider: Quist, Amara (Millbrook Family Practice)".into())
    );
    assert!(team.contains(&"legal authenticator: Renn, Tobias".into()));
    assert_eq!(facts.contacts[0].relationship.as_deref(), Some("husband"));
    assert_eq!(facts.contacts[0].telecoms, ["+1(555)555-0148"]);
}

#[test]
fn diagnoses_keep_their_role_status_and_place() {
    let facts = read(DISCHARGE);
    let said: Vec<(&str, Option<&str>, Option<&str>)> = facts
        .conditions
        .iter()
        .map(|c| (c.code.shown(), c.role.as_deref(), c.status.as_deref()))
        .collect();
    assert_eq!(
        said,
        [
            ("Acute congestive heart failure", Some("AD"), Some("active")),
            ("Acute on chronic systolic heart failure", Some("DD"), None),
            ("Unspecified atrial fibrillation", Some("DD"), None),
            ("Essential hypertension", None, Some("active")),
            ("Community acquired pneumonia", None, Some("resolved")),
        ]
    );
    assert_eq!(
        facts.conditions[2].onset.as_ref().expect("a month").0,
        "2026-11"
    );
    assert_eq!(
        place(&facts.conditions[2].at, "code"),
        "/ClinicalDocument/component/structuredBody/component[3]/section/entry/act/\
         entryRelationship[2]/observation/value"
    );
}

#[test]
fn allergies_keep_substance_reaction_and_criticality() {
    let facts = read(DISCHARGE);
    let [penicillin, shellfish] = &facts.allergies[..] else {
        panic!("two allergies");
    };
    assert_eq!(penicillin.code.text.as_deref(), Some("Penicillin V"));
    assert_eq!(penicillin.category.as_deref(), Some("medication"));
    assert_eq!(penicillin.criticality.as_deref(), Some("high"));
    assert_eq!(penicillin.status.as_deref(), Some("active"));
    assert_eq!(penicillin.reactions, ["Urticaria (Moderate)"]);
    assert_eq!(penicillin.onset.as_ref().expect("a month").0, "1994-06");
    // Neither has a code; the words are those of the narrative and the author.
    assert_eq!(shellfish.code.text.as_deref(), Some("Shellfish"));
    assert_eq!(shellfish.code.code, None);
    assert_eq!(shellfish.reactions, ["Swelling of the lips"]);
    assert_eq!(shellfish.criticality, None);
}

#[test]
fn medications_say_how_they_are_taken() {
    let facts = read(DISCHARGE);
    let dosages: Vec<&str> = facts
        .medications
        .iter()
        .flat_map(|m| m.dosage.as_deref())
        .collect();
    assert_eq!(
        dosages,
        [
            "One tablet by mouth every morning",
            "5 mg, Oral, every 12 hours",
            "1-2 tablet, Oral, every 4-6 hours, as needed for Pain, at most 6 in 24 h",
        ]
    );
    let apixaban = &facts.medications[1];
    assert_eq!(apixaban.code.code.as_deref(), Some("1364445"));
    assert_eq!(apixaban.start.as_ref().expect("a start").0, "2026-11-21");
    assert_eq!(apixaban.end.as_ref().expect("an end").0, "2027-02-21");
    assert_eq!(apixaban.status.as_deref(), Some("active"));
    assert_eq!(apixaban.list.as_deref(), Some("discharge"));
    assert_eq!(
        facts.medications[2].code.shown(),
        "Acetaminophen 500 mg tablet"
    );
}

#[test]
fn results_keep_value_range_flag_and_battery_time() {
    let facts = read(DISCHARGE);
    let potassium = &facts.results[0];
    assert_eq!(potassium.value.as_deref(), Some("3.3"));
    assert_eq!(potassium.units.as_deref(), Some("mmol/L"));
    assert_eq!(potassium.range.as_deref(), Some("3.5-5.1 mmol/L"));
    assert_eq!(potassium.interpretation.as_deref(), Some("L"));
    assert!(potassium.numeric && potassium.is_abnormal());
    let bnp = &facts.results[1];
    assert_eq!(bnp.value.as_deref(), Some("> 5000"));
    assert_eq!(bnp.range.as_deref(), Some("below 300"));
    assert_eq!(
        bnp.effective.as_ref().expect("the battery's").0,
        "2026-11-22T06:10-05:00"
    );
    assert!(place(&bnp.at, "effective").ends_with("/organizer/effectiveTime"));
    let culture = &facts.results[2];
    assert_eq!(culture.status, Some("registered"));
    assert_eq!(culture.notes, ["Final reading on 25 November"]);
    let vital = facts
        .results
        .iter()
        .filter(|r| r.category.as_deref() == Some("vital-signs"));
    assert_eq!(vital.count(), 3);
}

#[test]
fn what_was_done_and_what_is_planned_are_told_apart() {
    let facts = read(DISCHARGE);
    assert_eq!(
        facts.procedures[0].code.shown(),
        "Transthoracic echocardiography"
    );
    assert_eq!(facts.procedures[0].status.as_deref(), Some("completed"));
    let given: Vec<_> = facts
        .immunizations
        .iter()
        .flat_map(|i| i.status.as_deref())
        .collect();
    assert_eq!(given, ["completed", "not-done"]);
    assert_eq!(facts.immunizations[0].lot.as_deref(), Some("HX4471"));
    assert_eq!(facts.orders.len(), 1);
    assert_eq!(facts.orders[0].id.as_deref(), Some("2.999.7.7^O-5512"));
    let visit = &facts.appointments[0];
    assert_eq!(visit.status.as_deref(), Some("booked"));
    assert_eq!(
        visit.with,
        ["Oduya, Sunniva (Harbour Point Cardiology Clinic)"]
    );
    let planned = with_section(
        "47519-4",
        r#"<entry><procedure moodCode="RQO"><code code="1" displayName="x"/></procedure></entry>"#,
    );
    assert_eq!((planned.procedures.len(), planned.orders.len()), (0, 1));
}

#[test]
fn the_hospital_course_keeps_its_lines_and_loses_what_was_struck_out() {
    let facts = read(DISCHARGE);
    let course = facts
        .sections
        .iter()
        .find(|s| s.code.as_deref() == Some("8648-8"));
    assert_eq!(
        course.expect("a course").text,
        "Admitted with three days of breathlessness and leg swelling. Weight fell by 5.2 kg on \
         intravenous furosemide.\n\
         New atrial fibrillation was found on day 2; apixaban was begun.\n\
         \n\
         Weight during the stay\n\
         19 Nov | Weight: 84.1 kg\n\
         23 Nov | Weight: 78.9 kg\n\
         \n\
         Consulted:\n\
         1. Cardiology\n  - Echocardiogram: ejection fraction 35 %\n\
         2. Pharmacy"
    );
}

#[test]
fn a_packet_of_a_discharge_summary_prints_the_instructions_once() {
    let wanted = [Section::Instructions, Section::Diagnoses];
    let packet = assemble(&read(DISCHARGE), PacketKind::Discharge, &wanted);
    let printed = format!("{packet:?}");
    assert_eq!(printed.matches("Weigh yourself every morning").count(), 1);
    assert!(matches!(&packet.sections[1].content, Content::Diagnoses(list) if list.len() == 5));
}

#[test]
fn a_referral_note_says_who_asks_whom_for_what() {
    let facts = read(REFERRAL);
    assert_eq!(facts.doubts, []);
    let referral = facts.referral.expect("a referral");
    assert_eq!(
        referral.reason.as_deref(),
        Some("First seizure; please see within the week.")
    );
    assert_eq!(
        referral.service.as_deref(),
        Some("Referral to neurology service")
    );
    assert_eq!(referral.priority.as_deref(), Some("urgent"));
    assert_eq!(referral.id.as_deref(), Some("2.999.8.3^R-2026-12"));
    assert_eq!(
        referral.from.expect("an author").shown(),
        "Lund, Henrike (Linden Surgery)"
    );
    assert_eq!(
        referral.to.expect("a recipient").shown(),
        "Moreau, Caspian (Northgate Neurology)"
    );
    assert_eq!(
        facts.control_id.as_deref(),
        Some("6d1f2c52-83a4-4c0f-9f62-5d8b2d7f0a11")
    );
}

#[test]
fn any_prefix_of_the_namespace_is_read() {
    let facts = read(REFERRAL);
    assert_eq!(facts.patient.names[0].shown(), "Farrow, Olumide");
    assert_eq!(facts.patient.birth_date.expect("a month").0, "1972-03");
    assert_eq!(facts.contacts[0].relationship.as_deref(), Some("SIS"));
    let name = facts.contacts[0].name.as_ref().expect("a name");
    assert_eq!(name.text.as_deref(), Some("Bola Farrow"));
    let back = facts
        .care_team
        .iter()
        .find(|p| p.role.as_deref() == Some("call-back contact"));
    assert_eq!(
        back.expect("a call-back contact").party.family.as_deref(),
        Some("Brandt")
    );
    assert_eq!(facts.coverages[0].payer.as_deref(), Some("Harmony Mutual"));
    assert_eq!(facts.coverages[0].member_id.as_deref(), Some("HM-4471"));
    assert_eq!(facts.coverages[0].plan.as_deref(), Some("Public insurance"));
}

#[test]
fn sections_within_sections_follow_their_parents() {
    let facts = read(REFERRAL);
    let titles: Vec<_> = facts
        .sections
        .iter()
        .flat_map(|s| s.title.as_deref())
        .collect();
    assert_eq!(
        titles,
        [
            "Reason for referral",
            "Problems",
            "Payers",
            "Assessment and plan",
            "Assessment"
        ]
    );
    assert_eq!(
        place(&facts.sections[4].at, "fact"),
        "/ClinicalDocument/component/structuredBody/component[4]/section/component/section"
    );
    let label = facts.labels.iter().find(|label| label.of == "section");
    assert_eq!(label.expect("a label").code.code.as_deref(), Some("V"));
}

#[test]
fn a_template_tells_what_a_section_without_its_code_is() {
    let facts = read(REFERRAL);
    assert_eq!(facts.conditions[0].code.shown(), "Seizure");
    assert_eq!(facts.sections[1].code, None);
    assert_eq!(facts.sections[1].standard, Some("11450-4"));
    let packet = assemble(&facts, PacketKind::Referral, &[Section::Diagnoses]);
    assert_eq!(packet.sections[0].narrative, ["Seizure, 18 November"]);
}

#[test]
fn a_document_that_is_a_file_is_decoded() {
    let facts = read(UNSTRUCTURED);
    assert_eq!(facts.doubts, []);
    let [file] = &facts.documents[..] else {
        panic!("one document");
    };
    // It was declared as application/octet-stream; the bytes know better.
    assert_eq!(file.content_type.as_deref(), Some("application/pdf"));
    assert_eq!(file.title.as_deref(), Some("Scanned summary"));
    assert_eq!(file.size, Some(file.content.len()));
    assert!(file.content.starts_with(b"%PDF-") && file.content.ends_with(b"%%EOF\n"));
    assert_eq!(
        place(&file.at, "content"),
        "/ClinicalDocument/component/nonXMLBody/text"
    );
    assert_eq!(facts.patient.gender, Some("other"));
}

#[test]
fn a_file_that_cannot_be_decoded_is_a_doubt_and_one_elsewhere_is_only_named() {
    let file = |text: &str| {
        let all = String::from_utf8_lossy(UNSTRUCTURED);
        let (head, rest) = all.split_once("<text").expect("a text");
        let (_, tail) = rest.split_once("</text>").expect("its end");
        read(format!("{head}{text}{tail}").as_bytes())
    };
    let broken = file(r#"<text mediaType="application/pdf" representation="B64">JVBER!!!</text>"#);
    assert_eq!(broken.documents[0].size, None);
    assert_eq!(
        whys(&broken.doubts),
        ["the document could not be decoded from base64"]
    );
    let away = file(r#"<text><reference value="scan.pdf"/></text>"#);
    assert_eq!((away.documents.len(), away.doubts.len()), (1, 0));
    assert!(away.documents[0].content.is_empty());
    let words = file(r#"<text mediaType="text/plain">Seen today.</text>"#);
    assert_eq!(words.documents[0].content, b"Seen today.");
    assert_eq!(file("<text/>").doubts.len(), 1);
}

#[test]
fn what_is_denied_is_said_in_the_sources_words_and_without_its_code() {
    let facts = read(NONE_KNOWN);
    let allergy = &facts.allergies[0].code;
    assert_eq!(
        allergy.text.as_deref(),
        Some("No known drug allergies, says the patient")
    );
    assert_eq!(allergy.code, None);
    assert_eq!(facts.conditions[0].code.shown(), "No known problems");
    assert_eq!(facts.conditions[0].code.code, None);
    // A null entry says nothing, and that is no doubt.
    assert_eq!((facts.medications.len(), facts.doubts.len()), (0, 0));
}

#[test]
fn one_denied_substance_never_reads_as_an_allergy() {
    let denied = |text: &str| {
        let inside = format!(
            r#"<text>{text}</text><participant typeCode="CSM"><participantRole><playingEntity>
            <code code="7980" displayName="Penicillin"/></playingEntity></participantRole></participant>"#
        );
        let entry =
            format!("<entry><observation negationInd='true'>{inside}</observation></entry>");
        with_section("48765-2", &entry).allergies.remove(0).code
    };
    assert_eq!(
        denied("Penicillin").shown(),
        "No known allergy to Penicillin"
    );
    assert_eq!(
        denied("Tolerates penicillin, not allergic").shown(),
        "Tolerates penicillin, not allergic"
    );
}

#[test]
fn latin_1_undeclared_prefixes_and_unknown_entities_are_read_with_doubts() {
    let facts = read(LATIN1);
    assert_eq!(facts.patient.names[0].shown(), "Müller, Zoë");
    assert_eq!(facts.results[0].value.as_deref(), Some("5.4"));
    assert_eq!(
        facts.sections[0].title.as_deref(),
        Some("Laborwerte – Auszug")
    );
    assert_eq!(facts.sections[0].text, "Glucose 5,4 mmol/l &unknown; 20 °C");
    assert_eq!(facts.doubts.len(), 2);
    assert!(
        facts
            .doubts
            .iter()
            .all(|doubt| doubt.at.starts_with("line 2"))
    );
}

#[test]
fn every_encoding_of_xml_gives_the_same_facts() {
    let text = String::from_utf8_lossy(DISCHARGE);
    let expected = read(DISCHARGE);
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for body in [
        [b"\xEF\xBB\xBF", DISCHARGE].concat(),
        [&b"\xFF\xFE"[..], &little].concat(),
        [&b"\xFE\xFF"[..], &big].concat(),
        little,
        big,
        [b"\r\n  ", &DISCHARGE[39..]].concat(),
    ] {
        assert!(super::looks_like_xml(&body));
        assert_eq!(read(&body), expected);
    }
    let bytes = b"<ClinicalDocument xmlns='urn:hl7-org:v3'><id root='1.2'/><code code='1-8'/>\
        <title>Caf\xe9</title><component><structuredBody/></component></ClinicalDocument>";
    let facts = read(bytes);
    assert_eq!(facts.title.as_deref(), Some("Café"));
    assert!(facts.doubts[0].why.contains("Windows-1252"));
}

#[test]
fn a_document_without_its_namespace_is_read_with_a_doubt() {
    let text = String::from_utf8_lossy(DISCHARGE).replace(r#" xmlns="urn:hl7-org:v3""#, "");
    let facts = read(text.as_bytes());
    assert_eq!(facts.medications.len(), 3);
    assert!(facts.doubts[0].why.contains("not in the namespace"));
    // An extension of another namespace is none of CDA's elements.
    let foreign = r#"<x:entry xmlns:x="urn:x"><x:observation/></x:entry><title>T</title>"#;
    assert_eq!(with_section("30954-2", foreign).doubts, []);
}

#[test]
fn broken_documents_are_refused_with_line_and_column() {
    let wrong = problem(include_bytes!(
        "../../../fixtures/invalid/cda_wrong_end_tag.xml"
    ));
    assert_eq!(wrong.at, "line 11, column 28");
    assert!(wrong.why.contains("does not match"));
    let bomb = problem(include_bytes!(
        "../../../fixtures/invalid/cda_entity_bomb.xml"
    ));
    assert!(bomb.why.contains("entities of its own"));
    let half = problem(&DISCHARGE[..DISCHARGE.len() / 2]);
    assert!(
        half.at.starts_with("line ") && half.why.contains("ends before")
            || half.why.contains("broken off")
    );
    for (body, why) in [
        ("<a><b></a>", "does not match"),
        ("<a/><b/>", "second document"),
        ("</a>", "no beginning"),
        ("<a b=c/>", "attribute"),
        ("<!-- only -->", "no element"),
        ("<a", "broken off"),
    ] {
        assert!(problem(body.as_bytes()).why.contains(why), "{body}");
    }
}

#[test]
fn a_doctype_alone_is_harmless() {
    let text = document("8648-8", "<title>T</title>");
    let facts = read(format!("<!DOCTYPE ClinicalDocument SYSTEM \"cda.dtd\">{text}").as_bytes());
    assert_eq!(facts.doubts, []);
}

#[test]
fn two_patients_never_become_one() {
    let two = problem(include_bytes!(
        "../../../fixtures/invalid/cda_two_patients.xml"
    ));
    assert_eq!(two.at, "/ClinicalDocument/recordTarget[2]/patientRole");
    let twice = String::from_utf8_lossy(UNSTRUCTURED).into_owned();
    let (from, to) = (twice.find("  <recordTarget>"), twice.find("  <component>"));
    let target = twice[from.expect("one")..to.expect("an end")].to_owned();
    let twice = twice.replacen(&target, &format!("{target}{target}"), 1);
    assert_eq!(read(twice.as_bytes()).patient.identifiers.len(), 1);
}

#[test]
fn what_is_no_clinical_document_is_said_to_be_none() {
    let fragment = problem(include_bytes!("../../../fixtures/invalid/cda_fragment.xml"));
    assert_eq!(fragment.at, "/entry");
    assert!(fragment.why.contains("a part of a CDA document"));
    let fhir = problem(include_bytes!("../../../fixtures/invalid/fhir_patient.xml"));
    assert!(fhir.why.contains("FHIR in XML"));
    let other = problem(b"<Secret/>");
    assert_eq!(other.at, "/*");
    assert!(!other.to_string().contains("Secret"));
}

#[test]
fn depth_and_attributes_have_a_bound() {
    let deep = "<a>".repeat(200);
    assert!(problem(deep.as_bytes()).why.contains("nested too deeply"));
    let wide: String = (0..300).map(|n| format!(" a{n}=''")).collect();
    assert!(
        problem(format!("<a{wide}/>").as_bytes())
            .why
            .contains("too many attributes")
    );
}

#[test]
fn times_keep_their_precision() {
    let read = |text: &str| time::parse(text).map(|when| when.0);
    for (written, expected) in [
        ("2013", "2013"),
        ("201308", "2013-08"),
        ("20130815", "2013-08-15"),
        ("20130815-0800", "2013-08-15"),
        ("201308151030-0800", "2013-08-15T10:30-08:00"),
        ("20130815103022.123+0000", "2013-08-15T10:30:22.123+00:00"),
        ("2013-08-15T10:30:22Z", "2013-08-15T10:30:22+00:00"),
        ("2013-08-15", "2013-08-15"),
        ("2013081510", "2013-08-15T10"),
    ] {
        assert_eq!(read(written).as_deref(), Some(expected), "{written}");
    }
    for written in [
        "",
        "13",
        "20131315",
        "20130230",
        "2013-08-15T",
        "201308152530",
        "20130815103",
        "yesterday",
        "20130815+9900",
    ] {
        let fine = written == "2013-08-15T";
        assert_eq!(read(written).is_some(), fine, "{written}");
    }
}

#[test]
fn a_time_that_is_none_is_a_doubt_without_the_value() {
    let facts = with_section(
        "11450-4",
        r#"<entry><observation><value displayName="Cough"/>
        <effectiveTime><low value="last week"/></effectiveTime></observation></entry>"#,
    );
    assert_eq!(facts.conditions[0].onset, None);
    assert!(
        facts.doubts[0]
            .at
            .ends_with("/section/entry/observation/effectiveTime/low")
    );
    assert!(!facts.doubts[0].why.contains("week"));
}

#[test]
fn values_of_every_type_are_read() {
    let value = |value: &str| {
        let result = result(value);
        (
            result.value.unwrap_or_default(),
            result.units.unwrap_or_default(),
        )
    };
    let cases = [
        (
            r#"<value xsi:type="PQ" value="5.40" unit="mmol/L"/>"#,
            "5.40",
            "mmol/L",
        ),
        (r#"<value xsi:type="PQ" value="3" unit="1"/>"#, "3", ""),
        (
            r#"<value xsi:type="PQ" value="3" unit="{score}"/>"#,
            "3",
            "score",
        ),
        (
            r#"<value xsi:type="PQ" nullFlavor="OTH"><translation><originalText>trace</originalText></translation></value>"#,
            "trace",
            "",
        ),
        (r#"<value xsi:type="INT" value="7"/>"#, "7", ""),
        (r#"<value xsi:type="REAL" value="0.5"/>"#, "0.5", ""),
        (r#"<value xsi:type="BL" value="true"/>"#, "yes", ""),
        (
            r#"<value xsi:type="CD" code="1" displayName="Positive"/>"#,
            "Positive",
            "",
        ),
        (r#"<value xsi:type="CO" code="2+"/>"#, "2+", ""),
        (
            r#"<value xsi:type="CD" nullFlavor="UNK"><originalText>none seen</originalText></value>"#,
            "none seen",
            "",
        ),
        (
            r#"<value xsi:type="ST">cloudy  urine</value>"#,
            "cloudy urine",
            "",
        ),
        (
            r#"<value xsi:type="ED"><![CDATA[a < b]]></value>"#,
            "a < b",
            "",
        ),
        (
            r#"<value xsi:type="TS" value="20260102"/>"#,
            "2026-01-02",
            "",
        ),
        (
            r#"<value xsi:type="IVL_PQ"><low value="1" unit="g"/><high value="2" unit="g"/></value>"#,
            "1-2",
            "g",
        ),
        (
            r#"<value xsi:type="IVL_PQ"><high value="2" inclusive="false"/></value>"#,
            "< 2",
            "",
        ),
        (
            r#"<value xsi:type="RTO_PQ_PQ"><numerator value="1"/><denominator value="128"/></value>"#,
            "1:128",
            "",
        ),
        (r#"<value value="9" unit="L"/>"#, "9", "L"),
        (r#"<value>plain</value>"#, "plain", ""),
        (
            r#"<value xsi:type="ST">a</value><value xsi:type="ST">b</value>"#,
            "a; b",
            "",
        ),
        (r#"<value xsi:type="PQ" nullFlavor="NI"/>"#, "", ""),
    ];
    for (xml, expected, units) in cases {
        assert_eq!(value(xml), (expected.to_owned(), units.to_owned()), "{xml}");
    }
    let entry = r#"<entry><observation><code code="1-8"/><value xsi:type="GLIST_PQ"/></observation></entry>"#;
    let facts = with_section("30954-2", entry);
    assert!(facts.doubts[0].why.contains("a type that is not read"));
}

#[test]
fn a_picture_among_the_results_is_a_document() {
    let entry = r#"<entry><observation><code code="1-8" displayName="ECG"/>
        <value xsi:type="ED" mediaType="image/x" representation="B64">iVBORw0KGgo=</value></observation></entry>
        <entry><observationMedia ID="p"><value mediaType="image/gif" representation="B64">R0lG
        ODlh</value></observationMedia></entry>"#;
    let facts = with_section("30954-2", entry);
    let kinds: Vec<_> = facts
        .documents
        .iter()
        .flat_map(|d| d.content_type.as_deref())
        .collect();
    assert_eq!(kinds, ["image/png", "image/gif"]);
    assert_eq!(facts.documents[0].title.as_deref(), Some("ECG"));
    assert!(facts.results.is_empty() && facts.doubts.is_empty());
}

#[test]
fn a_code_is_kept_with_its_system_and_a_null_one_may_have_a_translation() {
    let code = |xml: &str| {
        let entry = format!(
            "<text><content ID='w'>the words</content></text><entry><observation>{xml}</observation></entry>"
        );
        with_section("11450-4", &entry).conditions.remove(0).code
    };
    let known = code(
        r#"<value code="I10" codeSystem="2.16.840.1.113883.6.90" displayName="Hypertension"/>"#,
    );
    assert_eq!(
        known.system.as_deref(),
        Some("http://hl7.org/fhir/sid/icd-10-cm")
    );
    let own = code(
        r##"<value code="X1" codeSystem="2.999.5"><originalText><reference value="#w"/></originalText></value>"##,
    );
    assert_eq!(own.system.as_deref(), Some("urn:oid:2.999.5"));
    assert_eq!(own.text.as_deref(), Some("the words"));
    let translated = code(
        r#"<value nullFlavor="UNK"><originalText>sugar</originalText><translation code="E11" codeSystem="2.16.840.1.113883.6.90"/></value>"#,
    );
    assert_eq!(translated.code.as_deref(), Some("E11"));
    assert_eq!(translated.text.as_deref(), Some("sugar"));
}

#[test]
fn an_entry_that_names_nothing_or_is_of_no_known_shape_is_a_doubt() {
    let nothing = with_section(
        "11450-4",
        "<entry><observation><value/></observation></entry>",
    );
    assert_eq!(
        whys(&nothing.doubts),
        ["the entry names nothing and was left out"]
    );
    let null = with_section(
        "11450-4",
        "<entry><observation><value nullFlavor='NI'/></observation></entry>",
    );
    assert_eq!(null.doubts, []);
    let odd = with_section("48765-2", "<entry><supply/></entry><entry/>");
    assert_eq!(odd.doubts.len(), 2);
    assert!(odd.doubts[0].at.ends_with("/section/entry[1]/supply"));
    let withdrawn = with_section(
        "11450-4",
        "<entry><observation><statusCode code='nullified'/><value code='1'/></observation></entry>",
    );
    assert!(withdrawn.conditions.is_empty() && withdrawn.doubts.len() == 1);
}

#[test]
fn the_sick_of_the_family_are_not_the_patients_diagnoses() {
    let entry = r#"<title>Family</title><entry><organizer><component><observation>
        <value code="22298006" displayName="Myocardial infarction"/></observation></component></organizer></entry>"#;
    let facts = with_section("10157-6", entry);
    assert!(facts.conditions.is_empty() && facts.doubts.is_empty());
}

#[test]
fn timing_is_told_in_words() {
    let dosage = |inside: &str| medication(inside).dosage;
    for (xml, expected) in [
        (
            r#"<effectiveTime><period value="1" unit="d"/></effectiveTime>"#,
            "every day",
        ),
        (
            r#"<effectiveTime><event code="HS"/></effectiveTime>"#,
            "at bedtime",
        ),
        (
            r#"<effectiveTime xsi:type="SXPR_TS"><comp><event code="CM"/></comp><comp><period value="2" unit="d"/></comp></effectiveTime>"#,
            "with breakfast every 2 days",
        ),
        (r#"<doseQuantity value="2"/>"#, "dose 2"),
        (
            r#"<doseQuantity value="0.09" unit="mg/{actuat}"/><rateQuantity value="90" unit="ml/min"/>"#,
            "0.09 mg/{actuat}, at 90 ml/min",
        ),
        (r##"<text><reference value="#m"/></text>"##, "Take as told"),
        (
            r#"<precondition><criterion><code code="ASSERTION"/></criterion></precondition>"#,
            "as needed",
        ),
    ] {
        assert_eq!(dosage(xml).as_deref(), Some(expected), "{xml}");
    }
    assert_eq!(
        medication(r#"<statusCode code="aborted"/>"#)
            .status
            .as_deref(),
        Some("stopped")
    );
}

#[test]
fn a_medication_that_is_not_taken_says_so() {
    let entry = r#"<entry><substanceAdministration negationInd="true"><consumable><manufacturedProduct>
        <manufacturedMaterial><code nullFlavor="NA"/></manufacturedMaterial></manufacturedProduct>
        </consumable></substanceAdministration></entry>"#;
    let medication = with_section("10160-0", entry).medications.remove(0);
    assert_eq!(medication.code.shown(), "No known medications");
    assert_eq!(medication.status.as_deref(), Some("not-taken"));
}

#[test]
fn an_old_severity_of_an_allergy_is_no_criticality() {
    let allergy = allergy(
        r#"<value code="DALG"/><participant><participantRole><playingEntity><name>Latex</name>
        </playingEntity></participantRole></participant><entryRelationship typeCode="SUBJ"><observation>
        <code code="SEV"/><value displayName="Severe"/></observation></entryRelationship>"#,
    );
    assert_eq!(allergy.code.shown(), "Latex");
    assert_eq!(allergy.criticality, None);
    assert_eq!(allergy.reactions, ["severity: Severe"]);
}

#[test]
fn narratives_become_readable_lines() {
    assert_eq!(
        plain("a <content>b</content><content>c</content>\n  d"),
        "a bc d"
    );
    assert_eq!(
        plain("10<sup>9</sup>/L H<sub>2</sub>O 1<sup>st</sup>"),
        "10^9/L H2O 1st"
    );
    assert_eq!(
        plain("<paragraph>a</paragraph><paragraph>b<br/>c</paragraph>"),
        "a\n\nb\nc"
    );
    assert_eq!(
        plain(
            "<table><tbody><tr><th>Na</th><td>140</td></tr><tr><td>x</td><td colspan='2'>y</td></tr></tbody></table>"
        ),
        "Na: 140\nx | y"
    );
    let wide = "<table><thead><tr><th>A</th><th colspan='2'>B</th><th>C</th></tr></thead>\
        <tbody><tr><td rowspan='2'>1</td><td>2</td><td>3</td><td>4</td></tr><tr><td>5</td><td>6</td><td>7</td></tr></tbody></table>";
    assert_eq!(plain(wide), "1 | 2 | 3 | 4\nB: 5 | 6 | C: 7");
    assert_eq!(
        plain("see <linkHtml href='https://x.example'>here</linkHtml>"),
        "see here (https://x.example)"
    );
    assert_eq!(plain("text<footnote>note</footnote>"), "text [note]");
    assert_eq!(
        plain(
            "<renderMultiMedia referencedObject='p'><caption>Chest film</caption></renderMultiMedia>"
        ),
        "Chest film"
    );
    assert_eq!(plain("<table><tr><td>one</td></tr></table>"), "one");
}

#[test]
fn a_reference_means_the_words_of_its_own_section() {
    let text = document(
        "11450-4",
        r##"<text><content ID="x">mine</content></text>
        <entry><observation><text><reference value="#x"/></text></observation></entry>"##,
    );
    let other = r#"<component><section><code code="8648-8"/><text><content ID="x">other</content></text></section></component>"#;
    let text = text.replacen("<structuredBody>", &format!("<structuredBody>{other}"), 1);
    assert_eq!(read(text.as_bytes()).conditions[0].code.shown(), "mine");
}

#[test]
fn the_authors_own_directions_win_and_a_drugs_name_is_none() {
    let told = medication(r##"<text><reference value="#m"/></text><doseQuantity value="1"/>"##);
    assert_eq!(told.dosage.as_deref(), Some("Take as told"));
    let named = medication(r#"<text>Druggox tablets</text><doseQuantity value="1"/>"#);
    assert_eq!(named.dosage.as_deref(), Some("dose 1"));
}

#[test]
fn a_mark_before_its_words_means_the_words() {
    let facts = with_section(
        "11450-4",
        r##"<text><list><item><content ID="x"/>Gout</item></list></text>
        <entry><observation><text><reference value="#x"/></text></observation></entry>"##,
    );
    assert_eq!(facts.conditions[0].code.shown(), "Gout");
}

#[test]
fn texts_of_several_lines_keep_them() {
    let report = result("<value xsi:type='ST'>\n  Chest:\n  clear  lungs\n</value>");
    assert_eq!(report.value.as_deref(), Some("Chest:\nclear lungs"));
    let facts = with_section("8648-8", "<text>\n  Day 1\n\n\n  Day 2\n</text>");
    assert_eq!(facts.sections[0].text, "Day 1\n\nDay 2");
}

#[test]
fn a_file_anywhere_in_an_entry_is_a_document() {
    let entry = r#"<title>Status</title><entry><observation><code displayName="Photo"/>
        <entryRelationship><observationMedia><value mediaType="image/png">iVBORw0KGgo=</value>
        </observationMedia></entryRelationship></observation></entry>"#;
    let facts = with_section("47420-5", entry);
    assert_eq!(facts.documents.len(), 1);
    assert_eq!(facts.documents[0].content, b"\x89PNG\r\n\x1a\n");
    let pointed = r#"<entry><observation><code code="1-8"/><value xsi:type="ED">
        <reference value="https://x.example/scan"/></value></observation></entry>"#;
    let facts = with_section("30954-2", pointed);
    assert_eq!((facts.documents.len(), facts.results.len()), (1, 0));
    assert!(facts.documents[0].content.is_empty());
}

#[test]
fn what_is_asserted_is_the_value() {
    let entry = r#"<entry><observation><code code="ASSERTION"/>
        <value xsi:type="CD" code="77386006" displayName="Pregnant"/></observation></entry>"#;
    let facts = with_section("29762-2", entry);
    assert_eq!(facts.results[0].code.shown(), "Pregnant");
    assert_eq!(facts.results[0].category.as_deref(), Some("social-history"));
}

#[test]
fn what_was_taken_before_admission_is_not_what_is_taken_now() {
    let entry = r#"<entry><substanceAdministration><consumable><manufacturedProduct><manufacturedMaterial>
        <code code="1" displayName="warfarin"/></manufacturedMaterial></manufacturedProduct></consumable>
        </substanceAdministration></entry>"#;
    let facts = with_section("42346-7", entry);
    assert_eq!(facts.medications[0].list.as_deref(), Some("admission"));
}

#[test]
fn several_empty_lines_are_one() {
    assert_eq!(narrative::lines(" a  b \n\n\n\nc\nd\n\ne "), "a b\n\nc\nd\n\ne");
}

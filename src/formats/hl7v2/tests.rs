//! One test per fixture, then one per rule that a messy sender taught us.

use crate::domain::facts::{ClinicalFacts, Doubt, Reading};
use crate::domain::wishes::Wishes;

fn read(body: &[u8]) -> Reading {
    super::read(body, &Wishes::default())
}

const DISCHARGE: &[u8] = include_bytes!("../../../fixtures/hl7v2/adt_a03_discharge.hl7");
const REFERRAL: &[u8] = include_bytes!("../../../fixtures/hl7v2/ref_i12_referral.hl7");

/// The one message of a body; where it lay is not what it said.
fn one(body: &[u8]) -> ClinicalFacts {
    let mut reading = read(body);
    assert_eq!(reading.problems, []);
    assert_eq!(reading.messages.len(), 1);
    ClinicalFacts {
        source: None,
        ..reading.messages.remove(0)
    }
}

/// A small message around the segments of a test.
fn with(segments: &str) -> ClinicalFacts {
    let header = "MSH|^~\\&|A|B|||20261122||ADT^A03|1|P|2.5.1";
    one(format!("{header}\rPID|1||7^^^H^MR||NAME^Given\r{segments}\r").as_bytes())
}

fn places(facts: &ClinicalFacts) -> Vec<&str> {
    facts.doubts.iter().map(|doubt| doubt.at.as_str()).collect()
}

fn problem(reading: &Reading) -> &str {
    assert_eq!(reading.messages, []);
    &reading.problems[0].at
}

#[test]
fn a_full_discharge_is_read_without_a_doubt() {
    let facts = one(DISCHARGE);
    assert_eq!(facts.doubts, []);
    assert_eq!(facts.event, "ADT^A03");
    assert_eq!(facts.control_id.as_deref(), Some("LSG-2026-004711"));
    assert_eq!(facts.processing_id.as_deref(), Some("P"));
    assert_eq!(facts.sender.facility.as_deref(), Some("LAKESIDE GENERAL"));
    assert_eq!(facts.patient.names[0].shown(), "GRIFFITH, Adam James");
    assert_eq!(facts.patient.gender, Some("male"));
    let number = facts.patient.record_number().expect("a record number");
    assert_eq!(
        (number.value.as_str(), number.system.as_deref()),
        ("LG-883201", Some("urn:oid:2.999.10.3"))
    );
    assert_eq!((facts.conditions.len(), facts.allergies.len()), (5, 3));
    assert_eq!((facts.procedures.len(), facts.results.len()), (2, 7));
}

#[test]
fn a_discharge_says_where_the_stay_was_and_how_it_ended() {
    let stay = one(DISCHARGE).encounter.expect("an encounter");
    assert_eq!(stay.class.as_deref(), Some("IMP"));
    assert_eq!(stay.status.as_deref(), Some("finished"));
    assert_eq!(stay.number.as_deref(), Some("V-2026-33817"));
    assert_eq!(stay.discharge_disposition.as_deref(), Some("06"));
    assert_eq!(
        stay.location.as_deref(),
        Some("WARD 7, R712, B, LAKESIDE GENERAL")
    );
    assert_eq!(stay.end.expect("an end").0, "2026-11-22T16:30:00+00:00");
    assert_eq!(stay.attending.expect("an attender").shown(), "NOVAK, Petra");
}

#[test]
fn results_keep_their_numbers_as_written_and_their_tabs() {
    let facts = one(DISCHARGE);
    let potassium = &facts.results[0];
    assert_eq!(potassium.value.as_deref(), Some("5.60"));
    assert!(potassium.numeric && potassium.is_abnormal());
    assert_eq!(facts.results[4].value.as_deref(), Some(">3000"));
    assert_eq!(
        facts.results[6].value.as_deref(),
        Some("81.2 kg\ton the ward scale")
    );
}

#[test]
fn discharge_instructions_are_not_a_result() {
    let facts = one(DISCHARGE);
    assert_eq!(facts.instructions.len(), 1);
    assert!(facts.instructions[0].contains("morning.\nCall"));
    assert!(facts.instructions[0].contains("2 g & fluids"));
}

#[test]
fn roles_and_severities_take_the_codes_of_fhir() {
    let facts = one(DISCHARGE);
    let roles: Vec<_> = facts.conditions.iter().map(|c| c.role.as_deref()).collect();
    assert_eq!(
        roles,
        [Some("AD"), Some("DD"), Some("DD"), Some("DD"), Some("W")]
    );
    let severities: Vec<_> = facts
        .allergies
        .iter()
        .map(|a| a.criticality.as_deref())
        .collect();
    assert_eq!(severities, [Some("high"), None, Some("low")]);
    assert_eq!(
        facts.allergies[1].reactions,
        ["Hives", "Swelling of the lips"]
    );
}

#[test]
fn a_sparse_discharge_of_version_2_3_keeps_its_precision() {
    let facts = one(include_bytes!("../../../fixtures/hl7v2/adt_a03_sparse.hl7"));
    assert_eq!(facts.patient.birth_date.expect("a birth date").0, "1947");
    assert_eq!(facts.sent.expect("a time").0, "2026-11-22");
    assert!(facts.allergies.is_empty() && facts.doubts.is_empty());
}

#[test]
fn a_name_in_two_scripts_is_two_names() {
    let facts = one(include_bytes!(
        "../../../fixtures/hl7v2/adt_a03_arabic_name.hl7"
    ));
    let shown: Vec<_> = facts
        .patient
        .names
        .iter()
        .map(|name| name.shown())
        .collect();
    assert_eq!(shown, ["الزهراء, فاطمة", "ALZAHRA, Fatima"]);
}

#[test]
fn a_training_message_says_so() {
    let facts = one(include_bytes!(
        "../../../fixtures/hl7v2/adt_a03_training.hl7"
    ));
    assert_eq!(facts.processing_id.as_deref(), Some("T"));
    assert_eq!(facts.patient.gender, Some("other"));
}

#[test]
fn a_referral_names_who_asks_whom_for_what() {
    let facts = one(REFERRAL);
    assert_eq!(facts.doubts, []);
    let referral = facts.referral.expect("a referral");
    assert_eq!(referral.id.as_deref(), Some("RF-2026-0231"));
    assert_eq!(referral.priority.as_deref(), Some("asap"));
    assert_eq!(referral.reason.as_deref(), Some("Dizziness and giddiness"));
    let from = referral.from.expect("a sender");
    assert_eq!(from.shown(), "OKAFOR, Ngozi (Lakeside Family Practice)");
    assert_eq!(from.telecom.as_deref(), Some("+1 555 0142"));
    let to = referral.to.expect("a receiver");
    assert_eq!(to.telecom.as_deref(), Some("intake@riverside.example"));
}

#[test]
fn a_comment_belongs_to_the_result_above_it() {
    let facts = one(REFERRAL);
    assert_eq!(facts.results[0].notes, ["Irregularly irregular."]);
    assert_eq!(facts.notes.len(), 2);
    assert_eq!(
        facts.results[1].effective.as_ref().expect("OBR-7").0,
        "2026-11-21T14:30:00+01:00"
    );
}

#[test]
fn a_message_without_a_type_or_a_certain_patient_is_a_problem() {
    assert_eq!(
        problem(&read(include_bytes!(
            "../../../fixtures/invalid/no_msh9.hl7"
        ))),
        "MSH-9"
    );
    assert_eq!(
        problem(&read(include_bytes!(
            "../../../fixtures/invalid/two_patients.hl7"
        ))),
        "PID[2]"
    );
    assert_eq!(
        problem(&read(b"MSH|^~\\&|||||||ADT^A03|1|P|2.5\rPV1|1|I")),
        "PID"
    );
    assert_eq!(problem(&read(b"MSH")), "MSH-1");
}

#[test]
fn a_patient_repeated_with_the_same_identifier_is_one_patient() {
    let facts = with("PID|2||7^^^H^MR||NAME^Given^Middle");
    assert_eq!(facts.patient.names[0].given, ["Given"]);
}

#[test]
fn line_ends_do_not_change_what_is_read() {
    let expected = one(DISCHARGE);
    let text = String::from_utf8_lossy(DISCHARGE);
    for ending in ["\n", "\r\n", "\r\r"] {
        assert_eq!(one(text.replace('\r', ending).as_bytes()), expected);
    }
    let framed = format!("\u{feff}\n\u{b}{text}\u{1c}\r");
    assert_eq!(one(framed.as_bytes()), expected);
}

#[test]
fn a_line_feed_inside_of_a_text_is_text_where_cr_ends_segments() {
    let facts = with("OBX|1|TX|1^Note||first\nsecond\n\nthird|u|||||F");
    assert_eq!(
        facts.results[0].value.as_deref(),
        Some("first\nsecond\n\nthird")
    );
    assert_eq!(facts.results[0].units.as_deref(), Some("u"));
    assert!(facts.doubts.is_empty());
}

#[test]
fn a_segment_ended_by_a_line_feed_among_crs_is_still_a_segment() {
    let facts = with("PV1|1|I\nAL1|1|DA|X^Thing\nDG1|1||I10^Pressure");
    assert_eq!((facts.allergies.len(), facts.conditions.len()), (1, 1));
}

#[test]
fn a_broken_text_line_is_joined_and_doubted() {
    let body =
        b"MSH|^~\\&|A|B|||20261122||ORU^R01|1|P|2.5\nPID|1||7\nOBX|1|TX|1^Note||one\ntwo|u|||||F\n";
    let facts = one(body);
    assert_eq!(facts.results[0].value.as_deref(), Some("one\ntwo"));
    assert_eq!(facts.results[0].units.as_deref(), Some("u"));
    assert_eq!(places(&facts), ["OBX[1]"]);
}

#[test]
fn a_stray_line_is_left_out_with_a_doubt_that_does_not_quote_it() {
    let facts = with("PV1|1|I\rSECRETWORDS");
    assert_eq!(places(&facts), ["PV1[1]"]);
    assert!(!format!("{:?}", facts.doubts).contains("SECRET"));
}

#[test]
fn a_lower_case_segment_is_read_with_a_doubt() {
    let facts = with("dg1|1||I10^Pressure");
    assert_eq!(facts.conditions.len(), 1);
    assert_eq!(places(&facts), ["DG1"]);
}

#[test]
fn several_messages_and_batch_segments_are_taken_apart() {
    let text = String::from_utf8_lossy(DISCHARGE);
    let body = format!("FHS|^~\\&|A\rBHS|^~\\&|A\r{text}{text}BTS|2\rFTS|1\r");
    let reading = read(body.as_bytes());
    let ordinals: Vec<_> = reading.messages.iter().map(|facts| facts.ordinal).collect();
    assert_eq!(ordinals, [0, 1]);
    assert!(reading.messages.iter().all(|facts| facts.doubts.is_empty()));
}

#[test]
fn one_bad_message_of_a_batch_does_not_spoil_the_others() {
    let text = String::from_utf8_lossy(DISCHARGE);
    let reading = read(format!("{text}MSH|^~\\&|A\rPID|1||7\r{text}").as_bytes());
    assert_eq!(reading.messages.len(), 2);
    assert_eq!(reading.problems[0].at, "message[2].MSH-9");
    assert_eq!(reading.messages[1].ordinal, 2);
}

#[test]
fn msh_18_decides_where_the_bytes_are_not_utf_8() {
    let body = |set: &str, name: &[u8]| {
        let mut body = format!("MSH|^~\\&|A|B|||20261122||ADT^A03|1|P|2.5||||||{set}\rPID|1||7||")
            .into_bytes();
        body.extend_from_slice(name);
        body
    };
    let latin2 = one(&body("8859/2", b"\xD8\xEDha"));
    assert_eq!(latin2.patient.names[0].family.as_deref(), Some("Říha"));
    assert!(latin2.doubts.is_empty());
    let unnamed = one(&body("", b"M\xFCller"));
    assert_eq!(unnamed.patient.names[0].family.as_deref(), Some("Müller"));
    assert_eq!(places(&unnamed), ["MSH-18"]);
    let named_wrongly = one(&body("8859/2", "Müller".as_bytes()));
    assert_eq!(
        named_wrongly.patient.names[0].family.as_deref(),
        Some("Müller")
    );
}

#[test]
fn a_body_in_utf_16_is_read() {
    let text = String::from_utf8_lossy(DISCHARGE);
    let mut body = vec![0xFF, 0xFE];
    body.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(one(&body), one(DISCHARGE));
}

#[test]
fn a_message_may_choose_its_own_delimiters() {
    let body =
        b"MSH#*+!%#A#B###20261122##ADT*A03#1#P#2.5\rPID#1##7***H%2.999%ISO*MR+8##O!S!H*Ann\r";
    let facts = one(body);
    assert_eq!(
        facts.patient.identifiers[0].system.as_deref(),
        Some("urn:oid:2.999")
    );
    assert_eq!(facts.patient.identifiers[1].value, "8");
    assert_eq!(facts.patient.names[0].shown(), "O*H, Ann");
}

#[test]
fn a_doubled_escape_in_msh_2_does_not_move_the_delimiters() {
    let facts = one(b"MSH|^~\\\\&|A|B|||20261122||ADT^A03|1|P|2.5\rPID|1||7^^^H&2.999&ISO\r");
    assert_eq!(
        facts.patient.identifiers[0].system.as_deref(),
        Some("urn:oid:2.999")
    );
    assert_eq!(places(&facts), ["MSH-2"]);
}

#[test]
fn two_quotes_ask_to_delete_and_are_never_data() {
    let facts = with("PV1|1|\"\"|\"\"^B||||\"\"||||||||||||\"\"\rDG1|1||I10^\"\"");
    let stay = facts.encounter.expect("an encounter");
    assert_eq!(
        (stay.class, stay.number, stay.attending),
        (None, None, None)
    );
    assert_eq!(stay.location.as_deref(), Some("B"));
    assert_eq!(facts.conditions[0].code.text, None);
}

#[test]
fn escapes_are_decoded_after_the_delimiters_are_gone() {
    let facts = with(r"NTE|1||a\F\b\S\c\T\d\R\e\E\f \H\bold\N\ \X41C3A9\ é\.br\z \Zzz\ \q lone \");
    assert_eq!(
        facts.notes,
        ["a|b^c&d~e\\f bold Aé é\nz \\Zzz\\ \\q lone \\"]
    );
}

#[test]
fn times_keep_their_precision_fraction_and_offset() {
    let read = |text| super::time::parse(text).when.map(|when| when.0);
    let same = [
        ("2026", "2026"),
        ("202611", "2026-11"),
        ("20261122", "2026-11-22"),
        ("2026112210", "2026-11-22T10"),
        ("202611221005", "2026-11-22T10:05"),
        ("20261122100509.1234-0500", "2026-11-22T10:05:09.1234-05:00"),
        ("2026-11-22", "2026-11-22"),
        ("2026/11/22 10:05", "2026-11-22T10:05"),
        ("2026-11-22T10:05:09Z", "2026-11-22T10:05:09+00:00"),
        ("20261122+0100", "2026-11-22"),
        ("2026-0500", "2026"),
    ];
    for (written, expected) in same {
        assert_eq!(read(written).as_deref(), Some(expected), "{written}");
        assert!(super::time::parse(written).complete, "{written}");
    }
    for wrong in [
        "",
        "20261301",
        "20260230",
        "00000000",
        "yesterday",
        "２０２６",
    ] {
        assert_eq!(read(wrong), None, "{wrong}");
    }
    let late = super::time::parse("202611222505");
    assert_eq!(
        (late.when.map(|w| w.0).as_deref(), late.complete),
        (Some("2026-11-22"), false)
    );
}

#[test]
fn every_time_we_write_names_a_moment() {
    for written in [
        "2026112210",
        "202611221005",
        "20261122100509.123456789+0100",
        "20261122100560",
    ] {
        let when = super::time::parse(written).when.expect("a time");
        assert!(
            when.instant(&jiff::tz::TimeZone::UTC).is_some(),
            "{written}"
        );
    }
}

#[test]
fn a_doubt_names_segment_repetition_and_field() {
    let facts = with("DG1|1||A^one\rDG1|2||B^two||20261399\rAL1|1|XX|C^three|ZZ");
    assert_eq!(places(&facts), ["DG1[2]-5", "AL1-2", "AL1-4"]);
    assert_eq!(
        facts.doubts[0],
        Doubt::new("DG1[2]-5", "the time could not be read")
    );
}

#[test]
fn entries_that_name_nothing_or_were_withdrawn_are_doubts() {
    let facts = with(
        "AL1|1|DA\rIAM|1|DA|X^Thing||| D^Delete\rOBX|1|NM|1^K||5||||||W\rOBX|2|NM|2^Na||x||||||F",
    );
    assert!(facts.allergies.is_empty());
    assert_eq!(places(&facts), ["AL1-3", "IAM-6", "OBX[1]-11", "OBX[2]-5"]);
    assert_eq!(facts.results[0].value.as_deref(), Some("x"));
    assert!(!facts.results[0].numeric);
}

#[test]
fn a_result_reads_by_the_type_it_names() {
    let value = |kind: &str, raw: &str| {
        with(&format!("OBX|1|{kind}|1^X||{raw}||||||F")).results[0]
            .value
            .clone()
            .expect("a value")
    };
    assert_eq!(value("SN", "^1^:^128"), "1:128");
    assert_eq!(value("SN", "=^182"), "182");
    assert_eq!(value("CWE", "A^Alpha~B^Beta"), "Alpha\nBeta");
    assert_eq!(value("FT", "one~two"), "one\ntwo");
    assert_eq!(value("DT", "20261122"), "2026-11-22");
    assert_eq!(value("TM", "1005"), "10:05");
    assert_eq!(value("ST", "a^b"), "a^b");
}

#[test]
fn a_document_is_measured_and_a_pointer_is_not_followed() {
    let facts = with(
        "OBX|1|ED|18842-5^Summary^LN||^application^pdf^Base64^JVBERi0x\\.br\\LjcK||||||F\r\
         OBX|2|RP|X^Scan||https://files.example/1^APP^image^jpeg||||||F\r\
         OBX|3|ED|Y^Bad||^application^pdf^Base64^***||||||F",
    );
    assert!(facts.results.is_empty());
    let seen: Vec<_> = facts
        .documents
        .iter()
        .map(|d| (d.content_type.as_deref(), d.size))
        .collect();
    let pdf = Some("application/pdf");
    assert_eq!(
        seen,
        [(pdf, Some(9)), (Some("image/jpeg"), None), (pdf, None)]
    );
    assert_eq!(facts.documents[0].title.as_deref(), Some("Summary"));
    assert_eq!(places(&facts), ["OBX[3]-5"]);
}

#[test]
fn an_order_written_twice_is_one_medication() {
    let facts = with(
        "ORC|NW\rRXO|1^Asked^L|5||mg\rRXE||2^Encoded^L|10||mg\rRXR|PO^By mouth\r\
         ORC|DC\rRXO|3^Other^L\rRXA|0|1|20261122||48^Vaccine^CVX|0.5|0.5|mL",
    );
    let seen: Vec<_> = facts
        .medications
        .iter()
        .map(|m| (m.code.shown(), m.status.as_deref()))
        .collect();
    assert_eq!(
        seen,
        [
            ("Encoded", None),
            ("Other", Some("stopped")),
            ("Vaccine", Some("completed"))
        ]
    );
    assert_eq!(
        facts.medications[0].dosage.as_deref(),
        Some("10 mg, By mouth")
    );
}

#[test]
fn an_old_patient_segment_is_identified_by_its_other_fields() {
    let facts = one(b"MSH|^~\\&|A|B|||2026||ADT|1|P|2.2\rEVN|A03\rPID|1|EXT-1||ALT-1|N^G||||||||||||||123-45-6789\r");
    assert_eq!(facts.event, "ADT^A03");
    let seen: Vec<_> = facts
        .patient
        .identifiers
        .iter()
        .map(|i| i.value.as_str())
        .collect();
    assert_eq!(seen, ["EXT-1", "ALT-1", "123-45-6789"]);
    assert_eq!(
        facts.patient.identifiers[2].type_code.as_deref(),
        Some("SS")
    );
}

#[test]
fn the_event_decides_the_status_before_the_class_does() {
    let status = |event: &str, visit: &str| {
        let body = format!("MSH|^~\\&|A|B|||2026||ADT^{event}|1|P|2.5\rPID|1||7\r{visit}");
        one(body.as_bytes()).encounter.expect("an encounter").status
    };
    assert_eq!(status("A03", "PV1|1|I").as_deref(), Some("finished"));
    assert_eq!(status("A11", "PV1|1|I").as_deref(), Some("cancelled"));
    assert_eq!(status("A08", "PV1|1|I").as_deref(), Some("unknown"));
    assert_eq!(status("A60", "PV1|1|P").as_deref(), Some("planned"));
    let ended = format!("PV1|1|I{}20261122", "|".repeat(43));
    assert_eq!(status("A08", &ended).as_deref(), Some("finished"));
}

#[test]
fn a_message_of_nothing_but_separators_is_refused_quickly() {
    let mut body = DISCHARGE.to_vec();
    body.extend(b"\rOBX|1|TX|1||");
    body.extend(std::iter::repeat_n(b'^', 2_000_000));
    assert_eq!(problem(&read(&body)), "MSH");
}

#[test]
fn a_second_visit_is_left_out_with_a_doubt() {
    let visit = |number: &str| format!("PV1|1|I{}{number}", "|".repeat(17));
    let facts = with(&format!(
        "PV2|||R42^Dizzy\r{}\r{}",
        visit("V1"),
        visit("V2")
    ));
    let stay = facts.encounter.as_ref().expect("an encounter");
    assert_eq!(stay.number.as_deref(), Some("V1"));
    assert_eq!(stay.reason.as_deref(), Some("Dizzy"));
    assert_eq!(places(&facts), ["PV1[2]"]);
}

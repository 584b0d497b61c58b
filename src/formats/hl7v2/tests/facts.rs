//! What fields become, and what becomes of those that cannot be read.

use super::*;
use crate::domain::facts::Doubt;

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
        ["Hives (moderate)", "Swelling of the lips (moderate)"]
    );
}

#[test]
fn a_sparse_discharge_of_version_2_3_keeps_its_precision() {
    let facts = one(include_bytes!(
        "../../../../fixtures/hl7v2/adt_a03_sparse.hl7"
    ));
    assert_eq!(facts.patient.birth_date.expect("a birth date").0, "1947");
    assert_eq!(facts.sent.expect("a time").0, "2026-11-22");
    assert!(facts.allergies.is_empty() && facts.doubts.is_empty());
}

#[test]
fn a_name_in_two_scripts_is_two_names() {
    let facts = one(include_bytes!(
        "../../../../fixtures/hl7v2/adt_a03_arabic_name.hl7"
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
        "../../../../fixtures/hl7v2/adt_a03_training.hl7"
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
    assert_eq!(
        facts.results[0].notes,
        [
            "12 lead EKG panel: Tracing was taken at rest.",
            "Irregularly irregular."
        ]
    );
    assert_eq!(facts.notes.len(), 1);
    assert_eq!(
        facts.results[1].effective.as_ref().expect("OBR-7").0,
        "2026-11-21T14:30:00+01:00"
    );
}

#[test]
fn a_message_without_a_type_or_a_certain_patient_is_told() {
    let untyped = read(include_bytes!("../../../../fixtures/invalid/no_msh9.hl7"));
    assert_eq!(untyped.problems[0].at, "MSH-9");
    assert_eq!(untyped.messages[0].event, "MSH");
    assert_eq!(
        problem(&read(include_bytes!(
            "../../../../fixtures/invalid/two_patients.hl7"
        ))),
        "PID[2]"
    );
    assert_eq!(
        nobody(&read(b"MSH|^~\\&|||||||ADT^A03|1|P|2.5\rPV1|1|I")),
        "PID"
    );
    assert_eq!(problem(&read(b"MSH")), "MSH-1");
}

#[test]
fn a_swap_or_a_link_of_two_patients_is_about_neither() {
    for event in ["A17", "A24", "A37"] {
        let shared = format!(
            "MSH|^~\\&|A|B|||20261122||ADT^{event}|1|P|2.5.1\r\
             PID|1||1^^^H^MR||ADAMS^Mary||19900101|F||||||||||77|999\rPV1|1|I\r\
             PID|2||2^^^H^MR||BROWN^Joe|||||||||||||77|999\rPV1|2|I\r"
        );
        assert_eq!(problem(&read(shared.as_bytes())), "PID[2]", "{event}");
        let other = shared.replace(event, "A01");
        assert_eq!(problem(&read(other.as_bytes())), "PID[2]");
    }
}

#[test]
fn a_patient_repeated_with_the_same_identifier_is_one_patient() {
    let facts = with("PID|2||7^^^H^MR||NAME^Given^Middle");
    assert_eq!(facts.patient.names[0].given, ["Given"]);
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

#[test]
fn a_patient_is_read_with_all_that_reaches_them() {
    let facts = one(include_bytes!(
        "../../../../fixtures/hl7v2/segments/pid.hl7"
    ));
    let patient = &facts.patient;
    assert_eq!(patient.addresses[0].line, ["14 Larch Row", "Flat 2"]);
    assert_eq!(patient.addresses[0].postal_code.as_deref(), Some("EM4 7QT"));
    assert_eq!(
        patient.telecoms,
        ["+1 555 0100", "adam@home.example", "+1 (555) 0144 ext. 12"]
    );
    assert_eq!(patient.language.as_deref(), Some("en"));
    assert_eq!(patient.deceased, Some(true));
    assert!(patient.deceased_at.is_some());
    let kinds: Vec<_> = patient
        .identifiers
        .iter()
        .map(|i| i.type_code.as_deref())
        .collect();
    assert_eq!(kinds, [Some("MR"), Some("AN"), Some("SS")]);
}

#[test]
fn those_around_a_visit_are_its_care_team() {
    let facts = one(include_bytes!(
        "../../../../fixtures/hl7v2/segments/pv1.hl7"
    ));
    let team: Vec<_> = facts
        .care_team
        .iter()
        .map(|p| {
            (
                p.role.as_deref().unwrap_or_default(),
                p.party.family.as_deref().unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(
        team,
        [
            ("referring", "OSEI"),
            ("consulting", "HALE"),
            ("admitting", "ORTIZ")
        ]
    );
    let stay = facts.encounter.expect("an encounter");
    assert_eq!(stay.service.as_deref(), Some("MED"));
    assert_eq!(stay.discharged_to.as_deref(), Some("HH"));
    assert_eq!(facts.labels[0].code.code.as_deref(), Some("V"));
}

#[test]
fn labels_stay_in_the_tables_of_v2() {
    let label = |segments: &str| {
        let facts = with(segments);
        let label = facts.labels.into_iter().next().expect("a label");
        (label.of, label.code.code, label.code.system)
    };
    let table = |n: &str| Some(format!("http://terminology.hl7.org/CodeSystem/v2-{n}"));
    let y = Some("Y".to_owned());
    assert_eq!(
        label(&format!("PD1{}Y", "|".repeat(12))),
        ("patient", y.clone(), table("0136"))
    );
    assert_eq!(
        label(&format!("PV2{}Y", "|".repeat(22))),
        ("encounter", y.clone(), table("0136"))
    );
    assert_eq!(
        label(&format!("DG1|1||I10^X{}Y", "|".repeat(15))),
        ("diagnosis", y, table("0136"))
    );
    assert_eq!(
        label(&format!("TXA|1|DS{}U", "|".repeat(16))),
        ("document", Some("U".to_owned()), table("0272"))
    );
    assert!(with(&format!("PV2{}N", "|".repeat(22))).labels.is_empty());
}

#[test]
fn a_referral_keeps_its_other_providers_and_its_authorisations() {
    let facts = with(
        "RF1|P|R|MED^Consultation|||RF-1\rAUT|||Payer|||AU-1\rPRD|RP|ONE^A\rPRD|RP~PP^Primary|TWO^B\rCTD|DE^Desk|THREE^C",
    );
    let referral = facts.referral.expect("a referral");
    assert_eq!(
        referral.from.expect("a sender").family.as_deref(),
        Some("ONE")
    );
    assert_eq!(referral.authorizations, ["AU-1"]);
    assert_eq!(referral.status.as_deref(), Some("P"));
    let team: Vec<_> = facts.care_team.iter().map(|p| p.role.as_deref()).collect();
    assert_eq!(team, [Some("RP"), Some("Primary"), Some("Desk")]);
}

#[test]
fn a_number_may_stand_where_only_the_universal_identifier_belongs() {
    let facts = with(&format!(
        "ORC|NW|^^UID-1\rOBR|1\rTXA|1|DS{}^^UID-2|^^UID-3",
        "|".repeat(10)
    ));
    assert_eq!(facts.orders[0].id.as_deref(), Some("UID-1"));
    assert_eq!(facts.documents[0].id.as_deref(), Some("UID-2"));
    assert_eq!(facts.replaces.as_deref(), Some("UID-3"));
}

#[test]
fn a_cancelled_discharge_is_under_way_again() {
    let body = format!(
        "MSH|^~\\&|A|B|||2026||ADT^A13|1|P|2.5\rPID|1||7\rPV1|1|I{}20261122",
        "|".repeat(43)
    );
    let status = one(body.as_bytes()).encounter.expect("an encounter").status;
    assert_eq!(status.as_deref(), Some("in-progress"));
}

#[test]
fn the_second_visit_number_counts_and_the_account_does_not() {
    let facts =
        one(b"MSH|^~\\&|A|B|||2026||ADT^A01|1|P|2.5\rPID|1||7|||||||||||||||ACC\rPV1|1|I\r");
    assert_eq!(facts.encounter.expect("an encounter").number, None);
    let facts = with(&format!("PV1|1|I{}ALT-9", "|".repeat(48)));
    assert_eq!(
        facts.encounter.expect("an encounter").number.as_deref(),
        Some("ALT-9")
    );
}

#[test]
fn words_of_the_alternate_code_stand_in_where_the_first_has_none() {
    let facts = with("DG1|1||A1^^L^B2^Other words^I10\rAL1|1|DA|^^^C3^Third^RXNORM");
    assert_eq!(facts.conditions[0].code.shown(), "Other words");
    assert_eq!(facts.allergies[0].code.code.as_deref(), Some("C3"));
}

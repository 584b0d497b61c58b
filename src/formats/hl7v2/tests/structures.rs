//! Kinds of messages, each by a fixture of its own.

use super::*;
use crate::domain::facts::EmbeddedDocument;

fn fixture(body: &[u8]) -> ClinicalFacts {
    let facts = one(body);
    assert_eq!(facts.doubts, []);
    facts
}

#[test]
fn text_of_a_document_message_is_a_document_and_sections() {
    let facts = fixture(include_bytes!(
        "../../../../fixtures/hl7v2/mdm_t02_text.hl7"
    ));
    assert!(facts.results.is_empty());
    let [
        EmbeddedDocument {
            content,
            content_type,
            id,
            status,
            title,
            ..
        },
    ] = &facts.documents[..]
    else {
        panic!("{:?}", facts.documents);
    };
    assert_eq!(
        std::str::from_utf8(content),
        Ok(
            "Admitted with breathlessness.\n  Diuretics were given.\nWeight fell by 4 kg.\n1. Heart failure\n2. Hypertension"
        )
    );
    assert_eq!(content_type.as_deref(), Some("text/plain"));
    assert_eq!(
        (id.as_deref(), *status),
        (Some("DOC-2"), Some("preliminary"))
    );
    assert_eq!(title.as_deref(), Some("Hospital course"));
    let sections: Vec<_> = facts
        .sections
        .iter()
        .map(|s| (s.code.as_deref(), s.text.lines().count()))
        .collect();
    assert_eq!(sections, [(Some("8648-8"), 3), (Some("11535-2"), 2)]);
    let label = &facts.labels[0].code;
    assert_eq!(label.code.as_deref(), Some("U"));
    assert_eq!(
        label.system.as_deref(),
        Some("http://terminology.hl7.org/CodeSystem/v2-0272")
    );
}

#[test]
fn an_empty_line_and_a_comment_do_not_cut_a_text() {
    let facts = one(b"MSH|^~\\&|A|B|||2026||MDM^T02|1|P|2.5\rPID|1||7\rTXA|1|PN\rOBX|1|TX|||one\rOBX|2|TX|||\rNTE|1||about\rOBX|3|TX|||three\r");
    assert_eq!(facts.documents.len(), 1);
    assert_eq!(facts.documents[0].content, b"one\n\nthree");
    assert_eq!(facts.notes, ["about"]);
    assert!(facts.doubts.is_empty());
}

#[test]
fn a_cancelled_document_is_announced_without_its_content() {
    let facts = one(include_bytes!(
        "../../../../fixtures/hl7v2/mdm_t11_cancelled.hl7"
    ));
    let document = &facts.documents[0];
    assert_eq!(document.title.as_deref(), Some("Discharge summary"));
    assert_eq!((document.size, document.status), (None, Some("final")));
    assert_eq!(document.availability.as_deref(), Some("entered-in-error"));
    assert_eq!(places(&facts), ["TXA-19"]);
}

#[test]
fn a_merge_names_the_numbers_that_end() {
    let facts = fixture(include_bytes!(
        "../../../../fixtures/hl7v2/adt_a40_merge.hl7"
    ));
    let merge = facts.merge.expect("a merge");
    let ended: Vec<_> = merge.identifiers.iter().map(|i| i.value.as_str()).collect();
    assert_eq!(ended, ["LG-900001", "LG-900002"]);
    assert_eq!(facts.patient.identifiers[0].value, "LG-883201");
}

#[test]
fn two_patients_never_become_one_packet() {
    let swap = read(include_bytes!(
        "../../../../fixtures/invalid/adt_a17_swap.hl7"
    ));
    assert_eq!(problem(&swap), "PID[2]");
}

#[test]
fn a_pharmacy_order_says_how_when_and_how_much() {
    let facts = fixture(include_bytes!(
        "../../../../fixtures/hl7v2/rde_o11_pharmacy.hl7"
    ));
    let seen: Vec<_> = facts
        .medications
        .iter()
        .map(|m| {
            (
                m.code.shown(),
                m.dosage.as_deref(),
                m.status.as_deref(),
                m.order.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (
                "Aspirin 81 mg tablet",
                Some("81 mg, Oral, Once a day"),
                Some("active"),
                Some("PL-88")
            ),
            (
                "Furosemide",
                Some("20 to 40 mg, Intravenous (Left arm), BID"),
                Some("on-hold"),
                Some("PL-89")
            ),
        ]
    );
    assert_eq!(
        facts.medications[0].start.as_ref().expect("a start").0,
        "2026-11-22"
    );
    assert!(facts.orders.is_empty());
}

#[test]
fn an_appointment_takes_its_status_from_the_event_and_its_times_from_tq1() {
    let facts = fixture(include_bytes!(
        "../../../../fixtures/hl7v2/siu_s15_cancelled.hl7"
    ));
    let visit = &facts.appointments[0];
    assert_eq!(
        (visit.id.as_deref(), visit.status.as_deref()),
        (Some("AP-2"), Some("cancelled"))
    );
    assert_eq!(
        visit.start.as_ref().expect("a start").0,
        "2026-12-01T09:00:00+00:00"
    );
    assert_eq!(visit.location.as_deref(), Some("CLINIC 4, RIVERSIDE"));
    assert_eq!(visit.with, ["LINDQVIST, Maja"]);
}

#[test]
fn a_vaccination_is_an_immunization_and_an_administration_a_medication() {
    let body = |event: &str| {
        format!(
            "MSH|^~\\&|A|B|||2026||{event}|1|P|2.5\rPID|1||7\rORC|RE|P1\rRXA|0|1|20261122||48^Vaccine^CVX|0.5|mL||||||||LOT1|||||RE\rRXR|IM^Intramuscular"
        )
    };
    let vaccination = one(body("VXU^V04").as_bytes());
    assert!(vaccination.medications.is_empty());
    let given = &vaccination.immunizations[0];
    assert_eq!(
        (given.status.as_deref(), given.lot.as_deref()),
        (Some("not-done"), Some("LOT1"))
    );
    let administration = one(body("RAS^O17").as_bytes());
    assert!(administration.immunizations.is_empty());
    let given = &administration.medications[0];
    assert_eq!(given.dosage.as_deref(), Some("0.5 mL, Intramuscular"));
    assert_eq!(given.status.as_deref(), Some("not-done"));
}

#[test]
fn an_order_is_asked_for_and_a_result_is_not_an_order() {
    let body = |event: &str| {
        format!(
            "MSH|^~\\&|A|B|||2026||{event}|1|P|2.5\rPID|1||7\rORC|NW|P1||||||||||||||\rTQ1|1||||||20261201\rOBR|1|||CBC^Blood count^L|||||||||||||||||||||F\rOBX|1|NM|1^K||5"
        )
    };
    let order = one(body("OML^O21").as_bytes());
    assert_eq!(order.orders[0].code.shown(), "Blood count");
    assert_eq!(order.orders[0].id.as_deref(), Some("P1"));
    assert_eq!(
        order.orders[0].when.as_ref().expect("a time").0,
        "2026-12-01"
    );
    assert_eq!(order.results.len(), 1);
    let result = one(body("ORU^R01").as_bytes());
    assert!(result.orders.is_empty());
    assert_eq!(result.results[0].status, Some("final"));
}

#[test]
fn a_message_that_nobody_knows_still_gives_what_its_segments_say() {
    let facts =
        one(b"MSH|^~\\&|A|B|||2026||ZZZ^Q99|1|P|2.9\rPID|1||7\rXYZ|odd\rAL1|1|DA|X^Thing\rZPD|own");
    assert_eq!(facts.event, "ZZZ^Q99");
    assert_eq!(facts.version.as_deref(), Some("2.9"));
    assert_eq!(facts.allergies.len(), 1);
    assert!(facts.doubts.is_empty());
}

#[test]
fn a_known_segment_without_a_home_is_one_doubt_for_its_kind() {
    let facts = with("GOL|AD|20261122|G1^Walk\rGOL|AD|20261122|G2^Run\rZPD|own\rSFT|soft");
    assert_eq!(places(&facts), ["GOL"]);
    assert!(facts.doubts[0].why.starts_with("2 segments"));
}

#[test]
fn a_site_gets_the_fields_it_asked_for_and_no_others() {
    let wishes = Wishes {
        site_places: ["ZPD-3", "ZPD-4.2", "ACC-2", "ZPD-9", "ZPD-5"]
            .map(|place| place.to_owned().try_into().expect("a place"))
            .to_vec(),
        ..Wishes::default()
    };
    let body = b"MSH|^~\\&|A|B|||2026||ADT^A01|1|P|2.5\rPID|1||7\rZPD|1|x|a\\T\\b~c|d^e|\"\"\rZPD|2||f\rACC||car";
    let reading = super::super::read(body, &wishes);
    let seen: Vec<_> = reading.messages[0]
        .site_facts
        .iter()
        .map(|fact| (fact.place.as_str(), fact.text.as_str()))
        .collect();
    assert_eq!(
        seen,
        [("ZPD-3", "a&b; c; f"), ("ZPD-4.2", "e"), ("ACC-2", "car")]
    );
}

//! The door, and what holds for every reader whatever the bytes.

mod cda;
mod fhir;
mod hl7v2;
mod marks;

use super::MAX_BODY_BYTES;
use crate::domain::facts::Reading;
use crate::domain::wishes::Wishes;
use proptest::prelude::*;

fn read(body: &[u8], content_type: Option<&str>) -> Reading {
    super::read(body, content_type, &Wishes::default())
}

const FIXTURES: &[&[u8]] = &[
    include_bytes!("../../../fixtures/hl7v2/adt_a03_discharge.hl7"),
    include_bytes!("../../../fixtures/hl7v2/adt_a03_sparse.hl7"),
    include_bytes!("../../../fixtures/hl7v2/adt_a03_arabic_name.hl7"),
    include_bytes!("../../../fixtures/hl7v2/ref_i12_referral.hl7"),
    include_bytes!("../../../fixtures/fhir/bundle_message_discharge.json"),
    include_bytes!("../../../fixtures/fhir/bundle_collection_referral.json"),
    include_bytes!("../../../fixtures/fhir/bundle_document_discharge.json"),
    include_bytes!("../../../fixtures/invalid/not_a_message.txt"),
    include_bytes!("../../../fixtures/invalid/no_msh9.hl7"),
    include_bytes!("../../../fixtures/invalid/two_patients.hl7"),
    include_bytes!("../../../fixtures/invalid/truncated_bundle.json"),
    include_bytes!("../../../fixtures/cda/discharge_summary.xml"),
    include_bytes!("../../../fixtures/cda/referral_note.xml"),
    include_bytes!("../../../fixtures/cda/unstructured_pdf.xml"),
    include_bytes!("../../../fixtures/cda/no_known_allergies.xml"),
    include_bytes!("../../../fixtures/cda/latin1_unbound_prefix.xml"),
    include_bytes!("../../../fixtures/invalid/cda_wrong_end_tag.xml"),
    include_bytes!("../../../fixtures/invalid/cda_entity_bomb.xml"),
    include_bytes!("../../../fixtures/invalid/cda_two_patients.xml"),
    include_bytes!("../../../fixtures/invalid/cda_fragment.xml"),
    include_bytes!("../../../fixtures/invalid/fhir_patient.xml"),
    include_bytes!("../../../fixtures/fhir/bundle_transaction_r5.json"),
    include_bytes!("../../../fixtures/fhir/bundle_history_notification.json"),
    include_bytes!("../../../fixtures/fhir/bundle_searchset_two_patients.json"),
    include_bytes!("../../../fixtures/fhir/diagnostic_report_contained.json"),
];

#[test]
fn the_bytes_decide_where_the_content_type_is_absent_or_wrong() {
    for content_type in [None, Some("application/octet-stream"), Some("text/plain")] {
        assert_eq!(read(FIXTURES[0], content_type).messages[0].event, "ADT^A03");
        assert_eq!(
            read(FIXTURES[4], content_type).messages[0].event,
            "Bundle/message"
        );
    }
    assert_eq!(
        read(FIXTURES[0], Some("application/fhir+json")).messages[0].event,
        "ADT^A03"
    );
    let cda = FIXTURES[11];
    for content_type in [None, Some("text/plain"), Some("application/json")] {
        assert_eq!(read(cda, content_type).messages[0].event, "18842-5");
    }
    let wide: Vec<u8> = String::from_utf8_lossy(cda)
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(read(&wide, None).messages[0].event, "18842-5");
    let framed = [b"\x0b", FIXTURES[0], b"\x1c\r"].concat();
    assert_eq!(
        read(&framed, Some("x-application/hl7-v2+er7"))
            .messages
            .len(),
        1
    );
}

#[test]
fn what_cannot_be_read_is_said() {
    let why = |body: &[u8], kind| read(body, kind).problems[0].why.clone();
    assert!(why(b"", None).contains("neither"));
    assert!(why(FIXTURES[7], None).contains("neither"));
    assert!(why(FIXTURES[7], Some("application/hl7-v2")).contains("no message header"));
    assert!(why(b"  ", Some("application/fhir+json")).contains("no message"));
    assert!(why(b"<ClinicalDocument/>", None).contains("code is missing"));
    assert!(why(b"plain", Some("text/xml")).contains("no element"));
    assert!(why(b"<Bundle xmlns='http://hl7.org/fhir'/>", None).contains("FHIR in XML"));
    assert!(why(&vec![b' '; MAX_BODY_BYTES + 1], None).contains("64 MiB"));
}

proptest! {
    #![proptest_config(marks::cases(1500))]

    #[test]
    fn any_bytes_are_told(body in marks::bytes(), kind in 0..4_usize) {
        let kinds = [None, Some("application/hl7-v2"), Some("application/fhir+json"), Some("text/xml")];
        marks::assert_told(&read(&body, kinds[kind]))?;
    }
}

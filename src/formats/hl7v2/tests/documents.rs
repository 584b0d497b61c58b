//! Documents that came inside of a message.

use super::*;

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
fn a_file_goes_on_in_the_next_obx_and_says_itself_what_it_is() {
    let facts = one(include_bytes!(
        "../../../../fixtures/hl7v2/oru_r01_pdf_in_pieces.hl7"
    ));
    assert_eq!(facts.doubts, []);
    assert!(facts.orders.is_empty(), "what was answered is no order");
    let seen: Vec<_> = facts
        .documents
        .iter()
        .map(|d| (d.content_type.as_deref(), d.content.as_slice()))
        .collect();
    assert_eq!(
        seen,
        [
            (Some("application/pdf"), b"%PDF-1.7\nfir cones\n".as_slice()),
            (Some("image/png"), b"\x89PNG\r\n\x1a\n\0".as_slice()),
        ]
    );
}

fn content(data: &str) -> (Option<String>, Vec<u8>) {
    let facts = with(&format!("OBX|1|ED|X^Doc||{data}||||||F"));
    let document = &facts.documents[0];
    (document.content_type.clone(), document.content.clone())
}

#[test]
fn what_is_declared_about_a_file_is_not_believed_against_its_bytes() {
    let pdf = (Some("application/pdf".to_owned()), b"%PDF-1.7\n".to_vec());
    for data in [
        "^application^pdf^Base64^JVBERi0xLjcK",
        "^AP^PDF^base64^JVBE Ri0x\\X0D0A\\Ljc\\.br\\K",
        "^TEXT^plain^A^JVBERi0xLjcK",
        "^^^^JVBERi0xLjcK",
        "JVBERi0xLjcK",
        "^application^pdf^Hex^JVBERi0xLjcK",
        "^application^pdf^Base64^255044462D312E370A",
        "^application^pdf^Base64^data:application/pdf;base64,JVBERi0xLjcK",
        "^application^pdf^Base64^JVBE~Ri0x~LjcK",
        "^application^pdf^Base64^JVBERg==LTEuNwo=",
    ] {
        assert_eq!(content(data), pdf, "{data}");
    }
    let url = content("^application^octet-stream^Base64^_-8");
    assert_eq!(url.1, b"\xFF\xEF");
    let text = content("^TEXT^plain^A^line one\\.br\\line two");
    assert_eq!(
        text,
        (
            Some("text/plain".to_owned()),
            b"line one\nline two".to_vec()
        )
    );
}

#[test]
fn two_files_under_one_code_are_two_documents() {
    let facts = with(
        "OBX|1|ED|X^Doc|1|^application^pdf^Base64^JVBERi0xLjcK||||||F\r\
         OBX|2|ED|X^Doc|1|^application^pdf^Base64^JVBERi0xLjcK||||||F\r\
         OBX|3|ED|Y^Doc||^text^plain^Base64^aGVsbG8=||||||F\r\
         OBX|4|ED|Y^Doc||^text^plain^Base64^d29ybGQ=||||||F",
    );
    let sizes: Vec<_> = facts.documents.iter().map(|d| d.size).collect();
    assert_eq!(sizes, [Some(9), Some(9), Some(5), Some(5)]);
}

#[test]
fn a_withdrawn_document_is_left_out() {
    let facts = with("OBX|1|ED|X^Doc||^application^pdf^Base64^JVBERi0xLjcK||||||W");
    assert!(facts.documents.is_empty());
    assert_eq!(places(&facts), ["OBX-11"]);
}

#[test]
fn a_file_of_megabytes_is_read_once_and_whole() {
    let data = "QUJD".repeat(1_500_000);
    let facts = with(&format!(
        "OBX|1|ED|X^Doc||^application^octet-stream^Base64^{data}||||||F"
    ));
    assert_eq!(facts.documents[0].size, Some(4_500_000));
}

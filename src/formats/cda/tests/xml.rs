//! Encodings, namespaces, what is broken and what is bounded.

use super::*;

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
        assert!(crate::formats::cda::looks_like_xml(&body));
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
        "../../../../fixtures/invalid/cda_wrong_end_tag.xml"
    ));
    assert_eq!(wrong.at, "line 11, column 28");
    assert!(wrong.why.contains("does not match"));
    let bomb = problem(include_bytes!(
        "../../../../fixtures/invalid/cda_entity_bomb.xml"
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
fn a_lone_ampersand_stays_and_is_a_doubt() {
    let facts = with_section("8648-8", "<text>R&D &amp; more</text>");
    assert_eq!(facts.sections[0].text, "R&D & more");
    assert_eq!(facts.doubts.len(), 1);
}

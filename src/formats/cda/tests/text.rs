//! Sections and their narratives.

use super::*;
use crate::domain::rule::PacketRule;

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
    let packet = assemble(
        &read(DISCHARGE),
        &PacketRule::of(PacketKind::Discharge, &wanted),
    );
    let printed = format!("{packet:?}");
    assert_eq!(printed.matches("Weigh yourself every morning").count(), 1);
    assert!(matches!(&packet.sections[1].content, Content::Diagnoses(list) if list.len() == 5));
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
    let packet = assemble(
        &facts,
        &PacketRule::of(PacketKind::Referral, &[Section::Diagnoses]),
    );
    assert_eq!(packet.sections[0].narrative[0].text, "Seizure, 18 November");
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
fn several_empty_lines_are_one() {
    assert_eq!(
        narrative::lines(" a  b \n\n\n\nc\nd\n\ne "),
        "a b\n\nc\nd\n\ne"
    );
}

//! Results that hang together: corrections, organisms, reports in lines.

use super::*;

fn values(facts: &ClinicalFacts) -> Vec<Option<&str>> {
    facts.results.iter().map(|r| r.value.as_deref()).collect()
}

#[test]
fn text_that_is_not_there_is_not_shown_as_real() {
    for status in ["X", "N"] {
        let facts = with(&format!(
            "OBX|1|TX|8653-8^Instructions^LN||Stop all||||||{status}\r\
             OBX|2|ED|X^Doc||^application^pdf^Base64^JVBERi0xLjcK||||||{status}"
        ));
        assert!(facts.instructions.is_empty() && facts.documents.is_empty());
        assert_eq!(places(&facts), ["OBX[1]-11", "OBX[2]-11"]);
    }
    let body = |status: &str, text: &str| {
        one(format!(
            "MSH|^~\\&|A|B|||2026||MDM^T02|1|P|2.5\rPID|1||7\rTXA|1|PN\rOBX|1|TX|1^A||{text}||||||{status}\r"
        )
        .as_bytes())
    };
    let cancelled = body("X", "text");
    assert!(cancelled.sections.is_empty());
    assert_eq!(places(&cancelled), ["OBX-11"]);
    assert_eq!(places(&body("I", "")), ["OBX-11"]);
    assert_eq!(body("I", "text").documents[0].status, Some("preliminary"));
}

#[test]
fn units_are_words_and_powers_stay_powers() {
    for (written, expected) in [
        ("^^^mmol/L^mmol per L^UCUM", "mmol/L"),
        ("258797006^mmol/L^SCT", "mmol/L"),
        ("258797006^^SCT^mmol/L", "mmol/L"),
        ("\"mg/dL\"", "mg/dL"),
        ("10^9/L", "10^9/L"),
        ("mg^milligram^L", "mg"),
        ("%", "%"),
    ] {
        let facts = with(&format!("OBX|1|NM|1^K||5|{written}|||||F"));
        assert_eq!(
            facts.results[0].units.as_deref(),
            Some(expected),
            "{written}"
        );
    }
    assert_eq!(
        values(&with("OBX|1|NR|1^K||10^12||||||F")),
        [Some("10 - 12")]
    );
}

#[test]
fn a_susceptibility_names_its_organism() {
    let facts = with(
        "OBR|1|P1|F1|600-7^Culture^LN\r\
         OBX|1|CWE|600-7^Bacteria identified^LN|1|112283007^Escherichia coli^SCT||||||F\r\
         OBX|2|CWE|600-7^Bacteria identified^LN|2|3092008^Staphylococcus aureus^SCT||||||F\r\
         OBX|3|ST|18906-8^Ciprofloxacin^LN|1|<=1||S|||F\r\
         OBX|4|ST|18906-8^Ciprofloxacin^LN|2|>4||R|||F\r\
         OBR|2|||29576-6^Susceptibility^LN||||||||||||||||||||||600-7&Bacteria identified&LN^1^Escherichia coli|||P1^F1\r\
         OBX|1|ST|18928-2^Gentamicin^LN||<=1||S|||F\r\
         OBR|3|||29576-6^Susceptibility^LN||||||||||||||||||||||600-7&Bacteria identified&LN^2\r\
         OBX|1|ST|18928-2^Gentamicin^LN||>8||R|||F",
    );
    let groups: Vec<_> = facts.results.iter().map(|r| r.group.as_deref()).collect();
    let (coli, aureus) = (Some("Escherichia coli"), Some("Staphylococcus aureus"));
    assert_eq!(groups, [None, None, coli, aureus, coli, aureus]);
    assert_eq!(facts.doubts, []);
    let lost = with(&format!(
        "OBR|1|||1^Susceptibility{}600-7^9\rOBX|1|ST|2^Drug||1||S|||F",
        "|".repeat(22)
    ));
    assert_eq!(places(&lost), ["OBR-26"]);
    let shared = with(
        "OBR|1|||1^Culture\rOBX|1|ST|600-7^X^LN|1|E. coli||||||F\rOBX|2|ST|600-7^X^LN|1|S. aureus||||||F\r\
         OBX|3|ST|C^Isolate count|1|many||||||F",
    );
    assert_eq!(shared.results[2].group, None);
    assert_eq!(places(&shared), ["OBX[3]-4"]);
    let by_order = with(&format!(
        "OBR|1|P1|F1|1^Culture\rOBX|1|ST|600-7^X^LN||E. coli||||||F\r\
         OBR|2|||1^Susceptibility{}P1^F1\rOBX|1|ST|2^Drug||1||S|||F",
        "|".repeat(25)
    ));
    assert_eq!(by_order.results[1].group.as_deref(), Some("E. coli"));
}

#[test]
fn a_report_in_lines_is_one_value() {
    let facts = with(
        "OBX|1|TX|R^Report||one||||||F\rOBX|2|TX|R^Report\rOBX|3|TX|R^Report||three||||||F\r\
         OBX|4|FT|Q^Report|1|a||||||F\rOBX|5|FT|Q^Report|2|b||||||F\r\
         OBX|6|ST|S^Note||c||||||F\rOBX|7|ST|S^Note||d||||||F\r\
         OBX|8|ST|T^Titre|1|e||||||F\rOBX|9|ST|T^Titre|2|f||||||F\r\
         OBX|10|ST|U^Level||g|mg|||||F\rOBX|11|ST|U^Level||h|mg|||||F\r\
         OBX|12|NM|V^Count||1||||||F\rOBX|13|NM|V^Count||2||||||F",
    );
    assert_eq!(
        values(&facts),
        ["one\n\nthree", "a\nb", "c\nd", "e", "f", "g", "h", "1", "2"].map(Some)
    );
}

#[test]
fn a_comment_between_ends_a_report() {
    let facts = with("OBX|1|TX|R^Report||one||||||F\rNTE|1||x\rOBX|2|TX|R^Report||two||||||F");
    assert_eq!(facts.results.len(), 2);
}

#[test]
fn a_correction_takes_the_place_of_what_it_corrects() {
    let facts = with(
        "OBR|1|||P^Panel\rOBX|1|NM|1^K||9||||||F\rOBX|2|NM|2^Na||140||||||F\r\
         OBX|3|NM|1^K||5||||||C\rOBX|4|NM|2^Na||||||||D\rOBX|5|NM|3^Cl||100||||||F",
    );
    assert_eq!(values(&facts), [Some("5"), Some("100")]);
    assert_eq!(facts.results[0].status, Some("corrected"));
    assert_eq!(places(&facts), ["OBX[4]-11"]);
}

#[test]
fn an_instruction_that_is_taken_back_is_gone() {
    let facts = with(
        "OBX|1|TX|8653-8^I^LN|1|Take ten||||||F\rOBX|2|TX|8653-8^I^LN|2|Take five||||||F\r\
         OBX|3|TX|8653-8^I^LN|1|||||||D\rOBX|4|TX|8653-8^I^LN|2|Take one||||||C",
    );
    assert_eq!(facts.instructions, ["Take one"]);
    assert_eq!(places(&facts), ["OBX[3]-11"]);
}

#[test]
fn results_of_other_times_groups_and_sub_ids_stay() {
    let facts = with(
        "OBR|1|||P^Panel\rOBX|1|NM|1^K||9||||||F|||20261120\rOBX|2|NM|1^K||5||||||C|||20261121\r\
         OBX|3|NM|1^K|2|4||||||C\rOBR|2|||P^Panel\rOBX|4|NM|1^K|2|3||||||C",
    );
    assert_eq!(values(&facts), ["9", "5", "4", "3"].map(Some));
    let several = with("OBX|1|CE|1^K||a||||||F\rOBX|2|CE|1^K||b||||||F\rOBX|3|CE|1^K||c||||||C");
    assert_eq!(values(&several), ["a", "b", "c"].map(Some));
    assert_eq!(places(&several), ["OBX[3]-11"]);
}

//! Where messages and segments begin and end, and their delimiters.

use super::*;

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
fn a_whole_message_in_lower_case_names_is_one_doubt() {
    let facts =
        one(b"msh|^~\\&|A|B|||2026||ADT^A03|1|P|2.5\rpid|1||7\rdg1|1||I10^Pressure\rzal|1|2|x\r");
    assert_eq!(facts.patient.identifiers[0].value, "7");
    assert_eq!(facts.conditions[0].code.shown(), "Pressure");
    assert_eq!(places(&facts), ["MSH"]);
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
    assert_eq!(reading.messages.len(), 3);
    assert_eq!(reading.problems[0].at, "message[2].MSH-9");
    assert_eq!(
        reading.messages[2].conditions,
        reading.messages[0].conditions
    );
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
fn a_message_of_nothing_but_separators_is_refused_quickly() {
    let mut body = DISCHARGE.to_vec();
    body.extend(b"\rOBX|1|TX|1||");
    body.extend(std::iter::repeat_n(b'^', 2_000_000));
    assert_eq!(problem(&read(&body)), "MSH");
}

#[test]
fn glued_segments_are_reported_and_not_cut() {
    let facts = with("DG1|1||I10^Pressure|textOBX|1|NM|1^K||5");
    assert_eq!(places(&facts), ["DG1-4", "DG1-5"]);
    assert!(facts.results.is_empty());
    let words = with("NK1|1|BACON|SPO|||1\rDG1|1||I10^PID|1");
    assert!(
        words.doubts.iter().all(|doubt| doubt.at != "NK1-2"),
        "{:?}",
        words.doubts
    );
    let unnumbered = with("AL1|1|DA|X^Thing||hivesAL1||DA|^Nuts\rNK1|1|STUPID||x");
    assert_eq!(places(&unnumbered), ["AL1-5"]);
    let glued = read(include_bytes!("../../../../fixtures/invalid/glued.hl7"));
    assert_eq!(nobody(&glued), "MSH-12");
}

#[test]
fn line_ends_that_are_spelt_out_are_line_ends() {
    for end in ["\\r", "\\n", "\\r\\n", "\\x0d\\", "\\X0D\\"] {
        let body = format!(
            "MSH|^~\\&|A|B|||2026||ADT^A03|1|P|2.5{end}PID|1||7{end}NTE|1||a \\r b{end}ZPD|1{end}"
        );
        let facts = one(body.as_bytes());
        assert_eq!(facts.notes, ["a \\r b"], "{end}");
        assert_eq!(places(&facts), ["MSH"]);
    }
}

#[test]
fn add_goes_on_with_the_last_field_and_dsc_says_there_is_more() {
    let facts = with("OBX|1|TX|1^Note||first half, \rADD|second half|u|||||F\rDSC|NEXT|F");
    let result = &facts.results[0];
    assert_eq!(result.value.as_deref(), Some("first half, second half"));
    assert_eq!(result.units.as_deref(), Some("u"));
    assert_eq!(places(&facts), ["DSC-1"]);
}

#[test]
fn a_line_of_text_that_begins_with_msh_is_no_message() {
    let facts = with("OBX|1|TX|1^Note||seen at\nMSH clinic\nMSH+abc=\nMSH|abc|d||||||F");
    assert_eq!(facts.results.len(), 1);
}

#[test]
fn odd_encoding_characters_are_doubted_and_replaced() {
    for odd in ["ABCD", "^^^^", "^~\\&#!"] {
        let body = format!("MSH|{odd}|A|B|||2026||ADT^A03|1|P|2.5\rPID|1||7^^^H^MR~8\r");
        let facts = one(body.as_bytes());
        assert_eq!(facts.patient.identifiers.len(), 2, "{odd}");
        assert_eq!(places(&facts), ["MSH-2"], "{odd}");
    }
}

#[test]
fn many_broken_lines_of_one_segment_are_one_doubt() {
    let facts = with(&format!(
        "OBX|1|TX|1^Note||start\r{}",
        "more text\r".repeat(500)
    ));
    assert_eq!(places(&facts), ["OBX[1]"]);
    assert_eq!(
        facts.results[0]
            .value
            .as_ref()
            .expect("text")
            .lines()
            .count(),
        501
    );
}

#[test]
fn a_field_that_repeats_without_end_is_read_so_far_and_doubted() {
    let header = "MSH|^~\\&|A|B|||20261122||ADT^A03|1|P|2.5.1";
    let numbers: Vec<String> = (0..1_500).map(|n| format!("{n}^^^H^MR")).collect();
    let body = format!("{header}\rPID|1||{}||NAME\r", numbers.join("~"));
    let facts = one(body.as_bytes());
    assert_eq!(facts.patient.identifiers.len(), 1_000);
    assert_eq!(places(&facts), ["PID-3"]);
}

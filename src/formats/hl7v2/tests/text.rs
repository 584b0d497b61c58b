//! Character sets and escapes.

use super::*;

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

/// The patient's family name of a message in the bytes of some set.
fn family(set: &str, name: &[u8]) -> (Option<String>, Vec<String>) {
    let mut body =
        format!("MSH|^~\\&|A|B|||20261122||ADT^A03|1|P|2.5||||||{set}\rPID|1||7||").into_bytes();
    body.extend_from_slice(name);
    body.extend_from_slice(b"^G\r");
    let facts = one(&body);
    let doubted = places(&facts).into_iter().map(str::to_owned).collect();
    (facts.patient.names[0].family.clone(), doubted)
}

#[test]
fn the_sets_of_table_0211_are_read() {
    for (set, name, expected) in [
        ("8859/1", &b"M\xFCller"[..], "Müller"),
        ("8859/5", b"\xB8\xD2\xD0\xDD", "Иван"),
        ("8859/7", b"\xC1\xED\xED\xE1", "Αννα"),
        ("8859/15", b"\xA4uro", "€uro"),
        ("UNICODE UTF-8", "Ünal".as_bytes(), "Ünal"),
        ("ISO IR87", b"\x1B$B;3ED\x1B(B", "山田"),
        ("", b"\x1B$B;3ED\x1B(B", "山田"),
        ("ASCII~ISO IR87", b"\x1B$B;3ED\x1B(B", "山田"),
        ("ISO IR159", b"\x1B$(D0!\x1B(B", "丂"),
        ("ISO IR14", b"\x1B(I\x54\x40\x5E\x1B(B", "ﾔﾀﾞ"),
        ("ISO IR13", b"\xD4\xCF\xC0\xDE", "ﾔﾏﾀﾞ"),
        ("GB 18030-2000", b"\xCD\xF5", "王"),
        ("BIG-5", b"\xA4\xFD", "王"),
        ("KS X 1001", b"\xB1\xE8", "김"),
        ("Windows-1252", b"M\xFCller", "Müller"),
    ] {
        assert_eq!(
            family(set, name),
            (Some(expected.to_owned()), vec![]),
            "{set}"
        );
    }
}

#[test]
fn a_wrong_declaration_loses_no_message_and_is_doubted_when_it_matters() {
    let doubted = |name: &str| (Some(name.to_owned()), vec!["MSH-18".to_owned()]);
    assert_eq!(family("ASCII", b"M\xFCller"), doubted("Müller"));
    assert_eq!(family("UNICODE UTF-8", b"M\xFCller"), doubted("Müller"));
    assert_eq!(family("MARTIAN", b"M\xFCller"), doubted("Müller"));
    assert_eq!(family("8859/1", "Müller".as_bytes()), doubted("Müller"));
    assert_eq!(
        family("8859/1", b"Muller"),
        (Some("Muller".to_owned()), vec![])
    );
    assert_eq!(family("CNS 11643-1992", b"\xA4\xFD"), doubted("王"));
    assert_eq!(family("ISO IR87", b"\x8ER\x93c"), doubted("山田"));
    // One broken byte does not garble what is beside it.
    assert_eq!(
        family("", "Žižka \u{a0}".as_bytes()).0.as_deref(),
        Some("Žižka")
    );
    let mixed = ["Žižka ".as_bytes(), b"M\xFC"].concat();
    assert_eq!(family("UNICODE UTF-8", &mixed), doubted("Žižka Mü"));
}

#[test]
fn wide_bodies_are_read_with_and_without_a_mark_and_a_frame() {
    let text = "MSH|^~\\&|A|B|||20261122||ADT^A03|1|P|2.5\rPID|1||7||Müller^中\r";
    let sixteen = |mark: &[u8], order: fn(u16) -> [u8; 2]| {
        let mut body = mark.to_vec();
        body.extend(text.encode_utf16().flat_map(order));
        body
    };
    let thirty_two: Vec<u8> = text
        .chars()
        .flat_map(|c| u32::from(c).to_le_bytes())
        .collect();
    let framed = sixteen(b"\x0b\0", u16::to_le_bytes);
    for body in [
        sixteen(b"", u16::to_le_bytes),
        sixteen(b"\xFF\xFE", u16::to_le_bytes),
        sixteen(b"", u16::to_be_bytes),
        sixteen(b"\xFE\xFF", u16::to_be_bytes),
        [
            b"\x0b".to_vec(),
            sixteen(b"\xFE\xFF", u16::to_be_bytes),
            b"\x1c\r".to_vec(),
        ]
        .concat(),
        framed,
        thirty_two.clone(),
        [b"\xFF\xFE\0\0".to_vec(), thirty_two].concat(),
    ] {
        assert!(super::super::looks_like_hl7(&body));
        assert_eq!(one(&body).patient.names[0].shown(), "Müller, 中");
    }
}

#[test]
fn escapes_may_be_bytes_of_the_messages_own_set_or_of_one_they_switch_on() {
    assert_eq!(family("8859/2", b"\\XD8ED\\ha").0.as_deref(), Some("Říha"));
    assert_eq!(
        family("", b"M\\XC3\\\\XBC\\ller").0.as_deref(),
        Some("Müller")
    );
    assert_eq!(family("", b"M\\xfc\\ller").0.as_deref(), Some("Müller"));
    assert_eq!(
        family("", b"\\M2442\\;3ED\\C2842\\ X").0.as_deref(),
        Some("山田 X")
    );
    assert_eq!(
        family("", b"\\C2D4C\\\\XB8D2D0DD\\").0.as_deref(),
        Some("Иван")
    );
    assert_eq!(family("", b"\\M9999\\x").0.as_deref(), Some("\\M9999\\x"));
}

#[test]
fn a_sites_own_escape_stays_and_is_doubted() {
    let facts = with(r"NTE|1||see \Z01F3\ there and C:\Zebra");
    assert_eq!(facts.notes, [r"see \Z01F3\ there and C:\Zebra"]);
    assert_eq!(places(&facts), ["NTE-3"]);
}

#[test]
fn nothing_decoded_is_decoded_again() {
    let facts = with(r"NTE|1||\E\F\E\ and \X5C\F\X5C\");
    assert_eq!(facts.notes, [r"\F\ and \F\"]);
}

#[test]
fn formatted_text_keeps_its_layout() {
    let facts = with(
        r"OBX|1|FT|1^Report||  Head\.sp2\\.in+4\one\.ce\two\.sk3\three\.TI-2\\.br\  four\.fi\||||||F",
    );
    assert_eq!(
        facts.results[0].value.as_deref(),
        Some("  Head\n\none\ntwo   three\n  four")
    );
}

#[test]
fn a_message_names_its_own_truncation_character() {
    let facts = one(b"MSH|^~\\&@|A|B|||20261122||ADT^A03|1|P|2.7\rPID|1||7\rNTE|1||cut\\P\\");
    assert_eq!(facts.notes, ["cut@"]);
}

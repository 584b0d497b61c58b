//! What every property needs: the same cases on every run, and marks planted in
//! values, which no doubt and no problem may quote.

use crate::domain::facts::{ClinicalFacts, Reading};
use crate::domain::wishes::{SitePlace, Wishes};
use crate::formats::read::read;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Stands in every planted value. No standard knows the word.
pub const MARK: &str = "QXZVOX";

/// A fixed seed and no files: a failure repeats, and leaves nothing behind.
pub fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x5EED),
        ..ProptestConfig::default()
    }
}

/// Reads with every wish a channel can have.
pub fn wishing(body: &[u8]) -> Reading {
    let place = |text: &str| SitePlace::try_from(text.to_owned()).expect("a place");
    let wishes = Wishes {
        site_places: vec![place("ZPD-1"), place("ZPD-2.1"), place("OBX-5")],
        split_patients: true,
    };
    read(body, None, &wishes)
}

pub fn plainly(body: &[u8]) -> Reading {
    read(body, None, &Wishes::default())
}

/// What holds for every body: it is not silent, it can be printed, and nothing
/// that is said about it quotes a planted value.
pub fn assert_told(reading: &Reading) -> Result<(), TestCaseError> {
    prop_assert!(!reading.messages.is_empty() || !reading.problems.is_empty());
    prop_assert!(serde_json::to_string(reading).is_ok());
    let said = said(reading);
    let quoted = said.iter().find(|said| said.to_uppercase().contains(MARK));
    prop_assert!(quoted.is_none(), "quotes a value: {quoted:?}");
    Ok(())
}

/// The same, with every wish and with none; and once more, with the same end: no
/// order of a hash map shows.
pub fn assert_told_each_time(body: &[u8]) -> Result<(), TestCaseError> {
    let (every, none) = (wishing(body), plainly(body));
    assert_told(&every)?;
    assert_told(&none)?;
    let printed = |reading: &Reading| serde_json::to_string(reading).ok();
    prop_assert_eq!(printed(&every), printed(&wishing(body)));
    prop_assert_eq!(printed(&none), printed(&plainly(body)));
    Ok(())
}

fn said(reading: &Reading) -> Vec<String> {
    let problems = reading.problems.iter();
    let doubts = reading.messages.iter().flat_map(|facts| &facts.doubts);
    problems
        .map(|problem| format!("{}: {}", problem.at, problem.why))
        .chain(doubts.map(|doubt| format!("{}: {}", doubt.at, doubt.why)))
        .collect()
}

/// Facts without what depends on where the message lay in its body.
pub fn wherever(mut reading: Reading) -> Vec<ClinicalFacts> {
    for facts in &mut reading.messages {
        facts.source = None;
        facts.ordinal = 0;
    }
    reading.messages
}

/// Text of every script that a person could have typed into a form, with the
/// characters that formats use for themselves among it. Blanks at the ends are
/// layout, so there are none.
pub fn typed() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "|",
        "^",
        "~",
        "\\",
        "&",
        "#",
        "\\F\\",
        "\\X41\\",
        "\"",
        "<",
        ">",
        "&amp;",
        "{",
        "]]>",
        "é",
        "Ł",
        "山田",
        "محمد",
        "é́",
        "\u{1F9EA}",
        "$",
        "'",
        "--",
        "/",
        "%",
    ]);
    let word = prop_oneof![
        2 => "[A-Za-z]{1,6}".boxed(),
        2 => odd.prop_map(str::to_owned).boxed(),
        1 => any::<char>().prop_filter("printable", |c| printable(*c)).prop_map(String::from).boxed(),
        1 => Just(" ".to_owned()).boxed(),
    ];
    let text = prop::collection::vec(word, 1..8).prop_map(|words| words.concat());
    text.prop_map(|text| text.trim().to_owned())
        .prop_filter("says something", |text| !text.is_empty() && text != "\"\"")
}

/// No control, no white space but the blank, nothing that text loses on its way:
/// byte order marks, private use and unassigned code points.
fn printable(c: char) -> bool {
    let special = matches!(u32::from(c), 0xFEFF | 0xFFF0..=0xFFFF | 0xE000..=0xF8FF | 0xF0000..);
    !c.is_control() && !c.is_whitespace() && !special
}

/// Any bytes, and bytes that look a little like a message.
pub fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let beginning = prop::sample::select(vec![
        &b""[..],
        b"MSH|^~\\&|",
        b"\xEF\xBB\xBFMSH|",
        b"\x0bMSH^~\\&|",
        b"FHS|^~\\&\rBHS|^~\\&\r",
        b"{\"resourceType\":\"Bundle\",",
        b"[",
        b"<?xml version=\"1.0\"?><ClinicalDocument xmlns=\"urn:hl7-org:v3\">",
        b"<",
        b"\xFF\xFEM\0S\0H\0|\0",
        b"\xFE\xFF\0M\0S\0H\0|",
    ]);
    let rest = prop::collection::vec(any::<u8>(), 0..300);
    (beginning, rest).prop_map(|(beginning, rest)| [beginning, &rest].concat())
}

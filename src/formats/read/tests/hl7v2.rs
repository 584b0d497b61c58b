//! HL7 v2: what is written is read, however it was framed, encoded or escaped.

use super::FIXTURES;
use super::marks::{MARK, assert_told, assert_told_each_time, cases, plainly, typed, wherever};
use crate::domain::facts::ClinicalFacts;
use proptest::prelude::*;

/// The five characters of MSH-1 and MSH-2: field, component, repetition,
/// escape, subcomponent.
type Delimiters = [char; 5];

const USUAL: Delimiters = ['|', '^', '~', '\\', '&'];

/// Usual ones, and what a site may have chosen in their place.
fn delimiters() -> impl Strategy<Value = Delimiters> {
    prop_oneof![
        3 => Just(USUAL).boxed(),
        1 => Just(['#', '@', '*', '!', '$']).boxed(),
        1 => Just(['|', '^', '~', '?', '&']).boxed(),
    ]
}

/// Escapes a text for a message with these delimiters (2.5.1 §2.7).
fn escaped(text: &str, delimiters: Delimiters) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        let place = delimiters.iter().position(|delimiter| *delimiter == c);
        match place {
            Some(place) => {
                let escape = delimiters[3];
                escaped.push(escape);
                escaped.push(['F', 'S', 'R', 'E', 'T'][place]);
                escaped.push(escape);
            }
            None => escaped.push(c),
        }
    }
    escaped
}

/// The values whose way through the reader is followed.
#[derive(Debug, Clone)]
struct Told {
    family: String,
    given: String,
    number: String,
    visit: String,
    diagnosis: String,
    allergen: String,
    test: String,
    result: String,
}

fn told() -> impl Strategy<Value = Told> {
    let one = || typed();
    let values = (one(), one(), one(), one(), one(), one(), one(), one());
    values.prop_map(
        |(family, given, number, visit, diagnosis, allergen, test, result)| Told {
            family,
            given,
            number,
            visit,
            diagnosis,
            allergen,
            test,
            result,
        },
    )
}

impl Told {
    /// A message of eight segments that says all of it; MSH-18 as given.
    fn written(&self, d: Delimiters, charset: &str) -> String {
        let e = |text: &str| escaped(text, d);
        let text = format!(
            "MSH|ENC|LAB|SITE|||20261122164500+0000||ADT^A01^ADT_A01|C-1|P|2.5.1||||||{charset}\r\
             EVN||20261122164200+0000\r\
             PID|1||{number}^^^SITE^MR||{family}^{given}||19580417|F\r\
             PV1|1|I|||||||||||||||||{visit}\r\
             AL1|1|DA|A1^{allergen}^L\r\
             DG1|1||D1^{diagnosis}^L|||F\r\
             OBX|1|ST|T1^{test}^L||{result}||||||F\r",
            number = "\u{1}1",
            family = "\u{1}2",
            given = "\u{1}3",
            visit = "\u{1}4",
            allergen = "\u{1}5",
            diagnosis = "\u{1}6",
            test = "\u{1}7",
            result = "\u{1}8",
        );
        // The skeleton first, then the values: they have delimiters of their own.
        let mut written: String = text
            .chars()
            .map(|c| match c {
                '|' => d[0],
                '^' => d[1],
                other => other,
            })
            .collect();
        let encoding: String = d[1..].iter().collect();
        written = written.replacen("ENC", &encoding, 1);
        let values = [
            &self.number,
            &self.family,
            &self.given,
            &self.visit,
            &self.allergen,
            &self.diagnosis,
            &self.test,
            &self.result,
        ];
        for (place, value) in values.into_iter().enumerate() {
            written = written.replacen(&format!("\u{1}{}", place + 1), &e(value), 1);
        }
        written
    }

    fn assert_found(&self, facts: &ClinicalFacts) -> Result<(), TestCaseError> {
        let text = |text: &str| Some(text.to_owned());
        let name = &facts.patient.names[0];
        prop_assert_eq!(&name.family, &text(&self.family));
        prop_assert_eq!(&name.given, std::slice::from_ref(&self.given));
        prop_assert_eq!(&facts.patient.identifiers[0].value, &self.number);
        let visit = facts
            .encounter
            .as_ref()
            .and_then(|visit| visit.number.clone());
        prop_assert_eq!(visit, text(&self.visit));
        prop_assert_eq!(&facts.allergies[0].code.text, &text(&self.allergen));
        prop_assert_eq!(&facts.conditions[0].code.text, &text(&self.diagnosis));
        prop_assert_eq!(&facts.results[0].code.text, &text(&self.test));
        prop_assert_eq!(&facts.results[0].value, &text(&self.result));
        prop_assert!(facts.doubts.is_empty(), "{:?}", facts.doubts);
        Ok(())
    }
}

fn latin1(text: &str) -> Option<Vec<u8>> {
    let bytes = text.chars().map(|c| u8::try_from(u32::from(c)).ok());
    // 0x80 to 0x9F are controls in 8859/1, and letters where it is believed less.
    bytes
        .map(|byte| byte.filter(|byte| !(0x80..0xA0).contains(byte)))
        .collect()
}

fn batch(message: &str) -> String {
    format!("FHS|^~\\&|LAB\rBHS|^~\\&|LAB\r{message}BTS|1\rFTS|1\r")
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn what_is_written_is_read_with_any_characters_and_delimiters(
        told in told(), delimiters in delimiters(),
    ) {
        let body = told.written(delimiters, "UNICODE UTF-8");
        let reading = plainly(body.as_bytes());
        prop_assert_eq!(reading.messages.len(), 1, "{:?}", reading.problems);
        told.assert_found(&reading.messages[0])?;
    }

    #[test]
    fn the_same_facts_come_out_of_every_frame(told in told()) {
        let body = told.written(USUAL, "UNICODE UTF-8");
        let plain = wherever(plainly(body.as_bytes()));
        let framed = [
            ("CRLF", body.replace('\r', "\r\n")),
            ("LF", body.replace('\r', "\n")),
            ("no last CR", body.trim_end_matches('\r').to_owned()),
            ("MLLP", format!("\u{b}{body}\u{1c}\r")),
            ("batch", batch(&body)),
            ("batch in CRLF", batch(&body).replace('\r', "\r\n")),
            ("byte order mark", format!("\u{feff}{body}")),
            ("blank lines", format!("\r\n\r\n{}\r\r", body.replacen("\rPV1", "\r\rPV1", 1))),
        ];
        for (frame, body) in framed {
            prop_assert_eq!(&wherever(plainly(body.as_bytes())), &plain, "{}", frame);
        }
    }

    #[test]
    fn the_same_facts_come_out_of_every_encoding(told in told()) {
        let unicode = told.written(USUAL, "UNICODE UTF-8");
        let plain = wherever(plainly(unicode.as_bytes()));
        if let Some(bytes) = latin1(&told.written(USUAL, "8859/1")) {
            prop_assert_eq!(&wherever(plainly(&bytes)), &plain, "8859/1");
        }
        // UTF-8 that nobody declared is recognised.
        let undeclared = told.written(USUAL, "");
        prop_assert_eq!(&wherever(plainly(undeclared.as_bytes())), &plain, "undeclared");
        let wide: Vec<u8> = told.written(USUAL, "UNICODE UTF-16").encode_utf16().flat_map(u16::to_be_bytes).collect();
        let marked = [&b"\xFE\xFF"[..], &wide].concat();
        prop_assert_eq!(&wherever(plainly(&marked)), &plain, "UTF-16");
    }

    #[test]
    fn each_message_of_a_body_is_read(all in prop::collection::vec(told(), 1..5), framed in any::<bool>()) {
        let bodies = all.iter().map(|told| told.written(USUAL, "UNICODE UTF-8"));
        let body: String = bodies
            .map(|body| if framed { format!("\u{b}{body}\u{1c}\r") } else { body })
            .collect();
        let reading = plainly(body.as_bytes());
        prop_assert_eq!(reading.messages.len(), all.len());
        for (told, facts) in all.iter().zip(&reading.messages) {
            told.assert_found(facts)?;
        }
    }
}

/// Segments that readers know, some they do not, and some that are none.
const SEGMENTS: &[&str] = &[
    "EVN", "PID", "PD1", "NK1", "PV1", "PV2", "AL1", "IAM", "DG1", "PR1", "OBR", "OBX", "NTE",
    "ORC", "RXO", "RXE", "RXD", "RXR", "RXA", "RXC", "TQ1", "GT1", "IN1", "IN2", "ROL", "PRT",
    "TXA", "RF1", "PRD", "CTD", "AUT", "ARV", "CON", "MRG", "SCH", "AIS", "AIG", "AIL", "AIP",
    "RGS", "SPM", "FT1", "ZPD", "ZZ9", "DSC", "ADD", "BTS", "MSH", "pid", "PI", "OBXX", "",
];

const EVENTS: &[&str] = &[
    "ADT^A01",
    "ADT^A02",
    "ADT^A03^ADT_A03",
    "ADT^A08",
    "ADT^A11",
    "ADT^A13",
    "ADT^A17",
    "ADT^A31",
    "ADT^A40",
    "REF^I12",
    "MDM^T02",
    "MDM^T10",
    "ORU^R01",
    "RDE^O11",
    "OMP^O09",
    "ORM^O01",
    "OML^O21",
    "SIU^S12",
    "VXU^V04",
    "PPR^PC1",
    "ACK",
    "XXX^Y99",
    "",
    "^",
];

/// What stands in a field: mostly text with the mark in it, in the shapes that
/// a reader takes apart.
fn field() -> impl Strategy<Value = String> {
    let marked = |shape: &'static str| Just(shape.replace('@', MARK));
    prop_oneof![
        4 => Just(String::new()).boxed(),
        1 => Just("\"\"".to_owned()).boxed(),
        6 => prop::sample::select(vec![
            "@", "@^@", "@^@^@^@^@", "@~@", "@^@&@&@^@~@&@", "@\\F\\@", "@\\", "\\@\\", "\\X@\\",
            "\\.@\\", "\\C@\\@", "^^^@&1.2.3&ISO^@", "1@", "2026@", "20261345@", "@20260101",
            "^@^PDF^Base64^@", "^AP^@^A^@", "^@^@^Hex^4A@", "<^@", "@^1^-^@", "  @  ", "@\n@", "@\t",
        ]).prop_map(|shape| shape.replace('@', MARK)).boxed(),
        2 => prop::sample::select(vec![
            "1", "A", "F", "M", "ST", "NM", "ED", "TX", "CWE", "SN", "RP", "FT", "20260101", "2026",
            "20260101120000.1234+0100", "DA", "SV", "MR", "RP^R", "-1", "99999999999999999999",
            "202602301200", "0000", "1^2^3", "^application^pdf^Base64^JVBERi0xLjQK", "AL^B",
        ]).prop_map(str::to_owned).boxed(),
        1 => typed().prop_map(|text| format!("{MARK}{text}")).boxed(),
        1 => marked("\u{b}@\u{1c}").boxed(),
    ]
}

fn message() -> impl Strategy<Value = String> {
    let segment = (
        prop::sample::select(SEGMENTS),
        prop::collection::vec(field(), 0..24),
    );
    let segment = segment.prop_map(|(name, fields)| format!("{name}|{}", fields.join("|")));
    let event = prop::sample::select(EVENTS);
    let segments = prop::collection::vec(segment, 0..12);
    let ends = prop::sample::select(vec!["\r", "\r", "\n", "\r\n", "\n\r"]);
    let charset = prop::sample::select(vec![
        "",
        "UNICODE UTF-8",
        "8859/1",
        "ASCII",
        "ISO IR87",
        MARK,
    ]);
    (event, segments, ends, charset).prop_map(|(event, segments, end, charset)| {
        let head =
            format!("MSH|^~\\&|{MARK}|{MARK}|||{MARK}||{event}|{MARK}|P|2.5.1||||||{charset}");
        let mut lines = vec![head, format!("PID|1||{MARK}^^^{MARK}^MR||{MARK}^{MARK}")];
        lines.extend(segments);
        lines.join(end) + end
    })
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn no_message_is_silent_or_quoted(body in message()) {
        assert_told_each_time(body.as_bytes())?;
    }

    #[test]
    fn a_cut_message_is_told(fixture in 0..4_usize, cut in any::<prop::sample::Index>()) {
        let body = FIXTURES[fixture];
        assert_told(&plainly(&body[..cut.index(body.len())]))?;
    }
}

//! Confidentiality as v2 writes it → labels, each in the v2 table it is from. A
//! `U` of table 0177 or 0272 is usual control and must never become FHIR's `U`.

use super::{
    datatypes,
    tree::{Segment, Value},
    walk::Walk,
};
use crate::domain::facts::{Coded, Label};

/// The name FHIR's terminology gives to a table of v2.
pub fn table(number: u16) -> String {
    format!("http://terminology.hl7.org/CodeSystem/v2-{number:04}")
}

/// Each repetition of a coded field is a label.
pub fn coded(segment: &Segment, field: usize, number: u16, of: &'static str, walk: &mut Walk) {
    for value in segment.values(field) {
        let mut code = datatypes::coded(value);
        if !code.is_empty() {
            code.system = code.system.or_else(|| Some(table(number)));
            walk.facts.labels.push(label(segment, code, of, value));
        }
    }
}

/// A field of table 0136 where `Y` asks for protection. An `N` asks for nothing.
pub fn indicator(segment: &Segment, field: usize, words: &str, of: &'static str, walk: &mut Walk) {
    let Some(value) = segment.value(field) else {
        return;
    };
    match value.text(1).as_deref() {
        Some("N" | "n") | None => {}
        Some(code) => {
            let code = Coded {
                code: Some(code.to_owned()),
                system: Some(table(136)),
                text: Some(words.to_owned()),
                ..Coded::default()
            };
            walk.facts.labels.push(label(segment, code, of, value));
        }
    }
}

pub fn label(segment: &Segment, code: Coded, of: &'static str, value: Value) -> Label {
    let mut at = segment.places(&[]);
    for (part, read) in [("code", code.code.is_some()), ("text", code.text.is_some())] {
        if read {
            at.add(part, value.at());
        }
    }
    Label { code, of, at }
}

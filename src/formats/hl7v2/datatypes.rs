//! The composite types of HL7 v2 → the words of the facts: CWE, CX, XPN, XCN,
//! XTN, PL. What a type cannot say stays absent.

use super::tree::{Segment, Value};
use crate::domain::facts::{Coded, HumanName, Identifier, Party};

/// CE, CWE, CNE: the first code, or the alternate one where the first is empty.
pub fn coded(value: Value) -> Coded {
    let triple = |first: usize| Coded {
        code: value.text(first),
        text: value.text(first + 1),
        system: value.text(first + 2),
    };
    let mut coded = triple(1);
    if coded.is_empty() {
        coded = triple(4);
    }
    // CWE-9 is what a person wrote before anything was coded.
    coded.text = coded.text.or_else(|| value.text(9));
    coded
}

/// The words of a coded value, or its code.
pub fn words(value: Value) -> Option<String> {
    let coded = coded(value);
    coded.text.or(coded.code)
}

/// The words of every repetition of a coded field.
pub fn all_words(segment: &Segment, field: usize) -> Option<String> {
    let words: Vec<String> = segment.values(field).filter_map(words).collect();
    (!words.is_empty()).then(|| words.join("; "))
}

/// CX: an identifier with its assigning authority (component 4) and type (5).
pub fn identifier(value: Value) -> Option<Identifier> {
    let identifier = value.text(1)?;
    Some(Identifier {
        value: identifier,
        system: authority(value, 4),
        type_code: value.text(5),
        ..Identifier::default()
    })
}

/// HD: `urn:oid:…` where the universal id is an ISO one, else the local name.
pub fn authority(value: Value, component: usize) -> Option<String> {
    let universal = value.part(component, 2);
    match value.part(component, 3).as_deref() {
        Some("ISO") if universal.is_some() => universal.map(|oid| format!("urn:oid:{oid}")),
        _ => value.part(component, 1).or(universal),
    }
}

/// XPN: the family name is a component with parts of its own since 2.3.1.
pub fn human_name(value: Value) -> Option<HumanName> {
    let given: Vec<String> = [2, 3].into_iter().filter_map(|n| value.text(n)).collect();
    let name = HumanName {
        family: value.text(1),
        given,
        text: None,
        ..HumanName::default()
    };
    (name.family.is_some() || !name.given.is_empty()).then_some(name)
}

/// XCN: a person with an identifier before the name.
pub fn person(value: Value) -> Option<Party> {
    let party = Party {
        id: value.text(1),
        family: value.text(2),
        given: value.text(3),
        ..Party::default()
    };
    (!party.is_empty()).then_some(party)
}

/// XTN: the number as written (12 since 2.7, 1 before), an address (4), or the
/// number in its parts (6, 7).
pub fn telecom(value: Value) -> Option<String> {
    let parts = || match (value.text(6), value.text(7)) {
        (Some(area), Some(local)) => Some(format!("({area}) {local}")),
        (area, local) => local.or(area),
    };
    value
        .text(12)
        .or_else(|| value.text(1))
        .or_else(|| value.text(4))
        .or_else(parts)
}

/// PL: point of care, room, bed, facility, as one reads them on a door.
pub fn location(value: Value) -> Option<String> {
    let parts: Vec<String> = (1..=4).filter_map(|n| value.text(n)).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

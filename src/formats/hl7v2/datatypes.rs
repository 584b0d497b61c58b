//! The composite types of HL7 v2 → the words of the facts: CWE, CX, XPN, XCN,
//! XAD, XTN, XON, PL. What a type cannot say stays absent.

use super::{
    time,
    tree::{Segment, Value},
};
use crate::domain::facts::{
    Address, Coded, Doubt, HumanName, Identifier, OtherCode, Participant, Party, Places, When,
};

/// CE, CWE, CNE: the first code, or the alternate one where the first is empty.
pub fn coded(value: Value) -> Coded {
    let triple = |first: usize| Coded {
        code: value.text(first),
        text: value.text(first + 1),
        system: value.text(first + 2),
        also: Vec::new(),
    };
    let mut coded = triple(1);
    if coded.is_empty() {
        coded = triple(4);
    } else if let Some(code) = value.text(4) {
        let system = value.text(6);
        coded.also = vec![OtherCode { code, system }];
    }
    // The alternate code's words, then CWE-9, what a person wrote before
    // anything was coded.
    coded.text = coded
        .text
        .or_else(|| value.text(9))
        .or_else(|| value.text(5));
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

/// The code of an entry and its places: the words may come from a description
/// field and the system from one for the coding method (DG1-4, DG1-2).
pub fn coded_at(
    segment: &Segment,
    field: usize,
    description: Option<usize>,
    system: Option<usize>,
) -> (Coded, Places) {
    let mut code = segment.value(field).map(coded).unwrap_or_default();
    let mut at = segment.places(&[
        ("code", field, code.code.is_some()),
        ("text", field, code.text.is_some()),
        ("system", field, code.system.is_some()),
    ]);
    if let (None, Some(described)) = (&code.text, description.and_then(|d| segment.value(d))) {
        code.text = described.whole();
        at.add("text", described.at());
    }
    if let (None, Some(method)) = (&code.system, system.and_then(|s| segment.value(s))) {
        code.system = method.text(1);
        if code.system.is_some() {
            at.add("system", method.at());
        }
    }
    (code, at)
}

/// What the sender wrote beside a code that has words of its own.
pub fn beside(segment: &Segment, field: usize, code: &Coded) -> Option<String> {
    let said = segment.value(field)?.whole()?;
    let words = code.text.as_ref()?;
    let same = words.trim().eq_ignore_ascii_case(&said);
    (!same).then_some(said)
}

/// The code of an entry that must name something.
pub fn named(
    segment: &Segment,
    field: usize,
    description: Option<usize>,
    system: Option<usize>,
    doubts: &mut Vec<Doubt>,
) -> Option<(Coded, Places)> {
    let (code, at) = coded_at(segment, field, description, system);
    if code.is_empty() {
        let why = "the entry names nothing and was left out";
        doubts.push(Doubt::new(segment.at(field), why));
        return None;
    }
    Some((code, at))
}

/// Tables 0206, 0287 and 0323: these ask to delete what an earlier message said.
pub fn is_deleted(segment: &Segment, field: usize, doubts: &mut Vec<Doubt>) -> bool {
    let action = segment.text(field, 1).map(|code| code.to_ascii_uppercase());
    let deleted = matches!(action.as_deref(), Some("D" | "DE" | "UN"));
    if deleted {
        let why = "the entry is marked as deleted and was left out";
        doubts.push(Doubt::new(segment.at(field), why));
    }
    deleted
}

pub fn time(segment: &Segment, field: usize, doubts: &mut Vec<Doubt>) -> Option<When> {
    time::read(segment.value(field), 1, doubts)
}

/// CX: an identifier with its assigning authority (component 4) and type (5).
pub fn identifier(value: Value) -> Option<Identifier> {
    let place = value.at();
    let mut at = Places::of(place.clone()).with("value", format!("{place}.1"));
    let (system, type_code) = (authority(value, 4), value.text(5));
    for (part, component, read) in [("system", 4, &system), ("type", 5, &type_code)] {
        if read.is_some() {
            at.add(part, format!("{place}.{component}"));
        }
    }
    Some(Identifier {
        value: value.text(1)?,
        system,
        type_code,
        at,
    })
}

/// The units of a value: words before a code of digits alone, the alternate ones
/// where the first are empty, and `10^9/L` put together again.
pub fn units(segment: &Segment, field: usize) -> Option<String> {
    let value = segment.value(field)?;
    let part = |n: usize| {
        value
            .text(n)
            .as_deref()
            .map(unquoted)
            .filter(|u| !u.is_empty())
    };
    let (first, second) = (part(1), part(2));
    let power = |text: &String| text.starts_with(|c: char| c.is_ascii_digit());
    if let (Some(base), Some(exponent)) = (&first, second.as_ref().filter(|s| power(s)))
        && base.trim_start_matches(['x', 'X', '*', ' ']) == "10"
    {
        return Some(format!("{base}^{exponent}"));
    }
    let digits = |text: &String| text.bytes().all(|b| b.is_ascii_digit());
    let all = [first, second, part(4), part(5)];
    let words = all.iter().flatten().find(|text| !digits(text));
    words.or_else(|| all.iter().flatten().next()).cloned()
}

/// Without the quotes that some put around a text.
fn unquoted(text: &str) -> String {
    let inner = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or(text).trim().to_owned()
}

/// EI: a number, or the universal identifier where some systems put it alone.
pub fn entity(value: Value) -> Option<String> {
    value.text(1).or_else(|| value.text(3))
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
    let place = value.at();
    let mut at = Places::of(place.clone());
    let family = value.text(1);
    let given: Vec<String> = [2, 3].into_iter().filter_map(|n| value.text(n)).collect();
    if family.is_some() {
        at.add("family", format!("{place}.1"));
    }
    if !given.is_empty() {
        at.add("given", format!("{place}.2"));
    }
    let name = HumanName {
        family,
        given,
        text: None,
        at,
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

/// XON: an organisation by name, with its identifier (10 since 2.5, 3 before).
pub fn organization(value: Value) -> Option<Party> {
    let party = Party {
        id: value.text(10).or_else(|| value.text(3)),
        organization: value.text(1),
        ..Party::default()
    };
    (!party.is_empty()).then_some(party)
}

/// Everybody a field of persons names, in one role.
pub fn team(segment: &Segment, field: usize, role: &str) -> Vec<Participant> {
    let member = |value: Value| {
        Some(Participant {
            role: Some(role.to_owned()),
            party: person(value)?,
            at: segment.places(&[]).with("party", value.at()),
        })
    };
    segment.values(field).filter_map(member).collect()
}

/// XAD: street and other designation are lines.
pub fn address(value: Value) -> Option<Address> {
    let address = Address {
        line: [1, 2].into_iter().filter_map(|n| value.text(n)).collect(),
        city: value.text(3),
        state: value.text(4),
        postal_code: value.text(5),
        country: value.text(6),
    };
    (!address.is_empty()).then_some(address)
}

/// XTN: the number as written (12 since 2.7, 1 before), an address (4), or the
/// number in its parts (5 to 8).
pub fn telecom(value: Value) -> Option<String> {
    value
        .text(12)
        .or_else(|| value.text(1))
        .or_else(|| value.text(4))
        .or_else(|| number_in_parts(value))
}

fn number_in_parts(value: Value) -> Option<String> {
    let number = match (value.text(6), value.text(7)) {
        (Some(area), Some(local)) => format!("({area}) {local}"),
        (area, local) => local.or(area)?,
    };
    let number = match value.text(5) {
        Some(country) => format!("+{} {number}", country.trim_start_matches('+')),
        None => number,
    };
    Some(match value.text(8) {
        Some(extension) => format!("{number} ext. {extension}"),
        None => number,
    })
}

/// The numbers and addresses of several fields, each once, and their places.
pub fn telecoms(segment: &Segment, fields: &[usize], at: &mut Places) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for value in fields.iter().flat_map(|field| segment.values(*field)) {
        if let Some(telecom) = telecom(value).filter(|telecom| !found.contains(telecom)) {
            found.push(telecom);
            at.also("telecoms", value.at());
        }
    }
    found
}

/// PL: point of care, room, bed, facility, as one reads them on a door.
pub fn location(value: Value) -> Option<String> {
    let parts: Vec<String> = (1..=4).filter_map(|n| value.text(n)).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

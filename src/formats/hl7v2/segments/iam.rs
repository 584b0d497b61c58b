//! IAM → an allergy, as AL1 and with an action of its own (2.4 and later).

use std::borrow::Cow;

use super::{Room, al1};
use crate::domain::facts::AllergyList;
use crate::formats::hl7v2::{datatypes, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["IAM"],
    read,
};

fn read(segment: &Segment, walk: &mut Walk) {
    // Table 0206: what was added, deleted or updated is no list of all.
    let action = segment.text(6, 1).map(|code| code.to_ascii_uppercase());
    if matches!(action.as_deref(), Some("A" | "D" | "U")) {
        walk.facts.allergy_list = AllergyList::Changes;
    }
    if datatypes::is_deleted(segment, 6, &mut walk.facts.doubts) {
        let (code, _) = datatypes::coded_at(segment, 3, None, None);
        if !code.is_empty() {
            walk.facts.withdrawn_allergies.push(code);
        }
        return;
    }
    let Some((status, verification)) = clinical(segment, walk) else {
        return;
    };
    if let Some(mut allergy) = al1::entry(segment, 11, status, walk) {
        if verification.is_some() {
            allergy.at.add("verification", segment.at(17));
        }
        allergy.verification = verification.map(Cow::Borrowed);
        walk.facts.allergies.push(allergy);
    }
}

/// IAM-17 (table 0438): its clinical status, and the verification where it is
/// not certain. What is erroneous is no allergy.
fn clinical(segment: &Segment, walk: &mut Walk) -> Option<(&'static str, Option<&'static str>)> {
    let code = segment.text(17, 1).map(|code| code.to_ascii_uppercase());
    Some(match code.as_deref() {
        None | Some("C" | "CONFIRMED" | "VERIFIED") => ("active", None),
        Some("I" | "INACTIVE") => ("inactive", None),
        Some("U" | "P" | "S" | "D" | "UNCONFIRMED" | "PENDING" | "SUSPECT" | "SUSPECTED") => {
            ("active", Some("unconfirmed"))
        }
        Some("E" | "ERRONEOUS") => {
            let why = "the entry is marked as erroneous and was left out";
            walk.doubt(segment.at(17), why);
            // What was said by mistake is no fact from an earlier message either.
            let (code, _) = datatypes::coded_at(segment, 3, None, None);
            if !code.is_empty() {
                walk.facts.withdrawn_allergies.push(code);
            }
            return None;
        }
        Some(_) => {
            walk.doubt(segment.at(17), "the code is not in table 0438");
            ("active", Some("unconfirmed"))
        }
    })
}

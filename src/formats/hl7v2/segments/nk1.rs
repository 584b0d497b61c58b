//! NK1 → a contact: next of kin, carer, emergency contact.

use super::Room;
use crate::domain::facts::{HumanName, RelatedPerson};
use crate::formats::hl7v2::{datatypes, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["NK1"],
    read,
};

fn read(segment: &Segment, walk: &mut Walk) {
    // NK1-3 says who it is to the patient, NK1-7 what the person does for them.
    let field = if segment.has(3) { 3 } else { 7 };
    let relationship = datatypes::all_words(segment, field);
    let (name, name_field) = name(segment);
    let mut at = segment.places(&[
        ("relationship", field, relationship.is_some()),
        ("name", name_field, name.is_some()),
    ]);
    let contact = RelatedPerson {
        relationship,
        name,
        telecoms: datatypes::telecoms(segment, &[5, 6, 40, 31, 41], &mut at),
        at,
    };
    if contact.relationship.is_none() && contact.name.is_none() && contact.telecoms.is_empty() {
        walk.doubt(segment.place(), "the entry names nothing and was left out");
        return;
    }
    walk.facts.contacts.push(contact);
}

/// The person, else who speaks for an organisation, else the organisation.
fn name(segment: &Segment) -> (Option<HumanName>, usize) {
    for field in [2, 30] {
        if let Some(name) = segment.value(field).and_then(datatypes::human_name) {
            return (Some(name), field);
        }
    }
    let organization = segment.text(13, 1).map(|text| HumanName {
        text: Some(text),
        ..HumanName::default()
    });
    (organization, 13)
}

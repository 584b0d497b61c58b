//! GT1 → the guarantor, among the contacts.

use super::Room;
use crate::domain::facts::{HumanName, RelatedPerson};
use crate::formats::hl7v2::{datatypes, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["GT1"],
    read,
};

fn read(segment: &Segment, walk: &mut Walk) {
    let person = segment.value(3).and_then(datatypes::human_name);
    let organization = segment.text(21, 1).map(|text| HumanName {
        text: Some(text),
        ..HumanName::default()
    });
    let field = if person.is_some() { 3 } else { 21 };
    let name = person.or(organization);
    let mut at = segment.places(&[("name", field, name.is_some())]);
    let telecoms = datatypes::telecoms(segment, &[6, 7], &mut at);
    if name.is_none() && telecoms.is_empty() {
        walk.doubt(segment.at(3), "the entry names nothing and was left out");
        return;
    }
    walk.facts.contacts.push(RelatedPerson {
        relationship: Some("guarantor".to_owned()),
        name,
        telecoms,
        at,
    });
}

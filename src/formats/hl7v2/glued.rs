//! Segments that lost the CR between them. They are not cut apart, since a text
//! may say the same by chance, but nobody shall miss them without a word.

use super::tree::{Message, Segment};
use crate::domain::facts::Doubt;

/// Segments that begin with a number, and so can be told from a word.
const NUMBERED: [&str; 18] = [
    "PID", "PV1", "PV2", "NK1", "AL1", "IAM", "DG1", "PR1", "OBR", "OBX", "NTE", "IN1", "GT1",
    "SPM", "TQ1", "RXA", "TXA", "FT1",
];

const WHY: &str = "another segment seems to begin inside of this field and was not read";

pub fn doubts(message: &Message) -> Vec<Doubt> {
    let each = message.segments.iter();
    each.flat_map(|segment| glued(segment).map(|field| Doubt::new(segment.at(field), WHY)))
        .collect()
}

/// Without a patient segment of its own the message may still hold one.
pub fn no_patient(message: &Message) -> Doubt {
    let mut each = message.segments.iter();
    let place = each.find_map(|segment| Some(segment.at(glued(segment).next()?)));
    match place {
        Some(place) => Doubt::new(place, WHY),
        None => Doubt::new("PID", "the message names no patient"),
    }
}

/// Fields that end in a segment's name and are followed by its first field.
fn glued(segment: &Segment) -> impl Iterator<Item = usize> {
    let first = if segment.name() == "MSH" { 3 } else { 1 };
    (first..segment.field_count()).filter(|&field| {
        let Some(name) = last_three(segment.raw(field)) else {
            return false;
        };
        let next = segment.raw(field + 1);
        match name {
            // Without its number only what is stuck to a word, with more behind it.
            _ if next.is_empty() && NUMBERED.contains(&name) => {
                let before = segment.raw(field).strip_suffix(name).unwrap_or_default();
                let last = before.chars().next_back();
                let stuck = last.is_some_and(|c| c.is_lowercase() || c.is_ascii_digit());
                stuck && !segment.raw(field + 2).is_empty()
            }
            "ORC" => next.len() == 2 && next.bytes().all(|b| b.is_ascii_uppercase()),
            _ => {
                let number =
                    (1..=4).contains(&next.len()) && next.bytes().all(|b| b.is_ascii_digit());
                number && NUMBERED.contains(&name)
            }
        }
    })
}

fn last_three(text: &str) -> Option<&str> {
    text.get(text.len().checked_sub(3)?..)
}

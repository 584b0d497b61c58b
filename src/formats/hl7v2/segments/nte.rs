//! NTE → the comment of the result, the medication or the order above it, else of
//! the whole message.

use super::Room;
use crate::formats::hl7v2::{
    tree::{Segment, Value},
    walk::Walk,
};

pub const ROOM: Room = Room {
    names: &["NTE"],
    read,
};

fn read(segment: &Segment, walk: &mut Walk) {
    let lines: Vec<String> = segment
        .values(3)
        .filter_map(|value: Value| value.laid_out())
        .collect();
    if lines.is_empty() {
        return;
    }
    let text = lines.join("\n");
    let place = segment.at(3);
    let result = walk.results.last();
    match result.and_then(|at| walk.facts.results.get_mut(at)) {
        Some(result) => {
            result.notes.push(text);
            result.at.also("notes", place);
        }
        None => match walk.above {
            "OBX" if walk.results.left_out => {
                let why = "the comment of what was left out was left out";
                walk.doubt(segment.place(), why);
            }
            "OBR" | "SPM" if walk.results.is_open() => walk.results.comment(text, place),
            "ORC" | "TQ1" | "RXO" | "RXE" | "RXD" | "RXG" | "RXR" | "RXC" | "RXA" => {
                match walk.order.medication.as_mut() {
                    Some(medication) => medication.notes.push((text, place)),
                    None if walk.results.is_open() => walk.results.comment(text, place),
                    None => walk.order.comments.push((text, place)),
                }
            }
            _ => walk.facts.notes.push(text),
        },
    }
}

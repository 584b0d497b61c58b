//! NTE → the comment of the result above it, else of the whole message.

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
    let result = walk.results.last();
    match result.and_then(|at| walk.facts.results.get_mut(at)) {
        Some(result) => {
            result.notes.push(text);
            result.at.also("notes", segment.at(3));
        }
        None => walk.facts.notes.push(text),
    }
}

//! One message may take back what it said itself: a result, or an instruction, of
//! the same OBX-3, OBX-4 and OBX-14 in the same OBR.

use super::{segments::obr::Key, tree::Segment, walk::Walk};
use crate::domain::facts::{Doubt, Observation};

const UNTOLD: &str = "which of several entries of the message is corrected cannot be told";

/// Puts a result among the others: in the place of the one it corrects, where
/// that is in the same message.
pub fn keep(segment: &Segment, mut result: Observation, corrects: bool, walk: &mut Walk) -> usize {
    let results = &mut walk.facts.results;
    let known = walk.results.seen.entry(key(segment)).or_default();
    if let [one] = known[..]
        && let Some(before) = results.get_mut(one)
        && corrects
        && before.status != Some("corrected")
    {
        let mut notes = std::mem::take(&mut before.notes);
        notes.append(&mut result.notes);
        *before = Observation { notes, ..result };
        return one;
    }
    if corrects && known.len() > 1 {
        let doubt = Doubt::new(segment.at(11), UNTOLD);
        walk.facts.doubts.push(doubt);
    }
    known.push(results.len());
    results.push(result);
    results.len() - 1
}

/// An instruction, or what takes the place of one in the same message.
pub fn instruct(segment: &Segment, text: Option<String>, corrects: bool, walk: &mut Walk) {
    let Some(text) = text else { return };
    let key = key(segment);
    let instructions = &mut walk.facts.instructions;
    if corrects
        && let Some([one]) = walk.results.instructed.get(&key).map(Vec::as_slice)
        && let Some(before) = instructions.get_mut(*one)
    {
        *before = text;
        // Further lines of the correction are not corrections of it.
        walk.results.instructed.remove(&key);
        return;
    }
    let known = walk.results.instructed.entry(key).or_default();
    if corrects && known.len() > 1 {
        let doubt = Doubt::new(segment.at(11), UNTOLD);
        walk.facts.doubts.push(doubt);
    }
    known.push(instructions.len());
    instructions.push(text);
}

fn key(segment: &Segment) -> Key {
    [3, 4, 14].map(|field| segment.raw(field).trim().to_owned())
}

/// What the same message said before under the same name is withdrawn with it.
pub fn withdraw(segment: &Segment, walk: &mut Walk) {
    let key = key(segment);
    let before = walk.results.seen.remove(&key);
    walk.withdrawn.extend(before.unwrap_or_default());
    for place in walk.results.instructed.remove(&key).unwrap_or_default() {
        if let Some(text) = walk.facts.instructions.get_mut(place) {
            text.clear();
        }
    }
    walk.results.lines = None;
    walk.results.left_out = true;
}

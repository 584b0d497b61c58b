//! HL7 v2 bytes → facts. A messy message still walks: what cannot be read is a
//! doubt, and only a message without a type or without a patient stops here.
//! Keeps out the wire format's delimiters, escapes and character sets.

mod charset;
mod clinical;
mod datatypes;
mod delimiters;
mod documents;
mod envelope;
mod escapes;
mod header;
mod lines;
mod observations;
mod orders;
mod patient;
mod referral;
#[cfg(test)]
mod tests;
mod time;
mod tree;
mod visit;

use std::ops::Range;

use crate::domain::facts::{ClinicalFacts, Doubt, Format, Problem, Reading};
use crate::domain::wishes::Wishes;
use tree::{Message, Segment};

pub use envelope::looks_like_hl7;

/// Doubts kept per message. A packet page holds about sixty lines; a message
/// with more doubts than sixteen pages is broken as a whole.
const MAX_DOUBTS: usize = 1_000;

/// Reads every message of a body: one, several in a row, or a batch.
pub fn read(body: &[u8], _wishes: &Wishes) -> Reading {
    match charset::from_utf16(body) {
        Some(text) => read_messages(text.as_bytes(), |_| None),
        None => read_messages(body, |raw| range_in(body, raw)),
    }
}

/// Where a message's slice lies in its body, without what surrounds it: the
/// same message alone, in a batch or in an MLLP frame is the same bytes.
fn range_in(body: &[u8], raw: &[u8]) -> Option<Range<usize>> {
    let around = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, 0x0b | 0x1c);
    let start = raw.iter().position(|byte| !around(byte))?;
    let end = raw.iter().rposition(|byte| !around(byte))? + 1;
    let offset = (raw.as_ptr() as usize).checked_sub(body.as_ptr() as usize)?;
    Some(offset + start..offset + end)
}

fn read_messages(body: &[u8], place: impl Fn(&[u8]) -> Option<Range<usize>>) -> Reading {
    let mut reading = Reading::default();
    let split = envelope::split(body);
    let several = split.messages.len() > 1;
    for (ordinal, raw) in split.messages.iter().enumerate() {
        match read_message(raw, ordinal) {
            Ok(facts) => reading.messages.push(ClinicalFacts {
                source: place(raw),
                ..facts
            }),
            Err(problem) if several => {
                let at = format!("message[{}].{}", ordinal + 1, problem.at);
                reading.problems.push(Problem::new(at, problem.why));
            }
            Err(problem) => reading.problems.push(problem),
        }
    }
    if let (Some(doubt), Some(first)) = (split.preamble, reading.messages.first_mut()) {
        first.doubts.push(doubt);
    }
    reading.problems.extend(split.problem);
    reading
}

fn read_message(raw: &[u8], ordinal: usize) -> Result<ClinicalFacts, Problem> {
    let text = charset::decode(raw);
    let lines = lines::split(&text.content)?;
    let message = tree::parse(&lines)?;
    let mut facts = ClinicalFacts {
        ordinal,
        format: Format::Hl7V2,
        ..ClinicalFacts::default()
    };
    facts.doubts.extend(text.doubt);
    facts.doubts.extend_from_slice(&lines.doubts);
    facts.doubts.extend_from_slice(&message.doubts);
    header::read(&message, &mut facts)?;
    patient::read(&message, &mut facts)?;
    read_segments(&message, &mut facts);
    limit_doubts(&mut facts.doubts);
    Ok(facts)
}

/// Hands each segment to its topic, in the order of the message: an NTE or an
/// RXR belongs to what came before it.
fn read_segments(message: &Message, facts: &mut ClinicalFacts) {
    let mut results = observations::Group::default();
    let mut orders = orders::Group::default();
    for segment in &message.segments {
        read_segment(segment, facts, &mut results, &mut orders);
    }
    orders.close(facts);
    visit::settle_status(facts);
    documents::name_from_header(message, facts);
}

fn read_segment(
    segment: &Segment,
    facts: &mut ClinicalFacts,
    results: &mut observations::Group,
    orders: &mut orders::Group,
) {
    match segment.name() {
        "PV1" => visit::read_visit(segment, facts),
        "PV2" => visit::read_reason(segment, facts),
        "AL1" => clinical::read_allergy(segment, facts),
        "IAM" => clinical::read_adverse_reaction(segment, facts),
        "DG1" => clinical::read_diagnosis(segment, facts),
        "PR1" => clinical::read_procedure(segment, facts),
        "OBR" => results.open(segment, facts),
        "OBX" => results.read(segment, facts),
        "NTE" => results.note(segment, facts),
        "ORC" => orders.open(segment, facts),
        "RXO" | "RXE" | "RXD" | "RXA" => orders.read(segment, facts),
        "RXR" => orders.route(segment),
        "RF1" => referral::read_referral(segment, facts),
        "PRD" => referral::read_provider(segment, facts),
        _ => {}
    }
    if segment.name() != "OBX" && segment.name() != "NTE" {
        results.leave();
    }
}

fn limit_doubts(doubts: &mut Vec<Doubt>) {
    if doubts.len() > MAX_DOUBTS {
        doubts.truncate(MAX_DOUBTS);
        doubts.push(Doubt::new("MSH", "there are more doubts than are listed"));
    }
}

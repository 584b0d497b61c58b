//! HL7 v2 bytes → facts. A messy message still walks: what cannot be read is a
//! doubt, and only a message without a type or without a patient stops here.
//! Keeps out the wire format's delimiters, escapes and character sets.
//!
//! # A new segment is one file and one fixture
//!
//! 1. `segments/xyz.rs` with `pub const ROOM: Room = Room { names: &["XYZ"], read };`
//!    and `fn read(segment: &Segment, walk: &mut Walk)`. `datatypes` and `time`
//!    turn fields into the words of the facts, `segment.places` says where.
//! 2. Its line in `segments::TABLE`; take the name off `UNREAD` or `PASSED_OVER`.
//! 3. `fixtures/hl7v2/segments/xyz.hl7`, a whole message that reads without a
//!    doubt, and its name in `tests/segments.rs`: a test walks over the table and
//!    looks for a fact from `XYZ`.
//!
//! A new structure is its segments in a new order: nothing here knows structures,
//! so it needs a fixture and a test. What depends on the kind of message asks
//! `walk.kind()`, as `rxa` does to tell a vaccination from an administration.

mod charset;
mod corrections;
mod datatypes;
mod dialect;
mod documents;
mod envelope;
mod escapes;
mod glued;
mod header;
mod iso2022;
mod isolates;
mod labels;
mod lines;
mod media_type;
mod observed;
mod payload;
mod report;
mod segments;
mod sites;
#[cfg(test)]
mod tests;
mod time;
mod tree;
mod value;
mod walk;

use std::ops::Range;

use crate::domain::facts::{ClinicalFacts, Doubt, Format, Problem, Reading};
use crate::domain::wishes::Wishes;
use dialect::Dialect;
use walk::Walk;

pub use envelope::looks_like_hl7;

/// Doubts kept per message. A packet page holds about sixty lines; a message
/// with more doubts than sixteen pages is broken as a whole.
const MAX_DOUBTS: usize = 1_000;

/// Reads every message of a body: one, several in a row, or a batch.
pub fn read(body: &[u8], wishes: &Wishes) -> Reading {
    match charset::from_wide(body) {
        Some(text) => read_messages(text.as_bytes(), wishes, |_| None),
        None => read_messages(body, wishes, |raw| range_in(body, raw)),
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

fn read_messages(
    body: &[u8],
    wishes: &Wishes,
    place: impl Fn(&[u8]) -> Option<Range<usize>>,
) -> Reading {
    let mut reading = Reading::default();
    let split = envelope::split(body);
    let several = split.messages.len() > 1;
    for (ordinal, raw) in split.messages.iter().enumerate() {
        let (facts, problem) = match read_message(raw, ordinal, wishes) {
            Ok((facts, problem)) => (Some(facts), problem),
            Err(problem) => (None, Some(problem)),
        };
        let source = place(raw);
        reading
            .messages
            .extend(facts.map(|facts| ClinicalFacts { source, ..facts }));
        reading
            .problems
            .extend(problem.map(|problem| match several {
                true => Problem::new(
                    format!("message[{}].{}", ordinal + 1, problem.at),
                    problem.why,
                ),
                false => problem,
            }));
    }
    if let (Some(doubt), Some(first)) = (split.preamble, reading.messages.first_mut()) {
        first.doubts.push(doubt);
    }
    reading.problems.extend(split.problem);
    reading
}

/// The facts, and a problem beside them where it cannot be told what the message
/// is: it is shown, and wanted by nobody.
fn read_message(
    raw: &[u8],
    ordinal: usize,
    wishes: &Wishes,
) -> Result<(ClinicalFacts, Option<Problem>), Problem> {
    let text = charset::decode(raw);
    let lines = lines::split(&text.content)?;
    let mut doubts: Vec<Doubt> = text.doubt.into_iter().collect();
    doubts.extend_from_slice(&lines.doubts);
    let dialect = Dialect {
        charset: text.charset,
        ..Dialect::declared(lines.header(), lines.delimiter, &mut doubts)
    };
    let wanted = |name: &str| segments::is_read(name) || sites::asks_for(wishes, name);
    let message = tree::parse(&lines, dialect, wanted)?;
    doubts.extend_from_slice(&message.doubts);
    doubts.extend(glued::doubts(&message));
    let mut facts = ClinicalFacts {
        ordinal,
        format: Format::Hl7V2,
        doubts,
        ..ClinicalFacts::default()
    };
    let unnamed = header::read(&message, &mut facts)?;
    if message.first("PID").is_none() {
        facts.doubts.push(glued::no_patient(&message));
    }
    segments::doubt_unread(&lines, &mut facts);
    facts.site_facts = sites::read(&message, wishes);
    let mut facts = Walk::begin(facts).over(&message)?;
    limit_doubts(&mut facts.doubts);
    Ok((facts, unnamed))
}

fn limit_doubts(doubts: &mut Vec<Doubt>) {
    if doubts.len() > MAX_DOUBTS {
        doubts.truncate(MAX_DOUBTS);
        doubts.push(Doubt::new("MSH", "there are more doubts than are listed"));
    }
}

//! One body → the bytes of its messages. Strips what wraps them: MLLP frames,
//! a byte order mark, blank lines, batch headers and trailers.

use crate::domain::facts::{Doubt, Problem};

/// Messages read from one body. A nightly batch of a large hospital stays below
/// this; each message costs a reading of its own.
const MAX_MESSAGES: usize = 10_000;

/// Five characters, the escape perhaps doubled, none longer than UTF-8's four bytes.
const LONGEST_MSH_2: usize = 24;

const BOM: &[u8] = b"\xEF\xBB\xBF";
/// MLLP start and end of block; the end is followed by a CR.
const VT: u8 = 0x0B;
const FS: u8 = 0x1C;

#[derive(Default)]
pub struct Split<'b> {
    pub messages: Vec<&'b [u8]>,
    /// Something stood before the first message header.
    pub preamble: Option<Doubt>,
    pub problem: Option<Problem>,
}

/// Whether a body begins as v2 does, after everything that may wrap it.
pub fn looks_like_hl7(body: &[u8]) -> bool {
    let wide = unwrapped_wide(body);
    let body = unwrapped(body);
    is_utf16(wide)
        || is_utf32(wide)
        || ["MSH", "msh", "FHS", "BHS"]
            .iter()
            .any(|name| starts_segment(body, name))
}

/// Cuts a body before each message header that begins a line.
pub fn split(body: &[u8]) -> Split<'_> {
    let body = unwrapped(body);
    let starts: Vec<usize> = line_starts(body)
        .enumerate()
        .filter(|&(nth, at)| starts_message(&body[at..], nth == 0))
        .map(|(_, at)| at)
        .take(MAX_MESSAGES + 1)
        .collect();
    let Some(&first) = starts.first() else {
        let problem = Problem::new("MSH", "no message header was found");
        return Split {
            problem: Some(problem),
            ..Split::default()
        };
    };
    let kept = starts.len().min(MAX_MESSAGES);
    let messages = (0..kept)
        .map(|i| &body[starts[i]..starts.get(i + 1).copied().unwrap_or(body.len())])
        .collect();
    Split {
        messages,
        preamble: preamble(&body[..first]),
        problem: (starts.len() > kept)
            .then(|| Problem::new("body", "more than 10,000 messages; the rest were not read")),
    }
}

/// Batch headers before the first message are expected; other text is not.
fn preamble(before: &[u8]) -> Option<Doubt> {
    let unexpected = before
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .map(unwrapped)
        .any(|line| !line.is_empty() && !is_batch_segment(line));
    unexpected.then(|| Doubt::new("MSH", "text before the message header was left out"))
}

/// FHS, BHS, BTS and FTS wrap messages and say nothing about a patient.
fn is_batch_segment(line: &[u8]) -> bool {
    ["FHS", "BHS", "BTS", "FTS"]
        .iter()
        .any(|name| starts_segment(line, name))
}

fn line_starts(body: &[u8]) -> impl Iterator<Item = usize> {
    let after_break =
        |(at, byte): (usize, &u8)| matches!(byte, b'\r' | b'\n' | &VT | &FS).then_some(at + 1);
    std::iter::once(0)
        .chain(body.iter().enumerate().filter_map(after_break))
        .map(|at| at + bom_length(&body[at..]))
}

fn bom_length(bytes: &[u8]) -> usize {
    if bytes.starts_with(BOM) { BOM.len() } else { 0 }
}

/// A header needs a delimiter after its name, which no letter or digit can be.
fn starts_segment(bytes: &[u8], name: &str) -> bool {
    bytes.strip_prefix(name.as_bytes()).is_some_and(|rest| {
        rest.first()
            .is_none_or(|next| !next.is_ascii_alphanumeric())
    })
}

/// The body's own beginning may be damaged and is still a header. Further down a
/// report may have a line that begins with MSH, and so may a line of base64: a
/// header shows its encoding characters and the separator again.
fn starts_message(bytes: &[u8], first: bool) -> bool {
    if first || !starts_segment(bytes, "MSH") {
        return starts_segment(bytes, "MSH") || (first && starts_segment(bytes, "msh"));
    }
    let Some((&separator, rest)) = bytes[3..].split_first() else {
        return false;
    };
    let line = rest.split(|byte| matches!(byte, b'\r' | b'\n'));
    let line = line.into_iter().next().unwrap_or_default();
    let encoding = line
        .split(|byte| *byte == separator)
        .next()
        .unwrap_or_default();
    let odd = |byte: &u8| byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace();
    !separator.is_ascii_whitespace() && encoding.len() <= LONGEST_MSH_2 && !encoding.iter().any(odd)
}

/// Without the blank lines, MLLP bytes and mark before the first segment.
pub fn unwrapped(mut bytes: &[u8]) -> &[u8] {
    loop {
        let before = bytes.len();
        bytes = bytes.trim_ascii_start();
        bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
        while let [VT | FS, rest @ ..] = bytes {
            bytes = rest;
        }
        if bytes.len() == before {
            return bytes;
        }
    }
}

/// The same where a character has two bytes: MLLP's VT may have them too.
pub fn unwrapped_wide(body: &[u8]) -> &[u8] {
    let wide_frame = |body: &&[u8]| body.starts_with(&[VT, 0]) || body.starts_with(&[0, VT]);
    match Some(body).filter(wide_frame) {
        Some(framed) => &framed[2..],
        None if is_utf32(body) => body,
        None => unwrapped(body),
    }
}

/// UTF-32, with or without its mark; little-endian looks like UTF-16's mark.
fn is_utf32(bytes: &[u8]) -> bool {
    const STARTS: [&[u8]; 4] = [b"\xFF\xFE\0\0", b"\0\0\xFE\xFF", b"M\0\0\0S", b"\0\0\0M\0"];
    STARTS.iter().any(|start| bytes.starts_with(start))
}

/// UTF-16 is recognised by how `MSH` looks in it, with or without its mark.
pub fn is_utf16(bytes: &[u8]) -> bool {
    const STARTS: [&[u8]; 4] = [b"\xFF\xFEM\0", b"\xFE\xFF\0M", b"M\0S\0H\0", b"\0M\0S\0H"];
    STARTS.iter().any(|start| bytes.starts_with(start))
}

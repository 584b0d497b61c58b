//! The text of one message → the lines of its segments, each whole. Undoes what
//! happens on the way to us: LF for CR, broken text lines, lower-case names.

use std::borrow::Cow;

use crate::domain::facts::{Doubt, Problem};

/// Segments of one message. The longest laboratory report we know of has some
/// thousands; far beyond that a body only costs memory.
const MAX_SEGMENTS: usize = 50_000;

/// The segments this version reads. Others, and Z segments, are passed over.
const READ: [&str; 21] = [
    "MSH", "EVN", "PID", "PV1", "PV2", "AL1", "IAM", "DG1", "PR1", "OBR", "OBX", "NTE", "ORC",
    "RXO", "RXE", "RXD", "RXA", "RXR", "TXA", "RF1", "PRD",
];

/// Neighbours of those, known so that a line of theirs is not taken for text.
const NEIGHBOURS: [&str; 14] = [
    "SFT", "PD1", "NK1", "ROL", "PRT", "DB1", "GT1", "IN1", "IN2", "IN3", "ACC", "TQ1", "SPM",
    "AUT",
];

/// Segments that end in free text, where a stray line break is most at home.
const TEXT: [&str; 2] = ["OBX", "NTE"];

const SEPARATORS_WE_STRIP: [char; 3] = ['\u{0B}', '\u{1C}', '\u{FEFF}'];

pub struct Lines<'t> {
    pub segments: Vec<Cow<'t, str>>,
    /// MSH-1, the field separator.
    pub delimiter: char,
    pub doubts: Vec<Doubt>,
}

/// If the message holds any CR, CR ends a segment and an LF is text, or follows
/// a CR. Turning every LF into a CR would cut reports apart (OBX-5 may hold LF).
pub fn split(text: &str) -> Result<Lines<'_>, Problem> {
    let text = text.trim_start_matches(SEPARATORS_WE_STRIP);
    let delimiter = delimiter(text)?;
    let mut lines = Lines {
        segments: Vec::new(),
        delimiter,
        doubts: Vec::new(),
    };
    if text.contains('\r') {
        for line in text.split('\r') {
            lines.take_with_breaks(line.strip_prefix('\n').unwrap_or(line));
        }
    } else {
        text.split('\n').for_each(|line| lines.take(line));
    }
    if lines.segments.len() > MAX_SEGMENTS {
        return Err(Problem::new(
            "MSH",
            "the message has more than 50,000 segments",
        ));
    }
    Ok(lines)
}

fn delimiter(text: &str) -> Result<char, Problem> {
    let character = text
        .strip_prefix("MSH")
        .and_then(|rest| rest.chars().next());
    character
        .filter(|c| !c.is_alphanumeric() && !c.is_whitespace() && !c.is_control())
        .ok_or_else(|| Problem::new("MSH-1", "the field separator is missing"))
}

impl<'t> Lines<'t> {
    /// A CR-ended line may still hold segments ended by LF, where two systems
    /// wrote one message. Only a known name with its separator is believed.
    fn take_with_breaks(&mut self, line: &'t str) {
        let mut from = 0;
        for (at, _) in line.match_indices('\n') {
            if self.name(&line[at + 1..]).is_some_and(is_known) {
                self.take(&line[from..at]);
                from = at + 1;
            }
        }
        self.take(&line[from..]);
    }

    fn take(&mut self, line: &'t str) {
        if self.segments.len() > MAX_SEGMENTS {
            return;
        }
        let line = line
            .trim_matches(SEPARATORS_WE_STRIP)
            .trim_end_matches(['\n', '\r']);
        if line.trim().is_empty() || is_batch(line) {
            return;
        }
        if self.name(line).is_some() || is_bare_name(line) {
            self.segments.push(Cow::Borrowed(line));
        } else if let Some(mended) = self.mended(line) {
            self.doubts.push(Doubt::new(
                &mended[..3],
                "the segment does not begin as it should",
            ));
            self.segments.push(Cow::Owned(mended));
        } else {
            self.join(line);
        }
    }

    /// `PID` of `PID|…`: a capital letter, two capitals or digits, the separator.
    fn name<'l>(&self, line: &'l str) -> Option<&'l str> {
        let name = line.get(..3)?;
        (is_name(name) && line[3..].starts_with(self.delimiter)).then_some(name)
    }

    /// A segment in lower case or behind blanks, if its name is one we read.
    fn mended(&self, line: &str) -> Option<String> {
        let line = line.trim_start();
        let upper = line.get(..3)?.to_ascii_uppercase();
        let known = is_known(&upper) && line[3..].starts_with(self.delimiter);
        known.then(|| format!("{upper}{}", &line[3..]))
    }

    /// A line that begins no segment goes on with the one before it, where that
    /// ends in text or where the line brings the fields that were missing.
    fn join(&mut self, line: &str) {
        let Some(last) = self.segments.last_mut() else {
            return;
        };
        let name: String = last.chars().take(3).collect();
        let why = if TEXT.contains(&name.as_str()) || line.contains(self.delimiter) {
            let last = last.to_mut();
            last.push('\n');
            last.push_str(line);
            "a line that begins no segment was joined to this one"
        } else {
            "a line after this segment could not be read"
        };
        if self.doubts.len() > super::MAX_DOUBTS {
            return;
        }
        let nth = self
            .segments
            .iter()
            .filter(|s| s.starts_with(&name))
            .count();
        self.doubts.push(Doubt::new(format!("{name}[{nth}]"), why));
    }
}

pub fn is_read(name: &str) -> bool {
    READ.contains(&name)
}

fn is_known(name: &str) -> bool {
    is_read(name) || NEIGHBOURS.contains(&name)
}

fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|c| c.is_ascii_uppercase())
        && letters.all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

/// A segment without a single field says nothing and breaks nothing.
fn is_bare_name(line: &str) -> bool {
    line.len() == 3 && is_known(line)
}

fn is_batch(line: &str) -> bool {
    line.get(..3)
        .is_some_and(|name| matches!(name, "FHS" | "BHS" | "BTS" | "FTS"))
}

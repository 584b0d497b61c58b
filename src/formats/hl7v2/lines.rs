//! The text of one message → the lines of its segments, each whole. Undoes what
//! happens on the way to us: LF for CR, line ends written as text, broken text
//! lines, lower-case names; and what a sender cut itself, by ADD.

use std::borrow::Cow;

use super::segments;
use crate::domain::facts::{Doubt, Problem};

/// Segments of one message. The longest laboratory report we know of has some
/// thousands; far beyond that a body only costs memory.
const MAX_SEGMENTS: usize = 50_000;

/// Segments that end in free text, where a stray line break is most at home.
const TEXT: [&str; 2] = ["OBX", "NTE"];

const SEPARATORS_WE_STRIP: [char; 3] = ['\u{0B}', '\u{1C}', '\u{FEFF}'];

pub struct Lines<'t> {
    pub segments: Vec<Cow<'t, str>>,
    /// MSH-1, the field separator.
    pub delimiter: char,
    pub doubts: Vec<Doubt>,
    /// Whether the header itself does not begin as it should.
    odd_throughout: bool,
    /// The segment that the last stray line came after, and what became of it.
    joined: Option<(usize, bool)>,
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
        odd_throughout: false,
        joined: None,
    };
    if !text.contains(['\r', '\n']) {
        lines.take_with_written_ends(text);
    } else if text.contains('\r') {
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
    let named = text
        .get(..3)
        .is_some_and(|name| name.eq_ignore_ascii_case("MSH"));
    let character = text
        .get(3..)
        .filter(|_| named)
        .and_then(|rest| rest.chars().next());
    character
        .filter(|c| !c.is_alphanumeric() && !c.is_whitespace() && !c.is_control())
        .ok_or_else(|| Problem::new("MSH-1", "the field separator is missing"))
}

/// What programs leave of a CR or LF when they write one as text; the longer
/// ones first.
const WRITTEN_ENDS: [&str; 8] = [
    "\\r\\n",
    "\\X0D0A\\",
    "\\x0d0a\\",
    "\\X0D\\",
    "\\x0d\\",
    "\\x0d",
    "\\r",
    "\\n",
];

impl<'t> Lines<'t> {
    pub fn header(&self) -> &str {
        self.segments.first().map(Cow::as_ref).unwrap_or_default()
    }

    /// A message without a single line end may have them spelt out. Only before
    /// a known name with its separator, since they are text elsewhere.
    fn take_with_written_ends(&mut self, text: &'t str) {
        let (mut from, mut at) = (0, 0);
        while let Some(found) = text[at..].find('\\') {
            let here = at + found;
            at = here + 1;
            let end = WRITTEN_ENDS
                .iter()
                .find(|end| text[here..].starts_with(**end));
            let Some(end) = end else { continue };
            let next = here + end.len();
            let starts = self.name(&text[next..]).is_some_and(is_known_or_own);
            if starts || next == text.len() {
                self.take(&text[from..here]);
                (from, at) = (next, next);
            }
        }
        if from > 0 {
            let why = "the ends of segments are spelt out as text";
            self.doubts.push(Doubt::new("MSH", why));
        }
        self.take(&text[from..]);
    }

    /// A CR-ended line may still hold segments ended by LF, where two systems
    /// wrote one message. Only a known name with its separator is believed.
    fn take_with_breaks(&mut self, line: &'t str) {
        let mut from = 0;
        for (at, _) in line.match_indices('\n') {
            if self.name(&line[at + 1..]).is_some_and(is_known_or_own) {
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
        if self.name(line) == Some("ADD") {
            self.add(line);
        } else if self.name(line).is_some() || is_bare_name(line) {
            self.segments.push(Cow::Borrowed(line));
        } else if let Some(mended) = self.mended(line) {
            // A sender who writes its header so writes all of it so.
            if !self.odd_throughout {
                let why = "the segment does not begin as it should";
                self.doubts.push(Doubt::new(&mended[..3], why));
                self.odd_throughout = self.segments.is_empty();
            }
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

    /// A segment in lower case or behind blanks, if its name is one we read or a
    /// site's own.
    fn mended(&self, line: &str) -> Option<String> {
        let line = line.trim_start();
        let upper = line.get(..3)?.to_ascii_uppercase();
        let known = (is_known(&upper) || is_own(&upper)) && line[3..].starts_with(self.delimiter);
        known.then(|| format!("{upper}{}", &line[3..]))
    }

    /// ADD goes on with the last field of the segment before it (2.5.1 §2.10.2).
    fn add(&mut self, line: &str) {
        if let Some(last) = self.segments.last_mut() {
            last.to_mut()
                .push_str(&line[3 + self.delimiter.len_utf8()..]);
        }
    }

    /// A line that begins no segment goes on with the one before it, where that
    /// ends in text or where the line brings the fields that were missing.
    fn join(&mut self, line: &str) {
        let Some(last) = self.segments.last_mut() else {
            return;
        };
        let name: String = last.chars().take(3).collect();
        let joined = TEXT.contains(&name.as_str()) || line.contains(self.delimiter);
        if joined {
            let last = last.to_mut();
            last.push('\n');
            last.push_str(line);
        }
        self.doubt_join(&name, joined);
    }

    /// One doubt for a segment, however many lines it was broken into.
    fn doubt_join(&mut self, name: &str, joined: bool) {
        let at = (self.segments.len(), joined);
        if self.doubts.len() > super::MAX_DOUBTS || self.joined == Some(at) {
            return;
        }
        self.joined = Some(at);
        let why = if joined {
            "a line that begins no segment was joined to this one"
        } else {
            "a line after this segment could not be read"
        };
        let nth = self.segments.iter().filter(|s| s.starts_with(name)).count();
        self.doubts.push(Doubt::new(format!("{name}[{nth}]"), why));
    }
}

fn is_known(name: &str) -> bool {
    segments::is_known(name)
}

/// A site's own segment begins a line as well as a known one.
fn is_known_or_own(name: &str) -> bool {
    is_known(name) || name.starts_with('Z')
}

fn is_own(name: &str) -> bool {
    name.starts_with('Z') && is_name(name)
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

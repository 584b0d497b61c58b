//! JSON bytes → values, one or many in a row, each with its place in the body;
//! and how the readers ask a value for its members.

use std::ops::Range;

use super::tree::{self, MAX_NODES, TOO_MANY, TWICE, Value};
use crate::domain::facts::Problem;

/// Values of one body: a batch of a night has some thousand.
const MAX_VALUES: usize = 10_000;

const EARLY: &str = "the JSON ends too early";

/// One value of a body, and where it lies there.
pub struct Parsed<'b> {
    pub value: Value<'b>,
    pub range: Range<usize>,
}

/// Every value of a body: one, or several in a row (NDJSON).
#[derive(Default)]
pub struct Body<'b> {
    pub values: Vec<Parsed<'b>>,
    pub problems: Vec<Problem>,
}

/// Reading ends at the first value that is broken, since nobody can tell where
/// the next begins; unless it is a line of its own, as every one of NDJSON is.
pub fn parse(body: &[u8]) -> Body<'_> {
    let mut parsed = Body::default();
    let mut nodes = 0;
    let mut at = 0;
    let mut lines = Lines::default();
    if body.starts_with(b"\xEF\xBB\xBF") {
        at = 3;
    }
    at += blanks(&body[at..]);
    // A list of resources is no FHIR, but some send one: its items are read.
    let mut is_list = body.get(at) == Some(&b'[');
    at += usize::from(is_list);
    loop {
        at += blanks(&body[at..]);
        match body.get(at) {
            Some(b',') if is_list => {
                at += 1;
                continue;
            }
            Some(b']') if is_list => {
                is_list = false;
                at += 1;
                continue;
            }
            None if is_list => {
                let (line, column) = lines.up_to(body, at);
                let at = format!("line {} column {column}", line + 1);
                parsed.problems.push(Problem::new(at, EARLY));
                return parsed;
            }
            None => return parsed,
            Some(_) => {}
        }
        if parsed.values.len() + parsed.problems.len() >= MAX_VALUES {
            let why = "more than 10,000 values; the rest were not read";
            parsed.problems.push(Problem::new("body", why));
            return parsed;
        }
        let line = lines.up_to(body, at);
        match tree::read(&body[at..], &mut nodes) {
            Ok((value, length)) => {
                let range = at..at + length;
                at = range.end;
                parsed.values.push(Parsed { value, range });
            }
            Err(error) => {
                parsed.problems.push(problem(&error, line));
                match own_line(&body[at..]).filter(|_| nodes <= MAX_NODES) {
                    Some(length) => at += length,
                    None => return parsed,
                }
            }
        }
    }
}

/// JSON's four blanks.
fn blanks(rest: &[u8]) -> usize {
    let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
    rest.iter().take_while(is_blank).count()
}

/// The length of a broken value that is one line and has the next below it.
fn own_line(rest: &[u8]) -> Option<usize> {
    let length = rest.iter().position(|byte| *byte == b'\n')?;
    let line = rest[..length].trim_ascii();
    let next = rest[length..].trim_ascii_start();
    (line.starts_with(b"{") && line.ends_with(b"}") && next.starts_with(b"{")).then_some(length)
}

/// Counts lines once, however often it is asked.
#[derive(Default)]
struct Lines {
    at: usize,
    lines: usize,
    /// Where the last of them begins.
    start: usize,
}

impl Lines {
    /// How many lines end before `at`, and the column there, both from 0.
    fn up_to(&mut self, body: &[u8], at: usize) -> (usize, usize) {
        for (nth, byte) in body[self.at..at].iter().enumerate() {
            if *byte == b'\n' {
                self.lines += 1;
                self.start = self.at + nth + 1;
            }
        }
        self.at = at;
        (self.lines, at - self.start)
    }
}

/// The place of an error. serde_json's own words may quote the value.
fn problem(error: &serde_json::Error, (line, column): (usize, usize)) -> Problem {
    let words = error.to_string();
    let why = match error.classify() {
        serde_json::error::Category::Eof => EARLY,
        _ if words.starts_with(TWICE) => TWICE,
        _ if words.starts_with(TOO_MANY) => TOO_MANY,
        _ if words.starts_with("recursion limit") => "the JSON is nested too deeply",
        _ => "the JSON is not well formed",
    };
    let column = match error.line() {
        1 => column + error.column(),
        _ => error.column(),
    };
    Problem::new(format!("line {} column {column}", line + error.line()), why)
}

/// A text of an object, without blanks around it; an empty one says nothing.
pub fn text<'v>(object: &'v Value<'v>, key: &str) -> Option<&'v str> {
    object
        .get(key)
        .and_then(Value::as_str)
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

pub fn owned(object: &Value, key: &str) -> Option<String> {
    text(object, key).map(str::to_owned)
}

/// The items of a list; where one object stands instead of a list, that one.
pub fn list<'v>(object: &'v Value<'v>, key: &str) -> &'v [Value<'v>] {
    match object.get(key) {
        Some(Value::Array(items)) => items,
        Some(item @ Value::Object(_)) => std::slice::from_ref(item),
        _ => &[],
    }
}

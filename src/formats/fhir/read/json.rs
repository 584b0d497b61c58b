//! JSON bytes → a tree that keeps what FHIR needs: a decimal stays the text it
//! was written as (7.20 is not 7.2), and a key written twice is an error.

use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::domain::facts::Problem;

/// Values of one body, and nodes of all their trees. A node takes about 100
/// bytes: the most that one body can occupy is some 400 MB.
const MAX_VALUES: usize = 10_000;
const MAX_NODES: usize = 4_000_000;

const TWICE: &str = "a key is written twice in one object";
const TOO_MANY: &str = "the body holds more than 4,000,000 values";

/// One value of a body, and where it lies there.
pub struct Parsed {
    pub value: Value,
    pub range: Range<usize>,
}

/// Every value of a body: one, or several in a row (NDJSON).
#[derive(Default)]
pub struct Body {
    pub values: Vec<Parsed>,
    pub problems: Vec<Problem>,
}

/// Reading ends at the first value that is broken, since nobody can tell where
/// the next begins; unless it is a line of its own, as every one of NDJSON is.
pub fn parse(body: &[u8]) -> Body {
    let mut parsed = Body::default();
    let mut nodes = 0;
    let mut at = 0;
    let mut lines = Lines::default();
    if body.starts_with(b"\xEF\xBB\xBF") {
        at = 3;
    }
    loop {
        at += blanks(&body[at..]);
        if at == body.len() {
            return parsed;
        }
        if parsed.values.len() + parsed.problems.len() >= MAX_VALUES {
            let why = "more than 10,000 values; the rest were not read";
            parsed.problems.push(Problem::new("body", why));
            return parsed;
        }
        let line = lines.up_to(body, at);
        match value(&body[at..], &mut nodes) {
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

/// The value that begins here, and its length.
fn value(rest: &[u8], nodes: &mut usize) -> Result<(Value, usize), serde_json::Error> {
    let mut source = Source {
        body: rest,
        at: 0,
        nodes: *nodes,
        open: 0,
    };
    let mut deserializer = serde_json::Deserializer::from_slice(rest);
    let tree = Tree {
        source: &mut source,
    };
    let value = tree.deserialize(&mut deserializer);
    *nodes = source.nodes;
    Ok((value?, source.end()))
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
        serde_json::error::Category::Eof => "the JSON ends too early",
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

/// Walks over the number tokens of a body, in the order the parser meets them.
struct Source<'b> {
    body: &'b [u8],
    at: usize,
    nodes: usize,
    /// Braces and brackets that are open, while the end is looked for.
    open: usize,
}

impl Source<'_> {
    /// The next number outside of a string, as written.
    fn number(&mut self) -> Option<String> {
        while let Some(byte) = self.body.get(self.at) {
            match byte {
                b'-' | b'0'..=b'9' => return Some(self.token()),
                _ => self.step(),
            }
        }
        None
    }

    /// Past one byte, or one string.
    fn step(&mut self) {
        let quoted = self.body[self.at] == b'"';
        self.at += 1;
        while quoted && self.at < self.body.len() {
            self.at += 1;
            match self.body[self.at - 1] {
                b'\\' => self.at += 1,
                b'"' => return,
                _ => {}
            }
        }
    }

    /// Where the value ends that was read: it is known to be well formed.
    fn end(&mut self) -> usize {
        (self.at, self.open) = (0, 0);
        let scalar = !matches!(self.body.first(), Some(b'{' | b'['));
        while let Some(byte) = self.body.get(self.at) {
            match byte {
                b'{' | b'[' => self.open += 1,
                b'}' | b']' => self.open = self.open.saturating_sub(1),
                b' ' | b'\n' | b'\r' | b'\t' | b',' if scalar => break,
                _ => {}
            }
            self.step();
            if self.open == 0 && !scalar {
                break;
            }
        }
        self.at.min(self.body.len())
    }

    fn token(&mut self) -> String {
        let rest = &self.body[self.at..];
        let is_part = |b: &u8| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let length = rest.iter().take_while(|b| is_part(b)).count();
        self.at += length;
        rest[..length].iter().map(|b| *b as char).collect()
    }
}

/// One node. Numbers become strings: FHIR names the type in the key already.
struct Tree<'t, 'b> {
    source: &'t mut Source<'b>,
}

impl<'de> DeserializeSeed<'de> for Tree<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.source.nodes += 1;
        if self.source.nodes > MAX_NODES {
            return Err(D::Error::custom(TOO_MANY));
        }
        deserializer.deserialize_any(self)
    }
}

impl Tree<'_, '_> {
    fn number(self) -> Value {
        self.source.number().map_or(Value::Null, Value::String)
    }
}

impl<'de> Visitor<'de> for Tree<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Value, E> {
        Ok(self.number())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value, E> {
        Ok(self.number())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(self.number())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Tree {
            source: &mut *self.source,
        })? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(Tree {
                source: &mut *self.source,
            })?;
            if object.insert(key, value).is_some() {
                return Err(A::Error::custom(TWICE));
            }
        }
        Ok(Value::Object(object))
    }
}

/// A text of an object, without blanks around it; an empty one says nothing.
pub fn text<'v>(object: &'v Value, key: &str) -> Option<&'v str> {
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
pub fn list<'v>(object: &'v Value, key: &str) -> &'v [Value] {
    match object.get(key) {
        Some(Value::Array(items)) => items,
        Some(item @ Value::Object(_)) => std::slice::from_ref(item),
        _ => &[],
    }
}

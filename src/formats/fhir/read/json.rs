//! JSON bytes → a tree that keeps what FHIR needs: a decimal stays the text it
//! was written as (7.20 is not 7.2), and a key written twice is an error.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::domain::facts::Problem;

/// Values of one body, and nodes of all their trees. A node takes about 100
/// bytes: the most that one body can occupy is some 400 MB.
const MAX_VALUES: usize = 10_000;
const MAX_NODES: usize = 4_000_000;

const TWICE: &str = "a key is written twice in one object";
const TOO_MANY: &str = "the body holds more than 4,000,000 values";

/// Every value of a body: one, or several in a row (NDJSON). Reading ends at
/// the first that is broken, since nobody can tell where the next begins.
pub fn parse(body: &[u8]) -> (Vec<Value>, Option<Problem>) {
    let body = body
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(body)
        .trim_ascii_end();
    let mut source = Source {
        body,
        at: 0,
        nodes: 0,
    };
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let mut values = Vec::new();
    while values.len() < MAX_VALUES {
        match (Tree {
            source: &mut source,
        })
        .deserialize(&mut deserializer)
        {
            Ok(value) => values.push(value),
            Err(error) if is_end(body, &values, &error) => return (values, None),
            Err(error) => return (values, Some(problem(&error))),
        }
    }
    (
        values,
        Some(Problem::new(
            "body",
            "more than 10,000 values; the rest were not read",
        )),
    )
}

/// Whether the body simply ended. `Deserializer::end` would tell, but counts
/// lines from the start at every call.
fn is_end(body: &[u8], values: &[Value], error: &serde_json::Error) -> bool {
    let complete = body.is_empty() || (!values.is_empty() && body.ends_with(b"}"));
    complete && error.to_string().starts_with("EOF while parsing a value")
}

/// The place of an error. serde_json's own words may quote the value.
fn problem(error: &serde_json::Error) -> Problem {
    let words = error.to_string();
    let why = match error.classify() {
        serde_json::error::Category::Eof => "the JSON ends too early",
        _ if words.starts_with(TWICE) => TWICE,
        _ if words.starts_with(TOO_MANY) => TOO_MANY,
        _ if words.starts_with("recursion limit") => "the JSON is nested too deeply",
        _ => "the JSON is not well formed",
    };
    Problem::new(
        format!("line {} column {}", error.line(), error.column()),
        why,
    )
}

/// Walks over the number tokens of a body, in the order the parser meets them.
struct Source<'b> {
    body: &'b [u8],
    at: usize,
    nodes: usize,
}

impl Source<'_> {
    /// The next number outside of a string, as written.
    fn number(&mut self) -> Option<String> {
        let mut quoted = false;
        while let Some(byte) = self.body.get(self.at) {
            match byte {
                b'\\' if quoted => self.at += 1,
                b'"' => quoted = !quoted,
                b'-' | b'0'..=b'9' if !quoted => return Some(self.token()),
                _ => {}
            }
            self.at += 1;
        }
        None
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

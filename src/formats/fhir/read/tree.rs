//! One JSON value → a tree that borrows from the body and keeps what FHIR needs:
//! a decimal stays the text it was written as (7.20 is not 7.2), and a key
//! written twice is an error.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Nodes of all the trees of one body. One takes 56 bytes with its key: the most
/// that a body can occupy is some 300 MB beside itself.
pub const MAX_NODES: usize = 4_000_000;

pub const TWICE: &str = "a key is written twice in one object";
pub const TOO_MANY: &str = "the body holds more than 4,000,000 values";

/// Keys up to which a look at each is quicker than a hash; a resource has ten.
const FEW: usize = 24;

/// A JSON value. Numbers are texts: FHIR names the type in the key already.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'b> {
    Null,
    Bool(bool),
    String(Cow<'b, str>),
    Array(Vec<Value<'b>>),
    Object(Vec<(Cow<'b, str>, Value<'b>)>),
}

impl<'b> Value<'b> {
    pub fn get(&self, key: &str) -> Option<&Self> {
        let mut members = self.members().iter();
        members
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// The members of an object, in their order.
    pub fn members(&self) -> &[(Cow<'b, str>, Self)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub fn is_string(&self) -> bool {
        matches!(self, Self::String(_))
    }

    pub fn is_array(&self) -> bool {
        matches!(self, Self::Array(_))
    }

    pub fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }
}

/// The value that begins here, and its length. `nodes` counts for all of a body.
pub fn read<'b>(
    rest: &'b [u8],
    nodes: &mut usize,
) -> Result<(Value<'b>, usize), serde_json::Error> {
    let mut source = Source {
        body: rest,
        at: 0,
        nodes: *nodes,
    };
    let mut deserializer = serde_json::Deserializer::from_slice(rest);
    let tree = Tree {
        source: &mut source,
    };
    let value = tree.deserialize(&mut deserializer);
    *nodes = source.nodes;
    Ok((value?, source.end()))
}

/// Walks over the tokens of a body, in the order the parser meets them.
struct Source<'b> {
    body: &'b [u8],
    at: usize,
    nodes: usize,
}

impl<'b> Source<'b> {
    /// The next number outside of a string, as written.
    fn number(&mut self) -> Option<&'b str> {
        while let Some(byte) = self.body.get(self.at) {
            match byte {
                b'-' | b'0'..=b'9' => return self.token(),
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

    fn token(&mut self) -> Option<&'b str> {
        let rest = &self.body[self.at..];
        let is_part = |b: &&u8| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let length = rest.iter().take_while(is_part).count();
        self.at += length;
        std::str::from_utf8(&rest[..length]).ok()
    }

    /// Where the value ends that was read; it is known to be well formed.
    fn end(&mut self) -> usize {
        self.at = 0;
        let mut open = 0_usize;
        if !matches!(self.body.first(), Some(b'{' | b'[' | b'"')) {
            let is_part = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.');
            return self.body.iter().take_while(is_part).count();
        }
        while let Some(byte) = self.body.get(self.at) {
            match byte {
                b'{' | b'[' => open += 1,
                b'}' | b']' => open = open.saturating_sub(1),
                _ => {}
            }
            self.step();
            if open == 0 {
                break;
            }
        }
        self.at.min(self.body.len())
    }
}

/// One node.
struct Tree<'t, 'b> {
    source: &'t mut Source<'b>,
}

impl<'b> DeserializeSeed<'b> for Tree<'_, 'b> {
    type Value = Value<'b>;

    fn deserialize<D: Deserializer<'b>>(self, deserializer: D) -> Result<Value<'b>, D::Error> {
        self.source.nodes += 1;
        if self.source.nodes > MAX_NODES {
            return Err(D::Error::custom(TOO_MANY));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'b> Tree<'_, 'b> {
    fn number(self) -> Value<'b> {
        let written = self.source.number();
        written.map_or(Value::Null, |number| Value::String(Cow::Borrowed(number)))
    }
}

impl<'b> Visitor<'b> for Tree<'_, 'b> {
    type Value = Value<'b>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value<'b>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'b>, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Value<'b>, E> {
        Ok(self.number())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value<'b>, E> {
        Ok(self.number())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value<'b>, E> {
        Ok(self.number())
    }

    fn visit_borrowed_str<E>(self, value: &'b str) -> Result<Value<'b>, E> {
        Ok(Value::String(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value<'b>, E> {
        Ok(Value::String(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'b>>(self, mut items: A) -> Result<Value<'b>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Tree {
            source: &mut *self.source,
        })? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'b>>(self, mut entries: A) -> Result<Value<'b>, A::Error> {
        let mut members: Vec<(Cow<'b, str>, Value<'b>)> = Vec::new();
        while let Some(Key(key)) = entries.next_key_seed(Key(Cow::Borrowed("")))? {
            let value = entries.next_value_seed(Tree {
                source: &mut *self.source,
            })?;
            if members.len() < FEW && members.iter().any(|(known, _)| *known == key) {
                return Err(A::Error::custom(TWICE));
            }
            members.push((key, value));
        }
        if members.len() > FEW {
            let mut known = HashSet::with_capacity(members.len());
            if !members.iter().all(|(key, _)| known.insert(key.as_ref())) {
                return Err(A::Error::custom(TWICE));
            }
        }
        Ok(Value::Object(members))
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'b>(Cow<'b, str>);

impl<'b> DeserializeSeed<'b> for Key<'b> {
    type Value = Self;

    fn deserialize<D: Deserializer<'b>>(self, deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'b> Visitor<'b> for Key<'b> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'b str) -> Result<Self, E> {
        Ok(Self(Cow::Borrowed(key)))
    }

    fn visit_str<E>(self, key: &str) -> Result<Self, E> {
        Ok(Self(Cow::Owned(key.to_owned())))
    }
}

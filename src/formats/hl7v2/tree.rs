//! Lines → segments, fields, repetitions, components. The only room that calls
//! hl7-parser, and what makes it safe: it gets one field at a time, short and
//! divided, and an answer that is not the whole field is not believed. Its
//! escapes, dates and display stay unused.

use std::borrow::Cow;

use hl7_parser::message::{Field as ParsedField, Separators};

use super::{dialect::Dialect, escapes, lines::Lines, value::Piece};
use crate::domain::facts::{Doubt, Places, Problem};

pub use super::value::Value;

/// Delimiters in one message. A laboratory report of some thousand results has
/// a twentieth of it; far beyond that a body only costs memory.
const MAX_DELIMITERS: usize = 500_000;

/// The parser reads 25 MB in a second and makes nodes. A longer field is text or
/// a file: it is cut where it is asked for, and its bytes are never copied here.
const LONGEST_PARSED: usize = 16 * 1024;

pub struct Message<'m> {
    pub segments: Vec<Segment<'m>>,
    pub doubts: Vec<Doubt>,
}

impl<'m> Message<'m> {
    pub fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s Segment<'m>> {
        self.segments
            .iter()
            .filter(move |segment| segment.name() == name)
    }

    pub fn first<'s>(&'s self, name: &'s str) -> Option<&'s Segment<'m>> {
        self.all(name).next()
    }
}

/// Takes apart the segments whose names are wanted; the others never cost more
/// than their name.
pub fn parse<'m>(
    lines: &'m Lines,
    dialect: Dialect,
    wanted: impl Fn(&str) -> bool,
) -> Result<Message<'m>, Problem> {
    let kept: Vec<&str> = lines
        .segments
        .iter()
        .map(Cow::as_ref)
        .filter(|line| line.len() > 3 && line.get(..3).is_some_and(&wanted))
        .collect();
    if kept
        .iter()
        .map(|line| delimiters(line, &dialect))
        .sum::<usize>()
        > MAX_DELIMITERS
    {
        return Err(Problem::new(
            "MSH",
            "the message has more than 500,000 delimiters",
        ));
    }
    let mut message = Message {
        segments: kept
            .into_iter()
            .map(|line| Segment::new(line, dialect))
            .collect(),
        doubts: Vec::new(),
    };
    message.number();
    message.doubt_escapes();
    Ok(message)
}

fn delimiters(line: &str, dialect: &Dialect) -> usize {
    let [a, b, c] = dialect.within_field();
    let all = [dialect.field, a, b, c];
    if all.iter().all(char::is_ascii) {
        let all = all.map(|c| c as u8);
        return line.bytes().filter(|byte| all.contains(byte)).count();
    }
    line.chars().filter(|c| all.contains(c)).count()
}

impl Message<'_> {
    /// Gives each segment its number among those of the same name.
    fn number(&mut self) {
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for segment in &mut self.segments {
            let known = counts.iter().position(|(known, _)| *known == segment.name);
            let place = known.unwrap_or_else(|| {
                counts.push((segment.name, 0));
                counts.len() - 1
            });
            counts[place].1 += 1;
            segment.nth = counts[place].1;
        }
        for segment in &mut self.segments {
            segment.repeats = counts
                .iter()
                .any(|(known, count)| *known == segment.name && *count > 1);
        }
    }

    fn doubt_escapes(&mut self) {
        for segment in &self.segments {
            let fields = segment.fields.iter().enumerate().skip(1);
            let own = fields.filter(|(_, f)| escapes::holds_a_sites_own(f.raw(), &segment.dialect));
            self.doubts.extend(own.map(|(at, _)| {
                let why = "an escape of the site's own (\\Z..\\) was kept as it was written";
                Doubt::new(segment.at(at + usize::from(segment.name == "MSH")), why)
            }));
        }
    }
}

pub struct Segment<'m> {
    name: &'m str,
    /// What stands between field separators, the name first.
    fields: Vec<Field<'m>>,
    dialect: Dialect,
    nth: usize,
    repeats: bool,
}

enum Field<'m> {
    Parsed(ParsedField<'m>),
    /// Nothing divides it, or it is too long to be parsed.
    Raw(&'m str),
}

impl<'m> Field<'m> {
    fn new(raw: &'m str, dialect: &Dialect) -> Self {
        if raw.len() > LONGEST_PARSED || !dialect.divides(raw) {
            return Self::Raw(raw);
        }
        let separators = Separators {
            field: dialect.field,
            component: dialect.component,
            subcomponent: dialect.subcomponent,
            repetition: dialect.repetition,
            escape: dialect.escape.unwrap_or('\\'),
            lenient_newlines: false,
        };
        match hl7_parser::parser::parse_field_with_separators(raw, separators) {
            Ok(parsed) if parsed.raw_value().len() == raw.len() => Self::Parsed(parsed),
            _ => Self::Raw(raw),
        }
    }

    fn raw(&self) -> &'m str {
        match self {
            Self::Parsed(parsed) => parsed.raw_value(),
            Self::Raw(raw) => raw,
        }
    }
}

impl<'m> Segment<'m> {
    fn new(line: &'m str, dialect: Dialect) -> Self {
        let fields: Vec<Field> = line
            .split(dialect.field)
            .map(|raw| Field::new(raw, &dialect))
            .collect();
        Self {
            name: &line[..3],
            fields,
            dialect,
            nth: 0,
            repeats: false,
        }
    }

    pub fn name(&self) -> &'m str {
        self.name
    }

    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// `DG1[2]`, or `DG1` where there is only one.
    pub fn place(&self) -> String {
        if self.repeats {
            format!("{}[{}]", self.name, self.nth)
        } else {
            self.name.to_owned()
        }
    }

    /// `DG1[2]-3`.
    pub fn at(&self, field: usize) -> String {
        if self.repeats {
            format!("{}[{}]-{field}", self.name, self.nth)
        } else {
            format!("{}-{field}", self.name)
        }
    }

    /// The places of a fact: its segment, and each part that was read, by field.
    pub fn places(&self, parts: &[(&'static str, usize, bool)]) -> Places {
        let mut places = Places::of(self.place());
        self.add_places(parts, &mut places);
        places
    }

    pub fn add_places(&self, parts: &[(&'static str, usize, bool)], places: &mut Places) {
        for (part, field, read) in parts {
            if let Some(value) = self.value(*field).filter(|_| *read) {
                places.add(part, value.at());
            }
        }
    }

    /// The repetitions of a field that hold something. `""` asks to delete a
    /// stored value and is never data.
    pub fn values<'s>(&'s self, field: usize) -> impl Iterator<Item = Value<'s, 'm>> {
        // MSH-1 is the separator itself, so there is one text less.
        let index = if self.name == "MSH" {
            field.checked_sub(1)
        } else {
            Some(field)
        };
        let found = index
            .filter(|at| *at > 0)
            .and_then(|at| self.fields.get(at));
        let (parsed, raw) = match found {
            Some(Field::Parsed(parsed)) => (parsed.repeats.as_slice(), None),
            Some(Field::Raw(raw)) => (&[][..], Some(*raw)),
            None => (&[][..], None),
        };
        let separator = self.dialect.repetition;
        let cut = raw.into_iter().flat_map(move |raw| raw.split(separator));
        let repeated = parsed.len() > 1 || raw.is_some_and(|raw| raw.contains(separator));
        let pieces = parsed.iter().map(Piece::Parsed).chain(cut.map(Piece::Raw));
        pieces
            .enumerate()
            .map(move |(nth, piece)| Value::new(piece, self, field, repeated.then_some(nth + 1)))
            .filter(|value| !value.is_empty())
    }

    pub fn value(&self, field: usize) -> Option<Value<'_, 'm>> {
        self.values(field).next()
    }

    pub fn has(&self, field: usize) -> bool {
        self.value(field).is_some()
    }

    /// A component of the first repetition, decoded.
    pub fn text(&self, field: usize, component: usize) -> Option<String> {
        self.value(field)?.text(component)
    }

    /// How many fields the segment has; MSH-1 counts.
    pub fn field_count(&self) -> usize {
        self.fields.len() - usize::from(self.name != "MSH")
    }

    /// A whole field as it was written.
    pub fn raw(&self, field: usize) -> &'m str {
        let index = field.checked_sub(usize::from(self.name == "MSH"));
        let found = index
            .filter(|at| *at > 0)
            .and_then(|at| self.fields.get(at));
        found.map_or("", Field::raw)
    }
}

//! The only room that calls hl7-parser, and what makes it safe: it gets one
//! whole segment at a time, of those we read, bounded, and its answer is
//! checked for silent truncation. Its escapes, dates and display stay unused.

use std::borrow::Cow;

use hl7_parser::message::{Repeat, Segment as ParsedSegment, Separators};

use super::{delimiters::Delimiters, escapes, lines, lines::Lines};
use crate::domain::facts::{Doubt, Problem};

/// Delimiters in one message. Each becomes a node of about 200 bytes, so this
/// is some 100 MB; a very large report has a tenth of it.
const MAX_NODES: usize = 500_000;

pub struct Message<'m> {
    pub segments: Vec<Segment<'m>>,
    pub doubts: Vec<Doubt>,
}

impl<'m> Message<'m> {
    pub fn all<'s>(&'s self, name: &'static str) -> impl Iterator<Item = &'s Segment<'m>> {
        self.segments
            .iter()
            .filter(move |segment| segment.name() == name)
    }

    pub fn first(&self, name: &'static str) -> Option<&Segment<'m>> {
        self.all(name).next()
    }
}

/// Parses the segments we read; the others never cost more than their name.
pub fn parse<'m>(lines: &'m Lines) -> Result<Message<'m>, Problem> {
    let mut message = Message {
        segments: Vec::new(),
        doubts: Vec::new(),
    };
    let header = lines.segments.first().map(Cow::as_ref).unwrap_or_default();
    let delimiters = Delimiters::declared(header, lines.delimiter, &mut message.doubts);
    let kept = || {
        lines
            .segments
            .iter()
            .filter(|l| l.len() > 3 && l.get(..3).is_some_and(lines::is_read))
    };
    let is_node = |c: char| c == delimiters.field || delimiters.within_field().contains(&c);
    if kept()
        .map(|line| line.chars().filter(|c| is_node(*c)).count())
        .sum::<usize>()
        > MAX_NODES
    {
        return Err(Problem::new(
            "MSH",
            "the message has more than 500,000 delimiters",
        ));
    }
    for line in kept() {
        message.push(line, delimiters);
    }
    message.number();
    Ok(message)
}

fn for_parser(delimiters: Delimiters) -> Separators {
    Separators {
        field: delimiters.field,
        component: delimiters.component,
        subcomponent: delimiters.subcomponent,
        repetition: delimiters.repetition,
        escape: delimiters.escape.unwrap_or('\\'),
        lenient_newlines: false,
    }
}

impl<'m> Message<'m> {
    fn push(&mut self, line: &'m str, delimiters: Delimiters) {
        let parsed =
            hl7_parser::parser::parse_segment_with_separators(line, for_parser(delimiters));
        match parsed {
            Ok(parsed) => {
                if parsed.raw_value().len() != line.len() {
                    self.doubts
                        .push(Doubt::new(&line[..3], "the segment was read only in part"));
                }
                self.segments.push(Segment {
                    parsed,
                    delimiters,
                    nth: 0,
                    repeats: false,
                });
            }
            Err(_) => self
                .doubts
                .push(Doubt::new(&line[..3], "the segment could not be read")),
        }
    }

    /// Gives each segment its number among those of the same name.
    fn number(&mut self) {
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for segment in &mut self.segments {
            let name = segment.parsed.name;
            let known = counts.iter().position(|(known, _)| *known == name);
            let place = known.unwrap_or_else(|| {
                counts.push((name, 0));
                counts.len() - 1
            });
            counts[place].1 += 1;
            segment.nth = counts[place].1;
        }
        for segment in &mut self.segments {
            let name = segment.parsed.name;
            segment.repeats = counts
                .iter()
                .any(|(known, count)| *known == name && *count > 1);
        }
    }
}

pub struct Segment<'m> {
    parsed: ParsedSegment<'m>,
    delimiters: Delimiters,
    nth: usize,
    repeats: bool,
}

impl<'m> Segment<'m> {
    pub fn name(&self) -> &str {
        self.parsed.name
    }

    /// `DG1[2]`, or `DG1` where there is only one.
    pub fn place(&self) -> String {
        if self.repeats {
            format!("{}[{}]", self.name(), self.nth)
        } else {
            self.name().to_owned()
        }
    }

    /// `DG1[2]-3`.
    pub fn at(&self, field: usize) -> String {
        format!("{}-{field}", self.place())
    }

    /// The repetitions of a field that hold something. `""` asks to delete a
    /// stored value and is never data.
    pub fn values<'s>(&'s self, field: usize) -> impl Iterator<Item = Value<'s, 'm>> {
        // MSH-1 is the separator itself, so the parser counts one field less.
        let skipped = if self.name() == "MSH" { 2 } else { 1 };
        let parsed = field
            .checked_sub(skipped)
            .and_then(|at| self.parsed.fields.get(at));
        let repeats = parsed.map_or(&[][..], |parsed| parsed.repeats.as_slice());
        let repeated = repeats.len() > 1;
        repeats
            .iter()
            .enumerate()
            .map(move |(nth, repeat)| Value {
                repeat,
                segment: self,
                field,
                nth: repeated.then_some(nth + 1),
            })
            .filter(|value| !value.is_empty())
    }

    pub fn value(&self, field: usize) -> Option<Value<'_, 'm>> {
        self.values(field).next()
    }

    /// A component of the first repetition, decoded.
    pub fn text(&self, field: usize, component: usize) -> Option<String> {
        self.value(field)?.text(component)
    }
}

/// One repetition of a field.
#[derive(Clone, Copy)]
pub struct Value<'s, 'm> {
    repeat: &'s Repeat<'m>,
    segment: &'s Segment<'m>,
    field: usize,
    nth: Option<usize>,
}

impl Value<'_, '_> {
    /// `PID-3[2]`.
    pub fn at(&self) -> String {
        match self.nth {
            Some(nth) => format!("{}[{nth}]", self.segment.at(self.field)),
            None => self.segment.at(self.field),
        }
    }

    fn is_empty(&self) -> bool {
        let raw = self.repeat.raw_value();
        let delimiters = self.segment.delimiters.within_field();
        raw == "\"\""
            || raw
                .trim_matches(|c: char| c.is_whitespace() || delimiters.contains(&c))
                .is_empty()
    }

    /// The first subcomponent of a component: what the component is about.
    pub fn text(&self, component: usize) -> Option<String> {
        self.part(component, 1)
    }

    pub fn part(&self, component: usize, subcomponent: usize) -> Option<String> {
        let component = self.repeat.components.get(component.checked_sub(1)?)?;
        let part = component.subcomponents.get(subcomponent.checked_sub(1)?)?;
        self.clean(part.value)
    }

    /// A component as text, its subcomponents included.
    pub fn component(&self, component: usize) -> Option<String> {
        self.clean(
            self.repeat
                .components
                .get(component.checked_sub(1)?)?
                .raw_value(),
        )
    }

    /// The repetition as one text, for types that have no components.
    pub fn whole(&self) -> Option<String> {
        self.clean(self.repeat.raw_value())
    }

    pub fn components(&self) -> usize {
        self.repeat.components.len()
    }

    fn clean(&self, raw: &str) -> Option<String> {
        if raw == "\"\"" {
            return None;
        }
        let text = escapes::decode(raw, &self.segment.delimiters);
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }
}

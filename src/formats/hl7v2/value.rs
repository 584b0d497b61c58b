//! One repetition of a field, and its components as text: decoded, trimmed, and
//! never the two quotes that ask to delete.

use hl7_parser::message::Repeat;

use super::{escapes, tree::Segment};

/// One repetition of a field.
#[derive(Clone, Copy)]
pub struct Value<'s, 'm> {
    piece: Piece<'s, 'm>,
    segment: &'s Segment<'m>,
    field: usize,
    nth: Option<usize>,
}

#[derive(Clone, Copy)]
pub enum Piece<'s, 'm> {
    Parsed(&'s Repeat<'m>),
    /// Cut where it is asked for.
    Raw(&'m str),
}

impl<'s, 'm> Value<'s, 'm> {
    pub fn new(
        piece: Piece<'s, 'm>,
        segment: &'s Segment<'m>,
        field: usize,
        nth: Option<usize>,
    ) -> Self {
        Self {
            piece,
            segment,
            field,
            nth,
        }
    }

    /// `PID-3[2]`.
    pub fn at(&self) -> String {
        match self.nth {
            Some(nth) => format!("{}[{nth}]", self.segment.at(self.field)),
            None => self.segment.at(self.field),
        }
    }

    /// As it was written: neither cut nor decoded.
    pub fn raw(&self) -> &'m str {
        match self.piece {
            Piece::Parsed(repeat) => repeat.raw_value(),
            Piece::Raw(raw) => raw,
        }
    }

    pub fn is_empty(&self) -> bool {
        let raw = self.raw();
        let delimiters = self.segment.dialect().within_field();
        let says = |c: char| !c.is_whitespace() && !delimiters.contains(&c);
        raw == "\"\"" || !raw.contains(says)
    }

    /// The first subcomponent of a component: what the component is about.
    pub fn text(&self, component: usize) -> Option<String> {
        self.part(component, 1)
    }

    pub fn part(&self, component: usize, subcomponent: usize) -> Option<String> {
        let nth = subcomponent.checked_sub(1)?;
        let part = match self.piece {
            Piece::Parsed(repeat) => {
                let component = repeat.components.get(component.checked_sub(1)?)?;
                component.subcomponents.get(nth)?.value
            }
            Piece::Raw(_) => {
                let component = self.raw_component(component)?;
                component
                    .split(self.segment.dialect().subcomponent)
                    .nth(nth)?
            }
        };
        self.clean(part)
    }

    pub fn raw_component(&self, component: usize) -> Option<&'m str> {
        let nth = component.checked_sub(1)?;
        match self.piece {
            Piece::Parsed(repeat) => Some(repeat.components.get(nth)?.raw_value()),
            Piece::Raw(raw) => raw.split(self.segment.dialect().component).nth(nth),
        }
    }

    /// A component as text, its subcomponents included.
    pub fn component(&self, component: usize) -> Option<String> {
        self.clean(self.raw_component(component)?)
    }

    /// The repetition as one text, for types that have no components.
    pub fn whole(&self) -> Option<String> {
        self.clean(self.raw())
    }

    /// The repetition as one text that keeps its layout: FT and TX.
    pub fn laid_out(&self) -> Option<String> {
        let text = escapes::decode(self.raw(), self.segment.dialect());
        let text = text.trim_end();
        let text = text.trim_start_matches('\n');
        (!text.trim().is_empty()).then(|| text.to_owned())
    }

    /// The first subcomponent of every component that says something.
    pub fn texts(&self) -> Vec<String> {
        let dialect = self.segment.dialect();
        let components = self.raw().split(dialect.component);
        let first = |component: &'m str| component.split(dialect.subcomponent).next();
        components
            .filter_map(first)
            .filter_map(|text| self.clean(text))
            .collect()
    }

    pub fn has_components(&self) -> bool {
        match self.piece {
            Piece::Parsed(repeat) => repeat.components.len() > 1,
            Piece::Raw(raw) => raw.contains(self.segment.dialect().component),
        }
    }

    fn clean(&self, raw: &str) -> Option<String> {
        if raw.is_empty() || raw == "\"\"" {
            return None;
        }
        let text = escapes::decode(raw, self.segment.dialect());
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }
}

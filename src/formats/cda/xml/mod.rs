//! XML → tree, with bounds. `quick-xml` finds the tags; names, namespaces,
//! entities and the matching of ends are ours, since a real document may have an
//! unbound prefix and must never have an entity of its own.

mod builder;
pub mod encoding;
mod entities;
mod position;
pub mod tree;

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::domain::facts::{Doubt, Problem};
use builder::Builder;
use tree::Tree;

pub fn parse<'t>(text: &'t str, doubts: &mut Vec<Doubt>) -> Result<Tree<'t>, Problem> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    // Ends are matched here: quick-xml's message would quote the name.
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut builder = Builder::new(text, doubts);
    loop {
        let from = reader.buffer_position() as usize;
        let event = reader
            .read_event()
            .map_err(|_| position::broken(text, reader.error_position() as usize))?;
        let to = reader.buffer_position() as usize;
        match event {
            Event::Start(tag) => builder.open(inside(text, to, tag.len(), 1), from)?,
            Event::Empty(tag) => {
                builder.open(inside(text, to, tag.len(), 2), from)?;
                builder.close(None, from)?;
            }
            Event::End(end) => builder.close(Some(end.name().into_inner()), from)?,
            Event::Text(piece) => {
                if piece.starts_with(b"&") {
                    builder.doubt_once(ENTITY, from);
                }
                builder.text(borrowed(piece.into_inner()), from)?;
            }
            Event::CData(piece) => builder.text(borrowed(piece.into_inner()), from)?,
            Event::GeneralRef(entity) => {
                let known = std::str::from_utf8(&entity).ok().and_then(entities::named);
                match known {
                    Some(character) => builder.text(Cow::Owned(character.to_string()), from)?,
                    None => {
                        builder.doubt_once(ENTITY, from);
                        let written = text.get(from..to).unwrap_or_default();
                        builder.text(Cow::Borrowed(written), from)?;
                    }
                }
            }
            Event::DocType(declared) => {
                let declared = String::from_utf8_lossy(&declared);
                if declared.contains("<!ENTITY") {
                    return Err(position::problem(text, from, BOMB));
                }
            }
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
            Event::Eof => return builder.finish(to),
        }
    }
}

/// Also told of an ampersand that begins none.
const ENTITY: &str = "an entity that XML does not know stays as it was written";
const BOMB: &str = "the document declares entities of its own; such a document is not read";

/// What stands between `<` and `>`: quick-xml gives it without its lifetime.
fn inside(text: &str, to: usize, length: usize, tail: usize) -> &str {
    let end = to.saturating_sub(tail);
    text.get(end.saturating_sub(length)..end)
        .unwrap_or_default()
}

pub fn borrowed(bytes: Cow<'_, [u8]>) -> Cow<'_, str> {
    match bytes {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

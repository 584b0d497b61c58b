//! The tree as it grows: which element is open, what its prefix means, how many
//! of its name it has beside it. Everything has a bound.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;

use quick_xml::events::attributes::Attributes;

use super::tree::{Content, Node, Space, Tag, Tree};
use super::{ENTITY, borrowed, entities, position};
use crate::domain::facts::{Doubt, Problem};

/// A CDA document nests some thirty deep; its narrative tables a little more.
const MAX_DEPTH: usize = 128;
/// The largest summaries known have some hundred thousand.
const MAX_NODES: usize = 2_000_000;
/// An element of CDA has a dozen; the root also declares namespaces.
const MAX_ATTRIBUTES: usize = 256;
/// References may copy this much text in all; a long stay's medication list is
/// below 1 MB.
const MAX_COPIES: usize = 8 * 1024 * 1024;

const V3: &str = "urn:hl7-org:v3";
const SDTC: &str = "urn:hl7-org:sdtc";

const UNBOUND: &str = "a namespace prefix is used that nothing declares";
const HOMELESS: &str = "the document is not in the namespace urn:hl7-org:v3; read as if it were";

/// An element that is not closed yet.
struct Open<'t> {
    id: u32,
    /// As written, with its prefix: the end tag must repeat it.
    written: &'t str,
    /// How many prefixes were bound before it.
    bindings: usize,
    /// By name: how often among its children, and the first of them.
    children: BTreeMap<(&'t str, bool), (u32, u32)>,
    /// Inside of a narrative blanks between elements part words.
    keeps_blanks: bool,
}

pub struct Builder<'t, 'x> {
    source: &'t str,
    doubts: &'x mut Vec<Doubt>,
    said: Vec<&'static str>,
    nodes: Vec<Node<'t>>,
    attributes: Vec<(&'t str, Cow<'t, str>)>,
    ids: Vec<(Cow<'t, str>, u32)>,
    open: Vec<Open<'t>>,
    bindings: Vec<(&'t str, Cow<'t, str>)>,
    /// The root's namespace where it is not HL7's: read as if it were.
    home: Option<String>,
}

impl<'t, 'x> Builder<'t, 'x> {
    pub fn new(source: &'t str, doubts: &'x mut Vec<Doubt>) -> Self {
        Self {
            source,
            doubts,
            said: Vec::new(),
            nodes: Vec::new(),
            attributes: Vec::new(),
            ids: Vec::new(),
            open: Vec::new(),
            bindings: Vec::new(),
            home: None,
        }
    }

    fn problem(&self, at: usize, why: &str) -> Problem {
        position::problem(self.source, at, why)
    }

    /// A fault that repeats is told once, at its first place.
    pub fn doubt_once(&mut self, why: &'static str, at: usize) {
        if !self.said.contains(&why) {
            self.said.push(why);
            self.doubts
                .push(Doubt::new(position::of(self.source, at), why));
        }
    }

    pub fn open(&mut self, content: &'t str, at: usize) -> Result<(), Problem> {
        if self.open.len() >= MAX_DEPTH {
            return Err(self.problem(at, "the elements are nested too deeply"));
        }
        if self.open.is_empty() && !self.nodes.is_empty() {
            return Err(self.problem(at, "a second document begins after the end of the first"));
        }
        let length = content.find(|c: char| c.is_ascii_whitespace());
        let (written, rest) = content.split_at(length.unwrap_or(content.len()));
        let bindings = self.bindings.len();
        let attributes = self.read_attributes(rest, at)?;
        let id = self.push(Content::Text(Cow::Borrowed("")), at)?;
        let (prefix, name) = written.split_once(':').unwrap_or(("", written));
        let space = self.space(prefix, id == 0, at);
        let (nth, repeats) = self.count(name, space, id);
        let range = (attributes as u32, self.attributes.len() as u32);
        let own = &self.attributes[attributes..];
        let own_id = own.iter().find(|(key, _)| key.eq_ignore_ascii_case("id"));
        self.ids
            .extend(own_id.map(|(_, value)| (value.clone(), id)));
        self.nodes[id as usize].content = Content::Element(Tag {
            name,
            space,
            attributes: range,
            nth,
            repeats,
        });
        let outer = self.open.last().is_some_and(|parent| parent.keeps_blanks);
        self.open.push(Open {
            id,
            written,
            bindings,
            children: BTreeMap::new(),
            keeps_blanks: outer || name == "text" || name == "title",
        });
        Ok(())
    }

    /// The place of the first attribute of this element.
    fn read_attributes(&mut self, rest: &'t str, at: usize) -> Result<usize, Problem> {
        let first = self.attributes.len();
        let mut count = 0;
        // Bound perhaps by a later attribute of the same element.
        let mut prefixes: Vec<&str> = Vec::new();
        for attribute in Attributes::new(rest, 0).with_checks(false) {
            let Ok(attribute) = attribute else {
                return Err(self.problem(at, "an attribute is not well formed"));
            };
            count += 1;
            if count > MAX_ATTRIBUTES {
                return Err(self.problem(at, "an element has too many attributes"));
            }
            let key = std::str::from_utf8(attribute.key.into_inner()).unwrap_or_default();
            let (value, complete) = entities::decoded(borrowed(attribute.value));
            if !complete {
                self.doubt_once(ENTITY, at);
            }
            match key.split_once(':') {
                Some(("xmlns", prefix)) => self.bindings.push((prefix, value)),
                None if key == "xmlns" => self.bindings.push(("", value)),
                None => self.attributes.push((key, value)),
                Some((prefix, name)) => {
                    prefixes.push(prefix);
                    self.attributes.push((name, value));
                }
            }
        }
        let bound = |prefix: &&str| self.bindings.iter().any(|(known, _)| known == prefix);
        if !prefixes
            .iter()
            .all(|prefix| *prefix == "xml" || bound(prefix))
        {
            self.doubt_once(UNBOUND, at);
        }
        if self.bindings.len() > MAX_ATTRIBUTES {
            return Err(self.problem(at, "too many namespaces are declared"));
        }
        Ok(first)
    }

    fn space(&mut self, prefix: &str, is_root: bool, at: usize) -> Space {
        let bound = self
            .bindings
            .iter()
            .rev()
            .find(|(known, _)| *known == prefix);
        let uri = bound.map(|(_, uri)| uri.trim());
        match uri {
            Some(V3) => return Space::V3,
            Some(SDTC) => return Space::Sdtc,
            _ => {}
        }
        let uri = uri.map(str::to_owned);
        if uri.is_none() && !prefix.is_empty() {
            self.doubt_once(UNBOUND, at);
            return if prefix == "sdtc" {
                Space::Sdtc
            } else {
                Space::V3
            };
        }
        let uri = uri.unwrap_or_default();
        if is_root {
            self.home = Some(uri.clone());
            self.doubt_once(HOMELESS, at);
        }
        if uri.is_empty() || self.home.as_deref() == Some(uri.as_str()) {
            Space::V3
        } else {
            Space::Other
        }
    }

    /// Which of its siblings of one name this is; the first learns of the second.
    fn count(&mut self, name: &'t str, space: Space, id: u32) -> (u32, bool) {
        let Some(parent) = self.open.last_mut() else {
            return (1, false);
        };
        let key = (name, space == Space::Sdtc);
        let (count, first) = parent.children.entry(key).or_insert((0, id));
        *count += 1;
        let (nth, first) = (*count, *first as usize);
        if nth == 2
            && let Content::Element(tag) = &mut self.nodes[first].content
        {
            tag.repeats = true;
        }
        (nth, nth > 1)
    }

    fn push(&mut self, content: Content<'t>, at: usize) -> Result<u32, Problem> {
        if self.nodes.len() >= MAX_NODES {
            return Err(self.problem(at, "the document has too many elements"));
        }
        let id = self.nodes.len() as u32;
        self.nodes.push(Node {
            content,
            parent: self.open.last().map_or(0, |parent| parent.id),
            end: id + 1,
        });
        Ok(id)
    }

    /// Text outside of the root is no part of the document. Blanks between
    /// elements mean something in narratives alone.
    pub fn text(&mut self, text: Cow<'t, str>, at: usize) -> Result<(), Problem> {
        let Some(parent) = self.open.last() else {
            return Ok(());
        };
        let (id, keeps) = (parent.id, parent.keeps_blanks);
        if text.is_empty() {
            return Ok(());
        }
        // An entity parts a text into pieces, which are one text again here.
        if let Some(Node {
            content: Content::Text(before),
            parent,
            ..
        }) = self.nodes.last_mut()
            && *parent == id
        {
            before.to_mut().push_str(&text);
            return Ok(());
        }
        if keeps || !text.trim().is_empty() {
            self.push(Content::Text(text), at)?;
        }
        Ok(())
    }

    pub fn close(&mut self, written: Option<&[u8]>, at: usize) -> Result<(), Problem> {
        let Some(open) = self.open.pop() else {
            return Err(self.problem(at, "an end tag has no beginning"));
        };
        if written.is_some_and(|written| written != open.written.as_bytes()) {
            return Err(self.problem(at, "an end tag does not match the element it should end"));
        }
        let end = self.nodes.len() as u32;
        self.nodes[open.id as usize].end = end;
        self.bindings.truncate(open.bindings);
        Ok(())
    }

    pub fn finish(mut self, at: usize) -> Result<Tree<'t>, Problem> {
        if !self.open.is_empty() {
            return Err(self.problem(at, "the document ends before its last element does"));
        }
        if self.nodes.is_empty() {
            return Err(self.problem(at, "the document has no element"));
        }
        self.ids.sort_unstable();
        Ok(Tree {
            nodes: self.nodes,
            attributes: self.attributes,
            ids: self.ids,
            home: self.home,
            copies_left: Cell::new(MAX_COPIES),
            set_aside: Vec::new(),
        })
    }
}

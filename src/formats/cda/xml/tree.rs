//! An XML document as a tree of our own: elements in one list, text borrowed
//! from the document where it can be. Knows its places; knows nothing of CDA.

use std::borrow::Cow;
use std::cell::Cell;

/// What an element's namespace means to a reader of CDA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    /// `urn:hl7-org:v3`, or none where the document has none.
    V3,
    /// `urn:hl7-org:sdtc`: what C-CDA adds.
    Sdtc,
    Other,
}

#[derive(Debug)]
pub struct Node<'t> {
    pub content: Content<'t>,
    pub parent: u32,
    /// The node after this one and all that is inside it.
    pub end: u32,
}

#[derive(Debug)]
pub enum Content<'t> {
    Element(Tag<'t>),
    Text(Cow<'t, str>),
}

#[derive(Debug)]
pub struct Tag<'t> {
    pub name: &'t str,
    pub space: Space,
    /// The element's attributes in `Tree::attributes`.
    pub attributes: (u32, u32),
    /// From 1, among the siblings of its name.
    pub nth: u32,
    /// Whether a sibling has the same name: only then places print a number.
    pub repeats: bool,
}

#[derive(Debug)]
pub struct Tree<'t> {
    pub nodes: Vec<Node<'t>>,
    pub attributes: Vec<(&'t str, Cow<'t, str>)>,
    /// Elements by their ID, sorted: what a `<reference value="#…"/>` points at.
    pub ids: Vec<(Cow<'t, str>, u32)>,
    /// The root's namespace where it is not that of CDA.
    pub home: Option<String>,
    /// How many bytes of referenced text may still be copied: many references
    /// to one long text must not fill the memory.
    pub copies_left: Cell<usize>,
    /// Nodes from one to before another, in order, that the reader leaves out,
    /// and why.
    pub set_aside: Vec<(u32, u32, &'static str)>,
}

/// One element of the tree.
#[derive(Debug, Clone, Copy)]
pub struct Element<'d> {
    pub tree: &'d Tree<'d>,
    pub id: u32,
}

/// What stands inside an element, in order.
pub enum Piece<'d> {
    Element(Element<'d>),
    Text(&'d str),
}

impl<'t> Tree<'t> {
    pub fn root(&'t self) -> Element<'t> {
        Element { tree: self, id: 0 }
    }
}

impl<'d> Element<'d> {
    fn node(self) -> &'d Node<'d> {
        &self.tree.nodes[self.id as usize]
    }

    fn tag(self) -> Option<&'d Tag<'d>> {
        match &self.node().content {
            Content::Element(tag) => Some(tag),
            Content::Text(_) => None,
        }
    }

    /// The local name, whatever the namespace.
    pub fn name(self) -> &'d str {
        self.tag().map_or("", |tag| tag.name)
    }

    pub fn space(self) -> Space {
        self.tag().map_or(Space::Other, |tag| tag.space)
    }

    pub fn is(self, name: &str) -> bool {
        self.space() == Space::V3 && self.name() == name
    }

    /// An attribute by its local name; empty is absent.
    pub fn attr(self, name: &str) -> Option<&'d str> {
        let (from, to) = self.tag()?.attributes;
        let attributes = &self.tree.attributes[from as usize..to as usize];
        let found = attributes.iter().find(|(known, _)| *known == name)?;
        Some(found.1.trim()).filter(|value| !value.is_empty())
    }

    /// `nullFlavor`: the source says that it says nothing.
    pub fn is_null(self) -> bool {
        self.attr("nullFlavor").is_some()
    }

    pub fn flag(self, name: &str) -> bool {
        self.attr(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
    }

    pub fn pieces(self) -> impl Iterator<Item = Piece<'d>> {
        let (tree, last) = (self.tree, self.node().end);
        let mut next = self.id + 1;
        std::iter::from_fn(move || {
            let id = next;
            let node = tree.nodes.get(id as usize).filter(|_| id < last)?;
            next = node.end;
            Some(match &node.content {
                Content::Element(_) => Piece::Element(Element { tree, id }),
                Content::Text(text) => Piece::Text(text),
            })
        })
    }

    pub fn children(self) -> impl Iterator<Item = Element<'d>> {
        self.pieces().filter_map(|piece| match piece {
            Piece::Element(element) => Some(element),
            Piece::Text(_) => None,
        })
    }

    /// This element and every one inside of it, in document order.
    pub fn within(self) -> impl Iterator<Item = Element<'d>> {
        let tree = self.tree;
        (self.id..self.node().end)
            .map(move |id| Element { tree, id })
            .filter(|element| element.tag().is_some())
    }

    pub fn parent(self) -> Option<Element<'d>> {
        let id = self.node().parent;
        (self.id > 0).then_some(Element { id, ..self })
    }

    pub fn all(self, name: &'static str) -> impl Iterator<Item = Element<'d>> {
        self.children().filter(move |child| child.is(name))
    }

    pub fn child(self, name: &'static str) -> Option<Element<'d>> {
        self.all(name).next()
    }

    /// Whether it has this name in C-CDA's own namespace.
    pub fn is_sdtc(self, name: &str) -> bool {
        self.space() == Space::Sdtc && self.name() == name
    }

    /// A child in C-CDA's own namespace.
    pub fn sdtc(self, name: &str) -> Option<Element<'d>> {
        self.children().find(|child| child.is_sdtc(name))
    }

    /// The nodes that this element and all inside of it are.
    pub fn extent(self) -> (u32, u32) {
        (self.id, self.node().end)
    }

    /// Why this element, or one around it, is left out.
    pub fn set_aside(self) -> Option<&'static str> {
        let ranges = &self.tree.set_aside;
        let next = ranges.partition_point(|(from, _, _)| *from <= self.id);
        let (_, to, why) = ranges.get(next.checked_sub(1)?)?;
        (self.id < *to).then_some(*why)
    }

    /// The first element at the end of a path of names.
    pub fn at(self, path: &[&'static str]) -> Option<Element<'d>> {
        let Some((first, rest)) = path.split_first() else {
            return Some(self);
        };
        self.all(first).find_map(|child| child.at(rest))
    }

    /// All text inside, blanks run together as XML viewers do.
    pub fn text(self) -> Option<String> {
        let inside = &self.tree.nodes[self.id as usize..self.node().end as usize];
        let mut text = String::new();
        for node in inside {
            let Content::Text(piece) = &node.content else {
                continue;
            };
            for word in piece.split_whitespace() {
                if !text.is_empty() {
                    text.push(' ');
                }
                text.push_str(word);
            }
        }
        (!text.is_empty()).then_some(text)
    }

    /// The text as it stands, for what is no prose: base64, preformatted text.
    pub fn raw_text(self) -> Cow<'d, str> {
        let mut texts = self.pieces().filter_map(|piece| match piece {
            Piece::Text(text) => Some(text),
            Piece::Element(_) => None,
        });
        let first = Cow::Borrowed(texts.next().unwrap_or_default());
        texts.fold(first, |text, more| text + more)
    }

    pub fn has_template(self, root: &str) -> bool {
        self.all("templateId")
            .any(|id| id.attr("root") == Some(root))
    }

    /// The element that a reference means: the one of this ID within `scope`,
    /// else the first of the document.
    pub fn resolve(self, id: &str, scope: Element<'d>) -> Option<Element<'d>> {
        let ids = &self.tree.ids;
        let from = ids.partition_point(|(known, _)| known.as_ref() < id);
        let first = ids.get(from).filter(|(known, _)| known == id)?.1;
        let near = ids.partition_point(|(known, at)| (known.as_ref(), *at) < (id, scope.id));
        let near = ids
            .get(near)
            .filter(|(known, at)| known == id && *at < scope.node().end);
        let id = near.map_or(first, |(_, at)| *at);
        Some(Element {
            tree: self.tree,
            id,
        })
    }

    /// XPath: `/ClinicalDocument/component/section[2]/entry`. A number stands
    /// only where siblings share a name.
    pub fn place(self) -> String {
        let mut steps = Vec::new();
        let mut at = self;
        while let Some(tag) = at.tag() {
            steps.push(tag);
            if at.id == 0 {
                break;
            }
            at.id = at.node().parent;
        }
        let mut place = String::new();
        for tag in steps.iter().rev() {
            place.push('/');
            if tag.space == Space::Sdtc {
                place.push_str("sdtc:");
            }
            place.push_str(tag.name);
            if tag.repeats {
                place.push_str(&format!("[{}]", tag.nth));
            }
        }
        place
    }
}

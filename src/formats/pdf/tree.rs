//! The structure of a document as a screen reader hears it: elements in reading
//! order. Every mark on a page belongs to one element or is an artifact.

use std::num::NonZeroU16;

use krilla::tagging::{
    Identifier, ListNumbering, Node, TableHeaderScope, Tag, TagGroup, TagKind, TagTree,
};

/// Names an element of one `Tree`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ElementId(usize);

#[derive(Debug, Clone)]
pub enum Kind {
    Division,
    Heading { level: u8, title: String },
    Paragraph,
    List { bullets: bool },
    Item,
    Label,
    Body,
    Table { summary: String },
    Head,
    Rows,
    Row,
    HeaderCell,
    Cell,
    Figure { alt: String },
}

#[derive(Debug, Default)]
pub struct Tree {
    elements: Vec<(Kind, Vec<ElementId>)>,
    roots: Vec<ElementId>,
}

impl Tree {
    /// Adds an element after its elder siblings.
    pub fn add(&mut self, parent: Option<ElementId>, kind: Kind) -> ElementId {
        let id = ElementId(self.elements.len());
        self.elements.push((kind, Vec::new()));
        match parent {
            Some(ElementId(parent)) => self.elements[parent].1.push(id),
            None => self.roots.push(id),
        }
        id
    }

    /// Room for the marks of every element, in the order they were drawn.
    pub fn no_marks(&self) -> Marks {
        Marks(vec![Vec::new(); self.elements.len()])
    }

    pub fn tagged(&self, marks: &Marks, language: &str) -> TagTree {
        let roots = self.roots.iter().filter_map(|&root| self.node(root, marks));
        TagTree::from(roots.collect::<Vec<_>>()).with_lang(Some(language.to_owned()))
    }

    /// Every element on a line, indented, with what `text` knows of it.
    #[cfg(test)]
    pub fn told(&self, text: &dyn Fn(ElementId) -> String) -> String {
        fn tell(
            tree: &Tree,
            id: ElementId,
            depth: usize,
            text: &dyn Fn(ElementId) -> String,
            told: &mut String,
        ) {
            let (kind, children) = &tree.elements[id.0];
            let line = format!("{}{kind:?} {}", "  ".repeat(depth), text(id));
            told.push_str(line.trim_end());
            told.push('\n');
            for child in children {
                tell(tree, *child, depth + 1, text, told);
            }
        }
        let mut told = String::new();
        for root in &self.roots {
            tell(self, *root, 0, text, &mut told);
        }
        told
    }

    /// Nothing for an empty element, except in a table: without its empty cells
    /// a row would shift.
    fn node(&self, id: ElementId, marks: &Marks) -> Option<Node> {
        let (kind, children) = &self.elements[id.0];
        let drawn = marks.0[id.0].iter().map(|&mark| Node::Leaf(mark));
        let children = children.iter().filter_map(|&child| self.node(child, marks));
        let children: Vec<Node> = drawn.chain(children).collect();
        let kept = !children.is_empty() || matches!(kind, Kind::HeaderCell | Kind::Cell);
        kept.then(|| Node::Group(TagGroup::with_children(kind.tag(), children)))
    }
}

/// What was drawn for each element.
pub struct Marks(Vec<Vec<Identifier>>);

impl Marks {
    pub fn add(&mut self, element: ElementId, mark: Identifier) {
        self.0[element.0].push(mark);
    }
}

impl Kind {
    fn tag(&self) -> TagKind {
        match self {
            Self::Division => Tag::Div.into(),
            Self::Heading { level, title } => {
                let level = NonZeroU16::new(u16::from(*level)).unwrap_or(NonZeroU16::MIN);
                Tag::Hn(level, Some(title.clone())).into()
            }
            Self::Paragraph => Tag::P.into(),
            Self::List { bullets: false } => Tag::L(ListNumbering::None).into(),
            Self::List { bullets: true } => Tag::L(ListNumbering::Disc).into(),
            Self::Item => Tag::LI.into(),
            Self::Label => Tag::Lbl.into(),
            Self::Body => Tag::LBody.into(),
            Self::Table { summary } => Tag::Table.with_summary(Some(summary.clone())).into(),
            Self::Head => Tag::THead.into(),
            Self::Rows => Tag::TBody.into(),
            Self::Row => Tag::TR.into(),
            Self::HeaderCell => Tag::TH(TableHeaderScope::Column).into(),
            Self::Cell => Tag::TD.into(),
            Self::Figure { alt } => Tag::Figure(Some(alt.clone())).into(),
        }
    }
}

//! The patient banner: who the packet is about, at the top of every page.

use std::rc::Rc;

use super::block::{Banner, Block};
use super::form::{BOX_PAD, Form, Ink, Style};
use super::page::{Area, Page, Role};
use super::shape::{SetText, Typesetting};
use super::tree::{ElementId, Kind, Tree};

/// A third of the page: whatever a name field holds, the body keeps its room.
const TALLEST: f32 = 240.0;
/// Of one text. A name without end must not drive birth date and record number
/// off the page.
const MOST_LINES: usize = 4;
/// Between two facts in the row.
const FACT_GAP: f32 = 18.0;

fn height(text: &SetText) -> f32 {
    text.lines.len().min(MOST_LINES) as f32 * text.leading
}

/// The banner, measured and placed relative to its own top left.
pub struct SetBanner {
    form: Form,
    texts: Vec<BannerText>,
    height: f32,
    cut: bool,
}

struct BannerText {
    text: Rc<SetText>,
    lines: usize,
    at: (f32, f32),
    ink: Ink,
    element: ElementId,
}

impl SetBanner {
    pub fn compose(banner: &Banner, types: &mut Typesetting<'_>, tree: &mut Tree) -> Self {
        let (form, inner) = (types.form, types.form.width - 2.0 * BOX_PAD);
        let mut set = Self {
            form,
            texts: Vec::new(),
            height: 0.0,
            cut: false,
        };
        let division = tree.add(None, Kind::Division);
        let name_width = if banner.organisation.is_empty() {
            inner
        } else {
            inner * 0.62
        };
        let name = types.set(&banner.name, Style::Name, name_width);
        let organisation = types.set(&banner.organisation, Style::Organisation, inner * 0.35);
        let top = BOX_PAD;
        let facts_top = top + height(&name).max(height(&organisation)) + 4.0;
        // One baseline for the first line of both.
        let lower = name.ascent - organisation.ascent;
        let right = inner + BOX_PAD - organisation.width();
        set.add(
            name,
            (BOX_PAD, top),
            Ink::Text,
            tree.add(Some(division), Kind::Paragraph),
        );
        let element = tree.add(Some(division), Kind::Paragraph);
        set.add(organisation, (right, top + lower), Ink::Accent, element);
        let bottom = set.facts(&banner.facts, facts_top, division, types, tree);
        set.height = bottom + BOX_PAD;
        set.fit();
        set
    }

    /// Facts side by side, as many in a row as fit.
    fn facts(
        &mut self,
        facts: &[(String, String)],
        top: f32,
        division: ElementId,
        types: &mut Typesetting<'_>,
        tree: &mut Tree,
    ) -> f32 {
        let inner = self.form.width - 2.0 * BOX_PAD;
        let (mut x, mut y, mut bottom) = (BOX_PAD, top, top);
        for (label, value) in facts {
            // The space keeps label and value apart in copied text.
            let label = types.set(&format!("{label}\u{A0}"), Style::Label, inner / 3.0);
            let label_width = if label.lines.is_empty() {
                0.0
            } else {
                label.width() + 4.0
            };
            let value = types.set(value, Style::Fact, inner - label_width);
            let width = label_width + value.width();
            if x > BOX_PAD && x + width > inner + BOX_PAD {
                (x, y) = (BOX_PAD, bottom + 1.0);
            }
            let element = tree.add(Some(division), Kind::Paragraph);
            let lower = self.form.ascent(Style::Fact) - self.form.ascent(Style::Label);
            bottom = bottom
                .max(y + height(&value))
                .max(y + lower + height(&label));
            self.add(label, (x, y + lower), Ink::Muted, element);
            self.add(value, (x + label_width, y), Ink::Text, element);
            x += width + FACT_GAP;
        }
        bottom
    }

    fn add(&mut self, text: Rc<SetText>, at: (f32, f32), ink: Ink, element: ElementId) {
        let lines = text.lines.len().min(MOST_LINES);
        self.cut |= lines < text.lines.len();
        self.texts.push(BannerText {
            text,
            lines,
            at,
            ink,
            element,
        });
    }

    /// Cuts what would take the room of the body.
    fn fit(&mut self) {
        if self.height <= TALLEST {
            return;
        }
        self.cut = true;
        self.height = TALLEST;
        for placed in &mut self.texts {
            let room = TALLEST - BOX_PAD - placed.at.1;
            placed.lines = placed.lines.min(placed.text.lines_in(room));
        }
    }

    pub fn height(&self) -> f32 {
        self.height
    }

    /// A banner that had to be cut is told in full by the first blocks.
    pub fn in_full(&self, banner: &Banner) -> Vec<Block> {
        if !self.cut {
            return Vec::new();
        }
        let whole = [&banner.name, &banner.organisation];
        let whole = whole.into_iter().map(|text| Block::Paragraph(text.clone()));
        whole.chain([Block::Grid(banner.facts.clone())]).collect()
    }

    /// Content on the first page, unless cut; the same marks elsewhere are
    /// artifacts, so that a screen reader says them once.
    pub fn place(&self, page: &mut Page, top: f32, first: bool) {
        let bar = Area {
            x: self.form.left,
            y: top,
            width: self.form.width,
            height: self.height,
        };
        page.fill(Ink::BannerTint, bar);
        page.fill(Ink::Accent, Area { width: 3.0, ..bar });
        for BannerText {
            text,
            lines,
            at,
            ink,
            element,
        } in &self.texts
        {
            let content = first && !self.cut;
            let role = if content {
                Role::Content(*element)
            } else {
                Role::PageHeader
            };
            let at = (self.form.left + at.0, top + at.1);
            page.lines(text, 0..*lines, at, *ink, role);
        }
    }
}

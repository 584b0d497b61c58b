//! Set blocks to pages: where every line lands. Pure geometry; the page header
//! comes from `banner.rs`, the footer is added when the pages are counted.

use std::rc::Rc;

use super::banner::SetBanner;
use super::breaks::{ITEM_GAP, beginning_of, lines_before_a_break, space_around};
use super::compose::{BULLET_ROOM, CAPTION_GAP, SetBlock, SetFigure, SetRow};
use super::form::{Form, Ink, Style};
use super::letterhead::SetLetterhead;
use super::page::{Area, Bookmark, Page, Role};
use super::shape::{SetText, Typesetting};
use super::tree::{Kind, Tree};

/// Between the banner and the body.
const BANNER_GAP: f32 = 14.0;
/// Between "(continued)" and the header row.
const HINT_GAP: f32 = 3.0;

/// The pages so far and the place where the next line goes.
pub struct Flow<'a, 'f> {
    pub pages: Vec<Page>,
    pub bookmarks: Vec<Bookmark>,
    pub(super) form: Form,
    pub(super) tree: &'a mut Tree,
    pub(super) types: &'a mut Typesetting<'f>,
    head_of_page: (&'a SetLetterhead, &'a SetBanner),
    /// "{section} (continued)", in the language of the sheet.
    pub(super) continued: &'a str,
    pub(super) y: f32,
    /// Where content begins on this page, below banner and repeated header.
    fresh: f32,
    /// Space owed to the block before; not taken at the top of a page.
    gap: f32,
    pub(super) section: String,
    /// Repeated on every page the current table reaches.
    pub(super) head: Option<RepeatedHead>,
}

/// A header row and the hint above it that the table goes on.
pub(super) type RepeatedHead = (Rc<SetText>, Rc<SetRow>);

pub(super) fn head_height((hint, head): &RepeatedHead, form: &Form) -> f32 {
    hint.height() + HINT_GAP + head.height() + 2.0 * form.row_pad
}

impl<'a, 'f> Flow<'a, 'f> {
    pub fn new(
        head_of_page: (&'a SetLetterhead, &'a SetBanner),
        continued: &'a str,
        tree: &'a mut Tree,
        types: &'a mut Typesetting<'f>,
    ) -> Self {
        let mut flow = Self {
            form: types.form,
            pages: Vec::new(),
            bookmarks: Vec::new(),
            tree,
            types,
            head_of_page,
            continued,
            y: 0.0,
            fresh: 0.0,
            gap: 0.0,
            section: String::new(),
            head: None,
        };
        flow.turn_page();
        flow
    }

    /// Places all blocks. A heading stays with the beginning of what it heads.
    pub fn place_all(&mut self, blocks: Vec<SetBlock>) {
        let mut beginnings = vec![0.0; blocks.len()];
        let mut next = 0.0;
        let full = self.full_room();
        for (beginning, block) in beginnings.iter_mut().zip(&blocks).rev() {
            *beginning = beginning_of(block, next, full, &self.form);
            next = *beginning;
        }
        for (block, beginning) in blocks.into_iter().zip(beginnings) {
            self.open_block(&block, beginning);
            match block {
                SetBlock::Heading { level, text } => self.heading(level, &text),
                SetBlock::Paragraph { text, ink } => self.paragraph(&text, ink),
                SetBlock::Grid(rows) => self.grid(&rows),
                SetBlock::Table(table) => self.table(table),
                SetBlock::Notice(texts) => self.notice(&texts),
                SetBlock::List(items) => self.list(&items),
                SetBlock::Figure(figure) => self.figure(&figure),
            }
        }
    }

    fn open_block(&mut self, block: &SetBlock, beginning: f32) {
        let (before, after) = space_around(block, &self.form);
        let gap = if self.at_top() {
            0.0
        } else {
            self.gap.max(before)
        };
        self.y += gap;
        self.gap = after;
        if beginning > self.room() && beginning <= self.full_room() {
            self.turn_page();
        }
    }

    pub(super) fn turn_page(&mut self) {
        let mut page = Page::default();
        let (letterhead, banner) = self.head_of_page;
        let first = self.pages.is_empty();
        let mut top = self.form.top;
        if first {
            letterhead.place(&mut page);
            top += letterhead.height();
        }
        banner.place(&mut page, top, first);
        self.pages.push(page);
        self.y = top + banner.height() + BANNER_GAP;
        if let Some((hint, head)) = self.head.take() {
            let at = (self.form.left, self.y);
            self.page().text(&hint, at, Ink::Muted, Role::Repeated);
            self.y += hint.height() + HINT_GAP;
            let roles = vec![Role::Repeated; head.cells.len()];
            self.head_row(&head, &roles);
            self.head = Some((hint, head));
        }
        self.fresh = self.y;
    }

    pub(super) fn page(&mut self) -> &mut Page {
        self.pages
            .last_mut()
            .expect("`new` turns to the first page")
    }

    pub(super) fn room(&self) -> f32 {
        self.form.bottom - self.y
    }

    pub(super) fn full_room(&self) -> f32 {
        let Form { top, bottom, .. } = self.form;
        let head = self
            .head
            .as_ref()
            .map_or(0.0, |head| head_height(head, &self.form));
        bottom - top - self.head_of_page.1.height() - BANNER_GAP - head
    }

    pub(super) fn at_top(&self) -> bool {
        self.y <= self.fresh
    }

    fn heading(&mut self, level: u8, text: &Rc<SetText>) {
        let title = self.types.plain(&text.source).replace('\n', " ");
        let (page, y) = (self.pages.len() - 1, self.y);
        self.bookmarks.push(Bookmark {
            level,
            title: title.clone(),
            page,
            y,
        });
        let kind = Kind::Heading {
            level,
            title: title.clone(),
        };
        let role = Role::Content(self.tree.add(None, kind));
        let ink = if level == 2 { Ink::Accent } else { Ink::Text };
        self.split_lines(text, ink, role, self.form.left);
        self.section = title;
    }

    fn paragraph(&mut self, text: &Rc<SetText>, ink: Ink) {
        let role = Role::Content(self.tree.add(None, Kind::Paragraph));
        self.split_lines(text, ink, role, self.form.left);
    }

    /// Places lines, over several pages if need be, never one line alone.
    pub(super) fn split_lines(&mut self, text: &Rc<SetText>, ink: Ink, role: Role, x: f32) {
        let mut done = 0;
        while done < text.lines.len() {
            let left = text.lines.len() - done;
            let take = lines_before_a_break(left, text.lines_in(self.room()), self.at_top());
            let y = self.y;
            self.page()
                .lines(text, done..done + take, (x, y), ink, role);
            self.y += take as f32 * text.leading;
            done += take;
            if done < text.lines.len() {
                self.turn_page();
            }
        }
    }

    /// Each item with its bullet, which stays with the item's first line.
    fn list(&mut self, items: &[Rc<SetText>]) {
        let list = self.tree.add(None, Kind::List { bullets: true });
        let bullet = self.types.set("•", Style::Body, BULLET_ROOM);
        for (index, text) in items.iter().enumerate() {
            self.y += if index == 0 { 0.0 } else { ITEM_GAP };
            let item = self.tree.add(Some(list), Kind::Item);
            let label = Role::Content(self.tree.add(Some(item), Kind::Label));
            let body = Role::Content(self.tree.add(Some(item), Kind::Body));
            let fits = text.lines_in(self.room());
            if lines_before_a_break(text.lines.len(), fits, self.at_top()) == 0 {
                self.turn_page();
            }
            let at = (self.form.left + 1.0, self.y);
            self.page().text(&bullet, at, Ink::Accent, label);
            self.split_lines(text, Ink::Text, body, self.form.left + BULLET_ROOM);
        }
    }

    fn figure(&mut self, figure: &SetFigure) {
        if figure.height() > self.room() && !self.at_top() {
            self.turn_page();
        }
        let alt = figure.alt.clone();
        let role = Role::Content(self.tree.add(None, Kind::Figure { alt }));
        let area = Area {
            x: self.form.left,
            y: self.y,
            width: figure.size.0,
            height: figure.size.1,
        };
        let picture = figure.picture.clone();
        self.page().pictures.push((picture, area, role));
        self.y += figure.size.1 + CAPTION_GAP;
        let role = Role::Content(self.tree.add(None, Kind::Paragraph));
        self.split_lines(&figure.caption, Ink::Muted, role, self.form.left);
    }
}

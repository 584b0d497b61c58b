//! Set blocks to pages: where every line lands. Pure geometry; the page header
//! comes from `banner.rs`, the footer is added when the pages are counted.

use std::rc::Rc;

use super::banner::SetBanner;
use super::breaks::{
    NOTICE_GAP, WORTH_STARTING, beginning_of, lines_before_a_break, notice_height, space_around,
};
use super::compose::{SetBlock, SetRow, SetTable};
use super::look::{BOTTOM, BOX_PAD, Ink, LEFT, ROW_PAD, Style, WIDTH};
use super::page::{Area, Bookmark, Page, Role};
use super::shape::{SetText, Typesetting};
use super::tree::{ElementId, Kind, Tree};

/// A header row taller than this is not repeated: rows need the room.
const TALLEST_REPEATED_HEAD: f32 = 160.0;
/// Between the banner and the body.
const BANNER_GAP: f32 = 14.0;
/// Between "(continued)" and the header row.
const HINT_GAP: f32 = 3.0;
/// Above and below a row of label and value pairs.
const PAIR_PAD: f32 = 1.6;

/// The pages so far and the place where the next line goes.
pub struct Flow<'a, 'f> {
    pub pages: Vec<Page>,
    pub bookmarks: Vec<Bookmark>,
    tree: &'a mut Tree,
    types: &'a mut Typesetting<'f>,
    banner: &'a SetBanner,
    y: f32,
    /// Where content begins on this page, below banner and repeated header.
    fresh: f32,
    /// Space owed to the block before; not taken at the top of a page.
    gap: f32,
    section: String,
    /// Repeated on every page the current table reaches.
    head: Option<RepeatedHead>,
}

/// A header row and the hint above it that the table goes on.
type RepeatedHead = (Rc<SetText>, Rc<SetRow>);

fn head_height((hint, head): &RepeatedHead) -> f32 {
    hint.height() + HINT_GAP + head.height() + 2.0 * ROW_PAD
}

impl<'a, 'f> Flow<'a, 'f> {
    pub fn new(banner: &'a SetBanner, tree: &'a mut Tree, types: &'a mut Typesetting<'f>) -> Self {
        let mut flow = Self {
            pages: Vec::new(),
            bookmarks: Vec::new(),
            tree,
            types,
            banner,
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
            *beginning = beginning_of(block, next, full);
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
            }
        }
    }

    fn open_block(&mut self, block: &SetBlock, beginning: f32) {
        let (before, after) = space_around(block);
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

    fn turn_page(&mut self) {
        let mut page = Page::default();
        self.banner.place(&mut page, self.pages.is_empty());
        self.pages.push(page);
        self.y = self.banner.bottom() + BANNER_GAP;
        if let Some((hint, head)) = self.head.take() {
            let y = self.y;
            self.page()
                .text(&hint, (LEFT, y), Ink::Muted, Role::Repeated);
            self.y += hint.height() + HINT_GAP;
            let roles = vec![Role::Repeated; head.cells.len()];
            self.head_row(&head, &roles);
            self.head = Some((hint, head));
        }
        self.fresh = self.y;
    }

    fn page(&mut self) -> &mut Page {
        self.pages
            .last_mut()
            .expect("`new` turns to the first page")
    }

    fn room(&self) -> f32 {
        BOTTOM - self.y
    }

    fn full_room(&self) -> f32 {
        BOTTOM - self.banner.bottom() - BANNER_GAP - self.head.as_ref().map_or(0.0, head_height)
    }

    fn at_top(&self) -> bool {
        self.y <= self.fresh
    }

    fn heading(&mut self, level: u8, text: &Rc<SetText>) {
        let title = text.source.replace('\n', " ");
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
        let ink = if level <= 1 { Ink::Text } else { Ink::Accent };
        self.split_lines(text, ink, role, LEFT);
        self.section = title;
    }

    fn paragraph(&mut self, text: &Rc<SetText>, ink: Ink) {
        let role = Role::Content(self.tree.add(None, Kind::Paragraph));
        self.split_lines(text, ink, role, LEFT);
    }

    /// Places lines, over several pages if need be, never one line alone.
    fn split_lines(&mut self, text: &Rc<SetText>, ink: Ink, role: Role, x: f32) {
        let mut done = 0;
        while done < text.lines.len() {
            let left = text.lines.len() - done;
            let take = lines_before_a_break(left, text.lines_in(self.room()), self.at_top());
            let y = self.y;
            self.page()
                .lines(text, done..done + take, (x, y), ink, role);
            self.y += take as f32 * text.style.leading();
            done += take;
            if done < text.lines.len() {
                self.turn_page();
            }
        }
    }

    fn grid(&mut self, rows: &[SetRow]) {
        let list = self.tree.add(None, Kind::List);
        for row in rows {
            let mut roles = Vec::with_capacity(row.cells.len());
            for _ in row.cells.chunks(2) {
                let item = self.tree.add(Some(list), Kind::Item);
                roles.push(Role::Content(self.tree.add(Some(item), Kind::Label)));
                roles.push(Role::Content(self.tree.add(Some(item), Kind::Body)));
            }
            self.row(row, &roles, PAIR_PAD, None);
        }
    }

    fn table(&mut self, table: SetTable) {
        let root = self.tree.add(
            None,
            Kind::Table {
                summary: table.summary,
            },
        );
        let head_element = self.tree.add(Some(root), Kind::Head);
        let head_row = self.tree.add(Some(head_element), Kind::Row);
        let roles = self.roles(head_row, &Kind::HeaderCell, &table.head);
        let head = Rc::new(table.head);
        if head.height() <= TALLEST_REPEATED_HEAD {
            self.head_row(&head, &roles);
            let hint = format!("{} (continued)", self.section);
            let hint = self.types.set(hint.trim_start(), Style::Small, WIDTH);
            let head = (hint, Rc::clone(&head));
            self.head = (head_height(&head) <= TALLEST_REPEATED_HEAD).then_some(head);
        } else {
            self.row(&head, &roles, ROW_PAD, Some(Ink::Accent));
        }
        if !table.rows.is_empty() {
            let body = self.tree.add(Some(root), Kind::Rows);
            for row in &table.rows {
                let element = self.tree.add(Some(body), Kind::Row);
                let roles = self.roles(element, &Kind::Cell, row);
                self.row(row, &roles, ROW_PAD, Some(Ink::Hairline));
            }
        }
        self.head = None;
    }

    fn roles(&mut self, row: ElementId, kind: &Kind, cells: &SetRow) -> Vec<Role> {
        let add = |_: &_| Role::Content(self.tree.add(Some(row), kind.clone()));
        cells.cells.iter().map(add).collect()
    }

    /// A table's header: tinted, with a firm rule below. Never broken.
    fn head_row(&mut self, head: &SetRow, roles: &[Role]) {
        let (y, height) = (self.y, head.height() + 2.0 * ROW_PAD);
        self.page().fill(
            Ink::HeadTint,
            Area {
                x: LEFT,
                y,
                width: WIDTH,
                height,
            },
        );
        for (cell, &role) in head.cells.iter().zip(roles) {
            self.page()
                .text(&cell.text, (cell.x, y + ROW_PAD), cell.ink, role);
        }
        self.y += height;
        let line = Area {
            x: LEFT,
            y: self.y - 0.5,
            width: WIDTH,
            height: 0.9,
        };
        self.page().fill(Ink::Accent, line);
    }

    /// Places a row whole where a page can hold it, line by line where not.
    fn row(&mut self, row: &SetRow, roles: &[Role], pad: f32, rule: Option<Ink>) {
        let needed = row.height() + 2.0 * pad;
        let worth = needed > self.full_room() && self.room() >= WORTH_STARTING;
        if needed > self.room() && !worth && !self.at_top() {
            self.turn_page();
        }
        let mut done = vec![0; row.cells.len()];
        loop {
            let (y, room) = (self.y + pad, self.room() - 2.0 * pad);
            let mut tallest = Style::Cell.leading();
            for ((cell, done), &role) in row.cells.iter().zip(&mut done).zip(roles) {
                let left = cell.text.lines.len() - *done;
                let take = left.min(cell.text.lines_in(room));
                self.page()
                    .lines(&cell.text, *done..*done + take, (cell.x, y), cell.ink, role);
                tallest = tallest.max(take as f32 * cell.text.style.leading());
                *done += take;
            }
            self.y = y + tallest + pad;
            if let Some(ink) = rule {
                let y = self.y;
                self.page().rule(ink, (LEFT, y), WIDTH);
            }
            if row
                .cells
                .iter()
                .zip(&done)
                .all(|(cell, done)| *done == cell.text.lines.len())
            {
                return;
            }
            self.turn_page();
        }
    }

    /// A framed box. Split only where no page can hold it.
    fn notice(&mut self, texts: &[Rc<SetText>]) {
        let element = self.tree.add(None, Kind::Division);
        let needed = notice_height(texts);
        let worth = needed > self.full_room() && self.room() >= WORTH_STARTING;
        if needed > self.room() && !worth && !self.at_top() {
            self.turn_page();
        }
        let mut top = self.y;
        self.y += BOX_PAD;
        for text in texts {
            let role = Role::Content(self.tree.add(Some(element), Kind::Paragraph));
            let mut done = 0;
            while done < text.lines.len() {
                let take = (text.lines.len() - done).min(text.lines_in(self.room() - BOX_PAD));
                let at = (LEFT + 2.0 * BOX_PAD, self.y);
                self.page()
                    .lines(text, done..done + take, at, Ink::Text, role);
                self.y += take as f32 * text.style.leading();
                done += take;
                if done < text.lines.len() {
                    self.frame(top);
                    self.turn_page();
                    top = self.y;
                    self.y += BOX_PAD;
                }
            }
            self.y += NOTICE_GAP;
        }
        self.y -= NOTICE_GAP;
        self.frame(top);
    }

    fn frame(&mut self, top: f32) {
        self.y += BOX_PAD;
        let (width, height) = (WIDTH, self.y - top);
        let tint = Area {
            x: LEFT,
            y: top,
            width,
            height,
        };
        let page = self.page();
        page.fill(Ink::NoticeTint, tint);
        page.fill(Ink::NoticeFrame, Area { width: 4.0, ..tint });
        page.fill(
            Ink::NoticeFrame,
            Area {
                height: 0.6,
                ..tint
            },
        );
        page.fill(
            Ink::NoticeFrame,
            Area {
                y: top + height - 0.6,
                height: 0.6,
                ..tint
            },
        );
        page.fill(
            Ink::NoticeFrame,
            Area {
                x: LEFT + width - 0.6,
                width: 0.6,
                ..tint
            },
        );
    }
}

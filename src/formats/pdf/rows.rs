//! Rows and boxes to pages: pairs of label and value, tables whose header repeats,
//! notices. A row stays whole where a page can hold it.

use std::rc::Rc;

use super::breaks::{NOTICE_GAP, PAIR_PAD, WORTH_STARTING, notice_height};
use super::compose::{SetRow, SetTable};
use super::direction::isolated;
use super::flow::{Flow, head_height};
use super::form::{BOX_PAD, Form, Ink, Style};
use super::page::{Area, Role};
use super::shape::{SetText, filled};
use super::tree::{ElementId, Kind};

/// A header row taller than this is not repeated: rows need the room.
const TALLEST_REPEATED_HEAD: f32 = 160.0;

impl Flow<'_, '_> {
    pub(super) fn grid(&mut self, rows: &[SetRow]) {
        let list = self.tree.add(None, Kind::List { bullets: false });
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

    pub(super) fn table(&mut self, table: SetTable) {
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
            let hint = filled(self.continued, &[("{section}", &isolated(&self.section))]);
            let hint = self
                .types
                .set(hint.trim_start(), Style::Small, self.form.width);
            let head = (hint, Rc::clone(&head));
            let fits = head_height(&head, &self.form) <= TALLEST_REPEATED_HEAD;
            self.head = fits.then_some(head);
        } else {
            self.row(&head, &roles, self.form.row_pad, Some(Ink::Accent));
        }
        if !table.rows.is_empty() {
            let body = self.tree.add(Some(root), Kind::Rows);
            for row in &table.rows {
                let element = self.tree.add(Some(body), Kind::Row);
                let roles = self.roles(element, &Kind::Cell, row);
                self.row(row, &roles, self.form.row_pad, Some(Ink::Hairline));
            }
        }
        self.head = None;
    }

    fn roles(&mut self, row: ElementId, kind: &Kind, cells: &SetRow) -> Vec<Role> {
        let add = |_: &_| Role::Content(self.tree.add(Some(row), kind.clone()));
        cells.cells.iter().map(add).collect()
    }

    /// A table's header: tinted, with a firm rule below. Never broken.
    pub(super) fn head_row(&mut self, head: &SetRow, roles: &[Role]) {
        let Form {
            left,
            width,
            row_pad,
            ..
        } = self.form;
        let height = head.height() + 2.0 * row_pad;
        let tint = Area {
            x: left,
            y: self.y,
            width,
            height,
        };
        let y = self.y;
        self.y += height;
        let page = self.page();
        page.fill(Ink::HeadTint, tint);
        for (cell, &role) in head.cells.iter().zip(roles) {
            page.text(&cell.text, (cell.x, y + row_pad), cell.ink, role);
        }
        let line = Area {
            y: y + height - 0.5,
            height: 0.9,
            ..tint
        };
        page.fill(Ink::Accent, line);
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
            let mut tallest = row.least;
            for ((cell, done), &role) in row.cells.iter().zip(&mut done).zip(roles) {
                let left = cell.text.lines.len() - *done;
                let take = left.min(cell.text.lines_in(room));
                self.page()
                    .lines(&cell.text, *done..*done + take, (cell.x, y), cell.ink, role);
                tallest = tallest.max(take as f32 * cell.text.leading);
                *done += take;
            }
            self.y = y + tallest + pad;
            if let Some(ink) = rule {
                let y = self.y;
                let Form { left, width, .. } = self.form;
                self.page().rule(ink, (left, y), width);
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
    pub(super) fn notice(&mut self, texts: &[Rc<SetText>]) {
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
                let at = (self.form.left + 2.0 * BOX_PAD, self.y);
                self.page()
                    .lines(text, done..done + take, at, Ink::Text, role);
                self.y += take as f32 * text.leading;
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
        let (width, height) = (self.form.width, self.y - top);
        let left = self.form.left;
        let tint = Area {
            x: left,
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
                x: left + width - 0.6,
                width: 0.6,
                ..tint
            },
        );
    }
}

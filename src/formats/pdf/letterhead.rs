//! The letterhead: who sends, on the first page alone. A logo where text starts,
//! name and address at the other side.

use super::block::Align;
use super::form::{Form, Ink, Style};
use super::look::Letterhead;
use super::page::{Area, Page, Piece, Role};
use super::picture::Picture;
use super::shape::Typesetting;
use super::tree::{Kind, Tree};

/// A logo is to be recognised, not to fill the page.
const LOGO: (f32, f32) = (190.0, 46.0);
/// Of the name and of the lines below it: an address, not a brochure.
const MOST_LINES: usize = 8;
/// Between the letterhead and the banner.
const GAP: f32 = 12.0;

#[derive(Default)]
pub struct SetLetterhead {
    logo: Option<(Picture, Area, Role)>,
    texts: Vec<Piece>,
    height: f32,
}

impl SetLetterhead {
    pub fn compose(letterhead: &Letterhead, types: &mut Typesetting<'_>, tree: &mut Tree) -> Self {
        let mut set = Self::default();
        if letterhead.is_empty() {
            return set;
        }
        let form = types.form;
        let division = tree.add(None, Kind::Division);
        if let Some(logo) = &letterhead.logo {
            let alt = types.plain(&logo.alt);
            let role = Role::Content(tree.add(Some(division), Kind::Figure { alt }));
            set.logo(&logo.picture, form, role);
        }
        // Beside a logo the text stands at the far side; alone it starts the page.
        let (align, x, width) = match set.logo {
            Some((_, area, _)) => {
                let taken = area.width + 2.0 * GAP;
                (Align::End, form.left + taken, form.width - taken)
            }
            None => (Align::Start, form.left, form.width),
        };
        let name = (&letterhead.organisation, Style::Organisation, Ink::Accent);
        let lines = letterhead
            .lines
            .iter()
            .map(|line| (line, Style::Small, Ink::Muted));
        let (mut y, mut left) = (form.top, MOST_LINES);
        for (text, style, ink) in std::iter::once(name).chain(lines) {
            let text = types.set_at(text, style, width, align);
            let lines = text.lines.len().min(left);
            let role = Role::Content(tree.add(Some(division), Kind::Paragraph));
            let height = lines as f32 * text.leading;
            set.texts.push(Piece {
                text,
                lines: 0..lines,
                x,
                y,
                ink,
                role,
            });
            y += height;
            left -= lines;
        }
        set.height = set.height.max(y - form.top) + GAP;
        set
    }

    fn logo(&mut self, picture: &Picture, form: Form, role: Role) {
        let (width, height) = picture.fitted(LOGO.0, LOGO.1);
        let area = Area {
            x: form.left,
            y: form.top,
            width,
            height,
        };
        self.logo = Some((picture.clone(), area, role));
        self.height = height;
    }

    pub fn height(&self) -> f32 {
        self.height
    }

    pub fn place(&self, page: &mut Page) {
        page.pictures.extend(self.logo.clone());
        let shown = self.texts.iter().filter(|piece| !piece.lines.is_empty());
        page.pieces.extend(shown.cloned());
    }
}

//! A `Sheet` to tagged PDF: PDF/UA-1 and PDF/A-2a (3a with attachments), the same
//! bytes for the same input. Touches no file and no clock, and writes no log.
//!
//! clean → shape → compose → flow → draw: characters, lines, blocks, pages, bytes.

mod banner;
mod block;
mod breaks;
mod clean;
mod compose;
mod compositor;
mod direction;
mod draw;
mod flow;
mod fonts;
mod form;
mod glyphs;
mod letterhead;
mod look;
mod page;
mod picture;
mod pictures;
mod plain;
mod rows;
mod shape;
mod svg;
mod svg_path;
#[cfg(test)]
mod tests;
mod tree;

pub use block::{Align, Attachment, Banner, Block, Column, Row, Sheet, Table};
pub use direction::isolated;
pub use fonts::Fonts;
pub use form::contrast;
pub use look::{Density, Letterhead, Logo, Look, LookError, Margins, Paper, Phrases};
pub use picture::{Picture, PictureError};

use banner::SetBanner;
use draw::{Check, Layout, draw};
use flow::Flow;
use form::{Form, Ink, Style};
use letterhead::SetLetterhead;
use page::{Page, Role};
use shape::{Typesetting, filled};
use tree::Tree;

/// A finished document.
#[derive(Debug, Clone, PartialEq)]
pub struct Printed {
    pub bytes: Vec<u8>,
    pub pages: usize,
    /// Characters no font has, printed as their code point such as "U+4E2D".
    pub unprintable: Vec<char>,
    /// Whether the bytes were checked against PDF/UA-1 and PDF/A.
    pub validated: bool,
}

/// Why there is no PDF. Names no content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PdfError {
    #[error("a font file could not be read or embedded")]
    Font,
    #[error("the document breaks {0} rules of PDF/UA-1 or PDF/A")]
    Standard(usize),
    #[error("the document is larger than PDF allows")]
    TooLarge,
    #[error("the structure of the document is inconsistent")]
    Structure,
}

/// Lays the sheet out and writes it, checked against the standards.
///
/// A reader without the packet is worse off than one with an unchecked one: what
/// the check refuses is written again without it, and says so.
pub fn print(sheet: &Sheet, fonts: &Fonts) -> Result<Printed, PdfError> {
    print_watched(sheet, fonts, &mut |_| {})
}

/// What printing has just finished, in order. A bench that watches owns the clock;
/// this room has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Measured,
    Flowed,
    Drawn,
    Written,
}

/// Prints, and tells `watch` after each stage.
pub fn print_watched(
    sheet: &Sheet,
    fonts: &Fonts,
    watch: &mut dyn FnMut(Stage),
) -> Result<Printed, PdfError> {
    let form = Form::of(&sheet.look, direction::is_mirrored(&sheet.language));
    let mut types = Typesetting::new(fonts, form, &sheet.language);
    let layout = lay_out(sheet, &mut types, watch);
    let (bytes, validated) = match draw(&layout, sheet, &mut types, Check::Standards, watch) {
        Err(PdfError::Standard(_)) => {
            (draw(&layout, sheet, &mut types, Check::None, watch)?, false)
        }
        checked => (checked?, true),
    };
    watch(Stage::Written);
    let unprintable = types.unprintable.iter().copied().collect();
    Ok(Printed {
        bytes,
        pages: layout.pages.len(),
        unprintable,
        validated,
    })
}

fn lay_out(sheet: &Sheet, types: &mut Typesetting<'_>, watch: &mut dyn FnMut(Stage)) -> Layout {
    let mut tree = Tree::default();
    let letterhead = SetLetterhead::compose(&sheet.letterhead, types, &mut tree);
    let banner = SetBanner::compose(&sheet.banner, types, &mut tree);
    let in_full = banner.in_full(&sheet.banner);
    let blocks = in_full.iter().chain(&sheet.blocks);
    let blocks = blocks
        .filter_map(|block| compose::compose(block, types))
        .collect();
    watch(Stage::Measured);
    let mut flow = Flow::new(
        (&letterhead, &banner),
        &sheet.phrases.continued,
        &mut tree,
        types,
    );
    flow.place_all(blocks);
    let (mut pages, bookmarks) = (flow.pages, flow.bookmarks);
    place_footers(&mut pages, sheet, types);
    watch(Stage::Flowed);
    Layout {
        title: types.plain(&sheet.title),
        pages,
        bookmarks,
        tree,
    }
}

/// What the sheet says, and the page number at the other end.
fn place_footers(pages: &mut [Page], sheet: &Sheet, types: &mut Typesetting<'_>) {
    let form = types.form;
    let footer = types.set(&sheet.footer, Style::Small, form.width * 0.78);
    // The bottom margin holds two lines.
    let lines = footer.lines.len().min(2);
    let count = pages.len().to_string();
    for (page, number) in pages.iter_mut().zip(1..) {
        let number = number.to_string();
        let label = filled(&sheet.phrases.page, &[("{n}", &number), ("{m}", &count)]);
        let label = types.set(&label, Style::Small, form.width * 0.2);
        page.rule(Ink::Hairline, (form.left, form.footer - 5.0), form.width);
        let at = (form.left, form.footer);
        page.lines(&footer, 0..lines, at, Ink::Muted, Role::PageFooter);
        let at = (form.right - label.width(), form.footer);
        page.text(&label, at, Ink::Muted, Role::PageFooter);
    }
}

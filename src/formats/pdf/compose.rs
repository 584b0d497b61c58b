//! Blocks to set blocks: every text measured at the width it will have, nothing
//! placed yet.

use std::rc::Rc;

use super::block::{Align, Block, Column, Row, Table};
use super::form::{BOX_PAD, CELL_PAD, Ink, Style};
use super::picture::Picture;
use super::shape::{SetText, Typesetting};

pub enum SetBlock {
    Heading {
        level: u8,
        text: Rc<SetText>,
    },
    Paragraph {
        text: Rc<SetText>,
        ink: Ink,
    },
    /// Label, value, label, value: two pairs in a row, the last may have one.
    Grid(Vec<SetRow>),
    Table(SetTable),
    /// The texts behind the bullets.
    List(Vec<Rc<SetText>>),
    Figure(SetFigure),
    /// The title, if any, and the lines under it.
    Notice(Vec<Rc<SetText>>),
}

pub struct SetTable {
    pub summary: String,
    pub head: SetRow,
    pub rows: Vec<SetRow>,
}

pub struct SetRow {
    pub cells: Vec<SetCell>,
    /// The height of one line: of an empty row.
    pub least: f32,
}

pub struct SetFigure {
    pub picture: Picture,
    pub size: (f32, f32),
    pub alt: String,
    pub caption: Rc<SetText>,
}

/// From the edge of the text to that of a list item.
pub const BULLET_ROOM: f32 = 11.0;
/// Between a picture and what is said below it.
pub const CAPTION_GAP: f32 = 4.0;

impl SetFigure {
    pub fn height(&self) -> f32 {
        self.size.1 + CAPTION_GAP + self.caption.height()
    }
}

pub struct SetCell {
    pub x: f32,
    pub text: Rc<SetText>,
    pub ink: Ink,
}

impl SetRow {
    /// Without padding. An empty row is as tall as one line of a cell.
    pub fn height(&self) -> f32 {
        let tallest = self.cells.iter().map(|cell| cell.text.height());
        tallest.fold(self.least, f32::max)
    }
}

/// Sets a block, or nothing where the block holds no text at all.
pub fn compose(block: &Block, types: &mut Typesetting<'_>) -> Option<SetBlock> {
    let set = match block {
        Block::Heading { level, text } => {
            let style = match level {
                0 | 1 => Style::Title,
                2 => Style::Section,
                _ => Style::Subsection,
            };
            let text = types.set(text, style, types.form.width);
            SetBlock::Heading {
                level: (*level).clamp(1, 6),
                text,
            }
        }
        Block::Paragraph(text) => paragraph(text, Ink::Text, types),
        Block::Absent(text) => paragraph(text, Ink::Muted, types),
        Block::Grid(pairs) => SetBlock::Grid(grid(pairs, types)),
        Block::Table(table) => SetBlock::Table(compose_table(table, types)),
        Block::Notice { title, lines } => SetBlock::Notice(notice(title, lines, types)),
        Block::List(items) => {
            let width = types.form.width - BULLET_ROOM;
            let items = items.iter().map(|item| types.set(item, Style::Body, width));
            SetBlock::List(items.filter(|item| !item.lines.is_empty()).collect())
        }
        Block::Figure {
            picture,
            alt,
            caption,
        } => SetBlock::Figure(figure(picture, alt, caption, types)),
    };
    set.has_something_to_show().then_some(set)
}

impl SetBlock {
    fn has_something_to_show(&self) -> bool {
        match self {
            Self::Heading { text, .. } | Self::Paragraph { text, .. } => !text.lines.is_empty(),
            Self::Grid(rows) => !rows.is_empty(),
            Self::Table(table) => !table.head.cells.is_empty(),
            Self::Notice(texts) | Self::List(texts) => !texts.is_empty(),
            Self::Figure(_) => true,
        }
    }
}

fn paragraph(text: &str, ink: Ink, types: &mut Typesetting<'_>) -> SetBlock {
    SetBlock::Paragraph {
        text: types.set(text, Style::Body, types.form.width),
        ink,
    }
}

/// Labels take a quarter of each half of the page, values the rest.
fn grid(pairs: &[(String, String)], types: &mut Typesetting<'_>) -> Vec<SetRow> {
    const GAP: f32 = 16.0;
    let form = types.form;
    let half = (form.width - GAP) / 2.0;
    let label_width = half * 0.3;
    let mut set_pair = |(place, (label, value)): (usize, &(String, String))| {
        let x = form.left + place as f32 * (half + GAP);
        let value_x = x + label_width + CELL_PAD;
        let label = types.set(label, Style::Cell, label_width);
        let value = types.set(value, Style::Cell, half - label_width - CELL_PAD);
        [
            SetCell {
                x,
                text: label,
                ink: Ink::Muted,
            },
            SetCell {
                x: value_x,
                text: value,
                ink: Ink::Text,
            },
        ]
    };
    let rows = pairs.chunks(2);
    rows.map(|row| SetRow {
        cells: row.iter().enumerate().flat_map(&mut set_pair).collect(),
        least: form.leading(Style::Cell),
    })
    .collect()
}

fn figure(picture: &Picture, alt: &str, caption: &str, types: &mut Typesetting<'_>) -> SetFigure {
    let form = types.form;
    let caption = types.set(caption, Style::Small, form.width);
    let size = picture.fitted(form.width, (form.bottom - form.top) / 2.0);
    let alt = types.plain(alt);
    SetFigure {
        picture: picture.clone(),
        size,
        // PDF/UA wants one; the caption is better than nothing.
        alt: if alt.is_empty() {
            caption.source.clone()
        } else {
            alt
        },
        caption,
    }
}

/// Left edge and width of a column, and where its cells keep to.
#[derive(Clone, Copy)]
struct Place {
    x: f32,
    width: f32,
    align: Align,
}

fn compose_table(table: &Table, types: &mut Typesetting<'_>) -> SetTable {
    let columns = places(table, types.form.left, types.form.width);
    let titles = table.columns.iter().map(|column| column.title.as_str());
    SetTable {
        summary: types.plain(&table.summary),
        head: row(titles, |_| Style::Head, Ink::Accent, &columns, types),
        rows: table
            .rows
            .iter()
            .map(|cells| body_row(cells, &columns, types))
            .collect(),
    }
}

fn body_row(cells: &Row, columns: &[Place], types: &mut Typesetting<'_>) -> SetRow {
    let style = |column: usize| {
        if cells.strong || cells.strong_cells.contains(&column) {
            Style::StrongCell
        } else {
            Style::Cell
        }
    };
    let texts = cells.cells.iter().map(String::as_str);
    row(texts, style, Ink::Text, columns, types)
}

/// One cell for every column: a row that is too short ends in empty ones.
fn row<'a>(
    texts: impl Iterator<Item = &'a str>,
    style: impl Fn(usize) -> Style,
    ink: Ink,
    columns: &[Place],
    types: &mut Typesetting<'_>,
) -> SetRow {
    let least = types.form.leading(style(0));
    let texts = texts.chain(std::iter::repeat(""));
    let cells = columns.iter().zip(texts).enumerate();
    let cells = cells.map(|(column, (place, text))| {
        let width = (place.width - 2.0 * CELL_PAD).max(1.0);
        SetCell {
            x: place.x + CELL_PAD,
            text: types.set_at(text, style(column), width, place.align),
            ink,
        }
    });
    SetRow {
        cells: cells.collect(),
        least,
    }
}

/// A row longer than the header gets columns of its own: an entry without a title
/// is better than a lost one.
fn places(table: &Table, left: f32, full: f32) -> Vec<Place> {
    let longest = table.rows.iter().map(|row| row.cells.len()).max();
    let weight = |column: usize| match table.columns.get(column) {
        // A weight that makes no sense must not swallow the other columns.
        Some(Column { weight, .. }) if weight.is_finite() => weight.clamp(0.05, 1000.0),
        _ => 1.0,
    };
    let count = longest.unwrap_or(0).max(table.columns.len());
    let sum: f32 = (0..count).map(weight).sum();
    let mut x = left;
    let place = |column: usize| {
        let width = full * weight(column) / sum;
        x += width;
        let align = table.columns.get(column).map(|column| column.align);
        Place {
            x: x - width,
            width,
            align: align.unwrap_or_default(),
        }
    };
    (0..count).map(place).collect()
}

fn notice(title: &str, lines: &[String], types: &mut Typesetting<'_>) -> Vec<Rc<SetText>> {
    // The bar on the left takes as much room again as the padding.
    let width = types.form.width - 3.0 * BOX_PAD;
    let title = types.set(title, Style::NoticeTitle, width);
    let lines = lines.iter().map(|line| types.set(line, Style::Body, width));
    std::iter::once(title)
        .chain(lines)
        .filter(|text| !text.lines.is_empty())
        .collect()
}

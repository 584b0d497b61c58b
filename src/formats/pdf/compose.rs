//! Blocks to set blocks: every text measured at the width it will have, nothing
//! placed yet.

use std::rc::Rc;

use super::block::{Block, Column, Row, Table};
use super::look::{BOX_PAD, CELL_PAD, Ink, LEFT, Style, WIDTH};
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
        tallest.fold(Style::Cell.leading(), f32::max)
    }
}

/// Sets a block, or nothing where the block holds no text at all.
pub fn compose(block: &Block, types: &mut Typesetting<'_>) -> Option<SetBlock> {
    let set = match block {
        Block::Heading { level, text } => {
            let style = if *level <= 1 {
                Style::Title
            } else {
                Style::Section
            };
            let text = types.set(text, style, WIDTH);
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
    };
    set.has_something_to_show().then_some(set)
}

impl SetBlock {
    fn has_something_to_show(&self) -> bool {
        match self {
            Self::Heading { text, .. } | Self::Paragraph { text, .. } => !text.lines.is_empty(),
            Self::Grid(rows) => !rows.is_empty(),
            Self::Table(table) => !table.head.cells.is_empty(),
            Self::Notice(texts) => !texts.is_empty(),
        }
    }
}

fn paragraph(text: &str, ink: Ink, types: &mut Typesetting<'_>) -> SetBlock {
    SetBlock::Paragraph {
        text: types.set(text, Style::Body, WIDTH),
        ink,
    }
}

/// Labels take a quarter of each half of the page, values the rest.
fn grid(pairs: &[(String, String)], types: &mut Typesetting<'_>) -> Vec<SetRow> {
    const GAP: f32 = 16.0;
    const HALF: f32 = (WIDTH - GAP) / 2.0;
    const LABEL: f32 = HALF * 0.3;
    let mut set_pair = |(place, (label, value)): (usize, &(String, String))| {
        let x = LEFT + place as f32 * (HALF + GAP);
        let value_x = x + LABEL + CELL_PAD;
        let label = types.set(label, Style::Cell, LABEL);
        let value = types.set(value, Style::Cell, HALF - LABEL - CELL_PAD);
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
    })
    .collect()
}

fn compose_table(table: &Table, types: &mut Typesetting<'_>) -> SetTable {
    let columns = places(table);
    let head = table.columns.iter().map(|column| column.title.as_str());
    SetTable {
        summary: types.plain(&table.summary),
        head: row(head, Style::Head, Ink::Accent, &columns, types),
        rows: table
            .rows
            .iter()
            .map(|cells| body_row(cells, &columns, types))
            .collect(),
    }
}

fn body_row(cells: &Row, columns: &[(f32, f32)], types: &mut Typesetting<'_>) -> SetRow {
    let style = if cells.strong {
        Style::StrongCell
    } else {
        Style::Cell
    };
    row(
        cells.cells.iter().map(String::as_str),
        style,
        Ink::Text,
        columns,
        types,
    )
}

/// One cell for every column: a row that is too short ends in empty ones.
fn row<'a>(
    texts: impl Iterator<Item = &'a str>,
    style: Style,
    ink: Ink,
    columns: &[(f32, f32)],
    types: &mut Typesetting<'_>,
) -> SetRow {
    let texts = texts.chain(std::iter::repeat(""));
    let cells = columns.iter().zip(texts).map(|(&(x, width), text)| {
        let text = types.set(text, style, (width - 2.0 * CELL_PAD).max(1.0));
        SetCell {
            x: x + CELL_PAD,
            text,
            ink,
        }
    });
    SetRow {
        cells: cells.collect(),
    }
}

/// Left edge and width of every column. A row longer than the header gets
/// columns of its own: an entry without a title is better than a lost one.
fn places(table: &Table) -> Vec<(f32, f32)> {
    let longest = table
        .rows
        .iter()
        .map(|row| row.cells.len())
        .max()
        .unwrap_or(0);
    let weight = |column: usize| match table.columns.get(column) {
        // A weight that makes no sense must not swallow the other columns.
        Some(Column { weight, .. }) if weight.is_finite() => weight.clamp(0.05, 1000.0),
        _ => 1.0,
    };
    let weights: Vec<f32> = (0..longest.max(table.columns.len())).map(weight).collect();
    let sum: f32 = weights.iter().sum();
    let mut x = LEFT;
    let place = |weight: f32| {
        let width = WIDTH * weight / sum;
        x += width;
        (x - width, width)
    };
    weights.into_iter().map(place).collect()
}

fn notice(title: &str, lines: &[String], types: &mut Typesetting<'_>) -> Vec<Rc<SetText>> {
    // The bar on the left takes as much room again as the padding.
    let width = WIDTH - 3.0 * BOX_PAD;
    let title = types.set(title, Style::NoticeTitle, width);
    let lines = lines.iter().map(|line| types.set(line, Style::Body, width));
    std::iter::once(title)
        .chain(lines)
        .filter(|text| !text.lines.is_empty())
        .collect()
}

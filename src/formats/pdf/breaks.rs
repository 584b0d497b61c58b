//! Where a page may end: what must stand together, and how a text is divided.

use std::rc::Rc;

use super::compose::{SetBlock, SetRow, SetTable};
use super::form::{BOX_PAD, Form};
use super::shape::SetText;

/// What must be left of a page to begin something that will not fit on it: the
/// header of a table and two lines.
pub const WORTH_STARTING: f32 = 60.0;

/// Between two paragraphs of a notice.
pub const NOTICE_GAP: f32 = 2.0;

pub fn notice_height(texts: &[Rc<SetText>]) -> f32 {
    let lines: f32 = texts.iter().map(|text| text.height() + NOTICE_GAP).sum();
    lines - NOTICE_GAP + 2.0 * BOX_PAD
}

/// Between two items of a list.
pub const ITEM_GAP: f32 = 2.0;

/// Above and below a row of label and value pairs.
pub const PAIR_PAD: f32 = 1.6;

/// Space before and after a block.
pub fn space_around(block: &SetBlock, form: &Form) -> (f32, f32) {
    let (before, after) = match block {
        SetBlock::Heading { level: 1, .. } => (6.0, 6.0),
        SetBlock::Heading { level: 2, .. } => (15.0, 4.0),
        SetBlock::Heading { .. } => (9.0, 3.0),
        SetBlock::Paragraph { .. } | SetBlock::List(_) => (0.0, 6.0),
        SetBlock::Grid(_) => (0.0, 7.0),
        SetBlock::Table(_) | SetBlock::Notice(_) | SetBlock::Figure(_) => (2.0, 9.0),
    };
    (form.space(before), form.space(after))
}

/// Of a running text: never one line alone.
fn first_lines(text: &SetText) -> f32 {
    let lines = text.lines.len();
    let together = if lines <= 3 { lines } else { 2 };
    together as f32 * text.leading
}

/// How much of a block must stand together with a heading before it, on pages
/// with `full` room: what no page can hold need only be worth starting.
pub fn beginning_of(block: &SetBlock, next: f32, full: f32, form: &Form) -> f32 {
    let whole_or_start = |height: f32| {
        if height > full {
            WORTH_STARTING
        } else {
            height
        }
    };
    match block {
        SetBlock::Heading { text, .. } => text.height() + space_around(block, form).1 + next,
        SetBlock::Paragraph { text, .. } => first_lines(text),
        SetBlock::List(items) => first_lines(&items[0]),
        SetBlock::Figure(figure) => whole_or_start(figure.height()),
        SetBlock::Grid(rows) => grid_beginning(rows, full),
        SetBlock::Table(table) => table_beginning(table, full, form),
        SetBlock::Notice(texts) => whole_or_start(notice_height(texts)),
    }
}

/// A short one as a whole: nobody wants a page for the last two pairs.
fn grid_beginning(rows: &[SetRow], full: f32) -> f32 {
    let whole: f32 = rows.iter().map(|row| row.height() + 2.0 * PAIR_PAD).sum();
    match whole <= full / 3.0 {
        true => whole,
        false => rows[0].height().min(full),
    }
}

/// The header with two rows, or with as much of the first as one page holds.
fn table_beginning(table: &SetTable, full: f32, form: &Form) -> f32 {
    let head = table.head.height() + 2.0 * form.row_pad;
    let mut rows = table
        .rows
        .iter()
        .map(|row| row.height() + 2.0 * form.row_pad);
    let (first, second) = (rows.next().unwrap_or(0.0), rows.next().unwrap_or(0.0));
    if head + first + second <= full / 2.0 {
        head + first + second
    } else if head + first <= full {
        head + first
    } else {
        head + WORTH_STARTING
    }
}

/// How many of `left` lines to place where `fit` would fit: at least two on
/// either side of the break, as long as the page was not empty.
pub fn lines_before_a_break(left: usize, fit: usize, at_top: bool) -> usize {
    if left <= fit {
        return left;
    }
    let take = if left - fit < 2 {
        fit.saturating_sub(1)
    } else {
        fit
    };
    match (take, at_top) {
        (0 | 1, false) => 0,
        (0, true) => 1,
        _ => take,
    }
}

#[cfg(test)]
mod tests {
    use super::lines_before_a_break;

    #[test]
    fn a_break_leaves_no_line_alone() {
        assert_eq!(lines_before_a_break(5, 8, false), 5);
        assert_eq!(lines_before_a_break(5, 4, false), 3);
        assert_eq!(lines_before_a_break(3, 2, false), 0);
        assert_eq!(lines_before_a_break(9, 1, false), 0);
        assert_eq!(lines_before_a_break(9, 1, true), 1);
    }
}

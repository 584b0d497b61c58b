//! How a list of facts becomes a table: the columns that an organisation chose,
//! or those in which something stands.

use super::Edition;
use crate::domain::brand::ColumnName;
use crate::domain::section::Section;
use crate::formats::pdf::{Block, Column, Row, Table};
use crate::formats::words::Term;

/// One column of a table of `T`.
pub struct Of<T> {
    pub name: ColumnName,
    pub title: Term,
    /// Share of the width, relative to the others.
    pub weight: f32,
    pub cell: fn(&T, Edition<'_>) -> String,
}

/// A table of one section.
pub struct Plan<T: 'static> {
    pub section: Section,
    /// What it lists, for a screen reader.
    pub lists: Term,
    pub columns: &'static [Of<T>],
    pub is_strong: fn(&T) -> bool,
}

/// No table of nothing.
pub fn table<T>(rows: &[&T], plan: &Plan<T>, edition: Edition<'_>) -> Option<Block> {
    if rows.is_empty() {
        return None;
    }
    let columns = chosen(rows, plan, edition);
    Some(Block::Table(Table {
        summary: edition.say(plan.lists).into(),
        columns: columns
            .iter()
            .map(|column| Column {
                title: edition.say(column.title).into(),
                weight: column.weight,
                ..Column::default()
            })
            .collect(),
        rows: rows
            .iter()
            .map(|row| Row {
                cells: columns.iter().map(|c| (c.cell)(row, edition)).collect(),
                strong: (plan.is_strong)(row),
                ..Row::default()
            })
            .collect(),
    }))
}

/// An empty column tells nothing and takes the room of the others. The first,
/// which says what a row is about, stays in any case.
fn chosen<T>(rows: &[&T], plan: &Plan<T>, edition: Edition<'_>) -> Vec<&'static Of<T>> {
    if let Some(wanted) = edition.brand.columns.get(&plan.section) {
        let of = |name: &ColumnName| plan.columns.iter().find(|column| column.name == *name);
        return wanted.iter().filter_map(of).collect();
    }
    let says = |column: &&Of<T>| {
        rows.iter()
            .any(|row| !(column.cell)(row, edition).is_empty())
    };
    let (first, others) = (plan.columns.iter().take(1), plan.columns.iter().skip(1));
    first.chain(others.filter(says)).collect()
}

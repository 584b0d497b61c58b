//! Line and column: the place of what is no element yet.

use crate::domain::facts::Problem;

/// `line 3, column 14`, both from 1; a column counts characters.
pub fn of(text: &str, at: usize) -> String {
    let at = text.floor_char_boundary(at.min(text.len()));
    let before = &text[..at];
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    format!("line {line}, column {column}")
}

pub fn problem(text: &str, at: usize, why: &str) -> Problem {
    Problem::new(of(text, at), why)
}

pub fn broken(text: &str, at: usize) -> Problem {
    problem(text, at, "the XML is broken off or not well formed")
}

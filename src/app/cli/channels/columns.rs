//! Lines for a terminal: headings, labels in a column, long places folded and
//! many alike places told as a span.

use std::collections::BTreeSet;
use std::io::IsTerminal;

/// Wide enough for places, narrow enough for a ticket.
const WIDTH: usize = 100;

/// Text in rows, to be printed at once.
#[derive(Default)]
pub(super) struct Columns {
    text: String,
    bold: bool,
}

impl Columns {
    /// Bold headings where somebody looks, none in a pipe or a file.
    pub fn for_output() -> Self {
        let bold = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self {
            bold,
            ..Self::default()
        }
    }

    pub fn heading(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        match self.bold {
            true => self.line(&format!("\x1b[1m{text}\x1b[0m")),
            false => self.line(text),
        }
    }

    pub fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    /// A label, then text that is folded under itself.
    pub fn row(&mut self, indent: usize, label: &str, width: usize, text: &str) {
        let start = indent + width + 2;
        let mut lead = format!("{:indent$}{label:<width$}  ", "");
        if lead.chars().count() > start {
            self.line(&lead);
            lead = " ".repeat(start);
        }
        let folded = fold(text, WIDTH.saturating_sub(start).max(30));
        if folded.is_empty() {
            self.line(&lead);
        }
        for piece in folded {
            self.line(&format!("{lead}{piece}"));
            lead = " ".repeat(start);
        }
    }

    /// Text without a label.
    pub fn text(&mut self, indent: usize, text: &str) {
        for piece in fold(text, WIDTH.saturating_sub(indent)) {
            self.line(&format!("{:indent$}{piece}", ""));
        }
    }

    pub fn into_text(self) -> String {
        self.text
    }
}

/// Breaks at spaces; a path longer than a line, before a `/` or a `.`.
fn fold(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let length = |line: &str| line.chars().count();
    for word in text.split_inclusive(' ') {
        let pieces = match length(word.trim_end()) > width {
            true => steps(word),
            false => vec![word],
        };
        for piece in pieces {
            match lines.last_mut() {
                Some(line) if length(line) + length(piece.trim_end()) <= width => {
                    line.push_str(piece);
                }
                _ => lines.push(piece.to_owned()),
            }
        }
    }
    lines
}

/// The steps of a path, each with what leads to it.
fn steps(path: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = path.match_indices(['/', '.']).map(|(at, _)| at).collect();
    starts.retain(|at| *at > 0);
    let ends = starts.iter().copied().chain([path.len()]);
    let begins = [0].into_iter().chain(starts.iter().copied());
    begins
        .zip(ends)
        .map(|(begin, end)| &path[begin..end])
        .collect()
}

/// Where values stand, with their number where it cannot be seen.
pub(super) fn places<'a>(places: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<&str> = places.into_iter().collect();
    let known: BTreeSet<&&str> = all.iter().collect();
    let told = match span(all.iter().copied()) {
        told if told.is_empty() => "its place is not known".to_owned(),
        told => told,
    };
    match (all.len(), known.len()) {
        (0..=3, n) if n == all.len() => told,
        (n, _) => format!("{told}  ({n})"),
    }
}

/// `OBX[1]-5, OBX[2]-5`, or from four on `OBX[1]-5 … OBX[12]-5`.
pub(super) fn span<'a>(places: impl IntoIterator<Item = &'a str>) -> String {
    let mut known: Vec<&str> = Vec::new();
    for place in places.into_iter().filter(|place| !place.is_empty()) {
        if !known.contains(&place) {
            known.push(place);
        }
    }
    let many = known.len() > 3;
    let told = match (many, &known[..]) {
        (true, [first, .., last]) => vec![*first, last],
        _ => known,
    };
    let between = if many { " … " } else { ", " };
    let whole = told.join(between);
    if whole.chars().count() <= 44 {
        return whole;
    }
    let Some((first, others)) = told.split_first() else {
        return whole;
    };
    let mut said = short(first).to_owned();
    for other in others {
        said.push_str(between);
        let told = beside(first, other);
        said.push_str(match many {
            true => told.trim_start_matches('…'),
            false => &told,
        });
    }
    said
}

/// A CDA path without what all of them begin with.
fn short(place: &str) -> &str {
    let body = place.strip_prefix("/ClinicalDocument/component/structuredBody");
    body.or_else(|| place.strip_prefix("/ClinicalDocument"))
        .unwrap_or(place)
}

/// Of a long path beside another one, the steps in which it differs.
fn beside(first: &str, other: &str) -> String {
    let same = |mut pairs: std::iter::Zip<std::str::Chars<'_>, std::str::Chars<'_>>| {
        let alike = pairs.by_ref().take_while(|(a, b)| a == b);
        alike.map(|(c, _)| c.len_utf8()).sum::<usize>()
    };
    let marks = ['[', '/', '.', '-'];
    let start = same(first.chars().zip(other.chars()));
    let start = other[..start].rfind(marks).filter(|start| *start >= 12);
    let Some(start) = start else {
        return short(other).to_owned();
    };
    let mut backwards = first.chars().rev().zip(other.chars().rev());
    let alike = backwards.by_ref().take_while(|(a, b)| a == b);
    let tail: usize = alike.map(|(c, _)| c.len_utf8()).sum();
    let end = other.len() - tail;
    // On to where a step ends; what follows is as in the first.
    let step = other[end..].find([']', '/']).map(|step| {
        let closes = other[end + step..].starts_with(']');
        end + step + usize::from(closes)
    });
    match step.filter(|end| *end > start && *end < other.len()) {
        Some(end) => format!("…{}…", &other[start..end]),
        None => format!("…{}", &other[start..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_places_are_told_as_a_span() {
        assert_eq!(span(["PID-5", "", "PID-5"]), "PID-5");
        assert_eq!(span(["A-1", "B-1", "C-1"]), "A-1, B-1, C-1");
        let many: Vec<String> = (1..=12).map(|n| format!("OBX[{n}]-5")).collect();
        let told = span(many.iter().map(String::as_str));
        assert_eq!(told, "OBX[1]-5 … OBX[12]-5");
        let long: Vec<String> = (7..=20)
            .map(|n| format!("Bundle.entry[{n}].resource.valueQuantity"))
            .collect();
        assert_eq!(places(["PV1", "PV1"]), "PV1  (2)");
        assert_eq!(places(["A", "B"]), "A, B");
        let told = span(long.iter().map(String::as_str));
        let expected = "Bundle.entry[7].resource.valueQuantity … [20]…";
        assert_eq!(told, expected);
        let path = |step: &str| {
            format!("/ClinicalDocument/component/structuredBody/component[5]/section/{step}")
        };
        let told = [
            path("entry[1]/act/code"),
            path("entry[2]/act/code"),
            path("code"),
        ];
        let expected = "/component[5]/section/entry[1]/act/code, …[2]…, …/code";
        assert_eq!(span(told.iter().map(String::as_str)), expected);
    }

    #[test]
    fn a_row_is_folded_under_its_own_text() {
        let mut columns = Columns::default();
        columns.row(2, "label", 8, &format!("{} end", "word ".repeat(20).trim()));
        let text = columns.into_text();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("  label     word word"), "{text}");
        assert!(lines[1].starts_with("            word"), "{text}");
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH));
        let path = "/ClinicalDocument".repeat(10);
        assert!(fold(&path, 60).iter().all(|line| line.len() <= 60));
    }
}

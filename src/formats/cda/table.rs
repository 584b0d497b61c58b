//! A table of a narrative as lines: `Drug: lisinopril | Dose: 10 mg` where its
//! head tells the names of the columns, else the cells with bars between them.

use super::narrative::Writer;
use super::tree::Element;

/// A page has room for a dozen columns; more than this is no table.
const MAX_COLUMNS: usize = 64;
/// A longer head is a sentence and would be repeated on every line.
const MAX_TITLE: usize = 40;

pub fn write(table: Element, writer: &mut Writer) {
    writer.gap();
    if let Some(caption) = table.children().find(|child| child.name() == "caption") {
        writer.inside(caption);
        writer.line();
    }
    let mut titles = Titles::default();
    let mut occupied = Vec::new();
    for (row, in_head) in rows(table) {
        if !writer.step() {
            return;
        }
        let cells = cells(row, &mut occupied, writer);
        let heads = cells.iter().all(|cell| cell.is_head);
        if in_head || (heads && cells.len() > 1 && titles.rows == 0 && !titles.closed) {
            titles.take(&cells, writer);
        } else {
            titles.closed = true;
            titles.line(&cells, writer);
        }
    }
    titles.flush(writer);
    writer.gap();
}

/// Every row, and whether it stands in the table's head.
fn rows<'d>(table: Element<'d>) -> impl Iterator<Item = (Element<'d>, bool)> {
    table.children().flat_map(|part| {
        let in_head = part.name() == "thead";
        let own = (part.name() == "tr").then_some((part, false));
        let grouped = matches!(part.name(), "thead" | "tbody" | "tfoot");
        let inner = part
            .children()
            .filter(move |row| grouped && row.name() == "tr");
        own.into_iter().chain(inner.map(move |row| (row, in_head)))
    })
}

struct Cell {
    column: usize,
    text: String,
    is_head: bool,
}

/// The cells of a row at their columns; a cell of the row above may reach down.
fn cells(row: Element, occupied: &mut Vec<usize>, writer: &mut Writer) -> Vec<Cell> {
    let mut found = Vec::new();
    let mut column = 0;
    for cell in row.children().filter(|c| matches!(c.name(), "td" | "th")) {
        while occupied.get(column).is_some_and(|rows| *rows > 0) {
            column += 1;
        }
        let span = |name| {
            cell.attr(name)
                .and_then(|n| n.parse().ok())
                .unwrap_or(1_usize)
        };
        let width = span("colspan").clamp(1, MAX_COLUMNS);
        if column + width > MAX_COLUMNS {
            break;
        }
        let height = span("rowspan").clamp(1, 1_000);
        if occupied.len() < column + width {
            occupied.resize(column + width, 0);
        }
        // Counted down below, so that the next row finds what is left.
        occupied[column..column + width].fill(height);
        let text = writer.aside(cell);
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        found.push(Cell {
            column,
            text: lines.collect::<Vec<_>>().join("; "),
            is_head: cell.name() == "th",
        });
        column += width;
    }
    occupied
        .iter_mut()
        .for_each(|rows| *rows = rows.saturating_sub(1));
    found
}

#[derive(Default)]
struct Titles {
    names: Vec<(usize, String)>,
    rows: usize,
    /// A row of the body was seen: what follows is no head.
    closed: bool,
}

impl Titles {
    /// One row of short titles names the columns. Two rows of them, or long
    /// ones, are printed as they stand.
    fn take(&mut self, cells: &[Cell], writer: &mut Writer) {
        self.flush(writer);
        self.rows += 1;
        if self.rows == 1 && cells.iter().all(|cell| cell.text.len() <= MAX_TITLE) {
            self.names = cells.iter().map(|c| (c.column, c.text.clone())).collect();
        } else {
            bars(cells, writer);
        }
    }

    /// A head that nothing followed, or that another head followed, is a row.
    fn flush(&mut self, writer: &mut Writer) {
        if !self.closed && !self.names.is_empty() {
            let names = std::mem::take(&mut self.names);
            let words: Vec<String> = names.into_iter().map(|(_, name)| name).collect();
            writer.words(&words.join(" | "));
            writer.line();
        }
    }

    fn line(&self, cells: &[Cell], writer: &mut Writer) {
        let named = |cell: &Cell| {
            // A cell that is a head itself names its row, and stands for itself.
            if cell.is_head {
                return None;
            }
            let name = self
                .names
                .iter()
                .find(|(column, _)| *column == cell.column)?;
            Some(name.1.as_str()).filter(|name| !name.is_empty())
        };
        let fits = self.names.len() > 1 && cells.len() > 1 && cells.len() <= self.names.len();
        if !fits {
            return bars(cells, writer);
        }
        let mut first = true;
        for cell in cells.iter().filter(|cell| !cell.text.is_empty()) {
            writer.words(if first { "" } else { " | " });
            if let Some(name) = named(cell) {
                writer.words(name);
                writer.words(if name.ends_with(':') { " " } else { ": " });
            }
            writer.words(&cell.text);
            first = false;
        }
        writer.line();
    }
}

/// `Sodium: 140 | mmol/L` where the row itself has a head, else bars alone.
fn bars(cells: &[Cell], writer: &mut Writer) {
    let mut cells = cells.iter().filter(|cell| !cell.text.is_empty()).peekable();
    while let Some(cell) = cells.next() {
        writer.words(&cell.text);
        if cells
            .peek()
            .is_some_and(|next| cell.is_head && !next.is_head)
        {
            writer.words(if cell.text.ends_with(':') { " " } else { ": " });
        } else if cells.peek().is_some() {
            writer.words(" | ");
        }
    }
    writer.line();
}

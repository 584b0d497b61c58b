//! The block model: what a page can hold, with no word about where it lands.
//! `sheet.rs` fills it from a packet; `flow.rs` breaks it into pages.

/// A whole document, ready to be laid out.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Document title for the metadata. Holds no name of a patient.
    pub title: String,
    /// BCP 47, `en`.
    pub language: String,
    /// Creation time for the metadata; the same input gives the same bytes.
    pub created: jiff::ZonedDateTime,
    /// Repeated at the top of every page: who the packet is about.
    pub banner: Banner,
    /// Left side of the footer of every page; the right side is `Page n of m`.
    pub footer: String,
    pub blocks: Vec<Block>,
}

/// The patient banner.
#[derive(Debug, Clone, PartialEq)]
pub struct Banner {
    /// `GRIFFITH, Adam James`.
    pub name: String,
    /// `Born` → `12 March 1961`, `MRN` → `123456` …, shown in one row.
    pub facts: Vec<(String, String)>,
    /// The organisation the packet comes from, shown on the right.
    pub organisation: String,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// The document's title (level 1) or a section's title (level 2).
    Heading {
        level: u8,
        text: String,
    },
    Paragraph(String),
    /// "None recorded in the source": a paragraph that reads as an absence.
    Absent(String),
    /// Labels and values, two pairs beside each other.
    Grid(Vec<(String, String)>),
    Table(Table),
    /// A framed box that must not be overlooked.
    Notice {
        title: String,
        lines: Vec<String>,
    },
}

/// A table whose header row repeats on every page it reaches.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What the table lists: its summary for a screen reader.
    pub summary: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub title: String,
    /// Share of the width, relative to the other columns.
    pub weight: f32,
}

/// Cells in the order of the columns. `strong` rows are set in bold: abnormal
/// results.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub cells: Vec<String>,
    pub strong: bool,
}

//! The block model: what a page can hold, with no word about where it lands.
//! `sheet.rs` fills it from a packet; `flow.rs` breaks it into pages.

use super::look::{Letterhead, Look, Phrases};
use super::picture::Picture;

/// A whole document, ready to be laid out.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Document title for the metadata. Holds no name of a patient.
    pub title: String,
    /// BCP 47, `en`. It chooses the direction of the pages too.
    pub language: String,
    /// Creation time for the metadata; the same input gives the same bytes.
    pub created: jiff::ZonedDateTime,
    /// Repeated at the top of every page: who the packet is about.
    pub banner: Banner,
    /// At the start of the footer of every page; at its end stands `Page n of m`.
    pub footer: String,
    pub blocks: Vec<Block>,
    pub look: Look,
    pub letterhead: Letterhead,
    pub phrases: Phrases,
    /// Files inside the document: PDF/A-3 instead of PDF/A-2.
    pub attachments: Vec<Attachment>,
}

/// The patient banner.
#[derive(Debug, Clone, PartialEq)]
pub struct Banner {
    /// `GRIFFITH, Adam James`.
    pub name: String,
    /// `Born` → `12 March 1961`, `MRN` → `123456` …, shown in one row.
    pub facts: Vec<(String, String)>,
    /// The organisation the packet comes from, shown at the end of the first line.
    pub organisation: String,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// The document's title (level 1), a section's title (level 2), a part of a
    /// section (level 3).
    Heading {
        level: u8,
        text: String,
    },
    Paragraph(String),
    /// "None recorded in the source": a paragraph that reads as an absence.
    Absent(String),
    /// With bullets.
    List(Vec<String>),
    /// Labels and values, two pairs beside each other.
    Grid(Vec<(String, String)>),
    Table(Table),
    /// A framed box that must not be overlooked.
    Notice {
        title: String,
        lines: Vec<String>,
    },
    /// A picture, no larger than half a page. `alt` says what it shows.
    Figure {
        picture: Picture,
        alt: String,
        caption: String,
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

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Column {
    pub title: String,
    /// Share of the width, relative to the other columns.
    pub weight: f32,
    pub align: Align,
}

/// Which edge of a column its cells keep to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Align {
    #[default]
    Start,
    /// For numbers: units stand below units.
    End,
}

/// Cells in the order of the columns. `strong` rows are set in bold: abnormal
/// results.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    pub cells: Vec<String>,
    pub strong: bool,
    /// Numbers of single cells that are set in bold.
    pub strong_cells: Vec<usize>,
}

/// A file that goes with the document.
#[derive(Debug, Clone, PartialEq)]
pub struct Attachment {
    /// Says nothing of a patient; ASCII.
    pub name: String,
    pub media_type: String,
    pub description: String,
    pub bytes: Vec<u8>,
    /// When the file was last changed, as far as anybody knows.
    pub modified: jiff::ZonedDateTime,
}

//! Documents that came with the event: a list, then the text of those that are
//! text. Nothing of them is run, followed or trusted to be what it says.

use super::Edition;
use super::readable::{kind_of, narrative, plain};
use super::table::{Plan, table};
use super::tables::{date, of, unless, words};
use crate::domain::brand::ColumnName as Name;
use crate::domain::facts::EmbeddedDocument;
use crate::domain::section::Section;
use crate::formats::pdf::{Block, Picture};
use crate::formats::words::Term;
use crate::formats::{cda, rtf};

/// A text longer than this, about eighty pages, is no appendix.
const LONGEST_TEXT: usize = 200_000;

const PLAN: Plan<EmbeddedDocument> = Plan {
    section: Section::Documents,
    lists: Term::Document,
    columns: &[
        of(Name::Name, Term::Document, 4.4, title),
        of(Name::Kind, Term::Type, 2.2, |d, _| {
            d.content_type.clone().unwrap_or_default()
        }),
        of(Name::Size, Term::Size, 1.2, |d, _| {
            d.size.map(size).unwrap_or_default()
        }),
        of(Name::Date, Term::Date, 2.0, |d, e| date(&d.date, e)),
    ],
    is_strong: |_| false,
};

pub fn blocks(list: &[EmbeddedDocument], edition: Edition<'_>) -> Vec<Block> {
    let rows: Vec<&EmbeddedDocument> = list.iter().collect();
    let mut blocks: Vec<Block> = table(&rows, &PLAN, edition).into_iter().collect();
    for document in list.iter().filter(|d| !d.content.is_empty()) {
        blocks.push(Block::Heading {
            level: 3,
            text: title(document, edition),
        });
        blocks.extend(shown(document, edition));
    }
    blocks
}

/// A document that was withdrawn or is not signed yet must not look otherwise.
fn title(document: &EmbeddedDocument, edition: Edition<'_>) -> String {
    let kind = document.kind.as_ref().map(words);
    let named = document.title.clone().or(kind);
    let named = named.unwrap_or_else(|| edition.say(Term::Document).into());
    let named = unless(named, document.status, "final", edition);
    unless(named, document.availability.as_deref(), "current", edition)
}

fn shown(document: &EmbeddedDocument, edition: Edition<'_>) -> Vec<Block> {
    if let Ok(picture) = Picture::open(&document.content) {
        return vec![Block::Figure {
            picture,
            alt: title(document, edition),
            caption: String::new(),
        }];
    }
    match text_of(document) {
        Some(parts) if parts.iter().map(String::len).sum::<usize>() <= LONGEST_TEXT => {
            parts.into_iter().map(Block::Paragraph).collect()
        }
        _ => vec![Block::Absent(edition.say(Term::NotShown).into())],
    }
}

/// What is printed of it as text; what it is, is told by its bytes.
fn text_of(document: &EmbeddedDocument) -> Option<Vec<String>> {
    let bytes = &document.content;
    match kind_of(document).as_str() {
        "text/plain" | "text/csv" | "text/markdown" => Some(vec![plain(bytes)]),
        "application/rtf" | "text/rtf" => rtf::text(bytes).map(|text| vec![text]),
        kind if kind.ends_with("xml") && cda::looks_like_xml(bytes) => narrative(bytes),
        _ => None,
    }
}

/// `KB` of a thousand bytes, as pages and notices say it.
fn size(bytes: usize) -> String {
    match bytes {
        ..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} KB", bytes.div_ceil(1_000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

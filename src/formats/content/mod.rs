//! What each section says, as blocks. The PDF prints them and the FHIR
//! document's narrative is made of them: one wording, two faces.

mod documents;
mod medications;
mod observations;
mod readable;
mod stay;
mod table;
mod tables;
#[cfg(test)]
mod tests;

use crate::domain::brand::Brand;
use crate::domain::packet::{Content, PacketSection, Text};
use crate::domain::section::{PacketKind, Section};
use crate::formats::pdf::Block;
use crate::formats::words::{Term, Words};
pub use medications::in_words as change_in_words;
pub use readable::words_of;

/// One way of saying a packet: a language, and an organisation's titles and
/// columns.
#[derive(Clone, Copy)]
pub struct Edition<'a> {
    pub words: &'static Words,
    pub brand: &'a Brand,
}

impl Edition<'_> {
    pub fn say(&self, term: Term) -> &'static str {
        self.words.say(term)
    }

    pub fn title(&self, section: Section, kind: PacketKind) -> &str {
        let own = self.brand.title(self.words.language, section);
        own.unwrap_or_else(|| self.words.section(section, kind))
    }
}

/// The blocks below a section's heading; never none.
pub fn blocks(section: &PacketSection, edition: Edition<'_>) -> Vec<Block> {
    let mut blocks = facts(section, edition);
    words(section, edition, &mut blocks);
    if !section.site.is_empty() {
        blocks.push(Block::Grid(section.site.clone()));
    }
    if let Some(earlier) = &section.earlier {
        // A reader must know that the last message did not say it.
        let sent = earlier.sent.as_ref();
        blocks.push(Block::Paragraph(
            edition.words.earlier(&earlier.event, sent),
        ));
    }
    if section.withheld {
        blocks.push(Block::Absent(edition.say(Term::Withheld).into()));
    } else if blocks.is_empty() {
        blocks.push(Block::Absent(edition.say(Term::NoneRecorded).into()));
    }
    blocks
}

fn facts(section: &PacketSection, edition: Edition<'_>) -> Vec<Block> {
    match &section.content {
        Content::Encounter(stay) => stay.iter().map(|s| stay::visit(s, edition)).collect(),
        Content::Referral(one) => one.iter().map(|r| stay::request(r, edition)).collect(),
        Content::Diagnoses(list) => tables::diagnoses(list, edition),
        Content::Allergies(list) => tables::allergies(list, edition),
        Content::Medications(list) => medications::blocks(list, edition),
        Content::Procedures(list) => tables::procedures(list, edition),
        Content::Observations(list) => observations::blocks(list, section.section, edition),
        Content::Immunizations(list) => tables::immunizations(list, edition),
        Content::Plan(orders, appointments) => {
            tables::plan(orders, appointments, section.section, edition)
        }
        Content::CareTeam(list) => tables::care_team(list, edition),
        Content::Payers(list) => tables::payers(list, edition),
        Content::Documents(list) => documents::blocks(list, edition),
        Content::Instructions(list) => list.iter().cloned().map(Block::Paragraph).collect(),
        Content::Words => Vec::new(),
    }
}

/// The source's own words may say the same as the facts above them, and may say
/// more: what they are is said first.
fn words(section: &PacketSection, edition: Edition<'_>, blocks: &mut Vec<Block>) {
    if !blocks.is_empty() && !section.narrative.is_empty() {
        blocks.push(part(edition.say(Term::AsWritten)));
    }
    blocks.extend(section.narrative.iter().flat_map(text));
    if !section.comments.is_empty() {
        blocks.push(part(edition.say(Term::CommentsInMessage)));
        blocks.extend(section.comments.iter().cloned().map(Block::Paragraph));
    }
}

fn text(text: &Text) -> impl Iterator<Item = Block> {
    let title = text.title.clone();
    let title = title.map(|title| part(&title));
    title
        .into_iter()
        .chain([Block::Paragraph(text.text.clone())])
}

/// What heads a part of a section stays with it.
fn part(title: &str) -> Block {
    Block::Heading {
        level: 3,
        text: title.into(),
    }
}

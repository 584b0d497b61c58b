//! What packets say of their own: titles, labels, codes and dates, in each
//! language. What the source wrote is never translated.
//!
//! A language is one file, and every table in it is complete: the compiler
//! counts the terms, a test counts the codes.

mod dates;
mod en;
mod term;
#[cfg(test)]
mod tests;

use crate::domain::facts::{Patient, When};
use crate::domain::language::Language;
use crate::domain::packet::Beyond;
use crate::domain::purpose::PurposeOfUse;
use crate::domain::section::{PacketKind, Section};
pub use term::Term;

/// One language.
pub struct Words {
    pub language: Language,
    term: fn(Term) -> &'static str,
    kind: fn(PacketKind) -> &'static str,
    section: fn(Section, PacketKind) -> &'static str,
    purpose: fn(PurposeOfUse) -> &'static str,
    /// Codes of FHIR and v2 that a packet shows: `active`, `provisional`, `IMP`.
    code: fn(&str) -> Option<&'static str>,
    /// Discharge dispositions, table 0112.
    disposition: fn(&str) -> Option<&'static str>,
    months: [&'static str; 12],
    /// As a table's cell has room for: three letters where the language abbreviates.
    short_months: [&'static str; 12],
    dates: dates::Order,
    beyond: fn(Beyond, usize) -> String,
    doubts: fn(usize) -> String,
    more_doubts: fn(usize) -> String,
    page: fn(usize, usize) -> String,
    continued: fn(&str) -> String,
    earlier: fn(&str, Option<&str>) -> String,
    /// Between the items of an enumeration.
    comma: &'static str,
}

pub fn words(language: Language) -> &'static Words {
    match language {
        Language::En => &en::WORDS,
        Language::Es | Language::Fr | Language::De => &en::WORDS,
        Language::Pt | Language::Zh | Language::Ar => &en::WORDS,
    }
}

impl Words {
    pub fn say(&self, term: Term) -> &'static str {
        (self.term)(term)
    }

    pub fn kind(&self, kind: PacketKind) -> &'static str {
        (self.kind)(kind)
    }

    pub fn section(&self, section: Section, kind: PacketKind) -> &'static str {
        (self.section)(section, kind)
    }

    pub fn purpose(&self, purpose: PurposeOfUse) -> &'static str {
        (self.purpose)(purpose)
    }

    /// A code in words; one that nobody here knows as it came, so that nothing
    /// of it is lost.
    pub fn code(&self, code: &str) -> String {
        match (self.code)(code) {
            Some(words) => words.to_owned(),
            None => code.replace('-', " "),
        }
    }

    /// The code stays beside its words: sites number their own.
    pub fn disposition(&self, code: &str) -> String {
        match (self.disposition)(code.trim_start_matches('0')) {
            Some(words) => format!("{words} ({code})"),
            None => code.to_owned(),
        }
    }

    pub fn beyond(&self, kind: Beyond, count: usize) -> String {
        (self.beyond)(kind, count)
    }

    /// `3 parts of the source were left out or not completely read`.
    pub fn doubts(&self, count: usize) -> String {
        (self.doubts)(count)
    }

    /// `… and 12 more: see the end of this packet`.
    pub fn more_doubts(&self, count: usize) -> String {
        (self.more_doubts)(count)
    }

    pub fn page(&self, number: usize, of: usize) -> String {
        (self.page)(number, of)
    }

    pub fn continued(&self, section: &str) -> String {
        (self.continued)(section)
    }

    /// Taken from an earlier message of the visit: its event, and when it was sent.
    pub fn earlier(&self, event: &str, sent: Option<&When>) -> String {
        let sent = sent.map(|at| self.date(at));
        (self.earlier)(event, sent.as_deref())
    }

    pub fn list(&self, items: &[String]) -> String {
        items.join(self.comma)
    }

    /// `23 November 2026, 10:05`: the month in words, since 03/04 is two dates.
    /// The time is the one the source wrote, in its own zone.
    pub fn date(&self, at: &When) -> String {
        dates::shown(at, &self.months, self.dates)
    }

    /// In a table's cell.
    pub fn short_date(&self, at: &When) -> String {
        dates::shown(at, &self.short_months, self.dates)
    }

    /// The patient's name as a heading shows it; a second name, often the same in
    /// another script, follows.
    pub fn patient_name(&self, patient: &Patient) -> String {
        let mut names: Vec<String> = patient.names.iter().map(|name| name.shown()).collect();
        names.retain(|name| !name.is_empty());
        names.dedup();
        names.truncate(2);
        match names.is_empty() {
            true => self.say(Term::NameNotRecorded).into(),
            false => names.join(" · "),
        }
    }
}

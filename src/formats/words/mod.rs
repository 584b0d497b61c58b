//! What packets say of their own: titles, labels, codes and dates, in each
//! language. What the source wrote is never translated.
//!
//! A language is one file, and every table in it is complete: the compiler
//! counts the terms and the codes.

mod ar;
mod code;
mod counted;
mod dates;
mod de;
mod en;
mod es;
mod fr;
mod members;
pub mod pages;
mod pt;
mod term;
#[cfg(test)]
mod tests;
mod zh;

use crate::domain::facts::{Patient, When};
use crate::domain::language::Language;
use crate::domain::packet::Beyond;
use crate::domain::purpose::PurposeOfUse;
use crate::domain::section::{PacketKind, Section};
use crate::formats::pdf::Phrases;
use code::{Code, Disposition};
pub use term::Term;

/// One language.
pub struct Words {
    pub language: Language,
    term: fn(Term) -> &'static str,
    kind: fn(PacketKind) -> &'static str,
    section: fn(Section, PacketKind) -> &'static str,
    purpose: fn(PurposeOfUse) -> &'static str,
    code: fn(Code) -> &'static str,
    disposition: fn(Disposition) -> &'static str,
    months: [&'static str; 12],
    /// As a table's cell has room for: three letters where the language abbreviates.
    short_months: [&'static str; 12],
    dates: dates::Order,
    short_dates: dates::Order,
    beyond: fn(Beyond, usize) -> String,
    doubts: fn(usize) -> String,
    more_doubts: fn(usize) -> String,
    /// With `{n}` and `{m}`.
    page: &'static str,
    /// With `{section}`.
    continued: &'static str,
    earlier: fn(&str, Option<&str>) -> String,
    /// Between the items of an enumeration, and before a time.
    comma: &'static str,
}

pub fn words(language: Language) -> &'static Words {
    match language {
        Language::En => &en::WORDS,
        Language::Es => &es::WORDS,
        Language::Fr => &fr::WORDS,
        Language::De => &de::WORDS,
        Language::Pt => &pt::WORDS,
        Language::Zh => &zh::WORDS,
        Language::Ar => &ar::WORDS,
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
    /// of it is lost. It may be the source's own text, such as a role.
    pub fn code(&self, code: &str) -> String {
        match Code::of(code) {
            Some(known) => (self.code)(known).to_owned(),
            None => code.to_owned(),
        }
    }

    /// The code stays beside its words: sites number their own.
    pub fn disposition(&self, code: &str) -> String {
        match Disposition::of(code.trim_start_matches('0')) {
            Some(known) => format!("{} ({code})", (self.disposition)(known)),
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

    /// What the pages' engine prints of its own.
    pub fn phrases(&self) -> Phrases {
        Phrases {
            page: self.page.into(),
            continued: self.continued.into(),
        }
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
        dates::shown(at, &self.months, self.dates, self.comma)
    }

    /// In a table's cell.
    pub fn short_date(&self, at: &When) -> String {
        dates::shown(at, &self.short_months, self.short_dates, self.comma)
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

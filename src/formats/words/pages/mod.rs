//! What the pages and the mails say to people, in each language. As the packet's
//! words: one file a language, every table complete.

mod ar;
mod de;
mod en;
mod es;
mod fr;
mod phrase;
mod pt;
#[cfg(test)]
mod tests;
mod zh;

use super::words;
use crate::domain::facts::When;
use crate::domain::language::Language;
pub use phrase::Phrase;

/// One language.
pub struct Pages {
    pub language: Language,
    phrase: fn(Phrase) -> &'static str,
    /// From Monday.
    weekdays: [&'static str; 7],
    /// Between a weekday and the date.
    after_weekday: &'static str,
    /// `in 2 days`.
    until: fn(Wait) -> String,
    /// `2 downloads left`.
    downloads_left: fn(usize) -> String,
    /// `You can try 2 more times`, and what happens then.
    tries_left: fn(usize) -> String,
    /// `640 bytes`.
    bytes: fn(usize) -> String,
    /// Between a number's whole part and the rest.
    point: char,
    /// Of a thousand bytes, a million, a thousand million.
    units: [&'static str; 3],
}

/// How long something still lasts, in the one unit that a person would name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    Minutes(usize),
    Hours(usize),
    Days(usize),
}

impl Wait {
    /// Rounded down, so that nobody comes too late; a minute at least.
    pub fn of_seconds(seconds: i64) -> Self {
        let whole = |unit: i64| usize::try_from(seconds / unit).unwrap_or_default();
        match seconds {
            ..3_600 => Self::Minutes(whole(60).max(1)),
            // Up to two days hours say more: `in 1 day` may be 47 of them.
            3_600..172_800 => Self::Hours(whole(3_600)),
            _ => Self::Days(whole(86_400)),
        }
    }
}

pub fn pages(language: Language) -> &'static Pages {
    match language {
        Language::En => &en::PAGES,
        Language::Es => &es::PAGES,
        Language::Fr => &fr::PAGES,
        Language::De => &de::PAGES,
        Language::Pt => &pt::PAGES,
        Language::Zh => &zh::PAGES,
        Language::Ar => &ar::PAGES,
    }
}

impl Pages {
    pub fn say(&self, phrase: Phrase) -> &'static str {
        (self.phrase)(phrase)
    }

    /// A sentence with its places filled, each once and from the left: a name that
    /// looks like a place stays a name.
    pub fn fill(&self, phrase: Phrase, values: &[(&str, &str)]) -> String {
        let mut rest = self.say(phrase);
        let mut filled = String::new();
        while let Some((before, name, after)) = next_place(rest) {
            filled.push_str(before);
            match values.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => filled.push_str(&self.isolated(name, value)),
                None => filled.push_str(&rest[before.len()..rest.len() - after.len()]),
            }
            rest = after;
        }
        filled + rest
    }

    /// A Latin name between Arabic words would carry their punctuation away. What
    /// stands alone on its line, and is copied from there, stays untouched.
    fn isolated(&self, name: &str, value: &str) -> String {
        let alone = matches!(name, "url" | "code");
        match self.language.right_to_left() && !alone {
            true => format!("\u{2068}{value}\u{2069}"),
            false => value.to_owned(),
        }
    }

    /// `Wednesday, 25 November 2026, 17:20 (UTC+01:00)`. The weekday keeps a date far
    /// away from being taken for today's; the offset is for readers in another zone.
    pub fn moment(&self, at: &jiff::ZonedDateTime) -> String {
        let weekday =
            self.weekdays[usize::from(at.weekday().to_monday_zero_offset().unsigned_abs())];
        let date = words(self.language).date(&When(at.strftime("%Y-%m-%d").to_string()));
        let time = self.time(at);
        let between = self.after_weekday;
        match self.language {
            Language::Zh => format!("{date} {weekday} {time}"),
            Language::Ar => format!("{weekday}{between}{date}، {time}"),
            _ => format!("{weekday}{between}{date}, {time}"),
        }
    }

    /// `17:20 (UTC+01:00)`, where the day is today's.
    pub fn time(&self, at: &jiff::ZonedDateTime) -> String {
        let (time, offset) = (at.strftime("%H:%M"), at.strftime("UTC%:z"));
        match self.language {
            // Its plus sign would change sides.
            Language::Ar => format!("{time} (\u{2066}{offset}\u{2069})"),
            Language::Zh => format!("{time}（{offset}）"),
            _ => format!("{time} ({offset})"),
        }
    }

    pub fn until(&self, wait: Wait) -> String {
        (self.until)(wait)
    }

    pub fn downloads_left(&self, count: i64) -> String {
        (self.downloads_left)(usize::try_from(count).unwrap_or_default())
    }

    pub fn tries_left(&self, count: i64) -> String {
        (self.tries_left)(usize::try_from(count).unwrap_or_default())
    }

    /// In decimal units, as phones count.
    pub fn size(&self, bytes: i64) -> String {
        let tenths = |unit: i64| {
            let tenths = (bytes + unit / 20) / (unit / 10);
            format!("{}{}{}", tenths / 10, self.point, tenths % 10)
        };
        match bytes {
            ..1_000 => (self.bytes)(usize::try_from(bytes).unwrap_or_default()),
            1_000..999_500 => format!("{}\u{a0}{}", (bytes + 500) / 1_000, self.units[0]),
            999_500..999_950_000 => format!("{}\u{a0}{}", tenths(1_000_000), self.units[1]),
            _ => format!("{}\u{a0}{}", tenths(1_000_000_000), self.units[2]),
        }
    }
}

/// What stands before the next place, its name, and what follows.
fn next_place(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

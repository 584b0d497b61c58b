//! Words in a text: whole ones, whatever their case and their accents.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A text as it is searched: its words in small letters without accents.
#[derive(Debug, Default)]
pub struct Folded {
    text: String,
    words: Vec<Range<usize>>,
}

impl Folded {
    pub fn of(text: &str) -> Self {
        let mut folded = Self::default();
        let mut start = None;
        let mut before = '\0';
        for c in written(text) {
            // `8mg` is two words, as is `HIV1`: blanks are forgotten there.
            let turns = c.is_numeric() != before.is_numeric();
            before = c;
            if (turns || !c.is_alphanumeric())
                && let Some(start) = start.take()
            {
                folded.words.push(start..folded.text.len());
            }
            if c.is_alphanumeric() {
                start.get_or_insert(folded.text.len());
                for small in c.to_lowercase().filter(|c| !is_mark(*c)) {
                    folded.text.push(plain(small));
                }
            }
        }
        if let Some(start) = start {
            folded.words.push(start..folded.text.len());
        }
        folded
    }

    pub fn len(&self) -> usize {
        self.words.len()
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    pub fn word(&self, nth: usize) -> &str {
        let range = self.words.get(nth).cloned().unwrap_or_default();
        &self.text[range]
    }

    fn owned(&self) -> Vec<String> {
        (0..self.len()).map(|nth| self.word(nth).into()).collect()
    }
}

/// What a reader sees of a text: without what has no width and without combining
/// accents, letters of full width as those of half.
pub fn written(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !is_mark(*c)).map(|c| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        other => other,
    })
}

/// Combining accents, as decomposed text has them, soft hyphens, and what has no
/// width: joiners, marks of direction, selectors of a variant.
fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// A small Latin letter without its accent.
fn plain(c: char) -> char {
    match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => 'e',
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => 'g',
        'ì'..='ï' | 'ī' | 'ĭ' | 'į' | 'ı' => 'i',
        'ķ' => 'k',
        'ĺ' | 'ļ' | 'ľ' | 'ł' => 'l',
        'ñ' | 'ń' | 'ņ' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => 'o',
        'ŕ' | 'ř' => 'r',
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => 's',
        'ţ' | 'ť' | 'ț' => 't',
        'ù'..='ü' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    }
}

/// Words that follow each other: `opioid use disorder`; the last may be a
/// beginning: `schizophren*`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Phrase {
    written: String,
    words: Vec<String>,
    open: bool,
}

impl Phrase {
    /// The letter that its first word begins with: what an index goes by.
    pub fn initial(&self) -> char {
        let first = self.words.first().and_then(|word| word.chars().next());
        first.unwrap_or_default()
    }

    /// Whether it stands in the text at this word.
    pub fn stands_at(&self, text: &Folded, nth: usize) -> bool {
        let last = self.words.len() - 1;
        nth + last < text.len()
            && self.words.iter().enumerate().all(|(step, wanted)| {
                let word = text.word(nth + step);
                match self.open && step == last {
                    true => word.starts_with(wanted.as_str()),
                    false => word == wanted,
                }
            })
    }

    pub fn stands_in(&self, text: &Folded) -> bool {
        (0..text.len()).any(|nth| self.stands_at(text, nth))
    }
}

impl TryFrom<String> for Phrase {
    type Error = &'static str;

    fn try_from(written: String) -> Result<Self, &'static str> {
        let (head, open) = match written.strip_suffix('*') {
            Some(head) => (head, true),
            None => (written.as_str(), false),
        };
        let words = Folded::of(head).owned();
        let tail = words.last().map_or(0, String::len);
        // A shorter beginning fits half of the dictionary.
        if words.is_empty() || head.contains('*') || (open && tail < 3) {
            return Err(
                "not words: write them like methadone clinic, or schizophren* for all that begin so (three letters at least)",
            );
        }
        Ok(Self {
            written,
            words,
            open,
        })
    }
}

impl From<Phrase> for String {
    fn from(phrase: Phrase) -> Self {
        phrase.written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stands(phrase: &str, text: &str) -> bool {
        let phrase = Phrase::try_from(phrase.to_owned()).expect("a phrase");
        phrase.stands_in(&Folded::of(text))
    }

    #[test]
    fn words_are_found_whole_in_any_case_and_with_any_accent() {
        assert!(stands("methadone", "on METHADONE, 60 mg"));
        assert!(stands("méthadone", "Methadone"));
        assert!(stands("methadone", "Me\u{301}thadone-Programm"));
        assert!(stands("suboxone", "buprenorphine/naloxone (Suboxone)"));
        assert!(!stands("rape", "rapeseed oil"));
        assert!(!stands("methadone", "methadonelike"));
    }

    #[test]
    fn neither_glued_digits_nor_signs_without_width_hide_a_word() {
        assert!(stands("suboxone", "Suboxone8-2mg"));
        assert!(stands("hiv", "HIV1 RNA"));
        assert!(stands("hiv1", "HIV-1 RNA") && stands("hiv1", "HIV1"));
        assert!(stands("buprenorph*", "bupre\u{200b}norphine"));
        assert!(stands("methadone", "metha\u{ad}done, 60\u{a0}mg"));
        assert!(stands("hiv", "\u{feff}\u{ff28}\u{ff29}\u{ff36}"));
    }

    #[test]
    fn several_words_follow_each_other_and_the_last_may_go_on() {
        assert!(stands(
            "opioid use disorder",
            "Opioid-use  disorder, severe"
        ));
        assert!(!stands(
            "opioid use disorder",
            "opioid use, eating disorder"
        ));
        assert!(stands("schizophren*", "paranoid schizophrenia"));
        assert!(!stands("schizophren", "schizophrenia"));
        assert!(!stands("opioid use disorder", "opioid use"));
    }

    #[test]
    fn what_would_fit_anything_is_refused() {
        for bad in ["", "*", " - ", "ab*", "a*b", "met*adone"] {
            assert!(Phrase::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}

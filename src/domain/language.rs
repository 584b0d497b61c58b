//! The languages that packets are printed in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// BCP 47, by the language alone. Labels and dates are in this language; what
/// the source wrote stays as it was written.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    #[default]
    En,
    Es,
    Fr,
    De,
    Pt,
    Zh,
    Ar,
}

impl Language {
    pub const ALL: [Self; 7] = [
        Self::En,
        Self::Es,
        Self::Fr,
        Self::De,
        Self::Pt,
        Self::Zh,
        Self::Ar,
    ];

    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
            Self::Fr => "fr",
            Self::De => "de",
            Self::Pt => "pt",
            Self::Zh => "zh",
            Self::Ar => "ar",
        }
    }

    pub fn of_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.tag() == tag)
    }

    pub fn right_to_left(self) -> bool {
        self == Self::Ar
    }

    /// The one that a browser likes best, of an `Accept-Language` (RFC 9110 §12.5.4):
    /// the highest weight, and of equal ones the first. English where it names none
    /// of ours. Regions and scripts do not count, `pt-BR` is Portuguese to us.
    pub fn preferred(accept: &str) -> Self {
        let mut best = None;
        for range in accept.split(',').take(MOST_RANGES) {
            let Some((language, weight)) = weighed(range) else {
                continue;
            };
            if weight > 0 && best.is_none_or(|(_, so_far)| weight > so_far) {
                best = Some((language, weight));
            }
        }
        best.map(|(language, _)| language).unwrap_or_default()
    }
}

/// No browser sends more; a longer list is somebody's attempt.
const MOST_RANGES: usize = 32;

/// A language range that names one of ours, and its weight in thousandths. `*` is
/// everything, so our default.
fn weighed(range: &str) -> Option<(Language, u16)> {
    let mut parts = range.split(';').map(str::trim);
    let tag = parts.next()?.to_ascii_lowercase();
    let primary = tag.split('-').next()?;
    let language = match primary {
        "*" => Language::default(),
        primary => Language::of_tag(primary)?,
    };
    let weight = match parts.find_map(|p| p.strip_prefix("q=").or(p.strip_prefix("Q="))) {
        Some(text) => thousandths(text.trim())?,
        None => 1_000,
    };
    Some((language, weight))
}

/// `0`, `0.8`, `1.000`: at most three digits after the point (RFC 9110 §12.4.2).
fn thousandths(text: &str) -> Option<u16> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    if rest.len() > 3 || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match whole {
        "1" => rest.bytes().all(|byte| byte == b'0').then_some(1_000),
        "0" => format!("{rest:0<3}").parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_gets_the_language_it_likes_best() {
        for (accept, language) in [
            ("de-CH, de;q=0.9, en;q=0.8", Language::De),
            ("en;q=0.3, fr;q=0.9, es;q=0.9", Language::Fr),
            ("nl, pl;q=0.9, pt-BR;q=0.5", Language::Pt),
            ("ZH-Hant-TW", Language::Zh),
            ("ar ; q = 1", Language::Ar),
            ("ar;q=1.000,de;q=0.999", Language::Ar),
            ("de;q=0, es;q=0.001", Language::Es),
        ] {
            assert_eq!(Language::preferred(accept), language, "{accept}");
        }
    }

    #[test]
    fn what_says_nothing_to_us_is_english() {
        for accept in [
            "",
            "*",
            "nl, sv;q=0.5",
            "de;q=0",
            "de;q=2",
            "de;q=0.1234",
            "de;q=-1",
            "deu",
            ";;,,q=1",
        ] {
            assert_eq!(Language::preferred(accept), Language::En, "{accept}");
        }
    }
}

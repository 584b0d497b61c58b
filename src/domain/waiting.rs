//! Why an event waits for a person, and whether a person may let it go.

use std::collections::BTreeSet;

/// One reason to wait. Stored as a word; nothing in it is of a patient.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ground {
    /// Sensitive content, by label: `OPIOIDUD`, `restricted`, `unlabelled`.
    Sensitive(String),
    /// A correction that is silent on this section of what it would replace.
    Silent(String),
    /// Its people verify with a birth date, and it has no full one.
    NoBirthDate,
    /// A training message, a back-load, one from the future.
    NotForReal,
    /// Its identity belongs to another content.
    Conflict,
    /// A later event about the same was handed over before it came.
    Overtaken,
    /// Cancelled before it came.
    Cancelled,
}

impl Ground {
    /// `sensitive:OPIOIDUD`, `overtaken`.
    pub fn word(&self) -> String {
        match self {
            Self::Sensitive(what) => format!("sensitive:{what}"),
            Self::Silent(section) => format!("silent:{section}"),
            Self::NoBirthDate => "no-birth-date".into(),
            Self::NotForReal => "not-for-real".into(),
            Self::Conflict => "conflict".into(),
            Self::Overtaken => "overtaken".into(),
            Self::Cancelled => "cancelled".into(),
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        match word.split_once(':') {
            Some(("sensitive", what)) => Some(Self::Sensitive(what.into())),
            Some(("silent", section)) => Some(Self::Silent(section.into())),
            _ => [
                Self::NoBirthDate,
                Self::NotForReal,
                Self::Conflict,
                Self::Overtaken,
                Self::Cancelled,
            ]
            .into_iter()
            .find(|ground| ground.word() == word),
        }
    }

    /// Why nobody may let it go, and what to do instead; `None` where a person may.
    pub fn never(&self) -> Option<&'static str> {
        match self {
            Self::Sensitive(_) | Self::Silent(_) | Self::NoBirthDate => None,
            Self::NotForReal => Some(
                "what is not for real life never reaches real people: name a test-recipient in the channel, or have it sent again as a real event of now",
            ),
            Self::Conflict => Some(
                "its identity belongs to another message, so which of the two is true cannot be told: have it sent again under an id of its own, and discard this one",
            ),
            Self::Overtaken => Some(
                "a later event about the same was handed over already and this one would put older content in its place: discard it",
            ),
            Self::Cancelled => Some("what it is about was cancelled: discard it"),
        }
    }
}

/// Why an event waits: the reasons, and a sentence for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub grounds: BTreeSet<Ground>,
    /// Labels and places, never a value.
    pub why: String,
}

impl Waiting {
    pub fn on(ground: Ground, why: impl Into<String>) -> Self {
        Self {
            grounds: BTreeSet::from([ground]),
            why: why.into(),
        }
    }

    /// The kinds of its reasons: a log line must not tell which label a handoff has.
    pub fn kinds(&self) -> String {
        let kind = |ground: &Ground| match ground {
            Ground::Sensitive(_) => "sensitive".to_owned(),
            Ground::Silent(_) => "silent".to_owned(),
            other => other.word(),
        };
        let kinds: BTreeSet<String> = self.grounds.iter().map(kind).collect();
        kinds.into_iter().collect::<Vec<_>>().join(" ")
    }

    /// Both reasons at once.
    pub fn and(mut self, other: Self) -> Self {
        self.grounds.extend(other.grounds);
        self.why = format!("{}; {}", self.why, other.why);
        self
    }
}

/// As the store keeps them: words with blanks between.
pub fn stored(grounds: &BTreeSet<Ground>) -> String {
    let words: Vec<String> = grounds.iter().map(Ground::word).collect();
    words.join(" ")
}

/// `None` where a word is unknown, or none is there: nobody may approve what
/// nobody understands.
pub fn of_store(stored: &str) -> Option<BTreeSet<Ground>> {
    let grounds: Option<BTreeSet<Ground>> =
        stored.split_whitespace().map(Ground::of_word).collect();
    grounds.filter(|grounds| !grounds.is_empty())
}

/// Why nobody may let this go, if nobody may.
pub fn never(grounds: &BTreeSet<Ground>) -> Option<&'static str> {
    grounds.iter().find_map(Ground::never)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grounds_are_written_as_words_and_read_again() {
        let grounds = BTreeSet::from([
            Ground::Sensitive("42CFRPart2".into()),
            Ground::Silent("medications".into()),
            Ground::NoBirthDate,
            Ground::NotForReal,
            Ground::Conflict,
            Ground::Overtaken,
            Ground::Cancelled,
        ]);
        assert_eq!(of_store(&stored(&grounds)), Some(grounds));
        assert_eq!(of_store("sensitive:HIV moonlight"), None);
        assert_eq!(of_store(""), None);
    }

    #[test]
    fn a_person_may_let_go_what_is_sensitive_or_silent_and_nothing_else() {
        let sensitive = Waiting::on(Ground::Sensitive("HIV".into()), "sensitive");
        let silent = Waiting::on(Ground::Silent("allergies".into()), "silent");
        let both = sensitive.and(silent);
        assert_eq!(both.why, "sensitive; silent");
        assert_eq!(both.kinds(), "sensitive silent");
        assert_eq!(never(&both.grounds), None);
        let mixed = both.and(Waiting::on(Ground::NotForReal, "training"));
        assert!(never(&mixed.grounds).is_some_and(|why| why.contains("test-recipient")));
    }
}

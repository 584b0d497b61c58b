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
}

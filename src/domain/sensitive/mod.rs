//! What needs more than ordinary care: the labels, and what a channel does with
//! content that bears one.

mod codes;
mod map;
mod spelled;
mod verdict;
mod words;

pub use codes::{CodePattern, CodeSystem};
pub use map::{CodeMap, CodeMapError, CodeMapFile, Codes, Entry, Kind, Results};
pub use verdict::{Hit, How, Reach, Verdict};
pub use words::{Folded, Phrase};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A sensitivity or policy code of v3-ActCode.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum SensitivityLabel {
    /// Records of a substance use disorder programme, 42 CFR Part 2 (policy).
    #[serde(rename = "42CFRPart2")]
    Part2,
    /// Substance abuse.
    #[serde(rename = "ETH")]
    Eth,
    /// Substance use disorder.
    #[serde(rename = "SUD")]
    Sud,
    /// Alcohol use disorder.
    #[serde(rename = "ETHUD")]
    Ethud,
    /// Opioid use disorder.
    #[serde(rename = "OPIOIDUD")]
    Opioidud,
    /// Psychiatry.
    #[serde(rename = "PSY")]
    Psy,
    /// Mental health.
    #[serde(rename = "MH")]
    Mh,
    /// Psychotherapy notes.
    #[serde(rename = "PSYTHPN")]
    Psythpn,
    #[serde(rename = "HIV")]
    Hiv,
    /// Sexually transmitted disease.
    #[serde(rename = "STD")]
    Std,
    /// Sexual assault, abuse or domestic violence.
    #[serde(rename = "SDV")]
    Sdv,
    /// Sexuality and reproductive health.
    #[serde(rename = "SEX")]
    Sex,
    /// Genetic disease.
    #[serde(rename = "GDIS")]
    Gdis,
}

impl SensitivityLabel {
    pub const SYSTEM: &'static str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

    pub const ALL: [Self; 13] = [
        Self::Part2,
        Self::Eth,
        Self::Sud,
        Self::Ethud,
        Self::Opioidud,
        Self::Psy,
        Self::Mh,
        Self::Psythpn,
        Self::Hiv,
        Self::Std,
        Self::Sdv,
        Self::Sex,
        Self::Gdis,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::Part2 => "42CFRPart2",
            Self::Eth => "ETH",
            Self::Sud => "SUD",
            Self::Ethud => "ETHUD",
            Self::Opioidud => "OPIOIDUD",
            Self::Psy => "PSY",
            Self::Mh => "MH",
            Self::Psythpn => "PSYTHPN",
            Self::Hiv => "HIV",
            Self::Std => "STD",
            Self::Sdv => "SDV",
            Self::Sex => "SEX",
            Self::Gdis => "GDIS",
        }
    }

    pub fn of_code(code: &str) -> Option<Self> {
        let same = |label: &Self| label.code().eq_ignore_ascii_case(code);
        Self::ALL.into_iter().find(same)
    }

    /// What a label takes with it. Substance abuse and substance use disorder,
    /// psychiatry and mental health are each used for the other; records of a
    /// programme under Part 2 are about substance use, and whether it covers a
    /// record about that is not told by the record.
    fn covers(self) -> &'static [Self] {
        use SensitivityLabel::*;
        match self {
            Eth | Sud => &[Eth, Sud, Ethud, Opioidud, Part2],
            Part2 => &[Eth, Sud, Ethud, Opioidud],
            Mh | Psy => &[Mh, Psy, Psythpn],
            _ => &[],
        }
    }

    /// Whether a rule about this label is about content that bears the other: the
    /// same, a narrower one, or a broader one that may mean it.
    pub fn concerns(self, other: Self) -> bool {
        self == other || self.covers().contains(&other) || other.covers().contains(&self)
    }
}

/// What a channel does with content that bears one of its labels.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SensitiveRule {
    /// Which labels this is about; a label takes its narrower ones with it.
    #[serde(default = "all_labels")]
    #[schemars(length(min = 1))]
    pub labels: Vec<SensitivityLabel>,
    pub action: SensitiveAction,
    /// What is sensitive where nobody labelled it: HL7 v2 rarely carries labels,
    /// so there is no answer that would be right for every site.
    pub unlabelled: Unlabelled,
    /// What the patient consented to, for the reader: 42 CFR 2.32(b) wants a copy
    /// of the consent or a clear explanation of its scope beside the records.
    #[serde(default)]
    pub consent_scope: Option<String>,
}

/// Without a label nothing can be withheld: all of them by default.
fn all_labels() -> Vec<SensitivityLabel> {
    SensitivityLabel::ALL.to_vec()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SensitiveAction {
    /// The event waits for a person's approval.
    Hold,
    /// The sections that hold it stay behind, and all free text and originals
    /// with them.
    WithholdSection,
    /// It leaves, and says what it is.
    Label,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unlabelled {
    /// Whatever bears no label at all waits for a person.
    Hold,
    /// The site's code map says.
    Map,
    /// Nothing is sensitive but what is labelled.
    Send,
}

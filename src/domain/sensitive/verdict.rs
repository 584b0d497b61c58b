//! What was found sensitive, where, and what follows from it.

use super::{SensitiveAction, SensitivityLabel};
use crate::domain::section::Section;
use serde::Serialize;
use std::collections::BTreeSet;

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hit {
    /// `None`: the source asks for care and does not say what for.
    pub label: Option<SensitivityLabel>,
    /// Where it stands; never what it says.
    pub at: String,
    pub reach: Reach,
    pub how: How,
    /// In the words of the code map, or of the standard: for whoever tests a
    /// channel, and for nobody else, since it tells what is the matter.
    pub why: String,
}

/// How much of the packet a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// All of it: a label of the message, the patient or the stay.
    Whole,
    /// These sections; none where no section of the packet prints it.
    Sections(Vec<Section>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// The source labelled it.
    Label,
    /// The source says that the patient refuses.
    Consent,
    Code,
    Words,
    Service,
    Facility,
}

impl How {
    fn said(self) -> &'static str {
        match self {
            Self::Label => "labelled by the source",
            Self::Consent => "a consent that was refused or ended",
            Self::Code => "by code",
            Self::Words => "by words",
            Self::Service => "by hospital service",
            Self::Facility => "by facility",
        }
    }
}

impl Hit {
    /// `OPIOIDUD`, or `restricted` where the source does not say what for.
    pub fn code(&self) -> &'static str {
        match (self.how, self.label) {
            (How::Consent, _) => "consent",
            (_, Some(label)) => label.code(),
            (_, None) => "restricted",
        }
    }

    /// `OPIOIDUD by code at DG1[1]-3`: the place, never the value.
    pub fn said(&self) -> String {
        match self.how {
            How::Consent => format!("{} at {}", self.how.said(), self.at),
            how => format!("{} {} at {}", self.code(), how.said(), self.at),
        }
    }

    /// Whether any of it would leave: labels of what stays behind would tell it.
    fn leaves(&self) -> bool {
        match &self.reach {
            Reach::Whole => true,
            Reach::Sections(sections) => !sections.is_empty(),
        }
    }
}

/// What a channel's rule makes of a message.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    pub action: SensitiveAction,
    /// All that the rule is about, in the order of the message.
    pub hits: Vec<Hit>,
    /// Places of what bears no label, where the channel holds that.
    pub unlabelled: Vec<String>,
    /// What the patient consented to, as the channel or the approver says it.
    pub consent_scope: Option<String>,
}

impl Default for Verdict {
    /// Nothing was found.
    fn default() -> Self {
        Self {
            action: SensitiveAction::Hold,
            hits: Vec::new(),
            unlabelled: Vec::new(),
            consent_scope: None,
        }
    }
}

/// More places than this are counted, not listed.
const PLACES_SAID: usize = 6;

impl Verdict {
    /// What keeps the event waiting for a person: `OPIOIDUD`, `restricted`,
    /// `consent`, `unlabelled`. Nothing where it may leave.
    pub fn grounds(&self) -> BTreeSet<String> {
        let mut grounds: BTreeSet<String> = self.holding().map(|h| h.code().into()).collect();
        if !self.unlabelled.is_empty() {
            grounds.insert("unlabelled".into());
        }
        grounds
    }

    /// Why the event waits, in a sentence: labels and places, no values.
    pub fn why_held(&self) -> Option<String> {
        let mut said: Vec<String> = self.holding().map(Hit::said).collect();
        if !self.unlabelled.is_empty() {
            let places = listed(&self.unlabelled, ", ");
            said.push(format!("without any label: {places}"));
        }
        if self.lacks_consent() {
            said.push("42 CFR Part 2 needs the scope of the patient's consent".into());
        }
        (!said.is_empty()).then(|| format!("sensitive: {}", listed(&said, "; ")))
    }

    /// The findings for which a person must decide.
    fn holding(&self) -> impl Iterator<Item = &Hit> {
        self.hits.iter().filter(|hit| {
            hit.how == How::Consent
                || match self.action {
                    SensitiveAction::Hold => true,
                    // What is about all of it cannot stay behind section by section.
                    SensitiveAction::WithholdSection => hit.reach == Reach::Whole,
                    SensitiveAction::Label => {
                        hit.label == Some(SensitivityLabel::Part2) && self.lacks_consent()
                    }
                }
        })
    }

    /// 42 CFR 2.32(b): records under Part 2 go with the consent's scope.
    pub fn lacks_consent(&self) -> bool {
        self.consent_scope.is_none() && self.labels().contains(&SensitivityLabel::Part2)
    }

    /// The sections that stay behind.
    pub fn withheld(&self) -> Vec<(Section, &Hit)> {
        if self.action != SensitiveAction::WithholdSection {
            return Vec::new();
        }
        let mut sections: Vec<(Section, &Hit)> = Vec::new();
        for hit in &self.hits {
            let Reach::Sections(of) = &hit.reach else {
                continue;
            };
            for section in of {
                if !sections.iter().any(|(known, _)| known == section) {
                    sections.push((*section, hit));
                }
            }
        }
        sections
    }

    /// The first finding that keeps free text and documents behind: they may
    /// tell what the sections beside them must not.
    pub fn silences_text(&self) -> Option<&Hit> {
        let withholds = self.action == SensitiveAction::WithholdSection;
        let mut hits = self.hits.iter().filter(|_| withholds);
        hits.find(|hit| matches!(hit.reach, Reach::Sections(_)))
    }

    /// The labels of what leaves. What stays behind labels nothing: a label would
    /// tell of it.
    pub fn labels(&self) -> Vec<SensitivityLabel> {
        let labels = self.leaving().filter_map(|hit| hit.label);
        let labels: BTreeSet<SensitivityLabel> = labels.collect();
        labels.into_iter().collect()
    }

    /// Whether anything that leaves needs more than ordinary care.
    pub fn is_restricted(&self) -> bool {
        self.leaving().next().is_some()
    }

    fn leaving(&self) -> impl Iterator<Item = &Hit> {
        let withholds = self.action == SensitiveAction::WithholdSection;
        self.hits
            .iter()
            .filter(move |hit| hit.leaves() && (!withholds || hit.reach == Reach::Whole))
    }
}

fn listed(said: &[String], between: &str) -> String {
    let mut text = said[..said.len().min(PLACES_SAID)].join(between);
    if said.len() > PLACES_SAID {
        text.push_str(&format!("{between}{} more", said.len() - PLACES_SAID));
    }
    text
}

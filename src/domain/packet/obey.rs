//! What a verdict takes from a packet, and what it makes it say of itself.

use super::content::{Content, PacketSection};
use super::{Packet, Withheld};
use crate::domain::facts::{Encounter, Observation};
use crate::domain::section::Section;
use crate::domain::sensitive::{Hit, Verdict};

/// A result that is longer, or has lines, was written and not measured.
const LONGEST_VALUE: usize = 64;

/// More words than a value or a reaction has where somebody chose it from a list:
/// `none detected`, `swelling of the face`.
const WORDS_OF_A_VALUE: usize = 3;
const WORDS_OF_A_REACTION: usize = 4;

impl Packet {
    /// Leaves behind what the verdict withholds, and labels what leaves. Free text
    /// and documents obey the verdict on the facts beside them, in every section.
    pub fn obey(mut self, verdict: &Verdict) -> Self {
        for (section, hit) in verdict.withheld() {
            self.empty(section, hit);
        }
        if let Some(hit) = verdict.silences_text() {
            self.silence(hit);
        }
        self.security.labels = verdict.labels();
        if verdict.is_restricted() && self.security.confidentiality != "V" {
            self.security.confidentiality = "R";
        }
        if !self.security.labels.is_empty() {
            self.security.consent_scope = verdict.consent_scope.clone();
        }
        self
    }

    fn empty(&mut self, section: Section, hit: &Hit) {
        let Some(made) = self.sections.iter_mut().find(|s| s.section == section) else {
            return;
        };
        *made = PacketSection {
            section,
            content: made.content.emptied(),
            narrative: Vec::new(),
            comments: Vec::new(),
            site: Vec::new(),
            earlier: None,
            withheld: true,
        };
        self.withheld.push(Withheld {
            what: format!("the section {}", section.key()),
            at: hit.at.clone(),
            why: format!("{} ({})", hit.said(), hit.why),
        });
    }

    fn silence(&mut self, hit: &Hit) {
        let beside = format!("free text and documents obey the verdict: {}", hit.said());
        for made in &mut self.sections {
            if silence(made) {
                made.withheld = true;
                self.withheld.push(Withheld {
                    what: format!("the words of {}", made.section.key()),
                    at: String::new(),
                    why: beside.clone(),
                });
            }
        }
        for document in std::mem::take(&mut self.originals) {
            self.withheld.push(Withheld {
                what: "an original".into(),
                at: super::beyond::first_place(&document.at),
                why: beside.clone(),
            });
        }
    }
}

/// Takes all free text from a section; tells whether there was any. How a drug is
/// taken stays: a medication without its dosage is dangerous, and the judgement
/// reads the dosage with the name.
fn silence(section: &mut PacketSection) -> bool {
    let before = section.clone();
    section.narrative.clear();
    section.comments.clear();
    section.site.clear();
    match &mut section.content {
        Content::Encounter(stay) => stay.iter_mut().for_each(silence_stay),
        Content::Referral(referral) => referral.iter_mut().for_each(|r| r.reason = None),
        Content::Diagnoses(list) => list.iter_mut().for_each(|one| one.note = None),
        Content::Medications(list) => list.iter_mut().for_each(|one| one.medication.notes.clear()),
        Content::Observations(list) => {
            list.iter_mut().for_each(|one| one.notes.clear());
            list.retain(|one| !is_written(one));
        }
        Content::Plan(_, appointments) => appointments.iter_mut().for_each(|one| one.reason = None),
        Content::Documents(list) => list.clear(),
        Content::Instructions(list) => list.clear(),
        Content::Allergies(list) => list.iter_mut().for_each(|one| {
            let chosen = |reaction: &String| words(reaction) <= WORDS_OF_A_REACTION;
            one.reactions.retain(chosen);
        }),
        Content::Procedures(_)
        | Content::Immunizations(_)
        | Content::CareTeam(_)
        | Content::Payers(_)
        | Content::Words => {}
    }
    *section != before
}

fn silence_stay(stay: &mut Encounter) {
    stay.reason = None;
}

/// A sentence or a report in place of a value.
fn is_written(result: &Observation) -> bool {
    let value = result.value.as_deref().unwrap_or_default();
    let is_long = value.chars().count() > LONGEST_VALUE || words(value) > WORDS_OF_A_VALUE;
    !result.numeric && (is_long || value.contains('\n'))
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

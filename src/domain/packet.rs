//! The chosen facts: what a channel lets leave, and nothing more.

use crate::domain::facts::{
    AllergyIntolerance, ClinicalFacts, Condition, Doubt, Earlier, Encounter, Format, Medication,
    NarrativeSection, Observation, Patient, Procedure, Remembered, Sender, ServiceRequest, When,
};
use crate::domain::rule::PacketRule;
use crate::domain::section::{INSTRUCTION_CODES, PacketKind, Section};
use serde::Serialize;

/// Rendered once for each format of the channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Packet {
    pub kind: PacketKind,
    pub patient: Patient,
    pub sections: Vec<PacketSection>,
    pub origin: Origin,
    /// A v3-Confidentiality code.
    pub confidentiality: &'static str,
    /// What the source holds and no section of any packet does, by kind.
    pub beyond: Vec<String>,
    pub doubts: Vec<Doubt>,
}

/// Which message the packet was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    pub format: Format,
    pub event: String,
    pub control_id: Option<String>,
    pub sender: Sender,
    pub sent: Option<When>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PacketSection {
    pub section: Section,
    pub content: Content,
    /// What the source itself wrote under this section's LOINC code.
    pub narrative: Vec<String>,
    /// Comments of the message (NTE outside of a group), which nobody wrote for
    /// the patient.
    pub comments: Vec<String>,
    /// The site's own fields that its channel prints here: title and text.
    pub site: Vec<(String, String)>,
    /// The earlier message that the section's facts were taken from.
    pub earlier: Option<Earlier>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Content {
    Encounter(Option<Encounter>),
    Referral(Option<ServiceRequest>),
    Diagnoses(Vec<Condition>),
    Allergies(Vec<AllergyIntolerance>),
    Medications(Vec<Medication>),
    Procedures(Vec<Procedure>),
    Results(Vec<Observation>),
    Instructions(Vec<String>),
}

impl Packet {
    /// All that a reader would learn of it, in one text: two packets that say
    /// the same have the same. Not for people.
    ///
    /// The status of the stay is the event's more than the stay's, and which
    /// earlier message said a thing does not change it.
    pub fn said(&self) -> Result<String, serde_json::Error> {
        let mut sections = self.sections.clone();
        for section in &mut sections {
            section.earlier = None;
            if let Content::Encounter(Some(stay)) = &mut section.content {
                stay.status = None;
            }
        }
        serde_json::to_string(&(self.kind, &self.patient, &sections))
    }

    /// The names of the sections that say something.
    pub fn filled(&self) -> Vec<String> {
        let filled = self.sections.iter().filter(|section| !section.is_empty());
        let name = |section: &PacketSection| serde_json::to_value(section.section).ok();
        filled
            .filter_map(|section| name(section)?.as_str().map(str::to_owned))
            .collect()
    }
}

impl PacketSection {
    pub fn is_empty(&self) -> bool {
        let no_facts = match &self.content {
            Content::Encounter(encounter) => encounter.is_none(),
            Content::Referral(referral) => referral.is_none(),
            Content::Diagnoses(list) => list.is_empty(),
            Content::Allergies(list) => list.is_empty(),
            Content::Medications(list) => list.is_empty(),
            Content::Procedures(list) => list.is_empty(),
            Content::Results(list) => list.is_empty(),
            Content::Instructions(list) => list.is_empty(),
        };
        let no_words = self.narrative.is_empty() && self.comments.is_empty();
        no_facts && no_words && self.site.is_empty()
    }
}

/// Picks the sections a channel asked for, in the channel's order.
///
/// A section the message said nothing about stays in the packet, empty: the
/// reader must be able to tell "none recorded" from "not asked for". Social
/// security numbers stay behind.
pub fn assemble(facts: &ClinicalFacts, rule: &PacketRule) -> Packet {
    let mut patient = facts.patient.clone();
    patient
        .identifiers
        .retain(|identifier| identifier.type_code.as_deref() != Some("SS"));
    Packet {
        kind: rule.kind,
        patient,
        sections: rule
            .sections
            .iter()
            .map(|section| pick(facts, rule, *section))
            .collect(),
        origin: Origin {
            format: facts.format,
            event: facts.event.clone(),
            control_id: facts.control_id.clone(),
            sender: facts.sender.clone(),
            sent: facts.sent.clone(),
        },
        confidentiality: facts.confidentiality(),
        beyond: beyond(facts, rule),
        doubts: facts.doubts.clone(),
    }
}

/// "None recorded" must not be said of a source that says it elsewhere. Kinds
/// and counts only: a title may say more than its reader should know.
fn beyond(facts: &ClinicalFacts, rule: &PacketRule) -> Vec<String> {
    let printed = |section: &NarrativeSection| {
        let code = |code: &str| [section.standard, section.code.as_deref()].contains(&Some(code));
        let mut wanted = rule.sections.iter();
        wanted.any(|wanted| code(wanted.loinc(rule.kind)))
            || INSTRUCTION_CODES.iter().any(|c| code(c))
    };
    let texts = facts.sections.iter().filter(|s| !s.text.trim().is_empty());
    let kinds = [
        (
            texts.filter(|s| !printed(s)).count(),
            "section of text",
            "sections of text",
        ),
        (facts.documents.len(), "document", "documents"),
        (facts.immunizations.len(), "immunization", "immunizations"),
        (facts.orders.len(), "order", "orders"),
        (facts.appointments.len(), "appointment", "appointments"),
    ];
    let said = kinds.into_iter().filter(|(count, ..)| *count > 0);
    said.map(|(count, one, several)| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {several}"),
    })
    .collect()
}

fn pick(facts: &ClinicalFacts, rule: &PacketRule, section: Section) -> PacketSection {
    let content = match section {
        Section::Encounter => Content::Encounter(facts.encounter.clone()),
        Section::ReasonForReferral => Content::Referral(facts.referral.clone()),
        Section::Diagnoses => Content::Diagnoses(facts.conditions.clone()),
        Section::Allergies => Content::Allergies(facts.allergies.clone()),
        Section::Medications => Content::Medications(facts.medications.clone()),
        Section::Procedures => Content::Procedures(facts.procedures.clone()),
        Section::Results => Content::Results(facts.results.clone()),
        Section::Instructions => Content::Instructions(facts.instructions.clone()),
    };
    PacketSection {
        section,
        content,
        narrative: narrative_of(facts, rule.kind, section),
        comments: match section {
            Section::Instructions => facts.notes.clone(),
            _ => Vec::new(),
        },
        site: site_facts(facts, rule, section),
        earlier: earlier(facts, section),
    }
}

fn site_facts(facts: &ClinicalFacts, rule: &PacketRule, section: Section) -> Vec<(String, String)> {
    let wanted = rule
        .site_facts
        .iter()
        .filter(|rule| rule.section == section);
    let said = wanted.flat_map(|rule| {
        let place = String::from(rule.place.clone());
        let found = facts.site_facts.iter().filter(move |f| f.place == place);
        found.map(|fact| (rule.title.clone(), fact.text.clone()))
    });
    said.collect()
}

fn earlier(facts: &ClinicalFacts, section: Section) -> Option<Earlier> {
    let what = match section {
        Section::Allergies => Remembered::Allergies,
        Section::Medications => Remembered::Medications,
        _ => return None,
    };
    facts.earlier.iter().find(|e| e.what == what).cloned()
}

/// The source's own text for a section. Instructions are left out: readers
/// already put those sections into the facts. A plan, which stands in the place
/// of instructions in a referral, they do not.
fn narrative_of(facts: &ClinicalFacts, kind: PacketKind, section: Section) -> Vec<String> {
    let code = section.loinc(kind);
    if INSTRUCTION_CODES.contains(&code) {
        return Vec::new();
    }
    let same = facts
        .sections
        .iter()
        .filter(|s| s.code.as_deref() == Some(code) || s.standard == Some(code));
    same.map(|s| s.text.trim().to_owned())
        .filter(|text| !text.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::{Coded, Identifier, NarrativeSection};

    fn rule(sections: &[Section]) -> PacketRule {
        PacketRule::of(PacketKind::Discharge, sections)
    }

    fn facts() -> ClinicalFacts {
        let coded = |text: &str| Coded {
            text: Some(text.into()),
            ..Coded::default()
        };
        ClinicalFacts {
            conditions: vec![Condition {
                code: coded("asthma"),
                ..Condition::default()
            }],
            results: vec![Observation {
                code: coded("sodium"),
                ..Observation::default()
            }],
            patient: Patient {
                identifiers: vec![Identifier {
                    value: "123-45-6789".into(),
                    system: None,
                    type_code: Some("SS".into()),
                    ..Identifier::default()
                }],
                ..Patient::default()
            },
            ..ClinicalFacts::default()
        }
    }

    #[test]
    fn only_the_sections_asked_for_leave_in_their_order() {
        let wanted = [Section::Allergies, Section::Diagnoses];
        let packet = assemble(&facts(), &rule(&wanted));
        let order: Vec<_> = packet.sections.iter().map(|s| s.section).collect();
        assert_eq!(order, wanted);
        assert!(!format!("{packet:?}").contains("sodium"));
    }

    #[test]
    fn a_section_without_facts_stays_and_is_empty() {
        let packet = assemble(&facts(), &rule(&[Section::Allergies]));
        assert!(packet.sections[0].is_empty());
    }

    #[test]
    fn what_no_section_carries_is_counted_and_comments_are_no_instructions() {
        let mut facts = facts();
        facts.notes.push("The family does not know".into());
        facts.sections.push(NarrativeSection {
            code: Some("8648-8".into()),
            text: "A long course".into(),
            ..NarrativeSection::default()
        });
        facts.documents.resize_with(2, Default::default);
        let packet = assemble(&facts, &rule(&[Section::Instructions]));
        assert_eq!(packet.beyond, ["1 section of text", "2 documents"]);
        assert_eq!(
            packet.sections[0].content,
            Content::Instructions(Vec::new())
        );
        assert_eq!(packet.sections[0].comments, ["The family does not know"]);
    }

    #[test]
    fn the_social_security_number_stays_behind() {
        let packet = assemble(&facts(), &rule(&[Section::Encounter]));
        assert!(!format!("{packet:?}").contains("6789"));
    }

    #[test]
    fn a_referral_prints_the_sources_plan_and_a_discharge_its_instructions_once() {
        let mut facts = facts();
        facts.instructions.push("Rest".into());
        for (code, text) in [("18776-5", "See us in May"), ("8653-8", "Rest")] {
            facts.sections.push(NarrativeSection {
                code: Some(code.into()),
                text: text.into(),
                ..NarrativeSection::default()
            });
        }
        let printed = |kind| {
            assemble(&facts, &PacketRule::of(kind, &[Section::Instructions]))
                .sections
                .remove(0)
        };
        assert_eq!(printed(PacketKind::Referral).narrative, ["See us in May"]);
        assert!(printed(PacketKind::Discharge).narrative.is_empty());
    }

    #[test]
    fn the_sources_own_words_fill_a_section_that_has_no_entries() {
        let mut facts = facts();
        facts.sections.push(NarrativeSection {
            code: Some("48765-2".into()),
            title: None,
            text: " No known allergies ".into(),
            ..NarrativeSection::default()
        });
        let packet = assemble(&facts, &rule(&[Section::Allergies]));
        assert_eq!(packet.sections[0].narrative, ["No known allergies"]);
        assert!(!packet.sections[0].is_empty());
    }
}

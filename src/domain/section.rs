//! The sections a packet may hold: their names in channel files and their LOINC
//! codes (C-CDA 5.0 Discharge Summary and Referral Note, PACIO Transitions of
//! Care). Their titles are words of a language: `formats/words`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// LOINC: hospital discharge instructions (C-CDA) and discharge instructions
/// (PACIO). Texts under these codes are instructions, not results.
pub const INSTRUCTION_CODES: [&str; 2] = ["8653-8", "69730-0"];

/// What kind of packet a channel makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PacketKind {
    /// A discharge summary, LOINC 18842-5.
    Discharge,
    /// A referral note, LOINC 57133-1.
    Referral,
    /// Documents that came with the event, LOINC 11503-0 (medical records).
    Documents,
}

impl PacketKind {
    pub fn loinc(self) -> &'static str {
        match self {
            Self::Discharge => "18842-5",
            Self::Referral => "57133-1",
            Self::Documents => "11503-0",
        }
    }

    /// What a reader of this kind expects to be told even where there is nothing
    /// to tell: C-CDA 5.0 SHALL and SHOULD, Joint Commission.
    pub fn required(self) -> &'static [Section] {
        match self {
            Self::Discharge => &[
                Section::Encounter,
                Section::Diagnoses,
                Section::HospitalCourse,
                Section::Medications,
                Section::Allergies,
                Section::Procedures,
                Section::Results,
                Section::Consultations,
                Section::Plan,
                Section::Instructions,
            ],
            Self::Referral => &[
                Section::ReasonForReferral,
                Section::Diagnoses,
                Section::Medications,
                Section::Allergies,
                Section::Results,
                Section::Plan,
            ],
            Self::Documents => &[Section::Documents],
        }
    }
}

/// One section of a packet, in the order the channel lists them.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Section {
    /// The visit: class, dates, attending, disposition.
    Encounter,
    /// Why the patient is referred, by whom and to whom.
    ReasonForReferral,
    /// Chief complaint and reason for visit, as the source wrote them.
    ReasonForVisit,
    PresentIllness,
    Diagnoses,
    HospitalCourse,
    /// What to take, and what changed.
    Medications,
    Allergies,
    Procedures,
    Consultations,
    Results,
    VitalSigns,
    Immunizations,
    Assessment,
    /// What is planned: orders, appointments, and the source's own words.
    Plan,
    /// Assessment and plan in one; instead of those two, never beside them.
    AssessmentAndPlan,
    /// Instructions and comments, as the source wrote them.
    Instructions,
    PastHistory,
    FamilyHistory,
    SocialHistory,
    FunctionalStatus,
    MentalStatus,
    Nutrition,
    AdvanceDirectives,
    Devices,
    /// Insurance. Leaves only where it is listed.
    Payers,
    /// Who cares for the patient, and how to reach them.
    CareTeam,
    /// The documents that came with the event: a list, and the texts among them.
    Documents,
}

impl Section {
    pub const ALL: [Self; 28] = [
        Self::Encounter,
        Self::ReasonForReferral,
        Self::ReasonForVisit,
        Self::PresentIllness,
        Self::Diagnoses,
        Self::HospitalCourse,
        Self::Medications,
        Self::Allergies,
        Self::Procedures,
        Self::Consultations,
        Self::Results,
        Self::VitalSigns,
        Self::Immunizations,
        Self::Assessment,
        Self::Plan,
        Self::AssessmentAndPlan,
        Self::Instructions,
        Self::PastHistory,
        Self::FamilyHistory,
        Self::SocialHistory,
        Self::FunctionalStatus,
        Self::MentalStatus,
        Self::Nutrition,
        Self::AdvanceDirectives,
        Self::Devices,
        Self::Payers,
        Self::CareTeam,
        Self::Documents,
    ];

    /// The LOINC code of the section in a packet of this kind.
    pub fn loinc(self, kind: PacketKind) -> &'static str {
        let discharge = kind == PacketKind::Discharge;
        match self {
            Self::Diagnoses if !discharge => "11450-4",
            Self::Medications if !discharge => "10160-0",
            Self::Instructions if !discharge => "69730-0",
            other => other.codes()[0],
        }
    }

    /// The LOINC codes under which a source writes what belongs here, the
    /// section's own first.
    pub fn codes(self) -> &'static [&'static str] {
        match self {
            Self::Encounter => &["46240-8"],
            Self::ReasonForReferral => &["42349-1"],
            Self::ReasonForVisit => &["46239-0", "10154-3", "29299-5"],
            Self::PresentIllness => &["10164-2"],
            Self::Diagnoses => &["11535-2", "11450-4", "46241-6", "29548-5"],
            Self::HospitalCourse => &["8648-8"],
            Self::Medications => &["10183-2", "10160-0", "42346-7", "29549-3"],
            Self::Allergies => &["48765-2"],
            Self::Procedures => &["47519-4"],
            Self::Consultations => &["18841-7"],
            Self::Results => &["30954-2", "11493-4"],
            Self::VitalSigns => &["8716-3"],
            Self::Immunizations => &["11369-6"],
            Self::Assessment => &["51848-0"],
            Self::Plan => &["18776-5"],
            Self::AssessmentAndPlan => &["51847-2", "51848-0", "18776-5"],
            Self::Instructions => &INSTRUCTION_CODES,
            Self::PastHistory => &["11348-0"],
            Self::FamilyHistory => &["10157-6"],
            Self::SocialHistory => &["29762-2"],
            Self::FunctionalStatus => &["47420-5"],
            Self::MentalStatus => &["10190-7"],
            Self::Nutrition => &["61144-2"],
            Self::AdvanceDirectives => &["42348-3"],
            Self::Devices => &["46264-8"],
            Self::Payers => &["48768-6"],
            Self::CareTeam => &["85847-2"],
            Self::Documents => &["77599-9"],
        }
    }

    /// The section that a source's text under this LOINC code belongs to, among
    /// those that a packet has.
    pub fn of_code(code: &str, among: &[Self]) -> Option<Self> {
        let mut takes = among.iter().filter(|s| s.codes().contains(&code));
        // Its own section before one that would take it in as well.
        let own = takes.clone().find(|section| section.codes()[0] == code);
        own.or_else(|| takes.next()).copied()
    }

    /// `vital-signs`: as channel files spell it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Encounter => "encounter",
            Self::ReasonForReferral => "reason-for-referral",
            Self::ReasonForVisit => "reason-for-visit",
            Self::PresentIllness => "present-illness",
            Self::Diagnoses => "diagnoses",
            Self::HospitalCourse => "hospital-course",
            Self::Medications => "medications",
            Self::Allergies => "allergies",
            Self::Procedures => "procedures",
            Self::Consultations => "consultations",
            Self::Results => "results",
            Self::VitalSigns => "vital-signs",
            Self::Immunizations => "immunizations",
            Self::Assessment => "assessment",
            Self::Plan => "plan",
            Self::AssessmentAndPlan => "assessment-and-plan",
            Self::Instructions => "instructions",
            Self::PastHistory => "past-history",
            Self::FamilyHistory => "family-history",
            Self::SocialHistory => "social-history",
            Self::FunctionalStatus => "functional-status",
            Self::MentalStatus => "mental-status",
            Self::Nutrition => "nutrition",
            Self::AdvanceDirectives => "advance-directives",
            Self::Devices => "devices",
            Self::Payers => "payers",
            Self::CareTeam => "care-team",
            Self::Documents => "documents",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_spelled_in_one_way_and_is_listed_once() {
        let mut seen = std::collections::BTreeSet::new();
        for section in Section::ALL {
            let spelled = serde_json::to_value(section).expect("JSON");
            assert_eq!(spelled, section.key());
            assert!(seen.insert(section), "{section:?} is listed twice");
        }
        let schema = serde_json::to_value(schemars::schema_for!(Section)).expect("JSON");
        let variants = schema["oneOf"].as_array().expect("one arm or more");
        let count: usize = variants
            .iter()
            .map(|arm| arm["enum"].as_array().map_or(1, Vec::len))
            .sum();
        assert_eq!(count, Section::ALL.len());
    }

    #[test]
    fn a_text_belongs_to_its_own_section_first() {
        let of = |code, among: &[Section]| Section::of_code(code, among);
        let both = [Section::AssessmentAndPlan, Section::Plan];
        assert_eq!(of("18776-5", &both), Some(Section::Plan));
        let joined = [Section::AssessmentAndPlan];
        assert_eq!(of("18776-5", &joined), Some(Section::AssessmentAndPlan));
        assert_eq!(of("8648-8", &joined), None);
    }
}

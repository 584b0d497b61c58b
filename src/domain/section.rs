//! The sections a packet may hold: their names in channel files, titles and
//! LOINC codes (C-CDA 5.0 Discharge Summary and Referral Note).

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
}

impl PacketKind {
    pub fn loinc(self) -> &'static str {
        match self {
            Self::Discharge => "18842-5",
            Self::Referral => "57133-1",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Discharge => "Discharge summary",
            Self::Referral => "Referral note",
        }
    }
}

/// One section of a packet, in the order the channel lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Section {
    /// The visit: class, dates, attending, disposition.
    Encounter,
    /// Why the patient is referred, by whom and to whom.
    ReasonForReferral,
    Diagnoses,
    Allergies,
    Medications,
    Procedures,
    Results,
    /// Instructions and comments, as the source wrote them.
    Instructions,
}

impl Section {
    /// The LOINC code of the section in a packet of this kind.
    pub fn loinc(self, kind: PacketKind) -> &'static str {
        match (self, kind) {
            (Self::Encounter, _) => "46240-8",
            (Self::ReasonForReferral, _) => "42349-1",
            (Self::Diagnoses, PacketKind::Discharge) => "11535-2",
            (Self::Diagnoses, PacketKind::Referral) => "11450-4",
            (Self::Allergies, _) => "48765-2",
            (Self::Medications, PacketKind::Discharge) => "10183-2",
            (Self::Medications, PacketKind::Referral) => "10160-0",
            (Self::Procedures, _) => "47519-4",
            (Self::Results, _) => "30954-2",
            (Self::Instructions, PacketKind::Discharge) => "8653-8",
            (Self::Instructions, PacketKind::Referral) => "18776-5",
        }
    }

    pub fn title(self, kind: PacketKind) -> &'static str {
        match (self, kind) {
            (Self::Encounter, PacketKind::Discharge) => "Hospital stay",
            (Self::Encounter, PacketKind::Referral) => "Visit",
            (Self::ReasonForReferral, _) => "Reason for referral",
            (Self::Diagnoses, PacketKind::Discharge) => "Discharge diagnoses",
            (Self::Diagnoses, PacketKind::Referral) => "Problems",
            (Self::Allergies, _) => "Allergies and intolerances",
            (Self::Medications, PacketKind::Discharge) => "Discharge medications",
            (Self::Medications, PacketKind::Referral) => "Medications",
            (Self::Procedures, _) => "Procedures",
            (Self::Results, _) => "Results",
            (Self::Instructions, PacketKind::Discharge) => "Discharge instructions",
            (Self::Instructions, PacketKind::Referral) => "Plan and comments",
        }
    }
}

//! The chosen facts: what a channel lets leave, and nothing more.

mod assemble;
mod beyond;
mod content;
mod medications;
mod narrow;
mod obey;
mod patient;
#[cfg(test)]
mod tests;

use crate::domain::facts::{Doubt, EmbeddedDocument, Format, Patient, RelatedPerson, Sender, When};
use crate::domain::purpose::PurposeOfUse;
use crate::domain::section::{PacketKind, Section};
use crate::domain::sensitive::SensitivityLabel;
pub use assemble::assemble;
pub use beyond::{Beyond, home, section_of};
pub use content::{Content, PacketSection, Text};
pub use medications::{Change, Listed, Standing};
use serde::Serialize;

/// Rendered once for each format and language of the channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Packet {
    pub kind: PacketKind,
    pub patient: Patient,
    /// Next of kin, where the channel names them.
    pub contacts: Vec<RelatedPerson>,
    pub sections: Vec<PacketSection>,
    /// Documents of the event that leave as files of their own.
    pub originals: Vec<EmbeddedDocument>,
    /// Whether the PDF carries them.
    pub attach_originals: bool,
    pub origin: Origin,
    pub purpose: PurposeOfUse,
    pub security: Security,
    /// What the source holds and no section of this packet does, by kind.
    pub beyond: Vec<(Beyond, usize)>,
    pub doubts: Vec<Doubt>,
    /// All that stayed behind, for whoever tests a channel. No packet prints it.
    pub withheld: Vec<Withheld>,
}

/// What a reader must know of how the packet may be used.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Security {
    /// A v3-Confidentiality code: `N`, `R`, `V`.
    pub confidentiality: &'static str,
    /// What the content is sensitive for, narrower than confidentiality.
    pub labels: Vec<SensitivityLabel>,
    /// The scope of the patient's consent, in the channel's or the approver's words.
    pub consent_scope: Option<String>,
}

impl Security {
    /// Whether 42 CFR Part 2 goes with it: its notice, and no redisclosure.
    pub fn is_part_2(&self) -> bool {
        self.labels.contains(&SensitivityLabel::Part2)
    }
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

/// Something that was read and does not leave.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Withheld {
    /// What it is, never what it says: `social security number`, `4 results`.
    pub what: String,
    /// Where it stood, as far as that is known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub at: String,
    pub why: String,
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
        // What is doubted, not where: a replay counts its segments otherwise.
        let doubts: Vec<&str> = self.doubts.iter().map(|d| d.why.as_str()).collect();
        let originals: Vec<&[u8]> = self.originals.iter().map(|d| &*d.content).collect();
        serde_json::to_string(&(
            self.kind,
            &self.patient,
            &self.contacts,
            &sections,
            originals,
            &self.security,
            doubts,
            &self.beyond,
        ))
    }

    /// The names of the sections that say something, be it that something of it is
    /// withheld.
    pub fn filled(&self) -> Vec<String> {
        let said = |section: &&PacketSection| !section.is_empty() || section.withheld;
        let filled = self.sections.iter().filter(said);
        filled
            .map(|section| section.section.key().to_owned())
            .collect()
    }

    pub fn section(&self, wanted: Section) -> Option<&PacketSection> {
        self.sections.iter().find(|made| made.section == wanted)
    }
}

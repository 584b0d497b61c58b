//! What leaves: the part of a channel file that says which sections and fields a
//! packet holds, in which formats, for what purpose.

use crate::domain::document::PacketFormat;
use crate::domain::fields::{Field, PatientField};
use crate::domain::names::BrandName;
use crate::domain::purpose::PurposeOfUse;
use crate::domain::section::{PacketKind, Section};
use crate::domain::sensitive::SensitiveRule;
use crate::domain::wishes::SitePlace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PacketRule {
    pub kind: PacketKind,
    /// In reading order. Nothing that is not listed leaves.
    #[schemars(length(min = 1))]
    pub sections: Vec<Section>,
    /// What is said of the patient.
    #[serde(default = "PatientField::defaults")]
    #[schemars(length(min = 1))]
    pub patient: Vec<PatientField>,
    /// Of these sections, only these fields; a section that is not named here
    /// leaves whole.
    #[serde(default)]
    pub fields: BTreeMap<Section, Vec<Field>>,
    /// One file each, in this order; a PDF for each language of the recipients.
    #[schemars(length(min = 1))]
    pub formats: Vec<PacketFormat>,
    /// Puts the documents that came with the event into the PDF as attachments
    /// (PDF/A-3).
    #[serde(default)]
    pub attach_originals: bool,
    /// What the packet is handed over for, v3-ActReason.
    pub purpose_of_use: PurposeOfUse,
    /// What needs more than ordinary care.
    pub sensitive: SensitiveRule,
    /// The looks: a file of `brands/` beside the channels. `default` where that
    /// is there, else our own.
    #[serde(default)]
    pub brand: Option<BrandName>,
    /// A site's own fields of HL7 v2, each printed in a section of the packet.
    #[serde(default)]
    pub site_facts: Vec<SiteFactRule>,
}

impl PacketRule {
    /// Whether this part of a section leaves.
    pub fn allows(&self, section: Section, field: Field) -> bool {
        let named = self.fields.get(&section);
        named.is_none_or(|fields| fields.contains(&field))
    }

    pub fn says(&self, field: PatientField) -> bool {
        self.patient.contains(&field)
    }

    /// These sections and nothing of a site's own, as a PDF, whatever it holds.
    pub fn of(kind: PacketKind, sections: &[Section]) -> Self {
        use crate::domain::sensitive::{SensitiveAction, SensitivityLabel, Unlabelled};
        Self {
            kind,
            sections: sections.to_vec(),
            patient: PatientField::defaults(),
            fields: BTreeMap::new(),
            formats: vec![PacketFormat::Pdf],
            attach_originals: false,
            purpose_of_use: PurposeOfUse::Treat,
            sensitive: SensitiveRule {
                labels: SensitivityLabel::ALL.to_vec(),
                action: SensitiveAction::Label,
                unlabelled: Unlabelled::Send,
                consent_scope: None,
            },
            brand: None,
            site_facts: Vec::new(),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SiteFactRule {
    #[serde(rename = "where")]
    pub place: SitePlace,
    /// What it is, for the reader of the packet.
    pub title: String,
    /// A section of this packet.
    pub section: Section,
}

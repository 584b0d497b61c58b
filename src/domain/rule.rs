//! What leaves: the part of a channel file that says which sections and fields a
//! packet holds, and in which formats.

use crate::domain::document::PacketFormat;
use crate::domain::section::{PacketKind, Section};
use crate::domain::wishes::SitePlace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PacketRule {
    pub kind: PacketKind,
    /// In reading order.
    #[schemars(length(min = 1))]
    pub sections: Vec<Section>,
    /// One file each, in this order.
    #[schemars(length(min = 1))]
    pub formats: Vec<PacketFormat>,
    /// A site's own fields of HL7 v2, each printed in a section of the packet.
    #[serde(default)]
    pub site_facts: Vec<SiteFactRule>,
}

impl PacketRule {
    /// These sections and nothing of a site's own, as a PDF.
    pub fn of(kind: PacketKind, sections: &[Section]) -> Self {
        Self {
            kind,
            sections: sections.to_vec(),
            formats: vec![PacketFormat::Pdf],
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

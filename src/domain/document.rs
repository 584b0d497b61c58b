//! The formats a packet is written in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the packet is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PacketFormat {
    /// A tagged PDF for people.
    Pdf,
    /// A FHIR R4 document Bundle for systems.
    FhirDocument,
}

impl PacketFormat {
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::FhirDocument => "application/fhir+json",
        }
    }

    /// A neutral name: it says what kind of file this is and nothing else.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Pdf => "packet.pdf",
            Self::FhirDocument => "packet.fhir.json",
        }
    }
}

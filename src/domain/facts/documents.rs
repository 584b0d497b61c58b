//! Texts and files that came with the message.

use super::{Coded, Places, When};
use serde::Serialize;

/// A document that came inside the message (ED, DocumentReference, Binary,
/// nonXMLBody), or that the message only points at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EmbeddedDocument {
    /// What the bytes are where they say so themselves, else what was declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What kind of document it is: TXA-2, DocumentReference.type.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<Coded>,
    /// Bytes after decoding; absent when the document is only pointed at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,
    /// TXA-12, masterIdentifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// A FHIR composition-status code (`preliminary`, `final`) where it maps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<&'static str>,
    /// A FHIR document-reference-status where the source says more than `current`
    /// (`superseded`, `entered-in-error`), else TXA-19 as received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<When>,
    /// The document itself, decoded; empty when it is only pointed at. A pointer
    /// is never followed.
    #[serde(skip)]
    pub content: Vec<u8>,
    #[serde(skip_serializing_if = "Places::is_empty")]
    pub at: Places,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NarrativeSection {
    /// LOINC, or the code as received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The LOINC code of its kind where it came with another code, or with none:
    /// a CDA template says what the section is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standard: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The narrative as plain text; printed by packets, not by `read`.
    #[serde(skip)]
    pub text: String,
    #[serde(skip_serializing_if = "Places::is_empty")]
    pub at: Places,
}

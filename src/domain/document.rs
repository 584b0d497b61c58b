//! The formats a packet is written in, and the files that come of it.

use crate::domain::language::Language;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// How the packet is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PacketFormat {
    /// A tagged PDF for people, in each language of the recipients.
    Pdf,
    /// A FHIR R4 document Bundle for systems.
    FhirDocument,
    /// The documents that came with the event, as they came.
    Original,
}

/// One file of a packet: what it is, and what it is called. Its name and type
/// are neutral: they say what kind of file this is and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    pub format: PacketFormat,
    /// None where the source wrote it in a language nobody named.
    pub language: Option<Language>,
    /// `application/pdf`; of an original what its bytes are, if we know.
    pub content_type: Cow<'static, str>,
    pub file_name: String,
}

impl Rendition {
    /// A packet has several PDFs where its recipients speak several languages.
    pub fn pdf(language: Language, several: bool) -> Self {
        Self {
            format: PacketFormat::Pdf,
            language: Some(language),
            content_type: Cow::Borrowed("application/pdf"),
            file_name: match several {
                true => format!("packet.{}.pdf", language.tag()),
                false => "packet.pdf".into(),
            },
        }
    }

    pub fn fhir(language: Language) -> Self {
        Self {
            format: PacketFormat::FhirDocument,
            language: Some(language),
            content_type: Cow::Borrowed("application/fhir+json"),
            file_name: "packet.fhir.json".into(),
        }
    }

    /// The n-th document that came with the event, from 1.
    pub fn original(ordinal: usize, content_type: Option<&str>) -> Self {
        let (content_type, ending) = safe_type(content_type);
        Self {
            format: PacketFormat::Original,
            language: None,
            content_type: Cow::Borrowed(content_type),
            file_name: format!("original-{ordinal}.{ending}"),
        }
    }

    /// The language of the readers it is for, where others get another file
    /// instead.
    pub fn reader(&self) -> Option<Language> {
        self.language.filter(|_| self.format == PacketFormat::Pdf)
    }
}

/// The media types of documents that leave under their own name. Anything that a
/// browser might run (HTML, SVG, scripts) leaves as bytes.
fn safe_type(content_type: Option<&str>) -> (&'static str, &'static str) {
    match content_type.unwrap_or_default() {
        "application/pdf" => ("application/pdf", "pdf"),
        "application/rtf" | "text/rtf" => ("application/rtf", "rtf"),
        "text/plain" => ("text/plain", "txt"),
        "image/png" => ("image/png", "png"),
        "image/jpeg" => ("image/jpeg", "jpg"),
        "image/gif" => ("image/gif", "gif"),
        "image/tiff" => ("image/tiff", "tif"),
        "application/dicom" => ("application/dicom", "dcm"),
        "application/xml" | "text/xml" | "application/hl7-sda+xml" | "application/hl7-cda+xml" => {
            ("application/xml", "xml")
        }
        "application/fhir+json" => ("application/fhir+json", "fhir.json"),
        _ => ("application/octet-stream", "bin"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_original_that_a_browser_might_run_leaves_as_bytes() {
        for kind in ["text/html", "image/svg+xml", "application/x-msdownload"] {
            let rendition = Rendition::original(2, Some(kind));
            assert_eq!(rendition.content_type, "application/octet-stream");
            assert_eq!(rendition.file_name, "original-2.bin");
        }
        let pdf = Rendition::original(1, Some("application/pdf"));
        assert_eq!(pdf.file_name, "original-1.pdf");
    }
}

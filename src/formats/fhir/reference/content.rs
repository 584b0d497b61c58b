//! The contents: what each rendition is, and where its link goes.

use super::super::parts::{URI, binary, coding, instant};
use super::expiry::expiry_extension;
use super::{Reference, StagedFile};
use crate::domain::document::PacketFormat;
use crate::formats::words::words;
use fhir_sdk::DateTime;
use fhir_sdk::r4b::resources::DocumentReferenceContent;
use fhir_sdk::r4b::types::{Attachment, Coding, Extension, ExtensionValue};
use serde_json::Value;

/// Where the link stands until it is sent: the store keeps no token, so the
/// URL is signed each time the reference leaves.
const URL_STAND_IN: &str = "handoff:rendition/";

/// For formats whose media type says everything (IHE FormatCode 1.6.0).
const FORMAT_CODES: &str = "http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode";

pub fn content(
    of: &Reference,
    file: &StagedFile<'_>,
    ordinal: usize,
) -> anyhow::Result<DocumentReferenceContent> {
    let expires = Extension::builder()
        .url(expiry_extension(of.public_url))
        .value(ExtensionValue::Instant(instant(of.expires).parse()?))
        .build()?;
    let mut attachment = Attachment::builder()
        .extension(vec![expires])
        .content_type(file.rendition.content_type.clone().into_owned())
        .url(format!("{URL_STAND_IN}{ordinal}"))
        .size(u32::try_from(file.size)?)
        .title(words(of.language).kind(of.packet.kind).to_owned())
        .creation(instant(of.created).parse::<DateTime>()?)
        .build()?;
    attachment.hash = binary(&file.sha1);
    // An original is in a language that nobody named.
    let language = file.rendition.language;
    attachment.language = language.map(|language| language.tag().to_owned());
    Ok(DocumentReferenceContent::builder()
        .attachment(attachment)
        .format(format(file.rendition.format)?)
        .build()?)
}

/// A FHIR document's format is the canonical URL of the profile it follows (IHE
/// FormatCode, "FHIR documents"); ours follows the base specification's.
fn format(format: PacketFormat) -> Result<Coding, fhir_sdk::BuilderError> {
    match format {
        PacketFormat::FhirDocument => coding(URI, "http://hl7.org/fhir/StructureDefinition/Bundle"),
        PacketFormat::Pdf | PacketFormat::Original => {
            coding(FORMAT_CODES, "urn:ihe:iti:xds:2017:mimeTypeSufficient")
        }
    }
}

/// Puts the links in: `url` gives the address of the n-th rendition.
pub fn fill_urls(reference: &mut Value, url: impl Fn(i64) -> String) {
    let contents = reference.get_mut("content").and_then(Value::as_array_mut);
    for content in contents.into_iter().flatten() {
        let Some(address) = content.pointer_mut("/attachment/url") else {
            continue;
        };
        let ordinal = address
            .as_str()
            .and_then(|text| text.strip_prefix(URL_STAND_IN)?.parse().ok());
        if let Some(ordinal) = ordinal {
            *address = url(ordinal).into();
        }
    }
}

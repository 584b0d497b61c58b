//! nonXMLBody, observationMedia and ED values → documents that came inside. What
//! is only pointed at is never fetched.

use base64::Engine;

use super::datatypes;
use super::tree::Element;
use crate::domain::facts::{ClinicalFacts, Doubt, EmbeddedDocument, Places};

/// `component/nonXMLBody/text`: the whole document is a file.
pub fn read_body(text: Element, facts: &mut ClinicalFacts) {
    let title = facts.title.clone();
    match embedded(text, title, &mut facts.doubts) {
        Some(document) => facts.documents.push(document),
        None => facts.doubts.push(Doubt::new(
            text.place(),
            "the document is empty and was left out",
        )),
    }
}

/// observationMedia: a picture or a file beside the narrative.
pub fn read_media(media: Element, scope: Element, facts: &mut ClinicalFacts) {
    let Some(value) = media.child("value") else {
        return;
    };
    let title = datatypes::entry_words(media, scope);
    facts
        .documents
        .extend(embedded(value, title, &mut facts.doubts));
}

/// ED with data or a reference of its own; `None` where there is neither.
pub fn embedded(
    data: Element,
    title: Option<String>,
    doubts: &mut Vec<Doubt>,
) -> Option<EmbeddedDocument> {
    let place = data.place();
    let declared = data.attr("mediaType").map(str::to_ascii_lowercase);
    let raw = data.raw_text();
    let written = raw.trim();
    let at = Places::of(place.clone()).with("content", place.clone());
    if written.is_empty() {
        let pointed = data.child("reference").and_then(|to| to.attr("value"));
        return pointed.map(|_| EmbeddedDocument {
            content_type: declared,
            title,
            at: Places::of(place),
            ..EmbeddedDocument::default()
        });
    }
    let content = if data.attr("representation") == Some("B64") {
        decoded(written)
    } else {
        Some(written.as_bytes().to_vec())
    };
    if content.is_none() {
        doubts.push(Doubt::new(
            &place,
            "the document could not be decoded from base64",
        ));
    }
    let compressed = data.attr("compression").is_some();
    if compressed {
        doubts.push(Doubt::new(
            &place,
            "the document is compressed and was kept as it came",
        ));
    }
    let content = content.unwrap_or_default();
    Some(EmbeddedDocument {
        content_type: sniffed(&content).map(str::to_owned).or(declared),
        title,
        size: (!content.is_empty()).then_some(content.len()),
        content,
        at,
        ..EmbeddedDocument::default()
    })
}

/// Blanks and line ends inside of base64 are common and mean nothing.
fn decoded(data: &str) -> Option<Vec<u8>> {
    let compact: Vec<u8> = data.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let lenient = base64::engine::GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        base64::engine::GeneralPurposeConfig::new()
            .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    lenient
        .decode(compact)
        .ok()
        .filter(|bytes| !bytes.is_empty())
}

/// What the bytes say they are; a declared type is often a guess.
fn sniffed(content: &[u8]) -> Option<&'static str> {
    const MARKS: [(&[u8], &str); 7] = [
        (b"%PDF-", "application/pdf"),
        (b"\x89PNG\r\n", "image/png"),
        (b"\xFF\xD8\xFF", "image/jpeg"),
        (b"GIF8", "image/gif"),
        (b"II*\0", "image/tiff"),
        (b"MM\0*", "image/tiff"),
        (b"{\\rtf", "application/rtf"),
    ];
    MARKS
        .iter()
        .find(|(mark, _)| content.starts_with(mark))
        .map(|(_, kind)| *kind)
}

//! nonXMLBody, and whatever an entry holds in base64 (observationMedia, ED) →
//! documents that came inside. What is only pointed at is never fetched.

use base64::Engine;

use super::datatypes::{self, shown};
use super::entries;
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

/// Every picture and file within an entry, however deep it stands.
pub fn read_entry(entry: Element, scope: Element, facts: &mut ClinicalFacts) {
    for element in entry.within() {
        let is_media = element.is("observationMedia");
        let holder = if is_media {
            element.child("value")
        } else {
            Some(element)
        };
        let Some(data) = holder.filter(|data| is_media || is_base64(*data)) else {
            continue;
        };
        // observationMedia's own value comes by again.
        let again = !is_media && data.parent().is_some_and(|p| p.is("observationMedia"));
        if again || !entries::has_room(data, facts) {
            continue;
        }
        let statement = data.parent().unwrap_or(entry);
        let named = statement.child("code").and_then(|code| shown(code, scope));
        let title = named.or_else(|| datatypes::entry_words(statement, scope));
        facts
            .documents
            .extend(embedded(data, title, &mut facts.doubts));
    }
}

pub fn is_base64(data: Element) -> bool {
    data.attr("representation")
        .is_some_and(|form| form.eq_ignore_ascii_case("B64"))
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
    let is_text = declared
        .as_deref()
        .is_none_or(|kind| kind.starts_with("text/"));
    let content = if is_base64(data) {
        decoded(written)
    } else {
        // A picture in plain characters is base64 that nobody declared.
        let undeclared = decoded(written).filter(|_| !is_text);
        undeclared.or_else(|| Some(written.as_bytes().to_vec()))
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

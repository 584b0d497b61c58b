//! nonXMLBody, and whatever an entry holds in base64 (observationMedia, ED) →
//! documents that came inside. What is only pointed at is never fetched.

use super::datatypes::{self, shown};
use super::entries;
use super::tree::Element;
use crate::domain::facts::{ClinicalFacts, Doubt, EmbeddedDocument, Places};
use crate::formats::media;

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
        if let Some(why) = data.set_aside() {
            facts.doubts.push(Doubt::new(data.place(), why));
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
    let decoded = || media::from_base64(written).filter(|bytes| !bytes.is_empty());
    let content = if is_base64(data) {
        decoded()
    } else {
        // A picture in plain characters is base64 that nobody declared.
        let undeclared = decoded().filter(|_| !is_text);
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
        content_type: media::kind(&content, declared),
        title,
        size: (!content.is_empty()).then_some(content.len()),
        content,
        at,
        ..EmbeddedDocument::default()
    })
}

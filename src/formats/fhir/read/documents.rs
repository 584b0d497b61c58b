//! DocumentReference, Binary, DiagnosticReport → documents; Composition → its
//! narrative sections. Nothing is ever fetched from a URL.

use std::collections::HashSet;

use base64::Engine;
use serde_json::Value;

use super::{
    clinical::refused,
    datatypes::{has_code, words},
    json::{list, owned, text},
    library::{Library, Resource},
    narrative,
};
use crate::domain::facts::{ClinicalFacts, Doubt, EmbeddedDocument, NarrativeSection};
use crate::domain::section::INSTRUCTION_CODES;

/// Sections within sections; a Composition of a person has two or three levels.
const MAX_DEPTH: usize = 8;

pub fn read_reference(library: &Library, resource: &Resource, facts: &mut ClinicalFacts) {
    if refused(resource, facts) {
        return;
    }
    let json = resource.json;
    let title = owned(json, "description").or_else(|| json.get("type").and_then(words));
    let attachments = list(json, "content")
        .iter()
        .filter_map(|content| content.get("attachment"));
    let documents = attachments.map(|found| attachment(library, json, found, title.clone()));
    facts.documents.extend(documents);
}

pub fn read_report(library: &Library, resource: &Resource, facts: &mut ClinicalFacts) {
    if refused(resource, facts) {
        return;
    }
    let json = resource.json;
    let title = json.get("code").and_then(words);
    let forms = list(json, "presentedForm").iter();
    facts
        .documents
        .extend(forms.map(|form| attachment(library, json, form, title.clone())));
}

/// A Binary that no attachment points at is a document of its own.
pub fn read_binary(resource: &Resource, facts: &mut ClinicalFacts) {
    facts.documents.push(EmbeddedDocument {
        content_type: owned(resource.json, "contentType"),
        title: None,
        size: text(resource.json, "data").and_then(decoded_size),
        ..EmbeddedDocument::default()
    });
}

/// The Binaries that an attachment of some resource points at.
pub fn attached(library: &Library) -> HashSet<usize> {
    let contents = library
        .all("DocumentReference")
        .flat_map(|(_, r)| list(r.json, "content"));
    let forms = library
        .all("DiagnosticReport")
        .flat_map(|(_, r)| list(r.json, "presentedForm"));
    let attachments = contents
        .filter_map(|content| content.get("attachment"))
        .chain(forms);
    attachments
        .filter_map(|attachment| library.entry(&pointer(attachment)?))
        .collect()
}

/// Attachment.url, as the Reference it is when a Binary of the Bundle is meant.
fn pointer(attachment: &Value) -> Option<Value> {
    Some(serde_json::json!({ "reference": text(attachment, "url")? }))
}

pub fn attachment<'b>(
    library: &Library<'b>,
    from: &'b Value,
    attachment: &Value,
    title: Option<String>,
) -> EmbeddedDocument {
    let binary = pointer(attachment).and_then(|pointer| library.resolve(from, &pointer));
    let binary = binary.map(|(json, _)| json);
    let data = text(attachment, "data").or_else(|| text(binary?, "data"));
    let stated = || text(attachment, "size")?.parse().ok();
    EmbeddedDocument {
        content_type: owned(attachment, "contentType")
            .or_else(|| binary.and_then(|binary| owned(binary, "contentType"))),
        title: owned(attachment, "title").or(title),
        size: data.and_then(decoded_size).or_else(stated),
        ..EmbeddedDocument::default()
    }
}

fn decoded_size(data: &str) -> Option<usize> {
    let compact: Vec<u8> = data.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    base64::engine::general_purpose::STANDARD
        .decode(compact)
        .ok()
        .map(|bytes| bytes.len())
}

pub fn read_composition(resource: &Resource, facts: &mut ClinicalFacts) {
    if !refused(resource, facts) {
        read_sections(resource.json, &resource.place, 0, facts);
    }
}

fn read_sections(json: &Value, place: &str, depth: usize, facts: &mut ClinicalFacts) {
    let sections = list(json, "section");
    if depth > MAX_DEPTH && !sections.is_empty() {
        let at = format!("{place}.section");
        facts.doubts.push(Doubt::new(
            at,
            "the sections are nested too deeply and were left out",
        ));
        return;
    }
    for (nth, section) in sections.iter().enumerate() {
        let code = section.get("code");
        let div = section
            .get("text")
            .and_then(|narrative| text(narrative, "div"));
        let plain = div.map(narrative::plain).unwrap_or_default();
        if !plain.is_empty() && code.is_some_and(|code| has_code(code, &INSTRUCTION_CODES)) {
            facts.instructions.push(plain.clone());
        }
        facts.sections.push(NarrativeSection {
            code: code.and_then(|code| super::datatypes::coded(code).code),
            title: owned(section, "title").or_else(|| code.and_then(words)),
            text: plain,
            ..NarrativeSection::default()
        });
        read_sections(
            section,
            &format!("{place}.section[{nth}]"),
            depth + 1,
            facts,
        );
    }
}

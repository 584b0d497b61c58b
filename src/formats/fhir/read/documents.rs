//! DocumentReference, Media and Binary → documents. Nothing is ever fetched
//! from a URL.

use std::collections::HashSet;

use super::{
    attachments,
    clinical::refused,
    datatypes::{coded, when, words},
    header::replaced,
    json::{list, owned, text},
    library::{Library, Resource, items},
    resources::Scene,
    tree::Value,
};
use crate::domain::facts::{ClinicalFacts, Doubt, EmbeddedDocument, Places};

pub fn read_reference(scene: &Scene, resource: &Resource, facts: &mut ClinicalFacts) {
    if refused(resource, facts) {
        return;
    }
    let json = resource.json;
    if text(json, "status") == Some("superseded") {
        let why = "the document was superseded by another";
        facts.doubts.push(Doubt::new(resource.at("status"), why));
    }
    if facts.replaces.is_none() {
        facts.replaces = replaced(scene.library, resource);
    }
    let kind = json.get("type").map(coded).filter(|kind| !kind.is_empty());
    let title = owned(json, "description").map(|words| (words, resource.at("description")));
    let title = title.or_else(|| Some((json.get("type").and_then(words)?, resource.at("type"))));
    let contents = list(json, "content");
    for (nth, content) in contents.iter().enumerate() {
        let Some(attachment) = content.get("attachment") else {
            continue;
        };
        let key = format!("content[{nth}].attachment");
        let mut document = attachments::document(
            scene,
            resource,
            attachment,
            &key,
            title.clone(),
            &mut facts.doubts,
        );
        document.kind = kind.clone();
        describe(resource, &mut document, &mut facts.doubts);
        facts.documents.push(document);
    }
    if contents.is_empty() {
        let why = "the document has no content";
        facts.doubts.push(Doubt::new(resource.at("content"), why));
    }
}

/// What the DocumentReference knows of each of its renditions.
fn describe(resource: &Resource, document: &mut EmbeddedDocument, doubts: &mut Vec<Doubt>) {
    let json = resource.json;
    let numbers = items(json, "masterIdentifier").iter();
    let numbers = numbers.map(|number| ("masterIdentifier.value".to_owned(), number));
    let others = items(json, "identifier").iter().enumerate();
    let others = others.map(|(nth, number)| (format!("identifier[{nth}].value"), number));
    let found = numbers
        .chain(others)
        .find_map(|(key, n)| Some((key, owned(n, "value")?)));
    let at = &mut document.at;
    if let Some((key, id)) = found {
        at.add("id", resource.at(&key));
        document.id = Some(id);
    }
    if document.kind.is_some() {
        at.add("type", resource.at("type"));
    }
    document.status = match code_of_status(json) {
        Some("preliminary" | "registered" | "partial") => Some("preliminary"),
        Some("final") => Some("final"),
        Some("amended" | "corrected" | "appended") => Some("amended"),
        _ => None,
    };
    if document.status.is_some() {
        at.add("status", resource.at("docStatus"));
    }
    // `indexed` and `created` are STU3's.
    let keys = ["date", "created", "indexed"].into_iter();
    let dated = keys
        .filter_map(|key| Some((key, when(json, key, &resource.place, doubts)?)))
        .next();
    if let Some((key, date)) = dated {
        at.add("date", resource.at(key));
        document.date = Some(date);
    }
}

/// docStatus is a code in R4 and a CodeableConcept before.
fn code_of_status<'v>(json: &'v Value<'v>) -> Option<&'v str> {
    text(json, "docStatus").or_else(|| {
        let codings = json.get("docStatus").map(|status| list(status, "coding"));
        codings?.iter().find_map(|coding| text(coding, "code"))
    })
}

/// A photograph, a scan, a recording.
pub fn read_media(scene: &Scene, resource: &Resource, facts: &mut ClinicalFacts) {
    let json = resource.json;
    if refused(resource, facts) {
        return;
    }
    let title = json.get("type").and_then(words);
    let title = title.map(|words| (words, resource.at("type")));
    if let Some(content) = json.get("content") {
        attachments::read(scene, resource, content, "content", title, facts);
    }
}

/// A Binary that no attachment points at is a document of its own.
pub fn read_binary(_: &Scene, resource: &Resource, facts: &mut ClinicalFacts) {
    let mut document = EmbeddedDocument {
        content_type: owned(resource.json, "contentType"),
        at: Places::of(&resource.place),
        ..EmbeddedDocument::default()
    };
    match attachments::of_binary(resource.json) {
        Some((key, data)) => {
            let at = resource.at(key);
            let declared = document.content_type.clone();
            attachments::put(&mut document, data, &at, &mut facts.doubts);
            let kind = match document.content_type == declared {
                true => resource.at("contentType"),
                false => at.clone(),
            };
            if document.content_type.is_some() {
                document.at.add("contentType", kind);
            }
            document.at.add("size", at);
        }
        None => {
            let why = "the document is empty";
            facts.doubts.push(Doubt::new(resource.at("data"), why));
        }
    }
    facts.documents.push(document);
}

/// The Binaries that an attachment of some resource points at.
pub fn attached(library: &Library, own: &[usize]) -> HashSet<usize> {
    if library.all("Binary").next().is_none() {
        return HashSet::new();
    }
    let mut attached = HashSet::new();
    for &nth in own {
        let resource = &library.resources[nth];
        let json = resource.json;
        let contents = list(json, "content").iter();
        let attachments = contents
            .flat_map(|content| [Some(content), content.get("attachment")])
            .flatten()
            .chain(list(json, "presentedForm"))
            .chain(json.get("valueAttachment"));
        for url in attachments.filter_map(|attachment| attachment.get("url")) {
            attached.extend(library.entry(resource, url));
        }
    }
    attached
}

//! Attachment and Binary → bytes. What they are is asked of the bytes first and
//! of the sender second. A URL is kept out of the house: nothing is fetched.

use super::{
    json::{owned, text},
    library::Resource,
    resources::Scene,
    trail::Trail,
    tree::Value,
};
use crate::domain::facts::{ClinicalFacts, Doubt, EmbeddedDocument};
use crate::formats::media;

const UNDECODABLE: &str = "the document could not be decoded";
const POINTED_AT: &str = "the document did not come along: it is only pointed at";
const OTHER_SIZE: &str = "the document has another size than is said: it may be cut off";

/// What a resource calls its attachments that have no title of their own, and
/// where it says so.
pub type Title = Option<(String, String)>;

/// One Attachment at `key` of a resource → a document of the facts.
pub fn read(
    scene: &Scene,
    resource: &Resource,
    attachment: &Value,
    key: &str,
    title: Title,
    facts: &mut ClinicalFacts,
) {
    let document = document(scene, resource, attachment, key, title, &mut facts.doubts);
    facts.documents.push(document);
}

pub fn document(
    scene: &Scene,
    resource: &Resource,
    attachment: &Value,
    key: &str,
    title: Title,
    doubts: &mut Vec<Doubt>,
) -> EmbeddedDocument {
    let place = resource.at(key);
    let mut trail = Trail::of(&place);
    let own = trail.text("title", attachment, "title");
    let declared = trail.text("contentType", attachment, "contentType");
    let date = trail.when("date", attachment, "creation", doubts);
    let found = data(scene, resource, attachment, &place);
    let title = own.or_else(|| {
        let (title, at) = title?;
        trail.add("title", at);
        Some(title)
    });
    let mut document = EmbeddedDocument {
        content_type: declared.clone(),
        title,
        date,
        ..EmbeddedDocument::default()
    };
    let stated: Option<usize> = text(attachment, "size").and_then(|size| size.parse().ok());
    match found {
        Some((encoded, at, of_binary)) => {
            document.content_type = document.content_type.or(of_binary);
            put(&mut document, encoded, &at, doubts);
            if document.content_type.is_some() && document.content_type != declared {
                trail.add("contentType", at.clone());
            }
            trail.add("size", at.clone());
            if stated.is_some() && document.size.is_some() && document.size != stated {
                doubts.push(Doubt::new(at, OTHER_SIZE));
            }
        }
        None => {
            document.size = trail.some("size", "size", stated);
            doubts.push(Doubt::new(place.clone(), POINTED_AT));
        }
    }
    document.at = trail.places();
    document
}

/// The base64 of an attachment: its own, of the Binary it points at, or of a
/// `data:` URL; with its place, and the type that the Binary or URL declares.
fn data<'v>(
    scene: &'v Scene,
    resource: &Resource,
    attachment: &'v Value<'v>,
    place: &str,
) -> Option<(&'v str, String, Option<String>)> {
    if let Some(data) = text(attachment, "data") {
        return Some((data, format!("{place}.data"), None));
    }
    let url = text(attachment, "url")?;
    if let Some(inline) = url.strip_prefix("data:") {
        let (kind, data) = inline.split_once(";base64,")?;
        let kind = kind.split(';').next().filter(|kind| !kind.is_empty());
        return Some((data, format!("{place}.url"), kind.map(str::to_owned)));
    }
    let from = scene.library.resources.get(resource.nth)?;
    let pointer = Value::String(url.into());
    let binary = scene.library.entry(from, &pointer)?;
    let binary = &scene.library.resources[binary];
    let (key, data) = of_binary(binary.json)?;
    Some((data, binary.at(key), owned(binary.json, "contentType")))
}

/// Binary.data; STU3 called it `content`.
pub fn of_binary<'v>(json: &'v Value<'v>) -> Option<(&'static str, &'v str)> {
    let keys = ["data", "content"].into_iter();
    keys.filter_map(|key| Some((key, text(json, key)?))).next()
}

/// The decoded bytes into the document, or a doubt.
pub fn put(document: &mut EmbeddedDocument, encoded: &str, at: &str, doubts: &mut Vec<Doubt>) {
    match media::from_base64(encoded).filter(|bytes| !bytes.is_empty()) {
        Some(bytes) => {
            document.content_type = media::kind(&bytes, document.content_type.take());
            document.size = Some(bytes.len());
            document.content = bytes;
        }
        None => doubts.push(Doubt::new(at, UNDECODABLE)),
    }
}

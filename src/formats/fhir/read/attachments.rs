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
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Padding is forgotten often, and tells nothing.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

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
    match decoded(encoded).filter(|bytes| !bytes.is_empty()) {
        Some(bytes) => {
            let declared = document.content_type.take();
            document.content_type = sniffed(&bytes, declared.as_deref())
                .map(str::to_owned)
                .or(declared);
            document.size = Some(bytes.len());
            document.content = bytes;
        }
        None => doubts.push(Doubt::new(at, UNDECODABLE)),
    }
}

/// Base64 as senders write it: in lines, without padding, in the URL alphabet.
fn decoded(encoded: &str) -> Option<Vec<u8>> {
    let engine = match encoded.bytes().any(|byte| matches!(byte, b'-' | b'_')) {
        true => URL_SAFE,
        false => STANDARD,
    };
    if !encoded.bytes().any(|byte| byte.is_ascii_whitespace()) {
        return engine.decode(encoded).ok();
    }
    let compact: Vec<u8> = encoded
        .bytes()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    engine.decode(compact).ok()
}

/// What bytes say of themselves in their first words. A CDA document declared
/// as such is XML too: then the sender knows more than the bytes.
fn sniffed(bytes: &[u8], declared: Option<&str>) -> Option<&'static str> {
    let known: [(&[u8], &str); 10] = [
        (b"%PDF-", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"{\\rtf", "application/rtf"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"II*\0", "image/tiff"),
        (b"MM\0*", "image/tiff"),
        (b"\x1f\x8b", "application/gzip"),
        (b"<?xml", "text/xml"),
    ];
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let (_, kind) = known
        .into_iter()
        .find(|(start, _)| text.starts_with(start))?;
    let declared = declared.unwrap_or_default().to_ascii_lowercase();
    let agrees = match kind {
        "text/xml" => {
            declared.contains("xml") || declared.contains("html") || declared.contains("cda")
        }
        "application/rtf" => declared.contains("rtf"),
        _ => false,
    };
    (!agrees).then_some(kind)
}

//! OBX with ED or RP, and TXA → documents that came with the message. Only their
//! kind, title and size are facts; a pointer is never followed.

use base64::Engine;

use super::{
    datatypes,
    tree::{Message, Segment, Value},
};
use crate::domain::facts::{ClinicalFacts, Doubt, EmbeddedDocument};

pub fn read(segment: &Segment, facts: &mut ClinicalFacts) {
    let title = segment.value(3).and_then(datatypes::words);
    if segment.text(2, 1).as_deref() == Some("RP") {
        facts
            .documents
            .extend(segment.values(5).map(|pointer| EmbeddedDocument {
                content_type: media_type(pointer.text(3), pointer.text(4)),
                title: title.clone(),
                size: None,
                ..EmbeddedDocument::default()
            }));
        return;
    }
    let values: Vec<Value> = segment.values(5).collect();
    let mut from = 0;
    while from < values.len() {
        // Base64 may go on in repetitions that have no components of their own.
        let next = (from + 1..values.len()).find(|&n| values[n].components() > 1);
        let to = next.unwrap_or(values.len());
        let document = embedded(&values[from..to], title.clone(), &mut facts.doubts);
        facts.documents.push(document);
        from = to;
    }
    if values.is_empty() {
        facts.doubts.push(Doubt::new(
            segment.at(5),
            "the document is empty and was left out",
        ));
    }
}

/// ED: source, type, subtype, encoding, data.
fn embedded(values: &[Value], title: Option<String>, doubts: &mut Vec<Doubt>) -> EmbeddedDocument {
    let first = values[0];
    let mut data = first.component(5).unwrap_or_default();
    values[1..]
        .iter()
        .filter_map(Value::whole)
        .for_each(|more| data.push_str(&more));
    let size = match first
        .text(4)
        .unwrap_or_default()
        .to_ascii_lowercase()
        .as_str()
    {
        "base64" => base64_size(&data),
        "hex" => hex_size(&data),
        _ => Some(data.len()),
    };
    let size = size.filter(|size| *size > 0);
    if size.is_none() {
        doubts.push(Doubt::new(first.at(), "the document could not be decoded"));
    }
    EmbeddedDocument {
        content_type: media_type(first.text(2), first.text(3)),
        title,
        size,
        ..EmbeddedDocument::default()
    }
}

/// Blanks and line ends inside of base64 are common and mean nothing.
fn base64_size(data: &str) -> Option<usize> {
    let compact: Vec<u8> = data.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let lenient = base64::engine::GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        base64::engine::GeneralPurposeConfig::new()
            .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    lenient.decode(compact).ok().map(|bytes| bytes.len())
}

fn hex_size(data: &str) -> Option<usize> {
    let digits = data.bytes().filter(|b| !b.is_ascii_whitespace());
    let (mut count, mut fit) = (0, true);
    digits.for_each(|digit| {
        count += 1;
        fit &= digit.is_ascii_hexdigit();
    });
    (fit && count % 2 == 0).then_some(count / 2)
}

/// The words that table 0834 shares with the media types.
const TOP_LEVEL: [&str; 6] = [
    "application",
    "image",
    "text",
    "audio",
    "video",
    "multipart",
];

/// Tables 0191 and 0291 are not media types: `AP^PDF`, `application^pdf`, `TEXT`.
fn media_type(kind: Option<String>, subtype: Option<String>) -> Option<String> {
    let kind = kind.unwrap_or_default().to_ascii_lowercase();
    let subtype = subtype.unwrap_or_default().to_ascii_lowercase();
    if kind.contains('/') {
        return Some(kind);
    }
    let known = match subtype.as_str() {
        "pdf" => "application/pdf",
        "rtf" => "application/rtf",
        "jpeg" | "jpg" => "image/jpeg",
        "png" => "image/png",
        "tiff" | "tif" => "image/tiff",
        "gif" => "image/gif",
        "dicom" => "application/dicom",
        "html" => "text/html",
        "xml" | "x-hl7-cda-level-one" => "text/xml",
        "plain" => "text/plain",
        "" if matches!(kind.as_str(), "text" | "tx" | "ft") => "text/plain",
        other if !other.is_empty() && TOP_LEVEL.contains(&kind.as_str()) => {
            return Some(format!("{kind}/{other}"));
        }
        _ => return None,
    };
    Some(known.to_owned())
}

/// TXA describes one document: it gives a title to those that have none, and
/// stands for a document that is only announced (MDM^T01, no OBX).
pub fn name_from_header(message: &Message, facts: &mut ClinicalFacts) {
    let Some(header) = message.first("TXA") else {
        return;
    };
    let title = header
        .text(25, 1)
        .or_else(|| header.value(2).and_then(datatypes::words));
    for document in facts
        .documents
        .iter_mut()
        .filter(|document| document.title.is_none())
    {
        document.title = title.clone();
    }
    if message.first("OBX").is_none() {
        facts.documents.push(EmbeddedDocument {
            title,
            ..EmbeddedDocument::default()
        });
    }
}

//! What kind of thing a document is: by its bytes, or by what was declared.

/// What bytes are where they say so themselves.
pub fn sniffed(bytes: &[u8]) -> Option<&'static str> {
    const SIGNATURES: [(&[u8], &str); 9] = [
        (b"%PDF-", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xFF\xD8\xFF", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"II*\0", "image/tiff"),
        (b"MM\0*", "image/tiff"),
        (b"{\\rtf", "application/rtf"),
        (b"PK\x03\x04", "application/zip"),
    ];
    let signed = SIGNATURES.iter().find(|(sign, _)| bytes.starts_with(sign));
    if let Some((_, kind)) = signed {
        return Some(kind);
    }
    if bytes.get(128..132) == Some(b"DICM") {
        return Some("application/dicom");
    }
    let text = bytes
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(bytes)
        .trim_ascii_start();
    let begins = |word: &[u8]| {
        text.get(..word.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(word))
    };
    if begins(b"<?xml") || begins(b"<ClinicalDocument") {
        return Some("text/xml");
    }
    (begins(b"<!doctype html") || begins(b"<html")).then_some("text/html")
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
pub fn declared(kind: Option<String>, subtype: Option<String>) -> Option<String> {
    let kind = kind.unwrap_or_default().to_ascii_lowercase();
    let subtype = subtype.unwrap_or_default().to_ascii_lowercase();
    if kind.contains('/') {
        return Some(kind);
    }
    if subtype.contains('/') {
        return Some(subtype);
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
        "" | "text" | "tx" | "ft" if matches!(kind.as_str(), "text" | "tx" | "ft") => "text/plain",
        other if !other.is_empty() && TOP_LEVEL.contains(&kind.as_str()) => {
            return Some(format!("{kind}/{other}"));
        }
        _ => return None,
    };
    Some(known.to_owned())
}

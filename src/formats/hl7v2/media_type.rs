//! What tables 0191, 0291 and 0834 say a document is, as media types.

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

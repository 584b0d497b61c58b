//! Files that come inside of a message: what kind of thing bytes are, and base64
//! as senders write it. What is declared about either is not reliable.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Padding is forgotten often, and tells nothing.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Base64 in lines, without padding, in the alphabet for URLs. Decoded as it
/// stands where it came clean: a file of many MB is copied no more than it must.
pub fn from_base64(encoded: &str) -> Option<Vec<u8>> {
    let url_safe = encoded.bytes().any(|byte| matches!(byte, b'-' | b'_'));
    let engine = if url_safe { URL_SAFE } else { STANDARD };
    if !encoded.bytes().any(|byte| byte.is_ascii_whitespace()) {
        return engine.decode(encoded).ok();
    }
    let mut compact = Vec::with_capacity(encoded.len());
    compact.extend(encoded.bytes().filter(|byte| !byte.is_ascii_whitespace()));
    engine.decode(compact).ok()
}

/// One piece, without blanks and padding, behind what was decoded before it.
pub fn append_base64(piece: &[u8], bytes: &mut Vec<u8>) -> Option<()> {
    STANDARD.decode_vec(piece, bytes).ok()
}

/// What bytes are where they say so themselves.
pub fn sniffed(bytes: &[u8]) -> Option<&'static str> {
    const SIGNATURES: [(&[u8], &str); 10] = [
        (b"%PDF-", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xFF\xD8\xFF", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"II*\0", "image/tiff"),
        (b"MM\0*", "image/tiff"),
        (b"{\\rtf", "application/rtf"),
        (b"PK\x03\x04", "application/zip"),
        (b"\x1F\x8B", "application/gzip"),
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

/// What a file is: what its bytes say, unless the sender says the same more
/// exactly (a CDA document is XML, a Word file is a ZIP); else what was declared.
pub fn kind(bytes: &[u8], declared: Option<String>) -> Option<String> {
    let Some(seen) = sniffed(bytes) else {
        return declared;
    };
    let said = declared.as_deref().unwrap_or_default().to_ascii_lowercase();
    let finer: &[&str] = match seen {
        "text/xml" => &["xml", "html", "cda"],
        "application/rtf" => &["rtf"],
        "application/zip" => &["zip", "officedocument", "opendocument"],
        "application/gzip" => &["gzip"],
        _ => &[],
    };
    if finer.iter().any(|word| said.contains(word)) {
        return declared;
    }
    Some(seen.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{from_base64, kind};

    #[test]
    fn base64_is_read_as_senders_write_it() {
        for encoded in ["Zm9v+/8=", "Zm9v+/8", "Zm9v-_8", "Zm\n9v +/\r\n8="] {
            assert_eq!(from_base64(encoded).as_deref(), Some(&b"foo\xFB\xFF"[..]));
        }
        assert_eq!(from_base64("%%%"), None);
    }

    #[test]
    fn the_bytes_say_what_they_are_unless_the_sender_knows_it_more_exactly() {
        let said = |bytes: &[u8], declared: &str| kind(bytes, Some(declared.into()));
        let is = |kind: &str| Some(kind.to_owned());
        assert_eq!(said(b"%PDF-1.7", "text/plain"), is("application/pdf"));
        assert_eq!(
            said(b"<?xml ?>", "application/hl7-cda+xml"),
            is("application/hl7-cda+xml")
        );
        assert_eq!(said(b"<?xml ?>", "application/pdf"), is("text/xml"));
        assert_eq!(said(b"words", "text/plain"), is("text/plain"));
        assert_eq!(kind(b"words", None), None);
    }
}

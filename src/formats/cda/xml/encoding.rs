//! The bytes of an XML document → text. UTF-8 wins where the bytes are UTF-8,
//! then what the XML declaration names, then Windows-1252 with a doubt.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::domain::facts::Doubt;

/// Doubts about the whole document stand at its root.
const AT: &str = "/";

pub struct Text<'b> {
    pub content: Cow<'b, str>,
    pub doubt: Option<Doubt>,
}

pub fn decode(body: &[u8]) -> Text<'_> {
    if let Some(order) = utf16(body) {
        let (content, _, damaged) = order.decode(body);
        return Text {
            content,
            doubt: damaged.then(|| Doubt::new(AT, DAMAGED)),
        };
    }
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let declared = declared(body);
    if let Ok(text) = std::str::from_utf8(body) {
        let contradicted = !text.is_ascii() && declared.is_some_and(|other| other != UTF_8);
        return Text {
            content: Cow::Borrowed(text),
            doubt: contradicted.then(|| Doubt::new(AT, CONTRADICTED)),
        };
    }
    match declared.filter(|other| *other != UTF_8) {
        Some(encoding) => {
            let (content, damaged) = encoding.decode_without_bom_handling(body);
            Text {
                content,
                doubt: damaged.then(|| Doubt::new(AT, DAMAGED)),
            }
        }
        None => Text {
            content: WINDOWS_1252.decode_without_bom_handling(body).0,
            doubt: Some(Doubt::new(AT, NOT_NAMED)),
        },
    }
}

const DAMAGED: &str = "some bytes do not exist in the character set of the document";
const CONTRADICTED: &str =
    "the declaration names another character set, but the bytes are UTF-8 and were read so";
const NOT_NAMED: &str =
    "the bytes are not UTF-8 and no set that fits them is declared; read as Windows-1252";

/// UTF-16 tells itself apart: by its mark, or by the zero byte beside the first `<`.
pub fn utf16(body: &[u8]) -> Option<&'static Encoding> {
    match body {
        [0xFF, 0xFE, ..] | [b'<', 0, ..] => Some(UTF_16LE),
        [0xFE, 0xFF, ..] | [0, b'<', ..] => Some(UTF_16BE),
        _ => None,
    }
}

/// `encoding="…"` of the XML declaration. A declared UTF-16 whose bytes are not
/// (.NET writes such) names nothing, nor does a name that nobody knows.
fn declared(body: &[u8]) -> Option<&'static Encoding> {
    let start = body.trim_ascii_start();
    let rest = start.strip_prefix(b"<?xml")?;
    // A declaration is short; what does not end soon is none.
    let end = rest.iter().take(500).position(|byte| *byte == b'>')?;
    let declaration = std::str::from_utf8(&rest[..end]).ok()?;
    let (_, after) = declaration.split_once("encoding")?;
    let after = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (label, _) = after[1..].split_once(quote)?;
    Encoding::for_label(label.trim().as_bytes()).filter(|named| named.is_ascii_compatible())
}

//! The bytes of one message → text. UTF-8 wins where the bytes are UTF-8, then
//! what MSH-18 declares, then Windows-1252 with a doubt.

use std::borrow::Cow;

use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::envelope;
use crate::domain::facts::Doubt;

const NOT_NAMED: &str =
    "the bytes are not UTF-8 and no set that fits them is named; read as Windows-1252";

pub struct Text<'b> {
    pub content: Cow<'b, str>,
    pub doubt: Option<Doubt>,
}

pub fn decode(raw: &[u8]) -> Text<'_> {
    if let Ok(text) = std::str::from_utf8(raw) {
        return Text {
            content: Cow::Borrowed(text),
            doubt: None,
        };
    }
    match declared(raw).and_then(encoding_named) {
        Some(encoding) => decode_as(encoding, raw),
        None => {
            let mut text = decode_as(WINDOWS_1252, raw);
            text.doubt = Some(Doubt::new("MSH-18", NOT_NAMED));
            text
        }
    }
}

fn decode_as<'b>(encoding: &'static Encoding, raw: &'b [u8]) -> Text<'b> {
    let (content, _, damaged) = encoding.decode(raw);
    let doubt = damaged.then(|| {
        Doubt::new(
            "MSH-18",
            "some bytes do not exist in the named character set",
        )
    });
    Text { content, doubt }
}

/// UTF-16 is the one set in which a message cannot be cut into lines as bytes,
/// so the whole body is turned into UTF-8 before anything else looks at it.
pub fn from_utf16(body: &[u8]) -> Option<String> {
    let body = envelope::unwrapped(body);
    if !envelope::is_utf16(body) {
        return None;
    }
    let little = body.starts_with(b"\xFF\xFE") || body.first() == Some(&b'M');
    let order = if little { UTF_16LE } else { UTF_16BE };
    Some(order.decode(body).0.into_owned())
}

/// MSH-18 read from bytes: the header itself is ASCII in every set named there
/// that is not UTF-16. Its first repetition is the message's default.
fn declared(raw: &[u8]) -> Option<&str> {
    let header = raw.split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
    let delimiter = *header.get(3)?;
    let repetition = *header.get(5)?;
    let field = header.split(|byte| *byte == delimiter).nth(17)?;
    let first = field.split(|byte| *byte == repetition).next()?;
    std::str::from_utf8(first).ok()
}

/// Table 0211 in the words encoding_rs knows (WHATWG labels). A name the bytes
/// have already proved wrong (ASCII, UTF-8, UTF-16) names nothing.
fn encoding_named(name: &str) -> Option<&'static Encoding> {
    let name = name.trim().to_ascii_uppercase();
    let label = match name.as_str() {
        "ASCII" => return None,
        "ISO IR87" | "ISO IR14" | "ISO IR159" => return Some(ISO_2022_JP),
        "GB 18030-2000" => "gb18030".to_owned(),
        "KS X 1001" => "euc-kr".to_owned(),
        "CNS 11643-1992" | "BIG-5" => "big5".to_owned(),
        other => other.replace("8859/", "iso-8859-"),
    };
    Encoding::for_label(label.as_bytes()).filter(|e| e.is_ascii_compatible() && *e != UTF_8)
}

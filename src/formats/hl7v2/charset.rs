//! The bytes of one message → text. UTF-8 wins where the bytes are UTF-8, then
//! what MSH-18 declares (table 0211), then Windows-1252 with a doubt: a wrong
//! declaration never loses a message.

use std::borrow::Cow;

use encoding_rs::{
    BIG5, Encoding, ISO_2022_JP, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252,
};

use super::{envelope, iso2022};
use crate::domain::facts::Doubt;

const NOT_NAMED: &str =
    "the bytes are not UTF-8 and no set that fits them is named; read as Windows-1252";
const PARTLY_UTF_8: &str = "some bytes are not UTF-8 as the others are; read as Windows-1252";
const DAMAGED: &str = "some bytes do not exist in the named character set";
const NAMED_WRONGLY: &str = "the bytes are UTF-8 though another character set is named";
const NO_CNS: &str = "the named character set is not known here; read as Big5";
const NO_SWITCH: &str = "the named character set needs escapes and has none; read as Shift_JIS";

pub struct Text<'b> {
    pub content: Cow<'b, str>,
    /// What bytes in escapes are in, `\X..\`.
    pub charset: &'static Encoding,
    pub doubt: Option<Doubt>,
}

impl<'b> Text<'b> {
    fn of(content: impl Into<Cow<'b, str>>, charset: &'static Encoding, why: Option<&str>) -> Self {
        Self {
            content: content.into(),
            charset,
            doubt: why.map(|why| Doubt::new("MSH-18", why)),
        }
    }
}

pub fn decode(raw: &[u8]) -> Text<'_> {
    let name = declared(raw).map(|name| name.trim().to_ascii_uppercase());
    let named = name.as_deref().and_then(encoding_named);
    // ISO 2022 is seven bits and so would pass for UTF-8.
    if raw.contains(&0x1B) && iso2022::switches(raw) {
        let (text, damaged) = iso2022::decode(raw);
        return Text::of(text, ISO_2022_JP, damaged.then_some(DAMAGED));
    }
    if let Ok(text) = std::str::from_utf8(raw) {
        let wrongly = named.is_some() && !text.is_ascii();
        let charset = named.filter(|_| !wrongly).unwrap_or(UTF_8);
        return Text::of(text, charset, wrongly.then_some(NAMED_WRONGLY));
    }
    match named {
        Some(encoding) => {
            let (content, _, damaged) = encoding.decode(raw);
            let why = damaged
                .then_some(DAMAGED)
                .or(other_than_named(name.as_deref()));
            Text::of(content, encoding, why)
        }
        None => mixed(raw),
    }
}

/// Sets that a neighbour stands in for.
fn other_than_named(name: Option<&str>) -> Option<&'static str> {
    match name? {
        "CNS 11643-1992" => Some(NO_CNS),
        "ISO IR87" | "ISO IR159" => Some(NO_SWITCH),
        _ => None,
    }
}

/// What is UTF-8 is read as such, the bytes between as Windows-1252: one broken
/// byte does not garble the names beside it.
fn mixed(raw: &[u8]) -> Text<'_> {
    let mut text = String::with_capacity(raw.len() + raw.len() / 8);
    let mut wide = false;
    for chunk in raw.utf8_chunks() {
        wide |= !chunk.valid().is_ascii();
        text.push_str(chunk.valid());
        text.push_str(&WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
    }
    match wide {
        true => Text::of(text, UTF_8, Some(PARTLY_UTF_8)),
        false => Text::of(text, WINDOWS_1252, Some(NOT_NAMED)),
    }
}

/// UTF-16 and UTF-32 are the sets in which a message cannot be cut into lines as
/// bytes, so the whole body becomes UTF-8 before anything else looks at it.
pub fn from_wide(body: &[u8]) -> Option<String> {
    let body = envelope::unwrapped_wide(body);
    if let Some(text) = from_utf32(body) {
        return Some(text);
    }
    if !envelope::is_utf16(body) {
        return None;
    }
    let little = body.starts_with(b"\xFF\xFE") || body.first() == Some(&b'M');
    let order = if little { UTF_16LE } else { UTF_16BE };
    // The frame around it may still be of single bytes.
    let framed = body.ends_with(b"\x1C\x0D");
    let body = body
        .strip_suffix(b"\x1C\x0D")
        .filter(|_| framed)
        .unwrap_or(body);
    let whole = body.len() - body.len() % 2;
    Some(order.decode(&body[..whole]).0.into_owned())
}

fn from_utf32(body: &[u8]) -> Option<String> {
    let little = match body {
        [0xFF, 0xFE, 0, 0, ..] | [b'M', 0, 0, 0, b'S', ..] => true,
        [0, 0, 0xFE, 0xFF, ..] | [0, 0, 0, b'M', 0, ..] => false,
        _ => return None,
    };
    let character = |four: &[u8]| {
        let four = <[u8; 4]>::try_from(four).unwrap_or_default();
        let number = match little {
            true => u32::from_le_bytes(four),
            false => u32::from_be_bytes(four),
        };
        char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)
    };
    Some(body.chunks_exact(4).map(character).collect())
}

/// MSH-18 read from bytes: the header itself is ASCII in every set named there
/// that is not wide. Its first repetition is the message's default.
fn declared(raw: &[u8]) -> Option<&str> {
    let header = raw.split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
    let delimiter = *header.get(3)?;
    let repetition = *header.get(5)?;
    let field = header.split(|byte| *byte == delimiter).nth(17)?;
    let first = field.split(|byte| *byte == repetition).next()?;
    std::str::from_utf8(first).ok()
}

/// Table 0211, and what systems write instead, in the words encoding_rs knows
/// (WHATWG labels). ASCII, UTF-8 and the wide sets name nothing here.
fn encoding_named(name: &str) -> Option<&'static Encoding> {
    let name = name.strip_prefix("UNICODE ").unwrap_or(name);
    let label = match name {
        "ASCII" | "ISO IR6" => return None,
        // Without a switch in it, a Japanese message has its kana in eight bits.
        "ISO IR13" | "ISO IR14" | "ISO IR87" | "ISO IR159" => return Some(SHIFT_JIS),
        "GB 18030-2000" | "GB18030-2000" => "gb18030".to_owned(),
        "KS X 1001" => "euc-kr".to_owned(),
        "CNS 11643-1992" | "BIG-5" => return Some(BIG5),
        other => match other.strip_prefix("8859/").or(other.strip_prefix("8859-")) {
            Some(part) => format!("iso-8859-{part}"),
            None => other.replace(' ', "-"),
        },
    };
    Encoding::for_label(label.as_bytes()).filter(|e| e.is_ascii_compatible() && *e != UTF_8)
}

//! Character sets that are switched on within a text by escape sequences
//! (ISO 2022, as JIS uses them), and the same sequences as `\Cxxyy\` and
//! `\Mxxyyzz\` name them.

use encoding_rs::{
    EUC_JP, EUC_KR, Encoding, GBK, ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_5, ISO_8859_6,
    ISO_8859_7, ISO_8859_8, WINDOWS_1252, WINDOWS_1254,
};

const ESC: u8 = 0x1B;

/// What the bytes after a sequence are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Set {
    Ascii,
    /// JIS X 0201: half-width katakana in seven bits.
    Katakana,
    /// Two bytes to a character in seven bits: the high bits are put back, and
    /// the prefix, where the eight-bit set has one.
    Wide(&'static Encoding, Option<u8>),
    /// ASCII below, and this set in the upper half.
    Upper(&'static Encoding),
}

/// The set that the bytes after an ESC choose, and how many bytes that took.
pub fn chosen(bytes: &[u8]) -> Option<(Set, usize)> {
    let (set, length) = match bytes {
        [b'(', b'B' | b'J', ..] => (Set::Ascii, 2),
        [b'(', b'I', ..] => (Set::Katakana, 2),
        [b'$', b'@' | b'B', ..] => (Set::Wide(EUC_JP, None), 2),
        [b'$', b'A', ..] => (Set::Wide(GBK, None), 2),
        // JIS X 0212 is the third code set of EUC-JP, behind 0x8F.
        [b'$', b'(', b'D', ..] => (Set::Wide(EUC_JP, Some(0x8F)), 3),
        [b'$', b'(', b'B' | b'@', ..] => (Set::Wide(EUC_JP, None), 3),
        [b'$', b'(', b'C', ..] => (Set::Wide(EUC_KR, None), 3),
        [b'$', b'(', b'A', ..] => (Set::Wide(GBK, None), 3),
        // Those that go into the upper half leave ASCII where it is.
        [b'$', b')', b'C', ..] => (Set::Upper(EUC_KR), 3),
        [b'$', b')', b'A', ..] => (Set::Upper(GBK), 3),
        [b'-', part, ..] => (Set::Upper(upper(*part)?), 2),
        _ => return None,
    };
    Some((set, length))
}

/// ISO-IR final bytes of the right-hand parts of ISO 8859.
fn upper(part: u8) -> Option<&'static Encoding> {
    Some(match part {
        b'A' => WINDOWS_1252,
        b'B' => ISO_8859_2,
        b'C' => ISO_8859_3,
        b'D' => ISO_8859_4,
        b'L' => ISO_8859_5,
        b'G' => ISO_8859_6,
        b'F' => ISO_8859_7,
        b'H' => ISO_8859_8,
        b'M' => WINDOWS_1254,
        _ => return None,
    })
}

/// Whether a text switches sets at all.
pub fn switches(raw: &[u8]) -> bool {
    let mut rest = raw;
    while let Some(at) = rest.iter().position(|byte| *byte == ESC) {
        rest = &rest[at + 1..];
        if chosen(rest).is_some() {
            return true;
        }
    }
    false
}

/// The text, and whether some bytes exist in no set that was switched on.
pub fn decode(raw: &[u8]) -> (String, bool) {
    let mut text = String::with_capacity(raw.len());
    let (mut set, mut damaged, mut rest) = (Set::Ascii, false, raw);
    while !rest.is_empty() {
        // A line end takes everybody back to ASCII, as every JIS text expects.
        let stop = |byte: &u8| matches!(*byte, ESC | b'\r' | b'\n');
        let end = rest.iter().position(stop).unwrap_or(rest.len());
        let (piece, fits) = in_set(set, &rest[..end]);
        text.push_str(&piece);
        damaged |= !fits;
        rest = &rest[end..];
        let Some((first, after)) = rest.split_first() else {
            break;
        };
        rest = after;
        if *first != ESC {
            set = Set::Ascii;
            text.push(char::from(*first));
        } else if let Some((next, length)) = chosen(after) {
            set = next;
            rest = &after[length..];
        } else {
            damaged = true;
        }
    }
    (text, damaged)
}

/// Bytes of one set → text, and whether all of them exist in it.
pub fn in_set(set: Set, bytes: &[u8]) -> (String, bool) {
    match set {
        Set::Ascii | Set::Upper(_) => {
            let encoding = match set {
                Set::Upper(encoding) => encoding,
                _ => WINDOWS_1252,
            };
            let (text, _, damaged) = encoding.decode(bytes);
            (text.into_owned(), !damaged)
        }
        Set::Katakana => {
            // U+FF61 is where Unicode keeps JIS X 0201's 0x21.
            let kana = |byte: &u8| match byte & 0x7F {
                low @ 0x21..=0x5F => char::from_u32(0xFF40 + u32::from(low)),
                other => Some(char::from(other)),
            };
            (bytes.iter().filter_map(kana).collect(), true)
        }
        Set::Wide(encoding, prefix) => {
            let mut high = Vec::with_capacity(bytes.len() * 2);
            for pair in bytes.chunks(2) {
                if pair.len() == 2 {
                    high.extend(prefix);
                }
                high.extend(pair.iter().map(|byte| byte | 0x80));
            }
            let (text, _, damaged) = encoding.decode(&high);
            (text.into_owned(), !damaged)
        }
    }
}

//! The data of an ED → bytes. What is declared about it is not reliable
//! (v2-to-FHIR says so too), so the bytes have the last word.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{dialect::Dialect, escapes, media};

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Enough encoded characters to hold every signature of `sniffed`.
const HEAD: usize = 256;

/// Below this a text that looks like a file's beginning is a text.
const LEAST_BARE_FILE: usize = 128;

#[derive(Clone, Copy, PartialEq)]
enum Encoding {
    Base64,
    Hex,
    Plain,
}

/// The bytes of a document that came in pieces, or `None` where no reading of
/// them is possible.
pub fn decode(pieces: &[&str], declared: Option<&str>, dialect: &Dialect) -> Option<Vec<u8>> {
    let pieces = without_data_uri(pieces);
    let declared = declared.and_then(named);
    let first = pieces.first().copied().unwrap_or_default();
    // A file under another encoding than the declared one is still seen.
    let order = match declared {
        Some(Encoding::Hex) => [Encoding::Hex, Encoding::Base64, Encoding::Plain],
        Some(Encoding::Base64) => [Encoding::Base64, Encoding::Hex, Encoding::Plain],
        _ => [Encoding::Plain, Encoding::Base64, Encoding::Hex],
    };
    let head = head_of(first);
    let seen = order.into_iter().find(|encoding| {
        let bytes = decode_as(*encoding, &[head], dialect);
        bytes.is_some_and(|bytes| media::sniffed(&bytes).is_some())
    });
    match seen.or(declared) {
        Some(encoding) => decode_as(encoding, &pieces, dialect),
        None => decode_as(Encoding::Plain, &pieces, dialect),
    }
}

fn named(declared: &str) -> Option<Encoding> {
    match declared.to_ascii_lowercase().as_str() {
        "base64" | "base-64" | "b64" => Some(Encoding::Base64),
        "hex" => Some(Encoding::Hex),
        "a" | "none" | "ascii" | "text" => Some(Encoding::Plain),
        _ => None,
    }
}

/// A beginning that can be decoded alone.
fn head_of(data: &str) -> &str {
    let mut end = HEAD.min(data.len());
    while !data.is_char_boundary(end) {
        end -= 1;
    }
    &data[..end]
}

pub fn begins_a_file(data: &str, dialect: &Dialect) -> bool {
    let head = head_of(data);
    [Encoding::Plain, Encoding::Base64, Encoding::Hex]
        .into_iter()
        .filter_map(|encoding| decode_as(encoding, &[head], dialect))
        .any(|bytes| media::sniffed(&bytes).is_some())
}

/// A PDF in base64 that was sent as a text, without a word about it.
pub fn is_bare_file(text: &str) -> bool {
    text.len() >= LEAST_BARE_FILE && text.starts_with("JVBERi0")
}

fn decode_as(encoding: Encoding, pieces: &[&str], dialect: &Dialect) -> Option<Vec<u8>> {
    match encoding {
        Encoding::Base64 => base64(pieces, dialect),
        Encoding::Hex => hex(pieces, dialect),
        Encoding::Plain => {
            let text = pieces.iter().map(|piece| escapes::decode(piece, dialect));
            Some(text.collect::<String>().into_bytes())
        }
    }
}

/// As it came where it came clean; else without what is no base64 at all.
fn base64(pieces: &[&str], dialect: &Dialect) -> Option<Vec<u8>> {
    if let [one] = pieces
        && let Ok(bytes) = LENIENT.decode(one)
    {
        return Some(bytes);
    }
    let compact = compact(pieces, dialect);
    let mut bytes = Vec::with_capacity(compact.len() / 4 * 3);
    // Each piece may have been encoded, and padded, alone.
    for part in compact
        .split(|byte| *byte == b'=')
        .filter(|part| !part.is_empty())
    {
        LENIENT.decode_vec(part, &mut bytes).ok()?;
    }
    (!bytes.is_empty()).then_some(bytes)
}

fn hex(pieces: &[&str], dialect: &Dialect) -> Option<Vec<u8>> {
    let digits = compact(pieces, dialect);
    let nibble = |digit: u8| (digit as char).to_digit(16).map(|n| n as u8);
    let pairs = digits.chunks_exact(2);
    // The head of a long text may have been cut within a byte.
    if digits.is_empty() {
        return None;
    }
    pairs
        .map(|pair| Some((nibble(pair[0])? << 4) | nibble(pair[1])?))
        .collect()
}

/// Without blanks, line ends and escapes; the alphabet for URLs in the usual one.
fn compact(pieces: &[&str], dialect: &Dialect) -> Vec<u8> {
    let mut kept = Vec::with_capacity(pieces.iter().map(|piece| piece.len()).sum());
    let mut keep = |text: &str| {
        kept.extend(text.bytes().filter_map(|byte| match byte {
            b'-' => Some(b'+'),
            b'_' => Some(b'/'),
            _ if byte.is_ascii_whitespace() || byte.is_ascii_control() => None,
            _ => Some(byte),
        }));
    };
    for piece in pieces {
        let Some(escape) = dialect.escape else {
            keep(piece);
            continue;
        };
        let mut rest = *piece;
        while let Some((before, after)) = rest.split_once(escape) {
            keep(before);
            match escapes::sequence(after, escape) {
                // What it stands for counts: a delimiter may be in the alphabet.
                Some((name, next)) => {
                    keep(&escapes::decode(
                        &format!("{escape}{name}{escape}"),
                        dialect,
                    ));
                    rest = next;
                }
                None => rest = after,
            }
        }
        keep(rest);
    }
    kept
}

/// `data:application/pdf;base64,` before the data, as browsers write it.
fn without_data_uri<'p>(pieces: &[&'p str]) -> Vec<&'p str> {
    let mut pieces = pieces.to_vec();
    if let Some(first) = pieces.first_mut() {
        let head = head_of(first);
        if let Some((_, _)) = head
            .split_once(";base64,")
            .filter(|_| head.starts_with("data:"))
        {
            let comma = first.find(',').map_or(0, |at| at + 1);
            *first = &first[comma..];
        }
    }
    pieces
}

//! Escape sequences of one value → the text they stand for. Decoded after the
//! delimiters are gone, never before and never twice; an unknown sequence, and
//! a site's own (`\Zdd..\`), stays as it was written.

use std::borrow::Cow;

use encoding_rs::{UTF_8, WINDOWS_1252};

use super::{dialect::Dialect, iso2022};

/// The most blank lines or blanks one sequence may ask for (`\.sp99999\`).
const MAX_SKIP: usize = 40;
/// No sequence but `\X..\` is longer than this: a backslash that stands alone
/// in a long text must not search to its end.
const LONGEST_NAME: usize = 16;
/// Hexadecimal digits of one `\X..\`: a line of text, not a file.
const LONGEST_HEX: usize = 4_096;

pub fn decode<'v>(value: &'v str, dialect: &Dialect) -> Cow<'v, str> {
    let Some(escape) = dialect.escape.filter(|escape| value.contains(*escape)) else {
        return unbroken(Cow::Borrowed(value));
    };
    let mut decoded = Decoded::new(dialect, value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once(escape) {
        decoded.text(before);
        match sequence(after, escape).filter(|(name, _)| decoded.sequence(name)) {
            Some((_, next)) => rest = next,
            None => {
                decoded.text(&rest[before.len()..rest.len() - after.len()]);
                rest = after;
            }
        }
    }
    decoded.text(rest);
    unbroken(Cow::Owned(decoded.finished()))
}

/// The name of a sequence and what follows it, if it ends soon enough.
pub fn sequence(after: &str, escape: char) -> Option<(&str, &str)> {
    let hex = after.starts_with(['X', 'x']);
    let mut longest = if hex { LONGEST_HEX } else { LONGEST_NAME }.min(after.len());
    while !after.is_char_boundary(longest) {
        longest -= 1;
    }
    // The one that ends it may stand right behind the longest name.
    let end = after[..longest].find(escape)?;
    Some((&after[..end], &after[end + escape.len_utf8()..]))
}

/// Whether a text holds a site's own sequence, which nobody else can read.
pub fn holds_a_sites_own(text: &str, dialect: &Dialect) -> bool {
    let Some(escape) = dialect.escape else {
        return false;
    };
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(escape) {
        let own = |(name, _): (&str, &str)| {
            name.starts_with('Z')
                && name.len() > 1
                && name.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        // What is known is passed over whole, as it is when it is decoded: the
        // end of one sequence begins no other.
        match sequence(after, escape) {
            Some(found) if own(found) => return true,
            Some((name, next)) if Decoded::new(dialect, 0).sequence(name) => rest = next,
            _ => rest = after,
        }
    }
    false
}

/// One kind of line end: `\X0D\`, `\X0D0A\` and a raw CR all end a line.
fn unbroken(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\r') {
        return Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"));
    }
    text
}

struct Decoded<'d> {
    dialect: &'d Dialect,
    text: String,
    /// Bytes of sequences that touch: one character may lie in several.
    bytes: Vec<u8>,
    /// What `\C..\` or `\M..\` switched on.
    set: Option<iso2022::Set>,
}

impl<'d> Decoded<'d> {
    fn new(dialect: &'d Dialect, length: usize) -> Self {
        Self {
            dialect,
            text: String::with_capacity(length),
            bytes: Vec::new(),
            set: None,
        }
    }

    fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.settle();
        match self.set {
            // A set of seven bits: what it stands for was written in ASCII.
            Some(set) if text.is_ascii() => {
                let (text, _) = iso2022::in_set(set, text.as_bytes());
                self.text.push_str(&text);
            }
            _ => self.text.push_str(text),
        }
    }

    /// Turns the bytes so far into characters: of the message's own set, or
    /// UTF-8 or Windows-1252 where it has none that fits.
    fn settle(&mut self) {
        if self.bytes.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.bytes);
        if let Some(set) = self.set {
            self.text.push_str(&iso2022::in_set(set, &bytes).0);
            return;
        }
        let own = Some(self.dialect.charset).filter(|charset| *charset != UTF_8);
        match (own, std::str::from_utf8(&bytes)) {
            (Some(own), _) => self
                .text
                .push_str(&own.decode_without_bom_handling(&bytes).0),
            (None, Ok(text)) => self.text.push_str(text),
            (None, Err(_)) => {
                let (text, _) = WINDOWS_1252.decode_without_bom_handling(&bytes);
                self.text.push_str(&text);
            }
        }
    }

    fn finished(mut self) -> String {
        self.settle();
        self.text
    }

    /// Takes a sequence in, if it is one.
    fn sequence(&mut self, name: &str) -> bool {
        if let Some(bytes) = name.strip_prefix(['X', 'x']).and_then(hexadecimal) {
            self.bytes.extend(bytes);
            return true;
        }
        if let Some(set) = name.strip_prefix(['C', 'M', 'c', 'm']).and_then(set) {
            self.settle();
            self.set = (set != iso2022::Set::Ascii).then_some(set);
            return true;
        }
        let Some(meaning) = meaning(name, self.dialect) else {
            return false;
        };
        self.settle();
        self.text.push_str(&meaning);
        true
    }
}

fn meaning<'n>(name: &'n str, dialect: &Dialect) -> Option<Cow<'n, str>> {
    let character = match name {
        "F" | "f" => dialect.field,
        "S" | "s" => dialect.component,
        "T" | "t" => dialect.subcomponent,
        "R" | "r" => dialect.repetition,
        "E" | "e" => dialect.escape?,
        "P" | "p" => dialect.truncation,
        "H" | "N" | "h" | "n" => return Some(Cow::Borrowed("")),
        _ => return formatting(name),
    };
    Some(Cow::Owned(character.to_string()))
}

/// The formatting commands of FT (2.5.1 §2.7.2), as far as plain text has them.
fn formatting(name: &str) -> Option<Cow<'_, str>> {
    let command = name.strip_prefix('.')?.to_ascii_lowercase();
    let (word, count) = command.split_at_checked(2)?;
    let count = count.trim().trim_start_matches('+');
    let times = count.parse::<usize>().unwrap_or(1).min(MAX_SKIP);
    match word {
        "br" | "ce" => Some(Cow::Borrowed("\n")),
        "sp" => Some(Cow::Owned("\n".repeat(times))),
        "sk" => Some(Cow::Owned(" ".repeat(times))),
        "fi" | "nf" | "in" | "ti" => Some(Cow::Borrowed("")),
        _ => None,
    }
}

fn hexadecimal(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.as_bytes();
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return None;
    }
    let nibble = |digit: u8| (digit as char).to_digit(16).map(|n| n as u8);
    digits
        .chunks(2)
        .map(|pair| Some((nibble(pair[0])? << 4) | nibble(pair[1])?))
        .collect()
}

/// `2842` of `\C2842\`: the bytes that follow an ESC in ISO 2022.
fn set(digits: &str) -> Option<iso2022::Set> {
    let bytes = hexadecimal(digits)?;
    let (set, length) = iso2022::chosen(&bytes)?;
    (length == bytes.len()).then_some(set)
}

//! Escape sequences of one value → the text they stand for. Decoded after the
//! delimiters are gone, never before; an unknown sequence stays as it is.

use std::borrow::Cow;

use super::delimiters::Delimiters;

/// The most blank lines or blanks one sequence may ask for (`\.sp99999\`).
const MAX_SKIP: usize = 40;

pub fn decode<'v>(value: &'v str, delimiters: &Delimiters) -> Cow<'v, str> {
    let Some(escape) = delimiters.escape.filter(|escape| value.contains(*escape)) else {
        return unbroken(Cow::Borrowed(value));
    };
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once(escape) {
        text.push_str(before);
        match after
            .split_once(escape)
            .and_then(|(name, next)| Some((meaning(name, delimiters)?, next)))
        {
            Some((meaning, next)) => {
                text.push_str(&meaning);
                rest = next;
            }
            None => {
                text.push(escape);
                rest = after;
            }
        }
    }
    text.push_str(rest);
    unbroken(Cow::Owned(text))
}

/// One kind of line end: `\X0D\`, `\X0D0A\` and a raw CR all end a line.
fn unbroken(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\r') {
        return Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"));
    }
    text
}

fn meaning<'n>(name: &'n str, delimiters: &Delimiters) -> Option<Cow<'n, str>> {
    let character = match name {
        "F" => delimiters.field,
        "S" => delimiters.component,
        "T" => delimiters.subcomponent,
        "R" => delimiters.repetition,
        "E" => delimiters.escape?,
        "P" => '#',
        "H" | "N" => return Some(Cow::Borrowed("")),
        _ => return formatting(name).or_else(|| hexadecimal(name)),
    };
    Some(Cow::Owned(character.to_string()))
}

/// The formatting commands of FT (2.5.1 §2.7.2), as far as plain text has them.
fn formatting(name: &str) -> Option<Cow<'_, str>> {
    let command = name.strip_prefix('.')?.to_ascii_lowercase();
    let (word, count) = command.split_at(command.len().min(2));
    let count = count.trim_start_matches('+');
    let times = if count.is_empty() {
        1
    } else {
        count.trim().parse::<usize>().ok().unwrap_or(1)
    };
    match word {
        "br" | "ce" => Some(Cow::Borrowed("\n")),
        "sp" => Some(Cow::Owned("\n".repeat(times.min(MAX_SKIP)))),
        "sk" => Some(Cow::Owned(" ".repeat(times.min(MAX_SKIP)))),
        "fi" | "nf" | "in" | "ti" => Some(Cow::Borrowed("")),
        _ => None,
    }
}

/// `\Xhh..\` holds bytes: UTF-8 where they are, else Windows-1252.
fn hexadecimal(name: &str) -> Option<Cow<'_, str>> {
    let digits = name.strip_prefix(['X', 'x'])?.as_bytes();
    if digits.is_empty() || digits.len() % 2 != 0 {
        return None;
    }
    let nibble = |digit: u8| (digit as char).to_digit(16).map(|n| n as u8);
    let bytes: Option<Vec<u8>> = digits
        .chunks(2)
        .map(|pair| Some((nibble(pair[0])? << 4) | nibble(pair[1])?))
        .collect();
    let bytes = bytes?;
    let text = String::from_utf8(bytes).unwrap_or_else(|error| {
        encoding_rs::WINDOWS_1252
            .decode(error.as_bytes())
            .0
            .into_owned()
    });
    Some(Cow::Owned(text))
}

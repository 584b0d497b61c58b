//! `&amp;` and its four kin, and characters by number. No other entity exists
//! here, so nothing can expand.

use std::borrow::Cow;

/// The character of an entity's name, without its `&` and `;`.
pub fn named(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        // Not of XML, but what editors of web pages leave behind most.
        "nbsp" => Some('\u{A0}'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| *c != '\0')
        }
    }
}

/// An attribute's value, and whether every entity in it was known. An unknown
/// one stays as it was written.
pub fn decoded(raw: Cow<'_, str>) -> (Cow<'_, str>, bool) {
    if !raw.contains('&') {
        return (raw, true);
    }
    let mut text = String::with_capacity(raw.len());
    let mut complete = true;
    let mut rest: &str = &raw;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        // `&#x10FFFF;` is the longest that means anything.
        let end = after.bytes().take(10).position(|byte| byte == b';');
        match end.and_then(|end| Some((named(&after[..end])?, &after[end + 1..]))) {
            Some((character, next)) => {
                text.push(character);
                rest = next;
            }
            None => {
                complete = false;
                text.push('&');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    (Cow::Owned(text), complete)
}

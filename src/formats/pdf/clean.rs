//! Makes any text safe to set: what no font can draw is printed as its code
//! point, what would be invisible or misleading goes, and lines end in `\n`.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write;

use super::direction::{END_OF_ISOLATE, ISOLATE, keeps_isolates};
use super::fonts::Fonts;

/// Cleans `text`, and notes the characters it had to spell out.
pub fn clean<'a>(text: &'a str, fonts: &Fonts, unprintable: &mut BTreeSet<char>) -> Cow<'a, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
        return Cow::Borrowed(text);
    }
    let isolates = keeps_isolates(text);
    let mut cleaned = String::with_capacity(text.len() + 16);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' if characters.peek() == Some(&'\n') => {}
            '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => cleaned.push('\n'),
            ' '..='~' => cleaned.push(character),
            ISOLATE | END_OF_ISOLATE if isolates => cleaned.push(character),
            _ if is_dropped(character, &cleaned) => {}
            '\u{200C}' | '\u{200D}' => cleaned.push(character),
            _ if character.is_control() => cleaned.push(' '),
            _ if fonts.has(character) => cleaned.push(character),
            _ if character.is_whitespace() => cleaned.push(' '),
            _ => {
                unprintable.insert(character);
                let next = characters.peek();
                spell(
                    character,
                    next.is_some_and(|next| next.is_alphanumeric()),
                    &mut cleaned,
                );
            }
        }
    }
    Cow::Owned(cleaned)
}

/// Spells out every character of `range` that is not ASCII: a cluster for which
/// no single face has all the glyphs.
pub fn spell_cluster(
    text: &mut String,
    range: std::ops::Range<usize>,
    unprintable: &mut BTreeSet<char>,
) {
    let next_is_a_letter = text[range.end..].starts_with(char::is_alphanumeric);
    let mut spelled = String::new();
    for character in text[range.clone()].chars() {
        if character.is_ascii() {
            spelled.push(character);
        } else {
            unprintable.insert(character);
            spell(character, next_is_a_letter, &mut spelled);
        }
    }
    text.replace_range(range, &spelled);
}

/// Writes `U+4E2D`, kept apart from letters and digits beside it.
fn spell(character: char, before_a_letter: bool, out: &mut String) {
    if out.ends_with(char::is_alphanumeric) {
        out.push(' ');
    }
    write!(out, "U+{:04X}", u32::from(character)).expect("a String takes every write");
    if before_a_letter {
        out.push(' ');
    }
}

/// Characters that draw nothing. Embeddings and overrides go too: an override can
/// show a dose of 51 as 15. Isolates only keep a value's direction to itself; those
/// that a caller put there and closed stay.
fn is_dropped(character: char, before: &str) -> bool {
    match character {
        '\u{AD}' | '\u{200B}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' => true,
        '\u{200E}' | '\u{200F}' | '\u{61C}' | '\u{180E}' | '\u{34F}' => true,
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{206F}' => true,
        '\u{FE00}'..='\u{FE0F}' | '\u{E0000}'..='\u{E0FFF}' => true,
        '\u{FFF9}'..='\u{FFFB}' => true,
        // A joiner means something only inside the scripts that join.
        '\u{200C}' | '\u{200D}' => !before.ends_with(|last| matches!(last, '\u{600}'..='\u{DFF}')),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::fonts;
    use super::*;

    fn cleaned(text: &str) -> (String, Vec<char>) {
        let mut unprintable = BTreeSet::new();
        let text = clean(text, fonts(), &mut unprintable).into_owned();
        (text, unprintable.into_iter().collect())
    }

    #[test]
    fn controls_become_spaces_and_every_line_end_becomes_a_newline() {
        let (text, unprintable) = cleaned("a\tb\u{0}c\u{9F}d\r\ne\rf\u{2028}g");
        assert_eq!(text, "a b c d\ne\nf\ng");
        assert!(unprintable.is_empty());
    }

    #[test]
    fn invisible_characters_and_direction_overrides_are_dropped() {
        assert_eq!(
            cleaned("\u{FEFF}5\u{202E}1\u{2066}mg\u{AD}\u{200B}").0,
            "51mg"
        );
    }

    #[test]
    fn a_character_without_a_glyph_is_spelled_out_and_listed() {
        let (text, unprintable) = cleaned("王小 x中y 🙂 \u{FFFE}\u{E000}");
        assert_eq!(text, "U+738B U+5C0F x U+4E2D y U+1F642 U+FFFE U+E000");
        assert_eq!(
            unprintable,
            ['中', '小', '王', '\u{E000}', '\u{FFFE}', '🙂']
        );
    }

    #[test]
    fn scripts_that_join_keep_their_joiners() {
        let persian = "می\u{200C}خواهم";
        assert_eq!(cleaned(persian).0, persian);
        assert_eq!(cleaned("a\u{200D}b").0, "ab");
    }
}

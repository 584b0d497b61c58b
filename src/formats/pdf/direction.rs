//! Which way text runs, and how a value of one direction stands in a sentence of
//! the other without disturbing it (Unicode Standard Annex #9).

/// First strong isolate: what follows keeps its own direction, up to the end mark.
pub const ISOLATE: char = '\u{2068}';
pub const END_OF_ISOLATE: char = '\u{2069}';

/// Languages written from right to left, by their BCP 47 tags.
pub fn is_mirrored(language: &str) -> bool {
    let primary = language.split(['-', '_']).next().unwrap_or_default();
    let right_to_left = [
        "ar", "he", "iw", "fa", "ur", "ps", "yi", "dv", "ckb", "sd", "ug",
    ];
    right_to_left
        .iter()
        .any(|tag| primary.eq_ignore_ascii_case(tag))
}

/// A letter of a script that runs from right to left; its digits do not count.
pub fn is_right_to_left(letter: char) -> bool {
    match letter {
        '\u{660}'..='\u{66C}' | '\u{6F0}'..='\u{6F9}' => false,
        '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}' => true,
        '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}' => true,
        _ => false,
    }
}

/// Whether a text as a whole runs from right to left.
///
/// Without a letter of such a script it never does, whatever the document: `3.5 –
/// 5.1` must not become `5.1 – 3.5`, nor `5 mg` be turned around. A mixture runs as
/// its document does where that is right to left, else as its first letter.
pub fn runs_right_to_left(text: &str, in_mirrored: bool) -> bool {
    let is_left = |letter: char| letter.is_alphabetic() && !is_right_to_left(letter);
    let Some(first) = text.find(is_right_to_left) else {
        return false;
    };
    in_mirrored || !text[..first].contains(is_left)
}

/// A value for the middle of a sentence. Marks of direction inside it go: they
/// could end the isolation early.
pub fn isolated(value: &str) -> String {
    let letters = value.chars().filter(|letter| !is_mark(*letter));
    let mut isolated = String::with_capacity(value.len() + 6);
    isolated.push(ISOLATE);
    isolated.extend(letters);
    isolated.push(END_OF_ISOLATE);
    isolated
}

fn is_mark(letter: char) -> bool {
    matches!(
        letter,
        '\u{200E}' | '\u{200F}' | '\u{61C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
    )
}

/// Whether isolates of this text mean something and all end in it. Others go.
pub fn keeps_isolates(text: &str) -> bool {
    if !text.contains(ISOLATE) || !text.contains(is_right_to_left) {
        return false;
    }
    let mut open = 0_i32;
    for letter in text.chars() {
        match letter {
            ISOLATE => open += 1,
            END_OF_ISOLATE if open == 0 => return false,
            END_OF_ISOLATE => open -= 1,
            // An isolate ends with its paragraph.
            '\n' if open > 0 => return false,
            _ => {}
        }
    }
    open == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_latin_values_are_never_turned_around() {
        for value in ["3.5 – 5.1", "5 mg", "120/80", "", "Aspirin 100"] {
            assert!(!runs_right_to_left(value, true), "{value}");
        }
        assert!(runs_right_to_left("Aspirin مرة واحدة", true));
        assert!(!runs_right_to_left("Aspirin مرة واحدة", false));
        assert!(runs_right_to_left("فاطمة (Fatima)", false));
        assert!(is_mirrored("ar-EG") && is_mirrored("he") && !is_mirrored("en"));
    }

    #[test]
    fn an_isolate_that_does_not_end_or_means_nothing_is_not_kept() {
        assert!(keeps_isolates(&format!("رقم {}", isolated("A-12"))));
        assert!(!keeps_isolates(&format!("number {}", isolated("A-12"))));
        assert!(!keeps_isolates("رقم \u{2068}A"));
        assert!(!keeps_isolates("رقم \u{2069}A\u{2068}"));
        assert_eq!(isolated("a\u{2069}\u{202E}b"), "\u{2068}ab\u{2069}");
    }
}

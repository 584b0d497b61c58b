//! Which way text runs, and how a value of one direction stands in a sentence of
//! the other without disturbing it (Unicode Standard Annex #9).

/// First strong isolate: what follows keeps its own direction, up to the end mark.
pub const ISOLATE: char = '\u{2068}';
pub const END_OF_ISOLATE: char = '\u{2069}';

/// No number has more signs before it. Behind more of them nothing is looked for, or
/// a line of dashes would be read again at each dash.
const MOST_SIGNS: usize = 4;
/// What stands in brackets within a value is short. A bracket that is not closed by
/// then would be read to the end of the text, again at each such bracket.
const LONGEST_IN_BRACKETS: usize = 64;

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

/// Isolates what runs against its paragraph, so that a number stays with its unit.
///
/// The plain algorithm takes a number after an Arabic word for a part of it: of
/// `500 mg × 2` it makes `mg × 2 500`, of `<5` a `5>`, and in a Latin sentence it
/// pulls the dose behind a name to the other side of the name.
pub fn kept_apart(text: &str, right_to_left: bool) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut kept = String::with_capacity(text.len() + 24);
    let mut at = 0;
    while at < letters.len() {
        let end = if begins(letters[at..].iter().copied(), right_to_left) {
            at + run(letters[at..].iter().copied(), right_to_left)
        } else {
            at
        };
        if end > at {
            kept.push(ISOLATE);
            kept.extend(&letters[at..end]);
            kept.push(END_OF_ISOLATE);
            at = end;
        } else {
            kept.push(letters[at]);
            at += 1;
        }
    }
    kept
}

/// Whether a letter runs against a paragraph of this direction. Western digits do
/// in one from right to left.
fn is_against(letter: char, right_to_left: bool) -> bool {
    if right_to_left {
        letter.is_ascii_digit() || letter.is_alphabetic() && !is_right_to_left(letter)
    } else {
        is_right_to_left(letter)
    }
}

/// A sign belongs to the number that it stands before.
fn begins(letters: impl Iterator<Item = char>, right_to_left: bool) -> bool {
    let is_sign = |letter| matches!(letter, '+' | '-' | '−' | '±' | '<' | '>' | '≤' | '≥' | '~');
    let mut first = letters.take(MOST_SIGNS + 1).enumerate();
    match first.find(|(_, letter)| !is_sign(*letter)) {
        Some((0, letter)) => is_against(letter, right_to_left),
        Some((_, letter)) => right_to_left && letter.is_ascii_digit(),
        None => false,
    }
}

/// How far the run goes: to the last letter of its direction before one of the
/// other, with the brackets that it opened and a percent sign that belongs to it.
fn run(letters: impl Iterator<Item = char>, right_to_left: bool) -> usize {
    let (mut end, mut open, mut opened) = (0, 0_i32, 0);
    for (index, letter) in letters.enumerate() {
        if open == 0 {
            opened = index;
        } else if index - opened > LONGEST_IN_BRACKETS {
            break;
        }
        match letter {
            _ if is_against(letter, right_to_left) => {
                end = if open == 0 { index + 1 } else { end };
            }
            '(' | '[' => open += 1,
            ')' | ']' if open > 0 => {
                open -= 1;
                end = if open == 0 { index + 1 } else { end };
            }
            '%' | '°' if end == index => end = index + 1,
            ')' | ']' | ISOLATE | END_OF_ISOLATE => break,
            _ if is_right_to_left(letter) || letter.is_alphanumeric() => break,
            _ => {}
        }
    }
    end
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
    fn numbers_keep_their_units_and_signs_beside_another_script() {
        let shown = |text: &str, rtl: bool| {
            let kept = kept_apart(text, rtl);
            kept.replace(ISOLATE, "[").replace(END_OF_ISOLATE, "]")
        };
        assert_eq!(shown("مرتين (500 mg × 2)", true), "مرتين ([500 mg × 2])");
        assert_eq!(shown("اقل من <5 mg مرة", true), "اقل من [<5 mg] مرة");
        assert_eq!(shown("رقم +1 555-0100.", true), "رقم [+1 555-0100].");
        assert_eq!(shown("نسبة 95 % الان", true), "نسبة [95] % الان");
        assert_eq!(shown("نسبة 95% الان", true), "نسبة [95%] الان");
        assert_eq!(
            shown("Metformin (XR) 500 mg الان", true),
            "[Metformin (XR) 500 mg] الان"
        );
        assert_eq!(shown("Aspirin (حبوب) 5", true), "[Aspirin] (حبوب) [5]");
        assert_eq!(
            shown("Dose for فاطمة الزهراء 5 mg", false),
            "Dose for [فاطمة الزهراء] 5 mg"
        );
        assert_eq!(shown("no other script", false), "no other script");
    }

    #[test]
    fn no_more_is_looked_at_than_a_value_can_need() {
        let looked = |text: &str, look: &dyn Fn(&mut dyn Iterator<Item = char>)| {
            let mut count = 0;
            look(&mut text.chars().inspect(|_| count += 1));
            count
        };
        let dashes = "-".repeat(400_000);
        let brackets = "ا(".repeat(200_000);
        let signs = looked(&dashes, &|letters| assert!(!begins(letters, true)));
        assert_eq!(signs, MOST_SIGNS + 1);
        let inside = looked(&brackets, &|letters| assert_eq!(run(letters, false), 1));
        assert!(inside <= LONGEST_IN_BRACKETS + 3, "{inside}");
        assert_eq!(kept_apart(&dashes, true), dashes);
        let kept = kept_apart(&brackets, false);
        assert_eq!(kept.matches(ISOLATE).count(), 200_000);
        assert_eq!(kept.replace([ISOLATE, END_OF_ISOLATE], ""), brackets);
        assert!(begins("<+-~5".chars(), true));
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

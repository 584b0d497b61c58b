//! Codes of ICD-10-CM that stand in a text, told by their shape alone.

use super::words::written;

/// Words before a code that say that it is one; lists go on behind them.
const ANNOUNCE: [&str; 16] = [
    "dx",
    "dxs",
    "ddx",
    "diag",
    "diagnosis",
    "diagnoses",
    "diagnostic",
    "code",
    "codes",
    "coded",
    "icd",
    "icd10",
    "icd10cm",
    "cm",
    "10",
    "10cm",
];

/// Words between the codes of a list.
const BETWEEN: [&str; 5] = ["and", "or", "und", "et", "with"];

/// The letters and digits of a code with the longest tail.
const LONGEST: usize = 7;

/// The codes in a text. `F11.20` can be nothing else, and `F1120` hardly; rooms
/// are called `B20` and `F112`, so that codes of three and four signs without a
/// dot count only as a whole value or where a word announces them.
pub fn codes_in(text: &str, is_value: bool) -> Vec<String> {
    let text: String = written(text).collect();
    let is_value = is_value && !text.trim().contains(char::is_whitespace);
    let mut found = Vec::new();
    let mut announced = false;
    for word in words(&text) {
        let Some(shape) = Shape::of(word.text) else {
            let small = word.text.to_ascii_lowercase();
            announced = ANNOUNCE.contains(&small.as_str())
                || (announced && BETWEEN.contains(&small.as_str()));
            continue;
        };
        let alone = shape.has_dot || (shape.signs > 4 && word.is_free);
        if alone || announced || is_value {
            found.push(word.text.to_owned());
            announced = true;
        }
    }
    found
}

struct Word<'t> {
    text: &'t str,
    /// It is no piece of a longer number: `A-F1120_2`.
    is_free: bool,
}

/// Letters and digits, with a dot where more of them follow.
fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &text[at..];
        let start = at + rest.find(char::is_alphanumeric)?;
        let is_part = |(offset, c): (usize, char)| {
            let behind = || text[start + offset + 1..].chars().next();
            c.is_alphanumeric() || (c == '.' && behind().is_some_and(char::is_alphanumeric))
        };
        let mut signs = text[start..].char_indices();
        let end = signs.find(|sign| !is_part(*sign));
        let end = end.map_or(text.len(), |(offset, _)| start + offset);
        at = end;
        let binds = |c: Option<char>| c.is_some_and(|c| "-_/+=@#".contains(c));
        let is_free =
            !binds(text[..start].chars().next_back()) && !binds(text[end..].chars().next());
        Some(Word {
            text: &text[start..end],
            is_free,
        })
    })
}

struct Shape {
    signs: usize,
    has_dot: bool,
}

impl Shape {
    /// A letter, two digits, and up to four letters or digits behind a dot or none.
    fn of(word: &str) -> Option<Self> {
        let bytes = word.as_bytes();
        let [letter, tens, ones, tail @ ..] = bytes else {
            return None;
        };
        let head = letter.is_ascii_alphabetic() && tens.is_ascii_digit() && ones.is_ascii_digit();
        let bare = tail.strip_prefix(b".").unwrap_or(tail);
        let signs = 3 + bare.len();
        let fits = head && signs <= LONGEST && bare.iter().all(u8::is_ascii_alphanumeric);
        fits.then_some(Self {
            signs,
            has_dot: bare.len() < tail.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> String {
        codes_in(text, false).join(" ")
    }

    #[test]
    fn a_code_with_its_dot_is_found_wherever_it_stands() {
        assert_eq!(found("Secondary: (F11.20)."), "F11.20");
        assert_eq!(found("f11.20^Dependence^I10"), "f11.20");
        assert_eq!(found("F11.20/F20.0; F11\u{200b}.21"), "F11.20 F20.0 F11.21");
        assert_eq!(found("F1120 noted"), "F1120");
    }

    #[test]
    fn a_short_code_needs_a_word_that_announces_it() {
        assert_eq!(found("Secondary dx: F20.0, B20; HIV"), "F20.0 B20");
        assert_eq!(found("ICD-10: B20 and F112"), "B20 F112");
        assert_eq!(found("ICD-10-CM B20."), "B20");
        assert_eq!(found("Room B20, bed F112"), "");
        assert_eq!(found("diagnosis pending, room B20"), "");
        assert_eq!(codes_in(" B20 ", true), ["B20"]);
        assert!(codes_in("in B20", true).is_empty());
    }

    #[test]
    fn numbers_of_other_shapes_are_no_codes() {
        for text in [
            "F1.20",
            "FF11.20",
            "F11.20123",
            "order F11201234",
            "A-F1120",
            "1F11.20",
            "é",
        ] {
            assert_eq!(found(text), "", "{text}");
        }
    }
}

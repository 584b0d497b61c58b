//! What a person shows before a link opens, and what counts as an answer at all.
//! Nothing here compares: expected answers are known only as keyed hashes.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// How somebody proves to be the one a link is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verify {
    /// Nobody is asked who they are; a person types four digits from the page, which
    /// mail scanners that press buttons do not.
    #[default]
    None,
    /// The patient's date of birth.
    BirthDate,
    /// Eight digits that the channel's owner tells them, never with the link.
    Passcode,
    /// Eight digits sent to the recipient's address, good for ten minutes.
    EmailCode,
}

impl Verify {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::BirthDate => "birth-date",
            Self::Passcode => "passcode",
            Self::EmailCode => "email-code",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::None, Self::BirthDate, Self::Passcode, Self::EmailCode]
            .into_iter()
            .find(|verify| verify.as_str() == text)
    }
}

/// What happens where `birth-date` is asked for and the event has no full one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VerifyFallback {
    /// A passcode is made; the channel's owner is told it.
    #[default]
    Passcode,
    /// The event waits for a person; one that is approved gets a passcode.
    Hold,
}

/// Whether a link can also be resolved as a SMART Health Link (STU 1): `false`,
/// `true`, or `direct` for one that is fetched without a manifest (flag `U`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub enum SmartHealthLink {
    #[default]
    Off,
    Manifest,
    Direct,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Flag(bool),
    Word(Word),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    Direct,
}

impl From<Written> for SmartHealthLink {
    fn from(written: Written) -> Self {
        match written {
            Written::Flag(false) => Self::Off,
            Written::Flag(true) => Self::Manifest,
            Written::Word(Word::Direct) => Self::Direct,
        }
    }
}

impl From<SmartHealthLink> for Written {
    fn from(link: SmartHealthLink) -> Self {
        match link {
            SmartHealthLink::Off => Self::Flag(false),
            SmartHealthLink::Manifest => Self::Flag(true),
            SmartHealthLink::Direct => Self::Word(Word::Direct),
        }
    }
}

impl SmartHealthLink {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Manifest => "manifest",
            Self::Direct => "direct",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Off, Self::Manifest, Self::Direct]
            .into_iter()
            .find(|link| link.as_str() == text)
    }
}

impl JsonSchema for SmartHealthLink {
    fn schema_name() -> Cow<'static, str> {
        "SmartHealthLink".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"enum": [false, true, "direct"]})
    }
}

/// An answer that is none: it is compared with nothing and spends nothing. Scanners
/// that fill in forms send such things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    Empty,
    /// No such date, or none that a living person was born on; not eight digits.
    Implausible,
}

/// Digits of a passcode or an e-mail code: 26 bits, where 20 are asked for
/// (OWASP ASVS 5.0 §6.5.4).
pub const CODE_DIGITS: usize = 8;

/// The oldest person whose age is certain died at 122.
const OLDEST: i16 = 123;

/// A date of birth typed into three boxes, as `YYYYMMDD`.
pub fn birth_date(
    day: &str,
    month: &str,
    year: &str,
    today: jiff::civil::Date,
) -> Result<String, Unfit> {
    let typed = [day, month, year].map(digits);
    if typed.iter().all(String::is_empty) {
        return Err(Unfit::Empty);
    }
    let [day, month, year] = typed;
    // Two digits of a year could be either century's.
    if year.len() != 4 {
        return Err(Unfit::Implausible);
    }
    let number = |text: &str| text.parse::<i16>().map_err(|_| Unfit::Implausible);
    let narrow = |text: &str| i8::try_from(number(text)?).map_err(|_| Unfit::Implausible);
    let date = jiff::civil::Date::new(number(&year)?, narrow(&month)?, narrow(&day)?)
        .map_err(|_| Unfit::Implausible)?;
    if date > today || date.year() < today.year() - OLDEST {
        return Err(Unfit::Implausible);
    }
    Ok(date.strftime("%Y%m%d").to_string())
}

/// The same from an event's own date of birth, `YYYY-MM-DD`; a part of one is none.
pub fn expected_birth_date(date: &str) -> Option<String> {
    let date: jiff::civil::Date = (date.len() == 10).then(|| date.parse().ok())??;
    Some(date.strftime("%Y%m%d").to_string())
}

/// A passcode or an e-mail code, however it was grouped.
pub fn code(typed: &str) -> Result<String, Unfit> {
    if typed.trim().is_empty() {
        return Err(Unfit::Empty);
    }
    let only_digits = typed
        .chars()
        .all(|c| c.is_numeric() || c.is_whitespace() || matches!(c, '-' | '\u{2011}' | '.'));
    let digits = digits(typed);
    // All alike is what a form filler types.
    let alike = digits.bytes().all(|byte| digits.starts_with(byte as char));
    if only_digits && digits.len() == CODE_DIGITS && !alike {
        Ok(digits)
    } else {
        Err(Unfit::Implausible)
    }
}

/// A new code from chance: eight digits that are no single one repeated.
pub fn new_code(chance: [u8; 8]) -> String {
    let number = u64::from_be_bytes(chance) % 10_u64.pow(CODE_DIGITS as u32);
    let digits = format!("{number:0CODE_DIGITS$}");
    code(&digits).unwrap_or_else(|_| "40718263".to_owned())
}

/// The four digits that the page of a link shows and a person types, from a keyed
/// hash of its id: the same each time, none that a form filler would try.
pub fn shown_digits(hash: &str) -> String {
    let numbers = hash.as_bytes().chunks(8).filter_map(|part| {
        let part = std::str::from_utf8(part).ok()?;
        Some(u64::from_str_radix(part, 16).ok()? % 10_000)
    });
    let mut fit = numbers.map(|number| format!("{number:04}")).filter(|text| {
        let bytes = text.as_bytes();
        let steps: Vec<i16> = bytes
            .windows(2)
            .map(|pair| i16::from(pair[1]) - i16::from(pair[0]))
            .collect();
        // 0000, 1234, 9876, and whatever looks like a year.
        !steps.iter().all(|step| *step == steps[0])
            && !text.starts_with("19")
            && !text.starts_with("20")
    });
    fit.next().unwrap_or_else(|| "7304".to_owned())
}

/// Digits of any script as ASCII: phones type in their own.
pub fn digits(typed: &str) -> String {
    typed.chars().filter_map(ascii_digit).collect()
}

/// Arabic, Persian and Devanagari digits, and the wide ones of East Asia.
fn ascii_digit(c: char) -> Option<char> {
    const ZEROS: [char; 5] = ['0', '\u{660}', '\u{6f0}', '\u{966}', '\u{ff10}'];
    ZEROS.into_iter().find_map(|zero| {
        let place = u32::from(c).checked_sub(u32::from(zero))?;
        char::from_digit(place, 10).filter(|_| place < 10)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn born(day: &str, month: &str, year: &str) -> Result<String, Unfit> {
        birth_date(day, month, year, jiff::civil::date(2026, 11, 23))
    }

    #[test]
    fn a_date_of_birth_is_read_however_it_is_typed() {
        assert_eq!(born("9", " 2 ", "1958").unwrap(), "19580209");
        assert_eq!(born("٠٩", "٠٢", "١٩٥٨").unwrap(), "19580209");
        assert_eq!(expected_birth_date("1958-02-09").unwrap(), "19580209");
        assert_eq!(expected_birth_date("1958-02"), None);
    }

    #[test]
    fn what_nobody_can_be_born_on_is_no_answer() {
        assert_eq!(born("", "", " "), Err(Unfit::Empty));
        for (day, month, year) in [
            ("31", "2", "1980"),
            ("1", "13", "1980"),
            ("1", "1", "80"),
            ("1", "1", "1801"),
            ("24", "11", "2026"),
            ("a", "b", "c1"),
        ] {
            assert_eq!(born(day, month, year), Err(Unfit::Implausible), "{year}");
        }
    }

    #[test]
    fn a_code_is_eight_digits_in_any_grouping() {
        assert_eq!(code("4071 8263").unwrap(), "40718263");
        assert_eq!(code("4071-8263").unwrap(), "40718263");
        assert_eq!(code("  "), Err(Unfit::Empty));
        for wrong in [
            "4071826",
            "407182634",
            "test@example.com 40718263",
            "11111111",
        ] {
            assert_eq!(code(wrong), Err(Unfit::Implausible), "{wrong}");
        }
        for seed in 0..1000_u64 {
            let made = new_code(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
            assert_eq!(code(&made).as_ref(), Ok(&made));
        }
    }

    #[test]
    fn shown_digits_are_none_that_a_form_filler_tries() {
        for seed in 0..2000_u32 {
            let hash: String = (0..8_u32)
                .map(|part| format!("{:08x}", (seed * 8 + part).wrapping_mul(2_654_435_761)))
                .collect();
            let shown = shown_digits(&hash);
            assert_eq!(shown, shown_digits(&hash));
            assert_eq!(shown.len(), 4);
            assert!(!["0000", "1111", "1234", "4321", "9999"].contains(&shown.as_str()));
            assert!(!shown.starts_with("19") && !shown.starts_with("20"));
        }
    }
}

//! The oracle's values are raw. Each rule here says how far two writings of one
//! value may differ and still be the same; nothing else is forgiven.

use handoff::domain::facts::{Coded, When};
use serde_json::Value;

/// A member of the oracle as text; an absent one is empty.
pub fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

/// The oracle's list, empty where it has none.
pub fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value[member].as_array().map_or(&[], Vec::as_slice)
}

/// Blanks at the ends and runs of white space are layout, not data.
pub fn same(ours: &str, theirs: &str) -> bool {
    words(ours) == words(theirs)
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub fn is(ours: Option<&str>, theirs: &str) -> bool {
    ours.is_some_and(|ours| same(ours, theirs))
}

/// Whether the oracle's value is data: `""` of HL7 v2 asks to delete.
pub fn is_data(value: &str) -> bool {
    !value.trim().is_empty() && value.trim() != "\"\""
}

/// `20150502090000+0200` and `2015-05-02T09:00:00+02:00` are one moment at one
/// precision: the digits agree, and the offset. `Z` is `+0000`; a fraction of
/// zeros is none.
pub fn same_time(ours: Option<&When>, theirs: &str) -> bool {
    ours.is_some_and(|ours| digits(&ours.0) == digits(theirs))
}

fn digits(text: &str) -> (String, String) {
    let text = text.trim().replace('Z', "+0000");
    // The date's own hyphens are no offset: one comes after the time, or after
    // eight digits and more.
    let clock = text.find('T').unwrap_or(8).min(text.len());
    let sign = text[clock..].find(['+', '-']).map(|place| clock + place);
    let (moment, offset) = text.split_at(sign.unwrap_or(text.len()));
    let (whole, fraction) = moment.split_once('.').unwrap_or((moment, ""));
    let fraction = fraction.trim_end_matches('0');
    let only = |text: &str| text.replace(['-', ':', 'T', ' '], "");
    (
        only(whole) + fraction,
        offset.replace(':', "").replace("-0000", "+0000"),
    )
}

/// Whether the calendar has the date that begins this timestamp.
pub fn is_date(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).take(8).collect();
    match digits.len() {
        4 => digits != "0000",
        6 => (1..=12).contains(&digits[4..].parse().unwrap_or(0)) && &digits[..4] != "0000",
        8 => jiff::civil::Date::strptime("%Y%m%d", &digits).is_ok() && &digits[..4] != "0000",
        _ => false,
    }
}

/// Codes are compared as they are; words may be those of `text` or of the
/// code's display, and a member that the oracle does not have may be anything.
pub fn same_code(ours: &Coded, code: &str, words: &[&str]) -> bool {
    let words: Vec<&&str> = words.iter().filter(|words| is_data(words)).collect();
    let code_agrees = !is_data(code) || is(ours.code.as_deref(), code);
    let words_agree = words.is_empty() || words.iter().any(|words| is(ours.text.as_deref(), words));
    code_agrees && words_agree
}

/// Takes the first that fits out of the list, so that none answers twice.
pub fn take<T>(list: &mut Vec<T>, fits: impl Fn(&T) -> bool) -> bool {
    let place = list.iter().position(fits);
    place.map(|place| list.remove(place)).is_some()
}

#[test]
fn two_writings_of_a_time_are_told_from_two_times() {
    let when = |text: &str| When(text.to_owned());
    for (ours, theirs) in [
        ("2015-05-02T09:00:00+02:00", "20150502090000+0200"),
        ("2015-05-02T09:00:00-05:00", "20150502090000.000-0500"),
        ("1961-06-15", "19610615"),
        ("2006-03-15T06:24", "200603150624"),
        ("2020-12-11T14:30:00Z", "2020-12-11T14:30:00.000+00:00"),
        ("2013", "2013"),
    ] {
        assert!(same_time(Some(&when(ours)), theirs), "{ours} {theirs}");
    }
    for (ours, theirs) in [
        ("2015-05-02T09:00:00+02:00", "20150502090000"),
        ("2015-05-02", "20150502090000"),
        ("2015-05-02T09:00:00", "201505020900"),
        ("1961-06-15", "19610616"),
        ("2015-05-02T09:00:00-05:00", "20150502090000+0500"),
    ] {
        assert!(!same_time(Some(&when(ours)), theirs), "{ours} {theirs}");
    }
    assert!(is_date("20240229") && !is_date("20230229") && !is_date("0000"));
}

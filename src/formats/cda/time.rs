//! TS and IVL_TS → `When`, at the precision they came with. What is no time
//! becomes a doubt.

use super::tree::Element;
use crate::domain::facts::{Doubt, When};

/// `@value` of a TS.
pub fn of(element: Element, doubts: &mut Vec<Doubt>) -> Option<When> {
    let written = element.attr("value")?;
    if let Some(when) = parse(written) {
        return Some(when);
    }
    // The day is worth keeping where only the hour makes no sense.
    let day = date(written)
        .map(|(day, _)| day)
        .filter(|day| day.len() == 10);
    let why = match day {
        Some(_) => "only the date of the time could be read",
        None => "the time could not be read",
    };
    doubts.push(Doubt::new(element.place(), why));
    day.map(When)
}

/// When something began: `@value`, else `low`, else the middle.
pub fn start(element: Element, doubts: &mut Vec<Doubt>) -> Option<When> {
    let mut first = |name| element.child(name).and_then(|end| of(end, doubts));
    let within = first("low").or_else(|| first("center"));
    of(element, doubts).or(within)
}

pub fn end(element: Element, doubts: &mut Vec<Doubt>) -> Option<When> {
    of(element.child("high")?, doubts)
}

/// The one time of an event: its value, else its beginning, else its end.
pub fn single(element: Element, doubts: &mut Vec<Doubt>) -> Option<When> {
    start(element, doubts).or_else(|| end(element, doubts))
}

/// `YYYY[MM[DD[HH[MM[SS[.S…]]]]]][+/-ZZZZ]` (CDA datatypes, TS), and ISO 8601
/// with hyphens and colons, which many systems write.
pub fn parse(written: &str) -> Option<When> {
    let (date, rest) = date(written)?;
    let rest = rest.trim_start_matches(['T', 't', ' ']);
    let (clock, offset) = split_offset(rest);
    let offset = match offset {
        Some(text) => Some(offset_of(text)?),
        None => None,
    };
    if clock.is_empty() {
        // A date has no use for an offset: nothing is lost without it.
        return Some(When(date));
    }
    let clock = time_of_day(clock).filter(|_| date.len() == 10)?;
    Some(When(format!(
        "{date}T{clock}{}",
        offset.unwrap_or_default()
    )))
}

/// The date as `2013-08-15`, `2013-08` or `2013`, and what follows it.
fn date(written: &str) -> Option<(String, &str)> {
    let (year, rest) = number(written, 4)?;
    let Some((month, rest)) = two_digits(rest) else {
        return Some((year.to_owned(), rest));
    };
    if !(1..=12).contains(&month.parse::<u8>().ok()?) {
        return None;
    }
    let Some((day, rest)) = two_digits(rest) else {
        return Some((format!("{year}-{month}"), rest));
    };
    let date = format!("{year}-{month}-{day}");
    date.parse::<jiff::civil::Date>().ok()?;
    Some((date, rest))
}

/// A month or a day, perhaps after its hyphen; `-0800` is neither.
fn two_digits(text: &str) -> Option<(&str, &str)> {
    let offset = text.len() == 5
        && text.starts_with(['+', '-'])
        && text[1..].bytes().all(|byte| byte.is_ascii_digit());
    if offset {
        return None;
    }
    number(text.strip_prefix('-').unwrap_or(text), 2)
}

fn number(text: &str, digits: usize) -> Option<(&str, &str)> {
    let head = text.get(..digits)?;
    head.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| (head, &text[digits..]))
}

fn split_offset(text: &str) -> (&str, Option<&str>) {
    match text.find(['+', '-', 'Z', 'z']) {
        Some(at) => (text[..at].trim_end(), Some(&text[at..])),
        None => (text, None),
    }
}

/// `1030`, `10:30:22`, `103022.123`.
fn time_of_day(text: &str) -> Option<String> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let plain = whole.replace(':', "");
    let mut rest = plain.as_str();
    let mut parts = Vec::new();
    for limit in [23, 59, 60] {
        if rest.is_empty() {
            break;
        }
        let (part, after) = number(rest, 2)?;
        if part.parse::<u8>().ok()? > limit {
            return None;
        }
        parts.push(part);
        rest = after;
    }
    if !rest.is_empty() {
        return None;
    }
    let mut clock = parts.join(":");
    if let Some(fraction) = fraction {
        let fits = (1..=9).contains(&fraction.len()) && parts.len() == 3;
        if !fits || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        clock = format!("{clock}.{fraction}");
    }
    Some(clock)
}

/// `-0800`, `-08:00`, `-08`, `Z`; no place is more than 14 hours off.
fn offset_of(text: &str) -> Option<String> {
    if text.eq_ignore_ascii_case("Z") {
        return Some("+00:00".to_owned());
    }
    let (sign, rest) = text.split_at_checked(1)?;
    let (hours, rest) = number(rest, 2)?;
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let (minutes, rest) = if rest.is_empty() {
        ("00", rest)
    } else {
        number(rest, 2)?
    };
    let fits = hours.parse::<u8>().ok()? <= 14 && minutes.parse::<u8>().ok()? < 60;
    let sign = if hours == "00" && minutes == "00" {
        "+"
    } else {
        sign
    };
    (fits && rest.is_empty()).then(|| format!("{sign}{hours}:{minutes}"))
}

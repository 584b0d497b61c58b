//! HL7 v2 timestamps → `When`, at the precision they came with. Ours, because
//! the precision and the offset are meaning, and month 13 is not a month.

use super::tree::Value;
use crate::domain::facts::{Doubt, When};

/// What a timestamp said, and whether a part of it had to be left out.
#[derive(Debug, PartialEq)]
pub struct Reading {
    pub when: Option<When>,
    pub complete: bool,
}

/// Reads a component as a time; what does not parse becomes a doubt.
pub fn read(value: Option<Value>, component: usize, doubts: &mut Vec<Doubt>) -> Option<When> {
    let value = value?;
    let text = value.text(component)?;
    let Reading { when, complete } = parse(&text);
    if !complete {
        let why = match when {
            Some(_) => "only a part of the time could be read",
            None => "the time could not be read",
        };
        doubts.push(Doubt::new(value.at(), why));
    }
    when
}

/// `YYYY[MM[DD[HH[MM[SS[.S…]]]]]][+/-ZZZZ]` (2.5.1 §2.A.22), and what systems
/// make of it: hyphens, slashes, a `T` or a blank, colons, `Z`.
pub fn parse(text: &str) -> Reading {
    let (date, rest) = date_part(text.trim());
    let Some((date, days)) = date else {
        return Reading {
            when: None,
            complete: false,
        };
    };
    let rest = rest.trim_start_matches(['T', 't', ' ']);
    if rest.is_empty() {
        return Reading {
            when: Some(When(date)),
            complete: true,
        };
    }
    let (time, offset) = split_offset(rest);
    let (time, offset) = (clock(time), offset.map(offset_of));
    match (time, offset) {
        (Some(time), None) if days && !time.is_empty() => whole(format!("{date}T{time}")),
        (Some(time), Some(Some(offset))) if days && !time.is_empty() => {
            whole(format!("{date}T{time}{offset}"))
        }
        // A date alone has no use for an offset, so nothing is lost without it.
        (Some(time), Some(Some(_))) if time.is_empty() => whole(date),
        _ => Reading {
            when: Some(When(date)),
            complete: false,
        },
    }
}

fn whole(text: String) -> Reading {
    Reading {
        when: Some(When(text)),
        complete: true,
    }
}

/// The calendar part as FHIR writes it, whether it names a day, and the rest.
fn date_part(text: &str) -> (Option<(String, bool)>, &str) {
    let Some((year, rest)) = digits(text, 4) else {
        return (None, text);
    };
    let (month, rest) = optional_pair(rest);
    let Some(month) = month else {
        return (
            valid(year, "01", "01").map(|()| (year.to_owned(), false)),
            rest,
        );
    };
    let (day, rest) = optional_pair(rest);
    let Some(day) = day else {
        return (
            valid(year, month, "01").map(|()| (format!("{year}-{month}"), false)),
            rest,
        );
    };
    (
        valid(year, month, day).map(|()| (format!("{year}-{month}-{day}"), true)),
        rest,
    )
}

/// Nobody who is treated was born before, and no plan reaches further. Systems
/// write `00010101`, `17530101` and `99991231` where they mean nothing, and a date
/// of six digits that begins with its year in two reads as one far off.
const YEARS: std::ops::RangeInclusive<i16> = 1850..=2200;

fn valid(year: &str, month: &str, day: &str) -> Option<()> {
    let likely = year.parse().is_ok_and(|year: i16| YEARS.contains(&year));
    calendar(year, month, day).filter(|()| likely)
}

/// A day in eight digits that is one of the calendar and of nobody's life: as it
/// was written, for whoever says that it cannot be believed.
pub fn unlikely_day(text: &str) -> Option<When> {
    let (year, rest) = digits(text.trim(), 4)?;
    let (month, day) = (rest.get(..2)?, rest.get(2..)?);
    let whole = digits(rest, 4).is_some_and(|(_, rest)| rest.is_empty());
    let meant = !matches!(year, "1753" | "9999") && !year.starts_with('0');
    calendar(year, month, day).filter(|()| whole && meant)?;
    Some(When(format!("{year}-{month}-{day}")))
}

fn calendar(year: &str, month: &str, day: &str) -> Option<()> {
    let year = year.parse().ok().filter(|year| *year > 0)?;
    jiff::civil::Date::new(year, month.parse().ok()?, day.parse().ok()?)
        .ok()
        .map(drop)
}

/// Two digits, perhaps behind a date separator. A hyphen before four digits is
/// an offset, not a month.
fn optional_pair(text: &str) -> (Option<&str>, &str) {
    let is_offset = text.starts_with('-') && digits(&text[1..], 4).is_some();
    let inner = if is_offset {
        text
    } else {
        text.strip_prefix(['-', '/']).unwrap_or(text)
    };
    digits(inner, 2).map_or((None, text), |(pair, rest)| (Some(pair), rest))
}

fn digits(text: &str, count: usize) -> Option<(&str, &str)> {
    let head = text.get(..count)?;
    head.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| (head, &text[count..]))
}

fn split_offset(text: &str) -> (&str, Option<&str>) {
    match text.find(['+', '-', 'Z', 'z']) {
        Some(at) => (text[..at].trim(), Some(&text[at..])),
        None => (text, None),
    }
}

/// `10`, `10:05`, `10:05:09`, `10:05:09.25`; `None` where it is no time of day.
pub fn clock(text: &str) -> Option<String> {
    let (seconds, fraction) = match text.split_once('.') {
        Some((seconds, fraction)) => (seconds, Some(fraction)),
        None => (text, None),
    };
    let plain = seconds.replace(':', "");
    let pairs: Vec<&str> = (0..plain.len())
        .step_by(2)
        .map_while(|at| plain.get(at..at + 2))
        .collect();
    let limits = [23, 59, 60];
    let fits = pairs.len() <= 3
        && plain.len() == pairs.len() * 2
        && pairs.iter().zip(limits).all(|(pair, limit)| {
            digits(pair, 2)
                .and_then(|(n, _)| n.parse::<u8>().ok())
                .is_some_and(|n| n <= limit)
        });
    if !fits {
        return None;
    }
    match fraction {
        None => Some(pairs.join(":")),
        Some(part) if pairs.len() == 3 && is_fraction(part) => {
            Some(format!("{}.{part}", pairs.join(":")))
        }
        Some(_) => None,
    }
}

/// Nine digits are a nanosecond, the finest a moment can hold.
fn is_fraction(text: &str) -> bool {
    (1..=9).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// `+0100`, `+01:00` and `Z` → `+01:00`; no place is more than 14 hours off.
fn offset_of(text: &str) -> Option<String> {
    if text.eq_ignore_ascii_case("Z") {
        return Some("+00:00".to_owned());
    }
    let (sign, rest) = text.split_at(1);
    let (hours, rest) = digits(rest, 2)?;
    let (minutes, rest) = digits(rest.strip_prefix(':').unwrap_or(rest), 2)?;
    let in_range = hours.parse::<u8>().ok()? <= 14 && minutes.parse::<u8>().ok()? < 60;
    (in_range && rest.is_empty()).then(|| {
        let sign = if hours == "00" && minutes == "00" {
            "+"
        } else {
            sign
        };
        format!("{sign}{hours}:{minutes}")
    })
}

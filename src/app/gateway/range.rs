//! `Range`, `If-Range` and `If-Match` (RFC 9110 §13.1, §14): which part of a file a
//! request asks for, and which claim it says it belongs to.

use crate::domain::claim::Part;
use axum::http::{HeaderMap, header};

/// What a request wants of a file of known size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// No range, or none that anybody has to heed.
    Whole,
    Part(Part),
    /// Beyond the end of the file, or several parts at once.
    Unsatisfiable,
}

pub(super) fn asked(headers: &HeaderMap, size: i64) -> Asked {
    let ranges = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.trim().strip_prefix("bytes="));
    let Some(ranges) = ranges else {
        return Asked::Whole;
    };
    if ranges.contains(',') {
        return Asked::Unsatisfiable;
    }
    let Some((first, last)) = ranges.trim().split_once('-') else {
        return Asked::Whole;
    };
    // What is no range is to be ignored (RFC 9110 §14.2).
    let number = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than any file has bytes.
        true => Some(text.parse::<i64>().unwrap_or(i64::MAX)),
        false => None,
    };
    let part = match (first, last) {
        ("", "") => return Asked::Whole,
        ("", last) => number(last).map(|last| Part {
            from: (size - last).max(0),
            until: if last == 0 { 0 } else { size },
        }),
        (first, "") => number(first).map(|from| Part { from, until: size }),
        (first, last) => number(first).zip(number(last)).map(|(from, last)| Part {
            from,
            until: last.saturating_add(1).min(size),
        }),
    };
    match part {
        None => Asked::Whole,
        Some(part) if first.is_empty() || last.is_empty() || part.from <= last_of(last) => {
            match part.from >= size || part.is_empty() {
                true => Asked::Unsatisfiable,
                false => Asked::Part(part),
            }
        }
        // "9-3" is no range.
        Some(_) => Asked::Whole,
    }
}

fn last_of(text: &str) -> i64 {
    text.parse().unwrap_or(i64::MAX)
}

/// How a request names the version it has a part of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// The part if this is still what is there, else the whole.
    IfRange(String),
    /// Nothing, unless this is still what is there.
    IfMatch(String),
}

impl Condition {
    /// Without its quotes.
    pub(super) fn tag(&self) -> &str {
        match self {
            Self::IfRange(tag) | Self::IfMatch(tag) => tag,
        }
    }
}

/// Only a strong tag is a condition that can hold: `W/"…"` and dates name nothing of
/// ours, and are a condition that does not. Of a list the first strong tag counts.
pub(super) fn condition(headers: &HeaderMap) -> Option<Condition> {
    let value = |name| Some(headers.get(name)?.to_str().unwrap_or_default().trim());
    match value(header::IF_MATCH) {
        // Whatever is there.
        Some("*") | None => {}
        Some(tags) => {
            let first = tags.split(',').find_map(strong);
            return Some(Condition::IfMatch(first.unwrap_or_default()));
        }
    }
    let tag = value(header::IF_RANGE)?;
    Some(Condition::IfRange(strong(tag).unwrap_or_default()))
}

fn strong(tag: &str) -> Option<String> {
    let tag = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
    Some(tag.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn of(range: &'static str) -> Asked {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static(range));
        asked(&headers, 100)
    }

    #[test]
    fn ranges_are_read_as_the_standard_has_them() {
        let part = |from, until| Asked::Part(Part { from, until });
        assert_eq!(asked(&HeaderMap::new(), 100), Asked::Whole);
        assert_eq!(of("bytes=0-0"), part(0, 1));
        assert_eq!(of("bytes=0-"), part(0, 100));
        assert_eq!(of("bytes=99-99999999999999999999"), part(99, 100));
        assert_eq!(of("bytes=-30"), part(70, 100));
        assert_eq!(of("bytes=-500"), part(0, 100));
        for unsatisfiable in ["bytes=100-", "bytes=-0", "bytes=0-1,5-6"] {
            assert_eq!(of(unsatisfiable), Asked::Unsatisfiable, "{unsatisfiable}");
        }
        for ignored in [
            "bytes=9-3",
            "bytes=a-b",
            "bytes=-",
            "bytes=5",
            "lines=0-1",
            "bytes=+1-2",
        ] {
            assert_eq!(of(ignored), Asked::Whole, "{ignored}");
        }
    }

    #[test]
    fn only_a_strong_tag_is_a_condition() {
        let with = |name, value| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            condition(&headers)
        };
        assert_eq!(
            with(header::IF_RANGE, "\"abc\""),
            Some(Condition::IfRange("abc".into()))
        );
        assert_eq!(
            with(header::IF_MATCH, "\"abc\""),
            Some(Condition::IfMatch("abc".into()))
        );
        // A condition that cannot hold is one that does not, not none.
        let never = String::new;
        for date_or_weak in ["W/\"abc\"", "Wed, 21 Oct 2026 07:28:00 GMT"] {
            assert_eq!(
                with(header::IF_RANGE, date_or_weak),
                Some(Condition::IfRange(never()))
            );
        }
        assert_eq!(
            with(header::IF_MATCH, "W/\"abc\""),
            Some(Condition::IfMatch(never()))
        );
        assert_eq!(
            with(header::IF_MATCH, "W/\"a\", \"b\", \"c\""),
            Some(Condition::IfMatch("b".into()))
        );
        assert_eq!(with(header::IF_MATCH, "*"), None);
    }
}

//! Timing → words: how often, on which days, at what hour, for how long.

use super::{
    datatypes::{amount, texts, words},
    dosages::measured,
    json::text,
    tree::Value,
};

/// EventTiming and what it says to a person.
const EVENTS: [(&str, &str); 27] = [
    ("AC", "before meals"),
    ("ACD", "before lunch"),
    ("ACM", "before breakfast"),
    ("ACV", "before dinner"),
    ("AFT", "in the afternoon"),
    ("AFT.early", "in the early afternoon"),
    ("AFT.late", "in the late afternoon"),
    ("C", "with meals"),
    ("CD", "with lunch"),
    ("CM", "with breakfast"),
    ("CV", "with dinner"),
    ("EVE", "in the evening"),
    ("EVE.early", "in the early evening"),
    ("EVE.late", "in the late evening"),
    ("HS", "at bedtime"),
    ("IMD", "immediately"),
    ("MORN", "in the morning"),
    ("MORN.early", "in the early morning"),
    ("MORN.late", "in the late morning"),
    ("NIGHT", "at night"),
    ("NOON", "at noon"),
    ("PC", "after meals"),
    ("PCD", "after lunch"),
    ("PCM", "after breakfast"),
    ("PCV", "after dinner"),
    ("PHS", "after going to sleep"),
    ("WAKE", "after waking"),
];

const UNITS: [(&str, &str); 7] = [
    ("s", "second"),
    ("min", "minute"),
    ("h", "hour"),
    ("d", "day"),
    ("wk", "week"),
    ("mo", "month"),
    ("a", "year"),
];

/// Its code, else the rhythm of its repeat; then days, hours and bounds.
pub fn timing(timing: &Value) -> Option<String> {
    let mut said: Vec<String> = Vec::new();
    let repeat = timing.get("repeat");
    let code = timing.get("code").and_then(words);
    said.extend(code.or_else(|| rhythm(repeat?)));
    if let Some(repeat) = repeat {
        said.extend(days(repeat));
        said.extend(hours(repeat));
        said.extend(events(repeat));
        let lasting = span(
            repeat,
            ("duration", "durationMax"),
            ["durationUnit", "durationUnits"],
        );
        said.extend(lasting.map(|span| format!("lasting {span}")));
        said.extend(bounds(repeat));
        let count = ends(repeat, "count", "countMax");
        said.extend(count.map(|count| match count.as_str() {
            "1" => "once only".to_owned(),
            count => format!("{count} times in all"),
        }));
    }
    let moments = texts(timing, "event");
    if !moments.is_empty() {
        said.push(format!("at {}", moments.join(", ")));
    }
    (!said.is_empty()).then(|| said.join(", "))
}

/// `once a day`, `3 times a day`, `every 4 to 6 hours`, `2 times in 3 days`.
fn rhythm(repeat: &Value) -> Option<String> {
    let often = ends(repeat, "frequency", "frequencyMax");
    let Some(period) = ends(repeat, "period", "periodMax") else {
        return often.map(|often| match often.as_str() {
            "1" => "once".to_owned(),
            often => format!("{often} times"),
        });
    };
    let unit = unit(repeat, ["periodUnit", "periodUnits"]);
    let Some(unit) = unit else {
        return Some(format!(
            "{} × per {period}",
            often.as_deref().unwrap_or("1")
        ));
    };
    let often = often.as_deref().unwrap_or("1");
    let article = if unit == "hour" { "an" } else { "a" };
    Some(match (often, period.as_str()) {
        ("1", "1") => format!("once {article} {unit}"),
        ("2", "1") => format!("twice {article} {unit}"),
        (often, "1") => format!("{often} times {article} {unit}"),
        ("1", period) => format!("every {period} {}", plural(&unit)),
        (often, period) => format!("{often} times in {period} {}", plural(&unit)),
    })
}

/// `2`, `2 to 3`, `up to 3`.
fn ends(json: &Value, low: &str, high: &str) -> Option<String> {
    match (text(json, low), text(json, high)) {
        (Some(low), Some(high)) if low != high => Some(format!("{low} to {high}")),
        (Some(one), _) => Some(one.to_owned()),
        (None, Some(high)) => Some(format!("up to {high}")),
        (None, None) => None,
    }
}

fn unit(json: &Value, keys: [&str; 2]) -> Option<String> {
    let code = keys.into_iter().find_map(|key| text(json, key))?;
    let known = UNITS.iter().find(|(name, _)| *name == code);
    Some(known.map_or(code, |(_, words)| words).to_owned())
}

fn plural(unit: &str) -> String {
    match UNITS.iter().any(|(_, words)| *words == unit) {
        true => format!("{unit}s"),
        false => unit.to_owned(),
    }
}

fn span(json: &Value, keys: (&str, &str), units: [&str; 2]) -> Option<String> {
    let long = ends(json, keys.0, keys.1)?;
    Some(match unit(json, units) {
        Some(unit) if long == "1" => format!("1 {unit}"),
        Some(unit) => format!("{long} {}", plural(&unit)),
        None => long,
    })
}

/// `on Mon, Wed`.
fn days(repeat: &Value) -> Option<String> {
    let days = texts(repeat, "dayOfWeek").into_iter().map(|day| {
        let mut letters = day.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    let days: Vec<String> = days.collect();
    (!days.is_empty()).then(|| format!("on {}", days.join(", ")))
}

/// `at 08:00, 20:00`.
fn hours(repeat: &Value) -> Option<String> {
    let hours = texts(repeat, "timeOfDay").into_iter().map(|hour| {
        let short = hour.strip_suffix(":00").filter(|short| short.len() == 5);
        short.map(str::to_owned).unwrap_or(hour)
    });
    let hours: Vec<String> = hours.collect();
    (!hours.is_empty()).then(|| format!("at {}", hours.join(", ")))
}

/// `30 minutes before meals`.
fn events(repeat: &Value) -> Option<String> {
    let events = texts(repeat, "when").into_iter().map(|code| {
        let known = EVENTS.iter().find(|(name, _)| *name == code);
        known.map(|(_, words)| (*words).to_owned()).unwrap_or(code)
    });
    let events: Vec<String> = events.collect();
    let offset = text(repeat, "offset").filter(|offset| *offset != "0");
    let whole = events.join(", ");
    (!events.is_empty()).then(|| match offset {
        Some(offset) => format!("{offset} minutes {whole}"),
        None => whole,
    })
}

fn bounds(repeat: &Value) -> Option<String> {
    for key in ["boundsDuration", "boundsQuantity"] {
        if let Some(long) = repeat.get(key).and_then(amount) {
            return Some(format!("for {long}"));
        }
    }
    if let Some(long) = repeat.get("boundsRange").and_then(measured) {
        return Some(format!("for {long}"));
    }
    let period = repeat.get("boundsPeriod")?;
    match (text(period, "start"), text(period, "end")) {
        (Some(start), Some(end)) => Some(format!("from {start} until {end}")),
        (Some(start), None) => Some(format!("from {start}")),
        (None, Some(end)) => Some(format!("until {end}")),
        (None, None) => None,
    }
}

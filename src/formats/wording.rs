//! Codes, dates and names in the words a person reads. The PDF, the narrative and
//! the command line share them.

use crate::domain::facts::{Patient, When};

/// The discharge dispositions of table 0112 that sites share, in words; others as
/// received.
pub fn disposition_in_words(code: &str) -> String {
    let words = match code {
        "01" | "1" => "home",
        "02" | "2" => "another short-term hospital",
        "03" | "3" => "skilled nursing facility",
        "04" | "4" => "intermediate care facility",
        "06" | "6" => "home, with home health care",
        "07" | "7" => "left against medical advice",
        "20" => "died",
        "21" => "law enforcement",
        "50" => "hospice, at home",
        "51" => "hospice, in a facility",
        "61" => "swing bed of this hospital",
        "62" => "rehabilitation facility",
        "63" => "long-term care hospital",
        "65" => "psychiatric hospital",
        other => return other.to_owned(),
    };
    format!("{words} ({code})")
}

/// v3-ActCode in words; another code as it came.
pub fn class_in_words(class: &str) -> String {
    match class {
        "IMP" => "Inpatient".into(),
        "EMER" => "Emergency".into(),
        "AMB" => "Outpatient".into(),
        "PRENC" => "Pre-admission".into(),
        "OBSENC" => "Observation".into(),
        other => other.to_owned(),
    }
}

/// `23 November 2026, 10:05`: the month in words, since 03/04 is two dates.
/// The time is the one the source wrote, in its own zone.
pub fn shown(at: &When) -> String {
    in_words(at, usize::MAX)
}

pub fn in_words(at: &When, letters: usize) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let mut parts = at.date().split('-');
    let year = parts.next().unwrap_or_default();
    let month = parts.next().and_then(|month| month.parse::<usize>().ok());
    let month = month.and_then(|month| MONTHS.get(month.checked_sub(1)?));
    let month = month.map(|month| month.get(..letters).unwrap_or(month));
    let day = parts.next().and_then(|day| day.parse::<u8>().ok());
    let date = match (day, month) {
        (Some(day), Some(month)) => format!("{day} {month} {year}"),
        (None, Some(month)) => format!("{month} {year}"),
        _ => at.date().to_owned(),
    };
    match at.0.split_once('T').and_then(|(_, time)| time.get(..5)) {
        Some(time) => format!("{date}, {time}"),
        None => date,
    }
}

/// The patient's name as a heading shows it; a second name, often the same in
/// another script, follows.
pub fn patient_name(patient: &Patient) -> String {
    let mut names: Vec<String> = patient.names.iter().map(|name| name.shown()).collect();
    names.retain(|name| !name.is_empty());
    names.dedup();
    names.truncate(2);
    if names.is_empty() {
        "Name not recorded".into()
    } else {
        names.join(" · ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_shown_in_words_at_their_own_precision() {
        let say = |text: &str| shown(&When(text.into()));
        assert_eq!(say("2026-11-23T10:05:30+01:00"), "23 November 2026, 10:05");
        assert_eq!(say("2026-11-23"), "23 November 2026");
        assert_eq!(say("2026-11"), "November 2026");
        assert_eq!(say("2026"), "2026");
    }
}

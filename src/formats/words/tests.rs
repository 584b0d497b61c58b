//! Every language says all that English says.

use super::*;
use crate::domain::facts::When;

#[test]
fn dates_are_shown_in_words_at_their_own_precision() {
    let say = |text: &str| words(Language::En).date(&When(text.into()));
    assert_eq!(say("2026-11-23T10:05:30+01:00"), "23 November 2026, 10:05");
    assert_eq!(say("2026-11-23"), "23 November 2026");
    assert_eq!(say("2026-11"), "November 2026");
    assert_eq!(say("2026"), "2026");
}

#[test]
fn a_code_that_nobody_knows_stays_as_it_came() {
    let en = words(Language::En);
    assert_eq!(en.disposition("01"), "home (01)");
    assert_eq!(en.disposition("99"), "99");
    assert_eq!(en.code("not-done"), "not done");
    assert_eq!(en.code("XQ-7"), "XQ 7");
}

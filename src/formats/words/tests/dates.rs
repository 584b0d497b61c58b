//! Dates in every language, at the precision they came with.

use super::super::*;

#[test]
fn dates_are_shown_in_words_at_their_own_precision() {
    let say = |text: &str| words(Language::En).date(&When(text.into()));
    assert_eq!(say("2026-11-23T10:05:30+01:00"), "23 November 2026, 10:05");
    assert_eq!(say("2026-11-23"), "23 November 2026");
    assert_eq!(say("2026-11"), "November 2026");
    assert_eq!(say("2026"), "2026");
}

#[test]
fn each_language_has_its_own_order() {
    let cases = [
        (
            Language::Es,
            "23 de noviembre de 2026, 10:05",
            "noviembre de 2026",
            "23 nov 2026",
        ),
        (
            Language::Fr,
            "23 novembre 2026, 10:05",
            "novembre 2026",
            "23 nov. 2026",
        ),
        (
            Language::De,
            "23. November 2026, 10:05",
            "November 2026",
            "23. Nov. 2026",
        ),
        (
            Language::Pt,
            "23 de novembro de 2026, 10:05",
            "novembro de 2026",
            "23 nov. 2026",
        ),
        (
            Language::Zh,
            "2026年11月23日 10:05",
            "2026年11月",
            "2026年11月23日",
        ),
        (
            Language::Ar,
            "23 نوفمبر 2026، 10:05",
            "نوفمبر 2026",
            "23 نوفمبر 2026",
        ),
    ];
    for (language, moment, month, short) in cases {
        let words = words(language);
        assert_eq!(words.date(&When("2026-11-23T10:05:30Z".into())), moment);
        assert_eq!(words.date(&When("2026-11".into())), month);
        assert_eq!(words.short_date(&When("2026-11-23".into())), short);
        assert_eq!(words.date(&When("2026".into())), "2026");
    }
}

#[test]
fn french_says_the_first_of_a_month_and_no_other_day() {
    let say = |text: &str| words(Language::Fr).date(&When(text.into()));
    assert_eq!(say("2026-11-01"), "1er novembre 2026");
    assert_eq!(say("2026-11-11"), "11 novembre 2026");
    assert_eq!(say("2026-11-21"), "21 novembre 2026");
}

/// The month in words is why nobody mistakes 3 April for 4 March.
#[test]
fn twelve_months_are_twelve_words() {
    for language in Language::ALL {
        let words = words(language);
        for months in [&words.months, &words.short_months] {
            let distinct: std::collections::BTreeSet<_> = months.iter().collect();
            assert_eq!(distinct.len(), 12, "{language:?}");
        }
        let longer = |(short, long): (&&str, &&str)| short.chars().count() > long.chars().count();
        assert!(!words.short_months.iter().zip(&words.months).any(longer));
    }
}

#[test]
fn a_month_that_is_none_is_shown_as_it_came() {
    for language in Language::ALL {
        let words = words(language);
        assert_eq!(words.date(&When("2026-13-01".into())), "2026-13-01");
        assert_eq!(words.date(&When("2026-00".into())), "2026-00");
    }
}

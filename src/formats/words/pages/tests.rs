//! Every language says all that English says, in its own words.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

fn places(text: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let mut rest = text;
    while let Some((_, name, after)) = next_place(rest) {
        found.insert(name);
        rest = after;
    }
    found
}

#[test]
fn each_language_is_asked_for_by_its_own_name() {
    for language in Language::ALL {
        assert_eq!(pages(language).language, language);
    }
}

/// A place that is left out would be a sentence without its number or its address.
#[test]
fn every_sentence_has_the_places_of_the_english_one() {
    for language in Language::ALL {
        for &phrase in Phrase::ALL {
            let (said, model) = (pages(language).say(phrase), pages(Language::En).say(phrase));
            assert_eq!(places(said), places(model), "{language:?} {phrase:?}");
            let braces = |text: &str| (text.matches('{').count(), text.matches('}').count());
            assert_eq!(braces(said).0, braces(said).1, "{language:?} {phrase:?}");
        }
    }
}

#[test]
fn no_words_are_missing_or_have_stray_blanks() {
    for language in Language::ALL {
        for &phrase in Phrase::ALL {
            let said = pages(language).say(phrase);
            let mail = matches!(phrase, Phrase::NoticeBody | Phrase::CodeBody);
            assert!(!said.trim().is_empty(), "{language:?} {phrase:?}");
            assert!(
                mail || phrase == Phrase::ErrorTitle || said == said.trim(),
                "{said}"
            );
            assert!(
                mail || !said.contains("  ") && !said.contains('\n'),
                "{said}"
            );
        }
    }
}

/// Words that two languages share. Whoever copies another comes by here.
#[test]
fn no_sentence_is_a_copy_from_another_language() {
    let shared = [
        "Error: ",
        "Número",
        "Para",
        "Passcode",
        "Day",
        "Código de acceso",
    ];
    for one in Language::ALL {
        let said: BTreeMap<_, _> = Phrase::ALL
            .iter()
            .map(|phrase| (pages(one).say(*phrase), *phrase))
            .collect();
        for other in Language::ALL.into_iter().filter(|other| *other > one) {
            for &phrase in Phrase::ALL {
                let text = pages(other).say(phrase);
                let copied = said.get(text).is_some_and(|known| *known == phrase);
                assert!(
                    !copied || shared.contains(&text),
                    "{one:?} {other:?}: {text}"
                );
            }
        }
    }
}

#[test]
fn chinese_and_arabic_are_in_their_own_letters() {
    let known = [
        "PDF", "FHIR", "SHA", "SMART", "Health", "Links", "Link", "QR",
    ];
    for language in [Language::Zh, Language::Ar] {
        for &phrase in Phrase::ALL {
            let said = pages(language).say(phrase);
            let latin = said.split(|c: char| !c.is_ascii_alphabetic());
            let placed = places(said);
            let foreign = latin
                .filter(|word| !word.is_empty())
                .find(|word| !known.contains(word) && !placed.contains(word));
            assert_eq!(foreign, None, "{language:?} {phrase:?}");
        }
    }
}

fn zoned(text: &str) -> jiff::ZonedDateTime {
    text.parse().expect("a time with its zone")
}

#[test]
fn the_end_is_told_with_its_weekday_and_its_offset() {
    let at = zoned("2026-11-28T09:05:00+01:00[Europe/Berlin]");
    for (language, told) in [
        (
            Language::En,
            "Saturday, 28 November 2026, 09:05 (UTC+01:00)",
        ),
        (
            Language::Es,
            "sábado, 28 de noviembre de 2026, 09:05 (UTC+01:00)",
        ),
        (Language::Fr, "samedi 28 novembre 2026, 09:05 (UTC+01:00)"),
        (
            Language::De,
            "Samstag, 28. November 2026, 09:05 (UTC+01:00)",
        ),
        (
            Language::Pt,
            "sábado, 28 de novembro de 2026, 09:05 (UTC+01:00)",
        ),
        (Language::Zh, "2026年11月28日 星期六 09:05（UTC+01:00）"),
        (
            Language::Ar,
            "السبت، 28 نوفمبر 2026، 09:05 (\u{2066}UTC+01:00\u{2069})",
        ),
    ] {
        assert_eq!(pages(language).moment(&at), told);
    }
}

#[test]
fn a_wait_is_told_in_its_largest_unit_and_never_too_long() {
    for (seconds, told) in [
        (-5, "in 1 minute"),
        (61, "in 1 minute"),
        (3_599, "in 59 minutes"),
        (3_600, "in 1 hour"),
        (172_799, "in 47 hours"),
        (172_800, "in 2 days"),
        (300_000, "in 3 days"),
    ] {
        assert_eq!(pages(Language::En).until(Wait::of_seconds(seconds)), told);
    }
    let arabic = |wait| pages(Language::Ar).until(wait);
    assert_eq!(arabic(Wait::Days(2)), "بعد يومين");
    assert_eq!(arabic(Wait::Hours(11)), "بعد 11 ساعة");
}

#[test]
fn sizes_are_those_that_a_phone_shows() {
    let english = |bytes| pages(Language::En).size(bytes).replace('\u{a0}', " ");
    for (bytes, told) in [
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1 kB"),
        (51_234, "51 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (2_340_000, "2.3 MB"),
        (1_073_741_824, "1.1 GB"),
    ] {
        assert_eq!(english(bytes), told);
    }
    assert_eq!(pages(Language::Fr).size(2_340_000), "2,3\u{a0}Mo");
}

#[test]
fn counts_are_printed() {
    for language in Language::ALL {
        for count in [2, 3, 11] {
            let words = pages(language);
            assert!(words.downloads_left(count).contains(&count.to_string()));
            assert!(words.tries_left(count).contains(&count.to_string()));
        }
    }
}

#[test]
fn a_value_that_looks_like_a_place_is_not_filled() {
    let words = pages(Language::En);
    let filled = words.fill(Phrase::Help, &[("owner", "{ticket}"), ("ticket", "7K3MQ2")]);
    assert!(
        filled.contains("write to {ticket} and name the number 7K3MQ2."),
        "{filled}"
    );
}

/// Latin names between Arabic words keep their punctuation; a link stays a link.
#[test]
fn arabic_isolates_what_it_is_filled_with() {
    let words = pages(Language::Ar);
    let filled = words.fill(
        Phrase::CodeBody,
        &[("name", "Care (night)"), ("code", "4071 8263")],
    );
    assert!(filled.contains("\u{2068}Care (night)\u{2069}"));
    assert!(filled.contains("\n    4071 8263\n"));
}

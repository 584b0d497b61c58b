//! What is counted: singular and plural, and the six forms of Arabic.

use super::super::*;
use super::COUNTED;

#[test]
fn one_is_said_otherwise_than_several() {
    // Chinese has no plural.
    let with_a_plural = Language::ALL.into_iter().filter(|l| *l != Language::Zh);
    for language in with_a_plural {
        let words = words(language);
        let noun = |text: String| text.replace(|c: char| c.is_ascii_digit(), "");
        for kind in COUNTED {
            // French writes several appointments as it writes one.
            if (language, kind) == (Language::Fr, Beyond::Appointments) {
                continue;
            }
            let (one, five) = (words.beyond(kind, 1), words.beyond(kind, 5));
            assert_ne!(noun(one), noun(five), "{language:?} {kind:?}");
        }
        assert_ne!(noun(words.doubts(1)), noun(words.doubts(5)));
    }
}

#[test]
fn every_number_is_printed() {
    for language in Language::ALL {
        let words = words(language);
        for count in [3, 10, 11, 99, 100, 101, 103, 1_234] {
            let digits = count.to_string();
            for kind in COUNTED {
                assert!(words.beyond(kind, count).contains(&digits));
            }
            assert!(words.doubts(count).contains(&digits));
            assert!(words.more_doubts(count).contains(&digits));
        }
    }
}

#[test]
fn patterns_have_each_of_their_places_once() {
    for language in Language::ALL {
        let (page, continued) = (words(language).page, words(language).continued);
        for (pattern, place) in [(page, "{n}"), (page, "{m}"), (continued, "{section}")] {
            assert_eq!(pattern.matches(place).count(), 1, "{pattern}");
        }
        assert!(page.find("{n}") < page.find("{m}"), "{page}");
        let braces = |pattern: &str| pattern.matches('{').count();
        assert_eq!((braces(page), braces(continued)), (2, 1));
    }
}

#[test]
fn no_two_kinds_are_counted_in_the_same_words() {
    for language in Language::ALL {
        let said = COUNTED.map(|kind| words(language).beyond(kind, 5));
        let distinct: std::collections::BTreeSet<_> = said.iter().collect();
        assert_eq!(distinct.len(), COUNTED.len(), "{said:?}");
    }
}

#[test]
fn an_arabic_noun_takes_the_form_that_its_number_asks_for() {
    let say = |count| words(Language::Ar).beyond(Beyond::Diagnoses, count);
    assert_eq!(say(1), "تشخيص واحد");
    assert_eq!(say(2), "تشخيصان");
    for few in [3, 10, 103, 1_010] {
        assert_eq!(say(few), format!("{few} تشخيصات"));
    }
    for many in [11, 12, 20, 99, 111, 1_099] {
        assert_eq!(say(many), format!("{many} تشخيصًا"));
    }
    for whole in [100, 101, 102, 1_000, 2_002] {
        assert_eq!(say(whole), format!("{whole} تشخيص"));
    }
}

#[test]
fn doubts_agree_with_their_number_in_arabic() {
    let ar = words(Language::Ar);
    assert_eq!(
        ar.doubts(1),
        "جزء واحد من المصدر لم يُدرَج أو لم يُقرأ بالكامل"
    );
    assert_eq!(ar.doubts(2), "جزءان من المصدر لم يُدرَجا أو لم يُقرآ بالكامل");
    assert_eq!(ar.doubts(4), "4 أجزاء من المصدر لم تُدرَج أو لم تُقرأ بالكامل");
    assert_eq!(ar.more_doubts(12), "والباقي في نهاية هذا المستند (12 جزءًا)");
}

//! No language is a copy of another, and none says what would mislead.

use super::super::*;
use super::{COUNTED, KINDS, others, said};
use crate::formats::pdf::{Banner, Block, Fonts, Sheet, print};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn no_words_are_missing_or_have_stray_blanks() {
    for language in Language::ALL {
        for (what, how) in said(language) {
            assert!(!how.is_empty(), "{language:?} {what}");
            assert_eq!(how, how.trim(), "{language:?} {what}");
            assert!(!how.contains("  "), "{language:?} {what}");
        }
    }
}

/// Words that another language writes as English does. Whoever changes one of
/// them, or copies another, comes by here.
#[test]
fn what_another_language_says_is_not_english() {
    let same = |language| match language {
        Language::Es => "provisional",
        Language::Fr => "Code Contact Date Document Documents Lot Service Substance Type message",
        Language::De => "April August Code Name November September Status",
        _ => "",
    };
    let english: BTreeMap<_, _> = said(Language::En).into_iter().collect();
    for language in others() {
        let copied = said(language).into_iter();
        let copied = copied.filter(|(what, how)| english[what] == *how);
        let copied: BTreeSet<&str> = copied.map(|(_, how)| how).collect();
        let listed: BTreeSet<&str> = same(language).split_whitespace().collect();
        assert_eq!(copied, listed, "{language:?}");
    }
}

#[test]
fn no_two_languages_are_the_same() {
    for one in Language::ALL {
        for other in Language::ALL.into_iter().filter(|other| *other > one) {
            let (one_said, other_said) = (said(one), said(other));
            let shared = one_said.iter().zip(&other_said).filter(|(a, b)| a == b);
            let shared = shared.count();
            // Spanish and Portuguese are near relatives.
            assert!(
                shared * 6 < one_said.len(),
                "{one:?} and {other:?} share {shared} of {}",
                one_said.len()
            );
        }
    }
}

#[test]
fn chinese_and_arabic_are_in_their_own_letters() {
    for language in [Language::Zh, Language::Ar] {
        let latin = |text: &str| text.chars().any(|c| c.is_alphabetic() && c < '\u{250}');
        let said = said(language).into_iter();
        let with_latin: Vec<String> = said
            .filter(|(_, how)| latin(how))
            .map(|(what, _)| what)
            .collect();
        assert_eq!(with_latin, ["Term::Part2Notice", "Term::SourceDigest"]);
        let digest = words(language).say(Term::SourceDigest);
        assert!(!latin(&digest.replace("SHA-256", "")));
        for kind in COUNTED {
            assert!(!latin(&words(language).beyond(kind, 5)));
        }
        // The places that the pages' engine fills are not words.
        let page = words(language).page.replace("{n}", "").replace("{m}", "");
        assert!(!latin(&page) && !latin(&words(language).doubts(4)));
    }
}

/// The statute has one wording; a translation stands behind it.
#[test]
fn part_2_is_quoted_in_its_statutory_wording_and_then_translated() {
    let statute = "42 CFR part 2 prohibits unauthorized use or disclosure of these records.";
    assert_eq!(words(Language::En).say(Term::Part2Notice), statute);
    for language in others() {
        let notice = words(language).say(Term::Part2Notice);
        let rest = notice.strip_prefix(statute).expect("the statute first");
        let translated = rest.trim_start().trim_matches(['(', ')', '（', '）']);
        assert_ne!(translated, rest.trim_start(), "{language:?}: parentheses");
        assert!(translated.contains("42"), "{language:?}: the title");
        assert!(translated.chars().count() > 30, "{language:?}");
    }
}

/// A status stands behind the name of a medicine or a procedure.
#[test]
fn no_status_reads_like_a_dosage_form_or_a_diagnosis() {
    let misleading = ["suspens", "abort", "avort", "混悬", "流产", "معلق", "إجهاض"];
    for language in Language::ALL {
        for code in Code::ALL {
            let said = (words(language).code)(*code).to_lowercase();
            let read_as = misleading.iter().find(|word| said.contains(**word));
            assert_eq!(read_as, None, "{language:?} {code:?}");
        }
    }
}

/// Standing apart is what these are for: a reader acts on the difference.
#[test]
fn what_must_be_told_apart_is_said_in_different_words() {
    let sets: &[&[Code]] = &[
        &[Code::Active, Code::Inactive, Code::Resolved],
        &[
            Code::Confirmed,
            Code::Unconfirmed,
            Code::Presumed,
            Code::Provisional,
            Code::Differential,
            Code::Refuted,
            Code::EnteredInError,
        ],
        &[
            Code::Completed,
            Code::InProgress,
            Code::NotDone,
            Code::NotTaken,
            Code::Stopped,
            Code::OnHold,
            Code::Cancelled,
            Code::Planned,
        ],
        &[Code::Low, Code::High, Code::UnableToAssess],
        &[Code::Male, Code::Female, Code::Other, Code::Unknown],
        &[Code::Routine, Code::Urgent, Code::Asap, Code::Stat],
        &[
            Code::Registered,
            Code::Preliminary,
            Code::Partial,
            Code::Final,
            Code::Amended,
            Code::Corrected,
            Code::Superseded,
        ],
        &[
            Code::Booked,
            Code::Pending,
            Code::Arrived,
            Code::Fulfilled,
            Code::NoShow,
            Code::Cancelled,
            Code::Waitlist,
        ],
    ];
    for language in Language::ALL {
        let words = words(language);
        for set in sets {
            let said: BTreeSet<_> = set.iter().map(|code| (words.code)(*code)).collect();
            assert_eq!(said.len(), set.len(), "{language:?}: {said:?}");
        }
        for kind in KINDS {
            let titles: BTreeSet<_> = Section::ALL.map(|s| words.section(s, kind)).into();
            assert_eq!(titles.len(), Section::ALL.len(), "{language:?} {kind:?}");
        }
        let ways: BTreeSet<_> = Disposition::ALL
            .iter()
            .map(|d| (words.disposition)(*d))
            .collect();
        assert_eq!(ways.len(), Disposition::ALL.len(), "{language:?}");
    }
}

/// An absence of words in the source is no finding: "no allergies" would be one.
#[test]
fn a_section_that_says_nothing_names_the_source_and_not_the_patient() {
    let source = [
        (Language::En, "source"),
        (Language::Es, "fuente"),
        (Language::Fr, "source"),
        (Language::De, "Quelle"),
        (Language::Pt, "fonte"),
        (Language::Zh, "来源"),
        (Language::Ar, "المصدر"),
    ];
    for (language, source) in source {
        for term in [Term::NoneRecorded, Term::NothingOnThese] {
            assert!(words(language).say(term).contains(source), "{language:?}");
        }
    }
}

#[test]
fn what_an_earlier_message_said_names_it_and_its_day() {
    let sent = When("2026-11-21".into());
    for language in Language::ALL {
        let words = words(language);
        let dated = words.earlier("ADT^A01", Some(&sent));
        assert!(dated.contains("ADT^A01") && dated.contains(&words.date(&sent)));
        let undated = words.earlier("ADT^A01", None);
        assert!(undated.contains("ADT^A01") && undated.len() < dated.len());
    }
}

/// A word that is wider than its column is broken anywhere in it. Letters as many
/// as the page has room for, in bold, where a table shows all its columns.
#[test]
fn titles_of_narrow_columns_have_no_long_words() {
    let narrow = [
        (Term::Flag, 4),
        (Term::Units, 7),
        (Term::Range, 10),
        (Term::Specimen, 8),
    ];
    for language in Language::ALL {
        for (term, room) in narrow {
            // Arabic letters that join take less room than Latin ones.
            let room = room + usize::from(language == Language::Ar);
            let title = words(language).say(term);
            let longest = title
                .split([' ', '-'])
                .map(|word| word.chars().count())
                .max();
            assert!(longest <= Some(room), "{language:?}: {title}");
        }
    }
}

/// A character without a glyph would be printed as its code point. Chinese is not
/// among the fonts inside the binary: a site names a file for it.
#[test]
fn the_fonts_that_are_shipped_can_print_every_word() {
    let fonts = Fonts::embedded();
    for language in Language::ALL.into_iter().filter(|l| *l != Language::Zh) {
        let words = words(language);
        let mut lines: Vec<String> = said(language)
            .iter()
            .map(|(_, how)| (*how).into())
            .collect();
        lines.extend(COUNTED.map(|kind| words.beyond(kind, 12)));
        lines.extend([words.doubts(4), words.more_doubts(4), words.page.to_owned()]);
        lines.push(words.earlier("ADT^A01", Some(&When("2026-11-21T10:00".into()))));
        let sheet = Sheet {
            title: words.kind(PacketKind::Discharge).into(),
            language: language.tag().into(),
            created: "2026-03-12T10:15:00Z[UTC]".parse().expect("a time"),
            banner: Banner {
                name: "GRIFFITH".into(),
                facts: Vec::new(),
                organisation: "Good Health".into(),
            },
            footer: words.list(&lines[..2]),
            blocks: lines.into_iter().map(Block::Paragraph).collect(),
            look: Default::default(),
            letterhead: Default::default(),
            phrases: words.phrases(),
            attachments: Vec::new(),
        };
        let printed = print(&sheet, &fonts).expect("a document");
        assert_eq!(printed.unprintable, Vec::<char>::new(), "{language:?}");
        assert!(printed.validated, "{language:?}");
    }
}

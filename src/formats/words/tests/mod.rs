//! Every language says all that English says, in its own words.

mod dates;
mod numbers;
mod wording;

use super::*;

/// Everything that does not depend on a number: what it is, and how it is said.
fn said(language: Language) -> Vec<(String, &'static str)> {
    let words = words(language);
    let mut said = Vec::new();
    let mut say = |what: String, how: &'static str| said.push((what, how));
    for &it in Term::ALL {
        say(format!("Term::{it:?}"), words.say(it));
    }
    for &it in Code::ALL {
        say(format!("Code::{it:?}"), (words.code)(it));
    }
    for &it in Disposition::ALL {
        say(format!("Disposition::{it:?}"), (words.disposition)(it));
    }
    for it in PURPOSES {
        say(format!("PurposeOfUse::{it:?}"), words.purpose(it));
    }
    for kind in KINDS {
        say(format!("PacketKind::{kind:?}"), words.kind(kind));
        for it in Section::ALL {
            say(format!("Section::{it:?} {kind:?}"), words.section(it, kind));
        }
    }
    for (nth, month) in words.months.iter().enumerate() {
        say(format!("month {nth}"), month);
    }
    said
}

/// The languages that are not the model.
fn others() -> impl Iterator<Item = Language> {
    Language::ALL.into_iter().filter(|l| *l != Language::En)
}

const KINDS: [PacketKind; 3] = [
    PacketKind::Discharge,
    PacketKind::Referral,
    PacketKind::Documents,
];

const PURPOSES: [PurposeOfUse; 9] = [
    PurposeOfUse::Treat,
    PurposeOfUse::Coc,
    PurposeOfUse::Etreat,
    PurposeOfUse::Caremgt,
    PurposeOfUse::Hpaymt,
    PurposeOfUse::Hoperat,
    PurposeOfUse::Patrqt,
    PurposeOfUse::Famrqt,
    PurposeOfUse::Pubhlth,
];

const COUNTED: [Beyond; 11] = [
    Beyond::Texts,
    Beyond::Diagnoses,
    Beyond::Allergies,
    Beyond::Medications,
    Beyond::Procedures,
    Beyond::Observations,
    Beyond::Documents,
    Beyond::Immunizations,
    Beyond::Orders,
    Beyond::Appointments,
    Beyond::Encounters,
];

#[test]
fn each_language_is_asked_for_by_its_own_name() {
    for language in Language::ALL {
        assert_eq!(words(language).language, language);
    }
}

#[test]
fn a_code_that_nobody_knows_stays_as_it_came() {
    let en = words(Language::En);
    assert_eq!(en.disposition("01"), "home (01)");
    assert_eq!(en.disposition("99"), "99");
    assert_eq!(en.code("not-done"), "not done");
    assert_eq!(en.code("held"), en.code("on-hold"));
    // A role in the source's own words.
    assert_eq!(en.code("Nurse-midwife"), "Nurse-midwife");
    let ar = words(Language::Ar);
    assert_eq!(ar.disposition("20"), "وفاة (20)");
}

/// The value sets of FHIR R4 whose codes stand on a packet, whole. A code that is
/// missing here would be printed in English, between words of another language.
#[test]
fn every_status_of_the_value_sets_is_known() {
    let sets = [
        "male female other unknown",
        "active recurrence relapse inactive remission resolved",
        "unconfirmed provisional differential confirmed refuted entered-in-error presumed",
        "food medication environment biologic low high unable-to-assess",
        // event-status, medicationrequest-status, medication-statement-status,
        // medication-admin-status, medicationdispense-status
        "preparation in-progress not-done on-hold stopped completed entered-in-error unknown",
        "active on-hold cancelled completed entered-in-error stopped draft unknown",
        "active completed entered-in-error intended stopped on-hold unknown not-taken",
        "preparation in-progress cancelled on-hold completed entered-in-error stopped declined",
        // request-status and request-priority
        "draft active on-hold revoked completed entered-in-error unknown",
        "routine urgent asap stat",
        // observation-status, composition-status, document-reference-status
        "registered preliminary final amended corrected cancelled entered-in-error unknown",
        "preliminary final amended entered-in-error superseded partial",
        "proposed pending booked arrived fulfilled cancelled noshow entered-in-error checked-in waitlist",
        // v3-ActEncounterCode
        "AMB EMER FLD HH IMP ACUTE NONAC OBSENC PRENC SS VR",
    ];
    for code in sets.iter().flat_map(|set| set.split(' ')) {
        assert!(Code::of(code).is_some(), "{code} has no words");
    }
}

//! Problems, diagnoses and allergies: how certain, and what asks to change them.

use super::*;
use crate::domain::facts::AllergyList;

fn problem_of(thirteen: &str, fourteen: &str) -> ClinicalFacts {
    with(&format!(
        "PRB|AD|20261120|X^Thing{}{thirteen}|{fourteen}",
        "|".repeat(10)
    ))
}

#[test]
fn a_problem_says_how_certain_it_is() {
    for (confirmed, cycle, expected) in [
        ("S^Suspected", "", Some("unconfirmed")),
        ("Provisional", "active", Some("provisional")),
        ("C^Confirmed", "active", None),
        ("", "differential", Some("differential")),
    ] {
        let facts = problem_of(confirmed, cycle);
        let condition = &facts.conditions[0];
        assert_eq!(condition.verification.as_deref(), expected, "{confirmed}");
        assert_eq!(condition.note, None);
    }
    let letter = problem_of("E^Evident", "");
    assert_eq!(letter.conditions[0].note.as_deref(), Some("Evident"));
    let odd = problem_of("Likely-ish", "controlled");
    assert_eq!(
        odd.conditions[0].note.as_deref(),
        Some("Likely-ish; controlled")
    );
    for (confirmed, cycle, at) in [
        ("R^Ruled out", "", "PRB-13"),
        ("", "Cancelled", "PRB-14"),
        ("", "Entered in error", "PRB-14"),
    ] {
        let facts = problem_of(confirmed, cycle);
        assert!(facts.conditions.is_empty());
        assert_eq!(places(&facts), [at]);
    }
}

#[test]
fn the_words_beside_a_code_are_kept() {
    let facts = with(
        "DG1|1||I50^Heart failure^I10|left-sided, after surgery\rDG1|2||I10^Pressure|PRESSURE\r\
         DG1|3||I11|only here\rPR1|1||1^Repair|left hip",
    );
    let notes: Vec<_> = facts.conditions.iter().map(|c| c.note.as_deref()).collect();
    assert_eq!(notes, [Some("left-sided, after surgery"), None, None]);
    assert_eq!(facts.conditions[2].code.shown(), "only here");
    assert_eq!(facts.procedures[0].code.shown(), "Repair (left hip)");
}

#[test]
fn an_allergy_says_how_certain_it_is() {
    let of = |code: &str| {
        with(&format!(
            "IAM|1|DA|X^Thing|SV|Hives|{}{code}",
            "|".repeat(11)
        ))
    };
    for code in ["U", "P", "S", "D", "u"] {
        let facts = of(code);
        assert_eq!(
            facts.allergies[0].verification.as_deref(),
            Some("unconfirmed")
        );
        assert_eq!(facts.doubts, []);
    }
    assert_eq!(of("C").allergies[0].verification, None);
    assert_eq!(of("I").allergies[0].status.as_deref(), Some("inactive"));
    let wrong = of("E");
    assert!(wrong.allergies.is_empty());
    assert_eq!(places(&wrong), ["IAM-17"]);
}

#[test]
fn an_action_changes_a_list_and_a_deletion_names_what_ends() {
    let whole = with("IAM|1|DA|X^Thing");
    assert_eq!(whole.allergy_list, AllergyList::Whole);
    let changed = with("IAM|1|DA|X^Thing|||A\rIAM|2|DA|Y^Other|||d");
    assert_eq!(changed.allergy_list, AllergyList::Changes);
    assert_eq!(changed.allergies.len(), 1);
    assert_eq!(changed.withdrawn_allergies[0].shown(), "Other");
    assert_eq!(places(&changed), ["IAM[2]-6"]);
}

#[test]
fn two_quotes_delete_the_list_of_allergies() {
    for segment in ["AL1|1|\"\"|\"\"", "AL1|1|\"\"", "AL1|1||\"\""] {
        let facts = with(segment);
        assert_eq!(facts.allergy_list, AllergyList::Deleted, "{segment}");
        assert!(facts.doubts[0].why.contains("asks to delete"));
    }
    let replaced = with("AL1|1|\"\"|\"\"\rAL1|2|DA|X^Thing");
    assert_eq!(replaced.allergy_list, AllergyList::Whole);
    let one = with("AL1|1|DA|\"\"");
    assert_eq!(one.allergy_list, AllergyList::Whole);
    assert_eq!(places(&one), ["AL1-3"]);
}

#[test]
fn a_severity_is_never_lost() {
    let of = |severity: &str, reaction: &str| {
        let facts = with(&format!("AL1|1|DA|X^Thing|{severity}|{reaction}"));
        assert_eq!(facts.doubts, []);
        let allergy = facts.allergies[0].clone();
        (allergy.criticality, allergy.reactions)
    };
    assert_eq!(of("MO", "Hives").1, ["Hives (moderate)"]);
    assert_eq!(of("MODERATE", "").1, ["not named (moderate)"]);
    assert_eq!(of("Severe", "Hives").0.as_deref(), Some("high"));
    assert_eq!(of("1^Mild", "Hives").0.as_deref(), Some("low"));
    assert_eq!(of("U", "Hives"), (None, vec!["Hives".to_owned()]));
}

#[test]
fn the_legal_name_comes_first_and_an_expired_number_last() {
    let facts = one(b"MSH|^~\\&|A|B|||20261122||ADT^A03|1|P|2.5\rPID|1||1^^^H^MR^^^20200101~2^^^H^MR^^^20300101||Ali^A^^^^^A~Dis^B^^^^^D~Leg^C^^^^^L~Plain^D\r");
    let names: Vec<_> = facts
        .patient
        .names
        .iter()
        .filter_map(|n| n.family.as_deref())
        .collect();
    assert_eq!(names, ["Leg", "Dis", "Plain", "Ali"]);
    let numbers: Vec<_> = facts
        .patient
        .identifiers
        .iter()
        .map(|i| i.value.as_str())
        .collect();
    assert_eq!(numbers, ["2", "1"]);
}

#[test]
fn a_date_that_cannot_be_is_no_date() {
    let born = |written: &str| {
        let body =
            format!("MSH|^~\\&|A|B|||20261122||ADT^A08|1|P|2.5\rPID|1||7^^^H^MR||N^G||{written}\r");
        let facts = one(body.as_bytes());
        let doubted = places(&facts) == ["PID-7"];
        (facts.patient.birth_date.map(|when| when.0), doubted)
    };
    for wrong in [
        "640812", "00010101", "17530101", "20280101", "99991231", "196413",
    ] {
        assert_eq!(born(wrong), (None, true), "{wrong}");
    }
    assert_eq!(born("10131113"), (Some("1013-11-13".to_owned()), true));
    assert_eq!(born("196408"), (Some("1964-08".to_owned()), false));
    for never in ["00010101", "17530101", "99991231"] {
        let body = format!(
            "MSH|^~\\&|A|B|||20261122||ADT^A08|1|P|2.5\rPID|1||7\rPV1|1|I{}{never}\r",
            "|".repeat(43)
        );
        let facts = one(body.as_bytes());
        let stay = facts.encounter.as_ref().expect("an encounter");
        assert_eq!(
            (stay.end.as_ref(), stay.status.as_deref()),
            (None, Some("unknown"))
        );
        assert_eq!(places(&facts), ["PV1-45"]);
    }
}

//! What is not there, not the patient's, or no longer said.

use super::*;
use crate::domain::facts::{Coded, Condition};

fn problem_of(act: &str, observation: &str, inside: &str) -> ClinicalFacts {
    let entry = format!(
        r#"<entry><act {act}><code code="CONC"/><statusCode code="active"/>
        <entryRelationship typeCode="SUBJ"><observation {observation}>{inside}</observation>
        </entryRelationship></act></entry>"#
    );
    with_section("11450-4", &entry)
}

fn condition(inside: &str) -> Condition {
    problem_of("", "", inside).conditions.remove(0)
}

const DIABETES: &str = r#"<text>Type 2 diabetes mellitus without complication</text>
    <value code="44054006" displayName="Type 2 diabetes mellitus"/>"#;
const NEGATED: &str = r#"negationInd="true""#;

#[test]
fn a_denied_problem_is_never_a_problem_whatever_its_words_say() {
    for (act, observation) in [("", NEGATED), (NEGATED, "")] {
        let facts = problem_of(act, observation, DIABETES);
        let denied = &facts.conditions[0];
        assert_eq!(denied.code.shown(), "Not present: Type 2 diabetes mellitus");
        assert_eq!(denied.code.code, None);
        assert_eq!(denied.verification.as_deref(), Some("refuted"));
        assert_eq!(denied.status, None);
        assert!(place(&denied.at, "verification").ends_with("/@negationInd"));
    }
    let twice = problem_of(NEGATED, NEGATED, DIABETES);
    assert!(twice.conditions.is_empty() && twice.doubts[0].why.contains("twice"));
}

#[test]
fn no_known_problems_stay_what_they_are() {
    let said = |inside: &str| {
        let condition = problem_of("", NEGATED, inside).conditions.remove(0);
        (condition.code, condition.verification)
    };
    let own = said(r#"<value code="160245001" displayName="No current problems"/>"#);
    assert_eq!(own.0.code.as_deref(), Some("160245001"));
    assert_eq!((own.0.shown(), own.1), ("No current problems", None));
    for (words, expected) in [
        ("No known problems on file", "No known problems on file"),
        ("Keine bekannten Diagnosen", "Keine bekannten Diagnosen"),
        ("None", "No known problems"),
        (
            "Diabetes without complication",
            "No known problems (Diabetes without complication)",
        ),
    ] {
        let inside = format!(r#"<text>{words}</text><value code="55607006"/>"#);
        assert_eq!(said(&inside).0.shown(), expected);
    }
    let bare = said("<text>Asthma, not in childhood</text>");
    assert_eq!(bare.0.shown(), "Not present: Asthma, not in childhood");
}

fn denied_allergy(value: &str, substance: &str, text: &str) -> AllergyIntolerance {
    let entry = format!(
        r#"<entry><act><entryRelationship typeCode="SUBJ"><observation negationInd="true">
        <text>{text}</text><value {value}/><participant typeCode="CSM"><participantRole>
        <playingEntity><code {substance}/></playingEntity></participantRole></participant>
        <entryRelationship typeCode="MFST"><observation><value displayName="Hives"/></observation>
        </entryRelationship></observation></entryRelationship></act></entry>"#
    );
    let mut facts = with_section("48765-2", &entry);
    assert!(facts.doubts[0].why.contains("the reactions"));
    facts.allergies.remove(0)
}

#[test]
fn a_denied_allergy_says_so_by_its_structure() {
    let penicillin = r#"code="7980" displayName="Penicillin""#;
    let drug = r#"code="416098002""#;
    let one = denied_allergy(drug, penicillin, "Penicillin – reaction: none recorded");
    assert_eq!(one.code.shown(), "No known allergy to Penicillin");
    assert_eq!(one.verification.as_deref(), Some("refuted"));
    assert!(one.reactions.is_empty() && one.status.is_none());
    let none = |value: &str, substance: &str, text: &str| {
        let allergy = denied_allergy(value, substance, text);
        assert_eq!(allergy.verification, None);
        allergy.code
    };
    let null = r#"nullFlavor="NA""#;
    let shown = |code: Coded| code.shown().to_owned();
    assert_eq!(shown(none(drug, null, "")), "No known drug allergies");
    assert_eq!(
        shown(none(drug, null, "Sulfa | not specified")),
        "No known drug allergies (Sulfa | not specified)"
    );
    assert_eq!(
        shown(none(
            r#"code="419199007""#,
            r#"code="105590001""#,
            "Pas d’allergie connue"
        )),
        "Pas d’allergie connue"
    );
    let stated = none(r#"code="716186003""#, null, "");
    assert_eq!(stated.code.as_deref(), Some("716186003"));
    assert_eq!(stated.shown(), "No known allergies");
}

#[test]
fn a_denied_drug_is_not_taken_and_no_dose_is_told() {
    let entry = r#"<entry><substanceAdministration negationInd="true">
        <text>Aspirin 81 mg – do not crush</text><statusCode code="active"/>
        <doseQuantity value="81" unit="mg"/><consumable><manufacturedProduct><manufacturedMaterial>
        <code code="1191" displayName="Aspirin"/></manufacturedMaterial></manufacturedProduct>
        </consumable></substanceAdministration></entry>"#;
    let medication = with_section("10160-0", entry).medications.remove(0);
    assert_eq!(medication.code.shown(), "Not taken: Aspirin");
    assert_eq!(medication.dosage, None);
    assert!(place(&medication.at, "status").ends_with("substanceAdministration/@negationInd"));
}

#[test]
fn what_is_not_to_be_done_is_no_order() {
    let entry = r#"<entry><procedure moodCode="RQO" negationInd="true"><code code="7" displayName="Biopsy"/>
        <statusCode code="active"/></procedure></entry>
        <entry><encounter moodCode="APT" negationInd="true"><code code="8" displayName="Recheck"/></encounter></entry>"#;
    let facts = with_section("18776-5", entry);
    let order = &facts.orders[0];
    assert_eq!(order.code.shown(), "Not to be done: Biopsy");
    assert_eq!(
        (order.code.code.as_deref(), order.status.as_deref()),
        (None, Some("revoked"))
    );
    assert!(place(&order.at, "status").ends_with("procedure/@negationInd"));
    assert_eq!(facts.appointments[0].status.as_deref(), Some("cancelled"));
    assert_eq!(
        facts.appointments[0].reason.as_deref(),
        Some("Not to be done: Recheck")
    );
}

#[test]
fn a_refused_vaccine_says_why_it_was_not_given() {
    let refused = |negated: &str| {
        let entry = format!(
            r#"<entry><substanceAdministration moodCode="EVN" {negated}><statusCode code="completed"/>
            <consumable><manufacturedProduct><manufacturedMaterial><code code="88" displayName="Influenza"/>
            </manufacturedMaterial></manufacturedProduct></consumable><entryRelationship typeCode="RSON">
            <observation><templateId root="2.16.840.1.113883.10.20.22.4.53"/>
            <code code="PATOBJ" displayName="Patient objection"/></observation></entryRelationship>
            </substanceAdministration></entry>"#
        );
        with_section("11369-6", &entry).immunizations.remove(0)
    };
    for negated in [NEGATED, ""] {
        let vaccine = refused(negated);
        assert_eq!(vaccine.status.as_deref(), Some("not-done"));
        assert_eq!(
            vaccine.code.shown(),
            "Influenza (not given: Patient objection)"
        );
    }
}

#[test]
fn a_german_certainty_turns_a_diagnosis_round() {
    let diagnosis = |code: &str, display: &str| {
        let inside = format!(
            r#"<value code="I21.9" displayName="Herzinfarkt"><qualifier>
            <name code="8" codeSystem="2.16.840.1.113883.3.7.1.0"/>
            <value code="{code}" {display}/></qualifier></value>"#
        );
        condition(&inside)
    };
    let excluded = diagnosis("A", r#"displayName="ausgeschlossen""#);
    assert_eq!(excluded.code.shown(), "Not present: Herzinfarkt");
    assert_eq!((excluded.code.code, excluded.status), (None, None));
    assert_eq!(excluded.verification.as_deref(), Some("refuted"));
    let suspected = diagnosis("V", "");
    assert_eq!(suspected.code.shown(), "Herzinfarkt (suspected)");
    assert_eq!(suspected.verification.as_deref(), Some("provisional"));
    let past = diagnosis("Z", r#"displayName="Zustand nach""#);
    assert_eq!(past.code.shown(), "Herzinfarkt (Zustand nach)");
    assert_eq!(past.status.as_deref(), Some("inactive"));
    let sure = diagnosis("G", "");
    assert_eq!(sure.code.shown(), "Herzinfarkt");
    assert_eq!(sure.verification.as_deref(), Some("confirmed"));
    let inside = r#"<value code="I21.9"><qualifier><value code="G" displayName="ausgeschlossen"
        codeSystem="1.2.276.0.76.3.1.1.5.1.21"/></qualifier></value>"#;
    let torn = problem_of("", "", inside);
    assert!(torn.conditions.is_empty() && torn.doubts[0].why.contains("contradicts"));
}

#[test]
fn no_qualifier_is_lost() {
    let fracture = condition(
        r#"<value code="1" displayName="Fracture"><qualifier><name code="272741003"/>
        <value code="7771000"/></qualifier><qualifier><name displayName="Course"/>
        <value code="2" displayName="Sudden"/></qualifier></value>
        <targetSiteCode code="3" displayName="Femur"/>"#,
    );
    assert_eq!(fracture.code.shown(), "Fracture (Course: Sudden)");
    assert_eq!(fracture.body_site.as_deref(), Some("Femur, left"));
    let entry = r#"<entry><procedure moodCode="EVN"><code code="1" displayName="Arthroscopy"/>
        <targetSiteCode code="2" displayName="Knee"><qualifier><name code="272741003"/>
        <value code="24028007" displayName="Right"/></qualifier></targetSiteCode></procedure></entry>"#;
    let procedure = with_section("47519-4", entry).procedures.remove(0);
    assert_eq!(procedure.body_site.as_deref(), Some("Knee (Right)"));
    let result = result(
        r#"<value xsi:type="CD" code="4" displayName="Growth"><qualifier><value displayName="Heavy"/></qualifier></value>"#,
    );
    assert_eq!(result.value.as_deref(), Some("Growth (Heavy)"));
}

#[test]
fn what_is_said_of_a_relative_is_not_the_patients() {
    const CHILD: &str = r#"<subject><relatedSubject classCode="PRS"><code code="NCHILD"/></relatedSubject></subject>"#;
    let problem = |subject: &str| problem_of("", "", &format!("{DIABETES}{subject}"));
    let foreign = problem(CHILD);
    assert!(foreign.conditions.is_empty());
    assert_eq!(
        whys(&foreign.doubts),
        ["the entry is about a relative of the patient and was left out"]
    );
    let own = problem(&CHILD.replace("NCHILD", "ONESELF"));
    assert_eq!(own.conditions.len(), 1);
    // Of a whole section, and of all that its organizer holds.
    let weight = r#"<observation><code code="1-8" displayName="Weight"/><value value="3" unit="kg"/></observation>"#;
    let section = format!("{CHILD}<text>Newborn</text><entry>{weight}</entry>");
    let facts = with_section("30954-2", &section);
    assert!(facts.results.is_empty() && facts.doubts.len() == 1);
    assert_eq!(facts.sections[0].text, "Newborn");
    let battery =
        format!("<entry><organizer>{CHILD}<component>{weight}</component></organizer></entry>");
    let facts = with_section("30954-2", &battery);
    assert!(facts.results.is_empty() && facts.doubts.len() == 1);
    let advice = format!("{CHILD}<text>Feed the child every three hours</text>");
    assert!(with_section("69730-0", &advice).instructions.is_empty());
}

#[test]
fn what_its_author_took_back_is_not_said() {
    let body = document("11450-4", "<entry/>");
    let status = r#"<sdtc:statusCode code="nullified"/><recordTarget>"#;
    let taken = problem(body.replacen("<recordTarget>", status, 1).as_bytes());
    assert_eq!(taken.at, "/ClinicalDocument/sdtc:statusCode");
    for status in [
        r#"<statusCode code="nullified"/>"#,
        r#"<sdtc:statusCode code="nullified"/>"#,
    ] {
        let facts = problem_of("", "", &format!("{status}{DIABETES}"));
        assert!(facts.conditions.is_empty() && facts.doubts.len() == 1);
        // An act takes back what it holds.
        let entry = format!(
            "<entry><act>{status}<entryRelationship typeCode='SUBJ'><observation>{DIABETES}</observation></entryRelationship></act></entry>"
        );
        let facts = with_section("11450-4", &entry);
        assert!(facts.conditions.is_empty() && facts.doubts.len() == 1);
        let entry = format!(
            r#"<entry><observation>{status}<value mediaType="image/png" representation="B64">iVBORw0KGgo=</value></observation></entry>"#
        );
        let facts = with_section("30954-2", &entry);
        assert!(facts.documents.is_empty() && facts.results.is_empty());
    }
}

#[test]
fn a_concern_that_nobody_tracks_is_inactive() {
    let status = |code: &str| {
        let entry = format!(
            r#"<entry><act><code code="CONC"/><statusCode code="{code}"/><entryRelationship
            typeCode="SUBJ"><observation>{DIABETES}</observation></entryRelationship></act></entry>"#
        );
        with_section("11450-4", &entry).conditions.remove(0).status
    };
    for (code, expected) in [
        ("active", "active"),
        ("completed", "inactive"),
        ("aborted", "inactive"),
        ("suspended", "inactive"),
    ] {
        assert_eq!(status(code).as_deref(), Some(expected));
    }
    let ended = condition(&format!(
        r#"<effectiveTime><low value="2019"/><high value="2024"/></effectiveTime>{DIABETES}
        <entryRelationship typeCode="SUBJ"><observation><code code="SEV"/>
        <value displayName="Severe"/></observation></entryRelationship>"#
    ));
    assert_eq!(ended.end.expect("an end").0, "2024");
    assert_eq!(ended.status.as_deref(), Some("resolved"));
    assert_eq!(ended.note.as_deref(), Some("severity: Severe"));
}

#[test]
fn a_number_that_is_none_is_not_read_as_one() {
    let read = |xml: &str| {
        let result = result(xml);
        (
            result.value.unwrap_or_default(),
            result.units,
            result.numeric,
        )
    };
    for (xml, value, units, numeric) in [
        (
            r#"<value xsi:type="PQ" nullFlavor="TRC" unit="mg/dL"/>"#,
            "trace",
            None,
            false,
        ),
        (
            r#"<value xsi:type="PQ" value="500" unit="mg/dL" nullFlavor="PINF"/>"#,
            "above what can be measured (500 mg/dL)",
            None,
            false,
        ),
        (
            r#"<value xsi:type="INT" nullFlavor="NINF"/>"#,
            "below what can be measured",
            None,
            false,
        ),
        (
            r#"<value xsi:type="PQ" nullFlavor="UNK"><translation value="5.1" code="mmol/L"/></value>"#,
            "5.1",
            Some("mmol/L"),
            true,
        ),
    ] {
        let expected = (value.to_owned(), units.map(str::to_owned), numeric);
        assert_eq!(read(xml), expected, "{xml}");
    }
    let entry = r#"<entry><observation><code code="1-8"/><value xsi:type="PQ" value="5" nullFlavor="UNK"/></observation></entry>"#;
    let facts = with_section("30954-2", entry);
    assert_eq!(
        (facts.results[0].value.as_deref(), facts.doubts.len()),
        (None, 1)
    );
}

#[test]
fn what_was_found_or_denied_is_told_with_its_name() {
    let entry = r#"<entry><observation moodCode="EVN"><code code="1" displayName="ASA class"/>
        <value xsi:type="CD" code="2" displayName="Class III"/></observation></entry>
        <entry><procedure moodCode="EVN" negationInd="true"><code code="3" displayName="Lavage"/>
        <statusCode code="completed"/></procedure></entry>"#;
    let facts = with_section("47519-4", entry);
    assert_eq!(facts.procedures[0].code.shown(), "ASA class (Class III)");
    assert_eq!(facts.procedures[1].status.as_deref(), Some("not-done"));
    assert!(place(&facts.procedures[1].at, "status").ends_with("procedure/@negationInd"));
    let fever = r#"<entry><observation negationInd="true"><code code="386661006" displayName="Fever"/></observation></entry>"#;
    let facts = with_section("30954-2", fever);
    assert_eq!(
        facts.results[0].value.as_deref(),
        Some("not found, or not done")
    );
}

#[test]
fn what_tells_more_of_a_fact_may_be_denied_alone() {
    let reaction = |negated: &str| {
        let latex = format!(
            r#"<participant typeCode="CSM"><participantRole><playingEntity><name>Latex</name></playingEntity>
            </participantRole></participant><entryRelationship typeCode="MFST"><observation {negated}>
            <value displayName="Hives"/></observation></entryRelationship>
            <entryRelationship typeCode="SUBJ"><observation {negated}><code code="SEV"/>
            <value displayName="Severe"/></observation></entryRelationship>"#
        );
        allergy(&latex).reactions
    };
    assert_eq!(reaction(NEGATED), ["not present: Hives"]);
    assert_eq!(reaction(""), ["Hives", "severity: Severe"]);
}

#[test]
fn family_history_stays_out_of_the_problems_without_a_subject_too() {
    let facts = problem_of(
        "",
        "",
        &format!(r#"<templateId root="2.16.840.1.113883.10.20.22.4.46"/>{DIABETES}"#),
    );
    assert!(facts.conditions.is_empty() && facts.doubts.len() == 1);
    let fetus = r#"<participant typeCode="SBJ"><participantRole classCode="PRS"><code code="FTWIN"/>
        </participantRole></participant>"#;
    let facts = problem_of("", "", &format!("{DIABETES}{fetus}"));
    assert!(facts.conditions.is_empty() && facts.doubts.len() == 1);
}

#[test]
fn a_bare_letter_beside_a_diagnosis_is_not_guessed() {
    let inside = r#"<value code="I21.9"><qualifier><value code="A"/></qualifier></value>"#;
    let facts = problem_of("", "", inside);
    assert!(facts.conditions.is_empty() && facts.doubts.len() == 1);
}

#[test]
fn a_coverage_or_a_referral_that_is_not_the_case_is_none() {
    let act = format!(r#"<entry><act {NEGATED}><code code="1" displayName="Plan"/></act></entry>"#);
    let facts = with_section("48768-6", &act);
    assert!(facts.coverages.is_empty() && facts.doubts.len() == 1);
    let facts = with_section("42349-1", &act);
    assert_eq!(facts.referral.and_then(|asked| asked.service), None);
    assert!(facts.doubts[0].at.ends_with("/act/@negationInd"));
}

//! What the entries of each section say.

use super::*;

#[test]
fn diagnoses_keep_their_role_status_and_place() {
    let facts = read(DISCHARGE);
    let said: Vec<(&str, Option<&str>, Option<&str>)> = facts
        .conditions
        .iter()
        .map(|c| (c.code.shown(), c.role.as_deref(), c.status.as_deref()))
        .collect();
    assert_eq!(
        said,
        [
            ("Acute congestive heart failure", Some("AD"), Some("active")),
            ("Acute on chronic systolic heart failure", Some("DD"), None),
            ("Unspecified atrial fibrillation", Some("DD"), None),
            ("Essential hypertension", None, Some("active")),
            ("Community acquired pneumonia", None, Some("resolved")),
        ]
    );
    assert_eq!(
        facts.conditions[2].onset.as_ref().expect("a month").0,
        "2026-11"
    );
    assert_eq!(
        place(&facts.conditions[2].at, "code"),
        "/ClinicalDocument/component/structuredBody/component[3]/section/entry/act/\
         entryRelationship[2]/observation/value"
    );
}

#[test]
fn allergies_keep_substance_reaction_and_criticality() {
    let facts = read(DISCHARGE);
    let [penicillin, shellfish] = &facts.allergies[..] else {
        panic!("two allergies");
    };
    assert_eq!(penicillin.code.text.as_deref(), Some("Penicillin V"));
    assert_eq!(penicillin.category.as_deref(), Some("medication"));
    assert_eq!(penicillin.criticality.as_deref(), Some("high"));
    assert_eq!(penicillin.status.as_deref(), Some("active"));
    assert_eq!(penicillin.reactions, ["Urticaria (Moderate)"]);
    assert_eq!(penicillin.onset.as_ref().expect("a month").0, "1994-06");
    // Neither has a code; the words are those of the narrative and the author.
    assert_eq!(shellfish.code.text.as_deref(), Some("Shellfish"));
    assert_eq!(shellfish.code.code, None);
    assert_eq!(shellfish.reactions, ["Swelling of the lips"]);
    assert_eq!(shellfish.criticality, None);
}

#[test]
fn medications_say_how_they_are_taken() {
    let facts = read(DISCHARGE);
    let dosages: Vec<&str> = facts
        .medications
        .iter()
        .flat_map(|m| m.dosage.as_deref())
        .collect();
    assert_eq!(
        dosages,
        [
            "One tablet by mouth every morning",
            "5 mg, Oral, every 12 hours",
            "1-2 tablet, Oral, every 4-6 hours, as needed for Pain, at most 6 in 24 h",
        ]
    );
    let apixaban = &facts.medications[1];
    assert_eq!(apixaban.code.code.as_deref(), Some("1364445"));
    assert_eq!(apixaban.start.as_ref().expect("a start").0, "2026-11-21");
    assert_eq!(apixaban.end.as_ref().expect("an end").0, "2027-02-21");
    assert_eq!(apixaban.status.as_deref(), Some("active"));
    assert_eq!(apixaban.list.as_deref(), Some("discharge"));
    assert_eq!(
        facts.medications[2].code.shown(),
        "Acetaminophen 500 mg tablet"
    );
}

#[test]
fn results_keep_value_range_flag_and_battery_time() {
    let facts = read(DISCHARGE);
    let potassium = &facts.results[0];
    assert_eq!(potassium.value.as_deref(), Some("3.3"));
    assert_eq!(potassium.units.as_deref(), Some("mmol/L"));
    assert_eq!(potassium.range.as_deref(), Some("3.5-5.1 mmol/L"));
    assert_eq!(potassium.interpretation.as_deref(), Some("L"));
    assert!(potassium.numeric && potassium.is_abnormal());
    let bnp = &facts.results[1];
    assert_eq!(bnp.value.as_deref(), Some("> 5000"));
    assert_eq!(bnp.range.as_deref(), Some("below 300"));
    assert_eq!(
        bnp.effective.as_ref().expect("the battery's").0,
        "2026-11-22T06:10-05:00"
    );
    assert!(place(&bnp.at, "effective").ends_with("/organizer/effectiveTime"));
    let culture = &facts.results[2];
    assert_eq!(culture.status, Some("registered"));
    assert_eq!(culture.notes, ["Final reading on 25 November"]);
    let vital = facts
        .results
        .iter()
        .filter(|r| r.category.as_deref() == Some("vital-signs"));
    assert_eq!(vital.count(), 3);
}

#[test]
fn what_was_done_and_what_is_planned_are_told_apart() {
    let facts = read(DISCHARGE);
    assert_eq!(
        facts.procedures[0].code.shown(),
        "Transthoracic echocardiography"
    );
    assert_eq!(facts.procedures[0].status.as_deref(), Some("completed"));
    let given: Vec<_> = facts
        .immunizations
        .iter()
        .flat_map(|i| i.status.as_deref())
        .collect();
    assert_eq!(given, ["completed", "not-done"]);
    assert_eq!(facts.immunizations[0].lot.as_deref(), Some("HX4471"));
    assert_eq!(facts.orders.len(), 1);
    assert_eq!(facts.orders[0].id.as_deref(), Some("2.999.7.7^O-5512"));
    let visit = &facts.appointments[0];
    assert_eq!(visit.status.as_deref(), Some("booked"));
    assert_eq!(
        visit.with,
        ["Oduya, Sunniva (Harbour Point Cardiology Clinic)"]
    );
    let planned = with_section(
        "47519-4",
        r#"<entry><procedure moodCode="RQO"><code code="1" displayName="x"/></procedure></entry>"#,
    );
    assert_eq!((planned.procedures.len(), planned.orders.len()), (0, 1));
}

#[test]
fn what_is_denied_is_said_in_the_sources_words_and_without_its_code() {
    let facts = read(NONE_KNOWN);
    let allergy = &facts.allergies[0].code;
    assert_eq!(
        allergy.text.as_deref(),
        Some("No known drug allergies, says the patient")
    );
    assert_eq!(allergy.code, None);
    assert_eq!(facts.conditions[0].code.shown(), "No known problems");
    assert_eq!(facts.conditions[0].code.code, None);
    // A null entry says nothing, and that is no doubt.
    assert_eq!((facts.medications.len(), facts.doubts.len()), (0, 0));
}

#[test]
fn one_denied_substance_never_reads_as_an_allergy() {
    let denied = |text: &str| {
        let inside = format!(
            r#"<text>{text}</text><participant typeCode="CSM"><participantRole><playingEntity>
            <code code="7980" displayName="Penicillin"/></playingEntity></participantRole></participant>"#
        );
        let entry =
            format!("<entry><observation negationInd='true'>{inside}</observation></entry>");
        with_section("48765-2", &entry).allergies.remove(0).code
    };
    assert_eq!(
        denied("Penicillin").shown(),
        "No known allergy to Penicillin"
    );
    // Words that say "no" may say it of something else.
    for words in [
        "Penicillin – reaction: none recorded",
        "Sulfa | not specified",
    ] {
        assert_eq!(denied(words).shown(), "No known allergy to Penicillin");
    }
}

#[test]
fn values_of_every_type_are_read() {
    let value = |value: &str| {
        let result = result(value);
        (
            result.value.unwrap_or_default(),
            result.units.unwrap_or_default(),
        )
    };
    let cases = [
        (
            r#"<value xsi:type="PQ" value="5.40" unit="mmol/L"/>"#,
            "5.40",
            "mmol/L",
        ),
        (r#"<value xsi:type="PQ" value="3" unit="1"/>"#, "3", ""),
        (
            r#"<value xsi:type="PQ" value="3" unit="{score}"/>"#,
            "3",
            "score",
        ),
        (
            r#"<value xsi:type="PQ" nullFlavor="OTH"><translation><originalText>trace</originalText></translation></value>"#,
            "trace",
            "",
        ),
        (r#"<value xsi:type="INT" value="7"/>"#, "7", ""),
        (r#"<value xsi:type="REAL" value="0.5"/>"#, "0.5", ""),
        (r#"<value xsi:type="BL" value="true"/>"#, "yes", ""),
        (
            r#"<value xsi:type="CD" code="1" displayName="Positive"/>"#,
            "Positive",
            "",
        ),
        (r#"<value xsi:type="CO" code="2+"/>"#, "2+", ""),
        (
            r#"<value xsi:type="CD" nullFlavor="UNK"><originalText>none seen</originalText></value>"#,
            "none seen",
            "",
        ),
        (
            r#"<value xsi:type="ST">cloudy  urine</value>"#,
            "cloudy urine",
            "",
        ),
        (
            r#"<value xsi:type="ED"><![CDATA[a < b]]></value>"#,
            "a < b",
            "",
        ),
        (
            r#"<value xsi:type="TS" value="20260102"/>"#,
            "2026-01-02",
            "",
        ),
        (
            r#"<value xsi:type="IVL_PQ"><low value="1" unit="g"/><high value="2" unit="g"/></value>"#,
            "1-2",
            "g",
        ),
        (
            r#"<value xsi:type="IVL_PQ"><high value="2" inclusive="false"/></value>"#,
            "< 2",
            "",
        ),
        (
            r#"<value xsi:type="RTO_PQ_PQ"><numerator value="1"/><denominator value="128"/></value>"#,
            "1:128",
            "",
        ),
        (r#"<value value="9" unit="L"/>"#, "9", "L"),
        (r#"<value>plain</value>"#, "plain", ""),
        (
            r#"<value xsi:type="ST">a</value><value xsi:type="ST">b</value>"#,
            "a; b",
            "",
        ),
        (r#"<value xsi:type="PQ" nullFlavor="NI"/>"#, "", ""),
    ];
    for (xml, expected, units) in cases {
        assert_eq!(value(xml), (expected.to_owned(), units.to_owned()), "{xml}");
    }
    let entry = r#"<entry><observation><code code="1-8"/><value xsi:type="GLIST_PQ"/></observation></entry>"#;
    let facts = with_section("30954-2", entry);
    assert!(facts.doubts[0].why.contains("a type that is not read"));
}

#[test]
fn a_picture_among_the_results_is_a_document() {
    let entry = r#"<entry><observation><code code="1-8" displayName="ECG"/>
        <value xsi:type="ED" mediaType="image/x" representation="B64">iVBORw0KGgo=</value></observation></entry>
        <entry><observationMedia ID="p"><value mediaType="image/gif" representation="B64">R0lG
        ODlh</value></observationMedia></entry>"#;
    let facts = with_section("30954-2", entry);
    let kinds: Vec<_> = facts
        .documents
        .iter()
        .flat_map(|d| d.content_type.as_deref())
        .collect();
    assert_eq!(kinds, ["image/png", "image/gif"]);
    assert_eq!(facts.documents[0].title.as_deref(), Some("ECG"));
    assert!(facts.results.is_empty() && facts.doubts.is_empty());
}

#[test]
fn a_code_is_kept_with_its_system_and_a_null_one_may_have_a_translation() {
    let code = |xml: &str| {
        let entry = format!(
            "<text><content ID='w'>the words</content></text><entry><observation>{xml}</observation></entry>"
        );
        with_section("11450-4", &entry).conditions.remove(0).code
    };
    let known = code(
        r#"<value code="I10" codeSystem="2.16.840.1.113883.6.90" displayName="Hypertension"/>"#,
    );
    assert_eq!(
        known.system.as_deref(),
        Some("http://hl7.org/fhir/sid/icd-10-cm")
    );
    let own = code(
        r##"<value code="X1" codeSystem="2.999.5"><originalText><reference value="#w"/></originalText></value>"##,
    );
    assert_eq!(own.system.as_deref(), Some("urn:oid:2.999.5"));
    assert_eq!(own.text.as_deref(), Some("the words"));
    let translated = code(
        r#"<value nullFlavor="UNK"><originalText>sugar</originalText><translation code="E11" codeSystem="2.16.840.1.113883.6.90"/></value>"#,
    );
    assert_eq!(translated.code.as_deref(), Some("E11"));
    assert_eq!(translated.text.as_deref(), Some("sugar"));
}

#[test]
fn an_entry_that_names_nothing_or_is_of_no_known_shape_is_a_doubt() {
    let nothing = with_section(
        "11450-4",
        "<entry><observation><value/></observation></entry>",
    );
    assert_eq!(
        whys(&nothing.doubts),
        ["the entry names nothing and was left out"]
    );
    let null = with_section(
        "11450-4",
        "<entry><observation><value nullFlavor='NI'/></observation></entry>",
    );
    assert_eq!(null.doubts, []);
    let odd = with_section("48765-2", "<entry><supply/></entry><entry/>");
    assert_eq!(odd.doubts.len(), 2);
    assert!(odd.doubts[0].at.ends_with("/section/entry[1]/supply"));
    let withdrawn = with_section(
        "11450-4",
        "<entry><observation><statusCode code='nullified'/><value code='1'/></observation></entry>",
    );
    assert!(withdrawn.conditions.is_empty() && withdrawn.doubts.len() == 1);
}

#[test]
fn the_sick_of_the_family_are_not_the_patients_diagnoses() {
    let entry = r#"<title>Family</title><entry><organizer><component><observation>
        <value code="22298006" displayName="Myocardial infarction"/></observation></component></organizer></entry>"#;
    let facts = with_section("10157-6", entry);
    assert!(facts.conditions.is_empty() && facts.doubts.is_empty());
}

#[test]
fn timing_is_told_in_words() {
    let dosage = |inside: &str| medication(inside).dosage;
    for (xml, expected) in [
        (
            r#"<effectiveTime><period value="1" unit="d"/></effectiveTime>"#,
            "every day",
        ),
        (
            r#"<effectiveTime><event code="HS"/></effectiveTime>"#,
            "at bedtime",
        ),
        (
            r#"<effectiveTime xsi:type="SXPR_TS"><comp><event code="CM"/></comp><comp><period value="2" unit="d"/></comp></effectiveTime>"#,
            "with breakfast every 2 days",
        ),
        (r#"<doseQuantity value="2"/>"#, "dose 2"),
        (
            r#"<doseQuantity value="0.09" unit="mg/{actuat}"/><rateQuantity value="90" unit="ml/min"/>"#,
            "0.09 mg/{actuat}, at 90 ml/min",
        ),
        (r##"<text><reference value="#m"/></text>"##, "Take as told"),
        (
            r#"<precondition><criterion><code code="ASSERTION"/></criterion></precondition>"#,
            "as needed",
        ),
    ] {
        assert_eq!(dosage(xml).as_deref(), Some(expected), "{xml}");
    }
    assert_eq!(
        medication(r#"<statusCode code="aborted"/>"#)
            .status
            .as_deref(),
        Some("stopped")
    );
}

#[test]
fn a_medication_that_is_not_taken_says_so() {
    let entry = r#"<entry><substanceAdministration negationInd="true"><consumable><manufacturedProduct>
        <manufacturedMaterial><code nullFlavor="NA"/></manufacturedMaterial></manufacturedProduct>
        </consumable></substanceAdministration></entry>"#;
    let medication = with_section("10160-0", entry).medications.remove(0);
    assert_eq!(medication.code.shown(), "No known medications");
    assert_eq!(medication.status.as_deref(), Some("not-taken"));
}

#[test]
fn an_old_severity_of_an_allergy_is_no_criticality() {
    let allergy = allergy(
        r#"<value code="DALG"/><participant><participantRole><playingEntity><name>Latex</name>
        </playingEntity></participantRole></participant><entryRelationship typeCode="SUBJ"><observation>
        <code code="SEV"/><value displayName="Severe"/></observation></entryRelationship>"#,
    );
    assert_eq!(allergy.code.shown(), "Latex");
    assert_eq!(allergy.criticality, None);
    assert_eq!(allergy.reactions, ["severity: Severe"]);
}

#[test]
fn the_authors_own_directions_win_and_a_drugs_name_is_none() {
    let told = medication(r##"<text><reference value="#m"/></text><doseQuantity value="1"/>"##);
    assert_eq!(told.dosage.as_deref(), Some("Take as told"));
    let named = medication(r#"<text>Druggox tablets</text><doseQuantity value="1"/>"#);
    assert_eq!(named.dosage.as_deref(), Some("dose 1"));
}

#[test]
fn a_file_anywhere_in_an_entry_is_a_document() {
    let entry = r#"<title>Status</title><entry><observation><code displayName="Photo"/>
        <entryRelationship><observationMedia><value mediaType="image/png">iVBORw0KGgo=</value>
        </observationMedia></entryRelationship></observation></entry>"#;
    let facts = with_section("47420-5", entry);
    assert_eq!(facts.documents.len(), 1);
    assert_eq!(facts.documents[0].content, b"\x89PNG\r\n\x1a\n");
    let pointed = r#"<entry><observation><code code="1-8"/><value xsi:type="ED">
        <reference value="https://x.example/scan"/></value></observation></entry>"#;
    let facts = with_section("30954-2", pointed);
    assert_eq!((facts.documents.len(), facts.results.len()), (1, 0));
    assert!(facts.documents[0].content.is_empty());
}

#[test]
fn what_is_asserted_is_the_value() {
    let entry = r#"<entry><observation><code code="ASSERTION"/>
        <value xsi:type="CD" code="77386006" displayName="Pregnant"/></observation></entry>"#;
    let facts = with_section("29762-2", entry);
    assert_eq!(facts.results[0].code.shown(), "Pregnant");
    assert_eq!(facts.results[0].category.as_deref(), Some("social-history"));
}

#[test]
fn what_was_taken_before_admission_is_not_what_is_taken_now() {
    let entry = r#"<entry><substanceAdministration><consumable><manufacturedProduct><manufacturedMaterial>
        <code code="1" displayName="warfarin"/></manufacturedMaterial></manufacturedProduct></consumable>
        </substanceAdministration></entry>"#;
    let facts = with_section("42346-7", entry);
    assert_eq!(facts.medications[0].list.as_deref(), Some("admission"));
}

#[test]
fn a_concern_that_repeats_a_problem_adds_none() {
    let problem = r#"<entryRelationship typeCode="REFR"><observation>
        <templateId root="2.16.840.1.113883.10.20.22.4.4"/><value code="1" displayName="Cough"/>
        </observation></entryRelationship>"#;
    let entry = format!("<entry><act>{problem}{problem}</act></entry>");
    assert_eq!(with_section("75310-3", &entry).conditions.len(), 1);
}

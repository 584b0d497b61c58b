//! Whose document it is, what it is, who acts in it.

use super::*;

#[test]
fn the_head_of_a_discharge_summary_is_read() {
    let facts = read(DISCHARGE);
    assert_eq!(facts.event, "18842-5");
    assert_eq!(
        facts.control_id.as_deref(),
        Some("2.999.7.1.1^DS-2026-004417")
    );
    assert_eq!(
        facts.replaces.as_deref(),
        Some("2.999.7.1.1^DS-2026-004416")
    );
    assert_eq!(facts.sent.expect("a time").0, "2026-11-23T09:15:00-05:00");
    assert_eq!(
        facts.sender.facility.as_deref(),
        Some("Harbour Point Hospital")
    );
    assert_eq!(
        facts.sender.application.as_deref(),
        Some("Example EHR Document Writer 4.2")
    );
    assert_eq!(facts.labels[0].code.code.as_deref(), Some("N"));
    assert_eq!(facts.labels[0].of, "document");
    assert_eq!(facts.doubts, []);
}

#[test]
fn the_patient_of_a_discharge_summary_is_read() {
    let patient = read(DISCHARGE).patient;
    let shown: Vec<String> = patient.names.iter().map(|name| name.shown()).collect();
    assert_eq!(shown, ["Halvorsen, Ingrid Marie", "Dahl, Inga"]);
    let number = patient.record_number().expect("a number");
    assert_eq!(number.value, "HP-5521907");
    assert_eq!(number.system.as_deref(), Some("urn:oid:2.999.7.2.1"));
    let ssn = &patient.identifiers[1];
    assert_eq!(ssn.type_code.as_deref(), Some("SS"));
    assert_eq!(
        ssn.system.as_deref(),
        Some("http://hl7.org/fhir/sid/us-ssn")
    );
    assert_eq!(patient.birth_date.as_ref().expect("a date").0, "1958-04-17");
    assert_eq!(patient.gender, Some("female"));
    assert_eq!(patient.deceased, Some(false));
    assert_eq!(patient.language.as_deref(), Some("en-US"));
    assert_eq!(
        patient.addresses[0].line,
        ["48 Lantern Street", "Apartment 3"]
    );
    assert_eq!(patient.telecoms[0], "+1(555)555-0147");
    assert_eq!(
        place(&patient.at, "birthDate"),
        "/ClinicalDocument/recordTarget/patientRole/patient/birthTime"
    );
    assert_eq!(
        place(&patient.names[0].at, "given"),
        "/ClinicalDocument/recordTarget/patientRole/patient/name[1]/given[1]"
    );
}

#[test]
fn the_visit_and_its_people_are_read() {
    let facts = read(DISCHARGE);
    let visit = facts.encounter.expect("a visit");
    assert_eq!(visit.class.as_deref(), Some("IMP"));
    assert_eq!(visit.number.as_deref(), Some("V-771204"));
    assert_eq!(visit.status.as_deref(), Some("finished"));
    assert_eq!(visit.end.expect("an end").0, "2026-11-23T10:00-05:00");
    let went = visit.discharge_disposition.expect("a disposition");
    assert_eq!(went, "Discharged to home with home health services");
    assert_eq!(visit.location.as_deref(), Some("4 West, Cardiology"));
    let attending = visit.attending.expect("somebody");
    assert_eq!(
        attending.shown(),
        "Vandenberg, Noor (Harbour Point Hospital)"
    );
    let team: Vec<String> = facts
        .care_team
        .iter()
        .map(|p| {
            format!(
                "{}: {}",
                p.role.as_deref().unwrap_or_default(),
                p.party.shown()
            )
        })
        .collect();
    assert!(
        team.contains(&"Primary Care Provider: Quist, Amara (Millbrook Family Practice)".into())
    );
    assert!(team.contains(&"legal authenticator: Renn, Tobias".into()));
    assert_eq!(facts.contacts[0].relationship.as_deref(), Some("husband"));
    assert_eq!(facts.contacts[0].telecoms, ["+1(555)555-0148"]);
}

#[test]
fn a_referral_note_says_who_asks_whom_for_what() {
    let facts = read(REFERRAL);
    assert_eq!(facts.doubts, []);
    let referral = facts.referral.expect("a referral");
    assert_eq!(
        referral.reason.as_deref(),
        Some("First seizure; please see within the week.")
    );
    assert_eq!(
        referral.service.as_deref(),
        Some("Referral to neurology service")
    );
    assert_eq!(referral.priority.as_deref(), Some("urgent"));
    assert_eq!(referral.id.as_deref(), Some("2.999.8.3^R-2026-12"));
    assert_eq!(
        referral.from.expect("an author").shown(),
        "Lund, Henrike (Linden Surgery)"
    );
    assert_eq!(
        referral.to.expect("a recipient").shown(),
        "Moreau, Caspian (Northgate Neurology)"
    );
    assert_eq!(
        facts.control_id.as_deref(),
        Some("6d1f2c52-83a4-4c0f-9f62-5d8b2d7f0a11")
    );
}

#[test]
fn any_prefix_of_the_namespace_is_read() {
    let facts = read(REFERRAL);
    assert_eq!(facts.patient.names[0].shown(), "Farrow, Olumide");
    assert_eq!(facts.patient.birth_date.expect("a month").0, "1972-03");
    assert_eq!(facts.contacts[0].relationship.as_deref(), Some("SIS"));
    let name = facts.contacts[0].name.as_ref().expect("a name");
    assert_eq!(name.text.as_deref(), Some("Bola Farrow"));
    let back = facts
        .care_team
        .iter()
        .find(|p| p.role.as_deref() == Some("call-back contact"));
    assert_eq!(
        back.expect("a call-back contact").party.family.as_deref(),
        Some("Brandt")
    );
    assert_eq!(facts.coverages[0].payer.as_deref(), Some("Harmony Mutual"));
    assert_eq!(facts.coverages[0].member_id.as_deref(), Some("HM-4471"));
    assert_eq!(facts.coverages[0].plan.as_deref(), Some("Public insurance"));
}

#[test]
fn a_document_that_is_a_file_is_decoded() {
    let facts = read(UNSTRUCTURED);
    assert_eq!(facts.doubts, []);
    let [file] = &facts.documents[..] else {
        panic!("one document");
    };
    // It was declared as application/octet-stream; the bytes know better.
    assert_eq!(file.content_type.as_deref(), Some("application/pdf"));
    assert_eq!(file.title.as_deref(), Some("Scanned summary"));
    assert_eq!(file.size, Some(file.content.len()));
    assert!(file.content.starts_with(b"%PDF-") && file.content.ends_with(b"%%EOF\n"));
    assert_eq!(
        place(&file.at, "content"),
        "/ClinicalDocument/component/nonXMLBody/text"
    );
    assert_eq!(facts.patient.gender, Some("other"));
}

#[test]
fn a_file_that_cannot_be_decoded_is_a_doubt_and_one_elsewhere_is_only_named() {
    let file = |text: &str| {
        let all = String::from_utf8_lossy(UNSTRUCTURED);
        let (head, rest) = all.split_once("<text").expect("a text");
        let (_, tail) = rest.split_once("</text>").expect("its end");
        read(format!("{head}{text}{tail}").as_bytes())
    };
    let broken = file(r#"<text mediaType="application/pdf" representation="B64">JVBER!!!</text>"#);
    assert_eq!(broken.documents[0].size, None);
    assert_eq!(
        whys(&broken.doubts),
        ["the document could not be decoded from base64"]
    );
    let away = file(r#"<text><reference value="scan.pdf"/></text>"#);
    assert_eq!((away.documents.len(), away.doubts.len()), (1, 0));
    assert!(away.documents[0].content.is_empty());
    let words = file(r#"<text mediaType="text/plain">Seen today.</text>"#);
    assert_eq!(words.documents[0].content, b"Seen today.");
    assert_eq!(file("<text/>").doubts.len(), 1);
}

#[test]
fn two_patients_never_become_one() {
    let two = problem(include_bytes!(
        "../../../../fixtures/invalid/cda_two_patients.xml"
    ));
    assert_eq!(two.at, "/ClinicalDocument/recordTarget[2]/patientRole");
    let twice = String::from_utf8_lossy(UNSTRUCTURED).into_owned();
    let (from, to) = (twice.find("  <recordTarget>"), twice.find("  <component>"));
    let target = twice[from.expect("one")..to.expect("an end")].to_owned();
    let twice = twice.replacen(&target, &format!("{target}{target}"), 1);
    assert_eq!(read(twice.as_bytes()).patient.identifiers.len(), 1);
}

#[test]
fn what_is_no_clinical_document_is_said_to_be_none() {
    let fragment = problem(include_bytes!(
        "../../../../fixtures/invalid/cda_fragment.xml"
    ));
    assert_eq!(fragment.at, "/entry");
    assert!(fragment.why.contains("a part of a CDA document"));
    let fhir = problem(include_bytes!(
        "../../../../fixtures/invalid/fhir_patient.xml"
    ));
    assert!(fhir.why.contains("FHIR in XML"));
    let other = problem(b"<Secret/>");
    assert_eq!(other.at, "/*");
    assert!(!other.to_string().contains("Secret"));
}

#[test]
fn times_keep_their_precision() {
    let read = |text: &str| time::parse(text).map(|when| when.0);
    for (written, expected) in [
        ("2013", "2013"),
        ("201308", "2013-08"),
        ("20130815", "2013-08-15"),
        ("20130815-0800", "2013-08-15"),
        ("201308151030-0800", "2013-08-15T10:30-08:00"),
        ("20130815103022.123+0000", "2013-08-15T10:30:22.123+00:00"),
        ("2013-08-15T10:30:22Z", "2013-08-15T10:30:22+00:00"),
        ("2013-08-15", "2013-08-15"),
        ("2013081510", "2013-08-15T10"),
    ] {
        assert_eq!(read(written).as_deref(), Some(expected), "{written}");
    }
    for written in [
        "",
        "13",
        "20131315",
        "20130230",
        "2013-08-15T",
        "201308152530",
        "20130815103",
        "yesterday",
        "20130815+9900",
    ] {
        let fine = written == "2013-08-15T";
        assert_eq!(read(written).is_some(), fine, "{written}");
    }
}

#[test]
fn a_time_that_is_none_is_a_doubt_without_the_value() {
    let facts = with_section(
        "11450-4",
        r#"<entry><observation><value displayName="Cough"/>
        <effectiveTime><low value="last week"/></effectiveTime></observation></entry>"#,
    );
    assert_eq!(facts.conditions[0].onset, None);
    assert!(
        facts.doubts[0]
            .at
            .ends_with("/section/entry/observation/effectiveTime/low")
    );
    assert!(!facts.doubts[0].why.contains("week"));
}

#[test]
fn a_document_that_does_not_say_what_it_is_is_no_success() {
    let text = String::from_utf8_lossy(UNSTRUCTURED).replace("<code code=\"34133-9\"", "<code");
    let reading = reading(text.as_bytes());
    assert_eq!(reading.problems[0].at, "/ClinicalDocument/code");
    assert_eq!(reading.messages[0].patient.names.len(), 1);
    let named = text.replacen(
        "<id ",
        "<templateId root=\"2.16.840.1.113883.10.20.22.1.8\"/><id ",
        1,
    );
    let facts = read(named.as_bytes());
    assert_eq!(facts.event, "18842-5");
    assert!(facts.doubts[0].why.contains("template"));
}

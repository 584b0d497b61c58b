//! What is found, where, and how much of the packet it is about.

use super::*;
use crate::domain::facts::{
    AllergyIntolerance, Coded, Condition, EmbeddedDocument, Encounter, Medication,
    NarrativeSection, Observation, Places, Sender,
};
use crate::domain::packet::{Packet, assemble};
use crate::domain::section::{PacketKind, Section};
use crate::domain::sensitive::{CodeMapFile, SensitiveAction};
use serde_json::json;

fn map() -> CodeMap {
    let file = json!({"sensitive": [
        {"labels": ["OPIOIDUD"], "why": "opioids", "results": "not-negative",
         "codes": {"icd-10-cm": ["F11*"], "loinc": ["3773-9"]},
         "words": ["buprenorphin*", "methadone", "opioid dependence"]},
        {"labels": ["HIV"], "why": "HIV", "codes": {"icd-10-cm": ["B20"]}, "words": ["hiv"]},
        {"labels": ["42CFRPart2", "SUD"], "why": "a programme",
         "services": ["detox*"], "facilities": ["riverside otp"]},
    ]});
    let file: CodeMapFile = serde_json::from_value(file).expect("a code map");
    CodeMap::try_from(file).expect("it makes sense")
}

const SECTIONS: [Section; 6] = [
    Section::Encounter,
    Section::Diagnoses,
    Section::HospitalCourse,
    Section::Medications,
    Section::Results,
    Section::Instructions,
];

fn rule(action: SensitiveAction, unlabelled: Unlabelled) -> PacketRule {
    let mut rule = PacketRule::of(PacketKind::Discharge, &SECTIONS);
    rule.sensitive.action = action;
    rule.sensitive.unlabelled = unlabelled;
    rule
}

fn judged(facts: &ClinicalFacts, rule: &PacketRule) -> Verdict {
    judge(facts, &[], rule, &map())
}

fn asked(facts: &ClinicalFacts) -> Vec<String> {
    let rule = rule(SensitiveAction::Hold, Unlabelled::Map);
    judged(facts, &rule).hits.iter().map(Hit::said).collect()
}

fn diagnosis(code: &str, text: &str, at: &str) -> Condition {
    Condition {
        code: Coded {
            code: (!code.is_empty()).then(|| code.into()),
            system: (!code.is_empty()).then(|| "I10".into()),
            text: Some(text.into()),
            ..Coded::default()
        },
        at: Places::of(at).with("code", format!("{at}-3")),
        ..Condition::default()
    }
}

fn medication(text: &str) -> Medication {
    Medication {
        code: Coded {
            text: Some(text.into()),
            ..Coded::default()
        },
        at: Places::of("RXE[1]").with("text", "RXE[1]-2"),
        ..Medication::default()
    }
}

fn label(code: &str, of: &'static str, at: &str) -> Label {
    Label {
        code: Coded {
            code: Some(code.into()),
            ..Coded::default()
        },
        of,
        at: Places::of(at).with("code", at),
    }
}

fn label_of(code: &str, system: &str, of: &'static str, at: &str) -> Label {
    let mut label = label(code, of, at);
    label.code.system = Some(format!("http://terminology.hl7.org/CodeSystem/{system}"));
    label
}

fn facts() -> ClinicalFacts {
    ClinicalFacts {
        conditions: vec![
            diagnosis("I10", "Hypertension", "DG1[1]"),
            diagnosis("F11.20", "Dependence", "DG1[2]"),
        ],
        ..ClinicalFacts::default()
    }
}

#[test]
fn an_unlabelled_diagnosis_is_found_by_its_code_and_a_medication_by_its_name() {
    assert_eq!(asked(&facts()), ["OPIOIDUD by code at DG1[2]-3"]);
    let named = ClinicalFacts {
        medications: vec![medication("Buprenorphine/naloxone 8 mg-2 mg")],
        ..ClinicalFacts::default()
    };
    assert_eq!(asked(&named), ["OPIOIDUD by words at RXE[1]-2"]);
    let neither = ClinicalFacts {
        conditions: vec![diagnosis("F17.210", "Nicotine", "DG1")],
        medications: vec![medication("Metoprolol")],
        ..ClinicalFacts::default()
    };
    assert!(asked(&neither).is_empty());
}

#[test]
fn free_text_is_searched_wherever_it_stands() {
    let texts = ClinicalFacts {
        sections: vec![NarrativeSection {
            code: Some("8648-8".into()),
            text: "Continued on methadone.".into(),
            at: Places::of("section[2]"),
            ..NarrativeSection::default()
        }],
        instructions: vec!["Take your Buprenorphine daily.".into()],
        notes: vec!["HIV clinic informed".into()],
        encounter: Some(Encounter {
            reason: Some("opioid dependence".into()),
            at: Places::of("PV1"),
            ..Encounter::default()
        }),
        documents: vec![EmbeddedDocument {
            at: Places::of("OBX[9]"),
            ..EmbeddedDocument::default()
        }],
        ..ClinicalFacts::default()
    };
    let rule = rule(SensitiveAction::Hold, Unlabelled::Map);
    let read = [Some("hiv positive".to_owned())];
    let verdict = judge(&texts, &read, &rule, &map());
    let said: Vec<String> = verdict.hits.iter().map(Hit::said).collect();
    assert_eq!(
        said,
        [
            "OPIOIDUD by words at PV1",
            "OPIOIDUD by words at section[2]",
            "OPIOIDUD by words at an instruction",
            "HIV by words at a comment of the message",
            "HIV by words at OBX[9]",
        ]
    );
    assert_eq!(
        verdict.hits[1].reach,
        Reach::Sections(vec![Section::HospitalCourse])
    );
}

#[test]
fn a_negative_result_of_a_screen_is_no_finding_and_any_other_is() {
    let screen = |value: Option<&str>| ClinicalFacts {
        results: vec![Observation {
            code: Coded {
                code: Some("3773-9".into()),
                system: Some("LN".into()),
                text: Some("Methadone [Presence] in Urine".into()),
                ..Coded::default()
            },
            value: value.map(str::to_owned),
            at: Places::of("OBX[1]"),
            ..Observation::default()
        }],
        ..ClinicalFacts::default()
    };
    assert!(asked(&screen(Some("Negative"))).is_empty());
    assert!(!asked(&screen(Some("POSITIVE"))).is_empty());
    assert!(!asked(&screen(Some("320"))).is_empty());
    assert!(!asked(&screen(None)).is_empty());
}

#[test]
fn what_is_said_beside_a_negative_result_is_not_excused_by_it() {
    let mut facts = ClinicalFacts {
        results: vec![Observation {
            code: diagnosis("", "Methadone screen", "OBX[1]").code,
            value: Some("Negative".into()),
            at: Places::of("OBX[1]"),
            ..Observation::default()
        }],
        ..ClinicalFacts::default()
    };
    assert!(asked(&facts).is_empty());
    facts.results[0].notes = vec!["on methadone 60 mg".into()];
    assert_eq!(asked(&facts), ["OPIOIDUD by words at OBX[1]"]);
    facts.results[0].notes.clear();
    facts.results[0].group = Some("Opioid dependence programme".into());
    assert_eq!(asked(&facts), ["OPIOIDUD by words at OBX[1]"]);
}

#[test]
fn a_code_that_is_spelled_out_is_found_and_a_room_is_none() {
    let result = |value: &str| ClinicalFacts {
        results: vec![Observation {
            value: Some(value.into()),
            at: Places::of("OBX[1]"),
            ..Observation::default()
        }],
        ..ClinicalFacts::default()
    };
    assert_eq!(asked(&result("F11.20")), ["OPIOIDUD by code at OBX[1]"]);
    assert_eq!(asked(&result("B20")), ["HIV by code at OBX[1]"]);
    let noted = |text: &str| ClinicalFacts {
        notes: vec![text.into()],
        ..ClinicalFacts::default()
    };
    assert_eq!(asked(&noted("dx: I10, F11.20, B20")).len(), 2);
    assert!(asked(&noted("moved to B20")).is_empty());
    let mut stay = Encounter {
        location: Some("B20".into()),
        at: Places::of("PV1"),
        ..Encounter::default()
    };
    let staying = |stay: &Encounter| ClinicalFacts {
        encounter: Some(stay.clone()),
        ..ClinicalFacts::default()
    };
    assert!(asked(&staying(&stay)).is_empty());
    stay.reason = Some("B20".into());
    assert_eq!(asked(&staying(&stay)), ["HIV by code at PV1"]);
}

#[test]
fn where_the_patient_went_is_searched_as_well() {
    let went = |code: &str| ClinicalFacts {
        encounter: Some(Encounter {
            discharge_disposition: Some(code.into()),
            at: Places::of("PV1").with("code", "PV1-36"),
            ..Encounter::default()
        }),
        ..ClinicalFacts::default()
    };
    let file = json!({"sensitive": [
        {"labels": ["PSY"], "why": "psychiatry", "words": ["psychiatric hospital*"]},
    ]});
    let file: CodeMapFile = serde_json::from_value(file).expect("a code map");
    let map = CodeMap::try_from(file).expect("it makes sense");
    let rule = rule(SensitiveAction::Hold, Unlabelled::Map);
    let found = |code: &str| !judge(&went(code), &[], &rule, &map).hits.is_empty();
    assert!(found("65") && found("psy") && found("To a psychiatric hospital"));
    assert!(!found("01") && !found("home"));
}

#[test]
fn a_service_or_a_facility_is_about_the_whole_message() {
    let facts = ClinicalFacts {
        sender: Sender {
            facility: Some("RIVERSIDE OTP".into()),
            ..Sender::default()
        },
        encounter: Some(Encounter {
            service: Some("Detox unit".into()),
            at: Places::of("PV1").with("service", "PV1-10"),
            ..Encounter::default()
        }),
        ..ClinicalFacts::default()
    };
    let verdict = judged(
        &facts,
        &rule(SensitiveAction::WithholdSection, Unlabelled::Map),
    );
    assert!(verdict.hits.iter().all(|hit| hit.reach == Reach::Whole));
    let why = verdict.why_held().expect("nothing can be withheld of it");
    assert!(why.contains("42CFRPart2 by facility at MSH-4"), "{why}");
    assert!(why.contains("SUD by hospital service at PV1-10"), "{why}");
}

#[test]
fn a_label_of_the_source_counts_whatever_is_done_with_what_bears_none() {
    let send = rule(SensitiveAction::Hold, Unlabelled::Send);
    assert!(
        judged(&facts(), &send).hits.is_empty(),
        "the map is not asked"
    );
    let cases = [
        ("ETH", "patient", "ETH labelled by the source at ARV-3"),
        ("42CFRPart2", "message", "42CFRPart2 labelled"),
        ("AID", "message", "HIV labelled"),
        ("R", "document", "restricted labelled"),
        ("NORDSCLCD", "message", "restricted labelled"),
    ];
    for (code, of, says) in cases {
        let mut facts = facts();
        facts.labels = vec![label(code, of, "ARV-3")];
        let why = judged(&facts, &send).why_held().expect("it is held");
        assert!(why.contains(says), "{code}: {why}");
    }
    for code in ["N", "U", "L"] {
        let mut facts = facts();
        facts.labels = vec![label(code, "message", "MSH")];
        assert_eq!(judged(&facts, &send).why_held(), None, "{code}");
    }
}

#[test]
fn a_label_reaches_as_far_as_what_it_is_on() {
    let rule = rule(SensitiveAction::WithholdSection, Unlabelled::Send);
    let reach = |labels: Vec<Label>| {
        let mut facts = facts();
        facts.medications = vec![Medication {
            at: Places::of("Bundle.entry[4].resource"),
            ..medication("Metformin")
        }];
        facts.documents = vec![EmbeddedDocument {
            at: Places::of("Bundle.entry[6].resource"),
            ..EmbeddedDocument::default()
        }];
        facts.labels = labels;
        let hits = judged(&facts, &rule).hits;
        hits.into_iter().map(|hit| hit.reach).collect::<Vec<_>>()
    };
    let on = |of, at| vec![label("HIV", of, at)];
    let diagnoses = [Reach::Sections(vec![Section::Diagnoses])];
    assert_eq!(reach(on("diagnosis", "DG1[2]-18")), diagnoses);
    let resource = "Bundle.entry[4].resource.meta.security[0]";
    let medications = [Reach::Sections(vec![Section::Medications])];
    assert_eq!(reach(on("resource", resource)), medications);
    // One document among the resources; no section of this packet prints it.
    let document = "Bundle.entry[6].resource.securityLabel[0]";
    assert_eq!(reach(on("document", document)), [Reach::Sections(vec![])]);
    assert_eq!(reach(on("message", "MSH-8")), [Reach::Whole]);
    // On something that nobody read: it may be about anything.
    let unknown = "Bundle.entry[41].resource.meta.security[0]";
    assert_eq!(reach(on("resource", unknown)), [Reach::Whole]);
    // The same label on two resources is one, with two places.
    let mut twice = label("HIV", "resource", resource);
    twice
        .at
        .also("code", "Bundle.entry[6].resource.meta.security[0]");
    assert_eq!(reach(vec![twice]), medications);
}

#[test]
fn a_broader_label_of_the_channel_takes_the_narrower_ones_with_it() {
    let listed = |labels: &[SensitivityLabel], found: &str| {
        let mut rule = rule(SensitiveAction::Hold, Unlabelled::Send);
        rule.sensitive.labels = labels.to_vec();
        let mut facts = facts();
        facts.labels = vec![label(found, "message", "MSH")];
        !judged(&facts, &rule).hits.is_empty()
    };
    use SensitivityLabel::*;
    assert!(listed(&[Sud], "OPIOIDUD") && listed(&[Eth], "ETHUD"));
    assert!(listed(&[Mh], "PSYTHPN") && listed(&[Mh], "PSY"));
    assert!(!listed(&[Hiv], "OPIOIDUD") && !listed(&[Ethud], "OPIOIDUD"));
    // A broad label may mean the narrow one, and Part 2 any record of substance use.
    assert!(listed(&[Opioidud], "SUD") && listed(&[Part2], "OPIOIDUD"));
    // What is restricted without a reason may be any of them.
    assert!(listed(&[Hiv], "R"));
}

#[test]
fn what_the_patient_refuses_waits_whatever_the_channel_does() {
    let mut facts = ClinicalFacts {
        labels: vec![label("deny", "consent", "Bundle.entry[1].resource")],
        ..ClinicalFacts::default()
    };
    let rule = rule(SensitiveAction::Label, Unlabelled::Send);
    let why = judged(&facts, &rule).why_held().expect("it is held");
    assert!(why.contains("a consent that was refused"), "{why}");
    facts.labels = vec![label("permit", "consent", "Bundle.entry[1].resource")];
    assert_eq!(judged(&facts, &rule).why_held(), None);
    // R is refused in table 0498 alone; a confidential consent is none.
    let mut refused = label("R", "consent", "CON-11");
    refused.code.system = Some("http://terminology.hl7.org/CodeSystem/v2-0498".into());
    facts.labels = vec![refused];
    assert!(judged(&facts, &rule).why_held().is_some());
}

#[test]
fn what_bears_no_label_at_all_waits_where_the_channel_says_so() {
    let rule = rule(SensitiveAction::Label, Unlabelled::Hold);
    let why = judged(&facts(), &rule).why_held().expect("it is held");
    assert!(
        why.contains("without any label: DG1[1]-3, DG1[2]-3"),
        "{why}"
    );
    let sparse = judged(&ClinicalFacts::default(), &rule);
    assert!(sparse.why_held().is_some(), "nothing at all bears no label");
    let mut labelled = facts();
    labelled.labels = vec![label_of("N", "v3-Confidentiality", "message", "MSH-8")];
    assert_eq!(judged(&labelled, &rule).why_held(), None);
    // A label on one diagnosis says nothing of the other.
    labelled.labels = vec![label_of(
        "N",
        "v3-Confidentiality",
        "diagnosis",
        "DG1[1]-18",
    )];
    let why = judged(&labelled, &rule).why_held().expect("it is held");
    assert!(why.ends_with("without any label: DG1[2]-3"), "{why}");
    // A VIP is no label of what is sensitive.
    let mut vip = label("V", "encounter", "PV1-16");
    vip.code.system = Some("http://terminology.hl7.org/CodeSystem/v2-0099".into());
    labelled.labels = vec![vip];
    assert!(judged(&labelled, &rule).why_held().is_some());
}

#[test]
fn only_a_word_on_how_confidential_it_is_counts_as_a_label() {
    let rule = rule(SensitiveAction::Hold, Unlabelled::Hold);
    let why = |code: &str, system: &str| {
        let mut facts = facts();
        facts.labels = vec![label_of(code, system, "message", "MSH-8")];
        judged(&facts, &rule).why_held()
    };
    for (code, system) in [
        ("N", "v3-Confidentiality"),
        ("L", "v3-Confidentiality"),
        ("M", "v3-Confidentiality"),
        ("U", "v2-0177"),
        ("U", "v2-0272"),
        ("Usual control", "v2-0272"),
        ("NO", "v2-0717"),
        ("OO", "v2-0717"),
    ] {
        assert_eq!(why(code, system), None, "{code} of {system}");
    }
    for (code, system) in [
        ("TREAT", "v3-ActReason"),
        ("ENCRYPT", "v3-ActCode"),
        ("NOMOB", "v3-ActCode"),
        ("N", "our-own"),
        ("EMP", "v2-0177"),
    ] {
        let why = why(code, system).unwrap_or_default();
        assert!(
            why.contains("without any label"),
            "{code} of {system}: {why}"
        );
    }
    for (code, system) in [
        ("HOUSE-2", "v2-0177"),
        ("HOUSE-2", "v2-0272"),
        ("T", "v3-Confidentiality"),
        ("LOC", "v2-0717"),
    ] {
        let why = why(code, system).unwrap_or_default();
        assert!(
            why.contains("restricted labelled"),
            "{code} of {system}: {why}"
        );
    }
}

#[test]
fn the_same_finding_at_one_place_keeps_each_reach() {
    let hit = |reach| Hit {
        label: Some(SensitivityLabel::Hiv),
        at: "an instruction".into(),
        reach,
        how: How::Words,
        why: "HIV".into(),
    };
    let some = || hit(Reach::Sections(vec![Section::Instructions]));
    let kept = each_once(vec![some(), hit(Reach::Whole), some()]);
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[1].reach, Reach::Whole);
}

#[test]
fn part_2_never_leaves_without_the_scope_of_the_consent() {
    let mut facts = facts();
    facts.labels = vec![label("42CFRPart2", "message", "MSH")];
    let mut rule = rule(SensitiveAction::Label, Unlabelled::Send);
    let verdict = judged(&facts, &rule);
    assert!(verdict.lacks_consent());
    assert_eq!(
        verdict.grounds().into_iter().collect::<Vec<_>>(),
        ["42CFRPart2"]
    );
    rule.sensitive.consent_scope = Some("To Riverside care management".into());
    assert_eq!(judged(&facts, &rule).why_held(), None);
}

/// A packet in which the diagnosis is repeated wherever words can stand.
fn talkative() -> (ClinicalFacts, PacketRule) {
    let mut facts = facts();
    facts.conditions[0].note = Some("beside Dependence".into());
    facts.medications = vec![Medication {
        notes: vec!["for Dependence".into()],
        ..medication("Metformin")
    }];
    facts.results = vec![
        Observation {
            code: diagnosis("", "Summary", "OBX[1]").code,
            value: Some("Line one\nDependence".into()),
            ..Observation::default()
        },
        Observation {
            code: diagnosis("", "Sodium", "OBX[2]").code,
            value: Some("138".into()),
            numeric: true,
            notes: vec!["Dependence".into()],
            ..Observation::default()
        },
    ];
    facts.results.push(Observation {
        code: diagnosis("", "Remark", "OBX[3]").code,
        value: Some("known for his Dependence".into()),
        ..Observation::default()
    });
    facts.allergies = vec![AllergyIntolerance {
        code: diagnosis("", "Penicillin", "AL1").code,
        reactions: vec!["Rash".into(), "seen while treated for Dependence".into()],
        ..AllergyIntolerance::default()
    }];
    facts.sections = vec![NarrativeSection {
        code: Some("8648-8".into()),
        text: "Treated for Dependence".into(),
        ..NarrativeSection::default()
    }];
    facts.instructions = vec!["About your Dependence".into()];
    facts.notes = vec!["Dependence".into()];
    facts.encounter = Some(Encounter {
        reason: Some("Dependence".into()),
        number: Some("V-1".into()),
        ..Encounter::default()
    });
    facts.documents = vec![EmbeddedDocument {
        title: Some("Dependence".into()),
        content: b"Dependence".to_vec(),
        ..EmbeddedDocument::default()
    }];
    let mut rule = rule(SensitiveAction::WithholdSection, Unlabelled::Map);
    rule.sections.push(Section::Documents);
    rule.sections.push(Section::Allergies);
    rule.attach_originals = true;
    (facts, rule)
}

fn obeyed(facts: &ClinicalFacts, rule: &PacketRule) -> Packet {
    assemble(facts, rule).obey(&judged(facts, rule))
}

#[test]
fn a_section_with_a_finding_stays_behind_and_all_free_text_with_it() {
    let (facts, rule) = talkative();
    let packet = obeyed(&facts, &rule);
    let diagnoses = packet.section(Section::Diagnoses).expect("it is there");
    assert!(diagnoses.withheld && diagnoses.is_empty());
    let left = format!("{:?} {:?}", packet.sections, packet.originals);
    assert!(!left.contains("Dependence"), "{left}");
    // What is no text and no finding leaves.
    for kept in ["Metformin", "Sodium", "138", "V-1", "Penicillin", "Rash"] {
        assert!(left.contains(kept), "{kept}: {left}");
    }
    let silent: Vec<Section> = packet
        .sections
        .iter()
        .filter(|s| s.withheld)
        .map(|s| s.section)
        .collect();
    let mut all = SECTIONS.to_vec();
    all.push(Section::Documents);
    all.push(Section::Allergies);
    assert_eq!(silent, all, "each says that something is missing");
    // No label tells what stayed behind; whoever tests the channel hears it.
    assert!(packet.security.labels.is_empty());
    let told = format!("{:?}", packet.withheld);
    assert!(
        told.contains("OPIOIDUD by code at DG1[2]-3 (opioids)"),
        "{told}"
    );
    assert!(!told.contains("Dependence"), "{told}");
}

#[test]
fn where_nothing_is_found_nothing_is_withheld() {
    let (mut facts, rule) = talkative();
    facts.conditions.remove(1);
    let packet = obeyed(&facts, &rule);
    assert_eq!(packet, assemble(&facts, &rule));
}

#[test]
fn what_leaves_with_a_label_says_so_and_all_of_it_leaves() {
    let (facts, mut rule) = talkative();
    rule.sensitive.action = SensitiveAction::Label;
    rule.sensitive.consent_scope = Some("For care management".into());
    let packet = obeyed(&facts, &rule);
    assert_eq!(packet.security.labels, [SensitivityLabel::Opioidud]);
    assert_eq!(packet.security.confidentiality, "R");
    assert_eq!(
        packet.security.consent_scope.as_deref(),
        Some("For care management")
    );
    assert_eq!(packet.sections, assemble(&facts, &rule).sections);
    // A finding that no section prints labels nothing: the label would tell of it.
    rule.sections
        .retain(|section| *section != Section::Diagnoses);
    assert!(obeyed(&facts, &rule).security.labels.is_empty());
}

#[test]
fn a_label_that_changes_makes_another_packet() {
    let (mut facts, mut rule) = talkative();
    rule.sensitive.action = SensitiveAction::Label;
    let before = obeyed(&facts, &rule).said().expect("JSON");
    facts.labels = vec![label("HIV", "message", "MSH")];
    assert_ne!(obeyed(&facts, &rule).said().expect("JSON"), before);
}

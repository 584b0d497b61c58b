//! What leaves, and what is said of what does not.

use super::*;
use crate::domain::facts::{
    ClinicalFacts, Coded, Condition, Coverage, Encounter, Identifier, NarrativeSection,
    Observation, Places,
};
use crate::domain::fields::{Field, PatientField};
use crate::domain::rule::PacketRule;

fn rule(sections: &[Section]) -> PacketRule {
    PacketRule::of(PacketKind::Discharge, sections)
}

fn coded(text: &str) -> Coded {
    Coded {
        text: Some(text.into()),
        ..Coded::default()
    }
}

fn text(code: &str, text: &str) -> NarrativeSection {
    NarrativeSection {
        code: Some(code.into()),
        text: text.into(),
        ..NarrativeSection::default()
    }
}

fn facts() -> ClinicalFacts {
    let number = |value: &str, kind: &str, at: &str| Identifier {
        value: value.into(),
        type_code: Some(kind.into()),
        at: Places::of(at),
        ..Identifier::default()
    };
    ClinicalFacts {
        conditions: vec![Condition {
            code: coded("asthma"),
            ..Condition::default()
        }],
        results: vec![Observation {
            code: coded("sodium"),
            at: Places::of("OBX[1]"),
            ..Observation::default()
        }],
        patient: Patient {
            identifiers: vec![
                number("40012345", "MR", "PID-3[1]"),
                number("123-45-6789", "SS", "PID-19"),
                number("ACC-1", "AN", "PID-18"),
            ],
            telecoms: vec!["555 0100".into()],
            ..Patient::default()
        },
        contacts: vec![RelatedPerson {
            relationship: Some("Spouse".into()),
            ..RelatedPerson::default()
        }],
        coverages: vec![Coverage::default()],
        ..ClinicalFacts::default()
    }
}

#[test]
fn only_the_sections_asked_for_leave_in_their_order() {
    let wanted = [Section::Allergies, Section::Diagnoses];
    let packet = assemble(&facts(), &rule(&wanted));
    let order: Vec<_> = packet.sections.iter().map(|s| s.section).collect();
    assert_eq!(order, wanted);
    assert!(!format!("{:?}", packet.sections).contains("sodium"));
    assert_eq!(packet.beyond, [(Beyond::Observations, 1)]);
}

#[test]
fn a_section_without_facts_stays_and_is_empty() {
    let packet = assemble(&facts(), &rule(&[Section::Allergies]));
    assert!(packet.sections[0].is_empty());
}

#[test]
fn numbers_that_open_other_doors_relatives_and_insurance_leave_only_where_named() {
    let packet = assemble(&facts(), &rule(&[Section::Encounter]));
    let numbers: Vec<_> = packet
        .patient
        .identifiers
        .iter()
        .map(|i| &*i.value)
        .collect();
    assert_eq!(numbers, ["40012345"]);
    assert!(packet.patient.telecoms.is_empty() && packet.contacts.is_empty());
    let stayed = |what: &str| packet.withheld.iter().find(|w| w.what.contains(what));
    assert_eq!(stayed("SSN").map(|w| &*w.at), Some("PID-19"));
    assert_eq!(stayed("account").map(|w| &*w.at), Some("PID-18"));
    assert!(stayed("next of kin").is_some() && stayed("insurance").is_some());

    let mut open = rule(&[Section::Payers]);
    open.patient = PatientField::ALL.to_vec();
    let packet = assemble(&facts(), &open);
    assert_eq!(packet.patient.identifiers.len(), 3);
    assert_eq!(packet.contacts.len(), 1);
    assert_eq!(packet.sections[0].content.len(), 1);
}

#[test]
fn of_a_section_whose_fields_are_named_no_other_field_leaves() {
    let mut facts = facts();
    facts.encounter = Some(Encounter {
        class: Some("IMP".into()),
        location: Some("Ward 7".into()),
        reason: Some("Fell".into()),
        ..Encounter::default()
    });
    let mut narrow = rule(&[Section::Encounter]);
    let named = vec![Field::Dates, Field::Class];
    narrow.fields.insert(Section::Encounter, named);
    let packet = assemble(&facts, &narrow);
    let Content::Encounter(Some(stay)) = &packet.sections[0].content else {
        panic!("the stay is gone");
    };
    assert_eq!(stay.class.as_deref(), Some("IMP"));
    assert!(stay.location.is_none() && stay.reason.is_none());
    assert!(
        packet
            .withheld
            .iter()
            .any(|w| w.what == "location of encounter")
    );
}

#[test]
fn what_no_section_carries_is_counted_and_comments_are_no_instructions() {
    let mut facts = facts();
    facts.results.clear();
    facts.conditions.clear();
    facts.notes.push("The family does not know".into());
    facts.sections.push(text("8648-8", "A long course"));
    facts.documents.resize_with(2, Default::default);
    let packet = assemble(&facts, &rule(&[Section::Instructions]));
    assert_eq!(packet.beyond, [(Beyond::Texts, 1), (Beyond::Documents, 2)]);
    assert_eq!(
        packet.sections[0].content,
        Content::Instructions(Vec::new())
    );
    assert_eq!(packet.sections[0].comments, ["The family does not know"]);
}

#[test]
fn a_plan_is_a_section_of_its_own_and_instructions_are_printed_once() {
    let mut facts = facts();
    facts.instructions.push("Rest".into());
    facts.sections.push(text("18776-5", "See us in May"));
    facts.sections.push(text("8653-8", "Rest"));
    let wanted = [Section::Plan, Section::Instructions];
    for kind in [PacketKind::Discharge, PacketKind::Referral] {
        let packet = assemble(&facts, &PacketRule::of(kind, &wanted));
        assert_eq!(packet.sections[0].narrative[0].text, "See us in May");
        assert!(packet.sections[1].narrative.is_empty());
        assert!(!packet.beyond.iter().any(|(kind, _)| *kind == Beyond::Texts));
    }
}

#[test]
fn the_sources_own_words_fill_a_section_that_has_no_entries() {
    let mut facts = facts();
    facts.sections.push(text("48765-2", " No known allergies "));
    let packet = assemble(&facts, &rule(&[Section::Allergies]));
    assert_eq!(packet.sections[0].narrative[0].text, "No known allergies");
    assert!(!packet.sections[0].is_empty());
}

#[test]
fn vital_signs_and_social_history_are_no_results() {
    let mut facts = facts();
    for category in ["vital-signs", "social-history"] {
        facts.results.push(Observation {
            category: Some(category.into()),
            ..Observation::default()
        });
    }
    let wanted = [
        Section::Results,
        Section::VitalSigns,
        Section::SocialHistory,
    ];
    let packet = assemble(&facts, &rule(&wanted));
    let counts: Vec<_> = packet.sections.iter().map(|s| s.content.len()).collect();
    assert_eq!(counts, [1, 1, 1]);
}

//! AL1, IAM, DG1 and PR1 → allergies, diagnoses, procedures. An entry that names
//! nothing, or that asks to be deleted, is a doubt and not a fact.

use std::borrow::Cow;

use super::{datatypes, time, tree::Segment};
use crate::domain::facts::{
    AllergyIntolerance, ClinicalFacts, Coded, Condition, Doubt, Procedure, When,
};

pub fn read_allergy(segment: &Segment, facts: &mut ClinicalFacts) {
    let Some(code) = named(segment, 3, None, facts) else {
        return;
    };
    let reactions = segment.values(5).filter_map(datatypes::words).collect();
    let onset = time::read(segment.value(6), 1, &mut facts.doubts);
    push_allergy(segment, code, reactions, onset, facts);
}

/// IAM says the same as AL1 in 2.4 and later, with an action of its own.
pub fn read_adverse_reaction(segment: &Segment, facts: &mut ClinicalFacts) {
    if is_deleted(segment, 6, facts) {
        return;
    }
    let Some(code) = named(segment, 3, None, facts) else {
        return;
    };
    let reactions = segment.values(5).filter_map(datatypes::words).collect();
    let onset = time::read(segment.value(11), 1, &mut facts.doubts);
    push_allergy(segment, code, reactions, onset, facts);
}

fn push_allergy(
    segment: &Segment,
    code: Coded,
    reactions: Vec<String>,
    onset: Option<When>,
    facts: &mut ClinicalFacts,
) {
    let category = category(segment, &mut facts.doubts);
    let criticality = criticality(segment, &mut facts.doubts);
    facts.allergies.push(AllergyIntolerance {
        code,
        category: category.map(Cow::Borrowed),
        criticality: criticality.map(Cow::Borrowed),
        reactions,
        onset,
        ..AllergyIntolerance::default()
    });
}

/// Table 0127 → allergy-intolerance-category. MA and MC are of no one category.
fn category(segment: &Segment, doubts: &mut Vec<Doubt>) -> Option<&'static str> {
    match segment.text(2, 1)?.to_ascii_uppercase().as_str() {
        "DA" => Some("medication"),
        "FA" => Some("food"),
        "EA" | "PA" | "LA" => Some("environment"),
        "AA" => Some("biologic"),
        "MA" | "MC" => None,
        _ => {
            doubts.push(Doubt::new(segment.at(2), "the code is not in table 0127"));
            None
        }
    }
}

/// Table 0128 → allergy-intolerance-criticality: severe high, mild low, and
/// moderate neither (v2-to-FHIR).
fn criticality(segment: &Segment, doubts: &mut Vec<Doubt>) -> Option<&'static str> {
    match segment.text(4, 1)?.to_ascii_uppercase().as_str() {
        "SV" => Some("high"),
        "MI" => Some("low"),
        "MO" | "U" => None,
        _ => {
            doubts.push(Doubt::new(segment.at(4), "the code is not in table 0128"));
            None
        }
    }
}

pub fn read_diagnosis(segment: &Segment, facts: &mut ClinicalFacts) {
    if is_deleted(segment, 21, facts) {
        return;
    }
    let Some(mut code) = named(segment, 3, Some(4), facts) else {
        return;
    };
    code.system = code.system.or_else(|| segment.text(2, 1));
    let onset = time::read(segment.value(5), 1, &mut facts.doubts);
    facts.conditions.push(Condition {
        code,
        role: segment.text(6, 1).map(role),
        onset,
        ..Condition::default()
    });
}

/// Table 0052 → diagnosis-role. The map leaves F open; on a discharge the final
/// diagnosis is the discharge diagnosis. A working one has no counterpart.
fn role(code: String) -> String {
    match code.as_str() {
        "A" => "AD".to_owned(),
        "F" => "DD".to_owned(),
        _ => code,
    }
}

pub fn read_procedure(segment: &Segment, facts: &mut ClinicalFacts) {
    if is_deleted(segment, 20, facts) {
        return;
    }
    let Some(mut code) = named(segment, 3, Some(4), facts) else {
        return;
    };
    code.system = code.system.or_else(|| segment.text(2, 1));
    let performed = time::read(segment.value(5), 1, &mut facts.doubts);
    facts.procedures.push(Procedure {
        code,
        performed,
        ..Procedure::default()
    });
}

/// The code of an entry, with its description field where the code has no words.
pub fn named(
    segment: &Segment,
    field: usize,
    description: Option<usize>,
    facts: &mut ClinicalFacts,
) -> Option<Coded> {
    let mut code = segment
        .value(field)
        .map(datatypes::coded)
        .unwrap_or_default();
    code.text = code.text.or_else(|| segment.value(description?)?.whole());
    if code.is_empty() {
        facts.doubts.push(Doubt::new(
            segment.at(field),
            "the entry names nothing and was left out",
        ));
        return None;
    }
    Some(code)
}

/// Table 0206 and 0323: `D` asks to delete what an earlier message said.
fn is_deleted(segment: &Segment, field: usize, facts: &mut ClinicalFacts) -> bool {
    let deleted = segment.text(field, 1).as_deref() == Some("D");
    if deleted {
        facts.doubts.push(Doubt::new(
            segment.at(field),
            "the entry is marked as deleted and was left out",
        ));
    }
    deleted
}

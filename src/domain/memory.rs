//! State across messages: what earlier messages of a visit said about its
//! allergies and medications, and how it fills what the last one is silent on.
//! Silence is no deletion (HL7 v2.9.1 §2.5.3), so the latest statement stands.

use crate::domain::facts::{
    AllergyIntolerance, ClinicalFacts, Earlier, Medication, Places, Remembered, When,
};
use serde::{Deserialize, Serialize};

/// What one message said of what is remembered. Kept sealed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    pub event: String,
    #[serde(default)]
    pub sent: Option<When>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allergies: Vec<AllergyIntolerance>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub medications: Vec<Medication>,
}

/// What a message says that is worth remembering; nothing where it is silent.
pub fn statement(facts: &ClinicalFacts, wanted: &[Remembered]) -> Option<Statement> {
    let mut statement = Statement {
        event: facts.event.clone(),
        sent: facts.sent.clone(),
        ..Statement::default()
    };
    if wanted.contains(&Remembered::Allergies) {
        statement.allergies.clone_from(&facts.allergies);
    }
    if wanted.contains(&Remembered::Medications) {
        statement.medications.clone_from(&facts.medications);
    }
    let silent = statement.allergies.is_empty() && statement.medications.is_empty();
    (!silent).then_some(statement)
}

/// Fills what a message is silent on from earlier ones, the oldest first. A
/// message that speaks of allergies at all is the last word on them.
pub fn recall(facts: &mut ClinicalFacts, statements: &[Statement], wanted: &[Remembered]) {
    if wanted.contains(&Remembered::Allergies) && facts.allergies.is_empty() {
        recall_allergies(facts, statements);
    }
    if wanted.contains(&Remembered::Medications) && facts.medications.is_empty() {
        recall_medications(facts, statements);
    }
}

/// AL1 is a snapshot: the newest list is the list.
fn recall_allergies(facts: &mut ClinicalFacts, statements: &[Statement]) {
    let newest = statements.iter().rev().find(|s| !s.allergies.is_empty());
    let Some(statement) = newest else { return };
    facts.allergies.clone_from(&statement.allergies);
    for allergy in &mut facts.allergies {
        allergy.at = place_of(statement);
    }
    facts.earlier.push(said(Remembered::Allergies, statement));
}

/// Orders come one by one: a later message about an order replaces what was
/// known of it. One that ended stays listed with its status, for a reader must
/// see what was stopped.
fn recall_medications(facts: &mut ClinicalFacts, statements: &[Statement]) {
    let mut known: Vec<Medication> = Vec::new();
    for statement in statements {
        for medication in &statement.medications {
            let mut medication = medication.clone();
            medication.at = place_of(statement);
            match known.iter_mut().find(|seen| same(seen, &medication)) {
                Some(seen) => *seen = updated(seen, medication),
                None => known.push(medication),
            }
        }
    }
    let newest = statements.iter().rev().find(|s| !s.medications.is_empty());
    if let Some(statement) = newest {
        facts.earlier.push(said(Remembered::Medications, statement));
    }
    facts.medications = known;
}

fn same(one: &Medication, other: &Medication) -> bool {
    match (&one.order, &other.order) {
        (Some(one), Some(other)) => one == other,
        (None, None) => one.code == other.code,
        _ => false,
    }
}

/// A cancellation often names the order and no dose; what was known stays.
fn updated(seen: &Medication, new: Medication) -> Medication {
    Medication {
        dosage: new.dosage.or_else(|| seen.dosage.clone()),
        status: new.status.or_else(|| seen.status.clone()),
        start: new.start.or_else(|| seen.start.clone()),
        end: new.end.or_else(|| seen.end.clone()),
        ..new
    }
}

fn place_of(statement: &Statement) -> Places {
    Places::of(format!("an earlier {}", statement.event))
}

fn said(what: Remembered, statement: &Statement) -> Earlier {
    Earlier {
        what,
        event: statement.event.clone(),
        sent: statement.sent.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::Coded;

    fn coded(text: &str) -> Coded {
        Coded {
            text: Some(text.into()),
            ..Coded::default()
        }
    }

    fn allergic_to(event: &str, substances: &[&str]) -> Statement {
        let allergy = |text: &&str| AllergyIntolerance {
            code: coded(text),
            ..AllergyIntolerance::default()
        };
        Statement {
            event: event.into(),
            allergies: substances.iter().map(allergy).collect(),
            ..Statement::default()
        }
    }

    fn order(id: &str, text: &str, status: Option<&str>, dosage: Option<&str>) -> Statement {
        Statement {
            event: "RDE^O11".into(),
            medications: vec![Medication {
                code: coded(text),
                order: Some(id.into()),
                status: status.map(str::to_owned),
                dosage: dosage.map(str::to_owned),
                ..Medication::default()
            }],
            ..Statement::default()
        }
    }

    const BOTH: [Remembered; 2] = [Remembered::Allergies, Remembered::Medications];

    #[test]
    fn the_newest_list_of_allergies_is_the_list() {
        let mut facts = ClinicalFacts::default();
        let earlier = [
            allergic_to("ADT^A01", &["Penicillin", "Latex"]),
            allergic_to("ADT^A08", &["Penicillin"]),
            order("1", "Heparin", None, None),
        ];
        recall(&mut facts, &earlier, &BOTH);
        assert_eq!(facts.allergies.len(), 1);
        assert_eq!(facts.earlier[0].event, "ADT^A08");
    }

    #[test]
    fn what_the_message_says_itself_is_the_last_word() {
        let mut facts = ClinicalFacts {
            allergies: allergic_to("ADT^A03", &["Latex"]).allergies,
            ..ClinicalFacts::default()
        };
        recall(
            &mut facts,
            &[allergic_to("ADT^A01", &["Penicillin"])],
            &BOTH,
        );
        assert_eq!(facts.allergies[0].code.shown(), "Latex");
        assert!(facts.earlier.is_empty());
    }

    #[test]
    fn a_stopped_order_keeps_its_dose_and_says_that_it_stopped() {
        let mut facts = ClinicalFacts::default();
        let earlier = [
            order("7", "Heparin", None, Some("5000 U")),
            order("8", "Furosemide", None, Some("40 mg")),
            order("7", "Heparin", Some("stopped"), None),
        ];
        recall(&mut facts, &earlier, &BOTH);
        assert_eq!(facts.medications.len(), 2);
        assert_eq!(facts.medications[0].status.as_deref(), Some("stopped"));
        assert_eq!(facts.medications[0].dosage.as_deref(), Some("5000 U"));
    }

    #[test]
    fn only_what_the_channel_named_is_remembered() {
        let facts = ClinicalFacts {
            allergies: allergic_to("ADT^A01", &["Latex"]).allergies,
            ..ClinicalFacts::default()
        };
        assert_eq!(statement(&facts, &[Remembered::Medications]), None);
        let kept = statement(&facts, &BOTH).expect("a statement");
        let read: Statement =
            serde_json::from_slice(&serde_json::to_vec(&kept).expect("JSON")).expect("a statement");
        assert_eq!(read, kept);
    }
}

//! State across messages: what earlier messages of a visit said about its
//! allergies and medications, and how it fills what the last one is silent on.
//! Silence is no deletion (HL7 v2.9.1 §2.5.3), so the latest statement stands.

use crate::domain::facts::{
    AllergyIntolerance, AllergyList, ClinicalFacts, Coded, Earlier, Label, Medication, Places,
    Remembered, When,
};
use serde::{Deserialize, Serialize};

/// What one message said of what is remembered. Kept sealed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    pub event: String,
    #[serde(default)]
    pub sent: Option<When>,
    #[serde(default)]
    pub allergy_list: AllergyList,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allergies: Vec<AllergyIntolerance>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withdrawn_allergies: Vec<Coded>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub medications: Vec<Medication>,
    /// Orders that were stopped or held without saying of what: number, status.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<(String, String)>,
    /// The labels of the message: what is remembered stays as sensitive as it was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Coded>,
}

impl Statement {
    fn speaks_of_allergies(&self) -> bool {
        !self.allergies.is_empty()
            || !self.withdrawn_allergies.is_empty()
            || self.allergy_list == AllergyList::Deleted
    }

    fn speaks_of_medications(&self) -> bool {
        !self.medications.is_empty() || !self.orders.is_empty()
    }
}

/// What a message says that is worth remembering; nothing where it is silent.
pub fn statement(facts: &ClinicalFacts, wanted: &[Remembered]) -> Option<Statement> {
    let mut statement = Statement {
        event: facts.event.clone(),
        sent: facts.sent.clone(),
        ..Statement::default()
    };
    if wanted.contains(&Remembered::Allergies) {
        statement.allergy_list = facts.allergy_list;
        statement.allergies.clone_from(&facts.allergies);
        statement
            .withdrawn_allergies
            .clone_from(&facts.withdrawn_allergies);
    }
    if wanted.contains(&Remembered::Medications) {
        statement.medications.clone_from(&facts.medications);
        let nameless = facts.orders.iter().filter(|order| order.code.is_empty());
        statement.orders = nameless
            .filter_map(|order| Some((order.id.clone()?, order.status.clone()?)))
            .collect();
    }
    let labels = facts.labels.iter().filter(|label| label.of != "consent");
    for label in labels.map(|label| &label.code) {
        if !statement.labels.contains(label) {
            statement.labels.push(label.clone());
        }
    }
    let speaks = statement.speaks_of_allergies() || statement.speaks_of_medications();
    speaks.then_some(statement)
}

/// Fills what a message is silent on from earlier ones, the oldest first. A
/// message that lists allergies, or deletes the list, is the last word on them.
pub fn recall(facts: &mut ClinicalFacts, statements: &[Statement], wanted: &[Remembered]) {
    let last_word = match facts.allergy_list {
        AllergyList::Whole => !facts.allergies.is_empty(),
        AllergyList::Changes => false,
        AllergyList::Deleted => true,
    };
    let allergies = wanted.contains(&Remembered::Allergies) && !last_word;
    let medications = wanted.contains(&Remembered::Medications) && facts.medications.is_empty();
    if allergies {
        recall_allergies(facts, statements);
    }
    if medications {
        recall_medications(facts, statements);
    }
    for statement in statements {
        let taken = (allergies && statement.speaks_of_allergies())
            || (medications && statement.speaks_of_medications());
        if taken {
            recall_labels(facts, statement);
        }
    }
}

/// On all that was taken from the message, and on nothing else.
fn recall_labels(facts: &mut ClinicalFacts, statement: &Statement) {
    let labels = statement.labels.iter().map(|code| Label {
        code: code.clone(),
        of: "resource",
        at: place_of(statement),
    });
    facts.labels.extend(labels);
}

/// AL1 is a list, the newest is the list; IAM changes it, entry by entry; the
/// message's own changes come last.
fn recall_allergies(facts: &mut ClinicalFacts, statements: &[Statement]) {
    let mut known: Vec<AllergyIntolerance> = Vec::new();
    let mut newest = None;
    for statement in statements.iter().filter(|s| s.speaks_of_allergies()) {
        newest = Some(statement);
        let mut said = statement.allergies.clone();
        for allergy in &mut said {
            allergy.at = place_of(statement);
        }
        match statement.allergy_list {
            AllergyList::Whole if !said.is_empty() => known = said,
            AllergyList::Deleted => known.clear(),
            _ => change(&mut known, said, &statement.withdrawn_allergies),
        }
    }
    let own = std::mem::take(&mut facts.allergies);
    change(&mut known, own, &facts.withdrawn_allergies);
    facts.allergies = known;
    facts
        .earlier
        .extend(newest.map(|statement| said(Remembered::Allergies, statement)));
}

fn change(known: &mut Vec<AllergyIntolerance>, said: Vec<AllergyIntolerance>, gone: &[Coded]) {
    known.retain(|allergy| !gone.iter().any(|gone| alike(gone, &allergy.code)));
    for allergy in said {
        match known.iter_mut().find(|k| alike(&k.code, &allergy.code)) {
            Some(seen) => *seen = allergy,
            None => known.push(allergy),
        }
    }
}

/// The same code, or the same words where one of them has no code.
fn alike(one: &Coded, other: &Coded) -> bool {
    match (&one.code, &other.code) {
        (Some(one), Some(other)) => one == other,
        _ => one.text.is_some() && one.text == other.text,
    }
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
        for (order, status) in &statement.orders {
            let told = known.iter_mut().filter(|m| m.order.as_ref() == Some(order));
            told.for_each(|medication| medication.status = Some(status.clone()));
        }
    }
    let newest = statements.iter().rev().find(|s| s.speaks_of_medications());
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
    use crate::domain::facts::Order;

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
    fn an_order_that_is_stopped_by_its_number_alone_is_stopped() {
        let stop = ClinicalFacts {
            event: "ORM^O01".into(),
            orders: vec![Order {
                id: Some("8".into()),
                status: Some("stopped".into()),
                ..Order::default()
            }],
            ..ClinicalFacts::default()
        };
        let stop = statement(&stop, &BOTH).expect("a statement");
        let mut facts = ClinicalFacts::default();
        let earlier = [order("8", "Metformin", Some("active"), None), stop];
        recall(&mut facts, &earlier, &BOTH);
        assert_eq!(facts.medications[0].status.as_deref(), Some("stopped"));
    }

    #[test]
    fn a_change_adds_to_a_list_and_takes_from_it() {
        let list = allergic_to("ADT^A01", &["Penicillin", "Latex"]);
        let change = Statement {
            allergy_list: AllergyList::Changes,
            withdrawn_allergies: vec![coded("Penicillin")],
            ..allergic_to("ADT^A60", &["Aspirin"])
        };
        let mut facts = ClinicalFacts::default();
        recall(&mut facts, &[list.clone(), change.clone()], &BOTH);
        let names: Vec<_> = facts.allergies.iter().map(|a| a.code.shown()).collect();
        assert_eq!(names, ["Latex", "Aspirin"]);
        // A message that changes the list itself does so at the end.
        let mut facts = ClinicalFacts {
            allergy_list: AllergyList::Changes,
            withdrawn_allergies: vec![coded("Latex")],
            ..ClinicalFacts::default()
        };
        recall(&mut facts, &[list.clone(), change], &BOTH);
        assert_eq!(facts.allergies.len(), 1);
        let deleted = Statement {
            allergy_list: AllergyList::Deleted,
            ..Statement::default()
        };
        let mut facts = ClinicalFacts::default();
        recall(&mut facts, &[list, deleted], &BOTH);
        assert!(facts.allergies.is_empty());
    }

    #[test]
    fn what_is_remembered_stays_as_sensitive_as_it_was() {
        let labelled = ClinicalFacts {
            event: "RDE^O11".into(),
            medications: order("7", "Buprenorphine", None, None).medications,
            labels: vec![Label {
                code: coded("ETH"),
                of: "patient",
                at: Places::of("ARV-3"),
            }],
            ..ClinicalFacts::default()
        };
        let kept = statement(&labelled, &BOTH).expect("a statement");
        let mut facts = ClinicalFacts::default();
        recall(&mut facts, std::slice::from_ref(&kept), &BOTH);
        assert_eq!(facts.labels.len(), 1);
        let at: Vec<_> = facts.labels[0].at.iter().collect();
        assert_eq!(at, [("fact", "an earlier RDE^O11")]);
        // What takes nothing from it has nothing of its label.
        let mut own = ClinicalFacts {
            medications: order("9", "Aspirin", None, None).medications,
            ..ClinicalFacts::default()
        };
        recall(&mut own, &[kept], &BOTH);
        assert!(own.labels.is_empty());
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

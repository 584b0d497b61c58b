//! What packets are told apart by over time: the patient, the visit, and the
//! one thing a message is about. Whoever stores these keeps keyed hashes only.

use crate::domain::facts::{ClinicalFacts, Format, Identifier};

/// The parts of a name; hashed, never stored in the clear.
pub type Name = Vec<String>;

/// The names that one message goes by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Each of the patient's numbers, with who assigned it and without: visit
    /// numbers get used again, and another patient's visit is another matter.
    pub patient: Vec<Name>,
    pub visit: Option<Name>,
    /// What a correction corrects and a cancellation cancels: the referral, the
    /// document, else the visit.
    pub thread: Option<Name>,
    /// The thread that this message says it replaces (TXA-13, relatedDocument).
    pub replaces: Option<Name>,
}

pub fn names(facts: &ClinicalFacts) -> Names {
    let visit = facts.encounter.as_ref().and_then(|encounter| {
        let authority = encounter.number_system.as_deref();
        Some(name(
            facts,
            "visit",
            authority,
            encounter.number.as_deref()?,
        ))
    });
    let replaces = facts.replaces.as_deref();
    Names {
        patient: facts
            .patient
            .identifiers
            .iter()
            .flat_map(|number| of_patient(facts, number))
            .collect(),
        thread: thread(facts, visit.as_ref()),
        replaces: replaces.map(|id| name(facts, "document", None, id)),
        visit,
    }
}

/// The names of one of a patient's numbers, the surviving one's or one that a
/// merge ends; the first is the one that is unique.
pub fn of_patient(facts: &ClinicalFacts, number: &Identifier) -> [Name; 2] {
    [
        name(facts, "patient", number.system.as_deref(), &number.value),
        numbered("patient", None, &number.value),
    ]
}

/// A number as people know it: with who assigned it, or without. A visit is found
/// by the second alone, and never taken for another by it.
pub fn numbered(kind: &str, assigner: Option<&str>, number: &str) -> Name {
    [kind, assigner.unwrap_or_default(), number]
        .map(str::to_owned)
        .to_vec()
}

/// The visit's number without who assigned it.
pub fn bare_visit(facts: &ClinicalFacts) -> Option<Name> {
    let number = facts.encounter.as_ref()?.number.as_deref()?;
    Some(numbered("visit", None, number))
}

/// The spellings in which an assigner may have been read: an OID stands as a URI
/// where its sender said that it is one (HD-3 `ISO`), and bare where it did not.
pub fn spellings(assigner: &str) -> Vec<String> {
    let plain = assigner.strip_prefix("urn:oid:").unwrap_or(assigner);
    let is_oid = plain.contains('.') && plain.chars().all(|c| c.is_ascii_digit() || c == '.');
    if is_oid {
        vec![plain.to_owned(), format!("urn:oid:{plain}")]
    } else {
        vec![assigner.to_owned()]
    }
}

/// The visit that a merge of visits ends (MRG-5).
pub fn merged_visit(facts: &ClinicalFacts) -> Option<Name> {
    let authority = facts.encounter.as_ref()?.number_system.as_deref();
    let ended = facts.merge.as_ref()?.visit.as_deref()?;
    Some(name(facts, "visit", authority, ended))
}

/// Where an authority assigned the number it is unique by itself; else within
/// the facility or application that sent it.
fn name(facts: &ClinicalFacts, kind: &str, authority: Option<&str>, value: &str) -> Name {
    let sender = &facts.sender;
    let authority = authority
        .or(sender.facility.as_deref())
        .or(sender.application.as_deref());
    numbered(kind, authority, value)
}

/// A referral has a number of its own, a document message its document's: where
/// those are missing, its visit is no stand-in, for a visit has several.
fn thread(facts: &ClinicalFacts, visit: Option<&Name>) -> Option<Name> {
    let about = |prefix: &str| facts.format == Format::Hl7V2 && facts.event.starts_with(prefix);
    if about("REF^") || facts.focus.as_deref() == Some("ServiceRequest") {
        let id = facts.referral.as_ref()?.id.as_deref()?;
        return Some(name(facts, "referral", None, id));
    }
    if about("MDM^") {
        let id = facts.documents.iter().find_map(|d| d.id.as_deref())?;
        return Some(name(facts, "document", None, id));
    }
    if facts.format == Format::Cda {
        return Some(name(facts, "document", None, facts.control_id.as_deref()?));
    }
    visit.cloned()
}

#[cfg(test)]
mod tests {
    use super::{names, spellings};
    use crate::domain::facts::{ClinicalFacts, EmbeddedDocument, Encounter, Sender};

    fn facts(event: &str) -> ClinicalFacts {
        ClinicalFacts {
            event: event.into(),
            sender: Sender {
                facility: Some("LAKESIDE".into()),
                ..Sender::default()
            },
            encounter: Some(Encounter {
                number: Some("V1".into()),
                ..Encounter::default()
            }),
            ..ClinicalFacts::default()
        }
    }

    #[test]
    fn an_admission_is_about_its_visit() {
        let names = names(&facts("ADT^A03"));
        assert_eq!(
            names.visit.as_deref(),
            Some(&["visit", "LAKESIDE", "V1"].map(String::from)[..])
        );
        assert_eq!(names.thread, names.visit);
    }

    #[test]
    fn a_document_message_is_about_its_document() {
        let mut facts = facts("MDM^T10");
        facts.documents.push(EmbeddedDocument {
            id: Some("D2".into()),
            ..EmbeddedDocument::default()
        });
        facts.replaces = Some("D1".into());
        let names = names(&facts);
        assert_ne!(names.thread, names.visit);
        assert_ne!(names.thread, names.replaces);
    }

    #[test]
    fn an_assigner_that_is_an_oid_is_looked_for_as_a_uri_and_bare() {
        let both = ["2.999.10.3", "urn:oid:2.999.10.3"];
        assert_eq!(spellings("2.999.10.3"), both);
        assert_eq!(spellings("urn:oid:2.999.10.3"), both);
        assert_eq!(spellings("LAKESIDE"), ["LAKESIDE"]);
    }

    #[test]
    fn an_authority_makes_a_number_unique_whoever_sends_it() {
        let mut one = facts("ADT^A01");
        if let Some(stay) = one.encounter.as_mut() {
            stay.number_system = Some("urn:oid:2.999".into());
        }
        let mut other = one.clone();
        other.sender.facility = Some("PHARMACY".into());
        assert_eq!(names(&one).visit, names(&other).visit);
    }
}

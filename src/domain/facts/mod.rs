//! What one message said, in the words of FHIR R4. Readers of every format end
//! here; nothing past this room knows which format a fact came from.
//!
//! The serialised shape is public: `handoff read --json` prints it. Each fact
//! has `at`, the places it was read from, printed with `--provenance` alone.

mod clinical;
mod documents;
mod earlier;
mod numbers;
mod patient;
mod sample;
mod values;
mod visit;

pub use crate::domain::doubt::{Doubt, Problem};
pub use crate::domain::places::Places;
pub use crate::domain::when::When;
pub use clinical::{
    AllergyIntolerance, Condition, Immunization, Medication, Observation, Procedure,
};
pub use documents::{EmbeddedDocument, NarrativeSection};
pub use earlier::{Earlier, Remembered};
pub use numbers::{NumberKind, kind as number_kind};
pub use patient::{Address, Coverage, Merge, Patient, RelatedPerson};
use serde::{Deserialize, Serialize};
use std::fmt;
pub use values::{Coded, HumanName, Identifier, Label, OtherCode, Party, SiteFact};
pub use visit::{Appointment, Encounter, Order, Participant, ServiceRequest};

/// Everything understood of one HL7 v2 message, FHIR Bundle or CDA document.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClinicalFacts {
    /// The message's place in its body, from 0: part of its identity.
    #[serde(skip)]
    pub ordinal: usize,
    /// Where the message lies in its body; `None` is the whole body. What is
    /// there tells a repeat from another content.
    #[serde(skip)]
    pub source: Option<std::ops::Range<usize>>,
    /// How many patients the source named; more than one where its facts were
    /// split by patient (`Wishes::split_patients`).
    #[serde(skip)]
    pub patients_in_source: usize,
    /// `hl7-v2`, `fhir` or `cda`.
    pub format: Format,
    /// `ADT^A03` (MSH-9.1^9.2), `Bundle/message` or a resource type, the LOINC
    /// code of a CDA document.
    pub event: String,
    /// FHIR only: MessageHeader.event[x], as received: `ADT`, `R01`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_event: Option<Coded>,
    /// FHIR only: what the Bundle is about, `Encounter` or `ServiceRequest`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focus: Option<String>,
    /// MSH-12, the version a v2 message claims: `2.3`, `2.5.1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// MSH-10, Bundle.identifier.value, ClinicalDocument/id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_id: Option<String>,
    /// The document this message corrects or replaces: TXA-13, relatedDocument.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
    #[serde(skip_serializing_if = "Sender::is_empty")]
    pub sender: Sender,
    /// MSH-7, Bundle.timestamp, ClinicalDocument/effectiveTime.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<When>,
    /// MSH-11.1: `P` production, `T` training, `D` debugging. FHIR has no such
    /// field; `meta.tag` `HTEST` (v3-ActReason) reads as `T`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processing_id: Option<String>,
    /// ClinicalDocument/title, Composition.title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Composition.type: what kind of document the message is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_type: Option<Coded>,
    pub patient: Patient,
    /// MRG: the identifiers that are no longer this patient's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merge: Option<Merge>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<RelatedPerson>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub coverages: Vec<Coverage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encounter: Option<Encounter>,
    /// Other stays that a record brings along; a packet is about one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_encounters: Vec<Encounter>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub care_team: Vec<Participant>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allergies: Vec<AllergyIntolerance>,
    /// Allergies that the message asks to delete (IAM-6 `D`): no facts, and
    /// taken from what earlier messages said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub withdrawn_allergies: Vec<Coded>,
    /// What the allergies are to those of earlier messages.
    #[serde(skip_serializing_if = "AllergyList::is_whole")]
    pub allergy_list: AllergyList,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub medications: Vec<Medication>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub immunizations: Vec<Immunization>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub procedures: Vec<Procedure>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<Observation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<EmbeddedDocument>,
    /// Narrative sections of a CDA document or a Composition.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<NarrativeSection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referral: Option<ServiceRequest>,
    /// What was ordered and is no medication, no result and not the referral.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<Order>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub appointments: Vec<Appointment>,
    /// Instructions for the patient, as the source wrote them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub instructions: Vec<String>,
    /// Free comments that belong to the whole message (NTE outside of a group).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Confidentiality, sensitivity and consent, as labelled by the source.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Label>,
    /// What a channel asked for by place, `ZPD-3`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub site_facts: Vec<SiteFact>,
    /// What earlier messages of the visit filled in; readers leave it empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Earlier>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Doubt>,
}

/// AL1 is a list; IAM with an action code (IAM-6) changes one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AllergyList {
    /// All that are known; none at all is silence.
    #[default]
    Whole,
    /// What was added, changed or deleted.
    Changes,
    /// `AL1|1|""`: the whole list is to be deleted.
    Deleted,
}

impl AllergyList {
    fn is_whole(&self) -> bool {
        *self == Self::Whole
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub enum Format {
    #[default]
    #[serde(rename = "hl7-v2")]
    Hl7V2,
    #[serde(rename = "fhir")]
    Fhir,
    #[serde(rename = "cda")]
    Cda,
}

impl ClinicalFacts {
    /// Why no packet is made of facts about nobody.
    pub fn nobody(&self) -> Problem {
        let at = match self.format {
            Format::Hl7V2 => "PID-3",
            Format::Fhir => "Bundle",
            Format::Cda => "/ClinicalDocument/recordTarget",
        };
        Problem::new(
            at,
            "the patient has neither an identifier nor a name: whose message it is cannot be told",
        )
    }

    /// Adds who takes part, once. More than a thousand are no team: the rest are
    /// left out with a doubt.
    pub fn join_care_team(&mut self, members: impl IntoIterator<Item = Participant>) {
        const MOST: usize = 1_000;
        for member in members {
            if self.care_team.len() >= MOST {
                let why = "more people take part than are read: the first 1,000 were";
                if self.doubts.last().is_none_or(|doubt| doubt.why != why) {
                    self.doubts.push(Doubt::new("care team", why));
                }
                return;
            }
            if !self.care_team.contains(&member) {
                self.care_team.push(member);
            }
        }
    }

    /// The highest confidentiality that the source set, as a v3-Confidentiality
    /// code. What v2 calls usual (`U`) is normal, not unrestricted.
    pub fn confidentiality(&self) -> &'static str {
        let set = |wanted: &str| {
            let mut labels = self.labels.iter().filter(|label| label.of != "consent");
            labels.any(|label| label.code.code.as_deref() == Some(wanted))
        };
        if set("V") {
            "V"
        } else if set("R") {
            "R"
        } else {
            "N"
        }
    }

    /// Forgets where the facts came from, for a reader who did not ask.
    pub fn without_places(mut self) -> Self {
        let each = |at: &mut Places| at.clear();
        self.every_place(each);
        self
    }

    fn every_place(&mut self, mut each: impl FnMut(&mut Places)) {
        self.patient.every_place(&mut each);
        self.encounter.iter_mut().for_each(|e| each(&mut e.at));
        let others = self.other_encounters.iter_mut();
        others.for_each(|e| each(&mut e.at));
        self.referral.iter_mut().for_each(|r| each(&mut r.at));
        if let Some(merge) = &mut self.merge {
            each(&mut merge.at);
            merge.identifiers.iter_mut().for_each(|i| each(&mut i.at));
        }
        for contact in &mut self.contacts {
            each(&mut contact.at);
            contact.name.iter_mut().for_each(|n| each(&mut n.at));
        }
        self.coverages.iter_mut().for_each(|c| each(&mut c.at));
        self.care_team.iter_mut().for_each(|p| each(&mut p.at));
        self.conditions.iter_mut().for_each(|c| each(&mut c.at));
        self.allergies.iter_mut().for_each(|a| each(&mut a.at));
        self.medications.iter_mut().for_each(|m| each(&mut m.at));
        self.immunizations.iter_mut().for_each(|i| each(&mut i.at));
        self.procedures.iter_mut().for_each(|p| each(&mut p.at));
        self.results.iter_mut().for_each(|r| each(&mut r.at));
        self.documents.iter_mut().for_each(|d| each(&mut d.at));
        self.sections.iter_mut().for_each(|s| each(&mut s.at));
        self.orders.iter_mut().for_each(|o| each(&mut o.at));
        self.appointments.iter_mut().for_each(|a| each(&mut a.at));
        self.labels.iter_mut().for_each(|l| each(&mut l.at));
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hl7V2 => "HL7 v2",
            Self::Fhir => "FHIR",
            Self::Cda => "CDA",
        })
    }
}

/// MSH-3 and MSH-4, MessageHeader.source, the custodian of a CDA document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sender {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facility: Option<String>,
}

impl Sender {
    pub fn is_empty(&self) -> bool {
        self.application.is_none() && self.facility.is_none()
    }
}

/// What came of reading one body. A batch holds several messages; some may
/// have been read and others not. Never empty on both sides.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Reading {
    pub messages: Vec<ClinicalFacts>,
    pub problems: Vec<Problem>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgotten_places_are_forgotten_everywhere() {
        let at = || Places::of("PID-5");
        let name = HumanName {
            at: at(),
            ..HumanName::default()
        };
        let facts = ClinicalFacts {
            contacts: vec![RelatedPerson {
                name: Some(name.clone()),
                at: at(),
                ..RelatedPerson::default()
            }],
            merge: Some(Merge {
                identifiers: vec![Identifier {
                    at: at(),
                    ..Identifier::default()
                }],
                ..Merge::default()
            }),
            patient: Patient {
                names: vec![name],
                at: at(),
                ..Patient::default()
            },
            ..ClinicalFacts::default()
        };
        let printed = |facts: &ClinicalFacts| serde_json::to_string(facts).expect("JSON");
        assert!(printed(&facts).contains("PID-5"));
        assert!(!printed(&facts.without_places()).contains("PID-5"));
    }
}

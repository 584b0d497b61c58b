//! What one message said, in the words of FHIR R4. Readers of every format end
//! here; nothing past this room knows which format a fact came from.
//!
//! The serialised shape is public: `handoff read --json` prints it.

pub use crate::domain::doubt::{Doubt, Problem};
pub use crate::domain::when::When;
use serde::Serialize;

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
    /// `hl7-v2` or `fhir`.
    pub format: Format,
    /// `ADT^A03` (MSH-9.1^9.2), `Bundle/message` or a resource type.
    pub event: String,
    /// FHIR only: what the Bundle is about, `Encounter` or `ServiceRequest`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focus: Option<String>,
    /// MSH-10, Bundle.identifier.value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_id: Option<String>,
    #[serde(skip_serializing_if = "Sender::is_empty")]
    pub sender: Sender,
    /// MSH-7, Bundle.timestamp.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<When>,
    /// MSH-11.1: `P` production, `T` training, `D` debugging. FHIR has no such
    /// field; `meta.tag` `HTEST` (v3-ActReason) reads as `T`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processing_id: Option<String>,
    pub patient: Patient,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encounter: Option<Encounter>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allergies: Vec<AllergyIntolerance>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub medications: Vec<Medication>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub procedures: Vec<Procedure>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<Observation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<EmbeddedDocument>,
    /// Narrative sections of a Composition.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<NarrativeSection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referral: Option<ServiceRequest>,
    /// Instructions for the patient, as the source wrote them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub instructions: Vec<String>,
    /// Free comments that belong to the whole message (NTE outside of a group).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Doubt>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub enum Format {
    #[default]
    #[serde(rename = "hl7-v2")]
    Hl7V2,
    #[serde(rename = "fhir")]
    Fhir,
}

impl ClinicalFacts {
    /// Why no packet is made of facts about nobody.
    pub fn nobody(&self) -> Problem {
        let at = match self.format {
            Format::Hl7V2 => "PID-3",
            Format::Fhir => "Bundle",
        };
        Problem::new(
            at,
            "the patient has neither an identifier nor a name: whose message it is cannot be told",
        )
    }
}

/// MSH-3 and MSH-4, or MessageHeader.source / Bundle source.
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

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Patient {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<Identifier>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<HumanName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<When>,
    /// A FHIR administrative-gender code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<&'static str>,
}

impl Patient {
    /// Whether anything says whose message it is.
    pub fn is_somebody(&self) -> bool {
        !self.identifiers.is_empty() || self.names.iter().any(|name| !name.shown().is_empty())
    }

    /// The medical record number where one is typed `MR`, else the first
    /// identifier that is not a social security number.
    pub fn record_number(&self) -> Option<&Identifier> {
        let typed = |kind: &str| {
            self.identifiers
                .iter()
                .find(|i| i.type_code.as_deref() == Some(kind))
        };
        typed("MR").or_else(|| typed("PI")).or_else(|| {
            self.identifiers
                .iter()
                .find(|i| i.type_code.as_deref() != Some("SS"))
        })
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Identifier {
    pub value: String,
    /// `urn:oid:…` where PID-3.4.3 is ISO, else PID-3.4.1; FHIR's own system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Table 0203: `MR`, `SS`, `VN` …
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_code: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct HumanName {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<String>,
    /// For names that came as one text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl HumanName {
    /// `GRIFFITH, Adam James`: family first, so that a list sorts by eye.
    pub fn shown(&self) -> String {
        match (&self.family, self.given.is_empty()) {
            (Some(family), false) => format!("{family}, {}", self.given.join(" ")),
            (Some(family), true) => family.clone(),
            (None, false) => self.given.join(" "),
            (None, true) => self.text.clone().unwrap_or_default(),
        }
    }
}

/// A code as it was received; no code is ever invented.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Coded {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// As received: `I10`, `LN`, `http://snomed.info/sct`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl Coded {
    pub fn is_empty(&self) -> bool {
        self.code.is_none() && self.text.is_none()
    }

    /// The words a person reads; the bare code where no words came.
    pub fn shown(&self) -> &str {
        self.text
            .as_deref()
            .or(self.code.as_deref())
            .unwrap_or_default()
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Encounter {
    /// A v3-ActCode: `IMP`, `EMER`, `AMB`, `PRENC`; others as received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The visit number: PV1-19, Encounter.identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The assigning authority of the visit number, as in `Identifier::system`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_system: Option<String>,
    /// A FHIR encounter-status code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<When>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<When>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discharge_disposition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attending: Option<Party>,
    /// PV2-3, Encounter.reasonCode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A person or organisation that acts in the message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Party {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub telecom: Option<String>,
}

impl Party {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// `Okafor, Ngozi (Riverside Cardiology)`.
    pub fn shown(&self) -> String {
        let person = match (&self.family, &self.given) {
            (Some(family), Some(given)) => Some(format!("{family}, {given}")),
            (Some(one), None) | (None, Some(one)) => Some(one.clone()),
            (None, None) => None,
        };
        match (person, &self.organization) {
            (Some(person), Some(organization)) => format!("{person} ({organization})"),
            (Some(one), None) => one,
            (None, Some(one)) => one.clone(),
            (None, None) => self.id.clone().unwrap_or_default(),
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    #[serde(flatten)]
    pub code: Coded,
    /// DG1-6: `A` admitting, `W` working, `F` final, as FHIR's diagnosis-role
    /// code where there is one (`AD`, `DD`), else as received.
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onset: Option<When>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AllergyIntolerance {
    #[serde(flatten)]
    pub code: Coded,
    /// FHIR allergy-intolerance-category: `food`, `medication`, `environment`, `biologic`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<&'static str>,
    /// FHIR allergy-intolerance-criticality: `low`, `high`, `unable-to-assess`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub criticality: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onset: Option<When>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Medication {
    #[serde(flatten)]
    pub code: Coded,
    /// Dose, route and timing in the source's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dosage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Procedure {
    #[serde(flatten)]
    pub code: Coded,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub performed: Option<When>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Observation {
    #[serde(flatten)]
    pub code: Coded,
    /// The value as a person reads it; a number is kept as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub units: Option<String>,
    /// The reference range, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<String>,
    /// OBX-8 / Observation.interpretation: `H`, `LL`, `A` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interpretation: Option<String>,
    /// A FHIR observation-status code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective: Option<When>,
    /// True where the value is a number (OBX-2 NM, valueQuantity).
    #[serde(skip)]
    pub numeric: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Observation {
    /// Outside of its reference range, or abnormal for its kind (table 0078).
    pub fn is_abnormal(&self) -> bool {
        self.interpretation
            .as_deref()
            .is_some_and(|flag| !matches!(flag, "" | "N" | "NEG" | "ND"))
    }
}

/// A document that came inside the message (ED, DocumentReference, Binary).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EmbeddedDocument {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Bytes after decoding; absent when the document is only pointed at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NarrativeSection {
    /// LOINC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The narrative as plain text; printed by packets, not by `read`.
    #[serde(skip)]
    pub text: String,
}

/// RF1 with PRD, or a ServiceRequest.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceRequest {
    /// RF1-6 originating referral identifier, ServiceRequest.identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// A FHIR request-priority code where it maps (`routine`, `urgent`,
    /// `asap`, `stat`), else as received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// PRD-1 `RP`, ServiceRequest.requester.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Party>,
    /// PRD-1 `RT`, ServiceRequest.performer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Party>,
    /// What is asked for: RF1-3, ServiceRequest.code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
}

/// What came of reading one body. A batch holds several messages; some may
/// have been read and others not. Never empty on both sides.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Reading {
    pub messages: Vec<ClinicalFacts>,
    pub problems: Vec<Problem>,
}

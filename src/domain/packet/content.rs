//! One section: its facts, and the words around them.

use super::medications::Listed;
use crate::domain::facts::{
    AllergyIntolerance, Appointment, Condition, Coverage, Earlier, EmbeddedDocument, Encounter,
    Immunization, Observation, Order, Participant, Procedure, ServiceRequest,
};
use crate::domain::section::Section;
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PacketSection {
    pub section: Section,
    pub content: Content,
    /// What the source itself wrote under this section's LOINC codes.
    pub narrative: Vec<Text>,
    /// Comments of the message (NTE outside of a group), which nobody wrote for
    /// the patient.
    pub comments: Vec<String>,
    /// The site's own fields that its channel prints here: title and text.
    pub site: Vec<(String, String)>,
    /// The earlier message that the section's facts were taken from.
    pub earlier: Option<Earlier>,
    /// Something of it stayed behind because it is sensitive. The section says
    /// that it is not complete, and not what is missing.
    pub withheld: bool,
}

/// The source's own text, with its title where that says more than the section's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Text {
    pub title: Option<String>,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Content {
    Encounter(Option<Encounter>),
    Referral(Option<ServiceRequest>),
    Diagnoses(Vec<Condition>),
    Allergies(Vec<AllergyIntolerance>),
    Medications(Vec<Listed>),
    Procedures(Vec<Procedure>),
    /// Results, vital signs, social history, status: what was observed.
    Observations(Vec<Observation>),
    Immunizations(Vec<Immunization>),
    /// What is going to happen.
    Plan(Vec<Order>, Vec<Appointment>),
    CareTeam(Vec<Participant>),
    Payers(Vec<Coverage>),
    Documents(Vec<EmbeddedDocument>),
    Instructions(Vec<String>),
    /// A section of text alone.
    Words,
}

impl Content {
    pub fn len(&self) -> usize {
        match self {
            Self::Encounter(one) => usize::from(one.is_some()),
            Self::Referral(one) => usize::from(one.is_some()),
            Self::Diagnoses(list) => list.len(),
            Self::Allergies(list) => list.len(),
            Self::Medications(list) => list.len(),
            Self::Procedures(list) => list.len(),
            Self::Observations(list) => list.len(),
            Self::Immunizations(list) => list.len(),
            Self::Plan(orders, appointments) => orders.len() + appointments.len(),
            Self::CareTeam(list) => list.len(),
            Self::Payers(list) => list.len(),
            Self::Documents(list) => list.len(),
            Self::Instructions(list) => list.len(),
            Self::Words => 0,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The same kind of content, without any.
    pub fn emptied(&self) -> Self {
        match self {
            Self::Encounter(_) => Self::Encounter(None),
            Self::Referral(_) => Self::Referral(None),
            Self::Diagnoses(_) => Self::Diagnoses(Vec::new()),
            Self::Allergies(_) => Self::Allergies(Vec::new()),
            Self::Medications(_) => Self::Medications(Vec::new()),
            Self::Procedures(_) => Self::Procedures(Vec::new()),
            Self::Observations(_) => Self::Observations(Vec::new()),
            Self::Immunizations(_) => Self::Immunizations(Vec::new()),
            Self::Plan(..) => Self::Plan(Vec::new(), Vec::new()),
            Self::CareTeam(_) => Self::CareTeam(Vec::new()),
            Self::Payers(_) => Self::Payers(Vec::new()),
            Self::Documents(_) => Self::Documents(Vec::new()),
            Self::Instructions(_) => Self::Instructions(Vec::new()),
            Self::Words => Self::Words,
        }
    }
}

impl PacketSection {
    pub fn is_empty(&self) -> bool {
        let no_words = self.narrative.is_empty() && self.comments.is_empty();
        self.content.is_empty() && no_words && self.site.is_empty()
    }
}

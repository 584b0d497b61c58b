//! Who the message is about, and who belongs to them.

use super::{HumanName, Identifier, Places, When};
use serde::Serialize;

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
    /// PID-30 or Patient.deceased; with the time where one came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deceased: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deceased_at: Option<When>,
    /// The language to speak in: PID-15, Patient.communication, as received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Address>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub telecoms: Vec<String>,
    #[serde(skip_serializing_if = "Places::is_empty")]
    pub at: Places,
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

    pub(super) fn every_place(&mut self, each: &mut impl FnMut(&mut Places)) {
        each(&mut self.at);
        self.identifiers.iter_mut().for_each(|i| each(&mut i.at));
        self.names.iter_mut().for_each(|n| each(&mut n.at));
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub line: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

impl Address {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// NK1, GT1, RelatedPerson, Patient.contact, guardian.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RelatedPerson {
    /// In words, or the code as received: `Spouse`, `guarantor`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relationship: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<HumanName>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub telecoms: Vec<String>,
    #[serde(skip_serializing_if = "Places::is_empty")]
    pub at: Places,
}

/// IN1, Coverage, policy activities.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member_id: Option<String>,
    #[serde(skip_serializing_if = "Places::is_empty")]
    pub at: Places,
}

/// A40 and its kin: what used to be called otherwise is this patient now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Merge {
    /// MRG-1: the identifiers that end.
    pub identifiers: Vec<Identifier>,
    /// MRG-5: the visit that ends, where visits are merged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visit: Option<String>,
    #[serde(skip_serializing_if = "Places::is_empty")]
    pub at: Places,
}

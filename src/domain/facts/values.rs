//! The values that facts are made of: identifiers, names, codes, parties.

use super::Places;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Identifier {
    pub value: String,
    /// `urn:oid:…` where PID-3.4.3 is ISO, else PID-3.4.1; FHIR's own system;
    /// `urn:oid:…` of a CDA id's root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Table 0203: `MR`, `SS`, `VN` …; the words where FHIR has no code.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_code: Option<String>,
    #[serde(skip_serializing_if = "Places::is_empty")]
    pub at: Places,
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
    #[serde(skip_serializing_if = "Places::is_empty")]
    pub at: Places,
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coded {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// As received: `I10`, `LN`, `http://snomed.info/sct`; `urn:oid:…` of a CDA
    /// code system that has no URI of its own in FHIR.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The same in other code systems: CWE-4, further codings, translations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<OtherCode>,
}

/// One more code of the same concept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherCode {
    pub code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
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

/// A security label as the source set it. A v2 `U` (tables 0177 and 0272) means
/// usual control and stays in its own system: FHIR's `U` means unrestricted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Label {
    #[serde(flatten)]
    pub code: Coded,
    /// What it labels: `message`, `patient`, `encounter`, `document`,
    /// `diagnosis`, `section`, another `resource`, or `consent` for what the
    /// patient decided.
    pub of: &'static str,
    #[serde(skip_serializing_if = "Places::is_empty")]
    pub at: Places,
}

/// A site's own field, read because a channel asked for it by place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SiteFact {
    /// `ZPD-3`, as the channel wrote it.
    pub place: String,
    pub text: String,
}

//! What was found, given and done. Allergies and medications can be written
//! down and read again: a channel may remember them for the visit.

use super::{Coded, Places, When};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    #[serde(flatten)]
    pub code: Coded,
    /// DG1-6: `A` admitting, `W` working, `F` final, as FHIR's diagnosis-role
    /// code where there is one (`AD`, `DD`), else as received.
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// A FHIR condition-clinical code: `active`, `resolved` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// How certain it is, where the source says: a FHIR condition-ver-status
    /// code (`provisional`, `differential`, `refuted` …). Silence is certainty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<Cow<'static, str>>,
    /// Where in the body, with its side: bodySite, targetSiteCode, a qualifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_site: Option<String>,
    /// Severity, stage, and what the sender wrote beside the code (DG1-4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onset: Option<When>,
    /// When it ended: abatement, effectiveTime/high.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<When>,
    /// DG1-15, Encounter.diagnosis.rank: 1 is the principal diagnosis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<u16>,
    #[serde(skip_serializing_if = "Places::is_empty")]
    pub at: Places,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AllergyIntolerance {
    #[serde(flatten)]
    pub code: Coded,
    /// FHIR allergy-intolerance-category: `food`, `medication`, `environment`, `biologic`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Cow<'static, str>>,
    /// FHIR allergy-intolerance-criticality: `low`, `high`, `unable-to-assess`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criticality: Option<Cow<'static, str>>,
    /// A FHIR allergyintolerance-clinical code: `active`, `inactive`, `resolved`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Cow<'static, str>>,
    /// A FHIR allergyintolerance-verification code where the source is not
    /// certain (`unconfirmed`, `presumed`) or denies it (`refuted`); its words
    /// deny it as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification: Option<Cow<'static, str>>,
    /// Each with its severity, where it came: `Hives (moderate)`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onset: Option<When>,
    #[serde(skip_deserializing, skip_serializing_if = "Places::is_empty")]
    pub at: Places,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Medication {
    #[serde(flatten)]
    pub code: Coded,
    /// Dose, route and timing in the source's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dosage: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The order it belongs to: ORC-2, else ORC-3. A later message about the
    /// same order replaces what an earlier one said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// The list it stood on where that is not simply what the patient takes:
    /// `admission`, `discharge`, `administered` during the stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<Cow<'static, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<When>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<When>,
    /// Comments on this medication (NTE, note).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    #[serde(skip_deserializing, skip_serializing_if = "Places::is_empty")]
    pub at: Places,
}

/// RXA of a vaccination (VXU), Immunization.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Immunization {
    #[serde(flatten)]
    pub code: Coded,
    /// `completed`, `not-done` or `entered-in-error`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given: Option<When>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    #[serde(skip_serializing_if = "Places::is_empty")]
    pub at: Places,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Procedure {
    #[serde(flatten)]
    pub code: Coded,
    /// A FHIR event-status code where the source tells one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub performed: Option<When>,
    /// Where in the body, with its side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_site: Option<String>,
    #[serde(skip_serializing_if = "Places::is_empty")]
    pub at: Places,
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
    /// A FHIR observation-category code where the source tells one:
    /// `vital-signs`, `laboratory`, `social-history` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective: Option<When>,
    /// What the result belongs to, where its own name does not tell: the organism
    /// that a susceptibility is of (OBR-26, OBX-4, hasMember), the panel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// What was examined: SPM-4, OBR-15, Observation.specimen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specimen: Option<String>,
    /// True where the value is a number (OBX-2 NM, valueQuantity, PQ).
    #[serde(skip)]
    pub numeric: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    #[serde(skip_serializing_if = "Places::is_empty")]
    pub at: Places,
}

impl Observation {
    /// Outside of its reference range, or abnormal for its kind (table 0078).
    pub fn is_abnormal(&self) -> bool {
        self.interpretation
            .as_deref()
            .is_some_and(|flag| !matches!(flag, "" | "N" | "NEG" | "ND"))
    }
}

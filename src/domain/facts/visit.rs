//! The stay, those who act in it, and what was asked for.

use super::{Coded, Party, Places, When};
use serde::Serialize;

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Encounter {
    /// A v3-ActCode: `IMP`, `EMER`, `AMB`, `PRENC`; others as received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The visit number: PV1-19, Encounter.identifier, encompassingEncounter/id.
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
    /// PV1-10: the hospital service, in words or as received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discharge_disposition: Option<String>,
    /// PV1-37, hospitalization.destination: where the patient went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discharged_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attending: Option<Party>,
    /// PV2-3, Encounter.reasonCode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Places::is_empty")]
    pub at: Places,
}

/// PD1-4, PV1-8/9/17, ROL, PRT, PRD of other roles, CareTeam, participants.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Participant {
    /// In words, or the code as received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    pub party: Party,
    #[serde(skip_serializing_if = "Places::is_empty")]
    pub at: Places,
}

/// RF1 with PRD, or a ServiceRequest.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceRequest {
    /// RF1-6 originating referral identifier, ServiceRequest.identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// RF1-1 (table 0283) or ServiceRequest.status as a request-status code
    /// where it maps, else as received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
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
    /// The code of `service`, where it has one.
    #[serde(flatten)]
    pub code: Coded,
    /// AUT-6: the payer's authorisations of what is asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorizations: Vec<String>,
    #[serde(skip_serializing_if = "Places::is_empty")]
    pub at: Places,
}

/// OBR of an order message, ServiceRequest, a planned act.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Order {
    #[serde(flatten)]
    pub code: Coded,
    /// ORC-2, OBR-2, ServiceRequest.identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// A FHIR request-status code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// A FHIR request-priority code where it maps, else as received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    #[serde(skip_serializing_if = "Places::is_empty")]
    pub at: Places,
}

/// SCH with AIS, AIG, AIL and AIP; Appointment; a planned encounter.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Appointment {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// A FHIR appointment-status code where it maps, else as received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<When>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<When>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// With whom, as shown to a person.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<String>,
    #[serde(skip_serializing_if = "Places::is_empty")]
    pub at: Places,
}

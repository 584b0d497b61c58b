//! The parts of a section and of the patient that a channel may name: field by
//! field, what leaves.

use crate::domain::facts::{Identifier, NumberKind, number_kind};
use crate::domain::section::Section;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is said of the patient. Names, dates and numbers that tell who it is
/// leave by default; all else only where it is named.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum PatientField {
    /// PID-5.
    Name,
    /// PID-7.
    BirthDate,
    /// PID-8.
    Sex,
    /// PID-29, PID-30: nobody should learn it from a telephone call.
    Death,
    /// PID-3, types MR and PI, and numbers that came without a type.
    RecordNumber,
    /// Numbers of other types: a driver's licence, a national identifier.
    OtherNumbers,
    /// PID-15: the language to speak in.
    Language,
    /// PID-11.
    Address,
    /// PID-13, PID-14.
    Telephone,
    /// PID-19, type SS.
    Ssn,
    /// PID-18, type AN.
    AccountNumber,
    /// NK1: relatives and whom to call, without guarantors.
    NextOfKin,
}

impl PatientField {
    pub const ALL: [Self; 12] = [
        Self::Name,
        Self::BirthDate,
        Self::Sex,
        Self::Death,
        Self::RecordNumber,
        Self::OtherNumbers,
        Self::Language,
        Self::Address,
        Self::Telephone,
        Self::Ssn,
        Self::AccountNumber,
        Self::NextOfKin,
    ];

    /// Who the packet is about, and nothing more.
    pub fn defaults() -> Vec<Self> {
        vec![
            Self::Name,
            Self::BirthDate,
            Self::Sex,
            Self::Death,
            Self::RecordNumber,
        ]
    }

    /// The field that a number belongs to, by its system and its type.
    pub fn of_number(number: &Identifier) -> Self {
        match number_kind(number) {
            NumberKind::RecordNumber => Self::RecordNumber,
            NumberKind::Ssn => Self::Ssn,
            NumberKind::AccountNumber => Self::AccountNumber,
            NumberKind::OtherNumbers => Self::OtherNumbers,
        }
    }

    /// `birth-date`: as channel files spell it.
    pub fn key(self) -> String {
        spelled(self)
    }

    /// `PID-19 social security number`: the place in v2 and the words, for whoever
    /// reviews a channel.
    pub fn described(self) -> &'static str {
        match self {
            Self::Name => "PID-5 name",
            Self::BirthDate => "PID-7 birth date",
            Self::Sex => "PID-8 sex",
            Self::Death => "PID-29/30 death",
            Self::RecordNumber => "PID-3 medical record number",
            Self::OtherNumbers => "PID-3 numbers of other kinds",
            Self::Language => "PID-15 language",
            Self::Address => "PID-11 address",
            Self::Telephone => "PID-13/14 telephone",
            Self::Ssn => "PID-19 SSN",
            Self::AccountNumber => "PID-18 account number",
            Self::NextOfKin => "NK1 next of kin",
        }
    }
}

/// A part of a section that may be left out. What a section is about, the name
/// of a diagnosis, the value of a result, always stays, and so does whether it
/// is still so: what is over, denied or not final must not look otherwise.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// Start and end of a stay; onset, end or performance of a fact.
    Dates,
    Class,
    VisitNumber,
    Location,
    Service,
    Attending,
    Disposition,
    Destination,
    Reason,
    Priority,
    ReferralNumber,
    Referrer,
    ReferredTo,
    Authorizations,
    /// Admission, discharge, working; admission list, discharge list.
    Role,
    BodySite,
    Criticality,
    Reactions,
    Dosage,
    Range,
    /// The abnormal flag.
    Interpretation,
    Specimen,
    Lot,
    /// How to reach somebody.
    Telecom,
    /// Comments on a fact.
    Notes,
    /// The section's text as the source wrote it.
    Text,
    /// Comments of the whole message.
    Comments,
}

/// serde alone knows how a field is spelled.
fn spelled(field: impl Serialize) -> String {
    let spelled = serde_json::to_value(field).unwrap_or_default();
    spelled.as_str().unwrap_or_default().to_owned()
}

impl Field {
    /// `body-site`: as channel files spell it.
    pub fn key(self) -> String {
        spelled(self)
    }

    /// The fields of a section, in the order they are printed.
    pub fn of(section: Section) -> &'static [Self] {
        use Field as F;
        match section {
            Section::Encounter => &[
                F::Dates,
                F::Class,
                F::VisitNumber,
                F::Location,
                F::Service,
                F::Attending,
                F::Destination,
                F::Disposition,
                F::Reason,
                F::Text,
            ],
            Section::ReasonForReferral => &[
                F::Reason,
                F::Service,
                F::Priority,
                F::ReferralNumber,
                F::Referrer,
                F::ReferredTo,
                F::Authorizations,
                F::Text,
            ],
            Section::Diagnoses => &[F::Role, F::BodySite, F::Notes, F::Dates, F::Text],
            Section::Allergies => &[F::Criticality, F::Reactions, F::Dates, F::Text],
            Section::Medications => &[F::Dosage, F::Dates, F::Notes, F::Text],
            Section::Procedures => &[F::BodySite, F::Dates, F::Text],
            Section::Results
            | Section::VitalSigns
            | Section::SocialHistory
            | Section::FunctionalStatus
            | Section::MentalStatus => &[
                F::Range,
                F::Interpretation,
                F::Specimen,
                F::Dates,
                F::Notes,
                F::Text,
            ],
            Section::Immunizations => &[F::Lot, F::Dates, F::Text],
            Section::Plan | Section::AssessmentAndPlan => {
                &[F::Priority, F::Dates, F::Location, F::Reason, F::Text]
            }
            Section::CareTeam => &[F::Role, F::Telecom, F::Text],
            Section::Instructions => &[F::Comments],
            Section::Documents => &[F::Text],
            _ => &[F::Text],
        }
    }
}

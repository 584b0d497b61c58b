//! English.

use super::Words;
use super::code::{Code, Disposition};
use super::dates::Order;
use super::term::Term;
use crate::domain::language::Language;
use crate::domain::packet::Beyond;
use crate::domain::purpose::PurposeOfUse;
use crate::domain::section::{PacketKind, Section};

pub const WORDS: Words = Words {
    language: Language::En,
    term,
    kind,
    section,
    purpose,
    code,
    disposition,
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    short_months: [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ],
    dates: Order::Plain,
    short_dates: Order::Plain,
    beyond,
    doubts: |count| match count {
        1 => "1 part of the source was left out or not completely read".into(),
        n => format!("{n} parts of the source were left out or not completely read"),
    },
    more_doubts: |count| format!("and {count} more, listed at the end of this packet"),
    page: "Page {n} of {m}",
    continued: "{section} (continued)",
    earlier: |event, sent| {
        let sent = sent.map(|at| format!(" of {at}")).unwrap_or_default();
        format!(
            "This section comes from an earlier message of this visit ({event}{sent}); the latest one says nothing about it."
        )
    },
    comma: ", ",
};

fn kind(kind: PacketKind) -> &'static str {
    match kind {
        PacketKind::Discharge => "Discharge summary",
        PacketKind::Referral => "Referral note",
        PacketKind::Documents => "Clinical documents",
    }
}

fn section(section: Section, kind: PacketKind) -> &'static str {
    let discharge = kind == PacketKind::Discharge;
    match section {
        Section::Encounter if discharge => "Hospital stay",
        Section::Encounter => "Visit",
        Section::ReasonForReferral => "Reason for referral",
        Section::ReasonForVisit => "Reason for visit",
        Section::PresentIllness => "History of present illness",
        Section::Diagnoses if discharge => "Discharge diagnoses",
        Section::Diagnoses => "Problems",
        Section::HospitalCourse => "Hospital course",
        Section::Medications if discharge => "Discharge medications",
        Section::Medications => "Medications",
        Section::Allergies => "Allergies and intolerances",
        Section::Procedures => "Procedures",
        Section::Consultations => "Consultations",
        Section::Results => "Results",
        Section::VitalSigns => "Vital signs",
        Section::Immunizations => "Immunizations",
        Section::Assessment => "Assessment",
        Section::Plan => "Plan and follow-up",
        Section::AssessmentAndPlan => "Assessment and plan",
        Section::Instructions if discharge => "Discharge instructions",
        Section::Instructions => "Instructions and comments",
        Section::PastHistory => "Past medical history",
        Section::FamilyHistory => "Family history",
        Section::SocialHistory => "Social history",
        Section::FunctionalStatus => "Functional status",
        Section::MentalStatus => "Mental status",
        Section::Nutrition => "Nutrition",
        Section::AdvanceDirectives => "Advance directives",
        Section::Devices => "Devices and implants",
        Section::Payers => "Insurance",
        Section::CareTeam => "Care team",
        Section::Documents => "Documents",
    }
}

fn purpose(purpose: PurposeOfUse) -> &'static str {
    match purpose {
        PurposeOfUse::Treat => "treatment",
        PurposeOfUse::Coc => "coordination of care",
        PurposeOfUse::Etreat => "emergency treatment",
        PurposeOfUse::Caremgt => "care management",
        PurposeOfUse::Hpaymt => "healthcare payment",
        PurposeOfUse::Hoperat => "healthcare operations",
        PurposeOfUse::Patrqt => "at the patient's request",
        PurposeOfUse::Famrqt => "at the family's request",
        PurposeOfUse::Pubhlth => "public health",
    }
}

fn beyond(kind: Beyond, count: usize) -> String {
    let (one, several) = match kind {
        Beyond::Texts => ("section of text", "sections of text"),
        Beyond::Diagnoses => ("diagnosis", "diagnoses"),
        Beyond::Allergies => ("allergy", "allergies"),
        Beyond::Medications => ("medication", "medications"),
        Beyond::Procedures => ("procedure", "procedures"),
        Beyond::Observations => ("result or observation", "results and observations"),
        Beyond::Documents => ("document", "documents"),
        Beyond::Immunizations => ("immunization", "immunizations"),
        Beyond::Orders => ("order", "orders"),
        Beyond::Appointments => ("appointment", "appointments"),
        Beyond::Encounters => ("other stay", "other stays"),
    };
    format!("{count} {}", if count == 1 { one } else { several })
}

fn code(code: Code) -> &'static str {
    match code {
        // v3-ActCode: the class of a stay.
        Code::Inpatient => "Inpatient",
        Code::InpatientAcute => "Inpatient, acute",
        Code::InpatientNonAcute => "Inpatient, not acute",
        Code::Emergency => "Emergency",
        Code::Outpatient => "Outpatient",
        Code::PreAdmission => "Pre-admission",
        Code::ObservationStay => "Observation",
        Code::ShortStay => "Short stay",
        Code::HomeHealth => "Home health",
        Code::Virtual => "Telephone or video",
        Code::Field => "At the scene",
        // administrative-gender. The status of something is `unknown` too.
        Code::Male => "male",
        Code::Female => "female",
        Code::Other => "other",
        Code::Unknown => "unknown",
        // condition-clinical, allergyintolerance-clinical
        Code::Active => "active",
        Code::Inactive => "inactive",
        Code::Recurrence => "recurrence",
        Code::Relapse => "relapse",
        Code::Remission => "remission",
        Code::Resolved => "resolved",
        // condition-ver-status, allergyintolerance-verification
        Code::Confirmed => "confirmed",
        Code::Unconfirmed => "unconfirmed",
        Code::Presumed => "presumed",
        Code::Provisional => "provisional",
        Code::Differential => "differential diagnosis",
        Code::Refuted => "refuted",
        Code::EnteredInError => "entered in error",
        // allergy-intolerance-category
        Code::Food => "food",
        Code::Medication => "medication",
        Code::Environment => "environment",
        Code::Biologic => "biologic",
        // allergy-intolerance-criticality: they agree with `Term::Criticality`.
        Code::Low => "low",
        Code::High => "high",
        Code::UnableToAssess => "unable to assess",
        // event-status, request-status, medication statement
        Code::Completed => "completed",
        Code::Preparation => "in preparation",
        Code::InProgress => "in progress",
        Code::NotDone => "not done",
        Code::NotTaken => "not taken",
        Code::Stopped => "stopped",
        Code::OnHold => "on hold",
        Code::Suspended => "suspended",
        Code::Aborted => "discontinued",
        Code::Cancelled => "cancelled",
        Code::Revoked => "revoked",
        Code::Declined => "declined",
        Code::Intended => "intended",
        Code::Proposed => "proposed",
        Code::Draft => "draft",
        Code::Planned => "planned",
        // observation-status, composition-status, document availability
        Code::Registered => "result pending",
        Code::Preliminary => "preliminary",
        Code::Partial => "partial",
        Code::Final => "final",
        Code::Amended => "amended",
        Code::Corrected => "corrected",
        Code::Superseded => "superseded",
        // request-priority, from slow to fast
        Code::Routine => "routine",
        Code::Urgent => "urgent",
        Code::Asap => "as soon as possible",
        Code::Stat => "immediately",
        // appointment-status
        Code::Booked => "booked",
        Code::Pending => "pending",
        Code::Arrived => "patient arrived",
        Code::Fulfilled => "took place",
        Code::NoShow => "did not come",
        Code::Waitlist => "on the waiting list",
        // What somebody is in the care team, as the readers name it.
        Code::Attending => "attending",
        Code::Admitting => "admitting",
        Code::Referring => "referring",
        Code::Consulting => "consulting",
        Code::GeneralPractitioner => "general practitioner",
        Code::PrimaryCareFacility => "primary care facility",
        Code::ProviderOrganization => "provider organization",
        Code::Contact => "contact",
        Code::Author => "author",
        Code::Informant => "informant",
        Code::InformationRecipient => "information recipient",
        Code::ResponsibleParty => "responsible party",
    }
}

fn disposition(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Home => "home",
        Disposition::ShortTermHospital => "another short-term hospital",
        Disposition::SkilledNursing => "skilled nursing facility",
        Disposition::IntermediateCare => "intermediate care facility",
        Disposition::HomeWithCare => "home, with home health care",
        Disposition::AgainstAdvice => "left against medical advice",
        Disposition::Died => "died",
        Disposition::LawEnforcement => "court or law enforcement",
        Disposition::HospiceAtHome => "hospice, at home",
        Disposition::HospiceFacility => "hospice, in a facility",
        Disposition::SwingBed => "swing bed of this hospital",
        Disposition::Rehabilitation => "rehabilitation facility",
        Disposition::LongTermHospital => "long-term care hospital",
        Disposition::Psychiatric => "psychiatric hospital",
    }
}

fn term(term: Term) -> &'static str {
    match term {
        Term::NameNotRecorded => "Name not recorded",
        Term::NotRecorded => "not recorded",
        Term::Born => "Born",
        Term::Sex => "Sex",
        Term::Died => "Died",
        Term::DiedNoDate => "yes, date not recorded",
        Term::RecordNumber => "MRN",
        Term::SocialSecurityNumber => "Social security number",
        Term::AccountNumber => "Account number",
        Term::OtherNumber => "Other number",
        Term::Language => "Language",
        Term::Address => "Address",
        Term::Telephone => "Telephone",
        Term::NextOfKin => "Next of kin",
        Term::Admitted => "Admitted",
        Term::Discharged => "Discharged",
        Term::Class => "Class",
        Term::VisitNumber => "Visit number",
        Term::Location => "Location",
        Term::Service => "Service",
        Term::Attending => "Attending",
        Term::DischargedTo => "Discharged to",
        Term::Disposition => "Disposition",
        Term::ReasonForAdmission => "Reason for admission",
        Term::Reason => "Reason",
        Term::ServiceAskedFor => "Service asked for",
        Term::Priority => "Priority",
        Term::ReferralNumber => "Referral number",
        Term::ReferredBy => "Referred by",
        Term::ReferredTo => "Referred to",
        Term::TelephoneOfReferrer => "Referrer's telephone",
        Term::Authorization => "Authorization",
        Term::Diagnosis => "Diagnosis",
        Term::Code => "Code",
        Term::Kind => "Kind",
        Term::Since => "Since",
        Term::Substance => "Substance",
        Term::Category => "Category",
        Term::Criticality => "Criticality",
        Term::Reaction => "Reaction",
        Term::Medication => "Medication",
        Term::DoseAndUse => "Dose and use",
        Term::Status => "Status",
        Term::Change => "Change",
        Term::Procedure => "Procedure",
        Term::Date => "Date",
        Term::Test => "Test",
        Term::Result => "Result",
        Term::Units => "Units",
        Term::Range => "Range",
        Term::Flag => "Flag",
        Term::Specimen => "Specimen",
        Term::Taken => "Taken",
        Term::Vaccine => "Vaccine",
        Term::Lot => "Lot",
        Term::Planned => "Planned",
        Term::Appointment => "Appointment",
        Term::When => "When",
        Term::Where => "Where",
        Term::With => "With",
        Term::Name => "Name",
        Term::Role => "Role",
        Term::Contact => "Contact",
        Term::Payer => "Payer",
        Term::Plan => "Plan",
        Term::MemberId => "Member id",
        Term::Document => "Document",
        Term::Type => "Type",
        Term::Size => "Size",
        Term::TakeFromNowOn => "To take from now on",
        Term::NotCertain => "On hold, planned or not confirmed",
        Term::Ended => "Stopped or completed",
        Term::DuringTheStay => "Given during the stay",
        Term::BeforeTheStay => "Taken before the stay",
        Term::ChangeNew => "new",
        Term::ChangeDose => "changed",
        Term::ChangeNone => "unchanged",
        Term::ChangeNotContinued => "not on the discharge list",
        Term::RoleAdmission => "Admission",
        Term::RoleDischarge => "Discharge",
        Term::RoleWorking => "Working",
        Term::NoneRecorded => "None recorded in the source",
        Term::NothingOnThese => "Nothing recorded in the source on:",
        Term::AsWritten => "As the source wrote it",
        Term::CommentsInMessage => "Comments in the message",
        Term::NoteOn => "Note on",
        Term::Withheld => {
            "Information that belongs here was withheld by the sender. Call them if you need it."
        }
        Term::NotShown => "cannot be shown here",
        Term::Attached => "attached to this file",
        Term::Restricted => "restricted",
        Term::VeryRestricted => "very restricted",
        Term::SensitiveTitle => "This packet holds specially protected information",
        Term::Part2Notice => {
            "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
        }
        Term::ConsentScope => "Scope of the patient's consent:",
        Term::AboutThisPacket => "About this packet",
        Term::Made => "Made",
        Term::From => "Made from",
        Term::SentBy => "Sending system",
        Term::Sent => "Message sent",
        Term::Purpose => "Purpose",
        Term::Confidentiality => "Confidentiality",
        Term::Labels => "Labels",
        Term::AlsoInTheSource => "Also in the source",
        Term::NotPartOfThisPacket => "not part of this packet",
        Term::HandoffId => "Handoff",
        Term::SourceDigest => "SHA-256 of the source message",
        Term::Message => "message",
        Term::ConfidentialInformation => "confidential health information",
        Term::NotCompletelyRead => "Not completely read from the source",
        Term::Questions => "Questions",
    }
}

//! The codes that a packet says in words. Others are printed as they came.

use super::members::{codes, members};

codes! {
    /// Codes of FHIR, and what the readers make of codes of v2 and CDA.
    ///
    /// A status stands in parentheses behind whatever it is about, in the
    /// source's own language: `Amoxicillin (stopped)`. A language in which words
    /// agree with what they are about says it with a noun, a verb or an adverb
    /// that fits all. No such word may be a dosage form or a diagnosis, as
    /// `suspension` and `aborted` are.
    Code {
        // v3-ActCode: the class of a stay.
        Inpatient = "IMP",
        InpatientAcute = "ACUTE",
        InpatientNonAcute = "NONAC",
        Emergency = "EMER",
        Outpatient = "AMB",
        PreAdmission = "PRENC",
        /// Kept in a bed to be watched, and not admitted.
        ObservationStay = "OBSENC",
        ShortStay = "SS",
        HomeHealth = "HH",
        /// By telephone or video.
        Virtual = "VR",
        /// Where the accident was, or in an ambulance.
        Field = "FLD",
        // administrative-gender. The status of something is `unknown` too.
        Male = "male",
        Female = "female",
        Other = "other",
        Unknown = "unknown",
        // condition-clinical, allergyintolerance-clinical
        Active = "active",
        /// Gives no trouble now, and may come back.
        Inactive = "inactive",
        Recurrence = "recurrence",
        Relapse = "relapse",
        Remission = "remission",
        Resolved = "resolved",
        // condition-ver-status, allergyintolerance-verification
        Confirmed = "confirmed",
        Unconfirmed = "unconfirmed",
        Presumed = "presumed",
        /// A diagnosis that is still being worked out.
        Provisional = "provisional",
        Differential = "differential",
        /// Shown not to be so.
        Refuted = "refuted",
        EnteredInError = "entered-in-error",
        // allergy-intolerance-category
        Food = "food",
        Medication = "medication",
        Environment = "environment",
        Biologic = "biologic",
        // allergy-intolerance-criticality: they agree with `Term::Criticality`.
        Low = "low",
        High = "high",
        UnableToAssess = "unable-to-assess",
        // event-status, request-status, medication statement
        /// Came to its intended end; `Stopped` did not.
        Completed = "completed",
        Preparation = "preparation",
        InProgress = "in-progress",
        NotDone = "not-done",
        /// The patient does not take it, whatever was ordered.
        NotTaken = "not-taken",
        Stopped = "stopped",
        OnHold = "on-hold" | "held",
        /// For a while; it may go on.
        Suspended = "suspended",
        Aborted = "aborted",
        Cancelled = "cancelled",
        /// An order that was taken back.
        Revoked = "revoked",
        Declined = "declined",
        /// It may be taken some time; nobody says that it is.
        Intended = "intended",
        Proposed = "proposed",
        Draft = "draft",
        Planned = "planned",
        // observation-status, composition-status, document availability
        /// Ordered or taken; its result is not there, or not yet to be relied on.
        Registered = "registered",
        Preliminary = "preliminary",
        /// Some results of several.
        Partial = "partial",
        Final = "final",
        /// Changed after it was final; `Corrected` because it was wrong.
        Amended = "amended",
        Corrected = "corrected",
        Superseded = "superseded",
        // request-priority, from slow to fast
        Routine = "routine",
        Urgent = "urgent",
        Asap = "asap",
        Stat = "stat",
        // appointment-status
        Booked = "booked",
        Pending = "pending",
        Arrived = "arrived" | "checked-in",
        /// It took place.
        Fulfilled = "fulfilled",
        NoShow = "noshow",
        Waitlist = "waitlist",
        // What somebody is in the care team, as the readers name it.
        Attending = "attending",
        Admitting = "admitting",
        Referring = "referring",
        Consulting = "consulting",
        GeneralPractitioner = "general practitioner",
        PrimaryCareFacility = "primary care facility",
        ProviderOrganization = "provider organization",
        /// Whom to ask about something.
        Contact = "contact",
        /// Who wrote the document.
        Author = "author",
        Informant = "informant",
        InformationRecipient = "information recipient",
        ResponsibleParty = "responsible party",
    }
}

codes! {
    /// Discharge dispositions, table 0112 with the numbers of NUBC, without a
    /// leading zero. Each says where to or how, behind `Term::Disposition`.
    Disposition {
        Home = "1",
        ShortTermHospital = "2",
        SkilledNursing = "3",
        IntermediateCare = "4",
        HomeWithCare = "6",
        AgainstAdvice = "7",
        Died = "20",
        LawEnforcement = "21",
        HospiceAtHome = "50",
        HospiceFacility = "51",
        /// A bed of this hospital in which nursing care goes on.
        SwingBed = "61",
        Rehabilitation = "62",
        LongTermHospital = "63",
        Psychiatric = "65",
    }
}

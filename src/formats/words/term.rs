//! Every word and sentence that a packet prints and no source wrote.

use super::members::members;

members! {
    /// One thing that is said the same way wherever it is said.
    Term {
        // The banner and the patient.
        NameNotRecorded,
        /// Instead of the date of birth.
        NotRecorded,
        /// Before the date of birth.
        Born,
        Sex,
        /// Before the date of death.
        Died,
        /// Of somebody whose date of death nobody wrote.
        DiedNoDate,
        /// Of the patient, not of one stay: the medical record number.
        RecordNumber,
        SocialSecurityNumber,
        /// Of the bill.
        AccountNumber,
        OtherNumber,
        Language,
        Address,
        Telephone,
        NextOfKin,
        // The stay. A visit to a clinic has the same labels.
        /// Before the date on which the stay began.
        Admitted,
        /// Before the date on which it ended.
        Discharged,
        /// Inpatient, emergency, outpatient …
        Class,
        VisitNumber,
        /// Ward, room, bed.
        Location,
        /// The department or specialty of the hospital.
        Service,
        /// The physician in charge of the stay.
        Attending,
        /// Where the patient went: a place, in the source's words.
        DischargedTo,
        /// How the stay ended: one of table 0112, death among them.
        Disposition,
        ReasonForAdmission,
        // The referral.
        Reason,
        ServiceAskedFor,
        Priority,
        ReferralNumber,
        ReferredBy,
        ReferredTo,
        TelephoneOfReferrer,
        /// The payer's, by number.
        Authorization,
        // Tables: what is in a column, and what the table lists.
        Diagnosis,
        Code,
        /// Of a diagnosis: on admission, on discharge, a working one.
        Kind,
        /// Before a date, or one and its end.
        Since,
        /// What somebody is allergic to.
        Substance,
        Category,
        /// How dangerous the next reaction may be, low or high: not how bad the
        /// last one was.
        Criticality,
        Reaction,
        Medication,
        DoseAndUse,
        Status,
        /// Against what was taken before the stay.
        Change,
        Procedure,
        Date,
        /// What was measured: of a laboratory, or a vital sign.
        Test,
        Result,
        /// In a narrow column, as the next two are: a long word would be broken.
        Units,
        /// What counts as normal.
        Range,
        /// `H`, `L`, `A`: how the result lies to its range. Four letters, or
        /// five narrow ones.
        Flag,
        /// When it was measured, or its specimen taken. Nothing to do with taking
        /// medicines.
        Taken,
        Specimen,
        Vaccine,
        Lot,
        /// What is going to be done: orders and appointments.
        Planned,
        Appointment,
        When,
        Where,
        /// Whom the patient is going to see.
        With,
        Name,
        Role,
        /// Telephone or mail address.
        Contact,
        Payer,
        /// Of an insurance.
        Plan,
        MemberId,
        Document,
        /// Of a file.
        Type,
        /// Of a file.
        Size,
        // Medications, by what to do with them.
        TakeFromNowOn,
        /// Medicines that nobody may simply go on taking: on hold, planned, of an
        /// unknown status.
        NotCertain,
        Ended,
        DuringTheStay,
        BeforeTheStay,
        ChangeNew,
        ChangeDose,
        ChangeNone,
        /// On the list from before, and not on that of the discharge. Nobody says
        /// that it was stopped.
        ChangeNotContinued,
        // Kinds of diagnoses.
        RoleAdmission,
        RoleDischarge,
        RoleWorking,
        // Around the facts.
        /// The source says nothing. It must not sound like a finding: who wrote
        /// down no allergy did not say that there is none.
        NoneRecorded,
        /// Asked for by the channel, and the source had nothing: a list follows.
        NothingOnThese,
        /// Before the source's own text, which may be in another language.
        AsWritten,
        CommentsInMessage,
        /// Then a blank, the name of a test, a colon, the note.
        NoteOn,
        /// Some of the section's facts may be shown above it, or none.
        Withheld,
        NotShown,
        Attached,
        // Security.
        /// v3-Confidentiality R: more protected than health data are in general. Not
        /// "limited confidentiality", which would be the opposite.
        Restricted,
        /// v3-Confidentiality V.
        VeryRestricted,
        /// Heads the notice about sensitive content.
        SensitiveTitle,
        /// The short form of 42 CFR 2.32(a)(2), in its statutory wording, which is
        /// English. Other languages add a translation in parentheses.
        Part2Notice,
        /// Then a blank and the scope.
        ConsentScope,
        // About the packet. In other languages it is what a hospital sends: a
        // word that is also that of a patient's whole record would mislead.
        AboutThisPacket,
        /// Before the time at which the packet was made.
        Made,
        /// Before the message it was made from.
        From,
        /// Before the system and the facility that sent that message.
        SentBy,
        /// Before the time at which that message was sent.
        Sent,
        Purpose,
        Confidentiality,
        /// Before the codes of security labels.
        Labels,
        /// Before what the packet leaves out, counted.
        AlsoInTheSource,
        /// Behind what was counted, one or several.
        NotPartOfThisPacket,
        /// Before the number of the handoff, which whoever asks about it names.
        HandoffId,
        SourceDigest,
        /// Between a message's event and its number.
        Message,
        /// In the footer of every page.
        ConfidentialInformation,
        /// The heading of the doubts at the end.
        NotCompletelyRead,
        /// Before whom to call.
        Questions,
    }
}

//! German as hospitals in Germany, Austria and Switzerland read it.

use super::Words;
use super::code::{Code, Disposition};
use super::dates::Order;
use super::term::Term;
use crate::domain::language::Language;
use crate::domain::packet::Beyond;
use crate::domain::purpose::PurposeOfUse;
use crate::domain::section::{PacketKind, Section};

pub const WORDS: Words = Words {
    language: Language::De,
    term,
    kind,
    section,
    purpose,
    code,
    disposition,
    months: [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    short_months: [
        "Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.",
        "Dez.",
    ],
    dates: Order::Dotted,
    short_dates: Order::Dotted,
    beyond,
    doubts: |count| match count {
        1 => "1 Teil der Quelle wurde ausgelassen oder nicht vollständig gelesen".into(),
        n => format!("{n} Teile der Quelle wurden ausgelassen oder nicht vollständig gelesen"),
    },
    more_doubts: |count| match count {
        1 => "und 1 weiterer, am Ende dieser Sendung aufgeführt".into(),
        n => format!("und {n} weitere, am Ende dieser Sendung aufgeführt"),
    },
    page: "Seite {n} von {m}",
    continued: "{section} (Fortsetzung)",
    earlier: |event, sent| {
        let sent = sent.map(|at| format!(" vom {at}")).unwrap_or_default();
        format!(
            "Dieser Abschnitt stammt aus einer früheren Nachricht zu diesem Fall ({event}{sent}); die letzte Nachricht sagt nichts dazu."
        )
    },
    comma: ", ",
};

fn kind(kind: PacketKind) -> &'static str {
    match kind {
        PacketKind::Discharge => "Entlassungsbrief",
        PacketKind::Referral => "Überweisungsschreiben",
        PacketKind::Documents => "Klinische Dokumente",
    }
}

fn section(section: Section, kind: PacketKind) -> &'static str {
    let discharge = kind == PacketKind::Discharge;
    match section {
        Section::Encounter if discharge => "Krankenhausaufenthalt",
        Section::Encounter => "Behandlungskontakt",
        Section::ReasonForReferral => "Überweisungsgrund",
        Section::ReasonForVisit => "Vorstellungsgrund",
        Section::PresentIllness => "Aktuelle Anamnese",
        Section::Diagnoses if discharge => "Entlassungsdiagnosen",
        Section::Diagnoses => "Diagnosen und Probleme",
        Section::HospitalCourse => "Behandlungsverlauf",
        Section::Medications if discharge => "Entlassungsmedikation",
        Section::Medications => "Medikation",
        Section::Allergies => "Allergien und Unverträglichkeiten",
        Section::Procedures => "Eingriffe und Maßnahmen",
        Section::Consultations => "Konsile",
        Section::Results => "Befunde",
        Section::VitalSigns => "Vitalzeichen",
        Section::Immunizations => "Impfungen",
        Section::Assessment => "Beurteilung",
        Section::Plan => "Weiteres Vorgehen",
        Section::AssessmentAndPlan => "Beurteilung und weiteres Vorgehen",
        Section::Instructions if discharge => "Hinweise zur Entlassung",
        Section::Instructions => "Hinweise und Kommentare",
        Section::PastHistory => "Vorgeschichte",
        Section::FamilyHistory => "Familienanamnese",
        Section::SocialHistory => "Sozialanamnese",
        Section::FunctionalStatus => "Funktioneller Status",
        Section::MentalStatus => "Psychischer Status",
        Section::Nutrition => "Ernährung",
        Section::AdvanceDirectives => "Patientenverfügung und Vorsorge",
        Section::Devices => "Medizinprodukte und Implantate",
        Section::Payers => "Versicherung",
        Section::CareTeam => "Behandlungsteam",
        Section::Documents => "Dokumente",
    }
}

fn purpose(purpose: PurposeOfUse) -> &'static str {
    match purpose {
        PurposeOfUse::Treat => "Behandlung",
        PurposeOfUse::Coc => "Koordination der Versorgung",
        PurposeOfUse::Etreat => "Notfallbehandlung",
        PurposeOfUse::Caremgt => "Versorgungsmanagement",
        PurposeOfUse::Hpaymt => "Abrechnung der Versorgung",
        PurposeOfUse::Hoperat => "Betriebsabläufe der Versorgung",
        PurposeOfUse::Patrqt => "auf Wunsch der behandelten Person",
        PurposeOfUse::Famrqt => "auf Wunsch der Familie",
        PurposeOfUse::Pubhlth => "öffentliche Gesundheit",
    }
}

fn beyond(kind: Beyond, count: usize) -> String {
    let (one, several) = match kind {
        Beyond::Texts => ("Textabschnitt", "Textabschnitte"),
        Beyond::Diagnoses => ("Diagnose", "Diagnosen"),
        Beyond::Allergies => ("Allergie", "Allergien"),
        Beyond::Medications => ("Medikament", "Medikamente"),
        Beyond::Procedures => ("Maßnahme", "Maßnahmen"),
        Beyond::Observations => ("Ergebnis oder Befund", "Ergebnisse und Befunde"),
        Beyond::Documents => ("Dokument", "Dokumente"),
        Beyond::Immunizations => ("Impfung", "Impfungen"),
        Beyond::Orders => ("Anordnung", "Anordnungen"),
        Beyond::Appointments => ("Termin", "Termine"),
        Beyond::Encounters => ("weiterer Fall", "weitere Fälle"),
    };
    format!("{count} {}", if count == 1 { one } else { several })
}
fn code(code: Code) -> &'static str {
    match code {
        // v3-ActCode: the class of a stay.
        Code::Inpatient => "Stationär",
        Code::InpatientAcute => "Stationär, akut",
        Code::InpatientNonAcute => "Stationär, nicht akut",
        Code::Emergency => "Notfall",
        Code::Outpatient => "Ambulant",
        Code::PreAdmission => "Vorstationär",
        Code::ObservationStay => "Beobachtung",
        Code::ShortStay => "Kurzaufenthalt",
        Code::HomeHealth => "Häusliche Versorgung",
        Code::Virtual => "Telefon oder Video",
        Code::Field => "Am Einsatzort",
        // administrative-gender. The status of something is `unknown` too.
        Code::Male => "männlich",
        Code::Female => "weiblich",
        Code::Other => "anderes",
        Code::Unknown => "unbekannt",
        // condition-clinical, allergyintolerance-clinical
        Code::Active => "aktiv",
        Code::Inactive => "inaktiv",
        Code::Recurrence => "Rezidiv",
        Code::Relapse => "Rückfall",
        Code::Remission => "in Remission",
        Code::Resolved => "abgeklungen",
        // condition-ver-status, allergyintolerance-verification
        Code::Confirmed => "bestätigt",
        Code::Unconfirmed => "unbestätigt",
        Code::Presumed => "vermutet",
        Code::Provisional => "vorläufig",
        Code::Differential => "Differenzialdiagnose",
        Code::Refuted => "ausgeschlossen",
        Code::EnteredInError => "irrtümlich erfasst",
        // allergy-intolerance-category
        Code::Food => "Nahrung",
        Code::Medication => "Medikament",
        Code::Environment => "Umwelt",
        Code::Biologic => "Biologikum",
        // allergy-intolerance-criticality: they agree with `Term::Criticality`.
        Code::Low => "gering",
        Code::High => "hoch",
        Code::UnableToAssess => "nicht beurteilbar",
        // event-status, request-status, medication statement
        Code::Completed => "abgeschlossen",
        Code::Preparation => "in Vorbereitung",
        Code::InProgress => "laufend",
        Code::NotDone => "nicht durchgeführt",
        Code::NotTaken => "nicht angewendet",
        Code::Stopped => "gestoppt",
        Code::OnHold => "pausiert",
        Code::Suspended => "vorübergehend unterbrochen",
        Code::Aborted => "abgebrochen",
        Code::Cancelled => "storniert",
        Code::Revoked => "widerrufen",
        Code::Declined => "abgelehnt",
        Code::Intended => "beabsichtigt",
        Code::Proposed => "vorgeschlagen",
        Code::Draft => "Entwurf",
        Code::Planned => "geplant",
        // observation-status, composition-status, document availability
        Code::Registered => "Ergebnis ausstehend",
        Code::Preliminary => "vorläufig",
        Code::Partial => "Teilergebnis",
        Code::Final => "endgültig",
        Code::Amended => "geändert",
        Code::Corrected => "korrigiert",
        Code::Superseded => "ersetzt",
        // request-priority, from slow to fast
        Code::Routine => "routinemäßig",
        Code::Urgent => "dringend",
        Code::Asap => "so bald wie möglich",
        Code::Stat => "sofort",
        // appointment-status
        Code::Booked => "vereinbart",
        Code::Pending => "noch nicht bestätigt",
        Code::Arrived => "eingetroffen",
        Code::Fulfilled => "hat stattgefunden",
        Code::NoShow => "nicht erschienen",
        Code::Waitlist => "auf der Warteliste",
        // What somebody is in the care team, as the readers name it.
        Code::Attending => "ärztlich verantwortlich",
        Code::Admitting => "aufnehmend",
        Code::Referring => "überweisend",
        Code::Consulting => "konsiliarisch",
        Code::GeneralPractitioner => "Hausarztpraxis",
        Code::PrimaryCareFacility => "Einrichtung der Primärversorgung",
        Code::ProviderOrganization => "Leistungserbringer",
        Code::Contact => "Ansprechperson",
        Code::Author => "verfassend",
        Code::Informant => "Auskunft gebend",
        Code::InformationRecipient => "empfängt die Information",
        Code::ResponsibleParty => "verantwortlich",
    }
}

fn disposition(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Home => "nach Hause",
        Disposition::ShortTermHospital => "anderes Akutkrankenhaus",
        Disposition::SkilledNursing => "Pflegeeinrichtung mit Fachpflege",
        Disposition::IntermediateCare => "Pflegeeinrichtung mit mittlerer Pflegestufe",
        Disposition::HomeWithCare => "nach Hause, mit häuslicher Krankenpflege",
        Disposition::AgainstAdvice => "gegen ärztlichen Rat",
        Disposition::Died => "verstorben",
        Disposition::LawEnforcement => "Justiz oder Polizei",
        Disposition::HospiceAtHome => "Hospizversorgung zu Hause",
        Disposition::HospiceFacility => "stationäres Hospiz",
        Disposition::SwingBed => "Pflegebett dieses Krankenhauses",
        Disposition::Rehabilitation => "Rehabilitationseinrichtung",
        Disposition::LongTermHospital => "Krankenhaus für Langzeitbehandlung",
        Disposition::Psychiatric => "psychiatrische Klinik",
    }
}

fn term(term: Term) -> &'static str {
    match term {
        Term::NameNotRecorded => "Name nicht dokumentiert",
        Term::NotRecorded => "nicht dokumentiert",
        Term::Born => "Geburtsdatum",
        Term::Sex => "Geschlecht",
        Term::Died => "Verstorben",
        Term::DiedNoDate => "ja, Datum nicht dokumentiert",
        Term::RecordNumber => "Patienten-Nr.",
        Term::SocialSecurityNumber => "Sozialvers.-Nr.",
        Term::AccountNumber => "Abrechnungs-Nr.",
        Term::OtherNumber => "Andere Nummer",
        Term::Language => "Sprache",
        Term::Address => "Adresse",
        Term::Telephone => "Telefon",
        Term::NextOfKin => "Nächste Angehörige",
        Term::Admitted => "Aufnahme",
        Term::Discharged => "Entlassung",
        Term::Class => "Fallart",
        Term::VisitNumber => "Fallnummer",
        Term::Location => "Ort",
        Term::Service => "Fachabteilung",
        Term::Attending => "Ärztlich verantwortlich",
        Term::DischargedTo => "Entlassen nach",
        Term::Disposition => "Entlassungsart",
        Term::ReasonForAdmission => "Aufnahmegrund",
        Term::Reason => "Grund",
        Term::ServiceAskedFor => "Angeforderte Leistung",
        Term::Priority => "Priorität",
        Term::ReferralNumber => "Überweisungs-Nr.",
        Term::ReferredBy => "Überwiesen von",
        Term::ReferredTo => "Überwiesen an",
        Term::TelephoneOfReferrer => "Telefon der überweisenden Stelle",
        Term::Authorization => "Genehmigung",
        Term::Diagnosis => "Diagnose",
        Term::Code => "Code",
        Term::Kind => "Art",
        Term::Since => "Seit",
        Term::Substance => "Substanz",
        Term::Category => "Kategorie",
        Term::Criticality => "Risiko",
        Term::Reaction => "Reaktion",
        Term::Medication => "Medikament",
        Term::DoseAndUse => "Dosierung",
        Term::Status => "Status",
        Term::Change => "Änderung",
        Term::Procedure => "Maßnahme",
        Term::Date => "Datum",
        Term::Test => "Untersuchung",
        Term::Result => "Ergebnis",
        Term::Units => "Einheit",
        Term::Range => "Ref.-Bereich",
        Term::Flag => "Ind.",
        Term::Specimen => "Probe",
        Term::Taken => "Erhoben am",
        Term::Vaccine => "Impfstoff",
        Term::Lot => "Charge",
        Term::Planned => "Geplant",
        Term::Appointment => "Termin",
        Term::When => "Wann",
        Term::Where => "Wo",
        Term::With => "Bei",
        Term::Name => "Name",
        Term::Role => "Funktion",
        Term::Contact => "Kontakt",
        Term::Payer => "Kostenträger",
        Term::Plan => "Tarif",
        Term::MemberId => "Versichertennummer",
        Term::Document => "Dokument",
        Term::Type => "Typ",
        Term::Size => "Größe",
        Term::TakeFromNowOn => "Ab jetzt einzunehmen",
        Term::NotCertain => "Pausiert, geplant oder nicht bestätigt",
        Term::Ended => "Abgesetzt oder abgeschlossen",
        Term::DuringTheStay => "Während des Aufenthalts gegeben",
        Term::BeforeTheStay => "Vor dem Aufenthalt eingenommen",
        Term::ChangeNew => "neu",
        Term::ChangeDose => "geändert",
        Term::ChangeNone => "unverändert",
        Term::ChangeNotContinued => "nicht auf der Liste bei Entlassung",
        Term::RoleAdmission => "Aufnahme",
        Term::RoleDischarge => "Entlassung",
        Term::RoleWorking => "in Abklärung",
        Term::NoneRecorded => "In der Quelle ist nichts dokumentiert",
        Term::NothingOnThese => "In der Quelle ist nichts dokumentiert zu:",
        Term::AsWritten => "Im Wortlaut der Quelle",
        Term::CommentsInMessage => "Kommentare in der Nachricht",
        Term::NoteOn => "Anmerkung zu",
        Term::Withheld => {
            "Der Absender hat Angaben zurückgehalten, die hierher gehören. Rufen Sie dort an, wenn Sie diese benötigen."
        }
        Term::NotShown => "kann hier nicht angezeigt werden",
        Term::Attached => "dieser Datei beigefügt",
        Term::Restricted => "hoch",
        Term::VeryRestricted => "sehr hoch",
        Term::SensitiveTitle => "Diese Sendung enthält besonders geschützte Informationen",
        Term::Part2Notice => {
            "42 CFR part 2 prohibits unauthorized use or disclosure of these records. (Titel 42, Teil 2 der Sammlung der Bundesvorschriften der Vereinigten Staaten verbietet die unbefugte Verwendung oder Offenlegung dieser Unterlagen.)"
        }
        Term::ConsentScope => "Umfang der Einwilligung:",
        Term::AboutThisPacket => "Über diese Sendung",
        Term::Made => "Erstellt",
        Term::From => "Erstellt aus",
        Term::SentBy => "Sendendes System",
        Term::Sent => "Nachricht gesendet",
        Term::Purpose => "Zweck",
        Term::Confidentiality => "Schutzstufe",
        Term::Labels => "Kennzeichnungen",
        Term::AlsoInTheSource => "Außerdem in der Quelle",
        Term::NotPartOfThisPacket => "nicht Teil dieser Sendung",
        Term::HandoffId => "Nummer der Sendung",
        Term::SourceDigest => "SHA-256 der Quellnachricht",
        Term::Message => "Nachricht",
        Term::ConfidentialInformation => "vertrauliche Gesundheitsinformationen",
        Term::NotCompletelyRead => "Nicht vollständig aus der Quelle gelesen",
        Term::Questions => "Bei Fragen",
    }
}

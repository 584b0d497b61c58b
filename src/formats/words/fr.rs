//! French as hospitals in Europe write it. A status agrees with nothing: see
//! `Code`.

use super::Words;
use super::code::{Code, Disposition};
use super::dates::Order;
use super::term::Term;
use crate::domain::language::Language;
use crate::domain::packet::Beyond;
use crate::domain::purpose::PurposeOfUse;
use crate::domain::section::{PacketKind, Section};

pub const WORDS: Words = Words {
    language: Language::Fr,
    term,
    kind,
    section,
    purpose,
    code,
    disposition,
    months: [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    short_months: [
        "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.",
        "déc.",
    ],
    dates: Order::FirstEr,
    short_dates: Order::FirstEr,
    beyond,
    doubts: |count| match count {
        1 => "1 partie de la source a été omise ou n’a pas été lue entièrement".into(),
        n => format!("{n} parties de la source ont été omises ou n’ont pas été lues entièrement"),
    },
    more_doubts: |count| match count {
        1 => "et 1 autre, à la fin de cet envoi".into(),
        n => format!("et {n} autres, à la fin de cet envoi"),
    },
    page: "Page {n} sur {m}",
    continued: "{section} (suite)",
    earlier: |event, sent| {
        let sent = sent.map(|at| format!(" du {at}")).unwrap_or_default();
        format!(
            "Cette rubrique provient d’un message antérieur sur la même venue ({event}{sent})\u{a0}; le dernier message n’en dit rien."
        )
    },
    comma: ", ",
};

fn kind(kind: PacketKind) -> &'static str {
    match kind {
        PacketKind::Discharge => "Compte rendu d’hospitalisation",
        PacketKind::Referral => "Lettre d’adressage",
        PacketKind::Documents => "Documents cliniques",
    }
}

fn section(section: Section, kind: PacketKind) -> &'static str {
    let discharge = kind == PacketKind::Discharge;
    match section {
        Section::Encounter if discharge => "Séjour hospitalier",
        Section::Encounter => "Venue",
        Section::ReasonForReferral => "Motif d’adressage",
        Section::ReasonForVisit => "Motif de consultation",
        Section::PresentIllness => "Histoire de la maladie",
        Section::Diagnoses if discharge => "Diagnostics de sortie",
        Section::Diagnoses => "Problèmes de santé",
        Section::HospitalCourse => "Évolution pendant le séjour",
        Section::Medications if discharge => "Traitement de sortie",
        Section::Medications => "Traitement médicamenteux",
        Section::Allergies => "Allergies et intolérances",
        Section::Procedures => "Actes et interventions",
        Section::Consultations => "Avis spécialisés",
        Section::Results => "Résultats",
        Section::VitalSigns => "Constantes vitales",
        Section::Immunizations => "Vaccinations",
        Section::Assessment => "Évaluation",
        Section::Plan => "Conduite à tenir et suivi",
        Section::AssessmentAndPlan => "Évaluation et conduite à tenir",
        Section::Instructions if discharge => "Consignes de sortie",
        Section::Instructions => "Consignes et commentaires",
        Section::PastHistory => "Antécédents médicaux",
        Section::FamilyHistory => "Antécédents familiaux",
        Section::SocialHistory => "Mode de vie et contexte social",
        Section::FunctionalStatus => "État fonctionnel",
        Section::MentalStatus => "État mental",
        Section::Nutrition => "État nutritionnel et alimentation",
        Section::AdvanceDirectives => "Directives anticipées",
        Section::Devices => "Dispositifs et implants",
        Section::Payers => "Couverture maladie",
        Section::CareTeam => "Équipe de soins",
        Section::Documents => "Documents",
    }
}

fn purpose(purpose: PurposeOfUse) -> &'static str {
    match purpose {
        PurposeOfUse::Treat => "traitement",
        PurposeOfUse::Coc => "coordination des soins",
        PurposeOfUse::Etreat => "traitement en urgence",
        PurposeOfUse::Caremgt => "gestion des soins",
        PurposeOfUse::Hpaymt => "paiement des soins",
        PurposeOfUse::Hoperat => "fonctionnement des services de santé",
        PurposeOfUse::Patrqt => "à la demande du patient",
        PurposeOfUse::Famrqt => "à la demande de la famille",
        PurposeOfUse::Pubhlth => "santé publique",
    }
}

fn beyond(kind: Beyond, count: usize) -> String {
    let (one, several) = match kind {
        Beyond::Texts => ("rubrique de texte", "rubriques de texte"),
        Beyond::Diagnoses => ("diagnostic", "diagnostics"),
        Beyond::Allergies => ("allergie", "allergies"),
        Beyond::Medications => ("médicament", "médicaments"),
        Beyond::Procedures => ("acte", "actes"),
        Beyond::Observations => ("résultat ou observation", "résultats et observations"),
        Beyond::Documents => ("document", "documents"),
        Beyond::Immunizations => ("vaccination", "vaccinations"),
        Beyond::Orders => ("prescription", "prescriptions"),
        Beyond::Appointments => ("rendez-vous", "rendez-vous"),
        Beyond::Encounters => ("autre venue", "autres venues"),
    };
    format!("{count} {}", if count == 1 { one } else { several })
}
fn code(code: Code) -> &'static str {
    match code {
        // v3-ActCode: the class of a stay.
        Code::Inpatient => "Hospitalisation",
        Code::InpatientAcute => "Hospitalisation en soins aigus",
        Code::InpatientNonAcute => "Hospitalisation hors soins aigus",
        Code::Emergency => "Urgences",
        Code::Outpatient => "Ambulatoire",
        Code::PreAdmission => "Préadmission",
        Code::ObservationStay => "Mise en observation",
        Code::ShortStay => "Hospitalisation de courte durée",
        Code::HomeHealth => "Soins à domicile",
        Code::Virtual => "Téléconsultation",
        Code::Field => "Prise en charge sur les lieux",
        // administrative-gender. The status of something is `unknown` too.
        Code::Male => "masculin",
        Code::Female => "féminin",
        Code::Other => "autre",
        Code::Unknown => "inconnu",
        // condition-clinical, allergyintolerance-clinical
        Code::Active => "en cours",
        Code::Inactive => "sans activité actuelle",
        Code::Recurrence => "récidive",
        Code::Relapse => "rechute",
        Code::Remission => "en rémission",
        Code::Resolved => "problème résolu",
        // condition-ver-status, allergyintolerance-verification
        Code::Confirmed => "confirmation établie",
        Code::Unconfirmed => "à confirmer",
        Code::Presumed => "présomption",
        Code::Provisional => "provisoire",
        Code::Differential => "diagnostic différentiel",
        Code::Refuted => "hypothèse écartée",
        Code::EnteredInError => "saisie erronée",
        // allergy-intolerance-category
        Code::Food => "aliment",
        Code::Medication => "médicament",
        Code::Environment => "exposition ambiante",
        Code::Biologic => "produit biologique",
        // allergy-intolerance-criticality: they agree with `Term::Criticality`.
        Code::Low => "faible",
        Code::High => "élevé",
        Code::UnableToAssess => "non évaluable",
        // event-status, request-status, medication statement
        Code::Completed => "exécution terminée",
        Code::Preparation => "en préparation",
        Code::InProgress => "en cours",
        Code::NotDone => "n’a pas eu lieu",
        Code::NotTaken => "sans prise effective",
        Code::Stopped => "arrêt",
        Code::OnHold => "en pause",
        Code::Suspended => "interruption temporaire",
        Code::Aborted => "abandon",
        Code::Cancelled => "annulation",
        Code::Revoked => "révocation",
        Code::Declined => "refus",
        Code::Intended => "prise prévue",
        Code::Proposed => "proposition",
        Code::Draft => "brouillon",
        Code::Planned => "à réaliser",
        // observation-status, composition-status, document availability
        Code::Registered => "résultat en attente",
        Code::Preliminary => "préliminaire",
        Code::Partial => "résultat partiel",
        Code::Final => "version définitive",
        Code::Amended => "version modifiée",
        Code::Corrected => "version corrigée",
        Code::Superseded => "version remplacée",
        // request-priority, from slow to fast
        Code::Routine => "sans urgence",
        Code::Urgent => "en urgence",
        Code::Asap => "dès que possible",
        Code::Stat => "immédiatement",
        // appointment-status
        Code::Booked => "rendez-vous pris",
        Code::Pending => "en attente de confirmation",
        Code::Arrived => "arrivée enregistrée",
        Code::Fulfilled => "a eu lieu",
        Code::NoShow => "absence au rendez-vous",
        Code::Waitlist => "sur liste d’attente",
        // What somebody is in the care team, as the readers name it.
        Code::Attending => "médecin responsable",
        Code::Admitting => "médecin de l’admission",
        Code::Referring => "médecin adresseur",
        Code::Consulting => "médecin consultant",
        Code::GeneralPractitioner => "médecin généraliste",
        Code::PrimaryCareFacility => "structure de soins primaires",
        Code::ProviderOrganization => "organisme de soins",
        Code::Contact => "personne à contacter",
        Code::Author => "rédaction",
        Code::Informant => "source des informations",
        Code::InformationRecipient => "destinataire des informations",
        Code::ResponsibleParty => "responsable",
    }
}

fn disposition(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Home => "domicile",
        Disposition::ShortTermHospital => "autre hôpital de court séjour",
        Disposition::SkilledNursing => "établissement de soins infirmiers spécialisés",
        Disposition::IntermediateCare => "résidence médicalisée de niveau intermédiaire",
        Disposition::HomeWithCare => "domicile, avec soins à domicile",
        Disposition::AgainstAdvice => "sortie contre avis médical",
        Disposition::Died => "décès",
        Disposition::LawEnforcement => "autorités judiciaires ou policières",
        Disposition::HospiceAtHome => "soins palliatifs à domicile",
        Disposition::HospiceFacility => "établissement de soins palliatifs",
        Disposition::SwingBed => "lit de soins infirmiers de cet hôpital",
        Disposition::Rehabilitation => "centre de rééducation",
        Disposition::LongTermHospital => "hôpital de long séjour",
        Disposition::Psychiatric => "hôpital psychiatrique",
    }
}

fn term(term: Term) -> &'static str {
    match term {
        Term::NameNotRecorded => "Nom non renseigné",
        Term::NotRecorded => "non renseignée",
        Term::Born => "Date de naissance",
        Term::Sex => "Sexe",
        Term::Died => "Décès",
        Term::DiedNoDate => "oui, date non renseignée",
        Term::RecordNumber => "N° de dossier",
        Term::SocialSecurityNumber => "N° de sécurité sociale",
        Term::AccountNumber => "N° de compte",
        Term::OtherNumber => "Autre numéro",
        Term::Language => "Langue",
        Term::Address => "Adresse",
        Term::Telephone => "Téléphone",
        Term::NextOfKin => "Proche à prévenir",
        Term::Admitted => "Entrée",
        Term::Discharged => "Sortie",
        Term::Class => "Type de prise en charge",
        Term::VisitNumber => "N° de venue",
        Term::Location => "Localisation",
        Term::Service => "Service",
        Term::Attending => "Médecin responsable",
        Term::DischargedTo => "Destination",
        Term::Disposition => "Mode de sortie",
        Term::ReasonForAdmission => "Motif d’admission",
        Term::Reason => "Motif",
        Term::ServiceAskedFor => "Prestation demandée",
        Term::Priority => "Priorité",
        Term::ReferralNumber => "N° d’adressage",
        Term::ReferredBy => "Adressage par",
        Term::ReferredTo => "Adressage à",
        Term::TelephoneOfReferrer => "Téléphone du médecin adresseur",
        Term::Authorization => "Accord de prise en charge",
        Term::Diagnosis => "Diagnostic",
        Term::Code => "Code",
        Term::Kind => "Nature",
        Term::Since => "Depuis",
        Term::Substance => "Substance",
        Term::Category => "Catégorie",
        Term::Criticality => "Risque",
        Term::Reaction => "Réaction",
        Term::Medication => "Médicament",
        Term::DoseAndUse => "Posologie",
        Term::Status => "Statut",
        Term::Change => "Changement",
        Term::Procedure => "Acte",
        Term::Date => "Date",
        Term::Test => "Examen",
        Term::Result => "Résultat",
        Term::Units => "Unités",
        Term::Range => "Valeurs de référence",
        Term::Flag => "Ind.",
        Term::Specimen => "Échant.",
        Term::Taken => "Date du relevé",
        Term::Vaccine => "Vaccin",
        Term::Lot => "Lot",
        Term::Planned => "Prévu",
        Term::Appointment => "Rendez-vous",
        Term::When => "Date et heure",
        Term::Where => "Lieu",
        Term::With => "Avec",
        Term::Name => "Nom",
        Term::Role => "Rôle",
        Term::Contact => "Contact",
        Term::Payer => "Organisme payeur",
        Term::Plan => "Contrat",
        Term::MemberId => "N° d’assuré",
        Term::Document => "Document",
        Term::Type => "Type",
        Term::Size => "Taille",
        Term::TakeFromNowOn => "À prendre désormais",
        Term::NotCertain => "Suspendus, prévus ou non confirmés",
        Term::Ended => "Arrêtés ou terminés",
        Term::DuringTheStay => "Administrés pendant le séjour",
        Term::BeforeTheStay => "Pris avant le séjour",
        Term::ChangeNew => "nouveau",
        Term::ChangeDose => "modifié",
        Term::ChangeNone => "inchangé",
        Term::ChangeNotContinued => "absent de la liste de sortie",
        Term::RoleAdmission => "À l’admission",
        Term::RoleDischarge => "À la sortie",
        Term::RoleWorking => "De travail",
        Term::NoneRecorded => "Rien n’est consigné dans la source",
        Term::NothingOnThese => "Rien n’est consigné dans la source sur\u{a0}:",
        Term::AsWritten => "Tel qu’écrit dans la source",
        Term::CommentsInMessage => "Commentaires du message",
        Term::NoteOn => "Remarque sur",
        Term::Withheld => {
            "L’expéditeur n’a pas transmis certaines informations de cette rubrique. Appelez-le si vous en avez besoin."
        }
        Term::NotShown => "affichage impossible ici",
        Term::Attached => "joint à ce fichier",
        Term::Restricted => "élevé",
        Term::VeryRestricted => "très élevé",
        Term::SensitiveTitle => "Cet envoi contient des informations spécialement protégées",
        Term::Part2Notice => {
            "42 CFR part 2 prohibits unauthorized use or disclosure of these records. (La partie 2 du titre 42 du Code des règlements fédéraux des États-Unis interdit l’utilisation ou la divulgation non autorisées de ces dossiers.)"
        }
        Term::ConsentScope => "Portée du consentement du patient\u{a0}:",
        Term::AboutThisPacket => "À propos de cet envoi",
        Term::Made => "Date de création",
        Term::From => "Établi à partir de",
        Term::SentBy => "Système émetteur",
        Term::Sent => "Date du message",
        Term::Purpose => "Finalité",
        Term::Confidentiality => "Niveau de protection",
        Term::Labels => "Étiquettes",
        Term::AlsoInTheSource => "Également dans la source",
        Term::NotPartOfThisPacket => "hors de cet envoi",
        Term::HandoffId => "Identifiant de l’envoi",
        Term::SourceDigest => "SHA-256 du message source",
        Term::Message => "message",
        Term::ConfidentialInformation => "informations de santé confidentielles",
        Term::NotCompletelyRead => "Ce qui n’a pas été lu entièrement dans la source",
        Term::Questions => "Pour toute question",
    }
}

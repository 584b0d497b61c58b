//! Spanish as hospitals of all countries read it. A status agrees with nothing:
//! see `Code`.

use super::Words;
use super::code::{Code, Disposition};
use super::dates::Order;
use super::term::Term;
use crate::domain::language::Language;
use crate::domain::packet::Beyond;
use crate::domain::purpose::PurposeOfUse;
use crate::domain::section::{PacketKind, Section};

pub const WORDS: Words = Words {
    language: Language::Es,
    term,
    kind,
    section,
    purpose,
    code,
    disposition,
    months: [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    short_months: [
        "ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic",
    ],
    dates: Order::De,
    short_dates: Order::Plain,
    beyond,
    doubts: |count| match count {
        1 => "1 parte de la fuente se omitió o no se leyó por completo".into(),
        n => format!("{n} partes de la fuente se omitieron o no se leyeron por completo"),
    },
    more_doubts: |count| format!("y {count} más, al final de este envío"),
    page: "Página {n} de {m}",
    continued: "{section} (continuación)",
    earlier: |event, sent| {
        let sent = sent.map(|at| format!(" del {at}")).unwrap_or_default();
        format!(
            "Este apartado procede de un mensaje anterior del mismo episodio ({event}{sent}); el último mensaje no dice nada al respecto."
        )
    },
    comma: ", ",
};

fn kind(kind: PacketKind) -> &'static str {
    match kind {
        PacketKind::Discharge => "Informe de alta hospitalaria",
        PacketKind::Referral => "Informe de derivación",
        PacketKind::Documents => "Documentos clínicos",
    }
}

fn section(section: Section, kind: PacketKind) -> &'static str {
    let discharge = kind == PacketKind::Discharge;
    match section {
        Section::Encounter if discharge => "Estancia hospitalaria",
        Section::Encounter => "Visita",
        Section::ReasonForReferral => "Motivo de la derivación",
        Section::ReasonForVisit => "Motivo de consulta",
        Section::PresentIllness => "Enfermedad actual",
        Section::Diagnoses if discharge => "Diagnósticos al alta",
        Section::Diagnoses => "Problemas de salud",
        Section::HospitalCourse => "Evolución durante el ingreso",
        Section::Medications if discharge => "Medicación al alta",
        Section::Medications => "Medicación",
        Section::Allergies => "Alergias e intolerancias",
        Section::Procedures => "Procedimientos",
        Section::Consultations => "Interconsultas",
        Section::Results => "Resultados",
        Section::VitalSigns => "Signos vitales",
        Section::Immunizations => "Vacunas",
        Section::Assessment => "Valoración",
        Section::Plan => "Plan y seguimiento",
        Section::AssessmentAndPlan => "Valoración y plan",
        Section::Instructions if discharge => "Indicaciones al alta",
        Section::Instructions => "Indicaciones y comentarios",
        Section::PastHistory => "Antecedentes personales",
        Section::FamilyHistory => "Antecedentes familiares",
        Section::SocialHistory => "Antecedentes sociales",
        Section::FunctionalStatus => "Estado funcional",
        Section::MentalStatus => "Estado mental",
        Section::Nutrition => "Nutrición",
        Section::AdvanceDirectives => "Voluntades anticipadas",
        Section::Devices => "Dispositivos e implantes",
        Section::Payers => "Seguro médico",
        Section::CareTeam => "Equipo asistencial",
        Section::Documents => "Documentos",
    }
}

fn purpose(purpose: PurposeOfUse) -> &'static str {
    match purpose {
        PurposeOfUse::Treat => "tratamiento",
        PurposeOfUse::Coc => "coordinación de la atención",
        PurposeOfUse::Etreat => "tratamiento de urgencia",
        PurposeOfUse::Caremgt => "gestión de la atención",
        PurposeOfUse::Hpaymt => "pago de la atención sanitaria",
        PurposeOfUse::Hoperat => "operaciones de la atención sanitaria",
        PurposeOfUse::Patrqt => "a petición del paciente",
        PurposeOfUse::Famrqt => "a petición de la familia",
        PurposeOfUse::Pubhlth => "salud pública",
    }
}

fn beyond(kind: Beyond, count: usize) -> String {
    let (one, several) = match kind {
        Beyond::Texts => ("apartado de texto", "apartados de texto"),
        Beyond::Diagnoses => ("diagnóstico", "diagnósticos"),
        Beyond::Allergies => ("alergia", "alergias"),
        Beyond::Medications => ("medicamento", "medicamentos"),
        Beyond::Procedures => ("procedimiento", "procedimientos"),
        Beyond::Observations => ("resultado u observación", "resultados y observaciones"),
        Beyond::Documents => ("documento", "documentos"),
        Beyond::Immunizations => ("vacuna", "vacunas"),
        Beyond::Orders => ("orden médica", "órdenes médicas"),
        Beyond::Appointments => ("cita", "citas"),
        Beyond::Encounters => ("otro episodio", "otros episodios"),
    };
    format!("{count} {}", if count == 1 { one } else { several })
}
fn code(code: Code) -> &'static str {
    match code {
        // v3-ActCode: the class of a stay.
        Code::Inpatient => "Hospitalización",
        Code::InpatientAcute => "Hospitalización de agudos",
        Code::InpatientNonAcute => "Hospitalización no aguda",
        Code::Emergency => "Urgencias",
        Code::Outpatient => "Atención ambulatoria",
        Code::PreAdmission => "Preingreso",
        Code::ObservationStay => "Observación",
        Code::ShortStay => "Hospitalización de corta estancia",
        Code::HomeHealth => "Atención domiciliaria",
        Code::Virtual => "Teleconsulta",
        Code::Field => "Atención en el lugar del suceso",
        // administrative-gender. The status of something is `unknown` too.
        Code::Male => "masculino",
        Code::Female => "femenino",
        Code::Other => "otro",
        Code::Unknown => "desconocido",
        // condition-clinical, allergyintolerance-clinical
        Code::Active => "vigente",
        Code::Inactive => "sin actividad",
        Code::Recurrence => "recurrencia",
        Code::Relapse => "recaída",
        Code::Remission => "en remisión",
        Code::Resolved => "se resolvió",
        // condition-ver-status, allergyintolerance-verification
        Code::Confirmed => "se confirmó",
        Code::Unconfirmed => "sin confirmar",
        Code::Presumed => "se presume",
        Code::Provisional => "provisional",
        Code::Differential => "diagnóstico diferencial",
        Code::Refuted => "se descartó",
        Code::EnteredInError => "registro erróneo",
        // allergy-intolerance-category
        Code::Food => "alimento",
        Code::Medication => "medicamento",
        Code::Environment => "factor ambiental",
        Code::Biologic => "producto biológico",
        // allergy-intolerance-criticality: they agree with `Term::Criticality`.
        Code::Low => "bajo",
        Code::High => "alto",
        Code::UnableToAssess => "no evaluable",
        // event-status, request-status, medication statement
        Code::Completed => "se completó",
        Code::Preparation => "en preparación",
        Code::InProgress => "en curso",
        Code::NotDone => "no se realizó",
        Code::NotTaken => "no se toma",
        Code::Stopped => "se suspendió",
        Code::OnHold => "en pausa",
        Code::Suspended => "interrupción temporal",
        Code::Aborted => "se interrumpió",
        Code::Cancelled => "se canceló",
        Code::Revoked => "se anuló",
        Code::Declined => "se rechazó",
        Code::Intended => "se prevé su uso",
        Code::Proposed => "propuesta",
        Code::Draft => "borrador",
        Code::Planned => "por realizar",
        // observation-status, composition-status, document availability
        Code::Registered => "resultado pendiente",
        Code::Preliminary => "preliminar",
        Code::Partial => "resultado parcial",
        Code::Final => "versión final",
        Code::Amended => "versión modificada",
        Code::Corrected => "versión corregida",
        Code::Superseded => "versión sustituida",
        // request-priority, from slow to fast
        Code::Routine => "de rutina",
        Code::Urgent => "urgente",
        Code::Asap => "lo antes posible",
        Code::Stat => "de inmediato",
        // appointment-status
        Code::Booked => "cita reservada",
        Code::Pending => "pendiente de confirmar",
        Code::Arrived => "llegada registrada",
        Code::Fulfilled => "tuvo lugar",
        Code::NoShow => "no acudió",
        Code::Waitlist => "en lista de espera",
        // What somebody is in the care team, as the readers name it.
        Code::Attending => "responsable de la atención",
        Code::Admitting => "responsable del ingreso",
        Code::Referring => "responsable de la derivación",
        Code::Consulting => "interconsulta",
        Code::GeneralPractitioner => "medicina de familia",
        Code::PrimaryCareFacility => "centro de atención primaria",
        Code::ProviderOrganization => "entidad prestadora",
        Code::Contact => "contacto",
        Code::Author => "autoría",
        Code::Informant => "informante",
        Code::InformationRecipient => "recibe la información",
        Code::ResponsibleParty => "responsable",
    }
}

fn disposition(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Home => "domicilio",
        Disposition::ShortTermHospital => "otro hospital de agudos",
        Disposition::SkilledNursing => "centro de enfermería especializada",
        Disposition::IntermediateCare => "residencia con asistencia de nivel intermedio",
        Disposition::HomeWithCare => "domicilio, con atención sanitaria domiciliaria",
        Disposition::AgainstAdvice => "alta voluntaria en contra del criterio médico",
        Disposition::Died => "fallecimiento",
        Disposition::LawEnforcement => "autoridad judicial o policial",
        Disposition::HospiceAtHome => "cuidados paliativos en el domicilio",
        Disposition::HospiceFacility => "centro de cuidados paliativos",
        Disposition::SwingBed => "cama de cuidados de enfermería de este hospital",
        Disposition::Rehabilitation => "centro de rehabilitación",
        Disposition::LongTermHospital => "hospital de larga estancia",
        Disposition::Psychiatric => "hospital psiquiátrico",
    }
}

fn term(term: Term) -> &'static str {
    match term {
        Term::NameNotRecorded => "No consta el nombre",
        Term::NotRecorded => "no consta",
        Term::Born => "Fecha de nacimiento",
        Term::Sex => "Sexo",
        Term::Died => "Fallecimiento",
        Term::DiedNoDate => "sí, no consta la fecha",
        Term::RecordNumber => "N.º de historia clínica",
        Term::SocialSecurityNumber => "N.º de la seguridad social",
        Term::AccountNumber => "N.º de cuenta",
        Term::OtherNumber => "Otro número",
        Term::Language => "Idioma",
        Term::Address => "Domicilio",
        Term::Telephone => "Teléfono",
        Term::NextOfKin => "Familiar más cercano",
        Term::Admitted => "Ingreso",
        Term::Discharged => "Alta",
        Term::Class => "Modalidad",
        Term::VisitNumber => "N.º de episodio",
        Term::Location => "Ubicación",
        Term::Service => "Servicio",
        Term::Attending => "Responsable médico",
        Term::DischargedTo => "Destino al alta",
        Term::Disposition => "Tipo de alta",
        Term::ReasonForAdmission => "Motivo de ingreso",
        Term::Reason => "Motivo",
        Term::ServiceAskedFor => "Servicio solicitado",
        Term::Priority => "Prioridad",
        Term::ReferralNumber => "N.º de derivación",
        Term::ReferredBy => "Derivación de",
        Term::ReferredTo => "Derivación a",
        Term::TelephoneOfReferrer => "Teléfono de quien deriva",
        Term::Authorization => "Autorización",
        Term::Diagnosis => "Diagnóstico",
        Term::Code => "Código",
        Term::Kind => "Clase",
        Term::Since => "Desde",
        Term::Substance => "Sustancia",
        Term::Category => "Categoría",
        Term::Criticality => "Riesgo",
        Term::Reaction => "Reacción",
        Term::Medication => "Medicamento",
        Term::DoseAndUse => "Dosis y pauta",
        Term::Status => "Estado",
        Term::Change => "Cambio",
        Term::Procedure => "Procedimiento",
        Term::Date => "Fecha",
        Term::Test => "Prueba",
        Term::Result => "Resultado",
        Term::Units => "Unidad",
        Term::Range => "Valores de referencia",
        Term::Flag => "Ind.",
        Term::Specimen => "Muestra",
        Term::Taken => "Fecha de la toma",
        Term::Vaccine => "Vacuna",
        Term::Lot => "Lote",
        Term::Planned => "Previsto",
        Term::Appointment => "Cita",
        Term::When => "Fecha y hora",
        Term::Where => "Lugar",
        Term::With => "Con",
        Term::Name => "Nombre",
        Term::Role => "Función",
        Term::Contact => "Contacto",
        Term::Payer => "Aseguradora",
        Term::Plan => "Póliza",
        Term::MemberId => "N.º de afiliación",
        Term::Document => "Documento",
        Term::Type => "Tipo",
        Term::Size => "Tamaño",
        Term::TakeFromNowOn => "Para tomar a partir de ahora",
        Term::NotCertain => "En pausa, previstos o sin confirmar",
        Term::Ended => "Suspendidos o finalizados",
        Term::DuringTheStay => "Administrados durante la estancia",
        Term::BeforeTheStay => "Tomados antes de la estancia",
        Term::ChangeNew => "nuevo",
        Term::ChangeDose => "modificado",
        Term::ChangeNone => "sin cambios",
        Term::ChangeNotContinued => "no figura en la lista del alta",
        Term::RoleAdmission => "Al ingreso",
        Term::RoleDischarge => "Al alta",
        Term::RoleWorking => "De trabajo",
        Term::NoneRecorded => "No consta nada en la fuente",
        Term::NothingOnThese => "En la fuente no consta nada sobre:",
        Term::AsWritten => "Tal como figura en la fuente",
        Term::CommentsInMessage => "Comentarios del mensaje",
        Term::NoteOn => "Nota sobre",
        Term::Withheld => {
            "El emisor se ha reservado información que corresponde a este apartado. Llámele si la necesita."
        }
        Term::NotShown => "no se puede mostrar aquí",
        Term::Attached => "adjunto a este archivo",
        Term::Restricted => "alto",
        Term::VeryRestricted => "muy alto",
        Term::SensitiveTitle => "Este envío contiene información con protección especial",
        Term::Part2Notice => {
            "42 CFR part 2 prohibits unauthorized use or disclosure of these records. (La parte 2 del título 42 del Código de Reglamentos Federales de los Estados Unidos prohíbe el uso o la divulgación no autorizados de estos registros.)"
        }
        Term::ConsentScope => "Alcance del consentimiento del paciente:",
        Term::AboutThisPacket => "Acerca de este envío",
        Term::Made => "Fecha de creación",
        Term::From => "Elaborado a partir de",
        Term::SentBy => "Sistema emisor",
        Term::Sent => "Fecha del mensaje",
        Term::Purpose => "Finalidad",
        Term::Confidentiality => "Nivel de protección",
        Term::Labels => "Etiquetas",
        Term::AlsoInTheSource => "También en la fuente",
        Term::NotPartOfThisPacket => "fuera de este envío",
        Term::HandoffId => "Identificador del envío",
        Term::SourceDigest => "SHA-256 del mensaje de origen",
        Term::Message => "mensaje",
        Term::ConfidentialInformation => "información sanitaria confidencial",
        Term::NotCompletelyRead => "Lo que no se leyó por completo de la fuente",
        Term::Questions => "Consultas",
    }
}

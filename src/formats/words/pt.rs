//! Portuguese in the spelling of Brazil, with words that Portugal reads too where
//! there are such. A status agrees with nothing: see `Code`.

use super::Words;
use super::code::{Code, Disposition};
use super::dates::Order;
use super::term::Term;
use crate::domain::language::Language;
use crate::domain::packet::Beyond;
use crate::domain::purpose::PurposeOfUse;
use crate::domain::section::{PacketKind, Section};

pub const WORDS: Words = Words {
    language: Language::Pt,
    term,
    kind,
    section,
    purpose,
    code,
    disposition,
    months: [
        "janeiro",
        "fevereiro",
        "março",
        "abril",
        "maio",
        "junho",
        "julho",
        "agosto",
        "setembro",
        "outubro",
        "novembro",
        "dezembro",
    ],
    short_months: [
        "jan.", "fev.", "mar.", "abr.", "maio", "jun.", "jul.", "ago.", "set.", "out.", "nov.",
        "dez.",
    ],
    dates: Order::De,
    short_dates: Order::Plain,
    beyond,
    doubts: |count| match count {
        1 => "1 parte da fonte foi omitida ou não foi lida por completo".into(),
        n => format!("{n} partes da fonte foram omitidas ou não foram lidas por completo"),
    },
    more_doubts: |count| format!("e mais {count}, no final deste envio"),
    page: "Página {n} de {m}",
    continued: "{section} (continuação)",
    earlier: |event, sent| {
        let sent = sent.map(|at| format!(" de {at}")).unwrap_or_default();
        format!(
            "Esta seção vem de uma mensagem anterior do mesmo atendimento ({event}{sent}); a última mensagem nada diz a respeito."
        )
    },
    comma: ", ",
};

fn kind(kind: PacketKind) -> &'static str {
    match kind {
        PacketKind::Discharge => "Sumário de alta",
        PacketKind::Referral => "Carta de encaminhamento",
        PacketKind::Documents => "Documentos clínicos",
    }
}

fn section(section: Section, kind: PacketKind) -> &'static str {
    let discharge = kind == PacketKind::Discharge;
    match section {
        Section::Encounter if discharge => "Internação hospitalar",
        Section::Encounter => "Atendimento",
        Section::ReasonForReferral => "Motivo do encaminhamento",
        Section::ReasonForVisit => "Motivo da consulta",
        Section::PresentIllness => "História da doença atual",
        Section::Diagnoses if discharge => "Diagnósticos na alta",
        Section::Diagnoses => "Problemas de saúde",
        Section::HospitalCourse => "Evolução durante a internação",
        Section::Medications if discharge => "Medicamentos na alta",
        Section::Medications => "Medicamentos",
        Section::Allergies => "Alergias e intolerâncias",
        Section::Procedures => "Procedimentos",
        Section::Consultations => "Pareceres e interconsultas",
        Section::Results => "Resultados de exames",
        Section::VitalSigns => "Sinais vitais",
        Section::Immunizations => "Imunizações",
        Section::Assessment => "Avaliação",
        Section::Plan => "Plano e seguimento",
        Section::AssessmentAndPlan => "Avaliação e plano",
        Section::Instructions if discharge => "Orientações de alta",
        Section::Instructions => "Orientações e comentários",
        Section::PastHistory => "Antecedentes pessoais",
        Section::FamilyHistory => "História familiar",
        Section::SocialHistory => "História social",
        Section::FunctionalStatus => "Capacidade funcional",
        Section::MentalStatus => "Estado mental",
        Section::Nutrition => "Nutrição",
        Section::AdvanceDirectives => "Diretivas antecipadas de vontade",
        Section::Devices => "Dispositivos e implantes",
        Section::Payers => "Convênio ou seguro de saúde",
        Section::CareTeam => "Equipe de cuidados",
        Section::Documents => "Documentos",
    }
}

fn purpose(purpose: PurposeOfUse) -> &'static str {
    match purpose {
        PurposeOfUse::Treat => "tratamento",
        PurposeOfUse::Coc => "coordenação do cuidado",
        PurposeOfUse::Etreat => "atendimento de emergência",
        PurposeOfUse::Caremgt => "gestão do cuidado",
        PurposeOfUse::Hpaymt => "pagamento de serviços de saúde",
        PurposeOfUse::Hoperat => "operações de serviços de saúde",
        PurposeOfUse::Patrqt => "a pedido do paciente",
        PurposeOfUse::Famrqt => "a pedido da família",
        PurposeOfUse::Pubhlth => "saúde pública",
    }
}

fn beyond(kind: Beyond, count: usize) -> String {
    let (one, several) = match kind {
        Beyond::Texts => ("seção de texto", "seções de texto"),
        Beyond::Diagnoses => ("diagnóstico", "diagnósticos"),
        Beyond::Allergies => ("alergia", "alergias"),
        Beyond::Medications => ("medicamento", "medicamentos"),
        Beyond::Procedures => ("procedimento", "procedimentos"),
        Beyond::Observations => ("resultado ou observação", "resultados e observações"),
        Beyond::Documents => ("documento", "documentos"),
        Beyond::Immunizations => ("vacina", "vacinas"),
        Beyond::Orders => ("solicitação", "solicitações"),
        Beyond::Appointments => ("agendamento", "agendamentos"),
        Beyond::Encounters => ("outro atendimento", "outros atendimentos"),
    };
    format!("{count} {}", if count == 1 { one } else { several })
}
fn code(code: Code) -> &'static str {
    match code {
        // v3-ActCode: the class of a stay.
        Code::Inpatient => "Internação",
        Code::InpatientAcute => "Internação em cuidados agudos",
        Code::InpatientNonAcute => "Internação em cuidados não agudos",
        Code::Emergency => "Emergência",
        Code::Outpatient => "Atendimento ambulatorial",
        Code::PreAdmission => "Pré-internação",
        Code::ObservationStay => "Observação",
        Code::ShortStay => "Internação de curta duração",
        Code::HomeHealth => "Atenção domiciliar",
        Code::Virtual => "Teleatendimento",
        Code::Field => "Atendimento no local da ocorrência",
        // administrative-gender. The status of something is `unknown` too.
        Code::Male => "masculino",
        Code::Female => "feminino",
        Code::Other => "outro",
        Code::Unknown => "desconhecido",
        // condition-clinical, allergyintolerance-clinical
        Code::Active => "em vigor",
        Code::Inactive => "sem atividade",
        Code::Recurrence => "recorrência",
        Code::Relapse => "recaída",
        Code::Remission => "em remissão",
        Code::Resolved => "problema resolvido",
        // condition-ver-status, allergyintolerance-verification
        Code::Confirmed => "com confirmação",
        Code::Unconfirmed => "sem confirmação",
        Code::Presumed => "presunção",
        Code::Provisional => "em caráter provisório",
        Code::Differential => "diagnóstico diferencial",
        Code::Refuted => "hipótese descartada",
        Code::EnteredInError => "erro de registro",
        // allergy-intolerance-category
        Code::Food => "alimento",
        Code::Medication => "medicamento",
        Code::Environment => "fator ambiental",
        Code::Biologic => "produto biológico",
        // allergy-intolerance-criticality: they agree with `Term::Criticality`.
        Code::Low => "baixo",
        Code::High => "alto",
        Code::UnableToAssess => "não avaliável",
        // event-status, request-status, medication statement
        Code::Completed => "execução concluída",
        Code::Preparation => "em preparação",
        Code::InProgress => "em andamento",
        Code::NotDone => "não se realizou",
        Code::NotTaken => "sem uso",
        Code::Stopped => "interrupção definitiva",
        Code::OnHold => "em pausa",
        Code::Suspended => "interrupção temporária",
        Code::Aborted => "interrupção antes do fim",
        Code::Cancelled => "cancelamento",
        Code::Revoked => "revogação",
        Code::Declined => "recusa",
        Code::Intended => "uso previsto",
        Code::Proposed => "proposta",
        Code::Draft => "rascunho",
        Code::Planned => "a realizar",
        // observation-status, composition-status, document availability
        Code::Registered => "resultado pendente",
        Code::Preliminary => "preliminar",
        Code::Partial => "resultado parcial",
        Code::Final => "versão final",
        Code::Amended => "versão modificada",
        Code::Corrected => "versão corrigida",
        Code::Superseded => "versão substituída",
        // request-priority, from slow to fast
        Code::Routine => "de rotina",
        Code::Urgent => "urgente",
        Code::Asap => "assim que possível",
        Code::Stat => "imediatamente",
        // appointment-status
        Code::Booked => "horário marcado",
        Code::Pending => "à espera de confirmação",
        Code::Arrived => "chegada registrada",
        Code::Fulfilled => "já ocorreu",
        Code::NoShow => "não compareceu",
        Code::Waitlist => "em lista de espera",
        // What somebody is in the care team, as the readers name it.
        Code::Attending => "responsável pelo atendimento",
        Code::Admitting => "responsável pela internação",
        Code::Referring => "responsável pelo encaminhamento",
        Code::Consulting => "parecer ou interconsulta",
        Code::GeneralPractitioner => "medicina de família",
        Code::PrimaryCareFacility => "unidade de atenção primária",
        Code::ProviderOrganization => "organização prestadora",
        Code::Contact => "contato",
        Code::Author => "autoria",
        Code::Informant => "fonte da informação",
        Code::InformationRecipient => "recebe a informação",
        Code::ResponsibleParty => "responsável",
    }
}

fn disposition(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Home => "domicílio",
        Disposition::ShortTermHospital => "outro hospital de curta permanência",
        Disposition::SkilledNursing => "unidade de enfermagem especializada",
        Disposition::IntermediateCare => "residência com assistência de nível intermediário",
        Disposition::HomeWithCare => "domicílio, com atenção domiciliar",
        Disposition::AgainstAdvice => "alta a pedido, contra orientação médica",
        Disposition::Died => "óbito",
        Disposition::LawEnforcement => "autoridade judicial ou policial",
        Disposition::HospiceAtHome => "cuidados paliativos no domicílio",
        Disposition::HospiceFacility => "unidade de cuidados paliativos",
        Disposition::SwingBed => "leito de cuidados de enfermagem deste hospital",
        Disposition::Rehabilitation => "unidade de reabilitação",
        Disposition::LongTermHospital => "hospital de longa permanência",
        Disposition::Psychiatric => "hospital psiquiátrico",
    }
}

fn term(term: Term) -> &'static str {
    match term {
        Term::NameNotRecorded => "Nome não informado",
        Term::NotRecorded => "não informada",
        Term::Born => "Data de nascimento",
        Term::Sex => "Sexo",
        Term::Died => "Óbito",
        Term::DiedNoDate => "sim, data não informada",
        Term::RecordNumber => "N.º do prontuário",
        Term::SocialSecurityNumber => "N.º da previdência social",
        Term::AccountNumber => "N.º da conta",
        Term::OtherNumber => "Outro número",
        Term::Language => "Idioma",
        Term::Address => "Endereço",
        Term::Telephone => "Telefone",
        Term::NextOfKin => "Familiar mais próximo",
        Term::Admitted => "Admissão",
        Term::Discharged => "Alta",
        Term::Class => "Tipo de atendimento",
        Term::VisitNumber => "N.º do atendimento",
        Term::Location => "Local",
        Term::Service => "Especialidade",
        Term::Attending => "Responsável médico",
        Term::DischargedTo => "Destino após a alta",
        Term::Disposition => "Tipo de alta",
        Term::ReasonForAdmission => "Motivo da internação",
        Term::Reason => "Motivo",
        Term::ServiceAskedFor => "Serviço solicitado",
        Term::Priority => "Prioridade",
        Term::ReferralNumber => "N.º da guia",
        Term::ReferredBy => "Solicitante",
        Term::ReferredTo => "Destino",
        Term::TelephoneOfReferrer => "Telefone do solicitante",
        Term::Authorization => "Autorização",
        Term::Diagnosis => "Diagnóstico",
        Term::Code => "Código",
        Term::Kind => "Classe",
        Term::Since => "Desde",
        Term::Substance => "Substância",
        Term::Category => "Categoria",
        Term::Criticality => "Risco",
        Term::Reaction => "Reação",
        Term::Medication => "Medicamento",
        Term::DoseAndUse => "Dose e posologia",
        Term::Status => "Situação",
        Term::Change => "Alteração",
        Term::Procedure => "Procedimento",
        Term::Date => "Data",
        Term::Test => "Exame",
        Term::Result => "Resultado",
        Term::Units => "Unidade",
        Term::Range => "Valores de referência",
        Term::Flag => "Ind.",
        Term::Specimen => "Amostra",
        Term::Taken => "Data do exame",
        Term::Vaccine => "Vacina",
        Term::Lot => "Lote",
        Term::Planned => "Previsto",
        Term::Appointment => "Agendamento",
        Term::When => "Data e hora",
        Term::Where => "Local",
        Term::With => "Com",
        Term::Name => "Nome",
        Term::Role => "Função",
        Term::Contact => "Contato",
        Term::Payer => "Operadora",
        Term::Plan => "Plano",
        Term::MemberId => "N.º do beneficiário",
        Term::Document => "Documento",
        Term::Type => "Tipo",
        Term::Size => "Tamanho",
        Term::TakeFromNowOn => "A tomar a partir de agora",
        Term::NotCertain => "Em pausa, previstos ou não confirmados",
        Term::Ended => "Interrompidos ou concluídos",
        Term::DuringTheStay => "Administrados durante a internação",
        Term::BeforeTheStay => "Tomados antes da internação",
        Term::ChangeNew => "novo",
        Term::ChangeDose => "alterado",
        Term::ChangeNone => "sem alteração",
        Term::ChangeNotContinued => "não consta na lista da alta",
        Term::RoleAdmission => "Na admissão",
        Term::RoleDischarge => "Na alta",
        Term::RoleWorking => "De trabalho",
        Term::NoneRecorded => "Nada consta na fonte",
        Term::NothingOnThese => "Nada consta na fonte sobre:",
        Term::AsWritten => "Conforme escrito na fonte",
        Term::CommentsInMessage => "Comentários da mensagem",
        Term::NoteOn => "Observação sobre",
        Term::Withheld => {
            "O remetente reteve informações que pertencem a esta seção. Ligue para ele se precisar delas."
        }
        Term::NotShown => "não pode ser exibido aqui",
        Term::Attached => "anexado a este arquivo",
        Term::Restricted => "alto",
        Term::VeryRestricted => "muito alto",
        Term::SensitiveTitle => "Este envio contém informações com proteção especial",
        Term::Part2Notice => {
            "42 CFR part 2 prohibits unauthorized use or disclosure of these records. (A parte 2 do título 42 do Código de Regulamentos Federais dos Estados Unidos proíbe o uso ou a divulgação não autorizados destes registros.)"
        }
        Term::ConsentScope => "Abrangência do consentimento do paciente:",
        Term::AboutThisPacket => "Sobre este envio",
        Term::Made => "Data de criação",
        Term::From => "Elaborado a partir de",
        Term::SentBy => "Sistema remetente",
        Term::Sent => "Data da mensagem",
        Term::Purpose => "Finalidade",
        Term::Confidentiality => "Nível de sigilo",
        Term::Labels => "Rótulos",
        Term::AlsoInTheSource => "Também na fonte",
        Term::NotPartOfThisPacket => "fora deste envio",
        Term::HandoffId => "Identificador do envio",
        Term::SourceDigest => "SHA-256 da mensagem de origem",
        Term::Message => "mensagem",
        Term::ConfidentialInformation => "informações de saúde confidenciais",
        Term::NotCompletelyRead => "O que não foi lido por completo da fonte",
        Term::Questions => "Dúvidas",
    }
}

//! The clinical resources of a document Bundle, each from one fact. They say
//! what the fact says and nothing that would have to be guessed.

use super::parts::{
    Built, concept, human_name, identifier, named, plain_identifier, received, reference,
    text_concept,
};
use crate::domain::facts;
use fhir_sdk::r4b::codes::{
    AdministrativeGender, AllergyIntoleranceCategory, AllergyIntoleranceCriticality,
    EncounterStatus, EventStatus, ObservationStatus, RequestIntent, RequestPriority, RequestStatus,
};
use fhir_sdk::r4b::resources::{
    AllergyIntolerance, AllergyIntoleranceOnset, AllergyIntoleranceReaction, Condition,
    ConditionOnset, Encounter, EncounterHospitalization, EncounterLocation, EncounterParticipant,
    MedicationStatement, MedicationStatementMedication, Observation, ObservationEffective,
    ObservationReferenceRange, ObservationValue, Patient, PatientDeceased, Procedure,
    ProcedurePerformed, ServiceRequest,
};
use fhir_sdk::r4b::types::{
    Annotation, CodeableConcept, Coding, Dosage, Identifier, Period, Quantity,
};
use fhir_sdk::{Date, DateTime};
use jiff::tz::TimeZone;

/// What every resource of one document shares.
pub struct Shared<'a> {
    /// The patient's fullUrl.
    pub subject: &'a str,
    /// The zone that times without an offset are read in.
    pub zone: &'a TimeZone,
}

impl Shared<'_> {
    fn date_time(&self, at: &facts::When) -> Option<DateTime> {
        at.fhir(self.zone).parse().ok()
    }
}

pub fn patient(from: &facts::Patient) -> Built<Patient> {
    let mut patient = Patient::builder().build()?;
    for id in &from.identifiers {
        patient.identifier.push(Some(identifier(id)?));
    }
    for name in &from.names {
        patient.name.push(Some(human_name(name)?));
    }
    patient.gender = from
        .gender
        .and_then(|gender| gender.parse::<AdministrativeGender>().ok());
    patient.deceased = match (&from.deceased_at, from.deceased) {
        (Some(at), _) => at.date().parse().ok().map(PatientDeceased::DateTime),
        (None, Some(dead)) => Some(PatientDeceased::Boolean(dead)),
        (None, None) => None,
    };
    patient.birth_date = from
        .birth_date
        .as_ref()
        .and_then(|at| at.date().parse::<Date>().ok());
    Ok(patient)
}

pub fn encounter(from: &facts::Encounter, shared: &Shared) -> Built<Encounter> {
    let status = from
        .status
        .as_deref()
        .and_then(|status| status.parse::<EncounterStatus>().ok());
    let mut encounter = Encounter::builder()
        .status(status.unwrap_or(EncounterStatus::Unknown))
        .class(class(from.class.as_deref())?)
        .subject(reference(shared.subject)?)
        .build()?;
    if let Some(number) = visit_number(from)? {
        encounter.identifier.push(Some(number));
    }
    if from.start.is_some() || from.end.is_some() {
        let mut period = Period::builder().build()?;
        period.start = from.start.as_ref().and_then(|at| shared.date_time(at));
        period.end = from.end.as_ref().and_then(|at| shared.date_time(at));
        encounter.period = Some(period);
    }
    if let Some(attending) = &from.attending {
        let role = concept(PARTICIPATION, "ATND", None)?;
        let who = EncounterParticipant::builder().r#type(vec![Some(role)]);
        encounter
            .participant
            .push(Some(who.individual(named(&attending.shown())?).build()?));
    }
    if let Some(disposition) = &from.discharge_disposition {
        let left = EncounterHospitalization::builder();
        encounter.hospitalization = Some(
            left.discharge_disposition(text_concept(disposition)?)
                .build()?,
        );
    }
    if let Some(location) = &from.location {
        let place = EncounterLocation::builder()
            .location(named(location)?)
            .build()?;
        encounter.location.push(Some(place));
    }
    if let Some(reason) = &from.reason {
        encounter.reason_code.push(Some(text_concept(reason)?));
    }
    Ok(encounter)
}

const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

/// Encounter.class is required: an unknown one is said to be unknown, and a
/// local one stays in table 0004 (v2-to-FHIR, PV1-2).
fn class(class: Option<&str>) -> Built<Coding> {
    match class {
        Some(
            code @ ("IMP" | "EMER" | "AMB" | "PRENC" | "OBSENC" | "ACUTE" | "NONAC" | "SS" | "HH"
            | "VR" | "FLD"),
        ) => super::parts::coding(ACT_CODE, code),
        Some(code) => super::parts::coding("http://terminology.hl7.org/CodeSystem/v2-0004", code),
        None => super::parts::coding("http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "UNK"),
    }
}

pub fn visit_number(from: &facts::Encounter) -> Built<Option<Identifier>> {
    let number = from.number.as_deref();
    number
        .map(|number| plain_identifier(number, from.number_system.as_deref()))
        .transpose()
}

pub fn condition(from: &facts::Condition, shared: &Shared) -> Built<Condition> {
    let mut condition = Condition::builder()
        .code(received(&from.code)?)
        .subject(reference(shared.subject)?)
        .category(vec![Some(concept(
            CONDITION_CATEGORY,
            "encounter-diagnosis",
            None,
        )?)])
        .build()?;
    condition.onset = from
        .onset
        .as_ref()
        .and_then(|at| shared.date_time(at))
        .map(ConditionOnset::DateTime);
    let known = [
        "active",
        "recurrence",
        "relapse",
        "inactive",
        "remission",
        "resolved",
    ];
    condition.verification_status = clinical(
        CONDITION_CERTAINTY,
        from.verification.as_deref(),
        &[
            "unconfirmed",
            "provisional",
            "differential",
            "confirmed",
            "refuted",
        ],
    )?;
    condition.body_site = words(from.body_site.as_deref())?;
    condition.clinical_status = clinical(CONDITION_CLINICAL, from.status.as_deref(), &known)?;
    if let Some(role) = &from.role {
        let note = Annotation::builder()
            .text(format!("Diagnosis role as received: {role}"))
            .build()?;
        condition.note.push(Some(note));
    }
    Ok(condition)
}

const CONDITION_CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/condition-clinical";
const CONDITION_CERTAINTY: &str = "http://terminology.hl7.org/CodeSystem/condition-ver-status";
const ALLERGY_CERTAINTY: &str =
    "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification";

fn words(text: Option<&str>) -> Built<Vec<Option<CodeableConcept>>> {
    text.into_iter()
        .map(|text| text_concept(text).map(Some))
        .collect()
}
const ALLERGY_CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical";

fn clinical(system: &str, status: Option<&str>, known: &[&str]) -> Built<Option<CodeableConcept>> {
    let status = status.filter(|status| known.contains(status));
    status
        .map(|status| concept(system, status, None))
        .transpose()
}

const CONDITION_CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/condition-category";

pub fn allergy(from: &facts::AllergyIntolerance, shared: &Shared) -> Built<AllergyIntolerance> {
    // ait-1: it must say; an allergy that is told without a word on it is active.
    let status = clinical(
        ALLERGY_CLINICAL,
        from.status.as_deref(),
        &["inactive", "resolved"],
    )?;
    let denied = from.verification.as_deref() == Some("refuted");
    let status = match status {
        Some(status) => status,
        None if denied => concept(ALLERGY_CLINICAL, "inactive", None)?,
        None => concept(ALLERGY_CLINICAL, "active", None)?,
    };
    let mut allergy = AllergyIntolerance::builder()
        .code(received(&from.code)?)
        .patient(reference(shared.subject)?)
        .clinical_status(status)
        .build()?;
    allergy.verification_status = clinical(
        ALLERGY_CERTAINTY,
        from.verification.as_deref(),
        &["unconfirmed", "presumed", "confirmed", "refuted"],
    )?;
    let category = from
        .category
        .as_deref()
        .and_then(|c| c.parse::<AllergyIntoleranceCategory>().ok());
    allergy.category = category.into_iter().map(Some).collect();
    allergy.criticality = from
        .criticality
        .as_deref()
        .and_then(|c| c.parse::<AllergyIntoleranceCriticality>().ok());
    allergy.onset = from
        .onset
        .as_ref()
        .and_then(|at| shared.date_time(at))
        .map(AllergyIntoleranceOnset::DateTime);
    for reaction in &from.reactions {
        let manifestation = vec![Some(text_concept(reaction)?)];
        let reaction = AllergyIntoleranceReaction::builder()
            .manifestation(manifestation)
            .build()?;
        allergy.reaction.push(Some(reaction));
    }
    Ok(allergy)
}

pub fn medication(from: &facts::Medication, shared: &Shared) -> Built<MedicationStatement> {
    // Where the source gave no status, nothing says that it is being taken.
    let known = [
        "active",
        "completed",
        "entered-in-error",
        "intended",
        "stopped",
        "on-hold",
        "not-taken",
    ];
    let status = from.status.as_deref().map(|status| match status {
        "cancelled" | "revoked" => "stopped",
        "not-done" | "declined" => "not-taken",
        "in-progress" => "active",
        "proposed" | "draft" => "intended",
        other => other,
    });
    let status = status.filter(|status| known.contains(status));
    let mut medication = MedicationStatement::builder()
        .status(status.unwrap_or("unknown").to_owned())
        .medication(MedicationStatementMedication::CodeableConcept(received(
            &from.code,
        )?))
        .subject(reference(shared.subject)?)
        .build()?;
    for note in &from.notes {
        let note = Annotation::builder().text(note.clone()).build()?;
        medication.note.push(Some(note));
    }
    if let Some(dosage) = &from.dosage {
        medication
            .dosage
            .push(Some(Dosage::builder().text(dosage.clone()).build()?));
    }
    Ok(medication)
}

pub fn procedure(from: &facts::Procedure, shared: &Shared) -> Built<Procedure> {
    let status = from.status.as_deref();
    let status = status.map(|status| match status {
        "aborted" => "stopped",
        "suspended" => "on-hold",
        "held" => "preparation",
        other => other,
    });
    let status = status.and_then(|status| status.parse::<EventStatus>().ok());
    let mut procedure = Procedure::builder()
        .status(status.unwrap_or(EventStatus::Unknown))
        .code(received(&from.code)?)
        .subject(reference(shared.subject)?)
        .build()?;
    procedure.body_site = words(from.body_site.as_deref())?;
    procedure.performed = from
        .performed
        .as_ref()
        .and_then(|at| shared.date_time(at))
        .map(ProcedurePerformed::DateTime);
    Ok(procedure)
}

pub fn observation(from: &facts::Observation, shared: &Shared) -> Built<Observation> {
    let status = from
        .status
        .and_then(|status| status.parse::<ObservationStatus>().ok());
    let mut observation = Observation::builder()
        .status(status.unwrap_or(ObservationStatus::Unknown))
        .code(received(&from.code)?)
        .subject(reference(shared.subject)?)
        .build()?;
    observation.effective = from
        .effective
        .as_ref()
        .and_then(|at| shared.date_time(at))
        .map(ObservationEffective::DateTime);
    observation.value = value(from)?;
    if let Some(flag) = &from.interpretation {
        let flag = concept(
            "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
            flag,
            Some(flag),
        )?;
        observation.interpretation.push(Some(flag));
    }
    if let Some(range) = &from.range {
        let range = ObservationReferenceRange::builder()
            .text(range.clone())
            .build()?;
        observation.reference_range.push(Some(range));
    }
    for note in &from.notes {
        observation
            .note
            .push(Some(Annotation::builder().text(note.clone()).build()?));
    }
    Ok(observation)
}

/// A number becomes a Quantity only where nothing of its writing is lost:
/// `7.10` is not `7.1` to a laboratory.
fn value(from: &facts::Observation) -> Built<Option<ObservationValue>> {
    let Some(text) = &from.value else {
        return Ok(None);
    };
    let number = text
        .parse::<f64>()
        .ok()
        .filter(|n| from.numeric && n.to_string() == *text);
    let units = from.units.as_deref();
    Ok(Some(match number {
        Some(number) => {
            let mut quantity = Quantity::builder().value(number).build()?;
            quantity.unit = units.map(str::to_owned);
            ObservationValue::Quantity(quantity)
        }
        None => {
            let units = units.map(|units| format!(" {units}")).unwrap_or_default();
            ObservationValue::String(format!("{text}{units}"))
        }
    }))
}

pub fn service_request(from: &facts::ServiceRequest, shared: &Shared) -> Built<ServiceRequest> {
    let status = from.status.as_deref();
    let status = status.and_then(|status| status.parse::<RequestStatus>().ok());
    let mut request = ServiceRequest::builder()
        .status(status.unwrap_or(RequestStatus::Active))
        .intent(RequestIntent::Order)
        .subject(reference(shared.subject)?)
        .build()?;
    if let Some(id) = &from.id {
        request.identifier.push(Some(plain_identifier(id, None)?));
    }
    request.priority = from
        .priority
        .as_deref()
        .and_then(|p| p.parse::<RequestPriority>().ok());
    request.code = from.service.as_deref().map(text_concept).transpose()?;
    if let Some(reason) = &from.reason {
        request.reason_code.push(Some(text_concept(reason)?));
    }
    request.requester = from
        .from
        .as_ref()
        .map(|party| named(&party.shown()))
        .transpose()?;
    if let Some(party) = &from.to {
        request.performer.push(Some(named(&party.shown())?));
    }
    Ok(request)
}

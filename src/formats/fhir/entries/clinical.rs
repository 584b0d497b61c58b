//! Conditions, allergies, procedures, immunizations.

use super::super::draft::Draft;
use super::super::parts::{Built, annotation, concept, received, text_concept};
use super::{notes, status_of, words};
use crate::domain::facts;
use crate::domain::section::PacketKind;
use crate::formats::words::Term;
use fhir_sdk::r4b::codes::{
    AllergyIntoleranceCategory, AllergyIntoleranceCriticality, EventStatus,
};
use fhir_sdk::r4b::resources::{
    AllergyIntolerance, AllergyIntoleranceOnset, AllergyIntoleranceReaction, Condition,
    ConditionAbatement, ConditionOnset, Immunization, ImmunizationOccurrence, Procedure,
    ProcedurePerformed,
};

const CONDITION_CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/condition-clinical";
const CONDITION_CERTAINTY: &str = "http://terminology.hl7.org/CodeSystem/condition-ver-status";
const CONDITION_CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/condition-category";
const ALLERGY_CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical";
const ALLERGY_CERTAINTY: &str =
    "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification";

const OVER: [&str; 3] = ["inactive", "remission", "resolved"];

pub fn condition(from: &facts::Condition, kind: PacketKind, draft: &Draft) -> Built<Condition> {
    let mut condition = Condition::builder()
        .code(received(&from.code)?)
        .subject(draft.subject()?)
        .category(vec![Some(concept(
            CONDITION_CATEGORY,
            category(from, kind),
            None,
        )?)])
        .build()?;
    let active = ["active", "recurrence", "relapse"];
    let known = [active, OVER].concat();
    condition.clinical_status = status_of(CONDITION_CLINICAL, from.status.as_deref(), &known)?;
    condition.verification_status = status_of(
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
    condition.onset = draft.date_time(&from.onset).map(ConditionOnset::DateTime);
    condition.note = notes(&from.note)?;
    // con-4: what has an end is over. Where the source does not say so, the end
    // is only what it wrote, and may be still to come.
    let over = from.status.as_deref().is_some_and(|s| OVER.contains(&s));
    let ended = draft.date_time(&from.end);
    condition.abatement = ended.filter(|_| over).map(ConditionAbatement::DateTime);
    if let Some(end) = from.end.as_ref().filter(|_| !over) {
        let end = draft.edition.words.date(end);
        condition.note.push(annotation(format!("– {end}"))?);
    }
    Ok(condition)
}

/// A referral lists problems, a discharge the diagnoses of the stay. con-3: an
/// item of a problem list says whether it is still one.
fn category(from: &facts::Condition, kind: PacketKind) -> &'static str {
    let listed = kind != PacketKind::Discharge && from.role.is_none() && from.status.is_some();
    match listed {
        true => "problem-list-item",
        false => "encounter-diagnosis",
    }
}

pub fn allergy(from: &facts::AllergyIntolerance, draft: &Draft) -> Built<AllergyIntolerance> {
    // ait-1: it must say; an allergy that is told without a word on it is active.
    let denied = from.verification.as_deref() == Some("refuted");
    let told = from.status.as_deref();
    let status = match told.filter(|s| ["inactive", "resolved"].contains(s)) {
        Some(status) => status,
        None if denied => "inactive",
        None => "active",
    };
    let mut allergy = AllergyIntolerance::builder()
        .code(received(&from.code)?)
        .patient(draft.subject()?)
        .clinical_status(concept(ALLERGY_CLINICAL, status, None)?)
        .build()?;
    allergy.verification_status = status_of(
        ALLERGY_CERTAINTY,
        from.verification.as_deref(),
        &["unconfirmed", "presumed", "confirmed", "refuted"],
    )?;
    let category = from.category.as_deref();
    let category = category.and_then(|c| c.parse::<AllergyIntoleranceCategory>().ok());
    allergy.category = category.into_iter().map(Some).collect();
    let criticality = from.criticality.as_deref();
    allergy.criticality = criticality.and_then(|c| c.parse::<AllergyIntoleranceCriticality>().ok());
    allergy.onset = draft
        .date_time(&from.onset)
        .map(AllergyIntoleranceOnset::DateTime);
    for reaction in &from.reactions {
        let manifestation = vec![Some(text_concept(reaction)?)];
        let reaction = AllergyIntoleranceReaction::builder().manifestation(manifestation);
        allergy.reaction.push(Some(reaction.build()?));
    }
    Ok(allergy)
}

pub fn procedure(from: &facts::Procedure, draft: &Draft) -> Built<Procedure> {
    let status = from.status.as_deref().map(|status| match status {
        "aborted" => "stopped",
        "suspended" => "on-hold",
        "held" => "preparation",
        other => other,
    });
    let status = status.and_then(|status| status.parse::<EventStatus>().ok());
    let mut procedure = Procedure::builder()
        .status(status.unwrap_or(EventStatus::Unknown))
        .code(received(&from.code)?)
        .subject(draft.subject()?)
        .build()?;
    procedure.body_site = words(from.body_site.as_deref())?;
    procedure.performed = draft
        .date_time(&from.performed)
        .map(ProcedurePerformed::DateTime);
    Ok(procedure)
}

/// R4 knows no unknown status here: a vaccine that is listed without a word on
/// it was given.
pub fn immunization(from: &facts::Immunization, draft: &Draft) -> Built<Immunization> {
    let status = from.status.as_deref();
    let status = status.filter(|s| ["completed", "not-done", "entered-in-error"].contains(s));
    let given = match draft.date_time(&from.given) {
        Some(at) => ImmunizationOccurrence::DateTime(at),
        None => ImmunizationOccurrence::String(draft.edition.say(Term::NotRecorded).into()),
    };
    let mut immunization = Immunization::builder()
        .status(status.unwrap_or("completed").to_owned())
        .vaccine_code(received(&from.code)?)
        .patient(draft.subject()?)
        .occurrence(given)
        .build()?;
    immunization.lot_number = from.lot.clone();
    Ok(immunization)
}

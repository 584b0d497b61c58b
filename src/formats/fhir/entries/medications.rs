//! Medications as statements: what the source says is, was or is to be taken.
//!
//! Neither a request, which would authorise somebody to act, nor an
//! administration, which wants a moment and a coded dose (mad-1) that few sources
//! give. Which list a medicine stood on is told by the section it stands in.

use super::super::draft::Draft;
use super::super::parts::{Built, annotation, concept, plain_identifier, received};
use super::notes;
use crate::domain::facts::Medication;
use crate::domain::packet::{Listed, Standing};
use crate::formats::content::change_in_words;
use crate::formats::words::Term;
use fhir_sdk::r4b::resources::{
    MedicationStatement, MedicationStatementEffective, MedicationStatementMedication,
};
use fhir_sdk::r4b::types::Dosage;

pub fn medication(from: &Listed, draft: &Draft) -> Built<MedicationStatement> {
    let drug = &from.medication;
    let mut statement = MedicationStatement::builder()
        .status(status(drug, from.standing).to_owned())
        .medication(MedicationStatementMedication::CodeableConcept(received(
            &drug.code,
        )?))
        .subject(draft.subject()?)
        .build()?;
    if let Some(order) = &drug.order {
        let number = plain_identifier(order, None)?;
        statement.identifier.push(Some(number));
    }
    let period = draft.period(&drug.start, &drug.end)?;
    statement.effective = period.map(MedicationStatementEffective::Period);
    if let Some(dosage) = &drug.dosage {
        let dosage = Dosage::builder().text(dosage.clone()).build()?;
        statement.dosage.push(Some(dosage));
    }
    if from.standing == Standing::DuringStay {
        let system = "http://terminology.hl7.org/CodeSystem/medication-statement-category";
        statement.category = Some(concept(system, "inpatient", None)?);
    }
    let edition = draft.edition;
    let listed = match from.standing {
        Standing::Before => Some(Term::BeforeTheStay),
        Standing::DuringStay => Some(Term::DuringTheStay),
        Standing::Current | Standing::NotCertain | Standing::Ended => None,
    };
    for term in listed.into_iter().chain(from.change.map(change_in_words)) {
        statement.note.push(annotation(edition.say(term))?);
    }
    statement.note.extend(notes(&drug.notes)?);
    Ok(statement)
}

/// R4's medication statement status. Where the source gave none, nothing says
/// that it is being taken; and what was taken before the stay is not said to be
/// taken after it.
fn status(drug: &Medication, standing: Standing) -> &str {
    let status = match drug.status.as_deref().unwrap_or_default() {
        "cancelled" | "revoked" | "aborted" => "stopped",
        "not-done" | "declined" => "not-taken",
        "in-progress" => "active",
        // R5's word
        "ended" => "completed",
        "proposed" | "draft" => "intended",
        "held" | "suspended" => "on-hold",
        other => other,
    };
    let earlier = matches!(standing, Standing::Before | Standing::DuringStay);
    match status {
        "active" | "intended" if earlier => "unknown",
        "active" | "completed" | "entered-in-error" | "intended" | "stopped" | "on-hold"
        | "not-taken" => status,
        _ => "unknown",
    }
}

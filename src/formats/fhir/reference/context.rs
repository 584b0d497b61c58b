//! Where the document comes from: the stay, the place, the referral.

use super::super::draft::period;
use super::super::parts::{Built, concept, logical, plain_identifier, text_concept};
use super::{Reference, patient, stay, visit_number};
use crate::domain::facts::When;
use crate::domain::section::PacketKind;
use fhir_sdk::DateTime;
use fhir_sdk::r4b::resources::DocumentReferenceContext;
use fhir_sdk::r4b::types::CodeableConcept;

pub fn context(of: &Reference) -> anyhow::Result<Option<DocumentReferenceContext>> {
    let mut context = DocumentReferenceContext::builder().build()?;
    let visit = of.facts.encounter.as_ref();
    if let Some(number) = visit.map(visit_number).transpose()?.flatten() {
        context.encounter.push(Some(logical("Encounter", number)?));
    }
    if let Some(stay) = stay(of) {
        let moment = |at: &Option<When>| {
            let at = at.as_ref()?.fhir(of.source_zone);
            at.parse::<DateTime>().ok()
        };
        // of the service, never of the link
        context.period = period(moment(&stay.start), moment(&stay.end))?;
        context.facility_type = facility_type(stay.class.as_deref())?;
        let service = stay.service.as_deref();
        context.practice_setting = service.map(text_concept).transpose()?;
    }
    let patient = patient(of)?;
    if patient.identifier.is_some() {
        context.source_patient_info = Some(patient);
    }
    let referral = of.facts.referral.as_ref();
    let referral = referral.filter(|_| of.packet.kind == PacketKind::Referral);
    if let Some(id) = referral.and_then(|referral| referral.id.as_deref()) {
        let request = logical("ServiceRequest", plain_identifier(id, None)?)?;
        context.related.push(Some(request));
    }
    let empty = context == DocumentReferenceContext::builder().build()?;
    Ok((!empty).then_some(context))
}

/// What kind of place it was, from the class of the stay (v3-RoleCode,
/// ServiceDeliveryLocationRoleType).
fn facility_type(class: Option<&str>) -> Built<Option<CodeableConcept>> {
    let (code, words) = match class {
        Some("IMP" | "ACUTE" | "NONAC" | "OBSENC") => ("HOSP", "Hospital"),
        Some("EMER") => ("ER", "Emergency room"),
        Some("AMB") => ("OF", "Outpatient facility"),
        Some("HH") => ("PTRES", "Patient's residence"),
        _ => return Ok(None),
    };
    let system = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";
    concept(system, code, Some(words)).map(Some)
}

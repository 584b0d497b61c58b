//! The stay and the referral.

use super::super::draft::Draft;
use super::super::parts::{
    ACT_CODE, Built, annotation, coding, concept, concept_of, is_code, named, plain_identifier,
    received, reference, text_concept,
};
use crate::domain::facts::{self, Coded, Condition};
use crate::formats::words::Term;
use fhir_sdk::r4b::codes::{EncounterStatus, RequestIntent, RequestPriority, RequestStatus};
use fhir_sdk::r4b::resources::{
    Encounter, EncounterDiagnosis, EncounterHospitalization, EncounterLocation,
    EncounterParticipant, ServiceRequest,
};
use fhir_sdk::r4b::types::{CodeableConcept, Coding, Identifier};
use std::num::NonZeroU32;

const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";

/// `diagnoses` are those of the packet, with their fullUrls.
pub fn encounter(
    from: &facts::Encounter,
    diagnoses: &[(&Condition, String)],
    draft: &mut Draft,
) -> Built<Encounter> {
    let status = from.status.as_deref();
    let status = status.and_then(|status| status.parse::<EncounterStatus>().ok());
    let mut encounter = Encounter::builder()
        .status(status.unwrap_or(EncounterStatus::Unknown))
        .class(class(from.class.as_deref())?)
        .subject(draft.subject()?)
        .build()?;
    encounter.identifier = visit_number(from)?.into_iter().map(Some).collect();
    encounter.period = draft.period(&from.start, &from.end)?;
    encounter.service_type = from.service.as_deref().map(text_concept).transpose()?;
    if let Some(party) = &from.attending
        && let Some(individual) = draft.party(party)?
    {
        let role = concept(PARTICIPATION, "ATND", None)?;
        let who = EncounterParticipant::builder().r#type(vec![Some(role)]);
        encounter.participant = vec![Some(who.individual(individual).build()?)];
    }
    encounter.hospitalization = hospitalization(from, draft)?;
    if let Some(place) = &from.location {
        let place = EncounterLocation::builder().location(named(place)?);
        encounter.location = vec![Some(place.build()?)];
    }
    if let Some(reason) = &from.reason {
        encounter.reason_code.push(Some(text_concept(reason)?));
    }
    for (condition, url) in diagnoses {
        encounter.diagnosis.push(Some(diagnosis(condition, url)?));
    }
    Ok(encounter)
}

/// The role a diagnosis played in the stay, which is none of the Condition's own.
fn diagnosis(condition: &Condition, url: &str) -> Built<EncounterDiagnosis> {
    const SYSTEM: &str = "http://terminology.hl7.org/CodeSystem/diagnosis-role";
    const KNOWN: [&str; 7] = ["AD", "DD", "CC", "CM", "pre-op", "post-op", "billing"];
    let mut diagnosis = EncounterDiagnosis::builder()
        .condition(reference(url)?)
        .build()?;
    let role = condition.role.as_deref();
    diagnosis.r#use = role
        .map(|role| concept_of(SYSTEM, &KNOWN, role))
        .transpose()?;
    diagnosis.rank = condition.rank.and_then(|n| NonZeroU32::new(n.into()));
    Ok(diagnosis)
}

fn hospitalization(
    from: &facts::Encounter,
    draft: &Draft,
) -> Built<Option<EncounterHospitalization>> {
    if from.discharge_disposition.is_none() && from.discharged_to.is_none() {
        return Ok(None);
    }
    let mut left = EncounterHospitalization::builder().build()?;
    let disposed = from.discharge_disposition.as_deref();
    left.discharge_disposition = disposed.map(|code| disposition(code, draft)).transpose()?;
    left.destination = from.discharged_to.as_deref().map(named).transpose()?;
    Ok(Some(left))
}

/// PV1-36 in the code system of the United States where it is one of its codes,
/// FHIR's own otherwise; its words in any case (v2-to-FHIR leaves the map to the
/// site: table 0112 is user-defined).
fn disposition(code: &str, draft: &Draft) -> Built<CodeableConcept> {
    const NUBC: &str = "https://www.nubc.org/CodeSystem/PatDischargeStatus";
    const FHIR: &str = "http://terminology.hl7.org/CodeSystem/discharge-disposition";
    // UB-04, form locator 17
    const NUBC_CODES: [&str; 24] = [
        "01", "02", "03", "04", "05", "06", "07", "09", "20", "21", "30", "40", "41", "42", "43",
        "50", "51", "61", "62", "63", "64", "65", "66", "70",
    ];
    const FHIR_CODES: [&str; 11] = [
        "home",
        "alt-home",
        "other-hcf",
        "hosp",
        "long",
        "aadvice",
        "exp",
        "psy",
        "rehab",
        "snf",
        "oth",
    ];
    let mut concept = text_concept(&draft.edition.words.disposition(code))?;
    if NUBC_CODES.contains(&code) {
        concept.coding = vec![Some(coding(NUBC, code)?)];
    } else if FHIR_CODES.contains(&code) {
        concept.coding = vec![Some(coding(FHIR, code)?)];
    }
    Ok(concept)
}

/// Encounter.class is required: an unknown one is said to be unknown, and a
/// local one stays in table 0004 (v2-to-FHIR, PV1-2).
fn class(class: Option<&str>) -> Built<Coding> {
    match class {
        Some(
            code @ ("IMP" | "EMER" | "AMB" | "PRENC" | "OBSENC" | "ACUTE" | "NONAC" | "SS" | "HH"
            | "VR" | "FLD"),
        ) => coding(ACT_CODE, code),
        Some(code) if is_code(code) => {
            coding("http://terminology.hl7.org/CodeSystem/v2-0004", code)
        }
        Some(words) => Coding::builder().display(words.to_owned()).build(),
        None => coding("http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "UNK"),
    }
}

pub fn visit_number(from: &facts::Encounter) -> Built<Option<Identifier>> {
    let number = from.number.as_deref();
    number
        .map(|number| plain_identifier(number, from.number_system.as_deref()))
        .transpose()
}

/// What is asked for, by whom and of whom. A status that nobody gave is unknown:
/// it may have been withdrawn.
pub fn referral(from: &facts::ServiceRequest, draft: &mut Draft) -> Built<ServiceRequest> {
    let mut request = ServiceRequest::builder()
        .status(request_status(from.status.as_deref()))
        .intent(RequestIntent::Order)
        .subject(draft.subject()?)
        .build()?;
    if let Some(id) = &from.id {
        request.identifier.push(Some(plain_identifier(id, None)?));
    }
    let asked = Coded {
        text: from.service.clone().or_else(|| from.code.text.clone()),
        ..from.code.clone()
    };
    request.code = (!asked.is_empty()).then(|| received(&asked)).transpose()?;
    if let Some(reason) = &from.reason {
        request.reason_code.push(Some(text_concept(reason)?));
    }
    if let Some(party) = &from.from {
        request.requester = draft.party(party)?;
    }
    if let Some(party) = &from.to {
        request.performer.extend(draft.party(party)?.map(Some));
    }
    priority(&mut request, from.priority.as_deref(), draft)?;
    for number in &from.authorizations {
        let said = draft.edition.say(Term::Authorization);
        request.note.push(annotation(format!("{said}: {number}"))?);
    }
    Ok(request)
}

pub fn request_status(status: Option<&str>) -> RequestStatus {
    let known = status.and_then(|status| status.parse().ok());
    known.unwrap_or(RequestStatus::Unknown)
}

/// A priority of the site's own is said in a note.
pub fn priority(request: &mut ServiceRequest, said: Option<&str>, draft: &Draft) -> Built<()> {
    let Some(said) = said else { return Ok(()) };
    match said.parse::<RequestPriority>() {
        Ok(known) => request.priority = Some(known),
        Err(_) => {
            let label = draft.edition.say(Term::Priority);
            request.note.push(annotation(format!("{label}: {said}"))?);
        }
    }
    Ok(())
}

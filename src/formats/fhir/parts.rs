//! The small pieces every resource is made of, and the systems they name.

use crate::domain::facts;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fhir_sdk::r4b::types::{
    CodeableConcept, CodeableConceptInner, Coding, HumanName, Identifier, Reference,
};

pub const LOINC: &str = "http://loinc.org";
pub const URI: &str = "urn:ietf:rfc:3986";

/// Builders fail only on a missing required field, and every one is set beside
/// its call.
pub type Built<T> = Result<T, fhir_sdk::BuilderError>;

pub fn coding(system: &str, code: &str) -> Built<Coding> {
    Coding::builder()
        .system(system.to_owned())
        .code(code.to_owned())
        .build()
}

pub fn concept(system: &str, code: &str, text: Option<&str>) -> Built<CodeableConcept> {
    let mut concept = CodeableConcept::builder()
        .coding(vec![Some(coding(system, code)?)])
        .build()?;
    concept.text = text.map(str::to_owned);
    Ok(concept)
}

pub fn text_concept(text: &str) -> Built<CodeableConcept> {
    CodeableConcept::builder().text(text.to_owned()).build()
}

/// A code as it was received. A system that is no URI and that we do not know
/// by name is left out rather than invented; the words stay.
pub fn received(coded: &facts::Coded) -> Built<CodeableConcept> {
    let mut concept = CodeableConcept::builder().build()?;
    if let Some(code) = &coded.code {
        let mut coding = Coding::builder().code(code.clone()).build()?;
        coding.system = coded
            .system
            .as_deref()
            .and_then(system_uri)
            .map(str::to_owned);
        coding.display = coded.text.clone();
        concept.coding = vec![Some(coding)];
    }
    fill_text(&mut concept, coded);
    Ok(concept)
}

fn fill_text(concept: &mut CodeableConceptInner, coded: &facts::Coded) {
    concept.text = coded.text.clone().or_else(|| coded.code.clone());
}

/// Table 0396 names of v2, as the URIs of FHIR (v2-to-FHIR, CodeSystem table).
fn system_uri(system: &str) -> Option<&str> {
    match system {
        "I10" => Some("http://hl7.org/fhir/sid/icd-10"),
        "I10C" | "ICD10CM" | "ICD-10-CM" => Some("http://hl7.org/fhir/sid/icd-10-cm"),
        "I9" | "I9C" | "I9CDX" => Some("http://hl7.org/fhir/sid/icd-9-cm"),
        "LN" => Some(LOINC),
        "SCT" | "SNM" => Some("http://snomed.info/sct"),
        "RXNORM" => Some("http://www.nlm.nih.gov/research/umls/rxnorm"),
        "NDC" => Some("http://hl7.org/fhir/sid/ndc"),
        "CVX" => Some("http://hl7.org/fhir/sid/cvx"),
        "C4" | "CPT" => Some("http://www.ama-assn.org/go/cpt"),
        "UCUM" => Some("http://unitsofmeasure.org"),
        uri if uri.contains(':') && !uri.contains(char::is_whitespace) => Some(uri),
        _ => None,
    }
}

pub fn reference(url: &str) -> Built<Reference> {
    Reference::builder().reference(url.to_owned()).build()
}

/// A reference that says who, and points nowhere.
pub fn logical(kind: &str, identifier: Identifier) -> Built<Reference> {
    Reference::builder()
        .r#type(kind.to_owned())
        .identifier(identifier)
        .build()
}

pub fn named(display: &str) -> Built<Reference> {
    Reference::builder().display(display.to_owned()).build()
}

/// An assigning authority that is no URI goes into the assigner's name.
pub fn identifier(from: &facts::Identifier) -> Built<Identifier> {
    let mut identifier = Identifier::builder().value(from.value.clone()).build()?;
    match from.system.as_deref() {
        Some(system) if system.contains(':') => identifier.system = Some(system.to_owned()),
        Some(authority) => identifier.assigner = Some(named(authority)?),
        None => {}
    }
    if let Some(code) = &from.type_code {
        identifier.r#type = Some(concept(
            "http://terminology.hl7.org/CodeSystem/v2-0203",
            code,
            None,
        )?);
    }
    Ok(identifier)
}

pub fn plain_identifier(value: &str, authority: Option<&str>) -> Built<Identifier> {
    identifier(&facts::Identifier {
        value: value.to_owned(),
        system: authority.map(str::to_owned),
        type_code: None,
        ..facts::Identifier::default()
    })
}

pub fn human_name(name: &facts::HumanName) -> Built<HumanName> {
    let mut built = HumanName::builder().build()?;
    built.family = name.family.clone();
    built.given = name.given.iter().cloned().map(Some).collect();
    built.text = name.text.clone();
    Ok(built)
}

/// Base64 as FHIR carries it, from the base64 we keep.
pub fn binary(base64: &str) -> Option<fhir_sdk::Base64Binary> {
    STANDARD.decode(base64).ok().map(fhir_sdk::Base64Binary)
}

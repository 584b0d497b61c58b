//! The small pieces every resource is made of, and the systems they name.

use crate::domain::facts::{self, Coded};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fhir_sdk::r4b::codes::{ContactPointSystem, IdentifierUse};
use fhir_sdk::r4b::types::{
    Annotation, CodeableConcept, Coding, ContactPoint, Extension, ExtensionValue, FieldExtension,
    HumanName, Identifier, Reference,
};
use jiff::ZonedDateTime;

pub const LOINC: &str = "http://loinc.org";
pub const URI: &str = "urn:ietf:rfc:3986";
pub const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

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

/// The code of a value set where it is one, else the words as they came.
pub fn concept_of(system: &str, known: &[&str], said: &str) -> Built<CodeableConcept> {
    match known.contains(&said) {
        true => concept(system, said, None),
        false => text_concept(said),
    }
}

/// A code as it was received. A system that is no URI and that we do not know
/// by name is left out rather than invented; the words stay.
pub fn received(coded: &Coded) -> Built<CodeableConcept> {
    let mut concept = CodeableConcept::builder().build()?;
    if let Some(code) = coded.code.as_deref().filter(|code| is_code(code)) {
        let mut coding = Coding::builder().code(code.to_owned()).build()?;
        let system = coded.system.as_deref().and_then(system_uri);
        coding.system = system.map(str::to_owned);
        coding.display = coded.text.clone();
        concept.coding = vec![Some(coding)];
    }
    concept.text = coded.text.clone().or_else(|| coded.code.clone());
    if concept.coding.is_empty() && concept.text.is_none() {
        // ele-1, and R4 wants a code of most resources
        concept.extension.push(absent()?);
    }
    Ok(concept)
}

/// R4's `code`: single blanks inside, none around.
pub fn is_code(text: &str) -> bool {
    !text.is_empty() && text.split(' ').all(|word| !word.is_empty()) && {
        let mut others = text.chars().filter(|c| *c != ' ');
        others.all(|c| !c.is_whitespace())
    }
}

/// R4's `uri`.
pub fn is_uri(text: &str) -> bool {
    text.contains(':') && !text.contains(char::is_whitespace)
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
        uri if is_uri(uri) => Some(uri),
        _ => None,
    }
}

/// The LOINC code of a document's kind, however its system was spelled.
pub fn loinc_of(coded: &Coded) -> Option<&str> {
    let system = coded.system.as_deref().and_then(system_uri);
    coded.code.as_deref().filter(|_| system == Some(LOINC))
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
        Some(system) if is_uri(system) => identifier.system = Some(system.to_owned()),
        Some(authority) => identifier.assigner = Some(named(authority)?),
        None => {}
    }
    if let Some(said) = from.type_code.as_deref() {
        let system = "http://terminology.hl7.org/CodeSystem/v2-0203";
        identifier.r#type = Some(match is_number_type(said) {
            true => concept(system, said, None)?,
            false => text_concept(said)?,
        });
    }
    Ok(identifier)
}

/// Table 0203 has short codes in capitals; all else is words, and so are the
/// abbreviations that people write instead.
fn is_number_type(said: &str) -> bool {
    const WORDS: [&str; 4] = ["MRN", "SSN", "MBI", "EPI"];
    let in_capitals = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    (1..=6).contains(&said.len()) && said.chars().all(in_capitals) && !WORDS.contains(&said)
}

pub fn plain_identifier(value: &str, authority: Option<&str>) -> Built<Identifier> {
    identifier(&facts::Identifier {
        value: value.to_owned(),
        system: authority.map(str::to_owned),
        type_code: None,
        ..facts::Identifier::default()
    })
}

/// An identifier that is a URI itself (R4, `urn:ietf:rfc:3986`).
pub fn uri_identifier(value: &str, purpose: Option<IdentifierUse>) -> Built<Identifier> {
    let mut identifier = Identifier::builder()
        .system(URI.to_owned())
        .value(value.to_owned())
        .build()?;
    identifier.r#use = purpose;
    Ok(identifier)
}

pub fn human_name(name: &facts::HumanName) -> Built<HumanName> {
    let mut built = HumanName::builder().build()?;
    built.family = name.family.clone();
    built.given = name.given.iter().cloned().map(Some).collect();
    built.text = name.text.clone();
    Ok(built)
}

/// cpt-2: whoever gives a value says what it is.
pub fn contact_point(text: &str) -> Built<ContactPoint> {
    let (system, value) = match text.split_once(':') {
        Some(("tel", value)) => (ContactPointSystem::Phone, value),
        Some(("mailto", value)) => (ContactPointSystem::Email, value),
        Some(("fax", value)) => (ContactPointSystem::Fax, value),
        Some(("http" | "https", _)) => (ContactPointSystem::Url, text),
        _ if text.contains('@') => (ContactPointSystem::Email, text),
        _ if text.contains(|c: char| c.is_ascii_digit()) => (ContactPointSystem::Phone, text),
        _ => (ContactPointSystem::Other, text),
    };
    ContactPoint::builder()
        .system(system)
        .value(value.to_owned())
        .build()
}

pub fn annotation(text: impl Into<String>) -> Built<Option<Annotation>> {
    Annotation::builder().text(text.into()).build().map(Some)
}

/// FHIR's instant: seconds and offset are required.
pub fn instant(at: &ZonedDateTime) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// Stands where R4 wants a value and the source has none
/// (`data-absent-reason`, `unknown`).
pub fn absent() -> Built<Extension> {
    Extension::builder()
        .url("http://hl7.org/fhir/StructureDefinition/data-absent-reason".into())
        .value(ExtensionValue::Code("unknown".into()))
        .build()
}

pub fn on_field(extension: Extension) -> FieldExtension {
    FieldExtension {
        id: None,
        extension: vec![extension],
    }
}

/// Base64 as FHIR carries it, from the base64 we keep.
pub fn binary(base64: &str) -> Option<fhir_sdk::Base64Binary> {
    STANDARD.decode(base64).ok().map(fhir_sdk::Base64Binary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_type_in_words_is_written_as_words() {
        let of = |kind: &str| {
            let number = facts::Identifier {
                value: "1".into(),
                type_code: Some(kind.into()),
                ..facts::Identifier::default()
            };
            identifier(&number).expect("an identifier").r#type.clone()
        };
        let words = of("Account number").expect("a type");
        assert_eq!(words.text.as_deref(), Some("Account number"));
        assert!(words.coding.is_empty());
        let code = of("MR").expect("a type");
        assert_eq!((code.coding.len(), code.text.as_deref()), (1, None));
    }

    #[test]
    fn a_code_that_fhir_cannot_write_stays_as_words() {
        for bad in ["", " A", "A  B", "A\tB"] {
            assert!(!is_code(bad), "{bad:?}");
        }
        assert!(is_code("I10.9 B"));
        let coded = Coded {
            code: Some("A  B".into()),
            ..Coded::default()
        };
        let made = received(&coded).unwrap();
        assert!(made.coding.is_empty());
        assert_eq!(made.text.as_deref(), Some("A  B"));
        let nothing = received(&Coded::default()).unwrap();
        assert_eq!(nothing.extension, [absent().unwrap()]);
    }

    #[test]
    fn what_reaches_somebody_says_by_what_means() {
        let system = |text: &str| contact_point(text).unwrap().system;
        assert_eq!(system("(555) 0100"), Some(ContactPointSystem::Phone));
        assert_eq!(system("a@b.example"), Some(ContactPointSystem::Email));
        assert_eq!(system("ward seven"), Some(ContactPointSystem::Other));
        assert_eq!(
            contact_point("tel:+1").unwrap().value.as_deref(),
            Some("+1")
        );
    }
}

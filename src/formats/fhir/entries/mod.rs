//! The clinical resources of a document Bundle, each from one fact. They say
//! what the fact says and nothing that would have to be guessed.

mod clinical;
mod documents;
mod medications;
mod observations;
mod patient;
mod people;
mod planned;
mod stay;
#[cfg(test)]
mod tests;
mod ucum;

pub use clinical::{allergy, condition, immunization, procedure};
pub use documents::document;
pub use medications::medication;
pub use observations::observation;
pub use patient::patient;
pub use people::{care_team, coverage};
pub use planned::{appointment, order};
pub use stay::{encounter, referral, visit_number};

use super::parts::{Built, annotation, concept, text_concept};
use fhir_sdk::r4b::types::{Annotation, CodeableConcept};

/// A status where it is one of its value set; words are no status.
fn status_of(system: &str, status: Option<&str>, known: &[&str]) -> Built<Option<CodeableConcept>> {
    let status = status.filter(|status| known.contains(status));
    status
        .map(|status| concept(system, status, None))
        .transpose()
}

fn words(text: Option<&str>) -> Built<Vec<Option<CodeableConcept>>> {
    text.into_iter()
        .map(|text| text_concept(text).map(Some))
        .collect()
}

fn notes<'a>(texts: impl IntoIterator<Item = &'a String>) -> Built<Vec<Option<Annotation>>> {
    texts.into_iter().map(annotation).collect()
}

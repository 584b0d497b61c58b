//! FHIR's half that reads; writing needs generated models.

#[path = "../../../src/formats/fhir/read/mod.rs"]
pub mod read;

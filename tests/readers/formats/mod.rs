//! The rooms that read. A new one is named here as well.

#[path = "../../../src/formats/cda/mod.rs"]
pub mod cda;
pub mod fhir;
#[path = "../../../src/formats/hl7v2/mod.rs"]
pub mod hl7v2;
#[path = "../../../src/formats/read/mod.rs"]
pub mod read;

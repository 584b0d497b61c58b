//! FHIR R4: bundles in, document Bundles, DocumentReferences and
//! OperationOutcomes out. Written with `fhir-sdk`'s types, read leniently.

mod document;
mod document_reference;
mod draft;
mod entries;
mod outcome;
mod parts;
pub mod read;
mod sections;
mod security;
mod xhtml;

pub use document::document;
pub use document_reference::{
    Reference, StagedFile, document_reference, expiry_extension, fill_urls,
};
pub use outcome::{Issue, collection, operation_outcome};

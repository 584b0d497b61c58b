//! FHIR R4: bundles in, document Bundles, DocumentReferences and
//! OperationOutcomes out. Written with `fhir-sdk`'s types, read leniently.

mod carried;
mod document;
mod draft;
mod entries;
mod outcome;
mod parts;
pub mod read;
mod reference;
mod sections;
mod security;
mod xhtml;

pub use carried::{Carried, Wrapping, carried};
pub use document::{document, patient};
pub use outcome::{Issue, collection, operation_outcome};
pub use reference::{
    Reference, StagedFile, document_reference, expiry_definition, expiry_extension, fill_urls,
    provide_documents,
};

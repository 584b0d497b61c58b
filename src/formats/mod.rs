//! FIRST FLOOR, EAST. Bytes to domain and back. No input or output, no clock,
//! no chance; it never logs.

pub mod branding;
pub mod cda;
pub mod content;
pub mod fhir;
pub mod hl7v2;
pub mod media;
pub mod notice_text;
pub mod owner_text;
pub mod pdf;
pub mod qr;
pub mod read;
pub mod rtf;
pub mod sheet;
pub mod structure;
pub mod words;

//! The PDF engine of the house by its own path, and packets to print with it.

#[path = "../../src/formats/pdf/mod.rs"]
pub mod pdf;

pub mod packets;
pub mod samples;

//! The reading half of the house, by its own paths: the ground floor, and the
//! rooms that read. No writer, no PDF, no door: those take minutes to build.
#![allow(dead_code, reason = "the writers, who use the rest, are not here")]

#[path = "../../src/domain/mod.rs"]
pub mod domain;
pub mod formats;

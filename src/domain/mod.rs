//! GROUND FLOOR. Values and decisions: no input or output, no clock, no
//! chance, no async. Everything here can be tested with two values.

pub mod audit;
pub mod brand;
pub mod change;
pub mod channel;
pub mod claim;
pub mod document;
pub mod doubt;
pub mod extension;
pub mod facts;
pub mod fields;
pub mod for_real;
pub mod ids;
pub mod judge;
pub mod language;
pub mod leaving;
pub mod link;
pub mod measures;
pub mod memory;
pub mod moment;
pub mod names;
pub mod notice;
pub mod outcome;
pub mod packet;
pub mod places;
pub mod purpose;
pub mod rule;
pub mod section;
pub mod sensitive;
pub mod shl;
pub mod thread;
pub mod trigger;
pub mod verify;
pub mod waiting;
pub mod when;
pub mod wishes;

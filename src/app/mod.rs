//! TOP FLOOR. The order of things: which step follows which, how many at a
//! time, what happens when one fails. Knows no segment, no SQL, no key.

pub mod bounds;
pub mod brands;
pub mod channels;
pub mod cli;
pub mod codes;
pub mod config;
pub mod dead_letters;
pub mod doctor;
mod epochs;
pub mod extending;
pub mod fonts;
pub mod gateway;
pub mod hush;
pub mod keys;
pub mod lines;
pub mod outbox;
pub mod pipeline;
pub mod readiness;
pub mod receipts;
pub mod reconciler;
pub mod revocation;
pub mod roles;
pub mod shl;
pub mod sweeper;
pub mod turns;
pub mod worker;
pub mod world;
pub mod yaml;

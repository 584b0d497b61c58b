//! FIRST FLOOR, WEST. The doors of the house: everything that can be down,
//! and everything that is not the same twice (clock, chance, keys).

pub mod amqp;
pub mod certificate;
pub mod clock;
pub mod digest;
pub mod faults;
pub mod jwe;
pub mod keyring;
pub mod ledger;
pub mod mailbox;
pub mod shl;
pub mod sql;
pub mod staging;
pub mod telemetry;
pub mod tokens;

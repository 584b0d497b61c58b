//! The promises, one file each. With `tests/run` they hold on RabbitMQ,
//! PostgreSQL and S3; with `cargo test` alone on what needs no server.
#![recursion_limit = "256"]

mod broker;
mod browser;
mod channel_review;
mod channels;
mod chaos;
mod cli;
mod corpus;
mod crashes;
mod dead_letters;
mod delivery;
mod dependencies;
mod downloads;
mod ends;
mod events_api;
mod faces;
mod fhir_out;
mod floors;
mod golden;
mod keys;
mod limits;
mod links;
mod mutants;
mod nodes;
mod order;
mod poison;
mod proofs;
mod protocol;
mod reconcile;
mod renditions;
mod resume;
mod retries;
mod revocation;
mod scanners;
mod sealed;
mod sensitive;
mod shl;
mod storms;
mod support;
mod telemetry;
mod visits;
mod wire;

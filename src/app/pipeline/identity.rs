//! What an event is known by: channel, sender, id and its place in the body,
//! whatever door it came through. Stored as hashes.

use super::Incoming;
use crate::adapters::digest::sha256_hex;
use crate::domain::channel::Channel;
use crate::domain::facts::{ClinicalFacts, Format};

/// Every name the event goes by: the transport's id with its place in the body
/// (a batch under one id is many events), and the message's own, wherever it
/// stands (an engine's replay mints new AMQP ids, and other batches). Without
/// either, its content.
pub fn identities(event: &Incoming, channel: &Channel, facts: &ClinicalFacts) -> Vec<String> {
    let mut names = Vec::new();
    if let Some(id) = &event.transport_id {
        let ordinal = facts.ordinal.to_string();
        names.push(name(channel, facts, &["transport", id, &ordinal]));
    }
    if let Some(id) = &facts.control_id {
        match part(facts) {
            Some(part) => names.push(name(channel, facts, &["message", id, &part])),
            None => names.push(name(channel, facts, &["message", id])),
        }
    }
    if names.is_empty() {
        names.push(of_body(channel, facts, &body_digest(event, facts)));
    }
    names
}

/// The row a message is remembered under: its own id where it has one, so that
/// a replay is the same row; with its content, since counters do get reset.
pub fn of_memory(identities: &[String], body_sha256: &str) -> String {
    let own = identities.last().map(String::as_str).unwrap_or_default();
    sha256_hex(format!("{own} {body_sha256}").as_bytes())
}

pub fn of_body(channel: &Channel, facts: &ClinicalFacts, body_sha256: &str) -> String {
    match part(facts) {
        Some(part) => name(channel, facts, &["body", body_sha256, &part]),
        None => name(channel, facts, &["body", body_sha256]),
    }
}

/// Which patient's part of a message that was split: its id is shared.
fn part(facts: &ClinicalFacts) -> Option<String> {
    (facts.patients_in_source > 1).then(|| facts.ordinal.to_string())
}

/// Each part with its length before it: no two different names share a hash.
fn name(channel: &Channel, facts: &ClinicalFacts, id: &[&str]) -> String {
    let application = facts.sender.application.as_deref().unwrap_or_default();
    let facility = facts.sender.facility.as_deref().unwrap_or_default();
    let mut bytes = Vec::new();
    for part in [channel.name(), application, facility].iter().chain(id) {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part.as_bytes());
    }
    sha256_hex(&bytes)
}

/// Tells a repeat from another content: the digest of the message's own bytes,
/// whatever company it came in. Doors and engines change the line ends of HL7
/// v2 and mean nothing by it.
pub fn body_digest(event: &Incoming, facts: &ClinicalFacts) -> String {
    let own = facts.source.clone().and_then(|range| event.body.get(range));
    let own = own.unwrap_or(&event.body);
    if facts.format != Format::Hl7V2 {
        return sha256_hex(own);
    }
    let mut alike = Vec::with_capacity(own.len());
    for line in own.split(|byte| matches!(byte, b'\r' | b'\n')) {
        // The last message of a batch has the batch's trailer behind it.
        let trailer = line.starts_with(b"BTS") || line.starts_with(b"FTS");
        if !line.is_empty() && !trailer {
            alike.extend_from_slice(line);
            alike.push(b'\r');
        }
    }
    sha256_hex(&alike)
}

//! What an event is known by: channel, sender, id and its place in the body,
//! whatever door it came through. Stored as hashes.

use super::Incoming;
use crate::adapters::digest::sha256_hex;
use crate::domain::channel::Channel;
use crate::domain::facts::ClinicalFacts;

/// Every name the event goes by: the transport's id and the message's own
/// (an engine's replay mints new AMQP ids). Without either, its content.
pub fn identities(event: &Incoming, channel: &Channel, facts: &ClinicalFacts) -> Vec<String> {
    let transport = event.transport_id.as_deref().map(|id| ("transport", id));
    let message = facts.control_id.as_deref().map(|id| ("message", id));
    let mut names: Vec<String> = [transport, message]
        .into_iter()
        .flatten()
        .map(|(kind, id)| name(channel, facts, kind, id))
        .collect();
    if names.is_empty() {
        names.push(of_body(channel, facts, &body_digest(event, facts)));
    }
    names
}

pub fn of_body(channel: &Channel, facts: &ClinicalFacts, body_sha256: &str) -> String {
    name(channel, facts, "body", body_sha256)
}

/// Each part with its length before it: no two different names share a hash.
fn name(channel: &Channel, facts: &ClinicalFacts, kind: &str, id: &str) -> String {
    let application = facts.sender.application.as_deref().unwrap_or_default();
    let facility = facts.sender.facility.as_deref().unwrap_or_default();
    let ordinal = facts.ordinal.to_string();
    let mut bytes = Vec::new();
    for part in [channel.name(), application, facility, kind, id, &ordinal] {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part.as_bytes());
    }
    sha256_hex(&bytes)
}

/// Tells a repeat from another content: the digest of the message's own bytes,
/// whatever company it came in.
pub fn body_digest(event: &Incoming, facts: &ClinicalFacts) -> String {
    let own = facts.source.clone().and_then(|range| event.body.get(range));
    sha256_hex(own.unwrap_or(&event.body))
}

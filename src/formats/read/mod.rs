//! The door of the readers: bytes → `Reading`, whatever the bytes. Decides which
//! format a body is in, and never answers with nothing at all.

use super::{cda, fhir, hl7v2};
use crate::domain::facts::{Doubt, Problem, Reading};
use crate::domain::wishes::Wishes;

/// The largest body we read. A message with a scanned report inside stays below
/// 30 MB; RabbitMQ's own default limit on a message was 128 MiB, half is enough.
pub const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Hl7V2,
    Fhir,
    Xml,
    Unknown,
}

/// Reads a body. The content type is believed where it names a format and the
/// bytes do not plainly say otherwise; the bytes decide the rest.
pub fn read(body: &[u8], content_type: Option<&str>, wishes: &Wishes) -> Reading {
    if body.len() > MAX_BODY_BYTES {
        return refused("the body is larger than 64 MiB");
    }
    let seen = sniffed(body);
    let kind = match seen {
        Kind::Unknown => content_type.map_or(Kind::Unknown, declared),
        seen => seen,
    };
    let mut reading = match kind {
        Kind::Hl7V2 => hl7v2::read(body, wishes),
        Kind::Fhir => fhir::read::read(body, wishes),
        Kind::Xml => cda::read(body, wishes),
        Kind::Unknown => refused("the body is neither HL7 v2 nor FHIR JSON nor a CDA document"),
    };
    if reading.messages.is_empty() && reading.problems.is_empty() {
        return refused("the body holds no message");
    }
    // Shown all the same; no packet is ever made of it.
    for facts in &mut reading.messages {
        if !facts.patient.is_somebody() {
            let Problem { at, why } = facts.nobody();
            facts.doubts.insert(0, Doubt { at, why });
        }
    }
    reading
}

fn refused(why: &str) -> Reading {
    Reading {
        problems: vec![Problem::new("body", why)],
        ..Reading::default()
    }
}

pub(super) fn sniffed(body: &[u8]) -> Kind {
    if hl7v2::looks_like_hl7(body) {
        return Kind::Hl7V2;
    }
    let text = body
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(body)
        .trim_ascii_start();
    match text.first() {
        Some(b'{' | b'[') => Kind::Fhir,
        _ if cda::looks_like_xml(body) => Kind::Xml,
        _ => Kind::Unknown,
    }
}

/// The media types in use for each format; parameters and case do not matter.
pub(super) fn declared(content_type: &str) -> Kind {
    let essence = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match essence.as_str() {
        "application/hl7-v2" | "x-application/hl7-v2+er7" | "application/hl7-v2+er7" => Kind::Hl7V2,
        "application/fhir+json" | "application/json+fhir" | "application/json" => Kind::Fhir,
        "application/cda+xml"
        | "application/hl7-cda+xml"
        | "application/xml"
        | "text/xml"
        | "application/fhir+xml"
        | "application/xml+fhir" => Kind::Xml,
        _ => Kind::Unknown,
    }
}

#[cfg(test)]
mod tests;

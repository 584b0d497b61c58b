//! What a packet is labelled with, as codes: for the document, its resources and
//! the DocumentReference (HL7 security labels; FHIR R4 `security-labels.html`).

use super::parts::{ACT_CODE, Built, coding};
use crate::domain::packet::Packet;
use crate::domain::purpose::PurposeOfUse;
use crate::domain::sensitive::SensitivityLabel;
use fhir_sdk::r4b::types::Coding;

const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";

/// v3-ActCode: no redisclosure without consent. 42 CFR Part 2 forbids it;
/// `NORDSLCD`, which looks alike, is retired.
const NO_REDISCLOSURE: &str = "NORDSCLCD";

/// Everything: how confidential, what for, what policy, and the purpose that it
/// may be used for.
pub fn labels(packet: &Packet) -> Built<Vec<Coding>> {
    let mut labels = content_labels(packet)?;
    labels.push(coding(PurposeOfUse::SYSTEM, packet.purpose.code())?);
    Ok(labels)
}

/// What a resource carries that is taken out of its document: nothing where the
/// whole is ordinary, the labels of the whole where it is not. Nobody told which
/// fact is sensitive; none of them is to look as if it were not.
pub fn carried(packet: &Packet) -> Built<Vec<Coding>> {
    let security = &packet.security;
    if security.labels.is_empty() && matches!(security.confidentiality, "N" | "") {
        return Ok(Vec::new());
    }
    content_labels(packet)
}

fn content_labels(packet: &Packet) -> Built<Vec<Coding>> {
    let security = &packet.security;
    // the document is as confidential as the highest of its parts
    let mut labels = vec![coding(CONFIDENTIALITY, security.confidentiality)?];
    for label in &security.labels {
        labels.push(coding(SensitivityLabel::SYSTEM, label.code())?);
    }
    if security.is_part_2() {
        labels.push(coding(ACT_CODE, NO_REDISCLOSURE)?);
    }
    Ok(labels)
}

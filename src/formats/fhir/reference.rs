//! The DocumentReference (R4, US Core 9.0.0): one content per rendition, each
//! pointing at the temporary link. `reference/mhd.rs` splits it for IHE MHD.

mod content;
mod context;
mod expiry;
mod mhd;

pub use content::fill_urls;
pub use expiry::{expiry_definition, expiry_extension};
pub use mhd::provide_documents;

use super::entries::visit_number;
use super::parts::{
    Built, LOINC, absent, coding, concept, identifier, instant, logical, loinc_of, named,
    plain_identifier, uri_identifier,
};
use super::security;
use crate::domain::document::Rendition;
use crate::domain::facts::{ClinicalFacts, EmbeddedDocument, Encounter};
use crate::domain::language::Language;
use crate::domain::packet::{Content, Packet};
use crate::domain::section::{PacketKind, Section};
use crate::formats::words::words;
use fhir_sdk::Instant;
use fhir_sdk::r4b::codes::{DocumentReferenceStatus, DocumentRelationshipType, IdentifierUse};
use fhir_sdk::r4b::resources::{DocumentReference, DocumentReferenceRelatesTo};
use fhir_sdk::r4b::types::{CodeableConcept, Meta, Reference as To};
use jiff::ZonedDateTime;
use jiff::tz::TimeZone;
use serde_json::Value;
use uuid::Uuid;

/// One file behind the link.
#[derive(Debug, Clone)]
pub struct StagedFile<'a> {
    pub rendition: &'a Rendition,
    pub size: i64,
    /// Base64 of the raw SHA-1 digest.
    pub sha1: String,
}

/// Everything a DocumentReference is made of.
///
/// Its numbers (patient, visit, referral) are the source's own, whatever the
/// packet names: it goes back to where they came from, to be filed by them. All
/// else is the packet's.
pub struct Reference<'a> {
    pub handoff: Uuid,
    pub facts: &'a ClinicalFacts,
    pub packet: &'a Packet,
    /// The language of titles and displays.
    pub language: Language,
    pub files: &'a [StagedFile<'a>],
    pub organisation: &'a str,
    pub public_url: &'a str,
    pub created: &'a ZonedDateTime,
    pub expires: &'a ZonedDateTime,
    /// Made from an event that is not for real life.
    pub test: bool,
    /// The handoff whose packet this one replaces.
    pub replaces: Option<Uuid>,
    /// The zone of the source's times that come without an offset.
    pub source_zone: &'a TimeZone,
}

const US_CORE: &str = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-documentreference";
const US_CORE_CATEGORY: &str =
    "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category";

pub fn document_reference(of: &Reference) -> anyhow::Result<Value> {
    let entry_uuid = Uuid::new_v5(&of.handoff, b"DocumentReference").urn();
    let entry_uuid = uri_identifier(&entry_uuid.to_string(), Some(IdentifierUse::Official))?;
    let numbered = of.files.iter().zip(1..);
    let contents = numbered.map(|(file, n)| content::content(of, file, n).map(Some));
    let mut reference = DocumentReference::builder()
        .meta(meta(of)?)
        .master_identifier(master_identifier(of.handoff)?)
        .identifier(vec![Some(entry_uuid)])
        .status(DocumentReferenceStatus::Current)
        .r#type(kind(of)?)
        .category(vec![Some(concept(
            US_CORE_CATEGORY,
            "clinical-note",
            None,
        )?)])
        .subject(patient(of)?)
        .date(instant(of.created).parse::<Instant>()?)
        .author(authors(of)?)
        .custodian(organisation(of)?)
        .security_label(security_labels(of.packet)?)
        .description(words(of.language).kind(of.packet.kind).to_owned())
        .content(contents.collect::<anyhow::Result<Vec<_>>>()?)
        .build()?;
    if let Some(replaced) = of.replaces {
        reference.relates_to = vec![Some(replaces(replaced)?)];
    }
    reference.context = context::context(of)?;
    Ok(serde_json::to_value(reference)?)
}

fn meta(of: &Reference) -> Built<Meta> {
    let mut meta = Meta::builder()
        .profile(vec![Some(US_CORE.to_owned())])
        .build()?;
    if of.test {
        // v3-ActReason HTEST: test health data.
        let tag = coding(
            "http://terminology.hl7.org/CodeSystem/v3-ActReason",
            "HTEST",
        )?;
        meta.tag.push(Some(tag));
    }
    Ok(meta)
}

fn master_identifier(handoff: Uuid) -> Built<fhir_sdk::r4b::types::Identifier> {
    uri_identifier(&handoff.urn().to_string(), Some(IdentifierUse::Usual))
}

/// US Core wants a LOINC code. Documents that are passed on keep the source's
/// own, where they are all of one kind.
fn kind(of: &Reference) -> Built<CodeableConcept> {
    let ours = || {
        let words = words(of.language).kind(of.packet.kind);
        concept(LOINC, of.packet.kind.loinc(), Some(words))
    };
    if of.packet.kind != PacketKind::Documents {
        return ours();
    }
    let kinds = documents(of.packet).map(|document| document.kind.as_ref());
    let mut codes = kinds.map(|kind| kind.and_then(loinc_of));
    match codes.next() {
        Some(Some(code)) if codes.all(|other| other == Some(code)) => concept(LOINC, code, None),
        _ => ours(),
    }
}

/// The event's documents in the packet, listed or as files of their own.
fn documents(packet: &Packet) -> impl Iterator<Item = &EmbeddedDocument> {
    let listed = match packet.section(Section::Documents).map(|s| &s.content) {
        Some(Content::Documents(list)) => &list[..],
        _ => &[],
    };
    listed.iter().chain(&packet.originals)
}

/// The stay, as far as the packet tells of it.
fn stay<'a>(of: &Reference<'a>) -> Option<&'a Encounter> {
    match &of.packet.section(Section::Encounter)?.content {
        Content::Encounter(stay) => stay.as_ref(),
        _ => None,
    }
}

/// By the number that its sender knows the patient by; a subject is required
/// (US Core), so that of somebody without a number is said to be unknown.
fn patient(of: &Reference) -> Built<To> {
    let named = of.packet.patient.identifiers.first();
    if let Some(number) = of.facts.patient.record_number().or(named) {
        return logical("Patient", identifier(number)?);
    }
    To::builder()
        .r#type("Patient".into())
        .extension(vec![absent()?])
        .build()
}

/// Who answers for what the packet says, and who made it.
fn authors(of: &Reference) -> Built<Vec<Option<To>>> {
    let mut authors = Vec::new();
    if let Some(party) = stay(of).and_then(|stay| stay.attending.as_ref()) {
        let mut attending = named(&party.shown())?;
        attending.r#type = Some("Practitioner".into());
        let id = party.id.as_deref();
        attending.identifier = id.map(|id| plain_identifier(id, None)).transpose()?;
        authors.push(Some(attending));
    }
    authors.push(Some(organisation(of)?));
    Ok(authors)
}

fn organisation(of: &Reference) -> Built<To> {
    let mut organisation = named(of.organisation)?;
    organisation.r#type = Some("Organization".into());
    Ok(organisation)
}

fn security_labels(packet: &Packet) -> Built<Vec<Option<CodeableConcept>>> {
    let labels = security::labels(packet)?.into_iter();
    let labels = labels.map(|label| {
        let concept = CodeableConcept::builder().coding(vec![Some(label)]);
        concept.build().map(Some)
    });
    labels.collect()
}

/// By masterIdentifier: whoever keeps the earlier one knows it by that.
fn replaces(handoff: Uuid) -> Built<DocumentReferenceRelatesTo> {
    DocumentReferenceRelatesTo::builder()
        .code(DocumentRelationshipType::Replaces)
        .target(logical("DocumentReference", master_identifier(handoff)?)?)
        .build()
}

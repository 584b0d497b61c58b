//! The DocumentReference (R4, US Core 9.0.0): one content per rendition, each
//! pointing at the temporary link.

use super::entries::visit_number;
use super::parts::{
    LOINC, binary, coding, concept, identifier, instant, logical, named, plain_identifier,
    uri_identifier,
};
use crate::domain::document::Rendition;
use crate::domain::facts::{ClinicalFacts, When};
use crate::domain::language::Language;
use crate::domain::packet::Packet;
use crate::domain::section::PacketKind;
use crate::formats::words::words;
use fhir_sdk::r4b::codes::{DocumentReferenceStatus, DocumentRelationshipType, IdentifierUse};
use fhir_sdk::r4b::resources::{
    DocumentReference, DocumentReferenceContent, DocumentReferenceContext,
    DocumentReferenceRelatesTo,
};
use fhir_sdk::r4b::types::{Attachment, Extension, ExtensionValue, Meta, Period};
use fhir_sdk::{DateTime, Instant};
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

/// Where the link stands until it is sent: the store keeps no token, so the
/// URL is signed each time the reference leaves.
const URL_STAND_IN: &str = "handoff:rendition/";

pub fn expiry_extension(public_url: &str) -> String {
    format!("{public_url}/fhir/StructureDefinition/link-expires")
}

pub fn document_reference(of: &Reference) -> anyhow::Result<Value> {
    let content = of
        .files
        .iter()
        .zip(1..)
        .map(|(file, ordinal)| content(of, file, ordinal));
    let content = content
        .map(|made| made.map(Some))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let entry_uuid = Uuid::new_v5(&of.handoff, b"DocumentReference")
        .urn()
        .to_string();
    let mut reference = DocumentReference::builder()
        .meta(
            Meta::builder()
                .profile(vec![Some(US_CORE.to_owned())])
                .build()?,
        )
        .master_identifier(uri_identifier(
            &of.handoff.urn().to_string(),
            Some(IdentifierUse::Usual),
        )?)
        .identifier(vec![Some(uri_identifier(
            &entry_uuid,
            Some(IdentifierUse::Official),
        )?)])
        .status(DocumentReferenceStatus::Current)
        .r#type(concept(
            LOINC,
            of.packet.kind.loinc(),
            Some(words(of.language).kind(of.packet.kind)),
        )?)
        .category(vec![Some(concept(
            US_CORE_CATEGORY,
            "clinical-note",
            None,
        )?)])
        .date(instant(of.created).parse::<Instant>()?)
        .author(vec![Some(named(of.organisation)?)])
        .custodian(named(of.organisation)?)
        .security_label(vec![Some(concept(
            CONFIDENTIALITY,
            of.facts.confidentiality(),
            None,
        )?)])
        .description(words(of.language).kind(of.packet.kind).to_owned())
        .content(content)
        .build()?;
    if let Some(number) = of.facts.patient.record_number() {
        reference.subject = Some(logical("Patient", identifier(number)?)?);
    }
    if of.test {
        // v3-ActReason HTEST: test health data.
        let tag = coding(
            "http://terminology.hl7.org/CodeSystem/v3-ActReason",
            "HTEST",
        )?;
        reference
            .meta
            .get_or_insert(Meta::builder().build()?)
            .tag
            .push(Some(tag));
    }
    if let Some(replaced) = of.replaces {
        reference.relates_to = vec![Some(replaces(replaced)?)];
    }
    reference.context = context(of)?;
    Ok(serde_json::to_value(reference)?)
}

const US_CORE: &str = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-documentreference";
const US_CORE_CATEGORY: &str =
    "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category";
const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
/// For formats whose media type says everything (IHE FormatCode 1.6.0).
const FORMAT_CODES: &str = "http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode";

fn content(
    of: &Reference,
    file: &StagedFile<'_>,
    ordinal: usize,
) -> anyhow::Result<DocumentReferenceContent> {
    let expires = Extension::builder()
        .url(expiry_extension(of.public_url))
        .value(ExtensionValue::Instant(instant(of.expires).parse()?))
        .build()?;
    let mut attachment = Attachment::builder()
        .extension(vec![expires])
        .content_type(file.rendition.content_type.clone().into_owned())
        .language(
            file.rendition
                .language
                .unwrap_or(of.language)
                .tag()
                .to_owned(),
        )
        .url(format!("{URL_STAND_IN}{ordinal}"))
        .size(u32::try_from(file.size)?)
        .title(words(of.language).kind(of.packet.kind).to_owned())
        .creation(instant(of.created).parse::<DateTime>()?)
        .build()?;
    attachment.hash = binary(&file.sha1);
    let format = coding(FORMAT_CODES, "urn:ihe:iti:xds:2017:mimeTypeSufficient")?;
    Ok(DocumentReferenceContent::builder()
        .attachment(attachment)
        .format(format)
        .build()?)
}

/// By masterIdentifier: whoever keeps the earlier one knows it by that.
fn replaces(handoff: Uuid) -> anyhow::Result<DocumentReferenceRelatesTo> {
    let target = uri_identifier(&handoff.urn().to_string(), Some(IdentifierUse::Usual))?;
    Ok(DocumentReferenceRelatesTo::builder()
        .code(DocumentRelationshipType::Replaces)
        .target(logical("DocumentReference", target)?)
        .build()?)
}

fn context(of: &Reference) -> anyhow::Result<Option<DocumentReferenceContext>> {
    let mut context = DocumentReferenceContext::builder().build()?;
    if let Some(encounter) = &of.facts.encounter {
        if let Some(number) = visit_number(encounter)? {
            context.encounter.push(Some(logical("Encounter", number)?));
        }
        let zone = of.source_zone;
        let moment = |at: &Option<When>| {
            at.as_ref()
                .and_then(|at| at.fhir(zone).parse::<DateTime>().ok())
        };
        let mut period = Period::builder().build()?;
        period.start = moment(&encounter.start);
        period.end = moment(&encounter.end);
        if period.start.is_some() || period.end.is_some() {
            context.period = Some(period);
        }
    }
    if of.packet.kind == PacketKind::Referral
        && let Some(id) = of
            .facts
            .referral
            .as_ref()
            .and_then(|referral| referral.id.as_deref())
    {
        context.related.push(Some(logical(
            "ServiceRequest",
            plain_identifier(id, None)?,
        )?));
    }
    let empty =
        context.encounter.is_empty() && context.period.is_none() && context.related.is_empty();
    Ok((!empty).then_some(context))
}

/// Puts the links in: `url` gives the address of the n-th rendition.
pub fn fill_urls(reference: &mut Value, url: impl Fn(i64) -> String) {
    let contents = reference.get_mut("content").and_then(Value::as_array_mut);
    for content in contents.into_iter().flatten() {
        let Some(address) = content.pointer_mut("/attachment/url") else {
            continue;
        };
        let ordinal = address
            .as_str()
            .and_then(|text| text.strip_prefix(URL_STAND_IN)?.parse().ok());
        if let Some(ordinal) = ordinal {
            *address = url(ordinal).into();
        }
    }
}

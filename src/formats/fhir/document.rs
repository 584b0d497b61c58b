//! The packet as a FHIR R4 document Bundle (FHIR R4 `documents.html`): a
//! Composition first, then everything it references, and nothing else.

use super::draft::{Draft, organization};
use super::parts::{Built, LOINC, concept, instant, reference, uri_identifier};
use super::sections::{about, doubts, notice, section};
use super::{entries, security};
use crate::domain::packet::{Content, Packet};
use crate::domain::section::Section;
use crate::formats::content::Edition;
use crate::formats::sheet::Imprint;
use fhir_sdk::r4b::codes::{BundleType, CompositionStatus};
use fhir_sdk::r4b::resources::{Bundle, Composition, CompositionSection};
use fhir_sdk::r4b::types::Meta;
use fhir_sdk::{DateTime, Instant};
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::ser::Formatter;
use serde_json::{Serializer, Value};
use uuid::Uuid;

/// The same packet, imprint and edition give the same bytes: every id in it is
/// derived from the handoff's.
pub fn document(
    packet: &Packet,
    imprint: &Imprint,
    edition: Edition<'_>,
) -> anyhow::Result<Vec<u8>> {
    let zone = imprint.source_zone.clone();
    let carried = security::carried(packet)?;
    let mut draft = Draft::new(imprint.handoff, &zone, edition, carried);
    let composition = composition(packet, imprint, &mut draft)?;
    draft.add_plain("Composition", composition)?;
    let bundle = Bundle::builder()
        .meta(meta(packet)?)
        .language(edition.words.language.tag().to_owned())
        .r#type(BundleType::Document)
        // bdl-9: with system and value
        .identifier(uri_identifier(&imprint.handoff.urn().to_string(), None)?)
        .timestamp(instant(&imprint.created).parse::<Instant>()?)
        .entry(draft.entries())
        .build()?;
    let mut bytes = Vec::new();
    let mut out = Serializer::with_formatter(&mut bytes, AsWritten);
    bundle.serialize(&mut out)?;
    Ok(bytes)
}

/// The Patient of the document alone, for what travels beside it.
pub fn patient(
    packet: &Packet,
    handoff: Uuid,
    zone: &TimeZone,
    edition: Edition<'_>,
) -> anyhow::Result<Value> {
    let carried = security::carried(packet)?;
    let mut draft = Draft::new(handoff, zone, edition, carried);
    let patient = entries::patient(packet, &draft)?;
    draft.add("Patient", patient)?;
    let entry = draft.entries().into_iter().flatten().next();
    Ok(serde_json::to_value(entry)?["resource"].take())
}

/// A whole number has no decimal places: `138.0` would be more exact than the
/// `138` of a laboratory.
struct AsWritten;

impl Formatter for AsWritten {
    fn write_f64<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        value: f64,
    ) -> std::io::Result<()> {
        write!(writer, "{value}")
    }
}

/// Made by whoever sends: no clinician wrote what a packet gathers.
fn composition(
    packet: &Packet,
    imprint: &Imprint,
    draft: &mut Draft,
) -> anyhow::Result<Composition> {
    let edition = draft.edition;
    let title = edition.words.kind(packet.kind).to_owned();
    let patient = entries::patient(packet, draft)?;
    draft.add("Patient", patient)?;
    let sender = organization(&imprint.organisation)?;
    let sender = draft.add_plain("Organization", sender)?;
    let made = sections(packet, imprint, draft)?;
    let stay = packet.section(Section::Encounter).map(|made| &made.content);
    let mut composition = Composition::builder()
        .meta(meta(packet)?)
        .language(edition.words.language.tag().to_owned())
        .identifier(uri_identifier(&draft.url("document"), None)?)
        .status(CompositionStatus::Final)
        .r#type(concept(LOINC, packet.kind.loinc(), Some(&title))?)
        .subject(draft.subject()?)
        .date(instant(&imprint.created).parse::<DateTime>()?)
        .author(vec![Some(reference(&sender)?)])
        .custodian(reference(&sender)?)
        .title(title)
        .section(made.into_iter().map(Some).collect::<Vec<_>>())
        .build()?;
    if let Some(Content::Encounter(Some(_))) = stay {
        // the first entry of its section
        let url = draft.url(&format!("{}/0", Section::Encounter.key()));
        composition.encounter = Some(reference(&url)?);
    }
    Ok(composition)
}

fn sections(
    packet: &Packet,
    imprint: &Imprint,
    draft: &mut Draft,
) -> Built<Vec<CompositionSection>> {
    // 42 CFR 2.32: the notice comes before the records.
    let mut made: Vec<CompositionSection> = notice(packet, draft)?.into_iter().collect();
    for from in &packet.sections {
        made.push(section(from, packet, draft)?);
    }
    made.extend(doubts(packet, draft)?);
    made.push(about(packet, imprint, draft)?);
    Ok(made)
}

/// Labels and the purpose of use, of the Bundle as of its Composition.
/// `Composition.confidentiality` is left out: one place says it.
fn meta(packet: &Packet) -> Built<Meta> {
    let labels = security::labels(packet)?;
    Meta::builder()
        .security(labels.into_iter().map(Some).collect::<Vec<_>>())
        .build()
}

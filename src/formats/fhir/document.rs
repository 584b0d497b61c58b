//! The packet as a FHIR R4 document Bundle (FHIR R4 `documents.html`): a
//! Composition first, then everything it references, and nothing else.

use super::entries::{self, Shared};
use super::parts::{Built, LOINC, URI, concept, reference};
use super::xhtml::narrative;
use crate::domain::packet::{Content, Packet, PacketSection};
use crate::formats::content::{Edition, blocks};
use crate::formats::pdf::Block;
use crate::formats::sheet::Imprint;
use crate::formats::words::Term;
use fhir_sdk::r4b::codes::{BundleType, CompositionStatus};
use fhir_sdk::r4b::resources::{
    Bundle, BundleEntry, Composition, CompositionSection, Organization, Resource,
};
use fhir_sdk::r4b::types::Identifier;
use fhir_sdk::{DateTime, Instant};
use jiff::tz::TimeZone;
use uuid::Uuid;

/// Ids are derived from the handoff's: the same event gives the same bytes.
pub fn document(
    packet: &Packet,
    imprint: &Imprint,
    edition: Edition<'_>,
) -> anyhow::Result<Vec<u8>> {
    let zone = imprint.source_zone.clone();
    let bundle = Draft::new(imprint.handoff, &zone, edition).bundle(packet, imprint)?;
    Ok(serde_json::to_vec(&bundle)?)
}

struct Draft<'a> {
    handoff: Uuid,
    zone: &'a TimeZone,
    edition: Edition<'a>,
    entries: Vec<Option<BundleEntry>>,
}

impl<'a> Draft<'a> {
    fn new(handoff: Uuid, zone: &'a TimeZone, edition: Edition<'a>) -> Self {
        Self {
            handoff,
            zone,
            edition,
            entries: Vec::new(),
        }
    }

    fn url(&self, name: &str) -> String {
        Uuid::new_v5(&self.handoff, name.as_bytes())
            .urn()
            .to_string()
    }

    fn add(&mut self, name: &str, resource: impl Into<Resource>) -> Built<String> {
        let url = self.url(name);
        let entry = BundleEntry::builder()
            .full_url(url.clone())
            .resource(resource.into());
        self.entries.push(Some(entry.build()?));
        Ok(url)
    }

    fn bundle(mut self, packet: &Packet, imprint: &Imprint) -> anyhow::Result<Bundle> {
        let subject = self.add("Patient", entries::patient(&packet.patient)?)?;
        let organization = Organization::builder()
            .name(imprint.organisation.clone())
            .build()?;
        let author = self.add("Organization", organization)?;
        let mut sections = Vec::new();
        let mut encounter = None;
        for section in &packet.sections {
            let (made, visit) = self.section(section, packet, &subject)?;
            sections.push(Some(made));
            encounter = encounter.or(visit);
        }
        sections.extend(doubts(packet)?.map(Some));
        let moment = imprint.created.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
        let mut composition = Composition::builder()
            .status(CompositionStatus::Final)
            .r#type(concept(
                LOINC,
                packet.kind.loinc(),
                Some(self.edition.words.kind(packet.kind)),
            )?)
            .subject(reference(&subject)?)
            .date(moment.parse::<DateTime>()?)
            .author(vec![Some(reference(&author)?)])
            .custodian(reference(&author)?)
            .title(self.edition.words.kind(packet.kind).to_owned())
            .section(sections)
            .build()?;
        composition.encounter = encounter.map(|url| reference(&url)).transpose()?;
        self.add("Composition", composition)?;
        // bdl-11: the Composition comes first.
        self.entries.rotate_right(1);
        let id = imprint.handoff.urn().to_string();
        Ok(Bundle::builder()
            .r#type(BundleType::Document)
            .identifier(
                Identifier::builder()
                    .system(URI.to_owned())
                    .value(id)
                    .build()?,
            )
            .timestamp(moment.parse::<Instant>()?)
            .entry(self.entries)
            .build()?)
    }

    /// The section, and the fullUrl of the visit where it holds one.
    fn section(
        &mut self,
        section: &PacketSection,
        packet: &Packet,
        subject: &str,
    ) -> Built<(CompositionSection, Option<String>)> {
        let urls = self.add_facts(&section.content, subject)?;
        let code = section.section.loinc(packet.kind);
        let title = self.edition.title(section.section, packet.kind).to_owned();
        let mut made = CompositionSection::builder()
            .title(title.clone())
            .code(concept(LOINC, code, Some(&title))?)
            .text(narrative(&blocks(section, self.edition))?)
            .build()?;
        if section.is_empty() {
            let system = "http://terminology.hl7.org/CodeSystem/list-empty-reason";
            made.empty_reason = Some(concept(
                system,
                "unavailable",
                Some(self.edition.say(Term::NoneRecorded)),
            )?);
        }
        for url in &urls {
            made.entry.push(Some(reference(url)?));
        }
        let visit = matches!(section.content, Content::Encounter(Some(_)));
        Ok((made, visit.then(|| urls.first().cloned()).flatten()))
    }

    fn add_facts(&mut self, content: &Content, subject: &str) -> Built<Vec<String>> {
        let zone = self.zone;
        let shared = Shared { subject, zone };
        match content {
            Content::Encounter(one) => self.add_each("Encounter", one.as_slice(), |f| {
                entries::encounter(f, &shared)
            }),
            Content::Referral(one) => self.add_each("ServiceRequest", one.as_slice(), |f| {
                entries::service_request(f, &shared)
            }),
            Content::Diagnoses(list) => {
                self.add_each("Condition", list, |f| entries::condition(f, &shared))
            }
            Content::Allergies(list) => {
                self.add_each("AllergyIntolerance", list, |f| entries::allergy(f, &shared))
            }
            Content::Medications(list) => self.add_each("MedicationStatement", list, |f| {
                entries::medication(&f.medication, &shared)
            }),
            Content::Procedures(list) => {
                self.add_each("Procedure", list, |f| entries::procedure(f, &shared))
            }
            Content::Observations(list) => {
                self.add_each("Observation", list, |f| entries::observation(f, &shared))
            }
            Content::Immunizations(_)
            | Content::Plan(..)
            | Content::CareTeam(_)
            | Content::Payers(_)
            | Content::Documents(_)
            | Content::Instructions(_)
            | Content::Words => Ok(Vec::new()),
        }
    }

    fn add_each<F, R: Into<Resource>>(
        &mut self,
        kind: &str,
        facts: &[F],
        make: impl Fn(&F) -> Built<R>,
    ) -> Built<Vec<String>> {
        let numbered = facts.iter().enumerate();
        numbered
            .map(|(place, fact)| self.add(&format!("{kind}/{place}"), make(fact)?))
            .collect()
    }
}

/// What could not be read, as a section of its own.
fn doubts(packet: &Packet) -> Built<Option<CompositionSection>> {
    if packet.doubts.is_empty() {
        return Ok(None);
    }
    let title = "Not completely read from the source";
    let lines = packet
        .doubts
        .iter()
        .map(|doubt| format!("{}: {}", doubt.at, doubt.why))
        .collect();
    let text = narrative(&[Block::Notice {
        title: title.into(),
        lines,
    }])?;
    CompositionSection::builder()
        .title(title.to_owned())
        .text(text)
        .build()
        .map(Some)
}

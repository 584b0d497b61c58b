//! The DocumentReference: made once, kept sealed, its links signed anew each
//! time it leaves.

use super::rows::Plan;
use super::{Passage, RenderedFile};
use crate::adapters::staging::StagedObject;
use crate::app::world::World;
use crate::domain::channel::ReferenceProfile;
use crate::domain::ids::{HandoffId, LinkId};
use crate::domain::link::{Face, Link};
use crate::domain::packet::Packet;
use crate::domain::verify::SmartHealthLink;
use crate::formats::content::Edition;
use crate::formats::fhir::{self, StagedFile};
use crate::formats::words::words;
use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is kept of a DocumentReference: enough to write it in either profile,
/// the same each time.
#[derive(Serialize, Deserialize)]
pub struct Kept {
    /// As US Core has it, its links left open.
    pub reference: Value,
    /// How many renditions the packet had that this one replaces.
    pub replaced: usize,
    /// The patient as the packet names them, for files that travel in a Bundle of
    /// their own.
    #[serde(default)]
    pub patient: Option<Value>,
}

/// The DocumentReference of a handoff, its links signed anew. `None` when the handoff
/// has ended: then nothing of it is kept.
pub async fn filled_reference(
    world: &World,
    id: &HandoffId,
    profile: ReferenceProfile,
) -> anyhow::Result<Option<Value>> {
    let Some(sealed) = world.store.sealed_reference(id.as_str()).await? else {
        return Ok(None);
    };
    let kept = open(world, id, &sealed)?;
    let system_link = world.store.links_of(id.as_str(), Face::Systems).await?;
    // The one that took another's place, where one did.
    let living = |link: &Link| (link.revoked_at.is_none(), link.expires_at);
    let system_link = system_link.into_iter().max_by_key(living);
    let system_link = system_link.map(|link| link.id);
    Ok(Some(with_links(world, kept, system_link, profile).await?))
}

/// What is kept of a handoff's reference, while it is.
pub async fn kept_reference(world: &World, id: &HandoffId) -> anyhow::Result<Option<Kept>> {
    let sealed = world.store.sealed_reference(id.as_str()).await?;
    sealed.map(|sealed| open(world, id, &sealed)).transpose()
}

fn open(world: &World, id: &HandoffId, sealed: &str) -> anyhow::Result<Kept> {
    let opened = world.keys.open_record(id.as_str(), sealed)?;
    let opened: Value = serde_json::from_slice(&opened)?;
    // A release before this one kept the reference alone; it is still being sent.
    if opened.get("resourceType").is_some() {
        return Ok(Kept {
            reference: opened,
            replaced: 0,
            patient: None,
        });
    }
    Ok(serde_json::from_value(opened)?)
}

pub(super) async fn with_links(
    world: &World,
    mut kept: Kept,
    link: Option<LinkId>,
    profile: ReferenceProfile,
) -> anyhow::Result<Value> {
    let id = link.context("this handoff has no link for systems")?;
    let link = world.store.link(&id).await?.context("a link vanished")?;
    let url = world.link_url(&link)?;
    fhir::fill_urls(&mut kept.reference, |ordinal| format!("{url}/{ordinal}"));
    match profile {
        ReferenceProfile::UsCore => Ok(kept.reference),
        ReferenceProfile::Mhd => {
            let publisher = &world.settings.public_url;
            fhir::provide_documents(&kept.reference, kept.replaced, publisher)
        }
    }
}

/// How many renditions a handoff has or had, which is kept when it has ended: MHD
/// knows each by a number of its own.
pub(super) async fn renditions_of(
    world: &World,
    handoff: Option<&HandoffId>,
) -> anyhow::Result<usize> {
    let Some(id) = handoff else { return Ok(0) };
    world.store.renditions(id.as_str()).await
}

pub(super) fn reference_of(
    passage: &Passage<'_>,
    plan: &Plan,
    packet: &Packet,
    rendered: &[RenderedFile],
    staged: &[StagedObject],
) -> anyhow::Result<Value> {
    let world = passage.world;
    let files = rendered.iter().zip(staged);
    let files: Vec<StagedFile> = files
        .map(|(file, object)| StagedFile {
            rendition: &file.rendition,
            size: object.digests.size,
            sha1: object.digests.sha1.clone(),
        })
        .collect();
    fhir::document_reference(&fhir::Reference {
        handoff: plan.id.uuid(),
        facts: &passage.facts,
        packet,
        language: passage.channel.languages()[0],
        replaces: plan.replaces().map(HandoffId::uuid),
        source_zone: passage.zone(),
        files: &files,
        organisation: &world.settings.organisation,
        public_url: &world.settings.public_url,
        created: &world.local(plan.created),
        expires: &world.local(plan.expires),
        test: plan.test,
    })
}

/// The patient as the packet's FHIR document has them, where the packet can be
/// fetched as a SMART Health Link.
pub(super) fn patient_of(
    passage: &Passage<'_>,
    plan: &Plan,
    packet: &Packet,
) -> anyhow::Result<Option<Value>> {
    let channel = passage.channel;
    if channel.link.smart_health_link == SmartHealthLink::Off {
        return Ok(None);
    }
    let brand = passage.world.brands.of(channel);
    let edition = Edition {
        words: words(channel.languages()[0]),
        brand: &brand,
    };
    let (handoff, zone) = (plan.id.uuid(), passage.zone());
    fhir::patient(packet, handoff, zone, edition).map(Some)
}

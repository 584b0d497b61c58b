//! The DocumentReference: made once, kept sealed, its links signed anew each
//! time it leaves.

use super::rows::Plan;
use super::{Passage, RenderedFile};
use crate::adapters::sql::KnownHandoff;
use crate::adapters::staging::StagedObject;
use crate::app::world::World;
use crate::domain::ids::{HandoffId, LinkId};
use crate::domain::link::Face;
use crate::domain::packet::Packet;
use crate::formats::fhir::{self, StagedFile};
use anyhow::Context;
use serde_json::Value;

/// The DocumentReference of a handoff, its links signed anew.
pub(super) async fn reference(world: &World, known: &KnownHandoff) -> anyhow::Result<Value> {
    let sealed = known
        .sealed_reference
        .as_deref()
        .context("this handoff has no reference")?;
    filled_reference(world, &known.id, sealed).await
}

/// Opens a stored reference and signs its links.
pub async fn filled_reference(
    world: &World,
    id: &HandoffId,
    sealed: &str,
) -> anyhow::Result<Value> {
    let opened = world.keys.open_record(id.as_str(), sealed)?;
    let system_link = world.store.links_of(id.as_str(), Face::Systems).await?;
    let system_link = system_link.into_iter().next().map(|link| link.id);
    with_links(world, serde_json::from_slice(&opened)?, system_link).await
}

pub(super) async fn with_links(
    world: &World,
    mut reference: Value,
    link: Option<LinkId>,
) -> anyhow::Result<Value> {
    let id = link.context("this handoff has no link for systems")?;
    let link = world.store.link(&id).await?.context("a link vanished")?;
    let url = world.link_url(&link)?;
    fhir::fill_urls(&mut reference, |ordinal| format!("{url}/{ordinal}"));
    Ok(reference)
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

//! A link as a SMART Health Link: in which way it is one, and how it is shown.

use super::world::World;
use crate::adapters::shl::Secrets;
use crate::domain::channel::Channel;
use crate::domain::ids::HandoffId;
use crate::domain::link::{Face, Link};
use crate::domain::notice::HealthLink;
use crate::domain::shl::{Offer, Secret, ShlPayload, label, viewer_form};
use crate::formats::qr;
use anyhow::Context;

/// In which way a link is one. It evolves where its channel corrects what it sent.
pub fn offer(world: &World, link: &Link) -> Option<Offer> {
    let channel = channel(world, link);
    let evolving = channel.is_some_and(|channel| !channel.correct_on.is_empty());
    Offer::of(link.verify, link.smart_health_link, evolving)
}

fn channel<'w>(world: &'w World, link: &Link) -> Option<&'w Channel> {
    let mut channels = world.channels.iter();
    let channel = channels.find(|channel| channel.name() == link.channel);
    channel.map(AsRef::as_ref)
}

/// The name that its packet bears.
fn organisation(world: &World, link: &Link) -> String {
    let service = &world.settings.organisation;
    match channel(world, link) {
        Some(channel) => world.brands.of(channel).organisation(service).to_owned(),
        None => service.clone(),
    }
}

/// Where a SMART Health Link is resolved.
pub fn address(world: &World, id: &Secret) -> String {
    format!("{}/shl/{}", world.settings.public_url, id.text())
}

/// A SMART Health Link as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShlView {
    /// `shlink:/…`.
    pub link: String,
    /// The same, opened by the configured viewer.
    pub viewer: Option<String>,
    /// An SVG of either, for a camera.
    pub qr: String,
}

/// `None` where the link is no SMART Health Link, or is one no more.
pub async fn shl_view(world: &World, link: &Link) -> anyhow::Result<Option<ShlView>> {
    let Some(HealthLink { link, viewer }) = health_link(world, link).await? else {
        return Ok(None);
    };
    // Telephones know what to do with a web address.
    let qr = qr::svg(viewer.as_ref().unwrap_or(&link))?;
    Ok(Some(ShlView { link, viewer, qr }))
}

/// The same for a notice.
pub async fn health_link(world: &World, link: &Link) -> anyhow::Result<Option<HealthLink>> {
    let Some(offer) = offer(world, link).filter(|_| link.face == Face::People) else {
        return Ok(None);
    };
    let Some(seed) = world.store.shl_seed(&link.id).await? else {
        return Ok(None);
    };
    let secrets = Secrets::of(&world.keys, &seed);
    let handoff = HandoffId::parse(&link.handoff).context("a handoff's id is damaged")?;
    let payload = ShlPayload::new(
        address(world, &secrets.id),
        &secrets.key,
        offer,
        link.expires_at,
        label(&organisation(world, link), &handoff.ticket()),
    )?;
    let text = payload.link();
    let viewer = world.settings.shl_viewer.as_ref();
    Ok(Some(HealthLink {
        viewer: viewer.map(|viewer| viewer_form(viewer, &text)),
        link: text,
    }))
}

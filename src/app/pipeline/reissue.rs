//! A new link for the same person or system, in place of one that closed: by the
//! same routes as the first, with counts and attempts of its own.

use super::errands::{notices, results_again};
use super::rows::{TOKEN_AFTERLIFE, passcode_record};
use crate::adapters::clock::chance;
use crate::adapters::shl;
use crate::adapters::sql::{NewLink, Origin, Proof, Reissue, Reissued};
use crate::app::world::World;
use crate::domain::channel::Channel;
use crate::domain::extension::{later, latest};
use crate::domain::ids::{HandoffId, LinkId};
use crate::domain::link::{Face, Link};
use crate::domain::measures::Span;
use crate::domain::verify::{Verify, new_code};
use anyhow::{Context, ensure};

/// What somebody wants of it.
#[derive(Debug, Clone, Default)]
pub struct Reissuing {
    /// Instead of the channel's own.
    pub expires_after: Option<Span>,
    pub reason: String,
}

/// The link that was made, where one was.
#[derive(Debug, Clone)]
pub struct NewLinkMade {
    pub id: LinkId,
    pub handoff: String,
    pub face: Face,
    /// Its name and address.
    pub recipient: Option<(String, String)>,
    pub expires_at: jiff::Timestamp,
    pub verify: Verify,
    /// The old one asked for a birth date. The answer is known only as a hash that is
    /// bound to the old link, and is kept nowhere else: a date of birth is not worth
    /// keeping for a reissue that may never come. A passcode takes its place, and a
    /// person tells it: the old link may have closed because somebody guessed.
    pub passcode_instead: bool,
    /// Who is told the passcode.
    pub owner: String,
    pub max_age: Span,
}

/// With what came of it; the link stands in the store only where that is `New`.
pub async fn reissue(
    world: &World,
    old: &LinkId,
    wanted: &Reissuing,
) -> anyhow::Result<(Reissued, NewLinkMade)> {
    let link = world.store.link(old).await?;
    let link = link.context("there is no such link; `handoff show` gives a handoff's links")?;
    let channel = world
        .channels
        .iter()
        .find(|channel| channel.name() == link.channel);
    let channel = channel.with_context(|| {
        format!(
            "the channel {} is not loaded; its file says whom to tell and for how long",
            link.channel
        )
    })?;
    let now = world.clock.now();
    let origin = world.store.origin(&link.handoff).await?;
    let handoff = HandoffId::parse(&link.handoff).context("a handoff's id is damaged")?;
    let new = new_link(world, channel, &link, end(channel, wanted, &origin, now)?)?;
    let errands = match link.face {
        Face::People => notices(channel, origin.test, &handoff, &new),
        Face::Systems if origin.test || world.broker.is_none() => Vec::new(),
        Face::Systems => results_again(channel, &handoff),
    };
    let reissue = Reissue {
        old,
        new: &new,
        errands: &errands,
        reason: &wanted.reason,
    };
    let reissued = world.store.reissue(&reissue, now).await?;
    if reissued == Reissued::New {
        world.errands.notify_waiters();
        tracing::info!(channel.name = channel.name(), handoff.id = %handoff, "a link was reissued");
    }
    let made = NewLinkMade {
        passcode_instead: link.verify == Verify::BirthDate,
        verify: new.proof.verify,
        id: new.id,
        handoff: link.handoff,
        face: link.face,
        recipient: new.recipient.map(|r| (r.name, r.email.to_string())),
        expires_at: new.expires_at,
        owner: channel.owner.to_string(),
        max_age: channel.max_age,
    };
    Ok((reissued, made))
}

/// The channel's own time from now on, as far as anything may live; what a person
/// asked for is kept or refused.
fn end(
    channel: &Channel,
    wanted: &Reissuing,
    origin: &Origin,
    now: jiff::Timestamp,
) -> anyhow::Result<jiff::Timestamp> {
    let latest = latest(origin.created_at);
    let end = match wanted.expires_after {
        Some(span) => later(now, span),
        None => later(now, channel.link.expires_after).min(latest),
    };
    ensure!(
        end <= latest,
        "nothing lives longer than 90 days: the new link may end at {latest} at the latest"
    );
    // A packet as old as that is gone, and the store says so.
    Ok(end)
}

fn new_link(
    world: &World,
    channel: &Channel,
    old: &Link,
    expires_at: jiff::Timestamp,
) -> anyhow::Result<NewLink> {
    let id = LinkId::new(&chance());
    let proof = proof(world, channel, old, &id)?;
    Ok(NewLink {
        shl_hash: shl::new_hash(&world.keys, &id, proof.verify, old.smart_health_link),
        proof,
        id,
        face: old.face,
        key_id: world.links.key_id(),
        recipient: old.recipient.clone(),
        expires_at,
        token_expires_at: later(expires_at, TOKEN_AFTERLIFE),
        max_downloads: channel.link.max_downloads.get().into(),
        smart_health_link: old.smart_health_link,
    })
}

fn proof(world: &World, channel: &Channel, old: &Link, new: &LinkId) -> anyhow::Result<Proof> {
    if old.face == Face::Systems {
        return Ok(Proof::default());
    }
    let attempts = channel.link.attempts.get().into();
    if !matches!(old.verify, Verify::BirthDate | Verify::Passcode) {
        return Ok(Proof {
            verify: old.verify,
            attempts,
            ..Proof::default()
        });
    }
    let code = new_code(chance());
    let sealed = world
        .keys
        .seal_record(&passcode_record(new), code.as_bytes())?;
    Ok(Proof {
        verify: Verify::Passcode,
        expected: Some(world.keys.answer(new, &code)),
        sealed_passcode: Some(sealed),
        attempts,
    })
}

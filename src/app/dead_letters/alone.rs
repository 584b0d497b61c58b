//! What the broker gave up because its worker ended over it, or over a neighbour that
//! was prefetched with it: tried once more, one after the other, and written down as
//! tried before it is. What ends its worker again stays parked.

use super::{Opened, Written, write_off};
use crate::adapters::faults;
use crate::adapters::sql::{Settling, StoredLetter};
use crate::app::pipeline;
use crate::app::world::World;
use crate::domain::channel::Channel;
use crate::domain::dead_letter::{Standing, Why};
use crate::domain::outcome::{Remedy, Stage, StageError};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A message alone takes seconds; a few minutes are for a bucket that is slow.
const WITHIN: Duration = Duration::from_secs(300);

/// Tries what waits for it. Ends early where something is away: the next time comes.
pub(super) async fn try_waiting(
    world: &Arc<World>,
    channel: &Arc<Channel>,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let name = channel.name();
    let parked = world
        .store
        .park_the_tried(name, &Why::worker_ended_again(), world.clock.now())
        .await?;
    if parked > 0 {
        tracing::error!(
            channel.name = name,
            events = parked,
            "stay parked: they ended their worker once more when they were tried alone"
        );
    }
    loop {
        let now = world.clock.now();
        let until = pipeline::after(now, world.settings.send_lease);
        let Some(id) = world.store.try_alone(name, until, now).await? else {
            return Ok(());
        };
        let Some(stored) = world.store.dead_letter(&id, now).await? else {
            continue;
        };
        // Whoever stops, or finds the database away, has not been ended by it.
        let tried = tokio::select! {
            tried = holding(world, &id, try_one(world, channel, &stored)) => tried,
            () = stop.cancelled() => Ok(false),
        };
        if !matches!(tried, Ok(true)) {
            not_tried(world, &id, stop).await;
            return tried.map(|_| ());
        }
    }
}

/// Until it is written down, however long the database is away: a mark that stays would
/// say that it ended its worker.
async fn not_tried(world: &World, id: &str, stop: &CancellationToken) {
    while let Err(error) = world.store.not_tried(id).await {
        let why = format!("{error:#}");
        if world.hush.said("trying", &why).aloud {
            tracing::warn!(error = why, "a try could not be taken back yet");
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// While it is tried, nobody else takes it for one that ended its worker.
async fn holding<T>(
    world: &Arc<World>,
    id: &str,
    trying: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let lease = world.settings.send_lease;
    let beating = async {
        loop {
            tokio::time::sleep(lease.duration() / 3).await;
            let until = pipeline::after(world.clock.now(), lease);
            if let Err(error) = world.store.still_trying(id, until).await {
                tracing::warn!(error = format!("{error:#}"), "a try could not be renewed");
            }
        }
    };
    tokio::select! {
        tried = trying => tried,
        never = beating => never,
    }
}

/// `false` where it could not be tried now.
async fn try_one(
    world: &Arc<World>,
    channel: &Arc<Channel>,
    stored: &StoredLetter,
) -> anyhow::Result<bool> {
    let Some(opened) = super::open(world, stored).await? else {
        let gone = Why::of_the_broker("what it said is gone: have it sent again", "body");
        world.store.stays_parked(&stored.letter.id, &gone).await?;
        return Ok(true);
    };
    let event = opened.event();
    let walking = pipeline::walk_guarded(world, channel, &event);
    faults::point("tried-alone");
    let walked = tokio::time::timeout(WITHIN, walking).await;
    let walked = walked.unwrap_or_else(|_| Err(too_long()));
    let again = matches!(&walked, Err(error) if error.remedy == Remedy::Retry);
    // What fails while everything answers is itself the cause, and stays parked.
    if again && (world.store.ping().await.is_err() || world.staging.ping().await.is_err()) {
        return Ok(false);
    }
    let Opened { envelope, .. } = &opened;
    if write_off(world, channel, envelope, &event, &walked).await? == Written::Nothing {
        super::leave_line(world, channel.name(), &opened).await?;
        let settling = Settling {
            to: Standing::Delivered,
            by: "Handoff",
            why: "it went through when it was tried alone",
        };
        let letters = [&stored.letter];
        let now = world.clock.now();
        world
            .store
            .settle_letters(&letters, &settling, &world.ledger, now)
            .await?;
        tracing::info!(
            channel.name = channel.name(),
            "an event that the broker had given up went through when it was tried alone"
        );
    }
    Ok(true)
}

fn too_long() -> StageError {
    StageError {
        stage: Stage::Read,
        remedy: Remedy::DeadLetter,
        cause: anyhow::anyhow!("tried alone, it did not come to an end within five minutes"),
    }
}

//! The end of life: claims given back, links that ran out, keys erased first
//! and bytes after. Its cost follows what ends, not what lives.

use super::world::World;
use super::{epochs, keys, reconciler};
use crate::adapters::faults;
use anyhow::Context;
use futures_util::StreamExt;
use serde::Serialize;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Deletions under way at once: a bucket answers each in tens of milliseconds.
const DELETED_AT_ONCE: usize = 16;

/// How often staging and database are compared: it costs a question for each object
/// that lives, and finds what no sweep can.
const COMPARE_EVERY: Duration = Duration::from_secs(6 * 3600);

/// What one sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Swept {
    pub claims_released: usize,
    pub claims_closed: usize,
    pub links_expired: usize,
    pub keys_erased: usize,
    pub objects_deleted: usize,
    /// Handoffs that are over and keep no sealed record any more.
    pub records_erased: u64,
    /// Sealing keys under which nothing is sealed any more.
    pub epochs_destroyed: usize,
    /// Keys that signed links of which none is left.
    pub keys_retired: usize,
    /// Remembered messages of visits, threads, proofs and dead letters that have expired.
    pub forgotten: u64,
    /// Could not be deleted; their keys are gone.
    pub objects_left: usize,
}

/// Runs until stopped.
pub async fn run(world: Arc<World>, stop: CancellationToken) {
    let every = world.settings.sweep_every.duration();
    // Not at once: a start has better things to do.
    let mut compare = Instant::now() + COMPARE_EVERY / 12;
    loop {
        match sweep(&world).await {
            Ok(swept) if swept != Swept::default() => tracing::info!(
                claims.released = swept.claims_released,
                claims.closed = swept.claims_closed,
                links.expired = swept.links_expired,
                keys.erased = swept.keys_erased,
                objects.deleted = swept.objects_deleted,
                objects.left = swept.objects_left,
                records.erased = swept.records_erased,
                epochs.destroyed = swept.epochs_destroyed,
                keys.retired = swept.keys_retired,
                forgotten = swept.forgotten,
                "swept"
            ),
            Ok(_) => {}
            Err(error) => tracing::warn!(
                error = format!("{error:#}"),
                "a sweep broke off; the next one goes on"
            ),
        }
        if Instant::now() >= compare {
            compare = Instant::now() + COMPARE_EVERY;
            tokio::select! {
                () = compared(&world) => {}
                () = stop.cancelled() => return,
            }
        }
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn compared(world: &World) {
    match reconciler::reconcile(world, false).await {
        Ok(done) => tracing::info!(
            objects.listed = done.objects_listed,
            objects.strays = done.strays_deleted,
            objects.risen = done.risen,
            objects.missing = done.missing.len(),
            puts.unfinished = done.unfinished_removed,
            "staging was compared with the database"
        ),
        Err(error) => tracing::warn!(
            error = format!("{error:#}"),
            "comparing staging with the database broke off; it is tried again later"
        ),
    }
}

/// One whole sweep.
pub async fn sweep(world: &World) -> anyhow::Result<Swept> {
    let now = world.clock.now();
    let store = &world.store;
    faults::step("before-erase")?;
    let mut swept = Swept {
        claims_released: store
            .release_stale_claims(now)
            .await
            .context("giving claims back")?,
        claims_closed: store
            .close_lost_claims(now)
            .await
            .context("closing lost claims")?,
        links_expired: store
            .note_expired_links(now)
            .await
            .context("noting expired links")?,
        keys_erased: store
            .erase_keys(&world.ledger, now)
            .await
            .context("erasing keys")?,
        forgotten: store
            .forget_expired(now)
            .await
            .context("forgetting visits")?
            + store
                .forget_threads(now)
                .await
                .context("forgetting threads")?
            + store
                .forget_proofs(now)
                .await
                .context("forgetting proofs")?
            + store
                .forget_dead_letters(now)
                .await
                .context("forgetting dead letters")?,
        ..Swept::default()
    };
    faults::step("after-erase")?;
    delete_erased(world, now, &mut swept).await?;
    swept.epochs_destroyed = epochs::end(world).await.context("ending epochs")?;
    swept.keys_retired = keys::retire(world).await.context("retiring keys")?;
    Ok(swept)
}

/// Their keys are gone; records and bytes follow. One object that cannot be deleted
/// keeps no other.
async fn delete_erased(
    world: &World,
    now: jiff::Timestamp,
    swept: &mut Swept,
) -> anyhow::Result<()> {
    let store = &world.store;
    loop {
        let erased = store.erased_objects(now).await?;
        if erased.is_empty() {
            return Ok(());
        }
        let handoffs = erased.iter().filter_map(|object| object.handoff.clone());
        swept.records_erased += store
            .erase_records(&handoffs.collect(), &world.ledger, now)
            .await
            .context("erasing the records of handoffs")?;
        let deleting = erased.into_iter().map(|object| async move {
            let deleting = async {
                faults::step("before-delete")?;
                world.staging.delete(&object.key).await?;
                faults::step("after-delete")
            };
            let deleted = deleting.await;
            (object.key, deleted)
        });
        let deleted = futures_util::stream::iter(deleting).buffer_unordered(DELETED_AT_ONCE);
        let (mut gone, mut left) = (Vec::new(), Vec::new());
        for (key, deleted) in deleted.collect::<Vec<_>>().await {
            match deleted {
                Ok(()) => gone.push(key),
                Err(error) => {
                    left.push(key);
                    tracing::error!(
                        error = format!("{error:#}"),
                        "an erased object could not be deleted; the next sweep tries again"
                    );
                }
            }
        }
        store.objects_gone(&gone, now).await?;
        store.objects_left(&left, now).await?;
        swept.objects_deleted += gone.len();
        swept.objects_left += left.len();
    }
}

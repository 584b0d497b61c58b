//! The end of life: claims given back, links that ran out, keys erased first
//! and bytes after. Its cost follows what ends, not what lives.

use super::faults;
use super::world::World;
use anyhow::Context;
use serde::Serialize;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What one sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Swept {
    pub claims_released: usize,
    pub claims_closed: usize,
    pub links_expired: usize,
    pub keys_erased: usize,
    pub objects_deleted: usize,
    /// Ways back to the senders of held events that are over.
    pub doors_closed: u64,
    /// Remembered messages of visits, and threads, that have expired.
    pub forgotten: u64,
    /// Could not be deleted; their keys are gone.
    pub objects_left: usize,
}

/// Runs until stopped.
pub async fn run(world: Arc<World>, stop: CancellationToken) {
    let every = world.settings.sweep_every.duration();
    loop {
        match sweep(&world).await {
            Ok(swept) if swept != Swept::default() => tracing::info!(
                claims.released = swept.claims_released,
                claims.closed = swept.claims_closed,
                links.expired = swept.links_expired,
                keys.erased = swept.keys_erased,
                objects.deleted = swept.objects_deleted,
                objects.left = swept.objects_left,
                forgotten = swept.forgotten,
                "swept"
            ),
            Ok(_) => {}
            Err(error) => tracing::warn!(
                error = format!("{error:#}"),
                "a sweep broke off; the next one goes on"
            ),
        }
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// One whole sweep.
pub async fn sweep(world: &World) -> anyhow::Result<Swept> {
    let now = world.clock.now();
    let store = &world.store;
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
        keys_erased: store.erase_keys(now).await.context("erasing keys")?,
        doors_closed: store.close_doors(now).await.context("closing doors")?,
        forgotten: store
            .forget_expired(now)
            .await
            .context("forgetting visits")?
            + store
                .forget_threads(now)
                .await
                .context("forgetting threads")?,
        ..Swept::default()
    };
    faults::point("mid-sweep");
    for object in store.erased_objects().await? {
        // One object that cannot be deleted keeps no other; its key is gone already.
        match world.staging.delete(&object.key).await {
            Ok(()) => {
                store.object_gone(&object.key).await?;
                swept.objects_deleted += 1;
            }
            Err(error) => {
                swept.objects_left += 1;
                tracing::error!(
                    error = format!("{error:#}"),
                    "an erased object could not be deleted; the next sweep tries again"
                );
            }
        }
    }
    Ok(swept)
}

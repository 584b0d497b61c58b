//! Epochs of the sealing keys: destroyed when nothing is sealed under them any
//! more. And the erasure ledger, taken in at every start before anything is served.

use super::world::World;
use crate::adapters::faults;
use crate::adapters::keyring::ended_at;
use crate::adapters::ledger::Ledger;
use crate::adapters::sql::Store;
use anyhow::Context;
use jiff::SignedDuration;

/// An epoch's key outlives its day by this and the lease of a staging: what was
/// sealed in its last minute is committed by then, or never.
const AFTERLIFE: SignedDuration = SignedDuration::from_hours(1);

/// No link lives longer than 90 days: an older database has nothing that is open.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(100 * 24);

/// Erases whatever the ledger says was erased. A database that was never put back
/// has it all already, and remembers how far it has read.
pub(super) async fn replay(
    store: &Store,
    ledger: &Ledger,
    now: jiff::Timestamp,
) -> anyhow::Result<()> {
    let mut risen = 0;
    for epoch in ledger.ended()? {
        let left = store.under_epoch(&epoch).await?;
        risen += store.take_in(&left, now).await?;
    }
    for epoch in ledger.epochs()? {
        let from = store.replayed(&epoch).await?;
        let page = ledger.page(&epoch, from)?;
        if page.until == from {
            continue;
        }
        let taken_in = store.replay(&page, now).await;
        risen += taken_in.context("taking in the erasure ledger")?;
    }
    if risen > 0 {
        tracing::warn!(
            erased = risen,
            "the database still had what the erasure ledger knows to be over, as an older copy does; it is erased again"
        );
    }
    Ok(())
}

/// The ledger first: a crash in between leaves a key under which nothing may be.
pub(super) fn destroy(world: &World, epoch: &str) -> anyhow::Result<()> {
    world.ledger.end(epoch)?;
    faults::step("before-destroy")?;
    world.keys.destroy_epoch(epoch)?;
    faults::step("after-destroy")
}

/// Destroys the keys under which nothing is sealed any more; says how many.
pub(super) async fn end(world: &World) -> anyhow::Result<usize> {
    let (store, keys, ledger) = (&world.store, &world.keys, &world.ledger);
    let lease = SignedDuration::from_millis(world.settings.stage_lease.millis());
    let mut destroyed = 0;
    for epoch in keys.epochs_over(AFTERLIFE + lease)? {
        if !store.epoch_in_use(&epoch).await? {
            destroy(world, &epoch)?;
            destroyed += 1;
        }
    }
    let now = world.clock.now();
    for epoch in ledger.ended()? {
        let old = ended_at(&epoch).is_some_and(|end| end + REMEMBERED <= now);
        if old {
            ledger.forget_end(&epoch)?;
        }
    }
    // Also those of which a crash destroyed the key alone.
    for epoch in ledger.epochs()? {
        if !keys.has_epoch(&epoch) {
            ledger.close(&epoch)?;
            store.forget_page(&epoch).await?;
        }
    }
    Ok(destroyed)
}

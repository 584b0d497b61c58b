//! Epochs of the sealing keys: destroyed when nothing is sealed under them any
//! more. And the erasure ledger, taken in at every start before anything is served.

use super::world::World;
use crate::adapters::faults;
use crate::adapters::ledger::Ledger;
use crate::adapters::sql::Store;
use anyhow::Context;
use jiff::SignedDuration;

/// An epoch's key outlives its day by this and the lease of a staging: what was
/// sealed in its last minute is committed by then, or never.
const AFTERLIFE: SignedDuration = SignedDuration::from_hours(1);

/// Erases whatever the ledger says was erased. A database that was never put back
/// has it all already, and remembers how far it has read.
pub(super) async fn replay(
    store: &Store,
    ledger: &Ledger,
    now: jiff::Timestamp,
) -> anyhow::Result<()> {
    for epoch in ledger.epochs()? {
        let from = store.replayed(&epoch).await?;
        let page = ledger.page(&epoch, from)?;
        if page.until == from {
            continue;
        }
        let risen = store.replay(&page, now).await;
        let risen = risen.context("taking in the erasure ledger")?;
        if risen > 0 {
            tracing::warn!(
                erased = risen,
                "an older copy of the database was put back; what had been erased since is erased again"
            );
        }
    }
    Ok(())
}

/// Destroys the keys under which nothing is sealed any more; says how many.
pub(super) async fn end(world: &World) -> anyhow::Result<usize> {
    let (store, keys, ledger) = (&world.store, &world.keys, &world.ledger);
    let lease = SignedDuration::from_millis(world.settings.stage_lease.millis());
    let mut destroyed = 0;
    for epoch in keys.epochs_over(AFTERLIFE + lease)? {
        if !store.epoch_in_use(&epoch).await? {
            faults::step("before-destroy")?;
            keys.destroy_epoch(&epoch)?;
            faults::step("after-destroy")?;
            destroyed += 1;
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

//! Rotation of keys while everything goes on: the key that seals, with all that is
//! sealed under older ones; and those that sign, which retire when nothing of theirs
//! is left.

use super::dead_letters;
use super::epochs;
use super::pipeline::{door_record, passcode_record, security_record};
use super::world::World;
use crate::adapters::keyring::{LOOK_EVERY, in_use};
use crate::adapters::sql::SealedAt;
use crate::domain::ids::{HandoffId, LinkId};
use anyhow::Context;
use std::time::Duration;

/// Other processes seal under the key before until they look again.
const SETTLES: Duration = Duration::from_secs(LOOK_EVERY.as_secs() + 2);

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    pub epoch: String,
    pub rewrapped: usize,
}

/// Begins a new epoch and puts everything that is sealed under an older one under
/// its key. Downloads go on: a data key is the same before and after. `told` hears
/// how many are done.
pub async fn rotate_sealing(world: &World, mut told: impl FnMut(usize)) -> anyhow::Result<Rotated> {
    let epoch = world.keys.begin_epoch()?;
    let mut rewrapped = rewrap_all(world, &epoch, 0, &mut told).await?;
    // What others have sealed under the old key since, until they saw the new one.
    tokio::time::sleep(SETTLES).await;
    rewrapped = rewrap_all(world, &epoch, rewrapped, &mut told).await?;
    Ok(Rotated { epoch, rewrapped })
}

async fn rewrap_all(
    world: &World,
    epoch: &str,
    mut done: usize,
    told: &mut impl FnMut(usize),
) -> anyhow::Result<usize> {
    for place in SealedAt::ALL {
        loop {
            let found = world.store.sealed_before(place, epoch).await?;
            if found.is_empty() {
                break;
            }
            let mut rows = Vec::with_capacity(found.len());
            for (name, sealed) in found {
                let again = world.keys.rewrap(&sealed, &context(place, &name)?);
                let again = again.with_context(|| format!("rewrapping {place:?} {name}"))?;
                rows.push((name, sealed, again));
            }
            world.store.rewrapped(place, &rows).await?;
            done += rows.len();
            told(done);
        }
    }
    Ok(done)
}

/// The name under which a row's sealed part was sealed.
fn context(place: SealedAt, name: &str) -> anyhow::Result<String> {
    let handoff = || HandoffId::parse(name).context("a handoff's id is damaged");
    let link = || LinkId::parse(name).context("a link's id is damaged");
    Ok(match place {
        SealedAt::Object | SealedAt::Reference | SealedAt::Memory | SealedAt::Waiting => {
            name.to_owned()
        }
        SealedAt::DeadLetter => dead_letters::record(name),
        SealedAt::Security => security_record(name),
        SealedAt::Door => door_record(&handoff()?),
        SealedAt::Passcode => passcode_record(&link()?),
    })
}

/// Destroys the keys of older epochs under which nothing is sealed any more, without
/// waiting for their day to be over. What was being staged when the new epoch began is
/// committed by then, or never: so it waits for the lease of a staging first.
pub async fn destroy_older(world: &World, rotated: &Rotated) -> anyhow::Result<Vec<String>> {
    tokio::time::sleep(world.settings.stage_lease.duration()).await;
    rewrap_all(world, &rotated.epoch, 0, &mut |_| {}).await?;
    let mut destroyed = Vec::new();
    for epoch in world.keys.all_epochs()? {
        if epoch < rotated.epoch && !world.store.epoch_in_use(&epoch).await? {
            epochs::destroy(world, &epoch)?;
            destroyed.push(epoch);
        }
    }
    Ok(destroyed)
}

/// Destroys keys that signed links of which none is left. A newer one signs since.
pub(super) async fn retire(world: &World) -> anyhow::Result<usize> {
    let keys = world.keys.links.read()?;
    let Some(current) = in_use(&keys) else {
        return Ok(0);
    };
    let mut retired = 0;
    for key in keys.iter().filter(|key| key.id < current.id) {
        if !world.store.signs_links(&key.id, world.clock.now()).await? {
            world.keys.links.retire(&key.id)?;
            retired += 1;
        }
    }
    Ok(retired)
}

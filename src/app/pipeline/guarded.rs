//! A walk through one channel that ends in an answer whatever happens in it.

use super::{Incoming, Walked, walk};
use crate::app::world::World;
use crate::domain::channel::Channel;
use crate::domain::outcome::{Remedy, Stage, StageError};
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

/// A defect of ours parks its message; it does not end the worker.
pub async fn walk_guarded(
    world: &Arc<World>,
    channel: &Arc<Channel>,
    event: &Incoming,
) -> Result<Walked, StageError> {
    let walking = walk(world, event, std::slice::from_ref(channel));
    AssertUnwindSafe(walking)
        .catch_unwind()
        .await
        .unwrap_or_else(|_| {
            let cause = anyhow::anyhow!("a defect in Handoff: it panicked over this message");
            Err(StageError {
                stage: Stage::Read,
                remedy: Remedy::DeadLetter,
                cause,
            })
        })
}

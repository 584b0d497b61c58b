//! Walking an event, and holding it while what it needs is away: nothing is acked
//! that is not committed.

use super::{Desk, LONGEST_PAUSE, SHORTEST_PAUSE, jittered};
use crate::app::pipeline::{self, Incoming, Walked};
use crate::app::world::World;
use crate::domain::outcome::{Remedy, StageError};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

/// What came of walking an event.
pub(super) enum Came {
    /// Through, or so that the same bytes would fail the same way.
    Through(Result<Walked, StageError>),
    /// It failed while everything answered.
    Failed(StageError),
    /// Staging was away for longer than an event is held for that.
    StagingAway,
    /// The database was, until the end.
    StoreAway,
}

/// While only staging is away, an event is held for this part of the whole time:
/// others need no staging, such as cancellations.
const FOR_STAGING: u32 = 10;

/// Longer than a database or a bucket that is there takes to say so.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// Tries until it is through, fails by itself, or has been held long enough.
pub(super) async fn walk(desk: &Desk, event: &Incoming, until: Instant) -> Came {
    let for_staging = desk.world.settings.hold_for.duration() / FOR_STAGING;
    let began = Instant::now();
    let mut pause = SHORTEST_PAUSE;
    loop {
        let error = match once(desk, event).await {
            Err(error) if error.remedy == Remedy::Retry => error,
            other => return Came::Through(other),
        };
        let (store, staging) = (store_answers(&desk.world), staging_answers(&desk.world));
        let (store, staging) = tokio::join!(store, staging);
        if store && staging {
            return Came::Failed(error);
        }
        let over = Instant::now() + pause >= until;
        if store && (over || began.elapsed() >= for_staging) {
            return Came::StagingAway;
        }
        if over {
            return Came::StoreAway;
        }
        if pause == SHORTEST_PAUSE {
            tracing::warn!(
                channel.name = desk.name(),
                error = error.to_string(),
                "waiting to try again"
            );
        }
        sleep(jittered(pause)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn once(desk: &Desk, event: &Incoming) -> Result<Walked, StageError> {
    let _room = desk.world.bounds.body(event.body.len()).await;
    pipeline::walk_guarded(&desk.world, &desk.channel, event).await
}

async fn store_answers(world: &World) -> bool {
    matches!(
        timeout(ANSWERS_WITHIN, world.store.ping()).await,
        Ok(Ok(()))
    )
}

async fn staging_answers(world: &World) -> bool {
    matches!(
        timeout(ANSWERS_WITHIN, world.staging.ping()).await,
        Ok(Ok(()))
    )
}

/// Nothing is taken from a queue that could not be written down: each time that it
/// is given back counts as a delivery.
pub(super) async fn until_the_store_answers(world: &World, stop: &CancellationToken) {
    let mut pause = SHORTEST_PAUSE;
    while !store_answers(world).await {
        tokio::select! {
            () = sleep(jittered(pause)) => {}
            () = stop.cancelled() => return,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

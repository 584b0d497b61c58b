//! What becomes of one delivery: acked, given back, or set aside for a later try
//! so that it stands in nobody's way.

use super::hold::{self, Came};
use super::order::{self, Waiter};
use super::{Desk, LONGEST_PAUSE, SHORTEST_PAUSE, event_of, jittered, log_failure};
use crate::adapters::amqp::{Delivery, Topology, Tried, Unroutable};
use crate::adapters::clock::chance;
use crate::adapters::faults;
use crate::app::bounds::Holding;
use crate::app::dead_letters::write_off;
use crate::app::pipeline::{Incoming, Walked};
use crate::domain::outcome::{Remedy, StageError};
use crate::domain::retry::TRIES;
use anyhow::Context;
use std::sync::Arc;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settled {
    /// What came of it is safe somewhere else.
    Done,
    /// Back to the queue, for another worker or a later try.
    Back,
    /// Back, with all others: what they need has been away for too long.
    AllBack,
}

/// Walks one delivery and settles it once; it is never left hanging.
pub(super) async fn settle(
    desk: Arc<Desk>,
    delivery: Delivery,
    waiter: Option<Waiter>,
    holding: Holding,
    give_back: CancellationToken,
) {
    // From here on the broker waits for its answer, whoever is before it.
    let until = Instant::now() + desk.world.settings.hold_for.duration();
    let work = Work {
        desk: &desk,
        event: event_of(&delivery),
        tried: Tried {
            first_seen: Some(first_seen(&desk, &delivery)),
            ..delivery.tried()
        },
        delivery: &delivery,
        until,
    };
    let working = async {
        match waiter {
            Some(waiter) => order::in_turn(&work, waiter).await,
            None => in_any_order(&work).await,
        }
    };
    let settled = tokio::select! {
        settled = working => settled,
        () = give_back.cancelled() => Settled::Back,
    };
    if settled == Settled::AllBack {
        give_back.cancel();
    }
    let told = match settled {
        Settled::Done => delivery.ack().await,
        Settled::Back | Settled::AllBack => delivery.requeue().await,
    };
    log_failure(&desk.channel, told);
    faults::point("after-ack");
    drop(holding);
}

fn first_seen(desk: &Desk, delivery: &Delivery) -> jiff::Timestamp {
    let before = delivery.tried().first_seen;
    before.unwrap_or_else(|| desk.world.clock.now())
}

/// One delivery, and until when the broker waits for what becomes of it.
pub(super) struct Work<'w> {
    pub desk: &'w Desk,
    pub delivery: &'w Delivery,
    pub event: Incoming,
    pub tried: Tried,
    pub until: Instant,
}

async fn in_any_order(work: &Work<'_>) -> Settled {
    let Ok(_place) = timeout_at(work.until, work.desk.places.acquire()).await else {
        return work.aside(work.tried).await;
    };
    at_once(work).await
}

/// Whoever is before it; what fails is set aside.
pub(super) async fn at_once(work: &Work<'_>) -> Settled {
    match hold::walk(work.desk, &work.event, work.until).await {
        Came::Through(walked) => work.written_off(&walked).await,
        Came::Failed(error) => match work.failed(error) {
            Ok(tried) => work.aside(tried).await,
            Err(given_up) => work.written_off(&Err(given_up)).await,
        },
        Came::StagingAway => work.aside(work.tried).await,
        Came::StoreAway => Settled::AllBack,
    }
}

/// One more failure of its own: tried again, or given up.
pub(super) fn one_more(failures: u32, error: StageError) -> Result<u32, StageError> {
    let failures = failures + 1;
    if failures < TRIES {
        return Ok(failures);
    }
    Err(StageError {
        remedy: Remedy::DeadLetter,
        cause: error.cause.context(format!("it failed {failures} times")),
        ..error
    })
}

impl Work<'_> {
    pub fn failed(&self, error: StageError) -> Result<Tried, StageError> {
        let said = error.to_string();
        let failures = one_more(self.tried.failures, error)?;
        tracing::warn!(
            channel.name = self.desk.name(),
            failures,
            error = said,
            "an event failed; it is tried again later"
        );
        Ok(Tried {
            failures,
            ..self.tried
        })
    }

    /// Answers and parks what must be, until it works.
    pub async fn written_off(&self, walked: &Result<Walked, StageError>) -> Settled {
        faults::point("before-ack");
        let Desk { world, channel, .. } = self.desk;
        let envelope = self.delivery.envelope();
        let mut pause = SHORTEST_PAUSE;
        loop {
            let writing = write_off(world, channel, &envelope, &self.event, walked);
            match writing.await {
                Ok(_) => return Settled::Done,
                Err(error) => self.not_yet(&error, pause),
            }
            if Instant::now() + pause >= self.until {
                return Settled::Back;
            }
            sleep(jittered(pause)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Into the queue where it waits for its next try: outside the way of others.
    /// Acked when the broker has it there.
    pub async fn aside(&self, tried: Tried) -> Settled {
        faults::point("before-aside");
        let mut pause = SHORTEST_PAUSE;
        loop {
            match self.put_aside(tried).await {
                Ok(()) => {
                    faults::point("after-aside");
                    return Settled::Done;
                }
                Err(error) => self.not_yet(&error, pause),
            }
            // There is another third of the broker's patience.
            if Instant::now() >= self.until + self.desk.world.settings.hold_for.duration() {
                return Settled::Back;
            }
            sleep(jittered(pause)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn put_aside(&self, tried: Tried) -> anyhow::Result<()> {
        let world = &self.desk.world;
        let broker = world.broker.as_ref().context("no broker")?;
        let [chance] = chance::<1>();
        let wait = world.settings.retry_after.after(tried.failures, chance);
        let queue = &self.desk.queue;
        let put = broker.set_aside(queue, wait, self.delivery, tried).await;
        let Err(error) = put else { return Ok(()) };
        // Somebody has deleted the queue that it would wait in.
        if error.downcast_ref::<Unroutable>().is_some() {
            let waits = world.settings.retry_after.all();
            if let Some(topology) = Topology::of(&self.desk.channel, waits) {
                broker.prepare(&topology).await?;
            }
        }
        Err(error)
    }

    fn not_yet(&self, error: &anyhow::Error, pause: std::time::Duration) {
        if pause == SHORTEST_PAUSE {
            tracing::warn!(
                channel.name = self.desk.name(),
                error = format!("{error:#}"),
                "a delivery cannot be settled yet"
            );
        }
    }
}

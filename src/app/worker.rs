//! Consumes each channel's queue, walks each delivery, and settles it: the
//! only place that acks. A broker that goes away is waited for.

use super::pipeline::{self, Incoming, Walked, Way};
use super::world::World;
use crate::adapters::amqp::{Delivery, Garbled, Queue};
use crate::adapters::faults;
use crate::adapters::telemetry;
use crate::domain::channel::{Channel, RabbitmqSource};
use crate::domain::facts::Problem;
use crate::domain::outcome::{Remedy, Stage, StageError};
use anyhow::Context;
use futures_util::FutureExt;
use serde_json::Value;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const SHORTEST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How a connection ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// We were asked to stop, or the broker went away.
    Away,
    /// By a message nobody can read, not even its properties.
    Garbled,
    /// Enough came one by one without another such message.
    Calm,
}

/// After a garbled message, this many are taken one by one.
const ONE_BY_ONE: usize = 40;

/// Consumes one channel's queue until stopped, reconnecting with growing
/// pauses: one alarm when the broker goes, one line when it is back.
///
/// Every connection that a garbled message breaks counts as a delivery of all
/// that were prefetched with it. So what follows is taken one by one: the broker
/// parks the garbled one at its delivery limit, and no other.
pub async fn run(world: Arc<World>, channel: Arc<Channel>, stop: CancellationToken) {
    let (Some(source), Some(url)) = (&channel.source.rabbitmq, &world.settings.amqp_url) else {
        return;
    };
    let mut pause = SHORTEST_PAUSE;
    let mut away = false;
    let mut ended = Ended::Calm;
    while !stop.is_cancelled() {
        let careful = ended == Ended::Garbled;
        let prefetch = if careful { 1 } else { source.prefetch.get() };
        match Queue::open(url, source, channel.name(), prefetch).await {
            Ok(queue) => {
                tracing::info!(
                    channel.name = channel.name(),
                    back = away,
                    careful,
                    "consuming"
                );
                away = false;
                pause = SHORTEST_PAUSE;
                let bound = if careful { ONE_BY_ONE } else { usize::MAX };
                ended = consume(&world, &channel, source, queue, bound, &stop).await;
            }
            Err(error) if !away => {
                away = true;
                tracing::error!(
                    channel.name = channel.name(),
                    error = format!("{error:#}"),
                    "the broker is away; trying again until it is back"
                );
            }
            Err(_) => {}
        }
        if ended == Ended::Calm && !away {
            continue;
        }
        tokio::select! {
            () = tokio::time::sleep(jittered(pause)) => {}
            () = stop.cancelled() => {}
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Between half and the whole of a pause: workers that lost one broker do not
/// all come back in the same moment.
fn jittered(pause: Duration) -> Duration {
    let [byte] = crate::adapters::clock::chance::<1>();
    pause / 2 + pause / 2 * u32::from(byte) / 255
}

/// Takes at most `bound` deliveries; the broker's prefetch bounds what is in
/// work at a time.
async fn consume(
    world: &Arc<World>,
    channel: &Arc<Channel>,
    source: &RabbitmqSource,
    mut queue: Queue,
    bound: usize,
    stop: &CancellationToken,
) -> Ended {
    let mut in_work = JoinSet::new();
    let mut ended = Ended::Calm;
    for _ in 0..bound {
        let next = tokio::select! {
            next = queue.next() => next,
            () = stop.cancelled() => { ended = Ended::Away; break }
        };
        match next {
            Ok(Some(delivery)) => {
                let (world, channel) = (Arc::clone(world), Arc::clone(channel));
                in_work.spawn(settle(
                    world,
                    channel,
                    source.queue.to_string(),
                    delivery,
                    stop.clone(),
                ));
            }
            Ok(None) => {
                tracing::error!(
                    channel.name = channel.name(),
                    "the broker stopped the consumer"
                );
                ended = Ended::Away;
                break;
            }
            Err(error) => {
                let garbled = error.downcast_ref::<Garbled>().is_some();
                tracing::error!(
                    channel.name = channel.name(),
                    error = format!("{error:#}"),
                    "lost the broker"
                );
                ended = if garbled { Ended::Garbled } else { Ended::Away };
                break;
            }
        }
        while in_work.try_join_next().is_some() {}
    }
    // What is in work is finished; its ack may come too late, and then it is a repeat.
    while in_work.join_next().await.is_some() {}
    queue.close().await;
    ended
}

/// Walks one delivery and settles it once. What must be written before the ack
/// is tried until it works; a delivery is never left hanging.
async fn settle(
    world: Arc<World>,
    channel: Arc<Channel>,
    queue: String,
    delivery: Delivery,
    stop: CancellationToken,
) {
    let event = event_of(&delivery);
    let settling = async {
        let walked = until_it_works(&world, &channel, &event).await;
        faults::point("before-ack");
        let mut pause = SHORTEST_PAUSE;
        for _ in 0..TRIES {
            let Err(error) = write_off(&world, &channel, &queue, &delivery, &event, &walked).await
            else {
                return true;
            };
            tracing::warn!(
                channel.name = channel.name(),
                error = format!("{error:#}"),
                "a delivery cannot be settled yet"
            );
            tokio::time::sleep(jittered(pause)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        false
    };
    let settled = tokio::select! {
        settled = settling => settled,
        () = stop.cancelled() => false,
    };
    log_failure(
        &channel,
        if settled {
            delivery.ack().await
        } else {
            delivery.requeue().await
        },
    );
    faults::point("after-ack");
}

/// Not acked: the broker gives it again, and the inbox knows it.
fn log_failure(channel: &Channel, settled: anyhow::Result<()>) {
    if let Err(error) = settled {
        tracing::warn!(
            channel.name = channel.name(),
            error = format!("{error:#}"),
            "a delivery could not be settled; it will come again"
        );
    }
}

fn event_of(delivery: &Delivery) -> Incoming {
    Incoming {
        body: delivery.body().into(),
        content_type: delivery.content_type().map(str::to_owned),
        transport_id: delivery
            .message_id()
            .filter(|id| !id.is_empty())
            .map(str::to_owned),
        correlation_id: delivery.correlation_id().map(str::to_owned),
        reply_to: delivery
            .reply_to()
            .filter(|queue| !queue.is_empty())
            .map(str::to_owned),
        trace_parent: delivery
            .trace_parent()
            .filter(|parent| telemetry::is_trace_parent(parent)),
    }
}

/// A message that fails this often while everything answers is itself the cause.
const TRIES: u32 = 10;

/// Waits out a database or a bucket that is away, holding the delivery: nothing
/// is acked that is not committed. What cannot get better is given up at once.
async fn until_it_works(
    world: &Arc<World>,
    channel: &Arc<Channel>,
    event: &Incoming,
) -> Result<Walked, StageError> {
    let mut pause = SHORTEST_PAUSE;
    let mut tries = 0;
    loop {
        let error = match try_once(world, channel, event).await {
            Err(error) if error.remedy == Remedy::Retry => error,
            other => return other,
        };
        tries += u32::from(everything_answers(world).await);
        if tries >= TRIES {
            return Err(StageError {
                remedy: Remedy::DeadLetter,
                ..error
            });
        }
        tracing::warn!(
            channel.name = channel.name(),
            error = error.to_string(),
            "waiting to try again"
        );
        tokio::time::sleep(jittered(pause)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// A defect of ours parks its message; it does not end the worker.
async fn try_once(
    world: &Arc<World>,
    channel: &Arc<Channel>,
    event: &Incoming,
) -> Result<Walked, StageError> {
    let walking = pipeline::walk(world, event, std::slice::from_ref(channel));
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

async fn everything_answers(world: &World) -> bool {
    world.store.ping().await.is_ok() && world.staging.ping().await.is_ok()
}

/// Everything that must be safe before the ack: the answer to what became no
/// handoff, and what cannot be read in the dead-letter queue.
async fn write_off(
    world: &Arc<World>,
    channel: &Channel,
    queue: &str,
    delivery: &Delivery,
    event: &Incoming,
    walked: &Result<Walked, StageError>,
) -> anyhow::Result<()> {
    let failed;
    let problems = match walked {
        Ok(walked) if !walked.problems.is_empty() => &walked.problems,
        Ok(walked) if walked.outcomes.is_empty() && !walked.noted.is_empty() => {
            let outcome = pipeline::noted_answer(&walked.noted)?;
            return answer(world, channel, event, outcome, Way::Reply).await;
        }
        Ok(walked) if walked.outcomes.is_empty() => {
            tracing::info!(
                channel.name = channel.name(),
                "the channel does not want this event"
            );
            return answer(
                world,
                channel,
                event,
                pipeline::unwanted_answer()?,
                Way::Reply,
            )
            .await;
        }
        Ok(_) => return Ok(()),
        Err(error) => {
            failed = failure(error);
            &failed
        }
    };
    let outcome = pipeline::unreadable_answer(problems)?;
    answer(world, channel, event, outcome, Way::Everywhere).await?;
    park(world, channel, queue, delivery, event, problems).await
}

async fn answer(
    world: &Arc<World>,
    channel: &Channel,
    event: &Incoming,
    outcome: Value,
    way: Way,
) -> anyhow::Result<()> {
    let errands = pipeline::bare_answers(channel, event, &outcome, way);
    world.store.enqueue(&errands, world.clock.now()).await?;
    world.errands.notify_waiters();
    Ok(())
}

/// Parks the message with its reason: the same bytes would fail the same way.
async fn park(
    world: &Arc<World>,
    channel: &Channel,
    queue: &str,
    delivery: &Delivery,
    event: &Incoming,
    problems: &[Problem],
) -> anyhow::Result<()> {
    // A header is for the eye: the first ten say what is wrong.
    let said = |part: fn(&Problem) -> &str| {
        problems
            .iter()
            .take(10)
            .map(part)
            .collect::<Vec<_>>()
            .join("; ")
    };
    let mut headers = vec![
        ("handoff-channel", channel.name().to_owned()),
        ("handoff-reason", said(|problem| &problem.why)),
        ("handoff-place", said(|problem| &problem.at)),
        ("handoff-parked-at", world.clock.now().to_string()),
    ];
    headers.extend(
        event
            .trace_parent
            .clone()
            .map(|parent| ("traceparent", parent)),
    );
    let broker = world.broker.as_ref().context("no broker")?;
    faults::step("before-park")?;
    broker.park(queue, delivery, &headers).await?;
    faults::step("after-park")?;
    tracing::error!(
        channel.name = channel.name(),
        reason = said(|problem| &problem.why),
        place = said(|problem| &problem.at),
        "parked an event in the dead-letter queue"
    );
    Ok(())
}

fn failure(error: &StageError) -> Vec<Problem> {
    vec![Problem::new(
        error.stage.to_string(),
        format!("{:#}", error.cause),
    )]
}

//! Consumes each channel's queue, walks each delivery, and settles it: the
//! only place that acks. A broker that goes away is waited for.

use super::pipeline::{self, Event, Walked, correlation};
use super::world::World;
use crate::adapters::amqp::{Delivery, Queue};
use crate::adapters::sql::{NewErrand, Target};
use crate::adapters::telemetry;
use crate::domain::channel::{Channel, RabbitmqSource, ReturnRoute};
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

/// Consumes one channel's queue until stopped, reconnecting with growing
/// pauses: one alarm when the broker goes, one line when it is back.
pub async fn run(world: Arc<World>, channel: Arc<Channel>, stop: CancellationToken) {
    let (Some(source), Some(url)) = (&channel.source.rabbitmq, &world.settings.amqp_url) else {
        return;
    };
    let mut pause = SHORTEST_PAUSE;
    let mut away = false;
    while !stop.is_cancelled() {
        match Queue::open(url, source, channel.name()).await {
            Ok(queue) => {
                tracing::info!(channel.name = channel.name(), back = away, "consuming");
                away = false;
                pause = SHORTEST_PAUSE;
                consume(&world, &channel, source, queue, &stop).await;
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

async fn consume(
    world: &Arc<World>,
    channel: &Arc<Channel>,
    source: &RabbitmqSource,
    mut queue: Queue,
    stop: &CancellationToken,
) {
    let mut in_work = JoinSet::new();
    loop {
        // The broker's prefetch bounds what is in work.
        tokio::select! {
            next = queue.next() => match next {
                Ok(Some(delivery)) => {
                    let work = settle(Arc::clone(world), Arc::clone(channel), source.queue.to_string(), delivery, stop.clone());
                    in_work.spawn(work);
                }
                Ok(None) => {
                    tracing::error!(channel.name = channel.name(), "the broker stopped the consumer");
                    break;
                }
                Err(error) => {
                    tracing::error!(channel.name = channel.name(), error = format!("{error:#}"), "lost the broker");
                    break;
                }
            },
            Some(_) = in_work.join_next(), if !in_work.is_empty() => {}
            () = stop.cancelled() => break,
        }
    }
    // What is in work is finished; its ack may come too late, and then it is a repeat.
    while in_work.join_next().await.is_some() {}
    queue.close().await;
}

/// Walks one delivery and settles it once.
async fn settle(
    world: Arc<World>,
    channel: Arc<Channel>,
    queue: String,
    delivery: Delivery,
    stop: CancellationToken,
) {
    let event = event_of(&delivery);
    let walked = tokio::select! {
        walked = until_it_works(&world, &channel, &event) => walked,
        () = stop.cancelled() => {
            log_failure(&channel, delivery.requeue().await);
            return;
        }
    };
    let settled = match walked {
        Ok(walked) => {
            super::faults::point("before-ack");
            finish(&world, &channel, &queue, &delivery, &event, walked).await
        }
        Err(error) => {
            park(
                &world,
                &channel,
                &queue,
                &delivery,
                &event,
                &failure(&error),
            )
            .await
        }
    };
    log_failure(&channel, settled);
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

fn event_of(delivery: &Delivery) -> Event {
    Event {
        body: delivery.body().into(),
        content_type: delivery.content_type().map(str::to_owned),
        transport_id: delivery.message_id().map(str::to_owned),
        correlation_id: delivery.correlation_id().map(str::to_owned),
        reply_to: delivery.reply_to().map(str::to_owned),
        trace_parent: delivery.trace_parent(),
    }
}

/// A message that fails this often while everything answers is itself the cause.
const TRIES: u32 = 10;

/// Waits out a database or a bucket that is away, holding the delivery: nothing
/// is acked that is not committed. What cannot get better is given up at once.
async fn until_it_works(
    world: &Arc<World>,
    channel: &Arc<Channel>,
    event: &Event,
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
    event: &Event,
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

async fn finish(
    world: &Arc<World>,
    channel: &Channel,
    queue: &str,
    delivery: &Delivery,
    event: &Event,
    walked: Walked,
) -> anyhow::Result<()> {
    if !walked.problems.is_empty() {
        return park(world, channel, queue, delivery, event, &walked.problems).await;
    }
    if walked.outcomes.is_empty() {
        tracing::info!(
            channel.name = channel.name(),
            "the channel does not want this event"
        );
        answer(
            world,
            channel,
            event,
            "unwanted",
            pipeline::unwanted_answer()?,
        )
        .await?;
    }
    delivery.ack().await
}

/// Parks the message with its reason, tells its sender, and only then acks.
async fn park(
    world: &Arc<World>,
    channel: &Channel,
    queue: &str,
    delivery: &Delivery,
    event: &Event,
    problems: &[Problem],
) -> anyhow::Result<()> {
    answer(
        world,
        channel,
        event,
        "unreadable",
        pipeline::unreadable_answer(problems)?,
    )
    .await?;
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
    broker.park(queue, delivery, &headers).await?;
    tracing::error!(
        channel.name = channel.name(),
        reason = said(|problem| &problem.why),
        place = said(|problem| &problem.at),
        "parked an event in the dead-letter queue"
    );
    delivery.ack().await
}

fn failure(error: &StageError) -> Vec<Problem> {
    vec![Problem::new(
        error.stage.to_string(),
        format!("{:#}", error.cause),
    )]
}

/// An answer that belongs to no handoff. Its id is derived from the event, so
/// that a redelivery does not answer twice.
async fn answer(
    world: &Arc<World>,
    channel: &Channel,
    event: &Event,
    kind: &str,
    outcome: Value,
) -> anyhow::Result<()> {
    let wanted = channel
        .returns
        .iter()
        .any(|route| matches!(route, ReturnRoute::Reply(_)));
    let Some(queue) = event.reply_to.clone().filter(|_| wanted) else {
        return Ok(());
    };
    let mut name = format!(
        "{kind}|{queue}|{:?}|{:?}|",
        event.transport_id, event.correlation_id
    )
    .into_bytes();
    name.extend_from_slice(&event.body);
    let errand = NewErrand {
        id: Some(uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, &name).to_string()),
        handoff: None,
        link: None,
        target: Target::Reply {
            queue,
            correlation_id: correlation(event),
            channel: channel.name().to_owned(),
        },
        payload: Some(outcome.to_string()),
        trace_parent: event
            .trace_parent
            .clone()
            .or_else(telemetry::current_trace_parent),
    };
    world.store.enqueue(&[errand], world.clock.now()).await?;
    world.errands.notify_waiters();
    Ok(())
}

//! Sends what the outbox holds: replies, results, notices. Each row is leased,
//! sent, and marked; one that fails waits longer each time and holds nobody up.

mod mails;

use super::pipeline::{ended_answer, filled_reference};
use super::world::World;
use crate::adapters::amqp::{Outgoing, Unroutable};
use crate::adapters::faults;
use crate::adapters::sql::{Errand, Target};
use crate::adapters::telemetry;
use crate::domain::channel::ReferenceProfile;
use crate::domain::ids::HandoffId;
use crate::formats::notice_text;
use anyhow::Context;
use futures_util::future::join_all;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// Rows in work at a time.
const BATCH: i64 = 16;
/// How often to look when nobody woke us: retries that fell due.
const POLL: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// A reply queue that is gone was its client's own: it will not come back.
const REPLY_ATTEMPTS: i64 = 5;
/// The longest a link may live: a result that late finds nothing any more. A
/// notice ends with its link.
const GIVE_UP_AFTER: Duration = Duration::from_secs(90 * 24 * 3600);

/// Runs until stopped.
pub async fn run(world: Arc<World>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let woken = world.errands.notified();
        match send_due(&world).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => tracing::warn!(
                error = format!("{error:#}"),
                "the outbox cannot be read; trying again"
            ),
        }
        tokio::select! {
            () = woken => {}
            () = tokio::time::sleep(POLL) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Sends what is due now; says how many were taken.
pub async fn send_due(world: &Arc<World>) -> anyhow::Result<usize> {
    faults::step("before-lease")?;
    let now = world.clock.now();
    let errands = world
        .store
        .lease_errands(BATCH, later(now, world.settings.send_lease.duration()), now)
        .await?;
    let taken = errands.len();
    join_all(errands.iter().map(|errand| attempt(world, errand))).await;
    Ok(taken)
}

async fn attempt(world: &Arc<World>, errand: &Errand) {
    let span = tracing::info_span!("errand", errand.id, what = errand.target.describe());
    telemetry::continue_trace(&span, errand.trace_parent.as_deref());
    let settle = async {
        // Below the lease: while we send, nobody else does.
        let time = world.settings.send_lease.duration().mul_f32(0.8);
        let sending = async {
            faults::step("before-send")?;
            send(world, errand).await?;
            faults::step("after-send")
        };
        let sent = tokio::time::timeout(time, sending).await;
        let sent = sent
            .unwrap_or_else(|_| Err(anyhow::anyhow!("it took longer than {} s", time.as_secs())));
        note_broker(world, errand, &sent).await;
        if let Err(error) = mark(world, errand, sent).await {
            // The lease runs out and it is sent again: receivers drop it by its id.
            tracing::warn!(error = format!("{error:#}"), "could not mark an errand");
        }
    };
    settle.instrument(span).await;
}

/// While the broker is away every row waits longer each time. When the first gets
/// through again, none of them waits any more.
async fn note_broker(world: &World, errand: &Errand, sent: &anyhow::Result<()>) {
    if !errand.target.by_broker() || world.broker.is_none() {
        return;
    }
    let reached = match sent {
        Ok(()) => true,
        Err(error) => error.downcast_ref::<Unroutable>().is_some(),
    };
    if reached && world.broker_away.swap(false, Relaxed) {
        // Another try is all that it costs those that wait for something else.
        match world.store.hurry_errands(world.clock.now()).await {
            Ok(()) => tracing::info!("the broker is back; what waited for it is sent now"),
            Err(error) => tracing::warn!(
                error = format!("{error:#}"),
                "what waited for the broker waits on"
            ),
        }
    } else if !reached {
        world.broker_away.store(true, Relaxed);
    }
}

async fn mark(world: &World, errand: &Errand, sent: anyhow::Result<()>) -> anyhow::Result<()> {
    faults::step("before-mark")?;
    let now = world.clock.now();
    match sent {
        Ok(()) => {
            // A flood of answers to what became nothing has no line for each.
            match errand.handoff {
                Some(_) => tracing::info!(attempt = errand.attempts, "sent"),
                None => tracing::debug!(attempt = errand.attempts, "sent"),
            }
            world.store.errand_sent(&errand.id, now).await?;
        }
        Err(error) => {
            let next = next_attempt(errand, &error, now);
            let said = format!("{error:#}");
            // Nobody's queue is there yet: told once, shown by `handoff show`.
            let known = error.downcast_ref::<Unroutable>().is_some();
            let told = known && errand.attempts > 1 && next.is_some();
            let hushed = world.hush.said("not sent", &said);
            if hushed.aloud && !told {
                tracing::warn!(
                    attempt = errand.attempts,
                    again = next.is_some(),
                    more = hushed.untold,
                    error = said,
                    "not sent"
                );
            }
            let failed = world.store.errand_failed(&errand.id, &said, next, now);
            failed.await?;
        }
    }
    faults::point("after-mark");
    Ok(())
}

fn next_attempt(
    errand: &Errand,
    error: &anyhow::Error,
    now: jiff::Timestamp,
) -> Option<jiff::Timestamp> {
    let unroutable = error.downcast_ref::<Unroutable>().is_some();
    let is_reply = matches!(errand.target, Target::Reply { .. });
    let ended = error.downcast_ref::<LinkEnded>().is_some();
    let too_old = now.as_millisecond() - errand.created_at.as_millisecond()
        > i64::try_from(GIVE_UP_AFTER.as_millis()).unwrap_or(i64::MAX);
    if ended || too_old || (unroutable && is_reply && errand.attempts >= REPLY_ATTEMPTS) {
        return None;
    }
    let doubled = 1_u64 << errand.attempts.clamp(0, 10);
    // Jitter from the row's own id: rows that failed together do not return together.
    let jitter = errand.id.bytes().map(u64::from).sum::<u64>() % 1000;
    let pause = Duration::from_millis(doubled * 500 + jitter).min(LONGEST_PAUSE);
    Some(later(now, pause))
}

/// Its link ended before it was sent: nothing is left to tell.
#[derive(Debug, thiserror::Error)]
#[error("the link ended before the notice was sent")]
struct LinkEnded;

async fn send(world: &World, errand: &Errand) -> anyhow::Result<()> {
    match &errand.target {
        Target::Reply {
            queue,
            correlation_id,
            channel,
            profile,
        } => {
            let message =
                answer(world, errand, channel, correlation_id.as_deref(), *profile).await?;
            publish(world, "", queue, message).await
        }
        Target::Result {
            exchange,
            routing_key,
            correlation_id,
            channel,
            profile,
        } => {
            let message =
                answer(world, errand, channel, correlation_id.as_deref(), *profile).await?;
            publish(world, exchange, routing_key, message).await
        }
        Target::NoticeMessage {
            exchange,
            routing_key,
            channel,
        } => {
            let message = notice_message(world, errand, channel).await?;
            if world.broker.is_none() {
                return world.mailbox.drop_message(&errand.id, &message.body).await;
            }
            publish(world, exchange, routing_key, message).await
        }
        Target::NoticeEmail { owner } => mails::notice(world, errand, owner).await,
        Target::CodeEmail { owner } => mails::code(world, errand, owner).await,
        Target::OwnerEmail { owner, news } => mails::owner(world, errand, owner, *news).await,
    }
}

async fn notice_message(world: &World, errand: &Errand, channel: &str) -> anyhow::Result<Outgoing> {
    let (notice, handoff) = mails::notice_of(world, errand, None).await?;
    Ok(Outgoing {
        content_type: "application/json",
        message_id: errand.id.clone(),
        headers: headers(channel, Some(&handoff)),
        body: notice_text::message(&notice).to_string().into_bytes(),
        ..Outgoing::default()
    })
}

/// The default exchange has no name; there the routing key is a queue's.
async fn publish(
    world: &World,
    exchange: &str,
    routing_key: &str,
    message: Outgoing,
) -> anyhow::Result<()> {
    let broker = world.broker.as_ref();
    let broker = broker.context("no broker is configured (amqp-url); it waits until one is")?;
    let (exchange, routing_key) = (exchange.to_owned(), routing_key.to_owned());
    broker
        .publish(&Outgoing {
            exchange,
            routing_key,
            ..message
        })
        .await
}

/// The DocumentReference, or the OperationOutcome the row carries.
async fn answer(
    world: &World,
    errand: &Errand,
    channel: &str,
    correlation_id: Option<&str>,
    profile: ReferenceProfile,
) -> anyhow::Result<Outgoing> {
    let body = match &errand.payload {
        Some(payload) => payload.clone().into_bytes(),
        None => reference(world, errand, profile)
            .await?
            .to_string()
            .into_bytes(),
    };
    Ok(Outgoing {
        content_type: "application/fhir+json",
        message_id: errand.id.clone(),
        correlation_id: correlation_id.map(str::to_owned),
        headers: headers(channel, errand.handoff.as_deref()),
        body,
        ..Outgoing::default()
    })
}

fn headers(channel: &str, handoff: Option<&str>) -> Vec<(&'static str, String)> {
    let trace = telemetry::current_trace_parent().map(|parent| ("traceparent", parent));
    let handoff = handoff.map(|id| ("handoff-id", id.to_owned()));
    [("handoff-channel", channel.to_owned())]
        .into_iter()
        .chain(handoff)
        .chain(trace)
        .collect()
}

async fn reference(
    world: &World,
    errand: &Errand,
    profile: ReferenceProfile,
) -> anyhow::Result<serde_json::Value> {
    let id = errand
        .handoff
        .as_deref()
        .and_then(HandoffId::parse)
        .context("an errand without a handoff")?;
    // It ended before its answer could be sent: the sender hears that much.
    match filled_reference(world, &id, profile).await? {
        Some(reference) => Ok(reference),
        None => ended_answer(&id),
    }
}

fn later(now: jiff::Timestamp, by: Duration) -> jiff::Timestamp {
    let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(now.as_millisecond().saturating_add(millis))
        .unwrap_or(jiff::Timestamp::MAX)
}

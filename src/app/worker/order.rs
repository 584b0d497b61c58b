//! `order: per-patient`. An event that fails keeps its patient's later ones behind
//! it, in the store, across restarts and nodes. Each keeps its place until it is
//! through; what is parked keeps it until it is replayed or discarded.
//!
//! One consumer of the queue at a time takes events as they came (the broker sees to
//! that); whatever stands first in a line is tried by any node.

use super::hold::{self, Came};
use super::settle::{Settled, Work, at_once, one_more};
use super::{Desk, event_of};
use crate::adapters::amqp::{Delivery, Envelope, Tried};
use crate::adapters::clock::chance;
use crate::adapters::faults;
use crate::adapters::sql::{InLine, NewInLine, Place, Waits};
use crate::app::dead_letters::{Written, write_off};
use crate::app::lines::place_name;
use crate::app::pipeline::{self, Incoming, Whose};
use crate::app::world::World;
use crate::domain::channel::Order;
use crate::domain::measures::Span;
use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Notify, OwnedMutexGuard};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

/// How long a place is kept that nobody comes back to: as long as dead letters are.
const KEPT_FOR: Span = Span::hours(30 * 24);
/// How often a line is looked at when nobody woke it.
const POLL: Duration = Duration::from_secs(1);
/// Events that stand first, tried at a time.
const BATCH: i64 = 8;
/// More than events are in work at a time; two patients that share one wait for each
/// other without need.
const SLOTS: u64 = 1024;

/// The events of a channel that are in work, patient by patient.
pub(super) struct Line {
    slots: Vec<Arc<Mutex<()>>>,
    moved: Notify,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            slots: (0..SLOTS).map(|_| Arc::default()).collect(),
            moved: Notify::new(),
        }
    }
}

type Turn = Pin<Box<dyn Future<Output = OwnedMutexGuard<()>> + Send>>;

/// An event that waits for those before it that are in work.
pub(super) struct Waiter {
    ticket: Ticket,
    turns: Vec<Turn>,
    ours: Vec<OwnedMutexGuard<()>>,
}

/// The name of an event's place in line, and in whose line it is.
struct Ticket {
    id: String,
    whose: Whose,
}

impl Line {
    /// Takes a place at each of these names at once: of two events with a name in
    /// common, the one that came first is before the other at all they share.
    async fn stand(&self, names: &[String]) -> (Vec<Turn>, Vec<OwnedMutexGuard<()>>) {
        let slot = |name: &String| {
            let mut hasher = DefaultHasher::new();
            name.hash(&mut hasher);
            hasher.finish() % SLOTS
        };
        let mut slots: Vec<u64> = names.iter().map(slot).collect();
        slots.sort_unstable();
        slots.dedup();
        let (mut turns, mut ours) = (Vec::new(), Vec::new());
        for slot in slots {
            let Some(slot) = usize::try_from(slot).ok().and_then(|n| self.slots.get(n)) else {
                continue;
            };
            // Asked once, it stands in the lock's own line; a task that has used up its
            // time would not get that far.
            let asking = tokio::task::unconstrained(Arc::clone(slot).lock_owned());
            let mut turn: Turn = Box::pin(asking);
            match futures_util::poll!(&mut turn) {
                std::task::Poll::Ready(guard) => ours.push(guard),
                std::task::Poll::Pending => turns.push(turn),
            }
        }
        (turns, ours)
    }
}

/// Called for one delivery after the other, as they came. `None`: the channel keeps
/// no order, or the event is nobody's.
pub(super) async fn line_up(desk: &Desk, delivery: &Delivery) -> Option<Waiter> {
    if desk.channel.order != Order::PerPatient {
        return None;
    }
    let event = event_of(delivery);
    // What cannot be read fails in its walk, and is parked.
    let whose = pipeline::whose(&desk.world, &event, &desk.channel).await;
    let whose = whose.ok().filter(|whose| !whose.names.is_empty())?;
    let (turns, ours) = desk.line.stand(&whose.names).await;
    let transport_id = event.transport_id.as_deref();
    let id = place_name(&desk.world, desk.name(), transport_id, &event.body);
    Some(Waiter {
        ticket: Ticket { id, whose },
        turns,
        ours,
    })
}

/// Waits for those before it, then goes through, or takes its place in the store.
pub(super) async fn in_turn(work: &Work<'_>, waiter: Waiter) -> Settled {
    let desk = work.desk;
    let Waiter {
        ticket,
        turns,
        mut ours,
    } = waiter;
    let waiting = async {
        for turn in turns {
            ours.push(turn.await);
        }
        desk.places.acquire().await
    };
    let Ok(_place) = timeout_at(work.until, waiting).await else {
        return Settled::AllBack;
    };
    if ticket.whose.only_cancels {
        return at_once(work).await;
    }
    let (store, names) = (&desk.world.store, &ticket.whose.names);
    let place = store.place_in_line(desk.name(), &ticket.id, names);
    let Some(place) = written(work, place).await else {
        return Settled::AllBack;
    };
    match place {
        Place::Behind => stand(work, &ticket, work.tried, Span::seconds(0)).await,
        // It came twice: the one that stands there is this one.
        Place::Own {
            waits: Waits::Here, ..
        } => Settled::Done,
        Place::Own { first: false, .. } => stand(work, &ticket, work.tried, Span::seconds(0)).await,
        _ => through(work, &ticket, place != Place::Free).await,
    }
}

/// Nobody is before it.
async fn through(work: &Work<'_>, ticket: &Ticket, has_place: bool) -> Settled {
    let desk = work.desk;
    let walked = match hold::walk(desk, &work.event, work.until).await {
        Came::Through(walked) => walked,
        Came::Failed(error) => match work.failed(error) {
            Ok(tried) => return stand(work, ticket, tried, wait(desk, tried.failures)).await,
            Err(given_up) => Err(given_up),
        },
        Came::StagingAway => return stand(work, ticket, work.tried, wait(desk, 1)).await,
        Came::StoreAway => return Settled::AllBack,
    };
    let parks = walked
        .as_ref()
        .map_or(true, |walked| !walked.problems.is_empty());
    if parks {
        // Its place first: what comes after it waits, whenever this process ends.
        let place = new_in_line(work, ticket, None, work.tried, Span::seconds(0));
        if written(work, desk.world.store.stand_in_line(&place))
            .await
            .is_none()
        {
            return Settled::AllBack;
        }
    }
    let settled = work.written_off(&walked).await;
    if settled == Settled::Done && has_place && !parks {
        let leaving = leave(desk, &ticket.id);
        if written(work, leaving).await.is_none() {
            return Settled::AllBack;
        }
    }
    settled
}

/// Takes its place, or goes on with the one it has.
async fn stand(work: &Work<'_>, ticket: &Ticket, tried: Tried, wait: Span) -> Settled {
    let world = &work.desk.world;
    let sealed = sealed(world, &ticket.id, &work.event);
    let Ok(sealed) = sealed else {
        return Settled::AllBack;
    };
    let new = new_in_line(work, ticket, Some(sealed), tried, wait);
    let standing = async {
        let waits = world.store.stand_in_line(&new).await?;
        waits.context("as many events stand in line as may; nothing more is taken")
    };
    match written(work, standing).await {
        Some(Waits::Away) => work.aside(tried).await,
        Some(_) => {
            faults::point("after-line");
            tracing::info!(
                channel.name = work.desk.name(),
                "an event waits in its patient's line"
            );
            work.desk.line.moved.notify_one();
            Settled::Done
        }
        None => Settled::AllBack,
    }
}

fn new_in_line(
    work: &Work<'_>,
    ticket: &Ticket,
    sealed: Option<String>,
    tried: Tried,
    wait: Span,
) -> NewInLine {
    let now = work.desk.world.clock.now();
    NewInLine {
        id: ticket.id.clone(),
        channel: work.desk.name().to_owned(),
        names: ticket.whose.names.clone(),
        sealed,
        failures: tried.failures,
        first_seen: tried.first_seen.unwrap_or(now),
        next_at: after(now, wait),
        expires_at: after(now, KEPT_FOR),
    }
}

/// Where the store does not answer nothing can be told of any line: all go back. Not
/// at once, since each time that they are given back counts as a delivery.
async fn written<T>(work: &Work<'_>, asking: impl Future<Output = anyhow::Result<T>>) -> Option<T> {
    match asking.await {
        Ok(answer) => Some(answer),
        Err(error) => {
            tracing::warn!(
                channel.name = work.desk.name(),
                error = format!("{error:#}"),
                "an event's place in line cannot be written; its delivery is given back"
            );
            let pause = work.desk.world.settings.hold_for.duration() / 10;
            sleep(pause).await;
            None
        }
    }
}

/// What stands in line, sealed: the event as it came.
#[derive(Serialize, Deserialize)]
struct Sealed {
    content_type: Option<String>,
    transport_id: Option<String>,
    correlation_id: Option<String>,
    reply_to: Option<String>,
    trace_parent: Option<String>,
    body: String,
}

fn sealed(world: &World, id: &str, event: &Incoming) -> anyhow::Result<String> {
    let record = Sealed {
        content_type: event.content_type.clone(),
        transport_id: event.transport_id.clone(),
        correlation_id: event.correlation_id.clone(),
        reply_to: event.reply_to.clone(),
        trace_parent: event.trace_parent.clone(),
        body: STANDARD.encode(&event.body),
    };
    world.keys.seal_record(id, &serde_json::to_vec(&record)?)
}

fn opened(world: &World, row: &InLine) -> anyhow::Result<Incoming> {
    let record = world.keys.open_record(&row.id, &row.sealed)?;
    let record: Sealed = serde_json::from_slice(&record).context("reading an event in line")?;
    Ok(Incoming {
        body: STANDARD.decode(record.body)?.into(),
        content_type: record.content_type,
        transport_id: record.transport_id,
        correlation_id: record.correlation_id,
        reply_to: record.reply_to,
        trace_parent: record.trace_parent,
    })
}

/// Tries what stands first and is due, until stopped.
pub(super) async fn run(desk: &Desk, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        let moved = desk.line.moved.notified();
        let trying = async {
            match try_first(desk).await {
                Ok(tried) => tried > 0,
                Err(error) => {
                    tracing::warn!(
                        channel.name = desk.name(),
                        error = format!("{error:#}"),
                        "the events in line cannot be read; trying again"
                    );
                    false
                }
            }
        };
        let again = tokio::select! {
            again = trying => again,
            // Its lease runs out, and it is tried again.
            () = stop.cancelled() => return,
        };
        if again {
            continue;
        }
        tokio::select! {
            () = moved => {}
            () = sleep(POLL) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Says how many were through or given up: then somebody else may stand first.
async fn try_first(desk: &Desk) -> anyhow::Result<usize> {
    let world = &desk.world;
    let now = world.clock.now();
    for id in world.store.expired_in_line(desk.name(), now).await? {
        tracing::error!(
            channel.name = desk.name(),
            "nobody came back to an event in line for 30 days; those behind it go on"
        );
        leave(desk, &id).await?;
    }
    let lease = world.settings.send_lease;
    let first = world
        .store
        .lease_first(desk.name(), BATCH, after(now, lease), now)
        .await?;
    let until = Instant::now() + lease.duration().mul_f32(0.8);
    let trying = first.iter().map(|row| async move {
        // Whatever goes wrong here is wrong with this one; its lease runs out.
        let tried = try_one(desk, row, until).await;
        tried.unwrap_or_else(|error| {
            tracing::warn!(
                channel.name = desk.name(),
                error = format!("{error:#}"),
                "an event in line could not be settled; trying again"
            );
            false
        })
    });
    let moved = join_all(trying).await;
    Ok(moved.into_iter().filter(|moved| *moved).count())
}

async fn try_one(desk: &Desk, row: &InLine, until: Instant) -> anyhow::Result<bool> {
    let world = &desk.world;
    let event = opened(world, row)?;
    let again = |failures: u32, wait: Span| {
        let next = after(world.clock.now(), wait);
        world.store.line_again(&row.id, failures, next)
    };
    let walked = match hold::walk(desk, &event, until).await {
        Came::Through(walked) => walked,
        Came::Failed(error) => match one_more(row.failures, error) {
            Ok(failures) => {
                again(failures, wait(desk, failures)).await?;
                return Ok(false);
            }
            Err(given_up) => Err(given_up),
        },
        Came::StagingAway => {
            again(row.failures, wait(desk, 1)).await?;
            return Ok(false);
        }
        Came::StoreAway => return Ok(false),
    };
    let mut envelope = Envelope::default();
    envelope.content_type = event.content_type.clone();
    envelope.message_id = event.transport_id.clone();
    envelope.correlation_id = event.correlation_id.clone();
    envelope.reply_to = event.reply_to.clone();
    match write_off(world, &desk.channel, &envelope, &event, &walked).await? {
        Written::Nothing => leave(desk, &row.id).await?,
        Written::Parked(_) => {
            let (ledger, now) = (&world.ledger, world.clock.now());
            world.store.line_parked(&row.id, ledger, now).await?;
        }
    }
    Ok(true)
}

async fn leave(desk: &Desk, id: &str) -> anyhow::Result<()> {
    let world = &desk.world;
    let now = world.clock.now();
    world.store.leave_line(id, &world.ledger, now).await?;
    desk.line.moved.notify_one();
    Ok(())
}

fn wait(desk: &Desk, failures: u32) -> Span {
    let [chance] = chance::<1>();
    desk.world.settings.retry_after.after(failures, chance)
}

fn after(start: jiff::Timestamp, span: Span) -> jiff::Timestamp {
    let millis = start.as_millisecond().saturating_add(span.millis());
    jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX)
}

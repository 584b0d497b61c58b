//! Messages that could not be handed over: sealed into records, listed, shown without
//! what they say, tried again, let go. The worker acks after the record is committed;
//! what the broker itself parks is drained into records too.

mod alone;
mod drain;
mod letting_go;
mod write_off;

use super::lines;
use super::pipeline::{self, Incoming};
use super::world::World;
use crate::adapters::amqp::Envelope;
use crate::adapters::clock::chance;
use crate::adapters::digest::sha256_hex;
use crate::adapters::faults;
use crate::adapters::sql::{NewDeadLetter, NewErrand, StoredLetter};
use crate::adapters::staging::StagedObject;
use crate::adapters::telemetry;
use crate::domain::channel::Channel;
use crate::domain::dead_letter::Why;
use crate::domain::ids::HandoffId;
use anyhow::Context;
use bytes::Bytes;
use futures_util::TryStreamExt;
use std::borrow::Cow;
use std::sync::Arc;

pub use drain::run;
pub use letting_go::{LetGo, Progress, Rate, discard, replay, replay_all};
pub use write_off::{Written, write_off};

/// Bodies up to this lie in the database beside what they were wrapped in: nearly
/// every message. Larger ones are objects in staging.
const IN_THE_ROW: usize = 64 << 10;

/// Written by whoever retries: what a message has been through.
const FAILURES: &str = "handoff-failures";
const FIRST_SEEN: &str = "handoff-first-seen";

/// A message that is to be parked.
struct Parking<'a> {
    channel: &'a Channel,
    envelope: &'a Envelope,
    body: Arc<[u8]>,
    trace_parent: Option<String>,
    why: Why,
    to_be_tried: bool,
}

/// Seals it into a record, committed with the answers about it when this returns.
async fn park(world: &World, parking: Parking<'_>, errands: &[NewErrand]) -> anyhow::Result<()> {
    let now = world.clock.now();
    let identity = identity(world, &parking);
    let in_the_row = parking.body.len() <= IN_THE_ROW;
    let kept: &[u8] = if in_the_row { &parking.body } else { &[] };
    let sealed = seal(world, &identity, parking.envelope, kept)?;
    let object = match in_the_row {
        true => None,
        false => Some(stage(world, &parking.body, now).await?),
    };
    let staged = object.as_ref().map(|object| object.key.clone());
    let envelope = parking.envelope;
    let first_seen = envelope.text(FIRST_SEEN).and_then(|at| at.parse().ok());
    let new = NewDeadLetter {
        id: HandoffId::new(now, &chance()).to_string(),
        channel: parking.channel.name().to_owned(),
        identity,
        to_be_tried: parking.to_be_tried,
        trace_parent: parking.trace_parent,
        size: i64::try_from(parking.body.len())?,
        attempts: envelope.count(FAILURES).map_or(1, |failed| failed + 1),
        first_seen: first_seen.unwrap_or(now),
        expires_at: pipeline::after(now, parking.channel.dead_letters.keep),
        sealed,
        object,
        why: parking.why,
    };
    let parking = async {
        faults::step("before-park")?;
        world.store.park(&new, errands, now).await?;
        faults::step("after-park")
    };
    if let Err(error) = parking.await {
        pipeline::give_up(world, staged.as_slice()).await;
        return Err(error.context("writing a dead letter"));
    }
    tell(world, &new);
    Ok(())
}

/// The same message on the same channel, however often it comes.
fn identity(world: &World, parking: &Parking<'_>) -> String {
    let id = parking.envelope.message_id.clone().unwrap_or_default();
    world.keys.index(&[
        "dead-letter".into(),
        parking.channel.name().into(),
        id,
        sha256_hex(&parking.body),
    ])
}

async fn stage(
    world: &World,
    body: &Arc<[u8]>,
    now: jiff::Timestamp,
) -> anyhow::Result<StagedObject> {
    let body = Bytes::from_owner(Arc::clone(body));
    let kind = Cow::Borrowed("application/octet-stream");
    let staged = pipeline::stage_bytes(world, vec![(kind, body)], now).await?;
    staged.into_iter().next().context("nothing was staged")
}

/// One line for the first of a kind; the rest are counted.
fn tell(world: &World, letter: &NewDeadLetter) {
    let said = world.hush.said(&letter.channel, &letter.why.reason);
    tell_the_rest(&letter.channel, said.untold);
    if said.aloud {
        tracing::error!(
            channel.name = letter.channel,
            stage = letter.why.stage,
            reason = letter.why.reason,
            place = letter.why.place,
            letter.to_be_tried = letter.to_be_tried,
            "parked an event: see `handoff dead-letters`"
        );
    }
}

fn tell_the_rest(channel: &str, untold: u64) {
    if untold > 0 {
        tracing::error!(
            channel.name = channel,
            events = untold,
            "parked more events: see `handoff dead-letters`"
        );
    }
}

/// The record's name, which is bound into it: another's does not open as this one.
pub(super) fn record(identity: &str) -> String {
    format!("dead-letter {identity}")
}

/// The envelope's length, the envelope, and the body where it is not in staging.
fn seal(world: &World, identity: &str, envelope: &Envelope, body: &[u8]) -> anyhow::Result<String> {
    let envelope = serde_json::to_vec(envelope).context("writing down an envelope")?;
    let mut bytes = u32::try_from(envelope.len())?.to_be_bytes().to_vec();
    bytes.extend_from_slice(&envelope);
    bytes.extend_from_slice(body);
    let sealed = world.keys.seal_record(&record(identity), &bytes);
    sealed.context("sealing a dead letter")
}

/// A letter as it came.
pub struct Opened {
    pub envelope: Envelope,
    pub body: Arc<[u8]>,
}

/// Opens one; `None` where what it said is gone.
pub async fn open(world: &World, stored: &StoredLetter) -> anyhow::Result<Option<Opened>> {
    let Some(sealed) = &stored.sealed else {
        return Ok(None);
    };
    let opened = world.keys.open_record(&record(&stored.identity), sealed)?;
    let (length, rest) = opened
        .split_first_chunk::<4>()
        .context("a dead letter is damaged")?;
    let split = rest.split_at_checked(u32::from_be_bytes(*length) as usize);
    let (envelope, body) = split.context("a dead letter is damaged")?;
    let envelope = serde_json::from_slice(envelope).context("reading an envelope")?;
    let body = match &stored.body {
        None if i64::try_from(body.len())? == stored.letter.size => body.into(),
        None => return Ok(None),
        Some(object) => {
            let pieces = world.staging.open_held(&world.keys, object).await?;
            let pieces: Vec<Bytes> = pieces.try_collect().await?;
            pieces.concat().into()
        }
    };
    Ok(Some(Opened { envelope, body }))
}

impl Opened {
    /// The event that it was.
    pub fn event(&self) -> Incoming {
        event_of(&self.envelope, Arc::clone(&self.body))
    }
}

fn event_of(envelope: &Envelope, body: Arc<[u8]>) -> Incoming {
    let some = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let parent = envelope.text("traceparent");
    Incoming {
        body,
        content_type: envelope.content_type.clone(),
        transport_id: some(&envelope.message_id),
        correlation_id: envelope.correlation_id.clone(),
        reply_to: some(&envelope.reply_to),
        trace_parent: parent.filter(|parent| telemetry::is_trace_parent(parent)),
    }
}

/// It keeps nobody of its patient behind it any more.
async fn leave_line(world: &World, channel: &str, opened: &Opened) -> anyhow::Result<()> {
    let event = opened.event();
    let id = event.transport_id.as_deref();
    lines::release(world, channel, id, &event.body).await?;
    Ok(())
}

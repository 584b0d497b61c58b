//! What must be safe before a message is done with: the answer to what became no
//! handoff, and the message itself where it could not be read.

use super::{Parking, park};
use crate::adapters::amqp::Envelope;
use crate::adapters::sql::NewErrand;
use crate::app::pipeline::{self, Incoming, Walked, Way};
use crate::app::world::World;
use crate::domain::channel::Channel;
use crate::domain::dead_letter::Why;
use crate::domain::facts::Problem;
use crate::domain::outcome::{Stage, StageError};
use serde_json::Value;

/// Answers and parks what a walk leaves to be answered and parked. Safe to do twice:
/// the same message is one record, the same answer one row.
pub async fn write_off(
    world: &World,
    channel: &Channel,
    envelope: &Envelope,
    event: &Incoming,
    walked: &Result<Walked, StageError>,
) -> anyhow::Result<Written> {
    let failed;
    let (stage, problems) = match walked {
        Ok(walked) if walked.problems.is_empty() => {
            if let Some(outcome) = bare(world, channel, walked)? {
                let errands = answers(world, channel, event, &outcome, Way::Reply);
                world.store.enqueue(&errands, world.clock.now()).await?;
                world.errands.notify_waiters();
            }
            return Ok(Written::Nothing);
        }
        Ok(walked) => (Stage::Read, &walked.problems[..]),
        Err(error) => {
            let cause = format!("{:#}", error.cause);
            failed = [Problem::new(error.stage.to_string(), cause)];
            (error.stage, &failed[..])
        }
    };
    let outcome = pipeline::unreadable_answer(problems)?;
    let errands = answers(world, channel, event, &outcome, Way::Everywhere);
    let why = Why::of(&stage.to_string(), problems);
    let reason = why.reason.clone();
    let parking = Parking {
        channel,
        envelope,
        body: event.body.clone(),
        trace_parent: event.trace_parent.clone(),
        why,
        to_be_tried: false,
    };
    park(world, parking, &errands).await?;
    world.errands.notify_waiters();
    Ok(Written::Parked(reason))
}

/// What was done with it.
#[derive(Debug, PartialEq, Eq)]
pub enum Written {
    /// Nothing to park.
    Nothing,
    /// Parked, for this reason.
    Parked(String),
}

/// Without a broker nobody is there to hear it.
fn answers(
    world: &World,
    channel: &Channel,
    event: &Incoming,
    outcome: &Value,
    way: Way,
) -> Vec<NewErrand> {
    match world.broker {
        Some(_) => pipeline::bare_answers(channel, event, outcome, way),
        None => Vec::new(),
    }
}

/// The answer to what became no handoff and is no failure either.
fn bare(world: &World, channel: &Channel, walked: &Walked) -> anyhow::Result<Option<Value>> {
    if !walked.outcomes.is_empty() {
        return Ok(None);
    }
    if !walked.noted.is_empty() {
        return Ok(Some(pipeline::noted_answer(&walked.noted)?));
    }
    let said = world.hush.said("unwanted", channel.name());
    if said.aloud {
        tracing::info!(
            channel.name = channel.name(),
            more = said.untold,
            "the channel does not want this event"
        );
    }
    Ok(Some(pipeline::unwanted_answer()?))
}

//! Empties a channel's dead-letter queue into sealed records: what the broker parked
//! itself, and what lies there from before. Nothing is acked before its record is
//! committed.

use super::{Parking, alone, event_of, park, tell_the_rest};
use crate::adapters::amqp::{DeadLetters, Envelope, Garbled};
use crate::adapters::clock::chance;
use crate::app::pipeline::Incoming;
use crate::app::world::World;
use crate::domain::channel::Channel;
use crate::domain::dead_letter::Why;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

const SHORTEST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A message whose properties cannot be read, and that cannot be fetched by hand, stays
/// at the head of its queue until a person takes it away: looking twelve times an hour
/// is enough.
const LONGEST_PAUSE_GARBLED: Duration = Duration::from_secs(300);
/// Why a message is parked that was fetched by hand.
const GARBLED: &str = "its properties are not valid AMQP: a text that is no UTF-8. They are kept as far as they can be read";
/// How often to look for what is to be tried, and for what was not told.
const LOOK: Duration = Duration::from_secs(5);

/// Runs until stopped, for a channel that has a queue.
pub async fn run(world: Arc<World>, channel: Arc<Channel>, stop: CancellationToken) {
    let (Some(source), Some(url)) = (&channel.source.rabbitmq, &world.settings.amqp_url) else {
        return;
    };
    let came = Notify::new();
    let drain = Drain {
        world: &world,
        channel: &channel,
        url,
        queue: source.queue.as_str(),
        came: &came,
    };
    let consuming = async {
        tokio::select! {
            // What is in work is not acked: it comes again, and is the same record.
            () = stop.cancelled() => {}
            () = drain.consume() => {}
        }
    };
    tokio::join!(consuming, drain.look(&stop));
}

struct Drain<'a> {
    world: &'a Arc<World>,
    channel: &'a Arc<Channel>,
    url: &'a str,
    queue: &'a str,
    /// Something came that is to be tried alone.
    came: &'a Notify,
}

/// Why a connection ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Away,
    Garbled,
}

impl Drain<'_> {
    /// Reconnects with growing pauses.
    async fn consume(&self) {
        let mut pause = SHORTEST_PAUSE;
        let mut one_by_one = false;
        let mut said = false;
        loop {
            let name = self.channel.name();
            let opened = DeadLetters::open(self.url, self.queue, name, one_by_one).await;
            let (mut drained, trouble) = match opened {
                Ok(queue) => self.take(queue).await,
                Err(_) => (0, Trouble::Away),
            };
            if trouble == Trouble::Garbled && one_by_one {
                // It is the first one, and nobody holds another.
                match self.take_by_hand().await {
                    Ok(taken) => drained += taken,
                    Err(error) if !said => {
                        said = true;
                        self.tell_garbled(&error);
                    }
                    Err(_) => {}
                }
            }
            one_by_one = trouble == Trouble::Garbled;
            if drained > 0 {
                (pause, said) = (SHORTEST_PAUSE, false);
            }
            tokio::time::sleep(jittered(pause)).await;
            let longest = match trouble {
                Trouble::Away => LONGEST_PAUSE,
                Trouble::Garbled => LONGEST_PAUSE_GARBLED,
            };
            pause = (pause * 2).min(longest);
        }
    }

    /// One whose properties the client library cannot read.
    async fn take_by_hand(&self) -> anyhow::Result<usize> {
        let Some(mut fetched) = DeadLetters::fetch(self.url, self.queue).await? else {
            return Ok(0);
        };
        if !fetched.redelivered {
            return Ok(0);
        }
        let event = event_of(&fetched.envelope, std::mem::take(&mut fetched.body).into());
        let why = Why::of_the_broker(GARBLED, "properties");
        self.keep(&fetched.envelope, &event, &why, false).await;
        fetched.ack().await?;
        Ok(1)
    }

    fn tell_garbled(&self, error: &anyhow::Error) {
        tracing::error!(
            channel.name = self.channel.name(),
            queue = format!("{}.dead", self.queue),
            error = format!("{error:#}"),
            "the first message of the dead-letter queue has properties that cannot be read, and what lies behind it waits: take it away with the broker's own tools, such as `rabbitmqadmin get queue=… ackmode=ack_requeue_false`"
        );
    }

    /// One after the other: what the broker parks is rare.
    async fn take(&self, mut queue: DeadLetters) -> (usize, Trouble) {
        let mut drained = 0;
        let trouble = loop {
            let delivery = match queue.next().await {
                Ok(Some(delivery)) => delivery,
                Ok(None) => break Trouble::Away,
                Err(error) if error.downcast_ref::<Garbled>().is_some() => break Trouble::Garbled,
                Err(_) => break Trouble::Away,
            };
            let envelope = delivery.envelope();
            let event = event_of(&envelope, Arc::clone(delivery.body()));
            let (why, to_be_tried) = why(&envelope);
            self.keep(&envelope, &event, &why, to_be_tried).await;
            if delivery.ack().await.is_err() {
                break Trouble::Away;
            }
            drained += 1;
        };
        queue.close().await;
        (drained, trouble)
    }

    /// Until its record is committed, however long the database is away.
    async fn keep(&self, envelope: &Envelope, event: &Incoming, why: &Why, to_be_tried: bool) {
        let mut pause = SHORTEST_PAUSE;
        loop {
            let parking = Parking {
                channel: self.channel,
                envelope,
                body: event.body.clone(),
                trace_parent: event.trace_parent.clone(),
                why: why.clone(),
                to_be_tried,
            };
            let Err(error) = park(self.world, parking, &[]).await else {
                if to_be_tried {
                    self.came.notify_one();
                }
                return;
            };
            let why = format!("{error:#}");
            if self.world.hush.said("draining", &why).aloud {
                tracing::warn!(
                    channel.name = self.channel.name(),
                    error = why,
                    "a dead letter cannot be written down yet; it waits in its queue"
                );
            }
            tokio::time::sleep(jittered(pause)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn look(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.came.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
            tell_the_rest(
                self.channel.name(),
                self.world.hush.untold(self.channel.name()),
            );
            if let Err(error) = alone::try_waiting(self.world, self.channel, stop).await {
                let why = format!("{error:#}");
                if self.world.hush.said("trying", &why).aloud {
                    tracing::warn!(
                        channel.name = self.channel.name(),
                        error = why,
                        "dead letters cannot be tried alone yet"
                    );
                }
            }
        }
    }
}

/// Between half and the whole of a pause: those that lost one broker do not all come
/// back in the same moment.
fn jittered(pause: Duration) -> Duration {
    let [byte] = chance::<1>();
    pause / 2 + pause / 2 * u32::from(byte) / 255
}

/// The delivery limit counts every worker that ended while it held the message,
/// whoever's fault that was: such a one is tried alone. What an earlier version of
/// Handoff parked says why itself.
fn why(envelope: &Envelope) -> (Why, bool) {
    if let Some(reason) = envelope.text("handoff-reason") {
        let place = envelope.text("handoff-place").unwrap_or_default();
        return (Why::of_the_broker(&reason, &place), false);
    }
    match envelope.died_of().as_deref() {
        Some("delivery_limit") => (Why::worker_ended(), true),
        Some("expired") => (
            Why::of_the_broker("it waited longer than its queue allows", "queue"),
            false,
        ),
        Some("maxlen") => (Why::of_the_broker("its queue was full", "queue"), false),
        Some("rejected") => (Why::of_the_broker("a consumer rejected it", "queue"), false),
        _ => (
            Why::of_the_broker(
                "it was put into the dead-letter queue, nobody said why",
                "queue",
            ),
            false,
        ),
    }
}

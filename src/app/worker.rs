//! Consumes each channel's queue, walks each delivery, and settles it: the
//! only place that acks. A broker that goes away is waited for.

mod hold;
mod order;
mod pace;
mod settle;

use super::bounds::Held;
use super::pipeline::Incoming;
use super::world::World;
use crate::adapters::amqp::{Delivery, Garbled, Queue, Topology, Unfit};
use crate::adapters::telemetry;
use crate::domain::channel::{Channel, Order};
use pace::Pace;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const SHORTEST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Below the heartbeat that brokers ask for, 60 s.
const UNREAD_FOR: Duration = Duration::from_secs(30);

/// How a connection ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// We were asked to stop, or the broker went away.
    Away,
    /// By a message nobody can read, not even its properties.
    Garbled,
    /// What is in work takes long, and there is no room for more; the largest body.
    Heavy(usize),
    /// Enough came with care: on as the channel says.
    Calm,
    /// Deliveries were held as long as may be, and given back.
    GivenBack,
}

/// What the deliveries of one channel share.
struct Desk {
    world: Arc<World>,
    channel: Arc<Channel>,
    queue: String,
    /// How many are walked at once.
    places: Semaphore,
    held: Held,
    line: order::Line,
}

impl Desk {
    fn name(&self) -> &str {
        self.channel.name()
    }
}

/// Consumes one channel's queue until stopped, reconnecting with growing
/// pauses: one alarm when the broker goes, one line when it is back.
pub async fn run(world: Arc<World>, channel: Arc<Channel>, stop: CancellationToken) {
    let steps = world.settings.retry_after.clone();
    let url = world.settings.amqp_url.clone();
    let (Some(source), Some(url)) = (&channel.source.rabbitmq, url) else {
        return;
    };
    let desk = Arc::new(Desk {
        queue: source.queue.to_string(),
        places: Semaphore::new(source.at_once().into()),
        held: Held::default(),
        line: order::Line::default(),
        world,
        channel: Arc::clone(&channel),
    });
    let consuming = consume_again(&desk, &url, steps.all(), &stop);
    if channel.order == Order::PerPatient {
        tokio::join!(consuming, order::run(&desk, &stop));
    } else {
        consuming.await;
    }
}

async fn consume_again(
    desk: &Arc<Desk>,
    url: &str,
    waits: &[crate::domain::measures::Span],
    stop: &CancellationToken,
) {
    let Some(topology) = Topology::of(&desk.channel, waits) else {
        return;
    };
    let mut pause = SHORTEST_PAUSE;
    let mut away = false;
    let mut unfit = String::new();
    let mut pace = Pace::first(desk);
    while !stop.is_cancelled() {
        let opened = Queue::open(url, &topology, desk.name(), pace.prefetch).await;
        let began = Instant::now();
        let ended = match opened {
            Ok(queue) => {
                tracing::info!(
                    channel.name = desk.name(),
                    back = away,
                    prefetch = pace.prefetch,
                    "consuming"
                );
                away = false;
                unfit.clear();
                consume(desk, queue, pace.bound, stop).await
            }
            Err(error) => {
                log_away(desk, &error, &mut away, &mut unfit);
                Ended::Away
            }
        };
        pace = Pace::after(desk, ended, pace);
        // A connection that lasted is no part of a storm.
        if began.elapsed() > LONGEST_PAUSE {
            pause = SHORTEST_PAUSE;
        }
        match ended {
            Ended::Calm | Ended::Heavy(_) => continue,
            Ended::GivenBack => hold::until_the_store_answers(&desk.world, stop).await,
            // As often as the broker's delivery limit wants: then it parks that message.
            Ended::Garbled => pause = SHORTEST_PAUSE,
            // It was told when it was lost; from here on, only that it is back.
            Ended::Away => away = true,
        }
        tokio::select! {
            () = tokio::time::sleep(jittered(pause)) => {}
            () = stop.cancelled() => {}
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Once for each time that it goes; what does not fit, whenever it is another thing.
fn log_away(desk: &Desk, error: &anyhow::Error, away: &mut bool, unfit: &mut String) {
    let said = format!("{error:#}");
    if error.downcast_ref::<Unfit>().is_some() {
        if *unfit != said {
            tracing::error!(
                channel.name = desk.name(),
                error = said,
                "nothing is consumed until the broker has what the channel needs"
            );
            *unfit = said;
        }
    } else if !*away {
        tracing::error!(
            channel.name = desk.name(),
            error = said,
            "the broker is away; trying again until it is back"
        );
    }
    *away = true;
}

/// Between half and the whole of a pause: workers that lost one broker do not
/// all come back in the same moment.
fn jittered(pause: Duration) -> Duration {
    let [byte] = crate::adapters::clock::chance::<1>();
    pause / 2 + pause / 2 * u32::from(byte) / 255
}

/// Takes at most `bound` deliveries; the broker's prefetch bounds what was handed
/// over, its bytes what is kept of that.
async fn consume(
    desk: &Arc<Desk>,
    mut queue: Queue,
    bound: usize,
    stop: &CancellationToken,
) -> Ended {
    let mut in_work = JoinSet::new();
    let mut ended = Ended::Calm;
    let mut largest = 0;
    // Of this connection: what comes after it is a new try.
    let give_back = stop.child_token();
    for _ in 0..bound {
        let room = room(desk, &mut in_work);
        let next = async {
            room.await?;
            Some(queue.next().await)
        };
        let next = tokio::select! {
            next = next => next,
            () = give_back.cancelled() => {
                ended = Ended::GivenBack;
                break;
            }
        };
        let delivery = match next {
            Some(Ok(Some(delivery))) => delivery,
            Some(lost) => {
                ended = log_lost(desk, lost.err());
                break;
            }
            None => {
                ended = Ended::Heavy(largest);
                break;
            }
        };
        let bytes = delivery.body().len();
        largest = largest.max(bytes);
        let holding = desk.held.hold(bytes);
        let waiter = order::line_up(desk, &delivery).await;
        let settling = settle::settle(
            Arc::clone(desk),
            delivery,
            waiter,
            holding,
            give_back.clone(),
        );
        in_work.spawn(settling);
    }
    if matches!(ended, Ended::Heavy(_) | Ended::Calm) {
        queue.take_no_more().await;
    }
    // What is in work is finished; its ack may come too late, and then it is a repeat.
    while in_work.join_next().await.is_some() {}
    queue.close().await;
    if stop.is_cancelled() {
        return Ended::Away;
    }
    if give_back.is_cancelled() {
        return Ended::GivenBack;
    }
    ended
}

/// Waits until the channel may hold another body. A connection that is not read for
/// long is given up by both its ends: `None`, it ends in good order before that.
async fn room(desk: &Desk, in_work: &mut JoinSet<()>) -> Option<()> {
    while in_work.try_join_next().is_some() {}
    let waiting = async {
        while desk.held.bytes() >= desk.world.bounds.share() && in_work.join_next().await.is_some()
        {
        }
    };
    tokio::time::timeout(UNREAD_FOR, waiting).await.ok()
}

fn log_lost(desk: &Desk, error: Option<anyhow::Error>) -> Ended {
    let Some(error) = error else {
        tracing::error!(
            channel.name = desk.name(),
            "the broker stopped the consumer; trying again until it consumes"
        );
        return Ended::Away;
    };
    tracing::error!(
        channel.name = desk.name(),
        error = format!("{error:#}"),
        "lost the broker; trying again until it is back"
    );
    match error.downcast_ref::<Garbled>() {
        Some(_) => Ended::Garbled,
        None => Ended::Away,
    }
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
        body: Arc::clone(delivery.body()),
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

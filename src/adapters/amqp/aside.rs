//! Setting a delivery aside: published anew into the queue where it waits for its
//! next try, acked only when the broker has confirmed that.

use super::publish::{ROOM_FOR_HEADERS, without_expiration};
use super::topology::retry_queue;
use super::{Delivery, Publisher, Topology, connect};
use crate::domain::measures::Span;
use lapin::types::{AMQPValue, FieldTable};

const FAILURES: &str = "handoff-failures";
const FIRST_SEEN: &str = "handoff-first-seen";

/// What of a message's headers is about an earlier way through the broker. `CC` and
/// `BCC` would send copies to other queues; RabbitMQ 3 drops a message whose
/// `x-death` says that it was in a queue before.
const OF_THE_WAY: [&str; 6] = [
    "CC",
    "BCC",
    "x-death",
    "x-delivery-count",
    "x-first-death-",
    "x-last-death-",
];

/// How a delivery has fared so far; it travels in its headers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tried {
    /// Times it failed by itself, while everything else answered.
    pub failures: u32,
    /// `None`: now.
    pub first_seen: Option<jiff::Timestamp>,
}

impl Delivery {
    pub fn tried(&self) -> Tried {
        let headers = self.properties().headers().clone().unwrap_or_default();
        let failures = headers.inner().get(FAILURES).and_then(number);
        let first_seen = match headers.inner().get(FIRST_SEEN) {
            Some(AMQPValue::LongString(text)) => text.to_string().parse().ok(),
            _ => None,
        };
        Tried {
            failures: failures.unwrap_or_default(),
            first_seen,
        }
    }
}

fn number(value: &AMQPValue) -> Option<u32> {
    match value {
        AMQPValue::LongLongInt(number) => u32::try_from(*number).ok(),
        AMQPValue::LongInt(number) => u32::try_from(*number).ok(),
        _ => None,
    }
}

impl Publisher {
    /// Makes what somebody has deleted meanwhile.
    pub async fn prepare(&self, topology: &Topology<'_>) -> anyhow::Result<()> {
        let connection = connect(self.url(), "handoff").await?;
        let prepared = topology.prepare(&connection).await;
        // Already gone is as good as closed.
        let _ = connection.close(200, "declared".into()).await;
        prepared
    }

    /// Body and properties as they came, and how it has fared.
    pub async fn set_aside(
        &self,
        queue: &str,
        wait: Span,
        delivery: &Delivery,
        tried: Tried,
    ) -> anyhow::Result<()> {
        let mut table = FieldTable::default();
        let headers = delivery.properties().headers().clone().unwrap_or_default();
        // All properties share one frame: headers that leave no room for ours go.
        if format!("{headers:?}").len() <= ROOM_FOR_HEADERS {
            for (name, value) in headers.inner() {
                if !OF_THE_WAY.iter().any(|way| name.as_str().starts_with(way)) {
                    table.insert(name.clone(), value.clone());
                }
            }
        } else {
            table.insert("handoff-headers-dropped".into(), AMQPValue::Boolean(true));
        }
        table.insert(
            FAILURES.into(),
            AMQPValue::LongLongInt(tried.failures.into()),
        );
        if let Some(at) = tried.first_seen {
            table.insert(
                FIRST_SEEN.into(),
                AMQPValue::LongString(at.to_string().into()),
            );
        }
        let properties = without_expiration(delivery.properties()).with_headers(table);
        let waiting = retry_queue(queue, wait);
        self.send("", &waiting, delivery.body(), properties).await
    }
}

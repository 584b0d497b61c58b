//! Deliveries of one channel's queue, with manual acks and a bounded prefetch.

use super::gate::Gate;
use super::{Topology, connect_behind};
use anyhow::Context;
use futures_util::StreamExt;
use lapin::options::{
    BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions,
};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, Connection, Consumer};
use std::sync::Arc;
use std::time::Duration;

/// One connection that consumes one channel's queue.
pub struct Queue {
    connection: Connection,
    channel: Channel,
    consumer: Consumer,
    gate: Gate,
}

/// The broker's answer to a cancelled consumer is awaited this long; a connection
/// that is closed gives back all the same.
const CANCEL_WITHIN: Duration = Duration::from_secs(10);

/// A message whose properties cannot be parsed (a short string that is not
/// UTF-8) takes its whole connection down, before anyone can see or ack it.
#[derive(Debug, thiserror::Error)]
#[error("a message with unreadable properties broke the connection")]
pub struct Garbled;

/// One message as it arrived, with what its sender wants back.
pub struct Delivery {
    pub(super) inner: lapin::message::Delivery,
    body: Arc<[u8]>,
}

impl Queue {
    /// Connects, declares what the channel owns, and begins to consume.
    pub async fn open(
        url: &str,
        topology: &Topology<'_>,
        name: &str,
        prefetch: u16,
    ) -> anyhow::Result<Self> {
        let gate = Gate::default();
        let connection = connect_behind(url, &format!("handoff {name}"), &gate).await?;
        topology.prepare(&connection).await?;
        let channel = connection.create_channel().await?;
        channel
            .basic_qos(prefetch, BasicQosOptions::default())
            .await?;
        let consumer = channel
            .basic_consume(
                topology.queue().into(),
                ShortString::from(format!("handoff-{name}")),
                BasicConsumeOptions::default(),
                FieldTable::default(),
            )
            .await
            .context("consuming from the queue")?;
        Ok(Self {
            connection,
            channel,
            consumer,
            gate,
        })
    }

    /// The next delivery; `None` when the broker cancelled us or went away. Who does
    /// not ask gets nothing: it stays in the socket.
    pub async fn next(&mut self) -> anyhow::Result<Option<Delivery>> {
        match next(&mut self.consumer, &self.gate).await {
            Some(Ok(inner)) => Ok(Some(Delivery::new(inner))),
            Some(Err(error)) if matches!(error.kind(), lapin::ErrorKind::ParsingError(_)) => {
                Err(Garbled.into())
            }
            Some(Err(error)) => Err(error).context("the broker went away"),
            None => Ok(None),
        }
    }

    /// Takes no more: what is on its way goes back to the queue at once, and is not
    /// kept in memory. What was taken can still be acked.
    pub async fn take_no_more(&mut self) {
        let tag = self.consumer.tag();
        let cancelling = self
            .channel
            .basic_cancel(tag, BasicCancelOptions::default());
        let returning = async {
            while let Some(Ok(delivery)) = next(&mut self.consumer, &self.gate).await {
                // One that cannot be given back now is when the connection closes.
                let _ = Delivery::new(delivery).requeue().await;
            }
        };
        let both = futures_util::future::join(cancelling, returning);
        let _ = tokio::time::timeout(CANCEL_WITHIN, both).await;
    }

    /// What is not acked goes back to the queue.
    pub async fn close(mut self) {
        self.take_no_more().await;
        self.gate.open();
        // Already gone is as good as closed.
        let _ = self.connection.close(200, "stopping".into()).await;
    }
}

async fn next(
    consumer: &mut Consumer,
    gate: &Gate,
) -> Option<lapin::Result<lapin::message::Delivery>> {
    loop {
        tokio::select! {
            biased;
            next = consumer.next() => {
                if let Some(Ok(delivery)) = &next {
                    gate.taken(delivery.data.len());
                }
                return next;
            }
            () = gate.stuck() => gate.widen(),
        }
    }
}

impl Delivery {
    pub(super) fn new(mut inner: lapin::message::Delivery) -> Self {
        let body = std::mem::take(&mut inner.data).into();
        Self { inner, body }
    }

    /// Whoever walks it shares it: a body is in memory once.
    pub fn body(&self) -> &Arc<[u8]> {
        &self.body
    }

    pub fn content_type(&self) -> Option<&str> {
        self.inner
            .properties
            .content_type()
            .as_ref()
            .map(ShortString::as_str)
    }

    pub fn message_id(&self) -> Option<&str> {
        self.inner
            .properties
            .message_id()
            .as_ref()
            .map(ShortString::as_str)
    }

    pub fn correlation_id(&self) -> Option<&str> {
        self.inner
            .properties
            .correlation_id()
            .as_ref()
            .map(ShortString::as_str)
    }

    pub fn reply_to(&self) -> Option<&str> {
        self.inner
            .properties
            .reply_to()
            .as_ref()
            .map(ShortString::as_str)
    }

    /// W3C Trace Context, as AMQP binding drafts carry it: in the headers.
    pub fn trace_parent(&self) -> Option<String> {
        match self
            .inner
            .properties
            .headers()
            .as_ref()?
            .inner()
            .get("traceparent")?
        {
            AMQPValue::LongString(text) => Some(text.to_string()),
            AMQPValue::ShortString(text) => Some(text.to_string()),
            _ => None,
        }
    }

    pub(super) fn properties(&self) -> &lapin::BasicProperties {
        &self.inner.properties
    }

    pub async fn ack(&self) -> anyhow::Result<()> {
        self.inner
            .ack(BasicAckOptions::default())
            .await
            .context("acking a delivery")?;
        Ok(())
    }

    /// Back to the queue, for another worker or a later try.
    pub async fn requeue(&self) -> anyhow::Result<()> {
        let requeue = BasicNackOptions {
            requeue: true,
            ..BasicNackOptions::default()
        };
        self.inner
            .nack(requeue)
            .await
            .context("requeueing a delivery")?;
        Ok(())
    }
}

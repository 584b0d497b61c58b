//! What a channel owns on the broker: a durable quorum queue, its bindings, a
//! dead-letter exchange and a dead-letter queue. Everything explicit, since
//! defaults differ between RabbitMQ 3 and 4.

use crate::domain::channel::{self as domain, RabbitmqSource};
use anyhow::Context;
use lapin::options::{
    ExchangeDeclareOptions, ExchangeDeleteOptions, QueueBindOptions, QueueDeclareOptions,
    QueueDeleteOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Connection, ExchangeKind};

/// Deliveries of one message before the broker itself parks it: a backstop
/// against a message that kills its worker. RabbitMQ 4's own default is 20 too.
const DELIVERY_LIMIT: i64 = 20;

fn dead_letter_exchange(queue: &str) -> String {
    format!("{queue}.dlx")
}

pub(super) fn dead_letter_queue(queue: &str) -> String {
    format!("{queue}.dead")
}

pub(super) async fn declare(
    connection: &Connection,
    source: &RabbitmqSource,
) -> anyhow::Result<()> {
    let queue = source.queue.as_str();
    let dlx = dead_letter_exchange(queue);
    let dead = dead_letter_queue(queue);
    ensure_exchange(connection, &dlx, ExchangeKind::Fanout).await?;
    let channel = connection.create_channel().await?;
    declare_queue(&channel, &dead, text_table(&[("x-queue-type", "quorum")])).await?;
    bind(&channel, &dead, &dlx, "").await?;
    declare_queue(&channel, queue, main_arguments(&dlx)).await?;
    for binding in &source.bindings {
        ensure_exchange(connection, binding.exchange.as_str(), ExchangeKind::Topic).await?;
        for key in &binding.routing_keys {
            bind(&channel, queue, binding.exchange.as_str(), key).await?;
        }
    }
    channel.close(200, "declared".into()).await?;
    Ok(())
}

/// Makes an exchange, or uses the one that is there, whatever its type: the
/// engine may own it, and we may not be allowed to declare.
pub(super) async fn ensure_exchange(
    connection: &Connection,
    name: &str,
    kind: ExchangeKind,
) -> anyhow::Result<()> {
    let make = ExchangeDeclareOptions {
        durable: true,
        ..ExchangeDeclareOptions::default()
    };
    if declare_exchange(connection, name, &kind, make)
        .await
        .is_ok()
    {
        return Ok(());
    }
    let look = ExchangeDeclareOptions {
        passive: true,
        ..ExchangeDeclareOptions::default()
    };
    let found = declare_exchange(connection, name, &kind, look).await;
    found.with_context(|| format!("declaring the exchange {name}"))
}

/// A refused declare closes its channel: one for each.
async fn declare_exchange(
    connection: &Connection,
    name: &str,
    kind: &ExchangeKind,
    options: ExchangeDeclareOptions,
) -> anyhow::Result<()> {
    let channel = connection.create_channel().await?;
    channel
        .exchange_declare(name.into(), kind.clone(), options, FieldTable::default())
        .await?;
    channel.close(200, "declared".into()).await?;
    Ok(())
}

fn main_arguments(dlx: &str) -> FieldTable {
    let mut arguments = text_table(&[
        ("x-queue-type", "quorum"),
        ("x-dead-letter-exchange", dlx),
        // At-least-once, which in turn wants reject-publish: a dead letter
        // may not be lost on its way.
        ("x-dead-letter-strategy", "at-least-once"),
        ("x-overflow", "reject-publish"),
    ]);
    arguments.insert(
        "x-delivery-limit".into(),
        AMQPValue::LongLongInt(DELIVERY_LIMIT),
    );
    arguments
}

fn text_table(pairs: &[(&str, &str)]) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in pairs {
        table.insert((*name).into(), AMQPValue::LongString((*value).into()));
    }
    table
}

async fn declare_queue(channel: &Channel, name: &str, arguments: FieldTable) -> anyhow::Result<()> {
    let durable = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    channel.queue_declare(name.into(), durable, arguments).await.with_context(|| {
        format!("declaring the queue {name}: if it exists with other arguments, remove it or name another in the channel")
    })?;
    Ok(())
}

async fn bind(channel: &Channel, queue: &str, exchange: &str, key: &str) -> anyhow::Result<()> {
    channel
        .queue_bind(
            queue.into(),
            exchange.into(),
            key.into(),
            QueueBindOptions::default(),
            FieldTable::default(),
        )
        .await
        .with_context(|| format!("binding the queue {queue} to the exchange {exchange}"))
}

/// Removes all that a channel owns or names on the broker. For channels made
/// for a demonstration: nothing of theirs is anybody else's.
pub async fn remove(url: &str, channel: &domain::Channel) -> anyhow::Result<()> {
    let connection = super::connect(url, "handoff removal").await?;
    let broker = connection.create_channel().await?;
    let mut exchanges: Vec<String> = channel.exchanges().map(str::to_owned).collect();
    if let Some(source) = &channel.source.rabbitmq {
        let queue = source.queue.as_str();
        for name in [queue.to_owned(), dead_letter_queue(queue)] {
            broker
                .queue_delete(name.as_str().into(), QueueDeleteOptions::default())
                .await?;
        }
        exchanges.push(dead_letter_exchange(queue));
    }
    for name in exchanges {
        broker
            .exchange_delete(name.as_str().into(), ExchangeDeleteOptions::default())
            .await?;
    }
    connection.close(200, "removed".into()).await?;
    Ok(())
}

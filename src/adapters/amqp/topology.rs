//! What a channel owns on the broker: a durable quorum queue and its bindings, a
//! dead-letter exchange and queue, and a queue for each length of time that a
//! failed event waits. Everything explicit, since defaults differ between
//! RabbitMQ 3 and 4.

use super::differences::{Difference, Found, look};
use crate::domain::channel::{self as domain, Declare, Order, RabbitmqSource};
use crate::domain::measures::Span;
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

/// What one channel asks of the broker.
#[derive(Debug, Clone, Copy)]
pub struct Topology<'c> {
    source: &'c RabbitmqSource,
    order: Order,
    waits: &'c [Span],
}

/// The broker's queues are not what the channel needs: trying again does not help
/// until somebody has changed one or the other.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(pub String);

/// A queue that a channel needs.
pub(super) struct Needed {
    pub name: String,
    pub arguments: FieldTable,
}

impl<'c> Topology<'c> {
    /// `None`: the channel takes nothing from a broker.
    pub fn of(channel: &'c domain::Channel, waits: &'c [Span]) -> Option<Self> {
        Some(Self {
            source: channel.source.rabbitmq.as_ref()?,
            order: channel.order,
            waits,
        })
    }

    pub fn queue(&self) -> &'c str {
        self.source.queue.as_str()
    }

    /// Where dead letters go first, then where events wait, then what leads there.
    pub(super) fn queues(&self) -> Vec<Needed> {
        let queue = self.queue();
        let dead = Needed {
            name: dead_letter_queue(queue),
            arguments: text_table(&[("x-queue-type", "quorum")]),
        };
        let waiting = self.waits.iter().map(|wait| Needed {
            name: retry_queue(queue, *wait),
            arguments: retry_arguments(queue, *wait),
        });
        let main = Needed {
            name: queue.to_owned(),
            arguments: main_arguments(queue, self.order),
        };
        [dead].into_iter().chain(waiting).chain([main]).collect()
    }

    /// Makes what is missing, or looks whether somebody else has made it.
    pub(super) async fn prepare(&self, connection: &Connection) -> anyhow::Result<()> {
        match self.source.declare {
            Declare::Active => self.declare(connection).await,
            Declare::Passive => self.check(connection).await,
        }
    }

    async fn declare(&self, connection: &Connection) -> anyhow::Result<()> {
        let queue = self.queue();
        let dlx = dead_letter_exchange(queue);
        ensure_exchange(connection, &dlx, ExchangeKind::Fanout).await?;
        let channel = connection.create_channel().await?;
        for needed in self.queues() {
            let name = needed.name.as_str();
            // A refused declare closes its channel, and the reason is looked for.
            if let Err(why) = declare_queue(&channel, name, needed.arguments.clone()).await {
                return Err(match look(connection, &needed).await? {
                    Found::Differs(said) => Unfit(differing(name, &said, Declare::Active)).into(),
                    _ => why.context(format!("declaring the queue {name}")),
                });
            }
        }
        bind(&channel, &dead_letter_queue(queue), &dlx, "").await?;
        for binding in &self.source.bindings {
            ensure_exchange(connection, binding.exchange.as_str(), ExchangeKind::Topic).await?;
            for key in &binding.routing_keys {
                bind(&channel, queue, binding.exchange.as_str(), key).await?;
            }
        }
        channel.close(200, "declared".into()).await?;
        Ok(())
    }

    async fn check(&self, connection: &Connection) -> anyhow::Result<()> {
        let mut wrong = Vec::new();
        for needed in self.queues() {
            let name = needed.name.as_str();
            match look(connection, &needed).await? {
                Found::Missing => wrong.push(format!("there is no queue {name}")),
                Found::Differs(said) => {
                    let real: Vec<_> = said.into_iter().filter(|one| !one.by_policy()).collect();
                    if !real.is_empty() {
                        wrong.push(differing(name, &real, Declare::Passive));
                    }
                }
                Found::AsNeeded | Found::Unseen => {}
            }
        }
        let own = dead_letter_exchange(self.queue());
        let bound = self.source.bindings.iter();
        for name in bound.map(|bound| bound.exchange.as_str()).chain([&*own]) {
            if !exchange_exists(connection, name).await? {
                wrong.push(format!("there is no exchange {name}"));
            }
        }
        if wrong.is_empty() {
            return Ok(());
        }
        let what = "declare is `passive`, and the broker does not have what this channel needs";
        Err(Unfit(format!("{what}: {}", wrong.join("; "))).into())
    }
}

/// What differs, and what to do about it.
fn differing(name: &str, said: &[Difference], declare: Declare) -> String {
    let said: Vec<String> = said.iter().map(ToString::to_string).collect();
    let what = match declare {
        Declare::Active => {
            "let it run empty and delete it (it is made anew), or name another queue in the channel"
        }
        Declare::Passive => "make it anew with these arguments, or set them by a policy",
    };
    format!("the queue {name} differs: {}; {what}", said.join(", "))
}

pub(super) fn dead_letter_exchange(queue: &str) -> String {
    format!("{queue}.dlx")
}

pub(super) fn dead_letter_queue(queue: &str) -> String {
    format!("{queue}.dead")
}

/// The length stands in the name: steps that change make other queues, and what
/// waits in the old ones comes back by itself.
pub(super) fn retry_queue(queue: &str, wait: Span) -> String {
    format!("{queue}.retry.{wait}")
}

fn main_arguments(queue: &str, order: Order) -> FieldTable {
    let dlx = dead_letter_exchange(queue);
    let mut arguments = text_table(&[
        ("x-queue-type", "quorum"),
        ("x-dead-letter-exchange", &dlx),
        // At-least-once, which in turn wants reject-publish: a dead letter
        // may not be lost on its way.
        ("x-dead-letter-strategy", "at-least-once"),
        ("x-overflow", "reject-publish"),
    ]);
    insert(&mut arguments, "x-delivery-limit", DELIVERY_LIMIT);
    if order == Order::PerPatient {
        let name = "x-single-active-consumer";
        arguments.insert(name.into(), AMQPValue::Boolean(true));
    }
    arguments
}

/// Nobody consumes it: what is in it has waited long enough, and goes back.
fn retry_arguments(queue: &str, wait: Span) -> FieldTable {
    let mut arguments = text_table(&[
        ("x-queue-type", "quorum"),
        // The default exchange, where a routing key is a queue's name.
        ("x-dead-letter-exchange", ""),
        ("x-dead-letter-routing-key", queue),
        ("x-dead-letter-strategy", "at-least-once"),
        ("x-overflow", "reject-publish"),
    ]);
    insert(&mut arguments, "x-message-ttl", wait.millis());
    // Whoever takes one by hand and lets go of it loses none: this route is its own.
    insert(&mut arguments, "x-delivery-limit", DELIVERY_LIMIT);
    arguments
}

fn insert(table: &mut FieldTable, name: &str, number: i64) {
    table.insert(name.into(), AMQPValue::LongLongInt(number));
}

fn text_table(pairs: &[(&str, &str)]) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in pairs {
        table.insert((*name).into(), AMQPValue::LongString((*value).into()));
    }
    table
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
    let found = declare_exchange(connection, name, &kind, look_only()).await;
    found.with_context(|| format!("declaring the exchange {name}"))
}

async fn exchange_exists(connection: &Connection, name: &str) -> anyhow::Result<bool> {
    let kind = ExchangeKind::Topic;
    match declare_exchange(connection, name, &kind, look_only()).await {
        Ok(()) => Ok(true),
        Err(error) if super::is_missing(&error) => Ok(false),
        Err(error) => Err(error).with_context(|| format!("looking for the exchange {name}")),
    }
}

fn look_only() -> ExchangeDeclareOptions {
    ExchangeDeclareOptions {
        passive: true,
        ..ExchangeDeclareOptions::default()
    }
}

/// A refused declare closes its channel: one for each.
async fn declare_exchange(
    connection: &Connection,
    name: &str,
    kind: &ExchangeKind,
    options: ExchangeDeclareOptions,
) -> lapin::Result<()> {
    let channel = connection.create_channel().await?;
    channel
        .exchange_declare(name.into(), kind.clone(), options, FieldTable::default())
        .await?;
    channel.close(200, "declared".into()).await
}

async fn declare_queue(channel: &Channel, name: &str, arguments: FieldTable) -> anyhow::Result<()> {
    let durable = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    channel
        .queue_declare(name.into(), durable, arguments)
        .await?;
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
pub async fn remove(url: &str, channel: &domain::Channel, waits: &[Span]) -> anyhow::Result<()> {
    let connection = super::connect(url, "handoff removal").await?;
    let broker = connection.create_channel().await?;
    let mut exchanges: Vec<String> = channel.exchanges().map(str::to_owned).collect();
    if let Some(topology) = Topology::of(channel, waits) {
        for needed in topology.queues() {
            broker
                .queue_delete(needed.name.as_str().into(), QueueDeleteOptions::default())
                .await?;
        }
        exchanges.push(dead_letter_exchange(topology.queue()));
    }
    for name in exchanges {
        broker
            .exchange_delete(name.as_str().into(), ExchangeDeleteOptions::default())
            .await?;
    }
    connection.close(200, "removed".into()).await?;
    Ok(())
}

//! Publishing with confirms and the mandatory flag: what no queue took is an
//! error that someone sees.

use super::{Envelope, connect, topology};
use anyhow::Context;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ExchangeKind};
use std::collections::HashSet;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Connects at the first use, and again after a failure.
pub struct Publisher {
    url: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: Option<Open>,
    /// Until when everyone is told at once that the broker is away, and the pause
    /// after the next failure.
    away: Option<(Instant, Duration)>,
}

struct Open {
    connection: Connection,
    channel: Channel,
    exchanges: HashSet<String>,
}

/// One message on its way out. Headers hold names and ids, never patient data.
#[derive(Debug, Clone, Default)]
pub struct Outgoing {
    /// Empty: the default exchange, where the routing key is a queue's name.
    pub exchange: String,
    pub routing_key: String,
    pub content_type: &'static str,
    pub message_id: String,
    pub correlation_id: Option<String>,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

/// The broker took the message and had no queue for it.
#[derive(Debug, thiserror::Error)]
#[error("no queue took the message: {what}")]
pub struct Unroutable {
    what: String,
}

/// A broker that blocks publishers (memory alarm) must not hold a sender for good.
const CONFIRM_TIMEOUT: Duration = Duration::from_secs(30);
/// After a failed connect, everyone is told so at once for this long; twice as long
/// after the next one.
const CONNECT_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_CONNECT_PAUSE: Duration = Duration::from_secs(15);

const PERSISTENT: u8 = 2;

/// RabbitMQ's frames hold 128 KiB; half of one, as printed, is far more than
/// real headers need.
pub(super) const ROOM_FOR_HEADERS: usize = 64 << 10;

impl Publisher {
    /// Refuses what is no AMQP URL; whether anyone answers there shows later.
    pub fn new(url: &str) -> anyhow::Result<Self> {
        let parsed = url.parse::<lapin::uri::AMQPUri>();
        parsed.map_err(|why| {
            anyhow::anyhow!("amqp-url is not like amqp://user:password@host:5672/%2f: {why}")
        })?;
        Ok(Self {
            url: url.to_owned(),
            state: Mutex::new(State::default()),
        })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub async fn publish(&self, message: &Outgoing) -> anyhow::Result<()> {
        let properties = BasicProperties::default()
            .with_content_type(message.content_type.into())
            .with_message_id(short(&message.message_id)?)
            .with_headers(header_table(&message.headers));
        let properties = match &message.correlation_id {
            Some(id) => properties.with_correlation_id(short(id)?),
            None => properties,
        };
        self.send(
            &message.exchange,
            &message.routing_key,
            &message.body,
            properties,
        )
        .await
    }

    /// Puts a parked message back into its channel's queue, as it came.
    pub async fn replay(
        &self,
        queue: &str,
        envelope: &Envelope,
        body: &[u8],
    ) -> anyhow::Result<()> {
        let sent = self.send("", queue, body, envelope.properties()).await;
        sent.with_context(|| format!("replaying into the queue {queue}"))
    }

    pub async fn ping(&self) -> anyhow::Result<()> {
        self.channel("").await.map(|_| ())
    }

    pub(super) async fn send(
        &self,
        exchange: &str,
        routing_key: &str,
        body: &[u8],
        properties: BasicProperties,
    ) -> anyhow::Result<()> {
        // A broker that takes a connection and then says nothing must not hold all that
        // is to be published for good.
        let channel = tokio::time::timeout(CONFIRM_TIMEOUT, self.channel(exchange)).await;
        let channel = channel.context("the broker did not open a channel within 30 s")??;
        let mandatory = BasicPublishOptions {
            mandatory: true,
            ..BasicPublishOptions::default()
        };
        let properties = properties.with_delivery_mode(PERSISTENT);
        let publishing = async {
            let confirm = channel
                .basic_publish(
                    short(exchange)?,
                    short(routing_key)?,
                    mandatory,
                    body,
                    properties,
                )
                .await?;
            anyhow::Ok(confirm.await?)
        };
        let confirmed = tokio::time::timeout(CONFIRM_TIMEOUT, publishing).await;
        match confirmed
            .context("the broker did not confirm within 30 s")
            .and_then(|answer| answer)
        {
            // lapin reports an unroutable mandatory message as an ack that brings it back.
            Ok(Confirmation::Ack(None)) => Ok(()),
            Ok(Confirmation::Ack(Some(_))) => anyhow::bail!(unroutable(exchange)),
            Ok(_) => anyhow::bail!("the broker refused the message"),
            Err(error) => {
                self.state.lock().await.gone();
                Err(error.context("publishing"))
            }
        }
    }

    /// The confirming channel, with the exchange made where it is missing.
    async fn channel(&self, exchange: &str) -> anyhow::Result<Channel> {
        let mut state = self.state.lock().await;
        if state
            .open
            .as_ref()
            .is_some_and(|open| !open.channel.status().connected())
        {
            state.open = None;
        }
        if state.open.is_none() {
            state.connect(&self.url).await?;
        }
        let open = state
            .open
            .as_mut()
            .context("a connection was just opened")?;
        // What is handed to a blocked connection lies in memory until it is not.
        let blocked = open.connection.status().blocked();
        anyhow::ensure!(
            !blocked,
            "the broker takes nothing now: it is short of memory or disk"
        );
        if !exchange.is_empty() && !open.exchanges.contains(exchange) {
            topology::ensure_exchange(&open.connection, exchange, ExchangeKind::Topic).await?;
            open.exchanges.insert(exchange.to_owned());
        }
        Ok(open.channel.clone())
    }
}

impl State {
    /// Whoever waited for the lock meanwhile need not wait for the broker too.
    async fn connect(&mut self, url: &str) -> anyhow::Result<()> {
        let lately = self.away.is_some_and(|(until, _)| Instant::now() < until);
        anyhow::ensure!(!lately, "the broker could not be reached a moment ago");
        match Open::connect(url).await {
            Ok(open) => {
                if self.away.take().is_some() {
                    tracing::info!("the broker takes what is published again");
                }
                self.open = Some(open);
                Ok(())
            }
            Err(error) => {
                let pause = self.away.map_or(CONNECT_PAUSE, |(_, pause)| pause);
                if self.away.is_none() {
                    let error = format!("{error:#}");
                    tracing::error!(error, "nothing can be published; trying until it can");
                }
                let [byte] = crate::adapters::clock::chance::<1>();
                // Half of it and a part of the rest: nodes do not come back together.
                let jittered = pause / 2 + pause / 2 * u32::from(byte) / 255;
                let next = (pause * 2).min(LONGEST_CONNECT_PAUSE);
                self.away = Some((Instant::now() + jittered, next));
                Err(error)
            }
        }
    }

    /// A channel that the broker closed, or that does not answer. One connection
    /// that is blocked and another that is opened beside it would be a storm.
    fn gone(&mut self) {
        let blocked = |open: &Open| {
            let status = open.connection.status();
            status.connected() && status.blocked()
        };
        if !self.open.as_ref().is_some_and(blocked) {
            self.open = None;
        }
    }
}

/// What expired would die a second time.
pub(super) fn without_expiration(from: &BasicProperties) -> BasicProperties {
    type With = fn(BasicProperties, ShortString) -> BasicProperties;
    let kept: [(&Option<ShortString>, With); 7] = [
        (from.content_type(), BasicProperties::with_content_type),
        (
            from.content_encoding(),
            BasicProperties::with_content_encoding,
        ),
        (from.message_id(), BasicProperties::with_message_id),
        (from.correlation_id(), BasicProperties::with_correlation_id),
        (from.reply_to(), BasicProperties::with_reply_to),
        (from.kind(), BasicProperties::with_type),
        (from.app_id(), BasicProperties::with_app_id),
    ];
    let texts =
        kept.into_iter().fold(
            BasicProperties::default(),
            |properties, (value, with)| match value {
                Some(value) => with(properties, value.clone()),
                None => properties,
            },
        );
    match from.timestamp() {
        Some(at) => texts.with_timestamp(*at),
        None => texts,
    }
}

pub(super) fn short(text: &str) -> anyhow::Result<ShortString> {
    ShortString::try_new(text)
        .map_err(|_| anyhow::anyhow!("a name is longer than AMQP's 255 bytes"))
}

fn unroutable(exchange: &str) -> Unroutable {
    let what = match exchange {
        "" => "its queue is gone".to_owned(),
        name => format!("no queue is bound to the exchange {name} for it"),
    };
    Unroutable { what }
}

impl Open {
    async fn connect(url: &str) -> anyhow::Result<Self> {
        let connection = connect(url, "handoff publisher").await?;
        let channel = connection.create_channel().await?;
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await?;
        Ok(Self {
            connection,
            channel,
            exchanges: HashSet::new(),
        })
    }
}

fn header_table(headers: &[(&'static str, String)]) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in headers {
        table.insert((*name).into(), AMQPValue::LongString(value.as_str().into()));
    }
    table
}

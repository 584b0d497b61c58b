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
    /// When connecting last failed.
    failed: Option<Instant>,
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
/// After a failed connect, everyone is told so at once for this long.
const CONNECT_PAUSE: Duration = Duration::from_secs(2);

const PERSISTENT: u8 = 2;

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

    async fn send(
        &self,
        exchange: &str,
        routing_key: &str,
        body: &[u8],
        properties: BasicProperties,
    ) -> anyhow::Result<()> {
        let channel = self.channel(exchange).await?;
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
                self.state.lock().await.open = None;
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
            // Whoever waited for the lock meanwhile need not wait for the broker too.
            let lately = state.failed.is_some_and(|at| at.elapsed() < CONNECT_PAUSE);
            anyhow::ensure!(!lately, "the broker could not be reached a moment ago");
            match Open::connect(&self.url).await {
                Ok(open) => {
                    *state = State {
                        open: Some(open),
                        failed: None,
                    }
                }
                Err(error) => {
                    state.failed = Some(Instant::now());
                    return Err(error);
                }
            }
        }
        let open = state
            .open
            .as_mut()
            .context("a connection was just opened")?;
        if !exchange.is_empty() && !open.exchanges.contains(exchange) {
            topology::ensure_exchange(&open.connection, exchange, ExchangeKind::Topic).await?;
            open.exchanges.insert(exchange.to_owned());
        }
        Ok(open.channel.clone())
    }
}

fn short(text: &str) -> anyhow::Result<ShortString> {
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

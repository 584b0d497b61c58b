//! RabbitMQ as an engine and as whoever listens for results see it.

use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicGetOptions, BasicPublishOptions, BasicQosOptions,
    ConfirmSelectOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties};
use std::collections::BTreeSet;
use std::time::Duration;

/// A broker that blocks publishers, or is about to die, does not answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(15);

/// One connection with one confirming channel.
pub struct Client {
    _connection: Connection,
    channel: Channel,
}

impl Client {
    pub async fn connect(url: &str) -> anyhow::Result<Self> {
        let connecting = Connection::connect(url, ConnectionProperties::default());
        let connection = tokio::time::timeout(ANSWERS_WITHIN, connecting).await??;
        let channel = connection.create_channel().await?;
        let confirming = ConfirmSelectOptions::default();
        channel.confirm_select(confirming).await?;
        Ok(Self {
            _connection: connection,
            channel,
        })
    }

    /// A durable queue that gets everything of a topic exchange.
    pub async fn listen(&self, exchange: &str, queue: &str) -> anyhow::Result<()> {
        let kept = ExchangeDeclareOptions {
            durable: true,
            ..ExchangeDeclareOptions::default()
        };
        let topic = lapin::ExchangeKind::Topic;
        let none = FieldTable::default();
        let exchange_made = self
            .channel
            .exchange_declare(exchange.into(), topic, kept, none);
        exchange_made.await?;
        let mut quorum = FieldTable::default();
        quorum.insert(
            "x-queue-type".into(),
            AMQPValue::LongString("quorum".into()),
        );
        let kept = QueueDeclareOptions {
            durable: true,
            ..QueueDeclareOptions::default()
        };
        let queue_made = self.channel.queue_declare(queue.into(), kept, quorum);
        queue_made.await?;
        let (plain, none) = (QueueBindOptions::default(), FieldTable::default());
        let bound = self
            .channel
            .queue_bind(queue.into(), exchange.into(), "#".into(), plain, none);
        Ok(bound.await?)
    }

    /// Done when the broker has confirmed it, and some queue has it.
    pub async fn publish(
        &self,
        exchange: &str,
        routing_key: &str,
        body: &[u8],
        message_id: &str,
    ) -> anyhow::Result<()> {
        let mandatory = BasicPublishOptions {
            mandatory: true,
            ..BasicPublishOptions::default()
        };
        let properties = BasicProperties::default()
            .with_content_type("application/hl7-v2".into())
            .with_message_id(message_id.into())
            .with_delivery_mode(2);
        let publishing = async {
            let (exchange, key) = (exchange.into(), routing_key.into());
            let sent = self
                .channel
                .basic_publish(exchange, key, mandatory, body, properties);
            anyhow::Ok(sent.await?.await?)
        };
        let confirmed = tokio::time::timeout(ANSWERS_WITHIN, publishing).await??;
        anyhow::ensure!(
            matches!(confirmed, Confirmation::Ack(None)),
            "the broker did not take it"
        );
        Ok(())
    }

    /// Messages that nobody has taken.
    pub async fn waiting(&self, queue: &str) -> anyhow::Result<u32> {
        let look = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::default()
        };
        let found = self
            .channel
            .queue_declare(queue.into(), look, FieldTable::default());
        Ok(found.await?.message_count())
    }

    /// The ids of all messages in a queue; they stay there. The client is used up: what
    /// it has looked at goes back when it is gone.
    pub async fn ids(self, queue: &str) -> anyhow::Result<BTreeSet<String>> {
        let mut ids = BTreeSet::new();
        loop {
            let next = self
                .channel
                .basic_get(queue.into(), BasicGetOptions::default());
            let Some(message) = next.await? else {
                return Ok(ids);
            };
            let id = message.delivery.properties.message_id();
            ids.insert(id.as_ref().map_or("", |id| id.as_str()).to_owned());
        }
    }

    /// Gives what comes to `take`, and acks it then. Ends only with the connection.
    pub async fn each(
        &self,
        queue: &str,
        mut take: impl FnMut(&lapin::message::Delivery),
    ) -> anyhow::Result<()> {
        use futures_util::StreamExt;
        self.channel
            .basic_qos(100, BasicQosOptions::default())
            .await?;
        let consuming = self.channel.basic_consume(
            queue.into(),
            "listener".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        );
        let mut consumer = consuming.await?;
        while let Some(delivery) = consumer.next().await {
            let delivery = delivery?;
            take(&delivery);
            delivery.ack(BasicAckOptions::default()).await?;
        }
        anyhow::bail!("the broker went away")
    }
}

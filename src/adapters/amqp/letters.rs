//! What a message was wrapped in, kept with it while it is parked and put around it
//! again when it is replayed; and the queue in which the broker itself parks.

use super::consume::{Delivery, Garbled};
use super::{Fetched, connect, garbled, topology};
use anyhow::Context;
use futures_util::StreamExt;
use lapin::options::{BasicConsumeOptions, BasicQosOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Connection, Consumer};
use serde::{Deserialize, Serialize};

/// The properties of a message. Its expiration is not among them: what expired while
/// it was parked would die a second time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Envelope {
    pub content_type: Option<String>,
    pub content_encoding: Option<String>,
    pub message_id: Option<String>,
    pub correlation_id: Option<String>,
    pub reply_to: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub app_id: Option<String>,
    pub timestamp: Option<u64>,
    pub(super) headers: FieldTable,
}

impl Envelope {
    fn of(properties: &BasicProperties) -> Self {
        let text = |text: &Option<ShortString>| text.as_ref().map(ToString::to_string);
        Self {
            content_type: text(properties.content_type()),
            content_encoding: text(properties.content_encoding()),
            message_id: text(properties.message_id()),
            correlation_id: text(properties.correlation_id()),
            reply_to: text(properties.reply_to()),
            kind: text(properties.kind()),
            app_id: text(properties.app_id()),
            timestamp: *properties.timestamp(),
            headers: properties.headers().clone().unwrap_or_default(),
        }
    }

    /// A header that is a text.
    pub fn text(&self, name: &str) -> Option<String> {
        text_of(self.headers.inner().get(name)?)
    }

    /// A header that is a count, however its sender wrote numbers.
    pub fn count(&self, name: &str) -> Option<i64> {
        count_of(self.headers.inner().get(name)?)
    }

    /// Why the broker parked it first: RabbitMQ's `x-first-death-reason`, or the last
    /// of `x-death` where an older one wrote only that.
    ///
    /// Whatever has waited in a retry queue has expired there first: of such a one the
    /// delivery limit is the cause, wherever it stands among its deaths.
    pub fn died_of(&self) -> Option<String> {
        let deaths = self.deaths();
        let limit = deaths.iter().find(|reason| *reason == "delivery_limit");
        let first = || self.text("x-first-death-reason");
        limit.cloned().or_else(first).or(deaths.first().cloned())
    }

    fn deaths(&self) -> Vec<String> {
        let Some(AMQPValue::FieldArray(deaths)) = self.headers.inner().get("x-death") else {
            return Vec::new();
        };
        let reason = |death: &AMQPValue| match death {
            AMQPValue::FieldTable(death) => text_of(death.inner().get("reason")?),
            _ => None,
        };
        deaths.as_slice().iter().filter_map(reason).collect()
    }

    /// As its sender sent it: what the broker and we have noted on the way is gone,
    /// or a replay would begin with the counts of its first life.
    pub(super) fn properties(&self) -> BasicProperties {
        type With = fn(BasicProperties, ShortString) -> BasicProperties;
        let kept: [(&Option<String>, With); 7] = [
            (&self.content_type, BasicProperties::with_content_type),
            (
                &self.content_encoding,
                BasicProperties::with_content_encoding,
            ),
            (&self.message_id, BasicProperties::with_message_id),
            (&self.correlation_id, BasicProperties::with_correlation_id),
            (&self.reply_to, BasicProperties::with_reply_to),
            (&self.kind, BasicProperties::with_type),
            (&self.app_id, BasicProperties::with_app_id),
        ];
        let mut properties = BasicProperties::default();
        for (value, with) in kept {
            let value = value.clone().map(ShortString::try_new);
            if let Some(Ok(value)) = value {
                properties = with(properties, value);
            }
        }
        if let Some(at) = self.timestamp {
            properties = properties.with_timestamp(at);
        }
        let mut own = FieldTable::default();
        for (name, value) in &self.headers {
            if !is_note(name.as_str()) {
                own.insert(name.clone(), value.clone());
            }
        }
        properties.with_headers(own)
    }
}

/// A header that was written on the way.
fn is_note(name: &str) -> bool {
    let ours = name.starts_with("handoff-");
    let brokers = name == "x-death" || name == "x-delivery-count" || name == "x-acquired-count";
    ours || brokers || name.starts_with("x-first-death-") || name.starts_with("x-last-death-")
}

fn text_of(value: &AMQPValue) -> Option<String> {
    match value {
        AMQPValue::LongString(text) => Some(text.to_string()),
        AMQPValue::ShortString(text) => Some(text.to_string()),
        _ => None,
    }
}

fn count_of(value: &AMQPValue) -> Option<i64> {
    match value {
        AMQPValue::ShortShortInt(n) => Some((*n).into()),
        AMQPValue::ShortShortUInt(n) => Some((*n).into()),
        AMQPValue::ShortInt(n) => Some((*n).into()),
        AMQPValue::ShortUInt(n) => Some((*n).into()),
        AMQPValue::LongInt(n) => Some((*n).into()),
        AMQPValue::LongUInt(n) => Some((*n).into()),
        AMQPValue::LongLongInt(n) => Some(*n),
        other => text_of(other)?.parse().ok(),
    }
}

impl Delivery {
    pub fn envelope(&self) -> Envelope {
        Envelope::of(self.properties())
    }
}

/// One connection that empties a channel's dead-letter queue.
pub struct DeadLetters {
    connection: Connection,
    consumer: Consumer,
}

/// Messages held at a time. Prefetch counts messages and not bytes, and each may have
/// 128 MiB, the broker's own bound: what it parks is rare, so few are enough.
const AT_A_TIME: u16 = 4;

impl DeadLetters {
    /// The queue must be there: whoever consumes the channel's own queue declares it.
    /// One by one where a message has broken the connection: then no other is held
    /// when the next one breaks it.
    pub async fn open(
        url: &str,
        queue: &str,
        name: &str,
        one_by_one: bool,
    ) -> anyhow::Result<Self> {
        let connection = connect(url, &format!("handoff {name} dead letters")).await?;
        let channel = connection.create_channel().await?;
        let qos = channel.basic_qos(
            if one_by_one { 1 } else { AT_A_TIME },
            BasicQosOptions::default(),
        );
        qos.await?;
        let dead = topology::dead_letter_queue(queue);
        let consuming = channel.basic_consume(
            dead.as_str().into(),
            ShortString::from(format!("handoff-{name}-dead-letters")),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        );
        let consumer = consuming.await;
        Ok(Self {
            connection,
            consumer: consumer.context("consuming from the dead-letter queue")?,
        })
    }

    /// The next one; `None` when the broker cancelled us or went away.
    pub async fn next(&mut self) -> anyhow::Result<Option<Delivery>> {
        match self.consumer.next().await {
            Some(Ok(inner)) => Ok(Some(Delivery::new(inner))),
            Some(Err(error)) if matches!(error.kind(), lapin::ErrorKind::ParsingError(_)) => {
                Err(Garbled.into())
            }
            Some(Err(error)) => Err(error).context("the broker went away"),
            None => Ok(None),
        }
    }

    /// The first message by hand, where its properties are what breaks connections.
    pub async fn fetch(url: &str, queue: &str) -> anyhow::Result<Option<Fetched>> {
        garbled::fetch(url, &topology::dead_letter_queue(queue)).await
    }

    pub async fn close(self) {
        // Already gone is as good as closed.
        let _ = self.connection.close(200, "stopping".into()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(text: &str) -> AMQPValue {
        AMQPValue::LongString(text.into())
    }

    fn death(reason: &str) -> AMQPValue {
        let mut death = FieldTable::default();
        death.insert("reason".into(), long(reason));
        AMQPValue::FieldArray(vec![AMQPValue::FieldTable(death)].into())
    }

    #[test]
    fn an_envelope_survives_its_record_and_is_replayed_as_it_was_sent() {
        let mut headers = FieldTable::default();
        headers.insert("engine-route".into(), long("adt-7"));
        headers.insert("odd".into(), AMQPValue::LongString(vec![0xff, 0xfe].into()));
        headers.insert("x-death".into(), death("delivery_limit"));
        headers.insert("handoff-attempts".into(), AMQPValue::LongLongInt(3));
        let sent = BasicProperties::default()
            .with_message_id("m-1".into())
            .with_reply_to("replies".into())
            .with_expiration("1000".into())
            .with_timestamp(7)
            .with_headers(headers);
        let envelope = Envelope::of(&sent);
        let kept = serde_json::to_vec(&envelope).unwrap();
        let kept: Envelope = serde_json::from_slice(&kept).unwrap();
        assert_eq!(kept, envelope);
        assert_eq!(kept.died_of().as_deref(), Some("delivery_limit"));
        assert_eq!(kept.count("handoff-attempts"), Some(3));
        let again = kept.properties();
        assert_eq!(again.message_id(), sent.message_id());
        assert_eq!(again.reply_to(), sent.reply_to());
        assert_eq!(again.timestamp(), &Some(7));
        assert_eq!(
            again.expiration(),
            &None,
            "it would die a second time of that"
        );
        let headers = again.headers().clone().unwrap();
        let names: Vec<&str> = headers.inner().keys().map(ShortString::as_str).collect();
        assert_eq!(names, ["engine-route", "odd"]);
    }

    #[test]
    fn the_first_death_is_the_cause() {
        let mut headers = FieldTable::default();
        headers.insert("x-death".into(), death("rejected"));
        headers.insert("x-first-death-reason".into(), long("delivery_limit"));
        let envelope = Envelope {
            headers,
            ..Envelope::default()
        };
        assert_eq!(envelope.died_of().as_deref(), Some("delivery_limit"));
        // Set aside once, and given up by the broker later.
        let mut headers = FieldTable::default();
        headers.insert("x-death".into(), death("delivery_limit"));
        headers.insert("x-first-death-reason".into(), long("expired"));
        let envelope = Envelope {
            headers,
            ..Envelope::default()
        };
        assert_eq!(envelope.died_of().as_deref(), Some("delivery_limit"));
        assert_eq!(Envelope::default().died_of(), None);
    }
}

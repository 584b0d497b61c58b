//! A House whose channel takes its events from a real broker, with its worker in
//! this process; and a client of that broker.

use super::house::House;
use super::{eventually, needs, stays};
use handoff::adapters::sql::{DeadLetter, Letters};
use handoff::app::channels;
use handoff::app::config::Settings;
use handoff::app::dead_letters::{self, Opened};
use handoff::app::worker;
use handoff::domain::channel::Channel;
use handoff::domain::dead_letter::Standing;
use handoff::domain::measures::Span;
use handoff::domain::retry::Steps;
use lapin::options::{
    BasicAckOptions, BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions,
    QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Confirmation, Connection, ConnectionProperties};
use sqlx::Executor;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::RwLockReadGuard;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub struct Wired {
    pub house: House,
    pub queue: String,
    pub amqp: String,
    /// What there is to ask of the broker.
    client: lapin::Channel,
    _connection: Connection,
    working: Option<(JoinHandle<()>, CancellationToken)>,
    _broker: Option<RwLockReadGuard<'static, ()>>,
}

/// A message as it lies in a queue: its headers that are text or numbers, its body.
pub struct Lying {
    pub headers: Vec<(String, String)>,
    pub correlation_id: Option<String>,
    pub body: Vec<u8>,
}

impl Lying {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

pub fn seconds(steps: &[u64]) -> Steps {
    let steps: Vec<Span> = steps.iter().copied().map(Span::seconds).collect();
    Steps::try_from(steps).unwrap()
}

impl Wired {
    /// The channel `stays` with these lines more, those of its source last. Its worker
    /// does not run yet.
    pub async fn open(
        amqp: &str,
        database: Option<String>,
        (more, source): (&str, &str),
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let broker = Some(needs::BROKER.read().await);
        Self {
            _broker: broker,
            ..Self::alone(amqp, database, (more, source), change).await
        }
    }

    /// For a test that holds the broker for itself.
    pub async fn alone(
        amqp: &str,
        database: Option<String>,
        (more, source): (&str, &str),
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let queue = format!("w{}", uuid::Uuid::new_v4().simple());
        let text = format!(
            "{}{more}source:\n  rabbitmq:\n    queue: {queue}\n{source}",
            stays::STAYS
        );
        let (channels, errors) = channels::parse(&[("stays.yaml".into(), text.clone())]);
        assert!(errors.is_empty(), "{}", errors[0]);
        let url = amqp.to_owned();
        let house = House::set(database, channels, |settings| {
            settings.amqp_url = Some(url);
            settings.channels = settings.keys.with_file_name("channels");
            std::fs::create_dir(&settings.channels).unwrap();
            std::fs::write(settings.channels.join("stays.yaml"), text).unwrap();
            change(settings);
        })
        .await;
        let connection = Connection::connect(amqp, ConnectionProperties::default());
        let connection = connection.await.unwrap();
        let client = connection.create_channel().await.unwrap();
        let confirm = ConfirmSelectOptions::default();
        client.confirm_select(confirm).await.unwrap();
        Self {
            house,
            queue,
            amqp: amqp.to_owned(),
            client,
            _connection: connection,
            working: None,
            _broker: None,
        }
    }

    pub fn channel(&self) -> &Arc<Channel> {
        &self.house.world.channels[0]
    }

    /// Starts the worker; waits until its queues are there.
    pub async fn work(&mut self) {
        self.start_worker();
        eventually("the worker consumes", || async {
            self.consumers(&self.queue).await.filter(|count| *count > 0)
        })
        .await;
    }

    pub fn start_worker(&mut self) {
        let stop = CancellationToken::new();
        let (world, channel) = (Arc::clone(&self.house.world), Arc::clone(self.channel()));
        let worker = tokio::spawn(worker::run(world, channel, stop.clone()));
        self.working = Some((worker, stop));
    }

    pub async fn stop_worker(&mut self) {
        if let Some((worker, stop)) = self.working.take() {
            stop.cancel();
            worker.await.unwrap();
        }
    }

    /// The test's own client, after the broker was gone.
    pub async fn reconnected(mut self) -> Self {
        let connection = Connection::connect(&self.amqp, ConnectionProperties::default());
        self._connection = connection.await.unwrap();
        self.client = self._connection.create_channel().await.unwrap();
        let confirm = ConfirmSelectOptions::default();
        self.client.confirm_select(confirm).await.unwrap();
        self
    }

    pub async fn publish(&self, id: &str, body: &[u8]) {
        self.publish_with(id, body, BasicProperties::default())
            .await;
    }

    pub async fn publish_with(&self, id: &str, body: &[u8], properties: BasicProperties) {
        let properties = properties
            .with_message_id(id.into())
            .with_delivery_mode(2)
            .with_content_type("application/hl7-v2".into());
        let mandatory = BasicPublishOptions {
            mandatory: true,
            ..BasicPublishOptions::default()
        };
        let published = self
            .client
            .basic_publish(
                "".into(),
                self.queue.as_str().into(),
                mandatory,
                body,
                properties,
            )
            .await
            .unwrap();
        let confirmed = published.await.unwrap();
        assert_eq!(confirmed, Confirmation::Ack(None), "it was not taken");
    }

    /// The worker makes its queue in its own time.
    pub async fn publish_when_there(&self, body: &[u8]) {
        eventually("the worker consumes", || async {
            self.consumers(&self.queue).await.filter(|count| *count > 0)
        })
        .await;
        self.publish("m-there", body).await;
    }

    /// Messages that are ready in a queue; `None` where there is no such queue.
    pub async fn ready(&self, queue: &str) -> Option<u32> {
        self.look(queue).await.map(|found| found.0)
    }

    pub async fn consumers(&self, queue: &str) -> Option<u32> {
        self.look(queue).await.map(|found| found.1)
    }

    async fn look(&self, queue: &str) -> Option<(u32, u32)> {
        let channel = self._connection.create_channel().await.unwrap();
        let look = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::default()
        };
        let found = channel.queue_declare(queue.into(), look, FieldTable::default());
        let found = found.await.ok()?;
        let counts = (found.message_count(), found.consumer_count());
        channel.close(200, "looked".into()).await.unwrap();
        Some(counts)
    }

    pub async fn declare(&self, queue: &str, arguments: FieldTable) {
        let durable = QueueDeclareOptions {
            durable: true,
            ..QueueDeclareOptions::default()
        };
        let declared = self.client.queue_declare(queue.into(), durable, arguments);
        declared.await.unwrap();
    }

    pub async fn delete(&self, queue: &str) {
        let deleted = self
            .client
            .queue_delete(queue.into(), QueueDeleteOptions::default());
        deleted.await.unwrap();
    }

    /// How many events wait in the retry queues.
    pub async fn aside(&self) -> u32 {
        let mut waiting = 0;
        for wait in self.house.world.settings.retry_after.all() {
            let queue = format!("{}.retry.{wait}", self.queue);
            waiting += self.ready(&queue).await.unwrap_or_default();
        }
        waiting
    }

    /// Dead letters that wait for a person.
    pub async fn parked(&self) -> u32 {
        let world = &self.house.world;
        let (which, now) = (waiting(), world.clock.now());
        let count = world.store.count_dead_letters(&which, now).await;
        u32::try_from(count.unwrap()).unwrap()
    }

    /// The newest dead letter, and what it was.
    pub async fn letter(&self) -> (DeadLetter, Opened) {
        let world = &self.house.world;
        let letter = eventually("a dead letter", || async {
            let now = world.clock.now();
            let letters = world.store.dead_letters(&waiting(), 1, now).await.unwrap();
            letters.into_iter().next()
        })
        .await;
        let stored = world.store.dead_letter(&letter.id, world.clock.now()).await;
        let stored = stored.unwrap().expect("it was there a moment ago");
        let opened = dead_letters::open(world, &stored).await.unwrap();
        (letter, opened.expect("what it said is kept"))
    }

    /// Takes the next message of a queue.
    pub async fn take(&self, queue: &str) -> Lying {
        let message = eventually(&format!("a message in {queue}"), || async {
            let get = BasicGetOptions::default();
            self.client.basic_get(queue.into(), get).await.unwrap()
        })
        .await;
        let ack = BasicAckOptions::default();
        message.delivery.ack(ack).await.unwrap();
        let properties = &message.delivery.properties;
        let headers = properties.headers().clone().unwrap_or_default();
        let headers = headers.inner().iter();
        Lying {
            headers: headers
                .filter_map(|(name, value)| Some((name.to_string(), text(value)?)))
                .collect(),
            correlation_id: properties
                .correlation_id()
                .as_ref()
                .map(ToString::to_string),
            body: message.delivery.data.clone(),
        }
    }

    /// The handoffs that were made, in the order they were.
    pub async fn handoffs(&self) -> Vec<String> {
        let store = &self.house.world.store;
        let now = self.house.world.clock.now();
        let mut made = Vec::new();
        for handoff in store.handoffs(None, 1000, now).await.unwrap() {
            let audit = store.audit_of(&handoff.id).await.unwrap();
            made.push((audit[0].sequence, handoff.id));
        }
        made.sort();
        made.into_iter().map(|(_, id)| id).collect()
    }

    pub async fn until_handed_over(&self, count: usize) -> Vec<String> {
        eventually(&format!("{count} handoffs"), || async {
            let made = self.handoffs().await;
            (made.len() == count).then_some(made)
        })
        .await
    }

    /// Every commit fails by itself from now on, while the store answers.
    pub async fn break_commits(&self) {
        self.sql("ALTER TABLE link_file RENAME TO link_file_gone")
            .await;
    }

    pub async fn mend_commits(&self) {
        self.sql("ALTER TABLE link_file_gone RENAME TO link_file")
            .await;
    }

    pub async fn sql(&self, text: &'static str) {
        sqlx::any::install_default_drivers();
        let url = &self.house.world.settings.database_url;
        let pool = sqlx::AnyPool::connect(url).await.unwrap();
        pool.execute(text).await.unwrap();
        pool.close().await;
    }

    /// A file in its folder's place: staging is away.
    pub fn staging_away(&self) {
        let staged = self.house.folder.path().join("staged");
        std::fs::rename(&staged, staged.with_file_name("away")).unwrap();
        std::fs::write(&staged, "").unwrap();
    }

    pub fn staging_back(&self) {
        let staged = self.house.folder.path().join("staged");
        std::fs::remove_file(&staged).unwrap();
        std::fs::rename(staged.with_file_name("away"), &staged).unwrap();
    }

    /// Lets the house's clock run, a second in each twentieth of one.
    pub fn run_clock(&self) -> JoinHandle<()> {
        let clock = self.house.world.clock.clone();
        tokio::spawn(async move {
            loop {
                clock.advance(Duration::from_secs(1));
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
    }

    /// Leaves nothing on the broker; the ledger must add up.
    pub async fn leave(mut self) {
        self.stop_worker().await;
        let waits = self.house.world.settings.retry_after.clone();
        handoff::adapters::amqp::remove(&self.amqp, self.channel(), waits.all())
            .await
            .unwrap();
        self.house.send_all().await;
        self.house.leave().await;
    }
}

fn waiting() -> Letters {
    Letters {
        state: Some(Standing::Parked),
        ..Letters::default()
    }
}

fn text(value: &AMQPValue) -> Option<String> {
    match value {
        AMQPValue::LongString(text) => Some(text.to_string()),
        AMQPValue::LongLongInt(number) => Some(number.to_string()),
        _ => None,
    }
}

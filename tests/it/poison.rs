//! A flood of messages that nobody can read, with good ones among them: the good ones
//! are delivered, each bad one is a dead letter with its reason, memory stays bounded
//! and the log readable. `HANDOFF_LONG=1` makes it a hundred thousand.

use crate::support::Service;
use crate::support::messages::{DISCHARGE, fixture, fresh};
use crate::support::needs::{databases, needs};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use lapin::options::{
    BasicPublishOptions, ConfirmSelectOptions, ExchangeDeclareOptions, QueueBindOptions,
    QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ExchangeKind};
use sqlx::{AnyConnection, Connection as _, Row};
use std::time::{Duration, Instant};

struct Flood {
    poison: usize,
    good: usize,
    /// One of so many is of twenty megabytes.
    huge_every: usize,
    within: Duration,
}

/// The process may hold a prefetch of these and what it makes of some: two or three
/// huge ones at a time, five copies of each at the worst.
const MEMORY: u64 = 700 << 20;
const HUGE: usize = 20 << 20;
/// As much as a window holds, times two: of parking, and of reading.
const LINES_IN_TEN_SECONDS: usize = 40;

impl Flood {
    fn asked() -> Self {
        let long = std::env::var("HANDOFF_LONG").is_ok_and(|value| value == "1");
        match long {
            true => Self {
                poison: 100_000,
                good: 1_000,
                huge_every: 5_000,
                within: Duration::from_secs(1800),
            },
            false => Self {
                poison: 2_000,
                good: 50,
                huge_every: 700,
                within: Duration::from_secs(300),
            },
        }
    }
}

/// Small, fast, and the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, most: usize) -> usize {
        (self.roll() % most as u64) as usize
    }

    fn bytes(&mut self, many: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(many + 8);
        while bytes.len() < many {
            bytes.extend(self.roll().to_le_bytes());
        }
        bytes.truncate(many);
        bytes
    }
}

/// What poison is made of.
struct Cuttings {
    hl7: Vec<u8>,
    json: Vec<u8>,
    cda: Vec<u8>,
}

impl Cuttings {
    fn new() -> Self {
        // Cut before they say whom they are about: v2 has no end mark, and a message
        // that names its patient is a message.
        let before = |bytes: Vec<u8>, mark: &str| {
            let place = bytes
                .windows(mark.len())
                .position(|part| part == mark.as_bytes());
            bytes[..place.unwrap()].to_vec()
        };
        Self {
            hl7: before(fixture(DISCHARGE), "PID|"),
            json: fixture("fhir/bundle_message_discharge.json"),
            cda: before(fixture("cda/discharge_summary.xml"), "<recordTarget"),
        }
    }

    fn poison(&self, n: usize, huge: bool, dice: &mut Dice) -> Vec<u8> {
        let many = if huge { HUGE } else { 20 + dice.below(3000) };
        match n % 6 {
            0 => dice.bytes(many),
            1 => [b"MSH|^~\\&|", &dice.bytes(many)[..]].concat(),
            2 => {
                let segments = b"OBX|1|NM|2823-3^Potassium^LN||4.1|mmol/L\r".repeat(many / 41 + 1);
                [&self.hl7[..], &segments].concat()
            }
            3 if huge => [
                &b"{\"resourceType\":\"Bundle\",\"x\":\""[..],
                &vec![b'x'; many],
            ]
            .concat(),
            3 => self.json[..1 + dice.below(self.json.len() - 2)].to_vec(),
            4 => self.cda[..20 + dice.below(self.cda.len() - 20)].to_vec(),
            _ => "[".repeat(many).into_bytes(),
        }
    }
}

/// Publishes with confirms, a few hundred under way.
struct Engine {
    channel: Channel,
    exchange: String,
    under_way: FuturesUnordered<lapin::PublisherConfirm>,
}

impl Engine {
    async fn publish(&mut self, id: &str, body: &[u8]) {
        let properties = BasicProperties::default()
            .with_delivery_mode(2)
            .with_message_id(id.into());
        let publishing = self.channel.basic_publish(
            self.exchange.as_str().into(),
            "adt.a03.flood".into(),
            BasicPublishOptions::default(),
            body,
            properties,
        );
        self.under_way.push(publishing.await.unwrap());
        while self.under_way.len() > 256 {
            self.under_way.next().await.unwrap().unwrap();
        }
    }

    async fn done(&mut self) {
        while let Some(confirmed) = self.under_way.next().await {
            confirmed.unwrap();
        }
    }
}

async fn engine(amqp: &str, service: &Service) -> (Connection, Engine) {
    let connection = Connection::connect(amqp, Default::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    channel
        .confirm_select(ConfirmSelectOptions::default())
        .await
        .unwrap();
    for exchange in [service.results(), service.notices()] {
        listen(&channel, &exchange).await;
    }
    let engine = Engine {
        exchange: service.exchange(),
        channel,
        under_way: FuturesUnordered::new(),
    };
    (connection, engine)
}

/// Somebody listens to an exchange, and keeps few messages.
async fn listen(channel: &Channel, exchange: &str) {
    let durable = ExchangeDeclareOptions {
        durable: true,
        ..Default::default()
    };
    let (topic, none) = (ExchangeKind::Topic, FieldTable::default());
    let exchanging = channel.exchange_declare(exchange.into(), topic, durable, none);
    exchanging.await.unwrap();
    let mut few = FieldTable::default();
    few.insert("x-max-length".into(), AMQPValue::LongInt(100));
    let queue = format!("{exchange}.heard");
    let declare = QueueDeclareOptions::default();
    let queueing = channel.queue_declare(queue.as_str().into(), declare, few);
    queueing.await.unwrap();
    let options = QueueBindOptions::default();
    let none = FieldTable::default();
    let binding = channel.queue_bind(
        queue.as_str().into(),
        exchange.into(),
        "#".into(),
        options,
        none,
    );
    binding.await.unwrap();
}

async fn count(database: &mut AnyConnection, sql: &'static str) -> usize {
    let row = sqlx::query(sql).fetch_one(database).await.unwrap();
    row.get::<i64, _>(0) as usize
}

/// The most memory that the process ever held, in bytes.
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let number = line.unwrap().split_whitespace().nth(1).unwrap();
    number.parse::<u64>().unwrap() << 10
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_poison_costs_no_good_message_no_memory_and_no_log() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    let flood = Flood::asked();
    for database in databases().await {
        drown(&amqp, database.as_deref(), &flood).await;
    }
}

async fn drown(amqp: &str, database: Option<&str>, flood: &Flood) {
    let mut service = Service::prepare(Some(amqp), database);
    // What a packet looks like is not what this is about; drawing it takes its time.
    let channel = service.folder.path().join("channels/discharge.yaml");
    let text = std::fs::read_to_string(&channel).unwrap();
    std::fs::write(
        &channel,
        text.replace("[pdf, fhir-document]", "[fhir-document]"),
    )
    .unwrap();
    service.start(None).await;
    service.consuming().await;
    let (connection, mut engine) = engine(amqp, &service).await;
    let began = Instant::now();
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    let cuttings = Cuttings::new();
    let every = flood.poison / flood.good;
    for n in 0..flood.poison {
        let huge = n % flood.huge_every == flood.huge_every - 1;
        let body = cuttings.poison(n, huge, &mut dice);
        engine.publish(&format!("poison-{n}"), &body).await;
        if n % every == every / 2 {
            let (body, id) = fresh(DISCHARGE, jiff::Timestamp::now());
            engine.publish(&id, &body).await;
        }
    }
    engine.done().await;
    let published = began.elapsed();

    sqlx::any::install_default_drivers();
    let state = format!("sqlite:{}", service.state().join("handoff.db").display());
    let mut store = AnyConnection::connect(database.unwrap_or(&state))
        .await
        .unwrap();
    eprintln!("published in {published:.1?}");
    let mut seen = (0, 0);
    let mut told = Instant::now();
    while seen != (flood.poison, flood.good) {
        assert!(
            began.elapsed() < flood.within,
            "{seen:?} after {:?}\n{}",
            began.elapsed(),
            service.log()
        );
        tokio::time::sleep(Duration::from_millis(500)).await;
        if told.elapsed() > Duration::from_secs(10) {
            told = Instant::now();
            eprintln!("{seen:?} after {:.0?}", began.elapsed());
        }
        seen = (
            count(&mut store, "SELECT COUNT(*) FROM dead_letter WHERE state = 'parked' AND reason <> '' AND sealed IS NOT NULL").await,
            count(&mut store, "SELECT COUNT(*) FROM handoff WHERE state = 'open'").await,
        );
    }
    let took = began.elapsed();
    assert_eq!(
        count(&mut store, "SELECT COUNT(*) FROM handoff").await,
        flood.good
    );
    assert_eq!(
        count(&mut store, "SELECT COUNT(*) FROM dead_letter").await,
        flood.poison
    );
    // Notices about the good ones do not wait behind the answers to the bad ones.
    let waiting = "SELECT COUNT(*) FROM outbox WHERE sent_at IS NULL AND handoff IS NOT NULL";
    for _ in 0..200 {
        if count(&mut store, waiting).await == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(count(&mut store, waiting).await, 0);
    let held = peak(service.process());
    let log = service.log();
    let lines = |what: &str| log.lines().filter(|line| line.contains(what)).count();
    let loud = lines("parked") + lines("could not be read") + lines("not sent");
    let windows = began.elapsed().as_secs() as usize / 10 + 2;
    eprintln!(
        "{} poisoned and {} good ({}): published in {published:.1?}, all settled after {took:.1?}; peak {} MiB; {loud} lines of {}",
        flood.poison,
        flood.good,
        database.map_or("SQLite", |_| "PostgreSQL"),
        held >> 20,
        log.lines().count(),
    );
    assert!(held < MEMORY, "{} MiB", held >> 20);
    assert!(
        loud <= LINES_IN_TEN_SECONDS * windows,
        "{loud} lines in {took:?}"
    );
    assert!(
        log.lines().count() <= LINES_IN_TEN_SECONDS * windows + 20 * flood.good,
        "{} lines",
        log.lines().count()
    );
    let summary = service.run(&["dead-letters", "list", "--summary"]);
    assert!(summary.status.success());
    assert!(service.run(&["audit", "verify"]).status.success());
    connection.close(200, "done".into()).await.unwrap();
    service.stop().await;
}

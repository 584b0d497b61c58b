//! More comes than fits: what is held ahead is bounded by its bytes, not by its
//! number alone, and one channel's storm leaves the other its places.

use crate::support::messages::{DISCHARGE, fresh};
use crate::support::needs::needs;
use crate::support::{Service, eventually};
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};

const LARGE: usize = 10 << 20;
const STORM: usize = 32;
/// What the program may hold of bodies (`held-megabytes`).
const HELD: u64 = 32;
/// What it takes beside them: itself (60 MiB), a body on its way in, one on its way
/// out, and what is read of the next. Without a bound the whole storm is held at once.
const BESIDE: u64 = 200;

async fn client(amqp: &str) -> (Connection, Channel) {
    let connection = Connection::connect(amqp, ConnectionProperties::default());
    let connection = connection.await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    let confirm = ConfirmSelectOptions::default();
    channel.confirm_select(confirm).await.unwrap();
    (connection, channel)
}

async fn publish(channel: &Channel, queue: &str, body: &[u8]) {
    let options = BasicPublishOptions::default();
    let properties = BasicProperties::default();
    let published = channel.basic_publish("".into(), queue.into(), options, body, properties);
    published.await.unwrap().await.unwrap();
}

async fn ready(connection: &Connection, queue: &str) -> u32 {
    let channel = connection.create_channel().await.unwrap();
    let look = QueueDeclareOptions {
        passive: true,
        ..QueueDeclareOptions::default()
    };
    let found = channel.queue_declare(queue.into(), look, FieldTable::default());
    let count = found.await.unwrap().message_count();
    channel.close(200, "looked".into()).await.unwrap();
    count
}

/// In MiB, the most it ever had.
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib / 1024
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_large_messages_grows_no_memory_past_the_bound() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    let mut service = Service::prepare(Some(&amqp), None);
    service.set("HANDOFF_HELD_MEGABYTES", &HELD.to_string());
    service.start(None).await;
    service.consuming().await;
    let (connection, channel) = client(&amqp).await;
    let queue = service.queue();
    let dead = format!("{queue}.dead");
    // Small ones first: by now the broker hands over as many as the channel says.
    for number in 0..45 {
        publish(&channel, &queue, format!("no message {number}").as_bytes()).await;
    }
    let parked = |service: &Service| {
        let listed = service.json(&["dead-letters", "list", "--json", "--limit", "10000"]);
        listed.as_array().unwrap().len()
    };
    eventually("they are parked", || async {
        (parked(&service) == 45).then_some(())
    })
    .await;
    service.stop().await;
    let mut storm = vec![b'x'; LARGE];
    for number in 45..90 {
        publish(&channel, &queue, format!("no message {number}").as_bytes()).await;
    }
    for number in 0..STORM {
        // The same body twice would be one dead letter.
        storm[..8].copy_from_slice(&number.to_be_bytes());
        publish(&channel, &queue, &storm).await;
    }
    service.start(None).await;
    let before = peak(service.process());
    // The other channel's event comes through in the middle of it.
    let (referral, _) = fresh("hl7v2/ref_i12_referral.hl7", jiff::Timestamp::now());
    let other = queue.replace("discharge", "referral");
    publish(&channel, &other, &referral).await;
    let (discharge, _) = fresh(DISCHARGE, jiff::Timestamp::now());
    publish(&channel, &queue, &discharge).await;
    eventually("both are handed over", || async {
        let found = service.json(&["list", "--json"]);
        (found.as_array().unwrap().len() == 2).then_some(())
    })
    .await;
    eventually("all of the storm is parked", || async {
        (parked(&service) == 90 + STORM).then_some(())
    })
    .await;
    let most = peak(service.process());
    eprintln!(
        "{STORM} bodies of {} MiB: {before} MiB before, {most} MiB at most",
        LARGE >> 20
    );
    assert!(most < HELD + BESIDE, "{most} MiB");
    assert_eq!(ready(&connection, &queue).await, 0);
    service.stop().await;
    for name in [&queue, &dead] {
        let options = lapin::options::QueueDeleteOptions::default();
        channel
            .queue_delete(name.as_str().into(), options)
            .await
            .unwrap();
    }
}

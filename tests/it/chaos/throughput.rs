//! What a second node is worth: events in a second of one worker, and of two, each
//! process with four tenths of a processor. `tests/bench/run nodes` runs it.

use super::cluster::{Cluster, Roles};
use super::plan::{Item, Plan};
use super::servers::Servers;
use super::{Keep, Traffic, ledger};
use std::sync::Arc;
use std::time::{Duration, Instant};

const SHARE: f32 = 0.4;
const EVENTS: usize = 600;
const PROMISED: f64 = 1.6;

const ONE: [Roles; 2] = [
    ("worker-1", &["worker"]),
    ("gateway-1", &["gateway", "outbox", "sweeper"]),
];
const TWO: [Roles; 4] = [
    ("worker-1", &["worker"]),
    ("worker-2", &["worker"]),
    ("gateway-1", &["gateway", "outbox", "sweeper"]),
    ("gateway-2", &["gateway", "outbox", "sweeper"]),
];

/// Events in a second, from the first tenth to the last event; the ledger is exact.
async fn rate(nodes: &[Roles]) -> f64 {
    let servers = Servers::start().await.expect("servers of its own");
    let plan = Arc::new(Plan {
        seed: 1,
        good: EVENTS,
        poison: 0,
        items: (0..EVENTS).map(Item::Good).collect(),
        faults: Vec::new(),
        window: EVENTS,
    });
    let formats = ["pdf", "fhir-document"];
    let cluster = Cluster::start_with(servers, nodes, &formats, Some(SHARE)).await;
    let _keep = Keep(Arc::clone(&cluster));
    let traffic = Traffic::start(&cluster, &plan).await;
    reached(&cluster, EVENTS / 10).await;
    let began = Instant::now();
    reached(&cluster, EVENTS).await;
    let took = began.elapsed().as_secs_f64();
    let Traffic {
        seen,
        publishing,
        _tasks,
    } = traffic;
    publishing.await.unwrap();
    ledger::drained(&cluster, &plan, &seen).await;
    ledger::closed(&cluster).await;
    ledger::balanced(&cluster, &plan, &seen).await;
    (EVENTS - EVENTS / 10) as f64 / took
}

async fn reached(cluster: &Cluster, many: usize) {
    let handoffs = "SELECT COUNT(*) FROM handoff";
    while ledger::count(cluster, handoffs).await.unwrap() < many as i64 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_do_more_than_one() {
    if std::env::var("HANDOFF_TEST_THROUGHPUT").as_deref() != Ok("1") {
        eprintln!("left out: tests/bench/run nodes measures it");
        return;
    }
    let one = rate(&ONE).await;
    let two = rate(&TWO).await;
    let ratio = two / one;
    eprintln!(
        "one worker {one:.1} events/s, two workers and two gateways {two:.1}: {ratio:.2} times, {PROMISED} promised"
    );
    assert!(ratio >= PROMISED, "{ratio:.2}");
}

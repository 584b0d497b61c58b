//! Servers and processes are killed, stopped, blocked and frozen under load, by a
//! plan that one seed decides; then the ledger must be exact.

mod away;
mod cluster;
mod kills;
mod ledger;
mod load;
mod plan;
mod servers;
mod share;
mod throughput;

use crate::support::broker::Client;
use cluster::{Cluster, WHOLE};
use load::Seen;
use plan::Plan;
use servers::Servers;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Says where all the logs are, if the test ends badly.
pub struct Keep(pub Arc<Cluster>);

impl Drop for Keep {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what all processes said: {}", self.0.keep_logs().display());
        }
    }
}

/// Whether the runs of an hour are asked for; a word where they are not.
pub fn long_run() -> bool {
    let long = std::env::var("HANDOFF_LONG").as_deref() == Ok("1");
    if !long {
        eprintln!("left out: tests/run --long sets HANDOFF_LONG");
    }
    long
}

async fn listening(cluster: &Cluster) {
    let client = Client::connect(&cluster.servers.amqp).await.unwrap();
    let service = &cluster.service;
    for exchange in [service.results(), service.notices()] {
        let queue = format!("{exchange}.seen");
        client.listen(&exchange, &queue).await.unwrap();
    }
}

/// Load, listeners and receivers; all end when it is dropped.
pub struct Traffic {
    pub seen: Arc<Seen>,
    pub publishing: tokio::task::JoinHandle<()>,
    _tasks: tokio::task::JoinSet<()>,
}

impl Traffic {
    pub async fn start(cluster: &Arc<Cluster>, plan: &Arc<Plan>) -> Self {
        listening(cluster).await;
        let seen = Arc::new(Seen::default());
        let mut tasks = tokio::task::JoinSet::new();
        let (files, taken) = tokio::sync::mpsc::unbounded_channel();
        let (house, heard) = (Arc::clone(cluster), Arc::clone(&seen));
        tasks.spawn(async move { load::listen(&house, &heard, files).await });
        tasks.spawn(load::receive(Arc::clone(cluster), Arc::clone(&seen), taken));
        let (house, heard, plan) = (Arc::clone(cluster), Arc::clone(&seen), Arc::clone(plan));
        let publishing = tokio::spawn(async move { load::publish(&house, &plan, &heard).await });
        Self {
            seen,
            publishing,
            _tasks: tasks,
        }
    }
}

async fn survives(seed: u64, good: usize, faults: usize) {
    let Some(servers) = Servers::start().await else {
        return;
    };
    let plan = Arc::new(Plan::new(seed, good, faults));
    eprintln!("{plan}");
    // What is quick to print: this is about processes.
    let cluster = Cluster::start(servers, &WHOLE, &["fhir-document"]).await;
    let _keep = Keep(Arc::clone(&cluster));
    let supervised = Arc::clone(&cluster);
    let supervisor = tokio::spawn(async move { supervised.supervise().await });
    let traffic = Traffic::start(&cluster, &plan).await;
    let began = Instant::now();
    for (after, fault) in &plan.faults {
        while traffic.seen.published.load(Ordering::SeqCst) < *after {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        eprintln!("{:>6.1} s  {fault}", began.elapsed().as_secs_f32());
        cluster.play(*fault).await;
    }
    let Traffic {
        seen,
        publishing,
        _tasks,
    } = traffic;
    publishing.await.unwrap();
    eprintln!("{:>6.1} s  all is published", began.elapsed().as_secs_f32());
    ledger::drained(&cluster, &plan, &seen).await;
    eprintln!("{:>6.1} s  all is drained", began.elapsed().as_secs_f32());
    supervisor.abort();
    let _ = supervisor.await;
    ledger::closed(&cluster).await;
    ledger::balanced(&cluster, &plan, &seen).await;
    eprintln!(
        "{:>6.1} s  balanced: {} whole downloads, {} resumed, {} whose answer was lost; {} revoked",
        began.elapsed().as_secs_f32(),
        seen.whole.lock().unwrap().len(),
        seen.resumed.load(Ordering::SeqCst),
        seen.lost.load(Ordering::SeqCst),
        seen.revoked.lock().unwrap().len(),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_is_exact_after_eight_faults() {
    survives(1, 500, 8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_is_exact_after_thirty_faults_on_three_seeds() {
    if long_run() {
        for seed in [1, 2, 3] {
            survives(seed, 5_000, 30).await;
        }
    }
}

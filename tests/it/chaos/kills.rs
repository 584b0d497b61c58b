//! One worker, killed again and again while it drains a queue.

use super::cluster::{Cluster, PAIR};
use super::plan::{Chance, Plan};
use super::servers::Servers;
use super::{Keep, Traffic, ledger, long_run};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Its kills are spread over the events, some a moment after a commit, some before.
async fn killed(times: usize, good: usize) {
    let Some(servers) = Servers::start().await else {
        return;
    };
    let plan = Arc::new(Plan {
        poison: 0,
        items: (0..good).map(super::plan::Item::Good).collect(),
        faults: Vec::new(),
        window: 100,
        seed: 1,
        good,
    });
    let cluster = Cluster::start(servers, &PAIR, &["pdf", "fhir-document"]).await;
    let _keep = Keep(Arc::clone(&cluster));
    let supervised = Arc::clone(&cluster);
    let supervisor = tokio::spawn(async move { supervised.supervise().await });
    let traffic = Traffic::start(&cluster, &plan).await;
    let (began, mut chance) = (Instant::now(), Chance::new(plan.seed));
    let mut killed = 0;
    while killed < times {
        let wanted = (killed + 1) * good / (times + 1);
        while ledger::count(&cluster, "SELECT COUNT(*) FROM handoff")
            .await
            .unwrap()
            < wanted as i64
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis(chance.below(200))).await;
        cluster.kill("worker-1");
        killed += 1;
    }
    let Traffic {
        seen,
        publishing,
        _tasks,
    } = traffic;
    publishing.await.unwrap();
    ledger::drained(&cluster, &plan, &seen).await;
    eprintln!(
        "{killed} kills, drained after {:.1} s",
        began.elapsed().as_secs_f32()
    );
    supervisor.abort();
    let _ = supervisor.await;
    ledger::closed(&cluster).await;
    ledger::balanced(&cluster, &plan, &seen).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_ten_times_loses_and_parks_nothing() {
    killed(10, 100).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_two_hundred_times_loses_and_parks_nothing() {
    if long_run() {
        killed(200, 2_000).await;
    }
}

//! What everything needs goes away for a while: readiness says so, nothing is acked
//! that is not kept, and the rest goes on by itself.

use super::cluster::{Cluster, PAIR};
use super::plan::{Item, Plan};
use super::servers::Servers;
use super::{Keep, Traffic, ledger};
use crate::support::eventually;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

async fn readiness(cluster: &Cluster) -> (u16, Value) {
    let answer = reqwest::get(format!("{}/readyz", cluster.gateways[0]))
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn says(cluster: &Cluster, part: &str, word: &str, status: u16) {
    eventually(&format!("{part} is {word}"), || async {
        let (said, parts) = readiness(cluster).await;
        (parts[part] == word && said == status).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_or_the_bucket_is_away_nothing_is_ready_and_nothing_is_lost() {
    let Some(servers) = Servers::start().await else {
        return;
    };
    let plan = Arc::new(Plan {
        seed: 1,
        good: 6,
        poison: 2,
        items: (0..6)
            .map(Item::Good)
            .chain((0..2).map(Item::Poison))
            .collect(),
        faults: Vec::new(),
        window: 100,
    });
    let cluster = Cluster::start(servers, &PAIR, &["fhir-document"]).await;
    let _keep = Keep(Arc::clone(&cluster));
    says(&cluster, "database", "ok", 200).await;
    cluster.servers.ctl("postgres", "stop");
    cluster.s3.lock().await.stop();
    says(&cluster, "database", "away", 503).await;
    says(&cluster, "staging", "away", 503).await;
    let traffic = Traffic::start(&cluster, &plan).await;
    let Traffic {
        seen,
        publishing,
        _tasks,
    } = traffic;
    publishing.await.unwrap();
    // A few tries of each: were one acked now, it would be missing at the end.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(seen.references(), 0);
    cluster.servers.ctl("postgres", "start");
    says(&cluster, "database", "ok", 503).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(
        ledger::count(&cluster, "SELECT COUNT(*) FROM handoff")
            .await
            .unwrap(),
        0
    );
    cluster.s3.lock().await.back().await;
    says(&cluster, "staging", "ok", 200).await;
    ledger::drained(&cluster, &plan, &seen).await;
    ledger::closed(&cluster).await;
    ledger::balanced(&cluster, &plan, &seen).await;
}

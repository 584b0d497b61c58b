//! What must be so when all is up and drained, to the last row and the last object.

use super::cluster::Cluster;
use super::load::{Seen, poison};
use super::plan::Plan;
use crate::support::broker::Client;
use crate::support::bucket::BUCKET;
use handoff::adapters::clock::Clock;
use handoff::adapters::digest::sha256_hex;
use handoff::adapters::keyring::Keyring;
use sqlx::{Connection, PgConnection};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// From the last event to an empty house.
const DRAINED_WITHIN: Duration = Duration::from_secs(300);

pub async fn count(cluster: &Cluster, sql: &'static str) -> anyhow::Result<i64> {
    let mut database = PgConnection::connect(&cluster.servers.database).await?;
    Ok(sqlx::query_scalar(sql).fetch_one(&mut database).await?)
}

async fn texts(cluster: &Cluster, sql: &'static str) -> BTreeSet<String> {
    let mut database = PgConnection::connect(&cluster.servers.database)
        .await
        .unwrap();
    let rows = sqlx::query_scalar::<_, String>(sql)
        .fetch_all(&mut database)
        .await;
    rows.unwrap().into_iter().collect()
}

/// The message ids of all that is parked. A record's name is a keyed hash of what the
/// message was: whichever poison has the same is meant.
pub async fn dead_letters(cluster: &Cluster, plan: &Plan) -> anyhow::Result<BTreeSet<String>> {
    let keys = cluster.service.state().join("keys");
    let keys = Keyring::open(&keys, &Clock::System)?;
    let identity = |channel: &str, number: usize| {
        let id = format!("poison-{number}");
        keys.index(&[
            "dead-letter".into(),
            channel.into(),
            id,
            sha256_hex(&poison(number)),
        ])
    };
    let mut database = PgConnection::connect(&cluster.servers.database).await?;
    let parked = "SELECT channel, identity FROM dead_letter WHERE state = 'parked'";
    let parked = sqlx::query_as::<_, (String, String)>(parked);
    let mut ids = BTreeSet::new();
    for (channel, name) in parked.fetch_all(&mut database).await? {
        let number = (0..plan.poison).find(|number| identity(&channel, *number) == name);
        ids.insert(number.map_or(name, |number| format!("poison-{number}")));
    }
    Ok(ids)
}

/// Waits until nothing is on its way any more.
pub async fn drained(cluster: &Cluster, plan: &Plan, seen: &Seen) {
    let began = Instant::now();
    loop {
        let left = left(cluster, plan, seen).await;
        let left = left.unwrap_or_else(|error| format!("{error:#}"));
        if left.is_empty() {
            return;
        }
        assert!(began.elapsed() < DRAINED_WITHIN, "not drained: {left}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn left(cluster: &Cluster, plan: &Plan, seen: &Seen) -> anyhow::Result<String> {
    let handoffs = count(cluster, "SELECT COUNT(*) FROM handoff").await?;
    let waiting = "SELECT COUNT(*) FROM outbox WHERE sent_at IS NULL AND failed_at IS NULL";
    let waiting = count(cluster, waiting).await?;
    let client = Client::connect(&cluster.servers.amqp).await?;
    let queued = client.waiting(&cluster.service.queue()).await?;
    let dead = dead_letters(cluster, plan).await?.len();
    let undrained = format!("{}.dead", cluster.service.queue());
    let undrained = client.waiting(&undrained).await?;
    let heard = seen.references();
    let at_work = seen.at_work.load(Ordering::SeqCst);
    let done = handoffs >= plan.good as i64
        && waiting == 0
        && queued + undrained == 0
        && dead >= plan.poison
        && heard >= plan.good
        && at_work == 0;
    let said = format!(
        "{handoffs} of {} handoffs, {heard} heard of, {waiting} errands wait, {queued} messages in the queue, {dead} of {} dead, {at_work} downloads at work",
        plan.good, plan.poison
    );
    Ok(if done { String::new() } else { said })
}

/// Every process ends in good order. Then what killed ones had reserved is given up
/// after its lease, and what they put after that is found by its row.
pub async fn closed(cluster: &Cluster) {
    cluster.stop_all();
    tokio::time::sleep(Duration::from_secs(9)).await;
    cluster.service.json(&["sweep", "--json"]);
    let compared = cluster.service.json(&["reconcile", "--json"]);
    eprintln!("         compared: {compared}");
    cluster.service.json(&["sweep", "--json"]);
}

/// The exact ledger.
pub async fn balanced(cluster: &Cluster, plan: &Plan, seen: &Seen) {
    assert_eq!(*seen.wrong.lock().unwrap(), [""; 0], "downloads");
    let handoffs = texts(cluster, "SELECT id FROM handoff").await;
    assert_eq!(handoffs.len(), plan.good, "one handoff for each good event");
    let referenced: BTreeSet<String> = {
        let references = seen.references.lock().unwrap();
        let ids = references
            .keys()
            .map(|id| id.trim_start_matches("urn:uuid:").to_owned());
        ids.collect()
    };
    assert_eq!(
        referenced, handoffs,
        "one DocumentReference for each handoff"
    );
    let twice: Vec<_> = {
        let references = seen.references.lock().unwrap();
        references
            .iter()
            .filter(|(_, ids)| ids.len() > 1)
            .map(|(id, ids)| (id.clone(), ids.len()))
            .collect()
    };
    assert!(
        twice.is_empty(),
        "one result under several message ids: {twice:?}"
    );
    let poison: BTreeSet<String> = (0..plan.poison)
        .map(|number| format!("poison-{number}"))
        .collect();
    assert_eq!(
        dead_letters(cluster, plan).await.unwrap(),
        poison,
        "the dead are the poison"
    );
    rows(cluster, plan).await;
    objects(cluster, seen).await;
    let audit = cluster.service.run(&["audit", "verify"]);
    assert!(
        audit.status.success(),
        "{}",
        String::from_utf8_lossy(&audit.stdout)
    );
}

/// What the database alone can say.
async fn rows(cluster: &Cluster, plan: &Plan) {
    let none = [
        (
            "a held handoff",
            "SELECT COUNT(*) FROM handoff WHERE state <> 'open'",
        ),
        (
            "an errand waits",
            "SELECT COUNT(*) FROM outbox WHERE sent_at IS NULL AND failed_at IS NULL",
        ),
        (
            "an errand failed though its links are open",
            "SELECT COUNT(*) FROM outbox o WHERE o.failed_at IS NOT NULL AND NOT EXISTS
             (SELECT 1 FROM link l WHERE l.handoff = o.handoff AND l.revoked_at IS NOT NULL)",
        ),
        (
            "a reservation is left",
            "SELECT COUNT(*) FROM object WHERE state = 'reserved'",
        ),
        (
            "an erased object is left",
            "SELECT COUNT(*) FROM object WHERE state = 'erased'",
        ),
        (
            "a key outlived its object",
            "SELECT COUNT(*) FROM object WHERE state <> 'live' AND wrapped_key IS NOT NULL",
        ),
        (
            "a count beyond its limit",
            "SELECT COUNT(*) FROM link_file WHERE downloads > max_downloads",
        ),
        (
            "a file claimed twice",
            "SELECT COUNT(*) FROM (SELECT 1 FROM claim WHERE state <> 'released'
             GROUP BY link, ordinal HAVING COUNT(*) > 1) AS twice",
        ),
        (
            "a link completed twice",
            "SELECT COUNT(*) FROM (SELECT 1 FROM audit WHERE kind = 'completed'
             GROUP BY link HAVING COUNT(*) > 1) AS twice",
        ),
    ];
    for (what, sql) in none {
        assert_eq!(count(cluster, sql).await.unwrap(), 0, "{what}");
    }
    let files = "SELECT COUNT(*) FROM object WHERE handoff IS NOT NULL";
    let files = count(cluster, files).await.unwrap();
    assert_eq!(
        files,
        plan.good as i64 * cluster.files,
        "each has its files"
    );
    let created = "SELECT COUNT(*) FROM audit WHERE kind = 'created'";
    assert_eq!(
        count(cluster, created).await.unwrap(),
        plan.good as i64,
        "created once each"
    );
}

/// Every living row has its bytes, and no byte is without a living row.
async fn objects(cluster: &Cluster, seen: &Seen) {
    let s3 = cluster.s3.lock().await;
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let bytes: BTreeSet<String> = s3.objects().iter().map(|path| name(path)).collect();
    let live = texts(cluster, "SELECT key FROM object WHERE state = 'live'").await;
    let live: BTreeSet<String> = live.iter().map(|key| name(Path::new(key))).collect();
    let orphans: Vec<_> = bytes.difference(&live).collect();
    let rows = texts(cluster, "SELECT key || ' is ' || state FROM object").await;
    let rows = rows
        .iter()
        .filter(|row| orphans.iter().any(|name| row.contains(*name)));
    let rows: Vec<_> = rows.collect();
    assert!(
        orphans.is_empty(),
        "bytes in {BUCKET} without a living row: {orphans:?}, {rows:?}"
    );
    let missing: Vec<_> = live.difference(&bytes).collect();
    assert!(missing.is_empty(), "rows without bytes: {missing:?}");
    let revoked = seen.revoked.lock().unwrap().clone();
    let open = "SELECT handoff FROM object WHERE state <> 'gone' AND handoff IS NOT NULL";
    let open = texts(cluster, open).await;
    assert!(
        revoked.is_disjoint(&open),
        "a revoked handoff has an object"
    );
    // Of a download that was completed, the audit knows.
    let completed = texts(
        cluster,
        "SELECT handoff FROM audit WHERE kind = 'completed'",
    )
    .await;
    let whole = seen.whole.lock().unwrap().clone();
    let untold: Vec<_> = whole.difference(&completed).collect();
    assert!(
        untold.is_empty(),
        "downloads that the audit does not know: {untold:?}"
    );
}

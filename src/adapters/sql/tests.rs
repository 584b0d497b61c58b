//! What the sweeper asks costs what ends, not what lives: both databases answer it
//! from partial indexes, ten thousand living objects or none.

use super::{Store, epochs, erase, sweep};
use crate::adapters::ledger::Ledger;
use sqlx::{AssertSqlSafe, Executor, Row};

const LIVING: i64 = 10_000;
/// Noon, and a link's end that is far from it.
const NOW: i64 = 1_795_000_000_000;
const LATER: i64 = NOW + 1_000_000_000;

/// Both, where PostgreSQL is at hand.
async fn stores(folder: &std::path::Path) -> Vec<Store> {
    let url = format!("sqlite:{}", folder.join("handoff.db").display());
    let mut stores = vec![Store::connect(&url).await.unwrap()];
    match std::env::var("HANDOFF_TEST_DATABASE_URL") {
        Ok(base) if !base.is_empty() => {
            let name = format!("handoff_{}", uuid::Uuid::new_v4().simple());
            let first = Store::connect(&base).await.unwrap();
            let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
            first.write.execute(sqlx::raw_sql(create)).await.unwrap();
            let (server, _) = base.rsplit_once('/').unwrap();
            stores.push(Store::connect(&format!("{server}/{name}")).await.unwrap());
        }
        _ => eprintln!("left out: HANDOFF_TEST_DATABASE_URL is not set; tests/run sets it"),
    }
    stores
}

/// Ten thousand packets that live and were fetched, and one of each kind that has ended.
async fn fill(store: &Store) {
    let sql = format!(
        "INSERT INTO handoff (id, channel, state, created_at, expires_at, body_sha256, sealed_reference, sealed_security)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {LIVING})
         SELECT 'h' || i, 'c', 'open', {NOW}, {LATER}, '', 'w1.sealing-20261123-00000000.x', 'w1.sealing-20261123-00000000.x' FROM n;
         INSERT INTO object (key, handoff, state, lease_until, wrapped_key, size, sha256, created_at, due_at)
         SELECT 'k' || id, id, 'live', {NOW}, 'w1.sealing-20261123-00000000.x', 1, '', {NOW}, {LATER} FROM handoff;
         INSERT INTO link (id, handoff, face, key_id, expires_at, token_expires_at)
         SELECT 'l' || id, id, 'd', 'k', {LATER}, {LATER} FROM handoff;
         INSERT INTO link_file (link, ordinal, object, file_name, max_downloads, downloads)
         SELECT 'l' || id, 1, 'k' || id, '', 1, 0 FROM handoff;
         INSERT INTO claim (id, link, ordinal, state, opened_at, ended_at, fetches, bytes)
         SELECT 'c' || id, 'l' || id, 1, 'completed', 0, 0, 1, 1 FROM handoff;
         INSERT INTO visit_memory (id, channel, visit, sent_at, sealed, expires_at)
         SELECT id, 'c', id, 0, 'w1.sealing-20261123-00000000.x', {LATER} FROM handoff;
         INSERT INTO dead_letter (id, channel, identity, state, stage, reason, place, size, attempts, times,
                                  first_seen_at, parked_at, expires_at, sealed)
         SELECT id, 'c', id, 'parked', 's', 'r', 'p', 1, 1, 1, 0, 0, {LATER}, 'w1.sealing-20261123-00000000.x' FROM handoff;
         INSERT INTO line_event (id, channel, place, state, sealed, bytes, failures, first_seen, next_at, lease_until, expires_at)
         SELECT id, 'c', 1, 'waiting', 'w1.sealing-20261123-00000000.x', 1, 0, 0, {LATER}, 0, {LATER} FROM handoff;
         UPDATE link SET expires_at = {NOW} WHERE handoff = 'h1';
         UPDATE object SET due_at = {NOW} WHERE handoff = 'h1';
         UPDATE object SET state = 'erased', due_at = 0 WHERE handoff = 'h2';
         UPDATE object SET state = 'reserved', lease_until = 0 WHERE handoff = 'h3';
         ANALYZE;"
    );
    store
        .write
        .execute(sqlx::raw_sql(AssertSqlSafe(sql)))
        .await
        .unwrap();
}

/// How the database would go about it, in its own words.
async fn plan(store: &Store, sql: &str) -> String {
    let numbered = [
        ("$1", NOW.to_string()),
        ("$2", "100".into()),
        ("$3", "100".into()),
    ];
    let epoch = [("$1", "'sealing-20261122-00000000'".to_owned())];
    let bound = if sql.contains("substr(") {
        &epoch[..]
    } else {
        &numbered[..]
    };
    let mut sql = sql.to_owned();
    for (place, value) in bound {
        sql = sql.replace(place, value);
    }
    let (explain, column) = match store.flavor {
        super::Flavor::Sqlite => ("EXPLAIN QUERY PLAN", 3),
        super::Flavor::Postgres => ("EXPLAIN", 0),
    };
    let rows = sqlx::query(AssertSqlSafe(format!("{explain} {sql}")));
    let rows = rows.fetch_all(&store.write).await.unwrap();
    let lines: Vec<String> = rows
        .iter()
        .map(|row| row.try_get(column).unwrap())
        .collect();
    lines.join("\n")
}

#[tokio::test]
async fn the_sweeper_asks_for_what_ends_and_walks_past_nothing_that_lives() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()).await {
        fill(&store).await;
        let questions = [
            erase::DUE,
            erase::LEFT,
            erase::ABANDONED,
            sweep::NOTE_EXPIRED,
            sweep::UNSTARTED,
            epochs::IN_USE,
        ];
        for question in questions {
            let plan = plan(&store, question).await;
            let walks = plan.lines().any(|line| {
                line.contains("SCAN") && !line.contains("CONSTANT") || line.contains("Seq Scan on")
            });
            assert!(!walks, "{question}\n{plan}");
        }
        let now = jiff::Timestamp::from_millisecond(NOW).unwrap();
        let due = store.due_objects(now).await.unwrap();
        assert_eq!(due, ["kh1"], "of all that live, one is looked at");
        let ledger = Ledger::beside(folder.path());
        assert_eq!(store.erase_keys(&ledger, now).await.unwrap(), 2);
        assert!(store.due_objects(now).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn what_is_due_and_still_open_is_due_again_when_it_may_end() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()).await {
        fill(&store).await;
        let now = jiff::Timestamp::from_millisecond(NOW).unwrap();
        let mut tx = store.begin().await.unwrap();
        sweep::due(&mut tx, "lh5", now).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(store.due_objects(now).await.unwrap().len(), 2);
        store
            .erase_keys(&Ledger::beside(folder.path()), now)
            .await
            .unwrap();
        let row = sqlx::query("SELECT state, due_at FROM object WHERE key = 'kh5'");
        let row = row.fetch_one(&store.read).await.unwrap();
        let (state, due_at): (String, i64) = (row.get(0), row.get(1));
        assert_eq!((state.as_str(), due_at), ("live", LATER));
    }
}

/// The same event may stand in line a second time: what the ledger says of the first
/// time, which every database reads at its next start, is not about the second.
#[tokio::test]
async fn an_event_that_stands_in_line_again_is_not_what_the_ledger_says_was_done() {
    let folder = tempfile::tempdir().unwrap();
    let now = jiff::Timestamp::from_millisecond(NOW).unwrap();
    let sealed = |body: &str| {
        let key = "k".repeat(80);
        Some(format!("w1.sealing-20261123-00000000.{key}~{body}"))
    };
    let event = |sealed| super::NewInLine {
        id: "event".into(),
        channel: "c".into(),
        names: vec!["patient".into()],
        sealed,
        failures: 0,
        first_seen: now,
        next_at: now,
        expires_at: now,
    };
    for (number, store) in stores(folder.path()).await.into_iter().enumerate() {
        let keys = folder.path().join(number.to_string());
        std::fs::create_dir(&keys).unwrap();
        let ledger = Ledger::beside(&keys);
        let first = event(sealed("the-first-body-as-it-was"));
        store.stand_in_line(&first).await.unwrap().unwrap();
        assert!(store.leave_line("event", &ledger, now).await.unwrap());
        let again = event(sealed("the-second-body-as-it-is"));
        store.stand_in_line(&again).await.unwrap().unwrap();
        let epoch = "sealing-20261123-00000000";
        let page = ledger.page(epoch, 0).unwrap();
        assert_eq!(page.erased.len(), 1);
        store.replay(&page, now).await.unwrap();
        assert_eq!(store.in_line("c").await.unwrap(), 1);
        // A database from before the first time has the first one.
        assert!(store.leave_line("event", &ledger, now).await.unwrap());
        store.stand_in_line(&first).await.unwrap().unwrap();
        store.replay(&page, now).await.unwrap();
        assert_eq!(store.in_line("c").await.unwrap(), 0);
    }
}

//! Many processes on one database: what each is told to be, which clock they go by,
//! and what they say of themselves.

use crate::support::house::shipped_channels;
use crate::support::needs::databases;
use crate::support::{House, Service};
use handoff::adapters::clock::{Asked, Clock};
use handoff::adapters::sql::{NewErrand, Store, Target};
use handoff::app::config::Settings;
use handoff::app::readiness;
use handoff::app::world::World;
use serde_json::Value;
use std::time::Duration;

async fn status(url: &str, path: &str) -> u16 {
    let answer = reqwest::get(format!("{url}{path}")).await.unwrap();
    answer.status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_no_gateway_says_how_it_is_and_serves_nothing_else() {
    let mut service = Service::prepare(None, None);
    service.set("HANDOFF_ROLES", "sweeper, outbox");
    service.start(None).await;
    assert_eq!(status(&service.url, "/healthz").await, 200);
    let ready = reqwest::get(format!("{}/readyz", service.url))
        .await
        .unwrap();
    assert_eq!(ready.status(), 200);
    let ready: Value = ready.json().await.unwrap();
    assert_eq!(ready["database"], "ok");
    assert_eq!(ready["broker"], "not configured");
    assert_eq!(ready["clock"], "ok");
    for path in [
        "/l/x",
        "/d/x/1",
        "/page.css",
        "/robots.txt",
        "/api/v1/events",
    ] {
        assert_eq!(status(&service.url, path).await, 404, "{path}");
    }
    service.stop().await;
    assert!(service.log().contains("\"roles\":\"sweeper, outbox\""));

    service.set("HANDOFF_ROLES", "gateway");
    service.start(None).await;
    let ready = reqwest::get(format!("{}/readyz", service.url))
        .await
        .unwrap();
    let ready: Value = ready.json().await.unwrap();
    assert_eq!(ready["broker"], "not needed", "it speaks to none");
    assert_eq!(status(&service.url, "/page.css").await, 200);
    service.stop().await;
}

#[test]
fn a_word_that_is_no_role_is_refused_with_those_that_are() {
    let service = Service::prepare(None, None);
    let output = service.run(&["serve", "--role", "leader"]);
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("worker") && said.contains("sweeper"),
        "{said}"
    );
}

/// Another node on a house's database, whose machine is `ahead` of it.
async fn node(house: &House, ahead: Duration) -> std::sync::Arc<World> {
    let asked = Asked::now();
    let theirs = jiff::Timestamp::now() - ahead;
    let settings = Settings {
        ..house.world.settings.clone()
    };
    let clock = Clock::shared(asked.answered(theirs));
    World::open(settings, shipped_channels(), clock)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_whose_clock_is_more_than_two_seconds_off_is_not_ready() {
    let house = House::open().await;
    let world = node(&house, Duration::from_millis(2_500)).await;
    let found = readiness::look(&world).await;
    assert_eq!((found.clock, found.is_well()), ("off", false));
    assert_eq!(found.database, "ok");
    // It goes by the database's clock all the same: it takes nothing early.
    let apart = jiff::Timestamp::now().as_millisecond() - world.clock.now().as_millisecond();
    assert!((2_300..4_000).contains(&apart), "{apart}");
    world
        .clock
        .correct(Asked::now().answered(jiff::Timestamp::now()));
    let found = readiness::look(&world).await;
    assert_eq!((found.clock, found.is_well()), ("ok", true));
    let world = node(&house, Duration::from_millis(1_500)).await;
    assert!(readiness::look(&world).await.is_well());
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_a_node_goes_by_the_databases_clock() {
    let house = House::open().await;
    for database in databases().await.into_iter().flatten() {
        let settings = Settings {
            database_url: database,
            ..house.world.settings.clone()
        };
        let opening = World::open(settings, shipped_channels(), Clock::System);
        let world = opening.await.unwrap();
        assert!(matches!(world.clock, Clock::Shared(_)));
        let theirs = world.store.clock().await.unwrap().unwrap();
        let apart = theirs.as_millisecond() - world.clock.now().as_millisecond();
        assert!(apart.abs() < 1_000, "{apart}");
    }
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_longer_each_time_is_due_when_the_first_gets_through() {
    for database in databases().await {
        let folder = tempfile::tempdir().unwrap();
        let file = format!("sqlite:{}", folder.path().join("handoff.db").display());
        let store = Store::connect(&database.unwrap_or(file)).await.unwrap();
        let now = jiff::Timestamp::now();
        let errand = NewErrand {
            id: None,
            handoff: None,
            link: None,
            target: Target::NoticeMessage {
                exchange: "notices".into(),
                routing_key: "key".into(),
                channel: "discharge".into(),
            },
            payload: None,
            trace_parent: None,
        };
        store.enqueue(&[errand.clone(), errand], now).await.unwrap();
        let lease = now + Duration::from_secs(60);
        let taken = store.lease_errands(16, lease, now).await.unwrap();
        assert_eq!(taken.len(), 2);
        for errand in &taken {
            assert!(errand.target.by_broker());
            let next = Some(now + Duration::from_secs(600));
            store
                .errand_failed(&errand.id, "away", next, now)
                .await
                .unwrap();
        }
        let again = async || store.lease_errands(16, lease, now).await.unwrap().len();
        assert_eq!(again().await, 0, "they wait ten minutes");
        store.hurry_errands(now).await.unwrap();
        assert_eq!(again().await, 2);
        assert_eq!(again().await, 0, "leased");
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_version_starts_on_the_schema_of_a_newer_one() {
    use sqlx::Connection;
    for database in databases().await {
        let folder = tempfile::tempdir().unwrap();
        let file = format!("sqlite:{}", folder.path().join("handoff.db").display());
        let checksum = match database {
            None => "x'00'",
            Some(_) => "'\\x00'",
        };
        let url = database.unwrap_or(file);
        Store::connect(&url).await.unwrap().close().await;
        let later = format!(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'of a newer version', TRUE, {checksum}, 0)"
        );
        let mut connection = sqlx::AnyConnection::connect(&url).await.unwrap();
        let later = sqlx::raw_sql(sqlx::AssertSqlSafe(later));
        later.execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let store = Store::connect(&url).await.unwrap();
        store.ping().await.unwrap();
        store.close().await;
    }
}

/// The migrations up to this one were there before two versions had to run side by
/// side.
const FIRST_ALONE: &str = "0008";

/// What an older version that still runs would stumble over.
fn breaks_the_older(migration: &str) -> Option<&'static str> {
    let text = migration.to_uppercase();
    let statements = text.split(';').map(|statement| {
        let lines = statement
            .lines()
            .map(|line| line.split("--").next().unwrap_or_default());
        lines.collect::<Vec<_>>().join(" ")
    });
    for statement in statements {
        for word in ["DROP TABLE", "DROP COLUMN", "RENAME ", "ALTER COLUMN"] {
            if statement.contains(word) {
                return Some("it takes away what an older version uses");
            }
        }
        let adds = statement.contains("ADD COLUMN") && statement.contains("NOT NULL");
        if adds && !statement.contains("DEFAULT") {
            return Some("an older version fills no column that it does not know");
        }
    }
    None
}

#[test]
fn a_migration_only_adds_what_an_older_version_can_do_without() {
    assert!(breaks_the_older("ALTER TABLE link DROP COLUMN face;").is_some());
    assert!(breaks_the_older("ALTER TABLE link ADD COLUMN x BIGINT NOT NULL;").is_some());
    assert!(breaks_the_older("ALTER TABLE link ADD COLUMN x BIGINT NOT NULL DEFAULT 0;").is_none());
    assert!(breaks_the_older("CREATE TABLE a (b TEXT NOT NULL); -- DROP TABLE\n").is_none());
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/adapters/sql/migrations");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if &name[..4] > FIRST_ALONE {
            let text = std::fs::read_to_string(&path).unwrap();
            assert_eq!(breaks_the_older(&text), None, "{name}");
        }
    }
}

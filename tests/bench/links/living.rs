//! A claim among a thousand living links, and among very many.

use crate::databases;
use crate::stage::{house, packet};
use handoff::adapters::clock::Clock;
use handoff::adapters::sql::BodyEnd;
use handoff::app::world::World;
use handoff::domain::claim::{Begun, ClaimOutcome, Part, Reading};
use handoff::domain::ids::LinkId;
use handoff::domain::link::Face;
use sqlx::{Connection, Executor};
use std::sync::Arc;
use std::time::Instant;

const FEW: usize = 1_000;
const PROMISED: f64 = 1.2;
const ROUNDS: usize = 15;
const CLAIMS: usize = 40;

pub async fn measure(many: usize) {
    println!("\na claim with its body's begin and end, one after the other");
    for (name, database) in databases() {
        let folders = [
            tempfile::tempdir().expect("a folder"),
            tempfile::tempdir().expect("a folder"),
        ];
        let mut houses = Vec::new();
        for (folder, living) in folders.iter().zip([FEW, many]) {
            let url = match &database {
                Some(base) => another(base, living).await,
                None => format!("sqlite:{}", folder.path().join("handoff.db").display()),
            };
            let world = house(
                folder.path(),
                Some(url.clone()),
                Clock::System,
                "127.0.0.1:1",
            )
            .await;
            packet(&world, 50_000, 1).await;
            fill(&url, living).await;
            houses.push(world);
        }
        let mut best = [f64::MAX; 2];
        let mut all = [0.0; 2];
        for _ in 0..ROUNDS {
            for (place, world) in houses.iter().enumerate() {
                let took = claims(world).await;
                best[place] = best[place].min(took);
                all[place] += took / ROUNDS as f64;
            }
        }
        let ratio = all[1] / all[0];
        let verdict = if ratio <= PROMISED { "kept" } else { "BROKEN" };
        println!(
            "{name:<12} {:.2} ms among {FEW}, {:.2} ms among {many}: {ratio:.2} times (best rounds {:.2}), {PROMISED} promised, {verdict}",
            all[0],
            all[1],
            best[1] / best[0],
        );
    }
}

/// Milliseconds for each.
async fn claims(world: &Arc<World>) -> f64 {
    let mut links = Vec::new();
    for _ in 0..CLAIMS {
        let url = packet(world, 50_000, 1).await;
        let token = url.rsplit('/').nth(1).expect("a token").to_owned();
        let now = world.clock.now();
        let id = world.links.link_id(&token, Face::Systems, now);
        links.push(id.expect("a token of ours"));
    }
    let began = Instant::now();
    for id in &links {
        one(world, id).await;
    }
    began.elapsed().as_secs_f64() * 1000.0 / CLAIMS as f64
}

async fn one(world: &World, id: &LinkId) {
    let (store, now) = (&world.store, world.clock.now());
    let link = store.link(id).await.expect("the store").expect("the link");
    let claimed = store.claim(&link, 1, "holder", "bench", now).await;
    let ClaimOutcome::Granted(claim) = claimed.expect("the store") else {
        panic!("not granted")
    };
    let begun = store
        .body_begins(&claim, "holder", Reading::InOrder, 0, now)
        .await;
    let Begun::Body(number) = begun.expect("the store") else {
        panic!("not begun")
    };
    let end = BodyEnd {
        reading: Reading::InOrder,
        number,
        part: Part::whole(claim.file.size),
        failure: None,
    };
    store
        .body_ended(&claim, "holder", &end, now)
        .await
        .expect("the store");
}

async fn another(base: &str, living: usize) -> String {
    let mut connection = sqlx::PgConnection::connect(base).await.expect("PostgreSQL");
    let name = format!("bench_{living}_{}", std::process::id());
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    connection
        .execute(sqlx::raw_sql(create))
        .await
        .expect("a database");
    let (server, _) = base.rsplit_once('/').expect("a database in the URL");
    format!("{server}/{name}")
}

/// Copies the one packet that is there, with its link, so often.
async fn fill(url: &str, living: usize) {
    let sqlite = url.starts_with("sqlite:");
    let numbers = match sqlite {
        true => format!(
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {living})"
        ),
        false => format!("WITH n AS (SELECT n FROM generate_series(1, {living}) AS n)"),
    };
    let mut statements = Vec::new();
    for (table, keys) in [
        ("handoff", &[("id", "'h'")][..]),
        ("object", &[("key", "'o'"), ("handoff", "'h'")]),
        ("link", &[("id", "'l'"), ("handoff", "'h'")]),
        ("link_file", &[("link", "'l'"), ("object", "'o'")]),
    ] {
        let columns = columns(url, table).await;
        let values = columns.iter().map(|column| {
            let key = keys.iter().find(|(name, _)| name == column);
            key.map_or_else(
                || format!("t.{column}"),
                |(_, text)| format!("{text} || n.n"),
            )
        });
        let values: Vec<String> = values.collect();
        let one = match table {
            "link_file" => "WHERE t.link NOT LIKE 'l%' OR length(t.link) > 10",
            _ => "",
        };
        statements.push(format!(
            "INSERT INTO {table} ({}) {numbers} SELECT {} FROM (SELECT * FROM {table} t {one} LIMIT 1) t, n",
            columns.join(", "),
            values.join(", "),
        ));
    }
    statements.push("ANALYZE".into());
    for statement in statements {
        // Both want WITH before INSERT.
        let statement = match statement.split_once(&format!(" {numbers}")) {
            Some((insert, select)) => format!("{numbers} {insert}{select}"),
            None => statement,
        };
        run(url, &statement).await;
    }
}

async fn run(url: &str, statement: &str) {
    let statement = sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned()));
    if url.starts_with("sqlite:") {
        let mut connection = sqlx::SqliteConnection::connect(url).await.expect("SQLite");
        connection.execute(statement).await.expect("rows");
    } else {
        let mut connection = sqlx::PgConnection::connect(url).await.expect("PostgreSQL");
        connection.execute(statement).await.expect("rows");
    }
}

async fn columns(url: &str, table: &str) -> Vec<String> {
    use sqlx::Row;
    if url.starts_with("sqlite:") {
        let mut connection = sqlx::SqliteConnection::connect(url).await.expect("SQLite");
        let sql = format!("SELECT name FROM pragma_table_info('{table}')");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .fetch_all(&mut connection)
            .await;
        rows.expect("columns")
            .iter()
            .map(|row| row.get(0))
            .collect()
    } else {
        let mut connection = sqlx::PgConnection::connect(url).await.expect("PostgreSQL");
        let sql = format!(
            "SELECT column_name::text FROM information_schema.columns WHERE table_name = '{table}' ORDER BY ordinal_position"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .fetch_all(&mut connection)
            .await;
        rows.expect("columns")
            .iter()
            .map(|row| row.get(0))
            .collect()
    }
}

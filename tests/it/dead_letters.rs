//! What cannot be handed over is kept sealed, told without what it says, replayed or
//! let go by a person; and what the broker gave up is tried once more alone.

use crate::support::house::House;
use crate::support::messages::{DISCHARGE, MARKS, fixture, fresh, sent};
use crate::support::needs::{databases, needs};
use crate::support::{Service, bucket, eventually};
use handoff::adapters::amqp::Envelope;
use handoff::adapters::sql::{DeadLetter, Letters};
use handoff::adapters::tokens::Role;
use handoff::app::dead_letters::{self, LetGo, Rate, Written};
use handoff::app::pipeline::{Incoming, walk_guarded};
use handoff::domain::dead_letter::Standing;
use serde_json::{Value, json};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

fn envelope(id: &str) -> Envelope {
    let envelope = json!({"message_id": id, "content_type": "application/hl7-v2"});
    serde_json::from_value(envelope).unwrap()
}

/// A message about somebody, damaged where nobody can tell about whom.
fn damaged() -> Vec<u8> {
    let text = String::from_utf8(fixture(DISCHARGE)).unwrap();
    let lines = text.split('\r').filter(|line| !line.starts_with("PID"));
    lines.collect::<Vec<_>>().join("\r").into_bytes()
}

impl House {
    /// As the worker does with what the broker delivers.
    async fn deliver(&self, id: &str, body: &[u8]) -> Written {
        let event = Incoming {
            body: body.into(),
            transport_id: Some(id.into()),
            ..Incoming::default()
        };
        let channel = &self.world.channels[0];
        let walked = walk_guarded(&self.world, channel, &event).await;
        let written =
            dead_letters::write_off(&self.world, channel, &envelope(id), &event, &walked).await;
        written.unwrap()
    }

    async fn letters(&self, state: Option<Standing>) -> Vec<DeadLetter> {
        let which = Letters {
            state,
            ..Letters::default()
        };
        let now = self.world.clock.now();
        self.world
            .store
            .dead_letters(&which, 1000, now)
            .await
            .unwrap()
    }

    async fn handoffs(&self) -> usize {
        let now = self.world.clock.now();
        let found = self.world.store.handoffs(None, 100, now).await;
        found.unwrap().len()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parked_message_is_one_sealed_record_however_often_it_comes() {
    for database in databases().await {
        let house = House::on(database).await;
        let body = damaged();
        for _ in 0..2 {
            assert!(matches!(
                house.deliver("m-1", &body).await,
                Written::Parked(_)
            ));
        }
        let other = house.deliver("m-2", &body).await;
        assert!(matches!(other, Written::Parked(_)), "another message");
        let letters = house.letters(Some(Standing::Parked)).await;
        assert_eq!(letters.len(), 2);
        let first = letters.iter().find(|one| one.times_parked == 2).unwrap();
        assert!(first.why.place.contains("PID"), "{:?}", first.why);
        assert_eq!(first.size, body.len() as i64);
        let told = serde_json::to_string(&letters).unwrap();
        let stored = house
            .world
            .store
            .dead_letter(&first.id, house.world.clock.now());
        let stored = stored.await.unwrap().unwrap();
        let sealed = stored.sealed.clone().unwrap();
        for mark in MARKS {
            assert!(!told.contains(mark) && !sealed.contains(mark), "{mark}");
        }
        let opened = dead_letters::open(&house.world, &stored).await.unwrap();
        let opened = opened.unwrap();
        assert_eq!(&*opened.body, body);
        assert_eq!(opened.envelope, envelope("m-1"));
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_message_is_parked_in_staging_and_leaves_it_with_its_record() {
    for database in databases().await {
        let house = House::on(database).await;
        let mut body = damaged();
        body.extend(vec![b'x'; 3 << 20]);
        house.deliver("large", &body).await;
        assert_eq!(house.staged().len(), 1);
        // Parked again it has another body; the first one goes.
        house.deliver("large", &body).await;
        house.sweep().await;
        assert_eq!(house.staged().len(), 1);
        let letter = house.letters(None).await.remove(0);
        let now = house.world.clock.now();
        let stored = house.world.store.dead_letter(&letter.id, now).await;
        let stored = stored.unwrap().unwrap();
        let opened = dead_letters::open(&house.world, &stored).await.unwrap();
        assert_eq!(&*opened.unwrap().body, body);
        let done = dead_letters::discard(&house.world, &letter.id, "t", "a test").await;
        assert_eq!(done.unwrap(), LetGo::Done);
        house.sweep().await;
        assert_eq!(house.staged().len(), 0);
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_settled_once_and_what_it_said_is_erased() {
    for database in databases().await {
        let house = House::on(database).await;
        house.deliver("m-1", &damaged()).await;
        let letter = house.letters(None).await.remove(0);
        let discard = || dead_letters::discard(&house.world, &letter.id, "ines", "vendor's test");
        let both = tokio::join!(discard(), discard());
        let done = [both.0.unwrap(), both.1.unwrap()];
        let times = done.iter().filter(|one| **one == LetGo::Done).count();
        assert_eq!(times, 1, "{done:?}");
        let now = house.world.clock.now();
        let stored = house.world.store.dead_letter(&letter.id, now).await;
        let stored = stored.unwrap().unwrap();
        assert_eq!(stored.letter.state, Standing::Discarded);
        assert_eq!(stored.letter.settled_by.as_deref(), Some("ines"));
        assert!(stored.sealed.is_none());
        assert!(
            dead_letters::open(&house.world, &stored)
                .await
                .unwrap()
                .is_none()
        );
        assert_eq!(house.audit(&letter.id).await, ["dead-letter-discarded"]);
        let unknown = dead_letters::discard(&house.world, "nobody", "ines", "x").await;
        assert_eq!(unknown.unwrap(), LetGo::Unknown);
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_brings_no_settled_letter_back_and_takes_none_that_came_anew() {
    let house = House::open().await;
    house.deliver("settled", &damaged()).await;
    house.deliver("anew", &damaged()).await;
    house.send_all().await;
    let backup = house.folder.path().join("backup.db");
    {
        use sqlx::{Connection, Executor};
        let url = &house.world.settings.database_url;
        let mut live = sqlx::SqliteConnection::connect(url).await.unwrap();
        let copy = format!("VACUUM INTO '{}'", backup.display());
        live.execute(sqlx::AssertSqlSafe(copy)).await.unwrap();
    }
    for letter in house.letters(None).await {
        let done = dead_letters::discard(&house.world, &letter.id, "ines", "x").await;
        assert_eq!(done.unwrap(), LetGo::Done);
    }
    // Settled, and sent again by an engine: it is another life of the same letter.
    house.deliver("anew", &damaged()).await;
    house.send_all().await;
    let house = house.again(|_| {}).await;
    let parked = house.letters(Some(Standing::Parked)).await;
    assert_eq!(parked.len(), 1, "the ledger is about its first life");
    let now = house.world.clock.now();
    let stored = house.world.store.dead_letter(&parked[0].id, now).await;
    assert!(stored.unwrap().unwrap().sealed.is_some());
    let house = house
        .again(|folder| {
            for tail in ["-wal", "-shm"] {
                let _ = std::fs::remove_file(folder.join(format!("handoff.db{tail}")));
            }
            std::fs::copy(&backup, folder.join("handoff.db")).unwrap();
        })
        .await;
    let letters = house.letters(None).await;
    assert_eq!(letters.len(), 2);
    for letter in &letters {
        assert_eq!(letter.state, Standing::Discarded);
        let stored = house.world.store.dead_letter(&letter.id, now).await;
        assert!(stored.unwrap().unwrap().sealed.is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_kept_as_long_as_its_channel_says_and_its_end_is_audited() {
    for database in databases().await {
        let house = House::on(database).await;
        for n in 0..3 {
            house.deliver(&format!("m-{n}"), &damaged()).await;
        }
        let keys = || {
            let all = bucket::files_below(&house.world.settings.keys).into_iter();
            all.filter(|path| {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                name.starts_with("sealing-") && name.ends_with(".key")
            })
            .count()
        };
        house.advance(29 * DAY);
        house.sweep().await;
        assert_eq!(house.letters(None).await.len(), 3);
        assert_eq!(keys(), 1, "its day's key is needed");
        house.advance(DAY);
        assert_eq!(house.letters(None).await.len(), 0, "over, swept or not");
        assert!(house.sweep().await.forgotten >= 3);
        assert_eq!(keys(), 0);
        let audit = house.world.store.audit_of("").await.unwrap();
        assert!(
            audit
                .iter()
                .any(|entry| entry.detail.contains("3 dead letters")),
            "{audit:?}"
        );
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_without_a_broker_walks_and_what_fails_again_is_parked_again() {
    for database in databases().await {
        let house = House::on(database).await;
        let good = sent(DISCHARGE, "R-1", house.world.clock.now());
        // Handed over after all: its letter was written when a try had gone wrong.
        house.created(&good).await;
        let event = Incoming {
            body: good.clone().into(),
            ..Incoming::default()
        };
        let failed = Err(handoff::domain::outcome::StageError {
            stage: handoff::domain::outcome::Stage::Render,
            remedy: handoff::domain::outcome::Remedy::DeadLetter,
            cause: anyhow::anyhow!("a font was missing"),
        });
        let channel = &house.world.channels[0];
        let wrapped = Envelope::default();
        dead_letters::write_off(&house.world, channel, &wrapped, &event, &failed)
            .await
            .unwrap();
        house.deliver("bad", &damaged()).await;
        house.advance(Duration::from_secs(1));
        let font = Letters {
            reason: "FONT".into(),
            ..Letters::default()
        };
        let now = house.world.clock.now();
        assert_eq!(
            house
                .world
                .store
                .count_dead_letters(&font, now)
                .await
                .unwrap(),
            1
        );
        let rate = Rate::typed("1000/s").unwrap();
        let all = Letters::default();
        let done = dead_letters::replay_all(&house.world, &all, rate, "ines", |_| ()).await;
        let done = done.unwrap();
        assert_eq!(
            (done.done, done.parked_again, done.left),
            (1, 1, 0),
            "{done:?}"
        );
        assert_eq!(house.handoffs().await, 1, "the same handoff");
        let parked = house.letters(Some(Standing::Parked)).await;
        assert_eq!((parked.len(), parked[0].times_parked), (1, 2));
        let replayed = house.letters(Some(Standing::Replayed)).await;
        assert_eq!(house.audit(&replayed[0].id).await, ["dead-letter-replayed"]);
        let one = dead_letters::replay(&house.world, &parked[0].id, "ines").await;
        assert!(matches!(one.unwrap(), LetGo::ParkedAgain(_)));
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_decide_over_http_and_nobody_else() {
    let house = House::open().await;
    house.deliver("m-1", &damaged()).await;
    house.deliver("m-2", b"this is no message").await;
    let until = house
        .world
        .clock
        .now()
        .checked_add(jiff::SignedDuration::from_hours(1))
        .unwrap();
    let token = |role| {
        house
            .world
            .access
            .access_token("ines", role, until)
            .unwrap()
    };
    let base = format!("{}/api/v1/dead-letters", house.world.settings.public_url);
    for path in ["", "/x"] {
        let get = house.web.get(format!("{base}{path}"));
        let answer = get.bearer_auth(token(Role::Sender)).send().await.unwrap();
        assert_eq!(answer.status(), 403);
        let answer = house.web.get(format!("{base}{path}")).send().await.unwrap();
        assert_eq!(answer.status(), 401);
    }
    let get = async |path: &str| {
        let get = house.web.get(format!("{base}{path}"));
        let answer = get.bearer_auth(token(Role::Operator)).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.unwrap())
    };
    let post = async |path: &str, body: Value| {
        let post = house.web.post(format!("{base}{path}")).json(&body);
        let answer = post
            .bearer_auth(token(Role::Operator))
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.unwrap())
    };
    let (status, listed) = get("?reason=nor%20fhir").await;
    assert_eq!((status, &listed["total"]), (200, &json!(1)));
    let id = listed["deadLetters"][0]["id"].as_str().unwrap().to_owned();
    let (_, listed) = get("").await;
    assert_eq!(listed["total"], 2);
    let other = listed["deadLetters"].as_array().unwrap().iter();
    let other = other
        .map(|one| one["id"].as_str().unwrap())
        .find(|one| *one != id);
    let other = other.unwrap().to_owned();
    let (_, shown) = get(&format!("/{other}")).await;
    assert!(shown["structure"].to_string().contains("PV1"), "{shown}");
    for mark in MARKS {
        assert!(!shown.to_string().contains(mark) && !listed.to_string().contains(mark));
    }
    assert_eq!(get("/nobody").await.0, 404);
    assert_eq!(get("?stat=parked").await.0, 400);
    assert_eq!(post("/replay", json!({})).await.0, 400, "what of all?");
    assert_eq!(post("/discard", json!({"id": id})).await.0, 400, "why?");
    let (status, replayed) = post("/replay", json!({"id": id})).await;
    assert_eq!((status, &replayed["done"]), (200, &json!(false)));
    let (status, _) = post("/discard", json!({"id": id, "why": "no message"})).await;
    assert_eq!(status, 200);
    let again = post("/discard", json!({"id": id, "why": "no message"})).await;
    assert_eq!(again.0, 409);
    house.advance(Duration::from_secs(1));
    let (_, done) = post("/replay", json!({"all": true, "rate": "50/s"})).await;
    assert_eq!(done, json!({"done": 0, "parkedAgain": 1, "left": 0}));
    house.send_all().await;
    house.leave().await;
}

/// Delivers a message of a queue again and again without an ack, as a worker that dies
/// over it: until the broker gives it up.
async fn die_over(amqp: &str, queue: &str) {
    use futures_util::StreamExt;
    use lapin::options::{BasicConsumeOptions, QueueDeclareOptions};
    use lapin::types::FieldTable;
    for _ in 0..60 {
        let connection = lapin::Connection::connect(amqp, Default::default());
        let connection = connection.await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        let look = QueueDeclareOptions {
            passive: true,
            ..Default::default()
        };
        let dead = format!("{queue}.dead");
        let found = channel.queue_declare(dead.into(), look, FieldTable::default());
        if found.await.unwrap().message_count() > 0 {
            connection.close(200, "done".into()).await.unwrap();
            return;
        }
        let options = BasicConsumeOptions::default();
        let consumer =
            channel.basic_consume(queue.into(), "dies".into(), options, FieldTable::default());
        let mut consumer = consumer.await.unwrap();
        let _ = tokio::time::timeout(Duration::from_secs(1), consumer.next()).await;
        connection.close(200, "dead".into()).await.unwrap();
    }
    panic!("the broker never gave it up");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_broker_gave_up_is_tried_once_more_alone() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    for database in databases().await {
        let mut service = Service::prepare(Some(&amqp), database.as_deref());
        service.start(None).await;
        service.consuming().await;
        service.stop().await;
        let (body, _) = fresh(DISCHARGE, jiff::Timestamp::now());
        if service
            .publish(&body, &["--message-id", "m-1"])
            .await
            .is_none()
        {
            return;
        }
        die_over(&amqp, &service.queue()).await;
        // The first try alone is killed, and says so when it is back.
        service.start(Some("tried-alone")).await;
        assert!(service.ended_by_signal().await, "it was not tried alone");
        service.start(None).await;
        let parked = eventually("it stays parked", || async {
            let parked = service.json(&["dead-letters", "list", "--json"]);
            parked.as_array().unwrap().first().cloned()
        })
        .await;
        assert_eq!(parked["state"], "parked");
        let reason = parked["reason"].as_str().unwrap();
        assert!(
            reason.contains("once more when it was tried alone"),
            "{reason}"
        );
        assert_eq!(service.json(&["list", "--json"]), json!([]));
        // A person may send it through all the same; nothing is wrong with it.
        let id = parked["id"].as_str().unwrap();
        assert!(
            service
                .run(&["dead-letters", "replay", id])
                .status
                .success()
        );
        eventually("it is handed over", || async {
            let list = service.json(&["list", "--json"]);
            (list.as_array().unwrap().len() == 1).then_some(())
        })
        .await;

        // One that a neighbour killed goes through by itself.
        service.stop().await;
        let (body, _) = fresh(DISCHARGE, jiff::Timestamp::now());
        service.publish(&body, &["--message-id", "m-2"]).await;
        die_over(&amqp, &service.queue()).await;
        service.start(None).await;
        let delivered = eventually("it is delivered", || async {
            let all = service.json(&["dead-letters", "list", "--all", "--json"]);
            let mut all = all.as_array().unwrap().clone().into_iter();
            all.find(|one| one["state"] == "delivered")
        })
        .await;
        assert!(delivered["triedAlone"].is_string());
        let list = service.json(&["list", "--json"]);
        assert_eq!(list.as_array().unwrap().len(), 2);
        service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_lists_shows_reveals_replays_and_discards() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    let mut service = Service::prepare(Some(&amqp), None);
    service.start(None).await;
    service.consuming().await;
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let more = ["--message-id", "bad", "--traceparent", trace];
    if service.publish(&damaged(), &more).await.is_none() {
        return;
    }
    let listed = eventually("it is parked", || async {
        let listed = service.json(&["dead-letters", "list", "--json", "--reason", "pid"]);
        listed.as_array().unwrap().first().cloned()
    })
    .await;
    assert_eq!(listed["traceParent"], trace);
    let id = listed["id"].as_str().unwrap().to_owned();
    let said = |arguments: &[&str]| {
        let output = service.run(&[&["dead-letters"], arguments].concat());
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    };
    let (_, list) = said(&["list"]);
    let (_, summary) = said(&["list", "--summary"]);
    let (_, shown) = said(&["show", &id]);
    assert!(
        list.contains(&id) && summary.trim().starts_with("1  discharge"),
        "{list}{summary}"
    );
    assert!(
        shown.contains("structure  PV1: ") && shown.contains(trace),
        "{shown}"
    );
    for mark in MARKS {
        let all = [&list, &summary, &shown, &service.log()];
        assert!(all.iter().all(|text| !text.contains(mark)), "{mark}");
    }
    let (_, revealed) = said(&["show", &id, "--reveal"]);
    assert!(revealed.contains("Potassium"), "the message itself");
    // Back into the queue; the worker parks it once more.
    let (replayed, told) = said(&["replay", &id]);
    assert!(replayed, "{told}");
    let again = eventually("it is parked again", || async {
        let shown = service.json(&["dead-letters", "show", &id, "--json"]);
        (shown["deadLetter"]["state"] == "parked").then_some(shown)
    })
    .await;
    assert_eq!(again["deadLetter"]["timesParked"], 2);
    let kinds = again["audit"].as_array().unwrap().iter();
    let kinds: Vec<&str> = kinds.map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["dead-letter-shown", "dead-letter-replayed"]);
    assert!(!said(&["replay"]).0 && !said(&["replay", "nobody"]).0);
    let (_, many) = said(&["replay", "--all", "--rate", "100/s"]);
    assert!(
        many.contains("replayed 1, parked again 0, left 0"),
        "{many}"
    );
    eventually("it is parked a third time", || async {
        let shown = service.json(&["dead-letters", "show", &id, "--json"]);
        (shown["deadLetter"]["timesParked"] == 3).then_some(())
    })
    .await;
    assert!(!said(&["discard", &id, "--why", " "]).0, "it asks why");
    assert!(said(&["discard", &id, "--why", "a test"]).0);
    assert!(said(&["list"]).1.contains("no dead letters"));
    assert!(said(&["show", &id]).1.contains("what it said is erased"));
    service.stop().await;
}

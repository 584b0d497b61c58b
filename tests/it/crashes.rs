//! Every step of a life, from the event's arrival to its receipt, is killed once,
//! fails once, and is done twice: there is one handoff, one DocumentReference, no
//! orphan, and an unbroken audit.

use crate::support::broker::Client;
use crate::support::bucket::{S3, files_below};
use crate::support::messages::{DISCHARGE, fresh};
use crate::support::needs::{databases, needs};
use crate::support::{Service, eventually};
use handoff::adapters::faults::{APART, POINTS, STEPS};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Folder,
    Bucket,
}

/// What happens at a point.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    /// Killed by SIGKILL. After an effect that is written down nowhere yet, its next
    /// process does it a second time.
    Killed,
    /// An error. After an effect, whoever tries again does it a second time.
    Failed,
}

fn armed(fate: Fate) -> BTreeSet<&'static str> {
    let deaths = POINTS.into_iter().filter(|_| fate == Fate::Killed);
    let all = STEPS.into_iter().chain(deaths);
    all.collect()
}

struct Play {
    service: Service,
    s3: S3,
    place: Place,
    fault: String,
    marks: PathBuf,
}

impl Play {
    async fn open(fate: Fate, amqp: &str, database: Option<&str>, place: Place) -> Self {
        let how = if fate == Fate::Failed { ":fail" } else { "" };
        let list: Vec<String> = armed(fate)
            .into_iter()
            .map(|name| format!("{name}{how}"))
            .collect();
        Self::with(&list.join(","), amqp, database, place).await
    }

    async fn with(faults: &str, amqp: &str, database: Option<&str>, place: Place) -> Self {
        let s3 = S3::start().await;
        let mut service = Service::prepare(Some(amqp), database);
        if place == Place::Bucket {
            service.stage_in(&s3);
        }
        for (name, value) in [
            ("HANDOFF_SWEEP_EVERY", "1s"),
            ("HANDOFF_SEND_LEASE", "3s"),
            ("HANDOFF_STAGE_LEASE", "3s"),
        ] {
            service.set(name, value);
        }
        let marks = service.folder.path().join("marks");
        std::fs::create_dir(&marks).unwrap();
        Self {
            fault: format!("{faults}@{}", marks.display()),
            service,
            s3,
            place,
            marks,
        }
    }

    fn objects(&self) -> usize {
        match self.place {
            Place::Folder => files_below(&self.service.state().join("staged")).len(),
            Place::Bucket => self.s3.objects().len(),
        }
    }

    fn struck(&self) -> BTreeSet<String> {
        let marks = std::fs::read_dir(&self.marks).unwrap();
        let name = |mark: std::fs::DirEntry| mark.file_name().to_string_lossy().into_owned();
        marks.map(|mark| name(mark.unwrap())).collect()
    }

    /// Waits, and starts again what a fault has ended.
    async fn until<T>(&mut self, what: &str, mut look: impl FnMut(&Self) -> Option<T>) -> T {
        for _ in 0..1200 {
            self.service.revive(Some(&self.fault)).await;
            if let Some(found) = look(self) {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!(
            "it did not happen within 2 min: {what}; struck {:?}\n{}",
            self.struck(),
            self.service.log()
        );
    }

    fn only_handoff(&self) -> Option<Value> {
        let found = self.service.json(&["list", "--json"]);
        match &found.as_array().unwrap()[..] {
            [] => None,
            [one] => Some(one.clone()),
            more => panic!("{} handoffs of one event", more.len()),
        }
    }
}

fn all_sent(handoff: &Value) -> bool {
    let errands = handoff["errands"].as_array().unwrap();
    errands.iter().all(|errand| errand["state"] == "sent")
}

/// One good event and one that nobody can read, to the end of the packet's life.
async fn played(fate: Fate, amqp: &str, database: Option<&str>, place: Place) {
    let mut play = Play::open(fate, amqp, database, place).await;
    let results = play.service.results();
    let seen = format!("{results}.seen");
    let notices = play.service.notices();
    let consuming = |play: &Play| play.service.log().contains("\"consuming\"").then_some(());
    play.until("the worker consumes", consuming).await;
    // Its service holds the broker from here on: no other test stops it.
    let broker = Client::connect(amqp).await.unwrap();
    broker.listen(&results, &seen).await.unwrap();
    let heard = format!("{notices}.seen");
    broker.listen(&notices, &heard).await.unwrap();

    let (body, _) = fresh(DISCHARGE, jiff::Timestamp::now());
    let exchange = play.service.exchange();
    publish(&broker, &exchange, &body, "m-1").await;
    publish(&broker, &exchange, b"this is no message", "p-1").await;
    let sent = |play: &Play| play.only_handoff().filter(all_sent);
    let handoff = play.until("one handoff, and all of it sent", sent).await;
    let parked = |play: &Play| play.struck().contains("after-park").then_some(());
    play.until("the poison is parked", parked).await;
    let gone = |play: &Play| (play.objects() == 2).then_some(());
    play.until("one object for each file, and no orphan", gone)
        .await;
    // What was sent twice has one id; the other is the answer to the poison.
    let ids = Client::connect(amqp).await.unwrap().ids(&seen).await;
    assert_eq!(ids.unwrap().len(), 2, "one identity of the reference");

    let again = ["--reply", "--message-id", "m-2"];
    let reply = play.service.publish(&body, &again).await.unwrap();
    let again: Value = serde_json::from_str(reply["body"].as_str().unwrap()).unwrap();
    let id = handoff["id"].as_str().unwrap();
    assert_eq!(again["masterIdentifier"]["value"], format!("urn:uuid:{id}"));

    end(&mut play, id).await;
    let armed: BTreeSet<String> = armed(fate).into_iter().map(str::to_owned).collect();
    assert_eq!(play.struck(), armed, "every point was reached");
    assert!(play.service.run(&["audit", "verify"]).status.success());
    assert!(
        all_sent(&play.only_handoff().unwrap()),
        "the outbox is empty"
    );
    play.service.stop().await;
}

/// Until the queue is bound: what consumes may be another channel's.
async fn publish(broker: &Client, exchange: &str, body: &[u8], id: &str) {
    eventually("a queue takes the event", || async {
        let taken = broker.publish(exchange, "adt.a03.test", body, id).await;
        taken.ok()
    })
    .await;
}

/// It is revoked, and a day's key ends: every step of that as well.
async fn end(play: &mut Play, id: &str) {
    let old = old_key(&play.service.state().join("keys"));
    let ended = |play: &Play| {
        // It may be killed, or fail; it is asked until nothing is left.
        let mut revoke = play.service.command(&["revoke", id]);
        revoke.env("HANDOFF_FAULT", &play.fault).output().unwrap();
        (play.objects() == 0).then_some(())
    };
    play.until("no byte is left", ended).await;
    let destroyed = |play: &Play| {
        let struck = play.struck();
        let both = struck.contains("before-destroy") && struck.contains("after-destroy");
        (both && !old.exists()).then_some(())
    };
    play.until("the day's key is destroyed", destroyed).await;
    let erased = |play: &Play| {
        let armed = [
            "before-erase",
            "after-ledger",
            "after-erase",
            "before-delete",
            "after-delete",
        ];
        let struck = play.struck();
        armed
            .iter()
            .all(|name| struck.contains(*name))
            .then_some(())
    };
    play.until("every step of an end", erased).await;
    let receipt = play.service.run(&["receipt", id]);
    let said = String::from_utf8_lossy(&receipt.stderr);
    assert!(receipt.status.success(), "{said}");
}

/// The key of a day long past, under which nothing is sealed.
fn old_key(keys: &Path) -> PathBuf {
    let mut files = std::fs::read_dir(keys).unwrap();
    let sealing = files.find_map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_name()?.to_string_lossy().into_owned();
        (name.starts_with("sealing-") && name.ends_with(".key")).then_some(path)
    });
    let old = keys.join("sealing-20200101-00000000.key");
    std::fs::copy(sealing.unwrap(), &old).unwrap();
    old
}

async fn played_everywhere(fate: Fate) {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    if needs("HANDOFF_TEST_PYTHON").is_none() {
        return;
    }
    for database in databases().await {
        let place = match database {
            None => Place::Folder,
            Some(_) => Place::Bucket,
        };
        played(fate, &amqp, database.as_deref(), place).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_is_killed_once() {
    played_everywhere(Fate::Killed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_fails_once_and_what_failed_after_its_effect_is_done_twice() {
    played_everywhere(Fate::Failed).await;
}

/// An event fails, and its process dies before or after the copy that waits is
/// confirmed, or its place in line is written: once all the same.
#[tokio::test(flavor = "multi_thread")]
async fn killed_while_a_failed_event_is_set_aside() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    for (point, order) in [
        ("before-aside", ""),
        ("after-aside", ""),
        ("after-line", "order: per-patient\n"),
    ] {
        for database in databases().await {
            let faults = format!("before-commit:fail,{point}");
            let mut play = Play::with(&faults, &amqp, database.as_deref(), Place::Folder).await;
            play.service.set("HANDOFF_RETRY_AFTER", "1s");
            let channel = play.service.folder.path().join("channels/discharge.yaml");
            let text = std::fs::read_to_string(&channel).unwrap();
            std::fs::write(&channel, format!("{text}\n{order}")).unwrap();
            let consuming =
                |play: &Play| play.service.log().contains("\"consuming\"").then_some(());
            play.until("the worker consumes", consuming).await;
            let broker = Client::connect(&amqp).await.unwrap();
            let exchange = play.service.exchange();
            // The exchange is there before its queue is bound.
            let (body, _) = fresh(DISCHARGE, jiff::Timestamp::now());
            let published = broker.publish(&exchange, "adt.a03.test", &body, "m-1");
            published.await.unwrap();
            let struck = |play: &Play| play.struck().contains(point).then_some(());
            play.until("it was killed there", struck).await;
            let handed_over = |play: &Play| play.only_handoff().filter(|_| play.objects() == 2);
            play.until("one handoff, and no orphan", handed_over).await;
            let queue = play.service.queue();
            eventually("nothing is left on the broker", || async {
                let retry = broker.waiting(&format!("{queue}.retry.1s")).await.unwrap();
                let left = broker.waiting(&queue).await.unwrap() + retry;
                (left == 0).then_some(())
            })
            .await;
            assert!(play.only_handoff().is_some(), "{point}: one handoff");
            let letters = play.service.json(&["dead-letters", "list", "--json"]);
            assert_eq!(letters.as_array().unwrap().len(), 0, "{point}");
            assert!(play.service.run(&["audit", "verify"]).status.success());
            play.service.stop().await;
        }
    }
}

/// A point that is in no list would be in no play.
#[test]
fn every_point_of_the_code_is_in_the_lists() {
    let mut found = BTreeSet::new();
    let sources = files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    for path in sources {
        let Ok(text) = std::fs::read_to_string(path) else {
            continue;
        };
        for call in ["faults::step(\"", "faults::point(\""] {
            let names = text
                .split(call)
                .skip(1)
                .filter_map(|rest| rest.split('"').next());
            found.extend(names.map(str::to_owned));
        }
    }
    let listed = STEPS
        .into_iter()
        .chain(POINTS)
        .chain(APART)
        .map(str::to_owned);
    assert_eq!(found, listed.collect());
}

/// Killed between the erased key and the deleted object, for each place.
#[tokio::test(flavor = "multi_thread")]
async fn killed_in_mid_sweep() {
    for place in [Place::Folder, Place::Bucket] {
        let s3 = S3::start().await;
        let mut service = Service::prepare(None, None);
        if place == Place::Bucket {
            service.stage_in(&s3);
        }
        // The sweeper of the service itself stays out of this test.
        service.set("HANDOFF_SWEEP_EVERY", "1d");
        let objects = |service: &Service| match place {
            Place::Folder => files_below(&service.state().join("staged")).len(),
            Place::Bucket => s3.objects().len(),
        };
        service.start(None).await;
        let (body, _) = fresh(DISCHARGE, jiff::Timestamp::now());
        let post = reqwest::Client::new()
            .post(format!("{}/api/v1/events", service.url))
            .bearer_auth(service.token());
        let answer = post.body(body).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        let reference: Value = answer.json().await.unwrap();
        let url = reference["content"][0]["attachment"]["url"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(objects(&service), 2);
        let list = service.json(&["list", "--json"]);
        let id = list[0]["id"].as_str().unwrap();
        let killed = service.killed(&["revoke", id], "after-erase");
        assert!(!killed.success());
        assert_eq!(objects(&service), 2, "keys first, objects after");
        assert_eq!(reqwest::get(&url).await.unwrap().status(), 404);
        let swept = service.json(&["sweep", "--json"]);
        assert_eq!(swept["objectsDeleted"], 2);
        assert_eq!(objects(&service), 0);
        service.stop().await;
    }
}

/// A message whose files are longer than what leaves at once.
fn long_discharge() -> Vec<u8> {
    let (mut body, _) = fresh(DISCHARGE, jiff::Timestamp::now());
    for place in 100..500 {
        let result = format!(
            "OBX|{place}|NM|2823-3^Potassium^LN||{}.{}|mmol/L|3.5-5.1|N|||F|||20261122060000+0000\r",
            3 + place % 3,
            place % 10
        );
        body.extend(result.bytes());
    }
    body
}

/// What came of a body before its server was gone.
async fn all_that_comes(mut answer: reqwest::Response) -> Vec<u8> {
    let mut got = Vec::new();
    while let Ok(Some(piece)) = answer.chunk().await {
        got.extend(piece);
    }
    got
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_mid_download_its_readers_go_on_and_the_count_stays_right() {
    for database in databases().await {
        let mut service = Service::prepare(None, database.as_deref());
        service.start(Some("mid-body")).await;
        let web = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let post = web.post(format!("{}/api/v1/events", service.url));
        let post = post.bearer_auth(service.token()).body(long_discharge());
        let answer = post.send().await.unwrap();
        assert_eq!(answer.status(), 201);
        let reference: Value = answer.json().await.unwrap();
        let attachment = &reference["content"][1]["attachment"];
        let size = usize::try_from(attachment["size"].as_u64().unwrap()).unwrap();
        assert!(size > 100_000, "{size}");
        let get = |url: &str, headers: &[(&str, &str)]| {
            let request = headers.iter().fold(web.get(url), |request, (name, value)| {
                request.header(*name, *value)
            });
            request.send()
        };

        // The person's browser: proven, pressed, and the server dies under it.
        let list = service.json(&["list", "--json"]);
        let (page, cookie) = service.visit(&web, list[0]["id"].as_str().unwrap()).await;
        let button = format!("{page}/2");
        let pressed = web.post(&button).header("cookie", &cookie).send().await;
        assert_eq!(pressed.unwrap().status(), 303);
        let answer = get(&button, &[("cookie", &cookie)]).await.unwrap();
        let mut mine = all_that_comes(answer).await;
        assert!(service.ended_by_signal().await && mine.len() < size);
        service.start(None).await;
        let range = format!("bytes={}-", mine.len());
        let rest = get(&button, &[("cookie", &cookie), ("range", &range)])
            .await
            .unwrap();
        assert_eq!(rest.status(), 206);
        mine.extend(rest.bytes().await.unwrap());
        assert_eq!(mine.len(), size);
        service.kill();

        // The system: the same, with the ETag of its claim.
        service.start(Some("mid-body")).await;
        let url = attachment["url"].as_str().unwrap();
        let answer = get(url, &[]).await.unwrap();
        let tag = answer.headers()["etag"].to_str().unwrap().to_owned();
        let mut theirs = all_that_comes(answer).await;
        assert!(service.ended_by_signal().await && theirs.len() < size);
        service.start(None).await;
        let range = format!("bytes={}-", theirs.len());
        // Until the dead gateway's body counts as gone, it is told to come again.
        let rest = eventually("the dead body is given up", || async {
            let rest = get(url, &[("range", &range), ("if-range", &tag)])
                .await
                .unwrap();
            (rest.status() != 503).then_some(rest)
        })
        .await;
        assert_eq!(rest.status(), 206);
        theirs.extend(rest.bytes().await.unwrap());
        assert_eq!(theirs, mine, "the same file");
        assert_eq!(get(url, &[]).await.unwrap().status(), 404);
        let shown = service.json(&["list", "--json"]);
        let links = shown[0]["links"].as_array().unwrap().iter();
        let counts: Vec<_> = links.map(|link| link["downloads"].as_i64()).collect();
        assert_eq!(counts, [Some(1), Some(1)]);
        service.stop().await;
    }
}

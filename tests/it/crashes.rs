//! SIGKILL at every boundary: after a restart and one sweep there is exactly
//! one handoff, one DocumentReference identity, and no orphan.

use crate::support::bucket::{S3, files_below};
use crate::support::messages::{DISCHARGE, fresh};
use crate::support::needs::{databases, needs};
use crate::support::{Service, eventually};
use serde_json::Value;
use std::time::Duration;

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Folder,
    Bucket,
}

async fn killed_at(fault: &str, amqp: &str, database: Option<&str>, place: Place) {
    let s3 = S3::start().await;
    let mut service = Service::prepare(Some(amqp), database);
    if place == Place::Bucket {
        service.stage_in(&s3);
    }
    let objects = |service: &Service| match place {
        Place::Folder => files_below(&service.state().join("staged")),
        Place::Bucket => s3.objects(),
    };
    service.start(Some(fault)).await;
    service.consuming().await;
    let (body, _) = fresh(DISCHARGE, jiff::Timestamp::now());
    if service
        .publish(&body, &["--message-id", "m-1"])
        .await
        .is_none()
    {
        return;
    }
    assert!(
        service.ended_by_signal().await,
        "{fault}: it was not killed"
    );
    if fault == "after-put" {
        assert!(
            !objects(&service).is_empty(),
            "nothing was put before the kill"
        );
    }

    service.start(None).await;
    let handoff = eventually("one handoff whose errands are sent", || async {
        let found = service.json(&["list", "--json"]);
        let [one] = &found.as_array().unwrap()[..] else {
            return None;
        };
        let sent = one["errands"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|errand| errand["what"] == "notice by e-mail");
        sent.map(|errand| errand["state"] == "sent")
            .next()
            .unwrap_or(false)
            .then(|| one.clone())
    })
    .await;
    // The reservation of the killed process has run out.
    tokio::time::sleep(Duration::from_millis(1200)).await;
    service.json(&["sweep", "--json"]);
    assert_eq!(
        objects(&service).len(),
        2,
        "{fault}: one object for each file, and no orphan"
    );
    assert_eq!(handoff["links"].as_array().unwrap().len(), 2);

    let reply = service
        .publish(&body, &["--reply", "--message-id", "m-2"])
        .await
        .unwrap();
    let again: Value = serde_json::from_str(reply["body"].as_str().unwrap()).unwrap();
    let id = handoff["id"].as_str().unwrap();
    assert_eq!(again["masterIdentifier"]["value"], format!("urn:uuid:{id}"));
    assert_eq!(
        service.json(&["list", "--json"]).as_array().unwrap().len(),
        1,
        "{fault}"
    );
    assert!(service.run(&["audit", "verify"]).status.success());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_put() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    for database in databases().await {
        killed_at("after-put", &amqp, database.as_deref(), Place::Folder).await;
    }
    killed_at("after-put", &amqp, None, Place::Bucket).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_commit_and_before_the_ack() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    for database in databases().await {
        killed_at("after-commit", &amqp, database.as_deref(), Place::Folder).await;
    }
    killed_at("before-ack", &amqp, None, Place::Bucket).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_sending_and_marking_it_sent() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    for database in databases().await {
        killed_at("mid-send", &amqp, database.as_deref(), Place::Folder).await;
    }
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
        let killed = service.killed(&["revoke", id], "mid-sweep");
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

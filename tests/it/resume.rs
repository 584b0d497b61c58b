//! Downloads that break off and go on: ranges inside a claim, and outside of one.

use crate::support::House;
use crate::support::house::{attachment_url, channels_with, now};
use crate::support::messages::{DISCHARGE, sent};
use crate::support::needs::databases;
use handoff::domain::claim::step_back;
use handoff::domain::link::Face;
use reqwest::{Response, StatusCode, header};
use serde_json::Value;

fn discharge(id: &str) -> Vec<u8> {
    sent(DISCHARGE, id, now())
}

fn size(reference: &Value) -> usize {
    let size = reference["content"][0]["attachment"]["size"].as_u64();
    usize::try_from(size.unwrap()).unwrap()
}

impl House {
    /// Waits until the store knows that this browser got so many bytes.
    async fn written_down(&self, handoff: &str, cookie: &str, bytes: i64) {
        let store = &self.world.store;
        let link = &store.links_of(handoff, Face::People).await.unwrap()[0];
        let secret = cookie.split_once('=').unwrap().1;
        let holder = handoff::adapters::digest::sha256_hex(secret.as_bytes());
        crate::support::eventually("the end of a body", || async {
            let now = self.world.clock.now();
            let held = store.held_claims(link, &holder, now).await.unwrap();
            held.iter().any(|held| held.bytes == bytes).then_some(())
        })
        .await;
    }

    async fn ask(&self, url: &str, headers: &[(header::HeaderName, &str)]) -> Response {
        let request = self.web.get(url);
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(name, *value)
        });
        request.send().await.unwrap()
    }
}

fn tag(answer: &Response) -> String {
    answer.headers()[header::ETAG].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_goes_on_where_it_broke_off_and_gets_no_second_copy() {
    for database in databases().await {
        let house = House::on(database).await;
        let (handoff, reference) = house.created(&discharge("resume")).await;
        let url = attachment_url(&reference, 0);
        let size = size(&reference);
        let mut answer = house.ask(&url, &[]).await;
        let tag = tag(&answer);
        assert_eq!(answer.headers()[header::ACCEPT_RANGES], "bytes");
        // The first piece arrives, then the connection is dropped.
        let first = answer.chunk().await.unwrap().unwrap();
        drop(answer);
        let handed = crate::support::eventually("the end of the first body", || async {
            let links = house.world.store.links_of(&handoff, Face::Systems);
            let downloads = links.await.unwrap()[0].files[0].downloads;
            let audit = house.audit(&handoff).await;
            let ended = audit
                .iter()
                .any(|kind| kind == "failed" || kind == "completed");
            (ended && downloads == 1).then_some(())
        });
        handed.await;
        // Nobody without the tag gets anything but the first kilobyte.
        let other = house.ask(&url, &[]).await;
        assert_eq!(other.status(), 404);
        let from = first
            .len()
            .min(size - 1)
            .max(size - step_back(size as i64) as usize);
        let range = format!("bytes={from}-");
        let plain = house.ask(&url, &[(header::RANGE, &range)]).await;
        assert_eq!(plain.status(), 404);
        let again = [
            (header::RANGE, range.as_str()),
            (header::IF_RANGE, tag.as_str()),
        ];
        let rest = house.ask(&url, &again).await;
        assert_eq!(rest.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(
            rest.headers()[header::CONTENT_RANGE],
            format!("bytes {from}-{}/{size}", size - 1)
        );
        assert_eq!(rest.bytes().await.unwrap().len(), size - from);
        house.audited(&handoff, "completed").await;
        // From the beginning it is a second copy: not even with the tag.
        for range in ["bytes=0-", "bytes=100-"] {
            let again = [(header::RANGE, range), (header::IF_RANGE, tag.as_str())];
            assert_eq!(house.ask(&url, &again).await.status(), 416);
        }
        let stale = [(header::IF_MATCH, "\"AAAAAAAAAAAAAAAAAAAAAA\"")];
        assert_eq!(house.ask(&url, &stale).await.status(), 404);
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_kilobyte_counts_nothing_and_there_is_no_more_to_probe() {
    let house = House::open().await;
    let (handoff, reference) = house.created(&discharge("probe")).await;
    let url = attachment_url(&reference, 0);
    for _ in 0..20 {
        for (range, status, bytes) in [
            ("bytes=0-0", 206, 1),
            ("bytes=0-1023", 206, 1024),
            ("bytes=0-5000", 206, 1024),
            ("bytes=1000-1100", 206, 24),
            ("bytes=1024-2047", 416, 0),
            ("bytes=-5", 416, 0),
            ("bytes=0-1,4-5", 416, 0),
            ("bytes=99999999-", 416, 0),
        ] {
            let answer = house.ask(&url, &[(header::RANGE, range)]).await;
            assert_eq!(answer.status(), status, "{range}");
            if status == 206 {
                assert!(!answer.headers().contains_key(header::ETAG));
                assert_eq!(answer.bytes().await.unwrap().len(), bytes, "{range}");
            } else {
                let said = answer.headers()[header::CONTENT_RANGE].to_str().unwrap();
                assert_eq!(said, format!("bytes */{}", size(&reference)));
            }
        }
    }
    assert_eq!(house.audit(&handoff).await, ["created"]);
    // The whole as a range is the whole.
    let whole = house.ask(&url, &[(header::RANGE, "bytes=0-")]).await;
    assert_eq!(whole.status(), 206);
    assert_eq!(whole.bytes().await.unwrap().len(), size(&reference));
    house.audited(&handoff, "completed").await;
    let after = house.ask(&url, &[(header::RANGE, "bytes=0-0")]).await;
    assert_eq!(after.status(), 404, "a dead link has no first kilobyte");
    house.send_all().await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_may_read_its_file_in_any_order_and_is_done_when_it_has_all() {
    let house = House::open().await;
    let (handoff, reference) = house.created(&discharge("ranges")).await;
    let page = house.page(&handoff).await;
    let button = format!("{page}/1");
    let size = size(&reference);
    let cookie = house.prove(&page).await;
    house.press(&button, &cookie).await;
    let half = size / 2;
    let parts = [
        format!("bytes={half}-"),
        format!("bytes=0-{}", half / 2),
        format!("bytes={}-{half}", half / 2),
    ];
    let mut together = vec![0; size];
    for (place, part) in parts.iter().enumerate() {
        let begins: usize = part[6..].split('-').next().unwrap().parse().unwrap();
        let answer = house.fetch(&button, &cookie, Some(part)).await;
        assert_eq!(answer.status(), 206);
        let bytes = answer.bytes().await.unwrap();
        together[begins..begins + bytes.len()].copy_from_slice(&bytes);
        if place < 2 {
            assert!(
                !house
                    .audit(&handoff)
                    .await
                    .contains(&"completed".to_owned())
            );
        }
    }
    house.audited(&handoff, "completed").await;
    let whole = house.fetch(&button, &cookie, None).await;
    assert_eq!(whole.bytes().await.unwrap(), together);
    house.send_all().await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_claim_outlives_the_expiry_of_its_link_and_then_ends() {
    for database in databases().await {
        let house = House::on(database).await;
        let (handoff, _) = house.created(&discharge("outlives")).await;
        let page = house.page(&handoff).await;
        let button = format!("{page}/1");
        house.advance(std::time::Duration::from_secs(71 * 3600 + 3000));
        let cookie = house.prove(&page).await;
        house.press(&button, &cookie).await;
        let part = house.fetch(&button, &cookie, Some("bytes=0-9")).await;
        assert_eq!(part.bytes().await.unwrap().len(), 10);
        house.written_down(&handoff, &cookie, 10).await;
        house.advance(std::time::Duration::from_secs(1200));
        house.sweep().await;
        assert_eq!(house.web.get(&page).send().await.unwrap().status(), 404);
        let on = house.fetch(&button, &cookie, Some("bytes=10-19")).await;
        assert_eq!(
            on.status(),
            206,
            "expiry never cuts a download that has begun"
        );
        assert_eq!(on.bytes().await.unwrap().len(), 10);
        house.written_down(&handoff, &cookie, 20).await;
        house.advance(std::time::Duration::from_secs(3601));
        house.sweep().await;
        assert_eq!(house.fetch(&button, &cookie, None).await.status(), 303);
        assert!(house.staged().is_empty());
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_clients_get_exactly_as_many_copies_as_there_are() {
    for most in [1_usize, 3, 10] {
        for database in databases().await {
            let change = format!("max-downloads: {most}");
            let channels = channels_with(&[("max-downloads: 1", &change)]);
            let house = House::with(database, channels).await;
            let (_, reference) = house.created(&discharge(&format!("thousand-{most}"))).await;
            let url = attachment_url(&reference, 0);
            let size = size(&reference);
            let gate = std::sync::Arc::new(tokio::sync::Semaphore::new(200));
            let clients = (0..1000).map(|_| {
                let (web, url, gate) = (house.web.clone(), url.clone(), gate.clone());
                tokio::spawn(async move {
                    let _place = gate.acquire().await.unwrap();
                    let answer = web.get(url).send().await.unwrap();
                    let status = answer.status();
                    (status == 200).then_some(answer.bytes().await.unwrap().len())
                })
            });
            let mut copies = Vec::new();
            for client in clients.collect::<Vec<_>>() {
                copies.extend(client.await.unwrap());
            }
            assert_eq!(copies, vec![size; most]);
            house.send_all().await;
            house.leave().await;
        }
    }
}

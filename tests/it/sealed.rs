//! Sealed means sealed: nothing of the patient at rest, no way to change a
//! byte unseen, and nothing left when a link has ended.

use crate::support::bucket::{S3, files_below};
use crate::support::house::attachment_url;
use crate::support::messages::{DISCHARGE, MARKS, fresh, sent};
use crate::support::needs::databases;
use crate::support::{House, Service};
use serde_json::Value;
use std::time::Duration;

fn discharge(id: &str) -> Vec<u8> {
    sent(DISCHARGE, id, crate::support::house::now())
}

fn contains(haystack: &[u8], needle: &str) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_the_patient_lies_anywhere_in_the_clear() {
    let house = House::open().await;
    house.created(&discharge("clear")).await;
    // Held messages keep their body; it is sealed like any packet.
    let text = String::from_utf8(discharge("clear")).unwrap();
    house
        .event(text.replace("Potassium", "Potassium again").as_bytes())
        .await;
    house.send_all().await;
    let files = files_below(house.folder.path());
    assert!(files.len() > 8, "{files:?}");
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        for mark in MARKS {
            assert!(!contains(&bytes, mark), "{} holds '{mark}'", file.display());
        }
    }
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_packet_is_sealed_differently_each_time() {
    let house = House::open().await;
    house.created(&discharge("one")).await;
    house.created(&discharge("two")).await;
    let mut seen = Vec::new();
    for file in house.staged() {
        let bytes = std::fs::read(file).unwrap();
        // Same header, then nothing in common.
        let body = bytes[16..64].to_vec();
        assert!(!seen.contains(&body));
        seen.push(body);
    }
    assert_eq!(seen.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_flipped_bit_fails_the_download_clearly_and_costs_nothing() {
    let house = House::open().await;
    let (handoff, reference) = house.created(&discharge("flip")).await;
    for file in house.staged() {
        let mut bytes = std::fs::read(&file).unwrap();
        bytes[1000] ^= 1;
        std::fs::write(&file, bytes).unwrap();
    }
    let answer = house
        .web
        .get(attachment_url(&reference, 0))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 500);
    let outcome: Value = answer.json().await.unwrap();
    assert!(
        outcome["issue"][0]["details"]["text"]
            .as_str()
            .unwrap()
            .contains("integrity check"),
        "{outcome}"
    );
    let said = house.audited(&handoff, "failed").await;
    assert!(said.contains("integrity check failed"), "{said}");
    let summary = house
        .world
        .store
        .handoff(&handoff, house.world.clock.now())
        .await
        .unwrap()
        .unwrap();
    assert!(
        summary.links.iter().all(|link| link.downloads == 0),
        "{summary:?}"
    );
    // A person is told in words.
    let button = format!("{}/1", house.page(&handoff).await);
    let cookie = house.prove(&house.page(&handoff).await).await;
    house.press(&button, &cookie).await;
    let page = house
        .web
        .get(&button)
        .header("cookie", cookie)
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), 500);
    assert!(page.text().await.unwrap().contains("This file is damaged"));
    house.send_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_last_link_has_ended_key_and_object_are_gone() {
    for database in databases().await {
        let house = House::on(database).await;
        house.created(&discharge("by-time")).await;
        house.send_all().await;
        assert_eq!(house.staged().len(), 2);
        assert_eq!(house.sweep().await.keys_erased, 0, "nothing has ended yet");
        house.advance(Duration::from_secs(72 * 3600));
        let swept = house.sweep().await;
        assert_eq!((swept.keys_erased, swept.objects_deleted), (2, 2));
        assert_eq!(house.staged().len(), 0);

        let (handoff, _) = house
            .created(&sent(DISCHARGE, "by-person", house.world.clock.now()))
            .await;
        let scope = handoff::adapters::sql::RevokeScope::Handoff(handoff.clone());
        let hit = house
            .world
            .store
            .revoke(&scope, "a mistake", house.world.clock.now())
            .await
            .unwrap();
        assert_eq!(hit.len(), 2);
        assert_eq!(house.sweep().await.objects_deleted, 2);
        assert_eq!(house.staged().len(), 0);
        assert!(house.audit(&handoff).await.contains(&"erased".to_owned()));
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn used_up_links_end_their_objects_after_the_window_for_asking_twice() {
    let house = House::open().await;
    let (handoff, reference) = house.created(&discharge("used-up")).await;
    house.send_all().await;
    let cookie = house.prove(&house.page(&handoff).await).await;
    for place in [0, 1] {
        let answer = house
            .web
            .get(attachment_url(&reference, place))
            .send()
            .await
            .unwrap();
        answer.bytes().await.unwrap();
        let button = format!("{}/{}", house.page(&handoff).await, place + 1);
        house.press(&button, &cookie).await;
        let file = house.fetch(&button, &cookie, None).await;
        file.bytes().await.unwrap();
    }
    crate::support::eventually("four completed downloads", || async {
        let audit = house.audit(&handoff).await;
        (audit.iter().filter(|kind| *kind == "completed").count() == 4).then_some(())
    })
    .await;
    assert_eq!(
        house.sweep().await.keys_erased,
        0,
        "a browser may ask again for ten minutes"
    );
    house.advance(Duration::from_secs(601));
    assert_eq!(house.sweep().await.objects_deleted, 2);
    assert_eq!(house.staged().len(), 0);
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_serves_seals_and_forgets_as_a_folder_does() {
    let s3 = S3::start().await;
    let mut service = Service::prepare(None, None);
    service.stage_in(&s3);
    service.start(None).await;
    let (body, _) = fresh(DISCHARGE, jiff::Timestamp::now());
    let post = reqwest::Client::new()
        .post(format!("{}/api/v1/events", service.url))
        .bearer_auth(service.token());
    let answer = post.body(body).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let reference: Value = answer.json().await.unwrap();
    let objects = s3.objects();
    assert_eq!(objects.len(), 2);
    for object in &objects {
        let bytes = std::fs::read(object).unwrap();
        assert!(MARKS.iter().all(|mark| !contains(&bytes, mark)));
    }
    let pdf = reqwest::get(attachment_url(&reference, 0)).await.unwrap();
    assert_eq!(pdf.status(), 200);
    assert!(pdf.bytes().await.unwrap().starts_with(b"%PDF-"));
    let list = service.json(&["list", "--json"]);
    let revoked = service.json(&["revoke", list[0]["id"].as_str().unwrap(), "--json"]);
    assert_eq!(revoked["swept"]["objectsDeleted"], 2);
    assert_eq!(s3.objects().len(), 0);
    service.stop().await;
}

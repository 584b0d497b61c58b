//! POST `/api/v1/events`: every answer of the contract.

use crate::support::House;
use crate::support::house::shipped_channels;
use crate::support::invariants::complaints;
use crate::support::messages::{DISCHARGE, fixture, sent};
use crate::support::needs::databases;
use crate::support::schema::assert_r4;
use handoff::adapters::tokens::Role;
use reqwest::{Response, StatusCode};
use serde_json::Value;

impl House {
    fn token(&self) -> String {
        let expires = self.world.clock.now().as_second() + 3600;
        let expires = jiff::Timestamp::from_second(expires).unwrap();
        self.world
            .access
            .access_token("engine", Role::Sender, expires)
            .unwrap()
    }

    async fn post(&self, body: Vec<u8>) -> Response {
        self.post_as(body, None).await
    }

    async fn post_as(&self, body: Vec<u8>, key: Option<&str>) -> Response {
        let url = format!("{}/api/v1/events", self.world.settings.public_url);
        let request = self.web.post(url).bearer_auth(self.token()).body(body);
        match key {
            Some(key) => request.header("idempotency-key", key),
            None => request,
        }
        .send()
        .await
        .unwrap()
    }
}

async fn outcome(answer: Response) -> String {
    let outcome: Value = answer.json().await.unwrap();
    assert_eq!(outcome["resourceType"], "OperationOutcome");
    assert_r4(&outcome);
    outcome.to_string()
}

fn discharge(id: &str) -> Vec<u8> {
    sent(DISCHARGE, id, crate::support::house::now())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_nothing_is_taken() {
    let house = House::open().await;
    let url = format!("{}/api/v1/events", house.world.settings.public_url);
    let answer = house
        .web
        .post(&url)
        .body(discharge("x"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(answer.headers()["www-authenticate"], "Bearer");
    outcome(answer).await;
    let forged = house
        .web
        .post(&url)
        .bearer_auth("e30.e30.e30")
        .body(discharge("x"))
        .send()
        .await
        .unwrap();
    assert_eq!(forged.status(), StatusCode::UNAUTHORIZED);
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_event_is_201_and_its_repeat_is_200_with_the_same_reference() {
    for database in databases().await {
        let house = House::on(database).await;
        let first = house.post(discharge("one")).await;
        assert_eq!(first.status(), StatusCode::CREATED);
        assert_eq!(first.headers()["content-type"], "application/fhir+json");
        let reference: Value = first.json().await.unwrap();
        assert_r4(&reference);
        // Another transport id, the same message.
        let repeat = house.post_as(discharge("one"), Some("replayed")).await;
        assert_eq!(repeat.status(), StatusCode::OK);
        assert_eq!(repeat.json::<Value>().await.unwrap(), reference);
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_identity_with_another_body_is_409_and_is_kept() {
    for database in databases().await {
        let house = House::on(database).await;
        house.post(discharge("reset")).await;
        let other = String::from_utf8(discharge("reset"))
            .unwrap()
            .replace("5.60", "6.10")
            .into_bytes();
        for _ in 0..2 {
            let answer = house.post(other.clone()).await;
            assert_eq!(answer.status(), StatusCode::CONFLICT);
            assert!(outcome(answer).await.contains("held for a person"));
        }
        let all = house
            .world
            .store
            .handoffs(None, 10, house.world.clock.now())
            .await
            .unwrap();
        assert_eq!(all.len(), 2, "the original and one held twin");
        assert!(all.iter().any(|handoff| handoff.state == "held"));
        // The original is still a repeat.
        assert_eq!(
            house.post(discharge("reset")).await.status(),
            StatusCode::OK
        );
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_held_for_a_person_is_202_each_time() {
    // The referral channel has no test recipient.
    let house = House::open().await;
    let old = sent(
        "hl7v2/ref_i12_referral.hl7",
        "old",
        "2026-11-01T00:00:00Z".parse().unwrap(),
    );
    for _ in 0..2 {
        let answer = house.post(old.clone()).await;
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        let said = outcome(answer).await;
        assert!(said.contains("max-age"), "{said}");
    }
    let all = house
        .world
        .store
        .handoffs(None, 10, house.world.clock.now())
        .await
        .unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].links.len(), 0, "nobody was given a link");
    assert_eq!(house.staged().len(), 1, "the message is kept");
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_channel_wants_is_200_and_what_cannot_be_read_is_422() {
    let house = House::open().await;
    let admission = String::from_utf8(discharge("a01"))
        .unwrap()
        .replace("ADT^A03^ADT_A03", "ADT^A01^ADT_A01");
    let answer = house.post(admission.into_bytes()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(outcome(answer).await.contains("informational"));
    for name in [
        "not_a_message.txt",
        "no_msh9.hl7",
        "two_patients.hl7",
        "truncated_bundle.json",
    ] {
        let body = fixture(&format!("invalid/{name}"));
        let answer = house.post(body).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        let said = outcome(answer).await;
        for secret in ["GRIFFITH", "LG-"] {
            assert!(!said.contains(secret), "{said}");
        }
    }
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_413() {
    let house = House::open().await;
    let answer = house
        .post(vec![b' '; handoff::formats::read::MAX_BODY_BYTES + 1])
        .await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    outcome(answer).await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_two_channels_want_is_a_bundle_of_references() {
    let mut channels = shipped_channels();
    let text = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/channels/discharge.yaml"
    ))
    .unwrap();
    let text = text
        .replace("channel: discharge", "channel: second")
        .replace("queue: handoff.discharge", "queue: handoff.second");
    let (second, errors) = handoff::app::channels::parse(&[("second.yaml".into(), text)]);
    assert_eq!(errors, []);
    channels.extend(second);
    let house = House::with(None, channels).await;
    let answer = house.post(discharge("both")).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let bundle: Value = answer.json().await.unwrap();
    assert_eq!(bundle["type"], "collection");
    assert_eq!(bundle["entry"].as_array().unwrap().len(), 2);
    assert_r4(&bundle);
    house.send_all().await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shipped_example_makes_valid_fhir() {
    let house = House::open().await;
    let now = crate::support::house::now();
    let bundle = |name: &str| {
        let mut bundle: Value = serde_json::from_slice(&fixture(name)).unwrap();
        bundle["timestamp"] = now.to_string().into();
        serde_json::to_vec(&bundle).unwrap()
    };
    let bodies = [
        sent(DISCHARGE, "e1", now),
        sent("hl7v2/adt_a03_sparse.hl7", "e2", now),
        sent("hl7v2/adt_a03_arabic_name.hl7", "e3", now),
        sent("hl7v2/ref_i12_referral.hl7", "e4", now),
        bundle("fhir/bundle_message_discharge.json"),
        bundle("fhir/bundle_collection_referral.json"),
        bundle("fhir/bundle_document_discharge.json"),
    ];
    for body in bodies {
        let (_, reference) = house.created(&body).await;
        assert_r4(&reference);
        let url = crate::support::house::attachment_url(&reference, 1);
        let document: Value = house
            .web
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert_r4(&document);
        assert_eq!(complaints(&document), [""; 0]);
    }
    house.send_all().await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_the_same_alone_in_a_batch_and_in_a_frame() {
    let house = House::open().await;
    let first = house.post(discharge("b1")).await;
    assert_eq!(first.status(), StatusCode::CREATED);
    let batch = |messages: [&[u8]; 2]| {
        let mut body = b"BHS|^~\\&|NORTHWARD\r".to_vec();
        messages
            .iter()
            .for_each(|message| body.extend_from_slice(message));
        body.extend_from_slice(b"BTS|2\r");
        body
    };
    let (one, two) = (discharge("b1"), discharge("b2"));
    let answer = house.post(batch([&one, &two])).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let bundle: Value = answer.json().await.unwrap();
    assert_eq!(
        bundle["entry"][0]["resource"],
        first.json::<Value>().await.unwrap(),
        "a repeat"
    );
    let framed = [b"\x0b".as_slice(), &two, b"\x1c\r"].concat();
    assert_eq!(house.post(framed).await.status(), StatusCode::OK);
    let other_ends = String::from_utf8(two)
        .unwrap()
        .replace('\r', "\n")
        .into_bytes();
    assert_eq!(house.post(other_ends).await.status(), StatusCode::OK);
    let all = house
        .world
        .store
        .handoffs(None, 10, house.world.clock.now())
        .await
        .unwrap();
    assert!(all.iter().all(|handoff| handoff.state == "open"), "{all:?}");
    house.send_all().await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_that_no_broker_could_carry_is_400() {
    let house = House::open().await;
    let answer = house
        .post_as(discharge("key"), Some(&"k".repeat(256)))
        .await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    outcome(answer).await;
    house.leave().await;
}

//! The same link as a SMART Health Link: what a receiver that knows the standard
//! gets, how often, and what counts.

mod client;
mod receiver;

use self::receiver::Receiver;
use crate::support::House;
use crate::support::invariants::of_one;
use crate::support::needs::databases;
use crate::support::schema::assert_r4;
use handoff::app::channels::{self, Channels};
use handoff::app::pipeline::{Incoming, passcode_record, walk};
use handoff::app::shl::shl_view;
use handoff::domain::link::{Face, Link};
use reqwest::{Method, StatusCode, header};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A channel that offers its links this way.
fn offering(rule: &str, formats: &str) -> Channels {
    let text = format!(
        "
channel: offering
owner: integration@riverside.example
trigger:
  events: [ADT^A03]
cancel-on: [ADT^A11]
correct-on: [ADT^A08]
packet:
  kind: discharge
  sections: [encounter, diagnoses]
  formats: {formats}
  purpose-of-use: TREAT
  sensitive: {{action: label, unlabelled: send, consent-scope: All of the stay}}
link: {{expires-after: 72h, {rule}}}
recipients:
  - {{name: Riverside care management, email: care@riverside.example}}
notify:
  - email: {{}}
return:
  - reply: {{url: link}}
"
    );
    let (channels, errors) = channels::parse(&[(PathBuf::from("offering.yaml"), text)]);
    assert!(errors.is_empty(), "{}", errors[0]);
    channels
}

fn both(rule: &str) -> Channels {
    offering(rule, "[pdf, fhir-document]")
}

const OPEN: &str = "max-downloads: 1, smart-health-link: true";
const PASSCODE: &str = "max-downloads: 1, verify: passcode, smart-health-link: true";

fn message(event: &str, minute: u8, diagnosis: &str) -> Vec<u8> {
    format!(
        "MSH|^~\\&|ADT|LAKESIDE|||202611231{minute:03}00+0000||{event}|S-{minute}|P|2.3\r\
         PID|1||MRN1^^^LAKE^MR||MBEKI^Thabo||19710304|M\r\
         PV1|1|I|W7^1^A||||||||||||||||V1^^^LAKE|||||||||||||||||01||||||||20261120080000+0000|20261123115500+0000\r\
         DG1|1||{diagnosis}^I10|||F\r"
    )
    .into_bytes()
}

fn discharge() -> Vec<u8> {
    message("ADT^A03", 0, "I50.9^Heart failure")
}

impl House {
    async fn offering(database: Option<String>, channels: Channels) -> (Self, String, Receiver) {
        let house = Self::with(database, channels).await;
        let (handoff, _) = house.created(&discharge()).await;
        let receiver = house.receiver(&handoff).await;
        (house, handoff, receiver)
    }

    async fn peoples_link(&self, handoff: &str) -> Link {
        let links = self.world.store.links_of(handoff, Face::People).await;
        links.unwrap().remove(0)
    }

    /// Somebody who was given the SMART Health Link of the first recipient.
    async fn receiver(&self, handoff: &str) -> Receiver {
        let link = self.peoples_link(handoff).await;
        let view = shl_view(&self.world, &link).await.unwrap();
        Receiver::new(&self.web, &view.expect("it is one").link)
    }

    async fn passcode(&self, handoff: &str) -> String {
        let link = self.peoples_link(handoff).await;
        let sealed = self.world.store.sealed_passcode(&link.id).await.unwrap();
        let record = passcode_record(&link.id);
        let code = self.world.keys.open_record(&record, &sealed.unwrap());
        String::from_utf8(code.unwrap().to_vec()).unwrap()
    }

    async fn details(&self, handoff: &str) -> Vec<String> {
        let entries = self.world.store.audit_of(handoff).await.unwrap();
        let lines = entries.into_iter();
        lines
            .map(|entry| format!("{}: {}", entry.kind, entry.detail))
            .collect()
    }

    async fn go(self) {
        self.send_all().await;
        self.leave().await;
    }
}

fn wrapped(bundle: &Value) -> &Value {
    assert_eq!(bundle["type"], "collection");
    assert!(bundle["timestamp"].is_string());
    let entries = bundle["entry"].as_array().unwrap();
    assert!(entries.iter().all(|entry| entry["fullUrl"].is_string()));
    assert_r4(bundle);
    for entry in entries {
        assert_eq!(of_one(&entry["resource"]), [] as [String; 0]);
    }
    assert_eq!(entries[0]["resource"]["resourceType"], "Patient");
    &entries[1]["resource"]
}

#[tokio::test(flavor = "multi_thread")]
async fn embedded_files_open_with_the_key_in_the_link() {
    for database in databases().await {
        let (house, handoff, receiver) = House::offering(database, both(OPEN)).await;
        assert_eq!(receiver.payload["flag"], "L");
        assert!(receiver.url.len() <= 128);
        let manifest = receiver.embedded(1 << 20).await;
        let files = manifest["files"].as_array().unwrap();
        assert_eq!(files.len(), 2);
        for file in files {
            assert_eq!(file["contentType"], "application/fhir+json");
            assert_eq!(file["fhirVersion"], "4.0.1");
            assert_eq!(file["status"], "can-change");
            assert_eq!(file["lastUpdated"], "2026-11-23T12:00:00Z");
            assert!(file.get("location").is_none());
        }
        let pdf = receiver.opened(files[0]["embedded"].as_str().unwrap());
        let reference = wrapped(&pdf);
        assert_eq!(reference["type"]["coding"][0]["code"], "18842-5");
        assert_eq!(
            reference["subject"]["reference"],
            pdf["entry"][0]["fullUrl"]
        );
        let attachment = &reference["content"][0]["attachment"];
        assert_eq!(attachment["contentType"], "application/pdf");
        let bytes = receiver::attached(attachment);
        assert!(bytes.starts_with(b"%PDF-"));
        // The numbers of the source are not the packet's to tell.
        assert!(!pdf.to_string().contains("\"V1\""));
        let document = receiver.opened(files[1]["embedded"].as_str().unwrap());
        assert_eq!(document["type"], "document");
        assert_r4(&document);

        crate::support::eventually("both files are counted", || async {
            let audit = house.audit(&handoff).await;
            let completed = audit.iter().filter(|kind| *kind == "completed");
            (completed.count() == 2).then_some(())
        })
        .await;
        assert_eq!(
            receiver.manifest(None, None).await.status(),
            StatusCode::NOT_FOUND
        );
        let details = house.details(&handoff).await;
        let first = &details[1];
        assert!(
            first.starts_with("first-access: asked for nothing"),
            "{first}"
        );
        assert!(first.ends_with("declared recipient: Dr. Test"), "{first}");
        let counted = details.iter().filter(|line| line.starts_with("completed"));
        assert_eq!(counted.count(), 2);
        house.go().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_location_gives_its_file_once_and_manifests_count_nothing() {
    for database in databases().await {
        let (house, handoff, receiver) = House::offering(database, both(OPEN)).await;
        for _ in 0..5 {
            assert_eq!(receiver.locations().await.len(), 2);
        }
        // Too small for anything: nothing is embedded.
        let manifest = receiver.embedded(100).await;
        assert!(manifest["files"][0]["location"].is_string());
        let [pdf, document] = &receiver.locations().await[..] else {
            panic!("two files")
        };
        for _ in 0..5 {
            let head = house.web.head(pdf).send().await.unwrap();
            assert_eq!(head.status(), StatusCode::OK);
        }
        let stranger = pdf.split("?t=").next().unwrap();
        for wrong in [
            stranger.to_owned(),
            format!("{stranger}?t={}", "A".repeat(22)),
        ] {
            let answer = house.web.get(wrong).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        }
        let answer = house.web.get(pdf).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/jose");
        wrapped(&receiver.opened(&answer.text().await.unwrap()));
        house.audited(&handoff, "completed").await;
        for used in [pdf, &receiver.location_of(pdf).await] {
            let again = house.web.get(used).send().await.unwrap();
            assert_eq!(again.status(), StatusCode::NOT_FOUND);
        }
        // What is used up is left out; the rest still opens.
        assert_eq!(receiver.locations().await.len(), 1);
        let answer = house.web.get(document).send().await.unwrap();
        let opened = receiver.opened(&answer.text().await.unwrap());
        assert_eq!(opened["type"], "document");
        house.go().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_location_ends_with_its_proof() {
    let (house, _, receiver) = House::offering(None, both(OPEN)).await;
    let before = receiver.locations().await;
    // SHL: a location lives an hour at most.
    house.advance(Duration::from_secs(31 * 60));
    let answer = house.web.get(&before[0]).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let after = receiver.locations().await;
    let answer = house.web.get(&after[0]).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    drop(answer.bytes().await);
    house.go().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_direct_link_gives_one_file_to_who_says_their_name() {
    for database in databases().await {
        let rule = "max-downloads: 2, smart-health-link: direct";
        let (house, handoff, receiver) = House::offering(database, both(rule)).await;
        assert_eq!(receiver.payload["flag"], "LU");
        let named = format!("{}?recipient=Dr.%20Test", receiver.url);
        for _ in 0..10 {
            let status =
                |request: reqwest::RequestBuilder| async { request.send().await.unwrap().status() };
            assert_eq!(status(house.web.get(&receiver.url)).await, 400);
            assert_eq!(status(house.web.head(&receiver.url)).await, 400);
            assert_eq!(status(house.web.head(&named)).await, 200);
            let options = house.web.request(Method::OPTIONS, &named);
            assert_eq!(status(options).await, 204);
        }
        assert_eq!(house.audit(&handoff).await, ["created"]);
        for _ in 0..2 {
            let answer = house.web.get(&named).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK);
            assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/jose");
            let bundle = receiver.opened(&answer.text().await.unwrap());
            // Of two files the one for people.
            let attachment = &wrapped(&bundle)["content"][0]["attachment"];
            assert_eq!(attachment["contentType"], "application/pdf");
        }
        for gone in [house.web.get(&named), house.web.head(&named)] {
            assert_eq!(gone.send().await.unwrap().status(), StatusCode::NOT_FOUND);
        }
        // It has no manifest.
        assert_eq!(
            receiver.manifest(None, None).await.status(),
            StatusCode::NOT_FOUND
        );
        house.go().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passcodes_spend_the_budget_of_the_page() {
    for database in databases().await {
        let (house, handoff, receiver) = House::offering(database, both(PASSCODE)).await;
        assert_eq!(receiver.payload["flag"], "LP");
        let right = house.passcode(&handoff).await;
        let wrong = |n: u32| format!("{:08}", 90_000_001 + n);
        // None, and what cannot be one, spend nothing; neither does the same again.
        for nothing in [None, Some(""), Some("abc"), Some("1234")] {
            assert_eq!(receiver.refused(nothing).await, (401, Some(5)));
        }
        for _ in 0..3 {
            assert_eq!(receiver.refused(Some(&wrong(0))).await, (401, Some(4)));
        }
        let manifest = receiver.manifest(Some(&right), None).await;
        assert_eq!(manifest.status(), StatusCode::OK);
        let manifest: Value = serde_json::from_str(&manifest.text().await.unwrap()).unwrap();
        let location = manifest["files"][0]["location"].as_str().unwrap();
        let answer = house.web.get(location).send().await.unwrap();
        wrapped(&receiver.opened(&answer.text().await.unwrap()));
        // On the page the same budget goes on, and the same lock.
        let page = house.page(&handoff).await;
        let code = wrong(1);
        let typed = house
            .form(&page, &[("do", "prove"), ("code", &code)], None)
            .await;
        assert_eq!(typed.status(), StatusCode::FORBIDDEN);
        for (guess, left) in [(2, 2), (3, 1), (4, 0)] {
            let refused = receiver.refused(Some(&wrong(guess))).await;
            assert_eq!(refused, (401, Some(left)));
        }
        assert_eq!(receiver.refused(Some(&right)).await, (404, None));
        assert_eq!(house.web.get(&page).send().await.unwrap().status(), 404);
        house.send_all().await;
        assert!(house.audit(&handoff).await.contains(&"locked".to_owned()));
        house.go().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_once_never_go_beyond_the_budget() {
    for database in databases().await {
        let (house, handoff, receiver) = House::offering(database, both(PASSCODE)).await;
        let right = house.passcode(&handoff).await;
        let receiver = Arc::new(receiver);
        let guesses = (0..60).map(|guess| {
            let receiver = Arc::clone(&receiver);
            let code = format!("{:08}", 70_000_001 + guess);
            tokio::spawn(async move { receiver.refused(Some(&code)).await })
        });
        let mut told = Vec::new();
        for guess in guesses.collect::<Vec<_>>() {
            if let (401, Some(left)) = guess.await.unwrap() {
                told.push(left);
            }
        }
        told.sort_unstable();
        assert_eq!(told, [0, 1, 2, 3, 4]);
        assert_eq!(receiver.refused(Some(&right)).await, (404, None));
        house.go().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn page_and_receivers_share_one_count() {
    for database in databases().await {
        let (house, handoff, receiver) = House::offering(database, both(OPEN)).await;
        let page = house.page(&handoff).await;
        let cookie = house.prove(&page).await;
        house.press(&format!("{page}/1"), &cookie).await;
        let file = house.fetch(&format!("{page}/1"), &cookie, None).await;
        assert_eq!(file.status(), StatusCode::OK);
        drop(file.bytes().await);
        house.audited(&handoff, "completed").await;
        let manifest = receiver.embedded(1 << 20).await;
        let files = manifest["files"].as_array().unwrap();
        assert_eq!(files.len(), 1, "the PDF is gone");
        let document = receiver.opened(files[0]["embedded"].as_str().unwrap());
        assert_eq!(document["type"], "document");
        house.go().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_receivers_race_for_one_download_and_one_gets_it() {
    for database in databases().await {
        let (house, _, receiver) = House::offering(database, offering(OPEN, "[pdf]")).await;
        let receiver = Arc::new(receiver);
        let clients = (0..40_u64).map(|client| {
            let receiver = Arc::clone(&receiver);
            tokio::spawn(async move {
                // Half of them want it embedded, half fetch it at its location.
                let most = (client % 2 == 0).then_some(1 << 20);
                let answer = receiver.manifest(None, most).await;
                if answer.status() != StatusCode::OK {
                    return false;
                }
                let manifest: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
                receiver.whole(&manifest["files"][0]).await
            })
        });
        let mut whole = 0;
        for client in clients.collect::<Vec<_>>() {
            whole += usize::from(client.await.unwrap());
        }
        assert_eq!(whole, 1);
        house.go().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_revoked_and_unknown_links_look_alike() {
    let (house, handoff, receiver) = House::offering(None, both(OPEN)).await;
    let unknown = receiver.elsewhere(&"A".repeat(43));
    let short = receiver.elsewhere("short");
    house.advance(Duration::from_secs(73 * 3600));
    for receiver in [&receiver, &unknown, &short] {
        let answer = receiver.manifest(None, None).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        assert_eq!(answer.text().await.unwrap(), "");
    }
    let details = house.details(&handoff).await;
    assert!(
        details
            .iter()
            .any(|line| line.starts_with("refused: expired"))
    );
    house.go().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_of_another_origin_may_ask_and_read() {
    let (house, _, receiver) = House::offering(None, both(PASSCODE)).await;
    let preflight = house
        .web
        .request(Method::OPTIONS, &receiver.url)
        .header("origin", "https://viewer.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type");
    let preflight = preflight.send().await.unwrap();
    assert_eq!(preflight.status(), StatusCode::NO_CONTENT);
    let allowed = |name: &str| preflight.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(allowed("access-control-allow-origin"), "*");
    assert!(allowed("access-control-allow-methods").contains("POST"));
    assert_eq!(allowed("access-control-allow-headers"), "content-type");
    assert!(
        !preflight
            .headers()
            .contains_key("access-control-allow-credentials")
    );
    for (body, status) in [("{}", 400), ("[1]", 400), (r#"{"recipient":"a"}"#, 401)] {
        let answer = house
            .web
            .post(&receiver.url)
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{body}");
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    }
    // Elsewhere nobody of another origin reads anything.
    let health = house
        .web
        .get(format!("{}/healthz", house.world.settings.public_url));
    let health = health.send().await.unwrap();
    assert!(!health.headers().contains_key("access-control-allow-origin"));
    house.go().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_goes_on_under_the_same_link() {
    for database in databases().await {
        let (house, first, receiver) = House::offering(database, both(OPEN)).await;
        drop(receiver.embedded(1 << 20).await);
        house.audited(&first, "completed").await;
        house.advance(Duration::from_secs(3600));
        let corrected = message("ADT^A08", 30, "I21.9^Myocardial infarction");
        let (second, _) = house.created(&corrected).await;
        let renewed = house.receiver(&second).await;
        assert_eq!(renewed.url, receiver.url);
        assert_eq!(renewed.payload["key"], receiver.payload["key"]);
        let manifest = receiver.embedded(1 << 20).await;
        let document = manifest["files"][1]["embedded"].as_str().unwrap();
        let document = receiver.opened(document).to_string();
        assert!(document.contains("Myocardial infarction"));
        assert!(!document.contains("Heart failure"));
        assert_eq!(manifest["files"][1]["lastUpdated"], "2026-11-23T13:00:00Z");
        // Once more: the identity is handed on and on.
        let again = message("ADT^A08", 45, "I48.9^Atrial fibrillation");
        let (third, _) = house.created(&again).await;
        assert_eq!(house.receiver(&third).await.url, receiver.url);
        assert_eq!(receiver.locations().await.len(), 2);
        // What is cancelled is over.
        let event = Incoming {
            body: message("ADT^A11", 50, "I48.9^Atrial fibrillation").into(),
            ..Incoming::default()
        };
        let channels = &house.world.channels;
        walk(&house.world, &event, channels).await.unwrap();
        assert_eq!(
            receiver.manifest(None, None).await.status(),
            StatusCode::NOT_FOUND
        );
        house.go().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_does_not_revive_a_locked_link() {
    for database in databases().await {
        let (house, first, receiver) = House::offering(database, both(PASSCODE)).await;
        for guess in 0..5 {
            let code = format!("{:08}", 90_000_001 + guess);
            assert_eq!(receiver.refused(Some(&code)).await.0, 401);
        }
        assert!(house.audit(&first).await.contains(&"locked".to_owned()));
        let corrected = message("ADT^A08", 30, "I21.9^Myocardial infarction");
        let (second, _) = house.created(&corrected).await;
        let renewed = house.receiver(&second).await;
        assert_ne!(renewed.url, receiver.url);
        let code = house.passcode(&second).await;
        assert_eq!(receiver.refused(Some(&code)).await, (404, None));
        let manifest = renewed.manifest(Some(&code), None).await;
        assert_eq!(manifest.status(), StatusCode::OK);
        house.go().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn page_and_notice_carry_the_link_for_apps() {
    let (house, handoff, receiver) = House::offering(None, both(OPEN)).await;
    let link = house.peoples_link(&handoff).await;
    let view = shl_view(&house.world, &link).await.unwrap().unwrap();
    let page = house.page(&handoff).await;
    let before = house.web.get(&page).send().await.unwrap().text().await;
    assert!(!before.unwrap().contains("shlink:"), "only after the proof");
    let cookie = house.prove(&page).await;
    let shown = house
        .fetch(&page, &cookie, None)
        .await
        .text()
        .await
        .unwrap();
    assert!(shown.contains(&view.link) && shown.contains(&view.qr));
    house.send_all().await;
    let mails = std::fs::read_dir(&house.world.settings.outbox).unwrap();
    let mails = mails.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    // As mail folds long lines.
    let mails: Vec<String> = mails.map(|mail| mail.replace("=\r\n", "")).collect();
    let whole = format!("shlink:/{}", &view.link[8..60]);
    assert!(mails.iter().any(|mail| mail.contains(&whole)));
    // What is used up is offered to nobody any more.
    drop(receiver.embedded(1 << 20).await);
    house.audited(&handoff, "completed").await;
    let gone = house.fetch(&page, &cookie, None).await;
    assert!(!gone.text().await.unwrap().contains("shlink:"));
    house.go().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_opens_a_link_is_stored() {
    let (house, _, receiver) = House::offering(None, both(OPEN)).await;
    assert_eq!(receiver.locations().await.len(), 2);
    let secrets = [
        receiver.url.rsplit('/').next().unwrap().to_owned(),
        receiver.payload["key"].as_str().unwrap().to_owned(),
    ];
    house.world.store.close().await;
    let files = crate::support::bucket::files_below(house.folder.path());
    assert!(files.len() > 3);
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        for secret in &secrets {
            let found = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!found, "in {}", file.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn links_that_ask_for_more_than_receivers_know_are_none() {
    let house = House::with(None, both("max-downloads: 1")).await;
    let (handoff, _) = house.created(&discharge()).await;
    let link = house.peoples_link(&handoff).await;
    assert_eq!(shl_view(&house.world, &link).await.unwrap(), None);
    house.go().await;
}

//! From the engine's message to the packet in somebody's hands: a real broker,
//! a client in another language, the whole program.

use crate::support::messages::{DISCHARGE, MARKS, fresh, sent};
use crate::support::needs::{databases, needs};
use crate::support::profiles::{of, provide_bundle};
use crate::support::schema::assert_r4;
use crate::support::{House, Service, eventually};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::process::Command;

async fn download(url: &str) -> reqwest::Response {
    reqwest::get(url).await.unwrap()
}

/// The text of a PDF on one line: a cell may have been broken into several.
fn pdf_text(bytes: &[u8]) -> Option<String> {
    let text = crate::support::pages::poppler_text(bytes)?;
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn attachment(reference: &Value, place: usize) -> &Value {
    &reference["content"][place]["attachment"]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_discharge_comes_back_as_a_reference_whose_link_opens_once() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    let mut service = Service::prepare(Some(&amqp), None);
    service.start(None).await;
    service.consuming().await;
    let (body, _) = fresh(DISCHARGE, jiff::Timestamp::now());
    let Some(reply) = service
        .publish(
            &body,
            &[
                "--reply",
                "--correlation-id",
                "c-4711",
                "--message-id",
                "m-1",
            ],
        )
        .await
    else {
        return;
    };
    assert_eq!(reply["correlation_id"], "c-4711");
    assert_eq!(reply["content_type"], "application/fhir+json");
    assert_eq!(reply["headers"]["handoff-channel"], "discharge");
    let reference: Value = serde_json::from_str(reply["body"].as_str().unwrap()).unwrap();
    assert_eq!(reference["resourceType"], "DocumentReference");
    assert_r4(&reference);

    let pdf = attachment(&reference, 0);
    assert_eq!(pdf["contentType"], "application/pdf");
    let url = pdf["url"].as_str().unwrap();
    let first = download(url).await;
    assert_eq!(first.status(), 200);
    assert_eq!(first.headers()["cache-control"], "no-store");
    let bytes = first.bytes().await.unwrap();
    assert_eq!(pdf["size"], bytes.len());
    assert_eq!(
        pdf["hash"],
        STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &bytes))
    );
    if let Some(text) = pdf_text(&bytes) {
        let wanted = [
            "GRIFFITH, Adam James",
            "Hospital stay",
            "Discharge diagnoses",
            "Allergies and intolerances",
            "Discharge medications",
            "None recorded in the source",
            "Procedures",
            "Results",
            "Discharge instructions",
            "Heart failure, unspecified",
            "Essential (primary) hypertension",
            "Type 2 diabetes mellitus",
            "Penicillin G",
            "Allergy to peanut",
            "Latex",
            "Potassium",
            "5.60",
            "NT-proBNP",
            ">3000",
            "81.2 kg on the ward scale",
            "Weigh yourself every morning.",
        ];
        for part in wanted {
            assert!(
                text.contains(part),
                "the PDF does not say '{part}':\n{text}"
            );
        }
    }
    assert_eq!(download(url).await.status(), 404, "the second attempt");

    let document = download(attachment(&reference, 1)["url"].as_str().unwrap()).await;
    assert_r4(&document.json::<Value>().await.unwrap());
    notice_says_nothing(&service).await;
    service.stop().await;
    let log = service.log();
    for mark in MARKS.iter().chain(&["eyJ"]) {
        assert!(!log.contains(mark), "the log says '{mark}'");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_asks_for_mhd_is_answered_in_it() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    let mut service = Service::prepare(Some(&amqp), None);
    let file = service.state().with_file_name("channels/discharge.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replace("- reply: {}", "- reply: {profile: mhd}");
    std::fs::write(&file, text).unwrap();
    service.start(None).await;
    service.consuming().await;
    let (body, _) = fresh(DISCHARGE, jiff::Timestamp::now());
    let asked = ["--reply", "--correlation-id", "c-65"];
    let Some(reply) = service.publish(&body, &asked).await else {
        return;
    };
    assert_eq!(reply["correlation_id"], "c-65");
    let bundle: Value = serde_json::from_str(reply["body"].as_str().unwrap()).unwrap();
    assert_r4(&bundle);
    assert_eq!(provide_bundle(&bundle), [""; 0]);
    let document = &of(&bundle, "DocumentReference")[0]["resource"];
    let url = attachment(document, 0)["url"].as_str().unwrap();
    assert_eq!(download(url).await.status(), 200);
    service.stop().await;
}

/// The e-mail arrived, tells where to click, and tells nothing else.
async fn notice_says_nothing(service: &Service) {
    let outbox = service.state().join("outbox");
    let mail = eventually("a notice", || async {
        let files = crate::support::bucket::files_below(&outbox);
        files
            .iter()
            .find(|path| path.extension().is_some_and(|e| e == "eml"))
            .cloned()
    })
    .await;
    let mail = std::fs::read_to_string(mail).unwrap().replace("=\r\n", "");
    assert!(
        mail.contains("care@riverside.example") && mail.contains("/l/"),
        "{mail}"
    );
    for mark in MARKS {
        assert!(!mail.contains(mark), "the notice says '{mark}'");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_arabic_name_can_be_read_and_copied() {
    let house = House::open().await;
    let body = sent(
        "hl7v2/adt_a03_arabic_name.hl7",
        "arabic",
        house.world.clock.now(),
    );
    let (_, reference) = house.created(&body).await;
    let url = attachment(&reference, 0)["url"].as_str().unwrap();
    let bytes = download_with(&house, url).await;
    if let Some(text) = pdf_text(&bytes) {
        for part in ["الزهراء", "فاطمة", "ALZAHRA, Fatima"] {
            assert!(
                text.contains(part),
                "the PDF does not say '{part}':\n{text}"
            );
        }
    }
    house.send_all().await;
    house.leave().await;
}

async fn download_with(house: &House, url: &str) -> Vec<u8> {
    house
        .web
        .get(url)
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap()
        .to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn results_and_notices_reach_their_exchanges() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    let Some(python) = needs("HANDOFF_TEST_PYTHON") else {
        return;
    };
    let mut service = Service::prepare(Some(&amqp), None);
    service.start(None).await;
    service.consuming().await;
    // The exchanges are made by the first event; the second finds a listener.
    service
        .publish(&fresh(DISCHARGE, jiff::Timestamp::now()).0, &["--reply"])
        .await;
    eventually("the first errands are sent", || async {
        let handoff = &service.json(&["list", "--json"])[0];
        handoff["errands"]
            .as_array()
            .unwrap()
            .iter()
            .all(|errand| errand["attempts"].as_i64() > Some(0))
            .then_some(())
    })
    .await;
    let listen = |bind: String| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/consume.py");
        let mut command = tokio::process::Command::new(&python);
        command.args([
            script,
            "--amqp-url",
            &amqp,
            "--queue-bind",
            &bind,
            "--count",
            "1",
            "--timeout",
            "40",
        ]);
        command
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap()
    };
    let listeners = [
        listen(format!("{}:#", service.results())),
        listen(format!("{}:#", service.notices())),
    ];
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    service
        .publish(&fresh(DISCHARGE, jiff::Timestamp::now()).0, &["--reply"])
        .await;
    let mut said = Vec::new();
    for listener in listeners {
        let output = listener.wait_with_output().await.unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let line = text
            .lines()
            .find(|line| line.starts_with('{'))
            .unwrap_or_else(|| panic!("nothing came: {text}"));
        let message: Value = serde_json::from_str(line).unwrap();
        said.push(serde_json::from_str::<Value>(message["body"].as_str().unwrap()).unwrap());
    }
    assert_eq!(said[0]["resourceType"], "DocumentReference");
    assert_eq!(said[1]["kind"], "packet-waiting");
    let notice = said[1].to_string();
    assert!(MARKS.iter().all(|mark| !notice.contains(mark)), "{notice}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_event_by_both_doors_is_one_handoff_and_one_reference() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    for database in databases().await {
        let mut service = Service::prepare(Some(&amqp), database.as_deref());
        service.start(None).await;
        service.consuming().await;
        let (body, _) = fresh(DISCHARGE, jiff::Timestamp::now());
        let token = service.token();
        let mut references = Vec::new();
        for round in 0..5 {
            // An engine's replay mints new AMQP ids.
            let id = format!("m-{round}");
            if round % 2 == 0 {
                let Some(reply) = service
                    .publish(&body, &["--reply", "--message-id", &id])
                    .await
                else {
                    return;
                };
                references
                    .push(serde_json::from_str::<Value>(reply["body"].as_str().unwrap()).unwrap());
            } else {
                let client = reqwest::Client::new();
                let post = client
                    .post(format!("{}/api/v1/events", service.url))
                    .bearer_auth(&token);
                let answer = post
                    .header("idempotency-key", &id)
                    .body(body.clone())
                    .send()
                    .await
                    .unwrap();
                assert_eq!(answer.status(), 200, "a repeat");
                references.push(answer.json().await.unwrap());
            }
        }
        assert!(
            references.windows(2).all(|pair| pair[0] == pair[1]),
            "{references:#?}"
        );
        assert_eq!(
            service.json(&["list", "--json"]).as_array().unwrap().len(),
            1
        );
        service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_message_is_parked_and_answered_and_the_worker_goes_on() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    let mut service = Service::prepare(Some(&amqp), None);
    service.start(None).await;
    service.consuming().await;
    let Some(reply) = service.publish(b"this is no message", &["--reply"]).await else {
        return;
    };
    let outcome: Value = serde_json::from_str(reply["body"].as_str().unwrap()).unwrap();
    assert_eq!(outcome["resourceType"], "OperationOutcome");
    assert_r4(&outcome);
    let parked = service.json(&["dead-letters", "list", "--json"]);
    let [letter] = &parked.as_array().unwrap()[..] else {
        panic!("{parked}")
    };
    assert_eq!(letter["place"], "MSH");
    let id = letter["id"].as_str().unwrap();
    let revealed = service.run(&["dead-letters", "show", id, "--reveal"]);
    assert_eq!(revealed.stdout, b"this is no message\n");
    assert_eq!(
        messages(&amqp, &format!("{}.dead", service.queue())).await,
        0
    );
    let (body, _) = fresh(DISCHARGE, jiff::Timestamp::now());
    let reply = service.publish(&body, &["--reply"]).await.unwrap();
    assert!(
        reply["body"]
            .as_str()
            .unwrap()
            .contains("DocumentReference")
    );
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_stops_for_twenty_seconds_is_waited_for() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    let Some(control) = needs("HANDOFF_TEST_BROKER_CTL") else {
        return;
    };
    let _alone = crate::support::needs::BROKER.write().await;
    let broker = |verb: &str| {
        let done = Command::new(&control).arg(verb).status().unwrap();
        assert!(done.success(), "the broker did not {verb}");
    };
    let mut service = Service::prepare(Some(&amqp), None);
    service.alone = true;
    service.start(None).await;
    service.consuming().await;
    broker("stop");
    tokio::time::sleep(std::time::Duration::from_secs(20)).await;
    broker("start");
    // Its queue is there already: the event waits in it for the worker.
    let (body, _) = fresh(DISCHARGE, jiff::Timestamp::now());
    let reply = service
        .publish(&body, &["--reply", "--timeout", "60"])
        .await
        .unwrap();
    assert!(
        reply["body"]
            .as_str()
            .unwrap()
            .contains("DocumentReference")
    );
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn training_and_old_messages_reach_the_test_recipient_alone() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    let mut service = Service::prepare(Some(&amqp), None);
    service.start(None).await;
    service.consuming().await;
    let last_week =
        jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() - 7 * 86_400).unwrap();
    let bodies = [
        fresh("hl7v2/adt_a03_training.hl7", jiff::Timestamp::now()).0,
        sent(DISCHARGE, "back-load-1", last_week),
    ];
    for body in bodies {
        let Some(reply) = service.publish(&body, &["--reply"]).await else {
            return;
        };
        let reference: Value = serde_json::from_str(reply["body"].as_str().unwrap()).unwrap();
        assert_eq!(reference["meta"]["tag"][0]["code"], "HTEST");
    }
    let handoffs = service.json(&["list", "--json"]);
    assert_eq!(handoffs.as_array().unwrap().len(), 2);
    let text = handoffs.to_string();
    assert!(
        text.contains("Integration test desk") && !text.contains("Riverside care management"),
        "{text}"
    );
    assert!(!text.contains("to exchange"), "{text}");
    service.stop().await;
}

/// A client that sends what AMQP forbids: a short string that is not UTF-8.
const GARBLED: &str = "
import sys, pika
url, exchange = sys.argv[1:]
connection = pika.BlockingConnection(pika.URLParameters(url))
channel = connection.channel()
channel.basic_publish(exchange, 'adt.a03.test', b'x', pika.BasicProperties(message_id=b'\\xff\\xfe'))
connection.close()
";

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_breaks_its_connection_is_parked_alone() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    let Some(python) = needs("HANDOFF_TEST_PYTHON") else {
        return;
    };
    let mut service = Service::prepare(Some(&amqp), None);
    service.start(None).await;
    service.consuming().await;
    let sent = Command::new(python)
        .args(["-c", GARBLED, &amqp, &service.exchange()])
        .status()
        .unwrap();
    assert!(sent.success());
    for _ in 0..3 {
        let (body, _) = fresh(DISCHARGE, jiff::Timestamp::now());
        let reply = service
            .publish(&body, &["--reply", "--timeout", "60"])
            .await
            .unwrap();
        assert!(
            reply["body"]
                .as_str()
                .unwrap()
                .contains("DocumentReference")
        );
    }
    // Whoever drains the dead letters reads it by hand, as far as it goes.
    let parked = eventually("the garbled one, and no other", || async {
        let parked = service.json(&["dead-letters", "list", "--json"]);
        parked.as_array().unwrap().first().cloned()
    })
    .await;
    assert_eq!(
        (&parked["place"], &parked["size"]),
        (&json!("properties"), &json!(1))
    );
    let all = service.json(&["dead-letters", "list", "--all", "--json"]);
    assert_eq!(all.as_array().unwrap().len(), 1);
    let dead = format!("{}.dead", service.queue());
    eventually("nothing is left behind", || async {
        (messages(&amqp, &dead).await == 0).then_some(())
    })
    .await;
    assert_eq!(messages(&amqp, &service.queue()).await, 0);
    service.stop().await;
}

async fn messages(amqp: &str, queue: &str) -> u32 {
    use lapin::options::QueueDeclareOptions;
    let connection = lapin::Connection::connect(amqp, lapin::ConnectionProperties::default())
        .await
        .unwrap();
    let channel = connection.create_channel().await.unwrap();
    let look = QueueDeclareOptions {
        passive: true,
        ..QueueDeclareOptions::default()
    };
    channel
        .queue_declare(queue.into(), look, lapin::types::FieldTable::default())
        .await
        .unwrap()
        .message_count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_cancellation_closes_the_link_and_says_so() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    let mut service = Service::prepare(Some(&amqp), None);
    service.start(None).await;
    service.consuming().await;
    let (body, _) = fresh(DISCHARGE, jiff::Timestamp::now());
    let Some(reply) = service.publish(&body, &["--reply"]).await else {
        return;
    };
    let reference: Value = serde_json::from_str(reply["body"].as_str().unwrap()).unwrap();
    let url = attachment(&reference, 0)["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let later = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(2);
    let cancelled = String::from_utf8(sent(DISCHARGE, "T-CANCEL", later)).unwrap();
    let cancelled = cancelled.replacen("ADT^A03^ADT_A03", "ADT^A13^ADT_A01", 1);
    assert!(cancelled.contains("A13"));
    let reply = service
        .publish(cancelled.as_bytes(), &["--reply"])
        .await
        .unwrap();
    let outcome: Value = serde_json::from_str(reply["body"].as_str().unwrap()).unwrap();
    assert_r4(&outcome);
    let said = outcome.to_string();
    assert!(
        said.contains("cancelled: 2 links revoked, 0 of them"),
        "{said}"
    );
    assert_eq!(download(&url).await.status(), 404);
}

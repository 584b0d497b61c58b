//! What an engine, the listeners for results and the receivers of links do while
//! everything around them breaks.

use super::cluster::Cluster;
use super::plan::{Item, Plan};
use crate::support::broker::Client;
use crate::support::messages::{DISCHARGE, sent};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

const PAUSE: Duration = Duration::from_millis(300);
/// Whoever was told nothing of a claim, not even its tag, gives up after this long.
const PATIENCE: Duration = Duration::from_secs(15);

#[derive(Debug, Clone)]
pub struct Attachment {
    pub handoff: String,
    url: String,
    size: usize,
    sha1: String,
}

/// What was seen from outside.
#[derive(Default)]
pub struct Seen {
    pub published: AtomicUsize,
    /// Message ids of results, by the DocumentReference's identity.
    pub references: Mutex<BTreeMap<String, BTreeSet<String>>>,
    pub whole: Mutex<BTreeSet<String>>,
    /// The answer to the first request never came: the claim went with it.
    pub lost: AtomicUsize,
    pub resumed: AtomicUsize,
    pub revoked: Mutex<BTreeSet<String>>,
    pub wrong: Mutex<Vec<String>>,
    pub at_work: AtomicUsize,
}

impl Seen {
    pub fn references(&self) -> usize {
        self.references.lock().unwrap().len()
    }
}

/// The event of this number: the same bytes whenever it is published.
fn body(plan: &Plan, event: usize, at: jiff::Timestamp) -> Vec<u8> {
    let control = format!("C{}-{event}", plan.seed);
    let text = String::from_utf8(sent(DISCHARGE, &control, at)).unwrap();
    text.replace("LG-883201", &format!("LG-{event}"))
        .replace("NHX-55120", &format!("NHX-{event}"))
        .replace("VA-77120", &format!("VA-{event}"))
        .replace("V-2026-33817", &format!("V-{event}"))
        .into_bytes()
}

pub fn poison(number: usize) -> Vec<u8> {
    match number % 5 {
        0 => (0..200_usize)
            .map(|place| (place * 151 + number) as u8)
            .collect(),
        1 => b"MSH|^~".to_vec(),
        2 => b"{\"resourceType\": \"Bundle\", \"type\":".to_vec(),
        3 => b"<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><id".to_vec(),
        _ => Vec::new(),
    }
}

/// Publishes the whole plan; each until the broker has confirmed it.
pub async fn publish(cluster: &Cluster, plan: &Plan, seen: &Seen) {
    let at = jiff::Timestamp::now();
    let exchange = cluster.service.exchange();
    let mut client = None;
    let mut good = 0;
    for item in &plan.items {
        let (id, body) = match item {
            Item::Good(event) => (format!("good-{event}"), body(plan, *event, at)),
            // An engine's replay mints a new id.
            Item::Again(event) => (format!("again-{event}-{good}"), body(plan, *event, at)),
            Item::Poison(number) => (format!("poison-{number}"), poison(*number)),
        };
        while good >= seen.references() + plan.window {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        loop {
            if client.is_none() {
                client = Client::connect(&cluster.servers.amqp).await.ok();
            }
            if let Some(open) = &client
                && open
                    .publish(&exchange, "adt.a03.test", &body, &id)
                    .await
                    .is_ok()
            {
                break;
            }
            client = None;
            tokio::time::sleep(PAUSE).await;
        }
        good += usize::from(matches!(item, Item::Good(_)));
        seen.published.fetch_add(1, Ordering::SeqCst);
    }
}

/// Listens for results, for good; hands each new one on.
pub async fn listen(cluster: &Cluster, seen: &Seen, files: mpsc::UnboundedSender<Attachment>) {
    let queue = format!("{}.seen", cluster.service.results());
    loop {
        if let Ok(client) = Client::connect(&cluster.servers.amqp).await {
            // It ends with its connection, and is begun anew.
            let _ = client
                .each(&queue, |delivery| hear(delivery, seen, &files))
                .await;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn hear(
    delivery: &lapin::message::Delivery,
    seen: &Seen,
    files: &mpsc::UnboundedSender<Attachment>,
) {
    let result: Value = serde_json::from_slice(&delivery.data).unwrap();
    if result["resourceType"] != "DocumentReference" {
        return;
    }
    let id = result["masterIdentifier"]["value"]
        .as_str()
        .unwrap()
        .to_owned();
    let message = delivery
        .properties
        .message_id()
        .as_ref()
        .unwrap()
        .to_string();
    let mut references = seen.references.lock().unwrap();
    let messages = references.entry(id.clone()).or_default();
    if messages.insert(message) && messages.len() == 1 {
        let attachment = &result["content"][0]["attachment"];
        seen.at_work.fetch_add(1, Ordering::SeqCst);
        let file = Attachment {
            handoff: id.trim_start_matches("urn:uuid:").to_owned(),
            url: attachment["url"].as_str().unwrap_or_default().to_owned(),
            size: attachment["size"].as_u64().unwrap_or_default() as usize,
            sha1: attachment["hash"].as_str().unwrap_or_default().to_owned(),
        };
        // Nobody takes it any more only when the test is over.
        let _ = files.send(file);
    }
}

/// Takes what was handed on: a third is downloaded, some are revoked.
pub async fn receive(
    cluster: Arc<Cluster>,
    seen: Arc<Seen>,
    mut files: mpsc::UnboundedReceiver<Attachment>,
) {
    let places = Arc::new(tokio::sync::Semaphore::new(6));
    let mut number = 0;
    while let Some(file) = files.recv().await {
        number += 1;
        let place = Arc::clone(&places).acquire_owned().await.unwrap();
        let (cluster, seen) = (Arc::clone(&cluster), Arc::clone(&seen));
        tokio::spawn(async move {
            match number % 30 {
                29 => revoke(&cluster, &seen, file).await,
                turn if turn % 3 == 0 => download(&cluster, &seen, file, number).await,
                _ => {}
            }
            seen.at_work.fetch_sub(1, Ordering::SeqCst);
            drop(place);
        });
    }
}

async fn revoke(cluster: &Cluster, seen: &Seen, file: Attachment) {
    loop {
        let mut command =
            tokio::process::Command::from(cluster.service.command(&["revoke", &file.handoff]));
        if command.output().await.unwrap().status.success() {
            seen.revoked.lock().unwrap().insert(file.handoff);
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// One file through whichever gateway answers, from where the last one broke off.
async fn download(cluster: &Cluster, seen: &Seen, file: Attachment, number: usize) {
    let path = file.url.trim_start_matches("http://packets.test");
    let (mut got, mut tag) = (Vec::new(), None::<String>);
    let began = Instant::now();
    for attempt in 0.. {
        let gateway = &cluster.gateways[(number + attempt) % cluster.gateways.len()];
        let web = reqwest::Client::builder()
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        let mut request = web.get(format!("{gateway}{path}"));
        if let Some(tag) = &tag {
            let range = format!("bytes={}-", got.len());
            request = request.header("if-range", tag).header("range", range);
        }
        if let Ok(mut answer) = request.send().await {
            match answer.status().as_u16() {
                200 | 206 => {
                    seen.resumed
                        .fetch_add(usize::from(answer.status() == 206), Ordering::SeqCst);
                    if answer.status() == 200 {
                        got.clear();
                    }
                    let header = answer.headers().get("etag");
                    tag = header
                        .and_then(|tag| tag.to_str().ok())
                        .map(str::to_owned)
                        .or(tag);
                    while let Ok(Some(piece)) = answer.chunk().await {
                        got.extend(piece);
                    }
                }
                404 if attempt == 0 || tag.is_some() => {
                    return wrong(seen, &file, "it was closed before it was whole");
                }
                404 => break,
                _ => {}
            }
        }
        if !file.sha1.is_empty() && got.len() == file.size && tag.is_some() {
            return whole(cluster, seen, &file, &got, path).await;
        }
        if tag.is_none() && began.elapsed() > PATIENCE && attempt > 0 {
            break;
        }
        if began.elapsed() > Duration::from_secs(240) {
            return wrong(seen, &file, "it did not become whole within 4 min");
        }
        tokio::time::sleep(PAUSE).await;
    }
    seen.lost.fetch_add(1, Ordering::SeqCst);
}

fn wrong(seen: &Seen, file: &Attachment, what: &str) {
    let said = format!("{}: {what}", file.handoff);
    seen.wrong.lock().unwrap().push(said);
}

/// The right bytes, and a second download is refused.
async fn whole(cluster: &Cluster, seen: &Seen, file: &Attachment, got: &[u8], path: &str) {
    let sha1 = STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, got));
    if sha1 != file.sha1 {
        return wrong(seen, file, "its bytes are others");
    }
    seen.whole.lock().unwrap().insert(file.handoff.clone());
    for attempt in 0..400 {
        let gateway = &cluster.gateways[attempt % cluster.gateways.len()];
        if let Ok(answer) = reqwest::get(format!("{gateway}{path}")).await {
            match answer.status().as_u16() {
                404 => return,
                200 | 206 => return wrong(seen, file, "it was had a second time"),
                _ => {}
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    wrong(seen, file, "nobody refused the second download");
}

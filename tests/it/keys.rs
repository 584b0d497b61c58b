//! Keys are rotated while everything goes on: no download fails, what was sealed opens
//! under the new key, and what was signed by an old one stays good until it ends.

use crate::support::house::{attachment_url, shipped_channels};
use crate::support::messages::{DISCHARGE, sent};
use crate::support::needs::databases;
use crate::support::{House, Service};
use handoff::adapters::tokens::Role;
use handoff::app::keys;
use handoff::app::pipeline::kept_reference;
use handoff::domain::ids::HandoffId;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

fn discharge(house: &House, id: &str) -> Vec<u8> {
    sent(DISCHARGE, id, house.world.clock.now())
}

fn names(folder: &Path, kind: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names
        .filter(|name| name.starts_with(kind) && name.ends_with(".key"))
        .collect();
    names.sort();
    names
}

/// Until the rotation is over, packets are staged and fetched; none may fail.
async fn load(house: Arc<House>, over: Arc<AtomicBool>, fetched: Arc<AtomicUsize>, worker: usize) {
    for number in 0.. {
        if over.load(Ordering::SeqCst) {
            return;
        }
        let id = format!("load-{worker}-{number}");
        let (_, reference) = house.created(&discharge(&house, &id)).await;
        for place in 0..2 {
            let answer = house
                .web
                .get(attachment_url(&reference, place))
                .send()
                .await;
            let answer = answer.unwrap();
            assert_eq!(answer.status(), 200);
            let size = reference["content"][place]["attachment"]["size"].as_u64();
            assert_eq!(answer.bytes().await.unwrap().len() as u64, size.unwrap());
            fetched.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sealing_key_is_rotated_under_load_and_no_download_fails() {
    for database in databases().await {
        let house = House::set(database, shipped_channels(), |settings| {
            settings.stage_lease = "1s".to_owned().try_into().unwrap();
        })
        .await;
        let house = Arc::new(house);
        let mut before = Vec::new();
        for number in 0..20 {
            let id = format!("before-{number}");
            before.push(house.created(&discharge(&house, &id)).await);
        }
        let old = names(&house.world.settings.keys, "sealing-");
        assert_eq!(old.len(), 1);
        let over = Arc::new(AtomicBool::new(false));
        let fetched = Arc::new(AtomicUsize::new(0));
        let loads: Vec<_> = (0..3)
            .map(|worker| {
                let (over, fetched) = (Arc::clone(&over), Arc::clone(&fetched));
                tokio::spawn(load(Arc::clone(&house), over, fetched, worker))
            })
            .collect();
        let rotated = keys::rotate_sealing(&house.world, |_| ()).await.unwrap();
        // Two files and two records of each handoff, at least.
        assert!(rotated.rewrapped >= 80, "{rotated:?}");
        let destroyed = keys::destroy_older(&house.world, &rotated).await.unwrap();
        over.store(true, Ordering::SeqCst);
        for load in loads {
            load.await.unwrap();
        }
        assert!(fetched.load(Ordering::SeqCst) > 10);
        assert_eq!(destroyed.len(), 1);
        assert_eq!(
            names(&house.world.settings.keys, "sealing-"),
            [format!("{}.key", rotated.epoch)]
        );
        // Another process, which never saw the old key, opens all of it.
        let house = Arc::into_inner(house).unwrap();
        let house = house.again(|_| ()).await;
        for (handoff, reference) in &before {
            let id = HandoffId::parse(handoff).unwrap();
            assert!(kept_reference(&house.world, &id).await.unwrap().is_some());
            let file = house.url(&attachment_url(reference, 0));
            let answer = house.web.get(file).send().await.unwrap();
            assert_eq!(answer.status(), 200);
            assert!(answer.bytes().await.unwrap().starts_with(b"%PDF"));
        }
        house.send_all().await;
        house.leave().await;
    }
}

/// As if the newest key of a kind had been there for a while.
fn ripen(folder: &Path, kind: &str) {
    let newest = names(folder, kind).pop().unwrap();
    let file = std::fs::File::options()
        .write(true)
        .open(folder.join(newest));
    let a_while_ago = SystemTime::now() - Duration::from_secs(90);
    file.unwrap().set_modified(a_while_ago).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn links_of_an_old_key_are_good_until_the_last_has_ended_and_then_it_goes() {
    for database in databases().await {
        let house = House::on(database).await;
        let (_, first) = house.created(&discharge(&house, "old-key")).await;
        let old = house.world.links.key_id();
        let new = house.world.keys.links.add(house.world.clock.now()).unwrap();
        assert!(new > old);
        // Nobody signs with it before everybody can verify by it.
        let house = house.again(|_| ()).await;
        assert_eq!(house.world.links.key_id(), old);
        let house = house
            .again(|folder| ripen(&folder.join("keys"), "links-"))
            .await;
        assert_eq!(house.world.links.key_id(), new);
        let (_, second) = house.created(&discharge(&house, "new-key")).await;
        for reference in [&first, &second] {
            let file = house.url(&attachment_url(reference, 0));
            assert_eq!(house.web.get(file).send().await.unwrap().status(), 200);
        }
        assert_eq!(house.sweep().await.keys_retired, 0);
        // A link's page is answered for thirty days after its end.
        house.advance(Duration::from_secs(40 * 24 * 3600));
        assert_eq!(house.sweep().await.keys_retired, 1);
        assert_eq!(
            names(&house.world.settings.keys, "links-"),
            [format!("{new}.key")]
        );
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retired_access_key_makes_its_tokens_worthless() {
    let house = House::open().await;
    let later = house.world.clock.now() + jiff::SignedDuration::from_hours(1);
    let token = house
        .world
        .access
        .access_token("engine", Role::Sender, later);
    let token = token.unwrap();
    let old = house.world.access.key_id();
    let refused = house.world.keys.access.retire(&old).unwrap_err();
    assert!(refused.to_string().contains("rotate first"), "{refused}");
    house
        .world
        .keys
        .access
        .add(house.world.clock.now())
        .unwrap();
    let house = house.again(|_| ()).await;
    let now = house.world.clock.now();
    assert!(house.world.access.principal(&token, now).is_some());
    house.world.keys.access.retire(&old).unwrap();
    let house = house.again(|_| ()).await;
    assert!(house.world.access.principal(&token, now).is_none());
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_listed_and_rotated_by_command() {
    let service = Service::prepare(None, None);
    let said = |arguments: &[&str]| {
        let output = service.run(arguments);
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    };
    let (listed, before) = said(&["keys", "list"]);
    assert!(listed, "{before}");
    assert_eq!(before.lines().count(), 4, "{before}");
    assert_eq!(before.matches("in use").count(), 4, "{before}");
    for kind in ["links", "access", "receipts"] {
        let (rotated, text) = said(&["keys", "rotate", kind]);
        assert!(rotated && text.contains("signs in 60 s"), "{text}");
    }
    let (_, after) = said(&["keys", "list"]);
    assert_eq!(after.matches("signs in a minute").count(), 3, "{after}");
    let receipts = after.lines().find(|line| line.starts_with("receipts-"));
    let receipts = receipts.unwrap().split(' ').next().unwrap();
    let (retired, why) = said(&["keys", "retire", receipts]);
    assert!(!retired && why.contains("verified for good"), "{why}");
    let (retired, why) = said(&["keys", "retire", "access-20260101-00000000"]);
    assert!(!retired && why.contains("there is no key"), "{why}");
    let (refused, why) = said(&["keys", "rotate", "links", "--destroy-old"]);
    assert!(!refused && why.contains("sealing keys"), "{why}");
}

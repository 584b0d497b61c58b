//! The end of life: nothing that has ended can be opened again, from nowhere.

use crate::support::House;
use crate::support::house::attachment_url;
use crate::support::messages::{DISCHARGE, sent};
use crate::support::needs::databases;
use handoff::adapters::sql::RevokeScope;
use handoff::app::pipeline::OutcomeKind;
use handoff::app::receipts;
use handoff::domain::link::Face;
use std::path::{Path, PathBuf};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

fn discharge(house: &House, id: &str) -> Vec<u8> {
    sent(DISCHARGE, id, house.world.clock.now())
}

async fn revoke(house: &House, handoff: &str) {
    let scope = RevokeScope::Handoff(handoff.to_owned());
    let now = house.world.clock.now();
    house.world.store.revoke(&scope, "test", now).await.unwrap();
}

/// Names in the key folder that end so.
fn keys(house: &House, ending: &str) -> Vec<String> {
    let folder = std::fs::read_dir(&house.world.settings.keys).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names
        .filter(|name| name.starts_with("sealing-") && name.ends_with(ending))
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn sealed_records_end_with_the_handoff_and_a_repeat_hears_that_it_ended() {
    for database in databases().await {
        let house = House::on(database).await;
        let body = discharge(&house, "over");
        let (handoff, _) = house.created(&body).await;
        house.send_all().await;
        assert!(
            house
                .world
                .store
                .sealed_reference(&handoff)
                .await
                .unwrap()
                .is_some()
        );
        assert_eq!(house.sweep().await.records_erased, 0, "it lives");
        house.advance(72 * HOUR);
        assert_eq!(house.sweep().await.records_erased, 1);
        let store = &house.world.store;
        assert_eq!(store.sealed_reference(&handoff).await.unwrap(), None);
        assert_eq!(store.sealed_security(&handoff).await.unwrap(), None);
        let again = house.event(&body).await;
        let OutcomeKind::Repeated(answer) = &again[0].kind else {
            panic!("{:?}", again[0].kind)
        };
        assert_eq!(answer["resourceType"], "OperationOutcome");
        assert_eq!(answer["issue"][0]["severity"], "information");
        assert!(answer.to_string().contains(&handoff), "{answer}");
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_days_key_is_destroyed_when_its_last_packet_has_ended() {
    for database in databases().await {
        let house = House::on(database).await;
        house.created(&discharge(&house, "monday")).await;
        house.advance(24 * HOUR);
        let (tuesday, reference) = house.created(&discharge(&house, "tuesday")).await;
        house.send_all().await;
        assert_eq!(
            keys(&house, ".key"),
            [
                "sealing-20261123-00000000.key",
                "sealing-20261124-00000000.key"
            ]
        );
        house.advance(48 * HOUR);
        let swept = house.sweep().await;
        assert_eq!((swept.objects_deleted, swept.epochs_destroyed), (2, 1));
        assert_eq!(keys(&house, ".key"), ["sealing-20261124-00000000.key"]);
        assert_eq!(keys(&house, ".erased"), [""; 0], "its page went with it");
        // What lives under another day's key is not touched.
        let file = house
            .web
            .get(attachment_url(&reference, 0))
            .send()
            .await
            .unwrap();
        assert_eq!(file.status(), 200);
        file.bytes().await.unwrap();
        house.audited(&tuesday, "completed").await;
        house.advance(24 * HOUR);
        assert_eq!(house.sweep().await.epochs_destroyed, 1);
        assert_eq!(keys(&house, ".key"), [""; 0]);
        house.send_all().await;
        house.leave().await;
    }
}

/// A copy of the database and of all sealed bytes, as a backup would be.
struct Backup {
    database: PathBuf,
    staged: Vec<(PathBuf, Vec<u8>)>,
}

impl Backup {
    async fn of(house: &House) -> Self {
        use sqlx::{Connection, Executor};
        let database = house.folder.path().join("backup.db");
        let url = &house.world.settings.database_url;
        let mut live = sqlx::SqliteConnection::connect(url).await.unwrap();
        let copy = format!("VACUUM INTO '{}'", database.display());
        live.execute(sqlx::AssertSqlSafe(copy)).await.unwrap();
        let read = |path: PathBuf| (path.clone(), std::fs::read(path).unwrap());
        Self {
            database,
            staged: house.staged().into_iter().map(read).collect(),
        }
    }

    fn put_back(&self, folder: &Path) {
        for tail in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.join(format!("handoff.db{tail}")));
        }
        std::fs::copy(&self.database, folder.join("handoff.db")).unwrap();
        for (path, bytes) in &self.staged {
            std::fs::write(path, bytes).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_put_back_serves_nothing_that_was_erased() {
    let house = House::open().await;
    let (ended, ended_reference) = house.created(&discharge(&house, "ended")).await;
    let (lives, reference) = house.created(&discharge(&house, "lives")).await;
    house.send_all().await;
    let backup = Backup::of(&house).await;
    revoke(&house, &ended).await;
    assert_eq!(house.sweep().await.objects_deleted, 2);
    let house = house.again(|folder| backup.put_back(folder)).await;
    assert_eq!(house.staged().len(), 4, "the old bytes are there again");
    let page = house.page(&ended).await;
    assert_eq!(house.web.get(&page).send().await.unwrap().status(), 404);
    let file = house.url(&attachment_url(&ended_reference, 0));
    assert_eq!(house.web.get(file).send().await.unwrap().status(), 404);
    assert!(house.audit(&ended).await.contains(&"erased".to_owned()));
    assert_eq!(house.sweep().await.objects_deleted, 2);
    assert_eq!(house.staged().len(), 2);
    // What had not ended is what it was.
    let file = house.url(&attachment_url(&reference, 0));
    assert_eq!(house.web.get(file).send().await.unwrap().status(), 200);
    house.audited(&lives, "completed").await;
    // Taken in once: another start finds nothing to do.
    let before = house.audit(&ended).await;
    let house = house.again(|_| {}).await;
    assert_eq!(house.audit(&ended).await, before);
    house.send_all().await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_backup_without_its_keys_opens_nothing() {
    let house = House::open().await;
    let (handoff, reference) = house.created(&discharge(&house, "backup")).await;
    house.send_all().await;
    let backup = Backup::of(&house).await;
    revoke(&house, &handoff).await;
    house.sweep().await;
    house.advance(24 * HOUR);
    assert_eq!(house.sweep().await.epochs_destroyed, 1);
    assert_eq!(
        (keys(&house, ".key").len(), keys(&house, ".erased").len()),
        (0, 0)
    );
    // A full copy of database and bytes, whose link has not even expired.
    let house = house.again(|folder| backup.put_back(folder)).await;
    let file = house.url(&attachment_url(&reference, 0));
    let answer = house.web.get(file).send().await.unwrap();
    assert!(!answer.status().is_success(), "{}", answer.status());
    let body = answer.bytes().await.unwrap();
    assert!(!body.starts_with(b"%PDF"));
    // The ledger knows that the epoch has ended: what was sealed in it is erased again.
    assert_eq!(
        house.world.store.sealed_reference(&handoff).await.unwrap(),
        None
    );
    assert!(house.audit(&handoff).await.contains(&"erased".to_owned()));
    house.sweep().await;
    assert_eq!(house.staged().len(), 0);
    house.send_all().await;
    house.leave().await;
}

/// One link of two is closed; the packet lives on for the other.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_put_back_opens_no_link_that_was_closed_alone() {
    let house = House::open().await;
    let (handoff, reference) = house.created(&discharge(&house, "alone")).await;
    let (used, _) = house.created(&discharge(&house, "used")).await;
    house.send_all().await;
    let backup = Backup::of(&house).await;
    let links = house
        .world
        .store
        .links_of(&handoff, Face::People)
        .await
        .unwrap();
    let scope = RevokeScope::Link(links[0].id.to_string());
    let revoked = house
        .world
        .store
        .revoke(&scope, "test", house.world.clock.now())
        .await;
    assert_eq!(revoked.unwrap().len(), 1);
    house.sweep().await;
    let house = house.again(|folder| backup.put_back(folder)).await;
    let page = house.page(&handoff).await;
    assert_eq!(house.web.get(&page).send().await.unwrap().status(), 404);
    let file = house.url(&attachment_url(&reference, 0));
    assert_eq!(house.web.get(file).send().await.unwrap().status(), 200);
    house.audited(&handoff, "completed").await;
    assert_eq!(house.audit(&used).await, ["created"]);
    house.send_all().await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn revocations_and_sweeps_at_once_leave_nothing_behind() {
    for database in databases().await {
        let house = House::on(database).await;
        let mut handoffs = Vec::new();
        for n in 0..12 {
            handoffs.push(house.created(&discharge(&house, &format!("n{n}"))).await.0);
        }
        house.send_all().await;
        let sweeping = async {
            for _ in 0..12 {
                house.sweep().await;
            }
        };
        let revoking = futures_util::future::join_all(handoffs.iter().map(|id| revoke(&house, id)));
        tokio::join!(sweeping, revoking, async { house.sweep().await });
        house.sweep().await;
        assert_eq!(house.staged().len(), 0);
        for handoff in &handoffs {
            let erased = house.audit(handoff).await;
            assert_eq!(erased.iter().filter(|kind| *kind == "erased").count(), 2);
            assert_eq!(
                house.world.store.sealed_reference(handoff).await.unwrap(),
                None
            );
        }
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_signed_when_nothing_is_left_and_says_what_is_while_it_lives() {
    for database in databases().await {
        let house = House::on(database).await;
        let (handoff, _) = house.created(&discharge(&house, "receipt")).await;
        house.send_all().await;
        let world = &house.world;
        let refused = receipts::issue(world, &handoff)
            .await
            .unwrap_err()
            .to_string();
        assert!(
            refused.contains("2 of its files can still be opened"),
            "{refused}"
        );
        revoke(&house, &handoff).await;
        house.sweep().await;
        let receipt = receipts::issue(world, &handoff).await.unwrap();
        let (says, holds) = receipts::verify(world, &receipt).await.unwrap();
        assert!(holds);
        assert_eq!(
            (says.sub.as_str(), says.objects.len()),
            (handoff.as_str(), 2)
        );
        assert!(
            says.objects
                .iter()
                .all(|o| o.sha256.len() == 64 && o.bytes_deleted.is_some())
        );
        let header = jsonwebtoken::decode_header(&receipt).unwrap();
        assert_eq!(header.typ.as_deref(), Some("handoff-receipt"));
        // Nobody else's signature, no changed word, no other token of ours.
        let (head, rest) = receipt.split_once('.').unwrap();
        let forged = format!("{head}.{}", rest.replacen(&rest[..1], "f", 1));
        assert!(receipts::verify(world, &forged).await.is_err());
        let role = handoff::adapters::tokens::Role::Operator;
        let token = world
            .receipts
            .access_token("x", role, world.clock.now())
            .unwrap();
        assert!(receipts::verify(world, &token).await.is_err());
        assert!(
            world
                .access
                .principal(&receipt, world.clock.now())
                .is_none()
        );
        assert!(receipts::issue(world, "nobody").await.is_err());
        house.leave().await;
    }
}

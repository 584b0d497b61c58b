//! Rows and bytes agree, or somebody hears of it.

use crate::support::Service;
use crate::support::bucket::S3;
use crate::support::house::House;
use crate::support::messages::{DISCHARGE, fresh, sent};
use crate::support::needs::databases;
use crate::support::versioned::Versioned;
use handoff::app::reconciler::{Reconciled, reconcile};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const HOUR: Duration = Duration::from_secs(3600);
const STRAY: &str = "ab/cd/abcd0000000000000000000000000000";

fn discharge(id: &str) -> Vec<u8> {
    sent(DISCHARGE, id, crate::support::house::now())
}

/// A file in staging that was written so long before the house's time.
fn put(house: &House, name: &str, age: Duration) -> PathBuf {
    let path = house.folder.path().join("staged").join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, b"sealed").unwrap();
    let now = house.world.clock.now().as_millisecond();
    let now = SystemTime::UNIX_EPOCH + Duration::from_millis(now.unsigned_abs());
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(now - age).unwrap();
    path
}

async fn compared(house: &House) -> Reconciled {
    reconcile(&house.world, false).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_without_a_row_go_after_an_hour_and_a_second_look() {
    for database in databases().await {
        let house = House::on(database).await;
        house.created(&discharge("known")).await;
        let stray = put(&house, STRAY, 2 * HOUR);
        let young = put(
            &house,
            &STRAY.replace("abcd", "abce").replace("cd/", "ce/"),
            HOUR / 2,
        );
        let foreign = put(&house, "ab/cd/readme.txt", 2 * HOUR);
        let would = reconcile(&house.world, true).await.unwrap();
        assert_eq!((would.objects_listed, would.suspects), (4, 1));
        let first = compared(&house).await;
        assert_eq!((first.suspects, first.strays_deleted), (1, 0));
        house.advance(HOUR - Duration::from_secs(1));
        assert_eq!(compared(&house).await.strays_deleted, 0, "not yet an hour");
        house.advance(Duration::from_secs(1));
        assert_eq!(compared(&house).await.strays_deleted, 1);
        assert!(!stray.exists() && young.exists() && foreign.exists());
        assert_eq!(house.staged().len(), 4, "what is known stays");
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_that_nobody_goes_on_with_are_removed_after_a_day() {
    let house = House::open().await;
    let old = put(&house, &format!("{STRAY}.part"), 25 * HOUR);
    let young = put(&house, "ab/cd/abcd1111111111111111111111111111.part", HOUR);
    let would = reconcile(&house.world, true).await.unwrap();
    assert_eq!(would.unfinished_removed, 1);
    assert!(old.exists(), "a dry run does nothing");
    assert_eq!(compared(&house).await.unfinished_removed, 1);
    assert!(!old.exists() && young.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_without_bytes_is_an_alarm_told_once() {
    for database in databases().await {
        let house = House::on(database).await;
        let (handoff, _) = house.created(&discharge("lost")).await;
        house.created(&discharge("whole")).await;
        assert_eq!(compared(&house).await.missing, [""; 0]);
        let lost = house.world.store.ending(&handoff).await.unwrap().unwrap();
        let own = lost.objects.iter().map(|object| object.size);
        let size = own.max().unwrap();
        remove_one(&house, size);
        let would = reconcile(&house.world, true).await.unwrap();
        assert_eq!(would.missing.len(), 1);
        assert!(
            !house
                .audit(&would.missing[0])
                .await
                .contains(&"failed".to_owned())
        );
        let found = compared(&house).await;
        assert_eq!(found.missing, would.missing);
        let said = house.audited(&found.missing[0], "failed").await;
        assert!(said.contains("missing from staging"), "{said}");
        assert_eq!(compared(&house).await.missing, [""; 0], "told once");
        house.send_all().await;
        house.leave().await;
    }
}

/// Any one of the largest objects.
fn remove_one(house: &House, size: i64) {
    let staged = house.staged();
    let largest = staged
        .iter()
        .find(|path| std::fs::metadata(path).unwrap().len() as i64 >= size);
    std::fs::remove_file(largest.unwrap()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_come_back_after_their_end_are_deleted_again() {
    let house = House::open().await;
    house.created(&discharge("back")).await;
    house.send_all().await;
    let kept: Vec<(PathBuf, Vec<u8>)> = house
        .staged()
        .into_iter()
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    house.advance(72 * HOUR);
    assert_eq!(house.sweep().await.objects_deleted, 2);
    for (path, bytes) in &kept {
        std::fs::write(path, bytes).unwrap();
    }
    assert_eq!(compared(&house).await.risen, 2);
    assert_eq!(house.sweep().await.objects_deleted, 2);
    assert_eq!(house.staged().len(), 0);
    house.leave().await;
}

async fn post(service: &Service) -> Value {
    let (body, _) = fresh(DISCHARGE, jiff::Timestamp::now());
    let post = reqwest::Client::new()
        .post(format!("{}/api/v1/events", service.url))
        .bearer_auth(service.token());
    let answer = post.body(body).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    answer.json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_version_of_an_object_goes_however_many_pages_list_them() {
    let s3 = Versioned::start().await;
    let mut service = Service::prepare(None, None);
    service.stage_at(&s3.endpoint);
    service.start(None).await;
    post(&service).await;
    let keys = s3.keys();
    assert_eq!(keys.len(), 2);
    // Puts that were tried again, and a delete marker; more than a page holds.
    for key in &keys {
        for _ in 0..7 {
            s3.add_version(key);
        }
        s3.add_marker(key);
    }
    // A longer key with the same beginning is another object.
    let longer = format!("{}0", keys[0]);
    s3.add_version(&longer);
    let list = service.json(&["list", "--json"]);
    let revoked = service.json(&["revoke", list[0]["id"].as_str().unwrap(), "--json"]);
    assert_eq!(revoked["swept"]["objectsDeleted"], 2);
    assert_eq!(s3.keys(), [longer]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_is_compared_page_by_page_and_old_uploads_are_aborted() {
    let s3 = Versioned::start().await;
    let mut service = Service::prepare(None, None);
    service.stage_at(&s3.endpoint);
    service.start(None).await;
    post(&service).await;
    for _ in 0..8 {
        s3.add_version(STRAY);
    }
    s3.add_marker(STRAY);
    for n in 0..5 {
        s3.add_upload(&format!("{}{n}", &STRAY[..STRAY.len() - 1]), 48 * HOUR);
    }
    s3.add_upload(STRAY, HOUR);
    s3.add_upload("somebody/else", 48 * HOUR);
    let done = service.json(&["reconcile", "--json"]);
    assert_eq!(done["objectsListed"], 3, "{done}");
    assert_eq!(
        (&done["suspects"], &done["strays_deleted"]),
        (&1.into(), &Value::Null)
    );
    assert_eq!(done["unfinishedRemoved"], 5);
    assert_eq!(s3.uploads().len(), 2);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_versions_and_listings_of_uploads_is_compared_as_well() {
    let s3 = S3::start().await;
    let mut service = Service::prepare(None, None);
    service.stage_in(&s3);
    service.start(None).await;
    post(&service).await;
    let done = service.json(&["reconcile", "--json"]);
    assert_eq!(done["objectsListed"], 2, "{done}");
    std::fs::remove_file(&s3.objects()[0]).unwrap();
    let missing = service.run(&["reconcile", "--json"]);
    assert!(!missing.status.success());
    let said: Value = serde_json::from_slice(&missing.stdout).unwrap();
    let handoff = said["missing"][0].as_str().unwrap();
    let shown = service.run(&["show", handoff]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("missing from staging"), "{shown}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_says_what_is_missing_and_installs_the_bucket_rule() {
    let s3 = Versioned::start().await;
    let mut service = Service::prepare(None, None);
    service.stage_at(&s3.endpoint);
    service.start(None).await;
    let of = |findings: &Value, what: &str| {
        let findings = findings.as_array().unwrap();
        let found = findings.iter().find(|finding| finding["what"] == what);
        found.unwrap().clone()
    };
    let before = service.json(&["doctor", "--json"]);
    for what in ["keys", "database", "clock", "staging"] {
        assert_eq!(of(&before, what)["verdict"], "ok", "{before}");
    }
    let rule = of(&before, "lifecycle rule");
    assert_eq!(rule["verdict"], "warn");
    let advice = rule["advice"].as_str().unwrap();
    assert!(
        advice.contains("--install-lifecycle") && advice.contains("\"Days\": 92"),
        "{advice}"
    );
    let after = service.json(&["doctor", "--json", "--install-lifecycle"]);
    assert_eq!(of(&after, "lifecycle rule")["verdict"], "ok", "{after}");
    assert_eq!(s3.rules(), 1);
    service.json(&["doctor", "--json", "--install-lifecycle"]);
    assert_eq!(s3.rules(), 1, "installed twice is installed once");
    let keys = service.folder.path().join("state/keys");
    open_for_others(&keys);
    let broken = service.run(&["doctor"]);
    assert!(!broken.status.success());
    let said = String::from_utf8(broken.stdout).unwrap();
    assert!(
        said.contains("FAIL  keys") && said.contains("chmod go="),
        "{said}"
    );
    service.stop().await;
}

fn open_for_others(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
}

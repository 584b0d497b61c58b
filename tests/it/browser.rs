//! The whole visit, in the browser that people have: on a phone by touch, at a
//! desk by keyboard alone, with scripts and without, whatever a link asks for.

use crate::support::House;
use crate::support::asking::{KINDS, channels};
use crate::support::chromium::{Chromium, chromium, resolve_shl};
use crate::support::house::now;
use crate::support::messages::{DISCHARGE, sent};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use handoff::domain::ids::HandoffId;
use handoff::domain::link::Face;
use handoff::domain::verify::Verify;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;

struct Manner {
    name: &'static str,
    viewport: &'static str,
    keyboard: bool,
    javascript: bool,
    scheme: &'static str,
}

/// Without scripts nothing may differ; dark and light take turns.
const MANNERS: [Manner; 4] = [
    Manner {
        name: "phone",
        viewport: "phone",
        keyboard: false,
        javascript: true,
        scheme: "light",
    },
    Manner {
        name: "phone-no-scripts",
        viewport: "phone",
        keyboard: false,
        javascript: false,
        scheme: "dark",
    },
    Manner {
        name: "desktop",
        viewport: "desktop",
        keyboard: true,
        javascript: true,
        scheme: "dark",
    },
    Manner {
        name: "desktop-no-scripts",
        viewport: "desktop",
        keyboard: true,
        javascript: false,
        scheme: "light",
    },
];

/// Pictures for people to look at.
fn shots() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR");
    let target = target.map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target"),
        PathBuf::from,
    );
    let folder = target.join("pages");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_gets_the_file_with_whatever_browser_they_have() {
    let Some(chromium) = chromium() else { return };
    for verify in KINDS {
        let house = House::with(None, channels(verify)).await;
        let visits = MANNERS
            .iter()
            .map(|manner| visit(&house, chromium, verify, manner));
        join_all(visits).await;
        house.send_all().await;
        house.leave().await;
    }
}

async fn visit(house: &House, chromium: &Chromium, verify: Verify, manner: &Manner) {
    let name = format!("{}-{}", verify.as_str(), manner.name);
    let (handoff, _) = house.created(&sent(DISCHARGE, &name, now())).await;
    let ticket = HandoffId::parse(&handoff).unwrap().ticket();
    let none = BTreeSet::new();
    let mailed = verify == Verify::EmailCode;
    let right = if mailed {
        None
    } else {
        house.right(verify, &ticket, &none).await
    };
    // Closed doors are the same whatever a link asked for: once is enough.
    let dead = format!("{}/l/forged", house.world.settings.public_url);
    let dead = (verify == Verify::None).then_some(dead);
    let job = json!({
        "kind": "visit", "name": name, "shots": shots(),
        "url": house.page(&handoff).await,
        "dead": dead,
        "viewport": manner.viewport, "keyboard": manner.keyboard,
        "javascript": manner.javascript, "scheme": manner.scheme,
        "mailed": mailed, "right": right, "wrong": wrong(verify),
    });
    let seen = chromium
        .run(job, async || house.mailed_code(&ticket, &none).await)
        .await;
    check(house, &handoff, &name, verify, &seen).await;
}

/// Plausible, and nobody's; digits are turned by who reads them.
fn wrong(verify: Verify) -> Option<Value> {
    match verify {
        Verify::None => None,
        Verify::BirthDate => Some(json!({"day": "1", "month": "1", "year": "1970"})),
        Verify::Passcode | Verify::EmailCode => Some(json!({"code": "12345678"})),
    }
}

async fn check(house: &House, handoff: &str, name: &str, verify: Verify, seen: &Value) {
    let mut statuses = json!({"proof": 200, "wrong": 403, "files": 200, "fetched": 200});
    match verify {
        Verify::None => {
            statuses["dead"] = json!(404);
            statuses["asked"] = json!(200);
        }
        Verify::EmailCode => statuses["sent"] = json!(200),
        Verify::BirthDate | Verify::Passcode => {}
    }
    assert_eq!(seen["statuses"], statuses, "{name}");
    for nothing in ["violations", "complaints", "elsewhere"] {
        assert_eq!(seen[nothing], json!([]), "{name}: {nothing}");
    }
    let links = house
        .world
        .store
        .links_of(handoff, Face::People)
        .await
        .unwrap();
    let file = &links[0].files[0];
    assert_eq!(seen["sha256"], json!(file.sha256), "{name}: another file");
    assert_eq!(seen["fileName"], json!(file.file_name), "{name}");
    assert_eq!(
        seen["files"],
        json!(links[0].files.len()),
        "{name}: a button for each file"
    );
}

/// A link that ended, as its payload says itself: nobody needs to be asked.
#[tokio::test(flavor = "multi_thread")]
async fn a_receivers_own_client_knows_a_link_that_has_expired() {
    let payload = json!({
        "url": format!("https://handoff.example/shl/{}", "A".repeat(43)),
        "key": "A".repeat(43),
        "exp": 1,
    });
    let shlink = format!("shlink:/{}", URL_SAFE_NO_PAD.encode(payload.to_string()));
    let Some(seen) = resolve_shl(&shlink, "a test", &[]).await else {
        return;
    };
    assert_eq!(seen["error"], "SHLExpiredError", "{seen}");
}

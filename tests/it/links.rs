//! What their owner does with links: an end that moves, a new one in an old one's
//! place, the passcode told, a new copy asked for.

use crate::support::House;
use crate::support::Service;
use crate::support::house::{attachment_url, channels_with};
use crate::support::messages::{DISCHARGE, fresh, sent};
use crate::support::needs::databases;
use crate::support::stays::{Stay, as_shipped, channels};
use handoff::adapters::sql::{Errand, OwnerNews, Reissued, RevokeScope, Target};
use handoff::app::extending::{self, Which};
use handoff::app::pipeline::{self, NewLinkMade, OutcomeKind, Reissuing, passcode_record};
use handoff::domain::extension::NewEnd;
use handoff::domain::ids::{HandoffId, LinkId};
use handoff::domain::language::Language;
use handoff::domain::link::{Face, Link, Refusal};
use handoff::domain::measures::Span;
use handoff::domain::verify::Verify;
use reqwest::StatusCode;
use serde_json::Value;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);
const THABO: Stay = Stay {
    patient: "MRN-1",
    assigner: "LAKE",
    visit: "V-1",
};

impl House {
    async fn link_of(&self, handoff: &str, face: Face) -> Link {
        let links = self.world.store.links_of(handoff, face).await.unwrap();
        let mut open = links.into_iter().filter(|link| link.revoked_at.is_none());
        open.next().expect("a link of that face")
    }

    async fn extended(&self, which: Which, wanted: NewEnd) -> Result<usize, String> {
        let done = extending::extend(&self.world, &which, wanted, "a test").await;
        done.map(|done| done.moved.len())
            .map_err(|error| error.to_string())
    }

    async fn reissued(&self, old: &LinkId) -> (Reissued, NewLinkMade) {
        let wanted = Reissuing {
            reason: "asked on the telephone".into(),
            ..Reissuing::default()
        };
        pipeline::reissue(&self.world, old, &wanted).await.unwrap()
    }

    async fn get(&self, url: &str) -> StatusCode {
        let answer = self.web.get(url).send().await.unwrap();
        let status = answer.status();
        // Broken off or whole, it was asked for.
        let _ = answer.bytes().await;
        status
    }

    /// What waits in the outbox, taken out of it.
    async fn errands(&self) -> Vec<Errand> {
        let now = self.world.clock.now();
        let store = &self.world.store;
        let leased = now + jiff::SignedDuration::from_mins(1);
        let waiting = store.lease_errands(100, leased, now).await.unwrap();
        for errand in &waiting {
            store.errand_sent(&errand.id, now).await.unwrap();
        }
        waiting
    }
}

fn to_owner(errands: &[Errand], wanted: OwnerNews) -> usize {
    let is = |errand: &&Errand| matches!(&errand.target, Target::OwnerEmail { owner, news } if owner == "owner@riverside.example" && *news == wanted);
    errands.iter().filter(is).count()
}

fn handoff_id(text: &str) -> HandoffId {
    HandoffId::parse(text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extended_link_opens_after_its_first_end() {
    for database in databases().await {
        let house = House::with(database, as_shipped()).await;
        let (handoff, reference) = house.created(&THABO.discharge(0)).await;
        house.send_all().await;
        let by = NewEnd::By(Span::hours(48));
        let moved = house.extended(Which::Handoff(handoff_id(&handoff)), by);
        assert_eq!(moved.await, Ok(2));
        let now = house.world.clock.now();
        let shown = house.world.store.handoff(&handoff, now).await.unwrap();
        let shown = shown.unwrap();
        assert_eq!(shown.expires, now + Duration::from_secs(120 * 3600));
        house.advance(4 * DAY);
        house.sweep().await;
        assert_eq!(house.get(&attachment_url(&reference, 0)).await, 200);
        house.audited(&handoff, "completed").await;
        let detail = house.audited(&handoff, "extended").await;
        assert!(
            detail.contains("to 2026-11-28T12:00:00Z; a test"),
            "{detail}"
        );
        house.advance(2 * DAY);
        house.sweep().await;
        assert_eq!(house.staged().len(), 0);
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shortened_link_ends_sooner() {
    for database in databases().await {
        let house = House::with(database, as_shipped()).await;
        let (handoff, reference) = house.created(&THABO.discharge(0)).await;
        house.send_all().await;
        let at = NewEnd::At(house.world.clock.now() + Duration::from_secs(3600));
        let link = house.link_of(&handoff, Face::Systems).await;
        assert_eq!(house.extended(Which::Link(link.id), at).await, Ok(1));
        house.advance(Duration::from_secs(3601));
        assert_eq!(house.get(&attachment_url(&reference, 0)).await, 404);
        let page = house.page(&handoff).await;
        assert_eq!(
            house.get(&page).await,
            200,
            "the recipient's stays as it was"
        );
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_limit_is_passed_and_nothing_closed_is_opened() {
    for database in databases().await {
        let house = House::with(database, as_shipped()).await;
        let (handoff, reference) = house.created(&THABO.discharge(0)).await;
        house.send_all().await;
        let whole = || Which::Handoff(handoff_id(&handoff));
        let days = |days: u64| NewEnd::By(Span::hours(days * 24));
        let before = house.audit(&handoff).await;
        for (wanted, why) in [
            (days(31), "token ends"),
            (days(88), "90 days"),
            (NewEnd::At(house.world.clock.now()), "past already"),
        ] {
            let told = house.extended(whole(), wanted).await.unwrap_err();
            assert!(told.contains(why), "{told}");
        }
        assert_eq!(house.audit(&handoff).await, before);
        assert_eq!(house.get(&attachment_url(&reference, 0)).await, 200);
        house.audited(&handoff, "completed").await;
        let used_up = house.link_of(&handoff, Face::Systems).await;
        let told = house.extended(Which::Link(used_up.id), days(1)).await;
        assert!(told.unwrap_err().contains("exhausted"));
        // Of the handoff's links, those that are open move.
        assert_eq!(house.extended(whole(), days(1)).await, Ok(1));
        let link = house.link_of(&handoff, Face::People).await;
        house.advance(5 * DAY);
        let told = house.extended(Which::Link(link.id), days(1)).await;
        assert!(told.unwrap_err().contains("expired"));
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reissued_link_leads_to_the_same_files_and_closes_the_old_one() {
    for database in databases().await {
        let house = House::with(database, as_shipped()).await;
        let (handoff, _) = house.created(&THABO.discharge(0)).await;
        house.send_all().await;
        let old = house.link_of(&handoff, Face::People).await;
        let page = house.page(&handoff).await;
        house.advance(DAY);
        let (done, made) = house.reissued(&old.id).await;
        assert_eq!(done, Reissued::New);
        let errands = house.errands().await;
        assert_eq!(errands.len(), 1);
        assert!(matches!(errands[0].target, Target::NoticeEmail { .. }));
        assert_eq!(errands[0].link.as_deref(), Some(made.id.as_str()));

        let store = &house.world.store;
        let now = house.world.clock.now();
        let new = store.link(&made.id).await.unwrap().unwrap();
        let closed = store.link(&old.id).await.unwrap().unwrap();
        assert_eq!(closed.refusal(now), Some(Refusal::Revoked));
        assert_eq!(new.refusal(now), None);
        assert_eq!(new.recipient, old.recipient);
        assert_eq!(new.files.len(), old.files.len());
        assert_eq!(new.files[0].sha256, old.files[0].sha256);
        assert_eq!(new.expires_at, now + 3 * DAY);
        assert_eq!(house.get(&page).await, 404);
        assert_eq!(house.get(&house.world.link_url(&new).unwrap()).await, 200);
        let detail = house.audited(&handoff, "reissued").await;
        assert!(detail.contains(made.id.as_str()) && detail.ends_with("on the telephone"));

        let shown = store.handoff(&handoff, now).await.unwrap().unwrap();
        assert_eq!(shown.expires, new.expires_at);
        let shown = shown
            .links
            .into_iter()
            .find(|link| link.id == old.id.as_str());
        assert_eq!(
            shown.unwrap().reissued_as.as_deref(),
            Some(made.id.as_str())
        );
        let (again, _) = house.reissued(&old.id).await;
        assert_eq!(again, Reissued::Already(made.id.to_string()));
        // Its files live as long as the new link does.
        house.advance(2 * DAY + Duration::from_secs(3600));
        house.sweep().await;
        assert_eq!(house.staged().len(), 1);
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_reissues_at_once_make_one_link() {
    for database in databases().await {
        let house = House::with(database, as_shipped()).await;
        let (handoff, _) = house.created(&THABO.discharge(0)).await;
        let old = house.link_of(&handoff, Face::People).await;
        let tries = (0..8).map(|_| {
            let (world, old) = (house.world.clone(), old.id.clone());
            tokio::spawn(async move {
                let wanted = Reissuing::default();
                pipeline::reissue(&world, &old, &wanted).await.unwrap().0
            })
        });
        let mut made = 0;
        for one in tries.collect::<Vec<_>>() {
            made += usize::from(one.await.unwrap() == Reissued::New);
        }
        assert_eq!(made, 1);
        let links = house.world.store.links_of(&handoff, Face::People).await;
        assert_eq!(links.unwrap().len(), 2);
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_birth_date_comes_back_as_a_passcode_that_the_owner_tells() {
    for database in databases().await {
        let house = House::with(database, channels("  verify: birth-date\n  attempts: 3\n")).await;
        let (handoff, _) = house.created(&THABO.discharge(0)).await;
        house.send_all().await;
        let old = house.link_of(&handoff, Face::People).await;
        assert_eq!(old.verify, Verify::BirthDate);
        let (_, made) = house.reissued(&old.id).await;
        assert!(made.passcode_instead);
        let errands = house.errands().await;
        assert_eq!(errands.len(), 2);
        assert_eq!(to_owner(&errands, OwnerNews::Passcode), 1);
        let new = house.world.store.link(&made.id).await.unwrap().unwrap();
        assert_eq!((new.verify, new.attempts_left), (Verify::Passcode, 3));
        let sealed = house.world.store.sealed_passcode(&made.id).await.unwrap();
        let record = passcode_record(&made.id);
        let code = house.world.keys.open_record(&record, &sealed.unwrap());
        assert_eq!(code.unwrap().len(), 8);
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_learns_of_its_new_link_by_a_replay() {
    for database in databases().await {
        let house = House::with(database, as_shipped()).await;
        let (handoff, reference) = house.created(&THABO.discharge(0)).await;
        house.send_all().await;
        assert_eq!(house.get(&attachment_url(&reference, 0)).await, 200);
        house.audited(&handoff, "completed").await;
        let old = house.link_of(&handoff, Face::Systems).await;
        let (done, _) = house.reissued(&old.id).await;
        assert_eq!(done, Reissued::New);
        let outcome = house.event(&THABO.discharge(0)).await.remove(0);
        assert_eq!(outcome.handoff.as_str(), handoff);
        let OutcomeKind::Repeated(again) = outcome.kind else {
            panic!("{:?}", outcome.kind)
        };
        assert_ne!(again, reference);
        assert_eq!(house.get(&attachment_url(&reference, 0)).await, 404);
        assert_eq!(house.get(&attachment_url(&again, 0)).await, 200);
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_packet_is_gone_a_replay_makes_a_new_one() {
    for database in databases().await {
        let house = House::with(database, as_shipped()).await;
        let body = THABO.discharge(0);
        let (handoff, reference) = house.created(&body).await;
        house.send_all().await;
        let old = house.link_of(&handoff, Face::People).await;
        // Expired within max-age: a person who came too late on the same day.
        let at = NewEnd::At(house.world.clock.now() + Duration::from_secs(600));
        let whole = Which::Handoff(handoff_id(&handoff));
        house.extended(whole, at).await.unwrap();
        house.advance(Duration::from_secs(7200));
        house.sweep().await;
        assert_eq!(house.staged().len(), 0);
        let repeated = house.event(&body).await.remove(0);
        assert!(matches!(repeated.kind, OutcomeKind::Repeated(_)));

        let (done, _) = house.reissued(&old.id).await;
        assert_eq!(done, Reissued::Gone { names: 1 });
        let detail = house.audited(&handoff, "reissued").await;
        assert!(detail.contains("free for a replay"), "{detail}");
        let (new, fresh) = house.created(&body).await;
        assert_ne!(new, handoff);
        assert_eq!(house.get(&attachment_url(&fresh, 0)).await, 200);
        assert_eq!(house.get(&attachment_url(&reference, 0)).await, 404);
        let (again, _) = house.reissued(&old.id).await;
        assert_eq!(again, Reissued::Gone { names: 0 });
        let repeated = house.event(&body).await.remove(0);
        assert_eq!(
            repeated.handoff.as_str(),
            new,
            "the new one keeps its names"
        );
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_a_packet_is_not_given_out_for_the_packet() {
    for database in databases().await {
        let house = House::on(database).await;
        let body = sent(DISCHARGE, "part", house.world.clock.now());
        let (handoff, reference) = house.created(&body).await;
        house.send_all().await;
        let old = house.link_of(&handoff, Face::People).await.id;
        let scope = RevokeScope::Link(old.to_string());
        let now = house.world.clock.now();
        let hit = house.world.store.revoke(&scope, "a mistake", now).await;
        assert_eq!(hit.unwrap().len(), 1);
        // The system takes the first of two files; nobody may open that one again.
        assert_eq!(house.get(&attachment_url(&reference, 0)).await, 200);
        house.audited(&handoff, "completed").await;
        house.advance(Duration::from_secs(3 * 3600));
        house.sweep().await;
        assert_eq!(house.staged().len(), 1);
        let (done, _) = house.reissued(&old).await;
        assert!(matches!(done, Reissued::Gone { .. }));
        assert_eq!(house.errands().await.len(), 0);
        // What still lives is left alone.
        assert_eq!(house.get(&attachment_url(&reference, 1)).await, 200);
        house.leave().await;
    }
}

/// A replay would send the packet to everybody, also to whom it waits for.
#[tokio::test(flavor = "multi_thread")]
async fn the_event_is_not_freed_while_another_recipient_may_open_it() {
    let two = [(
        "recipients:\n",
        "recipients:\n  - {name: Pflege, email: pflege@riverside.example, language: de}\n",
    )];
    for database in databases().await {
        let house = House::with(database, channels_with(&two)).await;
        let body = sent(DISCHARGE, "two", house.world.clock.now());
        let (handoff, reference) = house.created(&body).await;
        house.send_all().await;
        let links = house
            .world
            .store
            .links_of(&handoff, Face::People)
            .await
            .unwrap();
        let german = links.iter().find(|link| {
            let recipient = link.recipient.as_ref();
            recipient.is_some_and(|recipient| recipient.language == Language::De)
        });
        let german = german.unwrap().id.clone();
        let scope = RevokeScope::Link(german.to_string());
        let now = house.world.clock.now();
        house
            .world
            .store
            .revoke(&scope, "a mistake", now)
            .await
            .unwrap();
        for place in 0..reference["content"].as_array().unwrap().len() {
            assert_eq!(house.get(&attachment_url(&reference, place)).await, 200);
        }
        house.audited(&handoff, "completed").await;
        house.advance(Duration::from_secs(3 * 3600));
        assert_eq!(house.sweep().await.objects_deleted, 1, "the German file");
        let (done, _) = house.reissued(&german).await;
        assert!(matches!(done, Reissued::Withdrawn(why) if why.contains("still open")));
        assert_eq!(house.event(&body).await.remove(0).handoff.as_str(), handoff);
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cancelled_or_corrected_is_not_given_out_again() {
    for database in databases().await {
        let house = House::with(database, as_shipped()).await;
        let (cancelled, _) = house.created(&THABO.discharge(0)).await;
        let links = house.world.store.links_of(&cancelled, Face::People).await;
        house.event(&THABO.message("ADT^A13", 5, "")).await;
        let (done, _) = house.reissued(&links.unwrap()[0].id).await;
        assert!(matches!(done, Reissued::Withdrawn(why) if why.contains("ADT^A13")));

        let other = Stay {
            patient: "MRN-7",
            visit: "V-7",
            ..THABO
        };
        let (corrected, _) = house.created(&other.discharge(6)).await;
        let links = house.world.store.links_of(&corrected, Face::People).await;
        let correction = other.message("ADT^A08", 7, "DG1|1||I10^Hypertension^I10|||F");
        house.created(&correction).await;
        let (done, _) = house.reissued(&links.unwrap()[0].id).await;
        assert!(matches!(done, Reissued::Withdrawn(why) if why.contains("corrected")));
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_found_a_link_closed_asks_its_owner_once_a_day() {
    for database in databases().await {
        let house = House::with(database, as_shipped()).await;
        let (handoff, _) = house.created(&THABO.discharge(0)).await;
        house.send_all().await;
        let link = house.link_of(&handoff, Face::People).await.id;
        let ask = || async {
            let now = house.world.clock.now();
            let store = &house.world.store;
            let owner = "owner@riverside.example";
            store
                .ask_again(&link, owner, "a visitor", now)
                .await
                .unwrap()
        };
        assert!(!ask().await, "it is open");
        house.advance(4 * DAY);
        assert!(ask().await);
        assert!(!ask().await, "the second one of a day");
        let errands = house.errands().await;
        assert_eq!(
            (errands.len(), to_owner(&errands, OwnerNews::NewCopy)),
            (1, 1)
        );
        let detail = house.audited(&handoff, "asked").await;
        assert_eq!(detail, "for a new copy; a visitor");
        house.advance(DAY);
        let asked = futures_util::future::join_all((0..8).map(|_| ask())).await;
        assert_eq!(asked.into_iter().filter(|told| *told).count(), 1);
        house.send_all().await;
        let nobody = LinkId::new(&[9; 16]);
        let now = house.world.clock.now();
        let asked = house
            .world
            .store
            .ask_again(&nobody, "o@x.example", "v", now);
        assert!(!asked.await.unwrap());
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_is_shown_a_passcode_and_that_is_written_down() {
    let mut service = Service::prepare(None, None);
    let file = service.folder.path().join("channels/discharge.yaml");
    let channel = std::fs::read_to_string(&file).unwrap();
    let channel = channel
        .replace("max-downloads: 1", "max-downloads: 1\n  verify: passcode")
        .replace("reply: {}", "reply: {url: link}")
        .replace(
            "routing-key: discharge}",
            "routing-key: discharge, url: link}",
        );
    std::fs::write(&file, channel).unwrap();
    service.start(None).await;
    let (body, _) = fresh(DISCHARGE, jiff::Timestamp::now());
    let post = reqwest::Client::new().post(format!("{}/api/v1/events", service.url));
    let answer = post.bearer_auth(service.token()).body(body).send().await;
    assert_eq!(answer.unwrap().status(), 201);
    let said = |arguments: &[&str]| {
        let output = service.run(arguments);
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        let told = String::from_utf8(output.stdout).unwrap();
        (output.status.success(), told, complaint)
    };
    let list = service.json(&["list", "--json"]);
    let id = list[0]["id"].as_str().unwrap();
    let (well, told, _) = said(&["passcode", id]);
    assert!(well && told.contains("Riverside care management"), "{told}");
    let code: String = told.chars().take(9).filter(char::is_ascii_digit).collect();
    assert_eq!(code.len(), 8, "{told}");
    let shown = said(&["show", id]).1;
    assert!(shown.contains("passcode, 5 attempts left"), "{shown}");
    assert!(shown.contains("passcode-shown") && !shown.contains(&code));

    let link = list[0]["links"][0]["id"].as_str().unwrap();
    let (well, told, why) = said(&["extend", link, "--by", "48h"]);
    assert!(well && told.starts_with("moved"), "{why}");
    let (well, _, why) = said(&["extend", link]);
    assert!(
        !well && why.contains("--by") && why.contains("--until"),
        "{why}"
    );
    let (well, told, why) = said(&["reissue", link, "--reason", "lost the mail"]);
    assert!(well && told.contains("the old link is closed"), "{why}");
    assert!(told.contains(&format!("handoff passcode {id}")), "{told}");
    let (well, _, why) = said(&["reissue", link]);
    assert!(!well && why.contains("reissued already"), "{why}");
    let (_, other, _) = said(&["passcode", id, "--json"]);
    let other: Value = serde_json::from_str(&other).unwrap();
    assert_ne!(other["link"], link);
    assert_ne!(other["passcode"], code);
    service.stop().await;
}

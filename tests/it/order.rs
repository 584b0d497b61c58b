//! `order: per-patient`: what failed keeps its patient's later events behind it, in
//! the store, and nobody else's.

use crate::retries::{ONE, OTHER};
use crate::support::eventually;
use crate::support::needs::{databases, needs};
use crate::support::stays::Stay;
use crate::support::wired::{Wired, seconds};
use handoff::adapters::sql::Waits;
use handoff::app::lines;
use std::time::Duration;

const ORDERED: (&str, &str) = ("order: per-patient\n", "");

async fn ordered(amqp: &str, database: Option<String>) -> Wired {
    Wired::open(amqp, database, ORDERED, |settings| {
        settings.retry_after = seconds(&[1, 2]);
    })
    .await
}

impl Wired {
    async fn until_in_line(&self, count: i64) {
        eventually(&format!("{count} events in line"), || async {
            let store = &self.house.world.store;
            let standing = store.in_line("stays").await.unwrap();
            (standing == count).then_some(())
        })
        .await;
    }
}

/// The visit that the first link of a handoff is about: told by its message's digest,
/// which is the only thing that a store of hashes knows of it.
async fn digests(wired: &Wired) -> Vec<String> {
    let mut found = Vec::new();
    for id in wired.handoffs().await {
        let handoff = handoff::domain::ids::HandoffId::parse(&id).unwrap();
        let kept = handoff::app::pipeline::kept_reference(&wired.house.world, &handoff);
        let text = serde_json::to_string(&kept.await.unwrap().unwrap()).unwrap();
        let visit = ["V1", "V2", "V3", "V4"]
            .into_iter()
            .find(|visit| text.contains(&format!("\"{visit}\"")));
        found.push(visit.unwrap_or("none").to_owned());
    }
    found
}

fn visit(number: &'static str) -> Stay<'static> {
    Stay {
        visit: number,
        ..ONE
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn later_events_of_a_patient_wait_across_a_restart_and_others_pass() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    for database in databases().await {
        let mut wired = ordered(&amqp, database).await;
        wired.work().await;
        wired.break_commits().await;
        wired.publish("m-1", &visit("V1").discharge(1)).await;
        wired.until_in_line(1).await;
        wired.mend_commits().await;
        wired.publish("m-3", &visit("V3").discharge(2)).await;
        wired.until_in_line(2).await;
        wired.publish("m-2", &OTHER.discharge(3)).await;
        wired.until_handed_over(1).await;
        // The clock stands still: nobody has to wait for a wait. All are acked.
        wired.stop_worker().await;
        assert_eq!(wired.ready(&wired.queue).await, Some(0));
        assert_eq!(wired.aside().await, 0);
        wired.work().await;
        wired.publish("m-4", &visit("V4").discharge(4)).await;
        wired.until_in_line(3).await;
        // An earlier one once more: it stands there already.
        wired.publish("m-3", &visit("V3").discharge(2)).await;
        eventually("the repeat is taken", || async {
            (wired.ready(&wired.queue).await == Some(0)).then_some(())
        })
        .await;
        wired.until_in_line(3).await;
        let clock = wired.run_clock();
        wired.until_handed_over(4).await;
        clock.abort();
        assert_eq!(digests(&wired).await, ["V2", "V1", "V3", "V4"]);
        wired.until_in_line(0).await;
        assert_eq!(wired.parked().await, 0);
        wired.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_parked_keeps_its_place_until_it_is_replayed() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    for database in databases().await {
        let mut wired = ordered(&amqp, database).await;
        wired.work().await;
        wired.break_commits().await;
        wired.publish("m-1", &visit("V1").discharge(1)).await;
        let clock = wired.run_clock();
        let (dead, opened) = wired.letter().await;
        assert!(dead.why.reason.contains("failed 10 times"));
        wired.mend_commits().await;
        wired.publish("m-3", &visit("V3").discharge(2)).await;
        wired.until_in_line(2).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(
            wired.handoffs().await.is_empty(),
            "it waits, however late it is"
        );
        let who = "a test";
        let world = &wired.house.world;
        assert_eq!(opened.body[..], visit("V1").discharge(1));
        let replayed = handoff::app::dead_letters::replay(world, &dead.id, who).await;
        assert_eq!(replayed.unwrap(), handoff::app::dead_letters::LetGo::Done);
        wired.until_handed_over(2).await;
        clock.abort();
        assert_eq!(digests(&wired).await, ["V1", "V3"]);
        wired.until_in_line(0).await;
        wired.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_parked_and_discarded_lets_the_others_go_on_and_cancellations_never_wait() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    for database in databases().await {
        let mut wired = ordered(&amqp, database).await;
        wired.work().await;
        wired.publish("m-1", &visit("V1").discharge(1)).await;
        let first = wired.until_handed_over(1).await.remove(0);
        // It says of no visit that it corrects it: nobody can tell what it changes.
        let nameless = visit("").message("ADT^A08", 2, "");
        wired.publish("m-2", &nameless).await;
        wired.until_in_line(1).await;
        wired.publish("m-3", &visit("V3").discharge(3)).await;
        wired.until_in_line(2).await;
        wired
            .publish("m-4", &visit("V1").message("ADT^A13", 4, ""))
            .await;
        eventually("the first is cancelled", || async {
            let kinds = wired.house.audit(&first).await;
            kinds.contains(&"revoked".to_owned()).then_some(())
        })
        .await;
        wired.until_in_line(2).await;
        let (dead, opened) = wired.letter().await;
        assert_eq!(opened.body[..], nameless);
        let world = &wired.house.world;
        let event = handoff::app::pipeline::Incoming {
            body: visit("V4").discharge(5).into(),
            ..Default::default()
        };
        assert!(lines::blocked(world, &event).await.unwrap());
        let discarded = handoff::app::dead_letters::discard(world, &dead.id, "a test", "wrong");
        let discarded = discarded.await.unwrap();
        assert_eq!(discarded, handoff::app::dead_letters::LetGo::Done);
        wired.until_handed_over(2).await;
        assert_eq!(digests(&wired).await[1], "V3");
        wired.until_in_line(0).await;
        assert!(!lines::blocked(world, &event).await.unwrap());
        let again = lines::release(world, "stays", Some("m-2"), &nameless).await;
        assert!(!again.unwrap(), "it has no place any more");
        wired.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_too_large_for_a_line_waits_on_the_broker_and_keeps_its_place() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    for database in databases().await {
        let mut wired = ordered(&amqp, database).await;
        wired.work().await;
        wired.break_commits().await;
        wired.publish("m-1", &visit("V1").discharge(1)).await;
        wired.until_in_line(1).await;
        let mut large = visit("V3").discharge(2);
        large.extend(b"ZZZ|");
        large.resize(large.len() + (3 << 20), b'x');
        wired.publish("m-3", &large).await;
        wired.until_in_line(2).await;
        wired.publish("m-4", &visit("V4").discharge(3)).await;
        wired.until_in_line(3).await;
        wired.mend_commits().await;
        let clock = wired.run_clock();
        wired.until_handed_over(3).await;
        clock.abort();
        assert_eq!(digests(&wired).await, ["V1", "V3", "V4"]);
        wired.until_in_line(0).await;
        wired.leave().await;
    }
}

/// The rules of the line itself, without a broker.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_shares_a_number_with_somebody_before_stands_behind_them() {
    use crate::support::House;
    use handoff::adapters::sql::{NewInLine, Place};
    for database in databases().await {
        let house = House::on(database).await;
        let (store, ledger) = (&house.world.store, &house.world.ledger);
        let now = house.world.clock.now();
        let later = now + jiff::SignedDuration::from_secs(60);
        let keys = &house.world.keys;
        let records = ["a", "b", "c", "d"].map(|id| (id, keys.seal_record(id, b"x").unwrap()));
        let seal = |id: &str| {
            let record = records.iter().find(|(own, _)| *own == id);
            record.unwrap().1.clone()
        };
        let new = |id: &str, names: &[&str]| NewInLine {
            id: id.into(),
            channel: "c".into(),
            names: names.iter().map(ToString::to_string).collect(),
            sealed: Some(seal(id)),
            failures: 0,
            first_seen: now,
            next_at: now,
            expires_at: later,
        };
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        for (id, its) in [
            ("a", &["1"][..]),
            ("b", &["1", "2"]),
            ("c", &["2"]),
            ("d", &["3"]),
        ] {
            let stands = store.stand_in_line(&new(id, its)).await.unwrap();
            assert_eq!(stands, Some(Waits::Here));
        }
        let first = |leased: Vec<handoff::adapters::sql::InLine>| {
            let mut ids: Vec<String> = leased.into_iter().map(|row| row.id).collect();
            ids.sort();
            ids
        };
        let leased = store.lease_first("c", 9, later, now).await.unwrap();
        assert_eq!(first(leased), ["a", "d"]);
        let leased = store.lease_first("c", 9, later, now).await.unwrap();
        assert_eq!(first(leased), [""; 0], "they are leased");
        let place = store.place_in_line("c", "new", &names(&["2"])).await;
        assert_eq!(place.unwrap(), Place::Behind);
        let place = store.place_in_line("c", "new", &names(&["4"])).await;
        assert_eq!(place.unwrap(), Place::Free);
        let place = store.place_in_line("other", "new", &names(&["1"])).await;
        assert_eq!(
            place.unwrap(),
            Place::Free,
            "another channel has its own lines"
        );
        let place = store.place_in_line("c", "b", &names(&["1", "2"])).await;
        let behind = Place::Own {
            first: false,
            waits: Waits::Here,
        };
        assert_eq!(place.unwrap(), behind);
        // Parked, the first keeps its place, and nothing of it is kept here.
        store.line_parked("a", ledger, now).await.unwrap();
        let leased = store.lease_first("c", 9, later, later).await.unwrap();
        assert_eq!(first(leased), ["d"]);
        assert!(store.leave_line("a", ledger, now).await.unwrap());
        let leased = store.lease_first("c", 9, later, now).await.unwrap();
        assert_eq!(first(leased), ["b"]);
        assert_eq!(store.expired_in_line("c", later).await.unwrap().len(), 3);
        // A copy of the database that was put back has the very record, and forgets it.
        let epochs = ledger.epochs().unwrap();
        let page = ledger.page(&epochs[0], 0).unwrap();
        store.stand_in_line(&new("a", &["1"])).await.unwrap();
        store.replay(&page, now).await.unwrap();
        assert_eq!(store.in_line("c").await.unwrap(), 3);
        house.leave().await;
    }
}

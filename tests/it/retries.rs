//! What fails waits outside the way of others, comes back by itself, and is given up
//! with a reason: on a real broker.

use crate::support::eventually;
use crate::support::house::captured;
use crate::support::needs::{databases, needs};
use crate::support::stays::Stay;
use crate::support::wired::{Wired, seconds};
use handoff::domain::measures::Span;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};

pub const ONE: Stay<'static> = Stay {
    patient: "P1",
    assigner: "2.999.10.3",
    visit: "V1",
};
pub const OTHER: Stay<'static> = Stay {
    patient: "P2",
    assigner: "2.999.10.3",
    visit: "V2",
};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_fails_stands_in_nobodys_way_and_comes_back_as_it_was() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    for database in databases().await {
        let one_at_a_time = ("", "    prefetch: 1\n    concurrency: 1\n");
        let mut wired = Wired::open(&amqp, database, one_at_a_time, |settings| {
            settings.retry_after = seconds(&[3, 4]);
        })
        .await;
        wired.work().await;
        let replies = format!("{}.replies", wired.queue);
        wired.declare(&replies, FieldTable::default()).await;
        wired.break_commits().await;
        let mut headers = FieldTable::default();
        let text = |text: &str| AMQPValue::LongString(text.into());
        headers.insert("x-own".into(), text("kept"));
        // Copies would go there, if it were published as it came.
        headers.insert(
            "CC".into(),
            AMQPValue::FieldArray(vec![text(&replies)].into()),
        );
        let asked = BasicProperties::default()
            .with_reply_to(replies.as_str().into())
            .with_correlation_id("c-1".into())
            .with_headers(headers);
        wired.publish_with("m-1", &ONE.discharge(1), asked).await;
        let sent_to_replies = wired.take(&replies).await;
        assert_eq!(
            sent_to_replies.body,
            ONE.discharge(1),
            "the sender's own copy"
        );
        eventually("it waits aside", || async {
            (wired.aside().await == 1).then_some(())
        })
        .await;
        wired.mend_commits().await;
        wired.publish("m-2", &OTHER.discharge(2)).await;
        let first = wired.until_handed_over(1).await;
        assert_eq!(wired.aside().await, 1, "the one that failed still waits");
        let both = wired.until_handed_over(2).await;
        assert_eq!(both[0], first[0]);
        wired.house.send_all().await;
        let reply = wired.take(&replies).await;
        assert_eq!(reply.correlation_id.as_deref(), Some("c-1"));
        let reference: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
        let id = reference["masterIdentifier"]["value"].as_str().unwrap();
        assert_eq!(id, format!("urn:uuid:{}", both[1]));
        assert_eq!(wired.ready(&replies).await, Some(0));
        assert_eq!(wired.parked().await, 0);
        assert_eq!(wired.ready(&wired.queue).await, Some(0));
        wired.delete(&replies).await;
        wired.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_ten_times_while_everything_answers_is_parked_with_its_reason() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    let mut wired = Wired::open(&amqp, None, ("", ""), |settings| {
        settings.retry_after = seconds(&[1]);
    })
    .await;
    wired.work().await;
    wired.break_commits().await;
    // Whoever deletes where it would wait costs it nothing: it is made again.
    wired.delete(&format!("{}.retry.1s", wired.queue)).await;
    wired.publish("m-1", &ONE.discharge(1)).await;
    let (dead, opened) = wired.letter().await;
    assert_eq!(opened.body[..], ONE.discharge(1));
    let reason = dead.why.reason;
    assert!(reason.contains("failed 10 times"), "{reason}");
    assert_eq!(dead.attempts, 10);
    assert_eq!(dead.first_seen, wired.house.world.clock.now());
    wired.mend_commits().await;
    assert_eq!(wired.aside().await, 0);
    wired.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_staging_is_away_events_wait_aside_and_none_is_given_up() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    let mut wired = Wired::open(&amqp, None, ("", ""), |settings| {
        settings.retry_after = seconds(&[1]);
        settings.hold_for = Span::seconds(5);
    })
    .await;
    wired.work().await;
    wired.house.created(&OTHER.discharge(1)).await;
    wired.staging_away();
    wired.publish("m-1", &ONE.discharge(2)).await;
    eventually("it waits aside", || async {
        (wired.aside().await == 1).then_some(())
    })
    .await;
    // What needs no staging goes on.
    wired.publish("m-2", &OTHER.message("ADT^A13", 3, "")).await;
    eventually("the other's links are closed", || async {
        let shown = wired
            .house
            .world
            .store
            .handoffs(None, 9, wired.house.world.clock.now());
        let shown = shown.await.unwrap();
        (shown[0].state != "open").then_some(())
    })
    .await;
    let waiting = format!("{}.retry.1s", wired.queue);
    eventually("it waits again", || async {
        (wired.aside().await == 1).then_some(())
    })
    .await;
    wired.stop_worker().await;
    let taken = async {
        match wired.ready(&waiting).await {
            Some(1) => wired.take(&waiting).await,
            _ => wired.take(&wired.queue).await,
        }
    };
    let taken = taken.await;
    assert_eq!(taken.header("handoff-failures"), Some("0"), "not its fault");
    wired.publish("m-1", &taken.body).await;
    wired.staging_back();
    wired.work().await;
    wired.until_handed_over(2).await;
    assert_eq!(wired.parked().await, 0);
    wired.leave().await;
}

/// Lets nobody into a database of PostgreSQL any more, or everybody again.
async fn let_in(url: &str, allowed: bool) {
    use sqlx::{AssertSqlSafe, Connection, Executor};
    let (server, name) = url.rsplit_once('/').unwrap();
    let mut admin = sqlx::PgConnection::connect(&format!("{server}/postgres"))
        .await
        .unwrap();
    let allow = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}");
    admin.execute(AssertSqlSafe(allow)).await.unwrap();
    if !allowed {
        let end = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        );
        admin.execute(AssertSqlSafe(end)).await.unwrap();
    }
    admin.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_nothing_is_acked_and_after_a_while_nothing_taken() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    for database in databases().await.into_iter().flatten() {
        let mut wired = Wired::open(&amqp, Some(database.clone()), ("", ""), |settings| {
            settings.hold_for = Span::seconds(3);
        })
        .await;
        wired.work().await;
        let_in(&database, false).await;
        wired.publish("m-1", &ONE.discharge(1)).await;
        eventually("nobody takes anything", || async {
            (wired.consumers(&wired.queue).await == Some(0)).then_some(())
        })
        .await;
        assert_eq!(wired.ready(&wired.queue).await, Some(1), "not acked");
        assert_eq!(wired.aside().await, 0);
        let_in(&database, true).await;
        wired.until_handed_over(1).await;
        assert_eq!(wired.parked().await, 0);
        wired.leave().await;
    }
}

/// Waits until a line of the log says all of this.
async fn told(parts: &[&str]) {
    eventually(&format!("the log says {parts:?}"), || async {
        let logs = captured().logs();
        let says = |line: &str| parts.iter().all(|part| line.contains(part));
        logs.lines().any(says).then_some(())
    })
    .await;
}

fn arguments(limit: i64) -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert(
        "x-queue-type".into(),
        AMQPValue::LongString("quorum".into()),
    );
    arguments.insert("x-delivery-limit".into(), AMQPValue::LongLongInt(limit));
    arguments
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_differs_is_told_with_all_that_differs_and_what_to_do() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    let mut wired = Wired::open(&amqp, None, ("", ""), |_| ()).await;
    let queue = wired.queue.clone();
    wired.declare(&queue, arguments(5)).await;
    wired.start_worker();
    told(&[
        &format!("the queue {queue} differs"),
        "x-delivery-limit is 5, needed is 20",
        "x-dead-letter-exchange is not set",
        "x-overflow is not set",
        "let it run empty and delete it",
    ])
    .await;
    let settings = &wired.house.world.settings;
    let findings = handoff::app::doctor::examine(settings, &wired.house.world.clock, false).await;
    let finding = findings
        .iter()
        .find(|finding| finding.said.contains(&queue));
    let finding = finding.expect("the doctor sees it");
    assert!(
        finding.said.contains("x-delivery-limit is 5"),
        "{finding:?}"
    );
    wired.delete(&queue).await;
    wired.publish_when_there(&ONE.discharge(1)).await;
    wired.until_handed_over(1).await;
    let findings =
        handoff::app::doctor::examine(&wired.house.world.settings, &wired.house.world.clock, false)
            .await;
    let well = findings.iter().filter(|finding| finding.what == "broker");
    let well: Vec<_> = well.collect();
    assert_eq!(well.len(), 1, "{well:?}");
    assert!(well[0].said.contains("7 retry queues"), "{well:?}");
    wired.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passive_channel_makes_nothing_and_says_what_is_missing() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    let passive = ("", "    declare: passive\n");
    let mut wired = Wired::open(&amqp, None, passive, |settings| {
        settings.retry_after = seconds(&[1]);
    })
    .await;
    let queue = wired.queue.clone();
    wired.start_worker();
    told(&[
        "declare is `passive`",
        &format!("there is no queue {queue};"),
        &format!("there is no queue {queue}.retry.1s"),
        &format!("there is no exchange {queue}.dlx"),
    ])
    .await;
    assert_eq!(wired.ready(&queue).await, None);
    assert_eq!(wired.ready(&format!("{queue}.dead")).await, None);
    // Its owner makes them: here, a channel that is not passive and has the same queue.
    let active = std::fs::read_to_string(wired.house.world.settings.channels.join("stays.yaml"));
    let active = active
        .unwrap()
        .replace("declare: passive", "declare: active");
    let (channels, _) = handoff::app::channels::parse(&[("stays.yaml".into(), active)]);
    let maker = tokio_util::sync::CancellationToken::new();
    let world = std::sync::Arc::clone(&wired.house.world);
    let making = handoff::app::worker::run(world, channels[0].clone(), maker.clone());
    let making = tokio::spawn(making);
    eventually("they are made", || async {
        wired.consumers(&queue).await.filter(|count| *count > 0)
    })
    .await;
    maker.cancel();
    making.await.unwrap();
    wired.publish("m-1", &ONE.discharge(1)).await;
    wired.until_handed_over(1).await;
    wired.leave().await;
}

//! A broker that is killed, short of memory, or throws its clients out: the worker
//! comes back by itself, nothing is lost, and the log says it once.

use crate::retries::{ONE, OTHER};
use crate::support::eventually;
use crate::support::needs::{BROKER, needs};
use crate::support::stays::Stay;
use crate::support::wired::{Wired, seconds};
use handoff::app::outbox;
use handoff::domain::measures::Span;
use lapin::BasicProperties;
use lapin::types::FieldTable;
use std::process::Command;
use std::sync::Arc;

struct Control(String);

impl Control {
    fn of(&self, arguments: &[&str]) {
        let done = Command::new(&self.0).args(arguments).output().unwrap();
        assert!(
            done.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
    }

    /// How long the broker waits for an ack, and how often it looks, in milliseconds.
    fn patience(&self, timeout: u32, every: u32) {
        let set = format!(
            "application:set_env(rabbit, consumer_timeout, {timeout}), \
             application:set_env(rabbit, channel_tick_interval, {every})."
        );
        self.of(&["ctl", "eval", &set]);
    }
}

fn lines(of: &str, said: &str) -> usize {
    let logs = crate::support::house::captured().logs();
    let count = |line: &&str| line.contains(of) && line.contains(said);
    logs.lines().filter(count).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_broker_does_to_its_clients_they_come_back_and_lose_nothing() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    let Some(control) = needs("HANDOFF_TEST_BROKER_CTL") else {
        return;
    };
    let control = Control(control);
    let _alone = BROKER.write().await;
    let own = Stay {
        patient: "P9",
        visit: "V9",
        ..ONE
    };
    let mut wired = Wired::alone(&amqp, None, ("", ""), |settings| {
        settings.hold_for = Span::seconds(60);
        settings.retry_after = seconds(&[1]);
    })
    .await;
    wired.work().await;

    // Short of memory: what comes is taken, what is to be sent waits.
    let replies = format!("{}.replies", wired.queue);
    wired.declare(&replies, FieldTable::default()).await;
    let asked = BasicProperties::default()
        .with_reply_to(replies.as_str().into())
        .with_correlation_id("c-1".into());
    wired.stop_worker().await;
    wired.publish_with("m-1", &ONE.discharge(1), asked).await;
    control.of(&["ctl", "set_vm_memory_high_watermark", "0.000001"]);
    wired.start_worker();
    wired.until_handed_over(1).await;
    let world = Arc::clone(&wired.house.world);
    let sending = tokio::spawn(async move { outbox::send_due(&world).await.unwrap() });
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert!(!sending.is_finished(), "the broker takes nothing now");
    let told = wired.house.world.broker.as_ref().unwrap().ping().await;
    let told = told.unwrap_err().to_string();
    assert!(told.contains("short of memory"), "{told}");
    control.of(&["ctl", "set_vm_memory_high_watermark", "0.4"]);
    sending.await.unwrap();
    let reply = wired.take(&replies).await;
    assert_eq!(reply.correlation_id.as_deref(), Some("c-1"));
    assert_eq!(wired.ready(&replies).await, Some(0));

    // Its queue deleted: it is made anew.
    wired.delete(&wired.queue).await;
    wired.publish_when_there(&OTHER.discharge(2)).await;
    wired.until_handed_over(2).await;

    // A delivery held for longer than the broker waits: it closes the channel (406).
    control.patience(1_000, 500);
    wired.stop_worker().await;
    wired.work().await;
    wired.staging_away();
    wired.publish("m-3", &own.discharge(3)).await;
    eventually("the broker has lost patience", || async {
        (lines("acknowledgement", "timed out") > 0 || lines("PRECONDITION_FAILED", "") > 0)
            .then_some(())
    })
    .await;
    wired.staging_back();
    control.patience(1_800_000, 60_000);
    wired.until_handed_over(3).await;

    // It is lost while it consumes, and not between two connections: what the broker
    // did to it before is over when it is back as often as it was gone.
    let gone = || lines("lost the broker", "") + lines("stopped the consumer", "");
    eventually("it consumes again", || async {
        let settled = gone() == lines("\"back\":true", "");
        (settled && wired.consumers(&wired.queue).await == Some(1)).then_some(())
    })
    .await;

    // Killed: one line that it is gone, one that it is back.
    let (gone, back) = (lines("lost the broker", ""), lines("\"back\":true", ""));
    control.of(&["kill"]);
    control.of(&["start"]);
    let wired = wired.reconnected().await;
    wired
        .publish_when_there(&ONE.message("ADT^A13", 4, ""))
        .await;
    eventually("the cancellation is taken", || async {
        (wired.ready(&wired.queue).await == Some(0)).then_some(())
    })
    .await;
    assert_eq!(lines("lost the broker", "") - gone, 1);
    assert_eq!(lines("\"back\":true", "") - back, 1);
    assert_eq!(lines("the broker is away", ""), 0);
    eventually("the first is cancelled", || async {
        let first = &wired.handoffs().await[0];
        let kinds = wired.house.audit(first).await;
        kinds.contains(&"revoked".to_owned()).then_some(())
    })
    .await;
    assert_eq!(wired.parked().await, 0);
    assert_eq!(wired.handoffs().await.len(), 3);
    wired.leave().await;
}

//! One trace from the engine's `traceparent` to the download, and nothing of
//! the patient in it or in any log line.

use crate::support::house::{attachment_url, captured};
use crate::support::messages::{DISCHARGE, MARKS, fixture, sent};
use crate::support::{House, eventually};
use handoff::app::pipeline::{self, Incoming};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_runs_from_the_message_to_the_download() {
    let house = House::open().await;
    let event = Incoming {
        body: sent(DISCHARGE, "traced", crate::support::house::now()).into(),
        trace_parent: Some(format!("00-{TRACE}-00f067aa0ba902b7-01")),
        ..Incoming::default()
    };
    let walked = pipeline::walk(&house.world, &event, &house.world.channels)
        .await
        .unwrap();
    let handoff::app::pipeline::OutcomeKind::Created(reference) = &walked.outcomes[0].kind else {
        panic!()
    };
    house.send_all().await;
    let file = house
        .web
        .get(attachment_url(reference, 0))
        .send()
        .await
        .unwrap();
    file.bytes().await.unwrap();
    house
        .audited(walked.outcomes[0].handoff.as_str(), "completed")
        .await;
    let wanted = [
        "message", "read", "render", "stage", "store", "errand", "download",
    ];
    eventually("a span of every stage in one trace", || async {
        let spans = captured().spans.get_finished_spans().unwrap();
        let ours: Vec<_> = spans
            .iter()
            .filter(|span| span.span_context.trace_id().to_string() == TRACE)
            .collect();
        wanted
            .iter()
            .all(|name| ours.iter().any(|span| span.name == *name))
            .then_some(())
    })
    .await;
    assert!(
        captured()
            .logs()
            .contains(&format!("\"trace_id\":\"{TRACE}\"")),
        "log lines carry the trace's id"
    );
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_patient_and_no_token_is_in_any_span_or_log_line() {
    let house = House::open().await;
    let now = crate::support::house::now();
    let (handoff, reference) = house.created(&sent(DISCHARGE, "leak", now)).await;
    house.send_all().await;
    // Everything that can go wrong says so, and may say too much.
    house
        .event(&sent(
            DISCHARGE,
            "leak",
            "2026-11-23T11:00:00Z".parse().unwrap(),
        ))
        .await;
    house
        .event(&sent(
            "hl7v2/ref_i12_referral.hl7",
            "old",
            "2026-01-01T00:00:00Z".parse().unwrap(),
        ))
        .await;
    for name in [
        "two_patients.hl7",
        "no_msh9.hl7",
        "truncated_bundle.json",
        "not_a_message.txt",
    ] {
        let body = fixture(&format!("invalid/{name}"));
        let event = Incoming {
            body: body.into(),
            ..Incoming::default()
        };
        pipeline::walk(&house.world, &event, &house.world.channels)
            .await
            .unwrap();
    }
    for file in house.staged() {
        std::fs::remove_file(file).unwrap();
    }
    let url = attachment_url(&reference, 0);
    house.web.get(&url).send().await.unwrap();
    house.audited(&handoff, "failed").await;
    let spans = format!("{:?}", captured().spans.get_finished_spans().unwrap());
    let logs = captured().logs();
    assert!(
        spans.contains("download")
            && logs.contains("handed over")
            && logs.contains("held for a person")
    );
    let token = url.rsplit('/').nth(1).unwrap();
    for mark in MARKS
        .iter()
        .copied()
        .chain([token, "eyJ0eXAi", "riverside.example", "/l/", "/d/"])
    {
        assert!(!spans.contains(mark), "a span holds '{mark}'");
        assert!(!logs.contains(mark), "a log line holds '{mark}'");
    }
}

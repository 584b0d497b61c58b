//! What needs more than ordinary care: it waits for a person, stays behind or
//! leaves with its labels, and nobody else's word lets it go.

use crate::support::House;
use crate::support::house::{attachment_url, captured, now};
use crate::support::messages::{DISCHARGE, MARKS, fresh, sent};
use crate::support::needs::databases;
use crate::support::pages::poppler_text;
use crate::support::schema::assert_r4;
use crate::support::{Service, bucket::files_below};
use handoff::adapters::sql::{RevokeScope, Target};
use handoff::adapters::tokens::Role;
use handoff::app::channels::{self, Channels};
use handoff::app::pipeline::{self, Approval, Approved, Incoming, OutcomeKind};
use handoff::domain::ids::HandoffId;
use handoff::domain::waiting::{Ground, Waiting};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

const OPIOIDS: &str = "DG1|6||F11.20^Opioid dependence, uncomplicated^I10|||F";
const LINES: &str = "DG1|1||";

/// The discharge fixture under an id of its own, with these segments before its
/// diagnoses.
fn discharge(id: &str, segments: &str) -> Vec<u8> {
    let text = String::from_utf8(sent(DISCHARGE, id, now())).unwrap();
    let end = if text.contains("\r\n") {
        "\r\n"
    } else if text.contains('\r') {
        "\r"
    } else {
        "\n"
    };
    let more = segments.replace('\r', end);
    text.replacen(LINES, &format!("{more}{end}{LINES}"), 1)
        .into_bytes()
}

/// The shipped discharge channel with some of its lines changed.
fn channel(changes: &[(&str, &str)]) -> Channels {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/channels/discharge.yaml");
    let mut text = std::fs::read_to_string(path).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let (channels, errors) = channels::parse(&[(path.into(), text)]);
    assert!(errors.is_empty(), "{}", errors[0]);
    channels
}

const WITHHOLD: (&str, &str) = ("action: hold", "action: withhold-section");
const LABEL: (&str, &str) = (
    "action: hold",
    "consent-scope: To Riverside care management, until May 2027\n    action: label",
);

impl House {
    /// One event that waits for a person: its id and why.
    async fn held(&self, body: &[u8]) -> (HandoffId, String) {
        let mut outcomes = self.event(body).await;
        assert_eq!(outcomes.len(), 1);
        let outcome = outcomes.remove(0);
        let OutcomeKind::Held(why) = outcome.kind else {
            panic!("not held: {:?}", outcome.kind)
        };
        (outcome.handoff, why)
    }

    async fn approve(&self, held: &HandoffId, consent_scope: Option<&str>) -> Approved {
        let reason = Some("asked for by\r\nthe  family");
        let approval = Approval::new("Ines Okafor".into(), reason, consent_scope).unwrap();
        pipeline::approve(&self.world, held, &approval)
            .await
            .unwrap()
    }

    async fn approved(&self, held: &HandoffId, consent_scope: Option<&str>) -> (HandoffId, Value) {
        match self.approve(held, consent_scope).await {
            Approved::HandedOver { handoff, reference } => (handoff, reference),
            other => panic!("not handed over: {other:?}"),
        }
    }

    async fn post_approval(&self, id: &str, role: Option<Role>, body: &str) -> Response {
        let url = format!(
            "{}/api/v1/handoffs/{id}/approve",
            self.world.settings.public_url
        );
        let mut request = self.web.post(url).body(body.to_owned());
        if let Some(role) = role {
            let expires = self.world.clock.now().as_second() + 3600;
            let expires = jiff::Timestamp::from_second(expires).unwrap();
            let token = self.world.access.access_token("ines", role, expires);
            request = request.bearer_auth(token.unwrap());
        }
        request.send().await.unwrap()
    }

    async fn fetched(&self, reference: &Value, place: usize) -> Vec<u8> {
        let answer = self.web.get(attachment_url(reference, place)).send().await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.bytes().await.unwrap().to_vec()
    }

    async fn summary(&self, id: &HandoffId) -> handoff::adapters::sql::HandoffSummary {
        let store = &self.world.store;
        let found = store.handoff(id.as_str(), self.world.clock.now()).await;
        found.unwrap().expect("it is there")
    }
}

async fn outcome(answer: Response) -> String {
    let outcome: Value = answer.json().await.unwrap();
    assert_eq!(outcome["resourceType"], "OperationOutcome");
    assert_r4(&outcome);
    outcome.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_labelled_is_held_by_the_shipped_map_on_the_shipped_channel() {
    let cases = [
        ("code", OPIOIDS, "OPIOIDUD by code at DG1[1]-3"),
        (
            "dotless",
            "DG1|6||F1120^^ICD-10-CM|||F",
            "OPIOIDUD by code at DG1[1]-3",
        ),
        (
            "alternate",
            "DG1|6||4711^Syndrom^L^F11.20^^I10|||F",
            "OPIOIDUD by code at DG1[1]-3",
        ),
        (
            "drug",
            "ORC|NW|P1\rRXE||351267^SL tablet 8-2^RXNORM|1||tablet",
            "OPIOIDUD by code at RXE-2",
        ),
        (
            "name",
            "ORC|NW|P1\rRXE||77^BUPRENORPHINE-NALOXONE 8-2 MG SL^L|1||tablet",
            "OPIOIDUD by words at RXE-2",
        ),
        (
            "comment",
            "NTE|1||Restart Suboxone at home",
            "OPIOIDUD by words at a comment of the message",
        ),
        ("hiv", "DG1|6||Z21^^I10|||F", "HIV by code at DG1[1]-3"),
        (
            "service",
            "PV1|1|I|||||||||DETOX UNIT",
            "42CFRPart2 by hospital service",
        ),
    ];
    let house = House::open().await;
    for (id, segments, says) in cases {
        let body = match id {
            "service" => {
                let text = String::from_utf8(discharge(id, OPIOIDS)).unwrap();
                text.replacen("|||MED|", "|||DETOX UNIT|", 1).into_bytes()
            }
            _ => discharge(id, segments),
        };
        let (held, why) = house.held(&body).await;
        assert!(why.contains(says), "{id}: {why}");
        for value in ["F11.20", "Opioid", "BUPRENORPHINE", "Suboxone", "GRIFFITH"] {
            assert!(!why.contains(value), "{why} holds a value");
        }
        let waits = house.summary(&held).await;
        assert_eq!(
            (waits.state.as_str(), waits.approvable),
            ("held", Some(true))
        );
        assert_eq!(waits.links.len(), 0);
    }
    // The same patient without any of it is handed over.
    house
        .created(&discharge("plain", "NTE|1||Feels well"))
        .await;
    house
        .created(&discharge("smoker", "DG1|6||F17.210^^I10|||F"))
        .await;
    house.send_all().await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_lets_a_held_event_go_and_it_goes_on_from_its_own_door() {
    for database in databases().await {
        let house = House::on(database).await;
        let body = discharge("approved", OPIOIDS);
        let event = Incoming {
            body: body.clone().into(),
            content_type: Some("application/hl7-v2".into()),
            transport_id: Some("mirth-8841".into()),
            reply_to: Some("mirth.replies".into()),
            correlation_id: Some("c-17".into()),
            ..Incoming::default()
        };
        let walked = pipeline::walk(&house.world, &event, &house.world.channels).await;
        let held = walked.unwrap().outcomes.remove(0).handoff;
        let answers = answers_to(&house, "c-17").await;
        assert_eq!(answers.len(), 1, "its sender hears that it waits");

        // Three days later: what was for real when it came still is.
        house.advance(Duration::from_secs(3 * 24 * 3600));
        let url = held.as_str();
        assert_eq!(
            house.post_approval(url, None, "").await.status(),
            StatusCode::UNAUTHORIZED
        );
        let sender = house.post_approval(url, Some(Role::Sender), "").await;
        assert_eq!(sender.status(), StatusCode::FORBIDDEN);
        outcome(sender).await;
        let operator = Some(Role::Operator);
        for body in ["[]", "{\"reasn\": \"x\"}", "Opioid dependence"] {
            let answer = house.post_approval(url, operator, body).await;
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{body}");
            assert!(!outcome(answer).await.contains("Opioid"));
        }
        let scope = json!({"consentScope": "x".repeat(2_001)}).to_string();
        let answer = house.post_approval(url, operator, &scope).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        let unknown = "01a212fe-64bf-7a7a-ae02-3475052d4fbc";
        for id in [unknown, "nonsense"] {
            let answer = house.post_approval(id, operator, "").await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND);
            outcome(answer).await;
        }
        let said = json!({"reason": "asked for by the family", "consentScope": null});
        let answer = house.post_approval(url, operator, &said.to_string()).await;
        assert_eq!(answer.status(), StatusCode::CREATED);
        assert_eq!(answer.headers()["content-type"], "application/fhir+json");
        let reference: Value = answer.json().await.unwrap();
        assert_r4(&reference);

        // It waits no more, and what it kept is erased.
        let waits = house.summary(&held).await;
        assert_eq!(waits.state, "ended");
        let became = HandoffId::parse(waits.became.as_deref().unwrap()).unwrap();
        let again = house.post_approval(url, operator, "").await;
        assert_eq!(again.status(), StatusCode::CONFLICT);
        assert!(outcome(again).await.contains(became.as_str()));
        assert_eq!(
            house
                .post_approval(became.as_str(), operator, "")
                .await
                .status(),
            StatusCode::CONFLICT
        );
        assert_eq!(house.staged().len(), 3);
        house.sweep().await;
        assert_eq!(house.staged().len(), 2);
        assert_eq!(house.audit(url).await, ["held", "approved", "erased"]);
        let told = house.audited(url, "approved").await;
        assert!(
            told.contains("by ines") && told.contains("asked for by the family"),
            "{told}"
        );
        assert!(told.contains(became.as_str()) && told.contains("sensitive:OPIOIDUD"));
        let created = house.audited(became.as_str(), "created").await;
        assert!(created.contains(&format!("held as {held}")), "{created}");
        assert!(created.contains("test: false"), "{created}");

        // The reply goes where the event asked; a repeat is the same reference.
        let answers = answers_to(&house, "c-17").await;
        let of_it = answers.iter().filter(|id| **id == became.to_string());
        assert_eq!(of_it.count(), 1, "{answers:?}");
        house.advance(Duration::from_secs(60));
        for repeat in [
            &event,
            &Incoming {
                body: body.clone().into(),
                ..Incoming::default()
            },
        ] {
            let walked = pipeline::walk(&house.world, repeat, &house.world.channels).await;
            let outcome = walked.unwrap().outcomes.remove(0);
            assert_eq!(outcome.handoff, became);
            let OutcomeKind::Repeated(repeated) = outcome.kind else {
                panic!("{:?}", outcome.kind)
            };
            assert_eq!(repeated, reference);
        }
        let pdf = house.fetched(&reference, 0).await;
        if let Some(text) = poppler_text(&pdf) {
            assert!(
                text.contains("OPIOIDUD") && text.contains("Opioid dependence"),
                "{text}"
            );
        }
    }
}

/// The handoffs about which an answer with this correlation id is on its way.
async fn answers_to(house: &House, correlation: &str) -> Vec<String> {
    let now = house.world.clock.now();
    let lease = now + jiff::SignedDuration::from_secs(1);
    let errands = house
        .world
        .store
        .lease_errands(100, lease, now)
        .await
        .unwrap();
    let ours = errands.into_iter().filter(|errand| match &errand.target {
        Target::Reply {
            queue,
            correlation_id,
            ..
        } => queue == "mirth.replies" && correlation_id.as_deref() == Some(correlation),
        _ => false,
    });
    ours.filter_map(|errand| errand.handoff).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_approvals_at_once_make_one_handoff() {
    for database in databases().await {
        let house = House::on(database).await;
        for round in 0..5 {
            let (held, _) = house
                .held(&discharge(&format!("race-{round}"), OPIOIDS))
                .await;
            let racing = (0..6).map(|_| {
                let (world, held) = (house.world.clone(), held.clone());
                tokio::spawn(async move {
                    let approval = Approval::default();
                    pipeline::approve(&world, &held, &approval).await.unwrap()
                })
            });
            let mut made = 0;
            for one in racing.collect::<Vec<_>>() {
                match one.await.unwrap() {
                    Approved::HandedOver { .. } => made += 1,
                    Approved::Over(_) => {}
                    other => panic!("{other:?}"),
                }
            }
            assert_eq!(made, 1);
            let kinds = house.audit(held.as_str()).await;
            assert_eq!(kinds, ["held", "approved"]);
        }
        let all = house
            .world
            .store
            .handoffs(None, 100, house.world.clock.now());
        assert_eq!(all.await.unwrap().len(), 10, "five held, five handed over");
        house.send_all().await;
        // What the slower ones had staged is swept away.
        house.sweep().await;
        assert_eq!(house.staged().len(), 10);
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_for_real_and_what_is_somebody_elses_nobody_can_approve() {
    for database in databases().await {
        let house = House::on(database).await;
        let operator = Some(Role::Operator);
        let old = "2026-01-01T00:00:00Z".parse().unwrap();
        let (backload, _) = house
            .held(&sent("hl7v2/ref_i12_referral.hl7", "old", old))
            .await;
        house.created(&discharge("reset", "NTE|1||one")).await;
        let mut outcomes = house.event(&discharge("reset", "NTE|1||two")).await;
        let conflict = outcomes.remove(0);
        assert!(matches!(conflict.kind, OutcomeKind::Conflict));
        for (id, instead) in [
            (&backload, "name a test-recipient"),
            (&conflict.handoff, "under an id of its own"),
        ] {
            assert_eq!(house.summary(id).await.approvable, Some(false));
            let answer = house.post_approval(id.as_str(), operator, "").await;
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
            let said = outcome(answer).await;
            assert!(said.contains(instead), "{said}");
            assert_eq!(house.summary(id).await.state, "held", "it still waits");
        }
        // Discarded, it waits no more.
        let scope = RevokeScope::Handoff(backload.to_string());
        let revoked = house
            .world
            .store
            .revoke(&scope, "old", house.world.clock.now());
        assert_eq!(revoked.await.unwrap().len(), 1);
        let answer = house.post_approval(backload.as_str(), operator, "").await;
        assert_eq!(answer.status(), StatusCode::CONFLICT);
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_that_comes_meanwhile_is_heard() {
    let house = House::open().await;
    let (held, _) = house.held(&discharge("meanwhile", OPIOIDS)).await;
    let cancelling = String::from_utf8(discharge("a13", "NTE|1||cancelled")).unwrap();
    let cancelling = cancelling.replacen("ADT^A03^ADT_A03", "ADT^A13^ADT_A01", 1);
    house.event(cancelling.as_bytes()).await;
    let Approved::Over(why) = house.approve(&held, None).await else {
        panic!("it was cancelled")
    };
    assert!(why.contains("cancelled"), "{why}");
    house.send_all().await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_later_message_corrected_is_not_let_go() {
    for database in databases().await {
        let house = House::on(database).await;
        let (held, _) = house.held(&discharge("stale", OPIOIDS)).await;
        let later = now() + jiff::SignedDuration::from_secs(60);
        let correcting = String::from_utf8(sent(DISCHARGE, "newer", later)).unwrap();
        let correcting = correcting.replacen("ADT^A03^ADT_A03", "ADT^A08^ADT_A01", 1);
        assert!(house.event(correcting.as_bytes()).await.is_empty());
        let Approved::Refused(why) = house.approve(&held, None).await else {
            panic!("it was corrected")
        };
        assert!(why.contains("a later message corrected it"), "{why}");
        assert_eq!(house.summary(&held).await.state, "held");
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_that_is_silent_is_let_go_by_a_person() {
    for database in databases().await {
        let house = House::on(database).await;
        let (first, _) = house.created(&discharge("first", "NTE|1||one")).await;
        // An A08 without its allergies.
        let text = String::from_utf8(discharge("second", "NTE|1||two")).unwrap();
        let text = text.replacen("ADT^A03^ADT_A03", "ADT^A08^ADT_A01", 1);
        let end = if text.contains('\r') { '\r' } else { '\n' };
        let lines = text
            .split(end)
            .filter(|line| !line.trim().starts_with("AL1|"));
        let silent = lines.collect::<Vec<_>>().join(&end.to_string());
        let (held, why) = house.held(silent.as_bytes()).await;
        assert!(
            why.contains("says nothing about") && why.contains("allergies"),
            "{why}"
        );
        let (became, reference) = house.approved(&held, None).await;
        assert_eq!(
            reference["relatesTo"][0]["target"]["identifier"]["value"],
            format!("urn:uuid:{first}")
        );
        assert!(house.audit(&first).await.contains(&"superseded".to_owned()));
        assert_ne!(became.to_string(), first);
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_covers_what_its_approver_was_told_of_and_no_more() {
    for database in databases().await {
        let house = House::on(database).await;
        let (held, _) = house.held(&discharge("told", OPIOIDS)).await;
        // As if the rules of that day had found something else.
        let then = Waiting::on(Ground::Sensitive("HIV".into()), "sensitive: HIV");
        let now = house.world.clock.now();
        assert!(house.world.store.wait_on(&held, &then, now).await.unwrap());
        let url = held.as_str();
        let answer = house.post_approval(url, Some(Role::Operator), "{}").await;
        assert_eq!(answer.status(), StatusCode::CONFLICT);
        let said = outcome(answer).await;
        assert!(said.contains("OPIOIDUD by code"), "{said}");
        let reason = house.summary(&held).await.reason.unwrap();
        assert!(
            reason.contains("OPIOIDUD by code"),
            "the next one is told: {reason}"
        );
        let answer = house.post_approval(url, Some(Role::Operator), "{}").await;
        assert_eq!(answer.status(), StatusCode::CREATED);
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_section_stays_behind_and_nothing_else_repeats_it() {
    for database in databases().await {
        let channels = channel(&[
            WITHHOLD,
            (
                "formats: [pdf, fhir-document]",
                "formats: [pdf, fhir-document, original]",
            ),
        ]);
        let house = House::with(database, channels).await;
        // The diagnosis, and the same said in every place that takes words. What is
        // written of it elsewhere the map would not find.
        let segments = [
            "DG1|6||F11.20^Zebra condition^I10|||F",
            "DG1|7||I10^Hypertension^I10^^^^^^beside the zebra|||F",
            "NTE|1||Zebra discussed with the family",
            "ORC|NW|P1",
            "RXE||6918^Metoprolol^RXNORM|50||mg",
            "NTE|1||not with the zebra",
            "OBX|20|TX|11506-3^Progress note^LN||Admitted for the zebra.\\.br\\Second line||||||F",
            "OBX|21|TX|8653-8^Hospital discharge instructions^LN||Live with your zebra||||||F",
            "OBX|22|ED|18842-5^Letter^LN||^TEXT^PLAIN^A^About the zebra||||||F",
        ];
        let text = String::from_utf8(discharge("stays", &segments.join("\r"))).unwrap();
        let text = text.replacen(
            "PV2|||I50.9^Heart failure, unspecified^I10",
            "PV2|||X^Came with a zebra^L",
            1,
        );
        let (_, reference) = house.created(text.as_bytes()).await;
        let contents = reference["content"].as_array().unwrap();
        assert_eq!(contents.len(), 2, "no original leaves: {reference}");
        let pdf = house.fetched(&reference, 0).await;
        let document = house.fetched(&reference, 1).await;
        let document = String::from_utf8(document).unwrap();
        for (name, left) in [
            ("the document", document.clone()),
            ("the reference", reference.to_string()),
            ("the PDF", poppler_text(&pdf).unwrap_or_default()),
        ] {
            let left = left.to_lowercase();
            for word in ["zebra", "f11.20", "opioid", "ethud"] {
                let found = left.find(word).map(|at| &left[at.saturating_sub(300)..]);
                assert!(found.is_none(), "{name} says '{word}': {found:.600?}");
            }
        }
        // What is no finding and no free text is there.
        for kept in ["Metoprolol", "Penicillin G", "Potassium", "V-2026-33817"] {
            assert!(document.contains(kept), "{kept}");
        }
        if let Some(text) = poppler_text(&pdf) {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(text.contains("was withheld by the sender"), "{text}");
            assert!(
                !text.contains("left out or not completely read"),
                "no doubt: {text}"
            );
        }
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_about_the_whole_message_cannot_stay_behind_section_by_section() {
    let house = House::with(None, channel(&[WITHHOLD])).await;
    let body = discharge("arv", "ARV|1|A|PSY^^HL70717");
    let (held, why) = house.held(&body).await;
    assert!(why.contains("PSY labelled by the source at ARV-3"), "{why}");
    let (_, reference) = house.approved(&held, None).await;
    if let Some(text) = poppler_text(&house.fetched(&reference, 0).await) {
        assert!(
            text.contains("PSY") && text.contains("Heart failure"),
            "{text}"
        );
    }
    house.send_all().await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leaves_with_a_label_carries_the_notice_of_part_2_everywhere() {
    for database in databases().await {
        let house = House::with(database, channel(&[LABEL])).await;
        let body = discharge("labelled", "ARV|1|A|42CFRPart2^^L");
        let (handoff, reference) = house.created(&body).await;
        let page = house.page(&handoff).await;
        let cookie = house.prove(&page).await;
        let page = house.fetch(&page, &cookie, None).await;
        let policy = page.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(policy.contains("default-src 'none'"), "{policy}");
        let page = page.text().await.unwrap();
        let pdf = poppler_text(&house.fetched(&reference, 0).await);
        for text in [Some(page.clone()), pdf].into_iter().flatten() {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            for said in [
                "42CFRPart2",
                "42 CFR part 2 prohibits unauthorized use or disclosure of these records",
                "To Riverside care management, until May 2027",
            ] {
                assert!(text.contains(said), "{said}: {text}");
            }
        }
        for value in ["GRIFFITH", "Heart failure"] {
            assert!(!page.contains(value), "the page says '{value}'");
        }
        let codes = |labels: &Value| {
            let labels = labels.as_array().cloned().unwrap_or_default();
            let codes = labels.iter().map(|label| {
                let coding = label.get("coding").map_or(label, |coding| &coding[0]);
                coding["code"].as_str().unwrap_or_default().to_owned()
            });
            codes.collect::<Vec<_>>()
        };
        let document: Value = serde_json::from_slice(&house.fetched(&reference, 1).await).unwrap();
        let composition = &document["entry"][0]["resource"]["meta"]["security"];
        for labels in [codes(composition), codes(&reference["securityLabel"])] {
            for code in ["R", "42CFRPart2", "NORDSCLCD"] {
                assert!(labels.contains(&code.to_owned()), "{code}: {labels:?}");
            }
        }
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn part_2_waits_until_somebody_says_what_the_patient_consented_to() {
    for database in databases().await {
        let house = House::on(database).await;
        let (held, why) = house
            .held(&discharge("part2", "ARV|1|A|42CFRPart2^^L"))
            .await;
        assert!(
            why.contains("needs the scope of the patient's consent"),
            "{why}"
        );
        let url = held.as_str();
        let operator = Some(Role::Operator);
        let answer = house.post_approval(url, operator, "{}").await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(outcome(answer).await.contains("2.32(b)"));
        let scope = "To the Riverside care managers, for this stay";
        let said = json!({"consentScope": scope}).to_string();
        let answer = house.post_approval(url, operator, &said).await;
        assert_eq!(answer.status(), StatusCode::CREATED);
        let became = house.summary(&held).await.became.unwrap();
        let page = house.page(&became).await;
        let cookie = house.prove(&page).await;
        let page = house.fetch(&page, &cookie, None).await;
        assert!(page.text().await.unwrap().contains(scope));
        // The scope is the patient's: it lies nowhere in the clear, the audit included.
        house.send_all().await;
        for file in files_below(house.folder.path()) {
            let bytes = std::fs::read(&file).unwrap();
            let clear = bytes.windows(scope.len()).any(|w| w == scope.as_bytes());
            assert!(!clear, "{} holds the scope", file.display());
        }
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_channel_says_so_whatever_bears_no_label_waits() {
    let house = House::with(None, channel(&[("unlabelled: map", "unlabelled: hold")])).await;
    let (_, why) = house.held(&discharge("bare", "NTE|1||Feels well")).await;
    assert!(why.contains("without any label"), "{why}");
    house.send_all().await;
    house.leave().await;
    let house = House::with(None, channel(&[("unlabelled: map", "unlabelled: send")])).await;
    house.created(&discharge("sent", OPIOIDS)).await;
    house.send_all().await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_a_batch_is_approved_alone() {
    let house = House::open().await;
    let one = String::from_utf8(discharge("batch-1", "NTE|1||Feels well")).unwrap();
    let two = String::from_utf8(discharge("batch-2", OPIOIDS)).unwrap();
    let two = two.replace("V-2026-33817", "V-2026-99");
    let outcomes = house.event(format!("{one}{two}").as_bytes()).await;
    assert_eq!(outcomes.len(), 2);
    let held = &outcomes[1];
    assert!(matches!(held.kind, OutcomeKind::Held(_)));
    let (_, reference) = house.approved(&held.handoff, None).await;
    let visit = &reference["context"]["encounter"][0]["identifier"]["value"];
    assert_eq!(visit, "V-2026-99");
    house.send_all().await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_what_is_held_and_approved_lies_or_is_said_in_the_clear() {
    let house = House::open().await;
    let event = Incoming {
        body: discharge("leak-held", OPIOIDS).into(),
        reply_to: Some("queue.of.the.hospital".into()),
        ..Incoming::default()
    };
    let walked = pipeline::walk(&house.world, &event, &house.world.channels).await;
    let held = walked.unwrap().outcomes.remove(0).handoff;
    house.approved(&held, Some("Only for the family")).await;
    house.send_all().await;
    for file in files_below(house.folder.path()) {
        let bytes = std::fs::read(&file).unwrap();
        for mark in MARKS
            .iter()
            .chain(&["Opioid dependence", "F11.20", "Only for the family"])
        {
            let clear = bytes.windows(mark.len()).any(|w| w == mark.as_bytes());
            assert!(!clear, "{} holds '{mark}'", file.display());
        }
    }
    let spans = format!("{:?}", captured().spans.get_finished_spans().unwrap());
    let logs = captured().logs();
    assert!(logs.contains("approved and handed over"));
    // Not even the label: a line names its handoff.
    for mark in MARKS
        .iter()
        .chain(&["Opioid dependence", "Only for the family", "OPIOIDUD"])
    {
        assert!(!spans.contains(mark), "a span holds '{mark}'");
        assert!(!logs.contains(mark), "a log line holds '{mark}'");
    }
    // Its reply waits for a broker: the outbox is not empty.
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_shows_what_waits_and_lets_it_go() {
    let mut service = Service::prepare(None, None);
    service.start(None).await;
    let (body, id) = fresh(DISCHARGE, jiff::Timestamp::now());
    let body = String::from_utf8(body).unwrap();
    let body = body.replacen("DG1|1||I50.9", "DG1|1||F11.20", 1);
    let post = || {
        let post = reqwest::Client::new().post(format!("{}/api/v1/events", service.url));
        post.bearer_auth(service.token()).body(body.clone()).send()
    };
    assert_eq!(post().await.unwrap().status(), StatusCode::ACCEPTED, "{id}");
    let said = |arguments: &[&str]| {
        let output = service.run(arguments);
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    };
    let list = service.json(&["list", "--json"]);
    let held = list[0]["id"].as_str().unwrap();
    assert_eq!(list[0]["approvable"], true);
    let (_, line) = said(&["list"]);
    assert!(
        line.contains("waits for approval: sensitive: OPIOIDUD by code at DG1[1]-3"),
        "{line}"
    );
    let (_, shown) = said(&["show", held]);
    assert!(
        shown.contains(&format!("handoff approve {held}")),
        "{shown}"
    );
    assert!(
        !shown.contains("F11") && !shown.contains("Heart failure"),
        "{shown}"
    );
    let (well, complaint) = said(&["approve", "01a212fe-64bf-7a7a-ae02-3475052d4fbc"]);
    assert!(
        !well && complaint.contains("no such handoff"),
        "{complaint}"
    );
    let approved = service.json(&["approve", held, "--reason", "asked for", "--json"]);
    assert_eq!(approved["reference"]["resourceType"], "DocumentReference");
    let (_, shown) = said(&["show", held]);
    assert!(
        shown.contains(&format!("as {}", approved["handoff"].as_str().unwrap())),
        "{shown}"
    );
    assert!(shown.contains("asked for"), "{shown}");
    let (well, complaint) = said(&["approve", held]);
    assert!(
        !well && complaint.contains("approved already"),
        "{complaint}"
    );
    let repeat = post().await.unwrap();
    assert_eq!(repeat.status(), StatusCode::OK);
    let repeated: Value = repeat.json().await.unwrap();
    assert_eq!(repeated, approved["reference"]);
    let token = service.token_of("operator");
    let url = format!("{}/api/v1/handoffs/{held}/approve", service.url);
    let answer = reqwest::Client::new()
        .post(url)
        .bearer_auth(token)
        .send()
        .await;
    assert_eq!(answer.unwrap().status(), StatusCode::CONFLICT);
    service.stop().await;
}

//! The course of a visit: what earlier messages said reaches the packet, and
//! what later ones say ends, replaces or moves it.

use crate::support::House;
use crate::support::house::{attachment_url, now};
use crate::support::needs::databases;
use handoff::app::channels::{self, Channels};
use handoff::app::pipeline::{self, Incoming, OutcomeKind, Walked};
use reqwest::StatusCode;
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;

const CHANNEL: &str = "
channel: visits
owner: integration@riverside.example
zone: Europe/Berlin
sender-zones:
  - {facility: WEST, zone: America/Denver}
trigger:
  events: [ADT^A03]
cancel-on: [ADT^A11, ADT^A13]
correct-on: [ADT^A03, ADT^A08]
merge-on: [ADT^A40]
visit-memory:
  events: [ADT^A01, ADT^A08, RDE^O11]
  facts: [allergies, medications]
  keep: 2d
packet:
  kind: discharge
  sections: [encounter, diagnoses, allergies, medications]
  formats: [fhir-document]
  purpose-of-use: TREAT
  sensitive: {action: label, unlabelled: send, consent-scope: All of the stay}
return:
  - reply: {}
";

fn channel() -> Channels {
    let (channels, errors) = channels::parse(&[(PathBuf::from("visits.yaml"), CHANNEL.into())]);
    assert!(errors.is_empty(), "{}", errors[0]);
    channels
}

/// One message of visit V1, sent so many minutes after noon.
fn message(event: &str, minute: u8, segments: &str) -> Vec<u8> {
    message_of("MRN1", "V1", event, minute, segments)
}

fn message_of(patient: &str, visit: &str, event: &str, minute: u8, segments: &str) -> Vec<u8> {
    format!(
        "MSH|^~\\&|ADT|LAKESIDE|||20261123{:02}{:02}00+0000||{event}|{}-{visit}-{minute}|P|2.3\r\
         PID|1||{patient}^^^LAKE^MR||MBEKI^Thabo||19710304|M\r\
         PV1|1|I|W7^1^A||||||||||||||||{visit}^^^LAKE|||||||||||||||||01||||||||20261120080000+0000|20261123115500+0000\r\
         {segments}\r",
        12 + minute / 60,
        minute % 60,
        event.replace('^', "-"),
    )
    .into_bytes()
}

const DIAGNOSIS: &str = "DG1|1||I50.9^Heart failure^I10|||F";

impl House {
    async fn visiting(database: Option<String>) -> Self {
        let house = Self::with(database, channel()).await;
        house.advance(Duration::from_secs(3600));
        house
    }

    async fn walked(&self, body: &[u8]) -> Walked {
        let event = Incoming {
            body: body.into(),
            ..Incoming::default()
        };
        let walked = pipeline::walk(&self.world, &event, &self.world.channels).await;
        walked.expect("the walk goes through")
    }

    async fn noted(&self, body: &[u8]) -> String {
        let walked = self.walked(body).await;
        let said: Vec<_> = walked
            .noted
            .iter()
            .map(|noted| noted.what.as_str())
            .collect();
        said.join("; ")
    }

    /// The one packet behind a reference, as text.
    async fn packet(&self, reference: &Value) -> String {
        let answer = self.web.get(attachment_url(reference, 0)).send().await;
        let answer = answer.expect("the gateway answers");
        assert_eq!(answer.status(), StatusCode::OK);
        answer.text().await.expect("a packet")
    }

    async fn opens(&self, reference: &Value) -> StatusCode {
        let head = self.web.head(attachment_url(reference, 0)).send().await;
        head.expect("the gateway answers").status()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_earlier_messages_said_reaches_the_packet_and_says_so() {
    for database in databases().await {
        let house = House::visiting(database).await;
        let admitted = message("ADT^A01", 1, "AL1|1|DA|PEN^Penicillin|SV|Hives");
        assert!(house.noted(&admitted).await.contains("1 allergies"));
        let ordered = "ORC|NW|4711\rRXE|^BID|FUR40^Furosemide 40 mg|40||mg";
        assert!(
            house
                .noted(&message("RDE^O11", 5, ordered))
                .await
                .contains("1 medications")
        );
        // Another visit of the same patient is another matter.
        let elsewhere = message_of("MRN1", "V2", "ADT^A01", 6, "AL1|1|DA|LAT^Latex");
        house.noted(&elsewhere).await;
        let (_, reference) = house.created(&message("ADT^A03", 50, DIAGNOSIS)).await;
        let packet = house.packet(&reference).await;
        for said in [
            "Penicillin",
            "Furosemide 40 mg",
            "ADT^A01 of 23 November 2026",
        ] {
            assert!(packet.contains(said), "{said}");
        }
        assert!(!packet.contains("Latex"));
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_remembered_is_sealed_and_goes_when_it_expires() {
    for database in databases().await {
        let on_disk = database.is_none();
        let house = House::visiting(database).await;
        let admitted = message("ADT^A01", 1, "AL1|1|DA|PEN^Penicillin|SV");
        house.noted(&admitted).await;
        if on_disk {
            for file in crate::support::bucket::files_below(house.folder.path()) {
                let bytes = std::fs::read(&file).expect("a file");
                let found = |mark: &str| bytes.windows(mark.len()).any(|w| w == mark.as_bytes());
                assert!(!found("Penicillin") && !found("MRN1"), "{}", file.display());
            }
        }
        assert_eq!(house.sweep().await.forgotten, 0);
        house.advance(Duration::from_secs(49 * 3600));
        assert_eq!(house.sweep().await.forgotten, 1);
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_discharge_revokes_what_was_staged_and_keeps_out_what_comes_late() {
    for database in databases().await {
        let house = House::visiting(database).await;
        let (id, reference) = house.created(&message("ADT^A03", 10, DIAGNOSIS)).await;
        assert_eq!(house.opens(&reference).await, StatusCode::OK);
        let said = house.noted(&message("ADT^A13", 20, "")).await;
        assert!(said.contains("1 links revoked, 0 of them"), "{said}");
        assert_eq!(house.opens(&reference).await, StatusCode::NOT_FOUND);
        assert!(house.audited(&id, "revoked").await.contains("ADT^A13"));
        // Sent before the cancellation, delivered after it.
        let late = house.walked(&message("ADT^A03", 15, DIAGNOSIS)).await;
        let OutcomeKind::Held(why) = &late.outcomes[0].kind else {
            panic!("{:?}", late.outcomes[0].kind)
        };
        assert!(why.contains("cancelled by ADT^A13"), "{why}");
        // Discharged anew.
        house.created(&message("ADT^A03", 30, DIAGNOSIS)).await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_admission_forgets_the_visit() {
    let house = House::visiting(None).await;
    house
        .noted(&message("ADT^A01", 1, "AL1|1|DA|PEN^Penicillin"))
        .await;
    house.noted(&message("ADT^A11", 2, "")).await;
    let (_, reference) = house.created(&message("ADT^A03", 30, DIAGNOSIS)).await;
    assert!(!house.packet(&reference).await.contains("Penicillin"));
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_replaces_the_packet_and_names_the_one_it_replaces() {
    for database in databases().await {
        let house = House::visiting(database).await;
        let (old, before) = house.created(&message("ADT^A03", 10, DIAGNOSIS)).await;
        // Nothing that the packet says has changed.
        let same = house.walked(&message("ADT^A08", 11, DIAGNOSIS)).await;
        assert!(
            matches!(&same.outcomes[0].kind, OutcomeKind::Repeated(reference) if *reference == before)
        );
        let corrected = "DG1|1||I50.1^Left ventricular failure^I10|||F";
        let (new, after) = house.created(&message("ADT^A08", 12, corrected)).await;
        assert_eq!(house.opens(&before).await, StatusCode::NOT_FOUND);
        assert_eq!(house.opens(&after).await, StatusCode::OK);
        assert_eq!(after["relatesTo"][0]["code"], "replaces");
        assert_eq!(
            after["relatesTo"][0]["target"]["identifier"]["value"],
            before["masterIdentifier"]["value"]
        );
        crate::support::schema::assert_r4(&after);
        assert!(house.audited(&old, "superseded").await.contains(&new));
        // An older correction that comes late must not win.
        let late = house
            .walked(&message("ADT^A08", 11, "DG1|1||I10^Hypertension^I10|||F"))
            .await;
        assert!(matches!(
            &late.outcomes[0].kind,
            OutcomeKind::Held(_) | OutcomeKind::Conflict
        ));
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_of_nothing_makes_nothing() {
    let house = House::visiting(None).await;
    let said = house.noted(&message("ADT^A08", 12, DIAGNOSIS)).await;
    assert!(said.contains("nothing is staged"), "{said}");
    assert!(house.staged().is_empty());
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merged_visit_is_found_under_the_number_that_survives() {
    for database in databases().await {
        let house = House::visiting(database).await;
        let old = message_of("MRN0", "V0", "ADT^A03", 10, DIAGNOSIS);
        let (id, reference) = house.created(&old).await;
        let merged = message("ADT^A40", 20, "MRG|MRN0^^^LAKE^MR||||V0^^^LAKE");
        let said = house.noted(&merged).await;
        assert!(said.contains("1 handoffs"), "{said}");
        house.audited(&id, "merged").await;
        house.noted(&message("ADT^A13", 30, "")).await;
        assert_eq!(house.opens(&reference).await, StatusCode::NOT_FOUND);
        // Still under the old number, after the merge.
        let late = message_of("MRN0", "V0", "ADT^A03", 40, DIAGNOSIS);
        let (_, reference) = house.created(&late).await;
        house.noted(&message("ADT^A13", 50, "")).await;
        assert_eq!(house.opens(&reference).await, StatusCode::NOT_FOUND);
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_cancellation_cancels_nothing() {
    let house = House::visiting(None).await;
    let (_, reference) = house.created(&message("ADT^A03", 10, DIAGNOSIS)).await;
    let training = String::from_utf8(message("ADT^A13", 20, "")).expect("text");
    let said = house.noted(training.replace("|P|", "|T|").as_bytes()).await;
    assert!(said.contains("changes nothing"), "{said}");
    let other = "DG1|1||I10^Hypertension^I10|||F";
    let training = String::from_utf8(message("ADT^A08", 21, other)).expect("text");
    let said = house.noted(training.replace("|P|", "|T|").as_bytes()).await;
    assert!(said.contains("corrects nothing"), "{said}");
    assert_eq!(house.opens(&reference).await, StatusCode::OK);
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_packet_and_its_cancellation_never_pass_each_other() {
    for database in databases().await {
        let house = House::visiting(database).await;
        for round in 0..20 {
            let visit = format!("R{round}");
            let discharged = message_of("MRN1", &visit, "ADT^A03", 10, DIAGNOSIS);
            let cancelled = message_of("MRN1", &visit, "ADT^A13", 20, "");
            let (walked, _) = tokio::join!(house.walked(&discharged), house.walked(&cancelled));
            match &walked.outcomes[0].kind {
                OutcomeKind::Created(reference) => {
                    assert_eq!(
                        house.opens(reference).await,
                        StatusCode::NOT_FOUND,
                        "{visit}"
                    );
                }
                OutcomeKind::Held(_) => {}
                other => panic!("{other:?}"),
            }
        }
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_without_an_offset_is_read_in_its_senders_zone() {
    let house = House::visiting(None).await;
    let at_noon = |facility: &str, visit: &str| {
        let text = String::from_utf8(message_of("MRN1", visit, "ADT^A03", 10, DIAGNOSIS));
        let text = text
            .expect("text")
            .replace("20261123115500+0000", "20261123115500");
        text.replace("LAKESIDE", facility).into_bytes()
    };
    let (_, east) = house.created(&at_noon("EAST", "Z1")).await;
    assert!(
        house
            .packet(&east)
            .await
            .contains("2026-11-23T11:55:00+01:00")
    );
    let (_, west) = house.created(&at_noon("WEST", "Z2")).await;
    assert!(
        house
            .packet(&west)
            .await
            .contains("2026-11-23T11:55:00-07:00")
    );
    assert_eq!(now().to_string(), "2026-11-23T12:00:00Z");
    house.leave().await;
}

const DOCUMENTS: &str = "
channel: letters
owner: integration@riverside.example
trigger:
  events: [MDM^T02]
  several-patients: split
cancel-on: [MDM^T11]
correct-on: [MDM^T08, MDM^T10]
packet:
  kind: discharge
  sections: [encounter, instructions]
  formats: [fhir-document]
  purpose-of-use: TREAT
  sensitive: {action: label, unlabelled: send, consent-scope: All of the stay}
  site-facts:
    - {where: ZCM-2, title: Case manager, section: encounter}
return:
  - reply: {}
";

/// A document message: its own id, and its parent's.
fn letter(event: &str, minute: u8, id: &str, parent: &str, text: &str) -> Vec<u8> {
    let txa = format!(
        "TXA|1|DS|TX|||||||||{id}^DOC|{parent}^DOC||||LA||AV\r\
         OBX|1|TX|8653-8^Discharge instructions^LN||{text}||||||F\r\
         ZCM|1|Ann Example, 555 0100"
    );
    message(event, minute, &txa)
}

impl House {
    async fn lettered() -> Self {
        let (channels, errors) = channels::parse(&[("letters.yaml".into(), DOCUMENTS.into())]);
        assert!(errors.is_empty(), "{}", errors[0]);
        let house = Self::with(None, channels).await;
        house.advance(Duration::from_secs(3600));
        house
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_document_ends_and_another_of_the_same_visit_does_not() {
    let house = House::lettered().await;
    let (_, first) = house.created(&letter("MDM^T02", 1, "D1", "", "Rest")).await;
    let (_, other) = house.created(&letter("MDM^T02", 2, "D2", "", "Walk")).await;
    let (_, edited) = house
        .created(&letter("MDM^T08", 3, "D2", "", "Walk a little"))
        .await;
    assert_eq!(house.opens(&other).await, StatusCode::NOT_FOUND);
    let (_, replaced) = house
        .created(&letter("MDM^T10", 4, "D3", "D1", "Swim"))
        .await;
    assert_eq!(house.opens(&first).await, StatusCode::NOT_FOUND);
    assert_eq!(replaced["relatesTo"][0]["code"], "replaces");
    assert_eq!(house.opens(&edited).await, StatusCode::OK);
    house.noted(&letter("MDM^T11", 5, "D3", "", "")).await;
    assert_eq!(house.opens(&replaced).await, StatusCode::NOT_FOUND);
    assert_eq!(house.opens(&edited).await, StatusCode::OK);
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sites_own_field_reaches_the_section_its_channel_names() {
    let house = House::lettered().await;
    let (_, reference) = house.created(&letter("MDM^T02", 1, "D1", "", "Rest")).await;
    let packet = house.packet(&reference).await;
    for said in ["Case manager", "Ann Example, 555 0100", "Rest"] {
        assert!(packet.contains(said), "{said}");
    }
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_about_several_patients_is_split_where_a_channel_asks_and_refused_elsewhere() {
    let split = DOCUMENTS
        .replace("[MDM^T02]", "[Bundle/searchset]")
        .replace("cancel-on: [MDM^T11]\n", "");
    let (channels, errors) = channels::parse(&[("split.yaml".into(), split.clone())]);
    assert!(errors.is_empty(), "{}", errors[0]);
    let body = crate::support::messages::fixture("fhir/bundle_searchset_two_patients.json");
    let house = House::with(None, channels).await;
    let first = house.walked(&body).await;
    let created = |walked: &Walked| {
        let kinds = walked.outcomes.iter().map(|outcome| &outcome.kind);
        kinds
            .filter(|kind| matches!(kind, OutcomeKind::Created(_)))
            .count()
    };
    assert_eq!((created(&first), first.problems.len()), (2, 0));
    let again = house.walked(&body).await;
    assert_eq!((created(&again), again.outcomes.len()), (0, 2));
    house.leave().await;

    let refuse = split.replace("several-patients: split", "several-patients: refuse");
    let (channels, _) = channels::parse(&[("refuse.yaml".into(), refuse)]);
    let house = House::with(None, channels).await;
    let refused = house.walked(&body).await;
    assert_eq!((refused.outcomes.len(), refused.problems.len()), (0, 1));
    assert!(refused.problems[0].why.contains("2 patients"));
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_number_of_another_patient_changes_nothing_about_this_one() {
    for database in databases().await {
        let house = House::visiting(database).await;
        let stranger =
            |event: &str, minute, segments: &str| message_of("MRN9", "V1", event, minute, segments);
        house
            .noted(&stranger("ADT^A01", 1, "AL1|1|DA|PEN^Penicillin"))
            .await;
        let (_, reference) = house.created(&message("ADT^A03", 10, DIAGNOSIS)).await;
        let said = house.noted(&stranger("ADT^A13", 20, "")).await;
        assert!(
            said.contains("0 links revoked") && said.contains("1 packets"),
            "{said}"
        );
        let other = "DG1|1||I10^Hypertension^I10|||F";
        let said = house.noted(&stranger("ADT^A08", 21, other)).await;
        assert!(said.contains("nothing is staged"), "{said}");
        assert_eq!(house.opens(&reference).await, StatusCode::OK);
        let packet = house.packet(&reference).await;
        assert!(!packet.contains("Penicillin"));
        assert!(packet.contains("Heart failure"));
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_that_is_silent_on_what_is_known_waits_for_a_person() {
    let house = House::visiting(None).await;
    let (_, reference) = house.created(&message("ADT^A03", 10, DIAGNOSIS)).await;
    let silent = house
        .walked(&message("ADT^A08", 12, "NTE|1||new address"))
        .await;
    let OutcomeKind::Held(why) = &silent.outcomes[0].kind else {
        panic!("{:?}", silent.outcomes[0].kind)
    };
    assert!(why.contains("diagnoses"), "{why}");
    assert_eq!(house.opens(&reference).await, StatusCode::OK);
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_packet_says_that_a_newer_message_came_before_it() {
    let house = House::visiting(None).await;
    let newer = message(
        "ADT^A08",
        20,
        "DG1|1||I50.1^Left ventricular failure^I10|||F",
    );
    house.noted(&newer).await;
    let held = house.walked(&message("ADT^A03", 10, DIAGNOSIS)).await;
    let OutcomeKind::Created(reference) = &held.outcomes[0].kind else {
        panic!("{:?}", held.outcomes[0].kind)
    };
    assert!(
        house
            .packet(reference)
            .await
            .contains("a later ADT^A08 came before")
    );
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_corrections_at_once_leave_the_newer_packet_open() {
    for database in databases().await {
        let house = House::visiting(database).await;
        for round in 0..10 {
            let visit = format!("C{round}");
            let correction = |minute: u8| {
                let diagnosis = format!("DG1|1||I{minute}^Diagnosis {minute}^I10|||F");
                message_of("MRN1", &visit, "ADT^A08", minute, &diagnosis)
            };
            let first = message_of("MRN1", &visit, "ADT^A03", 10, DIAGNOSIS);
            let (_, before) = house.created(&first).await;
            let (newer, older) = (correction(30), correction(20));
            let (newer, older) = tokio::join!(house.walked(&newer), house.walked(&older));
            let OutcomeKind::Created(reference) = &newer.outcomes[0].kind else {
                panic!("{:?}", newer.outcomes[0].kind)
            };
            assert_eq!(house.opens(reference).await, StatusCode::OK, "{visit}");
            assert_eq!(house.opens(&before).await, StatusCode::NOT_FOUND, "{visit}");
            if let OutcomeKind::Created(older) = &older.outcomes[0].kind {
                assert_eq!(house.opens(older).await, StatusCode::NOT_FOUND, "{visit}");
            }
        }
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_that_names_no_visit_is_a_problem_and_no_polite_note() {
    let house = House::visiting(None).await;
    let nameless = String::from_utf8(message("ADT^A13", 10, "")).expect("text");
    let walked = house
        .walked(nameless.replace("V1^^^LAKE", "").as_bytes())
        .await;
    assert_eq!(walked.problems[0].at, "PV1-19");
    assert!(walked.noted.is_empty());
    house.leave().await;
}

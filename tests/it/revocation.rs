//! Revoking by what people know: what goes, what stays, and who had it.

use crate::support::House;
use crate::support::Service;
use crate::support::house::attachment_url;
use crate::support::messages::{DISCHARGE, fresh};
use crate::support::needs::databases;
use crate::support::stays::{Stay, as_shipped};
use handoff::app::pipeline::{self, Incoming, OutcomeKind};
use handoff::app::revocation::{Found, NotRevoked, Wanted, revoke};
use handoff::domain::link::Face;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

const THABO: Stay = Stay {
    patient: "MRN-1",
    assigner: "LAKE",
    visit: "V-1",
};
/// Another person: the same name, birthday and digits, from another hospital.
const NAMESAKE: Stay = Stay {
    patient: "MRN-1",
    assigner: "HILL",
    visit: "V-9",
};

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn patient(assigner: Option<&str>) -> Wanted {
    Wanted {
        patient: some("MRN-1"),
        assigner: assigner.map(str::to_owned),
        ..Wanted::default()
    }
}

impl House {
    async fn revoked(&self, wanted: Wanted) -> Result<Found, NotRevoked> {
        revoke(&self.world, &wanted, "the test").await
    }

    async fn looked(&self, wanted: Wanted) -> Found {
        let wanted = Wanted {
            dry_run: true,
            ..wanted
        };
        self.revoked(wanted).await.expect("looking is allowed")
    }

    /// The states of a handoff's links, the people's first.
    async fn states(&self, handoff: &str) -> Vec<String> {
        let now = self.world.clock.now();
        let shown = self.world.store.handoff(handoff, now).await.unwrap();
        let links = shown.unwrap().links.into_iter();
        links.map(|link| link.state).collect()
    }

    async fn entries(&self) -> usize {
        self.world.store.verify_audit().await.unwrap().entries
    }
}

fn handoffs(found: &Found) -> Vec<&str> {
    let mut all: Vec<&str> = found.revoked.iter().map(|one| &*one.handoff).collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn one_patients_packets_on_two_channels_go_and_a_namesakes_stays() {
    for database in databases().await {
        let house = House::with(database, as_shipped()).await;
        let (stay, _) = house.created(&THABO.discharge(0)).await;
        let (paper, _) = house.created(&THABO.paper(1, 2000)).await;
        let (other, _) = house.created(&NAMESAKE.discharge(2)).await;
        house.send_all().await;

        let found = house.looked(patient(None)).await;
        assert_eq!(found.patients, Some(2));
        assert_eq!(found.revoked.len(), 6);
        let refused = house.revoked(patient(None)).await;
        assert!(matches!(refused, Err(NotRevoked::SeveralPatients(2))));
        assert_eq!(house.states(&stay).await, ["open", "open"]);

        let found = house.revoked(patient(Some("LAKE"))).await.unwrap();
        let mut both = [stay.as_str(), paper.as_str()];
        both.sort_unstable();
        assert_eq!(handoffs(&found), both);
        assert_eq!((found.revoked.len(), found.patients), (4, Some(1)));
        for gone in both {
            assert_eq!(house.states(gone).await, ["revoked", "revoked"]);
            let page = house.page(gone).await;
            assert_eq!(house.web.get(page).send().await.unwrap().status(), 404);
        }
        assert_eq!(house.states(&other).await, ["open", "open"]);
        let detail = house.audited(&stay, "revoked").await;
        assert_eq!(detail, "no reason given; by the test");
        assert!(house.sweep().await.objects_deleted >= 2);
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_who_share_a_number_go_where_that_is_said() {
    let house = House::with(None, as_shipped()).await;
    house.created(&THABO.discharge(0)).await;
    house.created(&NAMESAKE.discharge(1)).await;
    let wanted = Wanted {
        all: true,
        ..patient(None)
    };
    let found = house.revoked(wanted).await.unwrap();
    assert_eq!((found.revoked.len(), found.patients), (4, Some(2)));
    house.send_all().await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_who_had_what_and_changes_nothing() {
    for database in databases().await {
        let house = House::with(database, as_shipped()).await;
        let (handoff, reference) = house.created(&THABO.discharge(0)).await;
        house.send_all().await;
        let answer = house.web.get(attachment_url(&reference, 0)).send().await;
        answer.unwrap().bytes().await.unwrap();
        house.audited(&handoff, "completed").await;

        let (before, states) = (house.entries().await, house.states(&handoff).await);
        let found = house.looked(patient(None)).await;
        assert_eq!(house.entries().await, before);
        assert_eq!(house.states(&handoff).await, states);
        assert_eq!(states, ["open", "exhausted"]);

        let told = serde_json::to_value(&found).unwrap();
        assert_eq!(told["dryRun"], true);
        let of = |face: &str| {
            let all = told["revoked"].as_array().unwrap().iter();
            let mut all = all.filter(|one| one["face"] == face);
            all.next().unwrap().clone()
        };
        assert_eq!(of("l")["hadIt"], false);
        assert_eq!(of("l")["recipient"], "Care management");
        assert_eq!(of("l").get("files"), None);
        assert_eq!(of("d")["hadIt"], true);
        assert_eq!(of("d")["state"], "exhausted");
        assert_eq!(of("d")["files"][0]["fileName"], "packet.fhir.json");
        assert!(of("d")["files"][0]["completed"].is_string());
        assert_eq!(of("d")["ticket"].as_str().unwrap().len(), 6);

        // What is over is told of, where somebody had it, and not closed again.
        house.revoked(patient(None)).await.unwrap();
        let again = house.looked(patient(None)).await;
        assert!(again.revoked.is_empty());
        assert_eq!(again.over.len(), 1);
        assert_eq!(again.over[0].face, "d");
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_narrow_each_other_and_a_wide_one_must_be_meant() {
    for database in databases().await {
        let house = House::with(database, as_shipped()).await;
        let (stay, _) = house.created(&THABO.discharge(0)).await;
        house.advance(Duration::from_secs(3600));
        let (paper, _) = house.created(&THABO.paper(1, 2000)).await;
        house.send_all().await;
        let at = |wanted| async {
            let found = house.looked(wanted).await;
            handoffs(&found)
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let visit = Wanted {
            visit: some("V-1"),
            assigner: some("LAKE"),
            ..Wanted::default()
        };
        assert_eq!(at(visit).await.len(), 2);
        let recipient = |channel: Option<&str>| Wanted {
            recipient: some("intake@PARTNER.example"),
            channel: channel.map(str::to_owned),
            ..Wanted::default()
        };
        assert_eq!(at(recipient(None)).await, [paper.as_str()]);
        assert!(at(recipient(Some("stays"))).await.is_empty());
        let since = Wanted {
            since: some("2026-11-23T12:30:00Z"),
            ..Wanted::default()
        };
        assert_eq!(at(since).await, [paper.as_str()]);
        let until = Wanted {
            until: some("2026-11-23T12:30"),
            ..patient(None)
        };
        assert_eq!(at(until).await, [stay.as_str()]);
        let day = |day: &str| Wanted {
            since: some(day),
            until: some(day),
            ..Wanted::default()
        };
        assert_eq!(at(day("2026-11-23")).await.len(), 2);
        assert!(at(day("2026-11-24")).await.is_empty());

        let wide = |all| Wanted {
            channel: some("stays"),
            all,
            ..Wanted::default()
        };
        let refused = house.revoked(wide(false)).await;
        assert!(matches!(refused, Err(NotRevoked::Unclear(why)) if why.contains("all")));
        assert_eq!(house.revoked(wide(true)).await.unwrap().revoked.len(), 2);
        // The recipient's alone: the sending system keeps its own.
        let found = house.revoked(recipient(None)).await.unwrap();
        assert_eq!(found.revoked.len(), 1);
        assert_eq!(house.states(&paper).await, ["revoked", "open"]);
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_says_nothing_revokes_nothing() {
    let house = House::with(None, as_shipped()).await;
    house.created(&THABO.discharge(0)).await;
    for unclear in [
        Wanted::default(),
        Wanted {
            all: true,
            ..Wanted::default()
        },
        Wanted {
            patient: some(" "),
            ..Wanted::default()
        },
        Wanted {
            assigner: some("LAKE"),
            channel: some("stays"),
            all: true,
            ..Wanted::default()
        },
        Wanted {
            handoff: some("nothing"),
            ..Wanted::default()
        },
        Wanted {
            since: some("yesterday"),
            all: true,
            ..Wanted::default()
        },
        Wanted {
            reason: some("two\nlines"),
            ..patient(None)
        },
    ] {
        let refused = house.revoked(unclear).await;
        assert!(matches!(refused, Err(NotRevoked::Unclear(_))));
    }
    let unknown = house.revoked(patient(Some("RIVER"))).await.unwrap();
    assert!(unknown.revoked.is_empty());
    assert!(unknown.hint.unwrap().contains("assigner"));
    house.send_all().await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tests_and_held_events_are_found_by_their_patient_too() {
    for database in databases().await {
        let house = House::with(database, as_shipped()).await;
        let (test, _) = house
            .created(&THABO.training("ADT^A03", 0, "DG1|1||I50.9^Heart failure^I10|||F"))
            .await;
        // Nobody is there for tests of this channel: it waits.
        let text = String::from_utf8(THABO.paper(1, 2000)).unwrap();
        let held = house
            .event(text.replace("|P|2.3", "|T|2.3").as_bytes())
            .await;
        assert!(matches!(held[0].kind, OutcomeKind::Held(_)));
        house.send_all().await;
        let found = house.revoked(patient(Some("LAKE"))).await.unwrap();
        let held = held[0].handoff.to_string();
        let mut both = [test.as_str(), held.as_str()];
        both.sort_unstable();
        assert_eq!(handoffs(&found), both);
        let discarded = found.revoked.iter().filter(|one| one.is_held());
        assert_eq!(discarded.count(), 1);
        let shown = house.world.store.handoff(&held, house.world.clock.now());
        assert_eq!(shown.await.unwrap().unwrap().state, "ended");
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_merged_is_found_by_either_number() {
    for database in databases().await {
        let house = House::with(database, as_shipped()).await;
        let (stay, _) = house.created(&THABO.discharge(0)).await;
        let survivor = Stay {
            patient: "MRN-2",
            ..THABO
        };
        let merge = survivor.message("ADT^A40", 1, "MRG|MRN-1^^^LAKE^MR");
        house.event(&merge).await;
        for number in ["MRN-1", "MRN-2"] {
            let wanted = Wanted {
                patient: some(number),
                ..Wanted::default()
            };
            assert_eq!(handoffs(&house.looked(wanted).await), [stay.as_str()]);
        }
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_release_handed_over_is_found_by_its_patient() {
    let migration = include_str!("../../src/adapters/sql/migrations/0007_hands.sql");
    let fill: Vec<&str> = migration
        .split(';')
        .filter(|part| part.contains("INSERT INTO handoff_name"))
        .collect();
    assert_eq!(fill.len(), 2);
    for database in databases().await {
        let house = House::with(database, as_shipped()).await;
        let (stay, _) = house.created(&THABO.discharge(0)).await;
        let before = house.looked(patient(None)).await.revoked;
        let url = &house.world.settings.database_url;
        let pool = sqlx::any::AnyPoolOptions::new().max_connections(1);
        let pool = pool.connect(url).await.unwrap();
        for sql in [&["DELETE FROM handoff_name"], fill.as_slice()].concat() {
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()))
                .execute(&pool)
                .await
                .unwrap();
        }
        assert_eq!(house.looked(patient(None)).await.revoked, before);
        assert_eq!(
            handoffs(&house.looked(patient(Some("LAKE"))).await),
            [stay.as_str()]
        );
        let visit = |assigner: Option<&str>| Wanted {
            visit: some("V-1"),
            assigner: assigner.map(str::to_owned),
            ..Wanted::default()
        };
        assert_eq!(house.looked(visit(Some("LAKE"))).await.revoked, before);
        // Who assigned it was hashed with it then: the hint says so.
        let bare = house.looked(visit(None)).await;
        assert!(bare.revoked.is_empty() && bare.hint.unwrap().contains("assigner"));
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_download_is_cut() {
    for database in databases().await {
        let house = House::with(database, as_shipped()).await;
        let size = 24 << 20;
        let (handoff, reference) = house.created(&THABO.paper(0, size)).await;
        let answer = house.web.get(attachment_url(&reference, 0)).send().await;
        let mut answer = answer.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let mut got = answer.chunk().await.unwrap().unwrap().len();
        let found = house.revoked(patient(Some("LAKE"))).await.unwrap();
        assert!(found.revoked.iter().any(|one| one.had_it));
        // The gateway looks once a second.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let cut = loop {
            match answer.chunk().await {
                Ok(Some(chunk)) => got += chunk.len(),
                Ok(None) => break false,
                Err(_) => break true,
            }
        };
        assert!(cut && got < size, "{got} of {size} bytes");
        house.audited(&handoff, "failed").await;
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_revoke_over_http_and_nobody_else() {
    let house = House::with(None, as_shipped()).await;
    let (stay, _) = house.created(&THABO.discharge(0)).await;
    house.created(&NAMESAKE.discharge(1)).await;
    house.send_all().await;
    let token = |role| {
        let until = house.world.clock.now() + Duration::from_secs(60);
        let access = &house.world.access;
        access.access_token("A. Operator", role, until).unwrap()
    };
    use handoff::adapters::tokens::Role;
    let post = |role, body: Value| {
        let url = format!("{}/api/v1/revocations", house.world.settings.public_url);
        let post = house.web.post(url).bearer_auth(token(role));
        async move {
            let answer = post.body(body.to_string()).send().await.unwrap();
            (
                answer.status().as_u16(),
                answer.json::<Value>().await.unwrap(),
            )
        }
    };
    let all = json!({"patient": "MRN-1"});
    assert_eq!(post(Role::Sender, all.clone()).await.0, 403);
    let (status, told) = post(Role::Operator, all.clone()).await;
    assert_eq!(
        (status, &told["resourceType"]),
        (409, &json!("OperationOutcome"))
    );
    for unclear in [
        json!({}),
        json!([]),
        json!({"channel": "stays"}),
        json!({"patients": "MRN-1"}),
        json!({"patient": 1}),
    ] {
        let (status, told) = post(Role::Operator, unclear).await;
        assert_eq!(status, 400);
        assert!(!told.to_string().contains("MRN-1"));
    }
    let look = json!({"patient": "MRN-1", "assigner": "LAKE", "dryRun": true});
    let (status, told) = post(Role::Operator, look).await;
    assert_eq!(
        (status, told["revoked"].as_array().unwrap().len()),
        (200, 2)
    );
    assert_eq!(house.states(&stay).await, ["open", "open"]);
    let done = json!({"patient": "MRN-1", "assigner": "LAKE", "reason": "wrong person"});
    let (status, told) = post(Role::Operator, done).await;
    assert_eq!((status, &told["dryRun"]), (200, &json!(false)));
    assert_eq!(house.states(&stay).await, ["revoked", "revoked"]);
    let detail = house.audited(&stay, "revoked").await;
    assert_eq!(detail, "wrong person; by A. Operator");
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_read_from_standard_input_and_stays_out_of_the_history() {
    let mut service = Service::prepare(None, None);
    service.start(None).await;
    let (body, _) = fresh(DISCHARGE, jiff::Timestamp::now());
    let post = reqwest::Client::new().post(format!("{}/api/v1/events", service.url));
    let answer = post.bearer_auth(service.token()).body(body).send().await;
    assert_eq!(answer.unwrap().status(), 201);
    let typed = |arguments: &[&str]| {
        let mut child = service
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(b"LG-883201\n")
            .unwrap();
        child.wait_with_output().unwrap()
    };
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let looked = typed(&["revoke", "--patient", "-", "--dry-run"]);
    let text = said(&looked.stdout);
    assert!(looked.status.success());
    assert_eq!(text.matches("would revoke").count(), 2, "{text}");
    assert!(text.contains("who had not opened it") && !text.contains("883201"));
    // The assigner is an OID with and without its URI, and no other.
    let wrong = typed(&["revoke", "--patient", "-", "--assigner", "REGION"]);
    assert!(!wrong.status.success());
    assert!(
        said(&wrong.stderr).contains("handoff read"),
        "{}",
        said(&wrong.stderr)
    );
    let oid = [
        "revoke",
        "--patient",
        "-",
        "--assigner",
        "2.999.10.3",
        "--json",
    ];
    let told: Value = serde_json::from_slice(&typed(&oid).stdout).unwrap();
    assert_eq!(told["revoked"].as_array().unwrap().len(), 2);
    assert_eq!(told["swept"]["objectsDeleted"], 2);
    let help = said(&service.run(&["revoke", "--help"]).stdout);
    assert!(
        help.contains("standard input") && help.contains("history"),
        "{help}"
    );
    let bare = service.run(&["revoke", "--channel", "discharge"]);
    assert!(!bare.status.success() && said(&bare.stderr).contains("all"));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_link_of_a_person_is_closed_for_their_walk_too() {
    let house = House::with(None, as_shipped()).await;
    let (handoff, _) = house.created(&THABO.discharge(0)).await;
    let links = house.world.store.links_of(&handoff, Face::People).await;
    let link = links.unwrap().remove(0);
    let wanted = Wanted {
        link: some(link.id.as_str()),
        ..Wanted::default()
    };
    assert_eq!(house.revoked(wanted).await.unwrap().revoked.len(), 1);
    assert_eq!(house.states(&handoff).await, ["revoked", "open"]);
    // The event itself is known as before.
    let event = Incoming {
        body: THABO.discharge(0).into(),
        ..Incoming::default()
    };
    let walked = pipeline::walk(&house.world, &event, &house.world.channels).await;
    let outcome = walked.unwrap().outcomes.remove(0);
    assert!(matches!(outcome.kind, OutcomeKind::Repeated(_)));
    house.send_all().await;
    house.leave().await;
}

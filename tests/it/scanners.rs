//! What mail scanners and previews do to a link, twenty times over; and after
//! each of them the person, or the system, still gets the file. The table in the
//! README is what this run saw.

use crate::support::House;
use crate::support::asking::{KINDS, channels};
use crate::support::chromium::{Chromium, chromium};
use crate::support::house::{attachment_url, now, shipped_channels};
use crate::support::messages::{DISCHARGE, sent};
use handoff::domain::ids::HandoffId;
use handoff::domain::link::Face;
use handoff::domain::verify::Verify;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

const TIMES: usize = 20;

/// As they call themselves in access logs.
const AGENTS: [&str; 10] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0 SafeLinks",
    "Mozilla/5.0 (compatible; Proofpoint URL Defense)",
    "BarracudaSentinel (EE)",
    "Mozilla/5.0 (compatible; Mimecast URL Protect)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "WhatsApp/2.23.20.0",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 TeamsBot",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "TelegramBot (like TwitterBot)",
];

#[derive(Clone, Copy)]
enum Scanner {
    Head,
    Get,
    Agents,
    Prefetch,
    FirstByte,
    DoubleGet,
    EmptyPost,
    Options,
    Browser,
}

const SCANNERS: [(Scanner, &str); 9] = [
    (Scanner::Head, "`HEAD`"),
    (Scanner::Get, "`GET`"),
    (Scanner::Agents, "`GET` by ten known scanners and previews"),
    (Scanner::Prefetch, "`GET` marked as prefetch"),
    (Scanner::FirstByte, "`GET` with `Range: bytes=0-0`"),
    (Scanner::DoubleGet, "two `GET`s at once"),
    (Scanner::EmptyPost, "`POST` without a proof"),
    (Scanner::Options, "`OPTIONS`"),
    (
        Scanner::Browser,
        "Chromium that runs scripts, follows every link, fills every form, presses every button",
    ),
];

/// What was answered, in the order of numbers.
type Statuses = BTreeSet<u16>;

impl Scanner {
    /// The requests of one time, sent at once.
    fn requests(self, house: &House, url: &str, time: usize) -> Vec<RequestBuilder> {
        let get = || house.web.get(url);
        match self {
            Self::Head => vec![house.web.head(url)],
            Self::Get => vec![get()],
            Self::Agents => vec![get().header("user-agent", AGENTS[time % AGENTS.len()])],
            Self::Prefetch => vec![
                get()
                    .header("purpose", "prefetch")
                    .header("sec-purpose", "prefetch;prerender"),
            ],
            Self::FirstByte => vec![get().header("range", "bytes=0-0")],
            Self::DoubleGet => vec![get(), get()],
            Self::EmptyPost => vec![house.web.post(url)],
            Self::Options => vec![house.web.request(Method::OPTIONS, url)],
            Self::Browser => Vec::new(),
        }
    }

    async fn scan(self, house: &House, urls: &[String], chromium: Option<&Chromium>) -> Statuses {
        let mut statuses = Statuses::new();
        if let (Self::Browser, Some(chromium)) = (self, chromium) {
            let job = json!({"kind": "scan", "name": "scan", "url": urls[0], "times": TIMES});
            let seen = chromium
                .run(job, async || unreachable!("a scanner asks nobody"))
                .await;
            let seen = seen["statuses"].as_object().unwrap();
            return seen.keys().map(|status| status.parse().unwrap()).collect();
        }
        for time in 0..TIMES {
            for url in urls {
                let sent = self
                    .requests(house, url, time)
                    .into_iter()
                    .map(RequestBuilder::send);
                for answer in futures_util::future::join_all(sent).await {
                    let answer = answer.unwrap();
                    statuses.insert(answer.status().as_u16());
                    answer.bytes().await.unwrap();
                }
            }
        }
        statuses
    }

    /// For systems a plain GET is the download: that is what the link is for.
    fn takes_it(self) -> bool {
        matches!(
            self,
            Self::Get | Self::Agents | Self::Prefetch | Self::DoubleGet | Self::Browser
        )
    }
}

fn said(statuses: &Statuses) -> String {
    let all: Vec<String> = statuses.iter().map(u16::to_string).collect();
    all.join(", ")
}

/// A link for people: scanned, and then opened by the person it is for.
async fn people(
    house: &House,
    verify: Verify,
    scanner: Scanner,
    chromium: Option<&Chromium>,
) -> String {
    let name = format!("scan-{}-{}", verify.as_str(), scanner as u8);
    let (handoff, _) = house.created(&sent(DISCHARGE, &name, now())).await;
    let page = house.page(&handoff).await;
    let before = house.audit(&handoff).await;
    let statuses = scanner
        .scan(house, &[page.clone(), format!("{page}/1")], chromium)
        .await;
    assert_eq!(house.audit(&handoff).await, before, "{name}: {statuses:?}");
    let link = &house
        .world
        .store
        .links_of(&handoff, Face::People)
        .await
        .unwrap()[0];
    assert!(link.attempts_left > 0, "{name} locked the link");
    assert!(
        link.files.iter().all(|file| file.downloads == 0),
        "{name} took it"
    );

    let ticket = HandoffId::parse(&handoff).unwrap().ticket();
    house.send_all().await;
    let (mut before, mut later) = (BTreeSet::new(), "");
    if verify == Verify::EmailCode {
        before = house.code_mails(&ticket);
        let code = house.form(&page, &[("do", "code")], None).await;
        if code.status() == StatusCode::TOO_MANY_REQUESTS {
            later = " ten minutes later";
            house.advance(Duration::from_secs(601));
            let code = house.form(&page, &[("do", "code")], None).await;
            assert_eq!(code.status(), StatusCode::OK, "{name}");
        }
    }
    let right = house.right(verify, &ticket, &before).await;
    let proven = house.prove_with(&page, right.as_ref()).await;
    assert_eq!(
        proven.status(),
        StatusCode::SEE_OTHER,
        "{name}: the person is not let in"
    );
    let cookie = crate::support::cookie(&proven);
    let button = format!("{page}/1");
    assert_eq!(
        house.press(&button, &cookie).await.status(),
        StatusCode::SEE_OTHER,
        "{name}"
    );
    let file = house.fetch(&button, &cookie, None).await;
    assert_eq!(
        file.status(),
        StatusCode::OK,
        "{name}: the person does not get the file"
    );
    let got = file.bytes().await.unwrap();
    assert_eq!(
        handoff::adapters::digest::sha256_hex(&got),
        link.files[0].sha256,
        "{name}"
    );
    format!("{}; file given{later}", said(&statuses))
}

/// A link for systems: scanned, and then fetched by the system it is for.
async fn systems(house: &House, scanner: Scanner, chromium: Option<&Chromium>) -> String {
    let name = format!("scan-system-{}", scanner as u8);
    let (_, reference) = house.created(&sent(DISCHARGE, &name, now())).await;
    let url = attachment_url(&reference, 0);
    let statuses = scanner
        .scan(house, std::slice::from_ref(&url), chromium)
        .await;
    let file = house.web.get(&url).send().await.unwrap();
    if scanner.takes_it() {
        assert_eq!(file.status(), StatusCode::NOT_FOUND, "{name}");
        return format!("{}: the first was the download", said(&statuses));
    }
    assert_eq!(
        file.status(),
        StatusCode::OK,
        "{name}: the system does not get the file"
    );
    file.bytes().await.unwrap();
    format!("{}; file given", said(&statuses))
}

/// All of them, or all but the one that needs a browser.
fn scanners(chromium: Option<&Chromium>) -> impl Iterator<Item = Scanner> {
    let all = SCANNERS.into_iter().map(|(scanner, _)| scanner);
    all.filter(move |scanner| chromium.is_some() || !matches!(scanner, Scanner::Browser))
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_scanners_do_the_person_still_gets_the_file() {
    let chromium = chromium();
    let mut columns = Vec::new();
    for verify in KINDS {
        let house = House::with(None, channels(verify)).await;
        let mut column = Vec::new();
        for scanner in scanners(chromium) {
            column.push(people(&house, verify, scanner, chromium).await);
        }
        house.send_all().await;
        house.leave().await;
        columns.push(column);
    }
    let house = House::with(None, shipped_channels()).await;
    let mut column = Vec::new();
    for scanner in scanners(chromium) {
        column.push(systems(&house, scanner, chromium).await);
    }
    house.send_all().await;
    house.leave().await;
    columns.push(column);
    // Without a browser a row is missing.
    if chromium.is_some() {
        compare(&table(&columns));
    }
}

fn table(columns: &[Vec<String>]) -> String {
    let mut text = String::from("| What comes, 20 times |");
    for verify in KINDS {
        write!(text, " `/l/`, `verify: {}` |", verify.as_str()).unwrap();
    }
    text.push_str(" `/d/` |\n|---|---|---|---|---|---|\n");
    for (row, (_, name)) in SCANNERS.iter().enumerate() {
        write!(text, "| {name} |").unwrap();
        for column in columns {
            write!(text, " {} |", column[row]).unwrap();
        }
        text.push('\n');
    }
    text
}

fn readme() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

/// The table stands between two marks; `UPDATE=1` writes it anew.
fn compare(table: &str) {
    const BEGIN: &str = "<!-- scanners: written by tests/it/scanners.rs -->\n";
    const END: &str = "<!-- /scanners -->";
    let text = std::fs::read_to_string(readme()).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("the README has the mark");
    let (known, after) = rest.split_once(END).expect("the README has its end");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(readme(), format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
    } else {
        assert_eq!(known, table, "look at it with UPDATE=1");
    }
}

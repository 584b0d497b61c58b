//! What a person must show, how often they may be wrong, and who is told.

use crate::support::House;
use crate::support::house::{channels_with, now};
use crate::support::messages::{DISCHARGE, sent};
use crate::support::needs::databases;
use handoff::app::channels::Channels;
use handoff::domain::link::Face;
use reqwest::{Response, StatusCode};
use std::sync::Arc;
use std::time::Duration;

fn asking(verify: &str) -> Channels {
    channels_with(&[
        (
            "  max-downloads: 1",
            &format!("  max-downloads: 1\n  verify: {verify}"),
        ),
        ("  - reply: {}", "  - reply: {url: link}"),
        (
            "routing-key: discharge}",
            "routing-key: discharge, url: link}",
        ),
        (
            "routing-key: referral}",
            "routing-key: referral, url: link}",
        ),
    ])
}

fn discharge(id: &str) -> Vec<u8> {
    sent(DISCHARGE, id, now())
}

/// The date of birth in the message, as three boxes.
const BORN: [(&str, &str); 3] = [("day", "17"), ("month", "4"), ("year", "1958")];

impl House {
    async fn born(&self, page: &str, day: &str, month: &str, year: &str) -> Response {
        let fields = [
            ("do", "prove"),
            ("day", day),
            ("month", month),
            ("year", year),
        ];
        self.form(page, &fields, None).await
    }

    async fn code(&self, page: &str, code: &str) -> Response {
        self.form(page, &[("do", "prove"), ("code", code)], None)
            .await
    }

    async fn attempts_left(&self, handoff: &str) -> i64 {
        let links = self.world.store.links_of(handoff, Face::People).await;
        links.unwrap()[0].attempts_left
    }

    /// The bodies of all mails whose subject holds this.
    fn mails(&self, subject: &str) -> Vec<String> {
        let files = std::fs::read_dir(&self.world.settings.outbox).unwrap();
        let mails = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
        mails.filter(|mail| mail.contains(subject)).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_birth_date_opens_the_page_and_wrong_ones_lock_it() {
    for database in databases().await {
        let house = House::with(database, asking("birth-date")).await;
        let (handoff, _) = house.created(&discharge("born")).await;
        let page = house.page(&handoff).await;
        let shown = house
            .web
            .get(&page)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        assert!(!shown.contains("Riverside care management"), "{shown}");
        // Nothing, nonsense, and the same wrong answer again spend nothing.
        assert_eq!(house.born(&page, "", "", "").await.status(), 422);
        assert_eq!(house.born(&page, "31", "2", "1958").await.status(), 422);
        assert_eq!(house.attempts_left(&handoff).await, 5);
        for _ in 0..20 {
            assert_eq!(house.born(&page, "1", "1", "1970").await.status(), 403);
        }
        assert_eq!(house.attempts_left(&handoff).await, 4);
        let [day, month, year] = BORN.map(|(_, value)| value);
        let proven = house.born(&page, day, month, year).await;
        assert_eq!(proven.status(), StatusCode::SEE_OTHER);
        assert_eq!(
            house.attempts_left(&handoff).await,
            4,
            "right ones spend nothing"
        );
        for year in ["1971", "1972", "1973"] {
            assert_eq!(house.born(&page, "1", "1", year).await.status(), 403);
        }
        assert_eq!(house.born(&page, "1", "1", "1974").await.status(), 404);
        // Locked: the right one no longer opens it.
        assert_eq!(house.born(&page, day, month, year).await.status(), 404);
        assert_eq!(house.web.get(&page).send().await.unwrap().status(), 404);
        house.send_all().await;
        assert_eq!(house.mails("is locked").len(), 1);
        assert_eq!(
            house.audit(&handoff).await,
            ["created", "first-access", "locked", "refused"]
        );
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_once_are_guesses_one_by_one() {
    for database in databases().await {
        let house = Arc::new(House::with(database, asking("birth-date")).await);
        let (handoff, _) = house.created(&discharge("guesses")).await;
        let page = house.page(&handoff).await;
        let guesses = (0..100).map(|guess| {
            let (house, page) = (Arc::clone(&house), page.clone());
            tokio::spawn(async move {
                let year = (1900 + guess % 54).to_string();
                let day = (1 + guess % 28).to_string();
                house.born(&page, &day, "3", &year).await.status()
            })
        });
        let mut compared = 0;
        for guess in guesses.collect::<Vec<_>>() {
            compared += usize::from(guess.await.unwrap() == 403);
        }
        assert_eq!(compared, 4, "and the fifth locked it");
        assert_eq!(house.attempts_left(&handoff).await, 0);
        house.send_all().await;
        assert_eq!(house.mails("is locked").len(), 1);
        Arc::into_inner(house).unwrap().leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passcode_goes_to_the_owner_and_never_with_the_link() {
    let house = House::with(None, asking("passcode")).await;
    let (handoff, _) = house.created(&discharge("passcode")).await;
    house.send_all().await;
    let page = house.page(&handoff).await;
    let told = house.mails("Passcode for packet");
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("To: integration@riverside.example") && !told[0].contains("/l/"));
    let code = eight_digits(&told[0]);
    let notices = house.mails("To: \"Riverside care management\"");
    assert!(
        notices.iter().all(|mail| !mail.contains(&code)),
        "{notices:?}"
    );
    assert_eq!(house.code(&page, "0000 0000").await.status(), 422);
    assert_eq!(house.code(&page, "1234 5678").await.status(), 403);
    assert_eq!(house.code(&page, &code).await.status(), 303);
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_by_mail_is_for_ten_minutes_and_one_use() {
    let house = House::with(None, asking("email-code")).await;
    let (handoff, _) = house.created(&discharge("code")).await;
    let page = house.page(&handoff).await;
    // Before one was sent nothing is compared, and nothing spent.
    assert_eq!(house.code(&page, "1234 5678").await.status(), 403);
    assert_eq!(house.attempts_left(&handoff).await, 5);
    let mut codes = Vec::new();
    for _ in 0..5 {
        let sent = house.form(&page, &[("do", "code")], None).await;
        assert_eq!(sent.status(), 200);
        house.send_all().await;
        codes = house.mails("Your code for packet");
    }
    assert_eq!(codes.len(), 5);
    assert!(codes.iter().all(|mail| !mail.contains("/l/")));
    let again = house.form(&page, &[("do", "code")], None).await;
    assert_eq!(again.status(), 429);
    // Only the newest code opens; of these mails exactly one.
    let mut opened = 0;
    for mail in &codes {
        let status = house.code(&page, &eight_digits(mail)).await.status();
        opened += usize::from(status == 303);
    }
    assert!(opened == 1, "{opened}");
    house.advance(Duration::from_secs(3601));
    house.form(&page, &[("do", "code")], None).await;
    house.send_all().await;
    let newest = house.mails("Your code for packet");
    let newest = newest.iter().find(|mail| !codes.contains(mail)).unwrap();
    house.advance(Duration::from_secs(600));
    let late = house.code(&page, &eight_digits(newest)).await;
    assert_eq!(late.status(), 403, "its ten minutes are over");
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_birth_date_came_a_passcode_is_asked_or_a_person() {
    let text = String::from_utf8(discharge("unborn")).unwrap();
    let unborn = text.replace("19580417", "195804");
    assert_ne!(text, unborn);
    let house = House::with(None, asking("birth-date")).await;
    let (handoff, _) = house.created(unborn.as_bytes()).await;
    house.send_all().await;
    let told = house.mails("Passcode for packet");
    let page = house.page(&handoff).await;
    assert_eq!(
        house.code(&page, &eight_digits(&told[0])).await.status(),
        303
    );
    house.leave().await;
    let house = House::with(None, asking("birth-date\n  verify-fallback: hold")).await;
    let outcomes = house.event(unborn.as_bytes()).await;
    assert!(format!("{:?}", outcomes[0].kind).contains("no full one"));
    house.send_all().await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_is_of_one_browser_and_for_half_an_hour() {
    let house = House::open().await;
    let (handoff, _) = house.created(&discharge("proof")).await;
    let page = house.page(&handoff).await;
    assert_eq!(
        house
            .form(&page, &[("do", "prove"), ("digits", "1234")], None)
            .await
            .status(),
        403
    );
    assert_eq!(
        house.form(&page, &[("do", "prove")], None).await.status(),
        422
    );
    assert_eq!(
        house.attempts_left(&handoff).await,
        5,
        "they stand on the page: nothing is spent"
    );
    let cookie = house.prove(&page).await;
    let inside = house
        .fetch(&page, &cookie, None)
        .await
        .text()
        .await
        .unwrap();
    assert!(inside.contains("Riverside care management"), "{inside}");
    house.advance(Duration::from_secs(1801));
    let button = format!("{page}/1");
    // The press asks for a new proof, and opens nothing.
    assert_eq!(house.press(&button, &cookie).await.status(), 403);
    assert_eq!(house.fetch(&button, &cookie, None).await.status(), 303);
    let outside = house
        .fetch(&page, &cookie, None)
        .await
        .text()
        .await
        .unwrap();
    assert!(!outside.contains("Riverside care management"), "{outside}");
    house.send_all().await;
    house.leave().await;
}

fn eight_digits(mail: &str) -> String {
    let line = mail.lines().map(str::trim).find(|line| {
        let digits = line.chars().filter(char::is_ascii_digit).count();
        digits == 8 && line.chars().all(|c| c.is_ascii_digit() || c == ' ')
    });
    line.expect("a code stands alone on its line").to_owned()
}

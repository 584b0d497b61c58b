//! Links: who gets a byte, how often, and what everyone else sees.

use crate::support::House;
use crate::support::house::attachment_url;
use crate::support::messages::{DISCHARGE, sent};
use crate::support::needs::databases;
use reqwest::{StatusCode, header};
use std::sync::Arc;
use std::time::Duration;

fn discharge(id: &str) -> Vec<u8> {
    sent(DISCHARGE, id, crate::support::house::now())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_clients_race_for_one_download_and_one_gets_it() {
    for database in databases().await {
        let house = House::on(database).await;
        let (_, reference) = house.created(&discharge("race")).await;
        let url = attachment_url(&reference, 0);
        let size = reference["content"][0]["attachment"]["size"]
            .as_u64()
            .unwrap();
        let clients = (0..200).map(|_| {
            let (web, url) = (house.web.clone(), url.clone());
            tokio::spawn(async move {
                let answer = web.get(url).send().await.unwrap();
                let status = answer.status();
                (status, answer.bytes().await.unwrap().len() as u64)
            })
        });
        let mut whole = 0;
        for client in clients.collect::<Vec<_>>() {
            match client.await.unwrap() {
                (StatusCode::OK, bytes) => {
                    assert_eq!(bytes, size);
                    whole += 1;
                }
                (status, _) => assert_eq!(status, StatusCode::NOT_FOUND),
            }
        }
        assert_eq!(whole, 1);
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_in_many_browsers_race_for_one_download_and_one_gets_it() {
    for database in databases().await {
        let house = Arc::new(House::on(database).await);
        let (handoff, reference) = house.created(&discharge("press")).await;
        let size = reference["content"][0]["attachment"]["size"].as_u64();
        let page = house.page(&handoff).await;
        let button = format!("{page}/1");
        let presses = (0..50).map(|_| {
            let (house, page, button) = (Arc::clone(&house), page.clone(), button.clone());
            tokio::spawn(async move {
                let proven = house.type_digits(&page).await;
                if proven.status() != StatusCode::SEE_OTHER {
                    return None;
                }
                let cookie = crate::support::cookie(&proven);
                house.press(&button, &cookie).await;
                let file = house.fetch(&button, &cookie, None).await;
                (file.status() == 200).then_some(file.bytes().await.unwrap().len() as u64)
            })
        });
        let mut whole = Vec::new();
        for press in presses.collect::<Vec<_>>() {
            whole.extend(press.await.unwrap());
        }
        assert_eq!(whole, [size.unwrap()]);
        house.send_all().await;
        Arc::into_inner(house).unwrap().leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_changes_nothing() {
    let house = House::open().await;
    let (handoff, reference) = house.created(&discharge("look")).await;
    let page = house.page(&handoff).await;
    for _ in 0..20 {
        assert_eq!(house.web.get(&page).send().await.unwrap().status(), 200);
        assert_eq!(house.web.head(&page).send().await.unwrap().status(), 200);
        assert_eq!(
            house
                .web
                .get(format!("{page}/1"))
                .send()
                .await
                .unwrap()
                .status(),
            303
        );
        let head = house
            .web
            .head(attachment_url(&reference, 0))
            .send()
            .await
            .unwrap();
        assert_eq!(head.status(), 200);
        assert_eq!(
            head.headers()[header::CONTENT_LENGTH],
            reference["content"][0]["attachment"]["size"].to_string()
        );
        let excluded = house
            .web
            .get(attachment_url(&reference, 0))
            .header(header::ACCEPT, "text/html");
        assert_eq!(excluded.send().await.unwrap().status(), 406);
    }
    assert_eq!(house.audit(&handoff).await, ["created"]);
    assert_eq!(
        house
            .web
            .get(attachment_url(&reference, 0))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    house.send_all().await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_presses_the_button_and_their_browser_alone_may_ask_twice() {
    let house = House::open().await;
    let (handoff, reference) = house.created(&discharge("person")).await;
    let page = house.page(&handoff).await;
    let button = format!("{page}/1");
    let proven = house.type_digits(&page).await;
    let set = proven.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(
        set.contains("HttpOnly") && set.contains("SameSite=Strict"),
        "{set}"
    );
    let cookie = crate::support::cookie(&proven);
    assert_eq!(house.press(&button, &cookie).await.status(), 303);
    let file = house.fetch(&button, &cookie, None).await;
    assert_eq!(
        file.headers()[header::CONTENT_DISPOSITION],
        "attachment; filename=\"packet.pdf\""
    );
    let size = reference["content"][0]["attachment"]["size"]
        .as_u64()
        .unwrap();
    assert_eq!(file.bytes().await.unwrap().len() as u64, size);
    let said = house.audited(&handoff, "completed").await;
    assert!(said.contains(&format!("{size} of {size} bytes")), "{said}");
    // Viewers ask twice; a pressed button again is the same claim.
    assert_eq!(house.fetch(&button, &cookie, None).await.status(), 200);
    assert_eq!(house.press(&button, &cookie).await.status(), 303);
    // Another browser may prove itself, and gets no byte of it, now or ever.
    let other = house.prove(&page).await;
    house.press(&button, &other).await;
    assert_eq!(house.fetch(&button, &other, None).await.status(), 303);
    house.advance(Duration::from_secs(601));
    assert_eq!(house.fetch(&button, &cookie, None).await.status(), 303);
    assert_eq!(house.fetch(&button, &other, None).await.status(), 303);
    assert_eq!(
        house.audit(&handoff).await,
        [
            "created",
            "first-access",
            "completed",
            "verified",
            "refused"
        ]
    );
    house.send_all().await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_forged_and_unknown_links_look_the_same() {
    let house = House::open().await;
    let (used, reference) = house.created(&discharge("used")).await;
    let used_page = house.page(&used).await;
    let cookie = house.prove(&used_page).await;
    for place in [1, 2] {
        let button = format!("{used_page}/{place}");
        house.press(&button, &cookie).await;
        let file = house.fetch(&button, &cookie, None).await;
        file.bytes().await.unwrap();
    }
    let (revoked, _) = house.created(&discharge("revoked")).await;
    let revoked_page = house.page(&revoked).await;
    let scope = handoff::adapters::sql::RevokeScope::Handoff(revoked.clone());
    house
        .world
        .store
        .revoke(&scope, "test", house.world.clock.now())
        .await
        .unwrap();
    let system = attachment_url(&reference, 0);
    let wrong_face = system.trim_end_matches("/1").replace("/d/", "/l/");
    let forged = format!("{}AAAA", &revoked_page[..revoked_page.len() - 4]);
    let base = &house.world.settings.public_url;
    let pages = [
        revoked_page,
        used_page,
        wrong_face,
        forged,
        format!("{base}/l/nothing"),
        format!("{base}/elsewhere"),
    ];
    let mut texts = Vec::new();
    for page in pages {
        let answer = house.web.get(&page).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{page}");
        texts.push(answer.text().await.unwrap());
    }
    assert!(
        texts.windows(2).all(|pair| pair[0] == pair[1]),
        "{texts:#?}"
    );
    house.send_all().await;
    house.world.store.verify_audit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_link_is_closed_and_its_expiry_is_noted_once() {
    let house = House::open().await;
    let (handoff, reference) = house.created(&discharge("expiry")).await;
    house.send_all().await;
    house.advance(Duration::from_secs(72 * 3600));
    assert_eq!(
        house
            .web
            .get(attachment_url(&reference, 0))
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
    assert_eq!(
        house
            .web
            .get(house.page(&handoff).await)
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
    house.sweep().await;
    house.sweep().await;
    let audit = house.audit(&handoff).await;
    assert_eq!(
        audit.iter().filter(|kind| *kind == "expired").count(),
        2,
        "one for each link: {audit:?}"
    );
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_of_which_nothing_left_is_given_back_and_moves_before() {
    for database in databases().await {
        let house = House::on(database).await;
        let (handoff, _) = house.created(&discharge("given-back")).await;
        let page = house.page(&handoff).await;
        let button = format!("{page}/1");
        // Pressed, and never followed: a browser that was closed.
        let closed = house.prove(&page).await;
        house.press(&button, &closed).await;
        // Whoever proves themselves next and presses has it.
        let next = house.prove(&page).await;
        house.press(&button, &next).await;
        assert_eq!(house.fetch(&button, &closed, None).await.status(), 303);
        // Nobody came for it: the count is given back.
        house.advance(Duration::from_secs(121));
        assert_eq!(house.sweep().await.claims_released, 1);
        assert_eq!(house.fetch(&button, &next, None).await.status(), 303);
        house.press(&button, &closed).await;
        assert_eq!(house.fetch(&button, &closed, None).await.status(), 200);
        // Something was handed out: it stays where it is.
        house.press(&button, &next).await;
        assert_eq!(house.fetch(&button, &next, None).await.status(), 303);
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_forbids_caching_framing_and_foreign_bytes() {
    let house = House::open().await;
    let (handoff, _) = house.created(&discharge("headers")).await;
    for url in [
        house.page(&handoff).await,
        format!("{}/nothing", house.world.settings.public_url),
    ] {
        let answer = house.web.get(url).send().await.unwrap();
        let headers = answer.headers();
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert!(
            headers["x-robots-tag"]
                .to_str()
                .unwrap()
                .contains("noindex")
        );
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        let text = answer.text().await.unwrap();
        assert!(
            !text.contains("<script") && !text.contains("GRIFFITH"),
            "{text}"
        );
    }
    house.send_all().await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_and_broken_second_fetches_give_nothing_back() {
    for database in databases().await {
        let house = House::on(database).await;
        let (handoff, _) = house.created(&discharge("heads")).await;
        let page = house.page(&handoff).await;
        let button = format!("{page}/1");
        let cookie = house.prove(&page).await;
        let other = house.prove(&page).await;
        house.press(&button, &cookie).await;
        // The body is not read yet: the first fetch is still on its way.
        let slow = house.fetch(&button, &cookie, None).await;
        for _ in 0..5 {
            let head = house.web.head(&button).header(header::COOKIE, &cookie);
            head.send().await.unwrap();
            drop(house.fetch(&button, &cookie, None).await);
        }
        house.press(&button, &other).await;
        assert_eq!(house.fetch(&button, &other, None).await.status(), 303);
        assert!(slow.bytes().await.unwrap().starts_with(b"%PDF-"));
        house.audited(&handoff, "completed").await;
        house.press(&button, &other).await;
        assert_eq!(house.fetch(&button, &other, None).await.status(), 303);
        house.send_all().await;
        house.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_revoked_after_the_press_hands_out_nothing() {
    for database in databases().await {
        let house = House::on(database).await;
        let (handoff, _) = house.created(&discharge("late")).await;
        let page = house.page(&handoff).await;
        let button = format!("{page}/1");
        let cookie = house.prove(&page).await;
        house.press(&button, &cookie).await;
        let scope = handoff::adapters::sql::RevokeScope::Handoff(handoff.clone());
        let hit = house
            .world
            .store
            .revoke(&scope, "test", house.world.clock.now())
            .await
            .unwrap();
        assert!(hit.iter().any(|link| link.had_it));
        let fetched = house.fetch(&button, &cookie, None).await;
        assert!(!fetched.status().is_success(), "{}", fetched.status());
        assert!(fetched.bytes().await.unwrap().is_empty());
        house.send_all().await;
        house.leave().await;
    }
}

//! What the pages look like to strangers: one dead page for every cause, in the
//! language of the browser and never of the link.

use crate::support::House;
use crate::support::messages::{DISCHARGE, sent};
use reqwest::{Method, StatusCode, header};
use std::time::Duration;

async fn read(house: &House, method: Method, url: &str, language: &str) -> (StatusCode, String) {
    let request = house.web.request(method, url);
    let request = request.header(header::ACCEPT_LANGUAGE, language);
    let answer = request.send().await.unwrap();
    let policy = answer.headers()[header::CONTENT_SECURITY_POLICY].to_str();
    assert!(
        policy
            .unwrap()
            .starts_with("default-src 'none'; style-src 'self'")
    );
    assert!(!answer.headers().contains_key(header::SET_COOKIE));
    (answer.status(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_link_is_one_page_whatever_killed_it_in_the_language_of_the_browser() {
    let house = House::open().await;
    let body = sent(DISCHARGE, "faces", crate::support::house::now());
    let (handoff, _) = house.created(&body).await;
    let expired = house.page(&handoff).await;
    let (status, open) = read(&house, Method::GET, &expired, "de").await;
    assert_eq!(status, StatusCode::OK);
    // The recipient's language, not the browser's: the link is real.
    assert!(open.contains("<html lang=\"en\""), "{open}");
    house.send_all().await;
    house.advance(Duration::from_secs(73 * 3_600));
    let public = &house.world.settings.public_url;
    let mut pages = Vec::new();
    for (language, tag) in [("de-AT, en;q=0.8", "de"), ("ar", "ar"), ("nl", "en")] {
        let (status, dead) = read(&house, Method::GET, &expired, language).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(dead.contains(&format!("<html lang=\"{tag}\"")), "{dead}");
        assert!(dead.contains("name=\"do\" value=\"ask\""), "{dead}");
        for other in [
            "/l/abc",
            "/l/abc/1",
            "/nothing",
            "/brand/none.css",
            "/brand/none",
        ] {
            let url = format!("{public}{other}");
            assert_eq!(
                read(&house, Method::GET, &url, language).await.1,
                dead,
                "{other}"
            );
        }
        pages.push(dead);
    }
    pages.dedup();
    assert_eq!(pages.len(), 3);
    let elsewhere = format!("{public}/nothing");
    let (status, asked) = read(&house, Method::POST, &elsewhere, "fr").await;
    assert_eq!(status, StatusCode::OK);
    assert!(asked.contains("<html lang=\"fr\""), "{asked}");
    house.leave().await;
}

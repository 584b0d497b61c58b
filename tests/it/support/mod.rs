//! The test house: a whole Handoff in this process, or as processes of its
//! own, and what is needed to look at it from outside.

pub mod asking;
pub mod broker;
pub mod bucket;
pub mod chromium;
pub mod house;
pub mod invariants;
pub mod messages;
pub mod needs;
pub mod pages;
pub mod profiles;
pub mod schema;
pub mod service;
pub mod stays;
pub mod versioned;
pub mod wired;
pub mod xhtml;

pub use house::House;
pub use service::Service;

use std::time::Duration;

/// Waits for something that another task or process brings about.
pub async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut look: impl FnMut() -> F,
) -> T {
    for _ in 0..600 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it did not happen within 30 s: {what}");
}

/// What a browser would send back of the cookie it was given.
pub fn cookie(answer: &reqwest::Response) -> String {
    let set = answer.headers()["set-cookie"].to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

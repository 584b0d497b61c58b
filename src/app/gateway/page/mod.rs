//! Pages for people: server-rendered, no script, two stylesheets of ours at most.
//! They are given plain values and render them: no store, no link, no decision.

mod brand;
mod closed;
mod files;
mod proof;
#[cfg(test)]
mod tests;

pub(super) use brand::{Look, brand, stylesheet};
pub(super) use closed::{
    asked, damaged, dead, nothing_here, revoked_meanwhile, too_many, unavailable,
};
pub(super) use files::{FileState, FileView, FilesView, Sensitive, ShlView, files};
pub(super) use proof::{Method, ProofView, Trouble, proof};

use crate::domain::language::Language;
use crate::formats::words::pages::{Pages, Wait, pages};
use askama::Template;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// What stands around every page.
struct Frame<'a> {
    words: &'static Pages,
    look: &'a Look,
    /// Its title begins with it: who reads by ear hears it first.
    error: bool,
}

impl<'a> Frame<'a> {
    fn new(language: Language, look: &'a Look) -> Self {
        Self {
            words: pages(language),
            look,
            error: false,
        }
    }

    fn language(&self) -> &'static str {
        self.words.language.tag()
    }

    fn direction(&self) -> &'static str {
        match self.words.language.right_to_left() {
            true => "rtl",
            false => "ltr",
        }
    }
}

/// A sentence with an address in it, which becomes a link.
struct WithLink {
    before: String,
    after: String,
}

/// The end of a packet in its reader's words.
struct Until {
    /// With weekday and offset.
    moment: String,
    /// `in 2 days`.
    wait: String,
}

impl Until {
    fn new(words: &Pages, expires: &jiff::ZonedDateTime, now: jiff::Timestamp) -> Self {
        let left = expires.timestamp().as_second() - now.as_second();
        Self {
            moment: words.moment(expires),
            wait: words.until(Wait::of_seconds(left)),
        }
    }
}

/// The reader's language where no recipient may be told from a stranger: the
/// browser's wish (`Accept-Language`), never the link's.
pub(super) fn stranger(headers: &HeaderMap) -> Language {
    let wish = headers.get(header::ACCEPT_LANGUAGE);
    let wish = wish.and_then(|value| value.to_str().ok());
    Language::preferred(wish.unwrap_or_default())
}

fn html(status: StatusCode, language: Language, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => {
            let headers = [
                (header::CONTENT_TYPE, "text/html; charset=utf-8"),
                (header::CONTENT_LANGUAGE, language.tag()),
            ];
            (status, headers, text).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a page did not render");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn retry_after(response: &mut Response, seconds: u64) {
    let value = HeaderValue::from(seconds);
    response.headers_mut().insert(header::RETRY_AFTER, value);
}

//! Closed doors. Every dead link, and every link that never was, gets the same
//! bytes; whoever asks there for a new copy gets the same answer.

use super::{Frame, Look, html, retry_after, stranger};
use crate::app::gateway::Gateway;
use crate::domain::language::Language;
use crate::formats::words::pages::{Pages, Phrase, Wait, pages};
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;

#[derive(Template)]
#[template(path = "message.html", config = "src/app/gateway/pages/askama.toml")]
struct Message<'a> {
    frame: Frame<'a>,
    heading: &'static str,
    lines: Vec<String>,
    /// Under the lines: the button that asks for a new copy, and what to do else.
    ask: bool,
}

/// Revoked, expired, used up, locked, never existed: one and the same page.
pub(in crate::app::gateway) fn dead(gateway: &Gateway, headers: &HeaderMap) -> Response {
    dead_page(&Look::service(gateway), stranger(headers))
}

pub(super) fn dead_page(look: &Look, language: Language) -> Response {
    let lines = [Phrase::DeadWhy, Phrase::DeadAsk];
    let mut page = page(look, language, Phrase::DeadHeading, &lines);
    page.ask = true;
    html(StatusCode::NOT_FOUND, language, &page)
}

/// The answer to `do=ask`, whether the link was real or not.
pub(in crate::app::gateway) fn asked(gateway: &Gateway, headers: &HeaderMap) -> Response {
    asked_page(&Look::service(gateway), stranger(headers))
}

pub(super) fn asked_page(look: &Look, language: Language) -> Response {
    let lines = [Phrase::AskedWhat, Phrase::AskedNext];
    let mut page = page(look, language, Phrase::AskedHeading, &lines);
    page.frame.error = false;
    html(StatusCode::OK, language, &page)
}

pub(in crate::app::gateway) fn damaged(gateway: &Gateway, headers: &HeaderMap) -> Response {
    damaged_page(&Look::service(gateway), stranger(headers))
}

pub(super) fn damaged_page(look: &Look, language: Language) -> Response {
    let lines = [Phrase::DamagedWhat, Phrase::WriteToSender];
    let page = page(look, language, Phrase::DamagedHeading, &lines);
    html(StatusCode::INTERNAL_SERVER_ERROR, language, &page)
}

/// For somebody who has proved themselves, and had it open: nobody else is told.
pub(in crate::app::gateway) fn revoked_meanwhile(look: &Look, language: Language) -> Response {
    let lines = [Phrase::WithdrawnWhat, Phrase::WriteToSender];
    let page = page(look, language, Phrase::WithdrawnHeading, &lines);
    html(StatusCode::GONE, language, &page)
}

/// Something behind us is away. It is logged here, once.
pub(in crate::app::gateway) fn unavailable(
    gateway: &Gateway,
    headers: &HeaderMap,
    error: &anyhow::Error,
) -> Response {
    tracing::warn!(error = format!("{error:#}"), "answered 503");
    away_page(&Look::service(gateway), stranger(headers))
}

pub(super) fn away_page(look: &Look, language: Language) -> Response {
    let lines = [Phrase::AwayWhat, Phrase::AwayNext];
    let page = page(look, language, Phrase::AwayHeading, &lines);
    let mut response = html(StatusCode::SERVICE_UNAVAILABLE, language, &page);
    retry_after(&mut response, 60);
    response
}

pub(in crate::app::gateway) fn too_many(
    gateway: &Gateway,
    headers: &HeaderMap,
    seconds: u64,
) -> Response {
    too_many_page(&Look::service(gateway), stranger(headers), seconds)
}

pub(super) fn too_many_page(look: &Look, language: Language, seconds: u64) -> Response {
    let words: &Pages = pages(language);
    // Rounded up: who comes too early is turned away again.
    let wait = i64::try_from(seconds.saturating_add(59)).unwrap_or(i64::MAX);
    let time = words.until(Wait::of_seconds(wait));
    let mut page = page(look, language, Phrase::TooManyHeading, &[]);
    page.lines = vec![words.fill(Phrase::TooManyNext, &[("time", &time)])];
    let mut response = html(StatusCode::TOO_MANY_REQUESTS, language, &page);
    retry_after(&mut response, seconds);
    response
}

/// Any other path. A form that was sent there came from its own dead page.
pub(in crate::app::gateway) async fn nothing_here(
    State(gateway): State<Gateway>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    match method {
        Method::POST => asked(&gateway, &headers),
        _ => dead(&gateway, &headers),
    }
}

fn page<'a>(look: &'a Look, language: Language, heading: Phrase, lines: &[Phrase]) -> Message<'a> {
    let words = pages(language);
    Message {
        frame: Frame {
            error: true,
            ..Frame::new(language, look)
        },
        heading: words.say(heading),
        lines: lines.iter().map(|line| words.say(*line).into()).collect(),
        ask: false,
    }
}

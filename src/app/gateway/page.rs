//! Pages for people: server-rendered, no script, one stylesheet of ours. Every
//! closed link, and every link that never was, gets the same page.

use super::Gateway;
use crate::app::pipeline::security_record;
use crate::domain::claim::HeldClaim;
use crate::domain::link::{Link, LinkFile};
use crate::domain::sensitive::SensitivityLabel;
use crate::domain::verify::Verify;
use crate::formats::words::{Term, words};
use anyhow::Context;
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "landing.html", config = "src/app/gateway/pages/askama.toml")]
struct Landing<'a> {
    organisation: &'a str,
    recipient: &'a str,
    ticket: &'a str,
    expires: &'a str,
    owner: &'a str,
    /// What its content is sensitive for, and what the law says of it.
    sensitive: Option<Sensitive>,
    files: Vec<FileView>,
}

/// In the words of the packet itself.
struct Sensitive {
    title: &'static str,
    lines: Vec<String>,
}

/// What the sealed record says of how a packet may be used.
#[derive(Deserialize)]
struct Security {
    labels: Vec<SensitivityLabel>,
    consent_scope: Option<String>,
}

struct FileView {
    action: String,
    title: &'static str,
    size: String,
    sha256: String,
    /// Downloads left; none closes the button.
    left: i64,
}

#[derive(Template)]
#[template(path = "message.html", config = "src/app/gateway/pages/askama.toml")]
struct Message<'a> {
    organisation: &'a str,
    title: &'a str,
    lines: &'a [&'a str],
}

/// What a proof is asked for with.
enum Ask {
    Digits(String),
    BirthDate,
    Code,
}

#[derive(Template)]
#[template(path = "proof.html", config = "src/app/gateway/pages/askama.toml")]
struct ProofPage<'a> {
    organisation: &'a str,
    ticket: &'a str,
    expires: &'a str,
    ask: Ask,
    code_by_mail: bool,
    trouble: String,
}

/// Why the form is shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    Empty,
    Implausible,
    Wrong {
        left: Option<i64>,
    },
    CodeSent,
    TooManyCodes,
    /// No code was sent, or its ten minutes are over.
    CodeOver,
}

pub(super) fn proof(gateway: &Gateway, link: &Link, trouble: Option<Trouble>) -> Response {
    let world = &gateway.world;
    let handoff = crate::domain::ids::HandoffId::parse(&link.handoff);
    let ask = match link.verify {
        Verify::None => Ask::Digits(gateway.world.shown_digits(&link.id)),
        Verify::BirthDate => Ask::BirthDate,
        Verify::Passcode | Verify::EmailCode => Ask::Code,
    };
    let page = ProofPage {
        organisation: &world.settings.organisation,
        ticket: &handoff.map(|id| id.ticket()).unwrap_or_default(),
        expires: &world
            .local(link.expires_at)
            .strftime("%A, %-d %B %Y, %H:%M (UTC%:z)")
            .to_string(),
        ask,
        code_by_mail: link.verify == Verify::EmailCode,
        trouble: trouble.map(said).unwrap_or_default(),
    };
    let status = match trouble {
        None | Some(Trouble::CodeSent) => StatusCode::OK,
        Some(Trouble::Empty | Trouble::Implausible) => StatusCode::UNPROCESSABLE_ENTITY,
        Some(Trouble::Wrong { .. } | Trouble::CodeOver) => StatusCode::FORBIDDEN,
        Some(Trouble::TooManyCodes) => StatusCode::TOO_MANY_REQUESTS,
    };
    html(status, &page)
}

fn said(trouble: Trouble) -> String {
    match trouble {
        Trouble::Empty => "Please fill this in.".into(),
        Trouble::Implausible => "That cannot be right. Please look again.".into(),
        Trouble::Wrong { left: Some(left) } => format!("That is not right. {left} tries are left."),
        Trouble::Wrong { left: None } => "That is not right. Please look again.".into(),
        Trouble::CodeSent => "A code is on its way to you by e-mail.".into(),
        Trouble::TooManyCodes => "Too many codes were sent. Please wait an hour.".into(),
        Trouble::CodeOver => "No code is valid any more. Please ask for a new one.".into(),
    }
}

pub(super) async fn files(
    gateway: &Gateway,
    token: &str,
    link: &Link,
    held: &[HeldClaim],
) -> Response {
    match sensitive(gateway, link).await {
        Ok(sensitive) => show(gateway, token, link, held, sensitive),
        Err(error) => unavailable(gateway, &HeaderMap::new(), &error),
    }
}

/// The same for a link that never was.
pub(super) fn asked(gateway: &Gateway, _: &HeaderMap) -> Response {
    let lines = ["If this link was real, whoever sent it has been told that you need a new copy."];
    message(gateway, StatusCode::OK, "Thank you", &lines)
}

/// The labels, and 42 CFR 2.32: the notice and the consent's scope accompany the
/// records, and stand before them. A packet whose labels cannot be read is not
/// offered as if it had none.
async fn sensitive(gateway: &Gateway, link: &Link) -> anyhow::Result<Option<Sensitive>> {
    let world = &gateway.world;
    let Some(sealed) = world.store.sealed_security(&link.handoff).await? else {
        return Ok(None);
    };
    let opened = world
        .keys
        .open_record(&security_record(&link.handoff), &sealed)?;
    let security: Security = serde_json::from_slice(&opened).context("reading the labels")?;
    if security.labels.is_empty() {
        return Ok(None);
    }
    let reader = link.recipient.as_ref().map(|recipient| recipient.language);
    let words = words(reader.unwrap_or_default());
    let codes: Vec<String> = security.labels.iter().map(|l| l.code().into()).collect();
    let mut lines = vec![format!(
        "{}: {}",
        words.say(Term::Labels),
        words.list(&codes)
    )];
    if security.labels.contains(&SensitivityLabel::Part2) {
        lines.push(words.say(Term::Part2Notice).into());
    }
    if let Some(scope) = &security.consent_scope {
        lines.push(format!("{} {scope}", words.say(Term::ConsentScope)));
    }
    Ok(Some(Sensitive {
        title: words.say(Term::SensitiveTitle),
        lines,
    }))
}

fn show(
    gateway: &Gateway,
    token: &str,
    link: &Link,
    held: &[HeldClaim],
    sensitive: Option<Sensitive>,
) -> Response {
    let world = &gateway.world;
    let channel = world
        .channels
        .iter()
        .find(|channel| channel.name() == link.channel);
    let handoff = crate::domain::ids::HandoffId::parse(&link.handoff);
    let expires = world.local(link.expires_at);
    let page = Landing {
        organisation: &world.settings.organisation,
        recipient: link
            .recipient
            .as_ref()
            .map_or("", |recipient| recipient.name.as_str()),
        ticket: &handoff.map(|id| id.ticket()).unwrap_or_default(),
        expires: &expires
            .strftime("%A, %-d %B %Y, %H:%M (UTC%:z)")
            .to_string(),
        owner: channel.map_or(world.settings.mail_from.as_str(), |channel| {
            channel.owner.as_str()
        }),
        sensitive,
        files: link
            .files
            .iter()
            .map(|file| view(token, file, held))
            .collect(),
    };
    html(StatusCode::OK, &page)
}

fn view(token: &str, file: &LinkFile, held: &[HeldClaim]) -> FileView {
    let title = match file.content_type.as_str() {
        "application/pdf" => "Document to read (PDF)",
        "application/fhir+json" => "Data for computer systems (FHIR)",
        _ => "File",
    };
    FileView {
        action: format!("/l/{token}/{}", file.ordinal),
        title,
        size: shown_size(file.size),
        sha256: file.sha256.clone(),
        left: match held.iter().any(|held| held.ordinal == file.ordinal) {
            true => 1,
            false => file.max_downloads - file.downloads + file.unstarted,
        },
    }
}

fn shown_size(bytes: i64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} KB", (bytes + 500) / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// Revoked, expired, used up, never existed: one and the same page.
pub(super) fn dead(gateway: &Gateway, _: &HeaderMap) -> Response {
    let lines = [
        "It may have been used already, its time may be over, or it was withdrawn.",
        "If you still need the packet, write to whoever sent you the link and name the number in their message.",
    ];
    message(
        gateway,
        StatusCode::NOT_FOUND,
        "This link is not open",
        &lines,
    )
}

pub(super) fn damaged(gateway: &Gateway, _: &HeaderMap) -> Response {
    let lines = [
        "The stored file failed its integrity check, so nothing was handed out and your download was not counted.",
        "Please write to whoever sent you the link and name the number in their message.",
    ];
    message(
        gateway,
        StatusCode::INTERNAL_SERVER_ERROR,
        "This file is damaged",
        &lines,
    )
}

pub(super) fn unavailable(gateway: &Gateway, _: &HeaderMap, error: &anyhow::Error) -> Response {
    tracing::warn!(error = format!("{error:#}"), "answered 503");
    let lines = [
        "Something behind this page is away for the moment. Nothing was lost or counted.",
        "Please try again in a minute.",
    ];
    let mut response = message(
        gateway,
        StatusCode::SERVICE_UNAVAILABLE,
        "Not available just now",
        &lines,
    );
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    response
}

/// To an address that failed too often.
pub(super) fn too_many(gateway: &Gateway, _: &HeaderMap) -> Response {
    let lines = [
        "There were too many failed attempts from where you are. Nothing was lost or counted.",
        "Please wait a minute, then open your link again.",
    ];
    message(
        gateway,
        StatusCode::TOO_MANY_REQUESTS,
        "Please wait a little",
        &lines,
    )
}

pub(super) async fn nothing_here(State(gateway): State<Gateway>, headers: HeaderMap) -> Response {
    dead(&gateway, &headers)
}

fn message(gateway: &Gateway, status: StatusCode, title: &str, lines: &[&str]) -> Response {
    html(
        status,
        &Message {
            organisation: &gateway.world.settings.organisation,
            title,
            lines,
        },
    )
}

fn html(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

pub(super) async fn stylesheet() -> impl IntoResponse {
    // The one thing here that is the same for everybody.
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "max-age=3600"),
    ];
    (headers, include_str!("pages/page.css"))
}

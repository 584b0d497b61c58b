//! THE WALK of a download: token → link → claim → key → decrypted pieces →
//! body. Counted first, streamed after; what ended is written down with every
//! byte that left.

use super::face::{holder, new_secret, visitor};
use super::{Gateway, answer, page};
use crate::adapters::staging::Tampered;
use crate::adapters::telemetry;
use crate::domain::link::{Claim, ClaimOutcome, Face, Link, LinkFile};
use crate::formats::fhir::Issue;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use fhir_sdk::r4b::codes::IssueType;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use tracing::Instrument;

type Pieces = BoxStream<'static, anyhow::Result<Bytes>>;

/// POST `/l/{token}/{file}`: the explicit act. Opens a claim that belongs to
/// this browser and sends it on to the file.
pub(super) async fn open(
    State(gateway): State<Gateway>,
    Path((token, file)): Path<(String, i64)>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    let link = match gateway.link(&token, Face::People).await {
        Ok(Some(link)) => link,
        Ok(None) => return page::dead(&gateway),
        Err(error) => return page::unavailable(&gateway, &error),
    };
    let secret = gateway
        .secret(&headers, &link.id)
        .unwrap_or_else(new_secret);
    match claim_for(&gateway, &link, file, &secret, &visitor(&headers, &address)).await {
        Ok(true) => {
            let mut response = Redirect::to(&format!("/l/{token}/{file}")).into_response();
            if let Ok(cookie) = HeaderValue::from_str(&gateway.cookie(&link.id, &secret)) {
                response.headers_mut().insert(header::SET_COOKIE, cookie);
            }
            response
        }
        Ok(false) => page::dead(&gateway),
        Err(error) => page::unavailable(&gateway, &error),
    }
}

/// A second press of the button is the same claim, not another one.
async fn claim_for(
    gateway: &Gateway,
    link: &Link,
    file: i64,
    secret: &str,
    visitor: &str,
) -> anyhow::Result<bool> {
    let world = &gateway.world;
    let holder = holder(secret);
    if world
        .store
        .held_claim(link, file, &holder, world.clock.now())
        .await?
        .is_some()
    {
        return Ok(true);
    }
    let outcome = world
        .store
        .claim(link, file, Some(&holder), visitor, world.clock.now())
        .await?;
    Ok(matches!(outcome, ClaimOutcome::Granted(_)))
}

/// GET `/l/{token}/{file}`: the file, for the browser that holds a claim on it.
/// Anyone else is shown the page; nothing changes.
pub(super) async fn fetch(
    State(gateway): State<Gateway>,
    Path((token, file)): Path<(String, i64)>,
    headers: HeaderMap,
) -> Response {
    let link = match gateway.link(&token, Face::People).await {
        Ok(Some(link)) => link,
        Ok(None) => return page::dead(&gateway),
        Err(error) => return page::unavailable(&gateway, &error),
    };
    let Some(secret) = gateway.secret(&headers, &link.id) else {
        return Redirect::to(&format!("/l/{token}")).into_response();
    };
    let now = gateway.world.clock.now();
    match gateway
        .world
        .store
        .held_claim(&link, file, &holder(&secret), now)
        .await
    {
        Ok(Some(claim)) => match send(&gateway, claim, &link).await {
            Ok(response) => response,
            Err(Failure::Damaged) => page::damaged(&gateway),
            Err(Failure::Away(error)) => page::unavailable(&gateway, &error),
        },
        Ok(None) => Redirect::to(&format!("/l/{token}")).into_response(),
        Err(error) => page::unavailable(&gateway, &error),
    }
}

/// GET `/d/{token}/{file}`: for systems the GET is the claim.
pub(super) async fn direct(
    State(gateway): State<Gateway>,
    Path((token, file)): Path<(String, i64)>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    let link = match gateway.link(&token, Face::Systems).await {
        Ok(Some(link)) => link,
        Ok(None) => return answer::dead(),
        Err(error) => return answer::busy(&error),
    };
    if let Some(refused) = not_acceptable(&link, file, &headers) {
        return refused;
    }
    let world = &gateway.world;
    let claimed = world
        .store
        .claim(
            &link,
            file,
            None,
            &visitor(&headers, &address),
            world.clock.now(),
        )
        .await;
    let claim = match claimed {
        Ok(ClaimOutcome::Granted(claim)) => *claim,
        Ok(ClaimOutcome::Refused(refusal)) => {
            tracing::info!(link.id = %link.id, refusal = refusal.as_str(), "refused a download");
            return answer::dead();
        }
        Err(error) => return answer::busy(&error),
    };
    match send(&gateway, claim, &link).await {
        Ok(response) => response,
        Err(Failure::Damaged) => answer::outcome(
            StatusCode::INTERNAL_SERVER_ERROR,
            Issue::error(
                IssueType::Exception,
                "The stored file failed its integrity check. Nothing was handed out and the download was not counted.",
            ),
        ),
        Err(Failure::Away(error)) => answer::busy(&error),
    }
}

/// HEAD `/d/{token}/{file}`: what a GET would give; it is free.
pub(super) async fn probe(
    State(gateway): State<Gateway>,
    Path((token, file)): Path<(String, i64)>,
) -> Response {
    let link = match gateway.link(&token, Face::Systems).await {
        Ok(Some(link)) if link.refusal(gateway.world.clock.now()).is_none() => link,
        Ok(_) => return answer::dead(),
        Err(error) => return answer::busy(&error),
    };
    let file = link
        .files
        .iter()
        .find(|known| known.ordinal == file && known.downloads < known.max_downloads);
    match file {
        Some(file) => describe(file, Response::builder())
            .body(Body::empty())
            .unwrap_or_else(|_| answer::dead()),
        None => answer::dead(),
    }
}

/// The path chooses the rendition; an `Accept` that excludes it burns nothing.
fn not_acceptable(link: &Link, file: i64, headers: &HeaderMap) -> Option<Response> {
    let file = link.files.iter().find(|known| known.ordinal == file)?;
    let accept = headers.get(header::ACCEPT)?.to_str().ok()?;
    let family = file.content_type.split('/').next().unwrap_or_default();
    let fits = accept.split(',').any(|range| {
        let (range, parameters) = range.split_once(';').unwrap_or((range, ""));
        let refused = parameters
            .split(';')
            .any(|p| matches!(p.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
        let range = range.trim();
        !refused && (range == "*/*" || range == file.content_type || range == format!("{family}/*"))
    });
    (!fits).then(|| {
        let text = format!("This path holds {}.", file.content_type);
        answer::outcome(
            StatusCode::NOT_ACCEPTABLE,
            Issue::error(IssueType::NotSupported, text),
        )
    })
}

enum Failure {
    Damaged,
    Away(anyhow::Error),
}

/// Opens the claimed object and begins to send it. The first segment is opened
/// before a header leaves: damage there is told plainly, and costs no download.
async fn send(gateway: &Gateway, claim: Claim, link: &Link) -> Result<Response, Failure> {
    let span = tracing::info_span!("download", link.id = %claim.link, handoff.id = claim.handoff, file = claim.file.ordinal);
    telemetry::continue_trace(&span, link.trace_parent.as_deref());
    let begun = begin(gateway, &claim).instrument(span.clone()).await;
    let (first, rest) = match begun {
        Ok(begun) => begun,
        Err(error) => {
            let damaged = error.downcast_ref::<Tampered>().is_some();
            let why = if damaged {
                "integrity check failed"
            } else {
                "the object could not be read"
            };
            let _entered = span.enter();
            tracing::error!(link.id = %claim.link, handoff.id = claim.handoff, error = format!("{error:#}"), "a claimed object did not open");
            give_back(gateway, &claim, why);
            return Err(if damaged {
                Failure::Damaged
            } else {
                Failure::Away(error)
            });
        }
    };
    let response = describe(&claim.file, Response::builder());
    let ending = Ending {
        gateway: gateway.clone(),
        claim,
        sent: 0,
        failure: None,
        span,
    };
    let body = Counted {
        first: Some(first),
        rest,
        ending,
    };
    response
        .body(Body::from_stream(body))
        .map_err(|error| Failure::Away(error.into()))
}

async fn begin(gateway: &Gateway, claim: &Claim) -> anyhow::Result<(Bytes, Pieces)> {
    let world = &gateway.world;
    let mut pieces = world.staging.open(&world.keys, claim).await?;
    let first = pieces.next().await.transpose()?.unwrap_or_default();
    let started = world.store.claim_started(claim, world.clock.now()).await?;
    anyhow::ensure!(started, "the claim was given back meanwhile");
    Ok((first, pieces))
}

fn give_back(gateway: &Gateway, claim: &Claim, why: &'static str) {
    let (world, claim) = (gateway.world.clone(), claim.clone());
    gateway.endings.spawn(async move {
        if let Err(error) = world
            .store
            .claim_released(&claim, why, world.clock.now())
            .await
        {
            // The sweeper gives it back after the grace time.
            tracing::warn!(error = format!("{error:#}"), "could not give a claim back");
        }
    });
}

fn describe(
    file: &LinkFile,
    response: axum::http::response::Builder,
) -> axum::http::response::Builder {
    let digest: Vec<u8> = (0..file.sha256.len() / 2)
        .filter_map(|place| u8::from_str_radix(file.sha256.get(place * 2..place * 2 + 2)?, 16).ok())
        .collect();
    response
        .header(header::CONTENT_TYPE, &file.content_type)
        .header(header::CONTENT_LENGTH, file.size)
        .header(
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}\"", file.file_name),
        )
        .header(header::ACCEPT_RANGES, "none")
        // RFC 9530: the digest of the representation.
        .header(
            "repr-digest",
            format!("sha-256=:{}:", STANDARD.encode(digest)),
        )
}

/// The body of a download: counts what was handed to the connection.
struct Counted {
    first: Option<Bytes>,
    rest: Pieces,
    ending: Ending,
}

impl Stream for Counted {
    type Item = anyhow::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = match self.first.take() {
            Some(first) => Some(Ok(first)),
            None => match self.rest.poll_next_unpin(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(next) => next,
            },
        };
        match &next {
            Some(Ok(piece)) => self.ending.sent += piece.len() as i64,
            Some(Err(error)) => self.ending.failure = Some(format!("{error:#}")),
            None => {}
        }
        Poll::Ready(next)
    }
}

/// Writes down how a download ended when its body is dropped: hyper drops it
/// after the last byte of the length it was told, without asking for an end.
struct Ending {
    gateway: Gateway,
    claim: Claim,
    sent: i64,
    failure: Option<String>,
    span: tracing::Span,
}

impl Drop for Ending {
    fn drop(&mut self) {
        let whole = self.sent == self.claim.file.size;
        if self.sent == 0 && !whole {
            give_back(&self.gateway, &self.claim, "the connection broke off");
            return;
        }
        let broke = self
            .failure
            .take()
            .unwrap_or_else(|| "the connection broke off".into());
        let failure = (!whole).then_some(broke);
        let (world, claim, sent) = (self.gateway.world.clone(), self.claim.clone(), self.sent);
        let ending = async move {
            tracing::info!(link.id = %claim.link, handoff.id = claim.handoff, bytes = sent, completed = failure.is_none(), "a download ended");
            let ended = world
                .store
                .claim_ended(&claim, sent, failure.as_deref(), world.clock.now())
                .await;
            if let Err(error) = ended {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "could not write down how a download ended"
                );
            }
        };
        self.gateway
            .endings
            .spawn(ending.instrument(self.span.clone()));
    }
}

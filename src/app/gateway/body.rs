//! The second half of a download's walk: claim → key → decrypted pieces → body.
//! How it ended is written down with every byte that left.

use super::Gateway;
use crate::adapters::staging::Tampered;
use crate::adapters::telemetry;
use crate::domain::link::{Claim, Link, LinkFile};
use axum::body::Body;
use axum::http::header;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tracing::Instrument;

type Pieces = BoxStream<'static, anyhow::Result<Bytes>>;

pub(super) enum Failure {
    Damaged,
    /// Revoked since the claim was granted.
    Closed,
    Away(anyhow::Error),
}

/// Opens the claimed object and begins to send it. The first segment is opened
/// before a header leaves: damage there is told plainly, and costs no download.
pub(super) async fn send(
    gateway: &Gateway,
    claim: Claim,
    link: &Link,
) -> Result<Response, Failure> {
    let span = tracing::info_span!("download", link.id = %claim.link, handoff.id = claim.handoff, file = claim.file.ordinal);
    telemetry::continue_trace(&span, link.trace_parent.as_deref());
    // From here on whatever happens, a client that leaves included, is written down.
    let mut ending = Ending {
        gateway: gateway.clone(),
        claim,
        began: false,
        sent: 0,
        failure: None,
        span: span.clone(),
    };
    let begun = begin(&mut ending).instrument(span.clone()).await;
    let (first, rest) = match begun {
        Ok(begun) => begun,
        Err(error) => {
            if error.downcast_ref::<ClaimEnded>().is_some() {
                ending.failure = Some("the link was revoked meanwhile".to_owned());
                return Err(Failure::Closed);
            }
            let damaged = error.downcast_ref::<Tampered>().is_some();
            let why = if damaged {
                "integrity check failed"
            } else {
                "the object could not be read"
            };
            ending.failure = Some(why.to_owned());
            let _entered = span.enter();
            tracing::error!(link.id = %ending.claim.link, handoff.id = ending.claim.handoff, error = format!("{error:#}"), "a claimed object did not open");
            return Err(if damaged {
                Failure::Damaged
            } else {
                Failure::Away(error)
            });
        }
    };
    let response = describe(&ending.claim.file, Response::builder());
    let closed = watch(&ending);
    let body = Counted {
        first: Some(first),
        rest,
        closed,
        ending,
    };
    response
        .body(Body::from_stream(body))
        .map_err(|error| Failure::Away(error.into()))
}

#[derive(Debug, thiserror::Error)]
#[error("the link was revoked, or the claim given back, meanwhile")]
struct ClaimEnded;

async fn begin(ending: &mut Ending) -> anyhow::Result<(Bytes, Pieces)> {
    let world = &ending.gateway.world;
    let mut pieces = world.staging.open(&world.keys, &ending.claim).await?;
    let first = pieces.next().await.transpose()?.unwrap_or_default();
    let started = world
        .store
        .claim_started(&ending.claim, world.clock.now())
        .await?;
    anyhow::ensure!(started, ClaimEnded);
    ending.began = true;
    Ok((first, pieces))
}

pub(super) fn describe(
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
    closed: Watch,
    ending: Ending,
}

/// Looks again while a download runs: revocation is immediate.
struct Watch {
    revoked: Arc<AtomicBool>,
    looking: tokio::task::AbortHandle,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

const LOOK_EVERY: Duration = Duration::from_secs(1);

fn watch(ending: &Ending) -> Watch {
    let revoked = Arc::new(AtomicBool::new(false));
    let (world, link, found) = (
        ending.gateway.world.clone(),
        ending.claim.link.clone(),
        Arc::clone(&revoked),
    );
    let looking = tokio::spawn(async move {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            // A store that is away says nothing about the link.
            if let Ok(Some(link)) = world.store.link(&link).await
                && link.revoked_at.is_some()
            {
                found.store(true, Ordering::Relaxed);
                return;
            }
        }
    });
    Watch {
        revoked,
        looking: looking.abort_handle(),
    }
}

impl Stream for Counted {
    type Item = anyhow::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.closed.revoked.load(Ordering::Relaxed) {
            self.ending.failure = Some("the link was revoked meanwhile".to_owned());
            return Poll::Ready(Some(Err(ClaimEnded.into())));
        }
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
    /// The store counted this body.
    began: bool,
    sent: i64,
    failure: Option<String>,
    span: tracing::Span,
}

impl Drop for Ending {
    fn drop(&mut self) {
        let whole = self.began && self.sent == self.claim.file.size;
        let broke = self
            .failure
            .take()
            .unwrap_or_else(|| "the connection broke off".into());
        let failure = (!whole).then_some(broke);
        let (world, claim) = (self.gateway.world.clone(), self.claim.clone());
        let (began, sent) = (self.began, self.sent);
        let ending = async move {
            tracing::info!(link.id = %claim.link, handoff.id = claim.handoff, bytes = sent, completed = failure.is_none(), "a download ended");
            let now = world.clock.now();
            let written = match &failure {
                Some(why) if sent == 0 => world.store.claim_released(&claim, began, why, now).await,
                failure => {
                    world
                        .store
                        .claim_ended(&claim, sent, failure.as_deref(), now)
                        .await
                }
            };
            if let Err(error) = written {
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

//! The last step: claims begin, the body leaves in pieces, and what became of each
//! claim is written down when the body ended or broke.

use crate::adapters::sql::BodyEnd;
use crate::adapters::staging::Tampered;
use crate::adapters::telemetry;
use crate::app::gateway::Gateway;
use crate::app::gateway::body::{begin_body, write_down};
use crate::domain::claim::{BODY_BEAT, Begun, Claim, Part, Reading};
use crate::domain::link::Link;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::Stream;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use tokio::sync::SemaphorePermit;
use tracing::Instrument;

/// A JWE in its compact form (RFC 7515 §9.2.1).
pub(super) const JOSE: &str = "application/jose";

/// What leaves at a time: revocation is heard between two pieces.
const PIECE: usize = 64 << 10;

pub(super) enum Failure {
    Damaged,
    /// Its location is being fetched already.
    Busy,
    /// Revoked, or moved to somebody else, since the claim was granted.
    Closed,
    Away(anyhow::Error),
}

impl Failure {
    pub fn of(error: anyhow::Error) -> Self {
        match error.downcast_ref::<Tampered>() {
            Some(_) => Self::Damaged,
            None => Self::Away(error),
        }
    }

    fn why(&self) -> String {
        match self {
            Self::Damaged => "integrity check failed".into(),
            Self::Busy => "it is being fetched already".into(),
            Self::Closed => CLOSED.into(),
            Self::Away(error) => format!("the object could not be read: {error:#}"),
        }
    }
}

const CLOSED: &str = "the link was revoked, or its claim given back, meanwhile";

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Damaged => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            Self::Busy => {
                let retry = [(header::RETRY_AFTER, HeaderValue::from_static("5"))];
                (StatusCode::SERVICE_UNAVAILABLE, retry).into_response()
            }
            Self::Closed => StatusCode::NOT_FOUND.into_response(),
            Self::Away(error) => {
                tracing::warn!(error = format!("{error:#}"), "answered 503");
                let mut response = StatusCode::SERVICE_UNAVAILABLE.into_response();
                response
                    .headers_mut()
                    .insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
                response
            }
        }
    }
}

/// A claim on its way to a receiver. When it is dropped, how far it came is written
/// down: nothing handed out gives the count back.
pub(super) struct Holding {
    gateway: Gateway,
    claim: Claim,
    holder: String,
    /// The store's number of its body; 0 before it began.
    number: i64,
    /// Of the file, as far as it was handed out.
    handed: i64,
    failure: Option<String>,
    span: tracing::Span,
    memory: Option<SemaphorePermit<'static>>,
}

impl Holding {
    pub fn new(gateway: &Gateway, link: &Link, claim: Claim, holder: &str) -> Self {
        let span = tracing::info_span!("download", link.id = %claim.link, handoff.id = claim.handoff, file = claim.file.ordinal);
        telemetry::continue_trace(&span, link.trace_parent.as_deref());
        Self {
            gateway: gateway.clone(),
            claim,
            holder: holder.to_owned(),
            number: 0,
            handed: 0,
            failure: None,
            span,
            memory: None,
        }
    }

    pub fn claim(&self) -> &Claim {
        &self.claim
    }

    pub fn keeps(&mut self, memory: SemaphorePermit<'static>) {
        self.memory = Some(memory);
    }

    pub fn failed(&mut self, failure: &Failure) {
        let _entered = self.span.enter();
        if let Failure::Damaged | Failure::Away(_) = failure {
            tracing::error!(why = failure.why(), "a claimed object did not open");
        }
        self.failure = Some(failure.why());
    }

    /// From here on the download counts.
    async fn begin(&mut self) -> Result<(), Failure> {
        let begun = begin_body(&self.gateway, &self.claim, &self.holder, Reading::Whole, 0)
            .await
            .map_err(Failure::Away)?;
        match begun {
            Begun::Body(number) => {
                self.number = number;
                Ok(())
            }
            Begun::Busy => Err(Failure::Busy),
            Begun::Closed | Begun::OutOfOrder { .. } => Err(Failure::Closed),
        }
    }

    /// What of the file is in so much of an answer: all of it at the end, something
    /// of it as soon as anything left.
    fn advance(&mut self, sent: usize, length: usize) {
        let size = self.claim.file.size;
        self.handed = match sent {
            0 => 0,
            sent if sent >= length => size,
            sent => {
                let share = size as u128 * sent as u128 / length.max(1) as u128;
                i64::try_from(share).unwrap_or(size).min(size - 1).max(1)
            }
        };
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        let whole = self.number > 0 && self.handed >= self.claim.file.size;
        let broke = self.failure.take();
        let broke = broke.unwrap_or_else(|| "the connection broke off".into());
        let end = BodyEnd {
            reading: Reading::Whole,
            number: self.number,
            part: Part {
                from: 0,
                until: self.handed,
            },
            failure: (!whole).then_some(broke),
        };
        let world = Arc::clone(&self.gateway.world);
        let (claim, holder) = (self.claim.clone(), std::mem::take(&mut self.holder));
        let ending = async move { write_down(&world, &claim, &holder, end).await };
        let ending = ending.instrument(self.span.clone());
        self.gateway.endings.spawn(ending);
    }
}

/// Begins every claim that an answer carries, then hands it out. One that was closed
/// meanwhile closes the whole answer: what it holds is written already.
pub(super) async fn hand_out(
    gateway: &Gateway,
    mut held: Vec<Holding>,
    content_type: &'static str,
    text: String,
) -> Result<Response, Failure> {
    for holding in &mut held {
        if let Err(failure) = holding.begin().await {
            holding.failed(&failure);
            return Err(failure);
        }
    }
    let length = text.len();
    let stopped = Arc::new(AtomicBool::new(false));
    let beat = beat(gateway, &held, Arc::clone(&stopped));
    let body = Body::from_stream(Handed {
        length,
        rest: text.into(),
        held,
        stopped,
        _beat: beat,
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CONTENT_LENGTH, HeaderValue::from(length)),
    ];
    Ok((headers, body).into_response())
}

/// Says while a body runs that it does, and hears when it must stop.
struct Beat(tokio::task::AbortHandle);

impl Drop for Beat {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn beat(gateway: &Gateway, held: &[Holding], stopped: Arc<AtomicBool>) -> Beat {
    let world = Arc::clone(&gateway.world);
    let claims: Vec<_> = held
        .iter()
        .map(|holding| (holding.claim.clone(), holding.number))
        .collect();
    let beating = tokio::spawn(async move {
        loop {
            tokio::time::sleep(BODY_BEAT.duration()).await;
            for (claim, number) in &claims {
                let now = world.clock.now();
                let alive = world
                    .store
                    .body_lives(claim, Reading::Whole, *number, 0, now)
                    .await;
                // A store that is away says nothing about the link.
                if matches!(alive, Ok(false)) {
                    stopped.store(true, Ordering::Relaxed);
                    return;
                }
            }
        }
    });
    Beat(beating.abort_handle())
}

/// An answer that hands out files, and counts what was given to the connection.
struct Handed {
    rest: Bytes,
    length: usize,
    held: Vec<Holding>,
    stopped: Arc<AtomicBool>,
    _beat: Beat,
}

impl Stream for Handed {
    type Item = anyhow::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        if self.stopped.load(Ordering::Relaxed) {
            for holding in &mut self.held {
                holding.failure = Some(CLOSED.into());
            }
            return Poll::Ready(Some(Err(anyhow::anyhow!(CLOSED))));
        }
        let most = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(most);
        let (sent, length) = (self.length - self.rest.len(), self.length);
        for holding in &mut self.held {
            holding.advance(sent, length);
        }
        Poll::Ready(Some(Ok(piece)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let pieces = self.rest.len().div_ceil(PIECE);
        (pieces, Some(pieces))
    }
}

//! The second half of a download's walk: claim → key → decrypted pieces → body.
//! How far it came is written down while it runs and when it ends.

use super::Gateway;
use crate::adapters::faults;
use crate::adapters::sql::BodyEnd;
use crate::adapters::staging::Tampered;
use crate::adapters::telemetry;
use crate::app::world::World;
use crate::domain::claim::{BODY_BEAT, Begun, Claim, Part, Reading};
use crate::domain::link::{Link, LinkFile};
use anyhow::Context as _;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tracing::Instrument;

type Pieces = BoxStream<'static, anyhow::Result<Bytes>>;

/// What a body is to give, and to whom.
pub(super) struct Serving {
    pub claim: Claim,
    /// Hash of the secret that its reader holds.
    pub holder: String,
    pub reading: Reading,
    pub part: Part,
    /// Answered as a part, with the status of one.
    pub partial: bool,
    /// Without its quotes.
    pub tag: String,
}

pub(super) enum Failure {
    Damaged,
    /// Revoked, given back or moved since the claim was granted.
    Closed,
    /// Another body of the same claim has not stopped yet.
    Busy,
    /// It may go on from about here.
    OutOfOrder {
        handed: i64,
    },
    Away(anyhow::Error),
}

/// Opens the claimed object and begins to send it. The first segment is opened
/// before a header leaves: damage there is told plainly, and costs no download.
pub(super) async fn send(
    gateway: &Gateway,
    serving: Serving,
    link: &Link,
) -> Result<Response, Failure> {
    let claim = &serving.claim;
    let span = tracing::info_span!("download", link.id = %claim.link, handoff.id = claim.handoff, file = claim.file.ordinal);
    telemetry::continue_trace(&span, link.trace_parent.as_deref());
    // From here on whatever happens, a client that leaves included, is written down.
    let mut ending = Ending {
        gateway: gateway.clone(),
        serving,
        number: 0,
        progress: Arc::default(),
        failure: None,
        span: span.clone(),
    };
    let begun = begin(&mut ending).instrument(span.clone()).await;
    let (first, rest) = match begun {
        Ok(begun) => begun,
        Err(failure) => {
            let _entered = span.enter();
            ending.failure = Some(failure.why());
            if let Failure::Damaged | Failure::Away(_) = &failure {
                let claim = &ending.serving.claim;
                tracing::error!(link.id = %claim.link, handoff.id = claim.handoff, why = failure.why(), "a claimed object did not open");
            }
            return Err(failure);
        }
    };
    let response = describe_part(&ending.serving);
    let beat = beat(&ending);
    let body = Counted {
        first: Some(first),
        rest,
        _beat: beat,
        ending,
    };
    response
        .body(Body::from_stream(body))
        .map_err(|error| Failure::Away(error.into()))
}

impl Failure {
    fn why(&self) -> String {
        match self {
            Self::Damaged => "integrity check failed".into(),
            Self::Closed => CLOSED.into(),
            Self::Busy => "another body of this claim was still running".into(),
            Self::OutOfOrder { .. } => "asked for what was handed out before".into(),
            Self::Away(error) => format!("the object could not be read: {error:#}"),
        }
    }

    fn of(error: anyhow::Error) -> Self {
        match error.downcast_ref::<Tampered>() {
            Some(_) => Self::Damaged,
            None => Self::Away(error),
        }
    }
}

const CLOSED: &str = "the link was revoked, or its claim given back, meanwhile";

async fn begin(ending: &mut Ending) -> Result<(Bytes, Pieces), Failure> {
    let world = Arc::clone(&ending.gateway.world);
    let serving = &ending.serving;
    let from = u64::try_from(serving.part.from).unwrap_or_default();
    let opened = world
        .staging
        .open(&world.keys, &serving.claim, from)
        .await
        .map_err(Failure::of)?;
    let mut pieces = opened;
    let first = pieces.next().await.transpose().map_err(Failure::of)?;
    let begun = begin_body(
        &ending.gateway,
        &serving.claim,
        &serving.holder,
        serving.reading,
        serving.part.from,
    )
    .await
    .map_err(Failure::Away)?;
    match begun {
        Begun::Body(number) => {
            ending.number = number;
            Ok((first.unwrap_or_default(), pieces))
        }
        Begun::Closed => Err(Failure::Closed),
        Begun::Busy => Err(Failure::Busy),
        Begun::OutOfOrder { handed } => Err(Failure::OutOfOrder { handed }),
    }
}

/// A client that leaves while its body's begin waits for the commit must not take the
/// count with it: the begin goes on, and gives back what nobody waits for.
pub(super) async fn begin_body(
    gateway: &Gateway,
    claim: &Claim,
    holder: &str,
    reading: Reading,
    from: i64,
) -> anyhow::Result<Begun> {
    let world = Arc::clone(&gateway.world);
    let (claim, holder) = (claim.clone(), holder.to_owned());
    let (tx, rx) = tokio::sync::oneshot::channel();
    gateway.endings.spawn(async move {
        let now = world.clock.now();
        let begun = world
            .store
            .body_begins(&claim, &holder, reading, from, now)
            .await;
        if let Err(Ok(Begun::Body(number))) = tx.send(begun) {
            let end = BodyEnd {
                reading,
                number,
                part: Part { from, until: from },
                failure: Some("its reader left before it began".into()),
            };
            write_down(&world, &claim, &holder, end).await;
        }
    });
    rx.await.context("the gateway stops")?
}

fn describe_part(serving: &Serving) -> axum::http::response::Builder {
    let (part, size) = (serving.part, serving.claim.file.size);
    let response = Response::builder();
    let response = match serving.partial {
        false => response,
        true => response
            .status(StatusCode::PARTIAL_CONTENT)
            .header(header::CONTENT_RANGE, content_range(part, size)),
    };
    describe(&serving.claim.file, response)
        .header(header::CONTENT_LENGTH, part.len())
        .header(header::ETAG, format!("\"{}\"", serving.tag))
}

pub(super) fn content_range(part: Part, size: i64) -> String {
    format!("bytes {}-{}/{size}", part.from, part.until - 1)
}

/// What is the same for every body of a file.
pub(super) fn describe(
    file: &LinkFile,
    response: axum::http::response::Builder,
) -> axum::http::response::Builder {
    let digest: Vec<u8> = (0..file.sha256.len() / 2)
        .filter_map(|place| u8::from_str_radix(file.sha256.get(place * 2..place * 2 + 2)?, 16).ok())
        .collect();
    response
        .header(header::CONTENT_TYPE, &file.content_type)
        .header(
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}\"", file.file_name),
        )
        .header(header::ACCEPT_RANGES, "bytes")
        // RFC 9530: the digest of the representation.
        .header(
            "repr-digest",
            format!("sha-256=:{}:", STANDARD.encode(digest)),
        )
}

/// What was handed to the connection. Whoever stops a body and whoever hands out
/// its next piece hold the same lock: nothing leaves after it was said how much did.
#[derive(Default)]
struct Progress {
    sent: i64,
    stopped: bool,
    /// Its end is written down already.
    reported: bool,
}

type Shared = Arc<Mutex<Progress>>;

fn look(progress: &Shared) -> std::sync::MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The body of a download: counts what was handed to the connection.
struct Counted {
    first: Option<Bytes>,
    rest: Pieces,
    _beat: Beat,
    ending: Ending,
}

/// Says while a download runs how far it is, and hears when it must stop: revocation
/// is immediate, and a reader who comes back is not kept waiting by a dead connection.
struct Beat(tokio::task::AbortHandle);

impl Drop for Beat {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn beat(ending: &Ending) -> Beat {
    let world = Arc::clone(&ending.gateway.world);
    let progress = Arc::clone(&ending.progress);
    let (claim, holder, reading, number, from) = (
        ending.serving.claim.clone(),
        ending.serving.holder.clone(),
        ending.serving.reading,
        ending.number,
        ending.serving.part.from,
    );
    let beating = tokio::spawn(async move {
        loop {
            tokio::time::sleep(BODY_BEAT.duration()).await;
            let handed = from + look(&progress).sent;
            let now = world.clock.now();
            let alive = world
                .store
                .body_lives(&claim, reading, number, handed, now)
                .await;
            // A store that is away says nothing about the link.
            if !matches!(alive, Ok(false)) {
                continue;
            }
            let until = {
                let mut progress = look(&progress);
                progress.stopped = true;
                progress.reported = true;
                from + progress.sent
            };
            let end = BodyEnd {
                reading,
                number,
                part: Part { from, until },
                failure: Some("revoked, or its reader came back on another connection".into()),
            };
            write_down(&world, &claim, &holder, end).await;
            return;
        }
    });
    Beat(beating.abort_handle())
}

pub(super) async fn write_down(world: &World, claim: &Claim, holder: &str, end: BodyEnd) {
    let bytes = end.part.len();
    let completed = end.failure.is_none();
    tracing::info!(link.id = %claim.link, handoff.id = claim.handoff, bytes, completed, "a download ended");
    // A store that is away for a moment must not make an ended download run for ever.
    for pause in [1, 2, 4, 8, 16, 0] {
        let now = world.clock.now();
        let written = world.store.body_ended(claim, holder, &end, now).await;
        let Err(error) = written else { return };
        tracing::warn!(
            error = format!("{error:#}"),
            again = pause > 0,
            "could not write down how a download ended"
        );
        tokio::time::sleep(Duration::from_secs(pause)).await;
    }
}

impl Counted {
    /// Takes no more of a piece than was asked for.
    fn hand_out(&mut self, mut piece: Bytes) -> anyhow::Result<Bytes> {
        let mut progress = look(&self.ending.progress);
        anyhow::ensure!(!progress.stopped, CLOSED);
        let left = self.ending.serving.part.len() - progress.sent;
        piece.truncate(usize::try_from(left).unwrap_or_default());
        progress.sent += piece.len() as i64;
        Ok(piece)
    }

    fn is_done(&self) -> bool {
        look(&self.ending.progress).sent >= self.ending.serving.part.len()
    }
}

impl Stream for Counted {
    type Item = anyhow::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = match self.first.take() {
            Some(first) => Some(Ok(first)),
            None if self.is_done() => None,
            None => match self.rest.poll_next_unpin(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(next) => next,
            },
        };
        if look(&self.ending.progress).sent > 0 {
            faults::point("mid-body");
        }
        let next = next.map(|piece| self.hand_out(piece?));
        if let Some(Err(error)) = &next {
            self.ending.failure = Some(format!("{error:#}"));
        }
        Poll::Ready(next)
    }
}

/// Writes down how a download ended when its body is dropped: hyper drops it
/// after the last byte of the length it was told, without asking for an end.
struct Ending {
    gateway: Gateway,
    serving: Serving,
    /// The store's number of this body; 0 before it began.
    number: i64,
    progress: Shared,
    failure: Option<String>,
    span: tracing::Span,
}

impl Drop for Ending {
    fn drop(&mut self) {
        let part = self.serving.part;
        let sent = {
            let mut progress = look(&self.progress);
            if std::mem::replace(&mut progress.reported, true) {
                return;
            }
            progress.stopped = true;
            progress.sent
        };
        let whole = self.number > 0 && sent == part.len();
        let broke = self
            .failure
            .take()
            .unwrap_or_else(|| "the connection broke off".into());
        let end = BodyEnd {
            reading: self.serving.reading,
            number: self.number,
            part: Part {
                from: part.from,
                until: part.from + sent,
            },
            failure: (!whole).then_some(broke),
        };
        let (world, claim, holder) = (
            Arc::clone(&self.gateway.world),
            self.serving.claim.clone(),
            self.serving.holder.clone(),
        );
        let ending = async move { write_down(&world, &claim, &holder, end).await };
        self.gateway
            .endings
            .spawn(ending.instrument(self.span.clone()));
    }
}

//! The body of a request, which must not trickle.

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// What a body may take before its bytes must have come at `LEAST_RATE`: Apache's
/// `RequestReadTimeout body=20,MinRate=500` (mod_reqtimeout's default).
pub(in crate::app::gateway) const BODY_WITHIN: Duration = Duration::from_secs(20);
const LEAST_RATE: u64 = 500;

#[derive(Debug, thiserror::Error)]
enum NotRead {
    #[error("the body comes too slowly")]
    TooSlow,
    #[error(transparent)]
    Broken(#[from] hyper::Error),
}

/// Bytes as they come, and an end where they do not.
pub(in crate::app::gateway) struct Question {
    body: Incoming,
    within: Duration,
    got: u64,
    /// From the first byte that was asked for, since only then are we waiting.
    begun: Option<Instant>,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Question {
    pub(in crate::app::gateway) fn asked(body: Incoming, within: Duration) -> Body {
        Body::new(Self {
            body,
            within,
            got: 0,
            begun: None,
            waiting: None,
        })
    }
}

impl HttpBody for Question {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let begun = *self.begun.get_or_insert_with(Instant::now);
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            if let Some(Ok(frame)) = &frame {
                self.got += frame.data_ref().map_or(0, |data| data.len() as u64);
            }
            self.waiting = None;
            return Poll::Ready(
                frame.map(|frame| frame.map_err(|error| NotRead::from(error).into())),
            );
        }
        let until = begun + self.within + Duration::from_secs(self.got / LEAST_RATE);
        let waiting = self
            .waiting
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        ready!(waiting.as_mut().poll(cx));
        Poll::Ready(Some(Err(NotRead::TooSlow.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

//! The body of an answer, which tells whose turn it is and when it is over.

use super::{Busy, Turn};
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// The body of an answer: between two pieces it is the visitor's turn.
pub(in crate::app::gateway) struct Answer {
    body: Body,
    turn: Option<Arc<Turn>>,
    _busy: Busy,
}

impl Answer {
    pub(in crate::app::gateway) fn new(body: Body, busy: Busy) -> Self {
        Self {
            body,
            turn: Turn::of_this_stream(),
            _busy: busy,
        }
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(turn) = &self.turn {
            turn.0.clear();
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let Some(turn) = &self.turn {
            turn.0.set();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

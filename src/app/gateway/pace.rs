//! How long a visitor may keep us waiting: a request that trickles in, and an
//! answer that is not taken. A slow line is served; one that stands still is cut.

pub(super) mod answer;
pub(super) mod question;

use hyper::rt::Executor;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// A moment that many tasks may move, or take away.
struct Moment {
    begun: Instant,
    /// Milliseconds from `begun`, plus one; zero where there is none.
    at: AtomicU64,
}

impl Moment {
    fn none() -> Self {
        Self {
            begun: Instant::now(),
            at: AtomicU64::new(0),
        }
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1
    }

    fn set(&self) {
        self.at.store(self.millis(), Relaxed);
    }

    /// Keeps an earlier moment where there is one.
    fn set_first(&self) {
        let _ = self.at.compare_exchange(0, self.millis(), Relaxed, Relaxed);
    }

    fn clear(&self) {
        self.at.store(0, Relaxed);
    }

    /// How long ago it was.
    fn age(&self) -> Option<Duration> {
        let at = self.at.load(Relaxed);
        (at != 0).then(|| Duration::from_millis(self.millis().saturating_sub(at)))
    }
}

/// Since when we wait for the other side to take what it asked for.
pub(super) struct Turn(Moment);

impl Turn {
    /// Of the HTTP/2 stream that this task serves, where it does.
    fn of_this_stream() -> Option<Arc<Self>> {
        STREAM.try_with(Arc::clone).ok()
    }

    pub(super) fn ours() -> Arc<Self> {
        Arc::new(Self(Moment::none()))
    }

    pub(super) fn stalled(&self, after: Duration) -> bool {
        self.0.age().is_some_and(|age| age >= after)
    }
}

/// Requests in work on one connection, and since when there are none.
pub(super) struct Work {
    running: AtomicUsize,
    pub(super) served: AtomicUsize,
    idle: Moment,
}

impl Work {
    pub(super) fn none_yet() -> Arc<Self> {
        let idle = Moment::none();
        idle.set();
        Arc::new(Self {
            running: AtomicUsize::new(0),
            served: AtomicUsize::new(0),
            idle,
        })
    }

    pub(super) fn begin(self: &Arc<Self>) -> Busy {
        self.running.fetch_add(1, Relaxed);
        self.served.fetch_add(1, Relaxed);
        self.idle.clear();
        Busy(Arc::clone(self))
    }

    pub(super) fn idle_for(&self, long: Duration) -> bool {
        self.idle.age().is_some_and(|age| age >= long)
    }
}

/// A request in work, until its answer's last byte was handed to the connection.
pub(super) struct Busy(Arc<Work>);

impl Drop for Busy {
    fn drop(&mut self) {
        if self.0.running.fetch_sub(1, Relaxed) == 1 {
            self.0.idle.set();
        }
    }
}

/// A socket that notes when the other side takes nothing more.
pub(super) struct Paced {
    pub(super) stream: TcpStream,
    pub(super) turn: Arc<Turn>,
}

impl Paced {
    fn note<T>(&self, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match written {
            Poll::Pending => self.turn.0.set_first(),
            Poll::Ready(_) => self.turn.0.clear(),
        }
        written
    }
}

impl AsyncRead for Paced {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Paced {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    // A socket has nothing to flush: it says nothing of the other side.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

tokio::task_local! {
    /// Of the HTTP/2 stream this task serves. HTTP/1 has the socket's alone.
    static STREAM: Arc<Turn>;
}

/// Runs each HTTP/2 stream, and drops one whose window stays shut: the socket
/// moves on for others meanwhile and tells nothing of it.
#[derive(Clone)]
pub(super) struct Streams {
    pub(super) stall_after: Duration,
}

impl<F> Executor<F> for Streams
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, stream: F) {
        let (turn, stall_after) = (Turn::ours(), self.stall_after);
        let serve = STREAM.scope(Arc::clone(&turn), stream);
        tokio::spawn(async move {
            tokio::select! {
                _ = serve => {}
                () = stalled(&turn, stall_after) => tracing::info!("cut an HTTP/2 stream that stood still"),
            }
        });
    }
}

async fn stalled(turn: &Turn, after: Duration) {
    while !turn.stalled(after) {
        tokio::time::sleep(look_every(after)).await;
    }
}

/// A limit is kept to a quarter of itself.
pub(super) fn look_every(limit: Duration) -> Duration {
    (limit / 4).max(Duration::from_millis(10))
}

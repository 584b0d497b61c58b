//! A gate at the socket of a consuming connection. A broker sends all that the
//! prefetch allows at once, and it counts messages, not bytes: what nobody has room
//! for must stay in the socket. The gate lets as much in as was taken out.

use async_rs::traits::{Executor, Reactor, RuntimeKit};
use async_rs::util::Task;
use async_rs::{Runtime, Tokio};
use futures_util::Stream;
use futures_util::io::{AsyncRead, AsyncWrite};
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// What may be read before somebody has taken what came: thousands of messages of
/// the usual size.
const AHEAD: u64 = 1 << 20;
/// A message takes this much more than its body: method, properties, frames.
const ENVELOPE: u64 = 256;
/// Whoever waits at a closed gate this long waits for the rest of one large body.
const STUCK_AFTER: Duration = Duration::from_millis(10);

#[derive(Debug, Clone, Default)]
pub(super) struct Gate(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    closed: Notify,
}

#[derive(Debug)]
struct State {
    /// Bytes that may still be read.
    credit: u64,
    /// What is let in next for a body that is larger than that.
    step: u64,
    reader: Option<Waker>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            credit: AHEAD,
            step: AHEAD,
            reader: None,
        }
    }
}

impl Gate {
    /// A delivery was taken: as much may come after it.
    pub fn taken(&self, bytes: usize) {
        let mut state = self.state();
        let more = state.credit.saturating_add(bytes as u64 + ENVELOPE);
        state.credit = more.min(AHEAD);
        state.step = AHEAD;
        state.wake();
    }

    /// Returns when somebody has waited in vain: a body is larger than what is let in.
    /// To be asked only by whoever has room for one.
    pub async fn stuck(&self) {
        loop {
            let closed = self.0.closed.notified();
            if self.state().credit == 0 {
                tokio::time::sleep(STUCK_AFTER).await;
                if self.state().credit == 0 {
                    return;
                }
            } else {
                closed.await;
            }
        }
    }

    /// Lets more of that one body in, each time twice as much.
    pub fn widen(&self) {
        let mut state = self.state();
        state.credit = state.step;
        state.step = state.step.saturating_mul(2);
        state.wake();
    }

    /// For good: the connection is closed.
    pub fn open(&self) {
        let mut state = self.state();
        state.credit = u64::MAX;
        state.wake();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let state = self.0.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }

    /// How much may be read now; whoever may read nothing is woken when they may.
    fn ask(&self, reader: &Context<'_>) -> Option<u64> {
        let mut state = self.state();
        if state.credit == 0 {
            state.reader = Some(reader.waker().clone());
            return None;
        }
        Some(state.credit)
    }

    fn read(&self, bytes: usize) {
        let mut state = self.state();
        state.credit = state.credit.saturating_sub(bytes as u64);
        if state.credit == 0 {
            self.0.closed.notify_one();
        }
    }
}

impl State {
    fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

/// Tokio, its sockets behind a gate.
#[derive(Debug, Clone)]
pub(super) struct Gated {
    tokio: Tokio,
    gate: Gate,
}

/// The runtime of a connection whose socket this gate is at.
pub(super) fn behind(gate: &Gate) -> Runtime<Gated> {
    Runtime::new(Gated {
        tokio: Tokio::current(),
        gate: gate.clone(),
    })
}

impl RuntimeKit for Gated {}

impl Executor for Gated {
    type Task<T: Send + 'static> = <Tokio as Executor>::Task<T>;

    fn block_on<T, F: Future<Output = T>>(&self, f: F) -> T {
        self.tokio.block_on(f)
    }

    fn spawn<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
        &self,
        f: F,
    ) -> Task<Self::Task<T>> {
        self.tokio.spawn(f)
    }

    fn spawn_blocking<T: Send + 'static, F: FnOnce() -> T + Send + 'static>(
        &self,
        f: F,
    ) -> Task<Self::Task<T>> {
        self.tokio.spawn_blocking(f)
    }
}

impl Reactor for Gated {
    type TcpStream = Behind<<Tokio as Reactor>::TcpStream>;
    type Sleep = <Tokio as Reactor>::Sleep;

    /// For sockets that were opened before; ours never are.
    fn register<H: Read + Write + Send + 'static>(
        &self,
        _: H,
    ) -> io::Result<impl AsyncRead + AsyncWrite + Send + Unpin + 'static> {
        Err::<Self::TcpStream, _>(io::ErrorKind::Unsupported.into())
    }

    fn sleep(&self, dur: Duration) -> Self::Sleep {
        self.tokio.sleep(dur)
    }

    fn interval(&self, dur: Duration) -> impl Stream<Item = Instant> + Send + 'static {
        self.tokio.interval(dur)
    }

    fn tcp_connect_addr(
        &self,
        addr: SocketAddr,
    ) -> impl Future<Output = io::Result<Self::TcpStream>> + Send + 'static {
        let connecting = self.tokio.tcp_connect_addr(addr);
        let gate = self.gate.clone();
        async move {
            let socket = connecting.await?;
            Ok(Behind { socket, gate })
        }
    }
}

/// A socket behind a gate: what is written passes.
pub(super) struct Behind<S> {
    socket: S,
    gate: Gate,
}

impl<S: AsyncRead + Unpin> AsyncRead for Behind<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let Some(credit) = self.gate.ask(cx) else {
            return Poll::Pending;
        };
        let most = usize::try_from(credit).unwrap_or(usize::MAX);
        let most = most.min(buffer.len());
        let read = Pin::new(&mut self.socket).poll_read(cx, &mut buffer[..most]);
        if let Poll::Ready(Ok(bytes)) = &read {
            self.gate.read(*bytes);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Behind<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_close(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::AsyncReadExt;
    use futures_util::io::Cursor;

    #[tokio::test]
    async fn no_more_is_read_than_was_taken_or_one_large_body_needs() {
        let gate = Gate::default();
        let bytes = 5 * usize::try_from(AHEAD).unwrap();
        let mut behind = Behind {
            socket: Cursor::new(vec![7; bytes]),
            gate: gate.clone(),
        };
        let reading = tokio::spawn(async move {
            let mut all = Vec::new();
            behind.read_to_end(&mut all).await.unwrap();
            all.len()
        });
        gate.stuck().await;
        assert!(!reading.is_finished());
        gate.taken(bytes);
        gate.stuck().await;
        assert!(!reading.is_finished(), "never more than that ahead");
        gate.widen();
        gate.stuck().await;
        assert!(!reading.is_finished());
        // Twice as much, and the rest.
        gate.widen();
        gate.stuck().await;
        gate.open();
        assert_eq!(reading.await.unwrap(), bytes);
    }
}

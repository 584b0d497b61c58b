//! The serving loop: sockets, TLS, HTTP/1.1 and HTTP/2, and an end in good
//! order. Who a visitor is, is settled here, before any handler.

use super::forwarded;
use super::pace::answer::Answer;
use super::pace::question::{BODY_WITHIN, Question};
use super::pace::{Busy, Paced, Streams, Turn, Work, look_every};
use crate::adapters::certificate::Certificate;
use crate::app::config::Settings;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use ipnet::IpNet;
use std::convert::Infallible;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What is handed to a connection counts as handed out, so little is kept on
/// the way: this much in hyper, in TLS (rustls' own default), and unsent in the
/// kernel.
const BUFFER: usize = 64 * 1024;

/// Each costs three buffers at most: 768 MiB where every one is full.
const MOST_CONNECTIONS: usize = 4096;

/// Streams of one HTTP/2 connection, as RFC 9113 §6.5.2 recommends at least.
const MOST_STREAMS: u32 = 100;

/// An HTTP/2 connection without a request: nginx's `keepalive_timeout`.
const IDLE_FOR: Duration = Duration::from_secs(75);

/// How the gateway is reached.
pub(super) struct Wire {
    router: TowerToHyperService<Router>,
    certificate: Option<Arc<Certificate>>,
    proxies: Vec<IpNet>,
    /// A handshake, a request's head, the pause before the next.
    headers_within: Duration,
    /// Of an answer that is not taken.
    stall_after: Duration,
    /// Of a request's body, before it must have come at a least rate.
    body_within: Duration,
    stop: CancellationToken,
}

impl Wire {
    pub(super) fn open(
        router: Router,
        settings: &Settings,
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            router: TowerToHyperService::new(router),
            certificate: settings.certificate()?.map(Arc::new),
            proxies: settings.trusted_proxies.clone(),
            headers_within: settings.headers_within.duration(),
            stall_after: settings.stall_after.duration(),
            body_within: BODY_WITHIN,
            stop,
        })
    }

    /// Takes connections until stopped; what runs then is finished first.
    pub(super) async fn serve(self, listener: TcpListener) {
        let (wire, connections) = (Arc::new(self), TaskTracker::new());
        if let Some(certificate) = &wire.certificate {
            connections.spawn(Arc::clone(certificate).watch(wire.stop.clone()));
        }
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let next = async || {
            // Nobody closes this semaphore.
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (accept(&listener).await, place)
        };
        while let Some(((stream, peer), place)) = wire.stop.run_until_cancelled(next()).await {
            let wire = Arc::clone(&wire);
            connections.spawn(async move {
                wire.welcome(stream, peer).await;
                drop(place);
            });
        }
        drop(listener);
        connections.close();
        connections.wait().await;
    }

    async fn welcome(self: Arc<Self>, stream: TcpStream, peer: SocketAddr) {
        prepare(&stream);
        let turn = Turn::ours();
        let socket = Paced {
            stream,
            turn: Arc::clone(&turn),
        };
        let Some(certificate) = &self.certificate else {
            return self.converse(socket, peer, &turn).await;
        };
        let handshake = TlsAcceptor::from(certificate.config()).accept(socket);
        let handshake = tokio::time::timeout(self.headers_within, handshake);
        // Scanners and health probes end here all day: no word of it.
        if let Some(Ok(Ok(socket))) = self.stop.run_until_cancelled(handshake).await {
            self.converse(socket, peer, &turn).await;
        }
    }

    async fn converse<S>(self: &Arc<Self>, socket: S, peer: SocketAddr, turn: &Turn)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let work = Work::none_yet();
        let service = hyper::service::service_fn(|request| {
            Arc::clone(self).answer(request, peer, work.begin())
        });
        let builder = self.builder();
        let connection = builder.serve_connection(TokioIo::new(socket), service);
        tokio::pin!(connection);
        let mut look = tokio::time::interval(look_every(self.stall_after.min(self.headers_within)));
        let mut stopping = false;
        loop {
            tokio::select! {
                // It failed: the visitor left, or did not speak HTTP.
                _ = connection.as_mut() => return,
                () = self.stop.cancelled(), if !stopping => {
                    stopping = true;
                    connection.as_mut().graceful_shutdown();
                }
                _ = look.tick() => {
                    if turn.stalled(self.stall_after) {
                        tracing::info!("cut a connection that stood still");
                        return;
                    }
                    if work.served.load(Relaxed) == 0 && work.idle_for(self.headers_within) {
                        return;
                    }
                    if !stopping && work.idle_for(IDLE_FOR) {
                        stopping = true;
                        connection.as_mut().graceful_shutdown();
                    }
                }
            }
        }
    }

    fn builder(&self) -> Builder<Streams> {
        let mut builder = Builder::new(Streams {
            stall_after: self.stall_after,
        });
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(self.headers_within)
            .max_buf_size(BUFFER);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_send_buf_size(BUFFER)
            .max_concurrent_streams(MOST_STREAMS);
        builder
    }

    async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        peer: SocketAddr,
        busy: Busy,
    ) -> Result<axum::http::Response<Answer>, Infallible> {
        let visitor = forwarded::visitor(peer.ip(), request.headers(), &self.proxies);
        let mut request = request.map(|body| Question::asked(body, self.body_within));
        let visitor = SocketAddr::new(visitor, peer.port());
        request.extensions_mut().insert(ConnectInfo(visitor));
        let response = self.router.call(request).await?;
        Ok(response.map(|body: Body| Answer::new(body, busy)))
    }
}

/// The next connection. One that broke before we took it is none; where we have
/// no descriptor left, others must end first.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::ConnectionAborted
                        | ErrorKind::ConnectionReset
                        | ErrorKind::ConnectionRefused
                ) => {}
            Err(error) => {
                tracing::error!(%error, "cannot take connections; trying again in a second");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Small answers leave at once, and the kernel keeps little that was not sent.
fn prepare(stream: &TcpStream) {
    let socket = socket2::SockRef::from(stream);
    // Where the system knows neither, it works as well, with more on the way.
    let _ = socket.set_tcp_nodelay(true);
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = socket.set_tcp_notsent_lowat(BUFFER as u32);
}

#[cfg(test)]
mod tests;

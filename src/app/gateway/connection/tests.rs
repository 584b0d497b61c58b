//! The loop with sockets that behave badly, against limits of milliseconds.

use super::*;
use axum::body::Bytes;
use axum::routing::{get, post};
use futures_util::stream;
use std::sync::atomic::AtomicUsize;
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::task::JoinHandle;

const PIECE: usize = 64 * 1024;
const PIECES: usize = 64;
const LIMIT: Duration = Duration::from_millis(400);

/// What the bodies of one gateway have seen.
#[derive(Default)]
struct Seen {
    handed: AtomicUsize,
    dropped: AtomicUsize,
}

struct Told(Arc<Seen>);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, Relaxed);
    }
}

struct Here {
    address: SocketAddr,
    seen: Arc<Seen>,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

fn large(seen: &Arc<Seen>) -> Body {
    let told = Told(Arc::clone(seen));
    let pieces = (0..PIECES).map(move |_| {
        told.0.handed.fetch_add(PIECE, Relaxed);
        Ok::<_, Infallible>(Bytes::from(vec![b'x'; PIECE]))
    });
    Body::from_stream(stream::iter(pieces))
}

impl Here {
    async fn open() -> Self {
        let seen = Arc::new(Seen::default());
        let body = Arc::clone(&seen);
        let router = Router::new()
            .route("/large", get(async move || large(&body)))
            .route("/small", get(async || "small"))
            .route(
                "/who",
                get(async |ConnectInfo(who): ConnectInfo<SocketAddr>| who.ip().to_string()),
            )
            .route("/take", post(async |body: Bytes| body.len().to_string()));
        let stop = CancellationToken::new();
        let wire = Wire {
            router: TowerToHyperService::new(router),
            certificate: None,
            proxies: vec!["127.0.0.0/8".parse().unwrap()],
            headers_within: LIMIT,
            stall_after: LIMIT,
            body_within: LIMIT,
            stop: stop.clone(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        Self {
            address,
            seen,
            stop,
            serving: tokio::spawn(wire.serve(listener)),
        }
    }

    /// A client whose kernel takes little, with something said already.
    async fn says(&self, text: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(16 * 1024).unwrap();
        let mut stream = socket.connect(self.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    fn http2(&self) -> reqwest::Client {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        reqwest::Client::builder()
            .http2_prior_knowledge()
            .build()
            .unwrap()
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn dropped(&self) {
        let waited = tokio::time::timeout(LIMIT * 20, async {
            while self.seen.dropped.load(Relaxed) == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        waited.await.expect("the body was given up");
    }
}

const GET_LARGE: &str = "GET /large HTTP/1.1\r\nhost: h\r\n\r\n";

/// Whatever comes until the other side closes.
async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    let read = tokio::time::timeout(LIMIT * 20, stream.read_to_end(&mut all));
    // A reset is an end as well.
    let _ = read.await.expect("the connection ends");
    all
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_cut_and_little_was_handed_out() {
    let here = Here::open().await;
    let began = Instant::now();
    let mut client = here.says(GET_LARGE).await;
    here.dropped().await;
    assert!(began.elapsed() >= LIMIT, "not before its time");
    let handed = here.seen.handed.load(Relaxed);
    assert!(handed < 512 * 1024, "{handed} bytes were on the way");
    assert!(rest(&mut client).await.len() <= handed + 1024);
}

#[tokio::test]
async fn a_slow_client_that_moves_on_gets_everything() {
    let here = Here::open().await;
    let began = Instant::now();
    let mut client = here.says(GET_LARGE).await;
    let (mut piece, mut got) = (vec![0; 128 * 1024], 0);
    while got < PIECE * PIECES {
        tokio::time::sleep(LIMIT / 10).await;
        let end = (got + piece.len()).min(PIECE * PIECES) - got;
        client.read_exact(&mut piece[..end]).await.unwrap();
        got += end;
    }
    assert!(began.elapsed() > LIMIT * 2, "it was slow");
}

#[tokio::test]
async fn a_stream_of_http2_that_nobody_takes_is_cut_alone() {
    let here = Here::open().await;
    let web = here.http2();
    let mut stalled = web.get(here.url("/large")).send().await.unwrap();
    assert_eq!(stalled.version(), axum::http::Version::HTTP_2);
    here.dropped().await;
    let handed = here.seen.handed.load(Relaxed);
    assert!(handed < PIECE * PIECES, "it was not taken whole");
    // The same connection still serves.
    let small = web.get(here.url("/small")).send().await.unwrap();
    assert_eq!(small.text().await.unwrap(), "small");
    let mut got = 0;
    let end = loop {
        match stalled.chunk().await {
            Ok(Some(piece)) => got += piece.len(),
            end => break end,
        }
    };
    assert!(end.is_err(), "a cut body does not look whole");
    assert!(got <= handed);
}

#[tokio::test]
async fn who_says_nothing_or_half_a_head_is_shown_out() {
    let here = Here::open().await;
    for said in [
        "",
        "GET /small HT",
        "GET /small HTTP/1.1\r\nhost: h\r\nx-slow: ",
    ] {
        let began = Instant::now();
        let mut client = here.says(said).await;
        rest(&mut client).await;
        assert!(began.elapsed() >= LIMIT, "{said:?}");
    }
}

#[tokio::test]
async fn a_body_that_trickles_is_refused_and_one_that_comes_is_taken() {
    let here = Here::open().await;
    let head = "POST /take HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: 8\r\n\r\n";
    let mut client = here.says(&format!("{head}1234")).await;
    let refused = String::from_utf8(rest(&mut client).await).unwrap();
    assert!(refused.starts_with("HTTP/1.1 400"), "{refused}");
    let mut client = here.says(&format!("{head}1234")).await;
    client.write_all(b"5678").await.unwrap();
    let taken = String::from_utf8(rest(&mut client).await).unwrap();
    assert!(
        taken.starts_with("HTTP/1.1 200") && taken.ends_with('8'),
        "{taken}"
    );
}

#[tokio::test]
async fn a_stop_lets_a_running_download_finish_and_closes_the_rest() {
    let here = Here::open().await;
    let mut idle = here.says("GET /small HTTP/1.1\r\nhost: h\r\n\r\n").await;
    let mut first = [0; 12];
    idle.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    let mut client = here.says(GET_LARGE).await;
    client.read_exact(&mut first).await.unwrap();
    here.stop.cancel();
    rest(&mut idle).await;
    assert!(!here.serving.is_finished(), "a download runs");
    let all = rest(&mut client).await;
    assert!(all.len() > PIECE * PIECES && all.ends_with(b"0\r\n\r\n"));
    here.serving.await.unwrap();
    assert!(TcpStream::connect(here.address).await.is_err());
}

#[tokio::test]
async fn both_protocols_tell_a_handler_the_same_visitor() {
    let here = Here::open().await;
    for web in [reqwest::Client::new(), here.http2()] {
        let request = web.get(here.url("/who"));
        let request = request.header("x-forwarded-for", "198.51.100.1, 198.51.100.7");
        let answer = request.send().await.unwrap().text().await.unwrap();
        assert_eq!(answer, "198.51.100.7");
    }
}

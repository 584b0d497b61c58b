//! A whole Handoff in this process: real store, real staging, real HTTP, and a
//! clock that is moved by hand.

use handoff::adapters::clock::Clock;
use handoff::adapters::telemetry::Captured;
use handoff::app::channels::{self, Channels};
use handoff::app::config::Settings;
use handoff::app::pipeline::{self, Incoming, Outcome, OutcomeKind};
use handoff::app::world::World;
use handoff::app::{gateway, outbox, sweeper};
use handoff::domain::link::Face;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

static CAPTURED: OnceLock<Captured> = OnceLock::new();

/// Every span and log line of this process.
pub fn captured() -> &'static Captured {
    CAPTURED.get_or_init(|| {
        let captured = Captured::default();
        tracing::subscriber::set_global_default(captured.subscriber())
            .expect("nobody was there before");
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        captured
    })
}

pub struct House {
    pub world: Arc<World>,
    pub folder: TempDir,
    pub web: reqwest::Client,
    stop: CancellationToken,
}

pub fn now() -> jiff::Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

pub fn shipped_channels() -> Channels {
    channels::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("channels")).unwrap()
}

/// The shipped channels with some text put in another's place.
pub fn channels_with(changes: &[(&str, &str)]) -> Channels {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("channels");
    let files: Vec<(PathBuf, String)> = ["discharge.yaml", "referral.yaml"]
        .into_iter()
        .map(|name| {
            let mut text = std::fs::read_to_string(folder.join(name)).unwrap();
            for (from, to) in changes {
                text = text.replace(from, to);
            }
            (PathBuf::from(name), text)
        })
        .collect();
    let (channels, errors) = channels::parse(&files);
    assert_eq!(errors, []);
    channels
}

impl House {
    pub async fn open() -> Self {
        Self::on(None).await
    }

    /// On PostgreSQL where a URL is given, else on SQLite.
    pub async fn on(database: Option<String>) -> Self {
        Self::with(database, shipped_channels()).await
    }

    pub async fn with(database: Option<String>, channels: Channels) -> Self {
        Self::set(database, channels, |_| ()).await
    }

    /// With other settings than a test mostly wants: nothing is throttled, since
    /// everybody here comes from one address.
    pub async fn set(
        database: Option<String>,
        channels: Channels,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        captured();
        let folder = TempDir::new().unwrap();
        let state = folder.path();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut settings = Settings {
            public_url: format!("http://{address}"),
            listen: address.to_string(),
            keys: state.join("keys"),
            channels: PathBuf::new(),
            outbox: state.join("outbox"),
            amqp_url: None,
            database_url: database
                .unwrap_or(format!("sqlite:{}", state.join("handoff.db").display())),
            staging: state.join("staged").display().to_string(),
            s3_endpoint: None,
            organisation: "Riverside Hospital".into(),
            failures_at_once: 0,
            ..Settings::defaults().unwrap()
        };
        change(&mut settings);
        let world = World::open(settings, channels, Clock::manual(now()))
            .await
            .unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(gateway::serve(Arc::clone(&world), listener, stop.clone()));
        let web = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            world,
            folder,
            web,
            stop,
        }
    }

    /// Stops, lets something be done to its folder, and starts again at another port.
    pub async fn again(self, meanwhile: impl FnOnce(&Path)) -> Self {
        self.stop.cancel();
        let settings = self.world.settings.clone();
        let clock = self.world.clock.clone();
        self.world.store.close().await;
        meanwhile(self.folder.path());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let listen = listener.local_addr().unwrap().to_string();
        let settings = Settings { listen, ..settings };
        let world = World::open(settings, shipped_channels(), clock)
            .await
            .unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(gateway::serve(Arc::clone(&world), listener, stop.clone()));
        Self {
            world,
            stop,
            ..self
        }
    }

    /// Where a link of an earlier start is answered now.
    pub fn url(&self, link: &str) -> String {
        let address = format!("http://{}", self.world.settings.listen);
        link.replacen(&self.world.settings.public_url, &address, 1)
    }

    /// Takes one event through every channel that wants it.
    pub async fn event(&self, body: &[u8]) -> Vec<Outcome> {
        let event = Incoming {
            body: body.into(),
            ..Incoming::default()
        };
        let walked = pipeline::walk(&self.world, &event, &self.world.channels)
            .await
            .unwrap();
        assert_eq!(walked.problems, []);
        walked.outcomes
    }

    /// One event that makes one new handoff: its id and its DocumentReference.
    pub async fn created(&self, body: &[u8]) -> (String, Value) {
        let mut outcomes = self.event(body).await;
        assert_eq!(outcomes.len(), 1);
        let outcome = outcomes.remove(0);
        let OutcomeKind::Created(reference) = outcome.kind else {
            panic!("not new: {:?}", outcome.kind)
        };
        (outcome.handoff.to_string(), reference)
    }

    /// The page of the first recipient.
    pub async fn page(&self, handoff: &str) -> String {
        let links = self
            .world
            .store
            .links_of(handoff, Face::People)
            .await
            .unwrap();
        self.url(&self.world.link_url(&links[0]).unwrap())
    }

    /// A browser that types what the page of a link shows: its cookie.
    pub async fn prove(&self, page: &str) -> String {
        let proven = self.type_digits(page).await;
        assert_eq!(proven.status(), 303, "the proof was not taken");
        super::cookie(&proven)
    }

    pub async fn type_digits(&self, page: &str) -> reqwest::Response {
        let token = page.rsplit('/').next().unwrap();
        let now = self.world.clock.now();
        let id = self.world.links.link_id(token, Face::People, now).unwrap();
        let digits = self.world.shown_digits(&id);
        self.form(page, &[("do", "prove"), ("digits", &digits)], None)
            .await
    }

    /// Sends a form as a browser does.
    pub async fn form(
        &self,
        url: &str,
        fields: &[(&str, &str)],
        cookie: Option<&str>,
    ) -> reqwest::Response {
        let fields: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", value.replace(' ', "+")))
            .collect();
        let mut request = self
            .web
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(fields.join("&"));
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        request.send().await.unwrap()
    }

    /// Presses a button as this browser.
    pub async fn press(&self, button: &str, cookie: &str) -> reqwest::Response {
        self.form(button, &[], Some(cookie)).await
    }

    /// Fetches as this browser, or a part of it.
    pub async fn fetch(&self, url: &str, cookie: &str, range: Option<&str>) -> reqwest::Response {
        let mut request = self.web.get(url).header("cookie", cookie);
        if let Some(range) = range {
            request = request.header("range", range);
        }
        request.send().await.unwrap()
    }

    pub async fn sweep(&self) -> sweeper::Swept {
        sweeper::sweep(&self.world).await.unwrap()
    }

    /// Sends everything that is due.
    pub async fn send_all(&self) {
        while outbox::send_due(&self.world).await.unwrap() > 0 {}
    }

    pub fn advance(&self, by: Duration) {
        self.world.clock.advance(by);
    }

    /// The words of the audit about a handoff, in order.
    pub async fn audit(&self, handoff: &str) -> Vec<String> {
        let entries = self.world.store.audit_of(handoff).await.unwrap();
        entries.into_iter().map(|entry| entry.kind).collect()
    }

    /// Waits until the audit of a handoff holds this kind, and gives its detail.
    pub async fn audited(&self, handoff: &str, kind: &str) -> String {
        super::eventually(&format!("an audit entry '{kind}'"), || async {
            let entries = self.world.store.audit_of(handoff).await.unwrap();
            entries
                .into_iter()
                .find(|entry| entry.kind == kind)
                .map(|entry| entry.detail)
        })
        .await
    }

    pub fn staged(&self) -> Vec<PathBuf> {
        super::bucket::files_below(&self.folder.path().join("staged"))
    }

    /// The end of a test: the ledger must add up.
    pub async fn leave(self) {
        assert_eq!(
            self.world.store.errands_waiting().await.unwrap(),
            0,
            "the outbox is not empty"
        );
        assert_eq!(
            self.world.store.verify_audit().await.unwrap().first_break,
            None,
            "the audit is broken"
        );
        self.stop.cancel();
    }
}

/// The URL of the n-th attachment.
pub fn attachment_url(reference: &Value, place: usize) -> String {
    reference["content"][place]["attachment"]["url"]
        .as_str()
        .expect("an attachment has a URL")
        .to_owned()
}

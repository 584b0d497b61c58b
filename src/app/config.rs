//! `handoff.yaml`, and `HANDOFF_…` variables that override it. With neither, a
//! working service on this machine alone.

use super::roles::{Role, Roles};
use super::yaml;
use crate::adapters::certificate::Certificate;
use crate::adapters::clock::Clock;
use crate::adapters::keyring::{KeyFolder, Keyring, RootKey};
use crate::domain::measures::Span;
use crate::domain::names::EmailAddress;
use crate::domain::retry::Steps;
use anyhow::{Context, ensure};
use ipnet::IpNet;
use serde::Deserialize;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What a person typed: every key is optional and has a variable of the same
/// name, `public-url` being `HANDOFF_PUBLIC_URL`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct SettingsFile {
    public_url: Option<String>,
    listen: Option<String>,
    state: Option<PathBuf>,
    keys: Option<PathBuf>,
    root_key_file: Option<PathBuf>,
    channels: Option<PathBuf>,
    outbox: Option<PathBuf>,
    amqp_url: Option<String>,
    database_url: Option<String>,
    staging: Option<String>,
    s3_endpoint: Option<String>,
    organisation: Option<String>,
    mail_from: Option<EmailAddress>,
    zone: Option<String>,
    fonts: Option<Vec<PathBuf>>,
    stage_lease: Option<Span>,
    send_lease: Option<Span>,
    sweep_every: Option<Span>,
    tls_certificate: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    trusted_proxies: Option<Vec<String>>,
    headers_within: Option<Span>,
    stall_after: Option<Span>,
    failures_at_once: Option<u32>,
    shl_viewer: Option<String>,
    retry_after: Option<Vec<Span>>,
    hold_for: Option<Span>,
    held_megabytes: Option<u32>,
    roles: Option<Vec<Role>>,
    stop_within: Option<Span>,
}

/// Settings that made sense.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The base of every link, without a slash at its end.
    pub public_url: String,
    pub listen: String,
    pub keys: PathBuf,
    /// What the key files are wrapped under; `HANDOFF_ROOT_KEY` wins over it.
    pub root_key_file: Option<PathBuf>,
    pub channels: PathBuf,
    /// Where notices go that no server takes: `.eml` and `.json` files.
    pub outbox: PathBuf,
    pub amqp_url: Option<String>,
    pub database_url: String,
    pub staging: String,
    pub s3_endpoint: Option<String>,
    /// The name that pages, packets and notices carry.
    pub organisation: String,
    pub mail_from: EmailAddress,
    /// For times that come without an offset.
    pub zone: jiff::tz::TimeZone,
    /// Font files or folders beside what is in the binary: Chinese, Japanese and
    /// Korean above all, `/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc`.
    pub fonts: Vec<PathBuf>,
    /// How long a packet may take from its reservation to its commit.
    pub stage_lease: Span,
    /// How long a sender may keep an outbox row before another takes it.
    pub send_lease: Span,
    pub sweep_every: Span,
    /// PEM files; with them the gateway speaks TLS.
    pub tls: Option<TlsFiles>,
    /// Networks whose word on a visitor's address is taken.
    pub trusted_proxies: Vec<IpNet>,
    /// What a visitor may take for a handshake and for a request's head.
    pub headers_within: Span,
    /// When an answer is cut that nobody takes.
    pub stall_after: Span,
    /// Failed visits of one address before it has to wait; zero: never.
    pub failures_at_once: u32,
    /// A page that opens SMART Health Links, ending in `#`: what follows never reaches
    /// its server.
    pub shl_viewer: Option<String>,
    /// How long an event that failed waits before it is tried again.
    pub retry_after: Steps,
    /// How long a delivery is held while the database is away, before all are given
    /// back; a tenth of that while only staging is.
    pub hold_for: Span,
    /// The most that bodies of all channels may take in memory before they are read.
    pub held_megabytes: u32,
    /// What this process does; any number of each may run beside it.
    pub roles: Roles,
    /// What is in work when it is told to stop is finished within this time, or
    /// handed back.
    pub stop_within: Span,
}

/// A chain, the server's own certificate first, and its private key.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// Every variable that means something to us.
const VARIABLES: [&str; 33] = [
    "HANDOFF_PUBLIC_URL",
    "HANDOFF_LISTEN",
    "HANDOFF_STATE",
    "HANDOFF_KEYS",
    "HANDOFF_ROOT_KEY",
    "HANDOFF_ROOT_KEY_FILE",
    "HANDOFF_CHANNELS",
    "HANDOFF_OUTBOX",
    "HANDOFF_AMQP_URL",
    "HANDOFF_DATABASE_URL",
    "HANDOFF_STAGING",
    "HANDOFF_S3_ENDPOINT",
    "HANDOFF_ORGANISATION",
    "HANDOFF_MAIL_FROM",
    "HANDOFF_ZONE",
    "HANDOFF_FONTS",
    "HANDOFF_STAGE_LEASE",
    "HANDOFF_SEND_LEASE",
    "HANDOFF_SWEEP_EVERY",
    "HANDOFF_TLS_CERTIFICATE",
    "HANDOFF_TLS_KEY",
    "HANDOFF_TRUSTED_PROXIES",
    "HANDOFF_HEADERS_WITHIN",
    "HANDOFF_STALL_AFTER",
    "HANDOFF_FAILURES_AT_ONCE",
    "HANDOFF_SHL_VIEWER",
    "HANDOFF_RETRY_AFTER",
    "HANDOFF_HOLD_FOR",
    "HANDOFF_HELD_MEGABYTES",
    "HANDOFF_ROLES",
    "HANDOFF_STOP_WITHIN",
    "HANDOFF_LOG",
    "HANDOFF_FAULT",
];

/// Variables that look like settings and are none. Those of the tests are left
/// alone.
fn misspelt(names: impl Iterator<Item = String>) -> impl Iterator<Item = String> {
    let of_tests = ["HANDOFF_CORPUS", "HANDOFF_LONG"];
    let tests = move |name: &str| name.starts_with("HANDOFF_TEST_") || of_tests.contains(&name);
    names.filter(move |name| {
        name.starts_with("HANDOFF_") && !tests(name) && !VARIABLES.contains(&name.as_str())
    })
}

impl Settings {
    /// From the file that is named, else from `handoff.yaml` here, else defaults.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let default = Path::new("handoff.yaml");
        let file = file.or_else(|| default.exists().then_some(default));
        let mut typed = match file {
            None => SettingsFile::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path);
                let text = text.with_context(|| format!("reading {}", path.display()))?;
                yaml::read(path, &text)?
            }
        };
        for name in misspelt(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok())) {
            eprintln!(
                "warning: {name} is not a setting; {}",
                yaml::suggest(&name, &VARIABLES)
            );
        }
        typed.override_from(|name| std::env::var(name).ok())?;
        typed.settle()
    }
}

impl Settings {
    /// The certificate to show, read now; `None` where a proxy shows its own.
    pub fn certificate(&self) -> anyhow::Result<Option<Certificate>> {
        let files = self.tls.as_ref();
        files
            .map(|files| Certificate::load(&files.certificate, &files.key))
            .transpose()
    }

    /// The keys, under their root key where one is given. Its value stands in no
    /// settings: it is read from its variable when it is needed, and wiped.
    pub fn keyring(&self, clock: &Clock) -> anyhow::Result<Keyring> {
        let value = std::env::var("HANDOFF_ROOT_KEY").map(Zeroizing::new);
        let root = match (value, &self.root_key_file) {
            (Ok(value), _) => Some(RootKey::parse(&value).context("HANDOFF_ROOT_KEY")?),
            (Err(_), Some(file)) => Some(RootKey::read(file)?),
            (Err(_), None) => None,
        };
        Keyring::open(KeyFolder::from(&self.keys).under(root), clock)
    }

    /// What holds where nothing was said.
    pub fn defaults() -> anyhow::Result<Self> {
        SettingsFile::default().settle()
    }
}

impl SettingsFile {
    fn override_from(&mut self, var: impl Fn(&str) -> Option<String>) -> anyhow::Result<()> {
        let text = |slot: &mut Option<String>, name| *slot = var(name).or(slot.take());
        text(&mut self.public_url, "HANDOFF_PUBLIC_URL");
        text(&mut self.listen, "HANDOFF_LISTEN");
        text(&mut self.amqp_url, "HANDOFF_AMQP_URL");
        text(&mut self.database_url, "HANDOFF_DATABASE_URL");
        text(&mut self.staging, "HANDOFF_STAGING");
        text(&mut self.s3_endpoint, "HANDOFF_S3_ENDPOINT");
        text(&mut self.organisation, "HANDOFF_ORGANISATION");
        text(&mut self.zone, "HANDOFF_ZONE");
        text(&mut self.shl_viewer, "HANDOFF_SHL_VIEWER");
        let path =
            |slot: &mut Option<PathBuf>, name| *slot = var(name).map(PathBuf::from).or(slot.take());
        path(&mut self.state, "HANDOFF_STATE");
        path(&mut self.keys, "HANDOFF_KEYS");
        path(&mut self.root_key_file, "HANDOFF_ROOT_KEY_FILE");
        path(&mut self.channels, "HANDOFF_CHANNELS");
        path(&mut self.outbox, "HANDOFF_OUTBOX");
        path(&mut self.tls_certificate, "HANDOFF_TLS_CERTIFICATE");
        path(&mut self.tls_key, "HANDOFF_TLS_KEY");
        // As PATH is written: several, with a colon between.
        let several = var("HANDOFF_FONTS").map(|text| std::env::split_paths(&text).collect());
        self.fonts = several.or(self.fonts.take());
        let span = |slot: &mut Option<Span>, name: &str| {
            let given = var(name).map(Span::try_from).transpose();
            *slot = given
                .map_err(|why| anyhow::anyhow!("{name}: {why}"))?
                .or(*slot);
            anyhow::Ok(())
        };
        span(&mut self.stage_lease, "HANDOFF_STAGE_LEASE")?;
        span(&mut self.send_lease, "HANDOFF_SEND_LEASE")?;
        span(&mut self.sweep_every, "HANDOFF_SWEEP_EVERY")?;
        span(&mut self.headers_within, "HANDOFF_HEADERS_WITHIN")?;
        span(&mut self.stall_after, "HANDOFF_STALL_AFTER")?;
        span(&mut self.hold_for, "HANDOFF_HOLD_FOR")?;
        if let Some(steps) = var("HANDOFF_RETRY_AFTER") {
            let steps = steps
                .split(',')
                .map(|step| Span::try_from(step.trim().to_owned()));
            let steps = steps.collect::<Result<_, _>>();
            self.retry_after =
                Some(steps.map_err(|why| anyhow::anyhow!("HANDOFF_RETRY_AFTER: {why}"))?);
        }
        if let Some(number) = var("HANDOFF_HELD_MEGABYTES") {
            let number = number.parse();
            self.held_megabytes = Some(number.context("HANDOFF_HELD_MEGABYTES: not a number")?);
        }
        span(&mut self.stop_within, "HANDOFF_STOP_WITHIN")?;
        if let Some(roles) = var("HANDOFF_ROLES") {
            self.roles = Some(Roles::read(&roles).context("HANDOFF_ROLES")?);
        }
        if let Some(networks) = var("HANDOFF_TRUSTED_PROXIES") {
            self.trusted_proxies = Some(networks.split(',').map(str::to_owned).collect());
        }
        if let Some(number) = var("HANDOFF_FAILURES_AT_ONCE") {
            let number = number.parse();
            self.failures_at_once = Some(number.context("HANDOFF_FAILURES_AT_ONCE: not a number")?);
        }
        if let Some(address) = var("HANDOFF_MAIL_FROM") {
            let address = EmailAddress::try_from(address);
            self.mail_from =
                Some(address.map_err(|why| anyhow::anyhow!("HANDOFF_MAIL_FROM: {why}"))?);
        }
        Ok(())
    }

    fn settle(self) -> anyhow::Result<Settings> {
        let state = self.state.unwrap_or_else(|| PathBuf::from(".handoff"));
        let listen = self.listen.unwrap_or_else(|| "127.0.0.1:8080".into());
        let tls = tls_files(self.tls_certificate, self.tls_key)?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let public_url = self
            .public_url
            .unwrap_or_else(|| format!("{scheme}://{listen}"));
        let public_url = public_url.trim_end_matches('/').to_owned();
        let is_web = public_url.starts_with("https://") || public_url.starts_with("http://");
        ensure!(
            is_web,
            "public-url must begin with https:// (or http:// on a closed network)"
        );
        let host = public_url.split_once("://").map_or("", |(_, host)| host);
        ensure!(
            !host.is_empty() && !host.contains(['/', '?', '#']),
            "public-url is a scheme and a host, without a path: links stand at its root"
        );
        let zone = match self.zone.as_deref() {
            None => jiff::tz::TimeZone::UTC,
            Some(name) => jiff::tz::TimeZone::get(name).with_context(|| {
                format!("zone: `{name}` is not a time zone; write it like Europe/Berlin")
            })?,
        };
        if let Some(viewer) = self.shl_viewer.as_deref() {
            let is_web = viewer.starts_with("https://") || viewer.starts_with("http://");
            ensure!(
                is_web && viewer.ends_with('#') && !viewer.contains(char::is_whitespace),
                "shl-viewer is the address of a page and ends in `#`: what opens a packet comes after that, and no server is told it"
            );
        }
        let database = format!("sqlite:{}", state.join("handoff.db").display());
        let staging = state.join("staged").display().to_string();
        let mail_from = EmailAddress::try_from("handoff@localhost.localdomain".to_owned());
        Ok(Settings {
            public_url,
            listen,
            keys: self.keys.unwrap_or_else(|| state.join("keys")),
            root_key_file: self.root_key_file,
            channels: self.channels.unwrap_or_else(|| PathBuf::from("channels")),
            outbox: self.outbox.unwrap_or_else(|| state.join("outbox")),
            amqp_url: self.amqp_url,
            database_url: self.database_url.unwrap_or(database),
            staging: self.staging.unwrap_or(staging),
            s3_endpoint: self.s3_endpoint,
            organisation: self.organisation.unwrap_or_else(|| "Handoff".into()),
            mail_from: self
                .mail_from
                .map_or(mail_from, Ok)
                .map_err(anyhow::Error::msg)?,
            zone,
            fonts: self.fonts.unwrap_or_default(),
            // A packet is staged in well under a second; ten minutes let a
            // slow bucket recover.
            stage_lease: self.stage_lease.unwrap_or(Span::seconds(600)),
            // Longer than a publish may wait for its connection and its confirm.
            send_lease: self.send_lease.unwrap_or(Span::seconds(60)),
            sweep_every: self.sweep_every.unwrap_or(Span::seconds(30)),
            tls,
            trusted_proxies: networks(self.trusted_proxies.unwrap_or_default())?,
            // Apache's `RequestReadTimeout header=20` (mod_reqtimeout).
            headers_within: self.headers_within.unwrap_or(Span::seconds(20)),
            // A phone out of coverage in a lift or a tunnel comes back sooner.
            stall_after: self.stall_after.unwrap_or(Span::seconds(300)),
            failures_at_once: self.failures_at_once.unwrap_or(20),
            shl_viewer: self.shl_viewer,
            retry_after: steps(self.retry_after)?,
            // A third of RabbitMQ's own patience with a consumer (`consumer_timeout`, 30
            // minutes): what is walked after that has time enough.
            hold_for: self.hold_for.unwrap_or(Span::seconds(600)),
            // Four of the largest bodies that are read.
            held_megabytes: self.held_megabytes.unwrap_or(256).max(1),
            roles: self.roles.map_or_else(|| Ok(Roles::all()), Roles::of)?,
            // Kubernetes kills what has not ended 30 s after it was asked to.
            stop_within: self.stop_within.unwrap_or(Span::seconds(25)),
        })
    }
}

fn steps(typed: Option<Vec<Span>>) -> anyhow::Result<Steps> {
    let Some(typed) = typed else {
        return Ok(Steps::default());
    };
    Steps::try_from(typed).map_err(|why| anyhow::anyhow!("retry-after: {why}"))
}

fn tls_files(
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
) -> anyhow::Result<Option<TlsFiles>> {
    match (certificate, key) {
        (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate, key })),
        (None, None) => Ok(None),
        (Some(_), None) => anyhow::bail!("tls-certificate needs tls-key beside it"),
        (None, Some(_)) => anyhow::bail!("tls-key needs tls-certificate beside it"),
    }
}

/// `10.0.0.0/8`, or one address.
fn networks(typed: Vec<String>) -> anyhow::Result<Vec<IpNet>> {
    let one = |text: String| {
        let text = text.trim();
        let network = text.parse::<IpNet>().ok();
        let network = network.or_else(|| Some(text.parse::<IpAddr>().ok()?.into()));
        let network = network.with_context(|| {
            format!("trusted-proxies: `{text}` is no network; write it like 10.1.2.0/24")
        })?;
        ensure!(
            network.prefix_len() > 0,
            "trusted-proxies: `{text}` is everybody; anyone could name any address"
        );
        Ok(network)
    };
    typed.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests;

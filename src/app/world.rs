//! Every adapter in one place: what a running Handoff holds.

use super::bounds::Bounds;
use super::brands::Brands;
use super::channels::Channels;
use super::codes;
use super::config::Settings;
use super::hush::Hush;
use super::turns::Turns;
use super::{epochs, readiness};
use crate::adapters::amqp::Publisher;
use crate::adapters::clock::Clock;
use crate::adapters::keyring::Keyring;
use crate::adapters::ledger::Ledger;
use crate::adapters::mailbox::Mailbox;
use crate::adapters::sql::Store;
use crate::adapters::staging::Staging;
use crate::adapters::tokens::Signer;
use crate::domain::ids::LinkId;
use crate::domain::link::Link;
use crate::domain::sensitive::CodeMap;
use crate::domain::shl::LONGEST_PUBLIC_URL;
use crate::domain::verify::{self, SmartHealthLink};
use crate::formats::pdf::Fonts;
use anyhow::{Context, bail};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tokio::sync::Notify;

pub struct World {
    pub settings: Settings,
    pub channels: Channels,
    pub clock: Clock,
    pub keys: Keyring,
    pub links: Signer,
    pub access: Signer,
    pub receipts: Signer,
    pub store: Store,
    /// What was erased, for a database that has forgotten it.
    pub ledger: Ledger,
    pub staging: Staging,
    /// `None`: no broker is configured, events come by HTTP.
    pub broker: Option<Publisher>,
    pub mailbox: Mailbox,
    pub fonts: Fonts,
    pub brands: Brands,
    /// What is sensitive where nobody labelled it.
    pub codes: CodeMap,
    /// Wakes the outbox when something was written to it.
    pub errands: Notify,
    /// The last that was sent by the broker did not reach it.
    pub broker_away: AtomicBool,
    /// Events of one visit, one after the other.
    pub turns: Turns,
    /// What all channels share.
    pub bounds: Bounds,
    /// What many messages have in common is said once in a while.
    pub hush: Hush,
}

impl World {
    pub async fn open(
        settings: Settings,
        channels: Channels,
        clock: Clock,
    ) -> anyhow::Result<Arc<Self>> {
        ensure_shl_fits(&settings, &channels)?;
        let ledger = Ledger::beside(&settings.keys);
        if let Some(path) = settings.database_url.strip_prefix("sqlite:") {
            make_parent(Path::new(path.trim_start_matches("//")))?;
        }
        let staging = Staging::connect(&settings.staging, settings.s3_endpoint.as_deref()).await?;
        let store = Store::connect(&settings.database_url).await?;
        let clock = readiness::agree(clock, &store).await?;
        let keys = settings.keyring(&clock)?;
        epochs::replay(&store, &ledger, clock.now()).await?;
        let sender = settings.mail_from.as_str();
        Ok(Arc::new(Self {
            links: Signer::new(&keys.links, &settings.public_url)?,
            access: Signer::new(&keys.access, &settings.public_url)?,
            receipts: Signer::new(&keys.receipts, &settings.public_url)?,
            store,
            ledger,
            staging,
            broker: settings
                .amqp_url
                .as_deref()
                .map(Publisher::new)
                .transpose()?,
            mailbox: Mailbox::open(settings.outbox.clone(), &settings.organisation, sender)?,
            fonts: fonts_for(&settings, &channels)?,
            brands: Brands::load(&settings.channels)?.for_all(&channels)?,
            codes: codes::load(&settings.channels)?,
            errands: Notify::new(),
            broker_away: AtomicBool::new(false),
            turns: Turns::default(),
            bounds: Bounds::new(&settings, &channels),
            hush: Hush::default(),
            channels,
            clock,
            keys,
            settings,
        }))
    }

    /// The address a person or a system is given. Signed anew each time: the
    /// store keeps no token.
    pub fn link_url(&self, link: &Link) -> anyhow::Result<String> {
        let token = self.links.link_token(link)?;
        Ok(format!(
            "{}/{}/{token}",
            self.settings.public_url,
            link.face.audience()
        ))
    }

    /// The four digits that a link's page shows where nothing else is asked: typing
    /// them is the deliberate act that a mail scanner does not do.
    pub fn shown_digits(&self, link: &LinkId) -> String {
        let hash = self.keys.index(&["digits".into(), link.to_string()]);
        verify::shown_digits(&hash)
    }

    pub fn local(&self, at: jiff::Timestamp) -> jiff::ZonedDateTime {
        at.to_zoned_datetime(self.settings.zone.clone())
    }
}

/// No channel starts whose readers would get code points for letters.
fn fonts_for(settings: &Settings, channels: &Channels) -> anyhow::Result<Fonts> {
    let fonts = super::fonts::load(&settings.fonts)?;
    for channel in channels {
        let covered = super::fonts::cover(&fonts, channel);
        covered.map_err(|why| anyhow::anyhow!("the channel {}: {why}", channel.name()))?;
    }
    Ok(fonts)
}

/// A SMART Health Link's address may have 128 characters, and some hosts have names
/// that leave too few for its id.
fn ensure_shl_fits(settings: &Settings, channels: &Channels) -> anyhow::Result<()> {
    let length = settings.public_url.len();
    let offering = channels
        .iter()
        .find(|channel| channel.link.smart_health_link != SmartHealthLink::Off);
    match offering {
        Some(channel) if length > LONGEST_PUBLIC_URL => bail!(
            "the channel {} offers SMART Health Links: public-url may have {LONGEST_PUBLIC_URL} characters then, and has {length}",
            channel.name()
        ),
        _ => Ok(()),
    }
}

fn make_parent(file: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let Some(parent) = file
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    else {
        return Ok(());
    };
    let made = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(parent);
    made.with_context(|| format!("making the folder {}", parent.display()))
}

//! `handoff keys`: what there is, and rotation while everything goes on.

use super::say;
use crate::adapters::clock::Clock;
use crate::adapters::keyring::{Keyring, PUBLISHED, SigningKeys, in_use};
use crate::app::config::Settings;
use crate::app::keys;
use anyhow::bail;
use clap::{Subcommand, ValueEnum};
use std::process::ExitCode;

#[derive(Subcommand)]
pub(super) enum Keys {
    /// List the keys by name, and which of each kind is in use. No key is shown.
    List,
    /// Make a new key of a kind, and let it take over.
    #[command(
        long_about = "Makes a new key of a kind, and lets it take over while everything goes on.\n\n\
sealing: everything that is sealed under older keys is put under the new one; downloads that run are not \
disturbed. With --destroy-old the older keys are destroyed at once instead of when their day is over: what \
somebody copied of them opens nothing that is copied from now on.\n\n\
links, access, receipts: the new key signs a minute later, when every process has found it. What older ones \
signed stays good: a links key is destroyed by itself when its last link has ended, an access key when you \
retire it."
    )]
    Rotate {
        kind: Kind,
        /// Destroy older sealing keys as soon as nothing is sealed under them.
        #[arg(long)]
        destroy_old: bool,
    },
    /// Destroy an older access key: every access token that it signed is refused from now on.
    Retire {
        /// Its name, as `list` shows it.
        id: String,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// Wraps the keys of packets and records.
    Sealing,
    /// Signs links.
    Links,
    /// Signs access tokens of the API.
    Access,
    /// Signs deletion receipts.
    Receipts,
}

impl Keys {
    pub(super) async fn run(&self, settings: Settings) -> anyhow::Result<ExitCode> {
        match self {
            Self::List => list(&keyring(&settings)?)?,
            Self::Rotate {
                kind: Kind::Sealing,
                destroy_old,
            } => rotate_sealing(settings, *destroy_old).await?,
            Self::Rotate {
                destroy_old: true, ..
            } => bail!("--destroy-old is for sealing keys; see `handoff keys retire`"),
            Self::Rotate { kind, .. } => rotate(&settings, *kind)?,
            Self::Retire { id } => retire(&keyring(&settings)?, id)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn keyring(settings: &Settings) -> anyhow::Result<Keyring> {
    settings.keyring(&Clock::System)
}

fn list(keyring: &Keyring) -> anyhow::Result<()> {
    let current = keyring.current_epoch()?;
    for epoch in keyring.all_epochs()? {
        let state = match epoch == current {
            true => "in use",
            false => "opens what was sealed under it",
        };
        say(format_args!("{epoch}  {state}"));
    }
    for (kind, _) in signing(keyring) {
        let keys = kind.read()?;
        let current = in_use(&keys).map(|key| key.id.clone());
        for key in &keys {
            let state = match current.as_ref() {
                Some(current) if *current == key.id => "in use",
                Some(current) if *current < key.id => "signs in a minute",
                _ => "verifies what it signed",
            };
            say(format_args!("{}  {state}", key.id));
        }
    }
    Ok(())
}

fn signing(keyring: &Keyring) -> [(&SigningKeys, Kind); 3] {
    [
        (&keyring.links, Kind::Links),
        (&keyring.access, Kind::Access),
        (&keyring.receipts, Kind::Receipts),
    ]
}

async fn rotate_sealing(settings: Settings, destroy_old: bool) -> anyhow::Result<()> {
    let world = super::operating(settings).await?;
    let told = |done: usize| eprintln!("{done} rewrapped …");
    let rotated = keys::rotate_sealing(&world, told).await?;
    say(format_args!(
        "{} is in use; {} sealed things were put under it",
        rotated.epoch, rotated.rewrapped
    ));
    if !destroy_old {
        say("Older keys are destroyed by the sweep when their day is over.");
        return Ok(());
    }
    let lease = world.settings.stage_lease.duration();
    eprintln!(
        "waiting {} s for what is being staged, then older keys are destroyed …",
        lease.as_secs()
    );
    for epoch in keys::destroy_older(&world, &rotated).await? {
        say(format_args!("{epoch} is destroyed"));
    }
    Ok(())
}

fn rotate(settings: &Settings, kind: Kind) -> anyhow::Result<()> {
    let keyring = keyring(settings)?;
    for (keys, _) in signing(&keyring).into_iter().filter(|(_, of)| *of == kind) {
        let id = keys.add(Clock::System.now())?;
        say(format_args!("{id} signs in {} s", PUBLISHED.as_secs()));
    }
    Ok(())
}

fn retire(keyring: &Keyring, id: &str) -> anyhow::Result<()> {
    if !id.starts_with("access-") {
        bail!(
            "only access keys are retired by hand: links keys go with their last link, sealing keys with what is sealed under them, and receipts are verified for good"
        );
    }
    keyring.access.retire(id)?;
    say(format_args!(
        "{id} is destroyed; access tokens that it signed are refused within seconds"
    ));
    Ok(())
}

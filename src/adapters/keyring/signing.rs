//! The keys that sign, of one kind: links, access tokens or receipts. The folder is
//! the truth: what another process adds is found there, and used once everyone has
//! had time to find it.

use super::files::{KeyFolder, is_wiped};
use crate::adapters::clock::chance;
use anyhow::{Context, ensure};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::Ed25519KeyPair;
use std::time::{Duration, SystemTime};
use zeroize::Zeroizing;

/// How often whoever signs or verifies looks into the folder again.
pub const LOOK_EVERY: Duration = Duration::from_secs(10);
/// A new key signs nothing before every process can verify by it: several looks.
pub const PUBLISHED: Duration = Duration::from_secs(60);

/// An Ed25519 key pair with the name (`kid`) that its tokens carry.
pub struct SigningKey {
    pub id: String,
    pub pkcs8: Zeroizing<Vec<u8>>,
    /// When its file was written.
    pub made: SystemTime,
}

#[derive(Clone)]
pub struct SigningKeys {
    folder: KeyFolder,
    kind: &'static str,
}

impl SigningKeys {
    /// Makes the first key where there is none.
    pub(super) fn open(
        folder: &KeyFolder,
        kind: &'static str,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Self> {
        let name = || {
            format!(
                "{}{}",
                day(kind, now),
                tail(u32::from_be_bytes(chance()) >> 1)
            )
        };
        folder.first(kind, name, new_pair)?;
        let keys = Self {
            folder: folder.clone(),
            kind,
        };
        // One that cannot be used is told at the start.
        keys.read()?;
        Ok(keys)
    }

    /// By name: the newest comes last.
    pub fn read(&self) -> anyhow::Result<Vec<SigningKey>> {
        let mut keys = Vec::new();
        for path in self.folder.list(self.kind)? {
            // Retired in this moment, by another process.
            if is_wiped(&path)? {
                continue;
            }
            let made = std::fs::metadata(&path)?.modified()?;
            let (id, pkcs8) = self.folder.read(&path)?;
            keys.push(SigningKey { id, pkcs8, made });
        }
        Ok(keys)
    }

    /// Adds a key that comes after all that are there. Those before it go on
    /// verifying what they signed.
    pub fn add(&self, now: jiff::Timestamp) -> anyhow::Result<String> {
        let prefix = day(self.kind, now);
        let keys = self.read()?;
        let last = keys.last().map(|key| key.id.as_str()).unwrap_or_default();
        ensure!(
            last < format!("{prefix}~").as_str(),
            "the key {last} is newer than this machine's clock"
        );
        let next = last
            .strip_prefix(&prefix)
            .and_then(|tail| u32::from_str_radix(tail, 16).ok())
            .map_or(0, |last| last.saturating_add(1));
        let name = format!("{prefix}{}", tail(next));
        self.folder.write_once(&name, &new_pair()?)?;
        Ok(name)
    }

    /// Destroys one: whatever it signed is worth nothing from now on. Other processes
    /// know at their next look.
    pub fn retire(&self, id: &str) -> anyhow::Result<()> {
        let keys = self.read()?;
        let known = keys.iter().any(|key| key.id == id);
        ensure!(known, "there is no key {id} in the key folder");
        ensure!(
            keys.last().is_some_and(|last| last.id != id),
            "{id} is the newest of its kind: rotate first, and retire it when the new one is in use"
        );
        self.folder.destroy(id)
    }
}

/// Which of them signs: the newest that everyone has had time to find.
pub fn in_use(keys: &[SigningKey]) -> Option<&SigningKey> {
    let published = |key: &&SigningKey| key.made.elapsed().is_ok_and(|age| age >= PUBLISHED);
    keys.iter().rev().find(published).or(keys.first())
}

fn day(kind: &str, now: jiff::Timestamp) -> String {
    format!("{kind}-{}-", now.strftime("%Y%m%d"))
}

fn tail(number: u32) -> String {
    format!("{number:08x}")
}

fn new_pair() -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let pair = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).context("making a key")?;
    Ok(Zeroizing::new(pair.as_ref().to_vec()))
}

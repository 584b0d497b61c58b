//! Epochs of the keys that wrap data keys: one for each day (UTC), or more where a day's
//! key was rotated. An epoch's key is
//! destroyed when nothing is wrapped under it any more, and whatever an old backup
//! holds of that day is noise from then on.

use super::files::{self, KeyFolder};
use super::signing::LOOK_EVERY;
use crate::adapters::clock::{Clock, chance};
use anyhow::{Context, ensure};
use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;
use zeroize::Zeroizing;

/// The kind of file it is.
const KIND: &str = "sealing";

/// The length of an epoch's name, `sealing-20261123-00000000`: the database finds
/// by it what is wrapped under one (migration 0006).
pub const EPOCH_NAME: usize = 25;

/// One epoch's key. The cipher is set up for each use: so the bytes lie in one
/// place, which is wiped.
pub(super) struct Epoch {
    pub id: String,
    bytes: Zeroizing<Vec<u8>>,
}

impl Epoch {
    pub fn cipher(&self) -> anyhow::Result<LessSafeKey> {
        let key = UnboundKey::new(&AES_256_GCM, &self.bytes);
        let key =
            key.map_err(|_| anyhow::anyhow!("{}.key does not hold a 256-bit key", self.id))?;
        Ok(LessSafeKey::new(key))
    }
}

pub(super) struct Epochs {
    folder: KeyFolder,
    clock: Clock,
    known: RwLock<BTreeMap<String, Arc<Epoch>>>,
    /// When the folder was last looked at for keys that others have made.
    looked: Mutex<Instant>,
}

impl Epochs {
    pub fn open(folder: &KeyFolder, clock: Clock) -> anyhow::Result<Self> {
        let epochs = Self {
            folder: folder.clone(),
            clock,
            known: RwLock::default(),
            looked: Mutex::new(Instant::now()),
        };
        for path in folder.list(KIND)? {
            // Half destroyed, by a crash or another process: the sweeper ends it.
            if !files::is_wiped(&path)? {
                epochs.take(&path)?;
            }
        }
        Ok(epochs)
    }

    /// The newest key of today, made where nobody has made one yet.
    pub fn current(&self) -> anyhow::Result<Arc<Epoch>> {
        let prefix = self.today();
        let known = self.newest(&prefix);
        if let Some(known) = known.filter(|_| !self.may_look()) {
            return Ok(known);
        }
        for path in self.folder.list(KIND)? {
            let id = path.file_stem().unwrap_or_default().to_string_lossy();
            let new = id.starts_with(&prefix) && !self.read().contains_key(&*id);
            if new && !files::is_wiped(&path)? {
                self.take(&path)?;
            }
        }
        match self.newest(&prefix) {
            Some(known) => Ok(known),
            // One name for a day's first, so that of two processes one makes the key.
            None => self.make(&format!("{prefix}00000000")),
        }
    }

    /// A new key for the rest of the day.
    pub fn begin(&self) -> anyhow::Result<Arc<Epoch>> {
        let prefix = self.today();
        let last = self.current()?;
        let last = last.id.strip_prefix(&prefix);
        let last = last.and_then(|number| u32::from_str_radix(number, 16).ok());
        let next = last.context("today's key has no number")?.saturating_add(1);
        self.make(&format!("{prefix}{next:08x}"))
    }

    fn make(&self, name: &str) -> anyhow::Result<Arc<Epoch>> {
        if !self.path(name).exists() {
            let bytes = Zeroizing::new(chance::<32>());
            self.folder.write_once(name, &bytes[..])?;
        }
        self.take(&self.path(name))
    }

    fn today(&self) -> String {
        let today = self.clock.now().to_zoned_datetime(TimeZone::UTC).date();
        format!("{KIND}-{}-", today.strftime("%Y%m%d"))
    }

    /// Whether it is time to see what other processes have made; by one at a time.
    fn may_look(&self) -> bool {
        let Ok(mut looked) = self.looked.try_lock() else {
            return false;
        };
        let due = looked.elapsed() >= LOOK_EVERY;
        if due {
            *looked = Instant::now();
        }
        due
    }

    /// An epoch by its name: also one that another process made since we started.
    pub fn of(&self, id: &str) -> anyhow::Result<Arc<Epoch>> {
        let known = self.read().get(id).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let plain = id.len() == EPOCH_NAME && day_of(id).is_some();
        ensure!(plain, "a wrapped key names no epoch");
        let path = self.path(id);
        ensure!(
            path.exists(),
            "the key file {id}.key is not in the key folder: it was destroyed when its last packet had ended, or is missing"
        );
        self.take(&path)
    }

    /// The name of every key in the folder, the oldest first.
    pub fn all(&self) -> anyhow::Result<Vec<String>> {
        let stem = |path: PathBuf| {
            path.file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        };
        Ok(self.folder.list(KIND)?.into_iter().map(stem).collect())
    }

    /// Epochs whose day was over this long ago. Keys that other processes have
    /// destroyed are forgotten on the way.
    pub fn over(&self, since: jiff::SignedDuration) -> anyhow::Result<Vec<String>> {
        let mut over = Vec::new();
        let mut there = Vec::new();
        for id in self.all()? {
            let ended = ended_at(&id).map(|end| end + since);
            if ended.is_some_and(|ended| ended <= self.clock.now()) {
                over.push(id.clone());
            }
            there.push(id);
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|id, _| there.contains(id));
        Ok(over)
    }

    pub fn has(&self, id: &str) -> bool {
        self.path(id).exists()
    }

    pub fn destroy(&self, id: &str) -> anyhow::Result<()> {
        self.folder.destroy(id)?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.remove(id);
        Ok(())
    }

    fn newest(&self, prefix: &str) -> Option<Arc<Epoch>> {
        let known = self.read();
        let mut of_day = known.range(prefix.to_owned()..format!("{prefix}~"));
        of_day.next_back().map(|(_, epoch)| Arc::clone(epoch))
    }

    fn take(&self, path: &Path) -> anyhow::Result<Arc<Epoch>> {
        let (id, bytes) = self.folder.read(path)?;
        let epoch = Arc::new(Epoch {
            id: id.clone(),
            bytes,
        });
        epoch.cipher()?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(known.entry(id).or_insert(epoch)))
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<String, Arc<Epoch>>> {
        // Whoever panicked in between left a map that is whole.
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, id: &str) -> PathBuf {
        self.folder.path().join(format!("{id}.key"))
    }
}

/// The day in an epoch's name.
fn day_of(id: &str) -> Option<Date> {
    let day = id.strip_prefix(KIND)?.strip_prefix('-')?.get(..8)?;
    Date::strptime("%Y%m%d", day).ok()
}

/// When an epoch's day was over.
pub fn ended_at(id: &str) -> Option<jiff::Timestamp> {
    end_of(day_of(id)?)
}

fn end_of(day: Date) -> Option<jiff::Timestamp> {
    let next = day.tomorrow().ok()?;
    let midnight = next.to_zoned_datetime(TimeZone::UTC).ok()?;
    Some(midnight.timestamp())
}

/// The epoch under which something is wrapped or sealed.
pub fn epoch_of(wrapped: &str) -> Option<&str> {
    let id = wrapped.split('.').nth(1)?;
    day_of(id).map(|_| id)
}

/// Whether it is there for others to read, said with what to do about it.
pub(super) fn all_private(folder: &Path) -> anyhow::Result<usize> {
    files::ensure_private(folder)?;
    let mut looked = 0;
    for entry in std::fs::read_dir(folder).context("reading the key folder")? {
        files::ensure_private(&entry?.path())?;
        looked += 1;
    }
    Ok(looked)
}

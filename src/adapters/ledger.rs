//! The erasure ledger: what was erased, written down beside the keys before the
//! database says so. A database that is restored from a backup knows nothing of
//! what was erased since; the ledger does. One file for each epoch, append-only, gone
//! with the epoch's key; an empty one says for a while that the epoch has ended.

use anyhow::Context;
use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Something whose key is gone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Erased {
    /// A staged object, by its key.
    Object(String),
    /// The sealed records of a handoff, by its id.
    Records(String),
    /// One remembered message of a visit, by its id and the mark of the very record.
    Memory(String),
    /// A link that ended alone, while what it led to lives on for others.
    Link(String),
    /// An event that waited its turn: the same.
    Waiting(String),
    /// A dead letter, by its id and how often it had been parked.
    DeadLetter(String),
}

/// What the ledger says about one epoch.
#[derive(Debug)]
pub struct Page {
    pub epoch: String,
    pub erased: Vec<Erased>,
    /// Where it ends: whoever has taken this in goes on from there.
    pub until: u64,
}

#[derive(Debug, Clone)]
pub struct Ledger {
    folder: PathBuf,
}

impl Ledger {
    /// In the key folder.
    pub fn beside(keys: &Path) -> Self {
        Self {
            folder: keys.to_owned(),
        }
    }

    /// Writes it down, each under the epoch that sealed it. On the disk when this
    /// returns.
    pub async fn append(
        &self,
        erased: Vec<(String, Erased)>,
        now: jiff::Timestamp,
    ) -> anyhow::Result<()> {
        if erased.is_empty() {
            return Ok(());
        }
        let ledger = self.clone();
        let written = tokio::task::spawn_blocking(move || ledger.write(&erased, now)).await;
        written
            .context("writing the erasure ledger")?
            .context("writing the erasure ledger")
    }

    fn write(&self, erased: &[(String, Erased)], now: jiff::Timestamp) -> anyhow::Result<()> {
        let mut pages: BTreeMap<&str, String> = BTreeMap::new();
        for (epoch, erased) in erased {
            let (kind, name) = match erased {
                Erased::Object(key) => ("object", key),
                Erased::Records(handoff) => ("records", handoff),
                Erased::Memory(id) => ("memory", id),
                Erased::Link(id) => ("link", id),
                Erased::Waiting(id) => ("waiting", id),
                Erased::DeadLetter(name) => ("dead-letter", name),
            };
            // A line that a crash cut short must not swallow the next one.
            let page = pages.entry(epoch).or_insert_with(|| "\n".into());
            page.push_str(&format!("{kind} {name} {}\n", now.as_millisecond()));
        }
        for (epoch, lines) in pages {
            let path = self.path(epoch);
            let is_new = !path.exists();
            let mut file = fs::OpenOptions::new()
                .append(true)
                .create(true)
                .mode(0o600)
                .open(&path)?;
            file.write_all(lines.as_bytes())?;
            file.sync_data()?;
            if is_new {
                fs::File::open(&self.folder)?.sync_all()?;
            }
        }
        Ok(())
    }

    /// The epochs that have a page.
    pub fn epochs(&self) -> anyhow::Result<Vec<String>> {
        self.named(SUFFIX)
    }

    /// The epochs of which nothing may be left, in any copy of the database.
    pub fn ended(&self) -> anyhow::Result<Vec<String>> {
        self.named(ENDED)
    }

    fn named(&self, suffix: &str) -> anyhow::Result<Vec<String>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder).context("reading the key folder")? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            found.extend(name.strip_suffix(suffix).map(str::to_owned));
        }
        found.sort();
        Ok(found)
    }

    /// Says that an epoch is over, before its key is destroyed: what a database that
    /// is put back still has of it is erased, and not taken for something to serve.
    pub fn end(&self, epoch: &str) -> anyhow::Result<()> {
        let path = self.folder.join(format!("{epoch}{ENDED}"));
        let file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("writing {}", path.display()))?;
        file.sync_all()?;
        Ok(fs::File::open(&self.folder)?.sync_all()?)
    }

    /// Nobody asks for what is this old: no link lives so long.
    pub fn forget_end(&self, epoch: &str) -> anyhow::Result<()> {
        remove(&self.folder.join(format!("{epoch}{ENDED}")))
    }

    /// What stands on an epoch's page from a place on.
    pub fn page(&self, epoch: &str, from: u64) -> anyhow::Result<Page> {
        let path = self.path(epoch);
        let mut text = String::new();
        let mut file = fs::File::open(&path)?;
        // A page that is shorter than what was taken in is another one: all of it.
        let from = if from > file.metadata()?.len() {
            0
        } else {
            from
        };
        file.seek(SeekFrom::Start(from))?;
        file.read_to_string(&mut text)
            .with_context(|| format!("reading {}", path.display()))?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        Ok(Page {
            epoch: epoch.to_owned(),
            erased: text[..whole].lines().filter_map(line).collect(),
            until: from + whole as u64,
        })
    }

    /// The epoch's key is destroyed: there is nothing left that its lines guard.
    pub fn close(&self, epoch: &str) -> anyhow::Result<()> {
        remove(&self.path(epoch))
    }

    fn path(&self, epoch: &str) -> PathBuf {
        self.folder.join(format!("{epoch}{SUFFIX}"))
    }
}

const SUFFIX: &str = ".erased";
const ENDED: &str = ".ended";

fn remove(path: &Path) -> anyhow::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other.context("removing a page of the erasure ledger"),
    }
}

/// A line that was cut short says nothing; what it was about is erased again.
fn line(text: &str) -> Option<Erased> {
    let mut words = text.split(' ');
    let (kind, name) = (words.next()?, words.next()?.to_owned());
    words.next()?.parse::<i64>().ok()?;
    match kind {
        "object" => Some(Erased::Object(name)),
        "records" => Some(Erased::Records(name)),
        "memory" => Some(Erased::Memory(name)),
        "link" => Some(Erased::Link(name)),
        "waiting" => Some(Erased::Waiting(name)),
        "dead-letter" => Some(Erased::DeadLetter(name)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const EPOCH: &str = "sealing-20261123-00000000";

    fn object(name: &str) -> (String, Erased) {
        (EPOCH.into(), Erased::Object(name.into()))
    }

    #[test]
    fn what_was_written_down_is_read_back_from_any_place() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::beside(folder.path());
        let now = jiff::Timestamp::UNIX_EPOCH;
        ledger.write(&[object("a"), object("b")], now).unwrap();
        let first = ledger.page(EPOCH, 0).unwrap();
        assert_eq!(first.erased, [object("a").1, object("b").1]);
        let more = [(EPOCH.into(), Erased::Records("h".into()))];
        ledger.write(&more, now).unwrap();
        let rest = ledger.page(EPOCH, first.until).unwrap();
        assert_eq!(rest.erased, [Erased::Records("h".into())]);
        assert_eq!(ledger.epochs().unwrap(), [EPOCH]);
        let mode = fs::metadata(ledger.path(EPOCH)).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
        ledger.close(EPOCH).unwrap();
        assert!(ledger.epochs().unwrap().is_empty());
    }

    #[test]
    fn a_line_that_was_cut_short_costs_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::beside(folder.path());
        let now = jiff::Timestamp::UNIX_EPOCH;
        ledger.write(&[object("a")], now).unwrap();
        let mut file = fs::OpenOptions::new()
            .append(true)
            .open(ledger.path(EPOCH))
            .unwrap();
        file.write_all(b"\nobject c").unwrap();
        assert_eq!(ledger.page(EPOCH, 0).unwrap().erased, [object("a").1]);
        ledger.write(&[object("b")], now).unwrap();
        let all = ledger.page(EPOCH, 0).unwrap().erased;
        assert_eq!(all, [object("a").1, object("b").1]);
    }
}

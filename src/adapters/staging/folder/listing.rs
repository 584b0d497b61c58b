//! A walk through the folder, in a thread of its own: it waits for whoever listens.

use super::Folder;
use crate::adapters::staging::listing::{Draft, Found, Listing, Unfinished};
use crate::domain::ids::ObjectKey;
use anyhow::Context;
use futures_util::StreamExt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;

/// Entries on their way to the listener.
const AHEAD: usize = 256;

impl Folder {
    pub async fn exists(&self, key: &ObjectKey) -> anyhow::Result<bool> {
        Ok(tokio::fs::try_exists(self.path(key)).await?)
    }
}

pub(in crate::adapters::staging) fn list(folder: &Folder) -> Listing {
    let (tx, rx) = mpsc::channel(AHEAD);
    let root = folder.root.clone();
    tokio::task::spawn_blocking(move || {
        if let Err(error) = walk(&root, &root, &tx) {
            // A listener that is gone wants no more.
            let _ = tx.blocking_send(Err(error));
        }
    });
    futures_util::stream::unfold(rx, |mut rx| async { Some((rx.recv().await?, rx)) }).boxed()
}

pub(in crate::adapters::staging) async fn remove(path: &Path) -> anyhow::Result<()> {
    match tokio::fs::remove_file(path).await {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => Ok(other?),
    }
}

type Listener = mpsc::Sender<anyhow::Result<Found>>;

/// What vanishes while we walk was not ours to see. No link is followed.
fn walk(root: &Path, folder: &Path, tx: &Listener) -> anyhow::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        other => other.with_context(|| format!("reading {}", folder.display()))?,
    };
    for entry in entries {
        let entry = entry?;
        let Ok(about) = entry.metadata() else {
            continue;
        };
        let path = entry.path();
        if about.is_dir() {
            walk(root, &path, tx)?;
        } else if let Some(found) = found(root, path, about.modified()?)
            && tx.blocking_send(Ok(found)).is_err()
        {
            return Ok(());
        }
    }
    Ok(())
}

fn found(root: &Path, path: PathBuf, modified: std::time::SystemTime) -> Option<Found> {
    let modified = jiff::Timestamp::try_from(modified).unwrap_or_default();
    let is_draft = path.extension().is_some_and(|ending| ending == "part");
    let name = path.with_extension("");
    let key = ObjectKey::parse(name.strip_prefix(root).ok()?.to_str()?)?;
    if is_draft {
        let what = Draft::File(path);
        let began = modified;
        return Some(Found::Unfinished(Unfinished { began, what }));
    }
    (path == name).then_some(Found::Object { key, modified })
}

//! A folder as staging: one file per object, written beside and renamed, so
//! that a half-written object never carries an object's name.

pub(super) mod listing;

use super::SealedBytes;
use crate::domain::ids::ObjectKey;
use anyhow::Context;
use futures_util::StreamExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use tokio::io::AsyncWriteExt;
use tokio_util::io::ReaderStream;

pub struct Folder {
    root: PathBuf,
}

impl Folder {
    pub fn open(root: PathBuf) -> anyhow::Result<Self> {
        make_private(&root)?;
        Ok(Self { root })
    }

    pub async fn put(&self, key: &ObjectKey, mut sealed: SealedBytes) -> anyhow::Result<()> {
        let path = self.path(key);
        let parent = path
            .parent()
            .context("an object key has two folders before it")?;
        make_private(parent)?;
        let draft = draft_of(&path);
        let mut file = tokio::fs::File::create(&draft).await?;
        while let Some(piece) = sealed.next().await {
            file.write_all(&piece?).await?;
        }
        file.sync_all().await?;
        tokio::fs::rename(&draft, &path).await?;
        tokio::fs::File::open(parent).await?.sync_all().await?;
        Ok(())
    }

    pub async fn get(&self, key: &ObjectKey) -> anyhow::Result<SealedBytes> {
        let file = tokio::fs::File::open(self.path(key)).await?;
        let pieces = ReaderStream::with_capacity(file, super::envelope::SEGMENT);
        Ok(pieces.map(|piece| Ok(piece?)).boxed())
    }

    /// The draft goes too: a process killed in mid-put leaves one.
    pub async fn delete(&self, key: &ObjectKey) -> anyhow::Result<()> {
        let path = self.path(key);
        for path in [draft_of(&path), path] {
            match tokio::fs::remove_file(&path).await {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                other => other?,
            }
        }
        Ok(())
    }

    pub fn ping(&self) -> anyhow::Result<()> {
        let found = std::fs::metadata(&self.root)?;
        anyhow::ensure!(found.is_dir(), "{} is not a folder", self.root.display());
        Ok(())
    }

    fn path(&self, key: &ObjectKey) -> PathBuf {
        self.root.join(key.as_str())
    }
}

fn draft_of(path: &Path) -> PathBuf {
    path.with_extension("part")
}

fn make_private(folder: &Path) -> anyhow::Result<()> {
    let made = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder);
    made.with_context(|| format!("making the folder {}", folder.display()))
}

//! A folder as staging: one file per object, written beside and renamed, so
//! that a half-written object never carries an object's name.

pub(super) mod listing;

use super::SealedBytes;
use super::envelope::{HEADER, SEGMENT, TAG};
use crate::domain::ids::ObjectKey;
use anyhow::Context;
use bytes::Bytes;
use futures_util::StreamExt;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use tokio::io::AsyncWriteExt;
use tokio::task::JoinHandle;

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

    pub async fn get(
        &self,
        key: &ObjectKey,
        from: u64,
        most: Option<u64>,
    ) -> anyhow::Result<SealedBytes> {
        let path = self.path(key);
        let opened = tokio::task::spawn_blocking(move || -> std::io::Result<_> {
            let mut file = std::fs::File::open(path)?;
            file.seek(SeekFrom::Start(from))?;
            let part = file.take(most.unwrap_or(u64::MAX));
            // The header comes with the first segment: all pieces after it are segments.
            let header = if from == 0 { HEADER } else { 0 };
            read_piece(part, header + PIECE)
        });
        let (part, first) = opened.await??;
        Ok(pieces(part, first))
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

type Part = std::io::Take<std::fs::File>;

/// A segment with its tag: what is read at once is opened at once.
const PIECE: usize = SEGMENT + TAG;

fn read_piece(mut part: Part, length: usize) -> std::io::Result<(Part, Bytes)> {
    let mut piece = Vec::with_capacity(length);
    part.by_ref().take(length as u64).read_to_end(&mut piece)?;
    Ok((part, piece.into()))
}

fn ahead(part: Part) -> JoinHandle<std::io::Result<(Part, Bytes)>> {
    tokio::task::spawn_blocking(move || read_piece(part, PIECE))
}

/// While one piece is on its way to the reader the next one is read: the disk and
/// the network do not wait for each other.
fn pieces(part: Part, first: Bytes) -> SealedBytes {
    let rest = futures_util::stream::try_unfold(ahead(part), |reading| async move {
        let (part, piece) = reading.await??;
        let more = (!piece.is_empty()).then(|| (piece, ahead(part)));
        Ok(more)
    });
    futures_util::stream::once(async { Ok(first) })
        .chain(rest)
        .boxed()
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

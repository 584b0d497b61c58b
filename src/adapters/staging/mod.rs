//! Where sealed bytes wait: a folder or an S3 bucket. An object at rest is
//! always sealed; nothing here has seen a key or a plaintext byte except
//! `envelope`. A [`Claim`] opens a packet, a [`HeldBody`] a message that waits for a
//! person; nothing else does.

pub mod envelope;
mod folder;
pub mod listing;
mod s3;

use crate::adapters::keyring::{DataKey, Keyring};
use crate::domain::claim::{Claim, PROBE, Probed};
use crate::domain::ids::ObjectKey;
use crate::domain::link::HeldBody;
use anyhow::Context;
use bytes::Bytes;
use envelope::{Digests, HEADER, Opener, SEGMENT, Sealer, segment_of};
use futures_util::stream::{BoxStream, Stream, StreamExt, TryStreamExt};
use std::path::PathBuf;

pub use envelope::Tampered;
pub use s3::{Backstop, EXPIRE_AFTER_DAYS};

/// Sealed bytes on their way in or out.
pub type SealedBytes = BoxStream<'static, anyhow::Result<Bytes>>;

pub enum Staging {
    Folder(folder::Folder),
    S3(s3::Bucket),
}

/// What staging an object taught us: all that the store keeps of it.
#[derive(Debug, Clone)]
pub struct StagedObject {
    pub key: ObjectKey,
    pub wrapped_key: String,
    pub content_type: String,
    pub digests: Digests,
}

impl Staging {
    /// `s3://bucket[/prefix]`, or the path of a folder.
    pub async fn connect(place: &str, s3_endpoint: Option<&str>) -> anyhow::Result<Self> {
        match place.strip_prefix("s3://") {
            Some(bucket) => Ok(Self::S3(s3::Bucket::connect(bucket, s3_endpoint).await?)),
            None => Ok(Self::Folder(folder::Folder::open(PathBuf::from(place))?)),
        }
    }

    /// Seals a plaintext while it streams by, under a data key of its own.
    pub async fn seal(
        &self,
        keys: &Keyring,
        key: ObjectKey,
        content_type: &str,
        plaintext: impl Stream<Item = anyhow::Result<Bytes>> + Send + 'static,
    ) -> anyhow::Result<StagedObject> {
        let data_key = DataKey::new();
        let wrapped_key = keys.wrap(&data_key, key.as_str())?;
        let sealer = Sealer::new(&data_key, key.as_str())?;
        let (tx, rx) = tokio::sync::oneshot::channel();
        let sealed = sealing(sealer, plaintext.boxed(), tx);
        match self {
            Self::Folder(folder) => folder.put(&key, sealed).await,
            Self::S3(bucket) => bucket.put(&key, sealed).await,
        }
        .context("putting a sealed object into staging")?;
        let digests = rx.await.context("an object ended before it was sealed")?;
        Ok(StagedObject {
            key,
            wrapped_key,
            content_type: content_type.to_owned(),
            digests,
        })
    }

    /// The plaintext of a claimed object from this byte on. A damaged segment ends
    /// the stream with [`Tampered`].
    pub async fn open(
        &self,
        keys: &Keyring,
        claim: &Claim,
        from: u64,
    ) -> anyhow::Result<BoxStream<'static, anyhow::Result<Bytes>>> {
        self.unseal(keys, &claim.object_key, &claim.wrapped_key, from)
            .await
    }

    /// The first bytes of a file, which tell its type and nothing more: what anybody
    /// with a link may read without a claim.
    pub async fn probe(&self, keys: &Keyring, staged: &Probed) -> anyhow::Result<Bytes> {
        let mut pieces = self
            .unseal(keys, &staged.object_key, &staged.wrapped_key, 0)
            .await?;
        let first = pieces.next().await.transpose()?.unwrap_or_default();
        Ok(first.slice(..first.len().min(usize::try_from(PROBE)?)))
    }

    /// The message of a held event that is about to be approved.
    pub async fn open_held(
        &self,
        keys: &Keyring,
        held: &HeldBody,
    ) -> anyhow::Result<BoxStream<'static, anyhow::Result<Bytes>>> {
        self.unseal(keys, &held.object_key, &held.wrapped_key, 0)
            .await
    }

    async fn unseal(
        &self,
        keys: &Keyring,
        object_key: &str,
        wrapped_key: &str,
        from: u64,
    ) -> anyhow::Result<BoxStream<'static, anyhow::Result<Bytes>>> {
        let data_key = keys.unwrap(wrapped_key, object_key)?;
        let key = ObjectKey::from_store(object_key.to_owned());
        let (segment, begins) = segment_of(from)?;
        if segment == 0 {
            let sealed = self.get(&key, 0, None).await?;
            return Ok(skipping(
                opening(Opener::new(data_key, object_key), sealed),
                from,
            ));
        }
        let header = self.get(&key, 0, Some(HEADER as u64)).await?;
        let header: Vec<Bytes> = header.try_collect().await?;
        let opener = Opener::at(data_key, object_key, &header.concat(), segment)?;
        let sealed = self.get(&key, begins, None).await?;
        Ok(skipping(opening(opener, sealed), from % SEGMENT as u64))
    }

    /// Sealed bytes from this one on: so many, or all.
    async fn get(
        &self,
        key: &ObjectKey,
        from: u64,
        most: Option<u64>,
    ) -> anyhow::Result<SealedBytes> {
        match self {
            Self::Folder(folder) => folder.get(key, from, most).await,
            Self::S3(bucket) => bucket.get(key, from, most).await,
        }
        .context("reading a sealed object from staging")
    }

    /// Removes the object with all its versions; one that is not there is
    /// already removed.
    pub async fn delete(&self, key: &ObjectKey) -> anyhow::Result<()> {
        match self {
            Self::Folder(folder) => folder.delete(key).await,
            Self::S3(bucket) => bucket.delete(key).await,
        }
        .context("deleting a sealed object from staging")
    }

    /// What the place itself deletes, should nobody else.
    pub async fn backstop(&self) -> anyhow::Result<Backstop> {
        match self {
            Self::Folder(_) => Ok(Backstop::Unsupported),
            Self::S3(bucket) => bucket.backstop().await,
        }
    }

    pub async fn install_backstop(&self) -> anyhow::Result<()> {
        match self {
            Self::Folder(_) => anyhow::bail!("a folder has no lifecycle rules"),
            Self::S3(bucket) => bucket.install_backstop().await,
        }
    }

    /// A bucket's rule as the `aws` command takes it, and that command.
    pub fn backstop_by_hand(&self) -> Option<(serde_json::Value, String)> {
        match self {
            Self::Folder(_) => None,
            Self::S3(bucket) => Some(bucket.backstop_by_hand()),
        }
    }

    /// Answers when the place can be reached.
    pub async fn ping(&self) -> anyhow::Result<()> {
        match self {
            Self::Folder(folder) => folder.ping(),
            Self::S3(bucket) => bucket.ping().await,
        }
    }
}

fn sealing(
    sealer: Sealer,
    plaintext: BoxStream<'static, anyhow::Result<Bytes>>,
    tx: tokio::sync::oneshot::Sender<Digests>,
) -> SealedBytes {
    let start = Some((sealer, plaintext, tx));
    futures_util::stream::try_unfold(start, |state| async move {
        let Some((mut sealer, mut plaintext, tx)) = state else {
            return Ok(None);
        };
        while let Some(piece) = plaintext.next().await {
            let sealed = sealer.push(&piece?)?;
            if !sealed.is_empty() {
                return Ok(Some((sealed, Some((sealer, plaintext, tx)))));
            }
        }
        let (rest, digests) = sealer.finish()?;
        // The receiver is gone only when the put was given up.
        let _ = tx.send(digests);
        Ok(Some((rest, None)))
    })
    .boxed()
}

/// Leaves out the first bytes: an object opens by segments.
fn skipping(
    pieces: BoxStream<'static, anyhow::Result<Bytes>>,
    bytes: u64,
) -> BoxStream<'static, anyhow::Result<Bytes>> {
    let mut left = usize::try_from(bytes).unwrap_or(usize::MAX);
    if left == 0 {
        return pieces;
    }
    pieces
        .map_ok(move |mut piece| {
            let skipped = left.min(piece.len());
            left -= skipped;
            piece.split_off(skipped)
        })
        .try_filter(|piece| std::future::ready(!piece.is_empty()))
        .boxed()
}

fn opening(opener: Opener, sealed: SealedBytes) -> BoxStream<'static, anyhow::Result<Bytes>> {
    futures_util::stream::try_unfold(Some((opener, sealed)), |state| async move {
        let Some((mut opener, mut sealed)) = state else {
            return Ok(None);
        };
        while let Some(piece) = sealed.next().await {
            let plain = opener.push(piece?)?;
            if !plain.is_empty() {
                return Ok(Some((plain, Some((opener, sealed)))));
            }
        }
        Ok(Some((opener.finish()?, None)))
    })
    .boxed()
}

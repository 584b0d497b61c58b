//! Where sealed bytes wait: a folder or an S3 bucket. An object at rest is
//! always sealed; nothing here has seen a key or a plaintext byte except
//! `envelope`. A [`Claim`] opens a packet, a [`HeldBody`] a message that waits for a
//! person; nothing else does.

pub mod envelope;
mod folder;
pub mod listing;
mod s3;

use crate::adapters::keyring::{DataKey, Keyring};
use crate::domain::ids::ObjectKey;
use crate::domain::link::{Claim, HeldBody};
use anyhow::Context;
use bytes::Bytes;
use envelope::{Digests, Opener, Sealer};
use futures_util::stream::{BoxStream, Stream, StreamExt};
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

    /// The plaintext of a claimed object. A damaged segment ends the stream
    /// with [`Tampered`].
    pub async fn open(
        &self,
        keys: &Keyring,
        claim: &Claim,
    ) -> anyhow::Result<BoxStream<'static, anyhow::Result<Bytes>>> {
        self.unseal(keys, &claim.object_key, &claim.wrapped_key)
            .await
    }

    /// The message of a held event that is about to be approved.
    pub async fn open_held(
        &self,
        keys: &Keyring,
        held: &HeldBody,
    ) -> anyhow::Result<BoxStream<'static, anyhow::Result<Bytes>>> {
        self.unseal(keys, &held.object_key, &held.wrapped_key).await
    }

    async fn unseal(
        &self,
        keys: &Keyring,
        object_key: &str,
        wrapped_key: &str,
    ) -> anyhow::Result<BoxStream<'static, anyhow::Result<Bytes>>> {
        let data_key = keys.unwrap(wrapped_key, object_key)?;
        let sealed = self
            .get(&ObjectKey::from_store(object_key.to_owned()))
            .await?;
        Ok(opening(Opener::new(data_key, object_key), sealed))
    }

    async fn get(&self, key: &ObjectKey) -> anyhow::Result<SealedBytes> {
        match self {
            Self::Folder(folder) => folder.get(key).await,
            Self::S3(bucket) => bucket.get(key).await,
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

fn opening(opener: Opener, sealed: SealedBytes) -> BoxStream<'static, anyhow::Result<Bytes>> {
    futures_util::stream::try_unfold(Some((opener, sealed)), |state| async move {
        let Some((mut opener, mut sealed)) = state else {
            return Ok(None);
        };
        while let Some(piece) = sealed.next().await {
            let plain = opener.push(&piece?)?;
            if !plain.is_empty() {
                return Ok(Some((plain, Some((opener, sealed)))));
            }
        }
        Ok(Some((opener.finish()?, None)))
    })
    .boxed()
}

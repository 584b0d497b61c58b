//! What lies in staging, for the reconciler: streamed, so that a million objects
//! take no more memory than ten.

use super::{Staging, folder, s3};
use crate::domain::ids::ObjectKey;
use anyhow::Context;
use futures_util::stream::BoxStream;
use std::path::PathBuf;

/// One thing in staging that is ours.
#[derive(Debug)]
pub enum Found {
    /// An object with any number of versions, the newest of this time.
    Object {
        key: ObjectKey,
        modified: jiff::Timestamp,
    },
    /// A put that has not ended, or was given up.
    Unfinished(Unfinished),
}

#[derive(Debug)]
pub struct Unfinished {
    pub began: jiff::Timestamp,
    pub(super) what: Draft,
}

#[derive(Debug)]
pub(super) enum Draft {
    /// In a folder.
    File(PathBuf),
    /// In a bucket: a multipart upload.
    Upload { path: String, id: String },
}

pub type Listing = BoxStream<'static, anyhow::Result<Found>>;

impl Staging {
    /// Everything that bears the name of an object of ours, each key once; what else
    /// lies there is somebody's, and left alone.
    pub fn list(&self) -> Listing {
        match self {
            Self::Folder(folder) => folder::listing::list(folder),
            Self::S3(bucket) => s3::listing::list(bucket),
        }
    }

    pub async fn exists(&self, key: &ObjectKey) -> anyhow::Result<bool> {
        match self {
            Self::Folder(folder) => folder.exists(key).await,
            Self::S3(bucket) => bucket.exists(key).await,
        }
        .context("looking for an object in staging")
    }

    /// Removes what a put left that nobody goes on with.
    pub async fn give_up(&self, unfinished: &Unfinished) -> anyhow::Result<()> {
        match (self, &unfinished.what) {
            (Self::Folder(_), Draft::File(path)) => folder::listing::remove(path).await,
            (Self::S3(bucket), Draft::Upload { path, id }) => bucket.abort(path, id).await,
            _ => Ok(()),
        }
        .context("removing an unfinished object from staging")
    }
}

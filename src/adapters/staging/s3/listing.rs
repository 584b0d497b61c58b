//! A bucket's objects with all their versions and delete markers, and uploads that
//! were begun: page by page.

use super::{Bucket, explain, has_no_versions};
use crate::adapters::staging::listing::{Draft, Found, Listing, Unfinished};
use crate::domain::ids::ObjectKey;
use anyhow::Context;
use aws_sdk_s3::primitives::DateTime;
use futures_util::{StreamExt, TryStreamExt};

/// Where the next page begins.
#[derive(Debug, Clone, Default)]
struct Marker {
    key: Option<String>,
    version: Option<String>,
}

/// An object's name in the bucket, one version of it, and its time.
pub(super) struct Version {
    pub path: String,
    pub id: Option<String>,
    modified: jiff::Timestamp,
}

/// How a server that knows no versions is asked.
enum Asking {
    Versions(Marker),
    Objects(Option<String>),
    Uploads(Marker),
    Done,
}

type Page = (Vec<anyhow::Result<Found>>, Asking);

pub(in crate::adapters::staging) fn list(bucket: &Bucket) -> Listing {
    let start = (bucket.clone(), Asking::Versions(Marker::default()), None);
    let pages = futures_util::stream::try_unfold(start, |(bucket, asking, last)| async move {
        let asked = match asking {
            Asking::Versions(marker) => bucket.page_of_versions(marker, last).await?,
            Asking::Objects(token) => bucket.page_of_objects(token).await.map(|p| (p, None))?,
            Asking::Uploads(marker) => bucket.page_of_uploads(marker).await.map(|p| (p, None))?,
            Asking::Done => return Ok(None),
        };
        let ((found, next), last) = asked;
        anyhow::Ok(Some((
            futures_util::stream::iter(found),
            (bucket, next, last),
        )))
    });
    pages.try_flatten().boxed()
}

impl Bucket {
    pub async fn exists(&self, key: &ObjectKey) -> anyhow::Result<bool> {
        let head = self.client.head_object().bucket(&self.bucket);
        match head.key(self.path(key)).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_not_found()) => Ok(false),
            Err(error) => Err(explain(error)),
        }
    }

    /// Whoever finished or gave it up meanwhile was faster.
    pub async fn abort(&self, path: &str, id: &str) -> anyhow::Result<()> {
        let abort = self.client.abort_multipart_upload().bucket(&self.bucket);
        match abort.key(path).upload_id(id).send().await {
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|e| e.is_no_such_upload()) =>
            {
                Ok(())
            }
            other => other.map(drop).map_err(explain),
        }
    }

    /// Versions and delete markers below a prefix, and where the next page begins.
    /// `None`: this server knows no versions.
    pub(super) async fn versions(
        &self,
        prefix: &str,
        from: Option<(String, Option<String>)>,
    ) -> anyhow::Result<Option<(Vec<Version>, Option<(String, Option<String>)>)>> {
        let (key, version) = from.unzip();
        let list = self
            .client
            .list_object_versions()
            .bucket(&self.bucket)
            .prefix(prefix)
            .set_key_marker(key)
            .set_version_id_marker(version.flatten());
        let page = match list.send().await {
            Ok(page) => page,
            Err(error) if has_no_versions(&error) => return Ok(None),
            Err(error) => {
                return Err(explain(error)
                    .context("listing an object's versions (the right s3:ListBucketVersions)"));
            }
        };
        let next = page.is_truncated().unwrap_or_default();
        let next = next.then(|| page.next_key_marker.clone()).flatten();
        let next = next.map(|key| (key, page.next_version_id_marker.clone()));
        let version = |path: Option<String>, id, at: Option<DateTime>| {
            let modified = moment(at.as_ref());
            path.map(|path| Version { path, id, modified })
        };
        let versions = page.versions.unwrap_or_default().into_iter();
        let versions = versions.filter_map(|v| version(v.key, v.version_id, v.last_modified));
        let markers = page.delete_markers.unwrap_or_default().into_iter();
        let markers = markers.filter_map(|m| version(m.key, m.version_id, m.last_modified));
        Ok(Some((versions.chain(markers).collect(), next)))
    }

    async fn page_of_versions(
        &self,
        marker: Marker,
        last: Option<String>,
    ) -> anyhow::Result<(Page, Option<String>)> {
        let from = marker.key.map(|key| (key, marker.version));
        let Some((mut versions, next)) = self.versions(&self.prefix, from).await? else {
            return Ok(((Vec::new(), Asking::Objects(None)), None));
        };
        // The newest of each first; a key whose versions fill two pages is one key.
        versions.sort_by(|a, b| (&a.path, b.modified).cmp(&(&b.path, a.modified)));
        versions.dedup_by(|later, kept| later.path == kept.path);
        versions.retain(|version| Some(&version.path) != last.as_ref());
        let last = versions.last().map(|version| version.path.clone()).or(last);
        let found = versions
            .into_iter()
            .filter_map(|v| self.found(&v.path, v.modified));
        let next = match next {
            Some((key, version)) => Asking::Versions(Marker {
                key: Some(key),
                version,
            }),
            None => Asking::Uploads(Marker::default()),
        };
        Ok(((found.collect(), next), last))
    }

    async fn page_of_objects(&self, token: Option<String>) -> anyhow::Result<Page> {
        let list = self.client.list_objects_v2().bucket(&self.bucket);
        let list = list.prefix(&self.prefix).set_continuation_token(token);
        let page = list.send().await.map_err(explain);
        let page = page.context("listing the bucket (the right s3:ListBucket)")?;
        let objects = page.contents().iter();
        let found = objects
            .filter_map(|o| self.found(o.key()?, moment(o.last_modified())))
            .collect();
        let next = match page.next_continuation_token() {
            Some(token) => Asking::Objects(Some(token.to_owned())),
            None => Asking::Uploads(Marker::default()),
        };
        Ok((found, next))
    }

    async fn page_of_uploads(&self, marker: Marker) -> anyhow::Result<Page> {
        let list = self.client.list_multipart_uploads().bucket(&self.bucket);
        let list = list.prefix(&self.prefix).set_key_marker(marker.key);
        let page = match list.set_upload_id_marker(marker.version).send().await {
            Ok(page) => page,
            // Such a server forgets uploads by itself, or its lifecycle rule does.
            Err(error) if has_no_versions(&error) => return Ok((Vec::new(), Asking::Done)),
            Err(error) => {
                return Err(explain(error).context(
                    "listing unfinished uploads (the right s3:ListBucketMultipartUploads)",
                ));
            }
        };
        let ours = |path: &str| ObjectKey::parse(path.strip_prefix(&self.prefix)?);
        let found = page.uploads().iter().filter_map(|upload| {
            let path = upload.key()?;
            ours(path)?;
            Some(Ok(Found::Unfinished(Unfinished {
                began: moment(upload.initiated()),
                what: Draft::Upload {
                    path: path.to_owned(),
                    id: upload.upload_id()?.to_owned(),
                },
            })))
        });
        let found = found.collect();
        let next = page.is_truncated().unwrap_or_default();
        let next = next
            .then(|| page.next_key_marker().map(str::to_owned))
            .flatten();
        let next = match next {
            Some(key) => Asking::Uploads(Marker {
                key: Some(key),
                version: page.next_upload_id_marker().map(str::to_owned),
            }),
            None => Asking::Done,
        };
        Ok((found, next))
    }

    fn found(&self, path: &str, modified: jiff::Timestamp) -> Option<anyhow::Result<Found>> {
        let key = ObjectKey::parse(path.strip_prefix(&self.prefix)?)?;
        Some(Ok(Found::Object { key, modified }))
    }
}

fn moment(at: Option<&DateTime>) -> jiff::Timestamp {
    let at = at.map(|at| jiff::Timestamp::from_second(at.secs()));
    at.and_then(Result::ok).unwrap_or(jiff::Timestamp::MAX)
}

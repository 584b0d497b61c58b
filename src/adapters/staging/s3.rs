//! An S3 bucket as staging, on any server that speaks the protocol. Objects up
//! to one part are put whole, longer ones as a multipart upload; both with
//! flat memory.

mod lifecycle;
pub(super) mod listing;

use super::SealedBytes;
use crate::domain::ids::ObjectKey;
use anyhow::{Context, bail};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{RequestChecksumCalculation, ResponseChecksumValidation};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;

pub use lifecycle::{Backstop, EXPIRE_AFTER_DAYS};

/// S3 wants parts of at least 5 MiB; 8 MiB keeps 10,000 of them above 78 GiB.
const PART: usize = 8 << 20;

#[derive(Clone)]
pub struct Bucket {
    client: Client,
    bucket: String,
    prefix: String,
}

impl Bucket {
    /// Credentials and region come from the usual AWS variables and files.
    pub async fn connect(place: &str, endpoint: Option<&str>) -> anyhow::Result<Self> {
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        if bucket.is_empty() {
            bail!(
                "the staging place names no bucket; write it like s3://bucket or s3://bucket/folder"
            );
        }
        let shared = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
        let mut config = aws_sdk_s3::config::Builder::from(&shared)
            // Checksums in trailers break on Ceph and other servers.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        if let Some(endpoint) = endpoint {
            config = config.endpoint_url(endpoint).force_path_style(true);
        }
        if shared.region().is_none() {
            config = config.region(aws_sdk_s3::config::Region::new("us-east-1"));
        }
        let prefix = prefix.trim_matches('/');
        let prefix = if prefix.is_empty() {
            String::new()
        } else {
            format!("{prefix}/")
        };
        Ok(Self {
            client: Client::from_conf(config.build()),
            bucket: bucket.to_owned(),
            prefix,
        })
    }

    pub async fn put(&self, key: &ObjectKey, mut sealed: SealedBytes) -> anyhow::Result<()> {
        let first = next_part(&mut sealed).await?;
        if first.len() < PART {
            let put = self
                .client
                .put_object()
                .bucket(&self.bucket)
                .key(self.path(key));
            put.body(ByteStream::from(first))
                .send()
                .await
                .map_err(explain)?;
            return Ok(());
        }
        let begin = self
            .client
            .create_multipart_upload()
            .bucket(&self.bucket)
            .key(self.path(key));
        let upload = begin.send().await.map_err(explain)?;
        let upload = upload
            .upload_id()
            .context("the server named no upload")?
            .to_owned();
        let sent = self.put_parts(key, &upload, first, sealed).await;
        if sent.is_err() {
            let abort = self.client.abort_multipart_upload().bucket(&self.bucket);
            // The first error is the one to report.
            let _ = abort.key(self.path(key)).upload_id(&upload).send().await;
        }
        sent
    }

    async fn put_parts(
        &self,
        key: &ObjectKey,
        upload: &str,
        first: Bytes,
        mut sealed: SealedBytes,
    ) -> anyhow::Result<()> {
        let mut parts = CompletedMultipartUpload::builder();
        let mut part = first;
        let mut number = 1;
        while !part.is_empty() {
            let send = self
                .client
                .upload_part()
                .bucket(&self.bucket)
                .key(self.path(key));
            let send = send
                .upload_id(upload)
                .part_number(number)
                .body(ByteStream::from(part));
            let tag = send.send().await.map_err(explain)?.e_tag;
            parts = parts.parts(
                CompletedPart::builder()
                    .part_number(number)
                    .set_e_tag(tag)
                    .build(),
            );
            number += 1;
            part = next_part(&mut sealed).await?;
        }
        let end = self
            .client
            .complete_multipart_upload()
            .bucket(&self.bucket)
            .key(self.path(key));
        end.upload_id(upload)
            .multipart_upload(parts.build())
            .send()
            .await
            .map_err(explain)?;
        Ok(())
    }

    pub async fn get(
        &self,
        key: &ObjectKey,
        from: u64,
        most: Option<u64>,
    ) -> anyhow::Result<SealedBytes> {
        let range = match most {
            Some(most) => Some(format!("bytes={from}-{}", from + most - 1)),
            None => (from > 0).then(|| format!("bytes={from}-")),
        };
        let get = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(self.path(key))
            .set_range(range);
        let body = get.send().await.map_err(explain)?.body;
        Ok(futures_util::stream::unfold(body, |mut body| async {
            let piece = body.next().await?;
            Some((
                piece.map_err(|_| anyhow::anyhow!("reading from the bucket broke off")),
                body,
            ))
        })
        .boxed())
    }

    pub async fn delete(&self, key: &ObjectKey) -> anyhow::Result<()> {
        let delete = self
            .client
            .delete_object()
            .bucket(&self.bucket)
            .key(self.path(key));
        delete.send().await.map_err(explain)?;
        self.delete_versions(key).await
    }

    /// In a versioned bucket a delete only hides: remove every version and marker of
    /// this key, on however many pages they are listed. A prefix also lists longer
    /// keys, after this one. A server without versions has nothing more to remove.
    async fn delete_versions(&self, key: &ObjectKey) -> anyhow::Result<()> {
        let path = self.path(key);
        let mut from = None;
        while let Some((found, next)) = self.versions(&path, from).await? {
            let others = found.iter().any(|version| version.path != path);
            let own = found.into_iter().filter(|version| version.path == path);
            for version in own.filter_map(|version| version.id) {
                let delete = self.client.delete_object().bucket(&self.bucket);
                let delete = delete.key(&path).version_id(version);
                delete.send().await.map_err(explain)?;
            }
            from = next.filter(|_| !others);
            if from.is_none() {
                break;
            }
        }
        Ok(())
    }

    pub async fn ping(&self) -> anyhow::Result<()> {
        self.client
            .head_bucket()
            .bucket(&self.bucket)
            .send()
            .await
            .map_err(explain)?;
        Ok(())
    }

    fn path(&self, key: &ObjectKey) -> String {
        format!("{}{}", self.prefix, key.as_str())
    }
}

/// The next 8 MiB, or what is left.
async fn next_part(sealed: &mut SealedBytes) -> anyhow::Result<Bytes> {
    let mut part = BytesMut::new();
    while part.len() < PART {
        match sealed.next().await {
            Some(piece) => part.extend_from_slice(&piece?),
            None => break,
        }
    }
    Ok(part.freeze())
}

fn has_no_versions<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    matches!(
        error.as_service_error().and_then(|e| e.code()),
        Some("NotImplemented" | "MethodNotAllowed")
    )
}

/// The server's own code and words, without its request dump.
fn explain<E, R>(error: SdkError<E, R>) -> anyhow::Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match error.as_service_error() {
        Some(service) => anyhow::anyhow!(
            "the S3 server answered {}: {}",
            service.code().unwrap_or("an error"),
            service.message().unwrap_or("no message"),
        ),
        None => anyhow::Error::new(error).context("the S3 server could not be reached"),
    }
}

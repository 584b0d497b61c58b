//! A versioned S3 bucket in memory, with small pages: what a folder behind S3 does
//! not have.

use super::bucket::{ACCESS_KEY, BUCKET, SECRET_KEY, serve};
use futures_util::TryStreamExt;
use s3s::auth::SimpleAuth;
use s3s::dto::*;
use s3s::service::S3ServiceBuilder;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

/// Entries on a page: so few that everything takes several.
const PAGE: usize = 3;

#[derive(Clone)]
struct Entry {
    key: String,
    id: String,
    /// A delete marker has none.
    bytes: Option<Vec<u8>>,
    at: SystemTime,
}

#[derive(Default)]
struct Held {
    /// The newest of a key first, as they are listed.
    entries: Vec<Entry>,
    uploads: Vec<(String, String, SystemTime)>,
    rules: Option<LifecycleRules>,
    made: usize,
}

impl Held {
    fn add(&mut self, key: &str, bytes: Option<Vec<u8>>) {
        self.made += 1;
        let entry = Entry {
            key: key.into(),
            id: format!("v{:06}", 999_999 - self.made),
            bytes,
            at: SystemTime::now() - Duration::from_secs(2 * 3600),
        };
        self.entries.push(entry);
        self.entries
            .sort_by(|a, b| (&a.key, &a.id).cmp(&(&b.key, &b.id)));
    }

    fn latest(&self, key: &str) -> Option<&Entry> {
        let latest = self.entries.iter().find(|entry| entry.key == key);
        latest.filter(|entry| entry.bytes.is_some())
    }
}

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Held>>);

impl Memory {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap()
    }
}

pub struct Versioned {
    memory: Memory,
    pub endpoint: String,
}

impl Versioned {
    pub async fn start() -> Self {
        let memory = Memory::default();
        let mut service = S3ServiceBuilder::new(memory.clone());
        service.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let endpoint = serve(service.build()).await;
        Self { memory, endpoint }
    }

    /// Keys that have any version or marker.
    pub fn keys(&self) -> Vec<String> {
        let held = self.memory.held();
        let mut keys: Vec<String> = held.entries.iter().map(|entry| entry.key.clone()).collect();
        keys.dedup();
        keys
    }

    pub fn add_version(&self, key: &str) {
        self.memory.held().add(key, Some(b"sealed".to_vec()));
    }

    pub fn add_marker(&self, key: &str) {
        self.memory.held().add(key, None);
    }

    pub fn add_upload(&self, key: &str, age: Duration) {
        let mut held = self.memory.held();
        let id = format!("u{}", held.uploads.len());
        held.uploads.push((key.into(), id, SystemTime::now() - age));
        held.uploads.sort();
    }

    pub fn uploads(&self) -> Vec<String> {
        let held = self.memory.held();
        held.uploads.iter().map(|(key, _, _)| key.clone()).collect()
    }

    pub fn rules(&self) -> usize {
        self.memory.held().rules.as_ref().map_or(0, Vec::len)
    }
}

#[async_trait::async_trait]
impl S3 for Memory {
    async fn head_bucket(
        &self,
        req: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        if req.input.bucket != BUCKET {
            return Err(s3_error!(NoSuchBucket));
        }
        Ok(S3Response::new(HeadBucketOutput::default()))
    }

    async fn put_object(
        &self,
        req: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let mut bytes = Vec::new();
        if let Some(mut body) = req.input.body {
            while let Some(piece) = body
                .try_next()
                .await
                .map_err(|_| s3_error!(InternalError))?
            {
                bytes.extend_from_slice(&piece);
            }
        }
        self.held().add(&req.input.key, Some(bytes));
        Ok(S3Response::new(PutObjectOutput::default()))
    }

    async fn head_object(
        &self,
        req: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let held = self.held();
        let found = held
            .latest(&req.input.key)
            .ok_or_else(|| s3_error!(NoSuchKey))?;
        Ok(S3Response::new(HeadObjectOutput {
            last_modified: Some(found.at.into()),
            ..HeadObjectOutput::default()
        }))
    }

    async fn delete_object(
        &self,
        req: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let (key, mut held) = (&req.input.key, self.held());
        match &req.input.version_id {
            Some(id) => held
                .entries
                .retain(|entry| (&entry.key, &entry.id) != (key, id)),
            None => held.add(key, None),
        }
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn list_object_versions(
        &self,
        req: S3Request<ListObjectVersionsInput>,
    ) -> S3Result<S3Response<ListObjectVersionsOutput>> {
        let prefix = req.input.prefix.unwrap_or_default();
        let from = (
            req.input.key_marker.unwrap_or_default(),
            req.input.version_id_marker.unwrap_or_default(),
        );
        let held = self.held();
        let mut rest = held.entries.iter().filter(|entry| {
            entry.key.starts_with(&prefix) && (&entry.key, &entry.id) > (&from.0, &from.1)
        });
        let page: Vec<&Entry> = rest.by_ref().take(PAGE).collect();
        let last = page.last().filter(|_| rest.next().is_some());
        let version = |entry: &&&Entry| ObjectVersion {
            key: Some(entry.key.clone()),
            version_id: Some(entry.id.clone()),
            last_modified: Some(entry.at.into()),
            ..ObjectVersion::default()
        };
        let marker = |entry: &&&Entry| DeleteMarkerEntry {
            key: Some(entry.key.clone()),
            version_id: Some(entry.id.clone()),
            last_modified: Some(entry.at.into()),
            ..DeleteMarkerEntry::default()
        };
        let (versions, markers): (Vec<&Entry>, Vec<&Entry>) =
            page.iter().partition(|entry| entry.bytes.is_some());
        Ok(S3Response::new(ListObjectVersionsOutput {
            is_truncated: Some(last.is_some()),
            next_key_marker: last.map(|entry| entry.key.clone()),
            next_version_id_marker: last.map(|entry| entry.id.clone()),
            versions: Some(versions.iter().map(|e| version(&e)).collect()),
            delete_markers: Some(markers.iter().map(|e| marker(&e)).collect()),
            ..ListObjectVersionsOutput::default()
        }))
    }

    async fn list_multipart_uploads(
        &self,
        req: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        let from = (
            req.input.key_marker.unwrap_or_default(),
            req.input.upload_id_marker.unwrap_or_default(),
        );
        let held = self.held();
        let mut rest = held
            .uploads
            .iter()
            .filter(|(key, id, _)| (key, id) > (&from.0, &from.1));
        let page: Vec<_> = rest.by_ref().take(PAGE).collect();
        let last = page.last().filter(|_| rest.next().is_some());
        let upload = |(key, id, at): &(String, String, SystemTime)| MultipartUpload {
            key: Some(key.clone()),
            upload_id: Some(id.clone()),
            initiated: Some((*at).into()),
            ..MultipartUpload::default()
        };
        Ok(S3Response::new(ListMultipartUploadsOutput {
            is_truncated: Some(last.is_some()),
            next_key_marker: last.map(|(key, _, _)| key.clone()),
            next_upload_id_marker: last.map(|(_, id, _)| id.clone()),
            uploads: Some(page.iter().map(|entry| upload(entry)).collect()),
            ..ListMultipartUploadsOutput::default()
        }))
    }

    async fn abort_multipart_upload(
        &self,
        req: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let mut held = self.held();
        held.uploads
            .retain(|(key, id, _)| (key, id) != (&req.input.key, &req.input.upload_id));
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }

    async fn get_bucket_lifecycle_configuration(
        &self,
        _: S3Request<GetBucketLifecycleConfigurationInput>,
    ) -> S3Result<S3Response<GetBucketLifecycleConfigurationOutput>> {
        let rules = self.held().rules.clone();
        let rules = rules.ok_or_else(|| s3_error!(NoSuchLifecycleConfiguration))?;
        Ok(S3Response::new(GetBucketLifecycleConfigurationOutput {
            rules: Some(rules),
            ..GetBucketLifecycleConfigurationOutput::default()
        }))
    }

    async fn put_bucket_lifecycle_configuration(
        &self,
        req: S3Request<PutBucketLifecycleConfigurationInput>,
    ) -> S3Result<S3Response<PutBucketLifecycleConfigurationOutput>> {
        let rules = req.input.lifecycle_configuration.map(|given| given.rules);
        self.held().rules = rules;
        Ok(S3Response::new(
            PutBucketLifecycleConfigurationOutput::default(),
        ))
    }
}

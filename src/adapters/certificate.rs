//! The certificate the gateway shows, read from PEM files and read again when
//! they change. A bad new one never takes the place of a good one.

use anyhow::{Context, ensure};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Renewed once in weeks; two `stat` calls cost microseconds.
const LOOK_EVERY: Duration = Duration::from_secs(2);

pub struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    config: RwLock<Arc<ServerConfig>>,
}

/// Tells a file that was written or replaced from the one we read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp([(u64, u64, i64, i64); 2]);

impl Certificate {
    pub fn load(chain: &Path, key: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            config: RwLock::new(read(chain, key)?),
            chain: chain.to_owned(),
            key: key.to_owned(),
        })
    }

    /// For the next handshake.
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks at the files until stopped.
    pub async fn watch(self: Arc<Self>, stop: CancellationToken) {
        let mut known = self.stamp();
        let mut before = known.clone();
        while stop
            .run_until_cancelled(tokio::time::sleep(LOOK_EVERY))
            .await
            .is_some()
        {
            let now = self.stamp();
            // Two files are not written at one moment: wait until they rest.
            if now != known && now == before {
                self.reload();
                known = now.clone();
            }
            before = now;
        }
    }

    fn stamp(&self) -> Option<Stamp> {
        let stamp = |path| {
            let data = std::fs::metadata(path).ok()?;
            Some((data.ino(), data.len(), data.mtime(), data.mtime_nsec()))
        };
        Some(Stamp([stamp(&self.chain)?, stamp(&self.key)?]))
    }

    fn reload(&self) {
        match read(&self.chain, &self.key) {
            Ok(config) => {
                *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
                tracing::info!("the TLS certificate was read again");
            }
            Err(error) => tracing::error!(
                error = format!("{error:#}"),
                "the TLS files changed and cannot be used; the certificate read before stays in use"
            ),
        }
    }
}

fn read(chain: &Path, key: &Path) -> anyhow::Result<Arc<ServerConfig>> {
    let certificates: Vec<CertificateDer> = CertificateDer::pem_file_iter(chain)
        .and_then(Iterator::collect)
        .with_context(|| format!("tls-certificate: reading {}", chain.display()))?;
    ensure!(
        !certificates.is_empty(),
        "tls-certificate: {} holds no certificate in PEM",
        chain.display()
    );
    let private = PrivateKeyDer::from_pem_file(key)
        .with_context(|| format!("tls-key: reading {}", key.display()))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        // Refuses a key that is another certificate's.
        .with_single_cert(certificates, private)
        .context("tls-certificate and tls-key")?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

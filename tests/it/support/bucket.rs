//! An S3 server in this process, on a free port, over a folder.

use hyper_util::rt::{TokioExecutor, TokioIo};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub struct S3 {
    folder: TempDir,
    pub endpoint: String,
    service: s3s::service::S3Service,
    serving: tokio::task::JoinHandle<()>,
}

pub const ACCESS_KEY: &str = "handoff-test";
pub const SECRET_KEY: &str = "handoff-test-secret";
pub const BUCKET: &str = "packets";

impl S3 {
    pub async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let files = s3s_fs::FileSystem::new(folder.path()).unwrap();
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let service = service.build();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self {
            folder,
            endpoint: format!("http://{}", listener.local_addr().unwrap()),
            serving: tokio::spawn(accept(service.clone(), listener)),
            service,
        }
    }

    /// Gone, with whatever it was answering: nobody listens at its port.
    pub fn stop(&self) {
        self.serving.abort();
    }

    /// There again, at the same port and with what it had.
    pub async fn back(&mut self) {
        let address = self.endpoint.trim_start_matches("http://");
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        self.serving = tokio::spawn(accept(self.service.clone(), listener));
    }

    pub fn objects(&self) -> Vec<PathBuf> {
        files_below(&self.folder.path().join(BUCKET))
    }
}

/// Serves it on a free port; its endpoint.
pub async fn serve(service: s3s::service::S3Service) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(accept(service, listener));
    endpoint
}

/// Its connections end with it.
async fn accept(service: s3s::service::S3Service, listener: tokio::net::TcpListener) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        let service = service.clone();
        connections.spawn(async move {
            let server = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
            let _ = server.serve_connection(TokioIo::new(socket), service).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

/// Every file below a folder, without what servers keep for themselves.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return found;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else if !name.starts_with('.') {
            found.push(path);
        }
    }
    found
}

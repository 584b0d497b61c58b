//! A broker and a database of this test's own, so that it may kill them.

use crate::support::needs::needs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, LazyLock};
use tempfile::TempDir;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// One test at a time: each has servers and processes enough for a whole machine.
static ALONE: LazyLock<Arc<Mutex<()>>> = LazyLock::new(Arc::default);

pub struct Servers {
    folder: TempDir,
    _alone: OwnedMutexGuard<()>,
    pub amqp: String,
    pub database: String,
}

impl Servers {
    /// `None`, with a word, where such servers are not installed.
    pub async fn start() -> Option<Self> {
        needs("HANDOFF_TEST_AMQP_URL")?;
        needs("HANDOFF_TEST_DATABASE_URL")?;
        let installed = [
            "/usr/lib/rabbitmq/bin/rabbitmq-server",
            "/usr/lib/postgresql",
        ];
        if !installed.iter().all(|path| Path::new(path).exists()) {
            eprintln!("left out: RabbitMQ and PostgreSQL are not installed on this machine");
            return None;
        }
        // tests/run stops what a killed test leaves behind, if it lies in its folder.
        let base = std::env::var("HANDOFF_TEST_SERVERS").unwrap_or("/tmp".into());
        let folder = tempfile::Builder::new()
            .prefix("own-")
            .tempdir_in(base)
            .unwrap();
        pass_through(folder.path());
        let mut servers = Self {
            folder,
            _alone: Arc::clone(&ALONE).lock_owned().await,
            amqp: String::new(),
            database: String::new(),
        };
        servers.amqp = servers.ctl("rabbitmq", "url");
        servers.database = servers.ctl("postgres", "url");
        servers.ctl("postgres", "start");
        servers.ctl("rabbitmq", "start");
        Some(servers)
    }

    /// What tests/services has a word for; what it said.
    pub fn ctl(&self, server: &str, what: &str) -> String {
        let output = self.command(server, what).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{server} {what}: {said}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn command(&self, server: &str, what: &str) -> Command {
        let services = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/services");
        let mut command = Command::new(services.join(server));
        command.arg(what).stdin(Stdio::null());
        command.env("HANDOFF_TEST_SERVICES_DIR", self.folder.path());
        command
    }

    pub fn logs(&self) -> PathBuf {
        self.folder.path().to_owned()
    }
}

/// PostgreSQL runs as a user of its own, and goes through our folder to its own.
fn pass_through(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o711)).unwrap();
}

impl Drop for Servers {
    fn drop(&mut self) {
        for server in ["rabbitmq", "postgres"] {
            // Their data goes too: no reason to let them tidy up.
            let _ = self.command(server, "kill").output();
        }
    }
}

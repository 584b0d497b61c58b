//! Handoff as processes of its own, with everything around it real.

use super::bucket::{self, S3};
use serde_json::Value;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;
use tokio::sync::RwLockReadGuard;

pub struct Service {
    pub folder: TempDir,
    pub url: String,
    env: Vec<(String, String)>,
    child: Option<Child>,
    broker: Option<RwLockReadGuard<'static, ()>>,
    /// Set by the test that holds the broker for itself.
    pub alone: bool,
}

pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

impl Service {
    /// With the shipped channels, their queues and exchanges renamed so that
    /// tests on one broker do not meet. Not started yet.
    pub fn prepare(amqp_url: Option<&str>, database: Option<&str>) -> Self {
        super::house::captured();
        let folder = TempDir::new().unwrap();
        let address = format!("127.0.0.1:{}", free_port());
        let mut service = Self {
            url: format!("http://{address}"),
            folder,
            env: Vec::new(),
            child: None,
            broker: None,
            alone: false,
        };
        let channels = service.folder.path().join("channels");
        std::fs::create_dir(&channels).unwrap();
        for name in ["discharge.yaml", "referral.yaml"] {
            let shipped = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("channels")
                .join(name);
            let text = std::fs::read_to_string(shipped).unwrap();
            let text = text
                .replace("handoff.", &service.prefix())
                .replace("hl7.events", &service.exchange());
            std::fs::write(channels.join(name), text).unwrap();
        }
        service.set(
            "HANDOFF_STATE",
            &service.folder.path().join("state").display().to_string(),
        );
        service.set("HANDOFF_CHANNELS", &channels.display().to_string());
        service.set("HANDOFF_LISTEN", &address);
        service.set("HANDOFF_ORGANISATION", "Riverside Hospital");
        service.set("HANDOFF_STAGE_LEASE", "1s");
        service.set("HANDOFF_SEND_LEASE", "5s");
        for (name, value) in [
            ("HANDOFF_AMQP_URL", amqp_url),
            ("HANDOFF_DATABASE_URL", database),
        ] {
            if let Some(value) = value {
                service.set(name, value);
            }
        }
        service
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
    }

    pub fn stage_in(&mut self, s3: &S3) {
        self.stage_at(&s3.endpoint);
    }

    pub fn stage_at(&mut self, endpoint: &str) {
        self.set("HANDOFF_STAGING", &format!("s3://{}", bucket::BUCKET));
        self.set("HANDOFF_S3_ENDPOINT", endpoint);
        self.set("AWS_ACCESS_KEY_ID", bucket::ACCESS_KEY);
        self.set("AWS_SECRET_ACCESS_KEY", bucket::SECRET_KEY);
        self.set("AWS_REGION", "us-east-1");
    }

    fn prefix(&self) -> String {
        format!("t{}.", self.url.rsplit(':').next().unwrap())
    }

    /// The exchange that events are published to.
    pub fn exchange(&self) -> String {
        format!("{}events", self.prefix())
    }

    pub fn queue(&self) -> String {
        format!("{}discharge", self.prefix())
    }

    pub fn results(&self) -> String {
        format!("{}results", self.prefix())
    }

    pub fn notices(&self) -> String {
        format!("{}notices", self.prefix())
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        // A bench measures the program as it is released.
        let program = std::env::var("HANDOFF_TEST_PROGRAM");
        let program = program.unwrap_or(env!("CARGO_BIN_EXE_handoff").into());
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs one command of the program with the service's settings.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Runs one command that a fault point kills.
    pub fn killed(&self, arguments: &[&str], fault: &str) -> std::process::ExitStatus {
        self.command(arguments)
            .env("HANDOFF_FAULT", fault)
            .output()
            .unwrap()
            .status
    }

    /// Starts `serve` and waits until it answers; `fault` arms a fault point.
    pub async fn start(&mut self, fault: Option<&str>) {
        let uses_broker = self.env.iter().any(|(name, _)| name == "HANDOFF_AMQP_URL");
        if uses_broker && !self.alone && self.broker.is_none() {
            self.broker = Some(super::needs::BROKER.read().await);
        }
        self.spawn(fault);
        // Whether its certificate is the right one is for a test to say.
        let web = reqwest::Client::builder().tls_danger_accept_invalid_certs(true);
        let web = web.build().unwrap();
        super::eventually("the service answers", || async {
            let answer = web.get(format!("{}/healthz", self.url)).send().await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
    }

    fn spawn(&mut self, fault: Option<&str>) {
        let mut command = self.command(&["serve"]);
        command.stderr(self.log_file()).stdout(Stdio::null());
        if let Some(fault) = fault {
            command.env("HANDOFF_FAULT", fault);
        }
        self.child = Some(command.spawn().unwrap());
    }

    /// What a supervisor does: starts it where it has not been started or has died.
    pub async fn revive(&mut self, fault: Option<&str>) {
        let runs = match &mut self.child {
            None => false,
            Some(child) => child.try_wait().unwrap().is_none(),
        };
        if runs {
            return;
        }
        if self.broker.is_none() {
            self.broker = Some(super::needs::BROKER.read().await);
        }
        self.spawn(fault);
    }

    /// All that its processes say goes to one file.
    pub fn log_file(&self) -> File {
        let mut options = File::options();
        let options = options.create(true).append(true);
        options.open(self.log_path()).unwrap()
    }

    /// Waits until the process has ended by itself; says whether by a signal.
    pub async fn ended_by_signal(&mut self) -> bool {
        use std::os::unix::process::ExitStatusExt;
        let child = self.child.as_mut().unwrap();
        for _ in 0..600 {
            if let Some(status) = child.try_wait().unwrap() {
                return status.signal().is_some();
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the service did not end: {}", self.log());
    }

    pub fn token(&self) -> String {
        self.token_of("sender")
    }

    pub fn token_of(&self, role: &str) -> String {
        let output = self.run(&["token", "issue", "--role", role]);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Opens the page of a handoff's first recipient and types the digits that it
    /// shows: the page's address, and the cookie.
    pub async fn visit(&self, web: &reqwest::Client, handoff: &str) -> (String, String) {
        use handoff::adapters::{keyring::Keyring, sql::Store, tokens::Signer};
        let mut env = self.env.iter();
        let database = env.find(|(name, _)| name == "HANDOFF_DATABASE_URL");
        let database = database.map_or_else(
            || format!("sqlite:{}", self.state().join("handoff.db").display()),
            |(_, url)| url.clone(),
        );
        let store = Store::connect(&database).await.unwrap();
        let links = store.links_of(handoff, handoff::domain::link::Face::People);
        let link = links.await.unwrap().remove(0);
        let clock = handoff::adapters::clock::Clock::System;
        let keys = Keyring::open(&self.state().join("keys"), &clock).unwrap();
        let signer = Signer::new(&keys.links, &self.url).unwrap();
        let page = format!("{}/l/{}", self.url, signer.link_token(&link).unwrap());
        let digits = keys.index(&["digits".into(), link.id.to_string()]);
        let digits = handoff::domain::verify::shown_digits(&digits);
        let proven = web
            .post(&page)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("do=prove&digits={digits}"))
            .send()
            .await
            .unwrap();
        assert_eq!(proven.status(), 303);
        (page, super::cookie(&proven))
    }

    /// Of the running service.
    pub fn process(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("serve.log")
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Publishes as an engine would, with another language's client; the
    /// reply's JSON where one is asked for.
    pub async fn publish(&self, body: &[u8], more: &[&str]) -> Option<Value> {
        let python = super::needs::needs("HANDOFF_TEST_PYTHON")?;
        let amqp = &self
            .env
            .iter()
            .find(|(name, _)| name == "HANDOFF_AMQP_URL")
            .expect("a broker")
            .1;
        let file = self
            .folder
            .path()
            .join(format!("event-{}", uuid::Uuid::new_v4()));
        std::fs::write(&file, body).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/publish.py");
        let mut command = tokio::process::Command::new(python);
        command
            .arg(script)
            .args(["--amqp-url", amqp, "--exchange", &self.exchange()]);
        command.args([
            "--routing-key",
            "adt.a03.test",
            "--content-type",
            "application/hl7-v2",
        ]);
        command.arg("--body").arg(&file).args(more);
        let output = command.output().await.unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "publishing: {said}\n{}",
            self.log()
        );
        Some(serde_json::from_slice(&output.stdout).unwrap_or(Value::Null))
    }

    /// Until the worker has declared its queue, publishing has no route.
    pub async fn consuming(&self) {
        super::eventually("the worker consumes", || async {
            let log = self.log();
            let ours =
                |line: &str| line.contains("\"consuming\"") && line.contains("\"discharge\"");
            log.lines().any(ours).then_some(())
        })
        .await;
    }

    /// Ends the process as SIGTERM does in production.
    pub async fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let id = child.id().to_string();
            Command::new("kill").args(["-TERM", &id]).status().unwrap();
            tokio::task::spawn_blocking(move || child.wait())
                .await
                .unwrap()
                .unwrap();
        }
    }

    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.kill();
    }
}

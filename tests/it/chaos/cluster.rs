//! Handoff as several processes on one broker, one database and one bucket, with a
//! supervisor that starts again what has died.

use super::plan::Fault;
use super::servers::Servers;
use super::share::Share;
use crate::support::bucket::S3;
use crate::support::service::free_port;
use crate::support::{Service, eventually};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What a process is called, and what it is.
pub type Roles = (&'static str, &'static [&'static str]);

pub struct Node {
    name: &'static str,
    roles: &'static [&'static str],
    address: String,
    child: Option<Child>,
    share: Option<Share>,
}

pub struct Cluster {
    /// Settings, channels, and the command line.
    pub service: Service,
    pub servers: Servers,
    pub s3: tokio::sync::Mutex<S3>,
    pub gateways: Vec<String>,
    /// In each packet.
    pub files: i64,
    nodes: Mutex<Vec<Node>>,
}

/// Two of what people and events wait for; the outbox has a second sender.
pub const WHOLE: [Roles; 6] = [
    ("worker-1", &["worker"]),
    ("worker-2", &["worker"]),
    ("gateway-1", &["gateway"]),
    ("gateway-2", &["gateway", "outbox"]),
    ("outbox", &["outbox"]),
    ("sweeper", &["sweeper"]),
];

/// One worker to be killed, and one process for all the rest.
pub const PAIR: [Roles; 2] = [
    ("worker-1", &["worker"]),
    ("rest", &["gateway", "outbox", "sweeper"]),
];

impl Cluster {
    pub async fn start(servers: Servers, nodes: &[Roles], formats: &[&str]) -> Arc<Self> {
        Self::start_with(servers, nodes, formats, None).await
    }

    /// Each process with a share of a processor, where one is named.
    pub async fn start_with(
        servers: Servers,
        nodes: &[Roles],
        formats: &[&str],
        share: Option<f32>,
    ) -> Arc<Self> {
        let s3 = S3::start().await;
        let mut service = Service::prepare(Some(&servers.amqp), Some(&servers.database));
        service.stage_in(&s3);
        only_discharge(&service, formats);
        for (name, value) in [
            ("HANDOFF_PUBLIC_URL", "http://packets.test"),
            ("HANDOFF_STAGE_LEASE", "8s"),
            ("HANDOFF_SEND_LEASE", "8s"),
            ("HANDOFF_SWEEP_EVERY", "2s"),
            // All of the test comes from one address.
            ("HANDOFF_FAILURES_AT_ONCE", "0"),
        ] {
            service.set(name, value);
        }
        let nodes: Vec<Node> = nodes
            .iter()
            .map(|(name, roles)| Node {
                name,
                roles,
                address: format!("127.0.0.1:{}", free_port()),
                child: None,
                share: share.map(|share| Share::of(name, share).expect("control groups")),
            })
            .collect();
        let gateways = nodes.iter().filter(|node| node.roles.contains(&"gateway"));
        let cluster = Arc::new(Self {
            gateways: gateways
                .map(|node| format!("http://{}", node.address))
                .collect(),
            files: formats.len() as i64,
            service,
            servers,
            s3: tokio::sync::Mutex::new(s3),
            nodes: Mutex::new(nodes),
        });
        cluster.wait_until_ready().await;
        cluster
    }

    /// Starts every process that does not run, for as long as this is polled.
    pub async fn supervise(&self) {
        loop {
            self.revive();
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    fn revive(&self) {
        for node in self.nodes.lock().unwrap().iter_mut() {
            let runs = node
                .child
                .as_mut()
                .is_some_and(|child| child.try_wait().unwrap().is_none());
            if runs {
                continue;
            }
            let mut command = self.service.command(&["serve"]);
            command.env("HANDOFF_LISTEN", &node.address);
            command.env("HANDOFF_ROLES", node.roles.join(","));
            command
                .stderr(self.service.log_file())
                .stdout(Stdio::null());
            let child = command.spawn().unwrap();
            if let Some(share) = &node.share {
                share.take(child.id());
            }
            node.child = Some(child);
        }
    }

    async fn wait_until_ready(&self) {
        let addresses: Vec<String> = {
            let nodes = self.nodes.lock().unwrap();
            nodes
                .iter()
                .map(|node| format!("http://{}/readyz", node.address))
                .collect()
        };
        eventually("every process is ready", || async {
            self.revive();
            for address in &addresses {
                let answer = reqwest::get(address).await.ok()?;
                answer.status().is_success().then_some(())?;
            }
            Some(())
        })
        .await;
    }

    pub async fn play(self: &Arc<Self>, fault: Fault) {
        let cluster = Arc::clone(self);
        match fault {
            Fault::BucketAway(time) => {
                self.s3.lock().await.stop();
                tokio::time::sleep(time).await;
                self.s3.lock().await.back().await;
            }
            fault => tokio::task::spawn_blocking(move || cluster.break_it(fault))
                .await
                .unwrap(),
        }
    }

    fn break_it(&self, fault: Fault) {
        let both = |server: &str, how: &str| {
            self.servers.ctl(server, how);
            self.servers.ctl(server, "start");
        };
        match fault {
            Fault::BrokerKilled => both("rabbitmq", "kill"),
            Fault::BrokerRestarted => both("rabbitmq", "stop"),
            Fault::DatabaseKilled => both("postgres", "kill"),
            Fault::DatabaseRestarted => both("postgres", "stop"),
            Fault::BrokerBlocked(time) => {
                self.servers.ctl("rabbitmq", "block");
                std::thread::sleep(time);
                self.servers.ctl("rabbitmq", "unblock");
            }
            Fault::Killed(name) => self.kill(name),
            Fault::Stopped(name) => self.stop(name),
            Fault::Frozen(name, time) => {
                self.signal(name, "-STOP");
                std::thread::sleep(time);
                self.signal(name, "-CONT");
            }
            Fault::BucketAway(_) => unreachable!("it is in this process"),
        }
    }

    pub fn kill(&self, name: &str) {
        if let Some(mut child) = self.take(name) {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Its supervisor sees it only when it has ended.
    fn stop(&self, name: &str) {
        let Some(mut child) = self.take(name) else {
            return;
        };
        let id = child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        let asked = Instant::now();
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                assert!(status.success(), "{name} ended with {status}");
                return;
            }
            assert!(
                asked.elapsed() < Duration::from_secs(30),
                "{name} does not stop"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn take(&self, name: &str) -> Option<Child> {
        let mut nodes = self.nodes.lock().unwrap();
        let node = nodes.iter_mut().find(|node| node.name == name).unwrap();
        // One that had died already is started as usual.
        let runs = node.child.as_mut()?.try_wait().unwrap().is_none();
        if runs { node.child.take() } else { None }
    }

    fn signal(&self, name: &str, signal: &str) {
        let nodes = self.nodes.lock().unwrap();
        let node = nodes.iter().find(|node| node.name == name).unwrap();
        if let Some(child) = &node.child {
            let id = child.id().to_string();
            Command::new("kill").args([signal, &id]).status().unwrap();
        }
    }

    /// Ends every process in good order; the supervisor must have ended before.
    pub fn stop_all(&self) {
        let names: Vec<_> = self
            .nodes
            .lock()
            .unwrap()
            .iter()
            .map(|node| node.name)
            .collect();
        names.into_iter().for_each(|name| self.stop(name));
    }

    /// What all of them have said, kept where a failure can be read.
    pub fn keep_logs(&self) -> PathBuf {
        let kept = std::env::temp_dir().join(format!("handoff-chaos-{}.log", std::process::id()));
        let mut text = self.service.log();
        for server in ["rabbitmq/rabbitmq.log", "postgres/postgres.log"] {
            text.push_str(&format!("\n== {server}\n"));
            let said = std::fs::read_to_string(self.servers.logs().join(server));
            text.push_str(&said.unwrap_or_default());
        }
        std::fs::write(&kept, text).unwrap();
        kept
    }
}

/// One channel, whose packets have these files.
fn only_discharge(service: &Service, formats: &[&str]) {
    let channels = service.folder.path().join("channels");
    std::fs::remove_file(channels.join("referral.yaml")).unwrap();
    let file = channels.join("discharge.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    let shipped = "formats: [pdf, fhir-document]";
    assert!(text.contains(shipped));
    let formats = format!("formats: [{}]", formats.join(", "));
    std::fs::write(file, text.replace(shipped, &formats)).unwrap();
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let nodes = self
            .nodes
            .get_mut()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        for child in nodes.iter_mut().filter_map(|node| node.child.as_mut()) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

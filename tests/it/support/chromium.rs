//! One Chromium for the whole run, driven by `tests/browser/driver.mjs` over a
//! pair of pipes. It ends when this process does.

use super::needs::needs;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

type Waiting = Arc<Mutex<HashMap<u64, UnboundedSender<Value>>>>;

pub struct Chromium {
    input: Mutex<ChildStdin>,
    waiting: Waiting,
    next: AtomicU64,
}

static CHROMIUM: LazyLock<Option<Chromium>> = LazyLock::new(Chromium::start);

/// The one Chromium, or `None` where nobody promised one.
pub fn chromium() -> Option<&'static Chromium> {
    CHROMIUM.as_ref()
}

fn script(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    folder.join(name)
}

impl Chromium {
    fn start() -> Option<Self> {
        needs("HANDOFF_TEST_BROWSER")?;
        needs("HANDOFF_TEST_CHROMIUM")?;
        let mut child = Command::new("node")
            .arg(script("driver.mjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let output = BufReader::new(child.stdout.take().unwrap());
        let input = child.stdin.take().unwrap();
        let waiting = Waiting::default();
        let known = Arc::clone(&waiting);
        std::thread::spawn(move || {
            for line in output.lines() {
                let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
                let job = line["id"].as_u64().unwrap();
                // Whoever gave up does not read it.
                if let Some(waits) = known.lock().unwrap().get(&job) {
                    let _ = waits.send(line);
                }
            }
            // Nobody waits for a browser that is gone.
            known.lock().unwrap().clear();
            let _ = child.wait();
        });
        Some(Self {
            input: Mutex::new(input),
            waiting,
            next: AtomicU64::new(1),
        })
    }

    fn say(&self, line: &Value) {
        let mut input = self.input.lock().unwrap();
        writeln!(input, "{line}").expect("the driver listens");
    }

    /// Runs one job to its end; `answer` is asked for what only this side knows.
    pub async fn run(&self, mut job: Value, mut answer: impl AsyncFnMut() -> String) -> Value {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        job["id"] = json!(id);
        let (sends, mut lines): (_, UnboundedReceiver<Value>) = unbounded_channel();
        self.waiting.lock().unwrap().insert(id, sends);
        self.say(&job);
        loop {
            let line = lines.recv().await.expect("the driver ended before the job");
            if line.get("needs").is_some() {
                let answer = answer().await;
                self.say(&json!({"id": id, "answer": answer}));
                continue;
            }
            self.waiting.lock().unwrap().remove(&id);
            if let Some(failed) = line["failed"].as_str() {
                panic!("{}: {failed}", job["name"]);
            }
            return line["done"].clone();
        }
    }
}

/// What the npm client of SMART Health Links makes of a link; `None` where it is
/// not there.
pub async fn resolve_shl(shlink: &str, recipient: &str, more: &[&str]) -> Option<Value> {
    needs("HANDOFF_TEST_BROWSER")?;
    let output = tokio::process::Command::new("node")
        .arg(script("shl.mjs"))
        .args([shlink, recipient])
        .args(more)
        .output()
        .await
        .expect("node starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

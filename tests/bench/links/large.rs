//! One large file beside nginx, which serves the same bytes in clear; and the memory
//! of a hundred downloads at once. Handoff runs as a process of its own.

use crate::client::fetch;
use crate::stage::{house, packet, piece};
use handoff::adapters::clock::Clock;
use handoff::app::gateway;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

const PROMISED: f64 = 0.5;
const MEMORY_MIB: u64 = 64;
const AT_ONCE: usize = 100;
/// Each of the hundred is long enough that all of them run together.
const EACH: usize = 32 << 20;

/// The child: one large packet, one smaller, their addresses, then it serves until
/// its input ends.
pub async fn serve() {
    let large: usize = std::env::var("LARGE")
        .expect("a size")
        .parse()
        .expect("a number");
    let state = std::env::var("STATE").expect("a folder");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let world = house(Path::new(&state), None, Clock::System, &address).await;
    println!("{}", packet(&world, large, 100).await);
    println!("{}", packet(&world, EACH, AT_ONCE as i64).await);
    let stop = CancellationToken::new();
    let serving = tokio::spawn(gateway::serve(world, listener, stop.clone()));
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()))
        .await
        .expect("a thread")
        .expect("an input");
    stop.cancel();
    let _ = serving.await;
}

pub fn measure(quick: bool) -> ExitCode {
    let large: usize = if quick { 256 << 20 } else { 1 << 30 };
    let state = tempfile::tempdir().expect("a folder");
    let mut ours = Command::new(std::env::current_exe().expect("this program"))
        .arg("--serve")
        .env("LARGE", large.to_string())
        .env("STATE", state.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child");
    let mut lines = BufReader::new(ours.stdout.take().expect("its output")).lines();
    let mut line = || lines.next().expect("a line").expect("a line");
    let (whole, many) = (line(), line());
    println!(
        "\na file of {} MiB by one client, best of five",
        large >> 20
    );
    let began = memory(&ours, "VmRSS");
    match Nginx::start(large) {
        Some(nginx) => beside(&whole, &nginx, large),
        None => println!("left out: nginx is not installed (tests/bench/run installs it)"),
    }
    let clients: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let url = many.clone();
            std::thread::spawn(move || fetch(&url))
        })
        .collect();
    let total: usize = clients
        .into_iter()
        .map(|client| client.join().expect("a client"))
        .sum();
    assert_eq!(total, AT_ONCE * EACH);
    let peak = memory(&ours, "VmHWM");
    let kept = peak <= MEMORY_MIB << 10;
    println!(
        "{AT_ONCE} downloads at once: {:.1} MiB at most ({:.1} MiB before the first), {MEMORY_MIB} MiB promised, {}",
        peak as f64 / 1024.0,
        began as f64 / 1024.0,
        if kept { "kept" } else { "BROKEN" },
    );
    drop(ours.stdin.take());
    let _ = ours.wait();
    // Memory does not depend on how busy the machine is.
    if kept {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn beside(whole: &str, nginx: &Nginx, large: usize) {
    let (mut ours, mut theirs) = (Duration::MAX, Duration::MAX);
    for _ in 0..5 {
        for (url, best) in [(whole, &mut ours), (nginx.url.as_str(), &mut theirs)] {
            let began = Instant::now();
            assert_eq!(fetch(url), large);
            *best = (*best).min(began.elapsed());
        }
    }
    let speed = |time: Duration| large as f64 / time.as_secs_f64() / 1e6;
    let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
    let verdict = if ratio >= PROMISED { "kept" } else { "BROKEN" };
    println!(
        "handoff {:.0} MB/s, nginx in clear {:.0} MB/s: {ratio:.2} times, {PROMISED} promised, {verdict}",
        speed(ours),
        speed(theirs),
    );
}

/// KiB, as the kernel counts them.
fn memory(child: &Child, what: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
    let status = status.expect("a running child");
    let line = status.lines().find(|line| line.starts_with(what));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number
        .and_then(|number| number.parse().ok())
        .expect("a number")
}

/// As Debian configures it: sendfile, two workers.
struct Nginx {
    child: Child,
    url: String,
    _folder: tempfile::TempDir,
}

impl Nginx {
    fn start(size: usize) -> Option<Self> {
        let folder = tempfile::tempdir().ok()?;
        let root = folder.path();
        let port = TcpListener::bind("127.0.0.1:0")
            .ok()?
            .local_addr()
            .ok()?
            .port();
        let mut file = std::fs::File::create(root.join("clear.bin")).ok()?;
        let bytes = piece(1 << 20);
        for _ in 0..size >> 20 {
            file.write_all(&bytes).ok()?;
        }
        file.sync_all().ok()?;
        let shown = root.display();
        let config = format!(
            "daemon off; pid {shown}/pid; error_log {shown}/error.log; worker_processes 2; user root;
             events {{ worker_connections 512; }}
             http {{ access_log off; sendfile on; tcp_nopush on; default_type application/pdf;
                     client_body_temp_path {shown}/t1; proxy_temp_path {shown}/t2; fastcgi_temp_path {shown}/t3;
                     uwsgi_temp_path {shown}/t4; scgi_temp_path {shown}/t5;
                     server {{ listen 127.0.0.1:{port}; root {shown}; }} }}"
        );
        std::fs::write(root.join("nginx.conf"), config).ok()?;
        // Debian keeps it out of a user's PATH.
        let program = match Path::new("/usr/sbin/nginx").exists() {
            true => "/usr/sbin/nginx",
            false => "nginx",
        };
        let child = Command::new(program)
            .args(["-c".as_ref(), root.join("nginx.conf").as_os_str()])
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let address = format!("127.0.0.1:{port}");
        for _ in 0..100 {
            if TcpStream::connect(&address).is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(Self {
            child,
            url: format!("http://{address}/clear.bin"),
            _folder: folder,
        })
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        let _ = self.child.wait();
    }
}

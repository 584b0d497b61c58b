//! A body that is too large is refused clearly, and costs no memory of its size.

use crate::support::service::Service;
use bytes::Bytes;
use futures_util::stream;
use serde_json::Value;
use std::process::{Command, Stdio};
use std::time::Duration;

const MEGABYTE: usize = 1024 * 1024;

/// What reading up to the limit of 64 MiB may cost, program and buffers included.
const MOST_KB: u64 = 200 * 1024;

/// The most memory a process had so far; `None` once it has ended.
fn peak_kb(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// A file that is a gigabyte of nothing, and takes no room on the disk.
#[test]
fn a_file_that_is_too_large_is_refused_without_being_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.hl7");
    let file = std::fs::File::create(&path).unwrap();
    for megabytes in [100, 1024] {
        file.set_len(megabytes * MEGABYTE as u64).unwrap();
        for by_name in [true, false] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_handoff"));
            command.args(["read", "--json"]);
            if by_name {
                command.arg(&path).stdin(Stdio::null());
            } else {
                command.arg("-").stdin(std::fs::File::open(&path).unwrap());
            }
            let child = command.stdout(Stdio::piped()).spawn().unwrap();
            let process = child.id();
            // What it had last is what it had most, but for its last moment.
            let watch = std::thread::spawn(move || {
                let mut most = 0;
                while let Some(now) = peak_kb(process) {
                    most = now;
                    std::thread::sleep(Duration::from_millis(1));
                }
                most
            });
            let output = child.wait_with_output().unwrap();
            let most = watch.join().unwrap();
            assert!(!output.status.success());
            let read: Value = serde_json::from_slice(&output.stdout).unwrap();
            let why = read["problems"][0]["why"].as_str().unwrap();
            assert!(why.contains("larger than 64 MiB"), "{why}");
            assert!(most > 0 && most < MOST_KB, "{megabytes} MB cost {most} kB");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_too_large_is_413_and_costs_no_memory_of_its_size() {
    let mut service = Service::prepare(None, None);
    service.start(None).await;
    let token = service.token();
    let web = reqwest::Client::new();
    for _ in 0..3 {
        let piece = Bytes::from(vec![b'A'; MEGABYTE]);
        let pieces = stream::iter((0..100).map(move |_| Ok::<_, std::io::Error>(piece.clone())));
        let post = web
            .post(format!("{}/api/v1/events", service.url))
            .bearer_auth(&token)
            .body(reqwest::Body::wrap_stream(pieces));
        assert_eq!(post.send().await.unwrap().status(), 413);
    }
    let most = peak_kb(service.process()).unwrap();
    assert!(most < 2 * MOST_KB, "three times 100 MB cost {most} kB");
    service.stop().await;
}

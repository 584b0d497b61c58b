//! A client that costs little: it reads and throws away.

use std::io::{Read, Write};
use std::net::TcpStream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

pub fn split(url: &str) -> (&str, String) {
    let rest = url.strip_prefix("http://").expect("plain HTTP");
    let (host, path) = rest.split_once('/').expect("a path");
    (host, format!("/{path}"))
}

fn request(host: &str, path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n")
}

/// Fetches one after the other on one connection; whole bodies, or it panics.
pub async fn fetch_all(urls: &[String]) {
    let Some(first) = urls.first() else { return };
    let (host, _) = split(first);
    let mut stream = tokio::net::TcpStream::connect(host)
        .await
        .expect("a server");
    stream.set_nodelay(true).expect("an option");
    let mut buffer = vec![0; 64 << 10];
    for url in urls {
        let (host, path) = split(url);
        stream
            .write_all(request(host, &path).as_bytes())
            .await
            .expect("a server that listens");
        let mut got = Vec::new();
        let (ends, length) = loop {
            let read = stream.read(&mut buffer).await.expect("an answer");
            assert!(read > 0, "the connection ended before its answer");
            got.extend_from_slice(&buffer[..read]);
            if let Some(head) = head(&got) {
                break head;
            }
        };
        let mut left = length - (got.len() - ends);
        while left > 0 {
            let read = stream.read(&mut buffer).await.expect("a body");
            assert!(read > 0, "a body broke off");
            left -= read;
        }
    }
}

/// Fetches one, blocking, on a thread of its own: bytes.
pub fn fetch(url: &str) -> usize {
    let (host, path) = split(url);
    let mut stream = TcpStream::connect(host).expect("a server");
    stream
        .write_all(request(host, &path).as_bytes())
        .expect("a server that listens");
    let mut buffer = vec![0; 256 << 10];
    let mut got = Vec::new();
    let (ends, length) = loop {
        let read = stream.read(&mut buffer).expect("an answer");
        assert!(read > 0, "the connection ended before its answer");
        got.extend_from_slice(&buffer[..read]);
        if let Some(head) = head(&got) {
            break head;
        }
    };
    let mut left = length - (got.len() - ends);
    while left > 0 {
        let read = stream.read(&mut buffer).expect("a body");
        assert!(read > 0, "a body broke off");
        left -= read;
    }
    length
}

/// Where the head ends, and the length that it names; 200 or nothing.
fn head(got: &[u8]) -> Option<(usize, usize)> {
    let ends = got.windows(4).position(|part| part == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&got[..ends]).expect("a head in ASCII");
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    });
    Some((ends, length.expect("a length")))
}

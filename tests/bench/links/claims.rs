//! 50 KB packets from the claim to the end of life.

use crate::client::fetch_all;
use crate::databases;
use crate::stage::{house, packet};
use handoff::adapters::clock::Clock;
use handoff::app::{gateway, sweeper};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

const SIZE: usize = 50_000;
const CLIENTS: usize = 32;
const PROMISED: f64 = 400.0;

pub async fn measure(packets: usize) {
    println!("\n{packets} packets of 50 KB, {CLIENTS} clients, commits synced to the disk");
    println!(
        "{:<12} {:>14} {:>20} {:>22}",
        "", "downloads/s", "end of life/s", "both together/s"
    );
    for (name, database) in databases() {
        let state = tempfile::tempdir().expect("a folder");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let clock = Clock::manual("2026-11-23T12:00:00Z".parse().expect("a time"));
        let world = house(state.path(), database, clock, &address).await;
        let stop = CancellationToken::new();
        let serving = tokio::spawn(gateway::serve(Arc::clone(&world), listener, stop.clone()));
        let mut urls = Vec::new();
        for _ in 0..packets {
            urls.push(packet(&world, SIZE, 1).await);
        }
        let began = Instant::now();
        let clients = urls.chunks(packets.div_ceil(CLIENTS)).map(|part| {
            let part = part.to_vec();
            tokio::spawn(async move { fetch_all(&part).await })
        });
        for client in clients.collect::<Vec<_>>() {
            client.await.expect("a client");
        }
        // Whole bodies are out; what is still to be written down belongs to it.
        stop.cancel();
        serving.await.expect("a server").expect("a server");
        let downloads = began.elapsed();
        world.clock.advance(Duration::from_secs(601));
        let began = Instant::now();
        let mut deleted = 0;
        while deleted < packets {
            let swept = sweeper::sweep(&world).await.expect("a sweep");
            assert!(swept.objects_deleted > 0, "{deleted} of {packets} ended");
            deleted += swept.objects_deleted;
        }
        let ends = began.elapsed();
        let per_second = |time: Duration| packets as f64 / time.as_secs_f64();
        let both = per_second(downloads + ends);
        let verdict = if both >= PROMISED { "kept" } else { "BROKEN" };
        println!(
            "{name:<12} {:>14.0} {:>20.0} {both:>22.0}   {PROMISED} promised, {verdict}",
            per_second(downloads),
            per_second(ends),
        );
        let audit = world.store.verify_audit().await.expect("the audit");
        assert_eq!(audit.first_break, None);
        assert_eq!(
            audit.entries,
            packets * 4,
            "created, first access, completed, erased"
        );
    }
}

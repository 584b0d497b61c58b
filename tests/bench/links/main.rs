//! What a link costs: claims to completion, with every commit on the disk and the end
//! of life included; claims among many living links; a large file against nginx; the
//! memory of many downloads at once. Times fail nothing, they are the machine's as
//! much as ours: ratios of one run are what counts.
#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]

mod claims;
mod client;
mod large;
mod living;
mod stage;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let given = |name: &str| arguments.iter().any(|argument| argument == name);
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    if given("--serve") {
        runtime.block_on(large::serve());
        return ExitCode::SUCCESS;
    }
    let quick = given("--quick");
    let only = |name: &str| {
        let named = ["claims", "living", "large"];
        !named.iter().any(|name| given(name)) || given(name)
    };
    if only("claims") {
        runtime.block_on(claims::measure(if quick { 600 } else { 6_000 }));
    }
    if only("living") {
        runtime.block_on(living::measure(if quick { 100_000 } else { 1_000_000 }));
    }
    if only("large") {
        return large::measure(quick);
    }
    ExitCode::SUCCESS
}

/// SQLite always; PostgreSQL where tests/bench/run has started one.
fn databases() -> Vec<(&'static str, Option<String>)> {
    let mut all = vec![("SQLite", None)];
    match std::env::var("HANDOFF_TEST_DATABASE_URL") {
        Ok(url) if !url.is_empty() => all.push(("PostgreSQL", Some(url))),
        _ => eprintln!("left out: PostgreSQL (HANDOFF_TEST_DATABASE_URL is not set)"),
    }
    all
}

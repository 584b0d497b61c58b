//! The command line: what operators and integration engineers type.

mod approve;
mod channels;
mod dead_letters;
mod demo;
mod doctor;
mod ends;
mod extend;
mod handoffs;
mod keys;
mod look;
mod operator;
mod passcode;
mod reissue;
mod render;
mod revoke;
mod serve;
mod token;

use super::config::Settings;
use super::world::World;
use crate::adapters::clock::Clock;
use crate::adapters::telemetry::{SERVING, Telemetry};
use crate::formats::read::MAX_BODY_BYTES;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Parser)]
#[command(
    name = "handoff",
    version,
    about = "Turns integration events into sealed, expiring packets behind temporary links.",
    long_about = "Handoff takes events from your integration engine (RabbitMQ or HTTP), renders discharge and \
referral packets, stages them sealed, and answers with a FHIR DocumentReference that points at a link which opens \
once and then is gone.\n\nTry it:  handoff demo",
    after_help = "Settings come from handoff.yaml (or --config) and HANDOFF_… variables; with neither, everything \
stays on this machine under ./.handoff and listens on 127.0.0.1:8080."
)]
struct Cli {
    /// Settings file; handoff.yaml in this folder where it exists.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the shipped examples through the whole pipeline and show the links.
    Demo(demo::Demo),
    /// Consume the channels' queues, serve the links, send what is due.
    Serve(serve::Serve),
    /// Show what is understood of a message, and every doubt about it.
    Read(look::Read),
    /// Render a channel's packet from a message or a sample. Nothing is stored or sent.
    Render(render::Render),
    /// List the latest handoffs.
    List(handoffs::List),
    /// Show one handoff: its links, what was sent, and its audit.
    Show(handoffs::Show),
    /// Let an event go that was held for a person.
    Approve(approve::Approve),
    /// Close links at once: by handoff, link, visit, patient, recipient, channel or time.
    Revoke(revoke::Revoke),
    /// Move the end of an open link, or of a handoff's open links: later or sooner.
    Extend(extend::Extend),
    /// Give a link's recipient a new one, in the old one's place.
    Reissue(reissue::Reissue),
    /// Show the passcodes of a handoff's links, for whoever must tell them.
    Passcode(passcode::Passcode),
    /// Messages that could not be handed over: list, show, replay, discard.
    #[command(subcommand)]
    DeadLetters(dead_letters::DeadLetters),
    /// Erase now what has ended; `serve` does this by itself.
    Sweep(handoffs::Sweep),
    /// Compare staging with the database; remove what belongs to nobody.
    Reconcile(ends::Reconcile),
    /// A signed statement that nothing of a handoff is left.
    Receipt(ends::Receipt),
    /// Check the installation, and say what to do.
    Doctor(doctor::Doctor),
    /// Check channel files, try messages on them, compare their versions.
    #[command(subcommand)]
    Channels(channels::Channels),
    /// List keys, rotate them while everything goes on, retire old ones.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Access tokens for the API.
    #[command(subcommand)]
    Token(token::Token),
    /// The audit chain.
    #[command(subcommand)]
    Audit(handoffs::Audit),
}

/// Parses the command line and runs it.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return complain(&error.into()),
    };
    match runtime.block_on(dispatch(cli)) {
        Ok(code) => code,
        Err(error) => complain(&error),
    }
}

fn complain(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    ExitCode::FAILURE
}

async fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    let config = cli.config.as_deref();
    match cli.command {
        Command::Demo(command) => command.run().await,
        Command::Serve(command) => {
            let telemetry = Telemetry::install(command.log, SERVING)?;
            let done = command.run(Settings::load(config)?).await;
            telemetry.flush().await;
            done
        }
        Command::Read(command) => command.run(|| Settings::load(config)),
        Command::Render(command) => command.run(&Settings::load(config)?),
        Command::List(command) => command.run(&*open(config).await?).await,
        Command::Show(command) => command.run(&*open(config).await?).await,
        Command::Approve(command) => command.run(Settings::load(config)?).await,
        Command::Revoke(command) => command.run(&*open(config).await?).await,
        Command::Extend(command) => command.run(&*open(config).await?).await,
        Command::Reissue(command) => command.run(Settings::load(config)?).await,
        Command::Passcode(command) => command.run(&*open(config).await?).await,
        Command::DeadLetters(command) => command.run(Settings::load(config)?).await,
        Command::Sweep(command) => command.run(&*open(config).await?).await,
        Command::Reconcile(command) => command.run(&*open(config).await?).await,
        Command::Receipt(command) => command.run(&*open(config).await?).await,
        Command::Doctor(command) => command.run(&Settings::load(config)?).await,
        Command::Channels(command) => command.run(|| Settings::load(config)),
        Command::Keys(command) => command.run(Settings::load(config)?).await,
        Command::Token(command) => command.run(&Settings::load(config)?),
        Command::Audit(command) => command.run(&*open(config).await?).await,
    }
}

/// The world as an operator's command needs it: no channels, no broker.
async fn open(config: Option<&std::path::Path>) -> anyhow::Result<Arc<World>> {
    operating(Settings::load(config)?).await
}

async fn operating(settings: Settings) -> anyhow::Result<Arc<World>> {
    let settings = Settings {
        amqp_url: None,
        ..settings
    };
    World::open(settings, Vec::new(), Clock::System).await
}

/// `-` is standard input. Of a body that is too large only so much is taken that
/// the reader says so.
fn read_input(file: &std::path::Path) -> anyhow::Result<Vec<u8>> {
    use anyhow::Context;
    if file.as_os_str() == "-" {
        return as_much_as_is_read(std::io::stdin().lock()).context("reading standard input");
    }
    std::fs::File::open(file)
        .and_then(as_much_as_is_read)
        .with_context(|| format!("reading {}", file.display()))
}

fn as_much_as_is_read(source: impl std::io::Read) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    let most = MAX_BODY_BYTES as u64 + 1;
    source.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Prints a line; a reader that has gone away (`| head`) is no error.
fn say(line: impl std::fmt::Display) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{line}");
}

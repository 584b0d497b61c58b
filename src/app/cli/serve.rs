//! `handoff serve`: worker, outbox, sweeper and gateway in one process.

use crate::adapters::clock::Clock;
use crate::adapters::telemetry::LogFormat;
use crate::app::config::Settings;
use crate::app::world::World;
use crate::app::{channels, dead_letters, gateway, outbox, sweeper, worker};
use anyhow::Context;
use clap::Args;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// What is in work is finished within this time, then handed back.
const STOP_WITHIN: Duration = Duration::from_secs(25);

#[derive(Args)]
pub(super) struct Serve {
    /// How log lines are written to standard error.
    #[arg(long, value_enum, default_value = "json")]
    pub log: LogFormat,
}

impl Serve {
    pub(super) async fn run(&self, settings: Settings) -> anyhow::Result<ExitCode> {
        let channels = channels::load(&settings.channels)?;
        warn_without_broker(&settings, &channels);
        // Before anything starts: a service without its certificate is none.
        settings.certificate()?;
        let world = World::open(settings, channels, Clock::System).await?;
        let listener = listen(&world).await?;
        let stop = CancellationToken::new();
        let running = start(&world, listener, &stop);
        tracing::info!(
            listen = world.settings.listen,
            channels = world.channels.len(),
            "serving"
        );
        wait_for_signal().await?;
        tracing::info!("stopping");
        finish(running, stop).await;
        world.store.close().await;
        Ok(ExitCode::SUCCESS)
    }
}

pub(super) async fn listen(world: &World) -> anyhow::Result<TcpListener> {
    let listen = &world.settings.listen;
    TcpListener::bind(listen)
        .await
        .with_context(|| format!("listening on {listen}; choose another with HANDOFF_LISTEN"))
}

/// Starts every part; each ends when `stop` is cancelled.
pub(super) fn start(
    world: &Arc<World>,
    listener: TcpListener,
    stop: &CancellationToken,
) -> JoinSet<()> {
    let mut running = JoinSet::new();
    for channel in &world.channels {
        running.spawn(worker::run(
            Arc::clone(world),
            Arc::clone(channel),
            stop.clone(),
        ));
        let (world, channel) = (Arc::clone(world), Arc::clone(channel));
        running.spawn(dead_letters::run(world, channel, stop.clone()));
    }
    running.spawn(outbox::run(Arc::clone(world), stop.clone()));
    running.spawn(sweeper::run(Arc::clone(world), stop.clone()));
    let (world, stop) = (Arc::clone(world), stop.clone());
    running.spawn(async move {
        if let Err(error) = gateway::serve(world, listener, stop).await {
            tracing::error!(error = format!("{error:#}"), "the gateway stopped");
        }
    });
    running
}

pub(super) async fn finish(mut running: JoinSet<()>, stop: CancellationToken) {
    stop.cancel();
    let all = async { while running.join_next().await.is_some() {} };
    if tokio::time::timeout(STOP_WITHIN, all).await.is_err() {
        tracing::warn!(
            "some work was not finished in time; it is taken up again at the next start"
        );
    }
}

fn warn_without_broker(settings: &Settings, channels: &channels::Channels) {
    if settings.amqp_url.is_some() {
        return;
    }
    for channel in channels
        .iter()
        .filter(|channel| channel.source.rabbitmq.is_some())
    {
        tracing::warn!(
            channel.name = channel.name(),
            "no broker is configured (HANDOFF_AMQP_URL): this channel gets events by HTTP only, results go to no exchange, notices to the local outbox"
        );
    }
}

pub(super) async fn wait_for_signal() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted.context("listening for Ctrl-C")?,
    }
    Ok(())
}

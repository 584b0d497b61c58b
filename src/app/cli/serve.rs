//! `handoff serve`: worker, outbox, sweeper and gateway in one process, or those of
//! them that it is told to be.

use crate::adapters::clock::Clock;
use crate::adapters::telemetry::LogFormat;
use crate::app::config::Settings;
use crate::app::roles::{Role, Roles};
use crate::app::world::World;
use crate::app::{channels, dead_letters, gateway, outbox, readiness, sweeper, worker};
use anyhow::Context;
use clap::Args;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

#[derive(Args)]
pub(super) struct Serve {
    /// How log lines are written to standard error.
    #[arg(long, value_enum, default_value = "json")]
    pub log: LogFormat,
    /// Be this alone; several times for several. Without it, and without the setting
    /// `roles`, all of them.
    #[arg(long = "role", value_enum, value_name = "ROLE")]
    pub roles: Vec<Role>,
}

impl Serve {
    pub(super) async fn run(&self, mut settings: Settings) -> anyhow::Result<ExitCode> {
        if !self.roles.is_empty() {
            settings.roles = Roles::of(self.roles.clone())?;
        }
        let channels = channels::load(&settings.channels)?;
        if settings.roles.has(Role::Worker) {
            warn_without_broker(&settings, &channels);
        }
        // Before anything starts: a service without its certificate is none.
        settings.certificate()?;
        let world = World::open(settings, channels, Clock::System).await?;
        let listener = listen(&world).await?;
        let stop = CancellationToken::new();
        let running = start(&world, listener, &stop);
        tracing::info!(
            listen = world.settings.listen,
            channels = world.channels.len(),
            roles = world.settings.roles.to_string(),
            "serving"
        );
        wait_for_signal().await?;
        tracing::info!("stopping");
        finish(&world, running, stop).await;
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

/// Starts every part that this process is to be; each ends when `stop` is cancelled.
pub(super) fn start(
    world: &Arc<World>,
    listener: TcpListener,
    stop: &CancellationToken,
) -> JoinSet<()> {
    let mut running = JoinSet::new();
    let roles = &world.settings.roles;
    if roles.has(Role::Worker) {
        for channel in &world.channels {
            running.spawn(worker::run(
                Arc::clone(world),
                Arc::clone(channel),
                stop.clone(),
            ));
            let (world, channel) = (Arc::clone(world), Arc::clone(channel));
            running.spawn(dead_letters::run(world, channel, stop.clone()));
        }
    }
    if roles.has(Role::Outbox) {
        running.spawn(outbox::run(Arc::clone(world), stop.clone()));
    }
    if roles.has(Role::Sweeper) {
        running.spawn(sweeper::run(Arc::clone(world), stop.clone()));
    }
    let (timed, stopped) = (Arc::clone(world), stop.clone());
    running.spawn(async move { readiness::keep_time(&timed, &stopped).await });
    // It answers for the others' health even where it is no gateway.
    let (world, stop) = (Arc::clone(world), stop.clone());
    running.spawn(async move {
        if let Err(error) = gateway::serve(world, listener, stop).await {
            tracing::error!(error = format!("{error:#}"), "the gateway stopped");
        }
    });
    running
}

/// What is in work is finished, or handed back when its time is over.
pub(super) async fn finish(world: &World, mut running: JoinSet<()>, stop: CancellationToken) {
    stop.cancel();
    let all = async { while running.join_next().await.is_some() {} };
    let within = world.settings.stop_within.duration();
    if tokio::time::timeout(within, all).await.is_err() {
        tracing::warn!(
            "some work was not finished in time; it is taken up again by others, or at the next start"
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

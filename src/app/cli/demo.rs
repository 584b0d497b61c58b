//! `handoff demo`: the shipped channels and examples through the very same
//! pipeline as production, on this machine alone.

mod examples;
mod visit;

use super::{say, serve};
use crate::adapters::amqp::{self, Outgoing};
use crate::adapters::clock::Clock;
use crate::adapters::telemetry::{LogFormat, QUIET, Telemetry};
use crate::app::channels::{Channels, parse};
use crate::app::config::Settings;
use crate::app::pipeline::{self, Incoming, OutcomeKind};
use crate::app::world::World;
use crate::domain::channel::ReferenceProfile;
use crate::domain::ids::HandoffId;
use crate::domain::link::Face;
use anyhow::{Context, bail, ensure};
use clap::Args;
use examples::Example;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

#[derive(Args)]
pub(super) struct Demo {
    /// Download every packet through its links, try each a second time, and exit.
    #[arg(long)]
    once: bool,
    /// One JSON object a packet instead of text.
    #[arg(long)]
    json: bool,
    /// Go through this RabbitMQ broker instead of straight into the pipeline.
    #[arg(long, value_name = "URL")]
    amqp_url: Option<String>,
}

/// One example that became a handoff.
struct Staged {
    example: &'static str,
    reference: Value,
    /// The person's page, and the digits that it asks them to type.
    page: String,
    digits: String,
}

impl Demo {
    pub(super) async fn run(&self) -> anyhow::Result<ExitCode> {
        let telemetry = Telemetry::install(LogFormat::Text, QUIET)?;
        let scratch = Scratch::new()?;
        let listener = listener(self.once).await?;
        let settings = settings(&scratch, &listener, self.amqp_url.clone())?;
        let world = World::open(
            settings,
            shipped_channels(&scratch, self.amqp_url.is_some())?,
            Clock::System,
        )
        .await?;
        let stop = CancellationToken::new();
        let running = serve::start(&world, listener, &stop);
        let done = self.show(&world).await;
        if done.is_ok() && !self.once {
            say(format_args!(
                "\nServing on {} until Ctrl-C. Notices: {}",
                world.settings.public_url,
                world.settings.outbox.display()
            ));
            serve::wait_for_signal().await?;
        }
        serve::finish(&world, running, stop).await;
        if let Some(url) = &self.amqp_url {
            clear_broker(&world, url).await?;
        }
        world.store.close().await;
        telemetry.flush().await;
        done.map(|()| ExitCode::SUCCESS)
    }

    async fn show(&self, world: &Arc<World>) -> anyhow::Result<()> {
        for example in examples::all(world.clock.now())? {
            let handoffs = match &self.amqp_url {
                None => straight(world, &example).await?,
                Some(_) => through_broker(world, &example).await?,
            };
            for (id, reference) in handoffs {
                let (page, digits) = page_of(world, &id).await?;
                let staged = Staged {
                    example: example.name,
                    reference,
                    page,
                    digits,
                };
                let tried = if self.once {
                    Some(visit::try_out(&staged).await?)
                } else {
                    None
                };
                self.print(&staged, tried)?;
            }
        }
        if self.once {
            let mails = wait_for_mails(world).await?;
            if !self.json {
                say(format_args!(
                    "\nEvery packet was fetched through its links, and every second attempt was refused.\n{mails} notices went to the local outbox. Without --once the demo keeps serving, so that you can look at them."
                ));
            }
        }
        Ok(())
    }

    fn print(&self, staged: &Staged, tried: Option<visit::Tried>) -> anyhow::Result<()> {
        if self.json {
            let tried = tried.map(|tried| json!({"downloads": tried.downloads, "bytes": tried.bytes, "refused": tried.refused}));
            say(
                json!({"example": staged.example, "documentReference": staged.reference, "page": staged.page, "tried": tried}),
            );
            return Ok(());
        }
        let text = |pointer: &str| {
            staged
                .reference
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or("-")
        };
        say(format_args!("\n{}", staged.example));
        say(format_args!(
            "  DocumentReference  {}",
            text("/masterIdentifier/value")
        ));
        say(format_args!(
            "  type               {} ({})",
            text("/type/text"),
            text("/type/coding/0/code")
        ));
        say(format_args!(
            "  subject            {}",
            text("/subject/identifier/value")
        ));
        for content in staged.reference["content"]
            .as_array()
            .context("a reference without content")?
        {
            let attachment = &content["attachment"];
            let kind = attachment["contentType"].as_str().unwrap_or("-");
            say(format_args!(
                "  attachment         {kind}, {} bytes, until {}",
                attachment["size"],
                attachment["extension"][0]["valueInstant"]
                    .as_str()
                    .unwrap_or("-")
            ));
            say(format_args!(
                "                     {}",
                attachment["url"].as_str().unwrap_or("-")
            ));
        }
        say(format_args!("  click here         {}", staged.page));
        if let Some(tried) = tried {
            say(format_args!(
                "  fetched {} files, {} bytes, size and digest as stated; {} further attempts refused",
                tried.downloads, tried.bytes, tried.refused
            ));
        }
        Ok(())
    }
}

/// A folder that goes when the demo ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> anyhow::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        let tail: String = crate::adapters::clock::chance::<6>()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        let folder = std::env::temp_dir().join(format!("handoff-demo-{tail}"));
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .context("making a folder for the demo")?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is sealed, and its keys are beside it in /tmp.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The usual port where people look for it, any free one otherwise.
async fn listener(once: bool) -> anyhow::Result<TcpListener> {
    if !once && let Ok(listener) = TcpListener::bind("127.0.0.1:8080").await {
        return Ok(listener);
    }
    TcpListener::bind("127.0.0.1:0")
        .await
        .context("finding a free port on 127.0.0.1")
}

fn settings(
    scratch: &Scratch,
    listener: &TcpListener,
    amqp_url: Option<String>,
) -> anyhow::Result<Settings> {
    let address = listener.local_addr()?;
    let state = &scratch.0;
    Ok(Settings {
        public_url: format!("http://{address}"),
        listen: address.to_string(),
        keys: state.join("keys"),
        channels: PathBuf::new(),
        outbox: state.join("outbox"),
        amqp_url,
        database_url: format!("sqlite:{}", state.join("handoff.db").display()),
        staging: state.join("staged").display().to_string(),
        s3_endpoint: None,
        organisation: "Riverside Hospital".into(),
        ..Settings::defaults()?
    })
}

/// The shipped channels. On a broker they get names of their own, lest the demo
/// takes what was meant for a Handoff at work.
fn shipped_channels(scratch: &Scratch, on_broker: bool) -> anyhow::Result<Channels> {
    let own = scratch
        .0
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let file = |name: &str, text: &str| {
        let renamed = text.replace("queue: ", &format!("queue: {own}."));
        let renamed = renamed.replace("{exchange: ", &format!("{{exchange: {own}."));
        let text = if on_broker { renamed } else { text.to_owned() };
        (PathBuf::from(format!("channels/{name}")), text)
    };
    let (channels, errors) = parse(&[
        file(
            "discharge.yaml",
            include_str!("../../../channels/discharge.yaml"),
        ),
        file(
            "referral.yaml",
            include_str!("../../../channels/referral.yaml"),
        ),
    ]);
    match errors.into_iter().next() {
        Some(error) => Err(error.into()),
        None => Ok(channels),
    }
}

/// Leaves nothing on a broker that is not ours.
async fn clear_broker(world: &World, url: &str) -> anyhow::Result<()> {
    for channel in &world.channels {
        amqp::remove(url, channel, world.settings.retry_after.all())
            .await
            .context("removing the demo's queues and exchanges from the broker")?;
    }
    Ok(())
}

async fn straight(
    world: &Arc<World>,
    example: &Example,
) -> anyhow::Result<Vec<(HandoffId, Value)>> {
    let event = Incoming {
        body: example.body.as_slice().into(),
        content_type: Some(example.content_type.into()),
        ..Incoming::default()
    };
    let walked = pipeline::walk(world, &event, &world.channels).await?;
    if let Some(problem) = walked.problems.first() {
        bail!("{}: {problem}", example.name);
    }
    let made = walked
        .outcomes
        .into_iter()
        .map(|outcome| match outcome.kind {
            OutcomeKind::Created(reference) => Ok((outcome.handoff, reference)),
            other => bail!("{}: expected a new handoff, got {other:?}", example.name),
        });
    let made = made.collect::<anyhow::Result<Vec<_>>>()?;
    ensure!(!made.is_empty(), "{}: no channel wanted it", example.name);
    Ok(made)
}

/// Publishes to the queue of the channel that wants it, and waits for the worker.
async fn through_broker(
    world: &Arc<World>,
    example: &Example,
) -> anyhow::Result<Vec<(HandoffId, Value)>> {
    let reading = crate::formats::read::read(
        &example.body,
        Some(example.content_type),
        &Default::default(),
    );
    let facts = reading
        .messages
        .first()
        .context("an example could not be read")?;
    let channel = world
        .channels
        .iter()
        .find(|channel| channel.wants(facts))
        .context("no channel wants it")?;
    let source = channel
        .source
        .rabbitmq
        .as_ref()
        .context("its channel has no queue")?;
    let before = world.store.handoffs(None, 1000, world.clock.now()).await?;
    let event = Outgoing {
        routing_key: source.queue.to_string(),
        content_type: example.content_type,
        message_id: uuid::Uuid::from_bytes(crate::adapters::clock::chance()).to_string(),
        body: example.body.clone(),
        ..Outgoing::default()
    };
    let broker = world.broker.as_ref().context("no broker")?;
    publish_when_declared(broker, &event).await?;
    for _ in 0..300 {
        let now = world.store.handoffs(None, 1000, world.clock.now()).await?;
        let new = now
            .iter()
            .find(|handoff| before.iter().all(|old| old.id != handoff.id));
        if let Some(id) = new.and_then(|handoff| HandoffId::parse(&handoff.id)) {
            let reference =
                pipeline::filled_reference(world, &id, ReferenceProfile::UsCore).await?;
            let reference = reference.context("it ended at once")?;
            return Ok(vec![(id, reference)]);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("{}: nothing came of it within 30 s", example.name)
}

/// The worker declares its queue when it starts; give it a moment.
async fn publish_when_declared(
    broker: &crate::adapters::amqp::Publisher,
    event: &Outgoing,
) -> anyhow::Result<()> {
    let mut tries = 0;
    loop {
        match broker.publish(event).await {
            Ok(()) => return Ok(()),
            Err(error) if tries == 50 => return Err(error.context("the broker at --amqp-url")),
            Err(_) => tries += 1,
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn page_of(world: &World, id: &HandoffId) -> anyhow::Result<(String, String)> {
    let links = world.store.links_of(id.as_str(), Face::People).await?;
    let link = links.first().context("nobody is told of this handoff")?;
    Ok((world.link_url(link)?, world.shown_digits(&link.id)))
}

/// Every packet is told of by e-mail; in the demo that is a file.
async fn wait_for_mails(world: &World) -> anyhow::Result<usize> {
    let packets = world
        .store
        .handoffs(None, 1000, world.clock.now())
        .await?
        .len();
    for _ in 0..100 {
        let files = std::fs::read_dir(&world.settings.outbox)?.flatten();
        let mails = files
            .filter(|file| {
                file.path()
                    .extension()
                    .is_some_and(|ending| ending == "eml")
            })
            .count();
        if mails >= packets {
            return Ok(mails);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("not every notice was written within 10 s")
}

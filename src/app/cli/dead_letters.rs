//! `handoff dead-letters`: messages that could not be handed over. They are looked at
//! without what they say, sent through once more, or let go.

use super::operator::operator;
use super::say;
use crate::adapters::clock::Clock;
use crate::adapters::sql::{DeadLetter, Letters, StoredLetter};
use crate::app::channels;
use crate::app::config::Settings;
use crate::app::dead_letters::{self, LetGo, Opened, Progress, Rate};
use crate::app::world::World;
use crate::domain::audit::{AuditEvent, AuditKind};
use crate::domain::dead_letter::{Standing, word};
use crate::domain::moment::{self, Edge};
use crate::formats::structure::structure;
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Subcommand)]
#[command(
    after_help = "A message that cannot be read, or that ended its worker again and again, is parked: sealed, with the \
reason, for as long as its channel's `dead-letters: {keep: 30d}` says. Nothing is lost, and nothing is tried for ever.\n\n  \
handoff dead-letters list --summary                  what is wrong, and how often\n  \
handoff dead-letters show 019e...                    the reason, the place, the structure; nothing it says\n  \
handoff dead-letters replay --reason 'PID-3' --rate 50/s\n  \
handoff dead-letters discard 019e... --why 'test data of the vendor'\n\n\
Replay after the cause is gone: an engine's mapping corrected, a channel's file changed, a release installed. \
A message that had been handed over after all gets the same answer again and no second handoff."
)]
pub(super) enum DeadLetters {
    /// List them, newest first.
    List(List),
    /// Show one: why it was parked and what it is made of.
    Show(Show),
    /// Send one, or many, through their channel once more.
    Replay(Replay),
    /// Let one go for ever; what it said is erased.
    Discard(Discard),
}

/// Which of them.
#[derive(Args)]
pub(super) struct Which {
    /// Only this channel's.
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    /// Only those with this in their reason or place, in any case.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Parked at or after: 2026-11-25, 2026-11-25T14:30, or with an offset.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
}

impl Which {
    fn letters(&self, world: &World, state: Option<Standing>) -> anyhow::Result<Letters> {
        let zone = &world.settings.zone;
        let since = self.since.as_deref();
        let since = since.map(|text| moment::typed(text, zone, Edge::Start));
        Ok(Letters {
            channel: self.channel.clone().unwrap_or_default(),
            reason: self.reason.clone().unwrap_or_default(),
            since: since
                .transpose()
                .map_err(|why| anyhow::anyhow!("--since is {why}"))?,
            until: None,
            state,
        })
    }
}

#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    which: Which,
    /// Also those that were replayed, delivered or discarded.
    #[arg(long)]
    all: bool,
    /// How many for each channel and reason.
    #[arg(long)]
    summary: bool,
    /// How many lines.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=100_000))]
    limit: i64,
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Show {
    /// The dead letter's id, as `list` shows it.
    id: String,
    /// Print the message itself, with its patient. That you did is in the audit before
    /// it is on the screen.
    #[arg(long)]
    reveal: bool,
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
#[command(
    after_help = "With a broker the message goes back into its channel's queue, with the properties it came with; the \
service takes it from there. Without one it is walked here. What fails again is parked again, with its new reason."
)]
pub(super) struct Replay {
    /// A dead letter's id, as `list` shows it; or say which with --reason, --channel,
    /// --since, --all.
    #[arg(conflicts_with_all = ["all", "channel", "reason", "since"])]
    id: Option<String>,
    #[command(flatten)]
    which: Which,
    /// All of them, or all of a channel or a time.
    #[arg(long)]
    all: bool,
    /// At most so many in a second.
    #[arg(long, default_value = "10/s", value_name = "N/s", value_parser = Rate::typed)]
    rate: Rate,
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Discard {
    /// The dead letter's id, as `list` shows it.
    id: String,
    /// Kept in the audit; no patient data, please.
    #[arg(long, value_name = "TEXT")]
    why: String,
}

impl DeadLetters {
    pub(super) async fn run(&self, settings: Settings) -> anyhow::Result<ExitCode> {
        match self {
            Self::List(list) => list.run(&*without_channels(settings).await?).await,
            Self::Show(show) => show.run(&*without_channels(settings).await?).await,
            Self::Discard(discard) => discard.run(&*without_channels(settings).await?).await,
            // Where it goes is for the channels and the broker to say.
            Self::Replay(replay) => {
                let channels = channels::load(&settings.channels)?;
                let world = World::open(settings, channels, Clock::System).await?;
                replay.run(&world).await
            }
        }
    }
}

async fn without_channels(settings: Settings) -> anyhow::Result<Arc<World>> {
    let settings = Settings {
        amqp_url: None,
        ..settings
    };
    World::open(settings, Vec::new(), Clock::System).await
}

impl List {
    async fn run(&self, world: &World) -> anyhow::Result<ExitCode> {
        let state = (!self.all).then_some(Standing::Parked);
        let which = self.which.letters(world, state)?;
        let now = world.clock.now();
        if self.summary {
            let reasons = world.store.dead_letter_reasons(&which, self.limit, now);
            self.summarise(&reasons.await?)?;
            return Ok(ExitCode::SUCCESS);
        }
        let found = world.store.dead_letters(&which, self.limit, now).await?;
        if self.json {
            say(serde_json::to_string_pretty(&found)?);
            return Ok(ExitCode::SUCCESS);
        }
        for letter in &found {
            say(line(world, letter));
        }
        let all = world.store.count_dead_letters(&which, now).await?;
        match (found.len() as i64, all) {
            (0, _) => say("no dead letters"),
            (told, all) if told < all => say(format_args!(
                "the latest {told} of {all}: --limit shows more, --summary how many for each reason"
            )),
            _ => {}
        }
        Ok(ExitCode::SUCCESS)
    }

    fn summarise(&self, reasons: &[(String, String, i64)]) -> anyhow::Result<()> {
        if self.json {
            let one = |(channel, reason, many): &(String, String, i64)| json!({"channel": channel, "reason": reason, "count": many});
            let all: Vec<Value> = reasons.iter().map(one).collect();
            say(serde_json::to_string_pretty(&all)?);
            return Ok(());
        }
        if reasons.is_empty() {
            say("no dead letters");
        }
        for (channel, reason, many) in reasons {
            say(format_args!("{many:>8}  {channel}  {reason}"));
        }
        Ok(())
    }
}

fn line(world: &World, letter: &DeadLetter) -> String {
    let standing = match letter.state {
        Standing::Parked => String::new(),
        other => format!("  {}", other.as_str()),
    };
    format!(
        "{}  {}  {}{standing}  {}: {}",
        letter.id,
        world.local(letter.parked).strftime("%Y-%m-%d %H:%M"),
        letter.channel,
        letter.why.place,
        letter.why.reason,
    )
}

impl Show {
    async fn run(&self, world: &World) -> anyhow::Result<ExitCode> {
        let now = world.clock.now();
        let stored = world.store.dead_letter(&self.id, now).await?;
        let stored = stored.with_context(unknown)?;
        let opened = dead_letters::open(world, &stored).await?;
        if self.reveal {
            return reveal(world, &stored, opened.context(gone())?).await;
        }
        let parts = opened
            .as_ref()
            .map(|opened| structure(&opened.body, opened.envelope.content_type.as_deref()));
        let audit = world.store.audit_of(&stored.letter.id).await?;
        if self.json {
            let told = json!({"deadLetter": stored.letter, "structure": parts, "audit": audit});
            say(serde_json::to_string_pretty(&told)?);
            return Ok(ExitCode::SUCCESS);
        }
        tell(world, &stored.letter);
        for part in parts.unwrap_or_else(|| vec![gone()]) {
            say(format_args!("structure  {part}"));
        }
        for entry in &audit {
            let at = jiff::Timestamp::from_millisecond(entry.at_ms).unwrap_or_default();
            let at = world.local(at).strftime("%Y-%m-%d %H:%M:%S").to_string();
            say(format_args!(
                "audit      {at}  {}  {}",
                entry.kind, entry.detail
            ));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn tell(world: &World, letter: &DeadLetter) {
    let at = |moment: jiff::Timestamp| {
        let local = world.local(moment);
        local.strftime("%Y-%m-%d %H:%M:%S").to_string()
    };
    say(line(world, letter));
    say(format_args!("stage      {}", letter.why.stage));
    say(format_args!("first seen {}", at(letter.first_seen)));
    say(format_args!("kept until {}", at(letter.expires)));
    if letter.times_parked > 1 || letter.attempts > 1 {
        say(format_args!(
            "parked     {} times, after {} deliveries the last time",
            letter.times_parked, letter.attempts
        ));
    }
    if let Some(parent) = &letter.trace_parent {
        say(format_args!("trace      {parent}"));
    }
    if let Some(tried) = letter.tried_alone {
        say(format_args!("tried      alone, {}", at(tried)));
    }
    if let (Some(when), Some(by)) = (letter.settled, &letter.settled_by) {
        let why = letter.settled_why.as_deref().unwrap_or_default();
        say(format_args!(
            "{:<10} {} by {by}: {why}",
            letter.state.as_str(),
            at(when)
        ));
    }
}

/// The message as it came. Bytes that are no text are shown as such.
async fn reveal(world: &World, stored: &StoredLetter, opened: Opened) -> anyhow::Result<ExitCode> {
    let event = AuditEvent {
        kind: AuditKind::DeadLetterShown,
        handoff: stored.letter.id.clone(),
        link: None,
        detail: format!(
            "a dead letter of the channel {}, to {}",
            stored.letter.channel,
            operator()
        ),
    };
    world.store.audit(&event, world.clock.now()).await?;
    let text = String::from_utf8_lossy(&opened.body);
    // A terminal takes a carriage return for the start of the same line.
    match std::io::stdout().is_terminal() {
        true => say(text.replace("\r\n", "\n").replace('\r', "\n")),
        false => say(text),
    }
    Ok(ExitCode::SUCCESS)
}

impl Replay {
    async fn run(&self, world: &Arc<World>) -> anyhow::Result<ExitCode> {
        if let Some(id) = &self.id {
            let became = dead_letters::replay(world, id, &operator()).await?;
            return self.told(id, became);
        }
        let narrowed = self.which.reason.is_some();
        if !self.all && !narrowed {
            bail!(
                "say which: an id, --reason TEXT, or --all (with --channel or --since it is all of those); `handoff dead-letters list` shows them"
            );
        }
        let which = self.which.letters(world, Some(Standing::Parked))?;
        let all = world.store.count_dead_letters(&which, world.clock.now());
        let all = all.await?;
        let watched = std::io::stderr().is_terminal();
        let progress = |progress: &Progress| {
            if watched {
                eprint!("\r{} of {all} replayed", progress.done);
            }
        };
        let who = operator();
        let done = dead_letters::replay_all(world, &which, self.rate, &who, progress).await?;
        if watched {
            eprintln!();
        }
        match self.json {
            true => say(serde_json::to_string(&done)?),
            false => say(format_args!(
                "replayed {}, parked again {}, left {}",
                done.done, done.parked_again, done.left
            )),
        }
        if let Some(why) = &done.why {
            eprintln!("left as they were: {why}");
        }
        Ok(match done.left {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        })
    }

    fn told(&self, id: &str, became: LetGo) -> anyhow::Result<ExitCode> {
        match became {
            LetGo::Done if self.json => say(json!({"replayed": id})),
            LetGo::Done => say(format_args!("replayed  {id}")),
            LetGo::ParkedAgain(why) => {
                eprintln!("error: it failed again, and is parked again: {why}");
                return Ok(ExitCode::FAILURE);
            }
            other => return refused(other),
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Discard {
    async fn run(&self, world: &World) -> anyhow::Result<ExitCode> {
        let why = word(&self.why).map_err(anyhow::Error::msg)?;
        match dead_letters::discard(world, &self.id, &operator(), &why).await? {
            LetGo::Done => {
                say(format_args!("discarded  {}", self.id));
                Ok(ExitCode::SUCCESS)
            }
            LetGo::ParkedAgain(_) => bail!("it was parked anew just now: look at it again"),
            other => refused(other),
        }
    }
}

fn refused(became: LetGo) -> anyhow::Result<ExitCode> {
    match became {
        LetGo::Unknown => bail!(unknown()),
        LetGo::Settled(state) => bail!(
            "nothing is parked under that id: it was {} already",
            state.as_str()
        ),
        LetGo::Refused(why) => bail!("{why}"),
        LetGo::Done | LetGo::ParkedAgain(_) => Ok(ExitCode::SUCCESS),
    }
}

fn unknown() -> String {
    "there is no dead letter with this id, or its time is over; `handoff dead-letters list --all` shows them".into()
}

fn gone() -> String {
    "what it said is erased: it was replayed, delivered or discarded".into()
}

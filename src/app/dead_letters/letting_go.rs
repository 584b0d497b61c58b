//! A person decides on dead letters: once more through the channel, or never. Many at
//! a rate that leaves room for what comes; what could not be sent stays parked.

use super::{Opened, Written, leave_line, open, write_off};
use crate::adapters::sql::{DeadLetter, Letters, Settling, StoredLetter};
use crate::app::pipeline;
use crate::app::world::World;
use crate::domain::channel::Channel;
use crate::domain::dead_letter::Standing;
use anyhow::Context;
use futures_util::future::join_all;
use std::sync::Arc;
use std::time::Duration;

/// What became of one that a person decided on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LetGo {
    /// Replayed or discarded.
    Done,
    /// It was read again here, and parked again for this reason.
    ParkedAgain(String),
    /// There is none, or no more.
    Unknown,
    /// Somebody decided on it already; what became of it.
    Settled(Standing),
    /// It cannot be replayed: why, and what to do.
    Refused(String),
}

/// Replayed in a second, at most.
#[derive(Debug, Clone, Copy)]
pub struct Rate(u32);

impl Rate {
    pub const MOST: u32 = 1000;

    /// `10/s`, or `10`.
    pub fn typed(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix("/s").unwrap_or(text);
        match number.parse() {
            Ok(rate) if (1..=Self::MOST).contains(&rate) => Ok(Self(rate)),
            _ => Err(format!(
                "a rate is like 10/s, from 1 to {} a second",
                Self::MOST
            )),
        }
    }
}

impl Default for Rate {
    /// A tenth of what one worker does: what comes meanwhile is not held up.
    fn default() -> Self {
        Self(10)
    }
}

/// How far many have come.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    pub done: usize,
    /// Parked again by the walk itself.
    pub parked_again: usize,
    /// Left as they were.
    pub left: usize,
    /// Why the first of those was left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Progress {
    fn count(&mut self, became: LetGo) {
        let why = match became {
            LetGo::Done => {
                self.done += 1;
                return;
            }
            LetGo::ParkedAgain(_) => {
                self.parked_again += 1;
                return;
            }
            // Somebody else was faster.
            LetGo::Unknown | LetGo::Settled(_) => return,
            LetGo::Refused(why) => why,
        };
        self.left += 1;
        self.why.get_or_insert(why);
    }
}

/// Letters sent together: a broker confirms hundreds as fast as one.
const TOGETHER: usize = 50;
/// Bytes of their bodies in memory at a time.
const BYTES: i64 = 16 << 20;
/// Ids read from the database at a time.
const PAGE: i64 = 500;

/// Sends one through its channel once more.
pub async fn replay(world: &Arc<World>, id: &str, who: &str) -> anyhow::Result<LetGo> {
    let mut became = replay_some(world, &[id.to_owned()], who).await?;
    became.pop().context("nothing was replayed")
}

/// Sends all of these through, the oldest first; those that are parked again meanwhile
/// wait for the next time.
pub async fn replay_all(
    world: &Arc<World>,
    which: &Letters,
    rate: Rate,
    who: &str,
    mut told: impl FnMut(&Progress),
) -> anyhow::Result<Progress> {
    let mut progress = Progress::default();
    let begun = world.clock.now();
    let which = Letters {
        state: Some(Standing::Parked),
        until: Some(which.until.map_or(begun, |until| until.min(begun))),
        ..which.clone()
    };
    let mut after: Option<(jiff::Timestamp, String)> = None;
    loop {
        let last = after.as_ref().map(|(at, id)| (*at, id.as_str()));
        let page = world.store.dead_letter_ids(&which, last, PAGE, begun);
        let page = page.await?;
        let Some(end) = page.last() else {
            return Ok(progress);
        };
        after = Some(end.clone());
        let ids: Vec<String> = page.into_iter().map(|(_, id)| id).collect();
        for some in ids.chunks(TOGETHER.min(rate.0 as usize)) {
            let pause = Duration::from_secs(1) * u32::try_from(some.len())? / rate.0;
            let pause = tokio::time::sleep(pause);
            for became in replay_some(world, some, who).await? {
                progress.count(became);
            }
            told(&progress);
            pause.await;
        }
    }
}

/// Each as it was looked up, so many at a time that their bodies fit.
async fn replay_some(world: &Arc<World>, ids: &[String], who: &str) -> anyhow::Result<Vec<LetGo>> {
    let mut became = Vec::new();
    let (mut group, mut bytes) = (Vec::new(), 0);
    for id in ids {
        let stored = world.store.dead_letter(id, world.clock.now()).await?;
        match waiting(world, stored) {
            Err(otherwise) => became.push(otherwise),
            Ok(letter) => {
                bytes += letter.stored.letter.size;
                group.push(letter);
            }
        }
        if bytes > BYTES {
            became.extend(replay_group(world, std::mem::take(&mut group), who).await?);
            bytes = 0;
        }
    }
    became.extend(replay_group(world, group, who).await?);
    Ok(became)
}

struct Waiting {
    stored: StoredLetter,
    channel: Arc<Channel>,
}

fn waiting(world: &World, stored: Option<StoredLetter>) -> Result<Waiting, LetGo> {
    let stored = stored.ok_or(LetGo::Unknown)?;
    if !matches!(stored.letter.state, Standing::Parked | Standing::ToBeTried) {
        return Err(LetGo::Settled(stored.letter.state));
    }
    let name = &stored.letter.channel;
    let mut channels = world.channels.iter();
    let channel = channels.find(|channel| channel.name() == name.as_str());
    match channel.cloned() {
        Some(channel) => Ok(Waiting { stored, channel }),
        None => Err(LetGo::Refused(format!(
            "there is no channel {name} any more: put its file back, or discard the letter"
        ))),
    }
}

async fn replay_group(
    world: &Arc<World>,
    group: Vec<Waiting>,
    who: &str,
) -> anyhow::Result<Vec<LetGo>> {
    let sent = join_all(group.iter().map(|letter| send(world, letter))).await;
    let mut became = Vec::new();
    let mut gone: Vec<&DeadLetter> = Vec::new();
    let mut away = None;
    for (letter, sent) in group.iter().zip(sent) {
        match sent {
            Ok(LetGo::Done) => gone.push(&letter.stored.letter),
            Ok(otherwise) => became.push(otherwise),
            Err(error) => away = Some(error),
        }
    }
    became.extend(settled(world, &gone, Standing::Replayed, who, "replayed").await?);
    // After those that went: they are written down.
    match away {
        Some(error) => Err(error),
        None => Ok(became),
    }
}

/// Back into the channel's queue, as it came; without a broker straight through the
/// pipeline. The same event gives the same answer as it would have the first time.
async fn send(world: &Arc<World>, letter: &Waiting) -> anyhow::Result<LetGo> {
    let Waiting { stored, channel } = letter;
    let Some(opened) = super::open(world, stored).await? else {
        let why = "what it said is gone: have it sent again, and discard the letter";
        return Ok(LetGo::Refused(why.into()));
    };
    let Opened { envelope, body } = &opened;
    if let (Some(broker), Some(source)) = (&world.broker, &channel.source.rabbitmq) {
        broker.replay(source.queue.as_str(), envelope, body).await?;
        return Ok(LetGo::Done);
    }
    let event = opened.event();
    let walked = pipeline::walk_guarded(world, channel, &event).await;
    let walked = match walked {
        Err(error) if error.remedy == crate::domain::outcome::Remedy::Retry => {
            return Err(error.into());
        }
        other => other,
    };
    Ok(
        match write_off(world, channel, envelope, &event, &walked).await? {
            Written::Nothing => {
                leave_line(world, channel.name(), &opened).await?;
                LetGo::Done
            }
            Written::Parked(why) => LetGo::ParkedAgain(why),
        },
    )
}

/// Lets one go for ever.
pub async fn discard(world: &World, id: &str, who: &str, why: &str) -> anyhow::Result<LetGo> {
    let Some(stored) = world.store.dead_letter(id, world.clock.now()).await? else {
        return Ok(LetGo::Unknown);
    };
    if !matches!(stored.letter.state, Standing::Parked | Standing::ToBeTried) {
        return Ok(LetGo::Settled(stored.letter.state));
    }
    // First: whoever stood behind it goes on, also where we end in between.
    if let Some(opened) = open(world, &stored).await? {
        leave_line(world, &stored.letter.channel, &opened).await?;
    }
    let letters = [&stored.letter];
    let mut became = settled(world, &letters, Standing::Discarded, who, why).await?;
    became.pop().context("nothing was discarded")
}

/// The one place where letters leave: each with an audit entry, what it said erased.
async fn settled(
    world: &World,
    letters: &[&DeadLetter],
    to: Standing,
    who: &str,
    why: &str,
) -> anyhow::Result<Vec<LetGo>> {
    if letters.is_empty() {
        return Ok(Vec::new());
    }
    let settling = Settling { to, by: who, why };
    let now = world.clock.now();
    let store = &world.store;
    let done = store.settle_letters(letters, &settling, &world.ledger, now);
    let done = done.await?;
    let became = |letter: &&DeadLetter| match done.contains(&letter.id) {
        true => LetGo::Done,
        // It went; the walk was faster than we, and has parked it again already.
        false if to == Standing::Replayed => LetGo::Done,
        false => LetGo::ParkedAgain(letter.why.reason.clone()),
    };
    Ok(letters.iter().map(became).collect())
}

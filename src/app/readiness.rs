//! Whether this process can do its work: what it needs, each asked with a bound,
//! and the clock that all nodes go by.

use super::world::World;
use crate::adapters::clock::{Asked, Clock};
use crate::adapters::sql::Store;
use anyhow::Context;
use serde::Serialize;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Links, claims and codes end by the clock: more than this between two machines is
/// a fault (product contract).
pub const MOST_SKEW_MS: i64 = 2_000;
/// Whoever asks whether we are ready waits no longer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);
const READ_CLOCK_EVERY: Duration = Duration::from_secs(5);

/// One word for each part. Strangers ask too: what is wrong goes to the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Readiness {
    pub database: &'static str,
    pub staging: &'static str,
    pub broker: &'static str,
    pub clock: &'static str,
}

const WELL: [&str; 3] = ["ok", "not configured", "not needed"];

impl Readiness {
    pub fn is_well(&self) -> bool {
        let parts = [self.database, self.staging, self.broker, self.clock];
        parts.iter().all(|part| WELL.contains(part))
    }
}

/// Asks everything at once.
pub async fn look(world: &World) -> Readiness {
    let broker = async {
        match &world.broker {
            _ if !world.settings.roles.need_broker() => "not needed",
            None => "not configured",
            Some(broker) => say("broker", broker.ping()).await,
        }
    };
    let (database, staging, broker) = tokio::join!(
        say("database", world.store.ping()),
        say("staging", world.staging.ping()),
        broker
    );
    Readiness {
        database,
        staging,
        broker,
        clock: clock(world),
    }
}

async fn say(part: &str, asking: impl Future<Output = anyhow::Result<()>>) -> &'static str {
    let answer = tokio::time::timeout(ANSWERS_WITHIN, asking).await;
    let answer = answer.unwrap_or_else(|_| Err(anyhow::anyhow!("it did not answer within 5 s")));
    match answer {
        Ok(()) => "ok",
        Err(error) => {
            tracing::warn!(part, error = format!("{error:#}"), "not ready");
            "away"
        }
    }
}

fn clock(world: &World) -> &'static str {
    let ahead = world.clock.machine_ahead();
    if ahead.abs() <= MOST_SKEW_MS {
        return "ok";
    }
    tracing::warn!(
        part = "clock",
        ahead_ms = ahead,
        "not ready: this machine's clock and the database's are more than 2 s apart; set both by the same time servers (chrony, ntp)"
    );
    "off"
}

/// The clock to go by: the database's where it has one of its own.
pub(super) async fn agree(clock: Clock, store: &Store) -> anyhow::Result<Clock> {
    if !matches!(clock, Clock::System) {
        return Ok(clock);
    }
    let asked = Asked::now();
    let theirs = store
        .clock()
        .await
        .context("reading the database's clock")?;
    Ok(theirs.map_or(clock, |theirs| Clock::shared(asked.answered(theirs))))
}

/// Reads the database's clock again and again until stopped.
pub async fn keep_time(world: &World, stop: &CancellationToken) {
    if !matches!(world.clock, Clock::Shared(_)) {
        return;
    }
    let mut off = world.clock.machine_ahead().abs() > MOST_SKEW_MS;
    while stop
        .run_until_cancelled(tokio::time::sleep(READ_CLOCK_EVERY))
        .await
        .is_some()
    {
        let asked = Asked::now();
        // A database that is away is told of by those who need it.
        let Ok(Some(theirs)) = world.store.clock().await else {
            continue;
        };
        world.clock.correct(asked.answered(theirs));
        let now_off = clock(world) != "ok";
        if off && !now_off {
            tracing::info!("this machine's clock agrees with the database's again");
        }
        off = now_off;
    }
}

//! Lines of channels that keep the order of each patient's events: an event that
//! failed stands first, what came after it behind. Whoever has a number in common
//! with somebody before stands behind them.

use super::{Flavor, Store, Tx, millis, moment};
use crate::adapters::keyring::{epoch_of, mark_of};
use crate::adapters::ledger::{Erased, Ledger};
use sqlx::Row;

/// Events of one channel that may stand in lines, with or without their bodies.
/// Past it nothing more is taken from its queue.
const MOST_EVENTS: i64 = 100_000;
/// Bytes of one channel's bodies that are kept here; past it, and where one body
/// is larger than the second, the event waits on the broker and keeps its place.
const MOST_BYTES: i64 = 64 << 20;
const LARGEST_BODY: usize = 4 << 20;

/// Where an event is meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// Sealed in its row.
    Here,
    /// In a queue of the broker that brings it back.
    Away,
    /// Among the dead letters: until it is replayed or discarded.
    Parked,
}

impl Waits {
    fn as_str(self) -> &'static str {
        match self {
            Self::Here => "waiting",
            Self::Away => "away",
            Self::Parked => "parked",
        }
    }
}

/// An event that takes its place.
pub struct NewInLine {
    pub id: String,
    pub channel: String,
    /// Keyed hashes of its patients' numbers.
    pub names: Vec<String>,
    /// Not where it is parked.
    pub sealed: Option<String>,
    pub failures: u32,
    pub first_seen: jiff::Timestamp,
    /// When it is tried, once it stands first.
    pub next_at: jiff::Timestamp,
    pub expires_at: jiff::Timestamp,
}

/// Where an event stands that has just come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Nobody is before it.
    Free,
    Behind,
    /// It has a place already: whether it is the first, and where it is.
    Own {
        first: bool,
        waits: Waits,
    },
}

/// One that stands first, and is due.
#[derive(Debug)]
pub struct InLine {
    pub id: String,
    pub sealed: String,
    pub failures: u32,
    pub first_seen: jiff::Timestamp,
}

/// Somebody with a number in common stands before it.
const SOMEBODY_BEFORE: &str = "EXISTS (SELECT 1 FROM line_name own
     JOIN line_name other ON other.channel = own.channel AND other.hash = own.hash AND other.place < own.place
     WHERE own.event = line_event.id)";

impl Store {
    pub async fn place_in_line(
        &self,
        channel: &str,
        id: &str,
        names: &[String],
    ) -> anyhow::Result<Place> {
        let own = format!(
            "SELECT state, CAST(CASE WHEN {SOMEBODY_BEFORE} THEN 0 ELSE 1 END AS BIGINT)
             FROM line_event WHERE id = $1"
        );
        // The writer's connection: a reader of SQLite may be behind what was just written.
        let own = sqlx::query(sqlx::AssertSqlSafe(own)).bind(id.to_owned());
        if let Some(row) = own.fetch_optional(&self.write).await? {
            let waits = match row.try_get::<String, _>(0)?.as_str() {
                "waiting" => Waits::Here,
                "away" => Waits::Away,
                _ => Waits::Parked,
            };
            let first = row.try_get::<i64, _>(1)? == 1;
            return Ok(Place::Own { first, waits });
        }
        for name in names {
            let taken =
                sqlx::query("SELECT place FROM line_name WHERE channel = $1 AND hash = $2 LIMIT 1")
                    .bind(channel.to_owned())
                    .bind(name.clone());
            if taken.fetch_optional(&self.write).await?.is_some() {
                return Ok(Place::Behind);
            }
        }
        Ok(Place::Free)
    }

    /// Gives it a place, or lets the one it has say what is so now. Where it waits;
    /// `None`: as many stand in line as may.
    pub async fn stand_in_line(&self, new: &NewInLine) -> anyhow::Result<Option<Waits>> {
        let mut tx = self.begin().await?;
        let line = sqlx::query(
            "INSERT INTO line (channel, places, events, bytes) VALUES ($1, 1, 0, 0)
             ON CONFLICT (channel) DO UPDATE SET places = line.places + 1
             RETURNING places, events, bytes",
        )
        .bind(new.channel.clone())
        .fetch_one(&mut *tx)
        .await?;
        let (place, events): (i64, i64) = (line.try_get(0)?, line.try_get(1)?);
        // Whoever had a place keeps it.
        let before = take_out(&mut tx, &new.id).await?;
        if before.is_none() && events >= MOST_EVENTS {
            tx.rollback().await?;
            return Ok(None);
        }
        let had = before.as_ref().map_or(0, |before| before.bytes);
        let fits = |sealed: &&String| {
            let bytes = i64::try_from(sealed.len()).unwrap_or(i64::MAX);
            let held = line.try_get::<i64, _>(2).unwrap_or(MOST_BYTES) - had;
            sealed.len() <= LARGEST_BODY && held.saturating_add(bytes) <= MOST_BYTES
        };
        let waits = match &new.sealed {
            None => Waits::Parked,
            Some(sealed) if fits(&sealed) => Waits::Here,
            Some(_) => Waits::Away,
        };
        let sealed = new.sealed.as_ref().filter(|_| waits == Waits::Here);
        let place = before.map_or(place, |before| before.place);
        put_in(&mut tx, new, place, waits, sealed).await?;
        tx.commit().await?;
        Ok(Some(waits))
    }

    /// Takes those that stand first and are due, for as long as the lease lasts.
    pub async fn lease_first(
        &self,
        channel: &str,
        limit: i64,
        lease_until: jiff::Timestamp,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Vec<InLine>> {
        // Several nodes may look at once: each skips what another is taking.
        let skip = match self.flavor {
            Flavor::Postgres => "FOR UPDATE SKIP LOCKED",
            Flavor::Sqlite => "",
        };
        let due = format!(
            "UPDATE line_event SET lease_until = $3 WHERE id IN (
                 SELECT id FROM line_event WHERE channel = $1 AND state = 'waiting'
                    AND next_at <= $2 AND lease_until <= $2 AND NOT {SOMEBODY_BEFORE}
                 ORDER BY next_at LIMIT $4 {skip})
             RETURNING id, sealed, failures, first_seen"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(due))
            .bind(channel.to_owned())
            .bind(millis(now))
            .bind(millis(lease_until))
            .bind(limit)
            .fetch_all(&self.write)
            .await?;
        let first = |row: &sqlx::any::AnyRow| {
            Ok(InLine {
                id: row.try_get(0)?,
                sealed: row.try_get(1)?,
                failures: u32::try_from(row.try_get::<i64, _>(2)?)?,
                first_seen: moment(row.try_get(3)?),
            })
        };
        rows.iter().map(first).collect()
    }

    /// Tried again at `next`.
    pub async fn line_again(
        &self,
        id: &str,
        failures: u32,
        next: jiff::Timestamp,
    ) -> anyhow::Result<()> {
        sqlx::query(
            "UPDATE line_event SET lease_until = 0, failures = $2, next_at = $3 WHERE id = $1",
        )
        .bind(id.to_owned())
        .bind(i64::from(failures))
        .bind(millis(next))
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// It is among the dead letters now, and keeps its place.
    pub async fn line_parked(
        &self,
        id: &str,
        ledger: &Ledger,
        now: jiff::Timestamp,
    ) -> anyhow::Result<()> {
        let mut tx = self.begin().await?;
        lock(&mut tx, id).await?;
        let row = sqlx::query("SELECT channel, bytes, sealed FROM line_event WHERE id = $1")
            .bind(id.to_owned())
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else {
            tx.rollback().await?;
            return Ok(());
        };
        let park =
            "UPDATE line_event SET state = 'parked', sealed = NULL, bytes = 0, lease_until = 0
             WHERE id = $1";
        let park = sqlx::query(park).bind(id.to_owned());
        park.execute(&mut *tx).await?;
        count(
            &mut tx,
            &row.try_get::<String, _>(0)?,
            0,
            -row.try_get::<i64, _>(1)?,
        )
        .await?;
        // A copy of the database that is put back must not bring it to life.
        ledger.append(line_of(id, row.try_get(2)?), now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// It is done, or given up: whoever stood behind it is next. Says whether it
    /// had a place.
    pub async fn leave_line(
        &self,
        id: &str,
        ledger: &Ledger,
        now: jiff::Timestamp,
    ) -> anyhow::Result<bool> {
        let mut tx = self.begin().await?;
        lock(&mut tx, id).await?;
        let left = take_out(&mut tx, id).await?;
        if let Some(left) = &left {
            ledger.append(line_of(id, left.sealed.clone()), now).await?;
        }
        tx.commit().await?;
        Ok(left.is_some())
    }

    /// Places of this channel that nobody has come back to for all that time.
    pub async fn expired_in_line(
        &self,
        channel: &str,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Vec<String>> {
        let rows = sqlx::query(
            "SELECT id FROM line_event WHERE channel = $1 AND expires_at <= $2 LIMIT 100",
        )
        .bind(channel.to_owned())
        .bind(millis(now))
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// How many events of a channel stand in line.
    pub async fn in_line(&self, channel: &str) -> anyhow::Result<i64> {
        let row = sqlx::query("SELECT COUNT(*) FROM line_event WHERE channel = $1")
            .bind(channel.to_owned())
            .fetch_one(&self.read)
            .await?;
        Ok(row.try_get(0)?)
    }
}

fn line_of(id: &str, sealed: Option<String>) -> Vec<(String, Erased)> {
    let sealed = sealed.unwrap_or_default();
    let name = format!("{id}/{}", mark_of(&sealed));
    let epoch = epoch_of(&sealed).map(str::to_owned);
    epoch
        .into_iter()
        .map(|epoch| (epoch, Erased::Waiting(name.clone())))
        .collect()
}

/// The channel's row first, as whoever takes a place does.
async fn lock(tx: &mut Tx, id: &str) -> anyhow::Result<()> {
    let lock = "UPDATE line SET places = places
         WHERE channel = (SELECT channel FROM line_event WHERE id = $1)";
    let lock = sqlx::query(lock).bind(id.to_owned());
    lock.execute(&mut **tx).await?;
    Ok(())
}

/// What a row was that is taken out.
struct Left {
    place: i64,
    bytes: i64,
    sealed: Option<String>,
}

async fn take_out(tx: &mut Tx, id: &str) -> anyhow::Result<Option<Left>> {
    let row =
        sqlx::query("DELETE FROM line_event WHERE id = $1 RETURNING channel, place, bytes, sealed")
            .bind(id.to_owned())
            .fetch_optional(&mut **tx)
            .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let names = "DELETE FROM line_name WHERE event = $1";
    let names = sqlx::query(names).bind(id.to_owned());
    names.execute(&mut **tx).await?;
    let bytes: i64 = row.try_get(2)?;
    count(tx, &row.try_get::<String, _>(0)?, -1, -bytes).await?;
    Ok(Some(Left {
        place: row.try_get(1)?,
        bytes,
        sealed: row.try_get(3)?,
    }))
}

/// What the erasure ledger says was done since.
pub(super) async fn remove(tx: &mut Tx, id: &str) -> anyhow::Result<()> {
    lock(tx, id).await?;
    take_out(tx, id).await.map(|_| ())
}

async fn put_in(
    tx: &mut Tx,
    new: &NewInLine,
    place: i64,
    waits: Waits,
    sealed: Option<&String>,
) -> anyhow::Result<()> {
    let bytes = i64::try_from(sealed.map_or(0, String::len))?;
    sqlx::query(
        "INSERT INTO line_event (id, channel, place, state, sealed, bytes, failures, first_seen,
                                 next_at, lease_until, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10)",
    )
    .bind(new.id.clone())
    .bind(new.channel.clone())
    .bind(place)
    .bind(waits.as_str())
    .bind(sealed.cloned())
    .bind(bytes)
    .bind(i64::from(new.failures))
    .bind(millis(new.first_seen))
    .bind(millis(new.next_at))
    .bind(millis(new.expires_at))
    .execute(&mut **tx)
    .await?;
    for name in &new.names {
        sqlx::query(
            "INSERT INTO line_name (channel, hash, place, event) VALUES ($1, $2, $3, $4)
             ON CONFLICT (channel, hash, place) DO NOTHING",
        )
        .bind(new.channel.clone())
        .bind(name.clone())
        .bind(place)
        .bind(new.id.clone())
        .execute(&mut **tx)
        .await?;
    }
    count(tx, &new.channel, 1, bytes).await
}

async fn count(tx: &mut Tx, channel: &str, events: i64, bytes: i64) -> anyhow::Result<()> {
    sqlx::query("UPDATE line SET events = events + $2, bytes = bytes + $3 WHERE channel = $1")
        .bind(channel.to_owned())
        .bind(events)
        .bind(bytes)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

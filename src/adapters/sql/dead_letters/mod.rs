//! Dead letters: written in one transaction with the answers about them (here), looked
//! at (`look`), tried once more (`alone`), settled once and gone when their time is over
//! (`settle`). What they say is sealed; nothing here opens it.

mod alone;
mod look;
mod settle;

use super::{NewErrand, Store, Tx, millis, outbox};
use crate::adapters::staging::StagedObject;
use crate::domain::dead_letter::{Standing, Why};
use crate::domain::link::HeldBody;
use serde::Serialize;
use sqlx::Row;

pub(super) use settle::erase_again;

pub struct NewDeadLetter {
    pub id: String,
    pub channel: String,
    /// Keyed hash: the same message parked twice is one row.
    pub identity: String,
    /// Whether it is to be tried once more alone; then `why` is why the broker
    /// parked it.
    pub to_be_tried: bool,
    pub why: Why,
    pub trace_parent: Option<String>,
    pub size: i64,
    pub attempts: i64,
    pub first_seen: jiff::Timestamp,
    pub expires_at: jiff::Timestamp,
    pub sealed: String,
    /// The body of a large one.
    pub object: Option<StagedObject>,
}

/// What people look at.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    pub id: String,
    pub channel: String,
    pub state: Standing,
    #[serde(flatten)]
    pub why: Why,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_parent: Option<String>,
    pub size: i64,
    pub attempts: i64,
    pub times_parked: i64,
    pub first_seen: jiff::Timestamp,
    pub parked: jiff::Timestamp,
    pub expires: jiff::Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tried_alone: Option<jiff::Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled: Option<jiff::Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled_why: Option<String>,
}

/// One as it is stored, for whoever may open it.
pub struct StoredLetter {
    pub letter: DeadLetter,
    pub identity: String,
    /// `None` once it is settled.
    pub sealed: Option<String>,
    /// The body of a large one.
    pub body: Option<HeldBody>,
}

/// Which letters; what is empty holds for all.
#[derive(Debug, Clone, Default)]
pub struct Letters {
    pub channel: String,
    /// Part of the reason or of the place, in any case.
    pub reason: String,
    pub since: Option<jiff::Timestamp>,
    pub until: Option<jiff::Timestamp>,
    pub state: Option<Standing>,
}

/// Why a letter is settled, and who says so.
pub struct Settling<'a> {
    pub to: Standing,
    pub by: &'a str,
    pub why: &'a str,
}

impl Store {
    /// Parks a message, with the answers about it. The same one parked again takes
    /// its row's place: what it was settled as is undone, since it is here.
    pub async fn park(
        &self,
        new: &NewDeadLetter,
        errands: &[NewErrand],
        now: jiff::Timestamp,
    ) -> anyhow::Result<()> {
        let mut tx = self.begin().await?;
        let earlier = earlier(&mut tx, &new.identity, now).await?;
        if new.to_be_tried && earlier.in_trial {
            // Delivered twice by the broker; a large body's object goes with its lease.
            return Ok(());
        }
        if let Some(object) = &new.object {
            stage(&mut tx, object, new.expires_at).await?;
        }
        insert(&mut tx, new, earlier.tried, now).await?;
        // After the letter's row, as whoever settles it does.
        end_object(&mut tx, earlier.object, now).await?;
        for errand in errands {
            outbox::insert(&mut tx, errand, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// The same letter as it was parked before.
#[derive(Default)]
struct Earlier {
    object: Option<String>,
    /// It was tried alone, and did not go through.
    tried: bool,
    /// Somebody tries it just now.
    in_trial: bool,
}

async fn earlier(tx: &mut Tx, identity: &str, now: jiff::Timestamp) -> anyhow::Result<Earlier> {
    let earlier = sqlx::query(
        "SELECT object, tried_at, tried_until, state FROM dead_letter WHERE identity = $1",
    )
    .bind(identity.to_owned())
    .fetch_all(&mut **tx)
    .await?;
    let Some(row) = earlier.first() else {
        return Ok(Earlier::default());
    };
    let tried: Option<i64> = row.try_get(1)?;
    let until: i64 = row.try_get(2)?;
    let state: String = row.try_get(3)?;
    Ok(Earlier {
        object: row.try_get(0)?,
        tried: tried.is_some() && state != Standing::Delivered.as_str(),
        in_trial: state == Standing::ToBeTried.as_str() && until > millis(now),
    })
}

/// The sweeper erases its key and deletes it.
async fn end_object(
    tx: &mut Tx,
    object: Option<String>,
    now: jiff::Timestamp,
) -> anyhow::Result<()> {
    if let Some(object) = object {
        sqlx::query("UPDATE object SET due_at = $2 WHERE key = $1 AND state = 'live'")
            .bind(object)
            .bind(millis(now))
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// An object that belongs to no handoff: the sweeper ends it when it is due.
async fn stage(
    tx: &mut Tx,
    object: &StagedObject,
    expires_at: jiff::Timestamp,
) -> anyhow::Result<()> {
    let live = sqlx::query(
        "UPDATE object SET state = 'live', wrapped_key = $2, content_type = $3, size = $4, sha256 = $5,
                           due_at = $6
         WHERE key = $1 AND state = 'reserved'",
    )
    .bind(object.key.as_str().to_owned())
    .bind(object.wrapped_key.clone())
    .bind(object.content_type.clone())
    .bind(object.digests.size)
    .bind(object.digests.sha256.clone())
    .bind(millis(expires_at))
    .execute(&mut **tx)
    .await?;
    anyhow::ensure!(
        live.rows_affected() == 1,
        "staging took longer than its lease; the object was swept"
    );
    Ok(())
}

async fn insert(
    tx: &mut Tx,
    new: &NewDeadLetter,
    tried: bool,
    now: jiff::Timestamp,
) -> anyhow::Result<()> {
    // A second time its worker ended over it: once alone was enough.
    let state = match new.to_be_tried && !tried {
        true => Standing::ToBeTried,
        false => Standing::Parked,
    };
    let again = Why::worker_ended_again();
    let why = match new.to_be_tried && tried {
        true => &again,
        false => &new.why,
    };
    sqlx::query(
        "INSERT INTO dead_letter (id, channel, identity, state, stage, reason, place, trace_parent, size,
                                  attempts, times, first_seen_at, parked_at, expires_at, sealed, object)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $12, $13, $14, $15)
         ON CONFLICT (identity) DO UPDATE SET
             state = $4, stage = $5, reason = $6, place = $7, trace_parent = $8, attempts = $10,
             times = dead_letter.times + 1, parked_at = $12, expires_at = $13, sealed = $14, object = $15,
             tried_at = CASE WHEN $4 = 'to-be-tried' THEN NULL ELSE dead_letter.tried_at END,
             tried_until = 0, settled_at = NULL, settled_by = NULL, settled_why = NULL",
    )
    .bind(new.id.clone())
    .bind(new.channel.clone())
    .bind(new.identity.clone())
    .bind(state.as_str())
    .bind(why.stage.clone())
    .bind(why.reason.clone())
    .bind(why.place.clone())
    .bind(new.trace_parent.clone())
    .bind(new.size)
    .bind(new.attempts)
    .bind(millis(new.first_seen))
    .bind(millis(now))
    .bind(millis(new.expires_at))
    .bind(new.sealed.clone())
    .bind(new.object.as_ref().map(|object| object.key.as_str().to_owned()))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

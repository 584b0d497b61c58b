//! Dead letters: written in one transaction with the answers about them, settled
//! once, gone when their time is over. What they say is sealed; nothing here opens it.

use super::{NewErrand, Store, Tx, audit, millis, moment, outbox};
use crate::adapters::keyring::epoch_of;
use crate::adapters::ledger::{Erased, Ledger};
use crate::adapters::staging::StagedObject;
use crate::domain::audit::{AuditEvent, AuditKind};
use crate::domain::dead_letter::{Standing, Why};
use crate::domain::link::HeldBody;
use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;

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

const COLUMNS: &str = "d.id, d.channel, d.state, d.stage, d.reason, d.place, d.trace_parent, d.size, d.attempts,
     d.times, d.first_seen_at, d.parked_at, d.expires_at, d.tried_at, d.settled_at, d.settled_by, d.settled_why";

const MATCHES: &str = "($1 = '' OR d.channel = $1) AND ($2 = '' OR lower(d.reason) LIKE $2 ESCAPE '!' OR lower(d.place) LIKE $2 ESCAPE '!')
     AND d.parked_at >= $3 AND d.parked_at < $4 AND ($5 = '' OR d.state = $5) AND d.expires_at > $6";

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
        let tried = end_earlier(&mut tx, &new.identity, now).await?;
        if let Some(object) = &new.object {
            stage(&mut tx, object, new.expires_at).await?;
        }
        insert(&mut tx, new, tried, now).await?;
        for errand in errands {
            outbox::insert(&mut tx, errand, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The newest first, after this many.
    pub async fn dead_letters(
        &self,
        which: &Letters,
        limit: i64,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Vec<DeadLetter>> {
        let newest = format!(
            "SELECT {COLUMNS} FROM dead_letter d WHERE {MATCHES}
             ORDER BY d.parked_at DESC, d.id DESC LIMIT $7"
        );
        let rows = which.bound(&newest, now).bind(limit);
        let rows = rows.fetch_all(&self.read).await?;
        rows.iter().map(letter).collect()
    }

    pub async fn count_dead_letters(
        &self,
        which: &Letters,
        now: jiff::Timestamp,
    ) -> anyhow::Result<i64> {
        let count = format!("SELECT COUNT(*) FROM dead_letter d WHERE {MATCHES}");
        let row = which.bound(&count, now).fetch_one(&self.read).await?;
        Ok(row.try_get(0)?)
    }

    /// How many for each channel and reason, the most first.
    pub async fn dead_letter_reasons(
        &self,
        which: &Letters,
        limit: i64,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Vec<(String, String, i64)>> {
        let reasons = format!(
            "SELECT d.channel, d.reason, COUNT(*) AS many FROM dead_letter d WHERE {MATCHES}
             GROUP BY d.channel, d.reason ORDER BY many DESC, d.channel, d.reason LIMIT $7"
        );
        let rows = which.bound(&reasons, now).bind(limit);
        let rows = rows.fetch_all(&self.read).await?;
        let reason = |row: &AnyRow| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
        rows.iter().map(reason).collect()
    }

    /// The ids of those that match, the oldest first, after one of them.
    pub async fn dead_letter_ids(
        &self,
        which: &Letters,
        after: Option<(jiff::Timestamp, &str)>,
        limit: i64,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Vec<(jiff::Timestamp, String)>> {
        let oldest = format!(
            "SELECT d.parked_at, d.id FROM dead_letter d
             WHERE {MATCHES} AND (d.parked_at > $7 OR d.parked_at = $7 AND d.id > $8)
             ORDER BY d.parked_at, d.id LIMIT $9"
        );
        let (at, id) = after.map_or((i64::MIN, ""), |(at, id)| (millis(at), id));
        let rows = which.bound(&oldest, now).bind(at).bind(id.to_owned());
        let rows = rows.bind(limit).fetch_all(&self.read).await?;
        let id = |row: &AnyRow| Ok((moment(row.try_get(0)?), row.try_get(1)?));
        rows.iter().map(id).collect()
    }

    pub async fn dead_letter(
        &self,
        id: &str,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Option<StoredLetter>> {
        let one = format!(
            "SELECT {COLUMNS}, d.identity, d.sealed, o.key, o.wrapped_key FROM dead_letter d
             LEFT JOIN object o ON o.key = d.object AND o.state = 'live'
             WHERE d.id = $1 AND d.expires_at > $2"
        );
        let row = sqlx::query(sqlx::AssertSqlSafe(one))
            .bind(id.to_owned())
            .bind(millis(now))
            .fetch_optional(&self.read)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let key: Option<String> = row.try_get(19)?;
        let wrapped: Option<String> = row.try_get(20)?;
        Ok(Some(StoredLetter {
            letter: letter(&row)?,
            identity: row.try_get(17)?,
            sealed: row.try_get(18)?,
            body: key.zip(wrapped).map(|(object_key, wrapped_key)| HeldBody {
                object_key,
                wrapped_key,
            }),
        }))
    }

    /// Settles letters that were looked at, each with an audit entry; what they said
    /// is erased. Says which: one that was settled or parked again meanwhile is not.
    pub async fn settle_letters(
        &self,
        letters: &[&DeadLetter],
        settling: &Settling<'_>,
        ledger: &Ledger,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Vec<String>> {
        let mut tx = self.begin().await?;
        let (mut settled, mut lines, mut events) = (Vec::new(), Vec::new(), Vec::new());
        let mut letters = letters.to_vec();
        // In one order everywhere, or two transactions could wait for each other.
        letters.sort_by(|one, other| one.id.cmp(&other.id));
        for letter in letters {
            let Some(epoch) = settle(&mut tx, letter, settling, now).await? else {
                continue;
            };
            settled.push(letter.id.clone());
            let name = erased_name(letter);
            lines.extend(epoch.map(|epoch| (epoch, Erased::DeadLetter(name))));
            events.extend(audited(letter, settling).map(|event| (event, now)));
        }
        ledger.append(lines, now).await?;
        audit::append_all(&mut tx, &events).await?;
        tx.commit().await?;
        Ok(settled)
    }

    /// Takes one that is to be tried alone, and writes down that it is tried before
    /// anybody tries it.
    pub async fn try_alone(
        &self,
        channel: &str,
        until: jiff::Timestamp,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Option<String>> {
        let taken = sqlx::query(
            "UPDATE dead_letter SET tried_at = $2, tried_until = $3
             WHERE tried_at IS NULL AND state = 'to-be-tried' AND id IN (
                 SELECT id FROM dead_letter WHERE state = 'to-be-tried' AND channel = $1 AND tried_at IS NULL
                 ORDER BY id LIMIT 1)
             RETURNING id",
        )
        .bind(channel.to_owned())
        .bind(millis(now))
        .bind(millis(until))
        .fetch_all(&self.write)
        .await?;
        let row = taken.first();
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// Whoever tries it is still there.
    pub async fn still_trying(&self, id: &str, until: jiff::Timestamp) -> anyhow::Result<()> {
        sqlx::query(
            "UPDATE dead_letter SET tried_until = $2 WHERE id = $1 AND state = 'to-be-tried'",
        )
        .bind(id.to_owned())
        .bind(millis(until))
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// The try did not come to an end, and not for the letter's own sake: a bucket is
    /// away. It is tried again.
    pub async fn not_tried(&self, id: &str) -> anyhow::Result<()> {
        sqlx::query(
            "UPDATE dead_letter SET tried_at = NULL, tried_until = 0
             WHERE id = $1 AND state = 'to-be-tried'",
        )
        .bind(id.to_owned())
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// It cannot be tried.
    pub async fn stays_parked(&self, id: &str, why: &Why) -> anyhow::Result<()> {
        sqlx::query(
            "UPDATE dead_letter SET state = 'parked', stage = $2, reason = $3, place = $4
             WHERE id = $1 AND state = 'to-be-tried'",
        )
        .bind(id.to_owned())
        .bind(why.stage.clone())
        .bind(why.reason.clone())
        .bind(why.place.clone())
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// Those whose try never ended stay parked: whoever tried them is gone.
    pub async fn park_the_tried(
        &self,
        channel: &str,
        why: &Why,
        now: jiff::Timestamp,
    ) -> anyhow::Result<u64> {
        let parked = sqlx::query(
            "UPDATE dead_letter SET state = 'parked', stage = $2, reason = $3, place = $4
             WHERE state = 'to-be-tried' AND channel = $1 AND tried_at IS NOT NULL AND tried_until <= $5",
        )
        .bind(channel.to_owned())
        .bind(why.stage.clone())
        .bind(why.reason.clone())
        .bind(why.place.clone())
        .bind(millis(now))
        .execute(&self.write)
        .await?;
        Ok(parked.rows_affected())
    }

    /// Their time is over. Of those that nobody decided on the audit says how many.
    pub async fn forget_dead_letters(&self, now: jiff::Timestamp) -> anyhow::Result<u64> {
        let mut tx = self.begin().await?;
        let gone =
            sqlx::query("DELETE FROM dead_letter WHERE expires_at <= $1 RETURNING channel, state")
                .bind(millis(now))
                .fetch_all(&mut *tx)
                .await?;
        let mut waited = std::collections::BTreeMap::<String, usize>::new();
        for row in &gone {
            let state: String = row.try_get(1)?;
            if state == "parked" || state == "to-be-tried" {
                *waited.entry(row.try_get(0)?).or_default() += 1;
            }
        }
        let event = |(channel, many): (String, usize)| AuditEvent {
            kind: AuditKind::Expired,
            handoff: String::new(),
            link: None,
            detail: format!(
                "{many} dead letters of the channel {channel}, on which nobody decided"
            ),
        };
        let events: Vec<_> = waited.into_iter().map(|one| (event(one), now)).collect();
        audit::append_all(&mut tx, &events).await?;
        tx.commit().await?;
        Ok(gone.len() as u64)
    }
}

impl Letters {
    fn bound<'q>(
        &self,
        sql: &str,
        now: jiff::Timestamp,
    ) -> sqlx::query::Query<'q, sqlx::Any, sqlx::any::AnyArguments> {
        let reason = match self.reason.as_str() {
            "" => String::new(),
            part => format!("%{}%", escaped(&part.to_lowercase())),
        };
        sqlx::query(sqlx::AssertSqlSafe(sql.to_owned()))
            .bind(self.channel.clone())
            .bind(reason)
            .bind(self.since.map_or(i64::MIN, millis))
            .bind(self.until.map_or(i64::MAX, millis))
            .bind(self.state.map_or("", Standing::as_str).to_owned())
            .bind(millis(now))
    }
}

/// What a person types is text, no pattern.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '!') {
            escaped.push('!');
        }
        escaped.push(c);
    }
    escaped
}

/// An earlier body of the same letter goes; whether it was tried alone stays known.
async fn end_earlier(tx: &mut Tx, identity: &str, now: jiff::Timestamp) -> anyhow::Result<bool> {
    let earlier = sqlx::query("SELECT object, tried_at FROM dead_letter WHERE identity = $1")
        .bind(identity.to_owned())
        .fetch_all(&mut **tx)
        .await?;
    let Some(row) = earlier.first() else {
        return Ok(false);
    };
    end_object(tx, row.try_get(0)?, now).await?;
    Ok(row.try_get::<Option<i64>, _>(1)?.is_some())
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

/// `Some` where it was settled by this: the epoch of what it said.
async fn settle(
    tx: &mut Tx,
    letter: &DeadLetter,
    settling: &Settling<'_>,
    now: jiff::Timestamp,
) -> anyhow::Result<Option<Option<String>>> {
    // It takes the row: nobody else settles it or parks it again until we are done.
    let taken = sqlx::query(
        "UPDATE dead_letter SET state = $3, settled_at = $4, settled_by = $5, settled_why = $6
         WHERE id = $1 AND times = $2 AND state IN ('parked', 'to-be-tried') RETURNING sealed, object",
    )
    .bind(letter.id.clone())
    .bind(letter.times_parked)
    .bind(settling.to.as_str())
    .bind(millis(now))
    .bind(settling.by.to_owned())
    .bind(settling.why.to_owned())
    .fetch_all(&mut **tx)
    .await?;
    let Some(row) = taken.first() else {
        return Ok(None);
    };
    let sealed: Option<String> = row.try_get(0)?;
    end_object(tx, row.try_get(1)?, now).await?;
    sqlx::query("UPDATE dead_letter SET sealed = NULL, object = NULL WHERE id = $1")
        .bind(letter.id.clone())
        .execute(&mut **tx)
        .await?;
    Ok(Some(
        sealed.as_deref().and_then(epoch_of).map(str::to_owned),
    ))
}

/// What a person does is in the audit; a letter that went through by itself has a
/// handoff that says so.
fn audited(letter: &DeadLetter, settling: &Settling<'_>) -> Option<AuditEvent> {
    let kind = match settling.to {
        Standing::Replayed => AuditKind::DeadLetterReplayed,
        Standing::Discarded => AuditKind::DeadLetterDiscarded,
        Standing::ToBeTried | Standing::Parked | Standing::Delivered => return None,
    };
    Some(AuditEvent {
        kind,
        handoff: letter.id.clone(),
        link: None,
        detail: format!(
            "a dead letter of the channel {}, by {}: {}",
            letter.channel, settling.by, settling.why
        ),
    })
}

/// Once settled it may be parked anew: what the ledger says is about one of its lives.
fn erased_name(letter: &DeadLetter) -> String {
    format!("{}/{}", letter.id, letter.times_parked)
}

/// The ledger says that it was erased: a database that was put back has it again.
pub(super) async fn erase_again(
    tx: &mut Tx,
    name: &str,
    now: jiff::Timestamp,
) -> anyhow::Result<()> {
    let (id, times) = name.split_once('/').unwrap_or((name, "0"));
    sqlx::query(
        "UPDATE dead_letter SET sealed = NULL, object = NULL, state = 'discarded', settled_at = $2,
                                settled_by = 'the erasure ledger',
                                settled_why = 'settled before an older copy of the database was put back'
         WHERE id = $1 AND times <= $3 AND sealed IS NOT NULL",
    )
    .bind(id.to_owned())
    .bind(millis(now))
    .bind(times.parse::<i64>().unwrap_or_default())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn letter(row: &AnyRow) -> anyhow::Result<DeadLetter> {
    let state: String = row.try_get(2)?;
    let at = |place: usize| anyhow::Ok(row.try_get::<Option<i64>, _>(place)?.map(moment));
    Ok(DeadLetter {
        id: row.try_get(0)?,
        channel: row.try_get(1)?,
        state: Standing::of_store(&state)
            .ok_or_else(|| anyhow::anyhow!("a dead letter's state is of a newer version"))?,
        why: Why {
            stage: row.try_get(3)?,
            reason: row.try_get(4)?,
            place: row.try_get(5)?,
        },
        trace_parent: row.try_get(6)?,
        size: row.try_get(7)?,
        attempts: row.try_get(8)?,
        times_parked: row.try_get(9)?,
        first_seen: moment(row.try_get(10)?),
        parked: moment(row.try_get(11)?),
        expires: moment(row.try_get(12)?),
        tried_alone: at(13)?,
        settled: at(14)?,
        settled_by: row.try_get(15)?,
        settled_why: row.try_get(16)?,
    })
}

//! Dead letters as people look at them: by channel, reason, time; without what they say.

use super::super::{Store, millis, moment};
use super::{DeadLetter, Letters, StoredLetter};
use crate::domain::dead_letter::{Standing, Why};
use crate::domain::link::HeldBody;
use sqlx::Row;
use sqlx::any::AnyRow;

const COLUMNS: &str = "d.id, d.channel, d.state, d.stage, d.reason, d.place, d.trace_parent, d.size, d.attempts,
     d.times, d.first_seen_at, d.parked_at, d.expires_at, d.tried_at, d.settled_at, d.settled_by, d.settled_why";

const MATCHES: &str = "($1 = '' OR d.channel = $1) AND ($2 = '' OR lower(d.reason) LIKE $2 ESCAPE '!' OR lower(d.place) LIKE $2 ESCAPE '!')
     AND d.parked_at >= $3 AND d.parked_at < $4 AND ($5 = '' OR d.state = $5) AND d.expires_at > $6";

impl Store {
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

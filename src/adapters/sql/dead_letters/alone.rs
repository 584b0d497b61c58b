//! Which dead letters are to be tried once more alone, and which were: written down
//! before anybody tries.

use super::super::{Store, millis};
use crate::domain::dead_letter::Why;
use sqlx::Row;

impl Store {
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
}

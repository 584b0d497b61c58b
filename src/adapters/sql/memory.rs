//! What messages of a visit said, sealed: written once for each message, read
//! at the end of the visit, gone when it expires or the visit is cancelled.

use super::{Store, millis};
use sqlx::Row;

pub struct NewMemory {
    /// Channel and message, hashed: a message that comes twice is one row.
    pub id: String,
    pub channel: String,
    /// Keyed hashes.
    pub visit: String,
    pub patient: Option<String>,
    pub sent_at: jiff::Timestamp,
    pub sealed: String,
    pub expires_at: jiff::Timestamp,
}

/// One remembered message, as it was sealed.
pub struct Remembrance {
    pub id: String,
    pub sealed: String,
}

impl Store {
    pub async fn remember(&self, new: &NewMemory) -> anyhow::Result<()> {
        sqlx::query(
            "INSERT INTO visit_memory (id, channel, visit, patient, sent_at, sealed, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (id) DO UPDATE SET visit = $3, patient = $4, sent_at = $5, sealed = $6,
                                            expires_at = $7",
        )
        .bind(new.id.clone())
        .bind(new.channel.clone())
        .bind(new.visit.clone())
        .bind(new.patient.clone())
        .bind(millis(new.sent_at))
        .bind(new.sealed.clone())
        .bind(millis(new.expires_at))
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// What is remembered of a visit and was sent by then, the oldest first.
    pub async fn remembered(
        &self,
        channel: &str,
        visit: &str,
        until: jiff::Timestamp,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Vec<Remembrance>> {
        let rows = sqlx::query(
            "SELECT id, sealed FROM visit_memory
             WHERE channel = $1 AND visit = $2 AND sent_at <= $3 AND expires_at > $4
             ORDER BY sent_at, id",
        )
        .bind(channel.to_owned())
        .bind(visit.to_owned())
        .bind(millis(until))
        .bind(millis(now))
        .fetch_all(&self.read)
        .await?;
        let remembrance = |row: &sqlx::any::AnyRow| {
            Ok(Remembrance {
                id: row.try_get(0)?,
                sealed: row.try_get(1)?,
            })
        };
        rows.iter().map(remembrance).collect()
    }

    /// A cancelled visit is over: what was sent about it until then goes.
    pub async fn forget_visit(
        &self,
        channel: &str,
        visit: &str,
        until: jiff::Timestamp,
    ) -> anyhow::Result<u64> {
        let gone = sqlx::query(
            "DELETE FROM visit_memory WHERE channel = $1 AND visit = $2 AND sent_at <= $3",
        )
        .bind(channel.to_owned())
        .bind(visit.to_owned())
        .bind(millis(until))
        .execute(&self.write)
        .await?;
        Ok(gone.rows_affected())
    }

    pub async fn forget_expired(&self, now: jiff::Timestamp) -> anyhow::Result<u64> {
        let gone = sqlx::query("DELETE FROM visit_memory WHERE expires_at <= $1")
            .bind(millis(now))
            .execute(&self.write)
            .await?;
        Ok(gone.rows_affected())
    }
}

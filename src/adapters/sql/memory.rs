//! What messages of a visit said, sealed: written once for each message, read
//! at the end of the visit, gone when it expires or the visit is cancelled.

use super::{Patient, Store, millis};
use crate::adapters::keyring::{epoch_of, mark_of};
use crate::adapters::ledger::{Erased, Ledger};
use sqlx::Row;

pub struct NewMemory {
    /// Channel and message, hashed: a message that comes twice is one row.
    pub id: String,
    pub channel: String,
    /// Keyed hashes.
    pub visit: String,
    pub patient: Patient,
    pub sent_at: jiff::Timestamp,
    pub sealed: String,
    pub expires_at: jiff::Timestamp,
}

/// One remembered message, as it was sealed.
pub struct Remembrance {
    pub id: String,
    pub sealed: String,
}

/// What is remembered under a visit's number.
#[derive(Default)]
pub struct Remembered {
    /// About this patient, the oldest first.
    pub own: Vec<Remembrance>,
    /// Messages about another patient: the number was used again.
    pub strangers: usize,
}

impl Store {
    /// What was sent about a visit before its admission was cancelled is not
    /// remembered after it.
    pub async fn remember(&self, new: &NewMemory) -> anyhow::Result<()> {
        sqlx::query(
            "INSERT INTO visit_memory (id, channel, visit, patient, sent_at, sealed, expires_at)
             SELECT $1, $2, $3, $4, CAST($5 AS BIGINT), $6, CAST($7 AS BIGINT)
             WHERE NOT EXISTS (SELECT 1 FROM thread WHERE channel = $2 AND name = $3
                                 AND cancelled_at >= $5
                                 AND cancelled_by IN ('ADT^A11', 'ADT^A27', 'ADT^A38'))
             ON CONFLICT (id) DO UPDATE SET visit = $3, patient = $4, sent_at = $5, sealed = $6,
                                            expires_at = $7",
        )
        .bind(new.id.clone())
        .bind(new.channel.clone())
        .bind(new.visit.clone())
        .bind(new.patient.stored())
        .bind(millis(new.sent_at))
        .bind(new.sealed.clone())
        .bind(millis(new.expires_at))
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// What is remembered of a patient's visit and was sent by then.
    pub async fn remembered(
        &self,
        channel: &str,
        visit: &str,
        patient: &Patient,
        until: jiff::Timestamp,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Remembered> {
        let rows = sqlx::query(
            "SELECT id, sealed, patient FROM visit_memory
             WHERE channel = $1 AND visit = $2 AND sent_at <= $3 AND expires_at > $4
             ORDER BY sent_at, id",
        )
        .bind(channel.to_owned())
        .bind(visit.to_owned())
        .bind(millis(until))
        .bind(millis(now))
        .fetch_all(&self.read)
        .await?;
        let mut remembered = Remembered::default();
        for row in &rows {
            if Patient::of_store(row.try_get(2)?).is(patient) {
                remembered.own.push(Remembrance {
                    id: row.try_get(0)?,
                    sealed: row.try_get(1)?,
                });
            } else {
                remembered.strangers += 1;
            }
        }
        Ok(remembered)
    }

    /// A cancelled visit is over: what was sent about it until then goes.
    pub async fn forget_visit(
        &self,
        channel: &str,
        visit: &str,
        until: jiff::Timestamp,
        ledger: &Ledger,
        now: jiff::Timestamp,
    ) -> anyhow::Result<u64> {
        let mut tx = self.begin().await?;
        let gone = sqlx::query(
            "DELETE FROM visit_memory WHERE channel = $1 AND visit = $2 AND sent_at <= $3
             RETURNING id, sealed",
        )
        .bind(channel.to_owned())
        .bind(visit.to_owned())
        .bind(millis(until))
        .fetch_all(&mut *tx)
        .await?;
        let mut lines = Vec::new();
        for row in &gone {
            let sealed: String = row.try_get(1)?;
            let id: String = row.try_get(0)?;
            let line = Erased::Memory(format!("{id}/{}", mark_of(&sealed)));
            lines.extend(epoch_of(&sealed).map(|epoch| (epoch.to_owned(), line)));
        }
        ledger.append(lines, now).await?;
        tx.commit().await?;
        Ok(gone.len() as u64)
    }

    pub async fn forget_expired(&self, now: jiff::Timestamp) -> anyhow::Result<u64> {
        let gone = sqlx::query("DELETE FROM visit_memory WHERE expires_at <= $1")
            .bind(millis(now))
            .execute(&self.write)
            .await?;
        Ok(gone.rows_affected())
    }
}

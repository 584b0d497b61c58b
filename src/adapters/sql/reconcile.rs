//! What the database knows of the objects that lie in staging, and the other way
//! round.

use super::{Store, audit, millis};
use crate::domain::audit::{AuditEvent, AuditKind};
use crate::domain::ids::ObjectKey;
use sqlx::Row;

/// What a row says of an object whose bytes are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Being put, open, or erased and about to be deleted.
    Known,
    /// Its bytes were missing when they were last looked for.
    Missed,
    /// Its bytes were deleted: they should not be there.
    Gone,
    /// No row.
    Unknown,
}

/// Live rows looked at in one go.
const PAGE: i64 = 500;

impl Store {
    pub async fn standing(&self, key: &ObjectKey) -> anyhow::Result<Standing> {
        let row = sqlx::query("SELECT state, missing_at FROM object WHERE key = $1")
            .bind(key.as_str().to_owned())
            .fetch_optional(&self.read)
            .await?;
        let Some(row) = row else {
            return Ok(Standing::Unknown);
        };
        let state: String = row.try_get(0)?;
        let missed: Option<i64> = row.try_get(1)?;
        Ok(match (state.as_str(), missed) {
            ("gone", _) => Standing::Gone,
            ("live", Some(_)) => Standing::Missed,
            _ => Standing::Known,
        })
    }

    /// The bytes of an object that was missing are there again.
    pub async fn found(&self, key: &ObjectKey) -> anyhow::Result<()> {
        sqlx::query("UPDATE object SET missing_at = NULL WHERE key = $1")
            .bind(key.as_str().to_owned())
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Bytes without a row, seen now: says whether they were seen so before, by then.
    pub async fn suspect(
        &self,
        key: &ObjectKey,
        before: jiff::Timestamp,
        now: jiff::Timestamp,
    ) -> anyhow::Result<bool> {
        let row = sqlx::query(
            "INSERT INTO suspect (key, seen_at) VALUES ($1, $2)
             ON CONFLICT (key) DO UPDATE SET seen_at = suspect.seen_at RETURNING seen_at",
        )
        .bind(key.as_str().to_owned())
        .bind(millis(now))
        .fetch_one(&self.write)
        .await?;
        Ok(row.try_get::<i64, _>(0)? <= millis(before))
    }

    /// Bytes that are gone, or have a row by now.
    pub async fn cleared(&self, key: &ObjectKey) -> anyhow::Result<()> {
        sqlx::query("DELETE FROM suspect WHERE key = $1")
            .bind(key.as_str().to_owned())
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Suspects from before then are of no use: their bytes went by another hand.
    pub async fn forget_suspects(&self, before: jiff::Timestamp) -> anyhow::Result<()> {
        sqlx::query("DELETE FROM suspect WHERE seen_at <= $1")
            .bind(millis(before))
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Objects that can be opened and are not known to be missing, after this one.
    pub async fn live_objects(&self, after: &str) -> anyhow::Result<Vec<ObjectKey>> {
        let rows = sqlx::query(
            "SELECT key FROM object WHERE state = 'live' AND missing_at IS NULL AND key > $1
             ORDER BY key LIMIT $2",
        )
        .bind(after.to_owned())
        .bind(PAGE)
        .fetch_all(&self.read)
        .await?;
        let key = |row: &sqlx::any::AnyRow| Ok(ObjectKey::from_store(row.try_get(0)?));
        rows.iter().map(key).collect()
    }

    /// The handoff of an object that can be opened.
    pub async fn live_object_of(&self, key: &ObjectKey) -> anyhow::Result<Option<String>> {
        let row = sqlx::query("SELECT handoff FROM object WHERE key = $1 AND state = 'live'")
            .bind(key.as_str().to_owned())
            .fetch_optional(&self.read)
            .await?;
        let handoff = row.map(|row| row.try_get::<Option<String>, _>(0));
        Ok(handoff.transpose()?.map(Option::unwrap_or_default))
    }

    /// Its bytes are not there. Written down once; `None` where it ended meanwhile,
    /// or somebody else wrote it down.
    pub async fn missing(
        &self,
        key: &ObjectKey,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Option<String>> {
        let mut tx = self.begin().await?;
        let marked = sqlx::query(
            "UPDATE object SET missing_at = $2
             WHERE key = $1 AND state = 'live' AND missing_at IS NULL RETURNING handoff",
        )
        .bind(key.as_str().to_owned())
        .bind(millis(now))
        .fetch_all(&mut *tx)
        .await?;
        let Some(row) = marked.first() else {
            return Ok(None);
        };
        let handoff = row.try_get::<Option<String>, _>(0)?.unwrap_or_default();
        let event = AuditEvent {
            kind: AuditKind::Failed,
            handoff: handoff.clone(),
            link: None,
            detail: "the sealed bytes of a file are missing from staging: it cannot be fetched"
                .into(),
        };
        audit::append(&mut tx, &event, now).await?;
        tx.commit().await?;
        Ok(Some(handoff))
    }
}

//! What the sweeper finds: claims to give back, links that ran out, objects
//! that nobody may open any more.

use super::claims::{RELEASE_UNSTARTED, release};
use super::{Store, audit, millis};
use crate::domain::audit::{AuditEvent, AuditKind};
use crate::domain::claim::{CLAIM_GRACE, REFETCH_WINDOW, UNSTARTED_GRACE};
use crate::domain::ids::ObjectKey;
use sqlx::Row;

/// An object whose key is gone and whose bytes must follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasedObject {
    pub key: ObjectKey,
    pub handoff: Option<String>,
}

impl Store {
    /// Claims of which nothing was handed out within the grace time.
    pub async fn release_stale_claims(&self, now: jiff::Timestamp) -> anyhow::Result<usize> {
        let rows = sqlx::query(
            "SELECT id FROM claim WHERE state = 'open' AND started_at IS NULL AND opened_at <= $1",
        )
        .bind(millis(now) - UNSTARTED_GRACE.millis())
        .fetch_all(&self.read)
        .await?;
        let mut released = 0;
        for row in &rows {
            let mut tx = self.begin().await?;
            released += usize::from(
                release(&mut tx, RELEASE_UNSTARTED, &row.try_get::<String, _>(0)?).await?,
            );
            tx.commit().await?;
        }
        Ok(released)
    }

    /// Downloads that began and whose end nobody wrote down: their gateway is gone.
    pub async fn close_lost_claims(&self, now: jiff::Timestamp) -> anyhow::Result<usize> {
        let mut tx = self.begin().await?;
        let rows = sqlx::query(
            "UPDATE claim SET state = 'broken', ended_at = $1
             WHERE state = 'open' AND started_at IS NOT NULL AND touched_at <= $2
             RETURNING link, ordinal, (SELECT handoff FROM link WHERE link.id = claim.link)",
        )
        .bind(millis(now))
        .bind(millis(now) - CLAIM_GRACE.millis())
        .fetch_all(&mut *tx)
        .await?;
        for row in &rows {
            let event = AuditEvent {
                kind: AuditKind::Failed,
                handoff: row.try_get(2)?,
                link: Some(row.try_get(0)?),
                detail: format!(
                    "file {}; its end was never written down, how much was handed out is unknown",
                    row.try_get::<i64, _>(1)?
                ),
            };
            audit::append(&mut tx, &event, now).await?;
        }
        tx.commit().await?;
        Ok(rows.len())
    }

    /// Writes one audit entry for each link that ran out.
    pub async fn note_expired_links(&self, now: jiff::Timestamp) -> anyhow::Result<usize> {
        let mut tx = self.begin().await?;
        let rows = sqlx::query(
            "UPDATE link SET expiry_noted = $1
             WHERE expires_at <= $1 AND revoked_at IS NULL AND expiry_noted IS NULL
             RETURNING id, handoff",
        )
        .bind(millis(now))
        .fetch_all(&mut *tx)
        .await?;
        for row in &rows {
            let event = AuditEvent {
                kind: AuditKind::Expired,
                handoff: row.try_get(1)?,
                link: Some(row.try_get(0)?),
                detail: String::new(),
            };
            audit::append(&mut tx, &event, now).await?;
        }
        tx.commit().await?;
        Ok(rows.len())
    }

    /// Erases the keys of objects whose last open link has ended, and of
    /// reservations whose lease ran out. A link is open while a download is
    /// left, while one is unfinished, and while its holder may fetch again; a
    /// revoked one is not, whatever runs.
    pub async fn erase_keys(&self, now: jiff::Timestamp) -> anyhow::Result<usize> {
        let mut tx = self.begin().await?;
        let abandoned = sqlx::query(
            "UPDATE object SET state = 'erased', erased_at = $1
             WHERE state = 'reserved' AND lease_until <= $1 RETURNING key",
        )
        .bind(millis(now))
        .fetch_all(&mut *tx)
        .await?;
        let ended = sqlx::query(
            "UPDATE object SET state = 'erased', wrapped_key = NULL, erased_at = $1
             WHERE state = 'live'
               AND NOT EXISTS (SELECT 1 FROM handoff h
                               WHERE h.id = object.handoff AND h.state = 'held' AND h.expires_at > $1)
               AND NOT EXISTS (
                 SELECT 1 FROM link_file f JOIN link l ON l.id = f.link
                 WHERE f.object = object.key AND l.revoked_at IS NULL
                   AND ((l.expires_at > $1 AND l.locked_at IS NULL AND f.downloads < f.max_downloads)
                     OR EXISTS (SELECT 1 FROM claim c
                                WHERE c.link = f.link AND c.ordinal = f.ordinal
                                  AND ((c.state IN ('open', 'broken')
                                        AND (l.expires_at > $1 OR c.touched_at > $2))
                                    OR (c.state = 'completed' AND c.ended_at > $3)))))
             RETURNING key, handoff",
        )
        .bind(millis(now))
        .bind(millis(now) - CLAIM_GRACE.millis())
        .bind(millis(now) - REFETCH_WINDOW.millis())
        .fetch_all(&mut *tx)
        .await?;
        for row in &ended {
            let event = AuditEvent {
                kind: AuditKind::Erased,
                handoff: row.try_get::<Option<String>, _>(1)?.unwrap_or_default(),
                link: None,
                detail: "key erased; object to follow".into(),
            };
            audit::append(&mut tx, &event, now).await?;
        }
        tx.commit().await?;
        Ok(abandoned.len() + ended.len())
    }

    /// Objects without a key whose bytes are still to be deleted: also those a
    /// crash left between the two.
    pub async fn erased_objects(&self) -> anyhow::Result<Vec<ErasedObject>> {
        let rows = sqlx::query(
            "SELECT key, handoff FROM object WHERE state = 'erased' ORDER BY erased_at LIMIT 1000",
        )
        .fetch_all(&self.read)
        .await?;
        let object = |row: &sqlx::any::AnyRow| {
            Ok(ErasedObject {
                key: ObjectKey::from_store(row.try_get(0)?),
                handoff: row.try_get(1)?,
            })
        };
        rows.iter().map(object).collect()
    }

    pub async fn object_gone(&self, key: &ObjectKey) -> anyhow::Result<()> {
        sqlx::query("UPDATE object SET state = 'gone' WHERE key = $1 AND state = 'erased'")
            .bind(key.as_str().to_owned())
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Objects that their maker gives up, unless they were committed after all.
    /// What the sweeper took for gone meanwhile may have been put since: it is
    /// deleted once more.
    pub async fn abandon(&self, keys: &[ObjectKey], now: jiff::Timestamp) -> anyhow::Result<()> {
        for key in keys {
            sqlx::query(
                "UPDATE object SET state = 'erased', erased_at = $2
                 WHERE key = $1 AND state IN ('reserved', 'erased', 'gone')",
            )
            .bind(key.as_str().to_owned())
            .bind(millis(now))
            .execute(&self.write)
            .await?;
        }
        Ok(())
    }
}

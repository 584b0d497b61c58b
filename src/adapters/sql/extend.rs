//! The end of a link, moved: by one conditional statement each, in one
//! transaction with the audit.

use super::{Store, Tx, audit, millis, moment, sweep};
use crate::domain::audit::{AuditEvent, AuditKind};
use crate::domain::ids::LinkId;
use anyhow::Context;
use sqlx::Row;

/// What was decided on, and what is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedEnd {
    pub link: LinkId,
    pub handoff: String,
    pub from: jiff::Timestamp,
    pub to: jiff::Timestamp,
}

/// Only the link that was looked at, and only while it is open.
const MOVE: &str = "UPDATE link SET expires_at = $3
     WHERE id = $1 AND expires_at = $2 AND expires_at > $4 AND revoked_at IS NULL AND locked_at IS NULL
       AND token_expires_at >= $3
       AND EXISTS (SELECT 1 FROM link_file f WHERE f.link = link.id
                   AND f.downloads - (SELECT COUNT(*) FROM claim c WHERE c.link = f.link
                                        AND c.ordinal = f.ordinal AND c.state = 'open'
                                        AND c.started_at IS NULL) < f.max_downloads)";

impl Store {
    /// When a handoff was made.
    pub async fn created_at(&self, handoff: &str) -> anyhow::Result<jiff::Timestamp> {
        let row = sqlx::query("SELECT created_at FROM handoff WHERE id = $1")
            .bind(handoff.to_owned())
            .fetch_one(&self.read)
            .await
            .context("looking up a handoff")?;
        Ok(moment(row.try_get(0)?))
    }

    /// Moves the ends of all these links, or of none where one of them is no longer
    /// what it was: `false`, and the caller decides anew.
    pub async fn move_ends(
        &self,
        moved: &[MovedEnd],
        reason: &str,
        now: jiff::Timestamp,
    ) -> anyhow::Result<bool> {
        let mut tx = self.begin().await?;
        for end in moved {
            let done = sqlx::query(MOVE)
                .bind(end.link.to_string())
                .bind(millis(end.from))
                .bind(millis(end.to))
                .bind(millis(now))
                .execute(&mut *tx)
                .await?;
            if done.rows_affected() == 0 {
                tx.rollback().await?;
                return Ok(false);
            }
        }
        for end in moved {
            end_has_moved(&mut tx, &end.handoff).await?;
        }
        // Objects after all links, as everyone locks them.
        for end in moved {
            sweep::due(&mut tx, end.link.as_str(), end.to).await?;
        }
        for end in moved {
            let event = AuditEvent {
                kind: AuditKind::Extended,
                handoff: end.handoff.clone(),
                link: Some(end.link.to_string()),
                detail: format!("from {} to {}; {reason}", end.from, end.to),
            };
            audit::append(&mut tx, &event, now).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

/// What follows a link's end: its handoff lives as long as its longest link. The
/// one place for whatever else is kept by that time.
pub(super) async fn end_has_moved(tx: &mut Tx, handoff: &str) -> anyhow::Result<()> {
    sqlx::query(
        "UPDATE handoff SET expires_at = COALESCE(
             (SELECT MAX(l.expires_at) FROM link l WHERE l.handoff = handoff.id AND l.revoked_at IS NULL),
             expires_at)
         WHERE id = $1 AND state = 'open'",
    )
    .bind(handoff.to_owned())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

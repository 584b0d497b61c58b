//! "Ask for a new copy", from whoever holds a link that is closed: told to its
//! owner at most once a day.

use super::{NewErrand, OwnerNews, Store, Target, audit, millis, outbox};
use crate::domain::audit::{AuditEvent, AuditKind};
use crate::domain::ids::{HandoffId, LinkId};
use crate::domain::measures::Span;
use anyhow::Context;
use sqlx::Row;

/// The same hands press again, and scanners press everything.
const ASKED_EVERY: Span = Span::hours(24);

/// A person's link, closed for whatever reason, of which nobody asked lately.
const ASK: &str = "UPDATE link SET asked_at = $2
     WHERE id = $1 AND face = 'l' AND (asked_at IS NULL OR asked_at <= $3)
       AND (revoked_at IS NOT NULL OR locked_at IS NOT NULL OR expires_at <= $2
         OR NOT EXISTS (SELECT 1 FROM link_file f WHERE f.link = link.id AND f.downloads < f.max_downloads))
     RETURNING handoff";

impl Store {
    /// Whether a mail to the owner was written to the outbox.
    pub async fn ask_again(
        &self,
        link: &LinkId,
        owner: &str,
        visitor: &str,
        now: jiff::Timestamp,
    ) -> anyhow::Result<bool> {
        let mut tx = self.begin().await?;
        let asked = sqlx::query(ASK)
            .bind(link.to_string())
            .bind(millis(now))
            .bind(millis(now) - ASKED_EVERY.millis())
            .fetch_all(&mut *tx)
            .await?;
        let Some(row) = asked.first() else {
            tx.rollback().await?;
            return Ok(false);
        };
        let handoff: String = row.try_get(0)?;
        let errand = NewErrand {
            id: None,
            handoff: Some(HandoffId::parse(&handoff).context("a handoff's id is damaged")?),
            link: Some(link.to_string()),
            target: Target::OwnerEmail {
                owner: owner.to_owned(),
                news: OwnerNews::NewCopy,
            },
            payload: None,
            trace_parent: None,
        };
        outbox::insert(&mut tx, &errand, now).await?;
        let event = AuditEvent {
            kind: AuditKind::Asked,
            handoff,
            link: Some(link.to_string()),
            detail: format!("for a new copy; {visitor}"),
        };
        audit::append(&mut tx, &event, now).await?;
        tx.commit().await?;
        Ok(true)
    }
}

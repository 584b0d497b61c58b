//! Revocation: immediate, by handoff or by link.

use super::{Store, Tx, audit, millis, sweep};
use crate::domain::audit::{AuditEvent, AuditKind};
use sqlx::Row;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RevokeScope {
    Handoff(String),
    Link(String),
}

/// What was hit, and whether someone already had it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokedLink {
    pub id: String,
    pub handoff: String,
    pub face: String,
    pub recipient: Option<String>,
    pub had_it: bool,
}

pub(super) const BY_HANDOFF: &str =
    "UPDATE link SET revoked_at = $2 WHERE handoff = $1 AND revoked_at IS NULL
     RETURNING id, handoff, face, recipient_name, first_access_at";
impl RevokedLink {
    /// A held event: it has no link, and no face.
    pub fn is_held(&self) -> bool {
        self.face.is_empty()
    }
}

const BY_LINK: &str = "UPDATE link SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL
     RETURNING id, handoff, face, recipient_name, first_access_at";

impl Store {
    pub async fn revoke(
        &self,
        scope: &RevokeScope,
        reason: &str,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Vec<RevokedLink>> {
        let mut tx = self.begin().await?;
        let hit = match scope {
            RevokeScope::Link(id) => revoke_links(&mut tx, BY_LINK, id, now).await?,
            RevokeScope::Handoff(id) => {
                let mut hit = revoke_links(&mut tx, BY_HANDOFF, id, now).await?;
                hit.extend(end_held(&mut tx, id, now).await?);
                hit
            }
        };
        write_down(&mut tx, &hit, reason, now).await?;
        tx.commit().await?;
        Ok(hit)
    }
}

/// Closes what is still open.
pub(super) async fn revoke_links(
    tx: &mut Tx,
    which: &'static str,
    id: &str,
    now: jiff::Timestamp,
) -> anyhow::Result<Vec<RevokedLink>> {
    let rows = sqlx::query(which)
        .bind(id.to_owned())
        .bind(millis(now))
        .fetch_all(&mut **tx)
        .await?;
    let mut hit = Vec::new();
    for row in rows {
        hit.push(RevokedLink {
            id: row.try_get(0)?,
            handoff: row.try_get(1)?,
            face: row.try_get(2)?,
            recipient: row.try_get(3)?,
            had_it: row.try_get::<Option<i64>, _>(4)?.is_some(),
        });
    }
    let handoffs: Vec<&str> = hit.iter().map(|link| link.handoff.as_str()).collect();
    sweep::due_handoffs(tx, &handoffs, now).await?;
    Ok(hit)
}

/// An audit entry for each. Its head is a lock: this comes last in a transaction.
pub(super) async fn write_down(
    tx: &mut Tx,
    hit: &[RevokedLink],
    reason: &str,
    now: jiff::Timestamp,
) -> anyhow::Result<()> {
    for link in hit {
        let event = AuditEvent {
            kind: AuditKind::Revoked,
            handoff: link.handoff.clone(),
            link: (!link.is_held()).then(|| link.id.clone()),
            detail: match link.is_held() {
                true => format!("a held event was discarded; {reason}"),
                false => reason.to_owned(),
            },
        };
        audit::append(tx, &event, now).await?;
    }
    Ok(())
}

/// A held event has no link; ending it lets go of the message it keeps.
pub(super) async fn end_held(
    tx: &mut Tx,
    id: &str,
    now: jiff::Timestamp,
) -> anyhow::Result<Option<RevokedLink>> {
    let ended = sqlx::query(
        "UPDATE handoff SET expires_at = $2
         WHERE id = $1 AND state = 'held' AND expires_at > $2",
    )
    .bind(id.to_owned())
    .bind(millis(now))
    .execute(&mut **tx)
    .await?;
    if ended.rows_affected() == 0 {
        return Ok(None);
    }
    sweep::due_handoffs(tx, &[id], now).await?;
    let nobody = RevokedLink {
        id: id.to_owned(),
        handoff: id.to_owned(),
        face: String::new(),
        recipient: None,
        had_it: false,
    };
    Ok(Some(nobody))
}

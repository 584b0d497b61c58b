//! What the sweeper finds: claims to give back, links that ran out. Everything here
//! asks by a partial index (migration 0006): the cost follows what ends.

use super::claims::{RELEASE_UNSTARTED, release};
use super::sets::{SET, about, in_order, lock_objects, set};
use super::{Store, Tx, audit, millis};
use crate::domain::audit::{AuditEvent, AuditKind};
use crate::domain::claim::{CLAIM_GRACE, UNSTARTED_GRACE};
use sqlx::Row;

/// Links noted in one transaction: a writer waits no longer for the sweeper than
/// for anyone.
const NOTED_AT_ONCE: i64 = 500;

impl Store {
    /// Claims of which nothing was handed out within the grace time.
    pub async fn release_stale_claims(&self, now: jiff::Timestamp) -> anyhow::Result<usize> {
        let rows = sqlx::query(UNSTARTED)
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
        let mut noted = 0;
        loop {
            let some = self.note_some_expired(now).await?;
            noted += some;
            if some < NOTED_AT_ONCE as usize {
                return Ok(noted);
            }
        }
    }

    async fn note_some_expired(&self, now: jiff::Timestamp) -> anyhow::Result<usize> {
        let mut tx = self.begin().await?;
        let rows = sqlx::query(NOTE_EXPIRED)
            .bind(millis(now))
            .bind(NOTED_AT_ONCE)
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
}

pub(super) const UNSTARTED: &str =
    "SELECT id FROM claim WHERE state = 'open' AND started_at IS NULL AND opened_at <= $1";

pub(super) const NOTE_EXPIRED: &str = "UPDATE link SET expiry_noted = $1 WHERE id IN (
         SELECT id FROM link
         WHERE expires_at <= $1 AND revoked_at IS NULL AND expiry_noted IS NULL
         ORDER BY expires_at LIMIT $2)
       AND expiry_noted IS NULL AND revoked_at IS NULL
     RETURNING id, handoff";

/// Says that a link may have ended: the sweeper looks at its objects. Call it in
/// the transaction that used it up, locked or revoked it. It locks objects in the
/// order of their keys, as everyone does, and comes before the audit.
pub(super) async fn due(tx: &mut Tx, link: &str, now: jiff::Timestamp) -> anyhow::Result<()> {
    due_links(tx, &[link], now).await
}

/// The same for several links at once.
pub(super) async fn due_links(
    tx: &mut Tx,
    links: &[&str],
    now: jiff::Timestamp,
) -> anyhow::Result<()> {
    let theirs = concat!("SELECT object FROM link_file WHERE link IN (", set!(), ")");
    due_objects(tx, theirs, links, now).await
}

/// The same for everything that these handoffs have staged.
pub(super) async fn due_handoffs(
    tx: &mut Tx,
    handoffs: &[&str],
    now: jiff::Timestamp,
) -> anyhow::Result<()> {
    let live = concat!(
        "SELECT key FROM object WHERE state = 'live' AND handoff IN (",
        set!(),
        ")"
    );
    due_objects(tx, live, handoffs, now).await
}

/// The objects that a question finds for these names. It changes each row always: a
/// sweeper that is looking at the object just now waits for us, or we for it, and
/// none of both misses the other's word.
async fn due_objects(
    tx: &mut Tx,
    question: &'static str,
    names: &[&str],
    now: jiff::Timestamp,
) -> anyhow::Result<()> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut objects = Vec::new();
    for names in in_order(names).chunks(SET) {
        for row in about(question, names).fetch_all(&mut **tx).await? {
            objects.push(row.try_get(0)?);
        }
    }
    for objects in in_order(objects).chunks(SET) {
        lock_objects(tx, objects).await?;
        let due = about(DUE_NOW, objects).bind(millis(now));
        due.execute(&mut **tx).await?;
    }
    Ok(())
}

const DUE_NOW: &str = concat!(
    "UPDATE object SET due_at = CASE WHEN due_at > $33 THEN $33 ELSE due_at END
     WHERE state = 'live' AND key IN (",
    set!(),
    ")"
);

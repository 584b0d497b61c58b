//! Visits, referrals and documents over time: what corrects, cancels or merges
//! them. A thread's row is locked by whoever writes about it, so a packet and
//! its cancellation cannot pass each other unseen.

use super::revoke::{BY_HANDOFF, RevokedLink, end_held, revoke_links};
use super::{Store, Tx, audit, millis};
use crate::domain::audit::{AuditEvent, AuditKind};
use crate::domain::ids::HandoffId;
use sqlx::Row;

/// What a handoff is about. Keyed hashes, all of them.
#[derive(Debug, Clone, Default)]
pub struct Subject {
    pub visit: Option<String>,
    pub patient: Option<String>,
    pub thread: Option<String>,
    /// When its message was sent; its arrival where that was not said.
    pub sent_at: jiff::Timestamp,
    /// What its packet says.
    pub content: Option<String>,
}

impl Subject {
    /// The rows to lock, always in the same order.
    pub(super) fn threads(&self) -> Vec<&str> {
        let mut names: Vec<&str> = [&self.visit, &self.thread]
            .into_iter()
            .filter_map(Option::as_deref)
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// A packet of the same thread that is not yet over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predecessor {
    pub id: HandoffId,
    pub sent_at: jiff::Timestamp,
    pub same_content: bool,
}

/// What a cancellation hit: links, and held events (which have none).
pub type Cancelled = Vec<RevokedLink>;

/// Locks a thread's row; says what has cancelled it since the message was sent.
pub(super) async fn lock(
    tx: &mut Tx,
    channel: &str,
    subject: &Subject,
    expires_at: jiff::Timestamp,
) -> anyhow::Result<Option<String>> {
    let mut cancelled = None;
    for name in subject.threads() {
        let row = sqlx::query(
            "INSERT INTO thread (channel, name, expires_at) VALUES ($1, $2, $3)
             ON CONFLICT (channel, name) DO UPDATE SET expires_at =
                 CASE WHEN thread.expires_at > $3 THEN thread.expires_at ELSE $3 END
             RETURNING cancelled_at, cancelled_by",
        )
        .bind(channel.to_owned())
        .bind(name.to_owned())
        .bind(millis(expires_at))
        .fetch_one(&mut **tx)
        .await?;
        let since = row.try_get::<Option<i64>, _>(0)?;
        if since.is_some_and(|at| at >= millis(subject.sent_at)) {
            cancelled = cancelled.or(row.try_get::<Option<String>, _>(1)?);
        }
    }
    Ok(cancelled)
}

/// Closes every earlier packet of a thread, in the transaction that makes the
/// new one.
pub(super) async fn supersede(
    tx: &mut Tx,
    channel: &str,
    thread: &[String],
    new: &HandoffId,
    now: jiff::Timestamp,
) -> anyhow::Result<()> {
    for name in thread {
        let rows = sqlx::query(
            "SELECT id FROM handoff WHERE channel = $1 AND thread = $2 AND id <> $3 AND state = 'open'
             ORDER BY id",
        )
        .bind(channel.to_owned())
        .bind(name.clone())
        .bind(new.to_string())
        .fetch_all(&mut **tx)
        .await?;
        for row in &rows {
            let id: String = row.try_get(0)?;
            let closed = close_links(tx, &id, now).await?;
            if closed > 0 {
                let event = AuditEvent {
                    kind: AuditKind::Superseded,
                    handoff: id,
                    link: None,
                    detail: format!("by {new}; {closed} links closed"),
                };
                audit::append(tx, &event, now).await?;
            }
        }
    }
    Ok(())
}

async fn close_links(tx: &mut Tx, handoff: &str, now: jiff::Timestamp) -> anyhow::Result<u64> {
    let closed =
        sqlx::query("UPDATE link SET revoked_at = $2 WHERE handoff = $1 AND revoked_at IS NULL")
            .bind(handoff.to_owned())
            .bind(millis(now))
            .execute(&mut **tx)
            .await?;
    Ok(closed.rows_affected())
}

impl Store {
    /// The newest packet of any of these threads that somebody may still fetch
    /// or has fetched: not expired, not revoked.
    pub async fn predecessor(
        &self,
        channel: &str,
        threads: &[String],
        content: &str,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Option<Predecessor>> {
        let mut newest: Option<Predecessor> = None;
        for thread in threads {
            let row = sqlx::query(
                "SELECT h.id, h.sent_at, h.content FROM handoff h
                 WHERE h.channel = $1 AND h.thread = $2 AND h.state = 'open' AND h.expires_at > $3
                   AND EXISTS (SELECT 1 FROM link l WHERE l.handoff = h.id AND l.revoked_at IS NULL)
                 ORDER BY h.sent_at DESC, h.id DESC LIMIT 1",
            )
            .bind(channel.to_owned())
            .bind(thread.clone())
            .bind(millis(now))
            .fetch_optional(&self.read)
            .await?;
            let Some(row) = row else { continue };
            let id: String = row.try_get(0)?;
            let sent_at: Option<i64> = row.try_get(1)?;
            let said: Option<String> = row.try_get(2)?;
            let found = Predecessor {
                id: HandoffId::parse(&id)
                    .ok_or_else(|| anyhow::anyhow!("a handoff's id is damaged"))?,
                sent_at: super::moment(sent_at.unwrap_or_default()),
                same_content: said.as_deref() == Some(content),
            };
            if newest
                .as_ref()
                .is_none_or(|seen| seen.sent_at < found.sent_at)
            {
                newest = Some(found);
            }
        }
        Ok(newest)
    }

    /// Revokes what was staged under a name, visit or thread, and holds back
    /// whatever older message of it comes later.
    pub async fn cancel(
        &self,
        channel: &str,
        names: &[String],
        event: &str,
        sent_at: jiff::Timestamp,
        keep_until: jiff::Timestamp,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Cancelled> {
        let mut names = names.to_vec();
        names.sort();
        names.dedup();
        let mut tx = self.begin().await?;
        let mut cancelled = Vec::new();
        for name in &names {
            mark_cancelled(&mut tx, channel, name, event, sent_at, keep_until).await?;
        }
        for name in &names {
            let rows = sqlx::query(
                "SELECT id FROM handoff WHERE channel = $1 AND (visit = $2 OR thread = $2)
                   AND (sent_at IS NULL OR sent_at <= $3) ORDER BY id",
            )
            .bind(channel.to_owned())
            .bind(name.clone())
            .bind(millis(sent_at))
            .fetch_all(&mut *tx)
            .await?;
            let why = format!("cancelled by {event}");
            for row in &rows {
                let id: String = row.try_get(0)?;
                cancelled.extend(revoke_links(&mut tx, BY_HANDOFF, &id, &why, now).await?);
                cancelled.extend(end_held(&mut tx, &id, &why, now).await?);
            }
        }
        tx.commit().await?;
        Ok(cancelled)
    }

    /// What was staged and remembered under one name belongs to another now.
    /// Gives how many handoffs moved.
    pub async fn merge_names(
        &self,
        channel: &str,
        moves: &[(String, String)],
        event: &str,
        now: jiff::Timestamp,
    ) -> anyhow::Result<usize> {
        let mut tx = self.begin().await?;
        let mut moved = Vec::new();
        for (from, to) in moves {
            for sql in MOVES {
                let rows = sqlx::query(sql)
                    .bind(channel.to_owned())
                    .bind(from.clone())
                    .bind(to.clone())
                    .fetch_all(&mut *tx)
                    .await?;
                for row in &rows {
                    moved.push(row.try_get::<String, _>(0)?);
                }
            }
            for sql in MEMORY_MOVES {
                sqlx::query(sql)
                    .bind(channel.to_owned())
                    .bind(from.clone())
                    .bind(to.clone())
                    .execute(&mut *tx)
                    .await?;
            }
        }
        moved.sort();
        moved.dedup();
        for handoff in &moved {
            let entry = AuditEvent {
                kind: AuditKind::Merged,
                handoff: handoff.clone(),
                link: None,
                detail: format!("by {event}: its patient or visit goes by another number now"),
            };
            audit::append(&mut tx, &entry, now).await?;
        }
        tx.commit().await?;
        Ok(moved.len())
    }

    /// Threads that nobody can come late for any more.
    pub async fn forget_threads(&self, now: jiff::Timestamp) -> anyhow::Result<u64> {
        let gone = sqlx::query("DELETE FROM thread WHERE expires_at <= $1")
            .bind(millis(now))
            .execute(&self.write)
            .await?;
        Ok(gone.rows_affected())
    }
}

const MOVES: [&str; 3] = [
    "UPDATE handoff SET patient = $3 WHERE channel = $1 AND patient = $2 RETURNING id",
    "UPDATE handoff SET visit = $3 WHERE channel = $1 AND visit = $2 RETURNING id",
    "UPDATE handoff SET thread = $3 WHERE channel = $1 AND thread = $2 RETURNING id",
];
const MEMORY_MOVES: [&str; 2] = [
    "UPDATE visit_memory SET patient = $3 WHERE channel = $1 AND patient = $2",
    "UPDATE visit_memory SET visit = $3 WHERE channel = $1 AND visit = $2",
];

/// The latest cancellation counts: an older one may come after it.
async fn mark_cancelled(
    tx: &mut Tx,
    channel: &str,
    name: &str,
    event: &str,
    sent_at: jiff::Timestamp,
    keep_until: jiff::Timestamp,
) -> anyhow::Result<()> {
    sqlx::query(
        "INSERT INTO thread (channel, name, cancelled_at, cancelled_by, expires_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (channel, name) DO UPDATE SET
             cancelled_by = CASE WHEN thread.cancelled_at > $3 THEN thread.cancelled_by ELSE $4 END,
             cancelled_at = CASE WHEN thread.cancelled_at > $3 THEN thread.cancelled_at ELSE $3 END,
             expires_at = CASE WHEN thread.expires_at > $5 THEN thread.expires_at ELSE $5 END",
    )
    .bind(channel.to_owned())
    .bind(name.to_owned())
    .bind(millis(sent_at))
    .bind(event.to_owned())
    .bind(millis(keep_until))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

//! Visits, referrals and documents over time: what corrects, cancels or merges
//! them. A thread's row is locked by whoever writes about it, so a packet and
//! its cancellation cannot pass each other unseen.

use super::revoke::{BY_HANDOFF, RevokedLink, end_held, revoke_links, write_down};
use super::{NewHandoff, Patient, Store, Subject, Tx, millis, revoke, shl, sweep};
use crate::domain::audit::{AuditEvent, AuditKind};
use crate::domain::ids::HandoffId;
use sqlx::Row;

/// A packet of the same thread that is not yet over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predecessor {
    pub id: HandoffId,
    pub sent_at: jiff::Timestamp,
    pub same_content: bool,
    /// The names of its sections that say something.
    pub filled: Vec<String>,
}

/// The message that cancels.
pub struct Cancellation<'m> {
    pub channel: &'m str,
    /// The visits or threads that it ends.
    pub names: &'m [String],
    pub patient: &'m Patient,
    pub event: &'m str,
    pub sent_at: jiff::Timestamp,
    /// How long it is known to whatever comes late.
    pub keep_until: jiff::Timestamp,
}

/// What a cancellation hit.
#[derive(Debug, Default)]
pub struct Cancelled {
    /// Links, and held events (which have none).
    pub hit: Vec<RevokedLink>,
    /// Handoffs under the same number that are about another patient.
    pub strangers: usize,
}

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
             RETURNING cancelled_at, cancelled_by, cancelled_of",
        )
        .bind(channel.to_owned())
        .bind(name.to_owned())
        .bind(millis(expires_at))
        .fetch_one(&mut **tx)
        .await?;
        let since = row.try_get::<Option<i64>, _>(0)?;
        let of = Patient::of_store(row.try_get(2)?);
        let stranger = of.is_another(&subject.patient);
        if !stranger && since.is_some_and(|at| at >= millis(subject.sent_at)) {
            cancelled = cancelled.or(row.try_get::<Option<String>, _>(1)?);
        }
    }
    Ok(cancelled)
}

/// Whether what a correction was decided on still holds, now that the thread is
/// locked: the packet to replace is still the newest.
pub(super) async fn still_holds(
    tx: &mut Tx,
    new: &NewHandoff,
    now: jiff::Timestamp,
) -> anyhow::Result<bool> {
    let mut newest: Option<Predecessor> = None;
    for thread in &new.supersedes {
        let rows = of_thread(&new.channel, thread, now)
            .fetch_all(&mut **tx)
            .await?;
        consider(&rows, &new.subject.patient, "", &mut newest)?;
    }
    let newest = newest.map(|found| found.id).filter(|id| *id != new.id);
    Ok(newest == new.replaces)
}

/// Closes every earlier packet of a thread, in the transaction that makes the
/// new one; their SMART Health Links are left to its links.
pub(super) async fn supersede(
    tx: &mut Tx,
    new: &NewHandoff,
    now: jiff::Timestamp,
) -> anyhow::Result<(Vec<AuditEvent>, Vec<shl::Left>)> {
    let mut events = Vec::new();
    let mut left = Vec::new();
    for name in &new.supersedes {
        let rows = sqlx::query(
            "SELECT id, patient FROM handoff
             WHERE channel = $1 AND thread = $2 AND id <> $3 AND state = 'open' ORDER BY id",
        )
        .bind(new.channel.clone())
        .bind(name.clone())
        .bind(new.id.to_string())
        .fetch_all(&mut **tx)
        .await?;
        for row in &rows {
            let id: String = row.try_get(0)?;
            if !Patient::of_store(row.try_get(1)?).is(&new.subject.patient) {
                continue;
            }
            left.extend(shl::leave(tx, &id, now).await?);
            let closed = close_links(tx, &id, now).await?;
            if closed > 0 {
                events.push(AuditEvent {
                    kind: AuditKind::Superseded,
                    handoff: id,
                    link: None,
                    detail: format!("by {}; {closed} links closed", new.id),
                });
            }
        }
    }
    Ok((events, left))
}

async fn close_links(tx: &mut Tx, handoff: &str, now: jiff::Timestamp) -> anyhow::Result<u64> {
    let closed =
        sqlx::query("UPDATE link SET revoked_at = $2 WHERE handoff = $1 AND revoked_at IS NULL")
            .bind(handoff.to_owned())
            .bind(millis(now))
            .execute(&mut **tx)
            .await?;
    sweep::due_handoffs(tx, &[handoff], now).await?;
    Ok(closed.rows_affected())
}

type Question = sqlx::query::Query<'static, sqlx::Any, sqlx::any::AnyArguments>;

/// The packets of a thread that are not over, the newest first.
fn of_thread(channel: &str, thread: &str, now: jiff::Timestamp) -> Question {
    sqlx::query(
        "SELECT h.id, h.sent_at, h.content, h.patient, h.filled FROM handoff h
         WHERE h.channel = $1 AND h.thread = $2 AND h.state = 'open' AND h.expires_at > $3
           AND EXISTS (SELECT 1 FROM link l WHERE l.handoff = h.id AND l.revoked_at IS NULL)
         ORDER BY h.sent_at DESC, h.id DESC",
    )
    .bind(channel.to_owned())
    .bind(thread.to_owned())
    .bind(millis(now))
}

/// The first of these rows that is about the patient, if it is the newest yet.
fn consider(
    rows: &[sqlx::any::AnyRow],
    patient: &Patient,
    content: &str,
    newest: &mut Option<Predecessor>,
) -> anyhow::Result<()> {
    for row in rows {
        if !Patient::of_store(row.try_get(3)?).is(patient) {
            continue;
        }
        let found = predecessor(row, content)?;
        if newest
            .as_ref()
            .is_none_or(|seen| seen.sent_at < found.sent_at)
        {
            *newest = Some(found);
        }
        break;
    }
    Ok(())
}

impl Store {
    /// The newest packet about this patient in any of these threads that
    /// somebody may still fetch or has fetched: not expired, not revoked.
    pub async fn predecessor(
        &self,
        channel: &str,
        threads: &[String],
        patient: &Patient,
        content: &str,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Option<Predecessor>> {
        let mut newest: Option<Predecessor> = None;
        for thread in threads {
            let rows = of_thread(channel, thread, now)
                .fetch_all(&self.read)
                .await?;
            consider(&rows, patient, content, &mut newest)?;
        }
        Ok(newest)
    }

    /// Revokes what was staged under a name, visit or thread, and holds back
    /// whatever older message of it comes later.
    pub async fn cancel(
        &self,
        by: &Cancellation<'_>,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Cancelled> {
        let mut names = by.names.to_vec();
        names.sort();
        names.dedup();
        let mut tx = self.begin().await?;
        let mut cancelled = Cancelled::default();
        for name in &names {
            mark_cancelled(&mut tx, name, by).await?;
        }
        for name in &names {
            let rows = sqlx::query(
                "SELECT id, patient FROM handoff WHERE channel = $1 AND (visit = $2 OR thread = $2)
                   AND (sent_at IS NULL OR sent_at <= $3) ORDER BY id",
            )
            .bind(by.channel.to_owned())
            .bind(name.clone())
            .bind(millis(by.sent_at))
            .fetch_all(&mut *tx)
            .await?;
            for row in &rows {
                let id: String = row.try_get(0)?;
                if Patient::of_store(row.try_get(1)?).is_another(by.patient) {
                    cancelled.strangers += 1;
                    continue;
                }
                let links = revoke_links(&mut tx, BY_HANDOFF, &id, now).await?;
                cancelled.hit.extend(links);
                cancelled.hit.extend(end_held(&mut tx, &id, now).await?);
            }
        }
        revoke::due(&mut tx, &cancelled.hit, now).await?;
        let why = format!("cancelled by {}", by.event);
        write_down(&mut tx, &cancelled.hit, &why, now).await?;
        tx.commit().await?;
        Ok(cancelled)
    }

    /// A correction found nothing to correct: whatever older message of its
    /// thread comes later is told of it.
    pub async fn note_correction(
        &self,
        channel: &str,
        threads: &[String],
        event: &str,
        sent_at: jiff::Timestamp,
        keep_until: jiff::Timestamp,
    ) -> anyhow::Result<()> {
        for thread in threads {
            sqlx::query(
                "INSERT INTO thread (channel, name, corrected_at, corrected_by, expires_at)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (channel, name) DO UPDATE SET corrected_at = $3, corrected_by = $4
                 WHERE thread.corrected_at IS NULL OR thread.corrected_at < $3",
            )
            .bind(channel.to_owned())
            .bind(thread.clone())
            .bind(millis(sent_at))
            .bind(event.to_owned())
            .bind(millis(keep_until))
            .execute(&self.write)
            .await?;
        }
        Ok(())
    }

    /// The event that corrected a thread before this message of it came.
    pub async fn corrected_since(
        &self,
        channel: &str,
        threads: &[String],
        sent_at: jiff::Timestamp,
    ) -> anyhow::Result<Option<String>> {
        for thread in threads {
            let row = sqlx::query(
                "SELECT corrected_by FROM thread
                 WHERE channel = $1 AND name = $2 AND corrected_at > $3",
            )
            .bind(channel.to_owned())
            .bind(thread.clone())
            .bind(millis(sent_at))
            .fetch_optional(&self.read)
            .await?;
            if let Some(row) = row {
                return Ok(Some(row.try_get(0)?));
            }
        }
        Ok(None)
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

fn predecessor(row: &sqlx::any::AnyRow, content: &str) -> anyhow::Result<Predecessor> {
    let id: String = row.try_get(0)?;
    let sent_at: Option<i64> = row.try_get(1)?;
    let said: Option<String> = row.try_get(2)?;
    let filled: Option<String> = row.try_get(4)?;
    Ok(Predecessor {
        id: HandoffId::parse(&id).ok_or_else(|| anyhow::anyhow!("a handoff's id is damaged"))?,
        sent_at: super::moment(sent_at.unwrap_or_default()),
        same_content: said.as_deref() == Some(content),
        filled: filled
            .unwrap_or_default()
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
    })
}

/// The latest cancellation counts: an older one may come after it.
async fn mark_cancelled(tx: &mut Tx, name: &str, by: &Cancellation<'_>) -> anyhow::Result<()> {
    sqlx::query(
        "INSERT INTO thread (channel, name, cancelled_at, cancelled_by, expires_at, cancelled_of)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (channel, name) DO UPDATE SET
             cancelled_by = CASE WHEN thread.cancelled_at > $3 THEN thread.cancelled_by ELSE $4 END,
             cancelled_of = CASE WHEN thread.cancelled_at > $3 THEN thread.cancelled_of ELSE $6 END,
             cancelled_at = CASE WHEN thread.cancelled_at > $3 THEN thread.cancelled_at ELSE $3 END,
             expires_at = CASE WHEN thread.expires_at > $5 THEN thread.expires_at ELSE $5 END",
    )
    .bind(by.channel.to_owned())
    .bind(name.to_owned())
    .bind(millis(by.sent_at))
    .bind(by.event.to_owned())
    .bind(millis(by.keep_until))
    .bind(by.patient.stored())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

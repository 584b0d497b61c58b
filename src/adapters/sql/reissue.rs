//! A new link in an old one's place, to the same files; or, where those are gone,
//! an event that may be handed over once more.

use super::{
    NewErrand, NewLink, Patient, Store, Subject, Tx, audit, extend, intake, millis, moment, outbox,
    sweep, threads,
};
use crate::domain::audit::{AuditEvent, AuditKind};
use crate::domain::ids::LinkId;
use crate::domain::link::Face;
use anyhow::Context;
use sqlx::Row;

/// What is known of the handoff that a link belongs to.
#[derive(Debug, Clone)]
pub struct Origin {
    pub created_at: jiff::Timestamp,
    /// Not for real life: its notices reach no exchange.
    pub test: bool,
}

/// The link to replace and what takes its place.
pub struct Reissue<'r> {
    pub old: &'r LinkId,
    pub new: &'r NewLink,
    pub errands: &'r [NewErrand],
    /// For the audit.
    pub reason: &'r str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reissued {
    New,
    /// Another reissue was faster, or was done long ago: the link that it made.
    Already(String),
    /// What it led to must not be shown any more, and why.
    Withdrawn(String),
    /// A file of it is erased. So many names of its event are free again.
    Gone {
        names: u64,
    },
}

impl Store {
    pub async fn origin(&self, handoff: &str) -> anyhow::Result<Origin> {
        let row = sqlx::query("SELECT created_at, content FROM handoff WHERE id = $1")
            .bind(handoff.to_owned())
            .fetch_one(&self.read)
            .await
            .context("looking up a handoff")?;
        Ok(Origin {
            created_at: moment(row.try_get(0)?),
            // A packet that is for real is compared with its corrections.
            test: row.try_get::<Option<String>, _>(1)?.is_none(),
        })
    }

    pub async fn reissue(
        &self,
        reissue: &Reissue<'_>,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Reissued> {
        let mut tx = self.begin().await?;
        let handoff = handoff_of(&mut tx, reissue.old).await?;
        // The thread's lock first, as in a cancellation and a correction.
        if let Some(why) = withdrawn(&mut tx, &handoff, reissue.new.expires_at).await? {
            tx.rollback().await?;
            return Ok(Reissued::Withdrawn(why));
        }
        if let Some(successor) = locked(&mut tx, reissue.old).await? {
            tx.rollback().await?;
            return Ok(Reissued::Already(successor));
        }
        let whole = all_live(&mut tx, reissue.old).await?;
        if !whole && another_opens(&mut tx, reissue.old, &handoff, now).await? {
            tx.rollback().await?;
            let why = "a file of it is gone, and another link of the handoff is still open: a new packet would reach that recipient twice. Revoke the handoff first, or wait until it has ended";
            return Ok(Reissued::Withdrawn(why.into()));
        }
        let (reissued, detail) = match whole {
            true => (
                Reissued::New,
                replace(&mut tx, reissue, &handoff, now).await?,
            ),
            false => free(&mut tx, &handoff, now).await?,
        };
        let event = AuditEvent {
            kind: AuditKind::Reissued,
            handoff,
            link: Some(reissue.old.to_string()),
            detail: format!("{detail}; {}", reissue.reason),
        };
        audit::append(&mut tx, &event, now).await?;
        tx.commit().await?;
        Ok(reissued)
    }
}

async fn handoff_of(tx: &mut Tx, link: &LinkId) -> anyhow::Result<String> {
    let row = sqlx::query("SELECT handoff FROM link WHERE id = $1")
        .bind(link.to_string())
        .fetch_one(&mut **tx)
        .await
        .context("looking up a link")?;
    Ok(row.try_get(0)?)
}

/// Cancelled, or replaced by a corrected packet: what it says is no longer so.
async fn withdrawn(
    tx: &mut Tx,
    handoff: &str,
    keep_until: jiff::Timestamp,
) -> anyhow::Result<Option<String>> {
    let row =
        sqlx::query("SELECT channel, visit, thread, patient, sent_at FROM handoff WHERE id = $1")
            .bind(handoff.to_owned())
            .fetch_one(&mut **tx)
            .await?;
    let channel: String = row.try_get(0)?;
    let subject = Subject {
        visit: row.try_get(1)?,
        thread: row.try_get(2)?,
        patient: Patient::of_store(row.try_get(3)?),
        sent_at: moment(row.try_get::<Option<i64>, _>(4)?.unwrap_or_default()),
        ..Subject::default()
    };
    if let Some(event) = threads::lock(tx, &channel, &subject, keep_until).await? {
        return Ok(Some(format!("it was cancelled by {event}")));
    }
    // The audit knows it also where a merge has given the visit another number since.
    let ended = sqlx::query(
        "SELECT kind FROM audit WHERE handoff = $1
           AND (kind = 'superseded' OR (kind = 'revoked' AND detail LIKE 'cancelled by %'))
         ORDER BY sequence LIMIT 1",
    )
    .bind(handoff.to_owned())
    .fetch_optional(&mut **tx)
    .await?;
    let kind: Option<String> = ended.map(|row| row.try_get(0)).transpose()?;
    Ok(kind.map(|kind| match kind.as_str() {
        "superseded" => "a corrected packet took its place; reissue that one's link".into(),
        _ => "it was cancelled".into(),
    }))
}

/// Locks the link; of two reissues at once, the second sees the first one's.
async fn locked(tx: &mut Tx, link: &LinkId) -> anyhow::Result<Option<String>> {
    let row = sqlx::query("UPDATE link SET face = face WHERE id = $1 RETURNING reissued_as")
        .bind(link.to_string())
        .fetch_one(&mut **tx)
        .await?;
    Ok(row.try_get(0)?)
}

/// Whether every file of the link is still there. A part of a packet must not pass
/// for the packet.
async fn all_live(tx: &mut Tx, link: &LinkId) -> anyhow::Result<bool> {
    let live = sqlx::query(
        "UPDATE object SET state = state
         WHERE state = 'live' AND key IN (SELECT f.object FROM link_file f WHERE f.link = $1)",
    )
    .bind(link.to_string())
    .execute(&mut **tx)
    .await?;
    let row = sqlx::query("SELECT COUNT(*) FROM link_file WHERE link = $1")
        .bind(link.to_string())
        .fetch_one(&mut **tx)
        .await?;
    let all = u64::try_from(row.try_get::<i64, _>(0)?)?;
    Ok(all > 0 && live.rows_affected() == all)
}

/// Whether another recipient may still open the handoff.
async fn another_opens(
    tx: &mut Tx,
    link: &LinkId,
    handoff: &str,
    now: jiff::Timestamp,
) -> anyhow::Result<bool> {
    let row = sqlx::query(
        "SELECT COUNT(*) FROM link l JOIN link_file f ON f.link = l.id JOIN object o ON o.key = f.object
         WHERE l.handoff = $1 AND l.id <> $2 AND l.face = $4 AND l.revoked_at IS NULL AND l.locked_at IS NULL
           AND l.expires_at > $3 AND f.downloads < f.max_downloads AND o.state = 'live'",
    )
    .bind(handoff.to_owned())
    .bind(link.to_string())
    .bind(millis(now))
    .bind(Face::People.audience())
    .fetch_one(&mut **tx)
    .await?;
    Ok(row.try_get::<i64, _>(0)? > 0)
}

/// The new link with fresh counts; the old one closes.
async fn replace(
    tx: &mut Tx,
    reissue: &Reissue<'_>,
    handoff: &str,
    now: jiff::Timestamp,
) -> anyhow::Result<String> {
    let (old, new) = (reissue.old, reissue.new);
    intake::insert_link(tx, handoff, new).await?;
    sqlx::query(
        "INSERT INTO link_file (link, ordinal, object, file_name, max_downloads, downloads)
         SELECT $1, ordinal, object, file_name, $3, 0 FROM link_file WHERE link = $2",
    )
    .bind(new.id.to_string())
    .bind(old.to_string())
    .bind(new.max_downloads)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "UPDATE link SET revoked_at = COALESCE(revoked_at, $2), reissued_as = $3 WHERE id = $1",
    )
    .bind(old.to_string())
    .bind(millis(now))
    .bind(new.id.to_string())
    .execute(&mut **tx)
    .await?;
    extend::end_has_moved(tx, handoff).await?;
    // The old link may have been the longer one.
    sweep::due(tx, new.id.as_str(), new.expires_at).await?;
    for errand in reissue.errands {
        outbox::insert(tx, errand, now).await?;
    }
    Ok(format!(
        "the link {} took its place, until {}",
        new.id, new.expires_at
    ))
}

/// The same event, replayed, is a new one from now on. Links that lead nowhere
/// close: they must not look like the packet that a replay makes.
async fn free(
    tx: &mut Tx,
    handoff: &str,
    now: jiff::Timestamp,
) -> anyhow::Result<(Reissued, String)> {
    let freed = sqlx::query("DELETE FROM identity WHERE handoff = $1")
        .bind(handoff.to_owned())
        .execute(&mut **tx)
        .await?;
    let closed = sqlx::query(
        "UPDATE link SET revoked_at = $2 WHERE handoff = $1 AND revoked_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM link_file f JOIN object o ON o.key = f.object
                           WHERE f.link = link.id AND o.state = 'live')",
    )
    .bind(handoff.to_owned())
    .bind(millis(now))
    .execute(&mut **tx)
    .await?;
    let names = freed.rows_affected();
    let detail = format!(
        "the packet is gone; {names} names of its event are free for a replay, {} links closed",
        closed.rows_affected()
    );
    Ok((Reissued::Gone { names }, detail))
}

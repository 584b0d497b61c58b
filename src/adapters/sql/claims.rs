//! Downloads are counted first, in one conditional statement, and streamed
//! afterwards: n requests that race for one remaining download get exactly one.

use super::audit::append;
use super::{Store, Tx, millis, moment, row_id, sweep};
use crate::domain::audit::{AuditEvent, AuditKind};
use crate::domain::ids::LinkId;
use crate::domain::language::Language;
use crate::domain::link::{
    CLAIM_GRACE, Claim, ClaimOutcome, Face, Link, LinkFile, REFETCH_WINDOW, Refusal,
};
use crate::domain::names::EmailAddress;
use crate::domain::notice::Recipient;
use crate::domain::verify::{SmartHealthLink, Verify};
use anyhow::Context;
use sqlx::Row;

impl Store {
    pub async fn link(&self, id: &LinkId) -> anyhow::Result<Option<Link>> {
        let row = sqlx::query(
            "SELECT l.handoff, l.face, l.key_id, l.recipient_name, l.recipient_email, l.expires_at,
                    l.token_expires_at, l.revoked_at, h.channel, h.trace_parent, l.recipient_language,
                    l.first_access_at, l.verify, l.attempts_left, l.locked_at, l.smart_health_link
             FROM link l JOIN handoff h ON h.id = l.handoff WHERE l.id = $1",
        )
        .bind(id.as_str().to_owned())
        .fetch_optional(&self.read)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let face: String = row.try_get(1)?;
        let name: Option<String> = row.try_get(3)?;
        let email: Option<String> = row.try_get(4)?;
        let email = email.and_then(|email| EmailAddress::try_from(email).ok());
        let language: Option<String> = row.try_get(10)?;
        let language = language
            .and_then(|tag| Language::of_tag(&tag))
            .unwrap_or_default();
        Ok(Some(Link {
            id: id.clone(),
            handoff: row.try_get(0)?,
            channel: row.try_get(8)?,
            trace_parent: row.try_get(9)?,
            face: Face::parse(&face).context("a stored link has no face")?,
            key_id: row.try_get(2)?,
            recipient: name.zip(email).map(|(name, email)| Recipient {
                name,
                email,
                language,
            }),
            expires_at: moment(row.try_get(5)?),
            token_expires_at: moment(row.try_get(6)?),
            revoked_at: row.try_get::<Option<i64>, _>(7)?.map(moment),
            first_access_at: row.try_get::<Option<i64>, _>(11)?.map(moment),
            verify: Verify::parse(&row.try_get::<String, _>(12)?)
                .context("a stored link asks for something unknown")?,
            attempts_left: row.try_get(13)?,
            locked_at: row.try_get::<Option<i64>, _>(14)?.map(moment),
            smart_health_link: SmartHealthLink::parse(&row.try_get::<String, _>(15)?)
                .context("a stored link is offered in an unknown way")?,
            files: self.link_files(id).await?,
        }))
    }

    /// For whoever must tell it.
    pub async fn sealed_passcode(&self, link: &LinkId) -> anyhow::Result<Option<String>> {
        let row = sqlx::query("SELECT sealed_passcode FROM link WHERE id = $1")
            .bind(link.as_str().to_owned())
            .fetch_one(&self.read)
            .await?;
        Ok(row.try_get(0)?)
    }

    async fn link_files(&self, id: &LinkId) -> anyhow::Result<Vec<LinkFile>> {
        let rows = sqlx::query(
            "SELECT f.ordinal, o.content_type, f.file_name, o.size, o.sha256, f.max_downloads, f.downloads
             FROM link_file f JOIN object o ON o.key = f.object WHERE f.link = $1 ORDER BY f.ordinal",
        )
        .bind(id.as_str().to_owned())
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(link_file).collect()
    }

    /// The links of a handoff with one face, in the order they were made.
    pub async fn links_of(&self, handoff: &str, face: Face) -> anyhow::Result<Vec<Link>> {
        let rows = sqlx::query("SELECT id FROM link WHERE handoff = $1 AND face = $2 ORDER BY id")
            .bind(handoff.to_owned())
            .bind(face.audience())
            .fetch_all(&self.read)
            .await?;
        let mut links = Vec::new();
        for row in rows {
            let id: String = row.try_get(0)?;
            let id = LinkId::parse(&id).context("a stored link's id is damaged")?;
            links.extend(self.link(&id).await?);
        }
        Ok(links)
    }

    /// Grants one download of one file, or says why not. `holder` is the hash
    /// of the browser's secret; the visitor goes into the audit.
    pub async fn claim(
        &self,
        link: &Link,
        ordinal: i64,
        holder: Option<&str>,
        visitor: &str,
        now: jiff::Timestamp,
    ) -> anyhow::Result<ClaimOutcome> {
        let mut tx = self.begin().await?;
        let Some(first) = lock_open_link(&mut tx, link, now).await? else {
            tx.rollback().await?;
            return self.refuse(link, ordinal, visitor, now).await;
        };
        let granted = sqlx::query(
            "UPDATE link_file SET downloads = downloads + 1
             WHERE link = $1 AND ordinal = $2 AND downloads < max_downloads RETURNING object",
        )
        .bind(link.id.as_str().to_owned())
        .bind(ordinal)
        .fetch_all(&mut *tx)
        .await?;
        if granted.is_empty() {
            tx.rollback().await?;
            return self.refuse(link, ordinal, visitor, now).await;
        }
        let id = row_id();
        sqlx::query(
            "INSERT INTO claim (id, link, ordinal, holder, state, opened_at, fetches, bytes)
             VALUES ($1, $2, $3, $4, 'open', $5, 0, 0)",
        )
        .bind(id.clone())
        .bind(link.id.as_str().to_owned())
        .bind(ordinal)
        .bind(holder.map(str::to_owned))
        .bind(millis(now))
        .execute(&mut *tx)
        .await?;
        let claim = claim_of(&mut tx, id, link, ordinal).await?;
        if first {
            let access = event(
                AuditKind::FirstAccess,
                &link.handoff,
                &link.id,
                visitor.to_owned(),
            );
            append(&mut tx, &access, now).await?;
        }
        tx.commit().await?;
        Ok(ClaimOutcome::Granted(Box::new(claim)))
    }

    /// The claim a browser already holds: it may fetch again while the claim
    /// is open, and for a while after it completed (viewers ask twice).
    pub async fn held_claim(
        &self,
        link: &Link,
        ordinal: i64,
        holder: &str,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Option<Claim>> {
        if link.revoked_at.is_some() {
            return Ok(None);
        }
        let mut tx = self.read.begin().await?;
        let row = sqlx::query(
            "SELECT id FROM claim WHERE link = $1 AND ordinal = $2 AND holder = $3
               AND ((state IN ('open', 'broken') AND opened_at > $4)
                 OR (state = 'completed' AND ended_at > $5))
             ORDER BY opened_at DESC LIMIT 1",
        )
        .bind(link.id.as_str().to_owned())
        .bind(ordinal)
        .bind(holder.to_owned())
        .bind(millis(now) - CLAIM_GRACE.millis())
        .bind(millis(now) - REFETCH_WINDOW.millis())
        .fetch_all(&mut *tx)
        .await?;
        let Some(row) = row.first() else {
            return Ok(None);
        };
        Ok(Some(
            claim_of(&mut tx, row.try_get(0)?, link, ordinal).await?,
        ))
    }

    /// Before the first byte leaves: from here on the download counts. A link
    /// that was revoked since the claim hands out nothing any more.
    pub async fn claim_started(&self, claim: &Claim, now: jiff::Timestamp) -> anyhow::Result<bool> {
        let started = sqlx::query(
            "UPDATE claim SET started_at = COALESCE(started_at, $2), fetches = fetches + 1
             WHERE id = $1 AND state <> 'released'
               AND EXISTS (SELECT 1 FROM link WHERE link.id = claim.link AND revoked_at IS NULL)",
        )
        .bind(claim.id.clone())
        .bind(millis(now))
        .execute(&self.write)
        .await?;
        Ok(started.rows_affected() == 1)
    }

    /// The body ended: with every byte handed over, or broken off.
    pub async fn claim_ended(
        &self,
        claim: &Claim,
        bytes: i64,
        failure: Option<&str>,
        now: jiff::Timestamp,
    ) -> anyhow::Result<()> {
        let mut tx = self.begin().await?;
        let state = if failure.is_some() {
            "broken"
        } else {
            "completed"
        };
        let ended = sqlx::query(
            "UPDATE claim SET state = $2, ended_at = $3, bytes = $4
             WHERE id = $1 AND state IN ('open', 'broken')",
        )
        .bind(claim.id.clone())
        .bind(state)
        .bind(millis(now))
        .bind(bytes)
        .execute(&mut *tx)
        .await?;
        sweep::due(&mut tx, claim.link.as_str(), now).await?;
        // A second fetch of a completed file is the same download, not another.
        if ended.rows_affected() == 1 {
            let kind = if failure.is_some() {
                AuditKind::Failed
            } else {
                AuditKind::Completed
            };
            let why = failure.map(|why| format!("; {why}")).unwrap_or_default();
            let detail = format!(
                "file {}, {bytes} of {} bytes{why}",
                claim.file.ordinal, claim.file.size
            );
            append(
                &mut tx,
                &event(kind, &claim.handoff, &claim.link, detail),
                now,
            )
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Gives back a download of which nothing was handed out, unless another
    /// body of the same claim is on its way. `began`: ours was counted.
    pub async fn claim_released(
        &self,
        claim: &Claim,
        began: bool,
        why: &str,
        now: jiff::Timestamp,
    ) -> anyhow::Result<()> {
        let mut tx = self.begin().await?;
        let how = if began {
            RELEASE_ALONE
        } else {
            RELEASE_UNSTARTED
        };
        if release(&mut tx, how, &claim.id).await? {
            let detail = format!("file {}, nothing handed out; {why}", claim.file.ordinal);
            let event = event(AuditKind::Failed, &claim.handoff, &claim.link, detail);
            append(&mut tx, &event, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn refuse(
        &self,
        link: &Link,
        ordinal: i64,
        visitor: &str,
        now: jiff::Timestamp,
    ) -> anyhow::Result<ClaimOutcome> {
        let Some(fresh) = self.link(&link.id).await? else {
            return Ok(ClaimOutcome::Refused(Refusal::Unknown));
        };
        let known_file = fresh.files.iter().any(|file| file.ordinal == ordinal);
        let refusal = if known_file {
            fresh.refusal(now).unwrap_or(Refusal::Exhausted)
        } else {
            Refusal::Unknown
        };
        let mut tx = self.begin().await?;
        // The chain's lock first: of two who look at once, one sees the other's entry.
        sqlx::query("UPDATE audit_head SET hash = hash WHERE one = 1")
            .execute(&mut *tx)
            .await?;
        // Collapsed: a visitor who knocks a hundred times is one entry a reason.
        let noted = sqlx::query("SELECT COUNT(*) FROM audit WHERE handoff = $1 AND link = $2 AND kind = 'refused' AND detail LIKE $3")
            .bind(link.handoff.clone())
            .bind(link.id.as_str().to_owned())
            .bind(format!("{};%", refusal.as_str()))
            .fetch_one(&mut *tx)
            .await?;
        if noted.try_get::<i64, _>(0)? == 0 {
            let detail = format!("{}; {visitor}", refusal.as_str());
            append(
                &mut tx,
                &event(AuditKind::Refused, &link.handoff, &link.id, detail),
                now,
            )
            .await?;
        }
        tx.commit().await?;
        Ok(ClaimOutcome::Refused(refusal))
    }
}

/// Locks the link's row while it is open, so that a revocation comes before this
/// claim or after it; says whether nobody was here before.
async fn lock_open_link(
    tx: &mut Tx,
    link: &Link,
    now: jiff::Timestamp,
) -> anyhow::Result<Option<bool>> {
    let locked = sqlx::query(
        "UPDATE link SET face = face WHERE id = $1 AND revoked_at IS NULL AND expires_at > $2
         RETURNING first_access_at",
    )
    .bind(link.id.as_str().to_owned())
    .bind(millis(now))
    .fetch_all(&mut **tx)
    .await?;
    let Some(row) = locked.first() else {
        return Ok(None);
    };
    let first = row.try_get::<Option<i64>, _>(0)?.is_none();
    if first {
        sqlx::query("UPDATE link SET first_access_at = $2 WHERE id = $1")
            .bind(link.id.as_str().to_owned())
            .bind(millis(now))
            .execute(&mut **tx)
            .await?;
    }
    Ok(Some(first))
}

/// By a gateway whose body gave nothing: no other body may have begun.
const RELEASE_ALONE: &str = "UPDATE claim SET state = 'released'
     WHERE id = $1 AND state = 'open' AND fetches <= 1 RETURNING link, ordinal";
/// By anyone else: only while it cannot have begun.
pub(super) const RELEASE_UNSTARTED: &str = "UPDATE claim SET state = 'released'
     WHERE id = $1 AND state = 'open' AND started_at IS NULL RETURNING link, ordinal";

/// Returns whether there was something to give back.
pub(super) async fn release(tx: &mut Tx, how: &'static str, claim: &str) -> anyhow::Result<bool> {
    let released = sqlx::query(how)
        .bind(claim.to_owned())
        .fetch_all(&mut **tx)
        .await?;
    let Some(row) = released.first() else {
        return Ok(false);
    };
    sqlx::query("UPDATE link_file SET downloads = downloads - 1 WHERE link = $1 AND ordinal = $2")
        .bind(row.try_get::<String, _>(0)?)
        .bind(row.try_get::<i64, _>(1)?)
        .execute(&mut **tx)
        .await?;
    Ok(true)
}

async fn claim_of(tx: &mut Tx, id: String, link: &Link, ordinal: i64) -> anyhow::Result<Claim> {
    let row = sqlx::query(
        "SELECT f.ordinal, o.content_type, f.file_name, o.size, o.sha256, f.max_downloads, f.downloads,
                o.key, o.wrapped_key
         FROM link_file f JOIN object o ON o.key = f.object WHERE f.link = $1 AND f.ordinal = $2",
    )
    .bind(link.id.as_str().to_owned())
    .bind(ordinal)
    .fetch_one(&mut **tx)
    .await?;
    Ok(Claim {
        id,
        link: link.id.clone(),
        handoff: link.handoff.clone(),
        object_key: row.try_get(7)?,
        wrapped_key: row
            .try_get::<Option<String>, _>(8)?
            .context("the object's key was erased")?,
        file: link_file(&row)?,
    })
}

fn link_file(row: &sqlx::any::AnyRow) -> anyhow::Result<LinkFile> {
    Ok(LinkFile {
        ordinal: row.try_get(0)?,
        content_type: row.try_get(1)?,
        file_name: row.try_get(2)?,
        size: row.try_get(3)?,
        sha256: row.try_get(4)?,
        max_downloads: row.try_get(5)?,
        downloads: row.try_get(6)?,
    })
}

fn event(kind: AuditKind, handoff: &str, link: &LinkId, detail: String) -> AuditEvent {
    AuditEvent {
        kind,
        handoff: handoff.to_owned(),
        link: Some(link.to_string()),
        detail,
    }
}

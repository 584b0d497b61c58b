//! Downloads are counted first, in one conditional statement, and streamed
//! afterwards. What bodies write goes through the clerk, in groups.

use super::clerk::{Act, Did};
use super::grant::Claiming;
use super::progress::{Beating, Beginning, Ending};
use super::{Store, Tx, audit, millis, moment};
use crate::domain::audit::{AuditEvent, AuditKind};
use crate::domain::claim::{
    Begun, CLAIM_GRACE, Claim, ClaimOutcome, HeldClaim, Part, Probed, REFETCH_WINDOW, Reading,
};
use crate::domain::link::{Face, Link, Refusal};
use anyhow::{Context, bail};
use sqlx::Row;

/// How a body ended.
pub struct BodyEnd {
    pub reading: Reading,
    /// As it was told when it began; 0: it never began.
    pub number: i64,
    pub part: Part,
    pub failure: Option<String>,
}

/// A claim that its holder may still use. While its link lives an unfinished one
/// does; when the link expires meanwhile, a grace after its last byte; a completed
/// one for a while.
const LIVING: &str =
    "SELECT c.id, c.ordinal, o.key, o.wrapped_key, c.state, c.ended_at, c.started_at, c.bytes
     FROM claim c
     JOIN link l ON l.id = c.link
     JOIN link_file f ON f.link = c.link AND f.ordinal = c.ordinal
     JOIN object o ON o.key = f.object
     WHERE c.link = $1 AND c.holder = $2 AND l.revoked_at IS NULL AND o.wrapped_key IS NOT NULL
       AND ((c.state IN ('open', 'broken') AND (l.expires_at > $3 OR c.touched_at > $4))
         OR (c.state = 'completed' AND c.ended_at > $5))
     ORDER BY c.opened_at DESC";

impl Store {
    /// Grants one download of one file, or says why not. `holder` is the hash of
    /// the secret that the browser or the system keeps; the visitor goes into the
    /// audit.
    pub async fn claim(
        &self,
        link: &Link,
        ordinal: i64,
        holder: &str,
        visitor: &str,
        now: jiff::Timestamp,
    ) -> anyhow::Result<ClaimOutcome> {
        let claiming = Claiming {
            link: link.id.clone(),
            handoff: link.handoff.clone(),
            ordinal,
            holder: holder.to_owned(),
            person: link.face == Face::People,
            visitor: visitor.to_owned(),
            now,
        };
        let Did::Claim(granted) = self.clerk.leave(Act::Claim(claiming)).await? else {
            bail!("the clerk did something else");
        };
        match (granted, link.file(ordinal)) {
            (Some(granted), Some(file)) => Ok(ClaimOutcome::Granted(Box::new(Claim {
                id: granted.id,
                link: link.id.clone(),
                handoff: link.handoff.clone(),
                object_key: granted.object_key,
                wrapped_key: granted.wrapped_key,
                file: file.clone(),
            }))),
            _ => self.refuse(link, ordinal, visitor, now).await,
        }
    }

    /// The claim on a file that this holder may still use.
    pub async fn held_claim(
        &self,
        link: &Link,
        ordinal: i64,
        holder: &str,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Option<Claim>> {
        let Some(file) = link.file(ordinal) else {
            return Ok(None);
        };
        for row in self.living(link, holder, now).await? {
            if row.try_get::<i64, _>(1)? == ordinal {
                let wrapped: Option<String> = row.try_get(3)?;
                return Ok(Some(Claim {
                    id: row.try_get(0)?,
                    link: link.id.clone(),
                    handoff: link.handoff.clone(),
                    object_key: row.try_get(2)?,
                    wrapped_key: wrapped.context("the object's key was erased")?,
                    file: file.clone(),
                }));
            }
        }
        Ok(None)
    }

    /// Everything this holder may still fetch of a link.
    pub async fn held_claims(
        &self,
        link: &Link,
        holder: &str,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Vec<HeldClaim>> {
        let rows = self.living(link, holder, now).await?;
        let held = rows.iter().map(|row| {
            let completed = row.try_get::<String, _>(4)? == "completed";
            let ended: Option<i64> = row.try_get(5)?;
            Ok(HeldClaim {
                ordinal: row.try_get(1)?,
                completed_at: ended.filter(|_| completed).map(moment),
                started: row.try_get::<Option<i64>, _>(6)?.is_some(),
                bytes: row.try_get(7)?,
            })
        });
        held.collect()
    }

    async fn living(
        &self,
        link: &Link,
        holder: &str,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Vec<sqlx::any::AnyRow>> {
        let rows = sqlx::query(LIVING)
            .bind(link.id.as_str().to_owned())
            .bind(holder.to_owned())
            .bind(millis(now))
            .bind(millis(now) - CLAIM_GRACE.millis())
            .bind(millis(now) - REFETCH_WINDOW.millis())
            .fetch_all(&self.read)
            .await?;
        Ok(rows)
    }

    /// The object behind a file of a link that is open to whoever holds it.
    pub async fn probed(
        &self,
        link: &Link,
        ordinal: i64,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Option<Probed>> {
        let row = sqlx::query(
            "SELECT o.key, o.wrapped_key FROM link l
             JOIN link_file f ON f.link = l.id JOIN object o ON o.key = f.object
             WHERE l.id = $1 AND f.ordinal = $2 AND l.revoked_at IS NULL AND l.expires_at > $3
               AND f.downloads < f.max_downloads AND o.wrapped_key IS NOT NULL",
        )
        .bind(link.id.as_str().to_owned())
        .bind(ordinal)
        .bind(millis(now))
        .fetch_optional(&self.read)
        .await?;
        let probed = row.map(|row| {
            anyhow::Ok(Probed {
                object_key: row.try_get(0)?,
                wrapped_key: row.try_get(1)?,
            })
        });
        probed.transpose()
    }

    /// Before the first byte of a body leaves.
    pub async fn body_begins(
        &self,
        claim: &Claim,
        holder: &str,
        reading: Reading,
        from: i64,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Begun> {
        let beginning = Beginning {
            claim: claim.clone(),
            holder: holder.to_owned(),
            reading,
            from,
            now,
        };
        match self.clerk.leave(Act::Begin(beginning)).await? {
            Did::Begin(begun) => Ok(begun),
            _ => bail!("the clerk did something else"),
        }
    }

    /// A body runs, and so much was handed out; whether it may go on.
    pub async fn body_lives(
        &self,
        claim: &Claim,
        reading: Reading,
        number: i64,
        handed: i64,
        now: jiff::Timestamp,
    ) -> anyhow::Result<bool> {
        let beating = Beating {
            claim: claim.id.clone(),
            link: claim.link.clone(),
            reading,
            number,
            handed,
            now,
        };
        match self.clerk.leave(Act::Beat(beating)).await? {
            Did::Beat(alive) => Ok(alive),
            _ => bail!("the clerk did something else"),
        }
    }

    /// A body ended, or never began. Where nothing at all was handed out the count
    /// is given back, unless another body of the same claim is on its way.
    pub async fn body_ended(
        &self,
        claim: &Claim,
        holder: &str,
        end: &BodyEnd,
        now: jiff::Timestamp,
    ) -> anyhow::Result<()> {
        let ending = Ending {
            claim: claim.clone(),
            holder: holder.to_owned(),
            reading: end.reading,
            number: end.number,
            part: end.part,
            failure: end.failure.clone(),
            now,
        };
        self.clerk.leave(Act::End(ending)).await.map(|_| ())
    }

    /// Why a claim was not granted; the audit hears it, once a reason.
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
        let refusal = match (fresh.refusal(now), fresh.file(ordinal)) {
            (_, None) => Refusal::Unknown,
            (Some(refusal), _) => refusal,
            (None, Some(file)) if file.is_used_up() || fresh.face == Face::Systems => {
                Refusal::Exhausted
            }
            (None, Some(_)) => return Ok(ClaimOutcome::NeedsProof),
        };
        self.note_refusal(link, refusal, visitor, now).await?;
        Ok(ClaimOutcome::Refused(refusal))
    }

    /// Collapsed: a visitor who knocks a hundred times is one entry a reason.
    pub async fn note_refusal(
        &self,
        link: &Link,
        refusal: Refusal,
        visitor: &str,
        now: jiff::Timestamp,
    ) -> anyhow::Result<()> {
        // Mostly it is noted already: then nothing is locked.
        let mut reader = self.read.begin().await?;
        if is_noted(&mut reader, link, refusal).await? {
            return Ok(());
        }
        drop(reader);
        let mut tx = self.begin().await?;
        // The chain's lock first: of two who look at once, one sees the other's entry.
        sqlx::query("UPDATE audit_head SET hash = hash WHERE one = 1")
            .execute(&mut *tx)
            .await?;
        if !is_noted(&mut tx, link, refusal).await? {
            let event = AuditEvent {
                kind: AuditKind::Refused,
                handoff: link.handoff.clone(),
                link: Some(link.id.to_string()),
                detail: format!("{}; {visitor}", refusal.as_str()),
            };
            audit::append(&mut tx, &event, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

async fn is_noted(tx: &mut Tx, link: &Link, refusal: Refusal) -> anyhow::Result<bool> {
    let noted = sqlx::query(
        "SELECT COUNT(*) FROM audit
         WHERE handoff = $1 AND link = $2 AND kind = 'refused' AND detail LIKE $3",
    )
    .bind(link.handoff.clone())
    .bind(link.id.as_str().to_owned())
    .bind(format!("{};%", refusal.as_str()))
    .fetch_one(&mut **tx)
    .await?;
    Ok(noted.try_get::<i64, _>(0)? > 0)
}

/// By the gateway whose body gave nothing; it has looked under the claim's lock.
pub(super) const RELEASE: &str = "UPDATE claim SET state = 'released', running = 0
     WHERE id = $1 AND state = 'open' RETURNING link, ordinal";
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

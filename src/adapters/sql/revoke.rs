//! Revocation: immediate, of one thing or of all that a scope holds, in one
//! transaction. What is closed hands out nothing from then on.

use super::scope::{self, InScope, Scope};
use super::{Store, Tx, audit, millis, sweep};
use crate::domain::audit::{AuditEvent, AuditKind};
use sqlx::Row;
use std::collections::BTreeSet;

/// One thing by its id.
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

impl RevokedLink {
    /// A held event: it has no link, and no face.
    pub fn is_held(&self) -> bool {
        self.face.is_empty()
    }
}

/// What a revocation found, and whether it was done.
#[derive(Debug)]
pub enum Revocation {
    /// Hit, and what was over before: somebody had it.
    Done {
        hit: Vec<InScope>,
        over: Vec<InScope>,
    },
    /// The number is that of several patients; nothing was changed.
    SeveralPatients(usize),
}

pub(super) const BY_HANDOFF: &str =
    "UPDATE link SET revoked_at = $2 WHERE handoff = $1 AND revoked_at IS NULL
     RETURNING id, handoff, face, recipient_name, first_access_at";

pub(super) const BY_LINK: &str =
    "UPDATE link SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL
     RETURNING id, handoff, face, recipient_name, first_access_at";

impl Store {
    /// One thing by its id, whatever state it is in.
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
        due(&mut tx, &hit, now).await?;
        write_down(&mut tx, &hit, reason, now).await?;
        tx.commit().await?;
        Ok(hit)
    }

    /// All that a scope holds; `several`: also where it is about several patients.
    pub async fn revoke_all(
        &self,
        scope: &Scope,
        several: bool,
        reason: &str,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Revocation> {
        // Whoever else locks several rows may make the database choose us as the one
        // that gives way: a revocation must not fail for that.
        for _ in 1..TRIES {
            let done = self.try_to_revoke(scope, several, reason, now).await;
            if !done.as_ref().is_err_and(gave_way) {
                return done;
            }
        }
        self.try_to_revoke(scope, several, reason, now).await
    }

    async fn try_to_revoke(
        &self,
        scope: &Scope,
        several: bool,
        reason: &str,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Revocation> {
        let mut tx = self.begin().await?;
        let (mut hit, mut closed): (Vec<InScope>, Vec<RevokedLink>) = (Vec::new(), Vec::new());
        // Looked at again until nothing is open: what a reissue or an approval was
        // making while we waited for its lock is there by the next look.
        let over = loop {
            let found = scope::look(&mut tx, scope, now).await?;
            let patients = patients(&found);
            if patients > 1 && !several {
                tx.rollback().await?;
                return Ok(Revocation::SeveralPatients(patients));
            }
            let (mut closable, over): (Vec<_>, Vec<_>) =
                found.into_iter().partition(|one| one.closable);
            if closable.is_empty() {
                let ours = |one: &InScope| hit.iter().any(|hit: &InScope| hit.id == one.id);
                break over.into_iter().filter(|one| !ours(one)).collect();
            }
            closable.sort_by(|a, b| a.id.cmp(&b.id));
            for one in closable {
                let revoked = match one.is_held() {
                    true => end_held(&mut tx, &one.id, now).await?.into_iter().collect(),
                    false => revoke_links(&mut tx, BY_LINK, &one.id, now).await?,
                };
                // Else somebody was faster: the next look says so.
                if !revoked.is_empty() {
                    hit.push(one);
                }
                closed.extend(revoked);
            }
        };
        due(&mut tx, &closed, now).await?;
        write_down(&mut tx, &closed, reason, now).await?;
        tx.commit().await?;
        Ok(Revocation::Done { hit, over })
    }
}

/// Deadlocks that a revocation sits out.
const TRIES: usize = 5;

/// PostgreSQL's deadlock_detected and serialization_failure.
fn gave_way(error: &anyhow::Error) -> bool {
    let database = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<sqlx::Error>()?.as_database_error());
    let code = database.and_then(|error| error.code());
    matches!(code.as_deref(), Some("40P01" | "40001"))
}

/// Objects come after all links: whoever holds a link may be about to lock one.
pub(super) async fn due(
    tx: &mut Tx,
    closed: &[RevokedLink],
    now: jiff::Timestamp,
) -> anyhow::Result<()> {
    let handoffs: Vec<&str> = closed.iter().map(|link| link.handoff.as_str()).collect();
    sweep::due_handoffs(tx, &handoffs, now).await
}

/// How many patients those are about that would be closed.
pub fn patients(found: &[InScope]) -> usize {
    let closable = found.iter().filter(|one| one.closable);
    let told: BTreeSet<usize> = closable.filter_map(|one| one.patient).collect();
    told.len()
}

/// Closes what is still open; its objects are due (`due`) when all links are closed.
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
    let nobody = RevokedLink {
        id: id.to_owned(),
        handoff: id.to_owned(),
        face: String::new(),
        recipient: None,
        had_it: false,
    };
    Ok(Some(nobody))
}

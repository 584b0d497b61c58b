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
        let mut tx = self.begin().await?;
        let found = scope::look(&mut tx, scope, now).await?;
        let patients = patients(&found);
        if patients > 1 && !several {
            tx.rollback().await?;
            return Ok(Revocation::SeveralPatients(patients));
        }
        let (closable, mut over): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|one| one.closable);
        let (mut hit, mut closed) = (Vec::new(), Vec::new());
        for one in closable {
            let revoked = match one.is_held() {
                true => end_held(&mut tx, &one.id, now).await?.into_iter().collect(),
                false => revoke_links(&mut tx, BY_LINK, &one.id, now).await?,
            };
            // Somebody else was faster.
            match revoked.is_empty() {
                true => over.push(one),
                false => hit.push(one),
            }
            closed.extend(revoked);
        }
        write_down(&mut tx, &closed, reason, now).await?;
        tx.commit().await?;
        Ok(Revocation::Done { hit, over })
    }
}

/// How many patients those are about that would be closed.
pub fn patients(found: &[InScope]) -> usize {
    let closable = found.iter().filter(|one| one.closable);
    let told: BTreeSet<usize> = closable.filter_map(|one| one.patient).collect();
    told.len()
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

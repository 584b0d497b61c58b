//! Merges of patients and visits: what went by a number that ends follows the
//! one that survives.

use super::{Names, Patient, Store, Tx, audit, millis};
use crate::domain::audit::{AuditEvent, AuditKind};
use sqlx::Row;

/// One number that a merge ends, and what survives it.
pub enum Move {
    /// The patient's unique number, and all the survivor goes by.
    Patient(String, Patient),
    /// The old visit, the one that survives, and its number without an assigner.
    Visit(String, String, Option<String>),
}

/// The message that merges.
pub struct MergedBy<'m> {
    pub event: &'m str,
    pub sent_at: jiff::Timestamp,
    /// How long the old name is known to lead to the new.
    pub keep_until: jiff::Timestamp,
}

impl Move {
    /// The names that lead to others from now on, and those that no longer do.
    fn renamed(&self) -> Vec<(String, Option<String>)> {
        match self {
            Self::Visit(from, to, _) => {
                vec![(from.clone(), Some(to.clone())), (to.clone(), None)]
            }
            Self::Patient(from, to) => vec![(from.clone(), to.stored())],
        }
    }

    fn bound(&self) -> (&'static [&'static str], String, String) {
        match self {
            Self::Patient(from, to) => (&PATIENT_MOVES, format!("%{from}%"), to.0.join(" ")),
            Self::Visit(from, to, _) => (&VISIT_MOVES, from.clone(), to.clone()),
        }
    }

    /// What people find by it from now on.
    fn names(&self) -> Names {
        match self {
            Self::Patient(_, to) => Names {
                patient: to.0.clone(),
                visit: Vec::new(),
            },
            Self::Visit(_, to, bare) => Names {
                patient: Vec::new(),
                visit: [to].into_iter().chain(bare).cloned().collect(),
            },
        }
    }
}

/// The old number stays beside the new: a late message may still use it.
const PATIENT_MOVES: [&str; 2] = [
    "UPDATE handoff SET patient = patient || ' ' || $3 WHERE channel = $1 AND patient LIKE $2
       AND (sent_at IS NULL OR sent_at <= $4) RETURNING id",
    "UPDATE visit_memory SET patient = patient || ' ' || $3 WHERE channel = $1 AND patient LIKE $2
       AND (sent_at IS NULL OR sent_at <= $4) RETURNING id",
];
const VISIT_MOVES: [&str; 3] = [
    "UPDATE handoff SET visit = $3 WHERE channel = $1 AND visit = $2
       AND (sent_at IS NULL OR sent_at <= $4) RETURNING id",
    "UPDATE handoff SET thread = $3 WHERE channel = $1 AND thread = $2
       AND (sent_at IS NULL OR sent_at <= $4) RETURNING id",
    "UPDATE visit_memory SET visit = $3 WHERE channel = $1 AND visit = $2
       AND (sent_at IS NULL OR sent_at <= $4) RETURNING id",
];

impl Store {
    /// What was staged and remembered under one name belongs to another now, and
    /// so does what comes late under it. Gives how many handoffs moved.
    pub async fn merge_names(
        &self,
        channel: &str,
        moves: &[Move],
        by: &MergedBy<'_>,
        now: jiff::Timestamp,
    ) -> anyhow::Result<usize> {
        let mut tx = self.begin().await?;
        // In the order everyone locks these rows in.
        let mut names: Vec<(String, Option<String>)> =
            moves.iter().flat_map(Move::renamed).collect();
        names.sort();
        for (name, survivor) in &names {
            rename(&mut tx, channel, name, survivor.as_deref(), by.keep_until).await?;
        }
        let mut moved = Vec::new();
        for one in moves {
            let (sqls, from, to) = one.bound();
            for sql in sqls.iter().copied() {
                let rows = sqlx::query(sql)
                    .bind(channel.to_owned())
                    .bind(from.clone())
                    .bind(to.clone())
                    .bind(millis(by.sent_at))
                    .fetch_all(&mut *tx)
                    .await?;
                // What is remembered has no handoff of its own.
                for row in rows.iter().filter(|_| sql.contains("UPDATE handoff")) {
                    let handoff: String = row.try_get(0)?;
                    one.names().insert(&mut tx, &handoff).await?;
                    moved.push(handoff);
                }
            }
        }
        moved.sort();
        moved.dedup();
        for handoff in &moved {
            let entry = AuditEvent {
                kind: AuditKind::Merged,
                handoff: handoff.clone(),
                link: None,
                detail: format!(
                    "by {}: its patient or visit goes by another number now",
                    by.event
                ),
            };
            audit::append(&mut tx, &entry, now).await?;
        }
        tx.commit().await?;
        Ok(moved.len())
    }

    /// The name that a merge left standing for this one; of a patient's number,
    /// all that its survivor goes by.
    pub async fn survivor(&self, channel: &str, name: &str) -> anyhow::Result<Option<String>> {
        let row = sqlx::query("SELECT merged_into FROM thread WHERE channel = $1 AND name = $2")
            .bind(channel.to_owned())
            .bind(name.to_owned())
            .fetch_optional(&self.read)
            .await?;
        Ok(match row {
            Some(row) => row.try_get(0)?,
            None => None,
        })
    }
}

/// Locks a name's row and writes down what is left of it; a chain of merges
/// leads to its end in one step.
async fn rename(
    tx: &mut Tx,
    channel: &str,
    name: &str,
    survivor: Option<&str>,
    keep_until: jiff::Timestamp,
) -> anyhow::Result<()> {
    sqlx::query(
        "INSERT INTO thread (channel, name, merged_into, expires_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (channel, name) DO UPDATE SET merged_into = $3, expires_at =
             CASE WHEN thread.expires_at > $4 THEN thread.expires_at ELSE $4 END",
    )
    .bind(channel.to_owned())
    .bind(name.to_owned())
    .bind(survivor.map(str::to_owned))
    .bind(millis(keep_until))
    .execute(&mut **tx)
    .await?;
    sqlx::query("UPDATE thread SET merged_into = $3 WHERE channel = $1 AND merged_into = $2")
        .bind(channel.to_owned())
        .bind(name.to_owned())
        .bind(survivor.unwrap_or(name).to_owned())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

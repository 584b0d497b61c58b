//! Merges of patients and visits: what went by a number that ends follows the
//! one that survives.

use super::{Patient, Store, audit, millis};
use crate::domain::audit::{AuditEvent, AuditKind};
use sqlx::Row;

/// One number that a merge ends, and what survives it.
pub enum Move {
    /// The patient's unique number, and all the survivor goes by.
    Patient(String, Patient),
    Visit(String, String),
}

impl Move {
    fn bound(&self) -> (&'static [&'static str], String, String) {
        match self {
            Self::Patient(from, to) => (&PATIENT_MOVES, format!("%{from}%"), to.0.join(" ")),
            Self::Visit(from, to) => (&VISIT_MOVES, from.clone(), to.clone()),
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
    /// What was staged and remembered under one name belongs to another now.
    /// Gives how many handoffs moved.
    pub async fn merge_names(
        &self,
        channel: &str,
        moves: &[Move],
        event: &str,
        sent_at: jiff::Timestamp,
        now: jiff::Timestamp,
    ) -> anyhow::Result<usize> {
        let mut tx = self.begin().await?;
        let mut moved = Vec::new();
        for (sqls, from, to) in moves.iter().map(Move::bound) {
            for sql in sqls.iter().copied() {
                let rows = sqlx::query(sql)
                    .bind(channel.to_owned())
                    .bind(from.clone())
                    .bind(to.clone())
                    .bind(millis(sent_at))
                    .fetch_all(&mut *tx)
                    .await?;
                // What is remembered has no handoff of its own.
                for row in rows.iter().filter(|_| sql.contains("UPDATE handoff")) {
                    moved.push(row.try_get::<String, _>(0)?);
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
                detail: format!("by {event}: its patient or visit goes by another number now"),
            };
            audit::append(&mut tx, &entry, now).await?;
        }
        tx.commit().await?;
        Ok(moved.len())
    }
}

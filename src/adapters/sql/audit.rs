//! The audit chain in the store.

use super::{Store, Tx, millis};
use crate::adapters::digest::sha256_hex;
use crate::domain::audit::{AuditEntry, AuditEvent, GENESIS, first_break};
use sqlx::{AssertSqlSafe, Row};

/// Two to this power of entries go into one statement: 16 have 128 parameters, far
/// below what either database takes.
const AT_ONCE: u32 = 4;

/// What a walk along the whole chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub entries: usize,
    pub first_break: Option<i64>,
}

/// Appends one entry. Taking the head's row makes every other appender wait
/// until this transaction ends, so it comes last in each.
pub(super) async fn append(
    tx: &mut Tx,
    event: &AuditEvent,
    now: jiff::Timestamp,
) -> anyhow::Result<()> {
    append_all(tx, &[(event.clone(), now)]).await
}

/// The same for several: the head is taken once and left once.
pub(super) async fn append_all(
    tx: &mut Tx,
    events: &[(AuditEvent, jiff::Timestamp)],
) -> anyhow::Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let head = sqlx::query(
        "UPDATE audit_head SET sequence = sequence + $1 WHERE one = 1 RETURNING sequence, hash",
    )
    .bind(events.len() as i64)
    .fetch_one(&mut **tx)
    .await?;
    let last: i64 = head.try_get(0)?;
    let mut previous: String = head.try_get(1)?;
    let first = last - events.len() as i64 + 1;
    let mut entries = Vec::with_capacity(events.len());
    for (sequence, (event, now)) in (first..).zip(events) {
        let entry = AuditEntry {
            sequence,
            at_ms: millis(*now),
            kind: event.kind.as_str().to_owned(),
            handoff: event.handoff.clone(),
            link: event.link.clone(),
            detail: event.detail.clone(),
            previous,
        };
        previous = sha256_hex(&entry.canonical());
        entries.push((entry, previous.clone()));
    }
    let mut rest = &entries[..];
    while !rest.is_empty() {
        // Powers of two: few statements to prepare, few ways to go.
        let some = 1 << rest.len().ilog2().min(AT_ONCE);
        insert(tx, &rest[..some]).await?;
        rest = &rest[some..];
    }
    sqlx::query("UPDATE audit_head SET hash = $1 WHERE one = 1")
        .bind(previous)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn insert(tx: &mut Tx, entries: &[(AuditEntry, String)]) -> anyhow::Result<()> {
    let places = |row: usize| {
        let places: Vec<String> = (1..=8).map(|n| format!("${}", row * 8 + n)).collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<String> = (0..entries.len()).map(places).collect();
    let text = format!(
        "INSERT INTO audit (sequence, at_ms, kind, handoff, link, detail, previous, hash) VALUES {}",
        rows.join(", ")
    );
    // Nothing but numbered places was put together.
    let mut question = sqlx::query(AssertSqlSafe(text));
    for (entry, hash) in entries {
        question = question
            .bind(entry.sequence)
            .bind(entry.at_ms)
            .bind(entry.kind.clone())
            .bind(entry.handoff.clone())
            .bind(entry.link.clone())
            .bind(entry.detail.clone())
            .bind(entry.previous.clone())
            .bind(hash.clone());
    }
    question.execute(&mut **tx).await?;
    Ok(())
}

impl Store {
    pub async fn audit(&self, event: &AuditEvent, now: jiff::Timestamp) -> anyhow::Result<()> {
        let mut tx = self.begin().await?;
        append(&mut tx, event, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The entries about one handoff, oldest first.
    pub async fn audit_of(&self, handoff: &str) -> anyhow::Result<Vec<AuditEntry>> {
        let rows = sqlx::query(
            "SELECT sequence, at_ms, kind, handoff, link, detail, previous, hash
             FROM audit WHERE handoff = $1 ORDER BY sequence",
        )
        .bind(handoff.to_owned())
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(|row| Ok(entry(row)?.0)).collect()
    }

    /// Walks the chain as far as the head went when the walk began: what others
    /// append meanwhile is theirs to verify next time.
    pub async fn verify_audit(&self) -> anyhow::Result<Verified> {
        // The head knows how long the chain is: a tail that was cut off is missed.
        let head = sqlx::query("SELECT sequence, hash FROM audit_head WHERE one = 1")
            .fetch_one(&self.read)
            .await?;
        let (sequence, hash): (i64, String) = (head.try_get(0)?, head.try_get(1)?);
        let rows = sqlx::query(
            "SELECT sequence, at_ms, kind, handoff, link, detail, previous, hash
             FROM audit WHERE sequence <= $1 ORDER BY sequence",
        )
        .bind(sequence)
        .fetch_all(&self.read)
        .await?;
        let chain = rows.iter().map(entry).collect::<anyhow::Result<Vec<_>>>()?;
        let links = chain.iter().map(|(entry, hash)| (entry, hash.as_str()));
        let broken = first_break(links, sha256_hex);
        let last = chain.last().map_or((0, GENESIS), |(entry, hash)| {
            (entry.sequence, hash.as_str())
        });
        let cut = (last != (sequence, hash.as_str())).then_some(last.0 + 1);
        Ok(Verified {
            entries: chain.len(),
            first_break: broken.or(cut),
        })
    }
}

fn entry(row: &sqlx::any::AnyRow) -> anyhow::Result<(AuditEntry, String)> {
    let entry = AuditEntry {
        sequence: row.try_get(0)?,
        at_ms: row.try_get(1)?,
        kind: row.try_get(2)?,
        handoff: row.try_get(3)?,
        link: row.try_get(4)?,
        detail: row.try_get(5)?,
        previous: row.try_get(6)?,
    };
    Ok((entry, row.try_get(7)?))
}

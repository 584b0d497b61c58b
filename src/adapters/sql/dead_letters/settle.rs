//! The end of a dead letter: a person's decision, its own success, or its time. What it
//! said is erased, and the ledger knows it before the database does.

use super::super::{Store, Tx, audit, millis};
use super::{DeadLetter, Settling, end_object};
use crate::adapters::keyring::epoch_of;
use crate::adapters::ledger::{Erased, Ledger};
use crate::domain::audit::{AuditEvent, AuditKind};
use crate::domain::dead_letter::Standing;
use sqlx::Row;

impl Store {
    /// Settles letters that were looked at, each with an audit entry; what they said
    /// is erased. Says which: one that was settled or parked again meanwhile is not.
    pub async fn settle_letters(
        &self,
        letters: &[&DeadLetter],
        settling: &Settling<'_>,
        ledger: &Ledger,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Vec<String>> {
        let mut tx = self.begin().await?;
        let (mut settled, mut lines, mut events) = (Vec::new(), Vec::new(), Vec::new());
        let mut letters = letters.to_vec();
        // In one order everywhere, or two transactions could wait for each other.
        letters.sort_by(|one, other| one.id.cmp(&other.id));
        for letter in letters {
            let epoch = settle(&mut tx, letter, settling, now).await?;
            // What was sent through was sent, also where the walk has parked it again.
            if epoch.is_some() || settling.to == Standing::Replayed {
                events.extend(audited(letter, settling).map(|event| (event, now)));
            }
            let Some(epoch) = epoch else { continue };
            settled.push(letter.id.clone());
            let name = erased_name(letter);
            lines.extend(epoch.map(|epoch| (epoch, Erased::DeadLetter(name))));
        }
        ledger.append(lines, now).await?;
        audit::append_all(&mut tx, &events).await?;
        tx.commit().await?;
        Ok(settled)
    }

    /// Their time is over. Of those that nobody decided on the audit says how many.
    pub async fn forget_dead_letters(&self, now: jiff::Timestamp) -> anyhow::Result<u64> {
        let mut tx = self.begin().await?;
        let gone =
            sqlx::query("DELETE FROM dead_letter WHERE expires_at <= $1 RETURNING channel, state")
                .bind(millis(now))
                .fetch_all(&mut *tx)
                .await?;
        let mut waited = std::collections::BTreeMap::<String, usize>::new();
        for row in &gone {
            let state: String = row.try_get(1)?;
            if state == "parked" || state == "to-be-tried" {
                *waited.entry(row.try_get(0)?).or_default() += 1;
            }
        }
        let event = |(channel, many): (String, usize)| AuditEvent {
            kind: AuditKind::Expired,
            handoff: String::new(),
            link: None,
            detail: format!(
                "{many} dead letters of the channel {channel}, on which nobody decided"
            ),
        };
        let events: Vec<_> = waited.into_iter().map(|one| (event(one), now)).collect();
        audit::append_all(&mut tx, &events).await?;
        tx.commit().await?;
        Ok(gone.len() as u64)
    }
}

/// `Some` where it was settled by this: the epoch of what it said.
async fn settle(
    tx: &mut Tx,
    letter: &DeadLetter,
    settling: &Settling<'_>,
    now: jiff::Timestamp,
) -> anyhow::Result<Option<Option<String>>> {
    // It takes the row: nobody else settles it or parks it again until we are done.
    let taken = sqlx::query(
        "UPDATE dead_letter SET state = $3, settled_at = $4, settled_by = $5, settled_why = $6
         WHERE id = $1 AND times = $2 AND state IN ('parked', 'to-be-tried') RETURNING sealed, object",
    )
    .bind(letter.id.clone())
    .bind(letter.times_parked)
    .bind(settling.to.as_str())
    .bind(millis(now))
    .bind(settling.by.to_owned())
    .bind(settling.why.to_owned())
    .fetch_all(&mut **tx)
    .await?;
    let Some(row) = taken.first() else {
        return Ok(None);
    };
    let sealed: Option<String> = row.try_get(0)?;
    end_object(tx, row.try_get(1)?, now).await?;
    sqlx::query("UPDATE dead_letter SET sealed = NULL, object = NULL WHERE id = $1")
        .bind(letter.id.clone())
        .execute(&mut **tx)
        .await?;
    Ok(Some(
        sealed.as_deref().and_then(epoch_of).map(str::to_owned),
    ))
}

/// What a person does is in the audit; a letter that went through by itself has a
/// handoff that says so.
fn audited(letter: &DeadLetter, settling: &Settling<'_>) -> Option<AuditEvent> {
    let kind = match settling.to {
        Standing::Replayed => AuditKind::DeadLetterReplayed,
        Standing::Discarded => AuditKind::DeadLetterDiscarded,
        Standing::ToBeTried | Standing::Parked | Standing::Delivered => return None,
    };
    Some(AuditEvent {
        kind,
        handoff: letter.id.clone(),
        link: None,
        detail: format!(
            "a dead letter of the channel {}, by {}: {}",
            letter.channel, settling.by, settling.why
        ),
    })
}

/// Once settled it may be parked anew: what the ledger says is about one of its lives.
fn erased_name(letter: &DeadLetter) -> String {
    format!("{}/{}", letter.id, letter.times_parked)
}

/// The ledger says that it was erased: a database that was put back has it again.
pub(in crate::adapters::sql) async fn erase_again(
    tx: &mut Tx,
    name: &str,
    now: jiff::Timestamp,
) -> anyhow::Result<()> {
    let (id, times) = name.split_once('/').unwrap_or((name, "0"));
    sqlx::query(
        "UPDATE dead_letter SET sealed = NULL, object = NULL, state = 'discarded', settled_at = $2,
                                settled_by = 'the erasure ledger',
                                settled_why = 'settled before an older copy of the database was put back'
         WHERE id = $1 AND times <= $3 AND sealed IS NOT NULL",
    )
    .bind(id.to_owned())
    .bind(millis(now))
    .bind(times.parse::<i64>().unwrap_or_default())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

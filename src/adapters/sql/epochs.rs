//! What is sealed under an epoch's key, beside objects: the records of handoffs,
//! erased when their handoff is over. And the ledger's word at a start, for a
//! database that is older than it.

use super::erase::erase;
use super::{Store, Tx, audit, dead_letters, millis};
use crate::adapters::keyring::epoch_of;
use crate::adapters::ledger::{Erased, Ledger, Page};
use crate::domain::audit::{AuditEvent, AuditKind};
use sqlx::Row;
use std::collections::BTreeSet;

/// Lines of the ledger taken in in one transaction.
const REPLAYED_AT_ONCE: usize = 500;

pub(super) const IN_USE: &str = "SELECT CAST(CASE WHEN
     EXISTS (SELECT 1 FROM object WHERE substr(wrapped_key, 4, 25) = $1 AND wrapped_key IS NOT NULL)
  OR EXISTS (SELECT 1 FROM handoff WHERE substr(sealed_reference, 4, 25) = $1 AND sealed_reference IS NOT NULL)
  OR EXISTS (SELECT 1 FROM handoff WHERE substr(sealed_security, 4, 25) = $1 AND sealed_security IS NOT NULL)
  OR EXISTS (SELECT 1 FROM handoff WHERE substr(sealed_door, 4, 25) = $1 AND sealed_door IS NOT NULL)
  OR EXISTS (SELECT 1 FROM link WHERE substr(sealed_passcode, 4, 25) = $1 AND sealed_passcode IS NOT NULL)
  OR EXISTS (SELECT 1 FROM visit_memory WHERE substr(sealed, 4, 25) = $1)
  OR EXISTS (SELECT 1 FROM dead_letter WHERE substr(sealed, 4, 25) = $1 AND sealed IS NOT NULL)
     THEN 1 ELSE 0 END AS BIGINT)";

impl Store {
    /// Whether anything is still sealed under it. A code on its way to a recipient
    /// does not count: it is good for minutes, an epoch ends hours after its day.
    pub async fn epoch_in_use(&self, epoch: &str) -> anyhow::Result<bool> {
        let row = sqlx::query(IN_USE)
            .bind(epoch.to_owned())
            .fetch_one(&self.write)
            .await?;
        Ok(row.try_get::<i64, _>(0)? == 1)
    }

    /// The epoch is destroyed: its page of the ledger is, too.
    pub async fn forget_page(&self, epoch: &str) -> anyhow::Result<()> {
        sqlx::query("DELETE FROM replayed WHERE epoch = $1")
            .bind(epoch.to_owned())
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Erases the sealed records of those among these handoffs that are over: none
    /// of their objects can be opened any more.
    pub async fn erase_records(
        &self,
        handoffs: &BTreeSet<String>,
        ledger: &Ledger,
        now: jiff::Timestamp,
    ) -> anyhow::Result<u64> {
        if handoffs.is_empty() {
            return Ok(0);
        }
        let mut tx = self.begin().await?;
        let mut lines = Vec::new();
        let mut erased = 0;
        for handoff in handoffs {
            let Some(epochs) = sealed_under(&mut tx, handoff).await? else {
                continue;
            };
            erased += u64::from(!epochs.is_empty());
            let line = |epoch| (epoch, Erased::Records(handoff.clone()));
            lines.extend(epochs.into_iter().map(line));
            end_records(&mut tx, handoff, now).await?;
        }
        ledger.append(lines, now).await?;
        tx.commit().await?;
        Ok(erased)
    }

    /// How much of an epoch's page this database has taken in.
    pub async fn replayed(&self, epoch: &str) -> anyhow::Result<u64> {
        let row = sqlx::query("SELECT bytes FROM replayed WHERE epoch = $1")
            .bind(epoch.to_owned())
            .fetch_optional(&self.read)
            .await?;
        let bytes = row.map(|row| row.try_get::<i64, _>(0)).transpose()?;
        Ok(u64::try_from(bytes.unwrap_or_default())?)
    }

    /// Erases what the ledger says was erased; says how much of it this database
    /// still had.
    pub async fn replay(&self, page: &Page, now: jiff::Timestamp) -> anyhow::Result<usize> {
        let mut risen = 0;
        for lines in page.erased.chunks(REPLAYED_AT_ONCE) {
            let mut tx = self.begin().await?;
            let mut handoffs = BTreeSet::new();
            for line in lines {
                let Some(handoff) = take_in(&mut tx, line, now).await? else {
                    continue;
                };
                risen += 1;
                handoffs.insert(handoff);
            }
            for handoff in handoffs {
                let event = AuditEvent {
                    kind: AuditKind::Erased,
                    handoff,
                    link: None,
                    detail: "erased again: an older copy of the database was put back".into(),
                };
                audit::append(&mut tx, &event, now).await?;
            }
            tx.commit().await?;
        }
        sqlx::query(
            "INSERT INTO replayed (epoch, bytes) VALUES ($1, $2)
             ON CONFLICT (epoch) DO UPDATE SET bytes = $2",
        )
        .bind(page.epoch.clone())
        .bind(i64::try_from(page.until)?)
        .execute(&self.write)
        .await?;
        Ok(risen)
    }
}

/// The epochs of a handoff's records, where it is over.
async fn sealed_under(tx: &mut Tx, handoff: &str) -> anyhow::Result<Option<BTreeSet<String>>> {
    let over = sqlx::query(
        "SELECT sealed_reference, sealed_security, sealed_door FROM handoff
         WHERE id = $1 AND over_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM object WHERE object.handoff = handoff.id AND object.state = 'live')",
    )
    .bind(handoff.to_owned())
    .fetch_all(&mut **tx)
    .await?;
    let Some(row) = over.first() else {
        return Ok(None);
    };
    let mut sealed: Vec<Option<String>> = Vec::new();
    for place in 0..3 {
        sealed.push(row.try_get(place)?);
    }
    let passcodes = "SELECT sealed_passcode FROM link WHERE handoff = $1";
    let passcodes = sqlx::query(passcodes).bind(handoff.to_owned());
    for row in &passcodes.fetch_all(&mut **tx).await? {
        sealed.push(row.try_get(0)?);
    }
    let epochs = sealed.iter().flatten().filter_map(|text| epoch_of(text));
    Ok(Some(epochs.map(str::to_owned).collect()))
}

/// Links first, as whoever revokes them and ends a held event does.
async fn end_records(tx: &mut Tx, handoff: &str, now: jiff::Timestamp) -> anyhow::Result<()> {
    sqlx::query(
        "UPDATE link SET sealed_passcode = NULL WHERE handoff = $1 AND sealed_passcode IS NOT NULL",
    )
    .bind(handoff.to_owned())
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "UPDATE handoff SET sealed_reference = NULL, sealed_security = NULL, sealed_door = NULL,
                            over_at = $2
         WHERE id = $1",
    )
    .bind(handoff.to_owned())
    .bind(millis(now))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// One line; the handoff that still had what it says was erased.
async fn take_in(
    tx: &mut Tx,
    line: &Erased,
    now: jiff::Timestamp,
) -> anyhow::Result<Option<String>> {
    match line {
        Erased::Object(key) => {
            let handoff = erase(tx, key, now).await?;
            if handoff.is_some() {
                close_files(tx, key, now).await?;
            }
            Ok(handoff)
        }
        Erased::Records(handoff) => {
            let over = "SELECT id FROM handoff WHERE id = $1 AND over_at IS NULL";
            let over = sqlx::query(over).bind(handoff.clone());
            if over.fetch_all(&mut **tx).await?.is_empty() {
                return Ok(None);
            }
            let revoke =
                "UPDATE link SET revoked_at = $2 WHERE handoff = $1 AND revoked_at IS NULL";
            let revoke = sqlx::query(revoke).bind(handoff.clone()).bind(millis(now));
            revoke.execute(&mut **tx).await?;
            let end = "UPDATE handoff SET expires_at = $2 WHERE id = $1 AND expires_at > $2";
            let end = sqlx::query(end).bind(handoff.clone()).bind(millis(now));
            end.execute(&mut **tx).await?;
            end_records(tx, handoff, now).await?;
            Ok(Some(handoff.clone()))
        }
        Erased::Memory(id) => {
            let forget = sqlx::query("DELETE FROM visit_memory WHERE id = $1").bind(id.clone());
            forget.execute(&mut **tx).await?;
            Ok(None)
        }
        Erased::DeadLetter(name) => {
            dead_letters::erase_again(tx, name, now).await?;
            Ok(None)
        }
    }
}

/// Links of an object that is gone hand it out no more: a download it had left is
/// taken away, and a link that has nothing else is closed.
async fn close_files(tx: &mut Tx, key: &str, now: jiff::Timestamp) -> anyhow::Result<()> {
    sqlx::query(
        "UPDATE link SET revoked_at = $2
         WHERE revoked_at IS NULL AND id IN (SELECT link FROM link_file WHERE object = $1)
           AND NOT EXISTS (SELECT 1 FROM link_file f JOIN object o ON o.key = f.object
                           WHERE f.link = link.id AND o.state = 'live')",
    )
    .bind(key.to_owned())
    .bind(millis(now))
    .execute(&mut **tx)
    .await?;
    sqlx::query("UPDATE link_file SET downloads = max_downloads WHERE object = $1")
        .bind(key.to_owned())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

//! What is sealed under an epoch's key, beside objects: the records of handoffs,
//! erased when their handoff is over. And the ledger's word at a start, for a
//! database that is older than it.

use super::erase::erase;
use super::sets::{SET, about, lock_handoffs, lock_links, set};
use super::{Store, Tx, audit, millis};
use crate::adapters::keyring::epoch_of;
use crate::adapters::ledger::{Erased, Ledger, Page};
use crate::domain::audit::{AuditEvent, AuditKind};
use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet};

/// Lines of the ledger taken in in one transaction.
const REPLAYED_AT_ONCE: usize = 500;

pub(super) const IN_USE: &str = "SELECT CAST(CASE WHEN
     EXISTS (SELECT 1 FROM object WHERE substr(wrapped_key, 4, 25) = $1 AND wrapped_key IS NOT NULL)
  OR EXISTS (SELECT 1 FROM handoff WHERE substr(sealed_reference, 4, 25) = $1 AND sealed_reference IS NOT NULL)
  OR EXISTS (SELECT 1 FROM handoff WHERE substr(sealed_security, 4, 25) = $1 AND sealed_security IS NOT NULL)
  OR EXISTS (SELECT 1 FROM handoff WHERE substr(sealed_door, 4, 25) = $1 AND sealed_door IS NOT NULL)
  OR EXISTS (SELECT 1 FROM link WHERE substr(sealed_passcode, 4, 25) = $1 AND sealed_passcode IS NOT NULL)
  OR EXISTS (SELECT 1 FROM visit_memory WHERE substr(sealed, 4, 25) = $1)
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
        let handoffs: Vec<String> = handoffs.iter().cloned().collect();
        for handoffs in handoffs.chunks(SET) {
            let over = sealed_under(&mut tx, handoffs).await?;
            let names: Vec<String> = over.keys().cloned().collect();
            end_records(&mut tx, &names, now).await?;
            for (handoff, epochs) in over {
                erased += u64::from(!epochs.is_empty());
                let line = |epoch| (epoch, Erased::Records(handoff.clone()));
                lines.extend(epochs.into_iter().map(line));
            }
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

const OVER: &str = concat!(
    "SELECT id, sealed_reference, sealed_security, sealed_door FROM handoff
     WHERE over_at IS NULL AND id IN (",
    set!(),
    ") AND NOT EXISTS (SELECT 1 FROM object WHERE object.handoff = handoff.id AND object.state = 'live')"
);
const PASSCODES: &str = concat!(
    "SELECT handoff, sealed_passcode FROM link WHERE sealed_passcode IS NOT NULL AND handoff IN (",
    set!(),
    ")"
);

/// Those of these handoffs that are over, each with the epochs of its records.
async fn sealed_under(
    tx: &mut Tx,
    handoffs: &[String],
) -> anyhow::Result<BTreeMap<String, BTreeSet<String>>> {
    let mut over: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in about(OVER, handoffs).fetch_all(&mut **tx).await? {
        let epochs = over.entry(row.try_get(0)?).or_default();
        for place in 1..4 {
            let sealed: Option<String> = row.try_get(place)?;
            epochs.extend(sealed.as_deref().and_then(epoch_of).map(str::to_owned));
        }
    }
    for row in about(PASSCODES, handoffs).fetch_all(&mut **tx).await? {
        let (handoff, sealed): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        if let Some(epochs) = over.get_mut(&handoff) {
            epochs.extend(epoch_of(&sealed).map(str::to_owned));
        }
    }
    Ok(over)
}

const END_PASSCODES: &str = concat!(
    "UPDATE link SET sealed_passcode = NULL WHERE sealed_passcode IS NOT NULL AND handoff IN (",
    set!(),
    ")"
);
const END_RECORDS: &str = concat!(
    "UPDATE handoff SET sealed_reference = NULL, sealed_security = NULL, sealed_door = NULL,
                        over_at = $33
     WHERE id IN (",
    set!(),
    ")"
);

/// Links first, as whoever revokes them and ends a held event does.
async fn end_records(tx: &mut Tx, handoffs: &[String], now: jiff::Timestamp) -> anyhow::Result<()> {
    lock_links(tx, handoffs).await?;
    about(END_PASSCODES, handoffs).execute(&mut **tx).await?;
    lock_handoffs(tx, handoffs).await?;
    let end = about(END_RECORDS, handoffs).bind(millis(now));
    end.execute(&mut **tx).await?;
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
            let handoff = erase(tx, std::slice::from_ref(key), now).await?.pop();
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
            end_records(tx, std::slice::from_ref(handoff), now).await?;
            Ok(Some(handoff.clone()))
        }
        Erased::Memory(id) => {
            let forget = sqlx::query("DELETE FROM visit_memory WHERE id = $1").bind(id.clone());
            forget.execute(&mut **tx).await?;
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

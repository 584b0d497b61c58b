//! What is sealed under an epoch's key, beside objects: the records of handoffs,
//! erased when their handoff is over. And the ledger's word at a start, for a
//! database that is older than it.

use super::erase::erase;
use super::sets::{SET, about, lock_handoffs, lock_links, set};
use super::{Store, Tx, audit, dead_letters, millis, sweep};
use crate::adapters::keyring::{epoch_of, mark_of};
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
  OR EXISTS (SELECT 1 FROM line_event WHERE substr(sealed, 4, 25) = $1 AND sealed IS NOT NULL)
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

    /// What is still sealed under an epoch: nothing, unless the database is older than
    /// its end.
    pub async fn under_epoch(&self, epoch: &str) -> anyhow::Result<Vec<Erased>> {
        type Line = fn(String) -> Erased;
        let places: [(&'static str, Line); 8] = [
            (OBJECTS, Erased::Object),
            (REFERENCES, Erased::Records),
            (SECURITIES, Erased::Records),
            (DOORS, Erased::Records),
            (LINKS, Erased::Records),
            (MEMORIES, Erased::Memory),
            (WAITING, Erased::Waiting),
            (LETTERS, Erased::DeadLetter),
        ];
        let mut found = Vec::new();
        for (question, line) in places {
            let rows = sqlx::query(question).bind(epoch.to_owned());
            for row in rows.fetch_all(&self.read).await? {
                found.push(line(row.try_get(0)?));
            }
        }
        Ok(found)
    }

    /// Erases what the ledger's page says was erased; says how much of it this
    /// database still had.
    pub async fn replay(&self, page: &Page, now: jiff::Timestamp) -> anyhow::Result<usize> {
        let risen = self.take_in(&page.erased, now).await?;
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

    /// The same for any lines.
    pub async fn take_in(&self, lines: &[Erased], now: jiff::Timestamp) -> anyhow::Result<usize> {
        let mut risen = 0;
        for lines in lines.chunks(REPLAYED_AT_ONCE) {
            let mut tx = self.begin().await?;
            let mut again = BTreeSet::new();
            for line in lines {
                let taken = take_in(&mut tx, line, now).await?;
                risen += usize::from(taken.is_some());
                again.extend(taken);
            }
            let events = again.into_iter().map(|again| (again.into(), now));
            audit::append_all(&mut tx, &events.collect::<Vec<_>>()).await?;
            tx.commit().await?;
        }
        Ok(risen)
    }
}

/// What ends a second time, because the database did not know.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Again {
    handoff: String,
    /// A link that was closed alone.
    link: Option<String>,
}

impl From<Again> for AuditEvent {
    fn from(again: Again) -> Self {
        let (kind, what) = match again.link {
            Some(_) => (AuditKind::Revoked, "closed"),
            None => (AuditKind::Erased, "erased"),
        };
        Self {
            kind,
            handoff: again.handoff,
            link: again.link,
            detail: format!("{what} again: the erasure ledger knew it and the database did not"),
        }
    }
}

const OBJECTS: &str =
    "SELECT key FROM object WHERE substr(wrapped_key, 4, 25) = $1 AND wrapped_key IS NOT NULL";
const REFERENCES: &str = "SELECT id FROM handoff
     WHERE substr(sealed_reference, 4, 25) = $1 AND sealed_reference IS NOT NULL";
const SECURITIES: &str = "SELECT id FROM handoff
     WHERE substr(sealed_security, 4, 25) = $1 AND sealed_security IS NOT NULL";
const DOORS: &str =
    "SELECT id FROM handoff WHERE substr(sealed_door, 4, 25) = $1 AND sealed_door IS NOT NULL";
const LINKS: &str = "SELECT handoff FROM link
     WHERE substr(sealed_passcode, 4, 25) = $1 AND sealed_passcode IS NOT NULL";
const WAITING: &str =
    "SELECT id FROM line_event WHERE substr(sealed, 4, 25) = $1 AND sealed IS NOT NULL";
const LETTERS: &str = "SELECT id || '/' || times FROM dead_letter
     WHERE substr(sealed, 4, 25) = $1 AND sealed IS NOT NULL";
const MEMORIES: &str = "SELECT id FROM visit_memory WHERE substr(sealed, 4, 25) = $1";

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

/// One line; what ends again where this database did not know of it.
async fn take_in(
    tx: &mut Tx,
    line: &Erased,
    now: jiff::Timestamp,
) -> anyhow::Result<Option<Again>> {
    let handoff = match line {
        Erased::Object(key) => {
            let handoff = erase(tx, std::slice::from_ref(key), now).await?.pop();
            if handoff.is_some() {
                close_files(tx, key, now).await?;
            }
            handoff
        }
        Erased::Records(handoff) => end_again(tx, handoff, now).await?,
        Erased::Memory(name) => {
            if let Some(id) = holds(tx, MEMORY, name).await? {
                let forget = sqlx::query("DELETE FROM visit_memory WHERE id = $1").bind(id);
                forget.execute(&mut **tx).await?;
            }
            None
        }
        Erased::Waiting(name) => {
            if let Some(id) = holds(tx, IN_LINE, name).await? {
                super::order::remove(tx, &id).await?;
            }
            None
        }
        Erased::DeadLetter(name) => {
            dead_letters::erase_again(tx, name, now).await?;
            None
        }
        Erased::Link(link) => return close_again(tx, link, now).await,
    };
    let again = handoff.map(|handoff| Again {
        handoff,
        link: None,
    });
    Ok(again)
}

const MEMORY: &str = "SELECT id, sealed FROM visit_memory WHERE id = $1";
const IN_LINE: &str = "SELECT id, sealed FROM line_event WHERE id = $1";

/// The row that a line is about, if it still holds the very record that was erased.
/// The same event may come again under the same name, and is another record then: a
/// database reads its own lines at each start.
async fn holds(tx: &mut Tx, question: &'static str, name: &str) -> anyhow::Result<Option<String>> {
    let (id, mark) = match name.split_once('/') {
        Some((id, mark)) => (id, Some(mark)),
        None => (name, None),
    };
    let row = sqlx::query(question).bind(id.to_owned());
    let Some(row) = row.fetch_optional(&mut **tx).await? else {
        return Ok(None);
    };
    let sealed: Option<String> = row.try_get(1)?;
    let same = sealed.is_some_and(|sealed| mark.is_none_or(|mark| mark_of(&sealed) == mark));
    Ok(same.then(|| id.to_owned()))
}

async fn end_again(
    tx: &mut Tx,
    handoff: &str,
    now: jiff::Timestamp,
) -> anyhow::Result<Option<String>> {
    let over = "SELECT id FROM handoff WHERE id = $1 AND over_at IS NULL";
    let over = sqlx::query(over).bind(handoff.to_owned());
    if over.fetch_all(&mut **tx).await?.is_empty() {
        return Ok(None);
    }
    let revoke = "UPDATE link SET revoked_at = $2 WHERE handoff = $1 AND revoked_at IS NULL";
    let revoke = sqlx::query(revoke)
        .bind(handoff.to_owned())
        .bind(millis(now));
    revoke.execute(&mut **tx).await?;
    let end = "UPDATE handoff SET expires_at = $2 WHERE id = $1 AND expires_at > $2";
    let end = sqlx::query(end).bind(handoff.to_owned()).bind(millis(now));
    end.execute(&mut **tx).await?;
    end_records(tx, &[handoff.to_owned()], now).await?;
    Ok(Some(handoff.to_owned()))
}

/// One that is closed already, however it was, stays as it is.
async fn close_again(
    tx: &mut Tx,
    link: &str,
    now: jiff::Timestamp,
) -> anyhow::Result<Option<Again>> {
    let closed = sqlx::query(
        "UPDATE link SET revoked_at = $2
         WHERE id = $1 AND revoked_at IS NULL AND locked_at IS NULL AND EXISTS (
             SELECT 1 FROM link_file WHERE link = $1 AND downloads < max_downloads)
         RETURNING handoff",
    )
    .bind(link.to_owned())
    .bind(millis(now))
    .fetch_all(&mut **tx)
    .await?;
    let Some(row) = closed.first() else {
        return Ok(None);
    };
    sweep::due(tx, link, now).await?;
    Ok(Some(Again {
        handoff: row.try_get(0)?,
        link: Some(link.to_owned()),
    }))
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

//! The end of an object: its key erased, its bytes deleted. Only objects that are
//! due are looked at; one that is still open is due again when it may end.

use super::{Flavor, Store, Tx, audit, millis};
use crate::adapters::faults;
use crate::adapters::keyring::epoch_of;
use crate::adapters::ledger::{Erased, Ledger};
use crate::domain::audit::{AuditEvent, AuditKind};
use crate::domain::claim::{CLAIM_GRACE, REFETCH_WINDOW};
use crate::domain::ids::ObjectKey;
use sqlx::Row;

/// Objects looked at in one transaction, which SQLite's one writer waits for.
const LOOKED_AT_ONCE: i64 = 100;
/// Objects deleted before the next look at what else is erased.
const DELETED_AT_ONCE: i64 = 500;

/// An object whose key is gone and whose bytes must follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasedObject {
    pub key: ObjectKey,
    pub handoff: Option<String>,
}

pub(super) const DUE: &str = "SELECT key FROM object WHERE state = 'live' AND due_at <= $1
     ORDER BY due_at LIMIT $2";
pub(super) const LEFT: &str = "SELECT key, handoff FROM object
     WHERE state = 'erased' AND due_at <= $1 ORDER BY due_at LIMIT $2";
pub(super) const ABANDONED: &str = "UPDATE object SET state = 'erased', erased_at = $1, due_at = $1
     WHERE state = 'reserved' AND lease_until <= $1";

/// Until when an object is open, as things are: a held event waits for a person; a
/// link has a download left; one has begun and may go on until its link expires, and
/// a while after its last byte; one is complete and its holder may fetch again. A
/// revoked link is not open, whatever runs. A locked one is until it expires: its
/// owner may have the packet sent anew.
const OPEN_UNTIL: &str = "SELECT MAX(ends) FROM (
     SELECT h.expires_at AS ends FROM object o JOIN handoff h ON h.id = o.handoff
     WHERE o.key = $1 AND h.state = 'held'
     UNION ALL
     SELECT l.expires_at FROM link_file f JOIN link l ON l.id = f.link
     WHERE f.object = $1 AND l.revoked_at IS NULL AND f.downloads < f.max_downloads
     UNION ALL
     SELECT CASE WHEN c.state = 'completed' THEN c.ended_at + $2
                 WHEN l.expires_at > c.touched_at + $3 AND l.expires_at > c.opened_at + $3 THEN l.expires_at
                 WHEN c.touched_at > c.opened_at THEN c.touched_at + $3
                 ELSE c.opened_at + $3 END
     FROM link_file f JOIN link l ON l.id = f.link
                      JOIN claim c ON c.link = f.link AND c.ordinal = f.ordinal
     WHERE f.object = $1 AND l.revoked_at IS NULL AND c.state IN ('open', 'broken', 'completed')
 ) AS open";

impl Store {
    /// Erases the keys of objects whose last open link has ended, and gives up
    /// reservations whose lease ran out. The ledger knows it before the database
    /// does.
    pub async fn erase_keys(&self, ledger: &Ledger, now: jiff::Timestamp) -> anyhow::Result<usize> {
        let abandoned = sqlx::query(ABANDONED).bind(millis(now));
        let abandoned = abandoned.execute(&self.write).await?.rows_affected();
        let mut erased = usize::try_from(abandoned)?;
        loop {
            let due = self.due_objects(now).await?;
            let (looked, ended) = self.erase_ended(&due, ledger, now).await?;
            erased += ended;
            if due.len() < LOOKED_AT_ONCE as usize || looked == 0 {
                return Ok(erased);
            }
        }
    }

    pub(super) async fn due_objects(&self, now: jiff::Timestamp) -> anyhow::Result<Vec<String>> {
        let rows = sqlx::query(DUE)
            .bind(millis(now))
            .bind(LOOKED_AT_ONCE)
            .fetch_all(&self.read)
            .await?;
        let keys: Result<Vec<String>, _> = rows.iter().map(|row| row.try_get(0)).collect();
        Ok(keys?)
    }

    async fn erase_ended(
        &self,
        due: &[String],
        ledger: &Ledger,
        now: jiff::Timestamp,
    ) -> anyhow::Result<(usize, usize)> {
        if due.is_empty() {
            return Ok((0, 0));
        }
        // In one order everywhere, or two transactions could wait for each other.
        let mut due = due.to_vec();
        due.sort();
        let mut tx = self.begin().await?;
        let mut lines = Vec::new();
        let mut events = Vec::new();
        let mut looked = 0;
        for key in due {
            let locked = lock_due(&mut tx, self.flavor, &key, now).await?;
            let Some((handoff, wrapped)) = locked else {
                continue;
            };
            looked += 1;
            let until = open_until(&mut tx, &key).await?;
            if let Some(until) = until.filter(|until| *until > millis(now)) {
                let later = sqlx::query("UPDATE object SET due_at = $2 WHERE key = $1");
                later.bind(key).bind(until).execute(&mut *tx).await?;
                continue;
            }
            erase(&mut tx, &key, now).await?;
            let epoch = wrapped.as_deref().and_then(epoch_of).map(str::to_owned);
            lines.extend(epoch.map(|epoch| (epoch, Erased::Object(key))));
            let event = AuditEvent {
                kind: AuditKind::Erased,
                handoff: handoff.unwrap_or_default(),
                link: None,
                detail: "key erased; object to follow".into(),
            };
            events.push((event, now));
        }
        // A crash between the ledger and the commit leaves a line too many: its
        // object had ended, and is erased at the next start.
        ledger.append(lines, now).await?;
        faults::step("after-ledger")?;
        audit::append_all(&mut tx, &events).await?;
        tx.commit().await?;
        Ok((looked, events.len()))
    }

    /// Objects without a key whose bytes are still to be deleted: also those a
    /// crash left between the two.
    pub async fn erased_objects(&self, now: jiff::Timestamp) -> anyhow::Result<Vec<ErasedObject>> {
        let rows = sqlx::query(LEFT)
            .bind(millis(now))
            .bind(DELETED_AT_ONCE)
            .fetch_all(&self.read)
            .await?;
        let object = |row: &sqlx::any::AnyRow| {
            Ok(ErasedObject {
                key: ObjectKey::from_store(row.try_get(0)?),
                handoff: row.try_get(1)?,
            })
        };
        rows.iter().map(object).collect()
    }

    /// Their bytes are deleted.
    pub async fn objects_gone(
        &self,
        keys: &[ObjectKey],
        now: jiff::Timestamp,
    ) -> anyhow::Result<()> {
        let gone =
            "UPDATE object SET state = 'gone', gone_at = $2 WHERE key = $1 AND state = 'erased'";
        self.mark(gone, keys, millis(now)).await
    }

    /// Their bytes could not be deleted: the next sweep tries again, this one goes
    /// on with others.
    pub async fn objects_left(
        &self,
        keys: &[ObjectKey],
        now: jiff::Timestamp,
    ) -> anyhow::Result<()> {
        let left = "UPDATE object SET due_at = $2 WHERE key = $1 AND state = 'erased'";
        self.mark(left, keys, millis(now) + 1).await
    }

    /// Objects that their maker gives up, unless they were committed after all.
    /// What the sweeper took for gone meanwhile may have been put since: it is
    /// deleted once more.
    pub async fn abandon(&self, keys: &[ObjectKey], now: jiff::Timestamp) -> anyhow::Result<()> {
        let given_up =
            "UPDATE object SET state = 'erased', erased_at = COALESCE(erased_at, $2), due_at = $2
             WHERE key = $1 AND state IN ('reserved', 'erased', 'gone')";
        self.mark(given_up, keys, millis(now)).await
    }

    async fn mark(&self, how: &'static str, keys: &[ObjectKey], at: i64) -> anyhow::Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let mut keys: Vec<&str> = keys.iter().map(ObjectKey::as_str).collect();
        keys.sort_unstable();
        let mut tx = self.begin().await?;
        for key in keys {
            let marked = sqlx::query(how).bind(key.to_owned()).bind(at);
            marked.execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

const LOCK: &str = "UPDATE object SET due_at = due_at
     WHERE key = $1 AND state = 'live' AND due_at <= $2 RETURNING handoff, wrapped_key";

/// Who holds an object is about to say something of it: it stays due, and the next
/// sweep looks. So the sweeper waits for nobody while it holds others.
const LOCK_POSTGRES: &str = "SELECT handoff, wrapped_key FROM object
     WHERE key = $1 AND state = 'live' AND due_at <= $2 FOR UPDATE SKIP LOCKED";

/// Takes the row, so that whoever says meanwhile that something ended waits until
/// we have looked. `None` when another was here, or is.
async fn lock_due(
    tx: &mut Tx,
    flavor: Flavor,
    key: &str,
    now: jiff::Timestamp,
) -> anyhow::Result<Option<(Option<String>, Option<String>)>> {
    let lock = match flavor {
        Flavor::Sqlite => LOCK,
        Flavor::Postgres => LOCK_POSTGRES,
    };
    let locked = sqlx::query(lock)
        .bind(key.to_owned())
        .bind(millis(now))
        .fetch_all(&mut **tx)
        .await?;
    let row = locked.first();
    row.map(|row| anyhow::Ok((row.try_get(0)?, row.try_get(1)?)))
        .transpose()
}

async fn open_until(tx: &mut Tx, key: &str) -> anyhow::Result<Option<i64>> {
    let row = sqlx::query(OPEN_UNTIL)
        .bind(key.to_owned())
        .bind(REFETCH_WINDOW.millis())
        .bind(CLAIM_GRACE.millis())
        .fetch_one(&mut **tx)
        .await?;
    Ok(row.try_get(0)?)
}

/// From here on nobody opens it any more. Says whether it was open until now, and
/// whose it was.
pub(super) async fn erase(
    tx: &mut Tx,
    key: &str,
    now: jiff::Timestamp,
) -> anyhow::Result<Option<String>> {
    let erased = sqlx::query(
        "UPDATE object SET state = 'erased', wrapped_key = NULL, erased_at = $2, due_at = $2
         WHERE key = $1 AND state = 'live' RETURNING handoff",
    )
    .bind(key.to_owned())
    .bind(millis(now))
    .fetch_all(&mut **tx)
    .await?;
    let row = erased.first();
    Ok(row.map(|row| row.try_get(0)).transpose()?.flatten())
}

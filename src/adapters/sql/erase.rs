//! The end of an object: its key erased, its bytes deleted. Only objects that are
//! due are looked at; one that is still open is due again when it may end.

use super::sets::{SET, about, in_order, is_postgres, lock_objects, set};
use super::{Store, Tx, audit, millis};
use crate::adapters::faults;
use crate::adapters::keyring::epoch_of;
use crate::adapters::ledger::{Erased, Ledger};
use crate::domain::audit::{AuditEvent, AuditKind};
use crate::domain::claim::{CLAIM_GRACE, REFETCH_WINDOW};
use crate::domain::ids::ObjectKey;
use sqlx::Row;
use std::collections::HashMap;

/// Objects looked at in one transaction, which SQLite's one writer waits for.
const LOOKED_AT_ONCE: i64 = 128;
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

/// Until when objects are open, as things are: a held event waits for a person; a
/// link has a download left; one has begun and may go on until its link expires, and
/// a while after its last byte; one is complete and its holder may fetch again. A
/// revoked link is not open, whatever runs. A locked one is until it expires: its
/// owner may have the packet sent anew.
const OPEN_UNTIL: &str = concat!(
    "SELECT object, MAX(ends) FROM (
     SELECT o.key AS object, h.expires_at AS ends FROM object o JOIN handoff h ON h.id = o.handoff
     WHERE h.state = 'held' AND o.key IN (",
    set!(),
    ")
     UNION ALL
     SELECT f.object, l.expires_at FROM link_file f JOIN link l ON l.id = f.link
     WHERE l.revoked_at IS NULL AND f.downloads < f.max_downloads AND f.object IN (",
    set!(),
    ")
     UNION ALL
     SELECT f.object,
            CASE WHEN c.state = 'completed' THEN c.ended_at + $33
                 WHEN l.expires_at > c.touched_at + $34 AND l.expires_at > c.opened_at + $34 THEN l.expires_at
                 WHEN c.touched_at > c.opened_at THEN c.touched_at + $34
                 ELSE c.opened_at + $34 END
     FROM link_file f JOIN link l ON l.id = f.link
                      JOIN claim c ON c.link = f.link AND c.ordinal = f.ordinal
     WHERE l.revoked_at IS NULL AND c.state IN ('open', 'broken', 'completed') AND f.object IN (",
    set!(),
    ")) AS open GROUP BY object"
);

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
        let mut tx = self.begin().await?;
        let mut lines = Vec::new();
        let mut events = Vec::new();
        let mut looked = 0;
        for due in in_order(due.to_vec()).chunks(SET) {
            let locked = lock_due(&mut tx, due, now).await?;
            looked += locked.len();
            let open = open_until(&mut tx, due).await?;
            let mut ended = Vec::new();
            let mut lives = Vec::new();
            for object in locked {
                match open.get(&object.key).filter(|until| **until > millis(now)) {
                    Some(until) => {
                        due_later(&mut tx, object.key.clone(), *until).await?;
                        lives.push(object);
                    }
                    None => ended.push(object),
                }
            }
            lines.extend(ended_alone(&mut tx, &lives).await?);
            let keys: Vec<String> = ended.iter().map(|object| object.key.clone()).collect();
            erase(&mut tx, &keys, now).await?;
            for object in ended {
                let epoch = object.wrapped.as_deref().and_then(epoch_of);
                lines.extend(epoch.map(|epoch| (epoch.to_owned(), Erased::Object(object.key))));
                let event = AuditEvent {
                    kind: AuditKind::Erased,
                    handoff: object.handoff.unwrap_or_default(),
                    link: None,
                    detail: "key erased; object to follow".into(),
                };
                events.push((event, now));
            }
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
        let gone = concat!(
            "UPDATE object SET state = 'gone', gone_at = $33 WHERE state = 'erased' AND key IN (",
            set!(),
            ")"
        );
        self.mark(gone, keys, millis(now)).await
    }

    /// Their bytes could not be deleted: the next sweep tries again, this one goes
    /// on with others.
    pub async fn objects_left(
        &self,
        keys: &[ObjectKey],
        now: jiff::Timestamp,
    ) -> anyhow::Result<()> {
        let left = concat!(
            "UPDATE object SET due_at = $33 WHERE state = 'erased' AND key IN (",
            set!(),
            ")"
        );
        self.mark(left, keys, millis(now) + 1).await
    }

    /// Objects that their maker gives up, unless they were committed after all.
    /// What the sweeper took for gone meanwhile may have been put since: it is
    /// deleted once more.
    pub async fn abandon(&self, keys: &[ObjectKey], now: jiff::Timestamp) -> anyhow::Result<()> {
        let given_up = concat!(
            "UPDATE object SET state = 'erased', erased_at = COALESCE(erased_at, $33), due_at = $33
             WHERE state IN ('reserved', 'erased', 'gone') AND key IN (",
            set!(),
            ")"
        );
        self.mark(given_up, keys, millis(now)).await
    }

    async fn mark(&self, how: &'static str, keys: &[ObjectKey], at: i64) -> anyhow::Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        let keys = keys.iter().map(|key| key.as_str().to_owned()).collect();
        for keys in in_order(keys).chunks(SET) {
            lock_objects(&mut tx, keys).await?;
            about(how, keys).bind(at).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// An object that may have ended, its row taken: whoever says meanwhile that
/// something ended waits until we have looked.
struct DueObject {
    key: String,
    handoff: Option<String>,
    wrapped: Option<String>,
}

const STILL_DUE: &str = concat!(
    "SELECT key, handoff, wrapped_key FROM object
     WHERE state = 'live' AND due_at <= $33 AND key IN (",
    set!(),
    ") ORDER BY key"
);

/// Who holds an object is about to say something of it: it stays due, and the next
/// sweep looks. So the sweeper waits for nobody while it holds others.
const STILL_DUE_POSTGRES: &str = concat!(
    "SELECT key, handoff, wrapped_key FROM object
     WHERE state = 'live' AND due_at <= $33 AND key IN (",
    set!(),
    ") ORDER BY key FOR UPDATE SKIP LOCKED"
);

async fn lock_due(
    tx: &mut Tx,
    keys: &[String],
    now: jiff::Timestamp,
) -> anyhow::Result<Vec<DueObject>> {
    let lock = match is_postgres(tx) {
        true => STILL_DUE_POSTGRES,
        false => STILL_DUE,
    };
    let rows = about(lock, keys).bind(millis(now));
    let rows = rows.fetch_all(&mut **tx).await?;
    let object = |row: &sqlx::any::AnyRow| {
        Ok(DueObject {
            key: row.try_get(0)?,
            handoff: row.try_get(1)?,
            wrapped: row.try_get(2)?,
        })
    };
    rows.iter().map(object).collect()
}

async fn open_until(tx: &mut Tx, keys: &[String]) -> anyhow::Result<HashMap<String, i64>> {
    let rows = about(OPEN_UNTIL, keys)
        .bind(REFETCH_WINDOW.millis())
        .bind(CLAIM_GRACE.millis())
        .fetch_all(&mut **tx)
        .await?;
    let mut open = HashMap::new();
    for row in &rows {
        let until: Option<i64> = row.try_get(1)?;
        open.extend(
            until
                .map(|until| row.try_get(0).map(|key| (key, until)))
                .transpose()?,
        );
    }
    Ok(open)
}

/// Links that are closed for good. A claim that is open may yet give its count back.
const CLOSED: &str = concat!(
    "SELECT f.object, l.id FROM link_file f JOIN link l ON l.id = f.link
     WHERE (l.revoked_at IS NOT NULL OR l.locked_at IS NOT NULL OR (
         NOT EXISTS (SELECT 1 FROM link_file other
                     WHERE other.link = l.id AND other.downloads < other.max_downloads)
         AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.link = l.id AND c.state = 'open')))
     AND f.object IN (",
    set!(),
    ")"
);

/// What the ledger must know of objects that live on: which of their links are closed.
/// Otherwise a database that is put back would open them again.
async fn ended_alone(tx: &mut Tx, lives: &[DueObject]) -> anyhow::Result<Vec<(String, Erased)>> {
    if lives.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<String> = lives.iter().map(|object| object.key.clone()).collect();
    let mut lines = Vec::new();
    for row in about(CLOSED, &keys).fetch_all(&mut **tx).await? {
        let (key, link): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let object = lives.iter().find(|object| object.key == key);
        let epoch = object.and_then(|object| epoch_of(object.wrapped.as_deref()?));
        lines.extend(epoch.map(|epoch| (epoch.to_owned(), Erased::Link(link))));
    }
    lines.sort();
    lines.dedup();
    Ok(lines)
}

async fn due_later(tx: &mut Tx, key: String, until: i64) -> anyhow::Result<()> {
    let later = sqlx::query("UPDATE object SET due_at = $2 WHERE key = $1");
    later.bind(key).bind(until).execute(&mut **tx).await?;
    Ok(())
}

const ERASE: &str = concat!(
    "UPDATE object SET state = 'erased', wrapped_key = NULL, erased_at = $33, due_at = $33
     WHERE state = 'live' AND key IN (",
    set!(),
    ") RETURNING handoff"
);

/// From here on nobody opens them any more. Says whose were open until now. The
/// caller holds their rows.
pub(super) async fn erase(
    tx: &mut Tx,
    keys: &[String],
    now: jiff::Timestamp,
) -> anyhow::Result<Vec<String>> {
    let mut handoffs = Vec::new();
    for keys in keys.chunks(SET) {
        let erased = about(ERASE, keys).bind(millis(now));
        for row in erased.fetch_all(&mut **tx).await? {
            handoffs.extend(row.try_get::<Option<String>, _>(0)?);
        }
    }
    Ok(handoffs)
}

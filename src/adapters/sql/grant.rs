//! The one statement that grants a download: n requests that race for one that is
//! left get exactly one.

use super::{Tx, millis, row_id};
use crate::domain::audit::{AuditEvent, AuditKind};
use crate::domain::ids::LinkId;
use anyhow::Context;
use sqlx::Row;

pub(super) struct Claiming {
    pub link: LinkId,
    pub handoff: String,
    pub ordinal: i64,
    /// Hash of the secret that the browser or the system holds.
    pub holder: String,
    /// People prove themselves first; and a claim of which nothing was handed out
    /// moves to the next who does.
    pub person: bool,
    pub visitor: String,
    pub now: jiff::Timestamp,
}

pub(super) struct Granted {
    pub id: String,
    pub object_key: String,
    pub wrapped_key: String,
}

const COUNT: &str = "UPDATE link_file SET downloads = downloads + 1
     WHERE link = $1 AND ordinal = $2 AND downloads < max_downloads
     RETURNING object, (SELECT wrapped_key FROM object WHERE object.key = link_file.object)";

const COUNTED: &str =
    "SELECT f.object, o.wrapped_key FROM link_file f JOIN object o ON o.key = f.object
     WHERE f.link = $1 AND f.ordinal = $2";

/// The row is locked while the link is open, so that a revocation comes before this
/// claim or after it.
const LOCK: &str = "UPDATE link SET face = face
     WHERE id = $1 AND revoked_at IS NULL AND locked_at IS NULL AND expires_at > $2
       AND ($3 = 0 OR EXISTS (SELECT 1 FROM proof
                              WHERE proof.link = link.id AND holder = $4 AND until > $2))
     RETURNING first_access_at";

const MOVE: &str = "UPDATE claim SET holder = $3, opened_at = $4, touched_at = $4
     WHERE id = (SELECT id FROM claim WHERE link = $1 AND ordinal = $2
                   AND state = 'open' AND started_at IS NULL ORDER BY opened_at LIMIT 1)
       AND state = 'open' AND started_at IS NULL
     RETURNING id";

impl Claiming {
    pub(super) async fn run(
        &self,
        tx: &mut Tx,
        events: &mut Vec<(AuditEvent, jiff::Timestamp)>,
    ) -> anyhow::Result<Option<Granted>> {
        let locked = sqlx::query(LOCK)
            .bind(self.link.as_str().to_owned())
            .bind(millis(self.now))
            .bind(i64::from(self.person))
            .bind(self.holder.clone())
            .fetch_all(&mut **tx)
            .await?;
        let Some(row) = locked.first() else {
            return Ok(None);
        };
        let first = row.try_get::<Option<i64>, _>(0)?.is_none();
        let Some(granted) = self.count_or_move(tx).await? else {
            return Ok(None);
        };
        if first {
            note_first_access(tx, &self.link, self.now).await?;
            events.push((self.first_access(), self.now));
        }
        Ok(Some(granted))
    }

    async fn count_or_move(&self, tx: &mut Tx) -> anyhow::Result<Option<Granted>> {
        let counted = sqlx::query(COUNT)
            .bind(self.link.as_str().to_owned())
            .bind(self.ordinal)
            .fetch_all(&mut **tx)
            .await?;
        if let Some(row) = counted.first() {
            let id = row_id();
            self.open(tx, &id).await?;
            return granted(id, row).map(Some);
        }
        if !self.person {
            return Ok(None);
        }
        let moved = sqlx::query(MOVE)
            .bind(self.link.as_str().to_owned())
            .bind(self.ordinal)
            .bind(self.holder.clone())
            .bind(millis(self.now))
            .fetch_all(&mut **tx)
            .await?;
        let Some(row) = moved.first() else {
            return Ok(None);
        };
        let id: String = row.try_get(0)?;
        let object = sqlx::query(COUNTED)
            .bind(self.link.as_str().to_owned())
            .bind(self.ordinal)
            .fetch_one(&mut **tx)
            .await?;
        granted(id, &object).map(Some)
    }

    async fn open(&self, tx: &mut Tx, id: &str) -> anyhow::Result<()> {
        sqlx::query(
            "INSERT INTO claim (id, link, ordinal, holder, state, opened_at, touched_at, fetches, bytes)
             VALUES ($1, $2, $3, $4, 'open', $5, $5, 0, 0)",
        )
        .bind(id.to_owned())
        .bind(self.link.as_str().to_owned())
        .bind(self.ordinal)
        .bind(self.holder.clone())
        .bind(millis(self.now))
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    fn first_access(&self) -> AuditEvent {
        AuditEvent {
            kind: AuditKind::FirstAccess,
            handoff: self.handoff.clone(),
            link: Some(self.link.to_string()),
            detail: self.visitor.clone(),
        }
    }
}

fn granted(id: String, object: &sqlx::any::AnyRow) -> anyhow::Result<Granted> {
    let wrapped: Option<String> = object.try_get(1)?;
    Ok(Granted {
        id,
        object_key: object.try_get(0)?,
        wrapped_key: wrapped.context("the object's key was erased")?,
    })
}

/// The first claim or proof on a link; the caller holds the link's row and has seen
/// that nobody was here before.
pub(super) async fn note_first_access(
    tx: &mut Tx,
    link: &LinkId,
    now: jiff::Timestamp,
) -> anyhow::Result<()> {
    sqlx::query("UPDATE link SET first_access_at = $2 WHERE id = $1")
        .bind(link.as_str().to_owned())
        .bind(millis(now))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

//! How a handoff ended, as far as the database can tell.

use super::{Store, moment};
use sqlx::Row;

/// What is left of a handoff, and what is not.
#[derive(Debug)]
pub struct Ending {
    pub channel: String,
    pub created: jiff::Timestamp,
    /// When its sealed records were erased.
    pub over: Option<jiff::Timestamp>,
    pub objects: Vec<EndedObject>,
    /// Its last entry in the audit: place and hash.
    pub audit: Option<(i64, String)>,
}

#[derive(Debug)]
pub struct EndedObject {
    pub sha256: String,
    pub size: i64,
    pub content_type: String,
    /// `live`, `erased` or `gone`.
    pub state: String,
    pub key_erased: Option<jiff::Timestamp>,
    /// Not known of what a release before this one deleted.
    pub bytes_deleted: Option<jiff::Timestamp>,
}

impl Store {
    pub async fn ending(&self, handoff: &str) -> anyhow::Result<Option<Ending>> {
        let row = sqlx::query("SELECT channel, created_at, over_at FROM handoff WHERE id = $1")
            .bind(handoff.to_owned())
            .fetch_optional(&self.read)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let objects = sqlx::query(
            "SELECT sha256, size, content_type, state, erased_at, gone_at FROM object
             WHERE handoff = $1 ORDER BY created_at, key",
        )
        .bind(handoff.to_owned())
        .fetch_all(&self.read)
        .await?;
        let audit = sqlx::query(
            "SELECT sequence, hash FROM audit WHERE handoff = $1 ORDER BY sequence DESC LIMIT 1",
        )
        .bind(handoff.to_owned())
        .fetch_optional(&self.read)
        .await?;
        Ok(Some(Ending {
            channel: row.try_get(0)?,
            created: moment(row.try_get(1)?),
            over: row.try_get::<Option<i64>, _>(2)?.map(moment),
            objects: objects.iter().map(ended_object).collect::<Result<_, _>>()?,
            audit: match audit {
                Some(row) => Some((row.try_get(0)?, row.try_get(1)?)),
                None => None,
            },
        }))
    }

    /// Whether the chain holds this entry still.
    pub async fn audit_holds(&self, sequence: i64, hash: &str) -> anyhow::Result<bool> {
        let row = sqlx::query("SELECT hash FROM audit WHERE sequence = $1")
            .bind(sequence)
            .fetch_optional(&self.read)
            .await?;
        let stored: Option<String> = row.map(|row| row.try_get(0)).transpose()?;
        Ok(stored.as_deref() == Some(hash))
    }
}

fn ended_object(row: &sqlx::any::AnyRow) -> anyhow::Result<EndedObject> {
    Ok(EndedObject {
        sha256: row.try_get::<Option<String>, _>(0)?.unwrap_or_default(),
        size: row.try_get::<Option<i64>, _>(1)?.unwrap_or_default(),
        content_type: row.try_get::<Option<String>, _>(2)?.unwrap_or_default(),
        state: row.try_get(3)?,
        key_erased: row.try_get::<Option<i64>, _>(4)?.map(moment),
        bytes_deleted: row.try_get::<Option<i64>, _>(5)?.map(moment),
    })
}

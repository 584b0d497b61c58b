//! What is wrapped under the keys of epochs, place by place: for a rotation, which
//! puts each under a newer key while everything goes on.

use super::Store;
use anyhow::Context;
use sqlx::Row;

/// Rows rewrapped before others get their turn.
const AT_ONCE: i64 = 200;

/// Where something sealed stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedAt {
    /// The data key of a staged object.
    Object,
    Reference,
    Security,
    Door,
    Passcode,
    Memory,
    /// An event that waits in its patient's line.
    Waiting,
    DeadLetter,
}

impl SealedAt {
    pub const ALL: [Self; 8] = [
        Self::Object,
        Self::Reference,
        Self::Security,
        Self::Door,
        Self::Passcode,
        Self::Memory,
        Self::Waiting,
        Self::DeadLetter,
    ];

    /// What is sealed under an older epoch than `$1`: names sort as they were made.
    fn older(self) -> &'static str {
        match self {
            Self::Object => {
                "SELECT key, wrapped_key FROM object
                 WHERE substr(wrapped_key, 4, 25) < $1 AND wrapped_key IS NOT NULL LIMIT $2"
            }
            Self::Reference => {
                "SELECT id, sealed_reference FROM handoff
                 WHERE substr(sealed_reference, 4, 25) < $1 AND sealed_reference IS NOT NULL LIMIT $2"
            }
            Self::Security => {
                "SELECT id, sealed_security FROM handoff
                 WHERE substr(sealed_security, 4, 25) < $1 AND sealed_security IS NOT NULL LIMIT $2"
            }
            Self::Door => {
                "SELECT id, sealed_door FROM handoff
                 WHERE substr(sealed_door, 4, 25) < $1 AND sealed_door IS NOT NULL LIMIT $2"
            }
            Self::Passcode => {
                "SELECT id, sealed_passcode FROM link
                 WHERE substr(sealed_passcode, 4, 25) < $1 AND sealed_passcode IS NOT NULL LIMIT $2"
            }
            Self::Memory => {
                "SELECT id, sealed FROM visit_memory WHERE substr(sealed, 4, 25) < $1 LIMIT $2"
            }
            Self::Waiting => {
                "SELECT id, sealed FROM line_event
                 WHERE substr(sealed, 4, 25) < $1 AND sealed IS NOT NULL LIMIT $2"
            }
            Self::DeadLetter => {
                "SELECT identity, sealed FROM dead_letter
                 WHERE substr(sealed, 4, 25) < $1 AND sealed IS NOT NULL LIMIT $2"
            }
        }
    }

    /// Only what is still there as it was read: what was erased meanwhile stays erased.
    fn replace(self) -> &'static str {
        match self {
            Self::Object => {
                "UPDATE object SET wrapped_key = $2 WHERE key = $1 AND wrapped_key = $3"
            }
            Self::Reference => {
                "UPDATE handoff SET sealed_reference = $2 WHERE id = $1 AND sealed_reference = $3"
            }
            Self::Security => {
                "UPDATE handoff SET sealed_security = $2 WHERE id = $1 AND sealed_security = $3"
            }
            Self::Door => "UPDATE handoff SET sealed_door = $2 WHERE id = $1 AND sealed_door = $3",
            Self::Passcode => {
                "UPDATE link SET sealed_passcode = $2 WHERE id = $1 AND sealed_passcode = $3"
            }
            Self::Memory => "UPDATE visit_memory SET sealed = $2 WHERE id = $1 AND sealed = $3",
            Self::Waiting => "UPDATE line_event SET sealed = $2 WHERE id = $1 AND sealed = $3",
            Self::DeadLetter => {
                "UPDATE dead_letter SET sealed = $2 WHERE identity = $1 AND sealed = $3"
            }
        }
    }
}

impl Store {
    /// Some of what is sealed under an older epoch, each with its row's name.
    pub async fn sealed_before(
        &self,
        place: SealedAt,
        epoch: &str,
    ) -> anyhow::Result<Vec<(String, String)>> {
        let rows = sqlx::query(place.older())
            .bind(epoch.to_owned())
            .bind(AT_ONCE)
            .fetch_all(&self.read)
            .await?;
        let read = |row: &sqlx::any::AnyRow| Ok((row.try_get(0)?, row.try_get(1)?));
        rows.iter().map(read).collect()
    }

    /// Puts what was rewrapped in the place of what it was, in one transaction.
    pub async fn rewrapped(
        &self,
        place: SealedAt,
        rows: &[(String, String, String)],
    ) -> anyhow::Result<()> {
        let mut rows: Vec<_> = rows.iter().collect();
        rows.sort();
        let mut tx = self.begin().await?;
        for (name, was, is) in rows {
            let replaced = sqlx::query(place.replace())
                .bind(name.clone())
                .bind(is.clone())
                .bind(was.clone());
            replaced.execute(&mut *tx).await.context("rewrapping")?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Whether a link that was signed by this key may still be shown to us.
    pub async fn signs_links(&self, key: &str, now: jiff::Timestamp) -> anyhow::Result<bool> {
        let row = sqlx::query(
            "SELECT COUNT(*) FROM (SELECT 1 FROM link
             WHERE key_id = $1 AND token_expires_at > $2 LIMIT 1) AS one",
        )
        .bind(key.to_owned())
        .bind(super::millis(now))
        .fetch_one(&self.read)
        .await?;
        Ok(row.try_get::<i64, _>(0)? > 0)
    }
}

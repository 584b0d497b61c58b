//! Links by the hash of their SMART Health Link's id. A correction hands that
//! identity on: the same address then gives the new packet.

use super::{NewHandoff, Store, Tx, millis, moment};
use crate::domain::ids::LinkId;
use crate::domain::link::{Face, Link};
use anyhow::Context;
use sqlx::Row;

/// A link as its SMART Health Link finds it.
pub struct ShlLink {
    pub link: Link,
    /// What its id and its key are derived from.
    pub seed: LinkId,
    /// When its packet was made.
    pub made: jiff::Timestamp,
}

/// The identity that the link of a superseded packet leaves to its successor.
pub(super) struct Left {
    recipient: Option<String>,
    /// What its holders were told to show, and how they were told to fetch: a
    /// successor that asks otherwise cannot be it.
    verify: String,
    offered: String,
    hash: String,
    seed: String,
}

impl Store {
    pub async fn shl_link(&self, hash: &str) -> anyhow::Result<Option<ShlLink>> {
        let row = sqlx::query(
            "SELECT l.id, l.shl_seed, h.created_at FROM link l JOIN handoff h ON h.id = l.handoff
             WHERE l.shl_hash = $1",
        )
        .bind(hash.to_owned())
        .fetch_optional(&self.read)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let id = LinkId::parse(&row.try_get::<String, _>(0)?);
        let id = id.context("a stored link's id is damaged")?;
        let seed = seed(row.try_get(1)?)?.unwrap_or_else(|| id.clone());
        let made = moment(row.try_get(2)?);
        let link = self.link(&id).await?;
        Ok(link.map(|link| ShlLink { link, seed, made }))
    }

    /// What the SMART Health Link of a link is derived from; `None` where it is none
    /// (any more).
    pub async fn shl_seed(&self, link: &LinkId) -> anyhow::Result<Option<LinkId>> {
        let row = sqlx::query("SELECT shl_seed FROM link WHERE id = $1 AND shl_hash IS NOT NULL")
            .bind(link.as_str().to_owned())
            .fetch_optional(&self.read)
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(seed(row.try_get(0)?)?.unwrap_or_else(|| link.clone())))
    }
}

fn seed(stored: Option<String>) -> anyhow::Result<Option<LinkId>> {
    let seed = stored.map(|stored| LinkId::parse(&stored));
    seed.map(|seed| seed.context("a stored link's seed is damaged"))
        .transpose()
}

/// Before the links of a superseded packet are closed: those that nobody closed
/// before leave their identity. One that was revoked, locked or has expired keeps its
/// own, and stays dead.
pub(super) async fn leave(
    tx: &mut Tx,
    handoff: &str,
    now: jiff::Timestamp,
) -> anyhow::Result<Vec<Left>> {
    let rows = sqlx::query(
        "SELECT recipient_email, verify, smart_health_link, shl_hash, COALESCE(shl_seed, id) FROM link
         WHERE handoff = $1 AND face = $2 AND shl_hash IS NOT NULL
           AND revoked_at IS NULL AND locked_at IS NULL AND expires_at > $3 ORDER BY id",
    )
    .bind(handoff.to_owned())
    .bind(Face::People.audience())
    .bind(millis(now))
    .fetch_all(&mut **tx)
    .await?;
    let mut left = Vec::new();
    for row in &rows {
        let hash: String = row.try_get(3)?;
        sqlx::query("UPDATE link SET shl_hash = NULL WHERE shl_hash = $1")
            .bind(hash.clone())
            .execute(&mut **tx)
            .await?;
        left.push(Left {
            recipient: row.try_get(0)?,
            verify: row.try_get(1)?,
            offered: row.try_get(2)?,
            hash,
            seed: row.try_get(4)?,
        });
    }
    Ok(left)
}

/// After the links of the new packet are written: each takes over what the link of
/// the same recipient left.
pub(super) async fn take_over(
    tx: &mut Tx,
    new: &NewHandoff,
    mut left: Vec<Left>,
) -> anyhow::Result<()> {
    let offered = new.links.iter().filter(|link| link.shl_hash.is_some());
    for link in offered {
        let email = link.recipient.as_ref().map(|r| r.email.to_string());
        // The newest of several.
        let place = left.iter().rposition(|left| {
            left.recipient == email
                && left.verify == link.proof.verify.as_str()
                && left.offered == link.smart_health_link.as_str()
        });
        let Some(place) = place else { continue };
        let taken = left.remove(place);
        sqlx::query("UPDATE link SET shl_hash = $2, shl_seed = $3 WHERE id = $1")
            .bind(link.id.as_str().to_owned())
            .bind(taken.hash)
            .bind(taken.seed)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

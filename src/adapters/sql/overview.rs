//! What people look at: `list` and `show`. No patient data is in these rows.

use super::{Store, millis, moment};
use crate::domain::link::Face;
use crate::domain::waiting;
use serde::Serialize;
use sqlx::Row;

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HandoffSummary {
    pub id: String,
    pub channel: String,
    /// `open`, `held` or `ended`.
    pub state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether a person may let a held event go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approvable: Option<bool>,
    /// The handoff that an approved event became.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub became: Option<String>,
    pub created: jiff::Timestamp,
    pub expires: jiff::Timestamp,
    pub links: Vec<LinkSummary>,
    pub errands: Vec<ErrandSummary>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkSummary {
    pub id: String,
    /// `l` for people, `d` for systems.
    pub face: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// `open`, `revoked`, `locked`, `expired` or `exhausted`.
    pub state: String,
    pub expires: jiff::Timestamp,
    pub downloads: i64,
    pub max_downloads: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_access: Option<jiff::Timestamp>,
    /// The link that took its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reissued_as: Option<String>,
    /// Of a person's link; systems prove nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<ProofSummary>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProofSummary {
    /// `none`, `birth-date`, `passcode` or `email-code`.
    pub verify: String,
    pub attempts_left: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locked: Option<jiff::Timestamp>,
    /// Browsers that have proven themselves and may still fetch.
    pub proven: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proven_until: Option<jiff::Timestamp>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrandSummary {
    pub what: String,
    /// `sent`, `waiting` or `failed`.
    pub state: String,
    pub attempts: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

impl Store {
    /// The latest handoffs, newest first.
    pub async fn handoffs(
        &self,
        channel: Option<&str>,
        limit: i64,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Vec<HandoffSummary>> {
        let rows = sqlx::query(
            "SELECT id FROM handoff WHERE channel = $1 OR $2 = 1 ORDER BY created_at DESC, id DESC LIMIT $3",
        )
        .bind(channel.unwrap_or_default().to_owned())
        .bind(i64::from(channel.is_none()))
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        let mut found = Vec::new();
        for row in rows {
            found.extend(self.handoff(&row.try_get::<String, _>(0)?, now).await?);
        }
        Ok(found)
    }

    pub async fn handoff(
        &self,
        id: &str,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Option<HandoffSummary>> {
        let row = sqlx::query(
            "SELECT id, channel, state, reason, created_at, expires_at, grounds, became
             FROM handoff WHERE id = $1",
        )
        .bind(id.to_owned())
        .fetch_optional(&self.read)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let links = self.link_summaries(id, now).await?;
        let stored: String = row.try_get(2)?;
        let expires = moment(row.try_get(5)?);
        let over = if stored == "held" {
            now >= expires
        } else {
            links.iter().all(|link| link.state != "open")
        };
        let grounds = waiting::of_store(&row.try_get::<Option<String>, _>(6)?.unwrap_or_default());
        let approvable = grounds.is_some_and(|grounds| waiting::never(&grounds).is_none());
        Ok(Some(HandoffSummary {
            approvable: (stored == "held" && !over).then_some(approvable),
            became: row.try_get(7)?,
            id: row.try_get(0)?,
            channel: row.try_get(1)?,
            state: if over { "ended".into() } else { stored },
            reason: row.try_get(3)?,
            created: moment(row.try_get(4)?),
            expires,
            links,
            errands: self.errand_summaries(id).await?,
        }))
    }

    /// The DocumentReference as it is stored: sealed. A handoff that is over has none.
    pub async fn sealed_reference(&self, handoff: &str) -> anyhow::Result<Option<String>> {
        let row = sqlx::query("SELECT sealed_reference FROM handoff WHERE id = $1")
            .bind(handoff.to_owned())
            .fetch_one(&self.read)
            .await?;
        Ok(row.try_get(0)?)
    }

    /// How many objects a handoff has or had.
    pub async fn renditions(&self, handoff: &str) -> anyhow::Result<usize> {
        let row = sqlx::query("SELECT COUNT(*) FROM object WHERE handoff = $1")
            .bind(handoff.to_owned())
            .fetch_one(&self.read)
            .await?;
        Ok(usize::try_from(row.try_get::<i64, _>(0)?)?)
    }

    async fn link_summaries(
        &self,
        handoff: &str,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Vec<LinkSummary>> {
        let rows = sqlx::query(
            "SELECT l.id, l.face, l.recipient_name, l.first_access_at, l.revoked_at, l.expires_at,
                    (SELECT MIN(f.max_downloads) FROM link_file f WHERE f.link = l.id),
                    (SELECT MIN(f.downloads) FROM link_file f WHERE f.link = l.id),
                    (SELECT MAX(f.downloads) FROM link_file f WHERE f.link = l.id),
                    l.locked_at, l.reissued_as, l.verify, l.attempts_left,
                    (SELECT COUNT(*) FROM proof p WHERE p.link = l.id AND p.until > $2),
                    (SELECT MAX(p.until) FROM proof p WHERE p.link = l.id AND p.until > $2)
             FROM link l WHERE l.handoff = $1 ORDER BY l.face DESC, l.id",
        )
        .bind(handoff.to_owned())
        .bind(millis(now))
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(|row| link_summary(row, now)).collect()
    }

    async fn errand_summaries(&self, handoff: &str) -> anyhow::Result<Vec<ErrandSummary>> {
        let rows = sqlx::query(
            "SELECT target, sent_at, failed_at, attempts, last_error FROM outbox
             WHERE handoff = $1 ORDER BY created_at, id",
        )
        .bind(handoff.to_owned())
        .fetch_all(&self.read)
        .await?;
        let summary = |row: &sqlx::any::AnyRow| {
            let target: super::Target = serde_json::from_str(&row.try_get::<String, _>(0)?)?;
            let sent = row.try_get::<Option<i64>, _>(1)?.is_some();
            let failed = row.try_get::<Option<i64>, _>(2)?.is_some();
            Ok(ErrandSummary {
                what: target.describe(),
                state: if sent {
                    "sent"
                } else if failed {
                    "failed"
                } else {
                    "waiting"
                }
                .into(),
                attempts: row.try_get(3)?,
                last_error: row.try_get(4)?,
            })
        };
        rows.iter().map(summary).collect()
    }
}

fn link_summary(row: &sqlx::any::AnyRow, now: jiff::Timestamp) -> anyhow::Result<LinkSummary> {
    let time =
        |place: usize| Ok::<_, sqlx::Error>(row.try_get::<Option<i64>, _>(place)?.map(moment));
    let max_downloads: i64 = row.try_get(6)?;
    let expires = moment(row.try_get(5)?);
    let locked = time(9)?;
    let state = if time(4)?.is_some() {
        "revoked"
    } else if locked.is_some() {
        "locked"
    } else if expires <= now {
        "expired"
    } else if row.try_get::<i64, _>(7)? >= max_downloads {
        "exhausted"
    } else {
        "open"
    };
    let face: String = row.try_get(1)?;
    let proof = ProofSummary {
        verify: row.try_get(11)?,
        attempts_left: row.try_get(12)?,
        locked,
        proven: row.try_get(13)?,
        proven_until: time(14)?,
    };
    Ok(LinkSummary {
        id: row.try_get(0)?,
        recipient: row.try_get(2)?,
        state: state.into(),
        expires,
        downloads: row.try_get(8)?,
        max_downloads,
        first_access: time(3)?,
        reissued_as: row.try_get(10)?,
        proof: (face == Face::People.audience()).then_some(proof),
        face,
    })
}

//! Writes that leave the house: rows written with what caused them, sent
//! later, each retried alone. What is sent may be sent twice, so the row's id
//! travels with it.

use super::{Flavor, Store, Tx, millis, moment, row_id};
use crate::domain::channel::ReferenceProfile;
use crate::domain::ids::HandoffId;
use serde::{Deserialize, Serialize};
use sqlx::Row;

/// Where an errand goes. Names of exchanges and people, nothing of a patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Target {
    /// The event's `reply_to` on the default exchange.
    Reply {
        queue: String,
        correlation_id: Option<String>,
        channel: String,
        #[serde(default, skip_serializing_if = "ReferenceProfile::is_default")]
        profile: ReferenceProfile,
    },
    /// The DocumentReference, or an OperationOutcome, to an exchange.
    Result {
        exchange: String,
        routing_key: String,
        correlation_id: Option<String>,
        channel: String,
        #[serde(default, skip_serializing_if = "ReferenceProfile::is_default")]
        profile: ReferenceProfile,
    },
    /// A notice as a JSON message.
    NoticeMessage {
        exchange: String,
        routing_key: String,
        channel: String,
    },
    /// A notice as an e-mail to the link's recipient.
    NoticeEmail { owner: String },
    /// A code for the link's recipient to prove themselves with. The payload holds
    /// it, sealed.
    CodeEmail { owner: String },
    /// An e-mail to the channel's owner about a link.
    OwnerEmail { owner: String, news: OwnerNews },
}

/// What the owner of a channel is told about one of its links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnerNews {
    /// The passcode that they must tell the recipient.
    Passcode,
    /// Too many wrong answers.
    Locked,
    /// Somebody who came too late asks for a new copy.
    NewCopy,
}

impl Target {
    /// Whether it goes to an exchange or a queue.
    pub fn by_broker(&self) -> bool {
        matches!(
            self,
            Self::Reply { .. } | Self::Result { .. } | Self::NoticeMessage { .. }
        )
    }

    /// The word for it in logs and in `handoff show`.
    pub fn describe(&self) -> String {
        match self {
            Self::Reply { .. } => "reply to the sender".into(),
            Self::Result { exchange, .. } => format!("result to exchange {exchange}"),
            Self::NoticeMessage { exchange, .. } => format!("notice to exchange {exchange}"),
            Self::NoticeEmail { .. } => "notice by e-mail".into(),
            Self::CodeEmail { .. } => "code by e-mail".into(),
            Self::OwnerEmail { news, .. } => match news {
                OwnerNews::Passcode => "passcode to the owner".into(),
                OwnerNews::Locked => "lock told to the owner".into(),
                OwnerNews::NewCopy => "request for a new copy to the owner".into(),
            },
        }
    }
}

#[derive(Debug, Clone)]
pub struct NewErrand {
    /// Given where the same question may come again: its row is sent once more
    /// under the same id, which the receiver can drop. Random otherwise.
    pub id: Option<String>,
    pub handoff: Option<HandoffId>,
    pub link: Option<String>,
    pub target: Target,
    pub payload: Option<String>,
    pub trace_parent: Option<String>,
}

/// A leased row on its way out.
#[derive(Debug, Clone)]
pub struct Errand {
    pub id: String,
    pub handoff: Option<String>,
    pub link: Option<String>,
    pub target: Target,
    pub payload: Option<String>,
    pub trace_parent: Option<String>,
    pub created_at: jiff::Timestamp,
    /// This one included.
    pub attempts: i64,
}

pub(super) async fn insert(
    tx: &mut Tx,
    errand: &NewErrand,
    now: jiff::Timestamp,
) -> anyhow::Result<()> {
    sqlx::query(
        "INSERT INTO outbox (id, handoff, link, target, payload, trace_parent, created_at, next_at,
                             lease_until, attempts)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 0, 0)
         ON CONFLICT (id) DO UPDATE SET sent_at = NULL, failed_at = NULL, attempts = 0,
                                        payload = $5, next_at = $7
         WHERE outbox.sent_at IS NOT NULL OR outbox.failed_at IS NOT NULL",
    )
    .bind(errand.id.clone().unwrap_or_else(row_id))
    .bind(errand.handoff.as_ref().map(HandoffId::to_string))
    .bind(errand.link.clone())
    .bind(serde_json::to_string(&errand.target)?)
    .bind(errand.payload.clone())
    .bind(errand.trace_parent.clone())
    .bind(millis(now))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What is due: of handoffs, by an index of theirs, or of anything.
const DUE: [&str; 2] = [
    "UPDATE outbox SET lease_until = $2, attempts = attempts + 1 WHERE id IN (
         SELECT id FROM outbox INDEXED BY outbox_handoffs_due
         WHERE sent_at IS NULL AND failed_at IS NULL AND handoff IS NOT NULL
           AND next_at <= $1 AND lease_until <= $1
         ORDER BY next_at LIMIT $3)
     RETURNING id, handoff, link, target, payload, trace_parent, created_at, attempts",
    "UPDATE outbox SET lease_until = $2, attempts = attempts + 1 WHERE id IN (
         SELECT id FROM outbox
         WHERE sent_at IS NULL AND failed_at IS NULL AND next_at <= $1 AND lease_until <= $1
         ORDER BY next_at LIMIT $3)
     RETURNING id, handoff, link, target, payload, trace_parent, created_at, attempts",
];

/// Several senders may lease at once: each skips what another is taking.
const DUE_POSTGRES: [&str; 2] = [
    "UPDATE outbox SET lease_until = $2, attempts = attempts + 1 WHERE id IN (
         SELECT id FROM outbox
         WHERE sent_at IS NULL AND failed_at IS NULL AND handoff IS NOT NULL
           AND next_at <= $1 AND lease_until <= $1
         ORDER BY next_at LIMIT $3 FOR UPDATE SKIP LOCKED)
     RETURNING id, handoff, link, target, payload, trace_parent, created_at, attempts",
    "UPDATE outbox SET lease_until = $2, attempts = attempts + 1 WHERE id IN (
         SELECT id FROM outbox
         WHERE sent_at IS NULL AND failed_at IS NULL AND next_at <= $1 AND lease_until <= $1
         ORDER BY next_at LIMIT $3 FOR UPDATE SKIP LOCKED)
     RETURNING id, handoff, link, target, payload, trace_parent, created_at, attempts",
];

impl Store {
    pub async fn enqueue(&self, errands: &[NewErrand], now: jiff::Timestamp) -> anyhow::Result<()> {
        let mut tx = self.begin().await?;
        for errand in errands {
            insert(&mut tx, errand, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Takes what is due, for as long as the lease lasts. Answers about what became no
    /// handoff may be a hundred thousand: what is about handoffs gets three of four
    /// places before them.
    pub async fn lease_errands(
        &self,
        limit: i64,
        lease_until: jiff::Timestamp,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Vec<Errand>> {
        let [of_handoffs, any] = match self.flavor {
            Flavor::Postgres => DUE_POSTGRES,
            Flavor::Sqlite => DUE,
        };
        let first = (limit * 3 / 4).max(1);
        let mut errands = self.lease(of_handoffs, first, lease_until, now).await?;
        let left = limit - errands.len() as i64;
        if left > 0 {
            errands.extend(self.lease(any, left, lease_until, now).await?);
        }
        Ok(errands)
    }

    async fn lease(
        &self,
        due: &'static str,
        limit: i64,
        lease_until: jiff::Timestamp,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Vec<Errand>> {
        let rows = sqlx::query(due)
            .bind(millis(now))
            .bind(millis(lease_until))
            .bind(limit)
            .fetch_all(&self.write)
            .await?;
        let mut errands = Vec::new();
        for row in &rows {
            match errand(row) {
                Ok(errand) => errands.push(errand),
                // A row of a newer version, or a damaged one, holds up no other.
                Err(_) => {
                    let why = "this version cannot read the row's target";
                    self.errand_failed(&row.try_get::<String, _>(0)?, why, None, now)
                        .await?;
                }
            }
        }
        Ok(errands)
    }

    pub async fn errand_sent(&self, id: &str, now: jiff::Timestamp) -> anyhow::Result<()> {
        sqlx::query(
            "UPDATE outbox SET sent_at = $2, last_error = NULL, payload = NULL WHERE id = $1",
        )
        .bind(id.to_owned())
        .bind(millis(now))
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// Not sent: again at `next`, or never when there is no next.
    pub async fn errand_failed(
        &self,
        id: &str,
        why: &str,
        next: Option<jiff::Timestamp>,
        now: jiff::Timestamp,
    ) -> anyhow::Result<()> {
        sqlx::query(
            "UPDATE outbox SET lease_until = 0, last_error = $2, next_at = $3, failed_at = $4 WHERE id = $1",
        )
        .bind(id.to_owned())
        .bind(why.to_owned())
        .bind(millis(next.unwrap_or(now)))
        .bind(next.is_none().then(|| millis(now)))
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// Whatever waits for a later try is due now.
    pub async fn hurry_errands(&self, now: jiff::Timestamp) -> anyhow::Result<()> {
        let hurry = "UPDATE outbox SET next_at = $1
             WHERE sent_at IS NULL AND failed_at IS NULL AND next_at > $1";
        let hurry = sqlx::query(hurry).bind(millis(now));
        hurry.execute(&self.write).await?;
        Ok(())
    }

    /// Rows that still wait to be sent.
    pub async fn errands_waiting(&self) -> anyhow::Result<i64> {
        let row =
            sqlx::query("SELECT COUNT(*) FROM outbox WHERE sent_at IS NULL AND failed_at IS NULL")
                .fetch_one(&self.read)
                .await?;
        Ok(row.try_get(0)?)
    }
}

fn errand(row: &sqlx::any::AnyRow) -> anyhow::Result<Errand> {
    Ok(Errand {
        id: row.try_get(0)?,
        handoff: row.try_get(1)?,
        link: row.try_get(2)?,
        target: serde_json::from_str(&row.try_get::<String, _>(3)?)?,
        payload: row.try_get(4)?,
        trace_parent: row.try_get(5)?,
        created_at: moment(row.try_get(6)?),
        attempts: row.try_get(7)?,
    })
}

//! Held events on their way out: what is kept of one, and the one transaction in
//! which a handoff takes its place.

use super::{Patient, Store, Tx, audit, millis, moment, sweep};
use crate::domain::audit::{AuditEvent, AuditKind};
use crate::domain::ids::HandoffId;
use crate::domain::link::HeldBody;
use crate::domain::waiting::{self, Ground, Waiting};
use sqlx::Row;
use std::collections::BTreeSet;

/// A held event, as it is kept.
#[derive(Debug)]
pub struct HeldEvent {
    pub id: HandoffId,
    pub channel: String,
    pub why: String,
    /// `None` where an earlier version held it, or one that knows more reasons.
    pub grounds: Option<BTreeSet<Ground>>,
    /// When it came: what is for real is told by then.
    pub arrived: jiff::Timestamp,
    pub state: HeldState,
    /// The digest of its message.
    pub body_sha256: String,
    /// Whose it is; a merge since then has added numbers.
    pub patient: Patient,
    /// How its sender is to be answered, sealed.
    pub sealed_door: Option<String>,
    /// The message; gone once its key is erased.
    pub body: Option<HeldBody>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeldState {
    Waiting,
    /// Discarded, cancelled or expired.
    Over,
    /// Approved: the handoff it became.
    Became(String),
    /// A handoff that was never held.
    NeverHeld,
}

impl HeldEvent {
    /// Whether it is about these bytes and this person: a place in a body may be
    /// another patient's once the body is read in another way.
    pub fn is_of(&self, body_sha256: &str, numbers: &[String]) -> bool {
        let known = &self.patient.0;
        self.body_sha256 == body_sha256
            && numbers.is_empty() == known.is_empty()
            && numbers.iter().all(|number| known.contains(number))
    }
}

/// Which held event a new handoff takes the place of.
pub struct Approves {
    pub held: HandoffId,
    pub audit: AuditEvent,
}

impl Store {
    pub async fn held_event(
        &self,
        id: &HandoffId,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Option<HeldEvent>> {
        let row = sqlx::query(
            "SELECT h.channel, h.reason, h.grounds, h.created_at, h.state, h.expires_at, h.became,
                    h.sealed_door, o.key, o.wrapped_key, h.body_sha256, h.patient
             FROM handoff h LEFT JOIN object o ON o.handoff = h.id AND o.state = 'live'
             WHERE h.id = $1",
        )
        .bind(id.to_string())
        .fetch_optional(&self.read)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let stored: String = row.try_get(4)?;
        let became: Option<String> = row.try_get(6)?;
        let state = match became {
            _ if stored != "held" => HeldState::NeverHeld,
            Some(became) => HeldState::Became(became),
            None if row.try_get::<i64, _>(5)? <= millis(now) => HeldState::Over,
            None => HeldState::Waiting,
        };
        let key: Option<String> = row.try_get(8)?;
        let wrapped: Option<String> = row.try_get(9)?;
        let grounds: Option<String> = row.try_get(2)?;
        Ok(Some(HeldEvent {
            id: id.clone(),
            channel: row.try_get(0)?,
            why: row.try_get::<Option<String>, _>(1)?.unwrap_or_default(),
            grounds: waiting::of_store(&grounds.unwrap_or_default()),
            arrived: moment(row.try_get(3)?),
            body_sha256: row.try_get(10)?,
            patient: Patient::of_store(row.try_get(11)?),
            sealed_door: row.try_get(7)?,
            body: match state {
                HeldState::Waiting => {
                    let both = key.zip(wrapped);
                    both.map(|(object_key, wrapped_key)| HeldBody {
                        object_key,
                        wrapped_key,
                    })
                }
                _ => None,
            },
            state,
        }))
    }

    /// Other reasons hold it by the rules of today: whoever approves next is told
    /// of them. Says whether it still waits.
    pub async fn wait_on(
        &self,
        id: &HandoffId,
        waiting: &Waiting,
        now: jiff::Timestamp,
    ) -> anyhow::Result<bool> {
        let mut tx = self.begin().await?;
        let told = sqlx::query(
            "UPDATE handoff SET reason = $2, grounds = $3
             WHERE id = $1 AND state = 'held' AND became IS NULL AND expires_at > $4",
        )
        .bind(id.to_string())
        .bind(waiting.why.clone())
        .bind(waiting::stored(&waiting.grounds))
        .bind(millis(now))
        .execute(&mut *tx)
        .await?;
        if told.rows_affected() == 0 {
            return Ok(false);
        }
        let event = AuditEvent {
            kind: AuditKind::Held,
            handoff: id.to_string(),
            link: None,
            detail: format!("not approved, for another reason now: {}", waiting.why),
        };
        audit::append(&mut tx, &event, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// What a packet may be used for, sealed.
    pub async fn sealed_security(&self, handoff: &str) -> anyhow::Result<Option<String>> {
        let row = sqlx::query("SELECT sealed_security FROM handoff WHERE id = $1")
            .bind(handoff.to_owned())
            .fetch_optional(&self.read)
            .await?;
        Ok(match row {
            Some(row) => row.try_get(0)?,
            None => None,
        })
    }
}

/// Ends the held event and takes over the names it goes by. Says whether it was
/// still waiting: of two approvals at once, one finds that it is not.
pub(super) async fn take_over(
    tx: &mut Tx,
    approves: &Approves,
    became: &HandoffId,
    now: jiff::Timestamp,
) -> anyhow::Result<bool> {
    let ended = sqlx::query(
        "UPDATE handoff SET expires_at = $2, became = $3
         WHERE id = $1 AND state = 'held' AND became IS NULL AND expires_at > $2",
    )
    .bind(approves.held.to_string())
    .bind(millis(now))
    .bind(became.to_string())
    .execute(&mut **tx)
    .await?;
    if ended.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query("UPDATE identity SET handoff = $2 WHERE handoff = $1")
        .bind(approves.held.to_string())
        .bind(became.to_string())
        .execute(&mut **tx)
        .await?;
    sweep::due_handoffs(tx, &[approves.held.as_str()], now).await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_event_is_known_by_its_bytes_and_by_its_patient() {
        let numbers = |of: &[&str]| of.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let mut held = HeldEvent {
            id: HandoffId::new(jiff::Timestamp::UNIX_EPOCH, &[7; 10]),
            channel: "discharge".into(),
            why: String::new(),
            grounds: None,
            arrived: jiff::Timestamp::UNIX_EPOCH,
            state: HeldState::Waiting,
            body_sha256: "body".into(),
            patient: Patient(numbers(&["survivor", "own", "bare"])),
            sealed_door: None,
            body: None,
        };
        assert!(held.is_of("body", &numbers(&["own", "bare"])));
        assert!(!held.is_of("other", &numbers(&["own", "bare"])));
        assert!(!held.is_of("body", &numbers(&["another", "bare"])));
        assert!(!held.is_of("body", &[]), "nobody is not somebody");
        held.patient = Patient::default();
        assert!(held.is_of("body", &[]) && !held.is_of("body", &numbers(&["own"])));
    }
}

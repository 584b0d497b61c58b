//! Who has proven themselves. A wrong answer is spent before it is compared, in the
//! transaction that holds the link's row: guesses at once are guesses one by one.

use super::grant::note_first_access;
use super::outbox::{self, NewErrand, OwnerNews, Target};
use super::{Store, Tx, audit, millis, sweep};
use crate::domain::audit::{AuditEvent, AuditKind};
use crate::domain::ids::HandoffId;
use crate::domain::link::{Link, Proving, Refusal};
use crate::domain::measures::Span;
use crate::domain::verify::Verify;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use sqlx::Row;

/// A browser that has proven itself need not do so again for this long: enough to
/// read the page and be called away.
pub const PROOF_LASTS: Span = Span::seconds(30 * 60);
/// OWASP ASVS 5.0 §6.5.5: an out-of-band code lives ten minutes at most.
pub const CODE_LASTS: Span = Span::seconds(600);
/// Codes by mail for one link within [`CODES_WINDOW`]: a scanner that presses the
/// button must not fill a mailbox. The window is a code's life, so that whoever is
/// told to wait finds one in their mail that is good.
const CODES_AT_MOST: i64 = 5;
const CODES_WINDOW: Span = CODE_LASTS;

/// Somebody's word for who they are.
pub struct Answer<'a> {
    /// Keyed hash of what was typed; `None` where nothing is compared.
    pub hash: Option<&'a str>,
    /// Hash of the secret that will hold the proof.
    pub holder: &'a str,
    pub visitor: &'a str,
    /// Who is told when the link locks.
    pub owner: &'a str,
}

const SPEND: &str = "UPDATE link SET attempts_left = attempts_left - 1
     WHERE id = $1 AND revoked_at IS NULL AND locked_at IS NULL AND expires_at > $2 AND attempts_left > 0
     RETURNING attempts_left, expected, code, code_until, first_access_at";

const GIVE_BACK: &str = "UPDATE link SET attempts_left = attempts_left + 1 WHERE id = $1";

impl Store {
    /// Compares an answer with what is expected, or takes the deliberate act for one
    /// where nothing is asked (`hash: None`).
    pub async fn prove(
        &self,
        link: &Link,
        answer: &Answer<'_>,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Proving> {
        let mut tx = self.begin().await?;
        let spent = sqlx::query(SPEND)
            .bind(link.id.as_str().to_owned())
            .bind(millis(now))
            .fetch_all(&mut *tx)
            .await?;
        let Some(row) = spent.first() else {
            tx.rollback().await?;
            let fresh = self.link(&link.id).await?;
            let refusal = fresh.and_then(|link| link.refusal(now));
            return Ok(Proving::Refused(refusal.unwrap_or(Refusal::Unknown)));
        };
        let left: i64 = row.try_get(0)?;
        let expected: Option<String> = match link.verify {
            Verify::EmailCode => {
                let until: Option<i64> = row.try_get(3)?;
                let living = until.is_some_and(|until| until > millis(now));
                row.try_get::<Option<String>, _>(2)?.filter(|_| living)
            }
            _ => row.try_get(1)?,
        };
        let first = row.try_get::<Option<i64>, _>(4)?.is_none();
        let right = match (link.verify, answer.hash, &expected) {
            (Verify::None, None, _) => true,
            (Verify::None, Some(_), _) | (_, None, _) => false,
            // Nothing was compared, so nothing is spent.
            (_, Some(_), None) => {
                tx.rollback().await?;
                return Ok(Proving::NoCode);
            }
            (_, Some(typed), Some(expected)) => {
                verify_slices_are_equal(typed.as_bytes(), expected.as_bytes()).is_ok()
            }
        };
        let proving = if right {
            give_back(&mut tx, link).await?;
            proven(&mut tx, link, answer, first, now).await?;
            Proving::Proven
        } else {
            wrong(&mut tx, link, answer, left, now).await?
        };
        tx.commit().await?;
        Ok(proving)
    }

    /// Whether a browser has proven itself lately.
    pub async fn is_proven(
        &self,
        link: &Link,
        holder: &str,
        now: jiff::Timestamp,
    ) -> anyhow::Result<bool> {
        let row = sqlx::query(
            "SELECT COUNT(*) FROM proof WHERE link = $1 AND holder = $2 AND until > $3",
        )
        .bind(link.id.as_str().to_owned())
        .bind(holder.to_owned())
        .bind(millis(now))
        .fetch_one(&self.read)
        .await?;
        Ok(row.try_get::<i64, _>(0)? > 0)
    }

    /// Makes this the code of the link and mails it to its recipient; `false` where
    /// too many went out lately, or the link is closed.
    pub async fn send_code(
        &self,
        link: &Link,
        hash: &str,
        sealed: String,
        owner: &str,
        now: jiff::Timestamp,
    ) -> anyhow::Result<bool> {
        let mut tx = self.begin().await?;
        let set = sqlx::query(
            "UPDATE link SET code = $2, code_until = $3,
                    codes_sent = CASE WHEN codes_since > $4 THEN codes_sent + 1 ELSE 1 END,
                    codes_since = CASE WHEN codes_since > $4 THEN codes_since ELSE $5 END
             WHERE id = $1 AND revoked_at IS NULL AND locked_at IS NULL AND expires_at > $5
               AND (codes_since IS NULL OR codes_since <= $4 OR codes_sent < $6)",
        )
        .bind(link.id.as_str().to_owned())
        .bind(hash.to_owned())
        .bind(millis(now) + CODE_LASTS.millis())
        .bind(millis(now) - CODES_WINDOW.millis())
        .bind(millis(now))
        .bind(CODES_AT_MOST)
        .execute(&mut *tx)
        .await?;
        if set.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        let target = Target::CodeEmail {
            owner: owner.to_owned(),
        };
        outbox::insert(&mut tx, &errand(link, target, Some(sealed)), now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Proofs that are over.
    pub async fn forget_proofs(&self, now: jiff::Timestamp) -> anyhow::Result<u64> {
        let gone = sqlx::query("DELETE FROM proof WHERE until <= $1")
            .bind(millis(now))
            .execute(&self.write)
            .await?;
        Ok(gone.rows_affected())
    }
}

async fn give_back(tx: &mut Tx, link: &Link) -> anyhow::Result<()> {
    sqlx::query(GIVE_BACK)
        .bind(link.id.as_str().to_owned())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn proven(
    tx: &mut Tx,
    link: &Link,
    answer: &Answer<'_>,
    first: bool,
    now: jiff::Timestamp,
) -> anyhow::Result<()> {
    // A code is for one use.
    sqlx::query(
        "UPDATE link SET code = NULL, code_until = NULL WHERE id = $1 AND code IS NOT NULL",
    )
    .bind(link.id.as_str().to_owned())
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "INSERT INTO proof (link, holder, method, until) VALUES ($1, $2, $3, $4)
         ON CONFLICT (link, holder) DO UPDATE SET method = $3, until = $4",
    )
    .bind(link.id.as_str().to_owned())
    .bind(answer.holder.to_owned())
    .bind(link.verify.as_str())
    .bind(millis(now) + PROOF_LASTS.millis())
    .execute(&mut **tx)
    .await?;
    // What they attested and by which method; never called a verified identity.
    let method = match link.verify {
        Verify::None => "asked for nothing",
        Verify::BirthDate => "gave the birth date",
        Verify::Passcode => "gave the passcode",
        Verify::EmailCode => "gave the code sent by e-mail",
    };
    let kind = if first {
        note_first_access(tx, &link.id, now).await?;
        AuditKind::FirstAccess
    } else {
        AuditKind::Verified
    };
    let detail = format!("{method}; {}", answer.visitor);
    audit::append(tx, &event(link, kind, detail), now).await
}

async fn wrong(
    tx: &mut Tx,
    link: &Link,
    answer: &Answer<'_>,
    left: i64,
    now: jiff::Timestamp,
) -> anyhow::Result<Proving> {
    let new = sqlx::query(
        "INSERT INTO wrong_answer (link, answer) VALUES ($1, $2) ON CONFLICT (link, answer) DO NOTHING",
    )
    .bind(link.id.as_str().to_owned())
    .bind(answer.hash.unwrap_or_default().to_owned())
    .execute(&mut **tx)
    .await?;
    if new.rows_affected() == 0 {
        give_back(tx, link).await?;
        return Ok(Proving::Wrong { left: left + 1 });
    }
    if left == 0 {
        lock(tx, link, answer, now).await?;
    }
    Ok(Proving::Wrong { left })
}

async fn lock(
    tx: &mut Tx,
    link: &Link,
    answer: &Answer<'_>,
    now: jiff::Timestamp,
) -> anyhow::Result<()> {
    sqlx::query("UPDATE link SET locked_at = $2 WHERE id = $1")
        .bind(link.id.as_str().to_owned())
        .bind(millis(now))
        .execute(&mut **tx)
        .await?;
    sweep::due(tx, link.id.as_str(), now).await?;
    let target = Target::OwnerEmail {
        owner: answer.owner.to_owned(),
        news: OwnerNews::Locked,
    };
    outbox::insert(tx, &errand(link, target, None), now).await?;
    let detail = format!("too many wrong answers; {}", answer.visitor);
    audit::append(tx, &event(link, AuditKind::Locked, detail), now).await
}

fn errand(link: &Link, target: Target, payload: Option<String>) -> NewErrand {
    NewErrand {
        id: None,
        handoff: HandoffId::parse(&link.handoff),
        link: Some(link.id.to_string()),
        target,
        payload,
        trace_parent: link.trace_parent.clone(),
    }
}

fn event(link: &Link, kind: AuditKind, detail: String) -> AuditEvent {
    AuditEvent {
        kind,
        handoff: link.handoff.clone(),
        link: Some(link.id.to_string()),
        detail,
    }
}

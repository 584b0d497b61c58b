//! How far a claim has come: bodies that begin, say that they live, and end.

use super::{Tx, millis};
use crate::domain::audit::{AuditEvent, AuditKind};
use crate::domain::claim::{
    BODY_SILENT, Begun, Claim, Coverage, IN_BUFFERS, Part, Reading, WHOLES_AT_MOST, again_at_most,
    step_back,
};
use crate::domain::ids::LinkId;
use anyhow::Context;
use sqlx::Row;

pub(super) struct Beginning {
    pub claim: Claim,
    pub holder: String,
    pub reading: Reading,
    pub from: i64,
    pub now: jiff::Timestamp,
}

/// Before the first byte leaves: from here on the download counts, and stays with
/// its holder.
const BEGIN_ANYWHERE: &str = "UPDATE claim
     SET fetches = fetches + 1, started_at = COALESCE(started_at, $3), touched_at = $3
     WHERE id = $1 AND holder = $2 AND state <> 'released'
       AND EXISTS (SELECT 1 FROM link WHERE link.id = claim.link AND revoked_at IS NULL)
     RETURNING fetches";

/// In order: from where the last body ended, or a step back; what leaves more than
/// once is counted, for the claim's whole life. Of a body whose gateway is gone nobody
/// knows the end: its reader does.
const BEGIN_IN_ORDER: &str = "UPDATE claim
     SET fetches = fetches + 1, running = fetches + 1, started_at = COALESCE(started_at, $3),
         touched_at = $3, handed = CASE WHEN $4 > handed THEN $4 ELSE handed END,
         again = again + CASE WHEN $4 < peak THEN peak - $4 ELSE 0 END,
         peak = CASE WHEN $4 > peak THEN $4 ELSE peak END
     WHERE id = $1 AND holder = $2 AND state <> 'released'
       AND EXISTS (SELECT 1 FROM link WHERE link.id = claim.link AND revoked_at IS NULL)
       AND $4 >= handed - $5 AND again + CASE WHEN $4 < peak THEN peak - $4 ELSE 0 END <= $7
       AND ((running = 0 AND $4 <= peak) OR (running <> 0 AND touched_at <= $6))
     RETURNING fetches";

/// Wholes, one after the other, until one has left to its end.
const BEGIN_WHOLE: &str = "UPDATE claim
     SET fetches = fetches + 1, running = fetches + 1, started_at = COALESCE(started_at, $3),
         touched_at = $3
     WHERE id = $1 AND holder = $2 AND state IN ('open', 'broken') AND fetches < $4
       AND EXISTS (SELECT 1 FROM link WHERE link.id = claim.link AND revoked_at IS NULL)
       AND (running = 0 OR touched_at <= $5)
     RETURNING fetches";

impl Beginning {
    pub(super) async fn run(&self, tx: &mut Tx) -> anyhow::Result<Begun> {
        let sql = match self.reading {
            Reading::Anywhere => BEGIN_ANYWHERE,
            Reading::InOrder => BEGIN_IN_ORDER,
            Reading::Whole => BEGIN_WHOLE,
        };
        let silent = millis(self.now) - BODY_SILENT.millis();
        let size = self.claim.file.size;
        let begin = sqlx::query(sql)
            .bind(self.claim.id.clone())
            .bind(self.holder.clone())
            .bind(millis(self.now));
        let begin = match self.reading {
            Reading::Anywhere => begin,
            Reading::InOrder => begin
                .bind(self.from)
                .bind(step_back(size))
                .bind(silent)
                .bind(again_at_most(size)),
            Reading::Whole => begin.bind(WHOLES_AT_MOST).bind(silent),
        };
        let begun = begin.fetch_all(&mut **tx).await?;
        match (begun.first(), self.reading) {
            (Some(row), _) => Ok(Begun::Body(row.try_get(0)?)),
            (None, Reading::Anywhere) => Ok(Begun::Closed),
            (None, Reading::InOrder | Reading::Whole) => self.why_not(tx).await,
        }
    }

    async fn why_not(&self, tx: &mut Tx) -> anyhow::Result<Begun> {
        let row = sqlx::query(
            "SELECT handed, running, again, peak, fetches, state FROM claim
             WHERE id = $1 AND holder = $2 AND state <> 'released'
               AND EXISTS (SELECT 1 FROM link WHERE link.id = claim.link AND revoked_at IS NULL)",
        )
        .bind(self.claim.id.clone())
        .bind(self.holder.clone())
        .fetch_optional(&mut **tx)
        .await?;
        let Some(row) = row else {
            return Ok(Begun::Closed);
        };
        let (handed, running): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        let (again, peak): (i64, i64) = (row.try_get(2)?, row.try_get(3)?);
        let size = self.claim.file.size;
        let whole = self.reading == Reading::Whole;
        let over = whole
            && (row.try_get::<i64, _>(4)? >= WHOLES_AT_MOST
                || row.try_get::<String, _>(5)? == "completed");
        if over {
            return Ok(Begun::Closed);
        }
        let twice = again + (peak - self.from).max(0) > again_at_most(size);
        if !whole && (running == 0 || twice || self.from < handed - step_back(size)) {
            return Ok(Begun::OutOfOrder { handed });
        }
        // Its gateway sees that at the next beat, stops, and says how far it came.
        sqlx::query("UPDATE claim SET running = -1 WHERE id = $1 AND running > 0")
            .bind(self.claim.id.clone())
            .execute(&mut **tx)
            .await?;
        Ok(Begun::Busy)
    }
}

/// A body that runs says so, and hears whether it may go on.
pub(super) struct Beating {
    pub claim: String,
    pub link: LinkId,
    pub reading: Reading,
    pub number: i64,
    pub handed: i64,
    pub now: jiff::Timestamp,
}

impl Beating {
    pub(super) async fn run(&self, tx: &mut Tx) -> anyhow::Result<bool> {
        let alive = sqlx::query(
            "UPDATE claim SET touched_at = $2,
                    handed = CASE WHEN $3 = 1 AND $4 - $6 > handed THEN $4 - $6 ELSE handed END,
                    peak = CASE WHEN $3 = 1 AND $4 > peak THEN $4 ELSE peak END
             WHERE id = $1 AND ($3 = 0 OR running = $5)
               AND EXISTS (SELECT 1 FROM link WHERE link.id = claim.link AND revoked_at IS NULL)",
        )
        .bind(self.claim.clone())
        .bind(millis(self.now))
        .bind(i64::from(self.reading.one_at_a_time()))
        .bind(self.handed)
        .bind(self.number)
        .bind(IN_BUFFERS)
        .execute(&mut **tx)
        .await?;
        Ok(alive.rows_affected() == 1)
    }
}

/// A body ended: with all that it was to give, or broken off.
pub(super) struct Ending {
    pub claim: Claim,
    pub holder: String,
    pub reading: Reading,
    /// 0: it never began.
    pub number: i64,
    /// What was handed to the connection.
    pub part: Part,
    pub failure: Option<String>,
    pub now: jiff::Timestamp,
}

struct Was {
    state: String,
    handed: i64,
    peak: i64,
    covered: Coverage,
    fetches: i64,
    running: i64,
}

impl Ending {
    pub(super) async fn run(
        &self,
        tx: &mut Tx,
        events: &mut Vec<(AuditEvent, jiff::Timestamp)>,
    ) -> anyhow::Result<()> {
        let Some(was) = self.lock(tx).await? else {
            return Ok(());
        };
        let began = self.number > 0;
        // Another body of the same claim may be on its way: then it is not for us
        // to give anything back.
        let alone = was.fetches <= i64::from(began);
        if self.part.is_empty() && self.failure.is_some() && was.state == "open" && alone {
            self.release(tx).await?;
            let detail = format!("file {}, nothing handed out", self.claim.file.ordinal);
            self.say(events, AuditKind::Failed, detail);
            return Ok(());
        }
        // One that never began says nothing of those that did.
        match began {
            true => self.note(tx, was, events).await,
            false => Ok(()),
        }
    }

    /// One that has moved to another browser before it began is no longer ours.
    async fn lock(&self, tx: &mut Tx) -> anyhow::Result<Option<Was>> {
        let rows = sqlx::query(
            "UPDATE claim SET fetches = fetches
             WHERE id = $1 AND state <> 'released' AND holder = $2
             RETURNING state, handed, covered, fetches, running, peak",
        )
        .bind(self.claim.id.clone())
        .bind(self.holder.clone())
        .fetch_all(&mut **tx)
        .await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let covered: Option<String> = row.try_get(2)?;
        Ok(Some(Was {
            state: row.try_get(0)?,
            handed: row.try_get(1)?,
            covered: Coverage::of_store(&covered.unwrap_or_default()),
            fetches: row.try_get(3)?,
            running: row.try_get(4)?,
            peak: row.try_get(5)?,
        }))
    }

    async fn note(
        &self,
        tx: &mut Tx,
        mut was: Was,
        events: &mut Vec<(AuditEvent, jiff::Timestamp)>,
    ) -> anyhow::Result<()> {
        let size = self.claim.file.size;
        let peak = was.peak.max(self.part.until);
        // Of a body that broke off, its last bytes may never have left us.
        let sure = match self.failure {
            Some(_) => self.part.until - IN_BUFFERS,
            None => self.part.until,
        };
        let handed = was.handed.max(sure);
        was.covered.add(self.part);
        let (whole, bytes) = match self.reading {
            Reading::InOrder => (handed >= size, peak),
            Reading::Whole => (self.part.is_whole(size) && self.failure.is_none(), peak),
            Reading::Anywhere => (was.covered.is_whole(size), was.covered.bytes()),
        };
        let state = match was.state.as_str() {
            "completed" => "completed",
            _ if whole => "completed",
            "broken" => "broken",
            _ if self.failure.is_some() => "broken",
            _ => "open",
        };
        // A newer body goes on running.
        let running = match was.running {
            -1 => 0,
            running if running == self.number => 0,
            running => running,
        };
        sqlx::query(
            "UPDATE claim SET state = $2, handed = $3, covered = $4, running = $5, bytes = $6, touched_at = $7,
                              peak = $9, ended_at = CASE WHEN $8 = 1 THEN ended_at ELSE $7 END
             WHERE id = $1",
        )
        .bind(self.claim.id.clone())
        .bind(state)
        .bind(handed)
        .bind((self.reading == Reading::Anywhere).then(|| was.covered.stored()))
        .bind(running)
        .bind(bytes)
        .bind(millis(self.now))
        .bind(i64::from(was.state == "completed"))
        .bind(peak)
        .execute(&mut **tx)
        .await?;
        let detail = format!("file {}, {bytes} of {size} bytes", self.claim.file.ordinal);
        if state == "completed" && was.state != "completed" {
            self.say(events, AuditKind::Completed, detail);
        } else if state == "broken" && was.state == "open" {
            self.say(events, AuditKind::Failed, detail);
        }
        Ok(())
    }

    async fn release(&self, tx: &mut Tx) -> anyhow::Result<()> {
        let released = super::claims::release(tx, super::claims::RELEASE, &self.claim.id).await?;
        released.then_some(()).context("a locked claim changed")
    }

    fn say(
        &self,
        events: &mut Vec<(AuditEvent, jiff::Timestamp)>,
        kind: AuditKind,
        detail: String,
    ) {
        let why = self
            .failure
            .as_ref()
            .filter(|_| kind != AuditKind::Completed);
        let why = why.map(|why| format!("; {why}")).unwrap_or_default();
        let event = AuditEvent {
            kind,
            handoff: self.claim.handoff.clone(),
            link: Some(self.claim.link.to_string()),
            detail: format!("{detail}{why}"),
        };
        events.push((event, self.now));
    }
}

//! The course of a visit: what other messages did to it before, and what this
//! one does to what is staged or remembered. Cancellations, merges and
//! memories leave no handoff; doing one twice is doing it once.

use super::{Passage, identity};
use crate::adapters::sql::{NewMemory, Subject};
use crate::domain::channel::VisitMemory;
use crate::domain::facts::ClinicalFacts;
use crate::domain::measures::Span;
use crate::domain::memory::{self, Statement};
use crate::domain::outcome::{OrRemedy, Stage, StageError};
use crate::domain::thread::{self, Name};
use anyhow::Context;
use std::sync::Arc;

use super::rows::after;

/// A cancellation is known for as long as an identity: whatever comes later
/// than that is too old to be handed over anyway.
const GUARDED_FOR: Span = Span::hours(90 * 24);

/// What an event did besides handing over, for its sender to hear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    pub channel: String,
    pub what: String,
}

impl Passage<'_> {
    fn hashed(&self, name: Option<&Name>) -> Option<String> {
        name.map(|name| self.world.keys.index(name))
    }

    /// The moment the message was sent, in its sender's zone; its arrival where
    /// that was not said.
    pub(super) fn sent_at(&self) -> jiff::Timestamp {
        let sent = self.facts.sent.as_ref();
        let sent = sent.and_then(|at| at.instant(self.zone()));
        sent.unwrap_or_else(|| self.world.clock.now())
    }

    /// What the packet of this event is about.
    pub(super) fn subject(&self, content: Option<String>) -> Subject {
        let names = thread::names(&self.facts);
        Subject {
            visit: self.hashed(names.visit.as_ref()),
            patient: self.hashed(names.patient.as_ref()),
            thread: self.hashed(names.thread.as_ref()),
            sent_at: self.sent_at(),
            content,
        }
    }

    /// Until when the subject is guarded against a cancellation that passes it;
    /// `None` where the channel knows none.
    pub(super) fn guarded_until(&self) -> Option<jiff::Timestamp> {
        let guards = !self.channel.cancel_on.is_empty() || !self.channel.correct_on.is_empty();
        guards.then(|| after(self.world.clock.now(), GUARDED_FOR))
    }

    /// The threads whose packets this event replaces: its own, and the one that
    /// it names.
    pub(super) fn threads(&self) -> Vec<String> {
        let names = thread::names(&self.facts);
        [names.thread, names.replaces]
            .iter()
            .filter_map(|name| self.hashed(name.as_ref()))
            .collect()
    }

    /// Revokes what is staged for the visit (an ADT event) or the thread.
    pub(super) async fn cancel(&self) -> Result<Noted, StageError> {
        let names = thread::names(&self.facts);
        let about_visit = self.facts.event.starts_with("ADT^") || names.thread == names.visit;
        let wanted = if about_visit {
            vec![names.visit.clone()]
        } else {
            vec![names.thread, names.replaces]
        };
        let hashed: Vec<String> = wanted
            .iter()
            .filter_map(|name| self.hashed(name.as_ref()))
            .collect();
        if hashed.is_empty() {
            return Ok(self.noted("it names no visit: nothing could be cancelled".into()));
        }
        let now = self.world.clock.now();
        let (channel, event) = (self.channel.name(), self.facts.event.as_str());
        let keep_until = after(now, GUARDED_FOR);
        let store = &self.world.store;
        let hit = store
            .cancel(channel, &hashed, event, self.sent_at(), keep_until, now)
            .await
            .or_retry(Stage::Store)?;
        if self.ends_the_visit() {
            for visit in &hashed {
                let forgotten = store.forget_visit(channel, visit, self.sent_at()).await;
                forgotten.or_retry(Stage::Store)?;
            }
        }
        let opened = hit.iter().filter(|link| link.had_it).count();
        tracing::info!(
            channel.name = channel,
            event,
            links.revoked = hit.len(),
            links.opened = opened,
            "cancelled"
        );
        Ok(self.noted(format!(
            "cancelled: {} links revoked, {opened} of them had been opened",
            hit.len()
        )))
    }

    /// A cancelled admission never was; after a cancelled discharge the stay,
    /// and what is known of it, goes on.
    fn ends_the_visit(&self) -> bool {
        matches!(self.facts.event.as_str(), "ADT^A11" | "ADT^A38" | "ADT^A27")
    }

    /// What went by another number follows the one that survives.
    pub(super) async fn merge(&self) -> Result<Noted, StageError> {
        let names = thread::names(&self.facts);
        let merge = self.facts.merge.clone().unwrap_or_default();
        let mut moves: Vec<(Name, Name)> = Vec::new();
        if let Some(survivor) = &names.patient {
            let ended = merge.identifiers.iter();
            moves.extend(
                ended.map(|number| (thread::of_patient(&self.facts, number), survivor.clone())),
            );
        }
        if let (Some(ended), Some(visit)) = (thread::merged_visit(&self.facts), &names.visit) {
            moves.push((ended, visit.clone()));
        }
        let keys = &self.world.keys;
        let moves: Vec<(String, String)> = moves
            .iter()
            .map(|(from, to)| (keys.index(from), keys.index(to)))
            .filter(|(from, to)| from != to)
            .collect();
        let (channel, event) = (self.channel.name(), self.facts.event.as_str());
        let store = &self.world.store;
        let merging = store.merge_names(channel, &moves, event, self.world.clock.now());
        let moved = merging.await.or_retry(Stage::Store)?;
        Ok(self.noted(format!(
            "merged: {moved} handoffs go by the surviving number now"
        )))
    }

    /// Keeps what the message says, sealed, for the end of its visit.
    pub(super) async fn remember(&self, rule: &VisitMemory) -> Result<Option<Noted>, StageError> {
        let Some(statement) = memory::statement(&self.facts, &rule.facts) else {
            return Ok(None);
        };
        let names = thread::names(&self.facts);
        let Some(visit) = self.hashed(names.visit.as_ref()) else {
            let why = "it names no visit: nothing was remembered";
            return Ok(Some(self.noted(why.into())));
        };
        let now = self.world.clock.now();
        let id = identity::of_memory(&self.identities);
        let sealed = serde_json::to_vec(&statement)
            .context("writing a statement")
            .and_then(|said| self.world.keys.seal_record(&id, &said))
            .or_retry(Stage::Store)?;
        let new = NewMemory {
            id,
            channel: self.channel.name().to_owned(),
            visit,
            patient: self.hashed(names.patient.as_ref()),
            sent_at: self.sent_at(),
            sealed,
            expires_at: after(now, rule.keep),
        };
        self.world
            .store
            .remember(&new)
            .await
            .or_retry(Stage::Store)?;
        let (allergies, medications) = (statement.allergies.len(), statement.medications.len());
        Ok(Some(self.noted(format!(
            "remembered for the visit: {allergies} allergies, {medications} medications"
        ))))
    }

    /// The facts, filled from earlier messages where this one is silent.
    pub(super) async fn recalled(
        &self,
        rule: &VisitMemory,
    ) -> Result<Arc<ClinicalFacts>, StageError> {
        let names = thread::names(&self.facts);
        let Some(visit) = self.hashed(names.visit.as_ref()) else {
            return Ok(Arc::clone(&self.facts));
        };
        let now = self.world.clock.now();
        let store = &self.world.store;
        let rows = store
            .remembered(self.channel.name(), &visit, self.sent_at(), now)
            .await
            .or_retry(Stage::Store)?;
        let mut statements: Vec<Statement> = Vec::new();
        for row in &rows {
            let opened = self
                .world
                .keys
                .open_record(&row.id, &row.sealed)
                .and_then(|said| {
                    serde_json::from_slice(&said).map_err(|_| {
                        anyhow::anyhow!("this version cannot read what was remembered")
                    })
                });
            statements.push(opened.or_retry(Stage::Store)?);
        }
        let mut facts = ClinicalFacts::clone(&self.facts);
        memory::recall(&mut facts, &statements, &rule.facts);
        Ok(Arc::new(facts))
    }

    pub(super) fn noted(&self, what: String) -> Noted {
        Noted {
            channel: self.channel.name().to_owned(),
            what,
        }
    }
}

//! The course of a visit: what other messages did to it before, and what this
//! one does to what is staged or remembered. Cancellations, merges and
//! memories leave no handoff; doing one twice is doing it once.

use super::Passage;
use crate::adapters::sql::{Cancellation, MergedBy, Move, Names, Patient, Subject};
use crate::domain::facts::{Doubt, Format, Problem};
use crate::domain::measures::Span;
use crate::domain::outcome::{OrRemedy, Stage, StageError};
use crate::domain::thread::{self, Name};
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
    pub(super) fn hashed(&self, name: Option<&Name>) -> Option<String> {
        let hashed = self.world.keys.index(name?);
        let survivor = self.merged.iter().find(|(ended, _)| *ended == hashed);
        Some(survivor.map_or(hashed, |(_, survivor)| survivor.clone()))
    }

    /// A visit or a patient that was merged goes by the number that survived, even where a
    /// message still uses the old one.
    pub(super) async fn follow_merge(&mut self) -> Result<(), StageError> {
        if self.channel.merge_on.is_empty() {
            return Ok(());
        }
        let names = thread::names(&self.facts);
        let own = names.visit.iter().chain(&names.patient);
        for name in own.map(|name| self.world.keys.index(name)) {
            let store = &self.world.store;
            let survivor = store.survivor(self.channel.name(), &name).await;
            if let Some(survivor) = survivor.or_retry(Stage::Store)? {
                self.merged.push((name, survivor));
            }
        }
        Ok(())
    }

    /// The earliest moment at which the message can have been sent, in its
    /// sender's zone; its arrival where nothing was said. A packet must not
    /// slip past a cancellation because its time was told by the day.
    pub(super) fn sent_by(&self) -> jiff::Timestamp {
        let sent = self.facts.sent.as_ref();
        let moment = sent.and_then(|at| at.instant(self.zone()));
        let day = || {
            let date: jiff::civil::Date = sent?.date().parse().ok()?;
            Some(
                date.to_zoned_datetime(self.zone().clone())
                    .ok()?
                    .timestamp(),
            )
        };
        moment.or_else(day).unwrap_or(self.arrived)
    }

    /// The latest: a cancellation without a time of day means whatever was there.
    pub(super) fn sent_until(&self) -> jiff::Timestamp {
        let sent = self.facts.sent.as_ref();
        let moment = sent.and_then(|at| at.instant(self.zone()));
        moment.unwrap_or(self.arrived)
    }

    /// Whose visit it is, as the store knows them.
    pub(super) fn patient(&self) -> Patient {
        let names = thread::names(&self.facts);
        let mut numbers: Vec<String> = Vec::new();
        for name in names.patient.iter().map(|name| self.world.keys.index(name)) {
            let survivor = self.merged.iter().find(|(ended, _)| *ended == name);
            let also = survivor.map(|(_, all)| all.split_whitespace().map(str::to_owned));
            numbers.extend(also.into_iter().flatten());
            numbers.push(name);
        }
        Patient(numbers)
    }

    /// What the packet of this event is about.
    pub(super) fn subject(&self, content: Option<String>, filled: Vec<String>) -> Subject {
        let names = thread::names(&self.facts);
        Subject {
            visit: self.hashed(names.visit.as_ref()),
            patient: self.patient(),
            thread: self.hashed(names.thread.as_ref()),
            sent_at: self.sent_by(),
            content,
            filled,
        }
    }

    /// What people find the handoff by: tests, too, are about somebody.
    pub(super) fn names(&self) -> Names {
        let keys = &self.world.keys;
        let visit = thread::names(&self.facts).visit;
        let own = visit.as_ref().map(|name| keys.index(name));
        let surviving = self.hashed(visit.as_ref());
        let bare = thread::bare_visit(&self.facts).map(|name| keys.index(&name));
        let mut names = Names {
            patient: self.patient().0,
            visit: [own, surviving, bare].into_iter().flatten().collect(),
        };
        names.visit.dedup();
        names
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
    pub(super) async fn cancel(&self) -> Result<Result<Noted, Problem>, StageError> {
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
            return Ok(Err(self.nameless()));
        }
        let now = self.world.clock.now();
        let (channel, event) = (self.channel.name(), self.facts.event.as_str());
        let cancellation = Cancellation {
            channel,
            names: &hashed,
            patient: &self.patient(),
            event,
            sent_at: self.sent_until(),
            keep_until: after(now, GUARDED_FOR),
        };
        let store = &self.world.store;
        let cancelled = store.cancel(&cancellation, now).await;
        let cancelled = cancelled.or_retry(Stage::Store)?;
        if self.ends_the_visit() {
            for visit in &hashed {
                let forgotten = store
                    .forget_visit(channel, visit, self.sent_until(), &self.world.ledger, now)
                    .await;
                forgotten.or_retry(Stage::Store)?;
            }
        }
        let hit = &cancelled.hit;
        let opened = hit.iter().filter(|link| link.had_it).count();
        tracing::info!(
            channel.name = channel,
            event,
            links.revoked = hit.len(),
            links.opened = opened,
            "cancelled"
        );
        let mut said = format!(
            "cancelled: {} links revoked, {opened} of them had been opened",
            hit.len()
        );
        if cancelled.strangers > 0 {
            tracing::error!(
                channel.name = channel,
                event,
                handoffs = cancelled.strangers,
                "a cancellation names a visit number of another patient; theirs was left alone"
            );
            said.push_str(&format!(
                "; {} packets under the same number are about another patient and were left alone",
                cancelled.strangers
            ));
        }
        Ok(Ok(self.noted(said)))
    }

    /// What it would cancel, correct or merge cannot be told: a person must look.
    pub(super) fn nameless(&self) -> Problem {
        let at = match self.facts.format {
            Format::Hl7V2 => "PV1-19",
            Format::Fhir => "Encounter.identifier",
            Format::Cda => "/ClinicalDocument/id",
        };
        Problem::new(
            at,
            "the event names no visit, referral or document: what it changes cannot be told",
        )
    }

    /// A correction that came before what it corrects.
    pub(super) async fn note_correction(&self) -> Result<(), StageError> {
        let keep_until = after(self.world.clock.now(), GUARDED_FOR);
        let (channel, event) = (self.channel.name(), self.facts.event.as_str());
        let store = &self.world.store;
        store
            .note_correction(channel, &self.threads(), event, self.sent_by(), keep_until)
            .await
            .or_retry(Stage::Store)
    }

    /// The event that corrected the same and was sent later than this message.
    pub(super) async fn corrected_since(&self) -> Result<Option<String>, StageError> {
        let store = &self.world.store;
        store
            .corrected_since(self.channel.name(), &self.threads(), self.sent_by())
            .await
            .or_retry(Stage::Store)
    }

    /// Says on the packet that a newer message about the same came before it.
    pub(super) async fn doubt_overtaken(&mut self) -> Result<(), StageError> {
        if let Some(event) = self.corrected_since().await? {
            let why = format!("a later {event} came before this message and is not in this packet");
            Arc::make_mut(&mut self.facts)
                .doubts
                .push(Doubt::new("visit", why));
        }
        Ok(())
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
        let keys = &self.world.keys;
        let survivor = self.patient();
        let mut moves: Vec<Move> = Vec::new();
        if !survivor.0.is_empty() {
            let ended = merge.identifiers.iter();
            let ended = ended.map(|number| {
                let [unique, _] = thread::of_patient(&self.facts, number);
                Move::Patient(keys.index(&unique), survivor.clone())
            });
            moves.extend(ended);
        }
        if let (Some(ended), Some(visit)) = (thread::merged_visit(&self.facts), &names.visit)
            && ended != *visit
        {
            let bare = thread::bare_visit(&self.facts).map(|name| keys.index(&name));
            moves.push(Move::Visit(keys.index(&ended), keys.index(visit), bare));
        }
        let (channel, event) = (self.channel.name(), self.facts.event.as_str());
        let store = &self.world.store;
        let now = self.world.clock.now();
        let by = MergedBy {
            event,
            sent_at: self.sent_until(),
            keep_until: after(now, GUARDED_FOR),
        };
        let merging = store.merge_names(channel, &moves, &by, now);
        let moved = merging.await.or_retry(Stage::Store)?;
        Ok(self.noted(format!(
            "merged: {moved} handoffs go by the surviving number now"
        )))
    }

    pub(super) fn noted(&self, what: String) -> Noted {
        Noted {
            channel: self.channel.name().to_owned(),
            what,
        }
    }
}

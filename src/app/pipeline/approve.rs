//! A person lets a held event go: it is read and judged again by the rules of
//! today, and what leaves takes its place in one transaction. What is not for real
//! life, and whose identity is another's, nobody can let go.

use super::commit::{self, Written};
use super::decide::{Decision, MOVES, keeps_moving};
use super::{Incoming, OutcomeKind, Passage, door, identity, read_body, several_refused};
use crate::adapters::sql::{Approves, HeldEvent, HeldState};
use crate::adapters::telemetry;
use crate::app::world::World;
use crate::domain::audit::{AuditEvent, AuditKind};
use crate::domain::facts::ClinicalFacts;
use crate::domain::for_real::NotForReal;
use crate::domain::ids::HandoffId;
use crate::domain::outcome::{OrRemedy, Stage, StageError};
use crate::domain::sensitive::Verdict;
use crate::domain::thread;
use crate::domain::waiting::{self, Ground, Waiting};
use crate::domain::wishes::Wishes;
use futures_util::TryStreamExt;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use tracing::Instrument;

/// Who lets an event go, and what they say to it.
#[derive(Debug, Clone, Default)]
pub struct Approval {
    /// The caller's name; the account of the operating system.
    pub who: String,
    pub reason: Option<String>,
    /// What the patient consented to: 42 CFR 2.32(b).
    pub consent_scope: Option<String>,
}

/// The longest reason: the audit keeps it for years.
const LONGEST_REASON: usize = 1_000;
/// The longest scope of a consent: half a page of the packet.
const LONGEST_SCOPE: usize = 2_000;

impl Approval {
    /// As it was typed; what says nothing is nothing. Too long a text is refused,
    /// never cut: half a scope is another one.
    pub fn new(
        who: String,
        reason: Option<&str>,
        consent_scope: Option<&str>,
    ) -> Result<Self, String> {
        Ok(Self {
            who,
            reason: text(reason, LONGEST_REASON, "a reason")?,
            consent_scope: text(consent_scope, LONGEST_SCOPE, "a consent's scope")?,
        })
    }
}

/// One line of text: the audit and the packet print it as it is.
fn text(typed: Option<&str>, longest: usize, what: &str) -> Result<Option<String>, String> {
    let words: Vec<&str> = typed.unwrap_or_default().split_whitespace().collect();
    let line: String = words
        .join(" ")
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    match line.chars().count() {
        0 => Ok(None),
        length if length > longest => Err(format!("{what} takes {longest} characters at most")),
        _ => Ok(Some(line)),
    }
}

/// What came of it.
#[derive(Debug)]
pub enum Approved {
    HandedOver {
        handoff: HandoffId,
        reference: Value,
    },
    /// There is no such event.
    Unknown,
    /// It waits no more: why, and what it became.
    Over(String),
    /// The rules of today hold it for a reason that the approver was not told.
    Again(String),
    /// Nobody may let it go, or not so: what to do instead.
    Refused(String),
}

/// An approval on its way: what it is about, and how far it reaches.
pub(super) struct Approving<'a> {
    pub held: &'a HandoffId,
    approval: &'a Approval,
    grounds: BTreeSet<Ground>,
}

impl Approving<'_> {
    pub fn consent_scope(&self) -> Option<&str> {
        self.approval.consent_scope.as_deref()
    }

    /// The held event's end, for the audit: who, why, and what it became.
    pub fn approves(&self, became: &HandoffId) -> Approves {
        let Approval { who, reason, .. } = self.approval;
        let reason = reason.as_deref().unwrap_or("none given");
        let grounds = waiting::stored(&self.grounds);
        Approves {
            held: self.held.clone(),
            audit: AuditEvent {
                kind: AuditKind::Approved,
                handoff: self.held.to_string(),
                link: None,
                detail: format!("by {who}, as {became}; held for: {grounds}; reason: {reason}"),
            },
        }
    }
}

/// Lets a held event go.
pub async fn approve(
    world: &Arc<World>,
    held: &HandoffId,
    approval: &Approval,
) -> Result<Approved, StageError> {
    let now = world.clock.now();
    let found = world.store.held_event(held, now).await;
    let Some(event) = found.or_retry(Stage::Store)? else {
        return Ok(Approved::Unknown);
    };
    if let Some(over) = over(&event) {
        return Ok(Approved::Over(over));
    }
    let Some(grounds) = event.grounds.clone() else {
        let why = "an earlier version of Handoff held it and kept too little: have it sent again";
        return Ok(Approved::Refused(why.into()));
    };
    if let Some(never) = waiting::never(&grounds) {
        return Ok(Approved::Refused(format!("{}: {never}", event.why)));
    }
    let approving = Approving {
        held,
        approval,
        grounds,
    };
    again(world, &event, &approving).await
}

fn over(event: &HeldEvent) -> Option<String> {
    match &event.state {
        HeldState::Waiting => None,
        HeldState::Over => Some("it was discarded or cancelled, or its time is over".into()),
        HeldState::Became(id) => Some(format!("it was approved already, as handoff {id}")),
        HeldState::NeverHeld => Some("this handoff is not held; it was handed over".into()),
    }
}

/// Reads it anew, as it came.
async fn again(
    world: &Arc<World>,
    held: &HeldEvent,
    approving: &Approving<'_>,
) -> Result<Approved, StageError> {
    let gone = || {
        Approved::Refused("what it needs to go on is not there any more: have it sent again".into())
    };
    let (Some(sealed), Some(body)) = (&held.sealed_door, &held.body) else {
        return Ok(gone());
    };
    let mut channels = world.channels.iter();
    let Some(channel) = channels.find(|channel| channel.name() == held.channel) else {
        let why = format!("there is no channel {} any more", held.channel);
        return Ok(Approved::Refused(why));
    };
    let door = door::opened(world, &held.id, sealed).or_dead_letter(Stage::Read)?;
    let opening = world.staging.open_held(&world.keys, body).await;
    let pieces = opening.or_retry(Stage::Stage)?;
    let pieces: Vec<bytes::Bytes> = pieces.try_collect().await.or_retry(Stage::Stage)?;
    let event = door.event(pieces.concat().into());
    let wishes = Wishes {
        split_patients: door.split_patients,
        ..channel.wishes()
    };
    let reading = read_body(world, &event, wishes).await?;
    let mut messages = reading.messages.into_iter();
    let is_it =
        |facts: &ClinicalFacts| facts.ordinal == door.ordinal && same(world, &event, held, facts);
    let Some(facts) = messages.find(is_it) else {
        return Ok(gone());
    };
    let span = tracing::info_span!("approve", handoff.id = %held.id, channel.name = channel.name());
    telemetry::continue_trace(&span, event.trace_parent.as_deref());
    let passage = Passage {
        world,
        event: &event,
        channel,
        identities: identity::identities(&event, channel, &facts),
        body_sha256: identity::body_digest(&event, &facts),
        split_patients: door.split_patients,
        facts: Arc::new(facts),
        merged: Vec::new(),
        arrived: held.arrived,
        verdict: Verdict::default(),
        approval: Some(approving),
    };
    passage.approved().instrument(span).await
}

/// Whether a message that was read anew is the one that was held.
fn same(world: &World, event: &Incoming, held: &HeldEvent, facts: &ClinicalFacts) -> bool {
    let names = thread::names(facts).patient;
    let numbers: Vec<String> = names.iter().map(|name| world.keys.index(name)).collect();
    held.is_of(&identity::body_digest(event, facts), &numbers)
}

impl Passage<'_> {
    /// The rest of the walk, with a person's word.
    async fn approved(mut self) -> Result<Approved, StageError> {
        let refused = |why: &str| Ok(Approved::Refused(why.to_owned()));
        let meaning = self.channel.meaning(&self.facts);
        if !self.facts.patient.is_somebody() || several_refused(self.channel, &self.facts) {
            return refused("by the rules of today no packet is made of it: see `handoff read`");
        }
        self.follow_merge().await?;
        let world = Arc::clone(self.world);
        let _turn = world.turns.of(&self.threads()).await;
        let training = self.not_for_real() == Some(NotForReal::ProcessingId);
        let corrects = meaning.corrects && !training;
        if !meaning.wanted && !corrects {
            return refused("its channel does not want such an event any more");
        }
        if meaning.wanted && self.channel.finds_nothing_in(&self.facts) {
            return refused("its channel hands over documents, and none came with it");
        }
        if self.corrected_since().await?.is_some() {
            return refused(
                "a later message corrected it: have that one sent again, then discard this",
            );
        }
        let memory = self.channel.visit_memory.as_ref();
        if let Some(rule) = memory.filter(|_| !training) {
            self.facts = self.recalled(rule).await?;
        }
        self.look(meaning.wanted).await?;
        for _ in 0..MOVES {
            let (waiting, test, correction) = match self.decide(meaning.wanted, corrects).await? {
                Decision::Nothing => {
                    return refused("nothing is staged any more that it could correct");
                }
                Decision::Unchanged(before) => {
                    let why = format!("handoff {before} says the same already: discard this one");
                    return Ok(Approved::Refused(why));
                }
                Decision::Packet {
                    waiting,
                    test,
                    correction,
                } => (waiting, test, correction),
            };
            if let Some(refused) = self.not_covered(waiting).await? {
                return Ok(refused);
            }
            match commit::hand_over(&self, test, correction).await? {
                Written::New(outcome) => return Ok(self.done(outcome)),
                Written::Moved => {}
                Written::NotHeld => return Ok(Approved::Over("somebody else was faster".into())),
                Written::Cancelled(event) => {
                    let why = format!("what it is about was cancelled by {event}: discard it");
                    return Ok(Approved::Refused(why));
                }
                Written::Known(known) => {
                    let why = format!("its event is known as handoff {}", known.id);
                    return Ok(Approved::Over(why));
                }
            }
        }
        Err(keeps_moving()).or_retry(Stage::Store)
    }

    /// An approval lets go what its approver was told of, and no more. What holds it
    /// today is written down for the next one.
    async fn not_covered(&self, waiting: Option<Waiting>) -> Result<Option<Approved>, StageError> {
        let (Some(waiting), Some(approving)) = (waiting, self.approval) else {
            return Ok(None);
        };
        if let Some(never) = waiting::never(&waiting.grounds) {
            return Ok(Some(Approved::Refused(format!("{}: {never}", waiting.why))));
        }
        if !waiting.grounds.is_subset(&approving.grounds) {
            let store = &self.world.store;
            let now = self.world.clock.now();
            let told = store.wait_on(approving.held, &waiting, now).await;
            return Ok(Some(match told.or_retry(Stage::Store)? {
                true => Approved::Again(waiting.why),
                false => Approved::Over("it waits no more".into()),
            }));
        }
        if self.verdict.lacks_consent() {
            let why = "it holds records under 42 CFR Part 2, which leave with a clear explanation of the consent's scope (42 CFR 2.32(b)): give the consent scope with the approval";
            return Ok(Some(Approved::Refused(why.into())));
        }
        Ok(None)
    }

    fn done(&self, outcome: super::Outcome) -> Approved {
        self.world.errands.notify_waiters();
        tracing::info!(handoff.id = %outcome.handoff, "approved and handed over");
        match outcome.kind {
            OutcomeKind::Created(reference) => Approved::HandedOver {
                handoff: outcome.handoff,
                reference,
            },
            _ => Approved::Over("it was handed over already".into()),
        }
    }
}

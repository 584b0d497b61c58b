//! THE WALK of a message. Read this file first.
//!
//! body → read → facts, doubts → each channel that wants them: known already?
//! for real life? sensitive? → packet → rendered → sealed and staged → one
//! transaction (inbox mark, links, outbox, audit) → what to answer.

mod answers;
mod approve;
mod commit;
mod course;
mod decide;
mod door;
mod errands;
mod guarded;
mod identity;
mod known;
mod packets;
mod reference;
mod reissue;
mod remembering;
mod render;
mod rows;
mod stage;
mod whose;

use super::world::World;
use crate::adapters::sql::NewErrand;
use crate::adapters::telemetry;
use crate::domain::channel::{Channel, Meaning, SeveralPatients};
use crate::domain::facts::{ClinicalFacts, Format, Problem, Reading};
use crate::domain::for_real::NotForReal;
use crate::domain::ids::HandoffId;
use crate::domain::outcome::{OrRemedy, Stage, StageError};
use crate::domain::sensitive::Verdict;
use crate::domain::wishes::Wishes;
use crate::formats::read;
use serde_json::Value;
use std::sync::Arc;
use tracing::Instrument;

use approve::Approving;

pub use answers::{ended_answer, held_answer, noted_answer, unreadable_answer, unwanted_answer};
pub use approve::{Approval, Approved, approve};
pub use course::Noted;
pub use door::door_record;
pub use errands::{Way, bare_answers};
pub use guarded::walk_guarded;
pub use packets::{packet_of, verdict_of};
pub use reference::{Kept, filled_reference, kept_reference};
pub use reissue::{NewLinkMade, Reissuing, reissue};
pub use render::{RenderedFile, render};
pub(super) use rows::after;
pub use rows::{code_record, passcode_record, security_record};
pub(super) use stage::{give_up, stage_bytes};
pub use whose::{Whose, whose};

/// An event as it came in, whatever the door.
#[derive(Debug, Clone, Default)]
pub struct Incoming {
    pub body: Arc<[u8]>,
    pub content_type: Option<String>,
    /// AMQP `message_id`, HTTP `Idempotency-Key`.
    pub transport_id: Option<String>,
    pub correlation_id: Option<String>,
    /// AMQP `reply_to`; HTTP callers are answered on their own connection.
    pub reply_to: Option<String>,
    pub trace_parent: Option<String>,
}

impl Incoming {
    /// AMQP's custom: a request without a correlation id is answered by its
    /// message id.
    fn correlation(&self) -> Option<String> {
        self.correlation_id
            .clone()
            .or_else(|| self.transport_id.clone())
    }
}

/// What became of one event.
#[derive(Debug, Default)]
pub struct Walked {
    /// One for each message and channel that wanted it.
    pub outcomes: Vec<Outcome>,
    /// What was cancelled, merged or remembered.
    pub noted: Vec<Noted>,
    /// Parts of the body that could not be read: to be parked.
    pub problems: Vec<Problem>,
}

#[derive(Debug)]
pub struct Outcome {
    pub channel: String,
    pub handoff: HandoffId,
    pub kind: OutcomeKind,
    /// Answers still to be given to a repeat; those to a new event were written
    /// with it.
    again: Vec<NewErrand>,
}

#[derive(Debug)]
pub enum OutcomeKind {
    /// The DocumentReference, links filled in.
    Created(Value),
    /// Known already: the same reference as the first time, or that it has ended.
    Repeated(Value),
    /// Waits for a person.
    Held(String),
    /// Its identity belongs to another body: kept, and waits for a person.
    Conflict,
}

/// One message on its way through one channel.
pub(super) struct Passage<'a> {
    world: &'a Arc<World>,
    event: &'a Incoming,
    channel: &'a Arc<Channel>,
    facts: Arc<ClinicalFacts>,
    identities: Vec<String>,
    body_sha256: String,
    /// Whether the body was read for each of its patients, whoever asked for that.
    split_patients: bool,
    /// Names of the visit and the patient, and what a merge left standing for them.
    merged: Vec<(String, String)>,
    /// When the event came.
    arrived: jiff::Timestamp,
    /// What of it is sensitive; nothing until it was looked at.
    verdict: Verdict,
    /// A person's word for a held event.
    approval: Option<&'a Approving<'a>>,
}

/// Takes an event through every one of these channels that wants it.
pub async fn walk(
    world: &Arc<World>,
    event: &Incoming,
    channels: &[Arc<Channel>],
) -> Result<Walked, StageError> {
    let span = tracing::info_span!("message", message.bytes = event.body.len());
    telemetry::continue_trace(&span, event.trace_parent.as_deref());
    through(world, event, channels).instrument(span).await
}

async fn through(
    world: &Arc<World>,
    event: &Incoming,
    channels: &[Arc<Channel>],
) -> Result<Walked, StageError> {
    let wishes = channels
        .iter()
        .map(|channel| channel.wishes())
        .fold(Wishes::default(), Wishes::and);
    let split_patients = wishes.split_patients;
    let reading = read_body(world, event, wishes).await?;
    let mut walked = Walked {
        problems: reading.problems,
        ..Walked::default()
    };
    for facts in reading.messages {
        if !facts.patient.is_somebody() {
            walked.problems.push(facts.nobody());
            continue;
        }
        let facts = Arc::new(facts);
        for channel in channels {
            let meaning = channel.meaning(&facts);
            if meaning.is_nothing() {
                continue;
            }
            if several_refused(channel, &facts) {
                walked.problems.push(several_patients());
                continue;
            }
            if meaning.wanted && channel.finds_nothing_in(&facts) {
                walked.problems.push(no_document(&facts));
                continue;
            }
            let passage = Passage {
                world,
                event,
                channel,
                facts: Arc::clone(&facts),
                identities: identity::identities(event, channel, &facts),
                body_sha256: identity::body_digest(event, &facts),
                split_patients,
                merged: Vec::new(),
                arrived: world.clock.now(),
                verdict: Verdict::default(),
                approval: None,
            };
            passage.pass(meaning, &mut walked).await?;
        }
    }
    // Each of several patients was refused for the same reason: it is one.
    walked.problems.dedup();
    // Once for the whole body: a walk that is tried again answers nobody twice.
    let again: Vec<NewErrand> = walked
        .outcomes
        .iter_mut()
        .flat_map(|outcome| outcome.again.drain(..))
        .collect();
    if !again.is_empty() {
        world
            .store
            .enqueue(&again, world.clock.now())
            .await
            .or_retry(Stage::Store)?;
    }
    world.errands.notify_waiters();
    for problem in &walked.problems {
        let said = world.hush.said("a message could not be read", &problem.why);
        if said.aloud {
            tracing::warn!(
                at = problem.at,
                why = problem.why,
                "a message could not be read"
            );
        }
    }
    Ok(walked)
}

/// Parsing a large body is work for a thread of its own.
async fn read_body(world: &World, event: &Incoming, wishes: Wishes) -> Result<Reading, StageError> {
    let span = tracing::info_span!("read");
    let body = event.body.clone();
    let content_type = event.content_type.clone();
    let reading = on_a_processor(world, move || {
        read::read(&body, content_type.as_deref(), &wishes)
    });
    reading.instrument(span).await.or_dead_letter(Stage::Read)
}

/// On a thread of its own, when a processor is free.
async fn on_a_processor<T: Send + 'static>(
    world: &World,
    work: impl FnOnce() -> T + Send + 'static,
) -> anyhow::Result<T> {
    let place = world.bounds.processor().await;
    let working = tokio::task::spawn_blocking(move || {
        // Held until the work is done, whoever has given up waiting for it.
        let _place = place;
        work()
    });
    working.await.map_err(defect)
}

/// A `JoinError` quotes the panic, and the panic may quote the message.
fn defect(_: tokio::task::JoinError) -> anyhow::Error {
    anyhow::anyhow!("a defect in Handoff: it panicked over this message")
}

/// A body about several patients, and a channel that wants no such.
fn several_refused(channel: &Channel, facts: &ClinicalFacts) -> bool {
    facts.patients_in_source > 1 && channel.trigger.several_patients == SeveralPatients::Refuse
}

fn several_patients() -> Problem {
    Problem::new(
        "Bundle",
        "it is about several patients, and the channel does not ask to split it (several-patients)",
    )
}

fn no_document(facts: &ClinicalFacts) -> Problem {
    let at = match facts.format {
        Format::Hl7V2 => "OBX",
        Format::Fhir => "Bundle.entry",
        Format::Cda => "/ClinicalDocument/component",
    };
    Problem::new(
        at,
        "the channel hands over the documents of an event, and none came with this one",
    )
}

impl Passage<'_> {
    /// What happens to the visit first, then the packet. One event of a visit
    /// at a time, in the order they came.
    async fn pass(mut self, meaning: Meaning, walked: &mut Walked) -> Result<(), StageError> {
        self.follow_merge().await?;
        let world = Arc::clone(self.world);
        let _turn = world.turns.of(&self.threads()).await;
        let unreal = self.not_for_real();
        let training = unreal == Some(NotForReal::ProcessingId);
        let course = meaning.cancels || meaning.merges || meaning.remembered;
        if course && (training || unreal == Some(NotForReal::Future)) {
            let what = "what is not for real changes nothing about a visit";
            walked.noted.push(self.noted(what.into()));
        } else {
            self.note(meaning, walked).await?;
        }
        if !meaning.wanted && !meaning.corrects {
            return Ok(());
        }
        // A test takes nothing from what is for real, and replaces none of it.
        let memory = self.channel.visit_memory.as_ref();
        if let Some(rule) = memory.filter(|_| !training) {
            self.facts = self.recalled(rule).await?;
        }
        let corrects = meaning.corrects && !training;
        if !meaning.wanted && !corrects {
            let what = "what is not for real corrects nothing";
            walked.noted.push(self.noted(what.into()));
        } else if corrects && !meaning.wanted && self.threads().is_empty() {
            walked.problems.push(self.nameless());
        } else if let Some(outcome) = self.packet(meaning.wanted, corrects).await? {
            walked.outcomes.push(outcome);
        } else {
            let what = "nothing is staged that it could correct";
            walked.noted.push(self.noted(what.into()));
        }
        Ok(())
    }

    async fn note(&self, meaning: Meaning, walked: &mut Walked) -> Result<(), StageError> {
        let memory = self.channel.visit_memory.as_ref();
        if let Some(rule) = memory.filter(|_| meaning.remembered) {
            walked.noted.extend(self.remember(rule).await?);
        }
        if meaning.merges {
            walked.noted.push(self.merge().await?);
        }
        if meaning.cancels {
            match self.cancel().await? {
                Ok(noted) => walked.noted.push(noted),
                Err(problem) => walked.problems.push(problem),
            }
        }
        Ok(())
    }

    /// The zone of this sender's times that come without an offset.
    fn zone(&self) -> &jiff::tz::TimeZone {
        let own = self.channel.zone_of(&self.facts.sender);
        own.unwrap_or(&self.world.settings.zone)
    }

    fn outcome(&self, handoff: HandoffId, kind: OutcomeKind) -> Outcome {
        Outcome {
            channel: self.channel.name().to_owned(),
            handoff,
            kind,
            again: Vec::new(),
        }
    }
}

//! Events about something known already: repeats, other contents under a known
//! identity, corrections.

use super::errands::{self, Way};
use super::packets::packet_of;
use super::{
    Outcome, OutcomeKind, Passage, commit, ended_answer, filled_reference, held_answer, identity,
};
use crate::adapters::sql::{KnownHandoff, Predecessor};
use crate::domain::facts::ClinicalFacts;
use crate::domain::ids::HandoffId;
use crate::domain::outcome::{OrRemedy, Stage, StageError};
use crate::domain::waiting::{Ground, Waiting};

impl Passage<'_> {
    /// What is staged for the same visit, referral or document.
    pub(super) async fn predecessor(&self) -> Result<Option<Predecessor>, StageError> {
        let (content, _) = self.content().or_dead_letter(Stage::Render)?;
        let store = &self.world.store;
        let now = self.world.clock.now();
        store
            .predecessor(
                self.channel.name(),
                &self.threads(),
                &self.patient(),
                &content,
                now,
            )
            .await
            .or_retry(Stage::Store)
    }

    /// A keyed hash of all that the packet says, and which of its sections say
    /// something: a correction that changes nothing makes no second packet, and
    /// one that is silent on what is known must not wipe it.
    pub(super) fn content(&self) -> anyhow::Result<(String, Vec<String>)> {
        // Judged with its places: they say what a label is on.
        let facts = ClinicalFacts::clone(&self.facts).without_places();
        let packet = packet_of(&facts, self.channel, &self.verdict);
        Ok((self.world.keys.index(&[packet.said()?]), packet.filled()))
    }

    /// The packet would say what the one before it says.
    pub(super) async fn unchanged(&self, before: &HandoffId) -> Result<Outcome, StageError> {
        tracing::info!(channel.name = self.channel.name(), handoff.id = %before, "a correction that changes nothing of the packet");
        self.repeated(before).await
    }

    /// The same DocumentReference once more; of a handoff that has ended, that it has.
    async fn repeated(&self, known: &HandoffId) -> Result<Outcome, StageError> {
        let profile = self.channel.reply_profile();
        let reference = filled_reference(self.world, known, profile).await;
        let (answer, ended) = match reference.or_retry(Stage::Store)? {
            Some(reference) => (reference, false),
            None => (ended_answer(known).or_retry(Stage::Store)?, true),
        };
        let again = errands::answers(self, known, ended.then_some(&answer), Way::Reply);
        Ok(Outcome {
            again,
            ..self.outcome(known.clone(), OutcomeKind::Repeated(answer))
        })
    }

    /// A known identity: the same body is a repeat, another one is kept aside.
    pub(super) async fn again(&self, known: KnownHandoff) -> Result<Outcome, StageError> {
        if !known.same_body {
            return self.conflict(&known).await;
        }
        tracing::info!(channel.name = self.channel.name(), handoff.id = %known.id, "seen before");
        let Some(why) = known.held else {
            return self.repeated(&known.id).await;
        };
        let answer = held_answer(&known.id, &why).or_retry(Stage::Store)?;
        let again = errands::answers(self, &known.id, Some(&answer), Way::Reply);
        Ok(Outcome {
            again,
            ..self.outcome(known.id, OutcomeKind::Held(why))
        })
    }

    /// Message counters do get reset: never dropped, never guessed at.
    async fn conflict(&self, original: &KnownHandoff) -> Result<Outcome, StageError> {
        let own = identity::of_body(self.channel, &self.facts, &self.body_sha256);
        let twin = self
            .world
            .store
            .known(std::slice::from_ref(&own), &self.body_sha256)
            .await;
        if let Some(twin) = twin.or_retry(Stage::Store)? {
            return self.held_already(twin);
        }
        let why = format!(
            "its identity belongs to the handoff {} with another content",
            original.id
        );
        let waiting = Waiting::on(Ground::Conflict, why);
        let handoff = match commit::hold(self, vec![own], &waiting).await? {
            Ok(handoff) => handoff,
            Err(twin) => return self.held_already(twin),
        };
        tracing::error!(channel.name = self.channel.name(), handoff.id = %handoff, original.id = %original.id, "a known identity came with another content; held");
        Ok(self.outcome(handoff, OutcomeKind::Conflict))
    }

    /// This other content came before: its sender hears the same again.
    fn held_already(&self, twin: KnownHandoff) -> Result<Outcome, StageError> {
        let why = twin.held.clone().unwrap_or_default();
        let answer = held_answer(&twin.id, &why).or_retry(Stage::Store)?;
        let again = errands::answers(self, &twin.id, Some(&answer), Way::Reply);
        Ok(Outcome {
            again,
            ..self.outcome(twin.id, OutcomeKind::Conflict)
        })
    }
}

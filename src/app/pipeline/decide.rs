//! What becomes of a packet: decided by what is staged already, by what is for
//! real life, and by what is sensitive.

use super::rows::Correction;
use super::{Outcome, OutcomeKind, Passage, commit, packets};
use crate::app::pipeline::commit::Written;
use crate::domain::for_real::{NotForReal, not_for_real};
use crate::domain::ids::HandoffId;
use crate::domain::outcome::{OrRemedy, Stage, StageError};
use crate::domain::verify::{Verify, VerifyFallback, expected_birth_date};
use crate::domain::waiting::{Ground, Waiting};
use std::sync::Arc;

/// How often a correction is decided anew before its delivery is tried again.
pub(super) const MOVES: usize = 5;

pub(super) enum Decision {
    /// Nothing is staged that it could correct.
    Nothing,
    /// It would say what this packet says.
    Unchanged(HandoffId),
    /// A packet, unless it waits for a person.
    Packet {
        waiting: Option<Waiting>,
        test: Option<NotForReal>,
        correction: Option<Correction>,
    },
}

impl Passage<'_> {
    /// `None`: a correction of nothing. What is decided on may be another packet
    /// by the time of the commit; then it is decided anew.
    pub(super) async fn packet(
        &mut self,
        wanted: bool,
        corrects: bool,
    ) -> Result<Option<Outcome>, StageError> {
        self.look(wanted).await?;
        for _ in 0..MOVES {
            let store = &self.world.store;
            let known = store.known(&self.identities, &self.body_sha256).await;
            if let Some(known) = known.or_retry(Stage::Store)? {
                return self.again(known).await.map(Some);
            }
            let made = match self.decide(wanted, corrects).await? {
                Decision::Nothing => {
                    self.note_correction().await?;
                    return Ok(None);
                }
                Decision::Unchanged(before) => Some(self.unchanged(&before).await?),
                Decision::Packet {
                    waiting: Some(waiting),
                    ..
                } => Some(self.hold(&waiting).await?),
                Decision::Packet {
                    test, correction, ..
                } => self.hand_over(test, correction).await?,
            };
            if made.is_some() {
                return Ok(made);
            }
        }
        Err(keeps_moving()).or_retry(Stage::Store)
    }

    /// What must be known before anything is decided: whether a newer message came
    /// first, and what is sensitive.
    pub(super) async fn look(&mut self, wanted: bool) -> Result<(), StageError> {
        if wanted && !self.channel.correct_on.is_empty() {
            self.doubt_overtaken().await?;
        }
        let facts = Arc::clone(&self.facts);
        let channel = Arc::clone(self.channel);
        let codes = self.world.codes.clone();
        // Long texts are work for a thread of its own.
        let judging =
            tokio::task::spawn_blocking(move || packets::verdict_of(&facts, &channel, &codes));
        let judged = judging.await.map_err(super::defect);
        self.verdict = judged.or_dead_letter(Stage::Render)?;
        if let Some(scope) = self.approval.and_then(|approval| approval.consent_scope()) {
            self.verdict.consent_scope = Some(scope.to_owned());
        }
        Ok(())
    }

    pub(super) async fn decide(
        &self,
        wanted: bool,
        corrects: bool,
    ) -> Result<Decision, StageError> {
        let before = match corrects {
            true => self.predecessor().await?,
            false => None,
        };
        match &before {
            None if !wanted => return Ok(Decision::Nothing),
            Some(before) if before.sent_at > self.sent_by() => {
                let why = "a later event about the same was handed over already";
                return Ok(Decision::Packet {
                    waiting: Some(Waiting::on(Ground::Overtaken, why)),
                    test: None,
                    correction: None,
                });
            }
            Some(before) if before.same_content => {
                return Ok(Decision::Unchanged(before.id.clone()));
            }
            _ => {}
        }
        let silent = match &before {
            Some(before) => self.silent_on(&before.id, &before.filled)?,
            None => None,
        };
        let test = self.not_for_real();
        let unreal = test.filter(|_| self.channel.test_recipient.is_none());
        let unreal = unreal.map(|why| Waiting::on(Ground::NotForReal, why.why()));
        let reasons = [silent, unreal, self.sensitive(), self.unverifiable()]
            .into_iter()
            .flatten();
        let correction = corrects.then(|| Correction {
            replaces: before.map(|before| before.id),
        });
        Ok(Decision::Packet {
            waiting: reasons.reduce(Waiting::and),
            correction: correction.filter(|_| test.is_none()),
            test,
        })
    }

    /// A correction that says nothing about what an earlier packet says must not
    /// wipe it.
    fn silent_on(
        &self,
        before: &HandoffId,
        said: &[String],
    ) -> Result<Option<Waiting>, StageError> {
        let (_, filled) = self.content().or_dead_letter(Stage::Render)?;
        let silent: Vec<&String> = said.iter().filter(|name| !filled.contains(name)).collect();
        if silent.is_empty() {
            return Ok(None);
        }
        let names: Vec<&str> = silent.iter().map(|name| name.as_str()).collect();
        let why = format!(
            "it corrects the handoff {before}, and says nothing about what that one says: {}",
            names.join(", ")
        );
        let grounds = silent.into_iter().cloned().map(Ground::Silent).collect();
        Ok(Some(Waiting { grounds, why }))
    }

    fn sensitive(&self) -> Option<Waiting> {
        let why = self.verdict.why_held()?;
        let grounds = self.verdict.grounds().into_iter();
        Some(Waiting {
            grounds: grounds.map(Ground::Sensitive).collect(),
            why,
        })
    }

    /// People could not prove themselves with a birth date that did not come.
    fn unverifiable(&self) -> Option<Waiting> {
        let link = &self.channel.link;
        let holds = link.verify == Verify::BirthDate
            && link.verify_fallback == Some(VerifyFallback::Hold)
            && self.birth_date().is_none();
        let why = "people verify with a birth date here, and the event has no full one";
        holds.then(|| Waiting::on(Ground::NoBirthDate, why))
    }

    /// The patient's full date of birth as it is asked for.
    pub(super) fn birth_date(&self) -> Option<String> {
        let born = self.facts.patient.birth_date.as_ref()?;
        expected_birth_date(born.date())
    }

    /// As of the moment it came: a person who decides on Monday decides on what was
    /// for real on Friday.
    pub(super) fn not_for_real(&self) -> Option<NotForReal> {
        not_for_real(&self.facts, self.channel.max_age, self.zone(), self.arrived)
    }

    async fn hand_over(
        &self,
        test: Option<NotForReal>,
        correction: Option<Correction>,
    ) -> Result<Option<Outcome>, StageError> {
        match commit::hand_over(self, test, correction).await? {
            Written::New(outcome) => {
                tracing::info!(channel.name = self.channel.name(), handoff.id = %outcome.handoff, test = test.is_some(), "handed over");
                Ok(Some(outcome))
            }
            Written::Known(known) => self.again(known).await.map(Some),
            Written::Moved => Ok(None),
            Written::Cancelled(event) => {
                let why = format!("cancelled by {event} before it came");
                let waiting = Waiting::on(Ground::Cancelled, why);
                self.hold(&waiting).await.map(Some)
            }
            Written::NotHeld => {
                Err(anyhow::anyhow!("nothing was to be approved")).or_dead_letter(Stage::Store)
            }
        }
    }

    async fn hold(&self, waiting: &Waiting) -> Result<Outcome, StageError> {
        match commit::hold(self, self.identities.clone(), waiting).await? {
            Ok(handoff) => {
                let why = waiting.kinds();
                tracing::warn!(channel.name = self.channel.name(), handoff.id = %handoff, why, "held for a person");
                Ok(self.outcome(handoff, OutcomeKind::Held(waiting.why.clone())))
            }
            Err(known) => self.again(known).await,
        }
    }
}

pub(super) fn keeps_moving() -> anyhow::Error {
    anyhow::anyhow!("the packet it corrects keeps being replaced")
}

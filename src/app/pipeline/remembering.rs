//! What messages of a visit said before: kept sealed, and taken up again where
//! the last one is silent.

use super::course::Noted;
use super::rows::after;
use super::{Passage, identity};
use crate::adapters::sql::NewMemory;
use crate::domain::channel::VisitMemory;
use crate::domain::facts::{ClinicalFacts, Doubt};
use crate::domain::memory::{self, Statement};
use crate::domain::outcome::{OrRemedy, Stage, StageError};
use crate::domain::thread;
use anyhow::Context;
use std::sync::Arc;

impl Passage<'_> {
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
        let id = identity::of_memory(&self.identities, &self.body_sha256);
        let sealed = serde_json::to_vec(&statement)
            .context("writing a statement")
            .and_then(|said| self.world.keys.seal_record(&id, &said))
            .or_retry(Stage::Store)?;
        let new = NewMemory {
            id,
            channel: self.channel.name().to_owned(),
            visit,
            patient: self.patient(),
            sent_at: self.sent_by(),
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
        let remembered = store
            .remembered(
                self.channel.name(),
                &visit,
                &self.patient(),
                self.sent_until(),
                now,
            )
            .await
            .or_retry(Stage::Store)?;
        let mut statements: Vec<Statement> = Vec::new();
        let mut unreadable = 0;
        for row in &remembered.own {
            let opened = self.world.keys.open_record(&row.id, &row.sealed);
            let statement = opened
                .ok()
                .and_then(|said| serde_json::from_slice(&said).ok());
            match statement {
                Some(statement) => statements.push(statement),
                None => unreadable += 1,
            }
        }
        let mut facts = ClinicalFacts::clone(&self.facts);
        memory::recall(&mut facts, &statements, &rule.facts);
        if unreadable > 0 {
            tracing::error!(
                channel.name = self.channel.name(),
                messages = unreadable,
                "what was remembered of a visit cannot be opened"
            );
            let why = "what earlier messages of this visit said can no longer be read";
            facts.doubts.push(Doubt::new("visit", why));
        }
        if remembered.strangers > 0 {
            let why = "earlier messages under this visit number are about another patient; \
                       nothing was taken from them";
            facts.doubts.push(Doubt::new("visit", why));
        }
        Ok(Arc::new(facts))
    }
}

//! `handoff approve`: a person lets a held event go.

use super::operator::operator;
use super::say;
use crate::adapters::clock::Clock;
use crate::app::channels;
use crate::app::config::Settings;
use crate::app::pipeline::{self, Approval, Approved};
use crate::app::world::World;
use crate::domain::ids::HandoffId;
use anyhow::Context;
use clap::Args;
use serde_json::json;
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Args)]
pub(super) struct Approve {
    /// The held event's id, as `list` shows it.
    id: String,
    /// What the patient consented to: 42 CFR Part 2 wants it beside the records.
    /// It is printed in the packet and on its page.
    #[arg(long, value_name = "TEXT")]
    consent_scope: Option<String>,
    /// Kept in the audit; no patient data, please.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Print the DocumentReference.
    #[arg(long)]
    json: bool,
}

impl Approve {
    /// With the channels, which decide what leaves, and the broker's name, since
    /// the answer goes where the event asked.
    pub(super) async fn run(&self, settings: Settings) -> anyhow::Result<ExitCode> {
        let channels = channels::load(&settings.channels)?;
        let world = World::open(settings, channels, Clock::System).await?;
        self.let_go(&world, &operator()).await
    }

    async fn let_go(&self, world: &Arc<World>, who: &str) -> anyhow::Result<ExitCode> {
        let held = HandoffId::parse(&self.id)
            .context("this is no handoff's id; `handoff list` shows what waits")?;
        let (reason, scope) = (self.reason.as_deref(), self.consent_scope.as_deref());
        let approval = Approval::new(who.to_owned(), reason, scope).map_err(anyhow::Error::msg)?;
        match pipeline::approve(world, &held, &approval).await? {
            Approved::HandedOver { handoff, reference } => {
                match self.json {
                    true => say(serde_json::to_string_pretty(
                        &json!({"approved": held.as_str(), "handoff": handoff.as_str(), "reference": reference}),
                    )?),
                    false => say(format_args!("approved  {held}, handed over as {handoff}")),
                }
                Ok(ExitCode::SUCCESS)
            }
            Approved::Unknown => complain("there is no such handoff; `handoff list` shows them"),
            Approved::Over(why) => complain(&format!("nothing waits under that id: {why}")),
            Approved::Again(why) => complain(&format!(
                "not approved: by the rules of today it is held for another reason; {why}. Approve it again to let it go all the same"
            )),
            Approved::Refused(why) => complain(&format!("not approved: {why}")),
        }
    }
}

fn complain(why: &str) -> anyhow::Result<ExitCode> {
    eprintln!("error: {why}");
    Ok(ExitCode::FAILURE)
}

//! `handoff passcode`: for whoever must tell it by telephone. That it was shown is
//! in the audit before it is on the screen.

use super::operator::operator;
use super::say;
use crate::app::pipeline::passcode_record;
use crate::app::world::World;
use crate::domain::audit::{AuditEvent, AuditKind};
use crate::domain::ids::HandoffId;
use crate::domain::link::{Face, Link};
use crate::formats::owner_text::grouped;
use anyhow::Context;
use clap::Args;
use serde_json::json;
use std::process::ExitCode;

#[derive(Args)]
pub(super) struct Passcode {
    /// The handoff's id, as `list` shows it.
    handoff: String,
    #[arg(long)]
    json: bool,
}

impl Passcode {
    pub(super) async fn run(&self, world: &World) -> anyhow::Result<ExitCode> {
        let handoff = HandoffId::parse(&self.handoff)
            .context("this is no handoff's id; `handoff list` shows them")?;
        let links = world.store.links_of(handoff.as_str(), Face::People).await?;
        let mut shown = 0;
        for link in &links {
            // What is closed opens nothing any more.
            if link.refusal(world.clock.now()).is_some() {
                continue;
            }
            let Some(code) = show(world, link).await? else {
                continue;
            };
            shown += 1;
            let whose = link.recipient.as_ref().map_or("", |r| r.name.as_str());
            match self.json {
                true => {
                    say(json!({"link": link.id.as_str(), "recipient": whose, "passcode": code}))
                }
                false => say(format_args!("{}  {whose}  {}", grouped(&code), link.id)),
            }
        }
        if shown == 0 {
            eprintln!("no open link of this handoff has a passcode");
            return Ok(ExitCode::FAILURE);
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn show(world: &World, link: &Link) -> anyhow::Result<Option<String>> {
    let Some(sealed) = world.store.sealed_passcode(&link.id).await? else {
        return Ok(None);
    };
    let code = world
        .keys
        .open_record(&passcode_record(&link.id), &sealed)?;
    let code = std::str::from_utf8(&code).context("a passcode is damaged")?;
    let event = AuditEvent {
        kind: AuditKind::PasscodeShown,
        handoff: link.handoff.clone(),
        link: Some(link.id.to_string()),
        detail: format!("to {}", operator()),
    };
    world.store.audit(&event, world.clock.now()).await?;
    Ok(Some(code.to_owned()))
}

//! `handoff list`, `show`, `revoke`, `sweep` and `audit verify`.

use super::say;
use crate::adapters::sql::{HandoffSummary, RevokeScope, RevokedLink};
use crate::app::sweeper;
use crate::app::world::World;
use crate::domain::ids::{HandoffId, LinkId};
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use std::process::ExitCode;

#[derive(Args)]
pub(super) struct List {
    /// Only this channel's.
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    /// How many, newest first.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=10_000))]
    limit: i64,
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) async fn run(&self, world: &World) -> anyhow::Result<ExitCode> {
        let found = world
            .store
            .handoffs(self.channel.as_deref(), self.limit, world.clock.now())
            .await?;
        if self.json {
            say(serde_json::to_string_pretty(&found)?);
            return Ok(ExitCode::SUCCESS);
        }
        if found.is_empty() {
            say("no handoffs");
        }
        for handoff in &found {
            say(line(world, handoff));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn line(world: &World, handoff: &HandoffSummary) -> String {
    let opened = handoff
        .links
        .iter()
        .filter(|link| link.first_access.is_some())
        .count();
    let failed = handoff
        .errands
        .iter()
        .filter(|errand| errand.state == "failed")
        .count();
    let failed = if failed > 0 {
        format!("  {failed} not sent")
    } else {
        String::new()
    };
    let links = match handoff.approvable {
        Some(true) => "waits for approval".into(),
        Some(false) => "cannot be approved".into(),
        None => format!("opened {opened} of {} links", handoff.links.len()),
    };
    let why = match (handoff.approvable, &handoff.reason) {
        (Some(_), Some(reason)) => format!(": {reason}"),
        _ => String::new(),
    };
    format!(
        "{}  {}  {:<5}  {}  until {}  {links}{failed}{why}",
        handoff.id,
        world.local(handoff.created).strftime("%Y-%m-%d %H:%M"),
        handoff.state,
        handoff.channel,
        world.local(handoff.expires).strftime("%Y-%m-%d %H:%M"),
    )
}

/// What a person can do about a held event.
fn way_out(handoff: &HandoffSummary) -> Option<String> {
    match (handoff.approvable, &handoff.became) {
        (_, Some(became)) => Some(format!("approved  as {became}")),
        (Some(true), _) => Some(format!(
            "approve   handoff approve {0}; or discard it: handoff revoke {0}",
            handoff.id
        )),
        (Some(false), _) => Some(format!(
            "approve   nobody may; discard it: handoff revoke {}",
            handoff.id
        )),
        (None, None) => None,
    }
}

#[derive(Args)]
pub(super) struct Show {
    /// The handoff's id, as `list` shows it.
    id: String,
    #[arg(long)]
    json: bool,
}

impl Show {
    pub(super) async fn run(&self, world: &World) -> anyhow::Result<ExitCode> {
        let found = world.store.handoff(&self.id, world.clock.now()).await?;
        let handoff = found.with_context(|| {
            format!("there is no handoff {}; `handoff list` shows them", self.id)
        })?;
        let audit = world.store.audit_of(&handoff.id).await?;
        if self.json {
            say(serde_json::to_string_pretty(
                &json!({"handoff": handoff, "audit": audit}),
            )?);
            return Ok(ExitCode::SUCCESS);
        }
        say(line(world, &handoff));
        if let Some(id) = HandoffId::parse(&handoff.id) {
            say(format_args!("number    {}", id.ticket()));
        }
        if let Some(reason) = &handoff.reason {
            say(format_args!("held      {reason}"));
        }
        if let Some(way) = way_out(&handoff) {
            say(way);
        }
        for link in &handoff.links {
            let whose = link.recipient.as_deref().unwrap_or("the sending system");
            let opened = link.first_access.map(|at| {
                world
                    .local(at)
                    .strftime(", first opened %Y-%m-%d %H:%M")
                    .to_string()
            });
            say(format_args!(
                "link      {}  {}  {whose}  {} of {} downloads{}",
                link.id,
                link.state,
                link.downloads,
                link.max_downloads,
                opened.unwrap_or_default(),
            ));
        }
        for errand in &handoff.errands {
            let error = errand
                .last_error
                .as_deref()
                .map(|why| format!(": {why}"))
                .unwrap_or_default();
            say(format_args!(
                "sent      {}  {}  {} attempts{error}",
                errand.what, errand.state, errand.attempts
            ));
        }
        for entry in &audit {
            let at = jiff::Timestamp::from_millisecond(entry.at_ms).unwrap_or_default();
            let link = entry.link.as_deref().unwrap_or("");
            say(format_args!(
                "audit     {}  {}  {link}  {}",
                world.local(at).strftime("%Y-%m-%d %H:%M:%S"),
                entry.kind,
                entry.detail
            ));
        }
        Ok(ExitCode::SUCCESS)
    }
}

#[derive(Args)]
pub(super) struct Revoke {
    /// A handoff's id, or a link's. A held event is discarded.
    id: String,
    /// Kept in the audit; no patient data, please.
    #[arg(long, default_value = "revoked on the command line")]
    reason: String,
    #[arg(long)]
    json: bool,
}

impl Revoke {
    pub(super) async fn run(&self, world: &World) -> anyhow::Result<ExitCode> {
        let scope = if let Some(id) = HandoffId::parse(&self.id) {
            RevokeScope::Handoff(id.to_string())
        } else if LinkId::parse(&self.id).is_some() {
            RevokeScope::Link(self.id.clone())
        } else {
            bail!(
                "this names neither a handoff nor a link; `handoff list` and `handoff show` give their ids"
            );
        };
        let hit = world
            .store
            .revoke(&scope, &self.reason, world.clock.now())
            .await?;
        // Closed already; erasing may wait for a bucket that is away.
        let swept = sweeper::sweep(world).await;
        if self.json {
            let links: Vec<_> = hit
                .iter()
                .map(|link| json!({"id": link.id, "handoff": link.handoff, "recipient": link.recipient, "hadIt": link.had_it}))
                .collect();
            say(json!({"revoked": links, "swept": swept.as_ref().ok()}));
        } else {
            hit.iter().for_each(|link| say(revoked_line(link)));
        }
        if let Err(error) = swept {
            eprintln!("warning: closed, but not erased yet: {error:#}");
        }
        if hit.is_empty() {
            eprintln!("nothing was open under that id");
            return Ok(ExitCode::FAILURE);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn revoked_line(link: &RevokedLink) -> String {
    if link.is_held() {
        return format!("discarded  the held event {}", link.handoff);
    }
    let whose = link.recipient.as_deref().unwrap_or("the sending system");
    let had = if link.had_it {
        "had opened it already"
    } else {
        "had not opened it"
    };
    format!("revoked  {}  {whose}, who {had}", link.id)
}

#[derive(Args)]
pub(super) struct Sweep {
    #[arg(long)]
    json: bool,
}

impl Sweep {
    pub(super) async fn run(&self, world: &World) -> anyhow::Result<ExitCode> {
        let swept = sweeper::sweep(world).await?;
        if self.json {
            say(serde_json::to_string(&swept)?);
        } else {
            say(format_args!(
                "{} claims given back, {} links expired, {} keys erased, {} objects deleted",
                swept.claims_released,
                swept.links_expired,
                swept.keys_erased,
                swept.objects_deleted,
            ));
        }
        Ok(ExitCode::SUCCESS)
    }
}

#[derive(Subcommand)]
pub(super) enum Audit {
    /// Walk the whole chain and say where it breaks, if it does.
    Verify,
}

impl Audit {
    pub(super) async fn run(&self, world: &World) -> anyhow::Result<ExitCode> {
        let verified = world.store.verify_audit().await?;
        match verified.first_break {
            None => {
                say(format_args!("{} entries, unbroken", verified.entries));
                Ok(ExitCode::SUCCESS)
            }
            Some(place) => {
                say(format_args!(
                    "{} entries, broken at entry {place}",
                    verified.entries
                ));
                Ok(ExitCode::FAILURE)
            }
        }
    }
}

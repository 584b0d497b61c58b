//! `handoff list`, `show`, `sweep` and `audit verify`: looking, and tidying up.

use super::say;
use crate::adapters::sql::{HandoffSummary, LinkSummary};
use crate::app::sweeper;
use crate::app::world::World;
use crate::domain::ids::HandoffId;
use anyhow::Context;
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
            say(link_line(world, link));
            if let Some(proof) = proof_line(world, link) {
                say(proof);
            }
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

fn link_line(world: &World, link: &LinkSummary) -> String {
    let whose = link.recipient.as_deref().unwrap_or("the sending system");
    let at = |moment: Option<jiff::Timestamp>, format: &str| {
        let text = moment.map(|at| world.local(at).strftime(format).to_string());
        text.unwrap_or_default()
    };
    let successor = link.reissued_as.as_deref();
    format!(
        "link      {}  {}{}  {whose}  {} of {} downloads{}{}",
        link.id,
        link.state,
        at(Some(link.expires), " (until %Y-%m-%d %H:%M)"),
        link.downloads,
        link.max_downloads,
        at(link.first_access, ", first opened %Y-%m-%d %H:%M"),
        successor.map_or_else(String::new, |id| format!(", reissued as {id}")),
    )
}

/// What its person must show, and how far they got.
fn proof_line(world: &World, link: &LinkSummary) -> Option<String> {
    let proof = link.proof.as_ref()?;
    let at = |moment: jiff::Timestamp| world.local(moment).strftime("%Y-%m-%d %H:%M");
    let locked = proof.locked.map(|when| format!(", locked {}", at(when)));
    let proven = match (proof.proven, proof.proven_until) {
        (0, _) | (_, None) => "nobody has proven themselves lately".to_owned(),
        (browsers, Some(until)) => format!("proven by {browsers} browsers, until {}", at(until)),
    };
    Some(format!(
        "proof     {}  {}, {} attempts left{}; {proven}",
        link.id,
        proof.verify,
        proof.attempts_left,
        locked.unwrap_or_default()
    ))
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

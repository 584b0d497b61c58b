//! `handoff extend`: an open link ends later, or sooner.

use super::operator::operator;
use super::say;
use crate::app::extending::{self, Which};
use crate::app::revocation;
use crate::app::world::World;
use crate::domain::extension::NewEnd;
use crate::domain::ids::{HandoffId, LinkId};
use crate::domain::measures::Span;
use crate::domain::moment::{self, Edge};
use anyhow::bail;
use clap::{ArgGroup, Args};
use serde_json::json;
use std::process::ExitCode;

#[derive(Args)]
#[command(
    group(ArgGroup::new("end").required(true).args(["by", "until"])),
    after_help = "Only an open link can be moved; for one that is closed there is `handoff reissue`. No link outlives \
its own token (30 days past its first end), nor 90 days after its packet was made."
)]
pub(super) struct Extend {
    /// A link's id, or a handoff's: then all of its open links.
    id: String,
    /// So much later than planned, such as 48h or 7d.
    #[arg(long, value_name = "TIME", value_parser = |text: &str| Span::try_from(text.to_owned()))]
    by: Option<Span>,
    /// At this moment, sooner or later: 2026-11-25 (its end), 2026-11-25T14:30, or
    /// with an offset.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Kept in the audit; no patient data, please.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[arg(long)]
    json: bool,
}

impl Extend {
    pub(super) async fn run(&self, world: &World) -> anyhow::Result<ExitCode> {
        let which = if let Some(id) = HandoffId::parse(&self.id) {
            Which::Handoff(id)
        } else if let Some(id) = LinkId::parse(&self.id) {
            Which::Link(id)
        } else {
            bail!("this names neither a handoff nor a link; `handoff show` gives their ids")
        };
        let reason = revocation::reason(self.reason.as_deref()).map_err(anyhow::Error::msg)?;
        let reason = format!("{reason}; by {}", operator());
        let extended = extending::extend(world, &which, self.wanted(world)?, &reason).await?;
        let local = |at| world.local(at).strftime("%Y-%m-%d %H:%M").to_string();
        if self.json {
            let moved = extended.moved.iter().map(|end| {
                json!({"link": end.link.as_str(), "handoff": end.handoff, "from": end.from, "until": end.to})
            });
            let closed = extended
                .closed
                .iter()
                .map(|(link, why)| json!({"link": link.as_str(), "why": why.to_string()}));
            say(
                json!({"extended": moved.collect::<Vec<_>>(), "closed": closed.collect::<Vec<_>>()}),
            );
            return Ok(ExitCode::SUCCESS);
        }
        for end in &extended.moved {
            say(format_args!(
                "moved  {}  until {} (was {})",
                end.link,
                local(end.to),
                local(end.from)
            ));
        }
        for (link, why) in &extended.closed {
            say(format_args!("left   {link}  {why}"));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn wanted(&self, world: &World) -> anyhow::Result<NewEnd> {
        match (self.by, &self.until) {
            (Some(span), _) => Ok(NewEnd::By(span)),
            (None, Some(until)) => {
                let end = moment::typed(until, &world.settings.zone, Edge::End);
                Ok(NewEnd::At(end.map_err(anyhow::Error::msg)?))
            }
            (None, None) => bail!("say how much later (--by) or until when (--until)"),
        }
    }
}

//! `handoff reissue`: the owner's answer to "ask for a new copy".

use super::operator::operator;
use super::say;
use crate::adapters::clock::Clock;
use crate::adapters::sql::Reissued;
use crate::app::channels;
use crate::app::config::Settings;
use crate::app::pipeline::{self, NewLinkMade, Reissuing};
use crate::app::revocation;
use crate::app::world::World;
use crate::domain::ids::LinkId;
use crate::domain::link::Face;
use crate::domain::measures::Span;
use crate::domain::verify::Verify;
use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;
use std::process::ExitCode;

#[derive(Args)]
#[command(
    after_help = "The new link goes to the recipient of the old one, by the channel's routes, not to whoever asked. A \
link that asked for a birth date comes back with a passcode: the date is kept nowhere. Where the packet is gone its \
event becomes new again: replay it in the engine."
)]
pub(super) struct Reissue {
    /// The old link's id, as the mail to the owner and `handoff show` give it.
    link: String,
    /// How long the new link lives, instead of the channel's own, such as 48h.
    #[arg(long, value_name = "TIME", value_parser = |text: &str| Span::try_from(text.to_owned()))]
    expires_after: Option<Span>,
    /// Kept in the audit; no patient data, please.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[arg(long)]
    json: bool,
}

impl Reissue {
    /// With the channels, which say by which routes.
    pub(super) async fn run(&self, settings: Settings) -> anyhow::Result<ExitCode> {
        let channels = channels::load(&settings.channels)?;
        let world = World::open(settings, channels, Clock::System).await?;
        let old = LinkId::parse(&self.link)
            .context("this is no link's id; `handoff show` gives a handoff's links")?;
        let reason = revocation::reason(self.reason.as_deref()).map_err(anyhow::Error::msg)?;
        let wanted = Reissuing {
            expires_after: self.expires_after,
            reason: format!("{reason}; by {}", operator()),
        };
        let (reissued, made) = pipeline::reissue(&world, &old, &wanted).await?;
        match reissued {
            Reissued::New => self.tell(&world, &old, &made),
            Reissued::Gone { names } => self.gone(&made, names),
            Reissued::Already(successor) => bail!(
                "this link was reissued already, as {successor}; where that one is closed, too, reissue it"
            ),
            Reissued::Withdrawn(why) => bail!("this is not given out again: {why}"),
        }
        Ok(ExitCode::SUCCESS)
    }

    fn tell(&self, world: &World, old: &LinkId, made: &NewLinkMade) {
        if self.json {
            say(json!({
                "reissued": old.as_str(), "link": made.id.as_str(), "handoff": made.handoff,
                "recipient": made.recipient.as_ref().map(|(name, _)| name),
                "verify": made.verify, "until": made.expires_at,
            }));
            return;
        }
        let until = world.local(made.expires_at).strftime("%Y-%m-%d %H:%M");
        let whose = match &made.recipient {
            Some((name, address)) => format!("{name} <{address}>"),
            None => "the sending system".into(),
        };
        say(format_args!(
            "reissued  {old} as {}, for {whose}, until {until}; the old link is closed",
            made.id
        ));
        match made.face {
            Face::People => say("notice    goes out by the channel's routes"),
            Face::Systems => {
                say(
                    "reference a replay of the event is answered with one that leads to the new link",
                );
            }
        }
        if made.verify == Verify::Passcode {
            let instead = match made.passcode_instead {
                true => " instead of a birth date, which is kept nowhere",
                false => "",
            };
            say(format_args!(
                "passcode  asked for{instead}; {} is told it, and `handoff passcode {}` shows it",
                made.owner, made.handoff
            ));
        }
    }

    fn gone(&self, made: &NewLinkMade, names: u64) {
        if self.json {
            say(json!({"gone": true, "handoff": made.handoff, "namesFreed": names}));
            return;
        }
        say(format_args!(
            "The packet is gone: its keys were erased when its links had ended. Replay the event of the handoff {} in \
             the engine: it counts as new now and makes a new packet, for every recipient of its channel.",
            made.handoff
        ));
        say(format_args!(
            "The channel takes what was sent more than {} ago for a back-load: such an event must be sent anew from its \
             source.",
            made.max_age
        ));
    }
}

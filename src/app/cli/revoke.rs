//! `handoff revoke`: closes at once what a person names, and says who had it.

use super::operator::operator;
use super::say;
use crate::adapters::sql::{FileHad, InScope};
use crate::app::revocation::{self, Found, Wanted};
use crate::app::sweeper::{self, Swept};
use crate::app::world::World;
use crate::domain::ids::{HandoffId, LinkId};
use anyhow::{Context, bail};
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Args)]
#[command(
    after_help = "All that is given must hold. Try it with --dry-run first: it changes nothing.\n\n\
Numbers on a command line stay in the shell's history and are seen by whoever lists processes: with \
`--patient -` or `--visit -` the number is read from standard input.\n\n\
A number is looked up as the message had it. Where several patients have the same one, from different \
assigners, nothing is revoked until --assigner says whose is meant: an OID, a URI or a name, as `handoff read \
FILE --json` shows it under `system`; where the message named none, its sending facility (MSH-4).\n\n  \
handoff revoke 019e... --reason 'wrong recipient'\n  \
handoff revoke --patient - --dry-run\n  \
handoff revoke --channel discharge --since 2026-11-24 --until 2026-11-25 --all"
)]
pub(super) struct Revoke {
    /// A handoff's id, or a link's. A held event is discarded.
    id: Option<String>,
    /// Everything about the visit with this number; `-` reads it from standard input.
    #[arg(long, value_name = "NUMBER")]
    visit: Option<String>,
    /// Everything about the patient with this number, on every channel; `-` reads it
    /// from standard input.
    #[arg(long, value_name = "NUMBER")]
    patient: Option<String>,
    /// Who assigned the patient's number (the visit's, where no patient is given).
    #[arg(long, value_name = "NAME")]
    assigner: Option<String>,
    /// The links of whoever is told at this address.
    #[arg(long, value_name = "ADDRESS")]
    recipient: Option<String>,
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    /// Handed over at or after: 2026-11-25, 2026-11-25T14:30, or with an offset.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Handed over before; a day alone is meant to its end.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Yes, all of a channel or a time; all patients who share a number.
    #[arg(long)]
    all: bool,
    /// List what would be closed and who already had it, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Kept in the audit; no patient data, please.
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "revoked on the command line"
    )]
    reason: String,
    #[arg(long)]
    json: bool,
}

impl Revoke {
    pub(super) async fn run(&self, world: &World) -> anyhow::Result<ExitCode> {
        let found = revocation::revoke(world, &self.wanted()?, &operator()).await?;
        // Closed already; erasing may wait for a bucket that is away.
        let swept = match self.dry_run {
            true => None,
            false => Some(sweeper::sweep(world).await),
        };
        match self.json {
            true => say(as_json(
                &found,
                swept.as_ref().and_then(|s| s.as_ref().ok()),
            )?),
            false => tell(world, &found),
        }
        if let Some(Err(error)) = swept {
            eprintln!("warning: closed, but not erased yet: {error:#}");
        }
        if let Some(hint) = found.hint {
            eprintln!("{hint}");
        }
        if found.revoked.is_empty() && !self.dry_run {
            eprintln!("nothing was open under that id or in that scope");
            return Ok(ExitCode::FAILURE);
        }
        Ok(ExitCode::SUCCESS)
    }

    fn wanted(&self) -> anyhow::Result<Wanted> {
        let (mut handoff, mut link) = (None, None);
        match self.id.as_deref() {
            None => {}
            Some(id) if HandoffId::parse(id).is_some() => handoff = Some(id.to_owned()),
            Some(id) if LinkId::parse(id).is_some() => link = Some(id.to_owned()),
            Some(_) => bail!(
                "this names neither a handoff nor a link; `handoff list` and `handoff show` give their ids"
            ),
        }
        if self.patient.as_deref() == Some("-") && self.visit.as_deref() == Some("-") {
            bail!("standard input holds one number: the patient's or the visit's");
        }
        Ok(Wanted {
            handoff,
            link,
            visit: number(self.visit.as_deref())?,
            patient: number(self.patient.as_deref())?,
            assigner: self.assigner.clone(),
            recipient: self.recipient.clone(),
            channel: self.channel.clone(),
            since: self.since.clone(),
            until: self.until.clone(),
            all: self.all,
            dry_run: self.dry_run,
            reason: Some(self.reason.clone()),
        })
    }
}

fn number(given: Option<&str>) -> anyhow::Result<Option<String>> {
    if given != Some("-") {
        return Ok(given.map(str::to_owned));
    }
    let mut line = String::new();
    std::io::stdin()
        .read_line(&mut line)
        .context("reading the number from standard input")?;
    Ok(Some(line.trim().to_owned()))
}

fn as_json(found: &Found, swept: Option<&Swept>) -> anyhow::Result<String> {
    let mut told = serde_json::to_value(found)?;
    if let (Value::Object(told), false) = (&mut told, found.dry_run) {
        told.insert("swept".into(), json!(swept));
    }
    Ok(told.to_string())
}

fn tell(world: &World, found: &Found) {
    let (revoked, discarded) = match found.dry_run {
        true => ("would revoke", "would discard"),
        false => ("revoked", "discarded"),
    };
    for one in &found.revoked {
        match one.is_held() {
            true => say(format_args!(
                "{discarded}  the held event {}{}",
                one.handoff,
                patient(found, one)
            )),
            false => say(format_args!("{revoked}  {}", line(world, found, one))),
        }
    }
    for one in &found.over {
        say(format_args!("was over  {}", line(world, found, one)));
    }
    if let (true, Some(patients)) = (found.dry_run, found.patients.filter(|n| *n > 1)) {
        say(format_args!(
            "these are {patients} patients: without --assigner or --all nothing will be revoked"
        ));
    }
}

fn line(world: &World, found: &Found, one: &InScope) -> String {
    let whose = one.recipient.as_deref().unwrap_or("the sending system");
    let at = |moment: jiff::Timestamp| world.local(moment).strftime("%Y-%m-%d %H:%M");
    let had = match one.opened {
        Some(moment) => format!("who had opened it already ({})", at(moment)),
        None => "who had not opened it".to_owned(),
    };
    let file = |file: &FileHad| match file.completed {
        Some(moment) => format!("; has all of {} ({})", file.file_name, at(moment)),
        None => format!("; has a part of {}", file.file_name),
    };
    let files: String = one.files.iter().map(file).collect();
    format!(
        "{}  of {} ({}), {}, {}{}: {whose}, {had}{files}",
        one.id,
        one.handoff,
        one.ticket,
        one.channel,
        one.state,
        patient(found, one)
    )
}

/// Told only where there are several.
fn patient(found: &Found, one: &InScope) -> String {
    let several = found.patients.is_some_and(|patients| patients > 1);
    let number = one.patient.filter(|_| several);
    number.map_or_else(String::new, |number| format!(", patient {number}"))
}

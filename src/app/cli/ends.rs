//! `handoff reconcile` and `receipt`: that nothing is left, and proof of it.

use super::say;
use crate::app::world::World;
use crate::app::{receipts, reconciler};
use anyhow::Context;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Args)]
pub(super) struct Reconcile {
    /// Say what it would do, and do nothing.
    #[arg(long)]
    dry_run: bool,
    #[arg(long)]
    json: bool,
}

impl Reconcile {
    pub(super) async fn run(&self, world: &World) -> anyhow::Result<ExitCode> {
        let done = reconciler::reconcile(world, self.dry_run).await?;
        if self.json {
            say(serde_json::to_string_pretty(&done)?);
        } else {
            say(format_args!("{} objects in staging", done.objects_listed));
            let lines = [
                (done.strays_deleted, "without a row deleted"),
                (
                    done.suspects,
                    "without a row, to be looked at again after an hour",
                ),
                (done.risen, "that had been deleted before"),
                (done.found, "that were missing and are there again"),
                (done.unfinished_removed, "unfinished puts removed"),
            ];
            for (so_many, what) in lines.iter().filter(|(so_many, _)| *so_many > 0) {
                say(format_args!("{so_many} {what}"));
            }
            for handoff in &done.missing {
                say(format_args!("missing: a file of handoff {handoff}"));
            }
        }
        Ok(match done.missing.is_empty() {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        })
    }
}

#[derive(Args)]
pub(super) struct Receipt {
    /// The handoff's id, as `list` shows it.
    #[arg(required_unless_present = "verify")]
    id: Option<String>,
    /// Check a receipt and show what it says; `-` is standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "id")]
    verify: Option<PathBuf>,
}

impl Receipt {
    pub(super) async fn run(&self, world: &World) -> anyhow::Result<ExitCode> {
        if let Some(id) = &self.id {
            say(receipts::issue(world, id).await?);
            return Ok(ExitCode::SUCCESS);
        }
        let file = self.verify.as_deref().context("no receipt was named")?;
        let text = super::read_input(file)?;
        let text = std::str::from_utf8(&text).context("this is no receipt")?;
        let (receipt, holds) = receipts::verify(world, text).await?;
        say(serde_json::to_string_pretty(
            &json!({"receipt": receipt, "auditHoldsIt": holds}),
        )?);
        if !holds {
            eprintln!("signed by us, but the audit of this database does not hold its entry");
            return Ok(ExitCode::FAILURE);
        }
        Ok(ExitCode::SUCCESS)
    }
}

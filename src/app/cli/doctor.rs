//! `handoff doctor`: each check with what to do about it.

use super::say;
use crate::adapters::clock::Clock;
use crate::app::config::Settings;
use crate::app::doctor::{self, Finding, Verdict};
use clap::Args;
use std::process::ExitCode;

#[derive(Args)]
pub(super) struct Doctor {
    /// Install the bucket's lifecycle rule beside those that are there.
    #[arg(long)]
    install_lifecycle: bool,
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub(super) async fn run(&self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let findings = doctor::examine(settings, &Clock::System, self.install_lifecycle).await;
        if self.json {
            say(serde_json::to_string_pretty(&findings)?);
        } else {
            findings.iter().for_each(show);
        }
        let worst = findings.iter().map(|finding| finding.verdict).max();
        Ok(match worst {
            Some(Verdict::Fail) => ExitCode::FAILURE,
            _ => ExitCode::SUCCESS,
        })
    }
}

fn show(finding: &Finding) {
    let verdict = match finding.verdict {
        Verdict::Ok => "ok  ",
        Verdict::Warn => "warn",
        Verdict::Fail => "FAIL",
    };
    say(format_args!(
        "{verdict}  {}: {}",
        finding.what, finding.said
    ));
    if let Some(advice) = &finding.advice {
        say(format_args!("      {}", advice.replace('\n', "\n      ")));
    }
}

//! `handoff channels check` and the channel schema.

use super::say;
use crate::app::channels::{files, parse};
use crate::app::config::Settings;
use crate::domain::channel::{Channel, ChannelFile};
use anyhow::Context;
use clap::Subcommand;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(super) enum Channels {
    /// Read every channel file and show each error with its place.
    Check {
        /// Files or folders; the channel folder of the settings where none is given.
        paths: Vec<PathBuf>,
    },
    /// Print the JSON Schema of a channel file, for editors.
    Schema,
}

impl Channels {
    pub(super) fn run(
        &self,
        settings: impl FnOnce() -> anyhow::Result<Settings>,
    ) -> anyhow::Result<ExitCode> {
        match self {
            Self::Schema => {
                say(serde_json::to_string_pretty(&schemars::schema_for!(
                    ChannelFile
                ))?);
                Ok(ExitCode::SUCCESS)
            }
            Self::Check { paths } if paths.is_empty() => check(&[settings()?.channels]),
            Self::Check { paths } => check(paths),
        }
    }
}

fn check(paths: &[PathBuf]) -> anyhow::Result<ExitCode> {
    let mut texts = Vec::new();
    for path in paths {
        let found = if path.is_dir() {
            files(path)?
        } else {
            vec![path.clone()]
        };
        for file in found {
            let text = std::fs::read_to_string(&file);
            texts.push((
                file.clone(),
                text.with_context(|| format!("reading {}", file.display()))?,
            ));
        }
    }
    let (channels, errors) = parse(&texts);
    for error in &errors {
        eprintln!("error: {error}\n");
    }
    for channel in &channels {
        say(summary(channel));
    }
    if errors.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("{} of {} files cannot be used", errors.len(), texts.len());
    Ok(ExitCode::FAILURE)
}

fn summary(channel: &Channel) -> String {
    let events: Vec<String> = channel
        .trigger
        .events
        .iter()
        .map(ToString::to_string)
        .collect();
    let queue = channel
        .source
        .rabbitmq
        .as_ref()
        .map(|source| format!(" from {}", source.queue));
    format!(
        "ok  {}: {}{} → {} recipients, {} per file, for {}",
        channel.name(),
        events.join(", "),
        queue.unwrap_or_default(),
        channel.recipients.len(),
        match channel.link.max_downloads.get() {
            1 => "1 download".to_owned(),
            n => format!("{n} downloads"),
        },
        channel.link.expires_after,
    )
}

//! `handoff channels …`: looking at channel files before anything leaves by them.

mod check;
mod columns;
mod diff;
mod examine;
mod tell;
mod test;
mod withheld;

use super::say;
use crate::app::channels::{files, load, named, parse};
use crate::app::config::Settings;
use crate::domain::brand::BrandFile;
use crate::domain::channel::{Channel, ChannelFile};
use crate::domain::sensitive::CodeMapFile;
use anyhow::{Context, bail};
use clap::Subcommand;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Subcommand)]
pub(super) enum Channels {
    /// Read every channel file, and the brands and the code map beside them; show each error
    /// with its place.
    ///
    /// Notes are no errors: sections that readers of this kind of packet expect
    /// and the channel leaves out, brands that no channel uses.
    Check {
        /// Files or folders; the channel folder of the settings where none is given.
        paths: Vec<PathBuf>,
    },
    /// Try a message on a channel: does it match, what leaves, what stays behind, and why.
    Test(test::Test),
    /// Compare two versions of a channel: what more leaves, and to whom.
    Diff(diff::Diff),
    /// Print the JSON Schema of a channel file, for editors.
    Schema {
        /// Of a brand file (brands/*.yaml) instead.
        #[arg(long, conflicts_with = "codes")]
        brand: bool,
        /// Of the code map (codes/sensitive.yaml) instead.
        #[arg(long)]
        codes: bool,
    },
}

/// The command could not do its work: neither yes nor no.
const UNDECIDED: u8 = 2;

impl Channels {
    pub(super) fn run(
        &self,
        settings: impl FnOnce() -> anyhow::Result<Settings>,
    ) -> anyhow::Result<ExitCode> {
        match self {
            Self::Schema { brand, codes } => {
                let schema = match (brand, codes) {
                    (true, _) => schemars::schema_for!(BrandFile),
                    (_, true) => schemars::schema_for!(CodeMapFile),
                    _ => schemars::schema_for!(ChannelFile),
                };
                say(serde_json::to_string_pretty(&schema)?);
                Ok(ExitCode::SUCCESS)
            }
            Self::Check { paths } => {
                let settings = settings()?;
                match paths.is_empty() {
                    true => check::check(&[settings.channels], &settings.fonts),
                    false => check::check(paths, &settings.fonts),
                }
            }
            Self::Test(command) => decided(settings().and_then(|settings| command.run(&settings))),
            Self::Diff(command) => decided(command.run()),
        }
    }
}

/// Its answer is in its status: a failure must not look like "no".
fn decided(answer: anyhow::Result<ExitCode>) -> anyhow::Result<ExitCode> {
    Ok(answer.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(UNDECIDED)
    }))
}

/// A channel of the settings by its name, or the one in a file.
fn channel_named(name: &str, settings: &Settings) -> anyhow::Result<Arc<Channel>> {
    let file = Path::new(name);
    let ending = file.extension().and_then(|ending| ending.to_str());
    if !matches!(ending, Some("yaml" | "yml")) {
        return Ok(Arc::clone(named(&load(&settings.channels)?, name)?));
    }
    let mut found = channels_in(file)?;
    found
        .pop()
        .with_context(|| format!("{name} holds no channel"))
}

/// The channels of a file or a folder, or the first thing that is wrong.
fn channels_in(path: &Path) -> anyhow::Result<Vec<Arc<Channel>>> {
    if path.is_dir() {
        // A folder without channels is a folder that has none yet.
        return match files(path) {
            Ok(_) => load(path),
            Err(_) => Ok(Vec::new()),
        };
    }
    let text = std::fs::read_to_string(path);
    let text = text.with_context(|| format!("reading {}", path.display()))?;
    let (channels, errors) = parse(&[(path.to_owned(), text)]);
    match errors.into_iter().next() {
        Some(error) => bail!(error),
        None => Ok(channels),
    }
}

//! `handoff channels check`: every error of channel files, and of the brands and the
//! code map beside them, and what their owner should know of.

use crate::app::brands::Brands;
use crate::app::channels::{files, parse};
use crate::app::cli::say;
use crate::app::codes;
use crate::app::fonts;
use crate::app::yaml::{self, YamlError};
use crate::domain::channel::Channel;
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// A file as it was typed.
type Typed = (PathBuf, String);

/// What came of checking: errors first, for they are what must be mended.
#[derive(Default)]
struct Checked {
    files: usize,
    channels: Vec<Arc<Channel>>,
    errors: Vec<YamlError>,
    notes: Vec<String>,
}

pub(super) fn check(paths: &[PathBuf], fonts: &[PathBuf]) -> anyhow::Result<ExitCode> {
    let typed = typed(paths)?;
    let (channels, errors) = parse(&typed);
    let mut checked = Checked {
        files: typed.len(),
        channels,
        errors,
        notes: Vec::new(),
    };
    for folder in folders(&typed) {
        let whole = paths.contains(&folder);
        brands(&folder, whole, &typed, &mut checked)?;
        if whole {
            checked.files += usize::from(folder.join("codes").is_dir());
            checked.errors.extend(codes::check(&folder)?.err());
        }
    }
    let fonts = fonts::load(fonts)?;
    for (file, text) in &typed {
        for channel in parse(&[(file.clone(), text.clone())]).0 {
            let unread = fonts::cover(&fonts, &channel).err();
            let unread = unread.map(|why| yaml::at_key(file, text, "recipients", why));
            checked.errors.extend(unread);
        }
    }
    for channel in &checked.channels {
        let notes = channel.notes().into_iter();
        let notes = notes.map(|note| format!("{}: {note}", channel.name()));
        checked.notes.extend(notes);
    }
    tell(&checked);
    if checked.errors.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let (wrong, all) = (checked.errors.len(), checked.files);
    eprintln!("{wrong} of {all} files cannot be used");
    Ok(ExitCode::FAILURE)
}

fn typed(paths: &[PathBuf]) -> anyhow::Result<Vec<Typed>> {
    let mut typed = Vec::new();
    for path in paths {
        let found = match path.is_dir() {
            true => files(path)?,
            false => vec![path.clone()],
        };
        for file in found {
            let text = std::fs::read_to_string(&file);
            let text = text.with_context(|| format!("reading {}", file.display()))?;
            typed.push((file, text));
        }
    }
    Ok(typed)
}

fn folder_of(file: &Path) -> PathBuf {
    file.parent().map(Path::to_owned).unwrap_or_default()
}

fn folders(typed: &[Typed]) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = typed.iter().map(|(file, _)| folder_of(file)).collect();
    folders.sort();
    folders.dedup();
    folders
}

/// The brands of one folder, and whether its channels name any other.
fn brands(
    folder: &Path,
    whole: bool,
    typed: &[Typed],
    checked: &mut Checked,
) -> anyhow::Result<()> {
    let (brands, errors) = Brands::read(folder)?;
    checked.files += brands.names().count() + errors.len();
    checked.errors.extend(errors);
    let here = typed.iter().filter(|(file, _)| folder_of(file) == folder);
    let mut used = Vec::new();
    for (file, text) in here {
        let one = parse(&[(file.clone(), text.clone())]).0;
        for channel in one {
            let missing = brands.missing(file, text, &channel);
            checked.errors.extend(missing);
            used.push(brands.name_for(&channel).to_owned());
        }
    }
    let idle = brands
        .names()
        .filter(|name| whole && !used.iter().any(|u| u == name));
    checked.notes.extend(idle.map(|name| {
        let file = folder.join("brands").join(name);
        format!("no channel uses the brand {}.yaml", file.display())
    }));
    Ok(())
}

fn tell(checked: &Checked) {
    for error in &checked.errors {
        eprintln!("error: {error}\n");
    }
    for channel in &checked.channels {
        say(summary(channel));
    }
    for note in &checked.notes {
        say(format_args!("note: {note}"));
    }
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
        "ok  {}: {}{} → {}, {} per file, for {}",
        channel.name(),
        events.join(", "),
        queue.unwrap_or_default(),
        match channel.recipients.len() {
            1 => "1 recipient".to_owned(),
            n => format!("{n} recipients"),
        },
        match channel.link.max_downloads.get() {
            1 => "1 download".to_owned(),
            n => format!("{n} downloads"),
        },
        channel.link.expires_after,
    )
}

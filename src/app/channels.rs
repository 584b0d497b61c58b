//! `channels/*.yaml`, read and made sense of.

use super::yaml::{self, YamlError};
use crate::domain::channel::{Channel, ChannelFile};
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub type Channels = Vec<Arc<Channel>>;

/// Every channel of a folder, or everything that is wrong with them.
pub fn load(folder: &Path) -> anyhow::Result<Channels> {
    let files = files(folder)?;
    let mut texts = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file);
        texts.push((
            file.clone(),
            text.with_context(|| format!("reading {}", file.display()))?,
        ));
    }
    let (channels, errors) = parse(&texts);
    if errors.is_empty() {
        return Ok(channels);
    }
    let said: Vec<String> = errors.iter().map(YamlError::to_string).collect();
    anyhow::bail!("{}", said.join("\n\n"))
}

/// The files in the order of their names.
pub fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let files = yaml_files(folder)?;
    anyhow::ensure!(
        !files.is_empty(),
        "no channel is in {}: a channel is a file named *.yaml",
        folder.display()
    );
    Ok(files)
}

pub(super) fn yaml_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let listed =
        std::fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut files = Vec::new();
    for entry in listed {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|ending| ending == "yaml" || ending == "yml")
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Reads them all, so that one run shows every error.
pub fn parse(files: &[(PathBuf, String)]) -> (Channels, Vec<YamlError>) {
    let mut channels: Channels = Vec::new();
    let mut errors = Vec::new();
    for (file, text) in files {
        let read = yaml::read::<ChannelFile>(file, text).and_then(|typed| {
            Channel::try_from(typed)
                .map_err(|error| yaml::at_key(file, text, &error.key, error.why))
        });
        let channel = match read {
            Ok(channel) => channel,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        match clash(&channels, &channel) {
            Some((key, why)) => errors.push(yaml::at_key(file, text, key, why)),
            None => channels.push(Arc::new(channel)),
        }
    }
    (channels, errors)
}

/// Names and queues belong to one channel each.
fn clash(channels: &Channels, new: &Channel) -> Option<(&'static str, String)> {
    if channels.iter().any(|other| other.name() == new.name()) {
        return Some((
            "channel",
            format!("another file already names its channel `{}`", new.name()),
        ));
    }
    let queue = |channel: &Channel| {
        channel
            .source
            .rabbitmq
            .as_ref()
            .map(|source| source.queue.clone())
    };
    let own = queue(new)?;
    let other = channels
        .iter()
        .find(|other| queue(other).as_ref() == Some(&own))?;
    Some((
        "source",
        format!(
            "the queue {own} already belongs to the channel `{}`",
            other.name()
        ),
    ))
}

pub fn named<'a>(channels: &'a Channels, name: &str) -> anyhow::Result<&'a Arc<Channel>> {
    channels
        .iter()
        .find(|channel| channel.name() == name)
        .with_context(|| {
            let known: Vec<_> = channels.iter().map(|channel| channel.name()).collect();
            format!(
                "there is no channel `{name}`; there are: {}",
                known.join(", ")
            )
        })
}

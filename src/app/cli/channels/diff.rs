//! `handoff channels diff`: what a change of a channel adds to what leaves.

use super::channels_in;
use super::columns::{self, Columns};
use super::tell::described;
use crate::app::cli::{read_input, say};
use crate::app::codes;
use crate::app::pipeline::{packet_of, verdict_of};
use crate::domain::change::{Change, Effect, changes, gained};
use crate::domain::channel::{Channel, SeveralPatients};
use crate::domain::facts::ClinicalFacts;
use crate::domain::leaving::{Leaf, leaving};
use crate::domain::sensitive::CodeMap;
use crate::formats::read::read;
use anyhow::ensure;
use clap::Args;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Args)]
#[command(
    after_help = "+ more leaves, or to more readers   ! it is easier to come by, or less guarded\n\
- less leaves                       ~ neither more nor less\n\n\
Exit status: 0 nothing is added or widened, 1 something is (for a gate in CI), 2 it could not be compared.\n\n\
\x20 handoff channels diff main/channels channels\n\
\x20 handoff channels diff old.yaml new.yaml message.hl7"
)]
pub(in crate::app::cli) struct Diff {
    /// A channel file, or a folder of channels: those of one name are compared.
    old: PathBuf,
    /// The same after the change.
    new: PathBuf,
    /// A message: which of its values leave now and did not before, by place.
    file: Option<PathBuf>,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
}

/// What one channel's change comes to.
#[derive(Debug, Serialize)]
struct Compared {
    channel: String,
    changes: Vec<Change>,
    /// With a message: the values that newly leave, and those that no longer do.
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Values>,
}

#[derive(Debug, Serialize)]
struct Values {
    /// How many values leave after the change.
    leaving: usize,
    gained: Vec<Place>,
    lost: Vec<Place>,
}

/// Where values stand that are alike.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Place {
    what: String,
    at: Vec<String>,
}

impl Compared {
    fn is_more(&self) -> bool {
        let rules = self.changes.iter().any(|change| change.effect.is_more());
        rules
            || self
                .values
                .as_ref()
                .is_some_and(|values| !values.gained.is_empty())
    }
}

impl Diff {
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let pairs = pairs(channels_in(&self.old)?, channels_in(&self.new)?);
        let body = self.file.as_deref().map(read_input).transpose()?;
        let maps = (codes_beside(&self.old)?, codes_beside(&self.new)?);
        let compared: Vec<Compared> = pairs
            .iter()
            .map(|(old, new)| {
                let old = old.as_deref().map(|channel| (channel, &maps.0));
                let new = new.as_deref().map(|channel| (channel, &maps.1));
                compare(old, new, body.as_deref())
            })
            .collect::<anyhow::Result<_>>()?;
        if self.json {
            say(serde_json::to_string_pretty(&compared)?);
        } else {
            let mut out = Columns::for_output();
            compared.iter().for_each(|one| tell(one, &mut out));
            say(out.into_text().trim_end());
        }
        Ok(match compared.iter().any(Compared::is_more) {
            true => ExitCode::FAILURE,
            false => ExitCode::SUCCESS,
        })
    }
}

type Pair = (Option<Arc<Channel>>, Option<Arc<Channel>>);

/// By name; two single files are compared whatever they are called.
fn pairs(mut old: Vec<Arc<Channel>>, mut new: Vec<Arc<Channel>>) -> Vec<Pair> {
    if let ([_], [_]) = (&old[..], &new[..]) {
        return vec![(old.pop(), new.pop())];
    }
    let mut pairs: Vec<Pair> = Vec::new();
    for found in old {
        let same = new.iter().position(|other| other.name() == found.name());
        let same = same.map(|place| new.remove(place));
        pairs.push((Some(found), same));
    }
    pairs.extend(new.into_iter().map(|found| (None, Some(found))));
    pairs
}

/// A channel, and the code map that lies beside it.
type Side<'a> = Option<(&'a Channel, &'a CodeMap)>;

fn codes_beside(path: &Path) -> anyhow::Result<CodeMap> {
    match path.is_dir() {
        true => codes::load(path),
        false => codes::load(path.parent().unwrap_or(Path::new("."))),
    }
}

fn compare(old: Side<'_>, new: Side<'_>, body: Option<&[u8]>) -> anyhow::Result<Compared> {
    let name = new.or(old).map(|(channel, _)| channel.name().to_owned());
    let values = match body {
        None => None,
        Some(body) => {
            let (before, after) = (leaves(old, body)?, leaves(new, body)?);
            Some(Values {
                leaving: after.len(),
                gained: places(&gained(&before, &after)),
                lost: places(&gained(&after, &before)),
            })
        }
    };
    Ok(Compared {
        channel: name.unwrap_or_default(),
        changes: changes(old.map(|side| side.0), new.map(|side| side.0)),
        values,
    })
}

/// Every value of the body that this channel lets out, were it sent now.
fn leaves(side: Side<'_>, body: &[u8]) -> anyhow::Result<Vec<Leaf>> {
    let Some((channel, codes)) = side else {
        return Ok(Vec::new());
    };
    let reading = read(body, None, &channel.wishes());
    let readable = !reading.messages.is_empty();
    let problem = reading.problems.first().map(ToString::to_string);
    ensure!(
        readable,
        "the message cannot be read: {}",
        problem.unwrap_or_default()
    );
    let wanted = |facts: &&ClinicalFacts| {
        let meaning = channel.meaning(facts);
        let split = channel.trigger.several_patients == SeveralPatients::Split;
        let one = facts.patients_in_source <= 1 || split;
        (meaning.wanted || meaning.corrects) && one && facts.patient.is_somebody()
    };
    let messages = reading.messages.iter().filter(wanted);
    Ok(messages
        .flat_map(|facts| {
            let packet = packet_of(facts, channel, &verdict_of(facts, channel, codes));
            leaving(&packet, facts, &channel.packet)
        })
        .collect())
}

fn places(leaves: &[&Leaf]) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for leaf in leaves {
        let what = described(leaf);
        match places.iter_mut().find(|place| place.what == what) {
            Some(place) => place.at.push(leaf.at.clone()),
            None => places.push(Place {
                what,
                at: vec![leaf.at.clone()],
            }),
        }
    }
    places
}

fn tell(compared: &Compared, out: &mut Columns) {
    out.heading(&compared.channel);
    if compared.changes.is_empty() {
        out.line("  no change");
    }
    for change in &compared.changes {
        out.text(2, &format!("{} {}", change.effect.sign(), change.what));
    }
    let Some(values) = &compared.values else {
        return;
    };
    out.line("  of this message");
    if values.gained.is_empty() && values.lost.is_empty() {
        out.line(match values.leaving {
            0 => "    nothing leaves, before or after: neither version wants it",
            _ => "    the same values leave",
        });
    }
    let signed = [
        (Effect::Adds, &values.gained),
        (Effect::Takes, &values.lost),
    ];
    for (effect, places) in signed {
        for place in places {
            let label = format!("{} {}", effect.sign(), place.what);
            let at = columns::places(place.at.iter().map(String::as_str));
            out.row(4, &label, 32, &at);
        }
    }
}

//! What a change of a channel adds to what leaves, and what it takes away: for
//! whoever reviews it, and for a gate that stops what nobody reviewed.
//!
//! A key that no rule here knows is told as changed, never passed over.

mod limits;
mod lists;

use crate::domain::channel::Channel;
use crate::domain::leaving::Leaf;
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// More leaves, or to more readers.
    Adds,
    /// What leaves is easier to come by, or less guarded.
    Widens,
    /// Less leaves, or it is better guarded.
    Takes,
    /// Neither more nor less.
    Alters,
}

impl Effect {
    /// Whether somebody should have a look before it is used.
    pub fn is_more(self) -> bool {
        matches!(self, Self::Adds | Self::Widens)
    }

    pub fn sign(self) -> char {
        match self {
            Self::Adds => '+',
            Self::Widens => '!',
            Self::Takes => '-',
            Self::Alters => '~',
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    pub effect: Effect,
    pub what: String,
    /// The key it is about, `packet.sections`.
    pub key: Cow<'static, str>,
}

impl Change {
    fn new(effect: Effect, key: impl Into<Cow<'static, str>>, what: impl Into<String>) -> Self {
        Self {
            effect,
            what: what.into(),
            key: key.into(),
        }
    }
}

/// What the new file of a channel changes; `None` where there is no such file.
pub fn changes(old: Option<&Channel>, new: Option<&Channel>) -> Vec<Change> {
    let mut changes = lists::changes(old, new);
    if let (Some(old), Some(new)) = (old, new) {
        changes.extend(limits::changes(old, new));
        let other = others(old, new, &changes);
        changes.extend(other);
    }
    changes.sort_by_key(|change| change.effect);
    changes
}

/// Keys with another content that no other rule told of.
fn others(old: &Channel, new: &Channel, told: &[Change]) -> Vec<Change> {
    let (old, new) = (keys(old), keys(new));
    let all: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differ = all.into_iter().filter(|key| old.get(*key) != new.get(*key));
    let covers = |change: &Change, key: &str| {
        let inner = key.strip_prefix(&*change.key);
        inner.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let untold = differ.filter(|key| !told.iter().any(|change| covers(change, key)));
    untold
        .map(|key| {
            let what = format!("`{key}` has another content");
            Change::new(Effect::Alters, key.clone(), what)
        })
        .collect()
}

/// `max-age`, `link.max-downloads`: every key with its content.
fn keys(channel: &Channel) -> BTreeMap<String, Value> {
    let mut keys = BTreeMap::new();
    let Ok(Value::Object(members)) = serde_json::to_value(&**channel) else {
        return keys;
    };
    for (key, value) in members {
        match value {
            Value::Object(inner) => {
                let inner = inner.into_iter();
                keys.extend(inner.map(|(name, value)| (format!("{key}.{name}"), value)));
            }
            value => {
                keys.insert(key, value);
            }
        }
    }
    keys
}

/// The values that leave by one packet and not by the other.
pub fn gained<'a>(before: &[Leaf], after: &'a [Leaf]) -> Vec<&'a Leaf> {
    let before: BTreeSet<String> = before.iter().map(Leaf::identity).collect();
    let new = after
        .iter()
        .filter(|leaf| !before.contains(&leaf.identity()));
    new.collect()
}

#[cfg(test)]
mod tests;

//! Several versions of one resource in one body: a history has them, and a
//! collection or transaction may (bdl-7). The newest is what is true; the others
//! are no facts, and nothing is left where the newest was deleted.

use std::collections::HashMap;

use super::{
    datatypes::text_below,
    entries::{Found, Walk},
    json::text,
    library::{base, folded, key_of},
    records::agree,
    tree::Value,
};

/// What the body tells of the age of a version: `meta`, else the entry.
#[derive(Debug, Clone, Copy, Default)]
pub struct Version {
    updated: Option<jiff::Timestamp>,
    number: Option<u64>,
}

impl Version {
    pub fn of(entry: Option<&Value>, resource: Option<&Value>) -> Self {
        let meta = |key| text_below(resource?, "meta", key);
        let response = |key| text_below(entry?, "response", key);
        let url = entry.and_then(|entry| text(entry, "fullUrl"));
        let history = url.and_then(|url| url.split_once("/_history/"));
        let time = |written: Option<&str>| written?.parse().ok();
        let number = |written: Option<&str>| {
            let written = written?.trim_start_matches("W/").trim_matches('"');
            written.parse().ok()
        };
        Self {
            updated: time(meta("lastUpdated")).or_else(|| time(response("lastModified"))),
            number: number(meta("versionId"))
                .or_else(|| number(response("etag")))
                .or_else(|| number(history.map(|(_, number)| number))),
        }
    }

    /// Whether it is newer than another, where both tell their age.
    fn is_newer(&self, other: &Self) -> Option<bool> {
        let pair = self.updated.zip(other.updated);
        let by_time = pair.filter(|(one, other)| one != other);
        let numbers = self.number.zip(other.number);
        let by_number = numbers.filter(|(one, other)| one != other);
        by_time
            .map(|(one, other)| one > other)
            .or_else(|| by_number.map(|(one, other)| one > other))
    }
}

/// What a history says was deleted, and how many resources were found before.
pub struct Deletion {
    pub after: usize,
    pub version: Version,
}

/// Deletions of one resource that are told apart.
const MAX_DELETIONS: usize = 50;

impl Deletion {
    /// Adds it; of too many the last keeps being the newest.
    pub fn noted(self, all: &mut Vec<Self>) {
        if all.len() < MAX_DELETIONS {
            all.push(self);
        } else if let Some(last) = all.last_mut()
            && self.version.is_newer(&last.version) != Some(false)
        {
            *last = self;
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fate {
    Kept,
    /// The very same is here already.
    Twin,
    Older,
}

/// What becomes of each of the resources found, in their order.
pub fn fates(walk: &Walk) -> Vec<Fate> {
    let mut fates = vec![Fate::Kept; walk.found.len()];
    let rises = is_rising(walk);
    let mut known = Known::default();
    for (nth, found) in walk.found.iter().enumerate() {
        let Some(best) = known.same(walk, nth) else {
            known.add(found, nth);
            continue;
        };
        let other = &walk.found[best];
        if other.json == found.json {
            fates[nth] = Fate::Twin;
            continue;
        }
        // A history has the newest first, unless its times say otherwise.
        let later_wins = !found.is_history || rises;
        let is_newer = found.version.is_newer(&other.version);
        match is_newer.unwrap_or(later_wins) {
            true => {
                fates[best] = Fate::Older;
                known.replace(best, nth);
            }
            false => fates[nth] = Fate::Older,
        }
    }
    for (nth, found) in walk.found.iter().enumerate() {
        if fates[nth] != Fate::Kept {
            continue;
        }
        let deletions = walk.deleted.get(&key_of(found)).into_iter().flatten();
        let is_deleted = |deletion: &Deletion| {
            let is_newer = deletion.version.is_newer(&found.version);
            is_newer.unwrap_or((nth >= deletion.after) != rises)
        };
        if found.is_history && deletions.into_iter().any(is_deleted) {
            fates[nth] = Fate::Older;
        }
    }
    fates
}

/// Whether a history begins with its oldest entry.
fn is_rising(walk: &Walk) -> bool {
    let times = walk.found.iter().filter(|found| found.is_history);
    let mut times = times.filter_map(|found| found.version.updated);
    let first = times.next();
    first.zip(times.next_back()).is_some_and(|(a, b)| a < b)
}

/// The best version so far of each resource, by what the resource is called.
#[derive(Default)]
struct Known {
    /// To a group, whose best version may change.
    by_url: HashMap<String, usize>,
    by_name: HashMap<String, usize>,
    best: Vec<usize>,
    group: HashMap<usize, usize>,
}

impl Known {
    /// The best version so far of the same resource.
    fn same(&self, walk: &Walk, nth: usize) -> Option<usize> {
        let found = &walk.found[nth];
        let by_url = found.full_url.and_then(|url| self.by_url.get(&bare(url)));
        if let Some(group) = by_url {
            return Some(self.best[*group]);
        }
        let name = key_of(found);
        let group = self.by_name.get(&name).filter(|_| !name.ends_with('/'))?;
        let best = self.best[*group];
        let other = &walk.found[best];
        if other.json == found.json {
            return (base(other).is_none() || base(other) == base(found)).then_some(best);
        }
        let same_server = match (base(other), base(found)) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        // Two that were given URLs of their own are two, whatever their ids.
        let is_one = found.is_history || other.full_url.is_none() || found.full_url.is_none();
        // Nor is anybody made somebody else by a number that two servers gave.
        let is_other =
            found.kind == "Patient" && !found.is_history && !is_same_person(other, found);
        (same_server && is_one && !is_other).then_some(best)
    }

    fn add(&mut self, found: &Found, nth: usize) {
        let group = self.best.len();
        self.best.push(nth);
        self.group.insert(nth, group);
        if let Some(url) = found.full_url {
            self.by_url.entry(bare(url)).or_insert(group);
        }
        self.by_name.entry(key_of(found)).or_insert(group);
    }

    fn replace(&mut self, best: usize, nth: usize) {
        if let Some(group) = self.group.get(&best).copied() {
            self.best[group] = nth;
            self.group.insert(nth, group);
        }
    }
}

/// Versions of one Patient tell their age, and agree on who it is.
fn is_same_person(one: &Found, other: &Found) -> bool {
    one.version.is_newer(&other.version).is_some() && agree(one.json, other.json)
}

/// A URL without the version.
fn bare(url: &str) -> String {
    folded(url.split("/_history").next().unwrap_or(url))
}

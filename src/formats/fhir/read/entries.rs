//! The walk through a body: Bundles, Bundles in Bundles, Parameters that wrap
//! resources. What an entry asks to delete, or what only answers, says nothing
//! about a patient and is no resource here.

use std::collections::HashMap;

use super::{
    json::{list, text},
    library::type_and_id,
    tree::Value,
    versions::{Deletion, Version},
};
use crate::domain::facts::Doubt;

/// Bundles inside of Bundles: a batch-response has one level, a history two.
const MAX_DEPTH: usize = 3;

/// A resource as it was found, before anything points at it.
pub struct Found<'b> {
    pub json: &'b Value<'b>,
    pub kind: &'b str,
    pub place: String,
    pub full_url: Option<&'b str>,
    /// One of several versions of the same resource may be there, newest first.
    pub is_history: bool,
    pub version: Version,
}

/// What the walk saw beside the resources.
#[derive(Default)]
pub struct Walk<'b> {
    pub found: Vec<Found<'b>>,
    pub doubts: Vec<Doubt>,
    /// Entries that ask or tell without a resource: GET, DELETE, a status line.
    pub bare: usize,
    /// OperationOutcomes: they speak to the system that asked.
    pub outcomes: usize,
    /// What a history says was deleted, `patient/1`.
    pub deleted: HashMap<String, Vec<Deletion>>,
}

impl<'b> Walk<'b> {
    pub fn through(body: &'b Value<'b>, kind: &'b str, place: &str) -> Self {
        let mut walk = Self::default();
        walk.resource(body, kind, place.to_owned(), None, false, 0);
        walk
    }

    fn resource(
        &mut self,
        json: &'b Value<'b>,
        kind: &'b str,
        place: String,
        entry: Option<&'b Value<'b>>,
        is_history: bool,
        depth: usize,
    ) {
        match kind {
            "Bundle" if depth > MAX_DEPTH => {
                let why = "a Bundle deep in Bundles was left out";
                self.doubts.push(Doubt::new(place, why));
            }
            "Bundle" => self.bundle(json, &place, depth),
            "OperationOutcome" => self.outcome(json, &place),
            _ => {
                self.found.push(Found {
                    json,
                    kind,
                    place: place.clone(),
                    full_url: entry.and_then(|entry| text(entry, "fullUrl")),
                    is_history,
                    version: Version::of(entry, Some(json)),
                });
                if kind == "Parameters" {
                    self.parameters(json, "parameter", &place, depth);
                }
            }
        }
    }

    fn bundle(&mut self, bundle: &'b Value<'b>, at: &str, depth: usize) {
        let is_history = text(bundle, "type") == Some("history");
        let is_next = |link: &Value| text(link, "relation") == Some("next");
        if list(bundle, "link").iter().any(is_next) {
            let why = "the answer has more pages, which did not come along";
            self.doubts.push(Doubt::new(format!("{at}.link"), why));
        }
        for (nth, entry) in list(bundle, "entry").iter().enumerate() {
            self.entry(entry, &format!("{at}.entry[{nth}]"), is_history, depth);
        }
    }

    fn entry(&mut self, entry: &'b Value<'b>, at: &str, is_history: bool, depth: usize) {
        let method = entry.get("request").and_then(|r| text(r, "method"));
        if let Some(outcome) = entry.get("response").and_then(|r| r.get("outcome")) {
            self.outcome(outcome, &format!("{at}.response.outcome"));
        }
        if method == Some("DELETE") {
            self.bare += 1;
            let url = entry.get("request").and_then(|r| text(r, "url"));
            let name = text(entry, "fullUrl").or(url).filter(|_| is_history);
            if let Some(name) = name.and_then(type_and_id) {
                let deletion = Deletion {
                    after: self.found.len(),
                    version: Version::of(Some(entry), None),
                };
                deletion.noted(self.deleted.entry(name).or_default());
            }
            let why = "the entry tells of a deletion: nothing of it was read";
            self.doubts.push(Doubt::new(at, why));
            return;
        }
        if method == Some("PATCH") {
            let why = "the entry changes a resource that is not here and was left out";
            self.doubts.push(Doubt::new(at, why));
            return;
        }
        if entry.get("search").and_then(|s| text(s, "mode")) == Some("outcome") {
            self.outcome(entry.get("resource").unwrap_or(&Value::Null), at);
            return;
        }
        let place = format!("{at}.resource");
        let resource = entry.get("resource").filter(|resource| !resource.is_null());
        match resource.map(|json| (json, text(json, "resourceType"))) {
            Some((json, Some(kind))) => {
                self.resource(json, kind, place, Some(entry), is_history, depth + 1);
            }
            Some(_) => {
                let why = "the resource names no type and was left out";
                self.doubts.push(Doubt::new(place, why));
            }
            None => self.without_resource(entry, place),
        }
    }

    fn without_resource(&mut self, entry: &'b Value<'b>, place: String) {
        self.bare += 1;
        let status = entry.get("response").and_then(|r| text(r, "status"));
        if status.is_some_and(|status| status.starts_with(['4', '5'])) {
            let why = "the sender's server answered this entry with an error";
            self.doubts.push(Doubt::new(place, why));
        } else if entry.get("request").is_none() && entry.get("response").is_none() {
            let why = "the entry holds no resource";
            self.doubts.push(Doubt::new(place, why));
        }
    }

    /// An error that a server gave instead of data may hide data.
    fn outcome(&mut self, outcome: &'b Value<'b>, at: &str) {
        self.outcomes += 1;
        let severe = |issue: &Value| matches!(text(issue, "severity"), Some("error" | "fatal"));
        if list(outcome, "issue").iter().any(severe) {
            let why = "the sender's server reported an error here";
            self.doubts.push(Doubt::new(at, why));
        }
    }

    /// Parameters.parameter, whose parts may hold parts.
    fn parameters(&mut self, json: &'b Value<'b>, key: &str, at: &str, depth: usize) {
        for (nth, parameter) in list(json, key).iter().enumerate() {
            let place = format!("{at}.{key}[{nth}]");
            if let Some(resource) = parameter.get("resource")
                && let Some(kind) = text(resource, "resourceType")
            {
                let place = format!("{place}.resource");
                self.resource(resource, kind, place, None, false, depth + 1);
            }
            if depth <= MAX_DEPTH {
                self.parameters(parameter, "part", &place, depth + 1);
            }
        }
    }
}

//! The resources of one body and how they name each other: fullUrl, `Type/id`
//! with and without a server, `urn:uuid:`, `#contained` and an identifier.

use std::collections::HashMap;

use super::{
    clinical::{Certainty, certainty, why_void},
    datatypes::coded,
    entries::{Found, Walk},
    json::{list, owned, text},
    tree::Value,
    versions::{Fate, fates},
};
use crate::domain::facts::{Coded, Doubt};

/// One resource with the place it came from, as doubts name it.
#[derive(Clone)]
pub struct Resource<'b> {
    pub json: &'b Value<'b>,
    pub kind: &'b str,
    pub place: String,
    /// Its number in the library, and that of the resource that contains it.
    pub nth: usize,
    pub home: usize,
    pub contained: bool,
    /// The server it is on, where the fullUrl tells: `https://a.example/fhir`.
    pub base: Option<&'b str>,
}

impl Resource<'_> {
    pub fn at(&self, key: &str) -> String {
        format!("{}.{key}", self.place)
    }
}

pub struct Library<'b> {
    pub resources: Vec<Resource<'b>>,
    by_name: HashMap<String, usize>,
    by_kind: HashMap<&'b str, Vec<usize>>,
    /// By the place of the container and the local id.
    contained: HashMap<(usize, &'b str), usize>,
}

impl<'b> Library<'b> {
    pub fn of(walk: Walk<'b>, doubts: &mut Vec<Doubt>) -> Self {
        let mut library = Self {
            resources: Vec::new(),
            by_name: HashMap::new(),
            by_kind: HashMap::new(),
            contained: HashMap::new(),
        };
        let fates = fates(&walk);
        let older = fates.iter().filter(|fate| **fate == Fate::Older).count();
        for (found, fate) in walk.found.into_iter().zip(fates) {
            if fate == Fate::Kept {
                library.push(found);
            }
        }
        if older > 0 {
            let why = format!("{older} older versions of resources were left out");
            doubts.push(Doubt::new("Bundle.entry", why));
        }
        doubts.extend(walk.doubts);
        library
    }

    fn push(&mut self, found: Found<'b>) {
        let nth = self.resources.len();
        let mut names: Vec<String> = found.full_url.map(folded).into_iter().collect();
        // An id may be told by the fullUrl alone; `urn:uuid:` has no slash.
        names.extend(found.full_url.and_then(type_and_id));
        if let Some(id) = text(found.json, "id") {
            names.push(key_of(&found));
            names.push(format!("urn:uuid:{}", id.to_ascii_lowercase()));
        }
        let numbers = list(found.json, "identifier").iter();
        let numbers = numbers.chain(found.json.get("masterIdentifier"));
        for identifier in numbers {
            names.extend(by_identifier(found.kind, identifier));
        }
        for name in names {
            self.by_name.entry(name).or_insert(nth);
        }
        let base = base(&found);
        self.by_kind.entry(found.kind).or_default().push(nth);
        self.resources.push(Resource {
            json: found.json,
            kind: found.kind,
            place: found.place,
            nth,
            home: nth,
            contained: false,
            base,
        });
        self.push_contained(nth, found.json, base);
    }

    fn push_contained(&mut self, home: usize, json: &'b Value<'b>, base: Option<&'b str>) {
        for (local, inner) in list(json, "contained").iter().enumerate() {
            let Some(kind) = text(inner, "resourceType") else {
                continue;
            };
            let nth = self.resources.len();
            if let Some(id) = text(inner, "id") {
                let id = id.strip_prefix('#').unwrap_or(id);
                self.contained.entry((home, id)).or_insert(nth);
            }
            let place = format!("{}.contained[{local}]", self.resources[home].place);
            self.by_kind.entry(kind).or_default().push(nth);
            self.resources.push(Resource {
                json: inner,
                kind,
                place,
                nth,
                home,
                contained: true,
                base,
            });
        }
    }

    pub fn all(&self, kind: &str) -> impl Iterator<Item = (usize, &Resource<'b>)> {
        let entries = self.by_kind.get(kind).into_iter().flatten();
        entries.map(|nth| (*nth, &self.resources[*nth]))
    }

    fn named(&self, name: &str) -> Option<usize> {
        self.by_name.get(&folded(name)).copied()
    }

    /// What a Reference of `from` points at, in the library.
    pub fn entry(&self, from: &Resource<'b>, reference: &Value) -> Option<usize> {
        let reference = reference
            .get("reference")
            .filter(|r| r.is_object())
            .unwrap_or(reference);
        let Some(name) = text(reference, "reference").or_else(|| reference.as_str()) else {
            let identifier = reference.get("identifier")?;
            let kind = text(reference, "type").unwrap_or("Patient");
            return self.named(&by_identifier(kind, identifier)?);
        };
        if let Some(id) = name.strip_prefix('#') {
            return match id {
                "" => Some(from.home),
                id => self.contained.get(&(from.home, id)).copied(),
            };
        }
        let versionless = name.split("/_history").next().unwrap_or(name);
        if let Some(nth) = self.named(versionless) {
            let is_relative = !versionless.contains("://");
            // The same id may live on two servers: one's own is meant first.
            let own = from
                .base
                .filter(|_| is_relative)
                .map(|base| format!("{base}/{versionless}"));
            return own.and_then(|own| self.named(&own)).or(Some(nth));
        }
        let nth = self.named(&type_and_id(versionless)?)?;
        let there = server(versionless);
        let here = self.resources[nth].base;
        (there.is_none() || here.is_none() || there == here).then_some(nth)
    }

    pub fn resolve(&self, from: &Resource<'b>, reference: &Value) -> Option<&Resource<'b>> {
        self.resources.get(self.entry(from, reference)?)
    }

    /// A concept, or what a Reference or CodeableReference means in words: the
    /// code of the resource it points at, else its display. With the place.
    pub fn meant(&self, from: &Resource<'b>, value: &Value, at: String) -> Option<(Coded, String)> {
        let is_reference = value.get("reference").is_some() && value.get("concept").is_none();
        let own = coded(value);
        if !own.is_empty() && !is_reference {
            return Some((own, at));
        }
        let reference = match value.get("reference") {
            Some(inner) if inner.is_object() => inner,
            _ => value,
        };
        let display = owned(reference, "display");
        let resource = self.resolve(from, reference);
        let code = resource.and_then(|resource| {
            let keys = ["code", "vaccineCode", "name", "description"].into_iter();
            let mut values = keys.filter_map(|key| Some((key, resource.json.get(key)?)));
            let (key, code) = values.next()?;
            let code = coded(code);
            (!code.is_empty()).then(|| (code, resource.at(key)))
        });
        match (code, display) {
            (Some((mut code, at)), display) => {
                code.text = code.text.or(display);
                Some((code, at))
            }
            (None, Some(display)) => {
                let code = Coded {
                    text: Some(display),
                    ..Coded::default()
                };
                Some((code, format!("{at}.display")))
            }
            (None, None) => None,
        }
    }

    /// A reason in words, with its certainty: none where it turned out not to be.
    fn reason(&self, from: &Resource<'b>, value: &Value) -> Option<String> {
        let reference = value.get("reference").filter(|r| r.is_object());
        let behind = self.resolve(from, reference.unwrap_or(value));
        if behind.is_some_and(|behind| why_void(behind.json).is_some()) {
            return None;
        }
        let (code, _) = self.meant(from, value, String::new())?;
        let words = code.text.or(code.code)?;
        let concept = behind.and_then(|behind| behind.json.get("code"));
        match certainty(concept.unwrap_or(value)) {
            None => Some(words),
            Some(Certainty::RuledOut) => None,
            Some(Certainty::Suspected) => Some(format!("{words} (suspected)")),
            Some(Certainty::StateAfter) => Some(format!("{words} (state after)")),
        }
    }

    /// The words of concepts and references under several keys, in their order,
    /// and the first key that had some.
    pub fn reasons(&self, from: &Resource<'b>, keys: &[&'static str]) -> Option<Reasons> {
        let mut reasons: Option<Reasons> = None;
        for key in keys {
            for item in items(from.json, key) {
                // Encounter.reason of R5 has its CodeableReferences in `value`.
                let values = match item.get("value") {
                    Some(_) => list(item, "value"),
                    None => std::slice::from_ref(item),
                };
                for value in values {
                    let Some(words) = self.reason(from, value) else {
                        continue;
                    };
                    match &mut reasons {
                        Some(reasons) if reasons.words == words => {}
                        Some(reasons) => {
                            reasons.words.push_str("; ");
                            reasons.words.push_str(&words);
                        }
                        None => reasons = Some(Reasons { words, key }),
                    }
                }
            }
        }
        reasons
    }
}

/// Why something is done, and the member that says so.
pub struct Reasons {
    pub words: String,
    pub key: &'static str,
}

/// The items of a list, objects and texts alike, or the one instead of it.
pub fn items<'v>(object: &'v Value<'v>, key: &str) -> &'v [Value<'v>] {
    object.get(key).map_or(&[], items_of)
}

pub fn items_of<'v>(value: &'v Value<'v>) -> &'v [Value<'v>] {
    match value {
        Value::Array(items) => items,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}

/// Names are compared without case: types are misspelt, and UUIDs have none.
pub fn folded(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// `patient/1`, or `patient/` where there is no id.
pub fn key_of(found: &Found) -> String {
    let id = text(found.json, "id").unwrap_or_default();
    folded(&format!("{}/{id}", found.kind))
}

/// `http://h/fhir/Patient/1/_history/2` → `patient/1`.
pub fn type_and_id(name: &str) -> Option<String> {
    let name = name.split("/_history").next()?;
    let mut parts = name.rsplit('/');
    let (id, kind) = (parts.next()?, parts.next()?);
    Some(folded(&format!("{kind}/{id}")))
}

/// `http://h/fhir/Patient/1` → `http://h/fhir`.
fn server(name: &str) -> Option<&str> {
    let name = name.split("/_history").next()?;
    let (rest, _) = name.rsplit_once('/')?;
    let (base, _) = rest.rsplit_once('/')?;
    base.contains("://").then_some(base)
}

pub fn base<'b>(found: &Found<'b>) -> Option<&'b str> {
    found.full_url.and_then(server)
}

fn by_identifier(kind: &str, identifier: &Value) -> Option<String> {
    let value = text(identifier, "value")?;
    let system = text(identifier, "system").unwrap_or_default();
    Some(folded(&format!("{kind}?identifier={system}|{value}")))
}

//! The resources of one body and how they name each other: fullUrl, `Type/id`,
//! `urn:uuid:`, `#contained` and `Type?identifier=`.

use std::collections::HashMap;

use serde_json::Value;

use super::json::{list, text};
use crate::domain::facts::{Doubt, Party};

/// Bundles inside of Bundles: a batch-response has one level, a history two.
const MAX_DEPTH: usize = 3;

/// One resource with the place it came from, as doubts name it.
#[derive(Clone)]
pub struct Resource<'b> {
    pub json: &'b Value,
    pub kind: &'b str,
    pub place: String,
}

pub struct Library<'b> {
    pub resources: Vec<Resource<'b>>,
    by_name: HashMap<String, usize>,
}

impl<'b> Library<'b> {
    /// The entries of a Bundle, or the one resource itself.
    pub fn of(body: &'b Value, kind: &'b str, doubts: &mut Vec<Doubt>) -> Self {
        let mut library = Self {
            resources: Vec::new(),
            by_name: HashMap::new(),
        };
        if kind != "Bundle" {
            library.push(
                Resource {
                    json: body,
                    kind,
                    place: kind.to_owned(),
                },
                None,
            );
            return library;
        }
        library.add_entries(body, "Bundle", 0, doubts);
        library
    }

    /// A batch-response holds a searchset per request: Bundles in the Bundle.
    fn add_entries(&mut self, bundle: &'b Value, at: &str, depth: usize, doubts: &mut Vec<Doubt>) {
        for (nth, entry) in list(bundle, "entry").iter().enumerate() {
            let place = format!("{at}.entry[{nth}].resource");
            match entry
                .get("resource")
                .map(|json| (json, text(json, "resourceType")))
            {
                Some((json, Some("Bundle"))) if depth < MAX_DEPTH => {
                    self.add_entries(json, &place, depth + 1, doubts);
                }
                Some((_, Some("Bundle"))) => {
                    doubts.push(Doubt::new(place, "a Bundle deep in Bundles was left out"));
                }
                Some((json, Some(kind))) => {
                    self.push(Resource { json, kind, place }, text(entry, "fullUrl"));
                }
                Some(_) => {
                    doubts.push(Doubt::new(
                        place,
                        "the resource names no type and was left out",
                    ));
                }
                None if entry.get("request").is_some() || entry.get("response").is_some() => {}
                None => doubts.push(Doubt::new(place, "the entry holds no resource")),
            }
        }
    }

    fn push(&mut self, resource: Resource<'b>, full_url: Option<&str>) {
        let nth = self.resources.len();
        let mut names: Vec<String> = full_url.map(str::to_owned).into_iter().collect();
        // An id may be told by the fullUrl alone; `urn:uuid:` has no slash.
        names.extend(full_url.and_then(type_and_id));
        if let Some(id) = text(resource.json, "id") {
            names.push(format!("{}/{id}", resource.kind));
            names.push(format!("urn:uuid:{id}"));
        }
        for identifier in list(resource.json, "identifier") {
            names.extend(by_identifier(resource.kind, identifier));
        }
        for name in names {
            self.by_name.entry(name).or_insert(nth);
        }
        self.resources.push(resource);
    }

    pub fn all(&self, kind: &'static str) -> impl Iterator<Item = (usize, &Resource<'b>)> {
        self.resources
            .iter()
            .enumerate()
            .filter(move |(_, resource)| resource.kind == kind)
    }

    /// The entry a Reference points at.
    pub fn entry(&self, reference: &Value) -> Option<usize> {
        let by_name = |name: &str| self.by_name.get(name).copied();
        let Some(name) = text(reference, "reference") else {
            let kind = text(reference, "type")?;
            return by_name(&by_identifier(kind, reference.get("identifier")?)?);
        };
        by_name(name).or_else(|| by_name(&type_and_id(name)?))
    }

    /// What a Reference of `from` points at: one of its own, or an entry.
    pub fn resolve(&self, from: &'b Value, reference: &Value) -> Option<(&'b Value, &'b str)> {
        if let Some(id) = text(reference, "reference").and_then(|name| name.strip_prefix('#')) {
            let contained = list(from, "contained").iter();
            return contained
                .filter(|resource| text(resource, "id") == Some(id))
                .find_map(|resource| Some((resource, text(resource, "resourceType")?)));
        }
        let resource = self.resources.get(self.entry(reference)?)?;
        Some((resource.json, resource.kind))
    }

    /// Who a Reference means: a person, an organisation, or both (PractitionerRole).
    pub fn party(&self, from: &'b Value, reference: &Value) -> Option<Party> {
        let party = match self.resolve(from, reference) {
            Some((json, "PractitionerRole")) => self.role(json),
            Some((json, kind)) => party_of(json, kind),
            None => pointed_at(reference),
        };
        (!party.is_empty()).then_some(party)
    }

    fn role(&self, json: &'b Value) -> Party {
        let part = |key: &str| {
            json.get(key).and_then(|reference| {
                // A role never points at a role, so this ends.
                self.resolve(json, reference)
                    .map(|(json, kind)| party_of(json, kind))
                    .or_else(|| Some(pointed_at(reference)))
            })
        };
        let person = part("practitioner").unwrap_or_default();
        let organization = part("organization").and_then(|o| o.organization.or(o.family));
        Party {
            organization: organization.or(person.organization),
            telecom: telecom(json).or(person.telecom),
            id: person.id,
            family: person.family,
            given: person.given,
        }
    }
}

/// `http://h/fhir/Patient/1/_history/2` → `Patient/1`.
fn type_and_id(name: &str) -> Option<String> {
    let name = name.split("/_history").next()?;
    let mut parts = name.rsplit('/');
    let (id, kind) = (parts.next()?, parts.next()?);
    Some(format!("{kind}/{id}"))
}

fn by_identifier(kind: &str, identifier: &Value) -> Option<String> {
    let value = text(identifier, "value")?;
    Some(format!(
        "{kind}?identifier={}|{value}",
        text(identifier, "system").unwrap_or_default()
    ))
}

fn party_of(json: &Value, kind: &str) -> Party {
    let id = list(json, "identifier")
        .iter()
        .find_map(|i| text(i, "value"))
        .map(str::to_owned);
    let telecom = telecom(json);
    if let Some(name) = text(json, "name") {
        return Party {
            id,
            organization: Some(name.to_owned()),
            telecom,
            ..Party::default()
        };
    }
    let name = list(json, "name")
        .iter()
        .find_map(super::datatypes::human_name)
        .unwrap_or_default();
    let given = (!name.given.is_empty()).then(|| name.given.join(" "));
    let family = name.family.or(name.text.filter(|_| given.is_none()));
    let organization = (kind == "Organization").then(|| id.clone()).flatten();
    Party {
        id,
        family,
        given,
        organization,
        telecom,
    }
}

/// A reference that leads nowhere still has its display or an identifier.
fn pointed_at(reference: &Value) -> Party {
    let display = text(reference, "display").map(str::to_owned);
    let id = reference
        .get("identifier")
        .and_then(|i| text(i, "value"))
        .map(str::to_owned);
    let is_organization = text(reference, "type") == Some("Organization")
        || text(reference, "reference").is_some_and(|name| name.contains("Organization/"));
    match is_organization {
        true => Party {
            id,
            organization: display,
            ..Party::default()
        },
        false => Party {
            id,
            family: display,
            ..Party::default()
        },
    }
}

fn telecom(json: &Value) -> Option<String> {
    list(json, "telecom")
        .iter()
        .find_map(|point| text(point, "value"))
        .map(str::to_owned)
}

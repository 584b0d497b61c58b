//! Whose Bundle this is, and what of it is theirs. One person must be certain;
//! resources of anybody else are left out with a doubt.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    datatypes::{human_name, identifier, when},
    focus::Focus,
    json::{list, text},
    library::{Library, Resource},
};
use crate::domain::facts::{Doubt, HumanName, Identifier, Patient, Problem, When};

/// The one patient of a body.
pub struct Subject {
    pub patient: Patient,
    /// The entries that are this Patient: the same one may be there twice.
    entries: HashSet<usize>,
    /// The reference, where the Patient itself did not come along.
    reference: Option<String>,
}

pub fn of(library: &Library, focus: &Focus, doubts: &mut Vec<Doubt>) -> Result<Subject, Problem> {
    let lead = focus.entry.and_then(|entry| library.resources.get(entry));
    if let Some(lead) = lead {
        if lead.kind == "Patient" {
            return Ok(present(library, focus.entry.unwrap_or_default(), doubts));
        }
        if let Some(reference) = subject(lead.json) {
            return of_reference(library, lead, reference, doubts);
        }
    }
    let composition = library
        .all("Composition")
        .next()
        .map(|(_, resource)| resource);
    if let Some((composition, reference)) = composition.and_then(|c| Some((c, subject(c.json)?))) {
        return of_reference(library, composition, reference, doubts);
    }
    of_everyone(library, doubts)
}

/// R4 says `subject` or `patient`, depending on the resource.
fn subject(json: &Value) -> Option<&Value> {
    json.get("subject")
        .or_else(|| json.get("patient"))
        .filter(|reference| {
            text(reference, "reference").is_some()
                || text(reference, "display").is_some()
                || reference.get("identifier").is_some()
        })
}

fn of_reference<'b>(
    library: &Library<'b>,
    from: &Resource<'b>,
    reference: &Value,
    doubts: &mut Vec<Doubt>,
) -> Result<Subject, Problem> {
    if let Some(entry) = library.entry(reference) {
        return Ok(present(library, entry, doubts));
    }
    if let Some((json, _)) = library.resolve(from.json, reference) {
        let place = format!("{}.contained", from.place);
        let patient = read(json, &place, doubts);
        return Ok(Subject {
            patient,
            entries: HashSet::new(),
            reference: None,
        });
    }
    if library.all("Patient").next().is_some() {
        return Err(Problem::new(
            &from.place,
            "its patient is not in the Bundle, but another is",
        ));
    }
    Ok(absent(reference))
}

/// Nothing leads: then everything must be about one and the same person.
fn of_everyone(library: &Library, doubts: &mut Vec<Doubt>) -> Result<Subject, Problem> {
    let mut patients = library.all("Patient").map(|(entry, _)| entry);
    if let Some(first) = patients.next() {
        let one = present(library, first, doubts);
        return match patients.all(|other| one.entries.contains(&other)) {
            true => Ok(one),
            false => Err(Problem::new(
                "Bundle",
                "the Bundle holds more than one patient",
            )),
        };
    }
    let mut references = library
        .resources
        .iter()
        .filter_map(|r| Some((r, subject(r.json)?)));
    let Some((from, reference)) = references.next() else {
        return match library.all("MessageHeader").next() {
            Some((_, header)) => {
                doubts.push(Doubt::new(&header.place, "the message names no patient"));
                Ok(absent(&Value::Null))
            }
            None => Err(Problem::new("Bundle", "no patient is named")),
        };
    };
    let one = of_reference(library, from, reference, doubts)?;
    match references.all(|(other, _)| one.owns(library, other)) {
        true => Ok(one),
        false => Err(Problem::new(
            "Bundle",
            "the Bundle is about more than one patient",
        )),
    }
}

fn present(library: &Library, entry: usize, doubts: &mut Vec<Doubt>) -> Subject {
    let resource = &library.resources[entry];
    let patient = read(resource.json, &resource.place, doubts);
    let twins = library.all("Patient").filter(|(other, twin)| {
        *other == entry || read(twin.json, &twin.place, &mut Vec::new()) == patient
    });
    let entries = twins.map(|(other, _)| other).collect();
    Subject {
        patient,
        entries,
        reference: None,
    }
}

/// Only the reference came: its identifier, or the id it ends in, and its words.
fn absent(reference: &Value) -> Subject {
    let written = text(reference, "reference");
    let logical = reference.get("identifier").and_then(identifier);
    let id = || {
        let value = written?.rsplit(['/', ':']).next()?.to_owned();
        Some(Identifier {
            value,
            ..Identifier::default()
        })
    };
    let name = text(reference, "display").map(|text| HumanName {
        text: Some(text.to_owned()),
        ..HumanName::default()
    });
    let patient = Patient {
        identifiers: logical.or_else(id).into_iter().collect(),
        names: name.into_iter().collect(),
        ..Patient::default()
    };
    Subject {
        patient,
        entries: HashSet::new(),
        reference: written.map(str::to_owned),
    }
}

fn read(json: &Value, place: &str, doubts: &mut Vec<Doubt>) -> Patient {
    Patient {
        identifiers: list(json, "identifier")
            .iter()
            .filter_map(identifier)
            .collect(),
        names: names(json),
        birth_date: when(json, "birthDate", place, doubts).map(|when| When(when.date().to_owned())),
        gender: gender(json, place, doubts),
        ..Patient::default()
    }
}

/// The official name first: a list of packets shows one.
fn names(json: &Value) -> Vec<HumanName> {
    let mut names: Vec<&Value> = list(json, "name").iter().collect();
    names.sort_by_key(|name| match text(name, "use") {
        Some("official") => 0,
        Some("old" | "maiden") => 2,
        _ => 1,
    });
    names.into_iter().filter_map(human_name).collect()
}

fn gender(json: &Value, place: &str, doubts: &mut Vec<Doubt>) -> Option<&'static str> {
    let written = text(json, "gender")?;
    let codes = ["male", "female", "other", "unknown"];
    let known = codes
        .into_iter()
        .find(|code| written.eq_ignore_ascii_case(code));
    if known.is_none() {
        let at = format!("{place}.gender");
        doubts.push(Doubt::new(at, "the code is not an administrative gender"));
    }
    known
}

impl Subject {
    /// Whether a resource is this patient's, or is nobody's in particular.
    pub fn owns(&self, library: &Library, resource: &Resource) -> bool {
        let Some(reference) = subject(resource.json) else {
            return true;
        };
        if let Some(entry) = library.entry(reference) {
            return self.entries.contains(&entry);
        }
        let written = text(reference, "reference");
        if written.is_some_and(|written| written.starts_with('#')) {
            let contained = library.resolve(resource.json, reference);
            return contained.is_some_and(|(json, _)| {
                read(json, &resource.place, &mut Vec::new()) == self.patient
            });
        }
        let logical = reference.get("identifier").and_then(|i| text(i, "value"));
        match written.or(logical) {
            Some(_) if written.is_some() && self.reference.as_deref() == written => true,
            Some(_) => logical.is_some_and(|value| {
                self.patient
                    .identifiers
                    .iter()
                    .any(|identifier| identifier.value == value)
            }),
            // A display alone names nobody else for certain.
            None => true,
        }
    }
}

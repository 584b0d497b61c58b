//! Whose body this is: the people in it, and which of them each resource is
//! about. Two entries are one person where an identifier or a link says so, and
//! never for a name alone: twins share theirs.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use super::{
    elsewhere::Shown,
    json::{list, text},
    library::{Library, Resource, items, type_and_id},
    records::{Groups, agree, identities, is_replaced, values},
    tree::Value,
};
use crate::domain::facts::Doubt;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Owner {
    /// A person of the body.
    One(usize),
    /// Names no patient.
    Nobody,
    /// Names a Group, a Device, a Location: what is said is about that.
    Thing,
    /// Names somebody who is none of these people, or is about another than its
    /// patient: a fetus, a donor.
    Other,
}

#[derive(Default)]
pub struct Person<'b> {
    /// Their Patient resources, the one to be read first.
    pub entries: Vec<usize>,
    /// Where none came along: who points at them, and how.
    pub reference: Option<(usize, &'static str, &'b Value<'b>)>,
    /// The first resource that is about them.
    pub named: Option<usize>,
}

pub struct People<'b> {
    pub people: Vec<Person<'b>>,
    /// The owner of each resource of the library.
    pub owners: Vec<Owner>,
    pub doubts: Vec<Doubt>,
    /// People by what a Reference calls them.
    pub(super) names: HashMap<String, usize>,
    /// Whom the displays name that were compared so far.
    pub(super) displays: RefCell<HashMap<String, Shown>>,
    /// Those who came along by the values of their identifiers; `None` where
    /// two share one.
    numbers: HashMap<String, Option<usize>>,
}

/// Shorter numbers may be anybody's: `Patient/1` is a server's id and no MRN.
const MIN_NUMBER: usize = 5;

/// R4 names the patient in one of these; before and after it in others.
const SUBJECTS: [&str; 5] = ["subject", "patient", "beneficiary", "individual", "for"];

impl<'b> People<'b> {
    pub fn of(library: &Library<'b>) -> Self {
        let count = library.resources.len();
        let mut people = Self {
            people: Vec::new(),
            owners: vec![Owner::Nobody; count],
            doubts: Vec::new(),
            names: HashMap::new(),
            displays: RefCell::new(HashMap::new()),
            numbers: HashMap::new(),
        };
        people.present(library);
        people.referred(library);
        people.followers(library);
        people
    }

    /// The Patients that came along, in their order.
    fn present(&mut self, library: &Library<'b>) {
        let entries: Vec<usize> = library.all("Patient").map(|(entry, _)| entry).collect();
        let mut groups = Groups::of(library.resources.len());
        let mut known: HashMap<String, usize> = HashMap::new();
        for &entry in &entries {
            for name in identities(&library.resources[entry]) {
                let twin = *known.entry(name).or_insert(entry);
                if agree(library.resources[entry].json, library.resources[twin].json) {
                    groups.join(entry, twin);
                }
            }
            for link in list(library.resources[entry].json, "link") {
                let other = link.get("other");
                let other = other.and_then(|r| library.entry(&library.resources[entry], r));
                if let Some(other) = other.filter(|o| library.resources[*o].kind == "Patient") {
                    groups.join(entry, other);
                }
            }
        }
        let mut numbers: HashMap<usize, usize> = HashMap::new();
        for &entry in &entries {
            let number = *numbers
                .entry(groups.root(entry))
                .or_insert(self.people.len());
            if number == self.people.len() {
                self.people.push(Person::default());
            }
            self.people[number].entries.push(entry);
            self.owners[entry] = Owner::One(number);
            for value in values(library.resources[entry].json) {
                let known = self.numbers.entry(value).or_insert(Some(number));
                *known = known.filter(|known| *known == number);
            }
        }
        for person in &mut self.people {
            person
                .entries
                .sort_by_key(|entry| is_replaced(library.resources[*entry].json));
        }
    }

    /// Each resource to the one it names.
    fn referred(&mut self, library: &Library<'b>) {
        for (nth, resource) in library.resources.iter().enumerate() {
            if resource.kind == "Patient" {
                continue;
            }
            let owner = subject(resource).map(|(key, r)| self.owner(library, resource, key, r));
            let owner = owner.or_else(|| {
                let actors = list(resource.json, "participant").iter();
                let mut actors = actors.filter_map(|p| p.get("actor"));
                actors.find_map(|actor| self.patient_among(library, resource, actor))
            });
            let owner = owner.unwrap_or(Owner::Nobody);
            self.owners[nth] = match self.is_focused_elsewhere(library, resource, owner) {
                true => Owner::Other,
                false => owner,
            };
            if let Owner::One(number) = self.owners[nth] {
                self.people[number].named.get_or_insert(nth);
            }
        }
    }

    /// An actor of an Appointment is the patient only where that is said.
    fn patient_among(
        &mut self,
        library: &Library<'b>,
        from: &Resource<'b>,
        actor: &'b Value<'b>,
    ) -> Option<Owner> {
        let is_patient = match library.resolve(from, actor) {
            Some(found) => found.kind == "Patient",
            None => type_of(actor).as_deref() == Some("patient"),
        };
        is_patient.then(|| self.owner(library, from, "participant.actor", actor))
    }

    fn owner(
        &mut self,
        library: &Library<'b>,
        from: &Resource<'b>,
        key: &'static str,
        reference: &'b Value<'b>,
    ) -> Owner {
        if let Some(entry) = library.entry(from, reference) {
            return match self.owners[entry] {
                Owner::One(number) if library.resources[entry].kind == "Patient" => {
                    Owner::One(number)
                }
                _ => Owner::Thing,
            };
        }
        let kind = type_of(reference);
        if kind.is_some_and(|kind| kind != "patient") {
            return Owner::Thing;
        }
        if let Some(number) = self.by_number(reference) {
            let at = from.at(key);
            if self.doubts.is_empty() {
                let why = "the patient is referred to by an identifier instead of the id";
                self.doubts.push(Doubt::new(at, why));
            }
            return Owner::One(number);
        }
        let is_certain = literal(reference).is_some() || reference.get("identifier").is_some();
        let Some(name) = name_of(from, reference) else {
            return Owner::Nobody;
        };
        // A display alone names nobody else for certain.
        if !is_certain && !self.people.is_empty() {
            if let Some(number) = self.names.get(&name) {
                return Owner::One(*number);
            }
            return match self.shown(library, text(reference, "display").unwrap_or_default()) {
                Shown::One(number) => Owner::One(number),
                Shown::Another => Owner::Other,
                Shown::Nobody => Owner::Nobody,
            };
        }
        let number = *self.names.entry(name).or_insert(self.people.len());
        if number == self.people.len() {
            self.people.push(Person {
                reference: Some((from.home, key, reference)),
                ..Person::default()
            });
        }
        Owner::One(number)
    }

    /// Some senders write `Patient/<MRN>`, or an identifier without its system.
    pub(super) fn by_number(&self, reference: &Value) -> Option<usize> {
        let logical = reference.get("identifier").and_then(|i| text(i, "value"));
        let literal = literal(reference).map(|name| {
            let name = name.split("/_history").next().unwrap_or(name);
            name.rsplit(['/', ':']).next().unwrap_or(name)
        });
        let mut values = literal.into_iter().chain(logical);
        values.find_map(|value| match value.len() >= MIN_NUMBER {
            true => *self.numbers.get(&value.to_ascii_lowercase())?,
            false => None,
        })
    }

    /// What names nobody goes with what holds it: its container, its stay, the
    /// report it is a result of.
    fn followers(&mut self, library: &Library<'b>) {
        for (nth, resource) in library.resources.iter().enumerate() {
            if self.owners[nth] != Owner::Nobody {
                continue;
            }
            let stay = ["encounter", "context"]
                .into_iter()
                .find_map(|key| library.entry(resource, resource.json.get(key)?));
            let stay = stay.map(|stay| self.owners[stay]);
            let home = resource.contained.then(|| self.owners[resource.home]);
            self.owners[nth] = stay.or(home).unwrap_or(Owner::Nobody);
        }
        for (nth, resource) in library.resources.iter().enumerate() {
            let owner = self.owners[nth];
            for key in ["result", "hasMember"] {
                for member in list(resource.json, key) {
                    let member = library.entry(resource, member);
                    if let Some(member) = member.filter(|m| self.owners[*m] == Owner::Nobody) {
                        self.owners[member] = owner;
                    }
                }
            }
        }
    }

    /// Patients that are somebody's family: RelatedPerson links mother and child.
    pub fn family(&self, library: &Library<'b>) -> HashSet<usize> {
        let mut family = HashSet::new();
        for (number, person) in self.people.iter().enumerate() {
            let entries = person
                .entries
                .iter()
                .map(|entry| &library.resources[*entry]);
            let mut others = entries.flat_map(|patient| {
                let links = list(patient.json, "link").iter();
                links.filter_map(|link| library.entry(patient, link.get("other")?))
            });
            let is_relative = others.any(|other| {
                library.resources[other].kind == "RelatedPerson"
                    && self.owners[other] != Owner::One(number)
            });
            if is_relative && person.named.is_none() {
                family.insert(number);
            }
        }
        family
    }
}

/// The patient a resource names, and in which member.
pub fn subject<'b>(resource: &Resource<'b>) -> Option<(&'static str, &'b Value<'b>)> {
    SUBJECTS.into_iter().find_map(|key| {
        let reference = items(resource.json, key).first()?;
        let names = ["reference", "display", "identifier"];
        let points = names.into_iter().any(|name| reference.get(name).is_some());
        (points || reference.is_string()).then_some((key, reference))
    })
}

/// Reference.reference, or the text that stands instead of the Reference.
pub fn literal<'v>(reference: &'v Value<'v>) -> Option<&'v str> {
    text(reference, "reference").or_else(|| reference.as_str())
}

/// The type a Reference tells, without case: `patient`.
pub fn type_of(reference: &Value) -> Option<String> {
    let told = text(reference, "type").map(str::to_ascii_lowercase);
    told.or_else(|| {
        let name = type_and_id(literal(reference)?)?;
        Some(name.split('/').next()?.to_owned())
    })
}

/// What to call one who did not come along: versions are one, servers are not.
pub fn name_of(from: &Resource, reference: &Value) -> Option<String> {
    if let Some(name) = literal(reference) {
        let name = name.split("/_history").next().unwrap_or(name);
        let name = match from.base.filter(|_| !name.contains(':')) {
            Some(base) => format!("{base}/{name}"),
            None => name.to_owned(),
        };
        return Some(name.to_ascii_lowercase());
    }
    if let Some(identifier) = reference.get("identifier") {
        let system = text(identifier, "system").unwrap_or_default();
        return Some(format!("{system}|{}", text(identifier, "value")?));
    }
    let display = text(reference, "display")?;
    Some(format!("display {}", display.to_lowercase()))
}

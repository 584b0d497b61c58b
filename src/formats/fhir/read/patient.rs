//! A person → the patient of the facts, with those who belong to them. Who did
//! not come along is known by what the reference says, and that is a doubt.

use super::{
    contacts,
    datatypes::{
        address, extension, human_name, identifier, is_said_absent, telecoms, when, words,
    },
    json::{list, owned, text},
    library::{Library, Resource, items},
    people::{self, Person},
    trail::Trail,
    tree::Value,
};
use crate::domain::facts::{
    ClinicalFacts, Doubt, HumanName, Identifier, Merge, Patient, Places, When,
};

/// The patient of the facts, from all their resources.
pub fn read_person(library: &Library, person: &Person, facts: &mut ClinicalFacts) {
    let Some((&main, twins)) = person.entries.split_first() else {
        if let Some((from, key, reference)) = person.reference {
            facts.patient = absent(&library.resources[from], key, reference, &mut facts.doubts);
        }
        return;
    };
    let main = &library.resources[main];
    facts.patient = read(main, &mut facts.doubts);
    contacts::of_patient(main, facts);
    contacts::read_practitioners(library, main, facts);
    for twin in twins {
        add_twin(main, &library.resources[*twin], facts);
    }
    read_replaced(library, main, facts);
}

fn read(resource: &Resource, doubts: &mut Vec<Doubt>) -> Patient {
    let json = resource.json;
    let mut trail = Trail::of(&resource.place);
    let birth_date = born(resource, &mut trail, doubts);
    if list(json, "identifier").len() > MAX_IDENTIFIERS {
        let why = "there are more identifiers than are read";
        doubts.push(Doubt::new(resource.at("identifier"), why));
    }
    for key in ["name", "identifier", "gender"] {
        if is_said_absent(json, key) {
            doubts.push(Doubt::new(resource.at(&format!("_{key}")), ABSENT));
        }
    }
    let deceased_at = trail.when("deceasedAt", json, "deceasedDateTime", doubts);
    let deceased = json.get("deceasedBoolean").and_then(Value::as_bool);
    let deceased = trail
        .some("deceased", "deceasedBoolean", deceased)
        .or_else(|| {
            let died = deceased_at.as_ref().map(|_| true);
            trail.some("deceased", "deceasedDateTime", died)
        });
    let gender = gender(resource, doubts);
    Patient {
        identifiers: identifiers(resource),
        names: names(resource),
        birth_date,
        gender: trail.some("gender", "gender", gender),
        deceased,
        deceased_at,
        language: trail.some("language", "communication", language(json)),
        addresses: trail.many("addresses", "address", addresses(json)),
        telecoms: trail.many("telecoms", "telecom", telecoms(json)),
        at: trail.places(),
    }
}

/// Numbers of one person; a hospital group's index gives some dozen.
const MAX_IDENTIFIERS: usize = 200;

const ABSENT: &str = "the sender says that the value is absent";

/// birthDate; with the time of the patient-birthTime extension, which stands on
/// the primitive (or, in the wild, on the Patient).
fn born(resource: &Resource, trail: &mut Trail, doubts: &mut Vec<Doubt>) -> Option<When> {
    let json = resource.json;
    let date = trail.when("birthDate", json, "birthDate", doubts);
    let beside = json.get("_birthDate");
    let time = beside
        .and_then(|beside| extension(beside, "patient-birthTime"))
        .or_else(|| extension(json, "patient-birthTime"));
    let time = time.and_then(|time| when(time, "valueDateTime", "", &mut Vec::new()));
    // The time of another day would be a mistake of one of the two.
    let same = time.filter(|time| date.as_ref().is_none_or(|date| date.date() == time.date()));
    if date.is_none() && is_said_absent(json, "birthDate") {
        doubts.push(Doubt::new(resource.at("_birthDate"), ABSENT));
    }
    same.or(date)
}

fn identifiers(resource: &Resource) -> Vec<Identifier> {
    let items = list(resource.json, "identifier").iter().enumerate();
    let current = items.filter(|(_, item)| text(item, "use") != Some("old"));
    current
        .take(MAX_IDENTIFIERS)
        .filter_map(|(nth, item)| identifier(item, || resource.at(&format!("identifier[{nth}]"))))
        .collect()
}

/// The official name first: a list of packets shows one.
fn names(resource: &Resource) -> Vec<HumanName> {
    let mut names: Vec<(usize, &Value)> = items(resource.json, "name").iter().enumerate().collect();
    names.sort_by_key(|(_, name)| match text(name, "use") {
        Some("official") => 0,
        Some("old" | "maiden") => 2,
        _ => 1,
    });
    names
        .into_iter()
        .filter_map(|(nth, name)| human_name(name, &resource.at(&format!("name[{nth}]"))))
        .collect()
}

fn gender(resource: &Resource, doubts: &mut Vec<Doubt>) -> Option<&'static str> {
    let written = text(resource.json, "gender")?;
    let codes = ["male", "female", "other", "unknown"];
    let known = codes
        .into_iter()
        .find(|code| written.eq_ignore_ascii_case(code));
    if known.is_none() {
        let why = "the code is not an administrative gender";
        doubts.push(Doubt::new(resource.at("gender"), why));
    }
    known
}

/// The preferred language, else the only one.
fn language(json: &Value) -> Option<String> {
    let spoken = list(json, "communication");
    let preferred = spoken
        .iter()
        .find(|one| one.get("preferred") == Some(&Value::Bool(true)));
    words(preferred.or(spoken.first())?.get("language")?)
}

/// Those of today first; an address of the past is none.
fn addresses(json: &Value) -> Vec<crate::domain::facts::Address> {
    let current = list(json, "address")
        .iter()
        .filter(|address| text(address, "use") != Some("old"));
    current.filter_map(address).collect()
}

/// Only the reference came: its identifier, else the id it ends in, and its words.
fn absent(
    from: &Resource,
    key: &'static str,
    reference: &Value,
    doubts: &mut Vec<Doubt>,
) -> Patient {
    let place = from.at(key);
    let why = "the patient is named by a reference only: no Patient resource came along";
    doubts.push(Doubt::new(&place, why));
    let logical = reference
        .get("identifier")
        .and_then(|number| identifier(number, || format!("{place}.identifier")));
    let literal = || {
        let name = people::literal(reference)?;
        let name = name.split("/_history").next().unwrap_or(name);
        let value = name.rsplit(['/', ':']).next()?.to_owned();
        let at = format!("{place}.reference");
        Some(Identifier {
            value,
            at: Places::of(&at).with("value", at),
            ..Identifier::default()
        })
    };
    let name = owned(reference, "display").map(|words| {
        let at = format!("{place}.display");
        HumanName {
            text: Some(words),
            at: Places::of(&at).with("text", at),
            ..HumanName::default()
        }
    });
    Patient {
        identifiers: logical.or_else(literal).into_iter().collect(),
        names: name.into_iter().collect(),
        at: Places::of(place),
        ..Patient::default()
    }
}

/// Numbers of one person, all their records together.
const MOST_NUMBERS: usize = 1_000;

/// The same person once more: their other numbers count, replaced ones do not.
fn add_twin(main: &Resource, twin: &Resource, facts: &mut ClinicalFacts) {
    let is_replaced = list(twin.json, "link")
        .iter()
        .any(|link| text(link, "type") == Some("replaced-by"));
    let mut others = identifiers(twin);
    // Nobody goes by more: beyond that a body only costs time.
    others.truncate(MOST_NUMBERS.saturating_sub(facts.patient.identifiers.len()));
    others.retain(|other| !facts.patient.identifiers.contains(other));
    if is_replaced {
        merge(facts, others, &twin.place);
        return;
    }
    facts.patient.identifiers.extend(others);
    if facts.patient.names.is_empty() {
        facts.patient.names = names(twin);
    }
    let born = text(main.json, "birthDate").is_none();
    if born {
        let mut trail = Trail::of(&twin.place);
        facts.patient.birth_date =
            trail.when("birthDate", twin.json, "birthDate", &mut facts.doubts);
    }
}

/// Patient.link `replaces`: the numbers of the other are no longer theirs.
fn read_replaced(library: &Library, main: &Resource, facts: &mut ClinicalFacts) {
    for (nth, link) in list(main.json, "link").iter().enumerate() {
        let place = main.at(&format!("link[{nth}]"));
        if text(link, "type") != Some("replaces") {
            continue;
        }
        let Some(other) = link.get("other") else {
            continue;
        };
        let numbers = match library.resolve(main, other) {
            Some(other) => identifiers(other),
            None => {
                let number = other.get("identifier");
                let at = || format!("{place}.other.identifier");
                number
                    .and_then(|number| identifier(number, at))
                    .into_iter()
                    .collect()
            }
        };
        let kept = facts.patient.identifiers.clone();
        let ended = numbers.into_iter().filter(|number| !kept.contains(number));
        merge(facts, ended.collect(), &place);
    }
}

fn merge(facts: &mut ClinicalFacts, ended: Vec<Identifier>, place: &str) {
    if ended.is_empty() {
        return;
    }
    let merge = facts.merge.get_or_insert_with(|| Merge {
        at: Places::of(place),
        ..Merge::default()
    });
    for number in ended {
        if !merge.identifiers.contains(&number) {
            merge.identifiers.push(number);
        }
    }
}

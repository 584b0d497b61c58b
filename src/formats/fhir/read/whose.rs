//! Whose packet it will be: one person for certain, or each of several where a
//! channel asked to split them. What is left out is said.

use super::{
    entries::Walk,
    focus::{self, Focus},
    library::Library,
    notification::places,
    people::{Owner, People},
    resources,
};
use crate::domain::facts::{Doubt, Problem};
use crate::domain::wishes::Wishes;

/// Patients told apart in one Bundle: a ward's list, not a register.
const MAX_PATIENTS: usize = 1_000;

/// Entries listed by place that belong to none of several patients.
const MAX_STRAYS: usize = 20;

/// What is true of one patient and must name them.
const CLINICAL: [&str; 20] = [
    "AllergyIntolerance",
    "CarePlan",
    "Condition",
    "DiagnosticOrder",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "Flag",
    "Goal",
    "Immunization",
    "MedicationAdministration",
    "MedicationDispense",
    "MedicationOrder",
    "MedicationRequest",
    "MedicationStatement",
    "MedicationUsage",
    "NutritionOrder",
    "Observation",
    "Procedure",
    "ServiceRequest",
];

pub struct Choice {
    pub people: Vec<usize>,
    pub is_split: bool,
}

/// Why a body without any resource is no message.
pub fn nothing(walk: &Walk, kind: &str) -> Problem {
    let why = match (walk.bare, walk.outcomes) {
        (0, 0) => "it holds no resource",
        (0, _) => "it holds nothing but an OperationOutcome",
        _ => "its entries ask or answer, and carry no resource",
    };
    Problem::new(kind, why)
}

pub fn chosen(
    library: &Library,
    people: &People,
    told: Option<&Focus>,
    wishes: &Wishes,
) -> Result<Choice, Problem> {
    let one = |number: Option<usize>| Choice {
        people: number.into_iter().collect(),
        is_split: false,
    };
    if people.people.is_empty() {
        return Ok(one(None));
    }
    let family = people.family(library);
    let numbers: Vec<usize> = (0..people.people.len())
        .filter(|number| !family.contains(number))
        .collect();
    if wishes.split_patients && numbers.len() > 1 {
        if numbers.len() > MAX_PATIENTS {
            let why = "the Bundle is about more than 1,000 patients";
            return Err(Problem::new("", why));
        }
        return Ok(Choice {
            people: numbers,
            is_split: true,
        });
    }
    if let Some(several) = rivals(people, told) {
        return Err(too_many(library, people, &several));
    }
    let leader = leader(library, people, told);
    if let Some((number, place)) = leader {
        let is_absent = people.people[number].entries.is_empty();
        if is_absent && library.all("Patient").next().is_some() {
            let why = "its patient is not in the Bundle, but another is";
            return Err(Problem::new(place, why));
        }
        if told.is_some_and(|focus| focus.entry.is_some()) {
            return Ok(one(Some(number)));
        }
    }
    let present = |number: &&usize| !people.people[**number].entries.is_empty();
    let named = |number: &&usize| people.people[**number].named.is_some();
    let came: Vec<usize> = numbers.iter().filter(present).copied().collect();
    let meant: Vec<usize> = came.iter().filter(named).copied().collect();
    match [&meant[..], &came[..], &numbers[..]]
        .into_iter()
        .find(|c| !c.is_empty())
    {
        Some([number]) => Ok(one(Some(*number))),
        Some(several) => Err(too_many(library, people, several)),
        None => Err(too_many(library, people, &[])),
    }
}

/// The people that a message names as its focus, where they are several.
fn rivals(people: &People, told: Option<&Focus>) -> Option<Vec<usize>> {
    let told = told.filter(|told| !told.rivals.is_empty())?;
    let entries = told.entry.iter().chain(&told.rivals);
    let mut numbers: Vec<usize> = entries
        .filter_map(|entry| match people.owners[*entry] {
            Owner::One(number) => Some(number),
            Owner::Nobody | Owner::Thing | Owner::Other => None,
        })
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    (numbers.len() > 1).then_some(numbers)
}

/// The person whose stay, referral, document or resource the body is about.
fn leader<'l>(
    library: &'l Library,
    people: &People,
    told: Option<&Focus>,
) -> Option<(usize, &'l str)> {
    let all: Vec<usize> = (0..library.resources.len()).collect();
    let entry = told.and_then(|focus| focus.entry);
    let composition = || library.all("Composition").next().map(|(entry, _)| entry);
    let entry = entry
        .or_else(|| told.and(composition()))
        .or_else(|| focus::of_content(library, &all).entry)?;
    match people.owners[entry] {
        Owner::One(number) => Some((number, library.resources[entry].place.as_str())),
        _ => None,
    }
}

fn too_many(library: &Library, people: &People, numbers: &[usize]) -> Problem {
    let first = |number: &usize| {
        let person = &people.people[*number];
        let entry = person.entries.first().copied().or(person.named);
        entry.map_or("", |entry| library.resources[entry].place.as_str())
    };
    let listed: Vec<&str> = numbers.iter().map(first).collect();
    let why = format!(
        "the Bundle is about {} patients ({}); a channel may ask to split them",
        numbers.len(),
        places(listed.into_iter())
    );
    Problem::new("", why)
}

/// The resources of each chosen person, in the order of the body. What names
/// nobody is theirs where they are the only one.
pub fn by_person(people: &People, choice: &Choice) -> Vec<Vec<usize>> {
    let mut own = vec![Vec::new(); choice.people.len().max(1)];
    let mut seat = vec![None; people.people.len()];
    for (nth, number) in choice.people.iter().enumerate() {
        seat[*number] = Some(nth);
    }
    for (entry, owner) in people.owners.iter().enumerate() {
        match owner {
            Owner::One(number) => {
                if let Some(nth) = seat[*number] {
                    own[nth].push(entry);
                }
            }
            Owner::Nobody if !choice.is_split => own[0].push(entry),
            Owner::Nobody | Owner::Thing | Owner::Other => {}
        }
    }
    own
}

/// A doubt for each resource that became nobody's fact.
pub fn others(library: &Library, people: &People, choice: &Choice) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    let family = people.family(library);
    let mut strays = 0;
    let mut bare: Option<(usize, &str)> = None;
    for (entry, resource) in library.resources.iter().enumerate() {
        if resource.kind == "Patient" {
            let is_known = match people.owners[entry] {
                Owner::One(number) => choice.people.contains(&number) || family.contains(&number),
                Owner::Nobody | Owner::Thing | Owner::Other => false,
            };
            if !choice.is_split && !is_known {
                let why = "another Patient came along and was left out";
                doubts.push(Doubt::new(&resource.place, why));
            }
            continue;
        }
        if !resources::is_about_somebody(resource.kind) {
            continue;
        }
        let why = match people.owners[entry] {
            Owner::Thing => "the resource is about no patient and was left out",
            Owner::Other => "the resource is about another than the patient and was left out",
            Owner::Nobody if !choice.is_split => {
                if CLINICAL.contains(&resource.kind) && !choice.people.is_empty() {
                    let first = bare.get_or_insert((0, resource.place.as_str()));
                    first.0 += 1;
                }
                continue;
            }
            Owner::Nobody => {
                strays += 1;
                if strays > MAX_STRAYS {
                    continue;
                }
                "the resource names none of the patients and was left out"
            }
            Owner::One(number) if !choice.is_split && !choice.people.contains(&number) => {
                "the resource belongs to another patient and was left out"
            }
            _ => continue,
        };
        doubts.push(Doubt::new(&resource.place, why));
    }
    if let Some((count, place)) = bare {
        let why = match count {
            1 => "1 resource names no patient; it is taken for this one's".to_owned(),
            _ => format!("{count} resources name no patient; they are taken for this one's"),
        };
        doubts.push(Doubt::new(place, why));
    }
    if strays > MAX_STRAYS {
        let why = format!(
            "{} more resources name none of the patients",
            strays - MAX_STRAYS
        );
        doubts.push(Doubt::new("Bundle.entry", why));
    }
    doubts
}

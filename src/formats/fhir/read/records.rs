//! Which Patient resources are records of one person: what makes two one, what
//! keeps them two, and who joins whom.

use super::{
    datatypes::{code_of, texts},
    json::{list, text},
    library::Resource,
    tree::Value,
};

/// Table 0203: account, member, subscriber and visit numbers are shared in a
/// family or change with the visit.
const SHARED: [&str; 6] = ["AN", "MB", "SN", "VN", "BN", "FAM"];

/// What makes two Patient resources one: an identifier, or all of the content
/// where it is contained and has no identity of its own.
pub fn identities(patient: &Resource) -> Vec<String> {
    let mut names: Vec<String> = list(patient.json, "identifier")
        .iter()
        .filter(|i| !is_shared(i))
        .filter_map(|i| {
            let system = text(i, "system").unwrap_or_default();
            Some(format!("{system}|{}", text(i, "value")?))
        })
        .collect();
    if patient.contained {
        let parts = ["identifier", "name", "birthDate", "gender"];
        let parts = parts.map(|key| patient.json.get(key).map(|part| format!("{part:?}")));
        if parts.iter().any(Option::is_some) {
            names.push(format!("content {parts:?}"));
        }
    }
    names
}

pub fn values(patient: &Value) -> Vec<String> {
    let numbers = list(patient, "identifier").iter().filter(|i| !is_shared(i));
    let values = numbers.filter_map(|i| text(i, "value"));
    values.map(str::to_ascii_lowercase).collect()
}

fn is_shared(identifier: &Value) -> bool {
    code_of(identifier, "type").is_some_and(|kind| SHARED.contains(&kind.as_str()))
}

/// A shared number with another birth date or sex is a mistake, not a person.
pub fn agree(one: &Value, other: &Value) -> bool {
    ["birthDate", "gender"]
        .into_iter()
        .all(|key| match (text(one, key), text(other, key)) {
            (Some(one), Some(other)) => {
                one == other || (key == "gender" && (one == "unknown" || other == "unknown"))
            }
            _ => true,
        })
}

/// Names and identifiers that a display is compared with, and words of each.
const MAX_NAMES: usize = 20;

/// Words of a display that tell no name.
const NO_NAMES: [&str; 12] = [
    "patient",
    "patientin",
    "the",
    "this",
    "unknown",
    "subject",
    "test",
    "mr",
    "mrs",
    "ms",
    "herr",
    "frau",
];

/// Whether a display names this patient: `Griffith, Adam`, `Adam J. Griffith`, a
/// number of theirs. `None` where it names nobody, or they have no name.
pub fn named(patient: &Value, display: &str) -> Option<bool> {
    let shown = tokens(display);
    let numbers = list(patient, "identifier").iter().take(MAX_NAMES);
    let numbers = numbers
        .filter(|i| !is_shared(i))
        .filter_map(|i| text(i, "value"));
    let mut numbers = numbers.map(str::to_ascii_lowercase);
    let written = display.to_lowercase();
    let is_written = |number: &String| number.len() >= 5 && written.contains(number.as_str());
    if numbers.any(|number| is_written(&number)) {
        return Some(true);
    }
    let is_name = |token: &String| {
        let is_number = token.bytes().any(|byte| byte.is_ascii_digit());
        !is_number && !NO_NAMES.contains(&token.as_str())
    };
    let shown: Vec<String> = shown.into_iter().filter(is_name).collect();
    let mut is_told = false;
    for name in list(patient, "name").iter().take(MAX_NAMES) {
        let of = |key| {
            texts(name, key)
                .iter()
                .flat_map(|t| tokens(t))
                .collect::<Vec<_>>()
        };
        let (family, given, whole) = (of("family"), of("given"), of("text"));
        let all = || family.iter().chain(&given).chain(&whole);
        if shown.is_empty() || all().next().is_none() {
            continue;
        }
        is_told = true;
        let fits = |token: &String| all().any(|own| own == token || is_initial(token, own));
        let has = |own: &[String]| own.is_empty() || own.iter().any(|own| shown.contains(own));
        // Another first name with the family's is a brother.
        let begins = given.first().is_none_or(|own| {
            shown
                .iter()
                .any(|token| given.contains(token) || is_initial(token, own))
        });
        let all_fit = shown.iter().all(fits);
        if all_fit || (has(&family) && begins && !(family.is_empty() && given.is_empty())) {
            return Some(true);
        }
    }
    is_told.then_some(false)
}

fn is_initial(token: &str, name: &str) -> bool {
    token.chars().count() == 1 && name.starts_with(token)
}

fn tokens(words: &str) -> Vec<String> {
    let words: String = words.chars().take(200).collect();
    let words = words.to_lowercase();
    let tokens = words.split(|c: char| !c.is_alphanumeric());
    tokens
        .filter(|t| !t.is_empty())
        .map(str::to_owned)
        .collect()
}

pub fn is_replaced(patient: &Value) -> bool {
    let replaced = |link: &Value| text(link, "type") == Some("replaced-by");
    list(patient, "link").iter().any(replaced) || patient.get("active") == Some(&Value::Bool(false))
}

/// Which Patients are one, while links are followed.
pub struct Groups(Vec<usize>);

impl Groups {
    pub fn of(count: usize) -> Self {
        Self((0..count).collect())
    }

    pub fn root(&mut self, mut of: usize) -> usize {
        while self.0[of] != of {
            self.0[of] = self.0[self.0[of]];
            of = self.0[of];
        }
        of
    }

    pub fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.0[one.max(other)] = one.min(other);
    }
}

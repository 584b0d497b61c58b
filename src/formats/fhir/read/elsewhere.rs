//! What is said in the patient's record about somebody else: a focus on another
//! body, a patient named in words alone.

use super::{
    json::text,
    library::{Library, Resource, items},
    people::{Owner, People, name_of, type_of},
    records::named,
};

/// Displays compared with names, Patients they are compared with, and their
/// bytes: a body could hold a hundred thousand of each.
const MAX_DISPLAYS: usize = 1_000;
const MAX_NAMED: usize = 50;
const MAX_DISPLAY: usize = 200;

/// Whom a display names.
#[derive(Debug, Clone, Copy)]
pub enum Shown {
    One(usize),
    Another,
    Nobody,
}

/// Types whose body is another than the patient's; a device has its own data.
const SOMEBODY: [&str; 7] = [
    "device",
    "group",
    "location",
    "patient",
    "person",
    "practitioner",
    "relatedperson",
];

impl People<'_> {
    /// Whether Observation.focus names another than the patient.
    pub(super) fn is_focused_elsewhere(
        &self,
        library: &Library,
        from: &Resource,
        owner: Owner,
    ) -> bool {
        let foci = match from.kind {
            "Observation" => items(from.json, "focus"),
            _ => &[],
        };
        foci.iter().any(|focus| {
            if let Some(entry) = library.entry(from, focus) {
                let kind = library.resources[entry].kind;
                return match kind {
                    "Patient" => owner != Owner::Nobody && self.owners[entry] != owner,
                    kind => SOMEBODY.contains(&kind.to_ascii_lowercase().as_str()),
                };
            }
            match type_of(focus).as_deref() {
                // The same reference to one who did not come along.
                Some("patient") => {
                    let name = name_of(from, focus);
                    let number = name.and_then(|name| self.names.get(&name));
                    let number = number.copied().or_else(|| self.by_number(focus));
                    number.map(Owner::One) != Some(owner)
                }
                Some(kind) => SOMEBODY.contains(&kind),
                None => match text(focus, "display") {
                    Some(display) => !matches!(self.shown(library, display), Shown::One(_)),
                    None => focus.get("identifier").is_some() && self.by_number(focus).is_none(),
                },
            }
        })
    }

    /// Whom a display names, of the people that came along.
    pub(super) fn shown(&self, library: &Library, display: &str) -> Shown {
        let mut known = self.displays.borrow_mut();
        if let Some(shown) = known.get(display) {
            return *shown;
        }
        // Nobody is told from so many, or by so long a name.
        let many = known.len() >= MAX_DISPLAYS || library.all("Patient").nth(MAX_NAMED).is_some();
        if many || display.len() > MAX_DISPLAY {
            return Shown::Another;
        }
        let mut shown = Shown::Nobody;
        let people = self.people.iter().enumerate();
        let entries = people.flat_map(|(number, person)| {
            let entries = person.entries.iter();
            entries.map(move |entry| (number, *entry))
        });
        for (number, entry) in entries {
            match named(library.resources[entry].json, display) {
                Some(true) => {
                    shown = Shown::One(number);
                    break;
                }
                Some(false) => shown = Shown::Another,
                None => {}
            }
        }
        known.insert(display.to_owned(), shown);
        shown
    }
}

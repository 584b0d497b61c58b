//! What is said in the patient's record about somebody else: a focus on another
//! body, a patient named in words alone.

use super::{
    json::text,
    library::{Library, Resource, items},
    people::{Owner, People, name_of, type_of},
    records::named,
};

/// Whom a display names.
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
        let mut is_told = false;
        for (number, person) in self.people.iter().enumerate() {
            for entry in &person.entries {
                match named(library.resources[*entry].json, display) {
                    Some(true) => return Shown::One(number),
                    Some(false) => is_told = true,
                    None => {}
                }
            }
        }
        match is_told {
            true => Shown::Another,
            false => Shown::Nobody,
        }
    }
}

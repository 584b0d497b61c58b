//! FHIR JSON → facts, read for R4 and tolerant of its neighbours (STU3, R4B,
//! R5). Read from a plain tree, not from a FHIR model: a model drops what it
//! does not know and refuses a whole Bundle for one bad code.
//!
//! A body walks: [`json`] (bytes → values, each with its range) → [`entries`]
//! (Bundles and Parameters → resources) → [`library`] (who points at whom) →
//! [`people`] and [`whose`] (whose it is) → [`focus`] (what it is about) →
//! [`resources`] (a table: resource type → its reader) → facts.
//!
//! # A new resource type is one file and one fixture
//!
//! 1. Write `<name>.rs` here with `pub fn read(&Scene, &Resource, &mut ClinicalFacts)`.
//! 2. Begin with `clinical::refused`: what its author withdrew is a doubt, no fact.
//! 3. Build the fact with a [`trail`]: each member that is read notes its place.
//! 4. Follow references with `scene.library.resolve(resource, reference)`; never
//!    search the Bundle. Concepts go through `datatypes::coded` or `library.meant`.
//! 5. What cannot be read is a `Doubt` with the place and the reason, no value.
//! 6. Add a line to `resources::READERS`; take the type out of `UNREAD` there.
//! 7. If it names its patient otherwise than by `subject` or `patient`, add the
//!    member to `people::SUBJECTS`.
//! 8. Add a fixture to `fixtures/fhir/`, small and synthetic, or to one that has
//!    its like, and a test for it.

mod allergies;
mod appointments;
mod attachments;
mod care;
mod clinical;
mod composition;
mod conditions;
mod contacts;
mod coverages;
mod datatypes;
mod documents;
mod dosages;
mod elsewhere;
mod entries;
mod focus;
mod groups;
mod header;
mod json;
mod labels;
mod library;
mod medications;
mod message;
mod narrative;
mod notification;
mod observations;
mod orders;
mod parties;
mod patient;
mod people;
mod procedures;
mod ranges;
mod records;
mod reports;
mod resources;
mod sites;
#[cfg(test)]
mod tests;
mod timing;
mod trail;
mod tree;
mod versions;
mod visit;
mod whose;

use crate::domain::facts::{Problem, Reading};
use crate::domain::wishes::Wishes;

/// Reads a Bundle or a resource, or several in a row.
pub fn read(body: &[u8], wishes: &Wishes) -> Reading {
    let parsed = json::parse(body);
    let several = parsed.values.len() + parsed.problems.len() > 1;
    let mut reading = Reading::default();
    let mut ordinal = 0;
    for (nth, parsed) in parsed.values.into_iter().enumerate() {
        match message::read(&parsed.value, wishes) {
            Ok(messages) => {
                for mut facts in messages {
                    facts.ordinal = ordinal;
                    facts.source = several.then(|| parsed.range.clone());
                    reading.messages.push(facts);
                    ordinal += 1;
                }
            }
            Err(problem) => {
                // It keeps its place: the next are known by theirs.
                ordinal += 1;
                let at = match several {
                    true => format!("message[{}].{}", nth + 1, problem.at),
                    false => problem.at,
                };
                reading.problems.push(Problem::new(at, problem.why));
            }
        }
    }
    reading.problems.extend(parsed.problems);
    reading
}

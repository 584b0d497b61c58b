//! FHIR R4 JSON → facts. Read from a plain tree, not from a FHIR model: a model
//! drops what it does not know and refuses a whole Bundle for one bad code.

mod clinical;
mod datatypes;
mod documents;
mod focus;
mod header;
mod json;
mod library;
mod medications;
mod narrative;
mod observations;
mod patient;
mod referral;
#[cfg(test)]
mod tests;
mod visit;

use serde_json::Value;

use crate::domain::facts::{ClinicalFacts, Doubt, Format, Problem, Reading};
use crate::domain::wishes::Wishes;
use focus::Focus;
use json::{list, owned, text};
use library::{Library, Resource};

/// Doubts kept per message: more than sixteen pages of them help nobody.
const MAX_DOUBTS: usize = 1_000;

/// Reads a Bundle or a resource, or several in a row.
pub fn read(body: &[u8], _wishes: &Wishes) -> Reading {
    let (values, problem) = json::parse(body);
    let mut reading = Reading::default();
    let several = values.len() > 1;
    for (ordinal, value) in values.iter().enumerate() {
        match read_message(value, ordinal) {
            Ok(facts) => reading.messages.push(facts),
            Err(problem) if several => {
                let at = format!("message[{}].{}", ordinal + 1, problem.at);
                reading.problems.push(Problem::new(at, problem.why));
            }
            Err(problem) => reading.problems.push(problem),
        }
    }
    reading.problems.extend(problem);
    reading
}

fn read_message(body: &Value, ordinal: usize) -> Result<ClinicalFacts, Problem> {
    let kind = text(body, "resourceType")
        .filter(|kind| is_type_name(kind))
        .ok_or_else(|| Problem::new("resourceType", "the body is not a FHIR resource"))?;
    let mut facts = ClinicalFacts {
        ordinal,
        format: Format::Fhir,
        ..ClinicalFacts::default()
    };
    let library = Library::of(body, kind, &mut facts.doubts);
    let focus = focus::of(body, kind, &library);
    let subject = patient::of(&library, &focus, &mut facts.doubts)?;
    header::read(body, kind, &library, &mut facts);
    read_resources(&library, &focus, &subject, &mut facts);
    facts.focus = focus.kind;
    facts.patient = subject.patient;
    if facts.doubts.len() > MAX_DOUBTS {
        facts.doubts.truncate(MAX_DOUBTS);
        facts
            .doubts
            .push(Doubt::new(kind, "there are more doubts than are listed"));
    }
    Ok(facts)
}

/// Places quote the type, so it must be a name and nothing else. The longest of
/// R4 has 35 letters.
fn is_type_name(kind: &str) -> bool {
    kind.len() <= 64 && kind.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn read_resources(
    library: &Library,
    focus: &Focus,
    subject: &patient::Subject,
    facts: &mut ClinicalFacts,
) {
    let owned: Vec<bool> = library
        .resources
        .iter()
        .map(|resource| subject.owns(library, resource))
        .collect();
    let latest = focus::latest_encounter(library);
    let stay = chosen(
        "Encounter",
        library,
        focus.entry.into_iter().chain(latest),
        &owned,
        facts,
    );
    let request = chosen(
        "ServiceRequest",
        library,
        focus.entry.into_iter(),
        &owned,
        facts,
    );
    facts.encounter = stay.map(|stay| visit::read(library, stay, &mut facts.doubts));
    facts.referral = request.map(|request| referral::read(library, request));
    let roles = clinical::roles(library, stay);
    let attached = documents::attached(library);
    for (nth, resource) in library.resources.iter().enumerate() {
        if !owned[nth] {
            let why = "the resource belongs to another patient and was left out";
            facts.doubts.push(Doubt::new(&resource.place, why));
        } else if !attached.contains(&nth) {
            read_resource(library, resource, roles.get(&nth).cloned(), facts);
        }
    }
}

/// The one Encounter or ServiceRequest of a message: the preferred one, else the
/// first. Others of its kind leave a doubt.
fn chosen<'l, 'b>(
    kind: &'static str,
    library: &'l Library<'b>,
    mut preferred: impl Iterator<Item = usize>,
    owned: &[bool],
    facts: &mut ClinicalFacts,
) -> Option<&'l Resource<'b>> {
    let fits = |nth: &usize| owned[*nth] && library.resources[*nth].kind == kind;
    let nth = preferred
        .find(fits)
        .or_else(|| (0..owned.len()).find(fits))?;
    let others = (0..owned.len()).filter(fits).count() - 1;
    if others > 0 {
        let why = format!("{others} more {kind} resources were left out; a message has one");
        facts.doubts.push(Doubt::new("Bundle.entry", why));
    }
    Some(&library.resources[nth])
}

fn read_resource(
    library: &Library,
    resource: &Resource,
    role: Option<String>,
    facts: &mut ClinicalFacts,
) {
    match resource.kind {
        "Condition" => clinical::read_condition(resource, role, facts),
        "AllergyIntolerance" => clinical::read_allergy(resource, facts),
        "Procedure" => clinical::read_procedure(resource, facts),
        "CarePlan" => clinical::read_plan(resource, facts),
        "MedicationRequest"
        | "MedicationStatement"
        | "MedicationAdministration"
        | "MedicationDispense" => medications::read(library, resource, facts),
        "Observation" => observations::read(library, resource, facts),
        "DocumentReference" => documents::read_reference(library, resource, facts),
        "DiagnosticReport" => documents::read_report(library, resource, facts),
        "Binary" => documents::read_binary(resource, facts),
        "Composition" => documents::read_composition(resource, facts),
        "ServiceRequest" => {
            facts
                .instructions
                .extend(owned(resource.json, "patientInstruction"));
            let notes = list(resource.json, "note").iter();
            facts
                .notes
                .extend(notes.filter_map(|note| owned(note, "text")));
        }
        _ => {}
    }
}

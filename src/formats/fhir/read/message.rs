//! One value of a body → one message; or one for each patient, where a channel
//! asked for that.

use super::{
    entries::Walk,
    focus::{self, Focus},
    header,
    json::{list, text},
    library::Library,
    notification::{self, Notification},
    patient,
    people::People,
    resources,
    tree::Value,
    whose,
};
use crate::domain::facts::{ClinicalFacts, Doubt, Format, Problem};
use crate::domain::wishes::Wishes;

/// Doubts kept per message: more than sixteen pages of them help nobody.
const MAX_DOUBTS: usize = 1_000;

/// Doubts that belong to none of several patients, kept for each of them.
const MAX_SHARED_DOUBTS: usize = 100;

pub fn read(body: &Value, wishes: &Wishes) -> Result<Vec<ClinicalFacts>, Problem> {
    let (body, kind, place) = unwrapped(body)?;
    let walk = Walk::through(body, kind, &place);
    let mut facts = ClinicalFacts {
        format: Format::Fhir,
        ..ClinicalFacts::default()
    };
    let nothing = whose::nothing(&walk, kind);
    let library = Library::of(walk, &mut facts.doubts);
    let notification = notification::of(library.resources.first());
    if let Some(notification) = &notification {
        // The status and what it contains are no news themselves.
        let carries = library.resources.iter().any(|r| r.home > 0);
        notification.emptiness(carries)?;
        missing(notification, &library, &mut facts.doubts);
    }
    if library.resources.is_empty() {
        return Err(nothing);
    }
    let people = People::of(&library);
    let is_single = !matches!(kind, "Bundle" | "Parameters");
    let told = focus::told(&library, is_single, notification.as_ref());
    not_withdrawn(body, &library, told.as_ref())?;
    let choice = whose::chosen(&library, &people, told.as_ref(), wishes)
        .map_err(|problem| at_place(problem, &place))?;
    facts.doubts.extend(people.doubts.iter().cloned());
    header::read(body, kind, &place, &library, &mut facts);
    let count = choice.people.len().max(1);
    let mut others = whose::others(&library, &people, &choice);
    if choice.is_split {
        // They are told to each.
        others.truncate(MAX_SHARED_DOUBTS);
        facts.doubts.truncate(MAX_SHARED_DOUBTS);
    }
    let owned = whose::by_person(&people, &choice);
    let each = owned.into_iter().enumerate().map(|(nth, own)| {
        let mut facts = facts.clone();
        facts.patients_in_source = if choice.is_split { count } else { 1 };
        let person = choice.people.get(nth).map(|number| &people.people[*number]);
        match person {
            Some(person) => patient::read_person(&library, person, &mut facts),
            None => {
                let header = library.all("MessageHeader").next();
                let at = header.map_or(&place, |(_, header)| &header.place);
                facts
                    .doubts
                    .push(Doubt::new(at, "the message names no patient"));
            }
        }
        let focus = focus_of(&library, &own, told.as_ref());
        resources::read_all(&library, &own, &focus, &mut facts);
        facts.doubts.extend(others.iter().cloned());
        facts.focus = focus.kind;
        bounded(facts, kind)
    });
    Ok(each.collect())
}

/// A document that its author withdrew says nothing, whatever came along with it.
fn not_withdrawn(body: &Value, library: &Library, told: Option<&Focus>) -> Result<(), Problem> {
    let is_document = text(body, "type") == Some("document");
    let focus = told.and_then(|focus| focus.entry);
    for (entry, composition) in library.all("Composition") {
        let heads = entry == 0 || focus == Some(entry) || (is_document && !composition.contained);
        if heads && text(composition.json, "status") == Some("entered-in-error") {
            let why = "the document is withdrawn by its author";
            return Err(Problem::new(composition.at("status"), why));
        }
    }
    Ok(())
}

/// Parameters around one Bundle are an envelope (`$process-message`).
fn unwrapped<'v>(body: &'v Value<'v>) -> Result<(&'v Value<'v>, &'v str, String), Problem> {
    let kind = text(body, "resourceType")
        .filter(|kind| is_type_name(kind))
        .ok_or_else(|| Problem::new("resourceType", "the body is not a FHIR resource"))?;
    if kind == "Parameters" {
        let resources = list(body, "parameter").iter().enumerate();
        let mut resources = resources.filter_map(|(nth, p)| Some((nth, p.get("resource")?)));
        if let (Some((nth, bundle)), None) = (resources.next(), resources.next())
            && text(bundle, "resourceType") == Some("Bundle")
        {
            let place = format!("Parameters.parameter[{nth}].resource");
            return Ok((bundle, "Bundle", place));
        }
    }
    Ok((body, kind, kind.to_owned()))
}

/// Places quote the type, so it must be a name and nothing else. The longest of
/// R4 has 35 letters.
fn is_type_name(kind: &str) -> bool {
    kind.len() <= 64 && kind.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Foci of a notification that did not come along.
fn missing(notification: &Notification, library: &Library, doubts: &mut Vec<Doubt>) {
    for (focus, place) in &notification.foci {
        if library.entry(&library.resources[0], focus).is_none() {
            let why = "the notification names a resource that it does not carry";
            doubts.push(Doubt::new(place, why));
        }
    }
}

fn at_place(problem: Problem, place: &str) -> Problem {
    match problem.at.is_empty() {
        true => Problem::new(place, problem.why),
        false => problem,
    }
}

/// What the body says it is about, where that is this patient's; else what
/// their resources let one believe.
fn focus_of(library: &Library, own: &[usize], told: Option<&Focus>) -> Focus {
    let is_own = |focus: &&Focus| {
        let entry = focus.entry.map(|entry| &library.resources[entry]);
        entry.is_none_or(|entry| entry.kind != "Patient" && own.binary_search(&entry.nth).is_ok())
    };
    if let Some(focus) = told.filter(is_own) {
        let mut focus = focus.clone();
        if focus.entry.is_none() && focus.kind.as_deref() == Some("Encounter") {
            focus.entry = focus::latest_encounter(library, own);
        }
        return focus;
    }
    let believed = focus::of_content(library, own);
    match (believed.kind, told) {
        (None, Some(told)) => told.clone(),
        (kind, _) => Focus { kind, ..believed },
    }
}

fn bounded(mut facts: ClinicalFacts, kind: &str) -> ClinicalFacts {
    if facts.doubts.len() > MAX_DOUBTS {
        facts.doubts.truncate(MAX_DOUBTS);
        let why = "there are more doubts than are listed";
        facts.doubts.push(Doubt::new(kind, why));
    }
    facts
}

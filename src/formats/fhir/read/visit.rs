//! Encounter → the encounter, in the words all formats share, and who else took
//! part in it.

use super::{
    appointments, clinical, contacts,
    datatypes::{all_words, code_of, coded, has_code, words},
    json::{list, owned, text},
    library::{Resource, items},
    resources::Scene,
    trail::Trail,
    tree::Value,
};
use crate::domain::facts::{ClinicalFacts, Encounter, Participant, Party};

pub fn read(scene: &Scene, resource: &Resource, facts: &mut ClinicalFacts) -> Encounter {
    let json = resource.json;
    let mut trail = Trail::of(&resource.place);
    let period = if json.get("period").is_some() {
        "period"
    } else {
        "actualPeriod"
    };
    let start = trail.end_of("start", json, period, "start", &mut facts.doubts);
    let end = trail.end_of("end", json, period, "end", &mut facts.doubts);
    let (number, number_system) = number(json, &mut trail);
    let attending = attending(scene, resource, &mut trail, facts);
    let (disposition, destination) = discharge(scene, resource, &mut trail);
    let reasons = ["reasonCode", "reasonReference", "reason"];
    let reason = scene.library.reasons(resource, &reasons);
    Encounter {
        class: trail.some("class", "class", class(json)),
        number,
        number_system,
        status: trail.some("status", "status", code_of(json, "status")),
        start,
        end,
        location: trail.some("location", "location", location(scene, resource)),
        service: trail.some("service", "serviceType", all_words(json, "serviceType")),
        discharge_disposition: disposition,
        discharged_to: destination,
        attending,
        reason: trail.reasons("reason", reason),
        at: trail.places(),
    }
}

/// An Encounter that is not the stay of the message: a planned one is an
/// appointment; a record brings the stays of years, and a packet is about one.
pub fn read_other(scene: &Scene, resource: &Resource, facts: &mut ClinicalFacts) {
    if scene.stay == Some(resource.nth) {
        return;
    }
    match text(resource.json, "status") {
        Some("planned") => appointments::of_encounter(scene, resource, facts),
        _ if clinical::refused(resource, facts) => {}
        _ => {
            // Who took part in another stay is not this one's care team.
            let mut apart = ClinicalFacts::default();
            let encounter = read(scene, resource, &mut apart);
            facts.other_encounters.push(encounter);
            facts.doubts.append(&mut apart.doubts);
        }
    }
}

/// The visit number (table 0203 VN), else the first that has a value.
fn number(json: &Value, trail: &mut Trail) -> (Option<String>, Option<String>) {
    let numbers = || list(json, "identifier").iter().enumerate();
    let valued = |(_, number): &(usize, &Value)| text(number, "value").is_some();
    let typed = |(_, number): &(usize, &Value)| {
        number
            .get("type")
            .is_some_and(|kind| has_code(kind, &["VN"]))
    };
    let chosen = numbers()
        .filter(valued)
        .find(typed)
        .or_else(|| numbers().find(valued));
    let Some((nth, number)) = chosen else {
        return (None, None);
    };
    let key = |member: &str| format!("identifier[{nth}].{member}");
    (
        trail.some("number", &key("value"), owned(number, "value")),
        trail.some("numberSystem", &key("system"), owned(number, "system")),
    )
}

/// A Coding in R4; R5 has a list of CodeableConcepts.
fn class(json: &Value) -> Option<String> {
    let class = items(json, "class").first()?;
    let coded = coded(class);
    coded.code.or(coded.text)
}

/// Where the patient is or was last: the active place, else the last of them.
fn location(scene: &Scene, resource: &Resource) -> Option<String> {
    let places = list(resource.json, "location");
    let active = places
        .iter()
        .rev()
        .find(|p| text(p, "status") == Some("active"));
    let reference = active.or(places.last())?.get("location")?;
    owned(reference, "display").or_else(|| {
        let found = scene.library.resolve(resource, reference)?;
        owned(found.json, "name").or_else(|| owned(found.json, "description"))
    })
}

/// hospitalization in R4, admission in R5.
fn discharge(
    scene: &Scene,
    resource: &Resource,
    trail: &mut Trail,
) -> (Option<String>, Option<String>) {
    let keys = ["hospitalization", "admission"].into_iter();
    let mut stays = keys.filter_map(|key| Some((key, resource.json.get(key)?)));
    let Some((key, stay)) = stays.next() else {
        return (None, None);
    };
    let disposition = stay.get("dischargeDisposition").and_then(words);
    let destination = stay.get("destination").and_then(|reference| {
        let found = || owned(scene.library.resolve(resource, reference)?.json, "name");
        owned(reference, "display").or_else(found)
    });
    let at = |member: &str| format!("{key}.{member}");
    (
        trail.some(
            "dischargeDisposition",
            &at("dischargeDisposition"),
            disposition,
        ),
        trail.some("dischargedTo", &at("destination"), destination),
    )
}

/// The attender, else the primary performer, else whoever took part without a
/// role. All the others are of the care team.
fn attending(
    scene: &Scene,
    resource: &Resource,
    trail: &mut Trail,
    facts: &mut ClinicalFacts,
) -> Option<Party> {
    let participants = list(resource.json, "participant");
    take_relatives(scene, resource, participants, facts);
    let party = |participant: &Value| {
        let actor = actor_of(participant)?;
        if contacts::is_relative(scene, resource, actor, items(participant, "type")) {
            return None;
        }
        let is_patient = scene
            .library
            .resolve(resource, actor)
            .is_some_and(|a| a.kind == "Patient");
        scene.library.party(resource, actor).filter(|_| !is_patient)
    };
    let parties: Vec<Option<Party>> = participants.iter().map(party).collect();
    let typed = |code: &str| {
        let mut people = participants.iter().zip(&parties);
        people.position(|(p, party)| {
            party.is_some() && items(p, "type").iter().any(|kind| has_code(kind, &[code]))
        })
    };
    let untyped = || {
        let mut people = participants.iter().zip(&parties);
        people.position(|(p, party)| party.is_some() && items(p, "type").is_empty())
    };
    let chosen = typed("ATND").or_else(|| typed("PPRF")).or_else(untyped);
    for (nth, (participant, party)) in participants.iter().zip(parties.iter()).enumerate() {
        let Some(party) = party.clone().filter(|_| chosen != Some(nth)) else {
            continue;
        };
        let place = resource.at(&format!("participant[{nth}]"));
        let mut trail = Trail::of(&place);
        let role = items(participant, "type").iter().find_map(words);
        let role = trail.some("role", "type", role);
        trail.add("party", place.clone());
        facts.care_team.push(Participant {
            role,
            party,
            at: trail.places(),
        });
    }
    let nth = chosen?;
    trail.some(
        "attending",
        &format!("participant[{nth}]"),
        parties[nth].clone(),
    )
}

fn actor_of<'v>(participant: &'v Value<'v>) -> Option<&'v Value<'v>> {
    let actor = participant.get("individual");
    actor.or_else(|| participant.get("actor"))
}

/// Relatives are next of kin and not of the care team.
fn take_relatives(
    scene: &Scene,
    resource: &Resource,
    participants: &[Value],
    facts: &mut ClinicalFacts,
) {
    for (nth, participant) in participants.iter().enumerate() {
        let roles = items(participant, "type");
        let actor = actor_of(participant)
            .filter(|actor| contacts::is_relative(scene, resource, actor, roles));
        let Some(actor) = actor else { continue };
        let Some(party) = scene.library.party(resource, actor) else {
            continue;
        };
        let role = roles.iter().find_map(words);
        let place = resource.at(&format!("participant[{nth}]"));
        contacts::take_part(scene, resource, actor, party, role, &place, facts);
    }
}

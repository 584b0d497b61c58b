//! componentOf/encompassingEncounter → the visit.

use super::codes;
use super::datatypes::{coded, shown};
use super::names;
use super::people;
use super::time;
use super::tree::Element;
use crate::domain::facts::{ClinicalFacts, Encounter, Places};

pub fn read(document: Element, facts: &mut ClinicalFacts) {
    let Some(stay) = document.at(&["componentOf", "encompassingEncounter"]) else {
        return;
    };
    let mut at = Places::of(stay.place());
    let mut read = Encounter::default();
    number(stay, &mut read, &mut at);
    read.class = class(stay, &mut at);
    if let Some(time) = stay.child("effectiveTime") {
        read.start = time::start(time, &mut facts.doubts);
        read.end = time::end(time, &mut facts.doubts);
        let mut add = |part, known: bool, name| {
            if known {
                at.add(part, time.child(name).unwrap_or(time).place());
            }
        };
        add("start", read.start.is_some(), "low");
        add("end", read.end.is_some(), "high");
    }
    read.discharge_disposition = disposition(stay, &mut at);
    read.location = location(stay, &mut at);
    read.attending = attending(stay, &mut at);
    if read.end.is_some() || read.discharge_disposition.is_some() {
        read.status = Some("finished".to_owned());
        let told = stay.at(&["effectiveTime", "high"]).unwrap_or(stay);
        at.add("status", told.place());
    }
    read.at = at;
    if read != Encounter::default() {
        facts.encounter = Some(read);
    }
    people::read_stay(stay, facts);
}

/// The first identifier with an extension; a root alone names this visit too.
fn number(stay: Element, read: &mut Encounter, at: &mut Places) {
    let ids = || stay.all("id").filter(|id| !id.is_null());
    let id = ids()
        .find(|id| id.attr("extension").is_some())
        .or_else(|| ids().next());
    let Some(id) = id else { return };
    let (root, extension) = (id.attr("root"), id.attr("extension"));
    read.number = extension.or(root).map(str::to_owned);
    read.number_system = root.filter(|_| extension.is_some()).map(codes::uri_of);
    if read.number.is_some() {
        at.add("number", id.place());
    }
    if read.number_system.is_some() {
        at.add("numberSystem", id.place());
    }
}

/// The v3-ActCode, which may stand in a translation; else what was received: in
/// words where they are few, since a billing code's fill a page.
fn class(stay: Element, at: &mut Places) -> Option<String> {
    const FEW: usize = 60;
    let code = stay.child("code")?;
    let mut all = std::iter::once(code).chain(code.all("translation"));
    let act = all.find(|c| c.attr("codeSystem") == Some(codes::ACT_CODE));
    let class = act.and_then(|c| c.attr("code")).map(str::to_owned);
    let received = || {
        let read = coded(code, stay);
        let words = read.text.filter(|words| words.len() <= FEW);
        words.or(read.code)
    };
    let class = class.or_else(received)?;
    at.add("class", act.unwrap_or(code).place());
    Some(class)
}

fn disposition(stay: Element, at: &mut Places) -> Option<String> {
    let code = stay.child("dischargeDispositionCode");
    let code = code.or_else(|| stay.sdtc("dischargeDispositionCode"))?;
    let read = coded(code, stay);
    let words = read.text.or(read.code)?;
    at.add("dischargeDisposition", code.place());
    Some(words)
}

fn location(stay: Element, at: &mut Places) -> Option<String> {
    let facility = stay.at(&["location", "healthCareFacility"])?;
    let name = facility.at(&["location", "name"]).and_then(Element::text);
    let name =
        name.or_else(|| names::organization_name(facility.child("serviceProviderOrganization")?));
    let name = name.or_else(|| shown(facility.child("code")?, stay))?;
    at.add("location", facility.place());
    Some(name)
}

/// The attender; where none is named, who is responsible for the stay.
fn attending(stay: Element, at: &mut Places) -> Option<crate::domain::facts::Party> {
    let attends = stay
        .all("encounterParticipant")
        .find(|p| p.attr("typeCode") == Some("ATND"));
    let role = attends
        .and_then(|participant| participant.child("assignedEntity"))
        .or_else(|| stay.at(&["responsibleParty", "assignedEntity"]))?;
    let party = names::assigned(role);
    if party.is_empty() {
        return None;
    }
    at.add("attending", role.place());
    Some(party)
}

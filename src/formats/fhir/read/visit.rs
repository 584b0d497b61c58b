//! Encounter → the encounter, in the words both formats share.

use serde_json::Value;

use super::{
    datatypes::{all_words, coded, has_code, when, words},
    json::{list, owned, text},
    library::{Library, Resource},
};
use crate::domain::facts::{Doubt, Encounter, Party};

pub fn read(library: &Library, resource: &Resource, doubts: &mut Vec<Doubt>) -> Encounter {
    let json = resource.json;
    let number = list(json, "identifier")
        .iter()
        .find(|i| text(i, "value").is_some());
    let place = format!("{}.period", resource.place);
    let mut time = |key| {
        json.get("period")
            .and_then(|period| when(period, key, &place, doubts))
    };
    Encounter {
        class: class(json),
        number: number.and_then(|number| owned(number, "value")),
        number_system: number.and_then(|number| owned(number, "system")),
        status: owned(json, "status"),
        start: time("start"),
        end: time("end"),
        location: location(library, json),
        discharge_disposition: json
            .get("hospitalization")
            .and_then(|stay| words(stay.get("dischargeDisposition")?)),
        attending: attending(library, json),
        reason: all_words(json, "reasonCode").or_else(|| reasons(library, json)),
        ..Encounter::default()
    }
}

/// A Coding in R4; a sender of R5 wraps it in a CodeableConcept.
fn class(json: &Value) -> Option<String> {
    let class = list(json, "class").first()?;
    owned(class, "code")
        .or_else(|| coded(class).code)
        .or_else(|| owned(class, "display"))
}

fn location<'b>(library: &Library<'b>, json: &'b Value) -> Option<String> {
    let reference = list(json, "location").last()?.get("location")?;
    owned(reference, "display").or_else(|| owned(library.resolve(json, reference)?.0, "name"))
}

/// The attender, else the primary performer, else whoever took part first.
fn attending<'b>(library: &Library<'b>, json: &'b Value) -> Option<Party> {
    let participants = list(json, "participant");
    let typed = |code: &str| {
        participants
            .iter()
            .find(|p| list(p, "type").iter().any(|kind| has_code(kind, &[code])))
    };
    let chosen = typed("ATND")
        .or_else(|| typed("PPRF"))
        .or_else(|| participants.iter().find(|p| list(p, "type").is_empty()))?;
    library.party(
        json,
        chosen.get("individual").or_else(|| chosen.get("actor"))?,
    )
}

/// `reasonReference` in words: what it points at, or what it displays.
pub fn reasons<'b>(library: &Library<'b>, json: &'b Value) -> Option<String> {
    let reasons = list(json, "reasonReference")
        .iter()
        .filter_map(|reference| {
            let resolved = library.resolve(json, reference);
            let code = resolved.and_then(|(json, _)| json.get("code"));
            code.and_then(words).or_else(|| owned(reference, "display"))
        });
    let reasons: Vec<String> = reasons.collect();
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

//! Bundle, MessageHeader and Composition → what the message is, who sent it,
//! when, and what it replaces.

use super::{
    datatypes::{coded, when},
    json::{list, owned, text},
    labels::{self, is_training},
    library::{Library, Resource, items},
    tree::Value,
};
use crate::domain::facts::{ClinicalFacts, Coded, Sender};

pub fn read(body: &Value, kind: &str, place: &str, library: &Library, facts: &mut ClinicalFacts) {
    let header = library.all("MessageHeader").next();
    let header = header.map(|(_, resource)| resource);
    let composition = library.all("Composition").find(|(_, c)| !c.contained);
    let composition = composition.map(|(_, resource)| resource);
    facts.event = match (kind, text(body, "type")) {
        ("Bundle", Some(bundle)) => format!("Bundle/{bundle}"),
        _ => kind.to_owned(),
    };
    let number = body.get("identifier").filter(|_| kind == "Bundle");
    facts.control_id = number
        .and_then(|identifier| owned(identifier, "value"))
        .or_else(|| owned(header?.json, "id"))
        .or_else(|| owned(body, "id"));
    facts.sender = header.map_or_else(Sender::default, |header| sender(library, header));
    facts.message_event = header.and_then(|header| message_event(header.json));
    if let Some(composition) = composition {
        read_composition(library, composition, facts);
    }
    facts.sent = when(body, "timestamp", place, &mut facts.doubts)
        .or_else(|| when(header?.json, "timestamp", &header?.place, &mut facts.doubts))
        .or_else(|| {
            when(
                composition?.json,
                "date",
                &composition?.place,
                &mut Vec::new(),
            )
        })
        .or_else(|| when(body.get("meta")?, "lastUpdated", "", &mut Vec::new()));
    let patients = library.all("Patient").map(|(_, patient)| patient.json);
    let tagged = [
        Some(body),
        header.map(|h| h.json),
        composition.map(|c| c.json),
    ];
    if tagged
        .into_iter()
        .flatten()
        .chain(patients)
        .any(is_training)
    {
        facts.processing_id = Some("T".to_owned());
    }
    labels::read(body, place, "message", facts);
}

fn sender(library: &Library, header: &Resource) -> Sender {
    let source = header.json.get("source");
    // R5 has endpoint[x].
    let endpoint = ["endpoint", "endpointUrl"];
    let organization = || library.party(header, header.json.get("sender")?);
    Sender {
        application: source
            .and_then(|source| owned(source, "name").or_else(|| owned(source, "software"))),
        facility: source
            .and_then(|source| endpoint.into_iter().find_map(|key| owned(source, key)))
            .or_else(|| organization().map(|party| party.shown())),
    }
}

/// MessageHeader.event[x]; STU3 had one Coding, DSTU2 a code.
fn message_event(header: &Value) -> Option<Coded> {
    let uri = ["eventUri", "eventCanonical"];
    let uri = uri.into_iter().find_map(|key| owned(header, key));
    let code = ["eventCoding", "event"]
        .into_iter()
        .find_map(|key| header.get(key));
    let code = match uri {
        Some(uri) => Coded {
            code: Some(uri),
            ..Coded::default()
        },
        None => coded(code?),
    };
    (!code.is_empty()).then_some(code)
}

fn read_composition(library: &Library, composition: &Resource, facts: &mut ClinicalFacts) {
    let json = composition.json;
    facts.title = owned(json, "title");
    let kind = json.get("type").map(coded);
    facts.document_type = kind.filter(|kind| !kind.is_empty());
    facts.replaces = replaced(library, composition);
    if facts.sender.facility.is_none() {
        let custodian = json.get("custodian");
        let custodian = custodian.and_then(|reference| library.party(composition, reference));
        facts.sender.facility = custodian.map(|party| party.shown());
    }
}

/// The identifier of what relatesTo `replaces`: of a Composition, or of a
/// DocumentReference.
pub fn replaced(library: &Library, resource: &Resource) -> Option<String> {
    let related = list(resource.json, "relatesTo").iter();
    let mut replaced = related.filter(|related| {
        let code = text(related, "code").or_else(|| text(related, "type"));
        code == Some("replaces")
            || related
                .get("code")
                .is_some_and(|code| super::datatypes::has_code(code, &["replaces"]))
    });
    replaced.find_map(|related| {
        let identifier = related.get("targetIdentifier");
        if let Some(value) = identifier.and_then(|i| owned(i, "value")) {
            return Some(value);
        }
        let keys = ["target", "targetReference", "resourceReference"];
        let target = keys.into_iter().find_map(|key| related.get(key))?;
        let own = target.get("identifier").and_then(|i| owned(i, "value"));
        let there = || {
            let found = library.resolve(resource, target)?;
            let numbers = items(found.json, "masterIdentifier").iter();
            let mut numbers = numbers.chain(items(found.json, "identifier"));
            numbers.find_map(|number| owned(number, "value"))
        };
        own.or_else(there).or_else(|| owned(target, "reference"))
    })
}

//! Bundle and MessageHeader → what the message is, who sent it, when.

use serde_json::Value;

use super::{
    datatypes::when,
    json::{list, owned, text},
    library::Library,
};
use crate::domain::facts::{ClinicalFacts, Sender};

pub fn read(body: &Value, kind: &str, library: &Library, facts: &mut ClinicalFacts) {
    let header = library
        .all("MessageHeader")
        .next()
        .map(|(_, resource)| resource.json);
    facts.event = match (kind, text(body, "type")) {
        ("Bundle", Some(bundle)) => format!("Bundle/{bundle}"),
        _ => kind.to_owned(),
    };
    facts.control_id = body
        .get("identifier")
        .and_then(|identifier| owned(identifier, "value"))
        .or_else(|| owned(header?, "id"))
        .or_else(|| owned(body, "id"));
    let source = header.and_then(|header| header.get("source"));
    facts.sender = Sender {
        application: source.and_then(|source| owned(source, "name")),
        facility: source.and_then(|source| owned(source, "endpoint")),
    };
    facts.sent = when(body, "timestamp", kind, &mut facts.doubts);
    if is_training(body) || header.is_some_and(is_training) {
        facts.processing_id = Some("T".to_owned());
    }
}

/// v3-ActReason `HTEST`: made for testing a system, about nobody.
fn is_training(resource: &Value) -> bool {
    let Some(meta) = resource.get("meta") else {
        return false;
    };
    list(meta, "tag")
        .iter()
        .chain(list(meta, "security"))
        .any(|coding| text(coding, "code") == Some("HTEST"))
}

//! The same for IHE MHD 4.2.3: one DocumentReference for each rendition, in a
//! Provide Document Bundle (ITI-65) with its SubmissionSet.
//!
//! It is made of the US Core reference each time it leaves, and of nothing else:
//! what is kept sealed serves both.

use anyhow::Context;
use serde_json::{Value, json};
use uuid::Uuid;

const MHD: &str = "https://profiles.ihe.net/ITI/MHD";
const URI: &str = super::super::parts::URI;

/// How much a DocumentReference tells: `UnContained.Comprehensive` where the
/// facts allow it, else `Minimal`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Minimal,
    Comprehensive,
}

impl Level {
    fn profile(self, of: &str) -> String {
        let level = match self {
            Self::Minimal => "Minimal",
            Self::Comprehensive => "UnContained.Comprehensive",
        };
        format!("{MHD}/StructureDefinition/IHE.MHD.{level}.{of}")
    }
}

/// `reference` has its links in it; `replaced` is how many renditions the packet
/// had that this one replaces. The publisher is known by its `public_url`.
pub fn provide_documents(
    reference: &Value,
    replaced: usize,
    public_url: &str,
) -> anyhow::Result<Value> {
    let handoff = uuid_at(reference, "/masterIdentifier/value")?;
    let contents = reference["content"].as_array();
    let contents = contents.context("a reference without content")?;
    let before = match replaced {
        0 => None,
        _ => Some(uuid_at(reference, "/relatesTo/0/target/identifier/value")?),
    };
    let documents: Vec<Value> = (1..=contents.len())
        .map(|n| {
            let old = old_entries(before, n, contents.len(), replaced);
            rendition(reference, handoff, n, &old)
        })
        .collect();
    let all = |level: Level| documents.iter().all(|document| level_of(document) == level);
    let level = match all(Level::Comprehensive) {
        true => Level::Comprehensive,
        false => Level::Minimal,
    };
    let set = submission_set(reference, handoff, &documents, level, public_url);
    let mut entries = vec![posted(&set, 1)];
    entries.extend(documents.iter().map(|document| posted(document, 0)));
    let old = before
        .into_iter()
        .flat_map(|old| (1..=replaced).map(move |n| entry(old, n)));
    entries.extend(old.map(|old| superseded(handoff, &old)));
    Ok(json!({
        "resourceType": "Bundle",
        "meta": {"profile": [level.profile("ProvideBundle")]},
        "type": "transaction",
        "timestamp": reference["date"],
        "entry": entries,
    }))
}

fn uuid_at(reference: &Value, at: &str) -> anyhow::Result<Uuid> {
    let urn = reference.pointer(at).and_then(Value::as_str);
    let urn = urn.context("a reference without an identifier")?;
    Ok(urn.parse()?)
}

/// The n-th rendition's own entryUUID, for ever.
fn entry(handoff: Uuid, n: usize) -> String {
    let name = format!("DocumentReference/{n}");
    Uuid::new_v5(&handoff, name.as_bytes()).urn().to_string()
}

/// An OID of a UUID's own (ITU-T X.667, 2.25): where MHD wants one.
fn oid(name: &Uuid) -> String {
    format!("urn:oid:2.25.{}", name.as_u128())
}

/// Which of the earlier renditions the n-th of these replaces: the one in its
/// place. Those that have no successor end with the first.
fn old_entries(before: Option<Uuid>, n: usize, now: usize, replaced: usize) -> Vec<String> {
    let Some(before) = before else {
        return Vec::new();
    };
    let gone = (now + 1..=replaced).filter(|_| n == 1);
    let own = (n <= replaced).then_some(n);
    own.into_iter()
        .chain(gone)
        .map(|n| entry(before, n))
        .collect()
}

fn rendition(reference: &Value, handoff: Uuid, n: usize, old: &[String]) -> Value {
    let mut made = reference.clone();
    let unique = Uuid::new_v5(&handoff, format!("rendition/{n}").as_bytes());
    made["masterIdentifier"]["value"] = unique.urn().to_string().into();
    made["identifier"][0]["value"] = entry(handoff, n).into();
    made["content"] = json!([reference["content"][n - 1]]);
    if let Some(fields) = made.as_object_mut() {
        // MHD forbids docStatus
        fields.remove("docStatus");
        fields.remove("relatesTo");
    }
    if !old.is_empty() {
        let replaces = |old: &String| {
            let target = json!({"type": "DocumentReference", "identifier": official(old)});
            json!({"code": "replaces", "target": target})
        };
        made["relatesTo"] = old.iter().map(replaces).collect();
    }
    made["meta"]["profile"] = json!([level_of(&made).profile("DocumentReference")]);
    made
}

/// What UnContained Comprehensive wants and R4 does not.
fn level_of(document: &Value) -> Level {
    let wanted = [
        "/type",
        "/category/0",
        "/subject/identifier",
        "/securityLabel/0",
        "/content/0/attachment/language",
        "/content/0/attachment/creation",
        "/content/0/format",
        "/context/facilityType",
        "/context/practiceSetting",
        "/context/sourcePatientInfo",
    ];
    match wanted.iter().all(|at| document.pointer(at).is_some()) {
        true => Level::Comprehensive,
        false => Level::Minimal,
    }
}

fn submission_set(
    reference: &Value,
    handoff: Uuid,
    documents: &[Value],
    level: Level,
    public_url: &str,
) -> Value {
    let extension = |name: &str| format!("{MHD}/StructureDefinition/{name}");
    let source = Uuid::new_v5(&Uuid::NAMESPACE_URL, public_url.as_bytes());
    let unique = Uuid::new_v5(&handoff, b"SubmissionSet");
    let entry_uuid = Uuid::new_v5(&handoff, b"SubmissionSet/entry")
        .urn()
        .to_string();
    let items = documents.iter();
    let items =
        items.map(|document| json!({"item": {"reference": document["identifier"][0]["value"]}}));
    let mut meta = reference["meta"].clone();
    meta["profile"] = json!([level.profile("SubmissionSet")]);
    json!({
        "resourceType": "List",
        "meta": meta,
        "extension": [
            {"url": extension("ihe-designationType"), "valueCodeableConcept": reference["type"]},
            {"url": extension("ihe-sourceId"), "valueIdentifier": {"system": URI, "value": oid(&source)}},
        ],
        "identifier": [
            {"use": "usual", "system": URI, "value": oid(&unique)},
            official(&entry_uuid),
        ],
        "status": "current",
        "mode": "working",
        "title": reference["description"],
        "code": {"coding": [{"system": format!("{MHD}/CodeSystem/MHDlistTypes"), "code": "submissionset"}]},
        "subject": reference["subject"],
        "date": reference["date"],
        "entry": items.collect::<Vec<_>>(),
    })
}

fn official(urn: &str) -> Value {
    json!({"use": "official", "system": URI, "value": urn})
}

/// A new resource, under its own entryUUID.
fn posted(resource: &Value, identifier: usize) -> Value {
    json!({
        "fullUrl": resource["identifier"][identifier]["value"],
        "resource": resource,
        "request": {"method": "POST", "url": resource["resourceType"]},
    })
}

/// ITI-65: what is replaced becomes superseded in the same transaction. Its id on
/// the receiver's side is not ours to know: it is found by its entryUUID.
fn superseded(handoff: Uuid, old: &str) -> Value {
    let own = Uuid::new_v5(&handoff, format!("superseded/{old}").as_bytes());
    json!({
        "fullUrl": own.urn().to_string(),
        "resource": {
            "resourceType": "Parameters",
            "meta": {"profile": [format!("{MHD}/StructureDefinition/IHE.MHD.Patch.Parameters")]},
            "parameter": [{"name": "operation", "part": [
                {"name": "type", "valueCode": "replace"},
                {"name": "path", "valueString": "DocumentReference.status"},
                {"name": "value", "valueCode": "superseded"},
            ]}],
        },
        "request": {"method": "PATCH", "url": format!("DocumentReference?identifier={URI}|{old}")},
    })
}

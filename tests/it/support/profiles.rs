//! What US Core 9.0.0 and IHE MHD 4.2.3 want of a DocumentReference, and MHD of
//! the Bundle that provides it: rules of their profiles that R4's schema does not
//! know.

use super::invariants::list;
use serde_json::Value;

const URI: &str = "urn:ietf:rfc:3986";
const MHD: &str = "https://profiles.ihe.net/ITI/MHD/StructureDefinition/IHE.MHD.";

/// Gathers what does not hold.
struct Wanted(Vec<String>);

impl Wanted {
    fn that(&mut self, holds: bool, rule: &str) {
        if !holds {
            self.0.push(rule.to_owned());
        }
    }

    fn some(&mut self, resource: &Value, paths: &[&str]) {
        for path in paths {
            let there = resource.pointer(path).is_some();
            self.that(there, &format!("no {path}"));
        }
    }
}

pub fn us_core(reference: &Value) -> Vec<String> {
    let mut wanted = Wanted(both(reference));
    let profile = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-documentreference";
    wanted.that(reference["meta"]["profile"][0] == profile, "profile");
    let kind = &reference["type"]["coding"][0];
    wanted.that(kind["system"] == "http://loinc.org", "type: not LOINC");
    let category = "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category";
    let is_ours = |c: &Value| list(c, "coding").iter().any(|c| c["system"] == category);
    let categories = list(reference, "category");
    wanted.that(categories.iter().any(is_ours), "category: US Core slice");
    wanted.some(reference, &["/subject", "/custodian", "/content/0"]);
    let encounters = list(&reference["context"], "encounter").len();
    wanted.that(encounters <= 1, "context.encounter: more than one");
    for content in list(reference, "content") {
        let attachment = &content["attachment"];
        let told = attachment["url"].is_string() || attachment["data"].is_string();
        wanted.that(told, "us-core-6: neither url nor data");
        wanted.some(content, &["/attachment/contentType", "/format"]);
    }
    wanted.0
}

pub fn mhd(reference: &Value) -> Vec<String> {
    let mut wanted = Wanted(both(reference));
    let master = &reference["masterIdentifier"];
    wanted.that(master["use"] == "usual", "masterIdentifier: use");
    wanted.that(uri(master).is_some(), "masterIdentifier: no URI");
    let entry = &reference["identifier"][0];
    wanted.that(entry["use"] == "official", "entryUUID: use");
    let uuid = uri(entry).is_some_and(|value| value.starts_with("urn:uuid:"));
    wanted.that(uuid, "entryUUID: no UUID");
    let status = reference["status"].as_str().unwrap_or_default();
    wanted.that(["current", "superseded"].contains(&status), "status");
    for key in ["docStatus", "modifierExtension"] {
        wanted.that(reference.get(key).is_none(), &format!("{key}: forbidden"));
    }
    wanted.that(list(reference, "category").len() == 1, "category: not one");
    wanted.that(list(reference, "content").len() == 1, "content: not one");
    let attachment = &reference["content"][0]["attachment"];
    wanted.that(attachment.get("data").is_none(), "data: forbidden");
    wanted.some(attachment, &["/contentType", "/url"]);
    let profile = reference["meta"]["profile"][0].as_str().unwrap_or_default();
    match profile.strip_prefix(MHD) {
        Some("Minimal.DocumentReference") => {}
        Some("UnContained.Comprehensive.DocumentReference") => wanted.some(
            reference,
            &[
                "/type",
                "/subject/identifier/value",
                "/securityLabel/0",
                "/content/0/attachment/language",
                "/content/0/attachment/creation",
                "/content/0/format",
                "/context/facilityType",
                "/context/practiceSetting",
                "/context/sourcePatientInfo",
            ],
        ),
        _ => wanted.that(false, "profile"),
    }
    wanted.0
}

/// Of either: the checklist of what makes a packet's reference useful.
fn both(reference: &Value) -> Vec<String> {
    let mut wanted = Wanted(Vec::new());
    wanted.some(
        reference,
        &[
            "/masterIdentifier",
            "/identifier/0",
            "/date",
            "/author/0",
            "/custodian",
            "/securityLabel/0",
            "/description",
        ],
    );
    let subject = &reference["subject"];
    wanted.that(subject["type"] == "Patient", "subject: not a Patient");
    for content in list(reference, "content") {
        wanted.some(
            content,
            &[
                "/attachment/title",
                "/attachment/creation",
                "/attachment/size",
            ],
        );
        let hash = content["attachment"]["hash"].as_str().unwrap_or_default();
        // base64 of the 20 bytes of SHA-1
        wanted.that(hash.len() == 28, "hash: not a SHA-1");
    }
    wanted.0
}

/// ITI-65: one SubmissionSet, which lists every DocumentReference; each is new,
/// and what they replace is superseded.
pub fn provide_bundle(bundle: &Value) -> Vec<String> {
    let mut wanted = Wanted(Vec::new());
    wanted.that(bundle["type"] == "transaction", "type: no transaction");
    let profile = bundle["meta"]["profile"][0].as_str().unwrap_or_default();
    wanted.that(profile.ends_with(".ProvideBundle"), "profile");
    let sets = of(bundle, "List");
    wanted.that(sets.len() == 1, "SubmissionSet: not one");
    let documents = of(bundle, "DocumentReference");
    let patches = of(bundle, "Parameters");
    let all = sets.len() + documents.len() + patches.len();
    wanted.that(
        list(bundle, "entry").len() == all,
        "an entry of another kind",
    );
    let set = &sets[0]["resource"];
    wanted.0.extend(submission_set(set));
    let listed = list(set, "entry").iter().map(|e| &e["item"]["reference"]);
    let urls = documents.iter().map(|entry| &entry["fullUrl"]);
    wanted.that(listed.eq(urls), "SubmissionSet: other documents are listed");
    for entry in documents.iter().chain(&sets) {
        wanted.that(entry["request"]["method"] == "POST", "request: no POST");
        let kind = &entry["resource"]["resourceType"];
        wanted.that(&entry["request"]["url"] == kind, "request: another kind");
    }
    let complete = documents.iter().all(|e| {
        let profile = e["resource"]["meta"]["profile"][0].as_str();
        profile.is_some_and(|profile| profile.contains("Comprehensive"))
    });
    wanted.that(
        complete || !profile.contains("Comprehensive"),
        "profile: a minimal part of a comprehensive whole",
    );
    for document in documents {
        wanted.0.extend(mhd(&document["resource"]));
    }
    for patch in patches {
        wanted.that(patch["request"]["method"] == "PATCH", "request: no PATCH");
        let part = &patch["resource"]["parameter"][0]["part"];
        wanted.that(part[2]["valueCode"] == "superseded", "Parameters: value");
    }
    wanted.0
}

fn submission_set(set: &Value) -> Vec<String> {
    let mut wanted = Wanted(Vec::new());
    wanted.that(set["mode"] == "working", "SubmissionSet: mode");
    wanted.that(
        set["code"]["coding"][0]["code"] == "submissionset",
        "SubmissionSet: code",
    );
    wanted.some(set, &["/subject", "/date", "/identifier/1"]);
    for key in ["encounter", "orderedBy", "emptyReason"] {
        wanted.that(set.get(key).is_none(), "SubmissionSet: forbidden");
    }
    let extensions = list(set, "extension");
    let named = |name: &str| {
        let mut urls = extensions.iter().filter_map(|e| e["url"].as_str());
        urls.any(|url| url.ends_with(name))
    };
    wanted.that(named("/ihe-sourceId"), "SubmissionSet: no sourceId");
    wanted.that(
        named("/ihe-designationType"),
        "SubmissionSet: no designationType",
    );
    let unique = uri(&set["identifier"][0]);
    let oid = unique.is_some_and(|value| value.starts_with("urn:oid:"));
    wanted.that(oid, "SubmissionSet: uniqueId is no OID");
    wanted.0
}

/// The entries of a kind.
pub fn of<'v>(bundle: &'v Value, kind: &str) -> Vec<&'v Value> {
    let entries = list(bundle, "entry").iter();
    entries
        .filter(|entry| entry["resource"]["resourceType"] == kind)
        .collect()
}

fn uri(identifier: &Value) -> Option<&str> {
    identifier["value"]
        .as_str()
        .filter(|_| identifier["system"] == URI)
}

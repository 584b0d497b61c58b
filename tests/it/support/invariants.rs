//! The invariants of FHIR R4 that a JSON Schema cannot tell, as far as they
//! touch what Handoff writes: each complaint begins with its key in the standard.

use jiff::civil::Date;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that is wrong with a document Bundle.
pub fn complaints(bundle: &Value) -> Vec<String> {
    let mut found = of_bundle(bundle);
    found.extend(of_links(bundle));
    for entry in list(bundle, "entry") {
        found.extend(of_resource(&entry["resource"]));
    }
    found.extend(everywhere(bundle));
    found
}

/// Everything that is wrong with one resource, whatever holds it.
pub fn of_one(resource: &Value) -> Vec<String> {
    let mut found = of_resource(resource);
    found.extend(everywhere(resource));
    found
}

/// Gathers complaints.
struct Rules(Vec<String>);

impl Rules {
    fn want(&mut self, holds: bool, rule: &str) {
        if !holds {
            self.0.push(rule.to_owned());
        }
    }
}

fn of_bundle(bundle: &Value) -> Vec<String> {
    let mut rules = Rules(Vec::new());
    let entries = list(bundle, "entry");
    let urls: Vec<&str> = entries
        .iter()
        .filter_map(|e| e["fullUrl"].as_str())
        .collect();
    let once: BTreeSet<&str> = urls.iter().copied().collect();
    let first = &entries[0]["resource"];
    rules.want(bundle["type"] == "document", "type: not a document");
    let alone = |key: &str| entries.iter().all(|e| e.get(key).is_none());
    rules.want(bundle.get("total").is_none(), "bdl-1: a total");
    rules.want(alone("search"), "bdl-2: a search entry");
    rules.want(alone("request"), "bdl-3: a request");
    rules.want(alone("response"), "bdl-4: a response");
    rules.want(
        urls.len() == entries.len(),
        "bdl-5: an entry without fullUrl",
    );
    rules.want(once.len() == urls.len(), "bdl-7: a fullUrl twice");
    let versioned = urls.iter().any(|url| url.contains("/_history/"));
    rules.want(!versioned, "bdl-8: a version in a fullUrl");
    let id = &bundle["identifier"];
    let named = id["system"].is_string() && id["value"].is_string();
    rules.want(named, "bdl-9: no identifier with system and value");
    rules.want(bundle["timestamp"].is_string(), "bdl-10: no timestamp");
    rules.want(
        first["resourceType"] == "Composition",
        "bdl-11: no Composition first",
    );
    for key in [
        "subject",
        "date",
        "author",
        "title",
        "custodian",
        "language",
        "type",
    ] {
        let rule = format!("documents: the Composition has no {key}");
        rules.want(first.get(key).is_some(), &rule);
    }
    // the document's label is that of its parts' highest; both say it
    rules.want(
        bundle["meta"]["security"] == first["meta"]["security"],
        "labels: the Bundle's are not the Composition's",
    );
    rules.want(
        first.get("confidentiality").is_none(),
        "PACIO: Composition.confidentiality is labelled in meta.security",
    );
    rules.0
}

/// Every reference resolves inside the Bundle, and nothing in it is unreached.
fn of_links(bundle: &Value) -> Vec<String> {
    let entries = list(bundle, "entry");
    let held: BTreeMap<&str, &Value> = entries
        .iter()
        .filter_map(|entry| Some((entry["fullUrl"].as_str()?, &entry["resource"])))
        .collect();
    let mut found = Vec::new();
    let mut reached = BTreeSet::new();
    let mut next: Vec<&str> = entries
        .iter()
        .take(1)
        .filter_map(|e| e["fullUrl"].as_str())
        .collect();
    while let Some(url) = next.pop() {
        if !reached.insert(url) {
            continue;
        }
        let Some(resource) = held.get(url) else {
            found.push(format!("documents: {url} is not in the Bundle"));
            continue;
        };
        walk(resource, &mut |object| {
            next.extend(object.get("reference").and_then(Value::as_str));
            // Attachment.url, of a Binary that travels along
            let url = object.get("url").and_then(Value::as_str);
            next.extend(url.filter(|url| url.starts_with("urn:uuid:")));
        });
    }
    for url in held.keys().filter(|url| !reached.contains(**url)) {
        let kind = &held[*url]["resourceType"];
        found.push(format!("documents: nothing leads to a {kind}"));
    }
    found
}

fn of_resource(resource: &Value) -> Vec<String> {
    let mut rules = Rules(Vec::new());
    match resource["resourceType"].as_str().unwrap_or_default() {
        "Composition" => list(resource, "section")
            .iter()
            .for_each(|s| of_section(s, &mut rules)),
        "Observation" => of_observation(resource, &mut rules),
        "AllergyIntolerance" => of_allergy(resource, &mut rules),
        "Condition" => of_condition(resource, &mut rules),
        "Appointment" => of_appointment(resource, &mut rules),
        "Patient" => {
            let told = ["name", "telecom", "address", "organization"];
            for contact in list(resource, "contact") {
                let has = told.iter().any(|key| contact.get(key).is_some());
                rules.want(has, "pat-1: a contact without name and telecom");
            }
        }
        "MedicationStatement" => {
            let dosed = list(resource, "dosage").iter().all(|d| !is_nothing(d));
            rules.want(dosed, "ele-1: an empty dosage");
        }
        "ServiceRequest" => {
            let detailed = resource.get("orderDetail").is_some();
            let coded = resource.get("code").is_some();
            rules.want(!detailed || coded, "prr-1: an order detail without code");
        }
        "CareTeam" => {
            for one in list(resource, "participant") {
                let behalf = one.get("onBehalfOf").is_some();
                rules.want(!behalf, "ctm-1: on behalf of somebody");
            }
        }
        "Coverage" => {
            let payors = list(resource, "payor").len();
            rules.want(payors > 0, "Coverage: no payor");
        }
        _ => {}
    }
    rules.0
}

fn of_section(section: &Value, rules: &mut Rules) {
    let subsections = list(section, "section");
    let entries = list(section, "entry");
    let has_text = section["text"]["div"].is_string();
    let says = has_text || !entries.is_empty() || !subsections.is_empty();
    rules.want(says, "cmp-1: a section without text, entry and section");
    let reason = section.get("emptyReason").is_some();
    rules.want(
        !reason || entries.is_empty(),
        "cmp-2: an emptyReason beside entries",
    );
    rules.want(has_text, "documents: a section without narrative");
    rules.want(
        section["title"].is_string(),
        "documents: a section without title",
    );
    subsections
        .iter()
        .for_each(|section| of_section(section, rules));
}

fn of_observation(resource: &Value, rules: &mut Rules) {
    let valued = keys(resource).any(|key| key.starts_with("value"));
    let absent = resource.get("dataAbsentReason").is_some();
    rules.want(
        !(valued && absent),
        "obs-6: a value and the reason for having none",
    );
    rules.want(valued || absent, "us-core-2: neither value nor reason");
    for range in list(resource, "referenceRange") {
        let told = ["low", "high", "text"]
            .iter()
            .any(|key| range.get(key).is_some());
        rules.want(told, "obs-3: a range without limits and text");
    }
}

fn of_allergy(resource: &Value, rules: &mut Rules) {
    let wrong = has_code(&resource["verificationStatus"], &["entered-in-error"]);
    let status = resource.get("clinicalStatus").is_some();
    rules.want(wrong || status, "ait-1: no clinical status");
    rules.want(!(wrong && status), "ait-2: a clinical status of an error");
    for reaction in list(resource, "reaction") {
        let shown = !list(reaction, "manifestation").is_empty();
        rules.want(
            shown,
            "AllergyIntolerance: a reaction without manifestation",
        );
    }
}

fn of_condition(resource: &Value, rules: &mut Rules) {
    let wrong = has_code(&resource["verificationStatus"], &["entered-in-error"]);
    let status = resource.get("clinicalStatus");
    let listed = list(resource, "category")
        .iter()
        .any(|c| has_code(c, &["problem-list-item"]));
    rules.want(
        wrong || !listed || status.is_some(),
        "con-3: a problem without status",
    );
    let abated = keys(resource).any(|key| key.starts_with("abatement"));
    let over = status.is_some_and(|s| has_code(s, &["resolved", "remission", "inactive"]));
    rules.want(!abated || over, "con-4: abated and not over");
    rules.want(
        !(wrong && status.is_some()),
        "con-5: a clinical status of an error",
    );
}

fn of_appointment(resource: &Value, rules: &mut Rules) {
    let has = |key: &str| resource.get(key).is_some() || resource.get(format!("_{key}")).is_some();
    for one in list(resource, "participant") {
        let told = one.get("type").is_some() || one.get("actor").is_some();
        rules.want(told, "app-1: a participant who is nobody");
    }
    rules.want(has("start") == has("end"), "app-2: a start or an end alone");
    let status = resource["status"].as_str().unwrap_or_default();
    let open = ["proposed", "cancelled", "waitlist"].contains(&status);
    rules.want(has("start") || open, "app-3: arranged, and no start");
    let cancelled = ["cancelled", "noshow"].contains(&status);
    let reason = resource.get("cancelationReason").is_some();
    rules.want(!reason || cancelled, "app-4: a reason, and not cancelled");
}

/// What holds of any element: nothing empty, and the datatypes' own rules.
fn everywhere(value: &Value) -> Vec<String> {
    let mut rules = Rules(Vec::new());
    walk(value, &mut |object| {
        for (key, value) in object {
            let rule = format!("ele-1: an empty {key}");
            rules.want(!is_nothing(value), &rule);
        }
        of_datatype(object, &mut rules);
    });
    rules.0
}

fn of_datatype(object: &Map<String, Value>, rules: &mut Rules) {
    let has = |key: &str| object.contains_key(key);
    if let Some(div) = object.get("div").and_then(Value::as_str) {
        rules.want(
            super::xhtml::is_narrative(div),
            "txt-1: not a narrative's XHTML",
        );
        rules.want(
            super::xhtml::says_something(div),
            "txt-2: a narrative that says nothing",
        );
    }
    if has("data") && has("title") {
        rules.want(has("contentType"), "att-1: data without contentType");
    }
    if has("size") && has("url") {
        rules.want(has("contentType"), "att-1: a file without contentType");
    }
    if has("code") && has("value") && has("unit") {
        rules.want(has("system"), "qty-3: a unit's code without system");
    }
    let point = has("value") && (has("use") || has("rank")) && !has("assigner");
    if point && object.get("system").is_some_and(|s| !s.is_string()) {
        rules.want(false, "cpt-2: a telecom without system");
    }
    for telecom in object
        .get("telecom")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        rules.want(
            telecom["system"].is_string(),
            "cpt-2: a telecom without system",
        );
    }
    for extension in object
        .get("extension")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let valued = keys(extension).any(|key| key.starts_with("value"));
        rules.want(valued, "ext-1: an extension without value");
    }
    let moments = [object.get("start"), object.get("end")];
    if let [Some(start), Some(end)] = moments.map(|at| at.and_then(Value::as_str)) {
        rules.want(day(start) <= day(end), "per-1: ends before it starts");
    }
}

fn day(text: &str) -> Date {
    let whole = format!("{}{}", text.get(..10).unwrap_or(text), "-01-01");
    whole[..10].parse().expect("a FHIR date")
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

pub fn walk<'v>(value: &'v Value, look: &mut impl FnMut(&'v Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            look(object);
            object.values().for_each(|inner| walk(inner, look));
        }
        Value::Array(items) => items.iter().for_each(|inner| walk(inner, look)),
        _ => {}
    }
}

pub fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn keys(value: &Value) -> impl Iterator<Item = &String> {
    value.as_object().into_iter().flat_map(Map::keys)
}

pub fn has_code(concept: &Value, codes: &[&str]) -> bool {
    let mut codings = list(concept, "coding").iter();
    codings.any(|coding| {
        coding["code"]
            .as_str()
            .is_some_and(|code| codes.contains(&code))
    })
}

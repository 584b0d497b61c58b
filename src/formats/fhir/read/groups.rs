//! What a result belongs to: the organism that a susceptibility is of, the panel
//! that has it as a member.

use std::collections::HashMap;

use super::{
    clinical::why_void,
    datatypes::{has_code, words},
    json::{owned, text},
    library::{Library, Resource, items},
    tree::Value,
};

/// LOINC: what names an organism, and not what it was found in.
const ORGANISMS: [&str; 12] = [
    "600-7", "6463-4", "634-6", "630-4", "6462-6", "17928-3", "11475-1", "41852-5", "43409-2",
    "88461-2", "75756-7", "51981-9",
];

/// The words of each parent by the entry of its member, and where they stand.
pub fn groups(library: &Library, own: &[usize]) -> HashMap<usize, (String, String)> {
    let mut groups = HashMap::new();
    for &nth in own {
        let resource = &library.resources[nth];
        if resource.kind != "Observation" || why_void(resource.json).is_some() {
            continue;
        }
        for member in members(resource.json) {
            let member = library.entry(resource, member);
            let member =
                member.filter(|m| *m != nth && library.resources[*m].kind == "Observation");
            if let Some((member, group)) = member.zip(group(resource)) {
                groups.entry(member).or_insert(group);
            }
        }
        // A mean is derived from what it is no part of; a susceptibility is not.
        for parent in items(resource.json, "derivedFrom") {
            let parent = library.resolve(resource, parent);
            let parent = parent.filter(|parent| parent.nth != nth && is_organism(parent.json));
            if let Some(group) = parent
                .filter(|p| why_void(p.json).is_none())
                .and_then(group)
            {
                groups.entry(nth).or_insert(group);
            }
        }
    }
    groups
}

/// STU3 said `related`.
fn members<'v>(json: &'v Value<'v>) -> impl Iterator<Item = &'v Value<'v>> {
    let related = items(json, "related").iter();
    let related = related.filter(|related| text(related, "type") == Some("has-member"));
    let related = related.filter_map(|related| related.get("target"));
    items(json, "hasMember").iter().chain(related)
}

fn group(parent: &Resource) -> Option<(String, String)> {
    if parent.kind != "Observation" {
        return None;
    }
    let name = parent.json.get("code").and_then(words);
    let value = value(parent.json);
    let group = match (name, value) {
        (_, Some((key, value))) if is_organism(parent.json) => (value, parent.at(key)),
        (Some(name), Some((_, value))) => (format!("{name}: {value}"), parent.at("code")),
        (Some(name), None) => (name, parent.at("code")),
        (None, value) => value.map(|(key, value)| (value, parent.at(key)))?,
    };
    Some(group)
}

/// What an Observation of an organism names; its components are of that, too.
pub fn organism(json: &Value) -> Option<(&'static str, String)> {
    value(json).filter(|_| is_organism(json))
}

fn value(json: &Value) -> Option<(&'static str, String)> {
    let coded = json.get("valueCodeableConcept").and_then(words);
    let coded = coded.map(|words| ("valueCodeableConcept", words));
    coded.or_else(|| Some(("valueString", owned(json, "valueString")?)))
}

fn is_organism(json: &Value) -> bool {
    let Some(code) = json.get("code") else {
        return false;
    };
    let named = words(code).unwrap_or_default().to_lowercase();
    let says = [
        "organism",
        "bacteria identified",
        "microorganism",
        "isolate",
    ];
    has_code(code, &ORGANISMS) || says.into_iter().any(|word| named.contains(word))
}

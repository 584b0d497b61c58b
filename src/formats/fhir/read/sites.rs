//! Where in the body: bodySite in words, with its side.

use super::{
    datatypes::{extension, words},
    json::{list, text},
    library::{Resource, items},
    trail::Trail,
    tree::Value,
};

/// `Lower leg, left`; several are parted by semicolons.
pub fn body_site(resource: &Resource, trail: &mut Trail) -> Option<String> {
    let json = resource.json;
    // R5 has a site of structures as well.
    let named = |key| items(json, key).iter().filter_map(site).collect::<Vec<_>>();
    let found = ["bodySite", "bodyStructure"].into_iter().find_map(|key| {
        let sites = named(key);
        (!sites.is_empty()).then(|| (key, sites.join("; ")))
    });
    // An ICD-10-GM code has its side beside it.
    let code = json.get("code").and_then(side);
    let resource_side = side_of(json);
    match (found, code.or(resource_side)) {
        (Some((key, sites)), None) => trail.some("bodySite", key, Some(sites)),
        (Some((key, sites)), Some(side)) if sites.to_lowercase().contains(&side.to_lowercase()) => {
            trail.some("bodySite", key, Some(sites))
        }
        (Some((key, sites)), Some(side)) => {
            trail.some("bodySite", key, Some(format!("{sites}, {side}")))
        }
        (None, side) => trail.some("bodySite", "code", side),
    }
}

fn site(site: &Value) -> Option<String> {
    let reference = site.get("reference").unwrap_or(site);
    let words = words(site).or_else(|| text(reference, "display").map(str::to_owned))?;
    Some(match side(site) {
        Some(side) => format!("{words}, {side}"),
        None => words,
    })
}

/// The side that a concept, or one of its codings, has in an extension.
fn side(concept: &Value) -> Option<String> {
    let concept = concept.get("concept").unwrap_or(concept);
    let mut holders = std::iter::once(concept).chain(list(concept, "coding"));
    holders.find_map(side_of)
}

fn side_of(holder: &Value) -> Option<String> {
    let names = ["seitenlokalisation", "laterality", "bodysite-laterality"];
    let said = names.into_iter().find_map(|name| extension(holder, name))?;
    let value = ["valueCoding", "valueCodeableConcept", "valueCode"];
    let value = value.into_iter().find_map(|key| said.get(key))?;
    let code = text(value, "code").or(value.as_str());
    Some(match code {
        Some("L") => "left".to_owned(),
        Some("R") => "right".to_owned(),
        Some("B") => "both sides".to_owned(),
        _ => text(value, "display")
            .map(str::to_owned)
            .or_else(|| words(value))?,
    })
}

//! Who a Reference means: a person, an organisation, or both (PractitionerRole).

use super::{
    datatypes::{human_name, telecoms},
    json::{list, owned, text},
    library::{Library, Resource},
    tree::Value,
};
use crate::domain::facts::Party;

impl<'b> Library<'b> {
    pub fn party(&self, from: &Resource<'b>, reference: &Value) -> Option<Party> {
        let party = match self.resolve(from, reference) {
            Some(role) if role.kind == "PractitionerRole" => self.role(role),
            Some(found) => party_of(found.json, found.kind),
            None => pointed_at(reference),
        };
        let party = match party.is_empty() {
            true => pointed_at(reference),
            false => party,
        };
        (!party.is_empty()).then_some(party)
    }

    fn role(&self, role: &Resource<'b>) -> Party {
        let part = |key: &str| {
            role.json.get(key).map(|reference| {
                // A role never points at a role, so this ends.
                let found = self.resolve(role, reference);
                found.map_or_else(
                    || pointed_at(reference),
                    |found| party_of(found.json, found.kind),
                )
            })
        };
        let person = part("practitioner").unwrap_or_default();
        let organization = part("organization").and_then(|o| o.organization.or(o.family));
        Party {
            organization: organization.or(person.organization),
            telecom: telecoms(role.json).into_iter().next().or(person.telecom),
            id: person.id,
            family: person.family,
            given: person.given,
        }
    }
}

fn party_of(json: &Value, kind: &str) -> Party {
    let numbers = list(json, "identifier").iter();
    let id = numbers.filter_map(|i| owned(i, "value")).next();
    let telecom = telecoms(json).into_iter().next();
    let is_person = matches!(
        kind,
        "Practitioner" | "RelatedPerson" | "Patient" | "Person"
    );
    if let Some(name) = text(json, "name").filter(|_| !is_person) {
        return Party {
            id,
            organization: Some(name.to_owned()),
            telecom,
            ..Party::default()
        };
    }
    let names = super::library::items(json, "name").iter();
    let name = names
        .filter_map(|name| human_name(name, ""))
        .next()
        .unwrap_or_default();
    let given = (!name.given.is_empty()).then(|| name.given.join(" "));
    let family = name.family.or(name.text.filter(|_| given.is_none()));
    let organization = (kind == "Organization").then(|| id.clone()).flatten();
    Party {
        id,
        family,
        given,
        organization,
        telecom,
    }
}

/// A reference that leads nowhere still has its display or an identifier.
fn pointed_at(reference: &Value) -> Party {
    let display = owned(reference, "display");
    let id = reference.get("identifier").and_then(|i| owned(i, "value"));
    let is_organization = text(reference, "type") == Some("Organization")
        || text(reference, "reference").is_some_and(|name| name.contains("Organization/"));
    match is_organization {
        true => Party {
            id,
            organization: display,
            ..Party::default()
        },
        false => Party {
            id,
            family: display,
            ..Party::default()
        },
    }
}

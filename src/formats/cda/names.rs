//! PN, AD, TEL and the people who have them.

use super::datatypes;
use super::tree::Element;
use crate::domain::facts::{Address, HumanName, Party, Places};

/// PN → name. Prefixes and suffixes are no part of a name that is searched for;
/// a name without parts stays one text.
pub fn name(name: Element) -> Option<HumanName> {
    if name.is_null() {
        return None;
    }
    let place = name.place();
    let mut at = Places::of(place.clone());
    let given: Vec<String> = name.all("given").filter_map(Element::text).collect();
    let family = family(name);
    if let Some(first) = name.child("given").filter(|_| !given.is_empty()) {
        at.add("given", first.place());
    }
    if let Some(first) = name.child("family").filter(|_| family.is_some()) {
        at.add("family", first.place());
    }
    let bare = family.is_none() && given.is_empty();
    let text = name.text().filter(|_| bare);
    if text.is_none() && bare {
        return None;
    }
    Some(HumanName {
        family,
        given,
        text,
        at,
    })
}

/// A birth name (`qualifier="BR"`) beside the family name is not a part of it.
fn family(name: Element) -> Option<String> {
    let born = |part: &Element| {
        part.attr("qualifier")
            .is_some_and(|q| q.split(' ').any(|q| q == "BR"))
    };
    let of = |parts: Vec<Element>| {
        let parts: Vec<String> = parts.into_iter().filter_map(Element::text).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    };
    let current = name.all("family").filter(|part| !born(part)).collect();
    of(current).or_else(|| of(name.all("family").collect()))
}

/// All names, the legal one first: what a person is looked up by.
pub fn names(parent: Element) -> Vec<HumanName> {
    let mut found: Vec<(u8, HumanName)> = parent
        .all("name")
        .filter_map(|element| Some((rank(element.attr("use")), name(element)?)))
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, name)| name).collect()
}

/// EntityNameUse: `L` legal, `C` as in a registry; `SRCH`, `A`, `P` are for
/// finding and for the stage.
fn rank(uses: Option<&str>) -> u8 {
    let Some(uses) = uses else { return 1 };
    if uses.split(' ').any(|one| one == "L") {
        0
    } else if uses
        .split(' ')
        .any(|one| matches!(one, "C" | "ABC" | "SYL" | "IDE"))
    {
        1
    } else {
        2
    }
}

pub fn address(address: Element) -> Option<Address> {
    if address.is_null() {
        return None;
    }
    let part = |name| address.child(name).and_then(Element::text);
    let mut line: Vec<String> = address
        .all("streetAddressLine")
        .filter_map(Element::text)
        .collect();
    if line.is_empty() {
        let street = [part("houseNumber"), part("streetName"), part("unitID")];
        let street: Vec<String> = street.into_iter().flatten().collect();
        line.extend((!street.is_empty()).then(|| street.join(" ")));
    }
    line.extend(part("additionalLocator"));
    let mut read = Address {
        line,
        city: part("city"),
        state: part("state"),
        postal_code: part("postalCode"),
        country: part("country"),
    };
    if read.is_empty() {
        read.line.extend(address.text());
    }
    (!read.is_empty()).then_some(read)
}

/// TEL: a number or an address as a person would write it.
pub fn telecom(telecom: Element) -> Option<String> {
    let value = telecom.attr("value").filter(|_| !telecom.is_null())?;
    let bare = ["tel:", "mailto:"].iter().find_map(|scheme| {
        let head = value.get(..scheme.len())?;
        head.eq_ignore_ascii_case(scheme)
            .then(|| value[scheme.len()..].trim())
    });
    Some(bare.unwrap_or(value).to_owned()).filter(|value| !value.is_empty())
}

pub fn telecoms(parent: Element) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for value in parent.all("telecom").filter_map(telecom) {
        if !all.contains(&value) && all.len() < 20 {
            all.push(value);
        }
    }
    all
}

/// Who acts in a role: the role's identifier and telephone, the person's name,
/// the organisation's.
pub fn party(role: Element, person: &'static str, organization: &'static str) -> Party {
    let named = role.child(person).into_iter().flat_map(names).next();
    let named = named.unwrap_or_default();
    let organization = role.child(organization);
    let given = (!named.given.is_empty()).then(|| named.given.join(" "));
    let id = role
        .all("id")
        .find_map(|id| Some(id.attr("extension")?.to_owned()).filter(|_| !id.is_null()));
    Party {
        id,
        family: named.family.or(named.text),
        given,
        organization: organization.and_then(organization_name),
        telecom: telecoms(role)
            .into_iter()
            .next()
            .or_else(|| organization.and_then(|o| telecoms(o).into_iter().next())),
    }
}

/// AssignedEntity, the most common role.
pub fn assigned(role: Element) -> Party {
    party(role, "assignedPerson", "representedOrganization")
}

pub fn organization_name(organization: Element) -> Option<String> {
    let own = organization.child("name").and_then(Element::text);
    own.or_else(|| {
        let whole = organization.at(&["asOrganizationPartOf", "wholeOrganization", "name"])?;
        whole.text()
    })
}

/// What somebody is to the patient or in the stay, in words.
pub fn role_words(code: Option<Element>) -> Option<String> {
    let code = code?;
    datatypes::shown(code, code)
}

//! The head of a ClinicalDocument: what it is, from whom, when, instead of what.

use super::datatypes::{coded, whole_id};
use super::names;
use super::time;
use super::tree::Element;
use crate::domain::facts::{ClinicalFacts, Doubt, Label, Places, Problem, Sender};

/// C-CDA document templates and the LOINC code each requires: they name the
/// document where its own code is missing.
const TEMPLATES: [(&str, &str); 12] = [
    ("2.16.840.1.113883.10.20.22.1.2", "34133-9"),
    ("2.16.840.1.113883.10.20.22.1.3", "34117-2"),
    ("2.16.840.1.113883.10.20.22.1.4", "11488-4"),
    ("2.16.840.1.113883.10.20.22.1.5", "18748-4"),
    ("2.16.840.1.113883.10.20.22.1.6", "28570-0"),
    ("2.16.840.1.113883.10.20.22.1.7", "11504-8"),
    ("2.16.840.1.113883.10.20.22.1.8", "18842-5"),
    ("2.16.840.1.113883.10.20.22.1.9", "11506-3"),
    ("2.16.840.1.113883.10.20.22.1.13", "18761-7"),
    ("2.16.840.1.113883.10.20.22.1.14", "57133-1"),
    ("2.16.840.1.113883.10.20.22.1.15", "52521-2"),
    ("2.16.840.1.113883.10.20.1", "34133-9"),
];

/// What a document without any code is called: no channel wants it.
const UNNAMED: &str = "ClinicalDocument";

/// The head; with a problem where it cannot be told what the document is.
pub fn read(document: Element, facts: &mut ClinicalFacts) -> Option<Problem> {
    let event = event(document, facts);
    let unnamed = event.is_none().then(|| {
        let why = "the document's code is missing: what it is cannot be told";
        Problem::new("/ClinicalDocument/code", why)
    });
    facts.event = event.unwrap_or_else(|| UNNAMED.to_owned());
    facts.title = document.child("title").and_then(Element::text);
    let id = document.child("id").and_then(whole_id);
    if id.is_none() {
        let why = "the document has no identifier of its own";
        facts.doubts.push(Doubt::new("/ClinicalDocument/id", why));
    }
    facts.control_id = id;
    let sent = document.child("effectiveTime");
    facts.sent = sent.and_then(|time| time::single(time, &mut facts.doubts));
    facts.replaces = replaces(document);
    facts.sender = sender(document);
    label(document, "document", facts);
    unnamed
}

fn event(document: Element, facts: &mut ClinicalFacts) -> Option<String> {
    let code = document.child("code");
    let translations = code.into_iter().flat_map(|code| code.all("translation"));
    let mut codes = code.into_iter().chain(translations);
    if let Some(code) = codes.find_map(|code| code.attr("code")) {
        return Some(code.to_owned());
    }
    let (_, code) = TEMPLATES
        .iter()
        .find(|(root, _)| document.has_template(root))?;
    let why = "the document's code is missing; its template tells what it is";
    facts.doubts.push(Doubt::new("/ClinicalDocument/code", why));
    Some((*code).to_owned())
}

/// `RPLC`: this document stands in the place of its parent.
fn replaces(document: Element) -> Option<String> {
    let mut related = document.all("relatedDocument");
    let parent = related.find(|related| related.attr("typeCode") == Some("RPLC"))?;
    parent.at(&["parentDocument", "id"]).and_then(whole_id)
}

fn sender(document: Element) -> Sender {
    let custodian = document.at(&[
        "custodian",
        "assignedCustodian",
        "representedCustodianOrganization",
    ]);
    let mut devices = document
        .all("author")
        .filter_map(|author| author.at(&["assignedAuthor", "assignedAuthoringDevice"]));
    let application = devices.find_map(|device| {
        let software = device.child("softwareName").and_then(Element::text);
        software.or_else(|| device.child("manufacturerModelName")?.text())
    });
    Sender {
        application,
        facility: custodian.and_then(names::organization_name),
    }
}

/// confidentialityCode of a document or a section.
pub fn label(of: Element, kind: &'static str, facts: &mut ClinicalFacts) {
    let Some(element) = of.child("confidentialityCode") else {
        return;
    };
    let code = coded(element, of);
    if !code.is_empty() {
        let place = element.place();
        let at = Places::of(place.clone()).with("code", place);
        facts.labels.push(Label { code, of: kind, at });
    }
}

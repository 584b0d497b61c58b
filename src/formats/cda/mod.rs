//! CDA R2 and C-CDA documents (R1.1 to R5) → facts.
//!
//! bytes → text (`xml::encoding`) → tree (`xml`) → head (`header`, `patient`,
//! `people`, `visit`) → sections (`sections`, `kinds`), each with its text
//! (`narrative`, `table`) and its entries (`problems`, `allergies` …).
//!
//! # To read one more kind of section
//!
//! 1. Add its LOINC code to `kinds::BY_CODE`, and its template to `BY_TEMPLATE`
//!    for documents whose code is another. Its text is kept from then on under
//!    the standard's code; where that says it all, this is the end.
//! 2. If an existing reader fits its entries (`Kind::Results`, `Kind::Plan` …),
//!    name that kind. Else add a kind to `sections::Kind`, and a room with
//!    `read(statement, section, facts)`.
//! 3. There, begin with `entries::is_void`, name what you read with
//!    `datatypes::coded`, give every part its place, and end in
//!    `entries::nameless` or `entries::unknown` where nothing can be told.
//! 4. Add a small fixture below `fixtures/cda/` and a test in `tests/`.

mod allergies;
mod aside;
mod codes;
mod concerns;
mod datatypes;
mod documents;
mod dosage;
mod entries;
mod header;
mod immunizations;
mod kinds;
mod medications;
mod names;
mod narrative;
mod negation;
mod patient;
mod payers;
mod people;
mod plan;
mod problems;
mod procedures;
mod qualifiers;
mod referral;
mod results;
mod sections;
mod table;
#[cfg(test)]
mod tests;
mod time;
mod values;
mod visit;
mod xml;

use crate::domain::facts::{ClinicalFacts, Doubt, Format, Problem, Reading};
use crate::domain::wishes::Wishes;
use xml::tree::Element;
use xml::{encoding, tree};

/// Doubts kept per document: more than sixteen pages of them help nobody.
const MAX_DOUBTS: usize = 1_000;

/// Whether bytes are XML by their first sign, in any encoding.
pub fn looks_like_xml(body: &[u8]) -> bool {
    if encoding::utf16(body).is_some() {
        let text = encoding::decode(body.get(..200).unwrap_or(body)).content;
        return text.trim_start().starts_with('<');
    }
    let text = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    text.trim_ascii_start().first() == Some(&b'<')
}

/// Reads one document. One that does not say what it is gives its facts and a
/// problem, so that nobody takes it for read.
pub fn read(body: &[u8], _wishes: &Wishes) -> Reading {
    let text = encoding::decode(body);
    let mut reading = Reading::default();
    let mut doubts: Vec<Doubt> = text.doubt.into_iter().collect();
    let parsed = xml::parse(&text.content, &mut doubts);
    let read = parsed.and_then(|mut tree| {
        tree.set_aside = aside::find(&tree);
        read_document(tree.root(), doubts)
    });
    match read {
        Ok((facts, problem)) => {
            reading.messages.push(facts);
            reading.problems.extend(problem);
        }
        Err(problem) => reading.problems.push(problem),
    }
    reading
}

fn read_document(
    document: Element,
    doubts: Vec<Doubt>,
) -> Result<(ClinicalFacts, Option<Problem>), Problem> {
    if !document.is("ClinicalDocument") {
        return Err(not_a_document(document));
    }
    if let Some(problem) = aside::withdrawn(document) {
        return Err(problem);
    }
    let mut facts = ClinicalFacts {
        format: Format::Cda,
        patients_in_source: 1,
        doubts,
        ..ClinicalFacts::default()
    };
    aside::doubt_unfinished(document, &mut facts.doubts);
    facts.patient = patient::read(document, &mut facts.doubts)?;
    let unnamed = header::read(document, &mut facts);
    visit::read(document, &mut facts);
    people::read(document, &mut facts);
    read_body(document, &mut facts);
    referral::complete(document, &mut facts);
    if facts.doubts.len() > MAX_DOUBTS {
        facts.doubts.truncate(MAX_DOUBTS);
        let why = "there are more doubts than are listed";
        facts.doubts.push(Doubt::new("/ClinicalDocument", why));
    }
    Ok((facts, unnamed))
}

fn read_body(document: Element, facts: &mut ClinicalFacts) {
    let mut found = false;
    for component in document.all("component") {
        if let Some(body) = component.child("structuredBody") {
            found = true;
            sections::read(body, facts);
        }
        if let Some(text) = component.at(&["nonXMLBody", "text"]) {
            found = true;
            documents::read_body(text, facts);
        }
    }
    if !found {
        let why = "the document has no body";
        facts
            .doubts
            .push(Doubt::new("/ClinicalDocument/component", why));
    }
}

/// Pieces of documents travel too, as examples and by mistake.
const FRAGMENTS: [&str; 35] = [
    "act",
    "authenticator",
    "author",
    "code",
    "component",
    "componentOf",
    "custodian",
    "documentationOf",
    "effectiveTime",
    "encompassingEncounter",
    "encounter",
    "entry",
    "entryRelationship",
    "id",
    "informant",
    "informationRecipient",
    "legalAuthenticator",
    "nonXMLBody",
    "observation",
    "observationMedia",
    "organizer",
    "participant",
    "patient",
    "patientRole",
    "procedure",
    "recordTarget",
    "relatedDocument",
    "section",
    "structuredBody",
    "substanceAdministration",
    "supply",
    "table",
    "templateId",
    "text",
    "value",
];

/// The root's own name may be anything, so only known ones are told.
fn not_a_document(root: Element) -> Problem {
    if let Some(name) = FRAGMENTS.iter().find(|name| root.is(name)) {
        let why = "this is a part of a CDA document: without its head, whose it is cannot be told";
        return Problem::new(format!("/{name}"), why);
    }
    let why = match root.tree.home.as_deref() {
        Some("http://hl7.org/fhir") => "this is FHIR in XML, which is not read; FHIR in JSON is",
        Some("urn:hl7-org:v2xml") => "this is HL7 v2 in XML, which is not read; HL7 v2 itself is",
        _ => "the root of the XML document is no ClinicalDocument",
    };
    Problem::new("/*", why)
}

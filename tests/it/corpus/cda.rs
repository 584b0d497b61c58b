//! CDA: header, names, sections and the body that is no XML.

use super::normal::{is, is_data, list, same, same_time, take, text};
use super::score::File;
use handoff::domain::facts::{ClinicalFacts, Reading};
use serde_json::Value;

pub fn compare(reading: &Reading, expected: &Value, file: &mut File) {
    if expected["well_formed_xml"] == Value::Bool(false) {
        return;
    }
    file.expect("message", 0, reading.messages.len() == 1);
    let nothing = ClinicalFacts::default();
    let facts = reading.messages.first().unwrap_or(&nothing);
    header(facts, expected, file);
    patient(facts, expected, file);
    visit(facts, &expected["encounter"], file);
    sections(facts, expected, file);
    if expected["nonXMLBody"].is_object() {
        file.expect("document", 0, has_body(facts, &expected["nonXMLBody"]));
    }
}

fn one(file: &mut File, kind: &'static str, theirs: &str, found: impl FnOnce(&str) -> bool) {
    if is_data(theirs) {
        file.expect(kind, 0, found(theirs));
    }
}

fn header(facts: &ClinicalFacts, expected: &Value, file: &mut File) {
    one(file, "event", text(expected, "document_code"), |code| {
        facts.event == code
    });
    one(
        file,
        "document title",
        text(expected, "document_title"),
        |title| is(facts.title.as_deref(), title),
    );
    one(file, "sent", text(expected, "effective_time"), |at| {
        same_time(facts.sent.as_ref(), at)
    });
    // II: the extension where there is one, else the root is the whole id. A
    // root may stand before the extension.
    let id = &expected["document_id"];
    let (root, extension) = (text(id, "root"), text(id, "extension"));
    let last = if is_data(extension) { extension } else { root };
    one(file, "control id", last, |last| {
        facts
            .control_id
            .as_deref()
            .is_some_and(|id| id.ends_with(last))
    });
}

fn patient(facts: &ClinicalFacts, expected: &Value, file: &mut File) {
    let patient = &facts.patient;
    for (place, theirs) in list(expected, "patient_names").iter().enumerate() {
        let given: Vec<&str> = list(theirs, "given")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let mut ours = patient.names.iter();
        // A name is one: family and given names together.
        let named = ours.any(|ours| {
            is(ours.family.as_deref(), text(theirs, "family"))
                && ours.given.len() == given.len()
                && ours
                    .given
                    .iter()
                    .zip(&given)
                    .all(|(ours, theirs)| same(ours, theirs))
        });
        file.expect("patient name", place, named);
    }
    one(file, "birth date", text(expected, "birth_time"), |born| {
        same_time(patient.birth_date.as_ref(), born)
    });
    one(file, "sex", text(expected, "gender"), |code| {
        let gender = match code {
            "M" => "male",
            "F" => "female",
            "UN" => "other",
            _ => "unknown",
        };
        patient.gender == Some(gender)
    });
    let mut ids: Vec<_> = patient.identifiers.iter().collect();
    for (place, theirs) in list(expected, "patient_ids").iter().enumerate() {
        let (root, extension) = (text(theirs, "root"), text(theirs, "extension"));
        let found = take(&mut ids, |ours| {
            if is_data(extension) {
                // A root with a URI of its own in FHIR may be that URI.
                same(&ours.value, extension) && ours.system.is_some()
            } else {
                ours.value.ends_with(root)
            }
        });
        file.expect("identifier", place, found);
    }
}

fn visit(facts: &ClinicalFacts, expected: &Value, file: &mut File) {
    let visit = facts.encounter.as_ref();
    one(file, "admission", text(expected, "low"), |at| {
        same_time(visit.and_then(|visit| visit.start.as_ref()), at)
    });
    one(file, "discharge", text(expected, "high"), |at| {
        same_time(visit.and_then(|visit| visit.end.as_ref()), at)
    });
    // A time that is one moment is the beginning.
    one(file, "admission", text(expected, "value"), |at| {
        same_time(visit.and_then(|visit| visit.start.as_ref()), at)
    });
    // The code, or its words where the document has them.
    one(
        file,
        "disposition",
        text(expected, "discharge_disposition"),
        |_| visit.is_some_and(|visit| visit.discharge_disposition.is_some()),
    );
}

fn sections(facts: &ClinicalFacts, expected: &Value, file: &mut File) {
    let mut ours: Vec<_> = facts.sections.iter().collect();
    for (place, theirs) in list(expected, "sections").iter().enumerate() {
        let (code, title) = (text(theirs, "code"), text(theirs, "title"));
        let place_of_ours = ours.iter().position(|ours| {
            (!is_data(code) || is(ours.code.as_deref(), code))
                && (!is_data(title) || is(ours.title.as_deref(), title))
        });
        let section = place_of_ours.map(|place| ours.remove(place));
        file.expect("section", place, section.is_some());
        let chars = theirs["text_chars"].as_u64().unwrap_or(0) as usize;
        if chars > 0 {
            // The oracle counts its text without layout; ours has layout more.
            let printed = section.map_or(0, |section| section.text.chars().count());
            file.expect("section text", place, printed >= chars);
        }
    }
}

/// Bytes of the size that the base64 has, or a pointer that was kept as such.
fn has_body(facts: &ClinicalFacts, expected: &Value) -> bool {
    let chars = expected["b64_chars"].as_u64().unwrap_or(0) as usize;
    let kind = text(expected, "mediaType");
    facts.documents.iter().any(|document| {
        let of_that_size = match document.size {
            // Padding: up to two of the last three bytes are none.
            Some(size) => (chars / 4 * 3).abs_diff(size) <= 2,
            None => chars == 0,
        };
        of_that_size && (!is_data(kind) || document.content_type.is_some())
    })
}

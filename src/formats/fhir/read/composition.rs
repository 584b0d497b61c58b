//! Composition → narrative sections. Its header is read in `header.rs`.

use super::{
    clinical::refused,
    datatypes::{coded, has_code, words},
    json::{list, text},
    library::Resource,
    narrative,
    resources::Scene,
    trail::Trail,
    tree::Value,
};
use crate::domain::facts::{ClinicalFacts, Doubt, NarrativeSection};
use crate::domain::section::INSTRUCTION_CODES;

/// Sections within sections; a Composition of a person has two or three levels.
const MAX_DEPTH: usize = 8;

pub fn read(_: &Scene, resource: &Resource, facts: &mut ClinicalFacts) {
    if !refused(resource, facts) {
        read_sections(resource.json, &resource.place, 0, facts);
    }
}

fn read_sections(json: &Value, place: &str, depth: usize, facts: &mut ClinicalFacts) {
    let sections = list(json, "section");
    if depth > MAX_DEPTH && !sections.is_empty() {
        let at = format!("{place}.section");
        let why = "the sections are nested too deeply and were left out";
        facts.doubts.push(Doubt::new(at, why));
        return;
    }
    for (nth, section) in sections.iter().enumerate() {
        let place = format!("{place}.section[{nth}]");
        read_section(section, &place, facts);
        read_sections(section, &place, depth + 1, facts);
    }
}

fn read_section(section: &Value, place: &str, facts: &mut ClinicalFacts) {
    let mut trail = Trail::of(place);
    let code = section.get("code");
    let narrative = section.get("text");
    let div = narrative.and_then(|narrative| text(narrative, "div").or(narrative.as_str()));
    let plain = div.map(narrative::plain).filter(|plain| !plain.is_empty());
    // Why a section is empty is what there is to read in it.
    let plain = trail.some("text", "text", plain).or_else(|| {
        let reason = section.get("emptyReason").and_then(words);
        trail.some("text", "emptyReason", reason)
    });
    let plain = plain.unwrap_or_default();
    if !plain.is_empty() && code.is_some_and(|code| has_code(code, &INSTRUCTION_CODES)) {
        facts.instructions.push(plain.clone());
    }
    let title = trail.text("title", section, "title");
    facts.sections.push(NarrativeSection {
        code: trail.some("code", "code", code.and_then(|code| coded(code).code)),
        title: title.or_else(|| trail.some("title", "code", code.and_then(words))),
        text: plain,
        at: trail.places(),
        ..NarrativeSection::default()
    });
}

//! What stays behind because no section of the packet holds it. "None recorded"
//! must not be said of a source that says it elsewhere.

use super::Withheld;
use crate::domain::facts::{ClinicalFacts, NarrativeSection, Observation, Places};
use crate::domain::rule::PacketRule;
use crate::domain::section::Section;
use serde::Serialize;

/// A kind of thing that the source holds. Kinds and counts alone leave: a title
/// may say more than its reader should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Beyond {
    Texts,
    Diagnoses,
    Allergies,
    Medications,
    Procedures,
    Observations,
    Documents,
    Immunizations,
    Orders,
    Appointments,
    Encounters,
}

impl Beyond {
    fn words(self) -> &'static str {
        match self {
            Self::Texts => "a section of text",
            Self::Diagnoses => "a diagnosis",
            Self::Allergies => "an allergy",
            Self::Medications => "a medication",
            Self::Procedures => "a procedure",
            Self::Observations => "a result",
            Self::Documents => "a document",
            Self::Immunizations => "an immunization",
            Self::Orders => "an order",
            Self::Appointments => "an appointment",
            Self::Encounters => "another stay",
        }
    }
}

/// The section that an observation belongs to: by its FHIR category, and results
/// where it has none.
pub fn section_of(observation: &Observation) -> Section {
    match observation.category.as_deref() {
        Some("vital-signs") => Section::VitalSigns,
        Some("social-history") => Section::SocialHistory,
        Some("functional-status" | "activity" | "adl") => Section::FunctionalStatus,
        Some("mental-status" | "cognitive-status") => Section::MentalStatus,
        _ => Section::Results,
    }
}

/// Counts what no section carries, and lists it for whoever tests the channel.
pub fn beyond(
    facts: &ClinicalFacts,
    rule: &PacketRule,
    withheld: &mut Vec<Withheld>,
) -> Vec<(Beyond, usize)> {
    let has = |section: Section| rule.sections.contains(&section);
    let plans = has(Section::Plan) || has(Section::AssessmentAndPlan);
    let observed = |o: &&Observation| !has(section_of(o));
    let unprinted = |s: &&NarrativeSection| !s.text.trim().is_empty() && !is_printed(s, rule);
    let stays: [(Beyond, bool, Vec<&Places>); 11] = [
        (
            Beyond::Texts,
            true,
            places(facts.sections.iter().filter(unprinted), |s| &s.at),
        ),
        (
            Beyond::Diagnoses,
            !has(Section::Diagnoses),
            places(facts.conditions.iter(), |c| &c.at),
        ),
        (
            Beyond::Allergies,
            !has(Section::Allergies),
            places(facts.allergies.iter(), |a| &a.at),
        ),
        (
            Beyond::Medications,
            !has(Section::Medications),
            places(facts.medications.iter(), |m| &m.at),
        ),
        (
            Beyond::Procedures,
            !has(Section::Procedures),
            places(facts.procedures.iter(), |p| &p.at),
        ),
        (
            Beyond::Observations,
            true,
            places(facts.results.iter().filter(observed), |o| &o.at),
        ),
        (
            Beyond::Documents,
            !has(Section::Documents) && !leaves_as_file(rule),
            places(facts.documents.iter(), |d| &d.at),
        ),
        (
            Beyond::Immunizations,
            !has(Section::Immunizations),
            places(facts.immunizations.iter(), |i| &i.at),
        ),
        (
            Beyond::Orders,
            !plans,
            places(facts.orders.iter(), |o| &o.at),
        ),
        (
            Beyond::Appointments,
            !plans,
            places(facts.appointments.iter(), |a| &a.at),
        ),
        (
            Beyond::Encounters,
            true,
            places(facts.other_encounters.iter(), |e| &e.at),
        ),
    ];
    let mut beyond = Vec::new();
    for (kind, _, at) in stays.into_iter().filter(|(_, stays, _)| *stays) {
        if at.is_empty() {
            continue;
        }
        beyond.push((kind, at.len()));
        withheld.extend(at.into_iter().map(|at| Withheld {
            what: kind.words().into(),
            at: first_place(at),
            why: "no section of this packet holds it".into(),
        }));
    }
    beyond
}

/// Whether the documents of the event leave, even if no section lists them.
pub fn leaves_as_file(rule: &PacketRule) -> bool {
    use crate::domain::document::PacketFormat;
    rule.attach_originals || rule.formats.contains(&PacketFormat::Original)
}

/// The section of the packet that prints this text.
pub fn home(section: &NarrativeSection, rule: &PacketRule) -> Option<Section> {
    let codes = [section.standard, section.code.as_deref()];
    let mut codes = codes.into_iter().flatten();
    codes.find_map(|code| Section::of_code(code, &rule.sections))
}

/// Instructions are already among the facts: readers put those texts there.
fn is_printed(section: &NarrativeSection, rule: &PacketRule) -> bool {
    home(section, rule).is_some()
}

fn places<'a, T: 'a>(facts: impl Iterator<Item = &'a T>, at: fn(&T) -> &Places) -> Vec<&'a Places> {
    facts.map(at).collect()
}

/// Where a fact begins: enough to find it.
pub fn first_place(at: &Places) -> String {
    let fact = at.iter().find(|(part, _)| *part == "fact");
    let first = fact.or_else(|| at.iter().next());
    first.map(|(_, at)| at.to_owned()).unwrap_or_default()
}

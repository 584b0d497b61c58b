//! Facts to packet: the channel's sections in its order, each with the fields it
//! names, and a list of all that stays behind.

use super::beyond::{beyond, first_place, home, leaves_as_file, section_of};
use super::content::{Content, PacketSection, Text};
use super::medications::listed;
use super::narrow::narrow;
use super::patient::{contacts, patient};
use super::{Origin, Packet, Security, Withheld};
use crate::domain::facts::{ClinicalFacts, Earlier, Observation, Remembered};
use crate::domain::fields::Field;
use crate::domain::rule::PacketRule;
use crate::domain::section::Section;

/// Picks the sections a channel asked for, in the channel's order.
///
/// A section the message said nothing about stays in the packet, empty: the
/// reader must be able to tell "none recorded" from "not asked for".
pub fn assemble(facts: &ClinicalFacts, rule: &PacketRule) -> Packet {
    let mut withheld = Vec::new();
    let patient = patient(facts, rule, &mut withheld);
    let contacts = contacts(facts, rule, &mut withheld);
    let sections = rule.sections.iter().map(|section| {
        let mut made = pick(facts, rule, *section);
        narrow(&mut made, |field| rule.allows(*section, field));
        withheld.extend(narrowed(rule, *section));
        made
    });
    let sections = sections.collect();
    let beyond = beyond(facts, rule, &mut withheld);
    withheld.extend(unlisted(facts, rule));
    Packet {
        kind: rule.kind,
        patient,
        contacts,
        sections,
        originals: match leaves_as_file(rule) {
            true => facts.documents.clone(),
            false => Vec::new(),
        },
        attach_originals: rule.attach_originals,
        origin: Origin {
            format: facts.format,
            event: facts.event.clone(),
            control_id: facts.control_id.clone(),
            sender: facts.sender.clone(),
            sent: facts.sent.clone(),
        },
        purpose: rule.purpose_of_use,
        security: Security {
            confidentiality: facts.confidentiality(),
            labels: Vec::new(),
            consent_scope: None,
        },
        beyond,
        doubts: facts.doubts.clone(),
        withheld,
    }
}

fn narrowed(rule: &PacketRule, section: Section) -> impl Iterator<Item = Withheld> + '_ {
    let fields = Field::of(section).iter();
    let gone = fields.filter(move |field| !rule.allows(section, **field));
    gone.map(move |field| Withheld {
        what: format!("{} of {}", field.key(), section.key()),
        at: String::new(),
        why: format!("not among `packet.fields.{}`", section.key()),
    })
}

/// What only a section of its own carries, and only where it is listed.
fn unlisted(facts: &ClinicalFacts, rule: &PacketRule) -> Vec<Withheld> {
    let mut stays = Vec::new();
    let mut add = |section: Section, what: &str, at: Vec<String>| {
        if !rule.sections.contains(&section) {
            stays.extend(at.into_iter().map(|at| Withheld {
                what: what.into(),
                at,
                why: format!("the section `{}` is not listed", section.key()),
            }));
        }
    };
    let insured = facts.coverages.iter().map(|c| first_place(&c.at));
    add(Section::Payers, "insurance", insured.collect());
    let team = facts.care_team.iter().map(|p| first_place(&p.at));
    add(
        Section::CareTeam,
        "a member of the care team",
        team.collect(),
    );
    let stay = facts.encounter.iter().map(|e| first_place(&e.at));
    add(Section::Encounter, "the stay", stay.collect());
    let referral = facts.referral.iter().map(|r| first_place(&r.at));
    add(
        Section::ReasonForReferral,
        "the referral",
        referral.collect(),
    );
    let nowhere = |list: &[String]| vec![String::new(); list.len()];
    add(
        Section::Instructions,
        "an instruction",
        nowhere(&facts.instructions),
    );
    add(
        Section::Instructions,
        "a comment of the message",
        nowhere(&facts.notes),
    );
    stays
}

fn pick(facts: &ClinicalFacts, rule: &PacketRule, section: Section) -> PacketSection {
    let observed = || {
        let own = facts.results.iter().filter(|o| section_of(o) == section);
        own.cloned().collect::<Vec<Observation>>()
    };
    let content = match section {
        Section::Encounter => Content::Encounter(facts.encounter.clone()),
        Section::ReasonForReferral => Content::Referral(facts.referral.clone()),
        Section::Diagnoses => Content::Diagnoses(facts.conditions.clone()),
        Section::Allergies => Content::Allergies(facts.allergies.clone()),
        Section::Medications => {
            Content::Medications(listed(&facts.medications, facts.sent.as_ref()))
        }
        Section::Procedures => Content::Procedures(facts.procedures.clone()),
        Section::Results
        | Section::VitalSigns
        | Section::SocialHistory
        | Section::FunctionalStatus
        | Section::MentalStatus => Content::Observations(observed()),
        Section::Immunizations => Content::Immunizations(facts.immunizations.clone()),
        Section::Plan | Section::AssessmentAndPlan => {
            Content::Plan(facts.orders.clone(), facts.appointments.clone())
        }
        Section::CareTeam => Content::CareTeam(facts.care_team.clone()),
        Section::Payers => Content::Payers(facts.coverages.clone()),
        Section::Documents => Content::Documents(facts.documents.clone()),
        Section::Instructions => Content::Instructions(facts.instructions.clone()),
        Section::ReasonForVisit
        | Section::PresentIllness
        | Section::HospitalCourse
        | Section::Consultations
        | Section::Assessment
        | Section::PastHistory
        | Section::FamilyHistory
        | Section::Nutrition
        | Section::AdvanceDirectives
        | Section::Devices => Content::Words,
    };
    PacketSection {
        section,
        content,
        narrative: narrative_of(facts, rule, section),
        comments: match section {
            Section::Instructions => facts.notes.clone(),
            _ => Vec::new(),
        },
        site: site_facts(facts, rule, section),
        earlier: earlier(facts, section),
        withheld: false,
    }
}

fn site_facts(facts: &ClinicalFacts, rule: &PacketRule, section: Section) -> Vec<(String, String)> {
    let wanted = rule
        .site_facts
        .iter()
        .filter(|rule| rule.section == section);
    let said = wanted.flat_map(|rule| {
        let place = String::from(rule.place.clone());
        let found = facts.site_facts.iter().filter(move |f| f.place == place);
        found.map(|fact| (rule.title.clone(), fact.text.clone()))
    });
    said.collect()
}

fn earlier(facts: &ClinicalFacts, section: Section) -> Option<Earlier> {
    let what = match section {
        Section::Allergies => Remembered::Allergies,
        Section::Medications => Remembered::Medications,
        _ => return None,
    };
    facts.earlier.iter().find(|e| e.what == what).cloned()
}

/// The source's own text for a section. Instructions are left out: readers
/// already put those sections into the facts.
fn narrative_of(facts: &ClinicalFacts, rule: &PacketRule, section: Section) -> Vec<Text> {
    if section == Section::Instructions {
        return Vec::new();
    }
    let own = section.loinc(rule.kind);
    let texts = facts.sections.iter().filter_map(|from| {
        let text = from.text.trim();
        if text.is_empty() || home(from, rule) != Some(section) {
            return None;
        }
        let codes = [from.standard, from.code.as_deref()];
        let plain = codes.contains(&Some(own));
        Some(Text {
            title: from.title.clone().filter(|_| !plain),
            text: text.to_owned(),
        })
    });
    texts.collect()
}

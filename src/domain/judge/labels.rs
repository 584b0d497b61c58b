//! The labels of the source: what each asks for, and how much of the packet it is
//! about. They count whatever a channel does with what bears none.

use super::said::Said;
use crate::domain::facts::{ClinicalFacts, Coded, Label};
use crate::domain::section::Section;
use crate::domain::sensitive::{Reach, SensitivityLabel};
use std::collections::{BTreeSet, HashMap};

/// What a code of a label asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// This kind of sensitive content.
    Sensitive(SensitivityLabel),
    /// Care, without saying what for: `R`, `V`, a confidential diagnosis.
    Restricted,
    /// The patient refuses, or takes back a consent.
    Refused,
    /// Nothing more than usual: `N`, `U`.
    Ordinary,
    /// It is no label of how confidential content is: a VIP, a directive of care, a
    /// purpose of use.
    Nothing,
}

/// What a label asks for; several things where it bears several codes.
pub fn meanings(label: &Label) -> Vec<Meaning> {
    let Coded {
        code, system, also, ..
    } = &label.code;
    let own = code.as_deref().map(|code| (code, system.as_deref()));
    let others = also.iter().map(|o| (o.code.as_str(), o.system.as_deref()));
    let mut meanings = Vec::new();
    for (code, system) in own.into_iter().chain(others) {
        let code = code.trim().to_ascii_uppercase();
        let found = match label.of {
            "consent" => decided(&code, system.unwrap_or_default()),
            _ => asked(&code, system.unwrap_or_default()),
        };
        meanings.extend(found);
    }
    meanings.dedup();
    meanings
}

/// FHIR consent-provision-type; HL7 table 0498: refused, rescinded, limited.
fn decided(code: &str, system: &str) -> Vec<Meaning> {
    let refuses = match code {
        "DENY" => true,
        "R" | "X" | "L" => system.contains("0498"),
        _ => false,
    };
    if refuses {
        return vec![Meaning::Refused];
    }
    let labels = sensitive(code).into_iter();
    labels.map(Meaning::Sensitive).collect()
}

fn asked(code: &str, system: &str) -> Vec<Meaning> {
    let table = |number: &str| system.contains(number);
    // Tables 0099 (VIP), 0435 (directives) and 0719 (reasons of what 0717 says).
    if table("v2-0099") || table("v2-0435") || table("v2-0719") {
        return vec![Meaning::Nothing];
    }
    let labels = sensitive(code);
    if !labels.is_empty() {
        return labels.into_iter().map(Meaning::Sensitive).collect();
    }
    let care = match code {
        "R" | "V" => true,
        // Sensitivities and handling caveats of v3-ActCode that name no content.
        "SPI" | "TBOO" | "NOAUTH" | "NODSCLCD" | "NODSCLCDS" => true,
        "NORDSCLCD" | "NORDSCLCDS" | "NORDSLCD" => true,
        _ => false,
    };
    let confidentiality =
        system.ends_with("v3-Confidentiality") || table("v2-0177") || table("v2-0272");
    vec![match code {
        _ if care || table("v2-0136") => Meaning::Restricted,
        "EMP" | "VIP" if table("v2-0177") => Meaning::Nothing,
        _ if confidentiality && is_ordinary(code) => Meaning::Ordinary,
        "NO" | "OI" | "OO" if table("v2-0717") => Meaning::Ordinary,
        // A site's own word for how confidential it is: nobody knows how much.
        _ if confidentiality || table("v2-0717") => Meaning::Restricted,
        // A purpose of use, an obligation, a code of a system that nobody knows:
        // none of them says how confidential the content is.
        _ => Meaning::Nothing,
    }]
}

/// v3-Confidentiality up to normal; `U`, usual control, of tables 0177 and 0272,
/// and the words that stand for these.
fn is_ordinary(code: &str) -> bool {
    let codes = ["N", "U", "L", "M"];
    let words = [
        "NORMAL",
        "USUAL",
        "USUAL CONTROL",
        "LOW",
        "MODERATE",
        "UNRESTRICTED",
    ];
    codes.contains(&code) || words.contains(&code)
}

/// The codes of v3-ActCode, with those that are narrower or older, and what
/// tables 0177 and 0717 call them.
fn sensitive(code: &str) -> Vec<SensitivityLabel> {
    use SensitivityLabel::*;
    if let Some(label) = SensitivityLabel::of_code(code) {
        return vec![label];
    }
    match code {
        "BH" => vec![Mh, Sud],
        "AID" => vec![Hiv],
        "DRG" => vec![Eth],
        "COGN" | "DVD" | "EMOTDIS" => vec![Mh],
        "MST" | "VIO" => vec![Sdv],
        "PREGNANT" | "UWM" => vec![Sex],
        "SCA" | "SICKLE" => vec![Gdis],
        _ => Vec::new(),
    }
}

/// The parts of the message that a label is on.
fn containers(label: &Label) -> impl Iterator<Item = &str> {
    let places = label.at.iter().flat_map(|(_, places)| places.split(", "));
    places.map(container)
}

/// `DG1[2]-18` is on `DG1[2]`, `….resource.meta.security[0]` on the resource, an
/// XPath on the element above.
fn container(place: &str) -> &str {
    let members = [".meta.security", ".confidentiality", ".securityLabel"];
    let above = place.rsplit_once('/');
    if let Some((above, _)) = above.filter(|(_, last)| last.starts_with("confidentialityCode")) {
        return above;
    }
    match members.iter().find_map(|member| place.find(member)) {
        Some(at) => &place[..at],
        None => place.split('-').next().unwrap_or(place),
    }
}

/// Which things that the message says stand in the parts that bear labels.
pub struct Located<'f> {
    said: &'f [Said<'f>],
    within: HashMap<&'f str, Vec<usize>>,
}

impl<'f> Located<'f> {
    pub fn of(facts: &'f ClinicalFacts, said: &'f [Said<'f>]) -> Self {
        let all = facts.labels.iter().flat_map(containers);
        let mut within: HashMap<&str, Vec<usize>> = all.map(|at| (at, Vec::new())).collect();
        for (nth, one) in said.iter().enumerate() {
            for part in one.at.ancestors() {
                if let Some(list) = within.get_mut(part).filter(|l| l.last() != Some(&nth)) {
                    list.push(nth);
                }
            }
        }
        Self { said, within }
    }

    fn within(&self, label: &Label) -> BTreeSet<usize> {
        let parts = containers(label).filter_map(|part| self.within.get(part));
        parts.flatten().copied().collect()
    }

    /// How much of the packet a label is about. One that cannot be located is
    /// about all of it.
    pub fn reach(&self, label: &Label) -> Reach {
        let within = self.within(label);
        let said = || within.iter().map(|nth| &self.said[*nth]);
        let here = || {
            let sections = said().flat_map(|one| one.sections.iter().copied());
            let sections: BTreeSet<Section> = sections.collect();
            Reach::Sections(sections.into_iter().collect())
        };
        match label.of {
            "section" => here(),
            "diagnosis" | "resource" if !within.is_empty() => here(),
            // A document that came with the event, not the one that the event is.
            "document" if !within.is_empty() && said().all(|one| one.is_document) => here(),
            _ => Reach::Whole,
        }
    }

    /// What stands in no part that bears one of these labels.
    pub fn beside(&self, labels: &[&Label]) -> impl Iterator<Item = &'f Said<'f>> {
        let within: BTreeSet<usize> = labels.iter().flat_map(|l| self.within(l)).collect();
        let said = self.said.iter().enumerate();
        said.filter(move |(nth, _)| !within.contains(nth))
            .map(|(_, one)| one)
    }
}

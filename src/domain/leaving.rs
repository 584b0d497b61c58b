//! What a packet lets out, value by value, each with the place it came from: for
//! whoever tests a channel or reviews a change of one. Nothing here decides what
//! leaves; a value without a known place is listed all the same.

use crate::domain::facts::{ClinicalFacts, Patient, Places};
use crate::domain::fields::PatientField;
use crate::domain::packet::{Content, Packet, PacketSection};
use crate::domain::rule::PacketRule;
use crate::domain::section::Section;
use serde::Serialize;
use serde_json::{Map, Value};

/// One value that leaves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Leaf {
    /// `patient`, the key of a section, or `files`.
    pub of: &'static str,
    /// Which of its facts, from 0.
    pub item: usize,
    /// As channel files spell it where they can name it, else as `handoff read
    /// --json` does.
    pub part: String,
    /// `OBX[4]-5`; empty where no reader says.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub at: String,
    /// Patient data: for a reader who asked for it.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub value: Value,
}

impl Leaf {
    /// What tells it from all other values of the message, wherever a packet
    /// prints it.
    pub fn identity(&self) -> String {
        match self.at.as_str() {
            "" => format!("{}[{}] {}", self.of, self.item, self.part),
            at => format!("{at} {}", self.part),
        }
    }
}

/// All values of a packet that was assembled from these facts by this rule, the
/// patient's first.
pub fn leaving(packet: &Packet, facts: &ClinicalFacts, rule: &PacketRule) -> Vec<Leaf> {
    let mut leaves = patient(&packet.patient);
    for (item, person) in packet.contacts.iter().enumerate() {
        let value = serde_json::to_value(person).unwrap_or_default();
        leaves.push(Leaf {
            of: PATIENT,
            item,
            part: PatientField::NextOfKin.key(),
            at: first(&person.at),
            value: without_places(value),
        });
    }
    for section in &packet.sections {
        leaves.extend(facts_of(section));
        leaves.extend(words_of(section, facts, rule));
    }
    let files = packet.originals.iter().enumerate();
    leaves.extend(files.map(|(item, document)| Leaf {
        of: "files",
        item,
        part: "original".into(),
        at: first(&document.at),
        value: document.size.map_or(Value::Null, Value::from),
    }));
    leaves
}

const PATIENT: &str = "patient";

fn patient(patient: &Patient) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    let mut add = |field: PatientField, item: usize, at: String, value: Value| {
        leaves.push(Leaf {
            of: PATIENT,
            item,
            part: field.key(),
            at,
            value: without_places(value),
        });
    };
    let json = |value| serde_json::to_value(value).unwrap_or_default();
    for (item, name) in patient.names.iter().enumerate() {
        let at = first(&name.at);
        add(PatientField::Name, item, at, name.shown().into());
    }
    for (item, number) in patient.identifiers.iter().enumerate() {
        let field = PatientField::of_number(number);
        add(field, item, first(&number.at), number.value.clone().into());
    }
    let at = |parts: &[&str]| of_parts(&patient.at, parts);
    if let Some(born) = &patient.birth_date {
        let field = PatientField::BirthDate;
        add(field, 0, at(&["birthDate"]), born.0.clone().into());
    }
    if let Some(sex) = patient.gender {
        add(PatientField::Sex, 0, at(&["gender"]), sex.into());
    }
    if patient.deceased.is_some() || patient.deceased_at.is_some() {
        let died = patient.deceased_at.as_ref().map(|at| at.0.clone());
        let value = died.map_or(patient.deceased.into(), Value::from);
        let field = PatientField::Death;
        add(field, 0, at(&["deceased", "deceasedAt"]), value);
    }
    if let Some(language) = &patient.language {
        let field = PatientField::Language;
        add(field, 0, at(&["language"]), language.clone().into());
    }
    for (item, address) in patient.addresses.iter().enumerate() {
        let value = json(address);
        add(PatientField::Address, item, at(&["addresses"]), value);
    }
    for (item, number) in patient.telecoms.iter().enumerate() {
        let field = PatientField::Telephone;
        add(field, item, at(&["telecoms"]), number.clone().into());
    }
    leaves
}

/// The coded facts of a section.
fn facts_of(section: &PacketSection) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    for (item, fact) in items(&section.content).into_iter().enumerate() {
        let of = section.section.key();
        let mut add = |part: &str, at: String, value: Value| {
            leaves.push(Leaf {
                of,
                item,
                part: part.to_owned(),
                at,
                value,
            });
        };
        let Value::Object(mut members) = fact else {
            add("instruction", String::new(), fact);
            continue;
        };
        let at = match members.remove("at") {
            Some(Value::Object(at)) => at,
            _ => Map::new(),
        };
        for derived in DERIVED {
            members.remove(derived);
        }
        for (part, value) in members {
            add(&part, place_of(&part, &at), without_places(value));
        }
    }
    if let Content::Documents(documents) = &section.content {
        let whole = documents.iter().enumerate();
        let whole = whole.filter(|(_, document)| !document.content.is_empty());
        leaves.extend(whole.map(|(item, document)| Leaf {
            of: section.section.key(),
            item,
            part: "content".into(),
            at: first(&document.at),
            value: Value::Null,
        }));
    }
    leaves
}

/// Told from the facts beside it, and so from no place of its own; and further codes
/// of a concept, which no packet prints.
const DERIVED: [&str; 3] = ["standing", "change", "also"];

/// What a person wrote under a section, and what its site adds.
fn words_of(section: &PacketSection, facts: &ClinicalFacts, rule: &PacketRule) -> Vec<Leaf> {
    let leaf = |item: usize, part: &str, at: String, text: &str| Leaf {
        of: section.section.key(),
        item,
        part: part.to_owned(),
        at,
        value: text.into(),
    };
    let texts = section.narrative.iter().enumerate().map(|(item, text)| {
        let source = facts.sections.iter().find(|s| s.text.trim() == text.text);
        let at = source.map(|source| first(&source.at)).unwrap_or_default();
        leaf(item, "section-text", at, &text.text)
    });
    let comments = section.comments.iter().enumerate();
    let comments = comments.map(|(item, text)| leaf(item, "comments", String::new(), text));
    let site = section
        .site
        .iter()
        .enumerate()
        .map(|(item, (title, text))| {
            let own = |rule: &&_| is_of(rule, section.section, title);
            let place = rule.site_facts.iter().find(own);
            let at = place.map(|rule| String::from(rule.place.clone()));
            leaf(item, title, at.unwrap_or_default(), text)
        });
    texts.chain(comments).chain(site).collect()
}

fn is_of(rule: &crate::domain::rule::SiteFactRule, section: Section, title: &str) -> bool {
    rule.section == section && rule.title == title
}

fn items(content: &Content) -> Vec<Value> {
    fn flat(value: Value) -> Vec<Value> {
        match value {
            Value::Null => Vec::new(),
            Value::Array(list) => list.into_iter().flat_map(flat).collect(),
            one => vec![one],
        }
    }
    match serde_json::to_value(content) {
        Ok(Value::Object(tagged)) => tagged.into_iter().flat_map(|(_, v)| flat(v)).collect(),
        _ => Vec::new(),
    }
}

/// The place of a part; of the code it stands in, or of the whole fact, where it
/// has none of its own.
fn place_of(part: &str, at: &Map<String, Value>) -> String {
    let beside = match part {
        "text" | "system" => "code",
        "numberSystem" => "number",
        "units" => "value",
        _ => "fact",
    };
    let place = [part, beside, "fact"].into_iter().find_map(|p| at.get(p));
    let place = place.and_then(Value::as_str).unwrap_or_default();
    place.to_owned()
}

fn of_parts(at: &Places, parts: &[&str]) -> String {
    let found = at.iter().filter(|(part, _)| parts.contains(part));
    let found: Vec<&str> = found.map(|(_, at)| at).collect();
    match found.is_empty() {
        true => first(at),
        false => found.join(", "),
    }
}

fn first(at: &Places) -> String {
    let fact = at.iter().find(|(part, _)| *part == "fact");
    let first = fact.or_else(|| at.iter().next());
    first.map(|(_, at)| at.to_owned()).unwrap_or_default()
}

fn without_places(value: Value) -> Value {
    match value {
        Value::Object(mut members) => {
            members.remove("at");
            let kept = members.into_iter();
            kept.map(|(name, member)| (name, without_places(member)))
                .collect()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fields::Field;
    use crate::domain::packet::assemble;
    use crate::domain::section::PacketKind;

    fn rule(sections: &[Section]) -> PacketRule {
        PacketRule::of(PacketKind::Discharge, sections)
    }

    fn told(rule: &PacketRule) -> Vec<Leaf> {
        let facts = ClinicalFacts::sample();
        leaving(&assemble(&facts, rule), &facts, rule)
    }

    fn at<'a>(leaves: &'a [Leaf], of: &str, part: &str) -> Vec<&'a str> {
        let own = leaves
            .iter()
            .filter(|leaf| leaf.of == of && leaf.part == part);
        own.map(|leaf| leaf.at.as_str()).collect()
    }

    #[test]
    fn the_sample_fills_every_section() {
        let facts = ClinicalFacts::sample();
        for kind in [PacketKind::Discharge, PacketKind::Referral] {
            for section in Section::ALL {
                let packet = assemble(&facts, &PacketRule::of(kind, &[section]));
                assert!(!packet.sections[0].is_empty(), "{section:?} is empty");
            }
        }
    }

    #[test]
    fn the_sample_has_what_is_hard_to_print() {
        let facts = ClinicalFacts::sample();
        let packet = assemble(&facts, &rule(&[Section::Medications]));
        let printed = serde_json::to_string(&packet.sections).expect("JSON");
        for change in ["New", "Dose", "Unchanged", "NotContinued"] {
            let change = format!(r#""change":"{change}""#);
            assert!(printed.contains(&change), "{change}");
        }
        let abnormal = facts.results.iter().filter(|result| result.is_abnormal());
        let abnormal = abnormal.count();
        assert!(abnormal > 0 && abnormal < facts.results.len());
        let mut allergies = facts.allergies.iter();
        assert!(allergies.any(|one| one.verification.as_deref() == Some("refuted")));
        assert!(facts.medications.len() > 12, "one page is no long table");
        assert_eq!(facts.doubts.len(), 2);
        assert_eq!(facts, ClinicalFacts::sample());
    }

    #[test]
    fn each_value_is_told_with_the_place_it_came_from() {
        let told = told(&rule(&[Section::Encounter, Section::Allergies]));
        assert_eq!(at(&told, "patient", "name"), ["PID-5[1]", "PID-5[2]"]);
        assert_eq!(at(&told, "patient", "birth-date"), ["PID-7"]);
        assert_eq!(at(&told, "patient", "ssn"), [""; 0]);
        assert_eq!(at(&told, "encounter", "reason"), ["PV2-3"]);
        // A code's words and system stand where the code does.
        let places = ["AL1[1]-3", "AL1[2]-3", "AL1[3]-3"];
        assert_eq!(at(&told, "allergies", "text"), places);
        // What has no place of its own lies within its fact.
        assert_eq!(at(&told, "allergies", "verification"), ["AL1[3]"]);
        assert!(told.iter().all(|leaf| leaf.part != "at"));
    }

    #[test]
    fn a_field_that_does_not_leave_is_not_told_of() {
        let mut narrow = rule(&[Section::Results]);
        let whole = told(&narrow);
        assert!(!at(&whole, "results", "interpretation").is_empty());
        narrow.fields.insert(Section::Results, vec![Field::Range]);
        let narrowed = told(&narrow);
        assert!(at(&narrowed, "results", "interpretation").is_empty());
        assert_eq!(
            at(&narrowed, "results", "range"),
            at(&whole, "results", "range")
        );
    }

    #[test]
    fn everything_that_a_packet_holds_is_told_of() {
        let sections: Vec<Section> = Section::ALL.to_vec();
        let mut all = rule(&sections);
        all.patient = PatientField::ALL.to_vec();
        all.attach_originals = true;
        let told = told(&all);
        for section in sections {
            // Assessment and plan, where both are there as well, has their facts.
            let found = told.iter().any(|leaf| leaf.of == section.key());
            assert!(found, "nothing is told of {section:?}");
        }
        for field in PatientField::ALL {
            assert!(!at(&told, "patient", &field.key()).is_empty(), "{field:?}");
        }
        assert_eq!(at(&told, "files", "original"), ["OBX[18]", "OBX[19]"]);
        assert_eq!(at(&told, "documents", "content"), ["OBX[18]"]);
    }

    #[test]
    fn one_value_is_the_same_in_whichever_section_it_is_printed() {
        let identities = |section| {
            let told = told(&rule(&[section]));
            let mut own: Vec<String> = told.iter().map(Leaf::identity).collect();
            own.retain(|identity| identity.starts_with("OBX, 18776-5"));
            own
        };
        let plan = identities(Section::Plan);
        assert_eq!(plan, identities(Section::AssessmentAndPlan));
        assert_eq!(plan, ["OBX, 18776-5 section-text"]);
    }
}

//! Everything that a message says, one by one: its codes, its words, where it
//! stood, and which section of the packet would print it.

use crate::domain::facts::{ClinicalFacts, Coded, Encounter, Observation, Party, Places};
use crate::domain::packet::{home, section_of};
use crate::domain::rule::PacketRule;
use crate::domain::section::Section;
use crate::domain::sensitive::Kind;

/// One thing that the message says.
pub struct Said<'f> {
    /// Those of the packet's sections that would print it; none where no section
    /// of the packet does.
    pub sections: Vec<Section>,
    pub kind: Kind,
    pub codes: Vec<&'f Coded>,
    pub texts: Vec<&'f str>,
    pub at: Where<'f>,
    /// The name of a test whose result says negative.
    pub negative: bool,
    /// It is about the message as a whole: its title.
    pub whole: bool,
    /// A document that came with the event.
    pub is_document: bool,
}

#[derive(Clone, Copy)]
pub enum Where<'f> {
    At(&'f Places),
    /// What no reader gives a place.
    Named(&'static str),
}

impl<'f> Said<'f> {
    fn at(places: &'f Places, kind: Kind) -> Self {
        Self {
            at: Where::At(places),
            kind,
            ..Self::named("")
        }
    }

    fn named(name: &'static str) -> Self {
        Self {
            sections: Vec::new(),
            kind: Kind::Words,
            codes: Vec::new(),
            texts: Vec::new(),
            at: Where::Named(name),
            negative: false,
            whole: false,
            is_document: false,
        }
    }

    fn coded(mut self, code: &'f Coded) -> Self {
        self.codes.push(code);
        self.texts.extend(code.text.as_deref());
        self
    }

    fn text(mut self, text: &'f Option<String>) -> Self {
        self.texts.extend(text.as_deref());
        self
    }

    fn texts(mut self, texts: impl IntoIterator<Item = &'f String>) -> Self {
        self.texts.extend(texts.into_iter().map(String::as_str));
        self
    }

    fn party(mut self, party: &'f Party) -> Self {
        self.texts.extend(party.organization.as_deref());
        self
    }
}

impl Where<'_> {
    /// The place to be told: that of its code where it has one.
    pub fn told(self) -> String {
        let places = match self {
            Self::Named(name) => return name.to_owned(),
            Self::At(places) => places,
        };
        let part = |wanted: &str| places.iter().find(|(part, _)| *part == wanted);
        let found = part("code")
            .or_else(|| part("text"))
            .or_else(|| part("fact"));
        let found = found.or_else(|| places.iter().next());
        // What is said in several places is found by the first.
        let first = found.and_then(|(_, at)| at.split(", ").next());
        first.unwrap_or("the message").to_owned()
    }

    /// The parts of the message that it stands in: `DG1[2]-3` stands in `DG1[2]`.
    pub fn ancestors(&self) -> impl Iterator<Item = &str> {
        let places = match self {
            Self::At(places) => Some(places),
            Self::Named(_) => None,
        };
        let each = places.into_iter().flat_map(|places| places.iter());
        let each = each.flat_map(|(_, at)| at.split(", "));
        each.flat_map(|at| {
            let ends = at.match_indices(|c: char| !c.is_ascii_alphanumeric());
            let above = ends.map(move |(end, _)| &at[..end]);
            // `DG1[2` is no part; looking for it finds nothing.
            above.chain([at])
        })
    }
}

/// All of it. `documents` is what can be read of the documents that came with
/// the event, in their order.
pub fn said<'f>(
    facts: &'f ClinicalFacts,
    documents: &'f [Option<String>],
    rule: &PacketRule,
) -> Vec<Said<'f>> {
    let mut all = Walk {
        rule,
        said: Vec::new(),
    };
    let title = Said::named("the title of the message").text(&facts.title);
    let title = facts.document_type.iter().fold(title, Said::coded);
    all.said.push(Said {
        whole: true,
        kind: Kind::Result,
        ..title
    });
    all.stay(facts);
    all.clinical(facts);
    all.given(facts);
    all.plan(facts);
    all.texts(facts);
    for (nth, one) in facts.documents.iter().enumerate() {
        let said = Said::at(&one.at, Kind::Result).text(&one.title);
        let said = one.kind.iter().fold(said, Said::coded);
        let read = documents.get(nth).and_then(Option::as_ref);
        let said = Said {
            is_document: true,
            ..said.texts(read)
        };
        all.add(&[Section::Documents], said);
    }
    all.said
}

struct Walk<'f, 'r> {
    rule: &'r PacketRule,
    said: Vec<Said<'f>>,
}

const PLANS: [Section; 2] = [Section::Plan, Section::AssessmentAndPlan];

impl<'f> Walk<'f, '_> {
    fn add(&mut self, sections: &[Section], said: Said<'f>) {
        let listed = |section: &&Section| self.rule.sections.contains(section);
        let sections = sections.iter().filter(listed).copied().collect();
        self.said.push(Said { sections, ..said });
    }

    fn stay(&mut self, facts: &'f ClinicalFacts) {
        let own = facts.encounter.iter().flat_map(stay);
        own.for_each(|said| self.add(&[Section::Encounter], said));
        // No section prints other stays; texts may tell of them.
        let others = facts.other_encounters.iter().flat_map(stay);
        others.for_each(|said| self.add(&[], said));
        for one in &facts.care_team {
            let said = Said::at(&one.at, Kind::Words)
                .text(&one.role)
                .party(&one.party);
            self.add(&[Section::CareTeam], said);
        }
        for one in &facts.coverages {
            let said = Said::at(&one.at, Kind::Words);
            self.add(&[Section::Payers], said.text(&one.payer).text(&one.plan));
        }
    }

    fn clinical(&mut self, facts: &'f ClinicalFacts) {
        for one in &facts.conditions {
            let said = Said::at(&one.at, Kind::Diagnosis).coded(&one.code);
            let said = said.text(&one.note).text(&one.body_site);
            self.add(&[Section::Diagnoses], said);
        }
        for one in &facts.allergies {
            let said = Said::at(&one.at, Kind::Drug).coded(&one.code);
            self.add(&[Section::Allergies], said.texts(&one.reactions));
        }
        for one in &facts.results {
            // That a screen is negative excuses its name, not what is said beside it.
            let test = Said {
                negative: is_negative(one),
                ..Said::at(&one.at, Kind::Result).coded(&one.code)
            };
            self.add(&[section_of(one)], test);
            let said = Said::at(&one.at, Kind::Result).text(&one.value);
            let said = said.text(&one.group).text(&one.specimen);
            self.add(&[section_of(one)], said.texts(&one.notes));
        }
    }

    fn given(&mut self, facts: &'f ClinicalFacts) {
        for one in &facts.medications {
            let said = Said::at(&one.at, Kind::Drug).coded(&one.code);
            let said = said.text(&one.dosage).texts(&one.notes);
            self.add(&[Section::Medications], said);
        }
        for one in &facts.immunizations {
            let said = Said::at(&one.at, Kind::Drug).coded(&one.code);
            self.add(&[Section::Immunizations], said);
        }
        for one in &facts.procedures {
            let said = Said::at(&one.at, Kind::Act).coded(&one.code);
            self.add(&[Section::Procedures], said.text(&one.body_site));
        }
    }

    fn plan(&mut self, facts: &'f ClinicalFacts) {
        for one in &facts.orders {
            self.add(&PLANS, Said::at(&one.at, Kind::Act).coded(&one.code));
        }
        for one in &facts.appointments {
            let said = Said::at(&one.at, Kind::Words).text(&one.reason);
            self.add(&PLANS, said.text(&one.location).texts(&one.with));
        }
        if let Some(one) = &facts.referral {
            let said = Said::at(&one.at, Kind::Act).coded(&one.code);
            let said = said.text(&one.reason).text(&one.service);
            let parties = one.from.iter().chain(&one.to);
            self.add(
                &[Section::ReasonForReferral],
                parties.fold(said, Said::party),
            );
        }
    }

    fn texts(&mut self, facts: &'f ClinicalFacts) {
        for one in &facts.sections {
            let home: Vec<Section> = home(one, self.rule).into_iter().collect();
            let said = Said::at(&one.at, Kind::Words).text(&one.title);
            self.add(&home, said.texts([&one.text]));
        }
        for text in &facts.instructions {
            let said = Said::named("an instruction").texts([text]);
            self.add(&[Section::Instructions], said);
        }
        for text in &facts.notes {
            let said = Said::named("a comment of the message").texts([text]);
            self.add(&[Section::Instructions], said);
        }
        for fact in &facts.site_facts {
            let rules = self.rule.site_facts.iter();
            let own = rules.filter(|rule| String::from(rule.place.clone()) == fact.place);
            let sections: Vec<Section> = own.map(|rule| rule.section).collect();
            let said = Said::named("a field of the site").texts([&fact.text]);
            // What a site picks may be a code and nothing else.
            let said = Said {
                kind: Kind::Diagnosis,
                ..said
            };
            self.add(&sections, said);
        }
    }
}

/// Why the patient came, and where; a room is no code.
fn stay(stay: &Encounter) -> [Said<'_>; 2] {
    let reason = Said::at(&stay.at, Kind::Diagnosis).text(&stay.reason);
    let said = Said::at(&stay.at, Kind::Words).text(&stay.service);
    let mut said = said.text(&stay.location).text(&stay.discharged_to);
    let disposition = stay.discharge_disposition.as_deref();
    said.texts.extend(disposition);
    said.texts.extend(disposition.and_then(in_words));
    [reason, stay.attending.iter().fold(said, Said::party)]
}

/// The dispositions that tell by themselves what is the matter: patient discharge
/// status of UB-04 and discharge-disposition of FHIR.
fn in_words(disposition: &str) -> Option<&'static str> {
    let psychiatry = ["65", "93", "psy"];
    let is = |code: &&str| disposition.trim().eq_ignore_ascii_case(code);
    psychiatry.iter().any(is).then_some("psychiatric hospital")
}

/// Negative, in the flags of table 0078 and the words that laboratories use. A
/// number alone does not say so.
fn is_negative(result: &Observation) -> bool {
    const WORDS: [&str; 9] = [
        "negative",
        "neg",
        "none detected",
        "not detected",
        "undetected",
        "non-reactive",
        "nonreactive",
        "non reactive",
        "absent",
    ];
    let flag = result.interpretation.as_deref();
    let value = result.value.as_deref().unwrap_or_default().trim();
    let negative = |word: &&str| value.eq_ignore_ascii_case(word);
    matches!(flag, Some("NEG" | "ND" | "NR")) || WORDS.iter().any(negative)
}

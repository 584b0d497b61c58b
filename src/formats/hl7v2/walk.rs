//! What the walk over one message carries from segment to segment: the facts so
//! far, and the group that an OBX, an NTE or an RXR belongs to.

use std::collections::HashSet;

use super::{
    documents, isolates, segments,
    segments::{al1, obr, orc, pv1, sch},
    tree::{Message, Segment},
};
use crate::domain::facts::{ClinicalFacts, Doubt, Problem};

pub struct Walk<'m> {
    pub facts: ClinicalFacts,
    /// The order that is open: ORC with what follows it.
    pub order: orc::Group,
    /// The results that are open: OBR with its OBX.
    pub results: obr::Group,
    /// The documents of a TXA, and the one that goes on in the next OBX.
    pub documents: documents::Group<'m>,
    /// The organisms that were found, whom later results may be about.
    pub isolates: isolates::Found,
    /// The segment that a comment stands under.
    pub above: &'m str,
    /// Results that the message itself took back, by their place in the facts.
    pub withdrawn: Vec<usize>,
    /// What stops the reading: whose message it is cannot be told.
    pub problem: Option<Problem>,
}

impl<'m> Walk<'m> {
    pub fn begin(facts: ClinicalFacts) -> Self {
        Self {
            facts,
            order: orc::Group::default(),
            results: obr::Group::default(),
            documents: documents::Group::default(),
            isolates: isolates::Found::default(),
            above: "",
            withdrawn: Vec::new(),
            problem: None,
        }
    }

    /// Hands each segment to its room, in the order of the message.
    pub fn over(mut self, message: &Message<'m>) -> Result<ClinicalFacts, Problem> {
        for segment in &message.segments {
            self.step(segment);
        }
        documents::finish(&mut self);
        obr::close(&mut self);
        orc::close(&mut self);
        self.drop_withdrawn();
        al1::settle_list(&mut self.facts);
        pv1::settle_status(&mut self.facts);
        sch::settle_status(&mut self.facts);
        match self.problem {
            Some(problem) => Err(problem),
            None => Ok(self.facts),
        }
    }

    fn step(&mut self, segment: &Segment<'m>) {
        let name = segment.name();
        // A comment may stand between the OBX of one document.
        if !matches!(name, "OBX" | "NTE") {
            documents::close(self);
        }
        // A comment belongs to the result above it; whoever stands between the
        // two, as PRT does, speaks of that result as well.
        if !matches!(name, "OBX" | "NTE" | "PRT") {
            self.results.leave();
        }
        if name != "OBX" {
            self.results.lines = None;
        }
        if let Some(room) = segments::room(name) {
            (room.read)(segment, self);
        }
        if name != "NTE" {
            self.above = name;
        }
    }

    fn drop_withdrawn(&mut self) {
        self.facts.instructions.retain(|text| !text.is_empty());
        let gone: HashSet<usize> = self.withdrawn.drain(..).collect();
        let mut nth = 0;
        self.facts.results.retain(|_| {
            nth += 1;
            !gone.contains(&(nth - 1))
        });
    }

    /// `ADT` of `ADT^A03`.
    pub fn kind(&self) -> &str {
        self.facts.event.split('^').next().unwrap_or_default()
    }

    pub fn doubt(&mut self, at: impl Into<String>, why: &str) {
        self.facts.doubts.push(Doubt::new(at, why));
    }
}

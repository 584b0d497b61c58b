//! Microbiology: which organism a susceptibility is of. It stands in the OBR that
//! hangs on the organism's result (OBR-26, OBR-29), or in the same OBR under the
//! same OBX-4. Without it nobody may read the susceptibility.

use std::collections::HashMap;

use super::tree::Segment;
use crate::domain::facts::Doubt;

/// LOINC's codes for "what grew", where the words do not say so.
const ORGANISM: [&str; 10] = [
    "600-7", "11475-1", "6463-4", "634-6", "635-3", "606-4", "630-4", "624-7", "625-4", "41852-5",
];

/// The whole name where nothing was coded; "isolate count" is no organism.
const SAID: [&str; 4] = ["organism", "organism name", "microorganism", "isolate"];
const IDENTIFIED: [&str; 4] = ["bacteria", "organism", "fungus", "yeast"];

/// Whether a result says what grew.
pub fn is_organism(segment: &Segment) -> bool {
    let code = |n: usize| {
        let code = segment.text(3, n);
        code.is_some_and(|code| ORGANISM.contains(&code.as_str()))
    };
    let words = |n: usize| {
        let words = segment.text(3, n).map(|words| words.to_ascii_lowercase());
        words.is_some_and(|words| {
            let identified = words.contains("identified");
            SAID.contains(&words.as_str())
                || (identified && IDENTIFIED.iter().any(|what| words.contains(what)))
        })
    };
    code(1) || code(4) || words(2) || words(5)
}

/// What grew, by the ways in which a later result may point at it.
#[derive(Default)]
pub struct Found {
    /// OBX-3.1 and OBX-4.
    by_result: HashMap<(String, String), String>,
    /// OBR-2 and OBR-3; `None` where several organisms stand under one.
    by_order: HashMap<String, Option<String>>,
}

impl Found {
    pub fn add(&mut self, code: String, sub_id: String, numbers: &[String], organism: &str) {
        self.by_result.insert((code, sub_id), organism.to_owned());
        for number in numbers {
            let known = self.by_order.entry(number.clone());
            let kept = known.or_insert_with(|| Some(organism.to_owned()));
            if kept.as_deref() != Some(organism) {
                *kept = None;
            }
        }
    }

    /// OBR-26 names it (component 3) or points at it; else OBR-29 may.
    pub fn parent(&self, obr: &Segment, doubts: &mut Vec<Doubt>) -> Option<(String, String)> {
        if let Some(parent) = obr.value(26) {
            let pointed = || {
                let key = (parent.text(1)?, parent.text(2).unwrap_or_default());
                self.by_result.get(&key).cloned()
            };
            if let Some(organism) = parent.component(3).or_else(pointed) {
                return Some((organism, parent.at()));
            }
        }
        let order = obr.value(29).and_then(|parent| {
            let numbers = [parent.text(2), parent.text(1)];
            let found = numbers
                .iter()
                .flatten()
                .find_map(|n| self.by_order.get(n))?;
            Some((found.clone(), parent.at()))
        });
        match order {
            Some((Some(organism), at)) => Some((organism, at)),
            Some((None, at)) => {
                let why = "of which of several organisms these results are cannot be told";
                doubts.push(Doubt::new(at, why));
                None
            }
            None if obr.has(26) => {
                let why = "the result that these results belong to is not named";
                doubts.push(Doubt::new(obr.at(26), why));
                None
            }
            None => None,
        }
    }
}

//! ORC, RXO, RXE, RXD, RXA and RXR → medications. One order may be written three
//! times: as ordered, as encoded by the pharmacy, as dispensed. It is one fact.

use super::{clinical, datatypes, tree::Segment};
use crate::domain::facts::{ClinicalFacts, Medication};

/// The order being read: the best account of it so far.
#[derive(Default)]
pub struct Group {
    status: Option<&'static str>,
    medication: Option<Account>,
}

struct Account {
    /// What the pharmacy encoded counts for more than what was asked for.
    rank: u8,
    medication: Medication,
}

impl Group {
    /// ORC begins the next order.
    pub fn open(&mut self, segment: &Segment, facts: &mut ClinicalFacts) {
        self.close(facts);
        self.status = status(segment);
    }

    pub fn close(&mut self, facts: &mut ClinicalFacts) {
        facts
            .medications
            .extend(self.medication.take().map(|account| account.medication));
        self.status = None;
    }

    pub fn read(&mut self, segment: &Segment, facts: &mut ClinicalFacts) {
        let Some((rank, field)) = place(segment.name()) else {
            return;
        };
        // The same kind of segment again is another medication, and so is an
        // administration, which no other segment repeats.
        if self
            .medication
            .as_ref()
            .is_some_and(|seen| seen.rank == rank || rank == 0)
        {
            facts
                .medications
                .extend(self.medication.take().map(|account| account.medication));
        }
        if self
            .medication
            .as_ref()
            .is_some_and(|seen| seen.rank > rank)
        {
            return;
        }
        // An RXO may leave its code to the RXE that follows.
        if segment.name() == "RXO" && segment.value(field).is_none() && segment.value(6).is_none() {
            return;
        }
        let Some(code) = clinical::named(segment, field, None, facts) else {
            return;
        };
        let status = if rank == 0 {
            Some("completed")
        } else {
            self.status
        };
        let medication = Medication {
            code,
            dosage: dosage(segment),
            status: status.map(str::to_owned),
            ..Medication::default()
        };
        self.medication = Some(Account { rank, medication });
    }

    pub fn route(&mut self, segment: &Segment) {
        let Some(account) = self.medication.as_mut() else {
            return;
        };
        let Some(route) = segment.value(1).and_then(datatypes::words) else {
            return;
        };
        let dosage = account.medication.dosage.get_or_insert_default();
        if !dosage.is_empty() {
            dosage.push_str(", ");
        }
        dosage.push_str(&route);
    }
}

/// How much an account of an order counts, and the field of its code.
fn place(name: &str) -> Option<(u8, usize)> {
    match name {
        "RXA" => Some((0, 5)),
        "RXD" => Some((1, 2)),
        "RXO" => Some((2, 1)),
        "RXE" => Some((3, 2)),
        _ => None,
    }
}

/// Amount with its unit, then the instructions, in the sender's words.
fn dosage(segment: &Segment) -> Option<String> {
    let (amount, units, instructions) = match segment.name() {
        "RXO" => (2, 4, 7),
        "RXE" => (3, 5, 7),
        "RXD" => (4, 5, 9),
        _ => (6, 7, 9),
    };
    let amount = segment.text(amount, 1).map(|amount| {
        match segment.value(units).and_then(datatypes::words) {
            Some(units) => format!("{amount} {units}"),
            None => amount,
        }
    });
    let instructions = datatypes::all_words(segment, instructions);
    let parts: Vec<String> = [amount, instructions].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// ORC-5 (table 0038), else what ORC-1 (table 0119) orders → the status codes of
/// MedicationRequest.
fn status(segment: &Segment) -> Option<&'static str> {
    let by_state = match segment.text(5, 1).as_deref() {
        Some("A" | "IP" | "SC" | "ER") => Some("active"),
        Some("CM") => Some("completed"),
        Some("CA") => Some("cancelled"),
        Some("DC" | "RP") => Some("stopped"),
        Some("HD") => Some("on-hold"),
        _ => None,
    };
    by_state.or(match segment.text(1, 1).as_deref() {
        Some("CA" | "OC" | "CR") => Some("cancelled"),
        Some("DC" | "OD" | "DR") => Some("stopped"),
        Some("HD" | "OH" | "HR") => Some("on-hold"),
        _ => None,
    })
}

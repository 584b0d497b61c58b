//! What stays behind, alike with alike: four hundred results are one line.

use crate::domain::packet::Withheld;
use serde::Serialize;

/// Everything of one kind that stays behind for one reason.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Kept {
    pub why: String,
    pub what: String,
    pub count: usize,
    /// As far as they are known.
    pub at: Vec<String>,
}

/// In the order of the reasons as they first come.
pub(super) fn kept(withheld: &[Withheld]) -> Vec<Kept> {
    let mut kept: Vec<Kept> = Vec::new();
    for one in withheld {
        let alike = kept
            .iter_mut()
            .find(|k| k.why == one.why && k.what == one.what);
        match alike {
            Some(alike) => {
                alike.count += 1;
                alike.at.extend(some(&one.at));
            }
            None => kept.push(Kept {
                why: one.why.clone(),
                what: one.what.clone(),
                count: 1,
                at: some(&one.at).into_iter().collect(),
            }),
        }
    }
    let reasons: Vec<String> = kept.iter().map(|kept| kept.why.clone()).collect();
    kept.sort_by_key(|kept| reasons.iter().position(|why| *why == kept.why));
    kept
}

fn some(at: &str) -> Option<String> {
    (!at.is_empty()).then(|| at.to_owned())
}

impl Kept {
    /// `12 results`, `a document`, `PID-18 account number (3)`.
    pub fn counted(&self) -> String {
        const PLURALS: [(&str, &str); 16] = [
            ("a section of text", "sections of text"),
            ("a diagnosis", "diagnoses"),
            ("an allergy", "allergies"),
            ("a medication", "medications"),
            ("a procedure", "procedures"),
            ("a result", "results"),
            ("a document", "documents"),
            ("an immunization", "immunizations"),
            ("an order", "orders"),
            ("an appointment", "appointments"),
            ("another stay", "other stays"),
            ("insurance", "insurances"),
            ("a member of the care team", "members of the care team"),
            ("an instruction", "instructions"),
            ("a comment of the message", "comments of the message"),
            ("GT1 guarantor", "guarantors (GT1)"),
        ];
        let plural = PLURALS.iter().find(|(one, _)| *one == self.what);
        match (self.count, plural) {
            (1, _) => self.what.clone(),
            (count, Some((_, many))) => format!("{count} {many}"),
            (count, None) => format!("{} ({count})", self.what),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn withheld(what: &str, at: &str, why: &str) -> Withheld {
        Withheld {
            what: what.into(),
            at: at.into(),
            why: why.into(),
        }
    }

    #[test]
    fn alike_is_counted_together_and_reasons_stay_together() {
        let kept = kept(&[
            withheld("a result", "OBX[1]", "no section"),
            withheld("PID-19 SSN", "PID-19", "not named"),
            withheld("a result", "OBX[2]", "no section"),
            withheld("an allergy", "", "no section"),
        ]);
        let said: Vec<_> = kept.iter().map(|k| (k.counted(), k.at.len())).collect();
        let expected = [("2 results", 2), ("an allergy", 0), ("PID-19 SSN", 1)];
        assert_eq!(said, expected.map(|(what, at)| (what.to_owned(), at)));
    }
}

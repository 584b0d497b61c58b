//! The medications in the order of what a reader must do, and what changed: said
//! only where the source gives both lists.

use crate::domain::facts::{Medication, When};
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Listed {
    #[serde(flatten)]
    pub medication: Medication,
    pub standing: Standing,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
}

/// Where a medication stands for whoever takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Standing {
    /// To be taken from now on, as far as the source tells.
    Current,
    /// On hold, planned, of a status nobody knows: not simply to be taken.
    NotCertain,
    /// Stopped, completed, not taken.
    Ended,
    /// Given during the stay.
    DuringStay,
    /// Taken before the stay.
    Before,
}

/// What the stay changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Change {
    New,
    Dose,
    Unchanged,
    /// Taken before and not on the discharge list: nobody wrote "stopped".
    NotContinued,
}

/// What to take first, then what ended, then what was given or taken before.
///
/// `sent` is when the source wrote: what had ended by then is not to be taken.
pub fn listed(medications: &[Medication], sent: Option<&When>) -> Vec<Listed> {
    let mut listed: Vec<Listed> = medications
        .iter()
        .map(|medication| Listed {
            standing: standing(medication, sent),
            change: change(medication, medications, sent),
            medication: medication.clone(),
        })
        .collect();
    listed.sort_by_key(|one| one.standing);
    listed
}

fn standing(medication: &Medication, sent: Option<&When>) -> Standing {
    let over = [
        "stopped",
        "ended",
        "completed",
        "cancelled",
        "revoked",
        "not-taken",
        "not-done",
        "aborted",
        "declined",
        "entered-in-error",
    ];
    // Not `intended`: a discharge list says so of what is to be taken.
    let uncertain = ["on-hold", "suspended", "draft", "proposed", "unknown"];
    let is = |known: &[&str]| {
        medication
            .status
            .as_deref()
            .is_some_and(|s| known.contains(&s))
    };
    match medication.list.as_deref() {
        Some("administered") => Standing::DuringStay,
        Some("admission") => Standing::Before,
        _ if is(&over) || has_ended(medication, sent) => Standing::Ended,
        _ if is(&uncertain) => Standing::NotCertain,
        _ => Standing::Current,
    }
}

/// By whole days: an end of the same day may still lie ahead.
fn has_ended(medication: &Medication, sent: Option<&When>) -> bool {
    let day = |at: Option<&When>| at.map(|at| at.date().to_owned()).filter(|d| d.len() == 10);
    match (day(medication.end.as_ref()), day(sent)) {
        (Some(end), Some(sent)) => end < sent,
        _ => false,
    }
}

/// Two lists are compared; one alone says nothing of change.
fn change(medication: &Medication, all: &[Medication], sent: Option<&When>) -> Option<Change> {
    let on = |list: &'static str| {
        all.iter()
            .filter(move |other| other.list.as_deref() == Some(list))
    };
    let same = |list: &'static str| {
        on(list)
            .filter(|other| is_same_drug(&medication.code, &other.code))
            .collect::<Vec<_>>()
    };
    match medication.list.as_deref() {
        Some("discharge") if standing(medication, sent) == Standing::Current => {
            on("admission").next()?;
            let before = same("admission");
            let told = |one: &Medication| one.dosage.is_some();
            if before.is_empty() {
                Some(Change::New)
            } else if before.iter().any(|one| same_dosage(one, medication)) {
                Some(Change::Unchanged)
            } else if told(medication) && before.iter().all(|one| told(one)) {
                Some(Change::Dose)
            } else {
                // One list without a dose says nothing of a change.
                None
            }
        }
        Some("admission") => {
            on("discharge").next()?;
            same("discharge").is_empty().then_some(Change::NotContinued)
        }
        _ => None,
    }
}

/// As it is written, but for blanks and capitals.
fn same_dosage(one: &Medication, other: &Medication) -> bool {
    let plain = |medication: &Medication| {
        let written = medication.dosage.as_deref().unwrap_or_default();
        written
            .split_whitespace()
            .collect::<String>()
            .to_lowercase()
    };
    plain(one) == plain(other)
}

/// By code where both have one of the same system, else by their words.
fn is_same_drug(one: &crate::domain::facts::Coded, other: &crate::domain::facts::Coded) -> bool {
    if one.code.is_some() && one.system == other.system && one.code == other.code {
        return true;
    }
    let words = |coded: &crate::domain::facts::Coded| coded.shown().trim().to_lowercase();
    !words(one).is_empty() && words(one) == words(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::Coded;

    fn drug(name: &str, list: &'static str, dosage: &str) -> Medication {
        Medication {
            code: Coded {
                text: Some(name.into()),
                ..Coded::default()
            },
            list: Some(list.into()),
            dosage: Some(dosage.into()),
            ..Medication::default()
        }
    }

    #[test]
    fn what_changed_is_told_from_the_two_lists() {
        let listed = listed(
            &[
                drug("Aspirin", "admission", "100 mg"),
                drug("Metformin", "admission", "500 mg"),
                drug("Ramipril", "admission", "5 mg"),
                drug("metformin", "discharge", "1000 mg"),
                drug("Ramipril", "discharge", "5 mg"),
                drug("Apixaban", "discharge", "5 mg"),
            ],
            None,
        );
        let said: Vec<_> = listed
            .iter()
            .map(|one| (one.medication.code.shown(), one.standing, one.change))
            .collect();
        use Change::*;
        use Standing::*;
        assert_eq!(
            said,
            [
                ("metformin", Current, Some(Dose)),
                ("Ramipril", Current, Some(Unchanged)),
                ("Apixaban", Current, Some(New)),
                ("Aspirin", Before, Some(NotContinued)),
                ("Metformin", Before, None),
                ("Ramipril", Before, None),
            ]
        );
    }

    #[test]
    fn what_is_on_hold_or_only_planned_is_not_to_be_taken() {
        for status in ["on-hold", "draft", "unknown"] {
            let mut held = drug("Warfarin", "discharge", "2 mg");
            held.status = Some(status.into());
            assert_eq!(
                listed(&[held], None)[0].standing,
                Standing::NotCertain,
                "{status}"
            );
        }
    }

    #[test]
    fn what_had_ended_when_the_source_wrote_is_not_to_be_taken() {
        let mut course = drug("Amoxicillin", "discharge", "500 mg");
        course.end = Some(When("2026-11-20".into()));
        let standing = |sent: &str| {
            let sent = When(sent.into());
            listed(std::slice::from_ref(&course), Some(&sent))[0].standing
        };
        assert_eq!(standing("2026-11-23T10:00:00Z"), Standing::Ended);
        assert_eq!(standing("2026-11-20T10:00:00Z"), Standing::Current);
    }

    #[test]
    fn a_second_dose_of_the_same_drug_or_a_missing_one_is_no_change() {
        let twice = [
            drug("Insulin", "admission", "10 U in the morning"),
            drug("Insulin", "admission", "8 U in the evening"),
            drug("Insulin", "discharge", "8 U in the evening"),
        ];
        assert_eq!(listed(&twice, None)[0].change, Some(Change::Unchanged));
        let mut untold = drug("Insulin", "discharge", "");
        untold.dosage = None;
        let lists = [drug("Insulin", "admission", "10 U"), untold];
        assert_eq!(listed(&lists, None)[0].change, None);
    }

    #[test]
    fn one_list_alone_says_nothing_of_change_and_what_ended_comes_later() {
        let mut stopped = drug("Warfarin", "discharge", "2 mg");
        stopped.status = Some("stopped".into());
        let listed = listed(&[stopped, drug("Apixaban", "discharge", "5 mg")], None);
        let order: Vec<_> = listed.iter().map(|one| one.standing).collect();
        assert_eq!(order, [Standing::Current, Standing::Ended]);
        assert!(listed.iter().all(|one| one.change.is_none()));
    }
}

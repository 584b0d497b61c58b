//! The medications in the order of what a reader must do, and what changed: said
//! only where the source gives both lists.

use crate::domain::facts::Medication;
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
pub fn listed(medications: &[Medication]) -> Vec<Listed> {
    let mut listed: Vec<Listed> = medications
        .iter()
        .map(|medication| Listed {
            standing: standing(medication),
            change: change(medication, medications),
            medication: medication.clone(),
        })
        .collect();
    listed.sort_by_key(|one| one.standing);
    listed
}

fn standing(medication: &Medication) -> Standing {
    let over = [
        "stopped",
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
        _ if is(&over) => Standing::Ended,
        _ if is(&uncertain) => Standing::NotCertain,
        _ => Standing::Current,
    }
}

/// Two lists are compared; one alone says nothing of change.
fn change(medication: &Medication, all: &[Medication]) -> Option<Change> {
    let on = |list: &'static str| {
        all.iter()
            .filter(move |other| other.list.as_deref() == Some(list))
    };
    let counterpart =
        |list: &'static str| on(list).find(|other| is_same_drug(&medication.code, &other.code));
    match medication.list.as_deref() {
        Some("discharge") if standing(medication) == Standing::Current => {
            on("admission").next()?;
            Some(match counterpart("admission") {
                None => Change::New,
                Some(before) if same_dosage(before, medication) => Change::Unchanged,
                Some(_) => Change::Dose,
            })
        }
        Some("admission") => {
            on("discharge").next()?;
            counterpart("discharge")
                .is_none()
                .then_some(Change::NotContinued)
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
        let listed = listed(&[
            drug("Aspirin", "admission", "100 mg"),
            drug("Metformin", "admission", "500 mg"),
            drug("Ramipril", "admission", "5 mg"),
            drug("metformin", "discharge", "1000 mg"),
            drug("Ramipril", "discharge", "5 mg"),
            drug("Apixaban", "discharge", "5 mg"),
        ]);
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
                listed(&[held])[0].standing,
                Standing::NotCertain,
                "{status}"
            );
        }
    }

    #[test]
    fn one_list_alone_says_nothing_of_change_and_what_ended_comes_later() {
        let mut stopped = drug("Warfarin", "discharge", "2 mg");
        stopped.status = Some("stopped".into());
        let listed = listed(&[stopped, drug("Apixaban", "discharge", "5 mg")]);
        let order: Vec<_> = listed.iter().map(|one| one.standing).collect();
        assert_eq!(order, [Standing::Current, Standing::Ended]);
        assert!(listed.iter().all(|one| one.change.is_none()));
    }
}

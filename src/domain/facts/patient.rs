//! Who the message is about, and who belongs to them.

use super::numbers::{NumberKind, is_insurance, kind as number_kind};
use super::{HumanName, Identifier, Places, When};
use serde::Serialize;

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Patient {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<Identifier>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<HumanName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<When>,
    /// A FHIR administrative-gender code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<&'static str>,
    /// PID-30 or Patient.deceased; with the time where one came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deceased: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deceased_at: Option<When>,
    /// The language to speak in: PID-15, Patient.communication, as received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Address>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub telecoms: Vec<String>,
    #[serde(skip_serializing_if = "Places::is_empty")]
    pub at: Places,
}

impl Patient {
    /// Whether anything says whose message it is.
    pub fn is_somebody(&self) -> bool {
        !self.identifiers.is_empty() || self.names.iter().any(|name| !name.shown().is_empty())
    }

    /// Whether another record in the same message is of this person for certain.
    /// A number that a family, a visit or a payer shares is none of theirs, and
    /// nothing that both say may differ: two people never become one packet.
    pub fn is_same_person(&self, other: &Self) -> bool {
        let differ = |one: Option<&str>, other: Option<&str>| {
            one.is_some() && other.is_some() && one != other
        };
        let born = |patient: &Self| patient.birth_date.as_ref().map(|at| at.date().to_owned());
        let contradict = differ(born(self).as_deref(), born(other).as_deref())
            || differ(self.gender, other.gender)
            || self.has_another_number(other);
        let same_name = self.names.iter().any(|name| other.names.contains(name));
        let named_alike = same_name && self.birth_date.is_some() && other.birth_date.is_some();
        !contradict && (self == other || self.shares_number(other) || named_alike)
    }

    fn own_numbers(&self) -> impl Iterator<Item = &Identifier> {
        // table 0203: of a person's money, visit, family or licence, not of them
        const SHARED: [&str; 11] = [
            "SS", "AN", "VN", "AM", "MB", "MC", "MA", "SN", "HC", "DL", "PPN",
        ];
        let shared = |kind: &str| SHARED.contains(&kind);
        let by_kind = |i: &Identifier| {
            let kind = number_kind(i);
            matches!(kind, NumberKind::Ssn | NumberKind::AccountNumber) || is_insurance(i)
        };
        self.identifiers
            .iter()
            .filter(move |i| !i.type_code.as_deref().is_some_and(shared) && !by_kind(i))
    }

    fn shares_number(&self, other: &Self) -> bool {
        let same = |a: &Identifier, b: &Identifier| {
            let elsewhere = a.system.is_some() && b.system.is_some() && a.system != b.system;
            a.value == b.value && !elsewhere
        };
        self.own_numbers()
            .any(|own| other.own_numbers().any(|theirs| same(own, theirs)))
    }

    /// A medical record number of one authority in each, and none in common.
    fn has_another_number(&self, other: &Self) -> bool {
        let others = ["PI", "PT", "EI", "MRT"];
        let record = |i: &&Identifier| {
            number_kind(i) == NumberKind::RecordNumber
                && !i
                    .type_code
                    .as_deref()
                    .is_some_and(|kind| others.contains(&kind))
        };
        let mine = self.own_numbers().filter(record);
        let theirs = || other.own_numbers().filter(record);
        let mut rivals = mine
            .filter(|own| own.system.is_some() && theirs().any(|their| their.system == own.system));
        rivals.any(|own| {
            let mut alike = theirs().filter(|their| their.system == own.system);
            alike.all(|their| their.value != own.value)
        }) && !self.shares_number(other)
    }

    /// The medical record number where one is typed `MR`, else the first
    /// one that is of no other kind.
    pub fn record_number(&self) -> Option<&Identifier> {
        let is_record = |i: &&Identifier| number_kind(i) == NumberKind::RecordNumber;
        let typed = |kind: &str| {
            let mut numbers = self.identifiers.iter().filter(is_record);
            numbers.find(|i| i.type_code.as_deref() == Some(kind))
        };
        typed("MR")
            .or_else(|| typed("PI"))
            .or_else(|| self.identifiers.iter().find(is_record))
    }

    pub(super) fn every_place(&mut self, each: &mut impl FnMut(&mut Places)) {
        each(&mut self.at);
        self.identifiers.iter_mut().for_each(|i| each(&mut i.at));
        self.names.iter_mut().for_each(|n| each(&mut n.at));
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub line: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

impl Address {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// NK1, GT1, RelatedPerson, Patient.contact, guardian.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RelatedPerson {
    /// In words, or the code as received: `Spouse`, `guarantor`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relationship: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<HumanName>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub telecoms: Vec<String>,
    #[serde(skip_serializing_if = "Places::is_empty")]
    pub at: Places,
}

/// IN1, Coverage, policy activities.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member_id: Option<String>,
    #[serde(skip_serializing_if = "Places::is_empty")]
    pub at: Places,
}

/// A40 and its kin: what used to be called otherwise is this patient now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Merge {
    /// MRG-1: the identifiers that end.
    pub identifiers: Vec<Identifier>,
    /// MRG-5: the visit that ends, where visits are merged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visit: Option<String>,
    #[serde(skip_serializing_if = "Places::is_empty")]
    pub at: Places,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(numbers: &[(&str, &str)], name: &str, born: &str) -> Patient {
        let number = |(kind, value): &(&str, &str)| Identifier {
            value: (*value).into(),
            system: Some("RIV".into()),
            type_code: Some((*kind).into()),
            ..Identifier::default()
        };
        Patient {
            identifiers: numbers.iter().map(number).collect(),
            names: vec![HumanName {
                text: Some(name.into()),
                ..HumanName::default()
            }],
            birth_date: (!born.is_empty()).then(|| When(born.into())),
            ..Patient::default()
        }
    }

    #[test]
    fn a_shared_account_or_social_security_number_makes_nobody_the_same() {
        let mother = known(
            &[("MR", "1"), ("AN", "77"), ("SS", "999")],
            "ADAMS",
            "1990-01-01",
        );
        let child = known(&[("MR", "2"), ("AN", "77"), ("SS", "999")], "BABY", "");
        assert!(!mother.is_same_person(&child));
    }

    #[test]
    fn a_number_in_common_is_the_same_person_unless_something_contradicts() {
        let one = known(&[("MR", "1")], "ADAMS", "1990-01-01");
        assert!(one.is_same_person(&known(&[("MR", "1")], "Adams-Brown", "")));
        assert!(one.is_same_person(&known(&[("MR", "1"), ("MR", "2")], "ADAMS", "1990-01-01")));
        assert!(!one.is_same_person(&known(&[("MR", "1")], "ADAMS", "1991-01-01")));
        assert!(!one.is_same_person(&known(&[("MR", "2")], "ADAMS", "1990-01-01")));
        assert!(one.is_same_person(&known(&[], "ADAMS", "1990-01-01")));
    }
}

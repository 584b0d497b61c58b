//! What kind of number one of the patient's numbers is: whose system it is of
//! counts before its type, and a type may be words. A number of the state or of
//! an insurer must not pass for a medical record number.

use super::Identifier;

/// What a number may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberKind {
    RecordNumber,
    Ssn,
    AccountNumber,
    OtherNumbers,
}

/// The US social security number, as a URI, an OID and an assigning authority.
const SOCIAL_SECURITY: [&str; 6] = [
    "http://hl7.org/fhir/sid/us-ssn",
    "2.16.840.1.113883.4.1",
    "ssa",
    "usssa",
    "ssn",
    "us-ssn",
];

/// Medicare's numbers, old (572) and new (927), and who gives them.
const INSURANCE: [&str; 9] = [
    "http://hl7.org/fhir/sid/us-mbi",
    "http://hl7.org/fhir/sid/us-medicare",
    "2.16.840.1.113883.4.572",
    "2.16.840.1.113883.4.927",
    "us-mbi",
    "us-medicare",
    "mbi",
    "medicare",
    "medicaid",
];

pub fn kind(number: &Identifier) -> NumberKind {
    if is_of(number, &SOCIAL_SECURITY) {
        return NumberKind::Ssn;
    }
    let said = number.type_code.as_deref().map(str::trim);
    let by_type = said.map_or(NumberKind::RecordNumber, typed);
    match by_type {
        NumberKind::RecordNumber if is_insurance(number) => NumberKind::OtherNumbers,
        by_type => by_type,
    }
}

/// Whether an insurer gave it: a family may share one.
pub fn is_insurance(number: &Identifier) -> bool {
    is_of(number, &INSURANCE)
}

fn is_of(number: &Identifier, systems: &[&str]) -> bool {
    let system = number.system.as_deref().unwrap_or_default();
    let system = system.trim().to_ascii_lowercase();
    let system = system.strip_prefix("urn:oid:").unwrap_or(&system);
    systems.contains(&system)
}

/// Table 0203, or words where there is no code.
fn typed(said: &str) -> NumberKind {
    match said.to_ascii_uppercase().as_str() {
        "SS" | "SSN" => NumberKind::Ssn,
        "AN" | "ANON" | "ANC" => NumberKind::AccountNumber,
        "MR" | "PI" | "PT" | "EI" | "MRT" => NumberKind::RecordNumber,
        _ => in_words(&said.to_lowercase()),
    }
}

fn in_words(said: &str) -> NumberKind {
    let mut words = said.split(|c: char| !c.is_alphanumeric());
    let has = |word: &str| words.clone().any(|one| one == word);
    let of_record = [
        "medical record",
        "patient internal id",
        "patient external id",
    ];
    if said.contains("social security") || has("ssn") {
        NumberKind::Ssn
    } else if has("account") {
        NumberKind::AccountNumber
    } else if has("mrn")
        || of_record.iter().any(|words| said.contains(words))
        || (words.next() == Some("patient") && matches!(words.next(), Some("id" | "identifier")))
    {
        NumberKind::RecordNumber
    } else {
        NumberKind::OtherNumbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(system: &str, typed: &str) -> NumberKind {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        kind(&Identifier {
            value: "900-11-2222".into(),
            system: some(system),
            type_code: some(typed),
            ..Identifier::default()
        })
    }

    #[test]
    fn a_number_of_the_state_or_an_insurer_is_no_record_number_whatever_its_type() {
        for system in [
            "http://hl7.org/fhir/sid/us-ssn",
            "urn:oid:2.16.840.1.113883.4.1",
            "SSA",
            "USSSA",
            "Ssn",
        ] {
            assert_eq!(of(system, ""), NumberKind::Ssn, "{system}");
            assert_eq!(of(system, "MR"), NumberKind::Ssn, "{system}");
        }
        for system in [
            "http://hl7.org/fhir/sid/us-mbi",
            "urn:oid:2.16.840.1.113883.4.572",
            "2.16.840.1.113883.4.927",
        ] {
            assert_eq!(of(system, ""), NumberKind::OtherNumbers, "{system}");
        }
        assert_eq!(of("urn:oid:2.999.1", ""), NumberKind::RecordNumber);
    }

    #[test]
    fn a_type_in_words_is_understood_and_what_is_not_is_another_number() {
        for (said, expected) in [
            ("Social Security Number", NumberKind::Ssn),
            ("SSN", NumberKind::Ssn),
            ("Account number", NumberKind::AccountNumber),
            ("Medical Record Number", NumberKind::RecordNumber),
            ("MRN", NumberKind::RecordNumber),
            ("Patient ID", NumberKind::RecordNumber),
            ("mr", NumberKind::RecordNumber),
            ("Driver's licence", NumberKind::OtherNumbers),
            ("MC", NumberKind::OtherNumbers),
            ("Insurance number", NumberKind::OtherNumbers),
        ] {
            assert_eq!(of("LAK", said), expected, "{said}");
        }
    }
}

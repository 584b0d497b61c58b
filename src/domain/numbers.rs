//! What kind of number one of the patient's numbers is: whose system it is of
//! counts before its type, and a type may be words. A number of the state or of
//! an insurer must not pass for a medical record number.

use super::facts::Identifier;
use super::fields::PatientField;

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

pub fn kind(number: &Identifier) -> PatientField {
    if is_of(number, &SOCIAL_SECURITY) {
        return PatientField::Ssn;
    }
    let said = number.type_code.as_deref().map(str::trim);
    let by_type = said.map_or(PatientField::RecordNumber, typed);
    match by_type {
        PatientField::RecordNumber if is_insurance(number) => PatientField::OtherNumbers,
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
fn typed(said: &str) -> PatientField {
    match said.to_ascii_uppercase().as_str() {
        "SS" | "SSN" => PatientField::Ssn,
        "AN" | "ANON" | "ANC" => PatientField::AccountNumber,
        "MR" | "PI" | "PT" | "EI" | "MRT" => PatientField::RecordNumber,
        _ => in_words(&said.to_lowercase()),
    }
}

fn in_words(said: &str) -> PatientField {
    let mut words = said.split(|c: char| !c.is_alphanumeric());
    let has = |word: &str| words.clone().any(|one| one == word);
    let of_record = [
        "medical record",
        "patient internal id",
        "patient external id",
    ];
    if said.contains("social security") || has("ssn") {
        PatientField::Ssn
    } else if has("account") {
        PatientField::AccountNumber
    } else if has("mrn")
        || of_record.iter().any(|words| said.contains(words))
        || (words.next() == Some("patient") && matches!(words.next(), Some("id" | "identifier")))
    {
        PatientField::RecordNumber
    } else {
        PatientField::OtherNumbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(system: &str, kind: &str) -> PatientField {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        PatientField::of_number(&Identifier {
            value: "900-11-2222".into(),
            system: some(system),
            type_code: some(kind),
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
            assert_eq!(of(system, ""), PatientField::Ssn, "{system}");
            assert_eq!(of(system, "MR"), PatientField::Ssn, "{system}");
        }
        for system in [
            "http://hl7.org/fhir/sid/us-mbi",
            "urn:oid:2.16.840.1.113883.4.572",
            "2.16.840.1.113883.4.927",
        ] {
            assert_eq!(of(system, ""), PatientField::OtherNumbers, "{system}");
        }
        assert_eq!(of("urn:oid:2.999.1", ""), PatientField::RecordNumber);
    }

    #[test]
    fn a_type_in_words_is_understood_and_what_is_not_is_another_number() {
        for (said, expected) in [
            ("Social Security Number", PatientField::Ssn),
            ("SSN", PatientField::Ssn),
            ("Account number", PatientField::AccountNumber),
            ("Medical Record Number", PatientField::RecordNumber),
            ("MRN", PatientField::RecordNumber),
            ("Patient ID", PatientField::RecordNumber),
            ("mr", PatientField::RecordNumber),
            ("Driver's licence", PatientField::OtherNumbers),
            ("MC", PatientField::OtherNumbers),
            ("Insurance number", PatientField::OtherNumbers),
        ] {
            assert_eq!(of("LAK", said), expected, "{said}");
        }
    }
}

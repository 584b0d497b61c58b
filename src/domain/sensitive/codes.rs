//! Codes of the systems that a map speaks of: how a source spells the system, and
//! what is the same code however it is written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A code system of which a map lists codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CodeSystem {
    Icd10Cm,
    Icd10Pcs,
    Icd9Cm,
    SnomedCt,
    Rxnorm,
    Ndc,
    Loinc,
    /// HCPCS, and CPT as its first level.
    Hcpcs,
}

/// HL7 table 0396 and what is met instead of it, OIDs, and FHIR's URIs without
/// their punctuation.
const SPELLINGS: [(CodeSystem, &[&str]); 8] = [
    (
        CodeSystem::Icd10Pcs,
        &[
            "i10p",
            "icd10p",
            "icd10pcs",
            "httpwwwcmsgovmedicarecodingicd10",
            "216840111388364",
        ],
    ),
    (
        CodeSystem::Icd10Cm,
        &[
            "i10",
            "i10c",
            "i10cm",
            "i10g",
            "icd10",
            "icd10cm",
            "icd10gm",
            "icd10am",
            "icd10ca",
            "2168401113883690",
            "216840111388363",
            "21684011138836260",
        ],
    ),
    (
        CodeSystem::Icd9Cm,
        &[
            "i9",
            "i9c",
            "i9cdx",
            "i9cp",
            "icd9",
            "icd9cm",
            "21684011138836103",
            "21684011138836104",
            "2168401113883642",
        ],
    ),
    (
        CodeSystem::SnomedCt,
        &[
            "sct",
            "sct2",
            "snomed",
            "snomedct",
            "snomedctus",
            "httpsnomedinfosct",
            "2168401113883696",
        ],
    ),
    (
        CodeSystem::Rxnorm,
        &[
            "rxnorm",
            "rxn",
            "httpwwwnlmnihgovresearchumlsrxnorm",
            "2168401113883688",
        ],
    ),
    (
        CodeSystem::Ndc,
        &["ndc", "httphl7orgfhirsidndc", "2168401113883669"],
    ),
    (
        CodeSystem::Loinc,
        &["ln", "loinc", "httploincorg", "216840111388361"],
    ),
    (
        CodeSystem::Hcpcs,
        &[
            "c4",
            "c5",
            "cpt",
            "cpt4",
            "hcpcs",
            "hcpc",
            "hpc",
            "httpwwwamaassnorggocpt",
            "2168401113883612",
            "21684011138836285",
        ],
    ),
];

impl CodeSystem {
    /// The system that a source means: `I10C`, `http://snomed.info/sct`,
    /// `urn:oid:2.16.840.1.113883.6.88`.
    pub fn of(spelled: &str) -> Option<Self> {
        let bare = spelled.trim();
        let bare = bare.strip_prefix("urn:oid:").unwrap_or(bare);
        let plain = plain(bare).to_ascii_lowercase();
        let known = SPELLINGS
            .iter()
            .find(|(_, all)| all.contains(&plain.as_str()));
        if let Some((system, _)) = known {
            return Some(*system);
        }
        // Countries and years have URIs of their own: `…/icd-10-gm`, `…/ICD10`.
        let holds = |part: &str| plain.contains(part);
        if holds("icd10") && !holds("pcs") && !holds("cmsgov") {
            Some(Self::Icd10Cm)
        } else if holds("icd10") {
            Some(Self::Icd10Pcs)
        } else if holds("icd9") {
            Some(Self::Icd9Cm)
        } else if holds("snomed") {
            Some(Self::SnomedCt)
        } else if holds("loinc") {
            Some(Self::Loinc)
        } else if holds("hcpcs") {
            Some(Self::Hcpcs)
        } else {
            None
        }
    }

    /// Whether a code without a known system can be nothing else: `F11.20`,
    /// `3397-7`. Numbers alone are anybody's.
    pub fn is_unmistakable(self, code: &str) -> bool {
        let code = code.trim().as_bytes();
        match self {
            Self::Icd10Cm => {
                let digit = |at: usize| code.get(at).is_some_and(u8::is_ascii_digit);
                code.first().is_some_and(u8::is_ascii_alphabetic) && digit(1) && code.len() >= 3
            }
            Self::Loinc => {
                let (head, tail) = code.split_at(code.len().saturating_sub(2));
                head.len() >= 3
                    && head.iter().all(u8::is_ascii_digit)
                    && matches!(tail, [b'-', last] if last.is_ascii_digit())
            }
            _ => false,
        }
    }
}

/// The letters and digits alone, in capitals: `f11.20` is `F1120`.
pub fn plain(code: &str) -> String {
    let kept = code.chars().filter(char::is_ascii_alphanumeric);
    kept.map(|c| c.to_ascii_uppercase()).collect()
}

/// One code, or all that begin like it: `F11.20`, `F11*`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("type" = ["string", "number"]))]
pub struct CodePattern {
    written: String,
    stem: String,
    open: bool,
}

impl CodePattern {
    /// Letters and digits of it, in capitals.
    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// Whether longer codes are meant as well.
    pub fn is_open(&self) -> bool {
        self.open
    }
}

impl TryFrom<String> for CodePattern {
    type Error = &'static str;

    fn try_from(written: String) -> Result<Self, &'static str> {
        let (head, open) = match written.strip_suffix('*') {
            Some(head) => (head, true),
            None => (written.as_str(), false),
        };
        let odd = |c: char| !c.is_ascii_alphanumeric() && !"-.".contains(c);
        let stem = plain(head);
        if head.contains(odd) || stem.len() < 2 {
            return Err(
                "not a code: write it like F11.20, or F11* for all that begin so; two letters or digits at least",
            );
        }
        Ok(Self {
            stem,
            open,
            written,
        })
    }
}

impl From<CodePattern> for String {
    fn from(pattern: CodePattern) -> Self {
        pattern.written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_known_by_every_name_it_goes_by() {
        let cases = [
            ("I10", CodeSystem::Icd10Cm),
            ("I10C", CodeSystem::Icd10Cm),
            ("ICD-10-CM", CodeSystem::Icd10Cm),
            ("http://hl7.org/fhir/sid/icd-10-cm", CodeSystem::Icd10Cm),
            (
                "http://fhir.de/CodeSystem/bfarm/icd-10-gm",
                CodeSystem::Icd10Cm,
            ),
            ("urn:oid:2.16.840.1.113883.6.90", CodeSystem::Icd10Cm),
            ("2.16.840.1.113883.6.3", CodeSystem::Icd10Cm),
            ("I10P", CodeSystem::Icd10Pcs),
            (
                "http://www.cms.gov/Medicare/Coding/ICD10",
                CodeSystem::Icd10Pcs,
            ),
            ("urn:oid:2.16.840.1.113883.6.4", CodeSystem::Icd10Pcs),
            ("I9CDX", CodeSystem::Icd9Cm),
            ("http://hl7.org/fhir/sid/icd-9-cm", CodeSystem::Icd9Cm),
            ("SCT", CodeSystem::SnomedCt),
            ("SNOMED-CT", CodeSystem::SnomedCt),
            ("http://snomed.info/sct/731000124108", CodeSystem::SnomedCt),
            ("LN", CodeSystem::Loinc),
            ("urn:oid:2.16.840.1.113883.6.1", CodeSystem::Loinc),
            ("RxNorm", CodeSystem::Rxnorm),
            ("urn:oid:2.16.840.1.113883.6.88", CodeSystem::Rxnorm),
            ("NDC", CodeSystem::Ndc),
            ("C4", CodeSystem::Hcpcs),
            ("http://www.ama-assn.org/go/cpt", CodeSystem::Hcpcs),
        ];
        for (spelled, system) in cases {
            assert_eq!(CodeSystem::of(spelled), Some(system), "{spelled}");
        }
        for other in ["L", "99LOCAL", "HL70162", "http://unitsofmeasure.org", ""] {
            assert_eq!(CodeSystem::of(other), None, "{other}");
        }
    }

    #[test]
    fn only_a_shape_that_nothing_else_has_needs_no_system() {
        assert!(CodeSystem::Icd10Cm.is_unmistakable("F11.20"));
        assert!(CodeSystem::Icd10Cm.is_unmistakable("b20"));
        assert!(!CodeSystem::Icd10Cm.is_unmistakable("1819"));
        assert!(!CodeSystem::Icd10Cm.is_unmistakable("LATEX"));
        assert!(CodeSystem::Loinc.is_unmistakable("3397-7"));
        assert!(!CodeSystem::Loinc.is_unmistakable("33977"));
        assert!(!CodeSystem::Rxnorm.is_unmistakable("1819"));
        assert!(!CodeSystem::Loinc.is_unmistakable("é-"));
    }

    #[test]
    fn a_pattern_is_a_code_with_at_most_a_star_behind_it() {
        let read = |text: &str| CodePattern::try_from(text.to_owned());
        let open = read("F11.2*").expect("a pattern");
        assert_eq!((open.stem(), open.is_open()), ("F112", true));
        let exact = read("3397-7").expect("a pattern");
        assert_eq!((exact.stem(), exact.is_open()), ("33977", false));
        for bad in ["", "*", "F*", "*F11", "F11*20", "F11 20", "F10-F19 "] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}

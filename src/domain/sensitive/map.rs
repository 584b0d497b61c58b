//! What is sensitive where nobody labelled it: a site's own list of codes, words,
//! services and facilities, and the labels they stand for.

use super::SensitivityLabel;
use super::codes::{CodePattern, CodeSystem, plain};
use super::spelled::codes_in;
use super::words::{Folded, Phrase};
use crate::domain::facts::Coded;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// What a privacy officer types into `codes/sensitive.yaml`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "Handoff code map")]
pub struct CodeMapFile {
    /// Each entry says what it stands for, and how it is recognised.
    #[schemars(length(min = 1))]
    pub sensitive: Vec<Entry>,
}

/// One kind of sensitive content.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Entry {
    /// The labels that it bears, v3-ActCode.
    #[schemars(length(min = 1))]
    pub labels: Vec<SensitivityLabel>,
    /// What it is, for whoever tests a channel. It never leaves.
    pub why: String,
    /// By code system: `F11.20`, or `F11*` for all that begin so.
    #[serde(default)]
    pub codes: Codes,
    /// Whole words, whatever their case and accents, in names and in free text.
    #[serde(default)]
    pub words: Vec<Phrase>,
    /// The hospital service, PV1-10: the whole message is about it.
    #[serde(default)]
    pub services: Vec<Phrase>,
    /// The sending facility, MSH-4: all its messages are about it.
    #[serde(default)]
    pub facilities: Vec<Phrase>,
    /// Of laboratory results by code: any, or those that are not negative.
    #[serde(default)]
    pub results: Results,
}

/// Codes by their systems.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Codes {
    /// Diagnoses; ICD-10 of other countries as well.
    pub icd_10_cm: Vec<CodePattern>,
    /// Procedures of hospitals.
    pub icd_10_pcs: Vec<CodePattern>,
    pub icd_9_cm: Vec<CodePattern>,
    pub snomed_ct: Vec<CodePattern>,
    /// Ingredients and products.
    pub rxnorm: Vec<CodePattern>,
    /// Packages; a manufacturer's with `12496-12*`.
    pub ndc: Vec<CodePattern>,
    /// Laboratory tests and kinds of documents.
    pub loinc: Vec<CodePattern>,
    /// HCPCS, and CPT as its first level.
    pub hcpcs: Vec<CodePattern>,
}

impl Codes {
    fn by_system(&self) -> [(CodeSystem, &[CodePattern]); 8] {
        [
            (CodeSystem::Icd10Cm, &self.icd_10_cm),
            (CodeSystem::Icd10Pcs, &self.icd_10_pcs),
            (CodeSystem::Icd9Cm, &self.icd_9_cm),
            (CodeSystem::SnomedCt, &self.snomed_ct),
            (CodeSystem::Rxnorm, &self.rxnorm),
            (CodeSystem::Ndc, &self.ndc),
            (CodeSystem::Loinc, &self.loinc),
            (CodeSystem::Hcpcs, &self.hcpcs),
        ]
    }
}

/// Which results of a listed test are sensitive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Results {
    /// That the test was made is sensitive already.
    #[default]
    Any,
    /// A screen that everybody gets, unless its result says negative.
    NotNegative,
}

/// What is wrong with a file whose keys and values are each fine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct CodeMapError {
    pub key: &'static str,
    pub why: String,
}

/// The map, ready to be asked.
#[derive(Debug, Clone, Default)]
pub struct CodeMap(Arc<Index>);

#[derive(Debug, Default)]
struct Index {
    entries: Vec<Entry>,
    exact: HashMap<(CodeSystem, String), Vec<usize>>,
    open: HashMap<(CodeSystem, String), Vec<usize>>,
    /// Phrases by the letter they begin with: entry, and place in it.
    words: HashMap<char, Vec<(usize, usize)>>,
}

/// What a coded thing is: which systems a code without one may be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Diagnosis,
    Drug,
    Result,
    Act,
    /// Its codes are of no system that a map lists.
    Words,
}

impl Kind {
    fn systems(self) -> &'static [CodeSystem] {
        use CodeSystem::*;
        match self {
            Self::Diagnosis => &[Icd10Cm, Icd9Cm, SnomedCt],
            Self::Drug => &[Rxnorm, Ndc, SnomedCt],
            Self::Result => &[Loinc, SnomedCt, Hcpcs],
            Self::Act => &[Icd10Pcs, Hcpcs, SnomedCt, Loinc],
            Self::Words => &[],
        }
    }
}

impl TryFrom<CodeMapFile> for CodeMap {
    type Error = CodeMapError;

    fn try_from(file: CodeMapFile) -> Result<Self, CodeMapError> {
        let refuse = |why: String| {
            Err(CodeMapError {
                key: "sensitive",
                why,
            })
        };
        if file.sensitive.is_empty() {
            return refuse("it lists nothing: a channel with `unlabelled: map` would let everything pass; `unlabelled: send` says so openly".into());
        }
        for entry in &file.sensitive {
            let what = &entry.why;
            if entry.labels.is_empty() || what.trim().is_empty() {
                return refuse(format!("the entry `{what}` needs `labels` and a `why`"));
            }
            let codes = entry
                .codes
                .by_system()
                .iter()
                .all(|(_, list)| list.is_empty());
            let words = [&entry.words, &entry.services, &entry.facilities];
            if codes && words.iter().all(|list| list.is_empty()) {
                return refuse(format!(
                    "the entry `{what}` recognises nothing: give it codes, words, services or facilities"
                ));
            }
        }
        Ok(Self(Arc::new(Index::of(file.sensitive))))
    }
}

impl Index {
    fn of(entries: Vec<Entry>) -> Self {
        let mut index = Self::default();
        for (nth, entry) in entries.iter().enumerate() {
            for (system, patterns) in entry.codes.by_system() {
                for pattern in patterns {
                    let list = match pattern.is_open() {
                        true => &mut index.open,
                        false => &mut index.exact,
                    };
                    let key = (system, pattern.stem().to_owned());
                    list.entry(key).or_default().push(nth);
                }
            }
            for (place, phrase) in entry.words.iter().enumerate() {
                let list = index.words.entry(phrase.initial()).or_default();
                list.push((nth, place));
            }
        }
        index.entries = entries;
        index
    }
}

impl CodeMap {
    /// The entries that list this code, in the system it came with. One without a
    /// system is looked for in those of its kind; of a system that nobody knows,
    /// only what can be nothing else.
    pub fn by_code(&self, code: &Coded, kind: Kind) -> Vec<&Entry> {
        let own = code.code.as_deref().map(|c| (c, code.system.as_deref()));
        let also = code.also.iter();
        let also = also.map(|other| (other.code.as_str(), other.system.as_deref()));
        let mut found = Vec::new();
        for (code, system) in own.into_iter().chain(also) {
            for system in meant(code, system, kind) {
                self.listed(system, &plain(code), &mut found);
            }
        }
        self.entries(found)
    }

    fn listed(&self, system: CodeSystem, code: &str, found: &mut Vec<usize>) {
        let mut key = (system, code.to_owned());
        found.extend(self.0.exact.get(&key).into_iter().flatten());
        // Every beginning of it, the shortest a pattern may have last.
        while key.1.len() >= 2 {
            found.extend(self.0.open.get(&key).into_iter().flatten());
            key.1.pop();
        }
    }

    /// The entries whose words stand in a text.
    pub fn by_words(&self, text: &Folded) -> Vec<&Entry> {
        let mut found = Vec::new();
        for nth in 0..text.len() {
            let initial = text.word(nth).chars().next().unwrap_or_default();
            for (entry, place) in self.0.words.get(&initial).into_iter().flatten() {
                if self.0.entries[*entry].words[*place].stands_at(text, nth) {
                    found.push(*entry);
                }
            }
        }
        self.entries(found)
    }

    /// The entries whose codes of ICD-10-CM are spelled out in a text. A value may
    /// be nothing but a code.
    pub fn by_spelled(&self, text: &str, is_value: bool) -> Vec<&Entry> {
        let mut found = Vec::new();
        for code in codes_in(text, is_value) {
            self.listed(CodeSystem::Icd10Cm, &plain(&code), &mut found);
        }
        self.entries(found)
    }

    pub fn by_service(&self, service: &str) -> Vec<&Entry> {
        self.by_phrases(service, |entry| &entry.services)
    }

    pub fn by_facility(&self, facility: &str) -> Vec<&Entry> {
        self.by_phrases(facility, |entry| &entry.facilities)
    }

    fn by_phrases(&self, text: &str, of: fn(&Entry) -> &Vec<Phrase>) -> Vec<&Entry> {
        let text = Folded::of(text);
        let stands = |entry: &&Entry| of(entry).iter().any(|phrase| phrase.stands_in(&text));
        self.0.entries.iter().filter(stands).collect()
    }

    /// Each once, in the order of the file.
    fn entries(&self, mut found: Vec<usize>) -> Vec<&Entry> {
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|nth| &self.0.entries[nth]).collect()
    }

    /// How many kinds of content it knows.
    pub fn len(&self) -> usize {
        self.0.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.entries.is_empty()
    }
}

/// The systems that a code may be of.
fn meant(code: &str, system: Option<&str>, kind: Kind) -> Vec<CodeSystem> {
    let Some(spelled) = system else {
        return kind.systems().to_vec();
    };
    match CodeSystem::of(spelled) {
        Some(system) => vec![system],
        None => {
            let systems = kind.systems().iter().copied();
            systems
                .filter(|system| system.is_unmistakable(code))
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::OtherCode;
    use serde_json::json;

    fn read(entries: serde_json::Value) -> Result<CodeMap, CodeMapError> {
        let file = json!({"sensitive": entries});
        CodeMap::try_from(serde_json::from_value::<CodeMapFile>(file).expect("readable"))
    }

    fn sample() -> CodeMap {
        let opioids = json!({
            "labels": ["OPIOIDUD"], "why": "opioids", "words": ["buprenorph*", "opioid use disorder"],
            "codes": {"icd-10-cm": ["F11*"], "icd-9-cm": ["304.0*"], "rxnorm": ["1819"], "ndc": ["12496-12*"]},
        });
        let hiv = json!({
            "labels": ["HIV"], "why": "HIV", "services": ["hiv clinic"], "facilities": ["RIVERSIDE OTP"],
            "codes": {"icd-10-cm": ["B20"], "icd-9-cm": ["042"], "loinc": ["20447-9"]},
        });
        read(json!([opioids, hiv])).expect("it makes sense")
    }

    fn code(code: &str, system: Option<&str>) -> Coded {
        Coded {
            code: Some(code.into()),
            system: system.map(str::to_owned),
            ..Coded::default()
        }
    }

    fn why(entries: Vec<&Entry>) -> Vec<&str> {
        entries.iter().map(|entry| entry.why.as_str()).collect()
    }

    #[test]
    fn a_code_is_found_in_its_own_system_however_that_is_spelled() {
        let map = sample();
        let found = |c: &str, system: &str| {
            why(map.by_code(&code(c, Some(system)), Kind::Diagnosis)).join(",")
        };
        assert_eq!(found("F11.20", "I10"), "opioids");
        assert_eq!(found("F1120", "urn:oid:2.16.840.1.113883.6.90"), "opioids");
        assert_eq!(found("f11.20", "I10C"), "opioids");
        assert_eq!(found("B20", "ICD-10-CM"), "HIV");
        assert_eq!(found("B20.1", "ICD-10-CM"), "");
        assert_eq!(found("042", "I9"), "HIV");
        assert_eq!(found("42", "I9"), "");
        assert_eq!(found("1819", "RXNORM"), "opioids");
        assert_eq!(found("1819", "SCT"), "");
        assert_eq!(found("12496-1208-03", "NDC"), "opioids");
        assert_eq!(found("12496120803", "NDC"), "opioids");
    }

    #[test]
    fn a_code_without_a_system_is_looked_for_in_those_of_its_kind() {
        let map = sample();
        let found = |c: &str, kind| why(map.by_code(&code(c, None), kind)).join(",");
        assert_eq!(found("F11.20", Kind::Diagnosis), "opioids");
        assert_eq!(found("1819", Kind::Drug), "opioids");
        assert_eq!(found("1819", Kind::Diagnosis), "");
        assert_eq!(found("20447-9", Kind::Result), "HIV");
        // A local number is nobody's; a code that can be nothing else is found.
        let local = |c: &str, kind| why(map.by_code(&code(c, Some("L")), kind)).join(",");
        assert_eq!(local("1819", Kind::Drug), "");
        assert_eq!(local("F11.20", Kind::Diagnosis), "opioids");
        assert_eq!(local("20447-9", Kind::Result), "HIV");
    }

    #[test]
    fn a_further_code_of_the_same_concept_is_found_as_well() {
        let map = sample();
        let mut local = code("4711", Some("L"));
        local.also = vec![OtherCode {
            code: "F11.20".into(),
            system: Some("I10".into()),
        }];
        assert_eq!(why(map.by_code(&local, Kind::Diagnosis)), ["opioids"]);
    }

    #[test]
    fn words_services_and_facilities_are_found() {
        let map = sample();
        let words = |text: &str| why(map.by_words(&Folded::of(text))).join(",");
        assert_eq!(words("Buprenorphine 8 mg, opioid use disorder"), "opioids");
        assert_eq!(words("opioid analgesics"), "");
        assert_eq!(why(map.by_service("HIV Clinic North")), ["HIV"]);
        assert_eq!(why(map.by_facility("Riverside OTP")), ["HIV"]);
        assert!(map.by_facility("RIVERSIDE").is_empty());
    }

    #[test]
    fn a_map_that_would_let_everything_pass_is_refused() {
        for (entries, says) in [
            (json!([]), "lists nothing"),
            (
                json!([{"labels": ["HIV"], "why": "x"}]),
                "recognises nothing",
            ),
            (
                json!([{"labels": [], "why": "x", "words": ["hiv"]}]),
                "needs `labels`",
            ),
        ] {
            let error = read(entries).expect_err(says);
            assert!(error.why.contains(says), "{}", error.why);
        }
    }
}

//! `codes/sensitive.yaml` beside the channels: the site's own code map, and the
//! shipped one where it has none.

use super::yaml::{self, YamlError};
use crate::domain::sensitive::{CodeMap, CodeMapFile};
use anyhow::Context;
use std::path::Path;

/// The map of a channel folder without one.
const SHIPPED: &str = include_str!("../../channels/codes/sensitive.yaml");

const NAME: &str = "sensitive.yaml";

/// The code map of a channel folder, or what is wrong with it.
pub fn load(channels: &Path) -> anyhow::Result<CodeMap> {
    Ok(check(channels)??)
}

/// What is wrong with the file is one thing, that it cannot be opened another.
pub fn check(channels: &Path) -> anyhow::Result<Result<CodeMap, YamlError>> {
    let folder = channels.join("codes");
    if !folder.is_dir() {
        return Ok(read(Path::new(NAME), SHIPPED));
    }
    // Another file would be read by nobody, and its writer would not know.
    let files = super::channels::yaml_files(&folder)?;
    let own = folder.join(NAME);
    if let Some(other) = files.iter().find(|file| **file != own) {
        anyhow::bail!(
            "{}: the code map is {}, and nothing else in this folder is read",
            other.display(),
            own.display()
        );
    }
    if files.is_empty() {
        return Ok(read(Path::new(NAME), SHIPPED));
    }
    let text =
        std::fs::read_to_string(&own).with_context(|| format!("reading {}", own.display()))?;
    Ok(read(&own, &text))
}

/// One map, made sense of.
pub fn read(file: &Path, text: &str) -> Result<CodeMap, YamlError> {
    let typed: CodeMapFile = yaml::read(file, text)?;
    CodeMap::try_from(typed).map_err(|error| yaml::at_key(file, text, error.key, error.why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::Coded;
    use crate::domain::sensitive::Kind;

    fn complain(text: &str) -> String {
        let error = read(Path::new("sensitive.yaml"), text).expect_err("it is wrong");
        error.to_string()
    }

    #[test]
    fn the_shipped_map_makes_sense_and_knows_numbers_that_begin_with_nought() {
        let map = read(Path::new(NAME), SHIPPED).expect("the shipped map");
        assert!(map.len() >= 12);
        let found = |code: &str, system: &str, kind| {
            let code = Coded {
                code: Some(code.into()),
                system: Some(system.into()),
                ..Coded::default()
            };
            !map.by_code(&code, kind).is_empty()
        };
        // YAML would make 42 of an unquoted 042.
        assert!(found("042", "I9C", Kind::Diagnosis));
        assert!(!found("42", "I9C", Kind::Diagnosis));
        assert!(found("F11.20", "I10", Kind::Diagnosis));
        assert!(found("1819", "RXNORM", Kind::Drug));
        assert!(found("20447-9", "LN", Kind::Result));
        // Tobacco, and what half of all discharges have.
        for code in ["F17.210", "I10", "E11.9", "F32.A", "F41.1", "Z79.4"] {
            assert!(!found(code, "I10", Kind::Diagnosis), "{code}");
        }
        assert!(!found("5640-8", "LN", Kind::Result));
    }

    #[test]
    fn an_error_names_its_line_and_what_to_do() {
        let said =
            complain("sensitive:\n  - labels: [HIV]\n    why: x\n    codes: {icd-10-cm: ['F*']}\n");
        assert!(said.starts_with("sensitive.yaml:4:"), "{said}");
        assert!(said.contains("write it like F11.20"), "{said}");
        let said = complain("sensitive:\n  - labels: [HIVV]\n    why: x\n");
        assert!(said.contains("did you mean `HIV`?"), "{said}");
        let said = complain("sensitive:\n  - labels: [HIV]\n    why: x\n    word: [hiv]\n");
        assert!(said.contains("did you mean `words`?"), "{said}");
        let said =
            complain("sensitive:\n  - labels: [HIV]\n    why: x\n    codes: {icd-10: [B20]}\n");
        assert!(said.contains("unknown key `icd-10`"), "{said}");
        let said = complain("sensitive: []\n");
        assert!(said.contains("lists nothing"), "{said}");
    }

    #[test]
    fn a_site_has_its_own_map_and_no_file_that_nobody_reads() {
        let folder = tempfile::tempdir().expect("a folder");
        let shipped = load(folder.path()).expect("the shipped map").len();
        let codes = folder.path().join("codes");
        std::fs::create_dir(&codes).expect("made");
        assert_eq!(load(folder.path()).expect("still").len(), shipped);
        let own = "sensitive:\n  - {labels: [HIV], why: HIV, words: [hiv]}\n";
        std::fs::write(codes.join("sensitive.yaml"), own).expect("written");
        assert_eq!(load(folder.path()).expect("its own").len(), 1);
        std::fs::write(codes.join("more.yaml"), own).expect("written");
        let said = load(folder.path())
            .expect_err("nobody reads it")
            .to_string();
        assert!(said.contains("more.yaml"), "{said}");
    }
}

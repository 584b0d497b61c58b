//! Real messages, where they are at hand: none panics, none is read as nothing.

use handoff::formats::read::read;
use std::path::PathBuf;

#[test]
fn every_real_message_is_read_or_says_why_not() {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let folder = std::env::var_os("HANDOFF_CORPUS").map_or(beside, PathBuf::from);
    if !folder.is_dir() {
        eprintln!("left out: no corpus is at hand (HANDOFF_CORPUS)");
        return;
    }
    let mut seen = 0;
    for part in ["hl7v2", "fhir", "cda"] {
        for file in crate::support::bucket::files_below(&folder.join(part)) {
            let reading = read(&std::fs::read(&file).unwrap(), None, &Default::default());
            assert!(
                !reading.messages.is_empty() || !reading.problems.is_empty(),
                "{}",
                file.display()
            );
            seen += 1;
        }
    }
    assert!(seen > 50, "only {seen} files were there");
}

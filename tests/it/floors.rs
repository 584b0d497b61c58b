//! The house: a room imports its own floor and the floors below, the wings of
//! the first floor do not know each other, and there are no circles.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const ALLOWED: [(&str, &[&str]); 4] = [
    ("domain", &["domain"]),
    ("formats", &["domain", "formats"]),
    ("adapters", &["domain", "adapters"]),
    ("app", &["domain", "formats", "adapters", "app"]),
];

/// Crates the ground floor and the east wing may use: values, no doors.
const VALUES: [&str; 6] = [
    "std",
    "serde",
    "serde_json",
    "schemars",
    "thiserror",
    "jiff",
];
const DOORS: [&str; 12] = [
    "tokio",
    "sqlx",
    "lapin",
    "axum",
    "reqwest",
    "aws_sdk_s3",
    "aws_config",
    "lettre",
    "opentelemetry",
    "tracing_opentelemetry",
    "rustls",
    "tracing",
];

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = crate::support::bucket::files_below(&root);
    let rust = files
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    rust.map(|path| {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        (
            name,
            without_comments(&std::fs::read_to_string(path).unwrap()),
        )
    })
    .collect()
}

fn without_comments(text: &str) -> String {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Every `word::` path that stands after something that is no part of a word.
fn mentions(text: &str, word: &str) -> bool {
    let path = format!("{word}::");
    text.match_indices(&path).any(|(place, _)| {
        let before = text[..place].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
    })
}

/// The rooms of this crate that a text imports: `crate::formats::pdf` → `formats/pdf`.
fn imports(text: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for (place, _) in text.match_indices("crate::") {
        let rest = &text[place + 7..];
        let mut parts = rest
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .filter(|part| !part.is_empty());
        if let Some(floor) = parts.next() {
            rooms.insert(floor.to_owned());
        }
    }
    rooms
}

#[test]
fn a_room_imports_its_own_floor_and_those_below() {
    for (name, text) in sources() {
        let Some((floor, _)) = name.split_once('/') else {
            continue;
        };
        let (_, allowed) = ALLOWED
            .iter()
            .find(|(known, _)| *known == floor)
            .unwrap_or_else(|| panic!("an unknown floor: {name}"));
        for room in imports(&text) {
            assert!(
                allowed.contains(&room.as_str()),
                "{name} imports crate::{room}"
            );
        }
    }
}

#[test]
fn the_ground_floor_and_the_east_wing_open_no_door() {
    for (name, text) in sources() {
        let ground = name.starts_with("domain/");
        if is_test(&name) || !ground && !name.starts_with("formats/") {
            continue;
        }
        for door in DOORS {
            assert!(!mentions(&text, door), "{name} uses {door}");
        }
        for verb in [
            "std::fs",
            "std::net",
            "std::env",
            "SystemTime::now",
            "Instant::now",
            "Timestamp::now",
            "Zoned::now",
            "async fn",
        ] {
            assert!(!text.contains(verb), "{name} uses {verb}");
        }
        if ground {
            for krate in [
                "fhir_sdk",
                "krilla",
                "parley",
                "hl7_parser",
                "aws_lc_rs",
                "anyhow",
                "futures_util",
            ] {
                let settled = krate == "anyhow" && name == "domain/outcome.rs";
                assert!(
                    settled || !mentions(&text, krate),
                    "{name} uses {krate}; the ground floor has values only: {VALUES:?}"
                );
            }
        }
    }
}

#[test]
fn sql_and_segments_stay_in_their_rooms() {
    for (name, text) in sources() {
        if name.starts_with("app/") {
            for word in ["sqlx", "hl7_parser", "krilla", "aws_sdk_s3", "lapin"] {
                assert!(!mentions(&text, word), "{name} uses {word}");
            }
        }
    }
}

/// Rooms are the files and folders directly below a floor.
#[test]
fn there_are_no_circles_between_rooms() {
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, text) in sources() {
        let Some(room) = room_of(&name) else { continue };
        for (place, _) in text.match_indices("crate::") {
            let path: String = text[place + 7..]
                .chars()
                .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':'))
                .collect();
            let mut parts = path.split("::");
            if let (Some(floor), Some(inner)) = (parts.next(), parts.next()) {
                let target = format!("{floor}/{inner}");
                if target != room && !inner.is_empty() {
                    arrows.entry(room.clone()).or_default().insert(target);
                }
            }
        }
    }
    for start in arrows.keys() {
        let mut seen = BTreeSet::new();
        let mut ahead: Vec<&String> = arrows[start].iter().collect();
        while let Some(room) = ahead.pop() {
            assert_ne!(room, start, "a circle through {start}");
            if seen.insert(room) {
                ahead.extend(arrows.get(room).into_iter().flatten());
            }
        }
    }
}

fn room_of(name: &str) -> Option<String> {
    let mut parts = name.split('/');
    let (floor, inner) = (parts.next()?, parts.next()?);
    let inner = inner.strip_suffix(".rs").unwrap_or(inner);
    (inner != "mod").then(|| format!("{floor}/{inner}"))
}

/// Tests beside the code are no rooms of the house: they may open its golden files.
fn is_test(name: &str) -> bool {
    name.ends_with("tests.rs") || name.contains("/tests/")
}

#[test]
fn no_production_file_unwraps() {
    for (name, text) in sources() {
        if is_test(&name) {
            continue;
        }
        let production = text.split("#[cfg(test)]").next().unwrap_or_default();
        assert!(!production.contains(".unwrap()"), "{name} unwraps");
    }
}

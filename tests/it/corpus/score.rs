//! What was found of each kind, what was not, and why not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Write};
use std::path::Path;

const REASONS: &str = include_str!("reasons.txt");
const HEADER: &str = "\
What `handoff read --json` finds of what another reader found in the same files.
Written by a test; UPDATE=1 cargo test what_is_in_a_real_message writes it anew.
";

#[derive(Default)]
pub struct Score {
    kinds: BTreeMap<(String, &'static str), Tally>,
    misses: Vec<Miss>,
}

#[derive(Default)]
struct Tally {
    found: usize,
    all: usize,
}

struct Miss {
    file: String,
    kind: &'static str,
    place: String,
}

impl Miss {
    fn beside(&self, other: &Miss) -> bool {
        self.file == other.file && self.kind == other.kind
    }
}

/// The score of one file.
pub struct File<'a> {
    score: &'a mut Score,
    name: String,
}

impl File<'_> {
    /// One value of the oracle. `place` tells it from others of its kind.
    pub fn expect(&mut self, kind: &'static str, place: impl Display, found: bool) {
        let format = self.name.split('/').next().unwrap_or_default();
        let kinds = &mut self.score.kinds;
        let tally = kinds.entry((format.to_owned(), kind)).or_default();
        tally.all += 1;
        tally.found += usize::from(found);
        if !found {
            self.score.misses.push(Miss {
                file: self.name.clone(),
                kind,
                place: place.to_string(),
            });
        }
    }
}

/// `file | kind | reason`; a file may end with `*`, a kind may be `*`.
struct Reason {
    file: &'static str,
    kind: &'static str,
    why: &'static str,
}

fn reasons() -> Vec<Reason> {
    let lines = REASONS.lines().map(str::trim);
    let told = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    told.map(|line| {
        let mut parts = line.splitn(3, '|').map(str::trim);
        match (parts.next(), parts.next(), parts.next()) {
            (Some(file), Some(kind), Some(why)) if !why.is_empty() => Reason { file, kind, why },
            _ => panic!("reasons.txt: not `file | kind | reason`: {line}"),
        }
    })
    .collect()
}

impl Reason {
    fn is_about(&self, miss: &Miss) -> bool {
        let file = match self.file.strip_suffix('*') {
            Some(beginning) => miss.file.starts_with(beginning),
            None => miss.file == self.file,
        };
        file && (self.kind == "*" || self.kind == miss.kind)
    }
}

impl Score {
    pub fn file(&mut self, name: &str) -> File<'_> {
        File {
            score: self,
            name: name.to_owned(),
        }
    }

    /// Fails on a miss nobody explained, on a reason that explains nothing, and
    /// on any difference to the snapshot.
    pub fn settle(mut self) {
        // Stable: the places of a kind stay in their order.
        self.misses
            .sort_by(|a, b| (&a.file, a.kind).cmp(&(&b.file, b.kind)));
        let reasons = reasons();
        let mut used = BTreeSet::new();
        let mut unexplained = String::new();
        let mut text = format!("{HEADER}\n{}\nMisses\n", self.rates());
        for group in self.misses.chunk_by(|one, next| one.beside(next)) {
            let Miss { file, kind, .. } = &group[0];
            let places: Vec<&str> = group.iter().map(|miss| miss.place.as_str()).collect();
            let places = places.join(", ");
            let reason = reasons.iter().position(|reason| reason.is_about(&group[0]));
            used.extend(reason);
            let why = reason.map_or("NOT EXPLAINED", |reason| reasons[reason].why);
            if reason.is_none() {
                let _ = writeln!(unexplained, "{file} | {kind} | {places}");
            }
            let _ = writeln!(text, "{file} | {kind} | {places} | {why}");
        }
        keep(&text);
        assert!(
            unexplained.is_empty(),
            "not found, and reasons.txt does not say why:\n{unexplained}"
        );
        for (place, reason) in reasons.iter().enumerate() {
            let Reason { file, kind, .. } = reason;
            assert!(
                used.contains(&place),
                "reasons.txt explains what is no miss: {file} | {kind}"
            );
        }
    }

    fn rates(&self) -> String {
        let mut text = String::new();
        for ((format, kind), Tally { found, all }) in &self.kinds {
            let _ = writeln!(text, "{format:<6} {kind:<28} {found:>4}/{all}");
        }
        text
    }
}

fn keep(text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/snapshots/corpus.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let changed = differences(&kept, text);
    assert!(
        changed.is_empty(),
        "tests/it/snapshots/corpus.txt is not current; \
         run: UPDATE=1 cargo test what_is_in_a_real_message\n{changed}"
    );
}

/// Lines that came and went; the order is the files' own.
fn differences(kept: &str, text: &str) -> String {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (kept, text) = (lines(kept), lines(text));
    let mut said = String::new();
    for line in kept.difference(&text) {
        let _ = writeln!(said, "- {line}");
    }
    for line in text.difference(&kept) {
        let _ = writeln!(said, "+ {line}");
    }
    said
}

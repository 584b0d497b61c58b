//! YAML read strictly, with errors a compiler would give: file, line, column,
//! a caret and what to do. Only the line at fault is quoted, as it was typed:
//! neighbours may hold secrets, and so may what a `${…}` stands for.

use serde::de::DeserializeOwned;
use std::fmt;
use std::path::{Path, PathBuf};

/// Everything wrong with one file, at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlError {
    pub file: PathBuf,
    pub line: usize,
    pub column: usize,
    pub why: String,
    pub help: Option<String>,
    excerpt: String,
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}:{}:{}: {}",
            self.file.display(),
            self.line,
            self.column,
            self.why
        )?;
        if !self.excerpt.is_empty() {
            let gutter = self.line.to_string();
            let blank = " ".repeat(gutter.len());
            let before: String = self
                .excerpt
                .chars()
                .take(self.column.saturating_sub(1))
                .map(|c| if c == '\t' { c } else { ' ' })
                .collect();
            writeln!(f, " {blank} |")?;
            writeln!(f, " {gutter} | {}", self.excerpt)?;
            write!(f, " {blank} | {before}^")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n   = help: {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for YamlError {}

pub fn read<T: DeserializeOwned>(file: &Path, text: &str) -> Result<T, YamlError> {
    let expanded = expand(file, text)?;
    serde_saphyr::from_str(&expanded).map_err(|error| explain(file, text, &error))
}

/// Points at a key, `packet.fields.results`: for what is wrong between keys that
/// are each fine. Where the innermost is not found, the one around it is shown.
pub fn at_key(file: &Path, text: &str, key: &str, why: String) -> YamlError {
    let lines: Vec<&str> = text.lines().collect();
    let mut found: Option<(usize, usize)> = None;
    for part in key.split('.') {
        let inner = match found {
            None => find_key(&lines, 0..lines.len(), None, part),
            Some((line, column)) => {
                let block = line..block_end(&lines, line);
                find_key(&lines, block, Some(column), part)
            }
        };
        if inner.is_none() {
            break;
        }
        found = inner;
    }
    let (line, column) = found.unwrap_or_default();
    error_at(file, text, line + 1, column + 1, why, None)
}

/// The first line of a block that says `key:`, and where in it: at its very start
/// on the top level, after the outer key where that has a flow mapping.
fn find_key(
    lines: &[&str],
    block: std::ops::Range<usize>,
    outer: Option<usize>,
    key: &str,
) -> Option<(usize, usize)> {
    let said = format!("{key}:");
    let first = block.start;
    block.into_iter().find_map(|at| {
        let line = lines[at].split(" #").next().unwrap_or_default();
        let from = outer.filter(|_| at == first).map_or(0, |column| column + 1);
        let mut places = line.match_indices(&said).map(|(place, _)| place);
        let place = places.find(|place| {
            let alone = line[..*place].ends_with([' ', '{', ',']) || *place == 0;
            *place >= from && alone && (outer.is_some() || *place == 0)
        })?;
        (!line.trim_start().starts_with('#')).then_some((at, place))
    })
}

/// Where the block under this line's key ends.
fn block_end(lines: &[&str], start: usize) -> usize {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let own = depth(lines[start]);
    let inner = lines[start + 1..].iter().take_while(|line| {
        let blank = line.trim().is_empty() || line.trim_start().starts_with('#');
        blank || depth(line) > own
    });
    start + 1 + inner.count()
}

fn error_at(
    file: &Path,
    text: &str,
    line: usize,
    column: usize,
    why: String,
    help: Option<String>,
) -> YamlError {
    let excerpt = text
        .lines()
        .nth(line.saturating_sub(1))
        .unwrap_or_default()
        .to_owned();
    YamlError {
        file: file.to_owned(),
        line,
        column,
        why,
        help,
        excerpt,
    }
}

fn explain(file: &Path, text: &str, error: &serde_saphyr::Error) -> YamlError {
    use serde_saphyr::Error;
    let error = error.without_snippet();
    let location = error.location();
    let place = |at: u64| usize::try_from(at).unwrap_or(1).max(1);
    let line = location.map_or(1, |at| place(at.line()));
    let column = location.map_or(1, |at| place(at.column()));
    let (why, help) = match error {
        Error::SerdeUnknownField {
            field, expected, ..
        } => (
            format!("unknown key `{field}`"),
            Some(suggest(field, expected)),
        ),
        Error::SerdeUnknownVariant {
            variant, expected, ..
        } => (
            format!("`{variant}` is not one of the choices here"),
            Some(suggest(variant, expected)),
        ),
        Error::SerdeMissingField { field, .. } => (
            format!("the key `{field}` is missing"),
            Some(format!("add `{field}:` to this block")),
        ),
        Error::Message { msg, .. } => (msg.clone(), None),
        other => (first_line(&other.to_string()), None),
    };
    error_at(file, text, line, column, why, help)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

pub(super) fn suggest(typed: &str, known: &[&'static str]) -> String {
    let near = known.iter().map(|name| (distance(typed, name), name)).min();
    let all = known.join(", ");
    match near {
        // Two slips are a typing error; more is another word.
        Some((slips, name)) if slips <= 2 => format!("did you mean `{name}`? known here: {all}"),
        _ => format!("known here: {all}"),
    }
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// Replaces `${env:NAME}` and `${file:path}`; one that is not there is an error.
fn expand(file: &Path, text: &str) -> Result<String, YamlError> {
    let mut out = String::with_capacity(text.len());
    for (place, line) in text.split_inclusive('\n').enumerate() {
        if line.trim_start().starts_with('#') {
            out.push_str(line);
            continue;
        }
        let mut rest = line;
        while let Some(start) = rest.find("${") {
            let column = line.len() - rest.len() + start + 1;
            let (value, length) = stands_for(&rest[start..]).map_err(|(why, help)| {
                error_at(file, text, place + 1, column, why, Some(help.to_owned()))
            })?;
            out.push_str(&rest[..start]);
            out.push_str(&value);
            rest = &rest[start + length..];
        }
        out.push_str(rest);
    }
    Ok(out)
}

type Refused = (String, &'static str);

/// What the `${…}` at the start of a text stands for, and its length.
fn stands_for(text: &str) -> Result<(String, usize), Refused> {
    const FORM: &str = "write it like ${env:NAME} or ${file:/path}";
    let end = text
        .find('}')
        .ok_or(("`${` without its `}`".to_owned(), FORM))?;
    let value = match text[2..end].split_once(':') {
        Some(("env", name)) => std::env::var(name).map_err(|_| {
            (
                format!("the variable {name} is not set"),
                "set it, or put the value in a file",
            )
        }),
        Some(("file", path)) => std::fs::read_to_string(path).map_err(|error| {
            let why = format!("the file {path} cannot be read: {}", error.kind());
            (why, "check the path and its permissions")
        }),
        _ => Err(("an unknown kind of `${…}`".to_owned(), FORM)),
    }?;
    let value = value.trim_end();
    if value.contains('\n') {
        return Err((
            "the value has several lines".to_owned(),
            "only values of one line can stand here",
        ));
    }
    Ok((value.to_owned(), end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    #[expect(dead_code, reason = "only its keys matter here")]
    struct Sample {
        name: String,
        #[serde(default)]
        max_downloads: u8,
    }

    fn complain(text: &str) -> String {
        read::<Sample>(Path::new("a.yaml"), text)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn an_unknown_key_names_its_place_and_the_likely_one() {
        let said = complain("name: x\nmax-download: 1\n");
        assert!(
            said.starts_with("a.yaml:2:1: unknown key `max-download`"),
            "{said}"
        );
        assert!(
            said.contains("2 | max-download: 1") && said.contains('^'),
            "{said}"
        );
        assert!(said.contains("did you mean `max-downloads`?"), "{said}");
    }

    #[test]
    fn a_key_is_pointed_at_however_deep_it_lies() {
        let text = "link: {days: 3}\npacket:\n  # fields: none\n  kind: x\n  fields:\n    results: [a]\nkind: y\n";
        let at = |key: &str| {
            let error = at_key(Path::new("a.yaml"), text, key, "why".into());
            (error.line, error.column)
        };
        assert_eq!(at("packet"), (2, 1));
        assert_eq!(at("packet.kind"), (4, 3));
        assert_eq!(at("packet.fields.results"), (6, 5));
        assert_eq!(at("packet.fields.plan"), (5, 3));
        assert_eq!(at("link.days"), (1, 8));
        assert_eq!(at("link.kind"), (1, 1));
        assert_eq!(at("kind"), (7, 1));
        assert_eq!(at("nowhere"), (1, 1));
    }

    #[test]
    fn a_missing_key_and_a_wrong_type_name_their_place() {
        assert!(complain("max-downloads: 1\n").contains("`name` is missing"));
        assert!(complain("name: x\nmax-downloads: many\n").starts_with("a.yaml:2:"));
    }

    #[test]
    fn an_unset_variable_is_an_error_and_its_value_is_never_quoted() {
        let said = complain("name: ${env:HANDOFF_SURELY_NOT_SET}\n");
        assert!(
            said.contains("a.yaml:1:7: the variable HANDOFF_SURELY_NOT_SET is not set"),
            "{said}"
        );
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret");
        std::fs::write(&secret, "s3cret: [\n").unwrap();
        let said = complain(&format!("name: ${{file:{}}}\n", secret.display()));
        assert!(!said.contains("s3cret"), "{said}");
    }
}

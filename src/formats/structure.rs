//! What a body is made of, for a person who must not see what it says: names of
//! segments, resource types, elements that the standards define, and how many.

use super::read::{Kind, declared, sniffed};
use fhir_sdk::r4b::resources::ResourceType;
use serde_json::Value;
use std::collections::BTreeMap;
use std::str::FromStr;

/// Lines told of one body; a batch has thousands.
const MOST_LINES: usize = 200;

/// One line for each part, none with a value in it.
pub fn structure(body: &[u8], content_type: Option<&str>) -> Vec<String> {
    let kind = match sniffed(body) {
        Kind::Unknown => content_type.map_or(Kind::Unknown, declared),
        seen => seen,
    };
    let (what, parts) = match kind {
        Kind::Hl7V2 => ("HL7 v2", segments(body)),
        Kind::Fhir => ("JSON", resources(body)),
        Kind::Xml => ("XML", elements(body)),
        Kind::Unknown => (
            "neither HL7 v2 nor JSON nor XML by its first bytes",
            Vec::new(),
        ),
    };
    let mut lines = vec![format!("{what}, {} bytes", body.len())];
    let more = parts.len().saturating_sub(MOST_LINES);
    lines.extend(parts.into_iter().take(MOST_LINES));
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}

/// A segment's name is three characters before the separator; nothing else of a line
/// is told.
fn segments(body: &[u8]) -> Vec<String> {
    let mut runs: Vec<(String, usize, usize)> = Vec::new();
    let lines = body.split(|byte| matches!(byte, b'\r' | b'\n'));
    for line in lines.filter(|line| !line.is_empty()) {
        let (name, fields) = match line {
            [a, b, c, separator, ..] if is_name([*a, *b, *c]) && is_separator(*separator) => {
                let name: String = [*a, *b, *c].map(char::from).iter().collect();
                let fields = line.iter().filter(|byte| *byte == separator).count();
                // Of a header the separator is a field itself.
                let header = matches!(name.as_str(), "MSH" | "FHS" | "BHS");
                (name, fields + usize::from(header))
            }
            _ => ("a line that is no segment".to_owned(), 0),
        };
        match runs.last_mut() {
            Some((last, times, most)) if *last == name => {
                *times += 1;
                *most = (*most).max(fields);
            }
            _ => runs.push((name, 1, fields)),
        }
    }
    let run = |(name, times, fields): (String, usize, usize)| match (times, fields) {
        (1, 0) => name,
        (1, fields) => format!("{name}: {fields} fields"),
        (times, 0) => format!("{name}, {times} times"),
        (times, fields) => format!("{name}, {times} times: up to {fields} fields"),
    };
    runs.into_iter().map(run).collect()
}

fn is_name([first, second, third]: [u8; 3]) -> bool {
    let rest = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    first.is_ascii_uppercase() && rest(second) && rest(third)
}

fn is_separator(byte: u8) -> bool {
    byte.is_ascii_punctuation()
}

/// Resource types that FHIR knows, wherever they stand.
fn resources(body: &[u8]) -> Vec<String> {
    let parsed: Value = match serde_json::from_slice(body) {
        Ok(parsed) => parsed,
        Err(error) => {
            let what = match error.classify() {
                serde_json::error::Category::Eof => "it breaks off",
                _ => "it is damaged",
            };
            return vec![format!(
                "{what} at line {}, column {}",
                error.line(),
                error.column()
            )];
        }
    };
    let mut counted = BTreeMap::new();
    count(&parsed, &mut counted);
    let told = |(name, times): (String, usize)| match times {
        1 => name,
        times => format!("{name}, {times} times"),
    };
    match counted.is_empty() {
        true => vec!["no resource".into()],
        false => counted.into_iter().map(told).collect(),
    }
}

fn count(value: &Value, counted: &mut BTreeMap<String, usize>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| count(item, counted)),
        Value::Object(members) => {
            if let Some(name) = members.get("resourceType") {
                let known = name
                    .as_str()
                    .filter(|name| ResourceType::from_str(name).is_ok());
                let name = known.unwrap_or("a resource of a type that FHIR does not know");
                *counted.entry(name.to_owned()).or_default() += 1;
            }
            members.values().for_each(|member| count(member, counted));
        }
        _ => {}
    }
}

/// Elements of the CDA schema that make its skeleton.
const SKELETON: [&str; 8] = [
    "ClinicalDocument",
    "recordTarget",
    "author",
    "custodian",
    "encompassingEncounter",
    "section",
    "entry",
    "nonXMLBody",
];

fn elements(body: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(body);
    let mut lines = Vec::new();
    for name in SKELETON {
        let opened = |tag: &str| {
            let ends = |(place, _): &(usize, &str)| {
                let after = text[place + tag.len()..].chars().next();
                after.is_none_or(|c| c.is_whitespace() || matches!(c, '>' | '/'))
            };
            text.match_indices(tag).filter(ends).count()
        };
        let (begun, ended) = (opened(&format!("<{name}")), opened(&format!("</{name}")));
        match begun {
            0 => {}
            begun if name == "ClinicalDocument" && ended < begun => {
                lines.push(format!("{name}, which does not end"));
            }
            1 => lines.push(name.to_owned()),
            begun => lines.push(format!("{name}, {begun} times")),
        }
    }
    if lines.is_empty() {
        lines.push("no CDA document".into());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_named_and_counted_and_none_of_their_values_is_told() {
        let body = b"MSH|^~\\&|ADT|NORTH\rPID|1||LG-1^^^H||GRIFFITH^ANNA\rOBX|1|TX\rOBX|2\rAnna lives at\r";
        assert_eq!(
            structure(body, None),
            [
                format!("HL7 v2, {} bytes", body.len()),
                "MSH: 4 fields".into(),
                "PID: 5 fields".into(),
                "OBX, 2 times: up to 2 fields".into(),
                "a line that is no segment".into(),
            ]
        );
    }

    #[test]
    fn json_says_its_resources_or_where_it_breaks_off() {
        let whole = br#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient"}},{"resource":{"resourceType":"Griffith"}}]}"#;
        let told = structure(whole, None).join("; ");
        assert!(told.contains("Bundle; Patient; a resource of a type that FHIR does not know"));
        assert!(!told.contains("Griffith"));
        let broken = structure(b"{\n\"resourceType\": \"Bun", None).join("; ");
        assert!(broken.contains("it breaks off at line 2"), "{broken}");
    }

    #[test]
    fn a_document_that_was_cut_short_says_so() {
        let cut = "<ClinicalDocument xmlns='urn:hl7-org:v3'><recordTarget><sectional/>";
        let told = structure(cut.as_bytes(), None);
        assert_eq!(
            told[1..],
            ["ClinicalDocument, which does not end", "recordTarget"]
        );
    }

    #[test]
    fn any_bytes_have_a_structure() {
        for body in [&b""[..], b"\xff\xfe\x00", b"this is no message", b"{", b"<"] {
            assert!(!structure(body, Some("application/hl7-v2")).is_empty());
        }
    }
}

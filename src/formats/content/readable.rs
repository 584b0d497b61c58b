//! What of a document can be read by whoever judges it: more than is printed, so
//! that no kind of file passes unread for what it calls itself.

use crate::domain::facts::EmbeddedDocument;
use crate::formats::{cda, media, rtf};
use serde_json::Value;

/// A run of letters and digits without a blank that is longer than this, in mixed
/// case, is a file in base64; chance would spell short words in it.
const LONGEST_WORD: usize = 60;

/// All words of it. A text of any kind, JSON and XML are read by their kind, and
/// so is whatever else is UTF-8; only pictures, archives and the like are not.
pub fn words_of(document: &EmbeddedDocument) -> Option<String> {
    let bytes = &document.content;
    let kind = kind_of(document);
    if kind == "application/rtf" || kind == "text/rtf" {
        return rtf::text(bytes);
    }
    let is_xml = cda::looks_like_xml(bytes);
    let is_text = kind.starts_with("text/") || is_xml || is_utf8(bytes);
    if bytes.is_empty() || !is_text {
        return None;
    }
    if is_xml && let Some(sections) = narrative(bytes) {
        return Some(sections.join("\n"));
    }
    let text = match serde_json::from_slice::<Value>(bytes) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => {
            let mut said = String::new();
            strings(&value, &mut said);
            said
        }
        _ => plain(bytes),
    };
    Some(without_files(&text))
}

/// The media type alone, in small letters: `Text/Plain; charset=utf-8` is
/// `text/plain`. RFC 9110, 8.3.1: neither case nor parameters change what it is.
pub fn kind_of(document: &EmbeddedDocument) -> String {
    let kind = media::kind(&document.content, document.content_type.clone());
    let kind = kind.unwrap_or_default();
    let bare = kind.split(';').next().unwrap_or_default();
    bare.trim().to_ascii_lowercase()
}

fn is_utf8(bytes: &[u8]) -> bool {
    !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok()
}

/// Keys and values of JSON, without its escapes.
fn strings(value: &Value, said: &mut String) {
    match value {
        Value::String(text) => {
            said.push_str(text);
            said.push('\n');
        }
        Value::Array(list) => list.iter().for_each(|one| strings(one, said)),
        Value::Object(members) => {
            for (key, member) in members {
                said.push_str(key);
                said.push(' ');
                strings(member, said);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => said.push('\n'),
    }
}

/// Without files in base64.
fn without_files(text: &str) -> String {
    let borders = |c: char| !c.is_ascii_alphanumeric() && !"+/=".contains(c);
    let runs = text.split_inclusive(borders);
    let is_file = |run: &&str| {
        let has = |is: fn(&u8) -> bool| run.bytes().any(|byte| is(&byte));
        run.len() > LONGEST_WORD
            && has(u8::is_ascii_digit)
            && has(u8::is_ascii_lowercase)
            && has(u8::is_ascii_uppercase)
    };
    runs.map(|run| if is_file(&run) { "\n" } else { run })
        .collect()
}

/// UTF-8 where it is that, else what Windows writes.
pub fn plain(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.trim().to_owned(),
        Err(_) => {
            let (text, ..) = encoding_rs::WINDOWS_1252.decode(bytes);
            text.trim().to_owned()
        }
    }
}

/// The sections of a CDA document, each under its own title.
pub fn narrative(bytes: &[u8]) -> Option<Vec<String>> {
    let mut reading = cda::read(bytes, &Default::default());
    let facts = reading.messages.pop()?;
    let sections = facts.sections.into_iter().map(|section| {
        let title = section.title.map(|title| format!("{title}\n"));
        format!("{}{}", title.unwrap_or_default(), section.text.trim())
    });
    let sections: Vec<String> = sections.collect();
    (!sections.is_empty()).then_some(sections)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: Option<&str>, content: &[u8]) -> Option<String> {
        words_of(&EmbeddedDocument {
            content_type: kind.map(str::to_owned),
            content: content.to_vec(),
            ..EmbeddedDocument::default()
        })
    }

    #[test]
    fn whatever_is_text_is_read_by_any_name() {
        let kinds = [
            Some("text/plain; charset=utf-8"),
            Some("TEXT/PLAIN"),
            Some("text/html"),
            Some("text/x-anything"),
            Some("application/octet-stream"),
            Some("application/pdf"),
            None,
        ];
        for kind in kinds {
            let said = read(kind, "on suboxone, é".as_bytes());
            assert_eq!(said.as_deref(), Some("on suboxone, é"), "{kind:?}");
        }
        let latin = read(Some("text/csv;header=present"), b"caf\xe9");
        assert_eq!(latin.as_deref(), Some("café"));
        let fragment = read(Some("application/xml"), b"<note>suboxone</note>");
        assert!(fragment.is_some_and(|said| said.contains("suboxone")));
    }

    #[test]
    fn json_is_read_without_its_escapes() {
        let said = read(Some("application/json"), br#"{"note": ["a\nsuboxone"]}"#);
        assert_eq!(said.as_deref(), Some("note a\nsuboxone\n"));
    }

    #[test]
    fn what_is_no_text_is_not_read() {
        assert_eq!(read(None, b"MZ\0\x01suboxone"), None);
        assert_eq!(read(Some("image/png"), b"\x89PNG\r\n\x1a\nhiv"), None);
        assert_eq!(read(Some("text/plain"), b""), None);
    }

    #[test]
    fn a_file_within_a_text_spells_no_words() {
        let file = "Ab9/".repeat(20) + "+hiv+" + &"Ab9/".repeat(20);
        let said = read(None, format!("before \"{file}\" behind").as_bytes());
        let said = said.expect("it is text");
        assert!(said.contains("before") && said.contains("behind") && !said.contains("hiv"));
    }
}

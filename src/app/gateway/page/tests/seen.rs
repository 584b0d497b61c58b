//! A page as a reader has it: its lines of text, its fields, its promises to
//! assistive technology. Reads strictly, so what is not well-formed is seen.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use std::collections::BTreeMap;

#[derive(Default)]
pub struct Seen {
    /// One for each block, marked for what it is.
    pub lines: Vec<String>,
    pub elements: Vec<Element>,
    /// The element that each `label` stands for.
    pub labelled: Vec<String>,
    open: Vec<String>,
    line: String,
}

pub struct Element {
    pub name: String,
    pub attributes: BTreeMap<String, String>,
}

impl Element {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

/// Where a new line of text begins, and how it is marked.
fn mark(name: &str) -> Option<&'static str> {
    Some(match name {
        "title" => "title: ",
        "h1" => "# ",
        "h2" => "## ",
        "button" => "[button] ",
        "summary" => "> ",
        "label" | "legend" => "? ",
        "dt" => "- ",
        "p" | "dd" | "div" | "dl" | "form" | "section" | "main" | "header" => "",
        _ => return None,
    })
}

pub fn seen(html: &str) -> Seen {
    let mut reader = Reader::from_str(html);
    let mut seen = Seen::default();
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(tag) => {
                let name = seen.element(&tag);
                seen.open.push(name);
            }
            Event::Empty(tag) => {
                let name = seen.element(&tag);
                assert!(
                    ["meta", "link", "input", "img", "path", "rect"].contains(&name.as_str()),
                    "<{name} /> is open in HTML"
                );
            }
            Event::End(end) => {
                let name = String::from_utf8_lossy(end.name().as_ref()).into_owned();
                assert_eq!(seen.open.pop().as_deref(), Some(name.as_str()));
                if mark(&name).is_some() {
                    seen.flush();
                }
            }
            Event::Text(text) => seen.line += &text.decode().expect("UTF-8"),
            Event::GeneralRef(entity) => {
                let character = entity.resolve_char_ref().expect("a reference");
                seen.line.push(character.expect("a number"));
            }
            Event::DocType(_) => {}
            Event::Eof => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(seen.open.is_empty(), "{:?} stay open", seen.open);
    seen
}

impl Seen {
    fn element(&mut self, tag: &BytesStart) -> String {
        let name = String::from_utf8_lossy(tag.name().as_ref()).into_owned();
        let attributes: BTreeMap<String, String> = tag
            .attributes()
            .map(|attribute| {
                let attribute = attribute.expect("an attribute");
                let key = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
                let value = attribute.normalized_value(XmlVersion::Implicit1_0);
                (key, value.expect("a value").into_owned())
            })
            .collect();
        if let Some(mark) = mark(&name) {
            self.flush();
            self.line += mark;
        }
        let element = Element {
            name: name.clone(),
            attributes,
        };
        if name == "label" {
            let target = element.get("for").expect("a label names its field");
            self.labelled.push(target.to_owned());
        }
        if name == "a" {
            self.line += &format!("[{}] ", element.get("href").unwrap_or_default());
        }
        if name == "input" && element.get("type") != Some("hidden") {
            self.lines.push(format!(
                "  ______ {}",
                element.get("name").unwrap_or_default()
            ));
        }
        if let Some(label) = element.get("aria-label") {
            self.lines.push(format!("({label})"));
        }
        self.elements.push(element);
        name
    }

    fn flush(&mut self) {
        let line = std::mem::take(&mut self.line);
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        let empty = ["", "-", "?", ">", "#", "##"].contains(&line.as_str());
        if !empty {
            self.lines.push(line);
        }
    }

    pub fn ids(&self) -> Vec<&str> {
        self.elements
            .iter()
            .filter_map(|element| element.get("id"))
            .collect()
    }

    pub fn named(&self, name: &str) -> impl Iterator<Item = &Element> {
        self.elements
            .iter()
            .filter(move |element| element.name == name)
    }
}

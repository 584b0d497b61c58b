//! What a narrative may be written with (FHIR R4 `narrative.html`, txt-1, txt-2).

use quick_xml::Reader;
use quick_xml::events::Event;

/// Elements of XHTML that are text and its arrangement; nothing that acts.
const ALLOWED: [&str; 13] = [
    "div", "p", "b", "br", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "h3",
];

/// Well-formed, in XHTML's namespace, with its language, and nothing that acts.
pub fn is_narrative(div: &str) -> bool {
    div.starts_with("<div xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"")
        && read(div, |name| ALLOWED.contains(&name)).is_some()
}

pub fn says_something(div: &str) -> bool {
    read(div, |_| true).is_some_and(|text| !text.trim().is_empty())
}

/// The text, if it is well-formed and all its elements are wanted.
pub fn read(div: &str, wanted: impl Fn(&str) -> bool) -> Option<String> {
    let mut reader = Reader::from_str(div);
    let mut text = String::new();
    let mut open = 0;
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => {
                open += 1;
                wanted(std::str::from_utf8(tag.name().as_ref()).ok()?).then_some(())?;
            }
            Event::Empty(tag) => {
                wanted(std::str::from_utf8(tag.name().as_ref()).ok()?).then_some(())?;
            }
            Event::End(_) => open -= 1,
            Event::Text(words) => text.push_str(std::str::from_utf8(&words).ok()?),
            Event::GeneralRef(_) => text.push('&'),
            Event::Eof => return (open == 0).then_some(text),
            _ => return None,
        }
    }
}

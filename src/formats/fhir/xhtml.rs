//! Blocks as the XHTML of a FHIR narrative: only the elements that
//! Narrative.div allows, all text escaped.

use crate::domain::language::Language;
use crate::formats::pdf::{Block, Table};
use crate::formats::words::{Term, Words};
use fhir_sdk::r4b::codes::NarrativeStatus;
use fhir_sdk::r4b::types::Narrative;

use super::parts::Built;

/// Says its language and direction: what is generated is in the edition's.
/// txt-2: a narrative that would say nothing says that.
pub fn narrative(blocks: &[Block], words: &Words) -> Built<Narrative> {
    let tag = words.language.tag();
    let direction = match words.language {
        Language::Ar => " dir=\"rtl\"",
        _ => "",
    };
    let open = format!(
        "<div xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"{tag}\" lang=\"{tag}\"{direction}>"
    );
    let mut div = open.clone();
    for block in blocks {
        write(block, &mut div);
    }
    if div == open {
        element("p", words.say(Term::NoneRecorded), &mut div);
    }
    div.push_str("</div>");
    Narrative::builder()
        .status(NarrativeStatus::Generated)
        .div(div)
        .build()
}

fn write(block: &Block, out: &mut String) {
    match block {
        Block::Heading { text, .. } => element("b", text, out),
        Block::Paragraph(text) | Block::Absent(text) => element("p", text, out),
        // a table without rows is none, and neither is a list (XHTML 1.0)
        Block::Grid(pairs) if pairs.is_empty() => {}
        Block::Table(table) if table.rows.is_empty() => {}
        Block::Grid(pairs) => {
            out.push_str("<table><tbody>");
            for (label, value) in pairs {
                out.push_str("<tr>");
                element("th", label, out);
                element("td", value, out);
                out.push_str("</tr>");
            }
            out.push_str("</tbody></table>");
        }
        Block::Table(table) => write_table(table, out),
        Block::Notice { title, lines } => {
            element("p", title, out);
            list(lines, out);
        }
        Block::List(lines) if lines.is_empty() => {}
        Block::List(lines) => list(lines, out),
        // A narrative shows no picture that is not in it: its words stand for it.
        Block::Figure { alt, caption, .. } => {
            element("p", alt, out);
            element("p", caption, out);
        }
    }
}

fn list(lines: &[String], out: &mut String) {
    out.push_str("<ul>");
    lines.iter().for_each(|line| element("li", line, out));
    out.push_str("</ul>");
}

fn write_table(table: &Table, out: &mut String) {
    out.push_str("<table><thead><tr>");
    table
        .columns
        .iter()
        .for_each(|column| element("th", &column.title, out));
    out.push_str("</tr></thead><tbody>");
    for row in &table.rows {
        out.push_str("<tr>");
        row.cells.iter().for_each(|cell| element("td", cell, out));
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
}

fn element(name: &str, text: &str, out: &mut String) {
    out.push_str(&format!("<{name}>"));
    for (place, line) in text.lines().enumerate() {
        if place > 0 {
            out.push_str("<br/>");
        }
        escape(line, out);
    }
    out.push_str(&format!("</{name}>"));
}

/// XML 1.0 has no way to write most control characters: they are left out.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push(c),
            c if c.is_control() || ('\u{fffe}'..='\u{ffff}').contains(&c) => {}
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::words::words;

    fn said(blocks: &[Block], language: Language) -> String {
        narrative(blocks, words(language)).unwrap().div.clone()
    }

    #[test]
    fn text_is_escaped_and_lines_are_kept() {
        let text = "a < b & \"c\"\n\u{1}next\ttab".into();
        assert_eq!(
            said(&[Block::Paragraph(text)], Language::En),
            "<div xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"en\" lang=\"en\">\
             <p>a &lt; b &amp; &quot;c&quot;<br/>next\ttab</p></div>"
        );
    }

    #[test]
    fn a_narrative_is_never_empty() {
        let empty = said(&[Block::Grid(Vec::new())], Language::En);
        assert!(empty.contains("<p>None recorded"), "{empty}");
        assert!(!empty.contains("table"));
    }
}

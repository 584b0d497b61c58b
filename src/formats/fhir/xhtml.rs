//! Blocks as the XHTML of a FHIR narrative: only the elements that
//! Narrative.div allows, all text escaped.

use crate::formats::pdf::{Block, Table};
use fhir_sdk::r4b::codes::NarrativeStatus;
use fhir_sdk::r4b::types::Narrative;

use super::parts::Built;

pub fn narrative(blocks: &[Block]) -> Built<Narrative> {
    let mut div = String::from("<div xmlns=\"http://www.w3.org/1999/xhtml\">");
    for block in blocks {
        write(block, &mut div);
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

    #[test]
    fn text_is_escaped_and_lines_are_kept() {
        let made = narrative(&[Block::Paragraph("a < b & \"c\"\n\u{1}next\ttab".into())]).unwrap();
        assert_eq!(
            made.div,
            "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>a &lt; b &amp; &quot;c&quot;<br/>next\ttab</p></div>"
        );
    }
}

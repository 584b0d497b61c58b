//! The narrative of a section → plain text that keeps its lines: paragraphs,
//! lists, rows of tables. What its author struck out is left out.

use super::table;
use super::tree::{Element, Piece};

/// The text of a section, of any length.
pub fn plain(text: Element) -> String {
    if text.children().next().is_none() {
        let raw = text.raw_text();
        return lines(&raw);
    }
    let mut writer = Writer::new(usize::MAX);
    writer.inside(text);
    writer.finished()
}

/// Text without markup keeps its lines. One empty line parts paragraphs as well
/// as several.
pub fn lines(text: &str) -> String {
    let mut lines = String::new();
    let mut apart = false;
    for line in text.trim().lines() {
        if line.trim().is_empty() {
            apart = true;
            continue;
        }
        if !lines.is_empty() {
            lines.push_str(if apart { "\n\n" } else { "\n" });
        }
        apart = false;
        for (nth, word) in line.split_whitespace().enumerate() {
            if nth > 0 {
                lines.push(' ');
            }
            lines.push_str(word);
        }
    }
    lines
}

/// A piece of a narrative in one line, cut after about `limit` bytes.
pub fn phrase(piece: Element, limit: usize) -> String {
    let mut writer = Writer::new(limit);
    writer.element(piece);
    let text = writer.finished();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("; ")
}

pub struct Writer {
    out: String,
    limit: usize,
    /// Elements and texts looked at: what is empty costs time too.
    steps: usize,
    /// A blank stood in the source and waits for the next word.
    blank: bool,
    indent: usize,
    /// The number or bullet that the next word begins with.
    lead: String,
}

impl Writer {
    pub fn new(limit: usize) -> Self {
        Self {
            out: String::new(),
            limit,
            steps: 0,
            blank: false,
            indent: 0,
            lead: String::new(),
        }
    }

    pub fn finished(self) -> String {
        let lines = self.out.trim_end().lines().map(str::trim_end);
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Another look at something, if there is room for what it may say.
    pub fn step(&mut self) -> bool {
        self.steps += 1;
        self.out.len() < self.limit && self.steps < self.limit
    }

    fn room(&self) -> usize {
        self.limit.saturating_sub(self.out.len())
    }

    /// What stands inside of an element, by itself: the text of a cell.
    pub fn aside(&mut self, element: Element) -> String {
        let mut writer = Self::new(self.room());
        writer.steps = self.steps;
        writer.inside(element);
        self.steps = writer.steps;
        writer.finished()
    }

    pub fn inside(&mut self, element: Element) {
        for piece in element.pieces() {
            if !self.step() {
                return;
            }
            match piece {
                Piece::Text(text) => self.words(text),
                Piece::Element(child) => self.element(child),
            }
        }
    }

    /// An element by its name; web pages' own names occur too and mean the same.
    pub fn element(&mut self, element: Element) {
        if element.attr("revised") == Some("delete") {
            return;
        }
        match element.name() {
            "br" => self.line(),
            "paragraph" | "p" | "div" | "caption" | "pre" => self.block(element),
            "list" | "ul" | "ol" => self.list(element),
            "item" | "li" | "tr" => {
                self.line();
                self.inside(element);
                self.line();
            }
            "td" | "th" => {
                if !self.out.is_empty() && !self.out.ends_with('\n') {
                    self.words(" | ");
                }
                self.inside(element);
            }
            "table" => table::write(element, self),
            "footnote" => {
                self.words(" [");
                self.inside(element);
                self.words("]");
            }
            "sup" => self.raised(element),
            "linkHtml" => self.link(element),
            "renderMultiMedia" if element.child("caption").is_none() => self.words(" [image] "),
            "script" | "style" | "colgroup" => {}
            _ => self.inside(element),
        }
    }

    fn block(&mut self, element: Element) {
        self.gap();
        self.inside(element);
        self.gap();
    }

    /// Ordered ones are numbered, others get a hyphen; a list in a list stands
    /// further in.
    fn list(&mut self, list: Element) {
        let ordered = list.attr("listType") == Some("ordered") || list.name() == "ol";
        if self.indent == 0 {
            self.gap();
        }
        let mut number = 0;
        for child in list.children() {
            if !self.step() {
                return;
            }
            self.line();
            if matches!(child.name(), "item" | "li") {
                number += 1;
                self.lead = if ordered {
                    format!("{number}. ")
                } else {
                    "- ".into()
                };
                self.indent += 1;
                self.inside(child);
                self.indent -= 1;
                self.lead.clear();
            } else if child.name() == "caption" {
                self.inside(child);
            } else {
                self.element(child);
            }
            self.line();
        }
        if self.indent == 0 {
            self.gap();
        }
    }

    /// `10<sup>9</sup>` is no 109.
    fn raised(&mut self, element: Element) {
        let text = self.aside(element);
        if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+')) {
            self.words("^");
        }
        self.words(&text);
    }

    fn link(&mut self, element: Element) {
        let before = self.out.len();
        self.inside(element);
        let href = element
            .attr("href")
            .filter(|href| href.contains(':') && href.len() < 300);
        if let Some(href) = href {
            let bare = self.out.len() == before;
            if bare {
                self.words(href);
            } else if !self.out[before..].contains(href) {
                self.words(&format!(" ({href})"));
            }
        }
    }

    /// Blanks run together, as a browser shows them.
    pub fn words(&mut self, text: &str) {
        self.blank |= text.starts_with(char::is_whitespace);
        let mut first = true;
        for word in text.split_whitespace() {
            if self.room() == 0 {
                return;
            }
            let at_start = self.out.is_empty() || self.out.ends_with('\n');
            if at_start {
                let deep = self.indent.saturating_sub(1) * 2;
                let lead = std::mem::take(&mut self.lead);
                let hang = if lead.is_empty() && self.indent > 0 {
                    2
                } else {
                    0
                };
                self.out.push_str(&" ".repeat(deep + hang));
                self.out.push_str(&lead);
            } else if self.blank || !first {
                self.out.push(' ');
            }
            self.blank = false;
            first = false;
            let fits = word.floor_char_boundary(word.len().min(self.room()));
            self.out.push_str(&word[..fits]);
        }
        self.blank |= text.ends_with(char::is_whitespace);
    }

    /// What follows begins a line of its own.
    pub fn line(&mut self) {
        self.blank = false;
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    /// What follows is set apart by an empty line, except within a list.
    pub fn gap(&mut self) {
        self.line();
        if self.indent == 0 && !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }
}

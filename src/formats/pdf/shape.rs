//! Text to lines of placed glyphs: cleaning, shaping, bidi and line breaking.
//! Knows no page; every position is relative to the top left of the text.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use krilla::text::KrillaGlyph;

use super::block::Align;
use super::clean::{clean, spell_cluster};
use super::compositor::Compositor;
use super::direction::{END_OF_ISOLATE, ISOLATE, kept_apart, runs_right_to_left};
use super::fonts::Fonts;
use super::form::{Form, Style};

/// Text set in lines. The glyphs point into `source`, which is what a reader
/// copies out of the document.
#[derive(Debug)]
pub struct SetText {
    pub source: String,
    pub lines: Vec<Line>,
    pub size: f32,
    pub leading: f32,
    pub ascent: f32,
}

#[derive(Debug)]
pub struct Line {
    pub runs: Vec<Run>,
    /// Without the white space at its end.
    pub width: f32,
    /// From the edge at which the text's box starts: left, or right in a mirror.
    pub indent: f32,
}

/// Glyphs of one face, left to right.
#[derive(Debug)]
pub struct Run {
    pub face: usize,
    pub x: f32,
    pub glyphs: Vec<KrillaGlyph>,
}

impl SetText {
    pub fn height(&self) -> f32 {
        self.lines.len() as f32 * self.leading
    }

    pub fn width(&self) -> f32 {
        self.lines.iter().map(|line| line.width).fold(0.0, f32::max)
    }

    /// How many whole lines go into `room`.
    pub fn lines_in(&self, room: f32) -> usize {
        // Rounding must not push a line to the next page that was measured to fit.
        ((room + 0.01) / self.leading).max(0.0) as usize
    }
}

/// How and where a text is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Setting {
    style: Style,
    /// The bits of the width.
    width: u32,
    align: Align,
}

/// One document's typesetting: a compositor, what it could not print, and the
/// texts it has already set, because labels and names repeat.
pub struct Typesetting<'f> {
    pub form: Form,
    fonts: &'f Fonts,
    /// `None` only while being dropped.
    compositor: Option<Compositor>,
    done: HashMap<Setting, HashMap<String, Rc<SetText>>>,
    pub unprintable: BTreeSet<char>,
}

impl<'f> Typesetting<'f> {
    pub fn new(fonts: &'f Fonts, form: Form, language: &str) -> Self {
        Self {
            form,
            fonts,
            compositor: Some(fonts.borrow_compositor(language)),
            done: HashMap::new(),
            unprintable: BTreeSet::new(),
        }
    }

    /// Sets `text` in lines no wider than `width`.
    pub fn set(&mut self, text: &str, style: Style, width: f32) -> Rc<SetText> {
        self.set_at(text, style, width, Align::Start)
    }

    pub fn set_at(&mut self, text: &str, style: Style, width: f32, align: Align) -> Rc<SetText> {
        if let Some(mut set) = self.set_plain(text, style, width) {
            self.indent(&mut set.lines, style, width, align, false);
            return Rc::new(set);
        }
        let setting = Setting {
            style,
            width: width.to_bits(),
            align,
        };
        let done = self.done.get(&setting).and_then(|texts| texts.get(text));
        if let Some(done) = done {
            return Rc::clone(done);
        }
        let set = Rc::new(self.shaped(text, style, width, align));
        let texts = self.done.entry(setting).or_default();
        texts.insert(text.to_owned(), Rc::clone(&set));
        set
    }

    /// Cleaned text for bookmarks and summaries, which nobody measures.
    pub fn plain(&mut self, text: &str) -> String {
        let cleaned = clean(text, self.fonts, &mut self.unprintable);
        cleaned.replace([ISOLATE, END_OF_ISOLATE], "")
    }

    /// The face as a document embeds it.
    pub fn drawn(&mut self, face: usize) -> Option<krilla::text::Font> {
        let fonts = self.fonts;
        self.compositor.as_mut()?.drawn(face, fonts)
    }

    /// The short way, for text that is clean and plain already.
    pub fn set_plain(&mut self, text: &str, style: Style, width: f32) -> Option<SetText> {
        let source = text.trim_end_matches([' ', '\n']);
        let (face, plain) = self.fonts.plain(style.bold())?;
        let letters = &mut self.compositor.as_mut()?.letters;
        let lines = plain.lines(face, source, self.form.size(style), width, letters)?;
        Some(self.text(source.to_owned(), style, lines))
    }

    fn text(&self, source: String, style: Style, lines: Vec<Line>) -> SetText {
        SetText {
            source,
            lines,
            size: self.form.size(style),
            leading: self.form.leading(style),
            ascent: self.form.ascent(style),
        }
    }

    /// The long way, for every text.
    pub fn shaped(&mut self, text: &str, style: Style, width: f32, align: Align) -> SetText {
        let mut source = clean(text, self.fonts, &mut self.unprintable).into_owned();
        // A no-break space stays: it was put there to keep two words apart.
        source.truncate(source.trim_end_matches([' ', '\n']).len());
        if let Some(mut set) = self.set_plain(&source, style, width) {
            self.indent(&mut set.lines, style, width, align, false);
            return set;
        }
        self.by_paragraphs(source, style, width, align)
    }

    /// Shapes cleaned text, each paragraph with its own direction: it cannot disturb
    /// the next.
    pub fn by_paragraphs(
        &mut self,
        mut source: String,
        style: Style,
        width: f32,
        align: Align,
    ) -> SetText {
        let mut lines = Vec::new();
        let mut start = 0;
        while start <= source.len() && !source.is_empty() {
            let end = source[start..]
                .find('\n')
                .map_or(source.len(), |at| start + at);
            let rtl = runs_right_to_left(&source[start..end], self.form.mirrored);
            let apart = kept_apart(&source[start..end], rtl);
            source.replace_range(start..end, &apart);
            let end = start + apart.len();
            let (mut set, end) = self.paragraph(&mut source, start..end, style, width, rtl);
            self.indent(&mut set, style, width, align, rtl);
            lines.append(&mut set);
            start = end + 1;
        }
        self.text(source, style, lines)
    }

    /// Sets one paragraph of `source`, and gives where it now ends.
    fn paragraph(
        &mut self,
        source: &mut String,
        range: std::ops::Range<usize>,
        style: Style,
        width: f32,
        rtl: bool,
    ) -> (Vec<Line>, usize) {
        let mut end = range.end;
        let compositor = self.compositor.as_mut().expect("present until dropped");
        // Each round spells out a cluster's characters in ASCII, so it ends.
        loop {
            let (start, size) = (range.start, self.form.size(style));
            let set = compositor.lines(&source[..end], start, size, style, width, rtl, self.fonts);
            match set {
                Ok(lines) => return (lines, end),
                Err(missing) => {
                    for cluster in missing.into_iter().rev() {
                        let before = source.len();
                        spell_cluster(source, cluster, &mut self.unprintable);
                        end += source.len() - before;
                    }
                }
            }
        }
    }

    /// Running text keeps to the edge where its own direction starts, as long as it
    /// fills lines; a cell keeps to its column.
    fn indent(&self, lines: &mut [Line], style: Style, width: f32, align: Align, rtl: bool) {
        let against = rtl != self.form.mirrored && !(self.form.mirrored && lines.len() == 1);
        if align == Align::Start && !(style.runs() && against) {
            return;
        }
        for line in lines {
            line.indent = (width - line.width).max(0.0);
        }
    }

    #[cfg(test)]
    pub fn is_plain(&self, letter: char) -> bool {
        let plain = self.fonts.plain(false);
        plain.is_some_and(|(_, plain)| plain.has(letter))
    }
}

impl Drop for Typesetting<'_> {
    fn drop(&mut self) {
        if let Some(compositor) = self.compositor.take() {
            self.fonts.give_back(compositor);
        }
    }
}

/// `text` with each `{key}` replaced: a phrase in any language.
pub fn filled(text: &str, parts: &[(&str, &str)]) -> String {
    let mut filled = Cow::Borrowed(text);
    for (key, value) in parts {
        filled = Cow::Owned(filled.replace(key, value));
    }
    filled.into_owned()
}

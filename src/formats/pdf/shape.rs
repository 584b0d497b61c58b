//! Text to lines of placed glyphs: cleaning, shaping, bidi and line breaking.
//! Knows no page; every position is relative to the top left of the text.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::rc::Rc;

use krilla::text::KrillaGlyph;
use parley::{
    Alignment, AlignmentOptions, FontContext, FontFamily, FontFamilyName, FontFeatures, FontWeight,
    Layout, LayoutContext, OverflowWrap, TextStyle,
};

use super::clean::{clean, spell_cluster};
use super::fonts::Fonts;
use super::glyphs::glyphs_of;
use super::look::Style;
use super::plain::Letter;

/// No optional ligatures. Required ones stay, Arabic joins as it must; but a
/// reader that knows one character for each glyph, as many do for text running
/// right to left, copies and finds more words without the others.
const PLAIN_LETTERS: &str = "\"liga\" off, \"clig\" off";

/// Text set in lines. The glyphs point into `source`, which is what a reader
/// copies out of the document.
#[derive(Debug)]
pub struct SetText {
    pub source: String,
    pub style: Style,
    pub lines: Vec<Line>,
}

#[derive(Debug)]
pub struct Line {
    pub runs: Vec<Run>,
    /// Without the white space at its end.
    pub width: f32,
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
        self.lines.len() as f32 * self.style.leading()
    }

    pub fn width(&self) -> f32 {
        self.lines.iter().map(|line| line.width).fold(0.0, f32::max)
    }

    /// How many whole lines go into `room`.
    pub fn lines_in(&self, room: f32) -> usize {
        // Rounding must not push a line to the next page that was measured to fit.
        ((room + 0.01) / self.style.leading()).max(0.0) as usize
    }
}

/// Measuring scratch space and opened faces, kept between documents.
pub struct Compositor {
    collection: FontContext,
    context: LayoutContext<()>,
    layout: Layout<()>,
    families: Vec<FontFamilyName<'static>>,
    letters: Vec<Letter>,
    drawn: Vec<Option<krilla::text::Font>>,
}

impl Compositor {
    pub fn new(fonts: &Fonts) -> Self {
        let named = |name: &String| FontFamilyName::Named(Cow::Owned(name.clone()));
        Self {
            collection: fonts.collection(),
            context: LayoutContext::new(),
            layout: Layout::new(),
            families: fonts.families().iter().map(named).collect(),
            letters: Vec::new(),
            drawn: Vec::new(),
        }
    }

    /// The face as a document embeds it.
    fn drawn(&mut self, face: usize, fonts: &Fonts) -> Option<krilla::text::Font> {
        if self.drawn.len() <= face {
            self.drawn.resize(face + 1, None);
        }
        if self.drawn[face].is_none() {
            self.drawn[face] = fonts.open(face);
        }
        self.drawn[face].clone()
    }

    /// Breaks cleaned text into lines no wider than `width`.
    fn measure(&mut self, text: &str, style: Style, width: f32) {
        let mut builder = self
            .context
            .style_run_builder(&mut self.collection, text, 1.0, false);
        let weight = if style.bold() {
            FontWeight::BOLD
        } else {
            FontWeight::NORMAL
        };
        let run = builder.push_style(TextStyle {
            font_family: FontFamily::List(Cow::Borrowed(&self.families)),
            font_size: style.size(),
            font_weight: weight,
            font_features: FontFeatures::Source(Cow::Borrowed(PLAIN_LETTERS)),
            overflow_wrap: OverflowWrap::Anywhere,
            ..TextStyle::default()
        });
        builder.push_style_run(run, 0..text.len());
        builder.build_into(&mut self.layout, text);
        self.layout.break_all_lines(Some(width));
        // Running text follows its own direction; a cell keeps to its column.
        let alignment = if style == Style::Body {
            Alignment::Start
        } else {
            Alignment::Left
        };
        self.layout.align(alignment, AlignmentOptions::default());
    }
}

/// One document's typesetting: a compositor, what it could not print, and the
/// texts it has already set, because units, labels and drug names repeat.
pub struct Typesetting<'f> {
    fonts: &'f Fonts,
    /// `None` only while being dropped.
    compositor: Option<Compositor>,
    done: HashMap<(Style, u32), HashMap<String, Rc<SetText>>>,
    pub unprintable: BTreeSet<char>,
}

impl<'f> Typesetting<'f> {
    pub fn new(fonts: &'f Fonts) -> Self {
        Self {
            fonts,
            compositor: Some(fonts.borrow_compositor()),
            done: HashMap::new(),
            unprintable: BTreeSet::new(),
        }
    }

    /// Sets `text` in lines no wider than `width`.
    pub fn set(&mut self, text: &str, style: Style, width: f32) -> Rc<SetText> {
        if let Some(set) = self.set_plain(text, style, width) {
            return Rc::new(set);
        }
        let same = (style, width.to_bits());
        if let Some(done) = self.done.get(&same).and_then(|texts| texts.get(text)) {
            return Rc::clone(done);
        }
        let set = Rc::new(self.shaped(text, style, width));
        self.done
            .entry(same)
            .or_default()
            .insert(text.to_owned(), Rc::clone(&set));
        set
    }

    /// Cleaned text for bookmarks and summaries, which nobody measures.
    pub fn plain(&mut self, text: &str) -> String {
        clean(text, self.fonts, &mut self.unprintable).into_owned()
    }

    /// The short way, for text that is clean and plain already.
    pub fn set_plain(&mut self, text: &str, style: Style, width: f32) -> Option<SetText> {
        let source = text.trim_end_matches([' ', '\n']);
        let (face, plain) = self.fonts.plain(style.bold())?;
        let compositor = self.compositor.as_mut()?;
        let letters = &mut compositor.letters;
        let lines = plain.lines(face, source, style.size(), width, letters)?;
        Some(SetText {
            source: source.to_owned(),
            style,
            lines,
        })
    }

    /// The face as a document embeds it.
    pub fn drawn(&mut self, face: usize) -> Option<krilla::text::Font> {
        let fonts = self.fonts;
        self.compositor.as_mut()?.drawn(face, fonts)
    }

    #[cfg(test)]
    pub fn is_plain(&self, letter: char) -> bool {
        self.fonts.plain(false).is_some_and(|(_, plain)| plain.has(letter))
    }

    /// The long way, for every text.
    pub fn shaped(&mut self, text: &str, style: Style, width: f32) -> SetText {
        let mut source = clean(text, self.fonts, &mut self.unprintable).into_owned();
        // A no-break space stays: it was put there to keep two words apart.
        source.truncate(source.trim_end_matches([' ', '\n']).len());
        let compositor = self.compositor.as_mut().expect("present until dropped");
        let mut lines = Vec::new();
        // Each round spells out a cluster's characters in ASCII, so it ends.
        while !source.is_empty() {
            compositor.measure(&source, style, width);
            match lines_of(&compositor.layout, &source, self.fonts) {
                Ok(set) => {
                    lines = set;
                    break;
                }
                Err(missing) => {
                    for cluster in missing.into_iter().rev() {
                        spell_cluster(&mut source, cluster, &mut self.unprintable);
                    }
                }
            }
        }
        SetText {
            source,
            style,
            lines,
        }
    }
}

impl Drop for Typesetting<'_> {
    fn drop(&mut self) {
        if let Some(compositor) = self.compositor.take() {
            self.fonts.give_back(compositor);
        }
    }
}

/// Copies the layout, or names the clusters of text that no single face can
/// draw, in order: a Latin letter under an Arabic vowel sign.
fn lines_of(
    layout: &Layout<()>,
    source: &str,
    fonts: &Fonts,
) -> Result<Vec<Line>, Vec<Range<usize>>> {
    let mut missing = Vec::new();
    let mut lines = Vec::with_capacity(layout.len());
    for line in layout.lines() {
        let metrics = line.metrics();
        let mut x = metrics.offset;
        let mut runs = Vec::with_capacity(1);
        for run in line.runs() {
            let font = run.font();
            if let Some(face) = fonts.face(font.data.id(), font.index) {
                let glyphs = glyphs_of(&run, source, fonts.blank(face), &mut missing);
                runs.push(Run { face, x, glyphs });
            }
            x += run.advance();
        }
        lines.push(Line {
            runs,
            width: metrics.advance - metrics.hanging_advance,
        });
    }
    missing.sort_by_key(|range| range.start);
    missing.dedup();
    if missing.is_empty() {
        Ok(lines)
    } else {
        Err(missing)
    }
}

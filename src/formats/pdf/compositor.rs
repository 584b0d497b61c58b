//! Shaping, kept warm: scratch memory and opened faces of one thread. Holds the
//! text of one document at most, and forgets it when given back.

use std::borrow::Cow;
use std::ops::Range;

use parley::{
    BaseDirection, FontContext, FontFamily, FontFamilyName, FontFeatures, FontWeight, Language,
    Layout, LayoutContext, OverflowWrap, TextStyle,
};

use super::fonts::Fonts;
use super::form::Style;
use super::glyphs::glyphs_of;
use super::plain::Letter;
use super::shape::{Line, Run};

/// No optional ligatures. Required ones stay, Arabic joins as it must; but a
/// reader that knows one character for each glyph, as many do for text running
/// right to left, copies and finds more words without the others.
const PLAIN_LETTERS: &str = "\"liga\" off, \"clig\" off";

/// Whoever set a longer text than this, in bytes, is not kept: its scratch memory
/// would stay as large as the longest text ever printed.
const LONGEST_KEPT: usize = 32 * 1024;

pub struct Compositor {
    collection: FontContext,
    context: LayoutContext<()>,
    layout: Layout<()>,
    language: String,
    locale: Option<Language>,
    families: Vec<FontFamilyName<'static>>,
    pub letters: Vec<Letter>,
    drawn: Vec<Option<krilla::text::Font>>,
    longest: usize,
}

impl Compositor {
    pub fn new(fonts: &Fonts) -> Self {
        Self {
            collection: fonts.collection(),
            context: LayoutContext::new(),
            layout: Layout::new(),
            language: String::new(),
            locale: None,
            families: Vec::new(),
            letters: Vec::new(),
            drawn: Vec::new(),
            longest: 0,
        }
    }

    /// A language chooses among the families that draw one character differently.
    pub fn speak(&mut self, language: &str, fonts: &Fonts) {
        if self.language != language || self.families.is_empty() {
            let named = |name: &str| FontFamilyName::Named(Cow::Owned(name.to_owned()));
            self.families = fonts.families(language).into_iter().map(named).collect();
            self.locale = Language::parse(language).ok();
            language.clone_into(&mut self.language);
        }
    }

    /// Drops the text it set last; says whether it is worth keeping.
    pub fn forget(&mut self) -> bool {
        if self.longest > 0 {
            self.layout = Layout::new();
        }
        self.letters.clear();
        self.longest.max(self.letters.capacity()) <= LONGEST_KEPT
    }

    /// The face as a document embeds it.
    pub fn drawn(&mut self, face: usize, fonts: &Fonts) -> Option<krilla::text::Font> {
        if self.drawn.len() <= face {
            self.drawn.resize(face + 1, None);
        }
        if self.drawn[face].is_none() {
            self.drawn[face] = fonts.open(face);
        }
        self.drawn[face].clone()
    }

    /// Breaks the cleaned paragraph `source[start..]` into lines no wider than
    /// `width`, or names the clusters that no single face can draw, in order: a
    /// Latin letter under an Arabic vowel sign.
    #[expect(clippy::too_many_arguments, reason = "a paragraph and how to set it")]
    pub fn lines(
        &mut self,
        source: &str,
        start: usize,
        size: f32,
        style: Style,
        width: f32,
        rtl: bool,
        fonts: &Fonts,
    ) -> Result<Vec<Line>, Vec<Range<usize>>> {
        let text = &source[start..];
        if text.is_empty() {
            return Ok(vec![Line {
                runs: Vec::new(),
                width: 0.0,
                indent: 0.0,
            }]);
        }
        self.measure(text, size, style.bold(), width, rtl);
        let mut missing = Vec::new();
        let mut lines = Vec::with_capacity(self.layout.len());
        for line in self.layout.lines() {
            let metrics = line.metrics();
            // White space at the end hangs: on the left, where text runs to it.
            let hanging = metrics.hanging_advance;
            let mut x = if rtl { -hanging } else { 0.0 };
            let mut runs = Vec::with_capacity(1);
            for run in line.runs() {
                let font = run.font();
                if let Some(face) = fonts.face(font.data.id(), font.index) {
                    let blank = fonts.blank(face);
                    let glyphs = glyphs_of(&run, source, start, blank, &mut missing);
                    runs.push(Run { face, x, glyphs });
                }
                x += run.advance();
            }
            lines.push(Line {
                runs,
                width: metrics.advance - hanging,
                indent: 0.0,
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

    fn measure(&mut self, text: &str, size: f32, bold: bool, width: f32, rtl: bool) {
        self.longest = self.longest.max(text.len());
        let (context, collection) = (&mut self.context, &mut self.collection);
        let mut builder = context.style_run_builder(collection, text, 1.0, false);
        builder.set_base_direction(if rtl {
            BaseDirection::Rtl
        } else {
            BaseDirection::Ltr
        });
        let run = builder.push_style(TextStyle {
            font_family: FontFamily::List(Cow::Borrowed(&self.families)),
            font_size: size,
            font_weight: if bold {
                FontWeight::BOLD
            } else {
                FontWeight::NORMAL
            },
            font_features: FontFeatures::Source(Cow::Borrowed(PLAIN_LETTERS)),
            locale: self.locale,
            overflow_wrap: OverflowWrap::Anywhere,
            ..TextStyle::default()
        });
        builder.push_style_run(run, 0..text.len());
        builder.build_into(&mut self.layout, text);
        self.layout.break_all_lines(Some(width));
    }
}

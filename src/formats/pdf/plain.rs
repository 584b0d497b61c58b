//! Text in plain Latin letters, set without a shaper: each letter is one glyph, and
//! its advance depends on the next letter alone. Nine tenths of a packet is such
//! text, and looking an advance up costs a fiftieth of shaping.
//!
//! What stays between documents is a table of advances, by pair of letters. It
//! holds no text, has a fixed size, and says the same whoever filled it first.

use std::sync::atomic::{AtomicU16, Ordering};

use harfrust::{
    Direction, Feature, FontRef, ShapeOptions, ShapePlan, ShaperData, Tag, UnicodeBuffer, script,
};
use krilla::text::{GlyphId, KrillaGlyph};
use parley::fontique::Blob;

use super::shape::{Line, Run};

const LATIN: usize = 0x17F - 0xA0 + 1;
const ASCII: usize = 0x7E - 0x20 + 1;
const DASHES: usize = 0x203A - 0x2010 + 1;
/// After the last letter of a text comes nothing.
const NOTHING: usize = ASCII + LATIN + DASHES;
const SLOTS: usize = NOTHING + 1;

/// States of an entry; above them, the advance in font units and two.
const UNKNOWN: u16 = 0;
const NOT_PLAIN: u16 = 1;

/// ASCII, Latin-1, Latin Extended-A, dashes and quotation marks: the letters of the
/// Latin packets we print, each set on its own in Noto Sans.
fn slot(letter: char) -> Option<usize> {
    let code = letter as usize;
    match code {
        // The soft hyphen: cleaning drops it.
        0xAD => None,
        0x20..=0x7E => Some(code - 0x20),
        0xA0..=0x17F => Some(code - 0xA0 + ASCII),
        // Without the marks of direction and the ends of lines in between.
        0x2010..=0x2027 | 0x2030..=0x203A => Some(code - 0x2010 + ASCII + LATIN),
        _ => None,
    }
}

/// One face's plain letters.
pub struct Plain {
    bytes: Blob<u8>,
    data: ShaperData,
    plan: ShapePlan,
    units_per_em: f32,
    /// By slot; 0 where the face has no glyph.
    glyphs: Vec<u16>,
    /// By slot and the slot that follows.
    advances: Vec<AtomicU16>,
}

/// A letter and what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Letter {
    at: usize,
    letter: char,
    glyph: u16,
    /// As part of the type size.
    advance: f32,
}

impl Plain {
    /// Opens the first face of a font file.
    pub fn open(bytes: Blob<u8>) -> Option<Self> {
        let font = FontRef::new(bytes.as_ref()).ok()?;
        let data = ShaperData::new(&font);
        let shaper = data.shaper(&font).build();
        let off = |tag| Feature::new(Tag::new(tag), 0, ..);
        let features = [off(b"liga"), off(b"clig")];
        let (direction, latin) = (Direction::LeftToRight, Some(script::LATIN));
        let plan = ShapePlan::new(&shaper, direction, latin, None, &features);
        let units_per_em = shaper.units_per_em() as f32;
        let mut plain = Self {
            units_per_em,
            plan,
            glyphs: vec![0; SLOTS],
            advances: std::iter::repeat_with(AtomicU16::default)
                .take(SLOTS * SLOTS)
                .collect(),
            data,
            bytes: bytes.clone(),
        };
        let all = (0x20..0x203B).filter_map(char::from_u32);
        for (letter, slot) in all.filter_map(|letter| Some((letter, slot(letter)?))) {
            if let Some([(glyph, _)]) = plain.shape(letter, None).as_deref() {
                plain.glyphs[slot] = *glyph;
            }
        }
        Some(plain)
    }

    /// Whether this letter can be set here.
    pub fn has(&self, letter: char) -> bool {
        slot(letter).is_some_and(|slot| self.glyphs[slot] != 0)
    }

    /// Glyphs and advances of a letter and the one after it; nothing where one of
    /// them is moved, or a glyph does not fit.
    fn shape(&self, letter: char, next: Option<char>) -> Option<Vec<(u16, u16)>> {
        let font = FontRef::new(self.bytes.as_ref()).ok()?;
        let shaper = self.data.shaper(&font).build();
        let mut buffer = UnicodeBuffer::new();
        buffer.add(letter, 0);
        if let Some(next) = next {
            buffer.add(next, 1);
        }
        buffer.set_direction(Direction::LeftToRight);
        buffer.set_script(script::LATIN);
        let shaped = shaper.shape(buffer, ShapeOptions::new().plan(Some(&self.plan)));
        let glyphs = shaped.glyph_infos().iter().zip(shaped.glyph_positions());
        let still = |(info, at): (&harfrust::GlyphInfo, &harfrust::GlyphPosition)| {
            let moved = (at.x_offset, at.y_offset, at.y_advance) != (0, 0, 0);
            let glyph = u16::try_from(info.glyph_id).ok().filter(|_| !moved)?;
            Some((glyph, u16::try_from(at.x_advance).ok()?))
        };
        glyphs.map(still).collect()
    }

    /// The advance of `letter` before `next`, in font units.
    fn advance(&self, letter: char, next: Option<char>) -> Option<u16> {
        let (one, two) = (slot(letter)?, next.map_or(Some(NOTHING), slot)?);
        let entry = &self.advances[one * SLOTS + two];
        let mut known = entry.load(Ordering::Relaxed);
        if known == UNKNOWN {
            known = self.learn((one, letter), next.map(|next| (two, next)));
            // Whoever else is learning it learns the same.
            entry.store(known, Ordering::Relaxed);
        }
        (known != NOT_PLAIN).then(|| known - 2)
    }

    fn learn(&self, (one, letter): (usize, char), next: Option<(usize, char)>) -> u16 {
        let same = |slot: usize, glyph: u16| glyph != 0 && self.glyphs[slot] == glyph;
        let shaped = self.shape(letter, next.map(|(_, next)| next));
        let advance = match (shaped.as_deref(), next) {
            (Some([(glyph, advance)]), None) if same(one, *glyph) => Some(*advance),
            (Some([(glyph, advance), (after, _)]), Some((two, _)))
                if same(one, *glyph) && same(two, *after) =>
            {
                Some(*advance)
            }
            _ => None,
        };
        advance
            .and_then(|advance| advance.checked_add(2))
            .unwrap_or(NOT_PLAIN)
    }

    /// Sets `source` in lines no wider than `width`, or nothing where a letter
    /// wants a shaper. `letters` is scratch space.
    pub fn lines(
        &self,
        face: usize,
        source: &str,
        size: f32,
        width: f32,
        letters: &mut Vec<Letter>,
    ) -> Option<Vec<Line>> {
        self.look_up(source, letters)?;
        let mut lines = Vec::with_capacity(1);
        let mut rest = &letters[..];
        while !rest.is_empty() {
            let (taken, after) = first_line(rest, width / size);
            lines.push(line(&rest[..taken], face, size));
            rest = &rest[after..];
            if rest.is_empty() && after > taken {
                // It ended in a line feed: an empty line follows.
                lines.push(line(&[], face, size));
            }
        }
        Some(lines)
    }

    fn look_up(&self, source: &str, letters: &mut Vec<Letter>) -> Option<()> {
        letters.clear();
        let mut rest = source.char_indices().peekable();
        while let Some((at, letter)) = rest.next() {
            let mut known = Letter {
                at,
                letter,
                glyph: 0,
                advance: 0.0,
            };
            if letter != '\n' {
                let next = rest.peek().map(|(_, next)| *next);
                let units = self.advance(letter, next.filter(|next| *next != '\n'))?;
                known.advance = f32::from(units) / self.units_per_em;
                known.glyph = self.glyphs[slot(letter)?];
            }
            letters.push(known);
        }
        Some(())
    }
}

/// How many letters the first line takes, and where the next begins.
fn first_line(letters: &[Letter], width: f32) -> (usize, usize) {
    let (mut x, mut break_at) = (0.0, None);
    for (index, letter) in letters.iter().enumerate() {
        if letter.letter == '\n' {
            return (index, index + 1);
        }
        if index > 0 && may_break(letters, index) {
            break_at = Some(index);
        }
        x += letter.advance;
        // Spaces hang over the end of a line. Rounding must not break a text that
        // was measured to fit.
        if letter.letter != ' ' && x > width + 0.001 && index > 0 {
            let end = break_at.unwrap_or(index);
            return (end, end);
        }
    }
    (letters.len(), letters.len())
}

/// May a line end before this letter? As UAX #14 has it, but a number keeps its
/// sign, a range its ends, and a short unit such as `mmol/l` its parts.
fn may_break(letters: &[Letter], index: usize) -> bool {
    let (at, after) = (letters[index - 1].letter, letters[index].letter);
    let before = index.checked_sub(2).map(|before| letters[before].letter);
    let is_word = |letter: &Letter| letter.letter.is_alphabetic();
    match at {
        ' ' => !matches!(
            after,
            ' ' | '\n' | '!' | '?' | ';' | ':' | ')' | ']' | '}' | '»' | '%' | '°'
        ),
        '-' | '\u{2010}' => before.is_some_and(char::is_alphanumeric) && after.is_alphabetic(),
        '–' | '—' => after.is_alphabetic(),
        '/' => {
            let left = letters[..index - 1].iter().rev();
            left.take_while(|letter| is_word(letter)).take(4).count() == 4
                && letters[index..]
                    .iter()
                    .take(4)
                    .filter(|l| is_word(l))
                    .count()
                    == 4
        }
        _ => false,
    }
}

fn line(letters: &[Letter], face: usize, size: f32) -> Line {
    let glyph = |letter: &Letter| {
        let range = letter.at..letter.at + letter.letter.len_utf8();
        let id = GlyphId::new(u32::from(letter.glyph));
        KrillaGlyph::new(id, letter.advance, 0.0, 0.0, 0.0, range, None)
    };
    let shown = letters.iter().rposition(|letter| letter.letter != ' ');
    let shown = &letters[..shown.map_or(0, |last| last + 1)];
    let ems: f32 = shown.iter().map(|letter| letter.advance).sum();
    let glyphs: Vec<KrillaGlyph> = letters.iter().map(glyph).collect();
    Line {
        width: ems * size,
        indent: 0.0,
        runs: if glyphs.is_empty() {
            Vec::new()
        } else {
            vec![Run {
                face,
                x: 0.0,
                glyphs,
            }]
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::block::Align;
    use super::super::form::Style;
    use super::super::shape::SetText;
    use super::super::tests::types;

    /// What a reader sees: glyphs and where they stand.
    fn seen(text: &SetText) -> Vec<(u32, f32)> {
        let mut seen = Vec::new();
        for run in text.lines.iter().flat_map(|line| &line.runs) {
            let mut x = run.x;
            for glyph in &run.glyphs {
                seen.push((glyph.glyph_id.to_u32(), x));
                x += glyph.x_advance * text.size;
            }
        }
        seen
    }

    #[test]
    fn plain_letters_stand_where_the_shaper_puts_them() {
        let mut types = types();
        let plain: Vec<char> = (' '..='\u{203A}').filter(|c| types.is_plain(*c)).collect();
        assert!(plain.len() > 300, "{}", plain.len());
        let mut state = 9_u32;
        for round in 0..120 {
            let text: String = (0..40)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    // Half of the texts are ASCII, as most are.
                    let letters = if round % 2 == 0 { 94 } else { plain.len() };
                    plain[(state >> 8) as usize % letters]
                })
                .collect();
            let text = text.trim();
            for style in [Style::Body, Style::Section] {
                let short = types.set_plain(text, style, 9000.0).expect("it is plain");
                let long = types.by_paragraphs(text.to_owned(), style, 9000.0, Align::Start);
                let (short, long) = (seen(&short), seen(&long));
                assert_eq!(short.len(), long.len(), "{text:?}");
                for (one, other) in short.iter().zip(&long) {
                    assert_eq!(one.0, other.0, "{text:?}");
                    assert!(
                        (one.1 - other.1).abs() < 0.05,
                        "{text:?}: {one:?} {other:?}"
                    );
                }
            }
        }
    }

    fn lines(text: &str, width: f32) -> Vec<String> {
        let mut types = types();
        let set = types
            .set_plain(text, Style::Body, width)
            .expect("it is plain");
        let letters = |line: &super::Line| -> String {
            let glyphs = line.runs.iter().flat_map(|run| &run.glyphs);
            glyphs
                .map(|glyph| &set.source[glyph.text_range.clone()])
                .collect()
        };
        set.lines.iter().map(letters).collect()
    }

    #[test]
    fn lines_end_at_spaces_and_line_feeds_and_lose_no_letter() {
        assert_eq!(lines("one two three", 40.0), ["one two ", "three"]);
        assert_eq!(lines("a\n\nb", 40.0), ["a", "", "b"]);
        let long = "x".repeat(100);
        assert!(lines(&long, 40.0).len() > 5);
        assert_eq!(lines(&long, 40.0).concat(), long);
    }

    #[test]
    fn ranges_signs_and_units_are_not_torn() {
        for whole in ["3.5–5.1", "-12.5", "mmol/l", "2026-03-12", "120/80", "5 %"] {
            let text = format!("word {whole} word");
            for width in 20..90 {
                let (width, alone) = (width as f32, lines(whole, width as f32));
                let lines = lines(&text, width);
                let kept = lines.iter().any(|line| line.contains(whole));
                assert_eq!(kept, alone.len() == 1, "{width}: {lines:?}");
            }
        }
        assert_eq!(
            lines("lisinopril/hydrochlorothiazide", 100.0),
            ["lisinopril/", "hydrochlorothiazide"]
        );
    }
}

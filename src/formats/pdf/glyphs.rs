//! Which characters each glyph stands for: what a reader copies, finds and
//! hears. A naive loop over glyphs makes "Griffith" copy as "Grifth".

use std::ops::Range;

use krilla::text::{GlyphId, KrillaGlyph};
use parley::{Cluster, Glyph, Run};

use super::direction::{END_OF_ISOLATE, ISOLATE};

/// The glyphs of a run, left to right, each with its range of `source`, of which
/// `source[start..]` was shaped. Ranges for which the face has no glyph are added to
/// `missing`.
pub fn glyphs_of(
    run: &Run<'_, ()>,
    source: &str,
    start: usize,
    blank: Option<u32>,
    missing: &mut Vec<Range<usize>>,
) -> Vec<KrillaGlyph> {
    let mut clusters = whole_clusters(run);
    if run.is_rtl() {
        clusters.reverse();
    }
    let size = run.font_size();
    let mut placed = Vec::with_capacity(clusters.len());
    for (range, cluster) in clusters {
        let range = start + range.start..start + range.end;
        let text = &source[range.clone()];
        if text
            .chars()
            .all(|letter| matches!(letter, '\n' | ISOLATE | END_OF_ISOLATE))
        {
            continue;
        }
        if cluster.glyphs().any(|glyph| glyph.id == 0) {
            missing.push(range.clone());
        }
        if run.is_rtl() && text.chars().nth(1).is_some() {
            let glyphs: Vec<Glyph> = cluster.glyphs().collect();
            if let Some(glyphs) = one_letter_each(&glyphs, source, range.clone(), blank, size) {
                placed.extend(glyphs);
                continue;
            }
        }
        placed.extend(
            cluster
                .glyphs()
                .map(|glyph| place(&glyph, range.clone(), size)),
        );
    }
    placed
}

/// Clusters in reading order. A ligature stands for all of its clusters.
fn whole_clusters<'a>(run: &Run<'a, ()>) -> Vec<(Range<usize>, Cluster<'a, ()>)> {
    let mut clusters: Vec<(Range<usize>, Cluster<'a, ()>)> = Vec::new();
    for cluster in run.clusters() {
        match clusters.last_mut() {
            Some((range, _)) if cluster.is_ligature_continuation() => {
                range.end = cluster.text_range().end;
            }
            _ => clusters.push((cluster.text_range(), cluster)),
        }
    }
    clusters
}

/// Gives every glyph of a right-to-left cluster one character. Readers turn
/// such a run around glyph by glyph: a glyph for two characters, such as
/// lam-alef, would come out with the two exchanged. Its second character
/// therefore gets a blank glyph, left of the ligature.
///
/// Nothing where that cannot be: the glyphs then share the whole range.
fn one_letter_each(
    glyphs: &[Glyph],
    source: &str,
    range: Range<usize>,
    blank: Option<u32>,
    size: f32,
) -> Option<Vec<KrillaGlyph>> {
    let letters = source[range.clone()].char_indices().map(|(at, letter)| {
        let start = range.start + at;
        start..start + letter.len_utf8()
    });
    let letters: Vec<Range<usize>> = letters.collect();
    let extra = letters.len().checked_sub(glyphs.len())?;
    let (base, marks) = glyphs.split_last()?;
    let mut placed = Vec::with_capacity(letters.len());
    if extra > 0 {
        let blank = Glyph {
            id: blank?,
            advance: 0.0,
            x: 0.0,
            y: 0.0,
        };
        placed.extend(
            letters[1..=extra]
                .iter()
                .rev()
                .map(|at| place(&blank, at.clone(), size)),
        );
    }
    placed.push(place(base, letters[0].clone(), size));
    // Drawn after its base, a mark must reach back over it.
    let back = base.advance / size;
    for (mark, letter) in marks.iter().zip(letters.iter().rev()) {
        let mut mark = place(mark, letter.clone(), size);
        mark.x_offset -= back;
        placed.push(mark);
    }
    Some(placed)
}

/// krilla wants positions as parts of the type size, and counts them upwards
/// where parley counts downwards: the other sign puts a mark into its letter.
fn place(glyph: &Glyph, range: Range<usize>, size: f32) -> KrillaGlyph {
    let [advance, x, y] = [glyph.advance, glyph.x, -glyph.y].map(|value| value / size);
    KrillaGlyph::new(GlyphId::new(glyph.id), advance, x, y, 0.0, range, None)
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::super::form::Style;
    use super::super::shape::SetText;
    use super::super::tests::types;
    use super::KrillaGlyph;

    fn set(text: &str) -> Rc<SetText> {
        types().set(text, Style::Body, 400.0)
    }

    fn glyphs(text: &SetText) -> impl Iterator<Item = &KrillaGlyph> {
        text.lines
            .iter()
            .flat_map(|line| &line.runs)
            .flat_map(|run| &run.glyphs)
    }

    fn copied(text: &SetText) -> String {
        glyphs(text)
            .map(|glyph| &text.source[glyph.text_range.clone()])
            .collect()
    }

    #[test]
    fn every_letter_of_a_name_can_be_copied() {
        assert_eq!(
            copied(&set("Griffith Hoffmann, fluffy")),
            "Griffith Hoffmann, fluffy"
        );
    }

    #[test]
    fn arabic_reads_backwards_one_letter_to_a_glyph() {
        for name in ["فاطمة الزهراء", "عبد السلام", "علاء إلى لا"] {
            let reversed: String = name.chars().rev().collect();
            assert_eq!(copied(&set(name)), reversed);
        }
    }

    #[test]
    fn a_mark_above_a_tall_letter_is_raised() {
        let tanwin_on_alef = set("اً");
        let mark = glyphs(&tanwin_on_alef).find(|glyph| glyph.x_advance == 0.0);
        assert!(mark.expect("the mark has a glyph of its own").y_offset > 0.0);
    }
}

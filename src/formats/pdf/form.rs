//! The look as lengths, colours and type sizes, in PDF points. Nothing here
//! measures text or knows what a block is.
//!
//! Everything is placed as if text ran from left to right; `draw.rs` mirrors the
//! pages of a language that does not.

use super::look::{Density, Look, Margins, Paper};

/// Between a cell's text and the edges of its column.
pub const CELL_PAD: f32 = 5.0;
/// Between the frame of a notice or a banner and its text.
pub const BOX_PAD: f32 = 8.0;
/// The thinnest line an office printer still draws evenly.
pub const HAIRLINE: f32 = 0.5;

/// Where things go on a page of this look.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    pub page_width: f32,
    pub page_height: f32,
    pub left: f32,
    pub right: f32,
    pub width: f32,
    pub top: f32,
    /// Where the body ends; the footer has its room below.
    pub bottom: f32,
    /// Top of the footer's text.
    pub footer: f32,
    /// Above and below the text of a row.
    pub row_pad: f32,
    /// Drawn as in a mirror: right to left.
    pub mirrored: bool,
    accent: [u8; 3],
    compact: bool,
}

impl Form {
    pub fn of(look: &Look, mirrored: bool) -> Self {
        let (page_width, page_height) = match look.paper {
            Paper::A4 => (595.28, 841.89),
            Paper::Letter => (612.0, 792.0),
        };
        let legible = least_contrast(look.accent) >= 4.5;
        let margin = |margin: f32, usual: f32| {
            let fits = (Margins::LEAST..=Margins::MOST).contains(&margin);
            if fits { margin } else { usual }
        };
        let usual = Margins::default();
        let left = margin(look.margins.side, usual.side);
        let bottom = margin(look.margins.bottom, usual.bottom);
        let compact = look.density == Density::Compact;
        Self {
            page_width,
            page_height,
            left,
            right: page_width - left,
            width: page_width - 2.0 * left,
            top: margin(look.margins.top, usual.top),
            bottom: page_height - bottom,
            footer: page_height - bottom + 12.0,
            row_pad: if compact { 1.9 } else { 3.2 },
            mirrored,
            accent: if legible {
                look.accent
            } else {
                Look::default().accent
            },
            compact,
        }
    }

    pub fn rgb(&self, ink: Ink) -> [u8; 3] {
        match ink {
            Ink::BannerTint => tint(self.accent, 0.07),
            Ink::HeadTint => tint(self.accent, 0.05),
            Ink::NoticeTint => NOTICE_TINT,
            Ink::Hairline => [0xD3, 0xDA, 0xE0],
            Ink::NoticeFrame => [0xC7, 0x7C, 0x11],
            Ink::Accent => self.accent,
            Ink::Muted => [0x56, 0x61, 0x6B],
            Ink::Text => [0x1A, 0x1F, 0x24],
        }
    }

    pub fn size(&self, style: Style) -> f32 {
        let size = match style {
            Style::Title => 17.0,
            Style::Section => 11.5,
            Style::Name => 13.0,
            Style::Subsection => 10.0,
            Style::Body | Style::NoticeTitle => 9.5,
            Style::Organisation | Style::Fact | Style::Cell | Style::StrongCell => 9.0,
            Style::Label | Style::Head => 8.2,
            Style::Small => 7.6,
        };
        // Nothing below seven points: it is read on paper, in a corridor.
        if self.compact {
            (size * 0.92_f32).max(7.0)
        } else {
            size
        }
    }

    /// From one baseline to the next. 1.36 is the natural height of the Noto
    /// faces, marks above and below included; large type may be tighter.
    pub fn leading(&self, style: Style) -> f32 {
        match style {
            Style::Title | Style::Name => self.size(style) * 1.26,
            _ => self.size(style) * 1.36,
        }
    }

    /// From the top of a line to its baseline: centres the capitals of Noto
    /// Sans, which are 0.714 em tall.
    pub fn ascent(&self, style: Style) -> f32 {
        self.leading(style) / 2.0 + self.size(style) * 0.357
    }

    /// Space before and after things, where the look is dense.
    pub fn space(&self, points: f32) -> f32 {
        if self.compact { points * 0.7 } else { points }
    }
}

const NOTICE_TINT: [u8; 3] = [0xFF, 0xF7, 0xE6];

/// So much of a colour in white.
fn tint(colour: [u8; 3], share: f32) -> [u8; 3] {
    colour.map(|part| (255.0 - (255.0 - f32::from(part)) * share).round() as u8)
}

/// The lowest contrast of text in this colour to what it may stand on.
pub fn least_contrast(accent: [u8; 3]) -> f32 {
    let grounds = [tint(accent, 0.07), tint(accent, 0.05), NOTICE_TINT];
    let contrasts = grounds.map(|ground| contrast(accent, ground));
    contrasts.into_iter().fold(f32::MAX, f32::min)
}

/// WCAG 2.2, contrast ratio; below 1 where the text is the lighter one.
pub fn contrast(text: [u8; 3], ground: [u8; 3]) -> f32 {
    (luminance(ground) + 0.05) / (luminance(text) + 0.05)
}

fn luminance(colour: [u8; 3]) -> f32 {
    let [red, green, blue] = colour.map(|value| {
        let value = f32::from(value) / 255.0;
        if value <= 0.039_28 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// What a mark on the page is painted with. The order is the order of painting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ink {
    BannerTint,
    HeadTint,
    NoticeTint,
    Hairline,
    NoticeFrame,
    Accent,
    Muted,
    Text,
}

/// One way of setting text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    Title,
    Section,
    Subsection,
    Body,
    NoticeTitle,
    Name,
    Organisation,
    Label,
    Fact,
    Head,
    Cell,
    StrongCell,
    Small,
}

impl Style {
    pub fn bold(self) -> bool {
        matches!(
            self,
            Self::Title
                | Self::Section
                | Self::Subsection
                | Self::Name
                | Self::NoticeTitle
                | Self::Organisation
                | Self::Head
                | Self::StrongCell
        )
    }

    /// Running text, which follows its own direction; all else keeps to its place.
    pub fn runs(self) -> bool {
        self == Self::Body
    }
}

#[cfg(test)]
mod tests {
    use super::super::look::Look;
    use super::{Form, Ink, contrast};

    #[test]
    fn every_text_ink_is_legible_on_every_tint() {
        let form = Form::of(&Look::default(), false);
        for text in [Ink::Accent, Ink::Muted, Ink::Text] {
            for tint in [Ink::BannerTint, Ink::HeadTint, Ink::NoticeTint] {
                let contrast = contrast(form.rgb(text), form.rgb(tint));
                assert!(contrast >= 4.5, "{text:?} on {tint:?}: {contrast:.2}");
            }
        }
    }
}

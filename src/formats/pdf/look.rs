//! How a page looks: sizes, colours and type styles, in PDF points. Nothing
//! here measures text or knows what a block is.

/// ISO 216 A4.
pub const PAGE_WIDTH: f32 = 595.28;
pub const PAGE_HEIGHT: f32 = 841.89;

/// 16 mm: a punched hole or a printer's dead edge takes no text.
pub const LEFT: f32 = 45.0;
pub const RIGHT: f32 = PAGE_WIDTH - LEFT;
pub const WIDTH: f32 = RIGHT - LEFT;
pub const TOP: f32 = 34.0;
/// Where the body ends; the footer has its room below.
pub const BOTTOM: f32 = PAGE_HEIGHT - 54.0;
/// Top of the footer's text.
pub const FOOTER: f32 = PAGE_HEIGHT - 42.0;

/// Between a cell's text and the edges of its column.
pub const CELL_PAD: f32 = 5.0;
/// Above and below the text of a row.
pub const ROW_PAD: f32 = 3.2;
/// Between the frame of a notice or a banner and its text.
pub const BOX_PAD: f32 = 8.0;
/// The thinnest line an office printer still draws evenly.
pub const HAIRLINE: f32 = 0.5;

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

impl Ink {
    /// Inks used for text have at least 4.5:1 against every tint used here
    /// (WCAG 2.1, 1.4.3).
    pub fn rgb(self) -> [u8; 3] {
        match self {
            Self::BannerTint => [0xEE, 0xF3, 0xF7],
            Self::HeadTint => [0xF3, 0xF6, 0xF9],
            Self::NoticeTint => [0xFF, 0xF7, 0xE6],
            Self::Hairline => [0xD3, 0xDA, 0xE0],
            Self::NoticeFrame => [0xC7, 0x7C, 0x11],
            Self::Accent => [0x12, 0x4E, 0x78],
            Self::Muted => [0x56, 0x61, 0x6B],
            Self::Text => [0x1A, 0x1F, 0x24],
        }
    }
}

/// One way of setting text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    Title,
    Section,
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
    pub fn size(self) -> f32 {
        match self {
            Self::Title => 17.0,
            Self::Section => 11.5,
            Self::Name => 13.0,
            Self::Body | Self::NoticeTitle => 9.5,
            Self::Organisation | Self::Fact | Self::Cell | Self::StrongCell => 9.0,
            Self::Label | Self::Head => 8.2,
            Self::Small => 7.6,
        }
    }

    /// From one baseline to the next. 1.36 is the natural height of the Noto
    /// faces, marks above and below included; large type may be tighter.
    pub fn leading(self) -> f32 {
        match self {
            Self::Title | Self::Name => self.size() * 1.26,
            _ => self.size() * 1.36,
        }
    }

    /// From the top of a line to its baseline: centres the capitals of Noto
    /// Sans, which are 0.714 em tall.
    pub fn ascent(self) -> f32 {
        self.leading() / 2.0 + self.size() * 0.357
    }

    pub fn bold(self) -> bool {
        matches!(
            self,
            Self::Title
                | Self::Section
                | Self::Name
                | Self::NoticeTitle
                | Self::Organisation
                | Self::Head
                | Self::StrongCell
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Ink;

    fn luminance(ink: Ink) -> f64 {
        let [red, green, blue] = ink.rgb().map(|value| {
            let value = f64::from(value) / 255.0;
            if value <= 0.039_28 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    #[test]
    fn every_text_ink_is_legible_on_every_tint() {
        for text in [Ink::Accent, Ink::Muted, Ink::Text] {
            for tint in [Ink::BannerTint, Ink::HeadTint, Ink::NoticeTint] {
                let contrast = (luminance(tint) + 0.05) / (luminance(text) + 0.05);
                assert!(contrast >= 4.5, "{text:?} on {tint:?}: {contrast:.2}");
            }
        }
    }
}

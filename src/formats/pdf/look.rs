//! What an organisation may choose about its pages. Data only: `form.rs` makes
//! lengths and colours of it.

use super::picture::Picture;

/// Paper, density, colour and margins.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    pub paper: Paper,
    pub density: Density,
    /// sRGB of headings, rules and the bar beside the banner.
    pub accent: [u8; 3],
    pub margins: Margins,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Paper {
    /// ISO 216.
    #[default]
    A4,
    /// ANSI/ASME Y14.1 A, 8.5 by 11 inches.
    Letter,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Density {
    #[default]
    Comfortable,
    /// About a quarter more on a page.
    Compact,
}

/// Points from the edges of the paper to the text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Margins {
    pub side: f32,
    pub top: f32,
    pub bottom: f32,
}

impl Margins {
    /// Below a printer's dead edge text is lost; above the other end nothing is left.
    pub const LEAST: f32 = 24.0;
    pub const MOST: f32 = 110.0;
}

impl Default for Margins {
    /// 16 mm at the sides: a punched hole takes no text.
    fn default() -> Self {
        Self {
            side: 45.0,
            top: 34.0,
            bottom: 54.0,
        }
    }
}

impl Default for Look {
    fn default() -> Self {
        Self {
            paper: Paper::A4,
            density: Density::Comfortable,
            accent: [0x12, 0x4E, 0x78],
            margins: Margins::default(),
        }
    }
}

/// Why a look would not do.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum LookError {
    #[error("the accent colour has a contrast of {0:.1}:1 to the page; text needs 4.5:1")]
    PaleAccent(f32),
    #[error("a margin is outside {least} to {most} points", least = Margins::LEAST, most = Margins::MOST)]
    Margin,
}

impl Look {
    /// Text in the accent colour must be legible on the page and on every tint
    /// (WCAG 2.2, 1.4.3). What fails is printed with the default instead.
    pub fn check(&self) -> Result<(), LookError> {
        let contrast = super::form::least_contrast(self.accent);
        if contrast < 4.5 {
            return Err(LookError::PaleAccent(contrast));
        }
        let Margins { side, top, bottom } = self.margins;
        let fits = |margin: f32| (Margins::LEAST..=Margins::MOST).contains(&margin);
        if [side, top, bottom].into_iter().all(fits) {
            Ok(())
        } else {
            Err(LookError::Margin)
        }
    }
}

/// The head of the first page: who sends.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Letterhead {
    pub logo: Option<Logo>,
    pub organisation: String,
    /// Address, telephone, whom to ask: a line each.
    pub lines: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Logo {
    pub picture: Picture,
    /// What it shows, for those who do not see it.
    pub alt: String,
}

impl Letterhead {
    pub(super) fn is_empty(&self) -> bool {
        self.logo.is_none() && self.organisation.is_empty() && self.lines.is_empty()
    }
}

/// The words that the engine itself prints, in the language of the sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrases {
    /// With `{n}` and `{m}`.
    pub page: String,
    /// With `{section}`: above a table that goes on from the page before.
    pub continued: String,
}

impl Default for Phrases {
    fn default() -> Self {
        Self {
            page: "Page {n} of {m}".to_owned(),
            continued: "{section} (continued)".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pale_accent_and_a_margin_without_paper_are_refused() {
        assert_eq!(Look::default().check(), Ok(()));
        let accent = |accent| Look {
            accent,
            ..Look::default()
        };
        assert!(matches!(
            accent([0x6C, 0xB4, 0xEE]).check(),
            Err(LookError::PaleAccent(contrast)) if contrast < 4.5
        ));
        assert_eq!(accent([0x7A, 0x1F, 0x3D]).check(), Ok(()));
        let mut narrow = Look::default();
        narrow.margins.side = 5.0;
        assert_eq!(narrow.check(), Err(LookError::Margin));
    }
}
